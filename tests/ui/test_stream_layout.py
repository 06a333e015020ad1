"""The layout follows its transcript: always what a fresh one would be, at the cost of what is new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core import pages
from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.ui.block_layout import role_ink
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.stream_layout import StreamLayout, snapshot
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import (
    BATCHES,
    HOSTILE,
    READINGS,
    Talk,
    answered,
    chunk,
    is_harmless,
    message,
    rows_of,
    token,
    words_of,
)

WIDTHS = st.integers(4, 70)
STEPS = st.lists(st.tuples(BATCHES, st.sampled_from(["sync", "sync", "wait", "resize"]), WIDTHS), max_size=12)


@pytest.fixture(autouse=True, scope="module")
def _short_pages() -> Iterator[None]:
    """Pages of a few rows, so that text goes on in the next block as it does after 32 kB."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextBlock, "PAGE", 150)
        patch.setattr(pages, "_SLACK", 40)
        yield


def laid_out(talk: Talk, width: int = 30, reading: Reading = Reading()) -> StreamLayout:  # noqa: B008  # frozen
    layout = StreamLayout(talk.conversation.transcript, width, UNICODE, reading)
    layout.sync()
    return layout


def talk_of(*deliveries: Delivery, text_budget: int | None = None) -> Talk:
    talk = Talk(text_budget=text_budget)
    talk.take(*deliveries)
    return talk


def texts(layout: StreamLayout) -> list[str]:
    return [words_of(row).rstrip() for row in rows_of(layout)]


@settings(deadline=None, max_examples=250)
@given(STEPS, WIDTHS, st.sampled_from([None, 900, 3_000]), st.just(Reading()) | READINGS)
def test_after_any_history_the_rows_are_those_of_a_fresh_layout(
    steps: list[tuple[list[Delivery], str, int]], width: int, text_budget: int | None, reading: Reading
) -> None:
    talk = Talk(text_budget=text_budget)
    layout = laid_out(talk, width, reading)
    for deliveries, then, new_width in steps:
        talk.take(*deliveries, after=20_000.0)
        if then == "resize":
            width = new_width
            layout = laid_out(talk, width, reading)
        elif then == "sync":
            before = rows_of(layout)
            changed = layout.sync()
            assert rows_of(layout)[:changed] == before[:changed], "rows before the first changed one are the same"
            assert rows_of(layout) == rows_of(laid_out(talk, width, reading))
    layout.sync()
    assert rows_of(layout) == rows_of(laid_out(talk, width, reading))
    assert layout.sifted == laid_out(talk, width, reading).sifted
    assert +layout.hidden == +laid_out(talk, width, reading).hidden
    assert layout.sync() is None


def test_a_long_text_in_one_line_may_come_all_at_once() -> None:
    """Its first page and those that add to it are laid out for the first time together."""
    reading = Reading(DisplaySettings(thinking=Level.ONE_LINE))
    talk = talk_of(message("user", "hello"))
    layout = laid_out(talk, reading=reading)
    before = len(layout)
    talk.take(message("user", "and?"), chunk("thinking", content="a long thought of many words " * 20))
    assert len(talk.conversation.transcript.blocks) > 3
    assert layout.sync() == before
    assert rows_of(layout) == rows_of(laid_out(talk, reading=reading))
    assert "580 characters" in texts(layout)[-1]


@settings(deadline=None, max_examples=100)
@given(st.lists(BATCHES, max_size=8), WIDTHS, READINGS)
def test_no_row_is_too_wide_or_acts_on_the_terminal(
    batches: list[list[Delivery]], width: int, reading: Reading
) -> None:
    talk = Talk()
    for deliveries in batches:
        talk.take(*deliveries, after=20_000.0)
    for row in rows_of(laid_out(talk, width, reading)):
        assert width_of(row) <= width
        assert is_harmless(words_of(row))


