"""How every block that is no flowing text looks: its sign, its words, one row where it is folded, cut to the width."""

from __future__ import annotations

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
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.events import Gap, GapCause
from chatwatch_tui.ui.block_rows import MAX_ERROR_ROWS, Row, block_rows, describe_gap, pruned_row, wrapped
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import HOSTILE, is_harmless, words_of

NASTY = st.lists(
    st.sampled_from(["word ", "中文", HOSTILE, "x" * 60, "\n", "\t", "👍🏽", "\u0301", ""]), max_size=5
).map("".join)
NUMBERS = st.none() | st.integers(0, 10_000_000)
SECONDS = st.none() | st.floats(0, 1e6)
CAUSES = st.sampled_from(GapCause)


def tool(**fields: object) -> ToolBlock:
    return ToolBlock(**{"id": 0, "turn": 1, "at": 100.0, "name": "web.search"} | fields)  # type: ignore[arg-type]


def done(**fields: object) -> DoneBlock:
    return DoneBlock(**{"id": 0, "turn": 3, "at": 100.0} | fields)  # type: ignore[arg-type]


BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(
        tool, name=NASTY, arguments=NASTY, called=st.booleans(), result=st.none() | NASTY, abandoned=st.booleans(),
        result_size=st.integers(0, 10**9), result_at=st.none() | st.floats(50, 1e6), failed=st.booleans(),
    ),
    st.builds(
        done, failed=st.booleans(), seconds=SECONDS, output_tokens=NUMBERS, total_tokens=NUMBERS,
        final_confirmed=st.booleans(),
    ),
    st.builds(lambda m, d: ErrorBlock(id=0, turn=1, at=0.0, message=m, detail=d), NASTY, NASTY),
    st.builds(lambda t, x: OtherBlock(id=0, turn=1, at=0.0, type=t, text=x), NASTY, NASTY),
    st.builds(lambda r, p: UndecodableBlock(id=0, turn=1, at=0.0, reason=r, payload_size=7, preview=p), NASTY, NASTY),
    st.builds(lambda c, n, s, t: GapBlock(id=0, turn=1, at=0.0, gap=Gap(c, n, s, t)), CAUSES, NUMBERS, SECONDS, NASTY),
    st.builds(lambda t: NoteBlock(id=0, turn=1, at=0.0, text=t), NASTY),
)  # fmt: skip


def texts(block: Block, width: int = 60) -> list[str]:
    return [words_of(row).rstrip() for row in block_rows(block, width, UNICODE)]


def only_row(block: Block, width: int = 60) -> Row:
    (row,) = block_rows(block, width, UNICODE)
    return row


@settings(deadline=None, max_examples=300)
@given(BLOCKS, st.integers(4, 120), st.sampled_from([UNICODE, ASCII]))
def test_no_row_is_wider_than_the_pane_or_holds_what_a_terminal_acts_on(
    block: Block, width: int, glyphs: object
) -> None:
    for row in block_rows(block, width, UNICODE if glyphs is UNICODE else ASCII):
        assert width_of(row) <= width
        assert is_harmless(words_of(row))


def test_a_running_tool_is_one_row_of_name_and_arguments() -> None:
    row = only_row(tool(arguments='{"q": "nats"}'))
    assert words_of(row) == '⚙ web.search  {"q": "nats"}'
    assert [ink for text, ink in row if text == "web.search"] == [Ink.TOOL_NAME]


def test_long_arguments_are_folded_to_what_fits() -> None:
    assert texts(tool(arguments="a" * 500), 20) == ["⚙ web.search  aaaaa…"]


def test_a_result_says_size_and_duration_before_its_body() -> None:
    assert texts(tool(result="5 results", result_size=1840, result_at=100.9)) == [
        "⚙ web.search",
        "↳ 1.8 kB · 0.9 s  5 results",
    ]


def test_a_result_on_several_lines_stays_one_row() -> None:
    assert texts(tool(result="a\nb\tc", result_size=5, result_at=100.0))[1] == "↳ 5 B · 0.0 s  a␤b␉c"


def test_a_failed_result_says_so_in_words_and_ink() -> None:
    row = block_rows(tool(result="boom", result_size=4, result_at=101.0, failed=True), 60, UNICODE)[1]
    assert words_of(row) == "↳ failed  4 B · 1.0 s  boom"
    assert {ink for text, ink in row[:3]} == {Ink.BAD}


def test_a_result_without_its_call_names_the_tool_and_no_duration() -> None:
    assert texts(tool(called=False, result="x", result_size=1, result_at=101.0)) == ["↳ web.search  1 B  x"]


def test_a_tool_that_nobody_named_says_so() -> None:
    assert texts(tool(name="")) == ["⚙ tool without a name"]


def test_a_tool_whose_turn_ended_has_no_result() -> None:
    assert texts(tool(abandoned=True)) == ["⚙ web.search", "↳ no result before the turn ended"]
    late = tool(abandoned=True, result="it", result_size=2, result_at=100.5)
    assert texts(late) == ["⚙ web.search", "↳ 2 B · 0.5 s · late  it"]


