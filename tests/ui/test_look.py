"""Every sign has an ASCII twin, every change of look is told, and a row is exactly as wide as it must be."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from chatwatch_tui.core.conversation import Phase
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.core.timeline import LEVELS
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.colours import Colours
from chatwatch_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from chatwatch_tui.ui.look import Look, both_ends, width_of
from chatwatch_tui.ui.palettes import DARK
from chatwatch_tui.ui.pane_words import PHASE_INK
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width
from tests.ui.conversations import words_of

SPANS = st.lists(
    st.tuples(st.sampled_from(["", "a", "word ", "中文", "👍🏽", "x" * 20]).map(SafeText), st.sampled_from(Ink)),
    max_size=6,
).map(tuple)


def test_every_phase_has_an_ink_and_a_glyph() -> None:
    assert set(PHASE_INK) == set(Phase)
    assert all(glyphs.of_phase(phase) for phase in Phase for glyphs in (UNICODE, ASCII))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_glyph_is_one_cell(glyphs: Glyphs) -> None:
    for name, glyph in msgspec.structs.asdict(glyphs).items():
        signs = {"corners": 4, "line_answering": LEVELS, "line_thinking": LEVELS}.get(name, 1)
        assert [cell_width(SafeText(sign)) for sign in glyph] == [1] * signs
        assert glyph.isascii() or glyphs is UNICODE


def test_in_ascii_what_was_cut_and_control_characters_are_ascii_too() -> None:
    row = ((SafeText("a very long …"), Ink.TEXT), (SafeText("␛[0m␤ é 中"), Ink.DIM))
    assert Look(glyphs=ASCII).strip(row, width_of(row)).text == "a very long ~^[0m^ é 中"
    assert Look().strip(row, width_of(row)).text == "a very long …␛[0m␤ é 中"


def test_every_change_of_look_is_a_new_revision() -> None:
    look = Look()
    look.change(glyphs=ASCII)
    look.change(palette=msgspec.structs.replace(DARK, ground="#000000"))
    assert look.revision == 2
    assert look.glyphs is ASCII
    assert look.inks[Ink.TEXT].bgcolor == Style.parse("on #000000").bgcolor


@settings(deadline=None, max_examples=200)
@given(SPANS, st.integers(0, 40))
def test_a_fitted_row_is_exactly_that_wide_and_begins_like_the_row(row: Row, width: int) -> None:
    fitted = Look().fitted(row, width)
    assert width_of(fitted) == width
    if width_of(row) <= width:
        assert words_of(fitted).startswith(words_of(row))
    elif width:
        assert words_of(fitted).rstrip(" ").removesuffix("…") in words_of(row)


def test_nothing_follows_what_was_cut() -> None:
    row = ((SafeText("中中"), Ink.TEXT), (SafeText("next"), Ink.DIM))
    assert words_of(Look().fitted(row, 2)) == "… "
    assert words_of(both_ends(((SafeText("a"), Ink.DIM), *row), (), 4, "-", Ink.FRAME)) == "a中…"


def test_a_strip_is_exactly_that_wide_and_merges_neighbours_of_one_ink() -> None:
    strip = Look().strip(((SafeText("a"), Ink.DIM), (SafeText("b"), Ink.DIM), (SafeText(""), Ink.BAD)), 5)
    assert strip.cell_length == 5
    assert [segment.text for segment in strip] == ["ab", "   "]


@pytest.mark.parametrize("colours", Colours)
def test_padding_does_not_go_on_with_what_shows_on_blanks(colours: Colours) -> None:
    look = Look(colours=colours)
    for ink in (Ink.BAD_BADGE, Ink.BADGE, Ink.BAR, *([Ink.BAD] if colours is Colours.NONE else [])):
        strip = look.strip(((SafeText("badge"), ink),), 8)
        assert list(strip) == [Segment("badge", look.inks[ink]), Segment("   ", look.inks[Ink.TEXT])]


@settings(deadline=None, max_examples=200)
@given(SPANS, SPANS, st.integers(0, 60))
def test_both_ends_fill_the_row_exactly_and_the_right_one_stays_whole(left: Row, right: Row, width: int) -> None:
    row = both_ends(left, right, width, "─", Ink.FRAME)
    assert width_of(row) == width
    if width - width_of(right) >= 4:
        assert words_of(row).endswith(words_of(right))


def test_the_left_end_gives_way_to_the_right_one() -> None:
    left, right = ((SafeText("a long label"), Ink.STRONG),), ((SafeText("done"), Ink.DIM),)
    assert words_of(both_ends(left, right, 20, "─", Ink.FRAME)) == "a long label────done"
    assert words_of(both_ends(left, right, 12, "─", Ink.FRAME)) == "a long …done"
    assert words_of(both_ends(left, right, 7, "─", Ink.FRAME)) == "a long…"