@settings(deadline=None, max_examples=100)
@given(st.lists(BATCHES, max_size=8), WIDTHS, READINGS)
def test_rows_of_one_key_look_alike(batches: list[list[Delivery]], width: int, reading: Reading) -> None:
    talk = Talk(text_budget=2_000)
    layout = laid_out(talk, width, reading)
    seen: dict[object, object] = {}
    for deliveries in batches:
        talk.take(*deliveries, after=20_000.0)
        layout.sync()
        for number in range(len(layout)):
            assert seen.setdefault(layout.key(number), layout.row(number)) == layout.row(number)


@settings(deadline=None, max_examples=100)
@given(st.lists(BATCHES, min_size=1, max_size=8), WIDTHS, WIDTHS)
def test_a_place_is_found_again_at_any_width(batches: list[list[Delivery]], width: int, other: int) -> None:
    talk = Talk(text_budget=3_000)
    for deliveries in batches:
        talk.take(*deliveries)
    layout, wider = laid_out(talk, width), laid_out(talk, other)
    for number in range(len(layout)):
        place = layout.place(number)
        found = layout.row_of(place)
        assert number <= found
        assert not any(layout.row(blank)[-1][0].strip() for blank in range(number, found)), "only blank rows are passed"
        if found == number:
            assert layout.block_at(number) is wider.block_at(wider.row_of(place))
        assert layout.row_of_anchor(layout.anchor(number)) == number


def test_a_chunk_added_to_a_long_paragraph_builds_a_row_or_two() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextBlock, "PAGE", 32_768)
        talk = talk_of(message("user", "go on"), token("a paragraph of many words that fills rows " * 400))
        layout = laid_out(talk, 40)
        assert len(layout) > 300
        for piece in ["and ", "then ", "more ", "中文 ", "❤\ufe0f", "end.", "\n", "\nnew"] * 20:
            before = layout.rows_built
            talk.take(token(piece))
            layout.sync()
            assert layout.rows_built - before <= 3


def test_many_small_chunks_build_little_more_rows_than_there_are() -> None:
    talk = Talk()
    layout = laid_out(talk, 40)
    for number in range(1_000):
        talk.take(token(f"word{number} "))
        layout.sync()
    assert layout.rows_built <= 1_000 + 2 * len(layout)
    fresh = laid_out(talk, 40)
    assert fresh.rows_built == len(fresh)


def test_a_tool_result_far_above_rebuilds_its_block_only() -> None:
    talk = talk_of(
        *answered(3), chunk("tool_call", name="slow", id="1"), *(chunk("status", text="x") for _ in range(50))
    )
    layout = laid_out(talk)
    before = layout.rows_built
    talk.take(chunk("tool_result", id="1", result="done"))
    row = layout.sync()
    assert row is not None
    assert texts(layout)[row : row + 2] == ["⚙ slow", "↳ 4 B · 0.0 s  done"]
    assert layout.rows_built - before == 2


def test_a_layout_that_missed_more_changes_than_are_kept_is_still_right() -> None:
    talk = talk_of(chunk("tool_call", name="slow", id="1", arguments="{"), token("x"))
    layout = laid_out(talk)
    for number in range(300):
        talk.take(chunk("tool_call", id="1", arguments=f"{number},"), token("y"))
    assert layout.sync() == 0
    assert rows_of(layout) == rows_of(laid_out(talk))


def test_nothing_new_is_no_change_and_builds_nothing() -> None:
    layout = laid_out(talk_of(*answered(2)))
    built = layout.rows_built
    assert layout.sync() is None
    assert layout.rows_built == built


def test_what_is_pruned_leaves_a_mark_that_counts_it() -> None:
    talk = talk_of(*answered(2), text_budget=4_000)
    layout = laid_out(talk, 40)
    assert texts(layout)[0].startswith("user  question 0")
    talk.take(*answered(40))
    assert layout.sync() == 0
    turns = talk.conversation.transcript.pruned_turns
    assert turns > 0
    assert texts(layout)[0].startswith(f"┄ {turns:,} older turns pruned, ")
    assert layout.block_at(0) is None
    assert layout.row_of(layout.place(0)) == layout.row_of_anchor(layout.anchor(0)) == 0


