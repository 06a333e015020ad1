"""Colours: a palette per theme, and the inks (ready styles by meaning) that finished rows are drawn with.

Rows are drawn without Textual's per-widget style cache (see `widgets/pane.py`), so everything that cache would have
done is done here, once a theme: the ground is part of every ink, and line filters (NO_COLOR, ANSI themes) have been
applied. Screen code names a meaning (`Ink.THINKING`) and never a colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme


class Palette(msgspec.Struct, frozen=True):
    """Colours of one theme, by use."""

    ground: str
    raised: str
    """Ground of bars and of the row under the cursor."""
    text: str
    """What people read: the brightest."""
    dim: str
    """Figures and words beside it; still readable."""
    frame: str
    accent: str
    """The one colour of focus."""
    thinking: str
    tool: str
    good: str
    warn: str
    bad: str
    person: str
    """Names of the people and roles that speak."""


DARK = Palette(
    ground="#0f1419",
    raised="#1b232d",
    text="#d8dee6",
    dim="#8b949e",
    frame="#30363d",
    accent="#58a6ff",
    thinking="#a295d6",
    tool="#56b6c2",
    good="#7fba7a",
    warn="#e3b565",
    bad="#ff6b6b",
    person="#e3b565",
)


class Ink(StrEnum):
    """What something on screen means."""

    TEXT = "text"
    STRONG = "strong"
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
    CURSOR = "cursor"
    """The block that stands where text is still coming in."""
    FRAME = "frame"
    FRAME_FOCUS = "frame_focus"
    FRAME_BAD = "frame_bad"
    MATCH = "match"
    """Letters that were searched for: not by colour alone."""
    BADGE = "badge"
    BAR = "bar"


Inks = dict[Ink, Style]


def make_inks(palette: Palette, filters: Iterable[LineFilter] = ()) -> Inks:
    """One finished style for every ink."""

    def style(colour: str, **attributes: bool) -> Style:
        return Style(color=colour, bgcolor=palette.ground, **attributes)  # type: ignore[arg-type]  # bold=, italic= ...

    inks = {
        Ink.TEXT: style(palette.text),
        Ink.STRONG: style(palette.text, bold=True),
        Ink.DIM: style(palette.dim),
        Ink.THINKING: style(palette.thinking, italic=True),
        Ink.TOOL: style(palette.tool),
        Ink.TOOL_NAME: style(palette.tool, bold=True),
        Ink.RESULT: style(palette.good),
        Ink.BAD: style(palette.bad),
        Ink.BAD_BADGE: Style(color=palette.ground, bgcolor=palette.bad, bold=True),
        Ink.WARN: style(palette.warn),
        Ink.GOOD: style(palette.good),
        Ink.PERSON: style(palette.person, bold=True),
        Ink.ASSISTANT: style(palette.accent, bold=True),
        Ink.KEY: style(palette.accent, bold=True),
        Ink.CURSOR: style(palette.accent),
        Ink.FRAME: style(palette.frame),
        Ink.FRAME_FOCUS: style(palette.accent),
        Ink.FRAME_BAD: style(blend(palette.bad, palette.ground, 0.6)),
        Ink.MATCH: style(palette.accent, bold=True, underline=True),
        Ink.BADGE: Style(color=palette.ground, bgcolor=palette.accent, bold=True),
        Ink.BAR: Style(color=palette.text, bgcolor=palette.raised),
    }
    ground = Color.parse(palette.ground)
    return {ink: _filtered(each, filters, ground) for ink, each in inks.items()}


def blend(colour: str, ground: str, share: float) -> str:
    """`share` of the colour, the rest of the ground."""
    return Color.parse(ground).blend(Color.parse(colour), share).hex6


def _filtered(style: Style, filters: Iterable[LineFilter], ground: Color) -> Style:
    segments = [Segment(" ", style)]
    for line_filter in filters:
        segments = line_filter.apply(segments, ground)
    return segments[0].style or Style()


def textual_theme(name: str, palette: Palette) -> Theme:
    """The palette as a theme for Textual's own widgets."""
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.thinking,
        accent=palette.accent,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.raised,
        panel=palette.raised,
        dark=True,
    )
