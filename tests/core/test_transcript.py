"""The transcript is what a reader sees: flowing text, paired tools, turns, final messages, and a bound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import (
    BLOCK_OVERHEAD,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    TextBlock,
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.events import (
    ChatMessage,
    DoneChunk,
    ErrorChunk,
    Gap,
    GapCause,
    OtherChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.kept_blocks import DEFAULT_TEXT_BUDGET
from chatwatch_tui.core.transcript import MAX_ARGUMENTS, OPENING_ROLES, Transcript

PAGE = TextBlock.PAGE
Operation = Callable[[Transcript], object]


def call(name: str = "", call_id: str = "", arguments: str = "", at: float = 1.0) -> Operation:
    return lambda t: t.add_tool_call(ToolCallChunk(name, call_id, arguments), at)


def result(name: str = "", call_id: str = "", text: str = "ok", at: float = 3.0, failed: bool = False) -> Operation:
    return lambda t: t.add_tool_result(ToolResultChunk(name, call_id, text, len(text), failed), at)


def say(role: str, text: str, id_: str = "", at: float = 1.0) -> Operation:
    return lambda t: t.add_message(ChatMessage(role, text, id_), at)


def token(text: str, at: float = 2.0, chunks: int = 1, flow: str = "token") -> Operation:
    return lambda t: t.add_text(flow, text, at, chunks)


def done(at: float = 9.0) -> Operation:
    return lambda t: t.add_done(DoneChunk(10, 20, 30), at)


def error(at: float = 9.0) -> Operation:
    return lambda t: t.add_error(ErrorChunk("full", "code 529"), at)


def after(*operations: Operation, budget: int = DEFAULT_TEXT_BUDGET) -> Transcript:
    transcript = Transcript(budget)
    for operation in operations:
        operation(transcript)
    return transcript


def texts(transcript: Transcript) -> list[tuple[str, str]]:
    return [(b.role or b.flow, b.text) for b in transcript.blocks if isinstance(b, TextBlock)]


def kinds(transcript: Transcript) -> list[str]:
    return [type(block).__name__.removesuffix("Block").lower() for block in transcript.blocks]


def tools(transcript: Transcript) -> list[ToolBlock]:
    return [block for block in transcript.blocks if isinstance(block, ToolBlock)]


def notes(transcript: Transcript) -> list[str]:
    return [block.text for block in transcript.blocks if isinstance(block, NoteBlock)]


def last_done(transcript: Transcript) -> DoneBlock:
    return [block for block in transcript.blocks if isinstance(block, DoneBlock)][-1]


def test_adjacent_chunks_of_one_type_are_one_flowing_text() -> None:
    t = after(token("hm", flow="thinking"), token(" so", flow="thinking", chunks=3), token("Hel"), token("lo"))
    assert texts(t) == [("thinking", "hm so"), ("token", "Hello")]
    assert [block.chunks for block in t.blocks] == [4, 2]


@pytest.mark.parametrize(
    "between",
    [
        lambda t: t.add_gap(Gap(GapCause.OVERFLOW, 3), 2.0),
        lambda t: t.add_note("a remark", 2.0),
        lambda t: t.add_other(OtherChunk("citation", "[1]"), 2.0),
        lambda t: t.add_undecodable(Undecodable("not JSON", 1), 2.0),
        call("search"),
    ],
)
def test_whatever_stands_between_parts_the_text_where_it_stands(between: Operation) -> None:
    t = after(token("a"), between, token("b"))
    assert kinds(t)[0::2] == ["text", "text"]
    assert texts(t) == [("token", "a"), ("token", "b")]
    assert {block.turn for block in t.blocks} == {1}


def test_a_page_is_closed_at_the_first_line_end_past_its_limit() -> None:
    head = "x" * (PAGE - 1) + "\n" + "y" * 100 + "\n"
    t = after(*map(token, (head[:PAGE], head[PAGE:-50], head[-50:], "", "z", "z\n")))
    assert [block.chunks for block in t.blocks] == [4, 2]
    assert texts(t) == [("token", head), ("token", "zz\n")]
    assert [b.continues for b in t.blocks if isinstance(b, TextBlock)] == [False, True]


def test_a_page_without_a_line_end_is_closed_at_a_blank_and_else_anyway() -> None:
    words = "four " * PAGE
    pages = [text for _, text in texts(after(*(token("four ") for _ in range(PAGE))))]
    assert "".join(pages) == words
    assert all(page.endswith(" ") and PAGE < len(page) < PAGE + 4_096 for page in pages[:-1])
    pages = [text for _, text in texts(after(token("x" * 3 * PAGE)))]
    assert [len(page) for page in pages[:-1]] == [PAGE + 4_096] * 2


@pytest.mark.parametrize(
    ("break_", "at", "closes"),
    [("\n", PAGE - 1, False), ("\n", PAGE, True), (" ", PAGE + 2_047, False), (" ", PAGE + 2_048, True)],
)
def test_from_where_on_a_line_end_or_a_blank_closes_a_page(break_: str, at: int, closes: bool) -> None:
    first, second = "x" * at + break_, "y" * 9
    for t in (
        after(token(first + second)),
        after(token(first), token(second)),
        after(*map(token, first), token(second)),
    ):
        assert [text for _, text in texts(t)] == ([first, second] if closes else [first + second])


@settings(deadline=None, max_examples=200)
@example([("x", 3_000), ("\n", 1)], [PAGE + 3_001])
@example([("x", 3_000), (" ", 1), ("x", 3_000)], [PAGE + 3_500])
@given(
    st.lists(st.tuples(st.sampled_from("xxx \n"), st.integers(1, 3_000) | st.integers(1, 3)), max_size=20),
    st.lists(st.integers(PAGE - 9, PAGE + 5_000) | st.integers(0, 3 * PAGE), max_size=12),
)
def test_pages_depend_on_the_text_alone_and_joined_they_are_the_text(
    runs: list[tuple[str, int]], cuts: list[int]
) -> None:
    text = "x" * PAGE + "".join(char * length for char, length in runs) + "end"
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    streamed, whole = after(*map(token, pieces)), after(token(text))
    assert texts(streamed) == texts(whole)
    assert [sum(block.chunks for block in t.blocks) for t in (streamed, whole)] == [len(pieces), 1]
    assert "".join(page for _, page in texts(whole)) == text
    assert max(len(page) for _, page in texts(whole)) <= PAGE + 4_096
    message = after(say("user", text))
    assert [page for _, page in texts(message)] == [page for _, page in texts(whole)]
    for t in (streamed, whole, message):
        continues = [block.continues for block in t.blocks if isinstance(block, TextBlock)]
        assert continues == [False] + [True] * (len(t.blocks) - 1)


def test_a_result_finds_its_call_by_id_whatever_the_order() -> None:
    t = after(call("f", "1"), call("f", "2"), result("f", "2", "two"), result("g", "1", "one", 4.0, failed=True))
    assert [(b.call_id, b.result, b.failed, b.seconds) for b in tools(t)] == [
        ("1", "one", True, 3.0),
        ("2", "two", False, 2.0),
    ]
    assert t.turn is not None
    assert t.turn.tools == 2
    assert t.running_tool is None


def test_without_ids_a_result_finds_its_call_by_name_and_then_by_order() -> None:
    t = after(call("f"), call("g"), call("f"), result("g", text="1"), result("f", text="2"), result(text="3"))
    assert [(b.name, b.result) for b in tools(t)] == [("f", "2"), ("g", "1"), ("f", "3")]


def test_a_result_without_a_name_goes_by_order_even_past_a_call_without_one() -> None:
    assert [b.result for b in tools(after(call("f"), call(), result(text="1"), result(text="2")))] == ["1", "2"]


def test_an_id_on_one_side_only_leaves_name_and_order() -> None:
    t = after(call("f", "1"), call("g"), result("g", "9", "by name"), result(text="by order"))
    assert [(b.name, b.result) for b in tools(t)] == [("f", "by order"), ("g", "by name")]


def test_a_result_without_its_call_stands_for_itself() -> None:
    t = after(call("f", "1"), result("f", "2"), result("unheard of"))
    assert [(b.name, b.called, b.result, b.seconds) for b in tools(t)] == [
        ("f", True, None, None),
        ("f", False, "ok", None),
        ("unheard of", False, "ok", None),
    ]
    assert t.running_tool is t.blocks[0]
    assert t.turn is not None
    assert t.turn.tools == 3
    assert [b.result_size for b in tools(t)] == [0, 2, 2]


def test_pieces_of_one_call_are_joined_while_it_is_open() -> None:
    t = after(call("", "1", '{"q":'), call("f", "2"), call("search", "1", ' "x"}'), result(call_id="1"))
    assert [(b.name, b.arguments, b.chunks) for b in tools(t)] == [("search", '{"q": "x"}', 3), ("f", "", 1)]
    call("again", "1")(t)
    assert len(tools(t)) == 3
    assert len(tools(after(call("f"), call("f")))) == 2, "calls without an id are calls of their own"


def gap() -> Operation:
    return lambda t: t.add_gap(Gap(GapCause.SEQUENCE, 1), 3.0)


@pytest.mark.parametrize("end", [done(), error(), say("user", "never mind")])
def test_an_abandoned_tool_says_whether_its_result_may_be_what_is_missing(end: Operation) -> None:
    t = after(call("f", "1"), gap(), call("g", "2"), end, gap(), call("f", "3"), end)
    assert [(b.name, b.abandoned, b.gap_before_end) for b in tools(t)] == [
        ("f", True, True),
        ("g", True, False),
        ("f", True, False),
    ], "a hole before the call is not where its result was"


@pytest.mark.parametrize("end", [done(), error(), say("user", "never mind")])
def test_a_tool_without_a_result_is_abandoned_when_its_turn_ends(end: Operation) -> None:
    t = after(call("f", "1"), end)
    assert [b.abandoned for b in tools(t)] == [True]
    assert t.running_tool is None
    result("f")(t)
    assert [b.result for b in tools(t)] == [None, "ok"], "nobody knows that it is this call's"


@pytest.mark.parametrize("end", [done(), error(), say("user", "never mind")])
def test_a_result_that_comes_after_the_turn_belongs_to_the_call_whose_id_it_names(end: Operation) -> None:
    t = after(call("f", "1"), end)
    turns = len(t.turns)
    result("", "1", at=4.0)(t)
    assert [(b.name, b.result, b.seconds, b.turn) for b in tools(t)] == [("f", "ok", 3.0, 1)]
    assert (len(t.turns), t.revised[-1]) == (turns, tools(t)[0].id)
    result("", "1", "again")(t)
    assert [b.called for b in tools(t)] == [True, False], "it has its result"


def test_an_id_that_is_used_again_means_the_newer_call() -> None:
    t = after(call("f", "1"), done(), call("g", "1"), result("", "1"), done())
    assert [(b.name, b.result) for b in tools(t)] == [("f", None), ("g", "ok")]


def test_a_call_that_is_no_longer_kept_takes_no_result() -> None:
    t = after(call("f", "1"), done(), token("x" * 500), done())
    t.text_budget = 600
    assert t.prune()
    result("", "1")(t)
    assert [b.called for b in tools(t)] == [False]


def test_a_turn_ends_with_done_or_error_and_the_next_chunk_opens_another() -> None:
    t = after(token("a", 1.0), done(4.0), token("b", 5.0), error(6.0), call("f"))
    assert [(b.turn, kind) for b, kind in zip(t.blocks, kinds(t), strict=True)] == [
        (1, "text"), (1, "done"), (2, "text"), (2, "error"), (2, "done"), (3, "tool"),
    ]  # fmt: skip
    assert [(turn.ended, turn.failed) for turn in t.turns] == [(True, False), (True, True), (False, False)]
    ends = [block for block in t.blocks if isinstance(block, DoneBlock)]
    assert [(b.seconds, b.failed, b.input_tokens, b.output_tokens, b.total_tokens) for b in ends] == [
        (3.0, False, 10, 20, 30),
        (1.0, True, None, None, None),
    ]
    assert t.turns[0].output_tokens == 20
    assert [(b.message, b.detail) for b in t.blocks if isinstance(b, ErrorBlock)] == [("full", "code 529")]


@pytest.mark.parametrize("role", sorted(OPENING_ROLES))
def test_a_message_of_an_opening_role_opens_a_turn_and_starts_its_clock(role: str) -> None:
    t = after(token("a"), say(role, "next", at=10.0), token("", 10.5), token("b", 12.0), token("c", 13.0), done(15.0))
    assert [turn.ended for turn in t.turns] == [True, True]
    assert [block.turn for block in t.blocks] == [1, 2, 2, 2]
    assert t.turns[1].first_token_seconds == 2.0
    assert last_done(t).seconds == 5.0


@pytest.mark.parametrize("make", [token, call, result, done, error])
def test_every_chunk_belongs_to_the_time_of_its_turn(make: Callable[..., Operation]) -> None:
    arguments = ["a"] if make is token else []
    t = after(make(*arguments, at=4.0), lambda t: t.add_other(OtherChunk("citation", "[1]"), 5.0))
    assert [t.turns[0].first_chunk_at, t.turns[-1].last_chunk_at] == [4.0, 5.0]
    t = after(lambda t: t.add_other(OtherChunk("citation", "[1]"), 5.0), make(*arguments, at=6.0))
    assert [(turn.first_chunk_at, turn.last_chunk_at) for turn in t.turns] == [(5.0, 6.0)]


def test_system_and_user_message_open_one_turn() -> None:
    t = after(say("system", "be brief"), say("user", "hello"), token("Hi"), done(), say("user", "and?"))
    assert [(block.turn, kind) for block, kind in zip(t.blocks, kinds(t), strict=True)] == [
        (1, "text"), (1, "text"), (1, "text"), (1, "done"), (2, "text"),
    ]  # fmt: skip


def test_a_turn_is_timed_from_the_one_who_asked() -> None:
    t = after(say("user", "hello", at=4.0), say("system", "be brief", at=5.0), token("Hi", at=6.0))
    assert [(turn.prompted_at, turn.first_token_seconds) for turn in t.turns] == [(4.0, 2.0)]
    t = after(say("system", "be brief", at=1.0), token("Hi", at=6.0))
    assert [(turn.prompted_at, turn.first_token_seconds) for turn in t.turns] == [(None, None)]


def test_other_roles_belong_to_the_turn_that_runs() -> None:
    t = after(say("user", "q"), token("a"), say("tool", "result"))
    assert texts(t)[-1] == ("tool", "result")
    assert len(t.turns) == 1


def test_holes_notes_and_rubbish_open_no_further_turn() -> None:
    t = after(token("a"), done())
    t.add_gap(Gap(GapCause.RECONNECT, seconds=3.0), 5.0)
    t.add_note("a remark", 5.0)
    t.add_undecodable(Undecodable("not JSON", 9, "x"), 5.0)
    assert len(t.turns) == 1
    assert t.turns[0].last_gap == 2
    assert [type(block) for block in t.blocks[2:]] == [GapBlock, NoteBlock, UndecodableBlock]
    t.add_other(OtherChunk("citation", "[1]"), 6.0)
    assert isinstance(t.blocks[-1], OtherBlock)
    assert len(t.turns) == 2


@pytest.mark.parametrize("final", ["Hello there", " Hello there\n", "there"])
def test_a_final_message_that_was_streamed_is_a_mark_and_no_second_copy(final: str) -> None:
    """All of the answer, or what followed the last tool call."""
    streamed = (token("Hello "), call("f"), result("f"), token("there"))
    t = after(*streamed, done(), say("assistant", final))
    assert last_done(t).final_confirmed
    assert t.revised[-1] == last_done(t).id
    assert len(texts(t)) == 2
    t = after(*streamed, say("assistant", final), done())
    assert last_done(t).final_confirmed
    assert notes(t) == []
    assert len(texts(t)) == 2
    t = after(*streamed, say("assistant", final), token("and more"), done())
    assert notes(t) == ["final ✓"], "what came after it was not in it"
    assert not last_done(t).final_confirmed


@pytest.mark.parametrize(
    ("final", "remark"), [("Hello there", "+6 chars"), ("Hi", "-3 chars"), ("Hullo", "same length"), ("", "-5 chars")]
)
def test_a_final_message_that_differs_is_shown_and_says_by_how_much(final: str, remark: str) -> None:
    t = after(token("Hello"), done(), say("assistant", final))
    assert not last_done(t).final_confirmed
    assert notes(t) == [f"final message differs from the stream ({remark})"]
    assert texts(t)[-1] == ("assistant", final)


def test_a_final_message_shows_what_came_before_joining() -> None:
    t = after(token("world"))
    t.mark_joined_midway()
    done()(t)
    say("assistant", "x" * 2_000 + "world")(t)
    assert notes(t) == ["final message in full: 2,000 chars came before joining"]
    assert last_done(t).seconds is None
    assert t.turns[0].first_token_seconds is None
    say("assistant", "something else")(t)
    assert notes(t)[1:] == ["final message differs from the stream (+9 chars)"]
    whole = after(token("world"), say("assistant", "hello world"))
    assert notes(whole) == ["final message differs from the stream (+6 chars)"], "nothing was missed at its start"


def test_a_message_without_a_stream_is_shown_plainly() -> None:
    t = after(say("user", "q"), token("thought", flow="thinking"), say("assistant", "a"))
    assert texts(t)[-1] == ("assistant", "a")
    assert notes(t) == []
    assert texts(after(say("assistant", "first of all"))) == [("assistant", "first of all")]
    t = after(call("f"), result("f"), call("g"), say("assistant", "a"))
    assert (texts(t), notes(t)) == ([("assistant", "a")], [])


def test_a_thought_does_not_part_an_answer() -> None:
    streamed = (token("Hel"), token("hm", flow="thinking"), token("lo"))
    assert last_done(after(*streamed, say("assistant", "Hello"), done())).final_confirmed
    assert notes(after(*streamed, say("assistant", "lo"))) == ["final message differs from the stream (-3 chars)"]


def test_times_that_run_backwards_make_no_negative_durations() -> None:
    t = after(call("f", at=9.0), result("f", at=5.0), token("a", at=4.0), done(at=3.0))
    assert (tools(t)[0].seconds, t.turns[0].first_token_seconds, last_done(t).seconds) == (0.0, 0.0, 0.0)


def test_a_message_that_comes_twice_is_shown_once() -> None:
    t = Transcript()
    assert t.add_message(ChatMessage("user", "q", "m1"), 1.0)
    assert not t.add_message(ChatMessage("user", "q", "m1"), 2.0)
    assert t.add_message(ChatMessage("user", "q, edited", "m1"), 3.0)
    assert t.add_message(ChatMessage("user", "q, edited", "m2"), 3.5)
    assert t.add_message(ChatMessage("user", "q", ""), 4.0)
    assert t.add_message(ChatMessage("user", "q", ""), 5.0), "without an id nobody can know"
    assert len(t.blocks) == 5
    assert t.messages_taken == 5


def test_a_final_that_only_confirms_is_taken_too() -> None:
    t = after(say("user", "q"), token("a", chunks=3), done(), say("assistant", "a"))
    assert (t.messages_taken, t.taken) == (2, 6)


TEXT = st.sampled_from(["", "a", "b " * 40, "c" * 500, "line\n" * 60])
ID = st.sampled_from(["", "1", "2"])
NAME = st.sampled_from(["", "f", "g" * 300])
OPERATIONS: st.SearchStrategy[tuple[int, Operation]] = st.one_of(
    st.builds(
        lambda f, s, n: (n, token(s, 1.0, n, f)), st.sampled_from(["token", "thinking"]), TEXT, st.integers(1, 9)
    ),
    st.builds(lambda n, i, s: (1, call(n, i, s)), NAME, ID, TEXT),
    st.builds(lambda n, i, s: (1, result(n, i, s)), NAME, ID, TEXT),
    st.builds(lambda r, s, i: (0, say(r, s, i)), st.sampled_from(["user", "system", "assistant", "tool"]), TEXT, ID),
    st.sampled_from([(1, done()), (1, error()), (0, lambda t: t.prune()), (0, lambda t: t.mark_joined_midway())]),
    TEXT.map(lambda s: (1, lambda t: t.add_other(OtherChunk("x", s), 1.0))),
    TEXT.map(lambda s: (1, lambda t: t.add_undecodable(Undecodable("not JSON", 9, s), 1.0))),
    st.just((0, lambda t: t.add_gap(Gap(GapCause.OVERFLOW, 2), 1.0))),
)


@settings(deadline=None, max_examples=400)
@given(st.lists(OPERATIONS, max_size=50), st.sampled_from([1, 600, 3_000, 10**6]))
def test_whatever_happens_the_books_are_right(operations: list[tuple[int, Operation]], budget: int) -> None:
    t, applied = Transcript(budget), 0
    for chunks, operation in operations:
        before = {block.id: (msgspec.structs.astuple(block), block.revision) for block in t.blocks}
        revisions = t.revisions
        operation(t)
        applied += chunks
        assert t.size == sum(block.size for block in t.blocks)
        assert [block.id for block in t.blocks] == list(range(t.first_id, t.next_id))
        assert t.pruned_chunks + sum(block.chunks for block in t.blocks) == applied
        told = list(t.revised)[len(t.revised) - (t.revisions - revisions) :]
        for block in t.blocks:
            if block.id in before and msgspec.structs.astuple(block) != before[block.id][0]:
                assert block.id in told, f"{block} changed and nobody was told"
                assert block.revision > before[block.id][1]
        assert [turn.number for turn in t.turns] == sorted({turn.number for turn in t.turns})
        assert {block.turn for block in t.blocks} <= {turn.number for turn in t.turns}
    t.prune()
    assert t.size <= budget or len(t.blocks) == 1
    assert t.pruned_turns + len(t.turns) == (t.turns[-1].number if t.turns else 0)


def test_pruning_drops_whole_turns_from_the_oldest_end_and_counts_them() -> None:
    one_turn = (say("user", "q" * 1_000), token("a" * 1_000, chunks=7), done())
    t = after(*one_turn * 5, budget=3 * (2_000 + 3 * BLOCK_OVERHEAD))
    kept = t.blocks[6:]
    assert t.prune() == 6
    assert t.blocks == kept
    assert [turn.number for turn in t.turns] == [3, 4, 5]
    assert (t.pruned_turns, t.pruned_chars, t.pruned_chunks, t.first_id) == (2, 4_000, 16, 6)
    assert t.block(5) is None
    assert t.block(6) is kept[0]
    assert t.block(t.next_id) is None
    assert t.prune() == 0
    for operation in one_turn:
        operation(t)
    assert t.prune() == 3
    assert [turn.number for turn in t.turns] == [4, 5, 6]
    say("assistant", "a" * 1_000)(t)
    assert last_done(t).final_confirmed, "the answer is still found after pruning"


def test_of_the_only_turn_the_oldest_blocks_go_and_the_newest_stays_whatever_its_size() -> None:
    t = after(call("f", "1"), token("a" * 1_000), call("g"), token("b" * 1_000), budget=1_300)
    assert t.prune() == 3
    assert texts(t) == [("token", "b" * 1_000)]
    assert t.running_tool is None
    result("f", "1")(t)
    assert [b.called for b in tools(t)] == [False], "its call is gone, and is not written to"
    token("c" * 9_000)(t)
    t.prune()
    assert texts(t) == [("token", "c" * 9_000)]


def test_a_final_message_is_not_compared_with_half_an_answer() -> None:
    t = after(token("a" * 1_000), call("f"), token("b"), budget=1_000)
    t.prune()
    say("assistant", "a" * 1_000 + "b")(t)
    assert notes(t) == []
    assert texts(t)[-1][0] == "assistant"


def test_everything_the_wire_can_make_long_counts_against_the_budget() -> None:
    long = "x" * 1_000
    t = after(call(long, long, long), call("", long, long), result("", long, long), result(long, "2"), error())
    t.add_other(OtherChunk(long, long), 1.0)
    t.add_undecodable(Undecodable(long, 9, long), 1.0)
    assert t.size == sum(block.size for block in t.blocks) == 10_015 + len(t.blocks) * BLOCK_OVERHEAD


def test_the_log_of_revisions_is_bounded_and_says_how_many_there_were() -> None:
    t = after(*(token("a") for _ in range(1_001)))
    assert t.revisions == 1_000
    assert set(t.revised) == {0}
    assert len(t.revised) == t.revised.maxlen == 256


def test_arguments_without_end_are_counted_and_no_longer_kept() -> None:
    t = Transcript()
    for _ in range(1_000):
        t.add_tool_call(ToolCallChunk(name="t", call_id="1", arguments="x" * 1_000), 1.0)
    block = t.blocks[-1]
    assert isinstance(block, ToolBlock)
    assert (len(t.blocks), block.chunks) == (1, 1_000)
    assert len(block.arguments) == MAX_ARGUMENTS
    assert len(block.arguments) + block.arguments_left_out == 1_000_000
    assert t.size < t.text_budget


def test_each_of_thousands_of_open_calls_gets_its_own_result() -> None:
    t = Transcript(text_budget=50_000_000)
    for number in range(5_000):
        t.add_tool_call(ToolCallChunk(name="t", call_id=str(number), arguments=""), 1.0)
    for number in reversed(range(5_000)):
        t.add_tool_result(ToolResultChunk(name="", call_id=str(number), result=str(number), size=1), 2.0)
    assert [block.result for block in t.blocks if isinstance(block, ToolBlock)] == list(map(str, range(5_000)))
    assert t.running_tool is None