def test_where_something_is_missing_nobody_says_that_there_was_no_result() -> None:
    shown = texts(tool(abandoned=True, gap_before_end=True))
    assert shown == ["⚙ web.search", "↳ result not seen: something is missing here"]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (done(), "✓ turn 3"),
        (done(seconds=12.0, output_tokens=684), "✓ turn 3 · 684 tokens · 12 s · 57 tok/s"),
        (done(seconds=12.0, total_tokens=1200), "✓ turn 3 · 1.2k tokens in all · 12 s"),
        (done(seconds=0.0, output_tokens=9), "✓ turn 3 · 9 tokens · 0.0 s"),
        (done(output_tokens=0), "✓ turn 3 · 0 tokens"),
        (done(final_confirmed=True), "✓ turn 3 · final ✓"),
        (done(failed=True, seconds=1.5), "✗ turn 3 failed · 1.5 s"),
    ],
)
def test_the_rule_at_the_end_of_a_turn_says_what_is_known_and_nothing_else(block: Block, words: str) -> None:
    row = only_row(block)
    assert words_of(row) == f"{words} " + "─" * (60 - len(words) - 1)
    assert row[1][1] is Ink.FRAME


def test_an_error_is_a_badge_and_its_whole_text() -> None:
    block = ErrorBlock(id=0, turn=1, at=0.0, message="upstream said no, try again later", detail="code 529")
    rows = block_rows(block, 30, UNICODE)
    assert [words_of(row).rstrip() for row in rows] == [
        " ✗ error  upstream said no,",
        "  try again later",
        "  code 529",
    ]
    assert rows[0][0][1] is Ink.BAD_BADGE
    assert rows[1][1][1] is Ink.BAD


@pytest.mark.parametrize("width", range(4, 24))
def test_an_error_on_a_very_narrow_screen_shows_its_own_letters_only(width: int) -> None:
    shown = "".join(texts(ErrorBlock(id=0, turn=1, at=0.0, message="no way"), width))
    assert "x" not in shown
    assert "noway" in shown.replace(" ", "")


def test_a_huge_error_ends_with_how_much_more_there_is() -> None:
    block = ErrorBlock(id=0, turn=1, at=0.0, message="line\n" * 2 * MAX_ERROR_ROWS)
    shown = texts(block)
    assert len(shown) == MAX_ERROR_ROWS + 1
    assert shown[-1] == f"  … {MAX_ERROR_ROWS + 1} more lines"


def test_an_unknown_type_is_shown_under_its_own_name() -> None:
    assert texts(OtherBlock(id=0, turn=1, at=0.0, type="plan", text="first this")) == ["? plan  first this"]


def test_an_undecodable_payload_says_what_it_is_instead() -> None:
    block = UndecodableBlock(id=0, turn=1, at=0.0, reason="not JSON", payload_size=214, preview="<html>")
    assert texts(block) == ["? not JSON, 214 B  <html>"]


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (Gap(GapCause.RECONNECT, seconds=12.0), "12 s gap while reconnecting"),
        (Gap(GapCause.RECONNECT), "gap while reconnecting"),
        (Gap(GapCause.RECONNECT, count=3, seconds=0.5), "0.5 s gap while reconnecting, 3 missing"),
        (Gap(GapCause.OVERFLOW, count=1340), "1,340 dropped"),
        (Gap(GapCause.SLOW_CONSUMER, count=9), "9 dropped, slow consumer"),
        (Gap(GapCause.SLOW_CONSUMER), "some dropped, slow consumer"),
        (Gap(GapCause.SEQUENCE, count=2), "2 missing by sequence number"),
        (Gap(GapCause.OVERFLOW, count=5, note="the screen was slow"), "5 dropped: the screen was slow"),
    ],
)
def test_a_gap_says_what_is_known_of_it(gap: Gap, words: str) -> None:
    assert describe_gap(gap) == words
    assert texts(GapBlock(id=0, turn=1, at=0.0, gap=gap), 120) == [f"┄ {words} ".ljust(120, "┄")]


def test_a_note_is_a_quiet_mark() -> None:
    row = only_row(NoteBlock(id=0, turn=1, at=0.0, text="joined mid-stream"))
    assert set(words_of(row).removeprefix("┄ joined mid-stream ")) == {"┄"}
    assert row[0][1] is Ink.DIM


@pytest.mark.parametrize(
    ("turns", "words"), [(0, "older text pruned"), (1, "1 older turn pruned"), (1200, "1,200 older turns pruned")]
)
def test_the_mark_of_what_is_pruned_counts_it(turns: int, words: str) -> None:
    assert words_of(pruned_row(turns, 5_000, 40, UNICODE)).startswith(f"┄ {words}, 5.0 kB ")


def test_without_unicode_every_sign_of_our_own_is_ascii() -> None:
    blocks: list[Block] = [
        tool(result="r", result_size=1, result_at=101.0), tool(abandoned=True), done(seconds=1.0, final_confirmed=True),
        ErrorBlock(id=0, turn=1, at=0.0, message="line\n" * 100), NoteBlock(id=0, turn=1, at=0.0, text="note"),
        OtherBlock(id=0, turn=1, at=0.0, type="t", text="x"),
        GapBlock(id=0, turn=1, at=0.0, gap=Gap(GapCause.OVERFLOW)),
    ]  # fmt: skip
    for block in blocks:
        for row in block_rows(block, 60, ASCII):
            assert words_of(row).isascii()


def test_text_of_several_lines_keeps_its_blank_ones() -> None:
    assert wrapped("one\n\ntwo\tx", 10) == ["one", "", "two x"]
