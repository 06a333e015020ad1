"""The simulated conversations: the same for the same seed, of every kind, and what the decoder expects."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import (
    ChatMessage,
    ChunkType,
    DoneChunk,
    ErrorChunk,
    OtherChunk,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
)
from chatwatch_tui.core.identity import is_conversation_id
from chatwatch_tui.demo.scenario import FIRST_SCREEN, Publish, Role, cast, pieces, play
from chatwatch_tui.demo.simulator import traffic
from tests.cli import UNHURRIED

SEED = 7
MANY = 1_500
SEEDS = st.integers(-(2**31), 2**31)
Turn = list[Publish]


def first_turn(role: Role) -> Turn:
    """Everything up to the first `done` or `error`."""
    turn: Turn = []
    for publish in play(role):
        turn.append(publish)
        if publish.payload.get("chunk_type") in ("done", "error"):
            break
    return turn


def chunks(turn: Turn) -> Turn:
    return [publish for publish in turn if publish.kind == "chunk"]


def streamed(turn: Turn) -> str:
    """The answer as a viewer reads it."""
    return "".join(each.payload["content"] for each in chunks(turn) if each.payload["chunk_type"] == "token")


def final(turn: Turn) -> str | None:
    """The assistant's complete message."""
    found = [each.payload["content"] for each in turn if each.payload.get("role") == "assistant"]
    assert len(found) <= 1
    return found[0] if found else None


def has_hole(turn: Turn) -> bool:
    return any(after.payload["seq"] != before.payload["seq"] + 1 for before, after in pairwise(chunks(turn)))


# -- the same for the same seed ------------------------------------------------------------------------------------


def test_the_same_seed_plays_the_same_traffic() -> None:
    assert list(islice(traffic(12, SEED), MANY)) == list(islice(traffic(12, SEED), MANY))


@given(seed=SEEDS, other=SEEDS)
@UNHURRIED
def test_different_seeds_play_different_conversations(seed: int, other: int) -> None:
    if seed != other:
        assert not {role.id for role in cast(20, seed)} & {role.id for role in cast(20, other)}
        ours, theirs = (list(islice(play(cast(1, each)[0]), 60)) for each in (seed, other))
        assert ours != theirs


@given(seed=SEEDS, few=st.integers(1, 30), many=st.integers(30, 60))
@UNHURRIED
def test_the_first_conversations_are_the_same_for_every_count(seed: int, few: int, many: int) -> None:
    assert cast(many, seed)[:few] == cast(few, seed)


def test_more_conversations_do_not_change_what_the_others_say() -> None:
    few, many = (
        {
            role.id: [each for _, id_, each in islice(traffic(count, SEED), MANY) if id_ == role.id]
            for role in cast(3, SEED)
        }
        for count in (3, 30)
    )
    for conversation, said in many.items():
        assert said
        assert said == few[conversation][: len(said)]


def test_traffic_is_in_the_order_of_time_and_takes_turns() -> None:
    times, ids, _ = zip(*islice(traffic(9, SEED), MANY), strict=True)
    assert list(times) == sorted(times)
    assert set(ids) == {role.id for role in cast(9, SEED)}


@given(seed=SEEDS)
@UNHURRIED
def test_ids_are_as_the_bus_spells_them_and_all_different(seed: int) -> None:
    ids = [role.id for role in cast(50, seed)]
    assert all(map(is_conversation_id, ids))
    assert len(set(ids)) == 50


# -- pieces --------------------------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text("ab 1\n\t.ä字\u0627😀\u200d\u0301", max_size=80)


@given(text=ANY_TEXT, seed=st.integers())
@UNHURRIED
def test_the_pieces_of_a_text_are_the_text_again(text: str, seed: int) -> None:
    found = pieces(text, Random(seed))
    assert "".join(found) == text
    assert all(found), "no piece is empty"


@given(text=st.text("abcdefgh ", min_size=40))
@UNHURRIED
def test_pieces_are_short(text: str) -> None:
    if "        " not in text:
        assert max(map(len, pieces(text, Random(0)))) <= 7


