"""Inks: ready styles by meaning, which finished rows are drawn with; and which themes there are.

Rows are drawn without Textual's per-widget style cache (see `widgets/pane.py`), so everything that cache would have
done is done here, once a theme: the ground is part of every ink, and so is what the terminal can show. Screen code
names a meaning (`Ink.THINKING`) and never a colour.

`PENS` is the one table of what a meaning looks like, with and without colours: a new ink is a line in `Ink` and one
there. Colours come from the theme's palette (`palettes`).
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from rich.color import Color as RichColor
from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from chatwatch_tui.ui.colours import Colours
from chatwatch_tui.ui.made_palettes import XTERM_256, in_256
from chatwatch_tui.ui.palettes import (
    OURS,
    TERMINAL_DARK,
    TERMINAL_LIGHT,
    Palette,
    textual_theme,
)

DEFAULT_THEME = "chatwatch-dark"


class Ink(StrEnum):
    """What something on screen means."""

    TEXT = "text"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    DIM = "dim"
    THINKING = "thinking"
    TOOL = "tool"
    TOOL_NAME = "tool_name"
    RESULT = "result"
    BAD = "bad"
    BAD_BADGE = "bad_badge"
    WARN = "warn"
    GOOD = "good"
    PERSON = "person"
    ASSISTANT = "assistant"
    KEY = "key"
    FOCUS = "focus"
    """The number of the pane in focus."""
    CURSOR = "cursor"
    """The block that stands where text is still coming in."""
    FRAME = "frame"
    FRAME_FOCUS = "frame_focus"
    FRAME_BAD = "frame_bad"
    FRAME_YELLOW = "frame_yellow"
    """Frames in the colours of the operator's rules: quieter than words of that colour."""
    FRAME_GREEN = "frame_green"
    FRAME_BLUE = "frame_blue"
    FRAME_MAGENTA = "frame_magenta"
    FRAME_CYAN = "frame_cyan"
    LINE_THINKING = "line_thinking"
    """Thinking, as a piece of a timeline."""
    BADGE = "badge"
    BAR = "bar"
    RULE = "rule"
    """What a rule was hit by."""
    SELECTED = "selected"
    """Rows that are to be copied."""
    MATCH = "match"
    """What was searched for ..."""
    MATCH_HERE = "match_here"
    """... and the one that the reader is at."""


class Pen(NamedTuple):
    """How an ink is drawn."""

    colour: str
    """Of the letters: a field of `Palette`."""
    attributes: str = ""
    """Bold, italic, underline, reverse, strike; separated by blanks."""
    ground: str = "ground"
    """A field of `Palette`."""
    plain: str | None = None
    """Attributes where the terminal shows no colours, dim among them; None: the same."""


PENS: dict[Ink, Pen] = {
    Ink.TEXT: Pen("text"),
    Ink.STRONG: Pen("text", "bold"),
    Ink.EMPHASIS: Pen("text", "italic"),
    Ink.DIM: Pen("dim", plain="dim"),
    Ink.THINKING: Pen("thinking", "italic", plain="dim italic"),
    Ink.TOOL: Pen("tool"),
    Ink.TOOL_NAME: Pen("tool", "bold"),
    Ink.RESULT: Pen("good"),
    Ink.BAD: Pen("bad", plain="bold underline"),
    Ink.BAD_BADGE: Pen("badge", "bold", ground="bad", plain="bold reverse"),
    Ink.WARN: Pen("warn", plain="bold"),
    Ink.GOOD: Pen("good"),
    Ink.PERSON: Pen("person", "bold"),
    Ink.ASSISTANT: Pen("accent", "bold"),
    Ink.KEY: Pen("accent", "bold"),
    Ink.FOCUS: Pen("accent", "bold", plain="bold reverse"),
    Ink.CURSOR: Pen("accent", plain="bold"),
    Ink.FRAME: Pen("frame", plain="dim"),
    Ink.FRAME_FOCUS: Pen("accent", plain="bold"),
    Ink.FRAME_BAD: Pen("frame_bad", plain=""),
    Ink.FRAME_YELLOW: Pen("warn", plain=""),
    Ink.FRAME_GREEN: Pen("good", plain=""),
    Ink.FRAME_BLUE: Pen("accent", plain=""),
    Ink.FRAME_MAGENTA: Pen("thinking", plain=""),
    Ink.FRAME_CYAN: Pen("tool", plain=""),
    Ink.LINE_THINKING: Pen("thinking"),
    Ink.BADGE: Pen("badge", "bold", ground="accent", plain="bold reverse"),
    Ink.BAR: Pen("text", ground="raised", plain="reverse"),
    Ink.RULE: Pen("warn", "bold underline", plain="italic underline"),
    Ink.SELECTED: Pen("text", "reverse"),
    Ink.MATCH: Pen("warn", "reverse", plain="underline"),
    Ink.MATCH_HERE: Pen("badge", "bold underline", ground="accent", plain="bold reverse"),
}

