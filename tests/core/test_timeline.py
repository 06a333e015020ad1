"""The timeline tells what went on when, however it came, in a bounded ring."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.timeline import BUCKET, BUCKETS, LEVELS, Doing, Timeline

START = 1_700_000_000.0
KEY = ConversationKey("local", "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10")


def chunk(chunk_type: str) -> bytes:
    return json.dumps({"chunk_type": chunk_type, "content": "x", "name": "t"}).encode()


def told(*events: tuple[float, Delivery]) -> Conversation:
    conversation = Conversation(KEY, Decoder())
    for after, delivery in events:
        conversation.apply([Arrival(START + after, [delivery])])
    return conversation


def doings(conversation: Conversation, count: int, after: float, buckets: int = 1) -> list[Doing]:
    assert conversation.timeline is not None
    return [each.doing for each in conversation.timeline.pieces(count, START + after, buckets)]


def call(identity: str) -> bytes:
    return json.dumps({"chunk_type": "tool_call", "name": "t", "id": identity}).encode()


def result(identity: str) -> bytes:
    return json.dumps({"chunk_type": "tool_result", "name": "t", "id": identity}).encode()


USER, SYSTEM, ANSWER = (
    MessagePayload(json.dumps({"role": role, "content": "hi"}).encode()) for role in ("user", "system", "assistant")
)
_, S, T, A, U, X, G, E = Doing


def test_every_piece_is_what_went_on() -> None:
    conversation = told(
        (0, chunk("thinking")), (5, chunk("token")), (20, chunk("tool_call")), (31, chunk("tool_result")),
        (40, chunk("status")), (45, chunk("done")), (60, USER), (70, chunk("error")),
    )  # fmt: skip
    assert doings(conversation, 16, 79) == [T, A, S, S, U, U, U, S, X, A, _, _, S, S, E, _]


def test_what_goes_on_now_is_told_without_any_chunk() -> None:
    assert doings(told((0, chunk("tool_call"))), 4, 19) == [U, U, U, U]
    assert doings(told((0, chunk("token"))), 4, 19) == [A, S, S, S]
    assert doings(told((0, chunk("done"))), 4, 19) == [A, _, _, _]
    assert doings(told((0, chunk("token"))), 4, 6) == [_, _, A, _], "a silence of a second is none yet"
    assert doings(told((0, chunk("token"))), 4, 16) == [A, S, S, S]
    assert doings(told((0, chunk("token"))), BUCKETS + 3, 10_004)[-1] is S


def test_an_error_and_a_hole_outweigh_what_comes_with_them() -> None:
    gap = Gap(GapCause.OVERFLOW, count=1)
    assert doings(told((0, chunk("token")), (1, gap), (2, chunk("token"))), 1, 2) == [G]
    assert doings(told((0, chunk("token")), (1, chunk("error")), (2, gap), (2, chunk("token"))), 1, 2) == [E]


def test_nothing_is_kept_before_the_first_chunk_or_question() -> None:
    assert told((0, SYSTEM)).timeline is None
    assert told((0, USER)).timeline is not None


def test_the_wait_for_the_first_word_is_a_silence() -> None:
    assert doings(told((0, USER)), 5, 19) == [_, S, S, S, S]
    assert doings(told((0, SYSTEM), (5, USER), (25, chunk("token"))), 6, 25) == [_, S, S, S, S, A]


def test_an_answer_without_a_stream_ends_the_wait() -> None:
    assert doings(told((0, USER), (11, ANSWER)), 5, 24) == [S, S, A, _, _]


def test_a_tool_runs_until_the_last_result_is_there() -> None:
    conversation = told((0, call("a")), (1, call("b")), (2, result("a")), (3, result("c")))
    assert doings(conversation, 4, 19) == [U, U, U, U]
    conversation.apply([Arrival(START + 20, [result("b")])])
    assert doings(conversation, 4, 34) == [U, U, S, S]
    conversation = told((0, call("a")), (1, call("b")), (2, result("a")), (3, result("b")))
    assert doings(conversation, 3, 14) == [U, S, S], "two results in one piece"


@pytest.mark.parametrize(("delivery", "doing"), [(chunk("token"), S), (chunk("tool_call"), U), (USER, S)])
def test_nothing_is_known_while_the_link_is_down(delivery: Delivery, doing: Doing) -> None:
    conversation = told((0, chunk("token")), (5, delivery))
    conversation.link_changed(START + 16, up=False)
    assert doings(conversation, 6, 39) == [doing, _, _, _, _, _]
    assert doings(conversation, BUCKETS, 10_000) == [_] * BUCKETS
    conversation.link_changed(START + 40, up=True)
    assert doings(conversation, 6, 54) == [_, _, _, _, doing, doing]
    assert doings(conversation, BUCKETS, 10_000) == [doing] * BUCKETS


def test_what_comes_before_a_link_is_said_to_be_back_is_shown() -> None:
    conversation = Conversation(KEY, Decoder())
    conversation.link_changed(START, up=False)
    conversation.apply([Arrival(START, [chunk("token")])])
    assert doings(conversation, 3, 14) == [A, _, _]
    conversation.link_changed(START + 15, up=True)
    assert doings(conversation, 3, 29) == [_, S, S]


def test_a_column_is_as_high_as_the_rate() -> None:
    levels = []
    for rate in (0.2, 2, 10, 20, 100):
        conversation = Conversation(KEY, Decoder())
        conversation.apply([Arrival(START + 1, [chunk("token")] * int(rate * BUCKET))])
        assert conversation.timeline is not None
        levels.append(conversation.timeline.pieces(2, START + BUCKET)[0].level)
    assert levels == [1, 2, 3, 4, 5]
    assert max(levels) == LEVELS


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.floats(-3, 40), st.sampled_from(["thinking", "token", "tool_call", "done", "x"]),
                       st.integers(1, 500)), min_size=1, max_size=40)
)  # fmt: skip
def test_every_chunk_of_the_last_minutes_is_in_a_bucket(runs: list[tuple[float, str, int]]) -> None:
    conversation = Conversation(KEY, Decoder())
    at = newest = START
    expected: dict[int, int] = {}
    for pause, kind, count in runs:
        at += pause
        newest = max(newest, at) if expected else at
        expected[int(newest) // BUCKET] = expected.get(int(newest) // BUCKET, 0) + count
        conversation.apply([Arrival(at, [chunk(kind)] * count)])
    line = conversation.timeline
    assert line is not None
    line._advance(line._bucket)
    last = int(newest) // BUCKET
    for bucket in range(last - BUCKETS + 1, last + 1):
        assert line._counts[bucket % BUCKETS] == expected.get(bucket, 0)
    pieces = line.pieces(24, newest, 3)
    assert len(pieces) == 24
    assert (pieces[-1].level > 0) == any(expected.get(bucket, 0) for bucket in range(last // 3 * 3, last + 1))


def test_a_column_keeps_its_buckets_until_it_is_gone() -> None:
    conversation = told(*((second, chunk("token" if second < 30 else "thinking")) for second in range(60)))
    at_60 = doings(conversation, 4, 59, buckets=3)
    assert doings(conversation, 4, 60 + 14, buckets=3)[:3] == at_60[1:]


def test_it_is_small() -> None:
    conversation = told((0, chunk("token")))
    line = conversation.timeline
    assert line is not None
    size = line.__sizeof__() + line._doings.__sizeof__() + line._counts.__sizeof__()
    assert size < 600


def test_a_run_of_the_same_costs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = told((0, chunk("token")))
    turned: list[str] = []
    real = Timeline.turn

    def turn(self: Timeline, kind: str, at: float) -> None:
        turned.append(kind)
        real(self, kind, at)

    monkeypatch.setattr(Timeline, "turn", turn)
    for _ in range(100):
        conversation.apply([Arrival(START + 1, [chunk("token")])])
    assert turned == []
    conversation.apply([Arrival(START + 1, [chunk("thinking")]), Arrival(START + 6, [chunk("thinking")])])
    assert turned == ["thinking", "thinking"]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["thinking", "token", "tool_call", "done", "gap", "late"])),
             min_size=1, max_size=12),
    st.sampled_from([(6, 2), (8, 3), (24, 1)]),
)  # fmt: skip
def test_an_answer_that_was_kept_is_the_one_that_would_be_made(
    events: list[tuple[float, str]], asked: tuple[int, int]
) -> None:
    conversation = told((0, chunk("token")))
    line = conversation.timeline
    assert line is not None
    at = START
    for pause, kind in events:
        for step in range(int(pause)):
            now = at + step
            given_ = line.pieces(asked[0], now, asked[1])
            line._kept = None
            assert given_ == line.pieces(asked[0], now, asked[1])
            line.pieces(asked[0], now, asked[1])
        at += pause
        delivery: Delivery = Gap(GapCause.OVERFLOW, count=1) if kind == "gap" else chunk(kind)
        conversation.apply([Arrival(at - 12 if kind == "late" else at, [delivery])])
