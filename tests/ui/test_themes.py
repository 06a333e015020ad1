"""Every theme, Textual's and ours, in everything that terminals show: whether it can be read, and told apart."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest
from rich.color import Color as RichColor
from rich.terminal_theme import TerminalTheme
from textual.theme import BUILTIN_THEMES

from chatwatch_tui.ui.colours import Colours, colours_of
from chatwatch_tui.ui.contrast import (
    READABLE,
    VISIBLE,
    blend,
    contrast,
    distance,
    hex_of,
    linear_of,
    oklab_of_light,
    readable,
)
from chatwatch_tui.ui.made_palettes import APART, APART_IN_256, XTERM_256, palette_of
from chatwatch_tui.ui.palettes import (
    DARK,
    DEUTERANOPIA,
    OURS,
    TRITANOPIA,
    Palette,
    textual_theme,
)
from chatwatch_tui.ui.themes import PENS, Ink, UnknownTheme, checked_theme, make_inks, shown_palette, theme_names
from tests.ui.pictures import XTERM, on_white

CONSOLE = TerminalTheme(
    (0, 0, 0),
    (170, 170, 170),
    [(0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)],
    [
        (85, 85, 85),
        (255, 85, 85),
        (85, 255, 85),
        (255, 255, 85),
        (85, 85, 255),
        (255, 85, 255),
        (85, 255, 255),
        (255, 255, 255),
    ],
)
"""The Linux console's colours."""
FAINT = 2 / 3
"""What a terminal leaves of faint text, see `palettes`."""
NO_TEXT = {Ink.FRAME}
"""A quiet frame carries neither text nor meaning: it is meant to be seen as little as may be."""
FRAMES = {Ink.FRAME_FOCUS, Ink.FRAME_BAD}
"""These mean something and carry no text: they must be seen, not read."""
TYPES = ("text", "bad", "warn", "good", "thinking", "tool")
PALETTES = {name: palette_of(theme) for name, theme in BUILTIN_THEMES.items()} | OURS
RGB = {name: palette for name, palette in PALETTES.items() if palette.ground != "default"}


TABLES = {
    "xterm": (XTERM, True),
    "console": (CONSOLE, True),
    "xterm on white": (on_white(XTERM), False),
    "console on white": (on_white(CONSOLE), False),
}
"""Colours of terminals, and whether their ground is dark."""


def minimum_of(ink: Ink) -> float:
    """The contrast that an ink needs."""
    return 1.0 if ink in NO_TEXT else VISIBLE if ink in FRAMES else READABLE


def hexes(palette: Palette, colours: Colours, ink: Ink, table: TerminalTheme = XTERM) -> tuple[str, str]:
    """Letters and ground of an ink as that terminal draws it."""
    style = make_inks(palette, colours)[ink]
    assert style.color is not None
    assert style.bgcolor is not None
    ground = hex_of(*style.bgcolor.get_truecolor(table, foreground=False))
    letters = hex_of(*style.color.get_truecolor(table))
    return (blend(letters, ground, FAINT) if style.dim else letters), ground


def test_the_measure_of_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_measure_of_distance_is_oklab() -> None:
    assert oklab_of_light(1, 1, 1) == pytest.approx((1, 0, 0), abs=1e-4)
    assert oklab_of_light(1, 0, 0) == pytest.approx((0.628, 0.225, 0.126), abs=1e-3)
    assert distance("#000000", "#ffffff") == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("ground", ["#000000", "#777777", "#ffffff", "#002b36", "#fdf6e3"])
@pytest.mark.parametrize("colour", ["#000000", "#808080", "#dc322f", "#2b2bff", "#ffffff"])
def test_what_is_moved_can_be_read_and_what_can_be_read_is_not_moved(colour: str, ground: str) -> None:
    moved = readable(colour, [ground])
    assert contrast(moved, ground) >= READABLE
    assert (moved == colour) == (contrast(colour, ground) >= READABLE)


# -- every theme -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", [Colours.TRUE, Colours.PALETTE])
@pytest.mark.parametrize("name", RGB)
def test_every_ink_can_be_read_on_its_own_ground(name: str, colours: Colours) -> None:
    for ink in Ink:
        letters, ground = hexes(RGB[name], colours, ink)
        assert contrast(letters, ground) >= minimum_of(ink), (ink, letters, ground)