Inks = dict[Ink, Style]


def make_inks(palette: Palette, colours: Colours = Colours.TRUE) -> Inks:
    """One finished style for every ink, of what the terminal can show. With 16 colours they are its own, whatever the
    palette: nothing made of 16 million would come out as it was meant."""
    if colours is Colours.NONE:
        return {
            ink: _style(pen.attributes if pen.plain is None else pen.plain, None, None) for ink, pen in PENS.items()
        }
    palette = shown_palette(palette, colours)
    return {
        ink: _style(
            f"{pen.attributes} dim" if palette.faint and pen.colour == "dim" else pen.attributes,
            _rich_colour(getattr(palette, pen.colour), colours),
            _rich_colour(getattr(palette, pen.ground), colours),
        )
        for ink, pen in PENS.items()
    }


def _style(attributes: str, colour: RichColor | None, ground: RichColor | None) -> Style:
    words: dict[str, bool] = dict.fromkeys(attributes.split(), True)
    return Style(color=colour, bgcolor=ground, **words)  # type: ignore[arg-type]  # bold=, italic= ...


def _rich_colour(colour: str, colours: Colours) -> RichColor:
    if colours is Colours.PALETTE and colour[0] == "#":
        return RichColor.from_ansi(XTERM_256[colour])
    return RichColor.parse(colour)


def shown_palette(palette: Palette, colours: Colours) -> Palette:
    """What a terminal with so many colours shows of it."""
    if palette.ground == "default":
        return palette
    if colours is Colours.TERMINAL:
        return TERMINAL_DARK if palette.dark else TERMINAL_LIGHT
    return in_256(palette) if colours is Colours.PALETTE else palette


# -- themes ------------------------------------------------------------------------------------------------------------


class UnknownTheme(Exception):
    """There is no theme of that name; `str()` says so and names near ones."""


def theme_names() -> list[str]:
    """Every theme, chatwatch's own first."""
    return [*OURS, *sorted(BUILTIN_THEMES.keys() - OURS.keys())]


def checked_theme(name: str) -> str:
    """The name, if it is one.

    Raises:
        UnknownTheme: otherwise.
    """
    names = theme_names()
    if name in names:
        return name
    # People write the part that means something.
    near = [each for each in names if name and name.lower() in each] or get_close_matches(name.lower(), names, 3, 0.5)
    words = f"did you mean {' or '.join(near[:3])}?" if near else f"there are {', '.join(names)}"
    raise UnknownTheme(f"no theme {name!r}: {words}")


def own_themes() -> list[Theme]:
    """chatwatch's own, for Textual to know."""
    return [textual_theme(name, palette) for name, palette in OURS.items()]


def theme_for(name: str, colours: Colours) -> str:
    """The theme that Textual's own widgets are drawn in where `name` is wanted: with 16 colours those of the terminal;
    without any colour one whose grounds can be told apart, from which `colours.AttributesOnly` takes the colours."""
    if colours is Colours.NONE:
        return DEFAULT_THEME
    if colours is not Colours.TERMINAL:
        return name
    dark = OURS[name].dark if name in OURS else BUILTIN_THEMES[name].dark if name in BUILTIN_THEMES else True
    return "chatwatch-terminal" if dark else "chatwatch-terminal-light"