def test_places_in_what_was_pruned_are_at_the_top() -> None:
    talk = talk_of(*answered(2), text_budget=4_000)
    layout = laid_out(talk)
    place, anchor = layout.place(3), layout.anchor(3)
    talk.take(*answered(40))
    layout.sync()
    assert layout.row_of(place) == layout.row_of_anchor(anchor) == 0
    assert layout.top_of(0) is None


def test_answer_thought_and_message_look_as_they_should() -> None:
    talk = talk_of(
        message("user", "why was I charged twice?"),
        chunk("thinking", content=" Look it\nup."),
        token("You were "),
        token("not."),
    )
    layout = laid_out(talk, 24)
    assert texts(layout) == ["user  why was I charged", "  twice?", "✱ Look it", "  up.", "› You were not."]
    inks = [row[-1][1] for row in rows_of(layout)]
    assert inks == [Ink.TEXT, Ink.TEXT, Ink.THINKING, Ink.THINKING, Ink.TEXT]
    assert layout.row(0)[0] == ("user  ", Ink.PERSON)
    assert words_of(StreamLayout(talk.conversation.transcript, 24, ASCII).row(0)) == ""


def test_the_same_in_ascii() -> None:
    talk = talk_of(message("user", "q"), chunk("thinking", content="hm"), token("yes"))
    layout = StreamLayout(talk.conversation.transcript, 24, ASCII)
    layout.sync()
    assert texts(layout) == ["user  q", "* hm", "> yes"]


def test_speakers_have_their_colours() -> None:
    assert [role_ink(role) for role in ("user", "assistant", "tool", "system", "critic")] == [
        Ink.PERSON, Ink.ASSISTANT, Ink.TOOL_NAME, Ink.WARN, Ink.PERSON,
    ]  # fmt: skip


@pytest.mark.parametrize("width", [*range(3, 16), 40])
@pytest.mark.parametrize("role", ["", "u", "assistant", "r" * 200, HOSTILE, "助手" * 30])
def test_beside_any_role_the_message_is_whole_and_nothing_stands_in(role: str, width: int) -> None:
    layout = laid_out(talk_of(message(role, "Hi, all is well")), width)
    shown = "".join(words_of(row[1:]) for row in rows_of(layout))
    assert shown.replace(" ", "") == "Hi,alliswell"
    assert width_of(layout.row(0)) <= max(width, 4)


def test_a_word_that_does_not_fit_beside_the_role_is_not_cut() -> None:
    layout = laid_out(talk_of(message("assistant", "internationalisation")), 26)
    assert texts(layout) == ["assistant", "  internationalisation"]


def test_blank_beginnings_and_trailing_line_ends_are_not_shown() -> None:
    layout = laid_out(talk_of(token("\n"), token(" "), token("\n Hello\n\n"), token("\n")))
    assert texts(layout)[1:] == ["› Hello"]


def test_text_goes_on_in_the_next_page_without_a_second_sign() -> None:
    layout = laid_out(talk_of(*(token(f"line {number}\n") for number in range(60))))
    assert len({block.id for number in range(len(layout)) if (block := layout.block_at(number))}) > 1
    assert texts(layout)[1:] == ["› line 0", *(f"  line {number}" for number in range(1, 60))]


def test_a_snapshot_stays_as_it_was() -> None:
    talk = talk_of(*answered(2), chunk("tool_call", name="slow", id="1"), token("text "), text_budget=5_000)
    held = StreamLayout(snapshot(talk.conversation.transcript), 30, UNICODE)
    held.sync()
    before = rows_of(held)
    talk.take(token("more"), chunk("tool_result", id="1", result="done"), *answered(40))
    assert held.sync() is None
    again = StreamLayout(held.transcript, 30, UNICODE)
    again.sync()
    assert rows_of(again) == rows_of(held) == before
