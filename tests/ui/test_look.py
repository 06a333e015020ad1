"""Every meaning has an ink, inks can be read, filters are obeyed, and a row is exactly as wide as it must be."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome, NoColor

from chatwatch_tui.core.conversation import Phase
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.core.timeline import LEVELS
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from chatwatch_tui.ui.look import Look, both_ends, width_of
from chatwatch_tui.ui.pane_words import PHASE_INK
from chatwatch_tui.ui.themes import DARK, Ink, blend, make_inks, textual_theme
from chatwatch_tui.ui.wrap import cell_width
from tests.ui.conversations import words_of

LETTERS = ("text", "dim", "accent", "thinking", "tool", "good", "warn", "bad", "person")
FRAMES = {ink for ink in Ink if ink.value.startswith("frame")}
SPANS = st.lists(
    st.tuples(st.sampled_from(["", "a", "word ", "中文", "👍🏽", "x" * 20]).map(SafeText), st.sampled_from(Ink)),
    max_size=6,
).map(tuple)


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = Color.parse(colour).rgb
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_of_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("ground", ["ground", "raised"])
def test_letters_can_be_read_on_every_ground(name: str, ground: str) -> None:
    assert contrast(getattr(DARK, name), getattr(DARK, ground)) >= 4.5


def test_what_people_read_is_the_brightest() -> None:
    assert max(LETTERS, key=lambda name: luminance(getattr(DARK, name))) == "text"


@pytest.mark.parametrize("ink", [ink for ink in Ink if ink not in FRAMES])
def test_every_ink_can_be_read_on_its_own_ground(ink: Ink) -> None:
    style = make_inks(DARK)[ink]
    assert style.color is not None
    assert style.bgcolor is not None
    assert contrast(style.color.name, style.bgcolor.name) >= 4.5


def test_every_ink_has_a_style_with_a_ground() -> None:
    inks = make_inks(DARK)
    assert set(inks) == set(Ink)
    assert all(style.color is not None and style.bgcolor is not None for style in inks.values())


def test_an_erring_frame_and_the_focus_differ_from_a_quiet_one() -> None:
    inks = make_inks(DARK)
    assert len({inks[ink].color for ink in FRAMES}) == len(FRAMES)


def test_errors_and_tool_names_stand_out_without_colour() -> None:
    inks = make_inks(DARK)
    assert inks[Ink.BAD_BADGE].bold
    assert inks[Ink.TOOL_NAME].bold
    assert inks[Ink.THINKING].italic
    assert not inks[Ink.TEXT].bold


def test_every_phase_has_an_ink_and_a_glyph() -> None:
    assert set(PHASE_INK) == set(Phase)
    assert all(glyphs.of_phase(phase) for phase in Phase for glyphs in (UNICODE, ASCII))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_glyph_is_one_cell(glyphs: Glyphs) -> None:
    for name, glyph in msgspec.structs.asdict(glyphs).items():
        signs = {"corners": 4, "line_answering": LEVELS, "line_thinking": LEVELS}.get(name, 1)
        assert [cell_width(SafeText(sign)) for sign in glyph] == [1] * signs
        assert glyph.isascii() or glyphs is UNICODE


def test_without_colour_no_ink_has_any() -> None:
    look = Look()
    look.change(filters=[NoColor()])
    for style in look.inks.values():
        assert style.color is not None
        assert style.color.is_default
        assert style.bgcolor is not None
        assert style.bgcolor.is_default
    assert look.inks[Ink.BAD_BADGE].bold


def test_a_grey_filter_makes_every_ink_grey() -> None:
    look = Look()
    look.change(filters=[Monochrome()])
    for style in look.inks.values():
        assert style.color is not None
        red, green, blue = style.color.get_truecolor()
        assert red == green == blue


def test_every_change_of_look_is_a_new_revision() -> None:
    look = Look()
    look.change(glyphs=ASCII)
    look.change(palette=msgspec.structs.replace(DARK, ground="#000000"))
    assert look.revision == 2
    assert look.glyphs is ASCII
    assert look.inks[Ink.TEXT].bgcolor == Style.parse("on #000000").bgcolor


def test_a_blend_lies_between_its_colours() -> None:
    assert [blend("#ffffff", "#000000", share).lower() for share in (0, 1)] == ["#000000", "#ffffff"]


def test_the_theme_of_textuals_widgets_has_our_colours() -> None:
    theme = textual_theme("mine", DARK)
    assert (theme.name, theme.background, theme.foreground) == ("mine", DARK.ground, DARK.text)


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


def test_padding_does_not_go_on_with_a_painted_ground() -> None:
    look = Look()
    strip = look.strip(((SafeText("badge"), Ink.BAD_BADGE),), 8)
    assert list(strip) == [Segment("badge", look.inks[Ink.BAD_BADGE]), Segment("   ", look.inks[Ink.TEXT])]


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