@pytest.mark.parametrize("colours", [Colours.TRUE, Colours.PALETTE])
@pytest.mark.parametrize("name", RGB)
def test_chunk_types_and_focus_are_told_apart(name: str, colours: Colours) -> None:
    shown = shown_palette(RGB[name], colours)
    least = APART if colours is Colours.TRUE else APART_IN_256
    for one, other in combinations(TYPES, 2):
        assert distance(getattr(shown, one), getattr(shown, other)) >= least, (one, other)
    for other in ("good", "thinking", "tool"):
        assert distance(RGB[name].bad, getattr(RGB[name], other)) >= 1.4 * APART, f"{other} looks like an error"
    assert distance(shown.dim, shown.text) >= 0.04
    assert len({shown.frame, shown.frame_bad, shown.accent, shown.ground}) == 4


@pytest.mark.parametrize("name", RGB)
def test_letters_can_be_read_under_the_cursor_too_and_text_is_read_best(name: str) -> None:
    palette = RGB[name]
    for each in (*TYPES, "dim", "accent", "person"):
        assert contrast(getattr(palette, each), palette.raised) >= READABLE, each
    assert contrast(palette.text, palette.ground) >= 7
    assert palette.dark == (contrast(palette.ground, "#ffffff") > contrast(palette.ground, "#000000"))


@pytest.mark.parametrize("table", TABLES)
def test_the_terminals_own_colours_can_be_read_in_the_usual_tables(table: str) -> None:
    colours, dark = TABLES[table]
    palette = OURS["chatwatch-terminal" if dark else "chatwatch-terminal-light"]
    for ink in Ink:
        letters, ground = hexes(palette, Colours.TERMINAL, ink, colours)
        needed = minimum_of(ink) if ink is not Ink.FRAME_BAD else 2.5
        assert contrast(letters, ground) >= needed, (ink, letters, ground)


@pytest.mark.parametrize("name", PALETTES)
def test_with_16_colours_everything_is_the_terminals_own(name: str) -> None:
    for ink, style in make_inks(PALETTES[name], Colours.TERMINAL).items():
        for colour in (style.color, style.bgcolor):
            assert colour is not None
            assert colour.number is None or colour.number < 16, ink
            assert colour.triplet is None
        assert PENS[ink].ground != "ground" or style.bgcolor == RichColor.default(), ink


@pytest.mark.parametrize("name", ["chatwatch-terminal", "chatwatch-terminal-light"])
def test_with_16_colours_types_are_told_apart(name: str) -> None:
    inks = make_inks(OURS[name], Colours.TERMINAL)
    looks = [
        str(inks[ink])
        for ink in (Ink.TEXT, Ink.DIM, Ink.THINKING, Ink.TOOL, Ink.BAD, Ink.WARN, Ink.BAD_BADGE, Ink.KEY, Ink.BAR)
    ]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("name", PALETTES)
def test_with_256_colours_only_those_are_used_that_all_terminals_have_alike(name: str) -> None:
    if name not in RGB:
        return
    for style in make_inks(PALETTES[name], Colours.PALETTE).values():
        for colour in (style.color, style.bgcolor):
            assert colour is not None
            assert colour.number is not None
            assert 16 <= colour.number <= 255


def test_the_table_of_256_colours_is_that_of_terminals() -> None:
    for colour, number in XTERM_256.items():
        assert hex_of(*RichColor.from_ansi(number).get_truecolor()) == colour


# -- without colours ---------------------------------------------------------------------------------------------------


def test_without_colours_no_ink_has_any() -> None:
    for style in make_inks(DARK, Colours.NONE).values():
        assert style.color is None
        assert style.bgcolor is None


def test_focus_errors_and_cursor_are_told_apart_without_colours() -> None:
    inks = make_inks(DARK, Colours.NONE)
    for apart in (
        (Ink.FRAME, Ink.FRAME_FOCUS, Ink.FRAME_BAD),
        (Ink.FOCUS, Ink.STRONG, Ink.DIM),
        (Ink.TEXT, Ink.THINKING, Ink.TOOL_NAME, Ink.BAD, Ink.DIM),
        (Ink.BAD, Ink.WARN, Ink.TEXT),
        (Ink.BADGE, Ink.STRONG),
        (Ink.BAR, Ink.TEXT),
    ):
        looks = [str(inks[ink]) for ink in apart]
        assert len(set(looks)) == len(looks), apart


def test_every_ink_has_a_pen() -> None:
    assert set(PENS) == set(Ink)
    fields = set(Palette.__struct_fields__)
    assert all(pen.colour in fields and pen.ground in fields for pen in PENS.values())