# -- of every kind -------------------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Turn], bool]] = {
    "fails": lambda turn: turn[-1].payload["chunk_type"] == "error",
    "stalls": lambda turn: max(each.pause for each in turn) > 60,
    "is joined midway": lambda turn: turn[0].kind == "chunk" and turn[0].payload["seq"] != 0,
    "loses chunks": has_hole,
    "is hostile": lambda turn: "\x1b]52" in streamed(turn) and "\u202e" in streamed(turn),
    "answers in Chinese with emoji": lambda turn: "西湖" in streamed(turn) and "👨‍👩‍👧‍👦" in streamed(turn),
    "answers in Arabic": lambda turn: "المكتبة" in streamed(turn),
    "waits for a slow tool": lambda turn: any(
        each.pause > 5 for each in turn if each.payload.get("chunk_type") == "tool_result"
    ),
    "sends a type of its own": lambda turn: any(
        each.payload["chunk_type"] not in list(ChunkType) for each in chunks(turn)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [SEED, 8])
def test_one_of_the_first_nine(kind: str, seed: int) -> None:
    turns = [first_turn(role) for role in cast(FIRST_SCREEN, seed)]
    assert sum(map(KINDS[kind], turns)) == 1


def test_all_chunk_types_and_roles_of_the_wire_appear_on_the_first_screen() -> None:
    turns = [first_turn(role) for role in cast(FIRST_SCREEN, SEED)]
    assert {each.payload["chunk_type"] for turn in turns for each in chunks(turn)} > set(ChunkType)
    assert {each.payload["role"] for turn in turns for each in turn if each.kind == "message"} == {"user", "assistant"}


def test_the_final_message_is_what_was_streamed_unless_chunks_were_lost() -> None:
    for role in cast(15, SEED):
        turn = first_turn(role)
        said = final(turn)
        if has_hole(turn):
            assert said is not None
            assert len(said) > len(streamed(turn))
        elif turn[-1].payload["chunk_type"] == "done":
            assert said == streamed(turn)
        else:
            assert said is None


def test_conversations_go_on_for_ever() -> None:
    for role in cast(15, SEED):
        said = list(islice(play(role), MANY))
        numbers = [each.payload["seq"] for each in chunks(said)]
        assert numbers == sorted(set(numbers))
        assert len([each for each in said if each.payload.get("chunk_type") in ("done", "error")]) >= 3
        assert all(each.pause >= 0 for each in said)
        assert any("title" in each.payload for each in said[:60])


def test_every_tool_answers_its_call() -> None:
    for role in cast(15, SEED):
        tools = [each.payload for each in chunks(list(islice(play(role), MANY))) if "tool_call_id" in each.payload]
        for call, result in zip(tools[::2], tools[1::2], strict=False):
            assert (call["chunk_type"], result["chunk_type"]) == ("tool_call", "tool_result")
            assert (call["tool_call_id"], call["tool_name"]) == (result["tool_call_id"], result["tool_name"])
        calls = [each["tool_call_id"] for each in tools[::2]]
        assert len(set(calls)) == len(calls)


# -- on the wire ---------------------------------------------------------------------------------------------------


def check(decoder: Decoder, publish: Publish) -> None:
    """The event that a viewer makes of the payload has everything that was put into it."""
    payload = publish.payload
    data = json.dumps(payload, ensure_ascii=False).encode()
    event = decoder.chunk(data) if publish.kind == "chunk" else decoder.message(data)
    match event:
        case ChatMessage():
            assert (event.role, event.text, event.id) == (payload["role"], payload["content"], payload["id"])
        case TextChunk():
            assert event.type in ("thinking", "token")
            assert (event.type, event.text) == (payload["chunk_type"], payload["content"])
            fast = decoder.text(data)
            assert (fast.type, fast.text0, fast.seq0) == (event.type, event.text, event.seq)
        case ToolCallChunk():
            assert (event.call_id, event.name) == (payload["tool_call_id"], payload["tool_name"])
            assert json.loads(event.arguments) == payload["arguments"]
        case ToolResultChunk():
            assert (event.call_id, event.failed) == (payload["tool_call_id"], payload.get("is_error", False))
            result = payload["result"]
            assert (event.result if isinstance(result, str) else json.loads(event.result)) == result
        case DoneChunk():
            assert {"input_tokens": event.input_tokens, "output_tokens": event.output_tokens} == payload["usage"]
        case ErrorChunk():
            assert (event.message, event.detail) == (payload["error"], f"code {payload['code']}")
        case OtherChunk():
            assert event.type not in list(ChunkType)
            assert (event.type, event.text) == (payload["chunk_type"], payload["content"])
        case _:
            raise AssertionError(f"{event} from {payload}")
    assert event.label == payload.get("title", "")
    if not isinstance(event, ChatMessage):
        assert event.seq == payload["seq"]


def test_every_payload_decodes_to_what_was_meant() -> None:
    decoder = Decoder()
    for role in cast(15, SEED):
        for publish in islice(play(role), MANY):
            check(decoder, publish)
