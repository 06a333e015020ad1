"""A conversation keeps its books right however its deliveries come, and knows when it needs somebody."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import (
    Block,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    TextBlock,
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.conversation import Attention, Conversation, Phase, StallLimits
from chatwatch_tui.core.counters import MAX_TYPES_COUNTED
from chatwatch_tui.core.decode import DecodeFields, Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.core.payload import MAX_FIGURE

DECODER = Decoder()
KEY = ConversationKey("local", "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10")
NOW = 1_700_000_000.0


def make(text_budget: int | None = None, raw_kept: int = 2_000) -> Conversation:
    return Conversation(KEY, DECODER, text_budget=text_budget, raw_kept=raw_kept)


def chunk(chunk_type: object, **fields: object) -> bytes:
    return json.dumps({"chunk_type": chunk_type, **fields}).encode()


def token(text: object = "a", **fields: object) -> bytes:
    return chunk("token", content=text, **fields)


def message(role: str, content: object = "hello", **fields: object) -> MessagePayload:
    return MessagePayload(json.dumps({"role": role, "content": content, **fields}).encode())


THINKING, TOKEN, CALL, RESULT = chunk("thinking", content="hm"), token(), chunk("tool_call"), chunk("tool_result")
DONE, ERROR, USER, ASSISTANT = chunk("done"), chunk("error", error="full"), message("user"), message("assistant", "a")
STRAY = StrayPayload("chat.chunk.*", b'{"chunk_type": "token"}')
OVERFLOW = Gap(GapCause.OVERFLOW, count=5)


def receive(conversation: Conversation, *deliveries: Delivery, at: float = NOW) -> Conversation:
    assert conversation.apply([Arrival(at, list(deliveries))]) == len(deliveries)
    return conversation


def after(*deliveries: Delivery, at: float = NOW) -> Conversation:
    return receive(make(), *deliveries, at=at)


def numbered(*numbers: int) -> list[Delivery]:
    return [token(f"{number} ", seq=number) for number in numbers]


def texts(conversation: Conversation) -> list[str]:
    return [block.text for block in conversation.transcript.blocks if isinstance(block, TextBlock)]


def gaps(conversation: Conversation) -> list[Gap]:
    return [block.gap for block in conversation.transcript.blocks if isinstance(block, GapBlock)]


def notes(conversation: Conversation) -> list[str]:
    return [block.text for block in conversation.transcript.blocks if isinstance(block, NoteBlock)]


def content(block: Block) -> tuple[object, ...]:
    """Everything a reader sees of a block but its times."""
    hidden = ("at", "revision", "result_at", "seconds", "latest", "latest_begin")
    return type(block), *(getattr(block, name) for name in block.__struct_fields__ if name not in hidden)


NUMBERS = st.none() | st.integers(0, 8) | st.integers()
DELIVERIES: st.SearchStrategy[Delivery] = st.one_of(
    st.builds(lambda text, seq: token(text, seq=seq), st.sampled_from(["", "a", "\n", "b" * 300]), NUMBERS),
    st.builds(lambda name, seq: chunk("token", **{name: "c"}, index=seq), st.sampled_from(["text", "x"]), NUMBERS),
    st.builds(lambda text, seq: chunk("thinking", delta={"content": text}, seq=seq), st.text(max_size=3), NUMBERS),
    st.builds(lambda kind, seq: chunk(kind, seq=seq, id="1"), st.sampled_from(["tool_call", "tool_result"]), NUMBERS),
    st.builds(lambda kind, seq: chunk(kind, seq=seq), st.sampled_from(["done", "error", "x", "y", 5]), NUMBERS),
    st.builds(
        lambda role, text, id_: message(role, text, id=id_),
        st.sampled_from(["user", "assistant", "tool"]),
        st.sampled_from(["a", "c", ["part"]]),
        st.sampled_from(["", "m1"]),
    ),
    st.sampled_from(
        [THINKING, TOKEN, STRAY, b"", b"not JSON", b"[1]", b'{"chunk_type":"token","content":"\xff"}',
         MessagePayload(b"\xff"), OVERFLOW, Gap(GapCause.RECONNECT, seconds=1.0), Gap(GapCause.SEQUENCE, count=2)]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.data(), st.lists(DELIVERIES, max_size=40))
def test_it_makes_no_difference_how_the_deliveries_are_divided(data: st.DataObject, deliveries: list[Delivery]) -> None:
    whole, divided = after(*deliveries), make()
    arrivals: list[Arrival] = []
    for delivery in deliveries:
        cut = data.draw(st.integers(0, 2))
        if cut == 2:
            assert divided.apply(arrivals) == sum(len(arrival.deliveries) for arrival in arrivals)
            arrivals = []
        if cut or not arrivals:
            arrivals.append(Arrival(NOW, []))
        arrivals[-1].deliveries.append(delivery)
    divided.apply(arrivals)
    assert list(map(content, divided.transcript.blocks)) == list(map(content, whole.transcript.blocks))
    assert divided.transcript.turns == whole.transcript.turns
    assert divided.counters == whole.counters
    assert (divided.phase, divided.rate.total, divided.is_active) == (whole.phase, whole.rate.total, whole.is_active)

    counters = whole.counters
    found = [delivery for delivery in deliveries if not isinstance(delivery, Gap)]
    assert counters.chunks.total() + counters.messages.total() == len(found)
    assert counters.bytes == sum(len(each) if isinstance(each, bytes) else len(each.data) for each in found)
    shown = sum(block.chunks for block in whole.transcript.blocks)
    assert shown == counters.chunks.total() + counters.messages["(undecodable)"]
    assert whole.rate.total == counters.chunks.total()
    assert counters.gaps == len(gaps(whole))
    assert counters.unknown_gaps == sum(gap.count is None for gap in gaps(whole))
    late = sum(isinstance(each, NoteBlock) and each.text.startswith("came late") for each in whole.transcript.blocks)
    assert counters.lost == sum(gap.count or 0 for gap in gaps(whole)) - late
    assert counters.undecodable == sum(isinstance(block, UndecodableBlock) for block in whole.transcript.blocks)


def test_long_text_is_paged_the_same_however_it_arrives() -> None:
    words = [token("x" if number % 5_000 else " ", seq=number) for number in range(80_000)]
    streamed = make()
    for start in range(0, len(words), 7):
        receive(streamed, *words[start : start + 7])
    assert len(texts(streamed)) == 3
    assert texts(streamed) == texts(after(*words))


def test_everything_received_is_counted_under_its_own_name() -> None:
    bad_message = MessagePayload(b"[")
    counters = after(TOKEN, TOKEN, THINKING, CALL, chunk("x"), b"{}", b"", USER, ASSISTANT, bad_message, STRAY).counters
    assert counters.chunks == {
        "token": 2, "thinking": 1, "tool_call": 1, "x": 1, "chunk": 1, "(undecodable)": 1, "(stray)": 1,
    }  # fmt: skip
    assert counters.messages == {"user": 1, "assistant": 1, "(undecodable)": 1}
    assert (counters.undecodable, counters.duplicates) == (3, 0)


def test_a_good_chunk_is_shown_whatever_came_before_it() -> None:
    bad = [b"", b"\xff", b"[" * 50_000, b"null", chunk(None), chunk("y" * 10_000), token([[]]), b"x" * 10**6]
    for number, rubbish in enumerate(bad):
        conversation = after(USER, rubbish, token(f"good {number}"))
        assert texts(conversation)[-1].endswith(f"good {number}")
        assert conversation.counters.chunks["token"] >= 1
        assert conversation.phase is Phase.ANSWERING


def test_the_names_that_are_counted_are_bounded() -> None:
    conversation = after(*(chunk(f"type {n}") for n in range(1_000)), *(message(f"role {n}") for n in range(1_000)))
    for counted, rest in (
        (conversation.counters.chunks, "(other types)"),
        (conversation.counters.messages, "(other roles)"),
    ):
        assert len(counted) == MAX_TYPES_COUNTED + 1
        assert counted[rest] == 1_000 - MAX_TYPES_COUNTED
        assert counted.total() == 1_000
    receive(conversation, chunk("type 0"), message("role 0"))
    assert (conversation.counters.chunks["type 0"], conversation.counters.messages["role 0"]) == (2, 2)
    assert sum(isinstance(block, OtherBlock) for block in conversation.transcript.blocks) == 1_001


def test_every_chunk_moves_the_phase_and_only_a_change_sets_its_clock() -> None:
    conversation = make()
    assert (conversation.phase, conversation.phase_since, conversation.is_active) == (Phase.WAITING, 0.0, False)
    parallel = chunk("tool_call", id="2")
    story: list[tuple[Delivery, Phase, float, bool]] = [
        (USER, Phase.WAITING, NOW, True),
        (THINKING, Phase.THINKING, NOW + 1, True),
        (THINKING, Phase.THINKING, NOW + 1, True),
        (token({"a": 1}), Phase.THINKING, NOW + 1, True),
        (CALL, Phase.TOOL, NOW + 4, True),
        (parallel, Phase.TOOL, NOW + 4, True),
        (chunk("tool_result", id="2"), Phase.TOOL, NOW + 4, True),
        (RESULT, Phase.WAITING, NOW + 7, True),
        (token("5"), Phase.ANSWERING, NOW + 8, True),
        (TOKEN, Phase.ANSWERING, NOW + 8, True),
        (OVERFLOW, Phase.ANSWERING, NOW + 8, True),
        (b"not JSON", Phase.ANSWERING, NOW + 8, True),
        (DONE, Phase.DONE, NOW + 12, False),
        (ASSISTANT, Phase.DONE, NOW + 12, False),
        (chunk("x"), Phase.DONE, NOW + 12, False),
        (USER, Phase.WAITING, NOW + 15, True),
        (ERROR, Phase.ERROR, NOW + 16, False),
    ]
    for second, (delivery, phase, since, active) in enumerate(story):
        receive(conversation, delivery, at=NOW + second)
        assert (conversation.phase, conversation.phase_since, conversation.is_active) == (phase, since, active), second
    assert (conversation.done_at, conversation.error_at, conversation.last_arrival) == (NOW + 12, NOW + 16, NOW + 16)
    assert receive(conversation, STRAY, at=NOW + 20).last_arrival == NOW + 20


def test_every_chunk_makes_the_rate_and_no_message_does() -> None:
    conversation = after(USER, TOKEN, TOKEN, THINKING, token(5), CALL, RESULT, b"not JSON", DONE, ASSISTANT)
    assert conversation.rate.total == 8
    assert conversation.rate.per_second(NOW + 1) == 8.0


def test_a_message_that_comes_twice_changes_nothing() -> None:
    question = message("user", id="m1")
    conversation = after(question, TOKEN, DONE)
    receive(conversation, question, at=NOW + 5)
    assert conversation.counters.duplicates == 1
    assert texts(conversation) == ["hello", "a"]
    assert conversation.phase is Phase.DONE
    assert conversation.attention(NOW + 6) is Attention.UNREAD


@pytest.mark.parametrize(
    ("delivery", "limit"),
    [(THINKING, 60.0), (TOKEN, 15.0), (CALL, 120.0), (RESULT, 60.0), (USER, 60.0), (DONE, None), (ERROR, None)],
)
def test_silence_is_a_stall_after_the_limit_of_its_phase(delivery: Delivery, limit: float | None) -> None:
    conversation = after(delivery)
    if limit is None:
        assert conversation.stalled_for(NOW + 10**6) is None
        return
    assert conversation.stalled_for(NOW + limit) is None
    assert conversation.stalled_for(NOW + limit + 1) == limit + 1
    assert conversation.attention(NOW + limit + 1) is Attention.STALLED
    receive(conversation, chunk("x"), at=NOW + limit + 1)
    assert conversation.stalled_for(NOW + limit + 2) is None, "any chunk is a sign of life"


def test_the_limits_are_settings() -> None:
    conversation = Conversation(KEY, DECODER, limits=StallLimits(thinking=1.0, answering=2.0, tool=3.0))
    for delivery, limit in ((THINKING, 1.0), (TOKEN, 2.0), (CALL, 3.0), (RESULT, 1.0)):
        receive(conversation, delivery)
        assert conversation.stalled_for(NOW + limit) is None
        assert conversation.stalled_for(NOW + limit + 0.5) == limit + 0.5


@pytest.mark.parametrize("delivery", [OVERFLOW, b"not JSON", STRAY, message("assistant")])
def test_what_owes_no_answer_is_never_stalled(delivery: Delivery) -> None:
    assert after(delivery).stalled_for(NOW + 10**6) is None
    assert make().stalled_for(NOW) is None


def test_error_is_more_urgent_than_stalled_and_that_than_unread() -> None:
    wanted = [Attention.ERROR, Attention.STALLED, Attention.UNREAD, Attention.NONE]
    found = [after(delivery).attention(NOW + 100) for delivery in (ERROR, TOKEN, DONE, CALL)]
    assert found == wanted == sorted(wanted)


@pytest.mark.parametrize(
    ("delivery", "why"), [(ERROR, Attention.ERROR), (TOKEN, Attention.STALLED), (DONE, Attention.UNREAD)]
)
def test_what_was_seen_asks_no_more_until_something_happens(delivery: Delivery, why: Attention) -> None:
    conversation = after(delivery)
    conversation.acknowledge(NOW)
    assert conversation.attention(NOW + 200) is Attention.NONE, "seen in the instant in which it came"
    receive(conversation, delivery, at=NOW + 300)
    assert conversation.attention(NOW + 400) is why


def test_a_new_question_settles_an_answer_that_nobody_read() -> None:
    assert receive(after(DONE), USER).attention(NOW + 1) is Attention.NONE


@pytest.mark.parametrize("later", [USER, DONE, TOKEN, chunk("tool_result", id="1", result="late")])
def test_an_error_stays_until_somebody_has_seen_it_whatever_comes_behind_it(later: Delivery) -> None:
    conversation = after(ERROR, later)
    assert conversation.attention(NOW + 1) is Attention.ERROR
    conversation.acknowledge(NOW + 1)
    assert conversation.attention(NOW + 2) is not Attention.ERROR


def test_what_comes_late_or_twice_or_from_another_publisher_is_not_lost() -> None:
    def lost(*seqs: int) -> int:
        return after(*numbered(*seqs)).counters.lost

    assert lost(1, 2, 3, 2, 4, 6, 5, 7, 8) == 0
    assert lost(*(seq for pair in zip(range(500, 510), range(5, 15), strict=True) for seq in pair)) == 0
    assert lost(1, 2, 5, 3, 6) == 1
    assert lost(7, 8, 0, 1, 2, 5) == 2
    late = after(*numbered(1, 3, 2, 4))
    assert "came late" in " ".join(str(block.text) for block in late.transcript.blocks if isinstance(block, NoteBlock))


def test_a_chunk_whose_number_cannot_be_read_is_not_lost_too() -> None:
    assert after(*numbered(1), b"\xff\xfe", *numbered(3)).counters.lost == 0


def test_a_hole_stands_where_it_is_and_is_counted_exactly() -> None:
    conversation = after(*numbered(0, 1, 5, 6), chunk("tool_call", seq=9), chunk("done", seq=10), *numbered(12))
    assert [gap.count for gap in gaps(conversation)] == [3, 2, 1]
    assert {gap.cause for gap in gaps(conversation)} == {GapCause.SEQUENCE}
    assert texts(conversation) == ["0 1 ", "5 6 ", "12 "]
    assert (conversation.counters.gaps, conversation.counters.lost) == (3, 6)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["token", "thinking", "tool_call", "x"])), max_size=30))
def test_what_is_lost_is_what_the_numbers_skip(kept: Sequence[tuple[bool, str]]) -> None:
    sent = [(True, "token"), *kept, (True, "done")]
    arrived = [chunk(kind, content="a", seq=number) for number, (here, kind) in enumerate(sent) if here]
    conversation = after(*arrived)
    assert conversation.counters.lost == len(sent) - len(arrived)
    assert conversation.counters.chunks.total() == len(arrived)


def test_a_count_that_starts_anew_or_stands_still_is_no_hole() -> None:
    assert gaps(after(*numbered(0, 1, 2, 0, 1, 2, 2, 3), TOKEN, *numbered(4))) == []
    conversation = after(*numbered(0, 1, 0, 1, 3))
    assert [gap.count for gap in gaps(conversation)] == [1]


@pytest.mark.parametrize("number", [-1, -(10**30), MAX_FIGURE + 1, 10**400])
def test_a_number_beyond_all_reason_is_no_number(number: int) -> None:
    conversation = after(*numbered(0, number, 1, number, 2))
    assert conversation.counters.lost == 0
    assert texts(conversation) == [f"0 {number} 1 {number} 2 "]


@pytest.mark.parametrize("cause", [GapCause.OVERFLOW, GapCause.SLOW_CONSUMER])
def test_a_hole_already_known_is_not_counted_again_when_the_numbers_show_it(cause: GapCause) -> None:
    conversation = after(*numbered(0), Gap(cause, count=2), Gap(cause, count=3), *numbered(6, 7))
    assert [gap.count for gap in gaps(conversation)] == [2, 3]
    assert conversation.counters.lost == 5
    receive(conversation, Gap(cause, count=5), *numbered(16))
    assert [gap.count for gap in gaps(conversation)][2:] == [5, 3], "the rest of a larger hole is another one"
    assert conversation.counters.lost == 13


def test_a_known_hole_explains_no_later_one() -> None:
    conversation = after(*numbered(0), OVERFLOW, *numbered(1, 2, 5))
    assert [gap.count for gap in gaps(conversation)] == [5, 2]
    conversation = after(OVERFLOW, *numbered(7, 9))
    assert [gap.count for gap in gaps(conversation)] == [5, 1]


def test_a_hole_of_unknown_size_is_measured_by_the_numbers() -> None:
    conversation = after(*numbered(0), Gap(GapCause.RECONNECT, seconds=2.0), *numbered(3))
    assert [gap.count for gap in gaps(conversation)] == [None, 2]
    assert (conversation.counters.gaps, conversation.counters.unknown_gaps, conversation.counters.lost) == (2, 1, 2)


@pytest.mark.parametrize("first", [TOKEN, token(seq=4), chunk("tool_call", seq=2), RESULT, DONE, chunk("x")])
def test_opening_in_the_middle_of_an_answer_is_said_once(first: bytes) -> None:
    conversation = after(first, TOKEN, DONE, TOKEN)
    assert notes(conversation) == ["joined mid-stream"]
    assert isinstance(conversation.transcript.blocks[0], NoteBlock)
    assert [turn.complete_start for turn in conversation.transcript.turns][-1]
    assert not conversation.transcript.turns[0].complete_start


@pytest.mark.parametrize("first", [USER, token(seq=0), chunk("done", seq=0), THINKING, CALL])
def test_opening_at_the_beginning_is_no_joining(first: Delivery) -> None:
    conversation = after(first, TOKEN, DONE)
    assert notes(conversation) == []
    assert conversation.transcript.turns[0].complete_start


EARLIER = Gap(GapCause.RECONNECT, seconds=5.0, earlier=True)


@pytest.mark.parametrize("first", [THINKING, CALL])
def test_who_appears_after_an_outage_and_may_have_begun_in_it_is_not_called_complete(first: Delivery) -> None:
    conversation = after(EARLIER, first, TOKEN, DONE)
    assert notes(conversation) == ["may have begun earlier: the link was down shortly before"]
    assert not conversation.transcript.turns[0].complete_start
    assert (conversation.counters.gaps, gaps(conversation)) == (0, []), "what is missing, if anything, is not its own"


@pytest.mark.parametrize("first", [USER, chunk("thinking", content="", seq=0)])
def test_who_begins_after_an_outage_is_complete(first: Delivery) -> None:
    conversation = after(EARLIER, first, THINKING, TOKEN, DONE)
    assert notes(conversation) == []
    assert conversation.transcript.turns[0].complete_start


def test_an_error_is_shown_where_it_came() -> None:
    blocks = after(USER, TOKEN, chunk("error", error={"message": "overloaded", "code": 529}), TOKEN).transcript.blocks
    assert [type(block).__name__ for block in blocks] == [
        "TextBlock",
        "TextBlock",
        "ErrorBlock",
        "DoneBlock",
        "TextBlock",
    ]
    assert isinstance(blocks[2], ErrorBlock)
    assert (blocks[2].message, blocks[2].detail) == ("overloaded", "code 529")


def test_a_figure_is_by_one_clock_though_only_some_payloads_carry_times() -> None:
    theirs = NOW - 3_600  # a publisher whose clock is an hour behind ours
    conversation = make()
    receive(conversation, message("user"), at=NOW)
    receive(conversation, token(ts=theirs + 2), at=NOW + 2.5)
    receive(conversation, chunk("tool_call", name="x", ts=theirs + 3), at=NOW + 3.5)
    receive(conversation, chunk("tool_result", name="x"), at=NOW + 5.5)
    receive(conversation, chunk("tool_call", name="y"), at=NOW + 6)
    receive(conversation, chunk("tool_result", name="y", ts=theirs + 7), at=NOW + 7.5)
    receive(conversation, chunk("done", ts=theirs + 8), at=NOW + 8.5)
    turn, end = conversation.transcript.turn, conversation.transcript.blocks[-1]
    assert turn is not None
    assert isinstance(end, DoneBlock)
    assert (turn.first_token_seconds, end.seconds) == (2.5, 8.5), "ours, for the question came without a time"
    assert [b.seconds for b in conversation.transcript.blocks if isinstance(b, ToolBlock)] == [2.0, 1.5]
    assert [b.at for b in conversation.transcript.blocks][1:3] == [theirs + 2, theirs + 3], "as they say, all the same"


def test_a_figure_is_by_the_publishers_clock_where_both_ends_have_its_time() -> None:
    conversation = make()
    receive(conversation, message("user", ts=NOW - 60), token(ts=NOW - 58), chunk("done", ts=NOW - 50))
    turn, end = conversation.transcript.turn, conversation.transcript.blocks[-1]
    assert turn is not None
    assert isinstance(end, DoneBlock)
    assert (turn.first_token_seconds, end.seconds) == (2.0, 10.0)


def test_an_overflow_that_goes_on_is_one_mark_and_counted_exactly() -> None:
    conversation = after(TOKEN, Gap(GapCause.OVERFLOW, count=5, note="slow"), TOKEN)
    receive(conversation, Gap(GapCause.OVERFLOW, count=7, note="slow", goes_on=True), TOKEN, DONE)
    [mark] = [block for block in conversation.transcript.blocks if isinstance(block, GapBlock)]
    assert mark.gap == Gap(GapCause.OVERFLOW, count=12, note="slow, here and below", goes_on=True)
    assert mark.revision == 1
    assert (conversation.counters.gaps, conversation.counters.lost) == (1, 12)
    receive(conversation, Gap(GapCause.OVERFLOW, count=1, note="slow"))
    assert (conversation.counters.gaps, conversation.counters.lost) == (2, 13)


def test_an_overflow_whose_mark_is_pruned_gets_another() -> None:
    conversation = make(text_budget=1_000)
    receive(conversation, Gap(GapCause.OVERFLOW, count=5), token("x" * 2_000), DONE, token("y" * 900))
    receive(conversation, Gap(GapCause.OVERFLOW, count=7, goes_on=True))
    assert isinstance(conversation.transcript.blocks[-1], GapBlock)
    assert (conversation.counters.gaps, conversation.counters.lost) == (2, 12)


def test_a_payloads_own_time_and_label_are_taken() -> None:
    assert after(token(title="Invoices"), TOKEN).label == "Invoices"
    conversation = after(token(ts=NOW - 50), chunk("done", ts=NOW - 20, agent="clerk"), TOKEN)
    assert [block.at for block in conversation.transcript.blocks] == [NOW, NOW - 50, NOW - 20, NOW]
    assert conversation.label == "clerk"
    assert receive(conversation, message("user", title="Refunds")).label == "Refunds"


def test_the_best_label_stays_and_changes_only_for_one_as_good_or_better() -> None:
    conversation = after(token(title="Invoices"))
    for less in (
        chunk("thinking", content="hm", model="m-1"),
        chunk("done", agent="clerk"),
        message("user", model="m"),
    ):
        assert receive(conversation, less).label == "Invoices"
    assert receive(conversation, chunk("tool_call", title="Refunds")).label == "Refunds"
    conversation = after(token(model="m-1"))
    assert receive(conversation, DONE, token(agent="clerk", model="m-2")).label == "clerk"
    assert receive(conversation, DONE, chunk("thinking", content="", conversation_title="Talk")).label == "Talk"
    fields = DecodeFields(label=("model",))
    conversation.use(Decoder(fields), StallLimits(), text_budget=9_999, raw_kept=9)
    assert receive(conversation, DONE, token(model="m-3")).label == "m-3", "other fields: another order"


def test_what_belongs_to_no_conversation_is_shown_and_counted() -> None:
    conversation = Conversation(ConversationKey("local", STRAY_ID), DECODER)
    assert conversation.label == "not a conversation"
    receive(conversation, StrayPayload("chat.chunk." + "x" * 500, b"\xff" * 5_000))
    (block,) = conversation.transcript.blocks
    assert isinstance(block, UndecodableBlock)
    assert block.reason == f"subject chat.chunk.{'x' * 189} names no conversation"
    assert (block.payload_size, block.preview) == (5_000, "�" * 400)


def test_the_latest_raw_payloads_are_kept_and_no_more_than_that() -> None:
    conversation = make()
    conversation.apply([Arrival(NOW, [TOKEN])])
    latest = [Arrival(NOW + n, [token(str(n)), DONE]) for n in range(1_500)]
    conversation.apply(latest[:700])
    conversation.apply(latest[700:])
    assert list(conversation.raw) == latest[500:]
    huge = Arrival(NOW, [TOKEN] * 5_000)
    conversation.apply([huge])
    assert list(conversation.raw) == [huge]
    small = make(raw_kept=3)
    small.apply(latest)
    assert list(small.raw) == latest[-2:], "an arrival is kept whole"
    large = [Arrival(NOW + n, [token("x" * 1_000_000)]) for n in range(20)]
    conversation.apply(large)
    assert list(conversation.raw) == large[-7:], "and no more than some megabytes"


def test_the_text_budget_holds_after_every_read() -> None:
    conversation = make(text_budget=5_000)
    for _ in range(50):
        receive(conversation, token("x" * 900), DONE)
        assert conversation.transcript.size <= 5_000
    kept = sum(block.chunks for block in conversation.transcript.blocks)
    assert conversation.transcript.pruned_chunks + kept == conversation.counters.chunks.total() == 100


def test_fields_of_ones_own_are_followed_on_every_way() -> None:
    fields = DecodeFields(text=("delta.body", "body"), seq=("meta.n",), label=("meta.name",))
    conversation = Conversation(KEY, Decoder(fields))
    receive(conversation, chunk("token", body="a", meta={"n": 0, "name": "X"}), chunk("token", body="b", meta={"n": 2}))
    receive(conversation, chunk("token", body="c", delta={"body": "d"}))
    assert texts(conversation) == ["a", "bd"]
    assert (conversation.counters.lost, conversation.label) == (1, "X")


def test_a_tool_shows_from_call_to_result() -> None:
    conversation = after(chunk("tool_call", name="search", id="1", input={"q": "x"}))
    receive(conversation, chunk("tool_result", id="1", output="3 hits"), at=NOW + 2)
    tools = [block for block in conversation.transcript.blocks if isinstance(block, ToolBlock)]
    assert [(b.name, b.arguments, b.result, b.seconds) for b in tools] == [("search", '{"q": "x"}', "3 hits", 2.0)]


def test_a_message_with_tool_use_beside_its_text_is_what_was_streamed() -> None:
    parts = [{"type": "text", "text": "I look it up."}, {"type": "tool_use", "name": "search", "input": {}}]
    final = MessagePayload(json.dumps({"role": "assistant", "content": parts}).encode())
    conversation = after(token("I look it up."), chunk("tool_call", name="search", id="1"), final)
    assert texts(conversation) == ["I look it up."]
    assert not any(isinstance(block, NoteBlock) and "differs" in block.text for block in conversation.transcript.blocks)


def test_the_message_of_an_earlier_step_is_no_difference() -> None:
    final = MessagePayload(b'{"role": "assistant", "content": "First."}')
    conversation = after(token("First."), chunk("tool_call", id="1"), token("Second."), final)
    assert texts(conversation) == ["First.", "Second."]