# -- colour-vision deficiencies ----------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes 2009, severity 1, in linear light.
SEEN_WITH = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def seen(colour: str, deficiency: str) -> str:
    """The colour as somebody with the deficiency sees it."""
    light = linear_of(colour)
    mixed = (sum(share * each for share, each in zip(row, light, strict=True)) for row in SEEN_WITH[deficiency])
    return hex_of(*(255 * encoded(min(1.0, max(0.0, each))) for each in mixed))


def encoded(light: float) -> float:
    """sRGB's value, 0 to 1, of so much light."""
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


@pytest.mark.parametrize(
    ("palette", "deficiency"),
    [(DEUTERANOPIA, "deuteranopia"), (DEUTERANOPIA, "protanopia"), (TRITANOPIA, "tritanopia")],
    ids=["deuteranopia", "protanopia", "tritanopia"],
)
def test_colours_stay_apart_for_those_they_are_made_for(palette: Palette, deficiency: str) -> None:
    for one, other in combinations((*TYPES, "accent", "dim"), 2):
        if {one, other} == {"accent", "tool"}:
            continue  # frames and keys against chunks: never side by side
        apart = distance(seen(getattr(palette, one), deficiency), seen(getattr(palette, other), deficiency))
        assert apart >= APART, (one, other, apart)


def test_the_dark_theme_does_not_pass_as_one_of_them() -> None:
    """The test above can fail."""
    assert distance(seen(DARK.good, "deuteranopia"), seen(DARK.warn, "deuteranopia")) < 2 * APART
    assert distance(seen(DARK.tool, "tritanopia"), seen(DARK.good, "tritanopia")) < APART


# -- names -------------------------------------------------------------------------------------------------------------


def test_every_theme_has_a_name_and_ours_come_first() -> None:
    assert theme_names()[: len(OURS)] == list(OURS)
    assert set(theme_names()) == set(OURS) | set(BUILTIN_THEMES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chatwatch-darc", "did you mean chatwatch-dark"),
        ("light", "chatwatch-light"),
        ("Nord", "did you mean nord?"),
        ("zzz", "there are chatwatch-dark, "),
        ("", "there are chatwatch-dark, "),
    ],
)
def test_an_unknown_name_is_told_with_near_ones(name: str, words: str) -> None:
    with pytest.raises(UnknownTheme, match="no theme") as raised:
        checked_theme(name)
    assert words in str(raised.value)


@pytest.mark.parametrize("name", OURS)
def test_textuals_widgets_get_our_colours(name: str) -> None:
    theme, palette = textual_theme(name, OURS[name]), OURS[name]
    variables = {**theme.to_color_system().generate(), **theme.variables}
    assert theme.dark == palette.dark
    if palette.ground == "default":
        assert theme.ansi
        assert not [value for value in msgspec.structs.asdict(palette).values() if str(value).startswith("#")]
    else:
        assert variables["background"].lower() == palette.ground
    assert palette_of(theme) == palette


# -- what a terminal shows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "setting", "colours"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "auto", Colours.TRUE),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "auto", Colours.TRUE),
        ({"TERM": "xterm-direct"}, "auto", Colours.TRUE),
        ({"TERM": "xterm-256color"}, "auto", Colours.PALETTE),
        ({"TERM": "tmux-256color"}, "auto", Colours.PALETTE),
        ({"TERM": "xterm-kitty"}, "auto", Colours.PALETTE),
        ({"TERM": "alacritty"}, "auto", Colours.PALETTE),
        ({"TERM": "xterm"}, "auto", Colours.TERMINAL),
        ({"TERM": "xterm-16color"}, "auto", Colours.TERMINAL),
        ({"TERM": "screen"}, "auto", Colours.TERMINAL),
        ({"TERM": "linux"}, "auto", Colours.TERMINAL),
        ({"TERM": "vt220"}, "auto", Colours.NONE),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"}, "auto", Colours.PALETTE),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "auto", Colours.NONE),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": ""}, "auto", Colours.TRUE),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "truecolor", Colours.TRUE),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "none", Colours.NONE),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16", Colours.TERMINAL),
    ],
)
def test_the_environment_says_what_the_terminal_shows_unless_the_settings_do(
    environ: dict[str, str], setting: str, colours: Colours
) -> None:
    assert colours_of(environ, setting) is colours
