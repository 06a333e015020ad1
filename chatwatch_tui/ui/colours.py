"""How many colours the terminal can show, and what is done where it can show none.

`NO_COLOR` counts where it is not empty, as no-color.org says; Textual lets an empty one count too, and then makes greys
of all colours, which is colour still. Here it means attributes only: bold, faint, italic, underline, reverse.

SSH passes TERM on and COLORTERM not, so most remote terminals say no more than `xterm-256color`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from chatwatch_tui.ui.contrast import contrast

STANDS_OUT = 2.0
"""Contrast to the ground from which a ground of its own means something: a cursor, a selection, a button."""


class Colours(StrEnum):
    """What a terminal shows; the values are those of the setting."""

    TRUE = "truecolor"
    PALETTE = "256"
    TERMINAL = "16"
    """The terminal's own, of which nobody knows how they look."""
    NONE = "none"


RICH_NAMES = {Colours.TRUE: "truecolor", Colours.PALETTE: "256", Colours.TERMINAL: "standard", Colours.NONE: "standard"}
"""Rich's names of its colour systems."""
_MANY = frozenset({"alacritty", "contour", "foot", "ghostty", "kitty", "konsole", "mintty", "rio", "vte", "wezterm"})
"""Terminals with 256 colours and more whose names do not say so."""
_NO_COLOURS = ("vt1", "vt2", "vt3", "vt5", "xterm-mono")
_OF_TEXTUAL = {"truecolor": Colours.TRUE, "256": Colours.PALETTE, "standard": Colours.TERMINAL}


def colours_of(environ: Mapping[str, str], setting: str = "auto") -> Colours:
    """What is asked for; where that is `auto`, what the environment says of the terminal."""
    if setting != "auto":
        return Colours(setting)
    if environ.get("NO_COLOR"):
        return Colours.NONE
    forced = _OF_TEXTUAL.get(environ.get("TEXTUAL_COLOR_SYSTEM", ""))
    if forced is not None:
        return forced
    term = environ.get("TERM", "").lower()
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return Colours.TRUE
    if "256color" in term:
        return Colours.PALETTE
    name = term.removeprefix("xterm-").partition("-")[0]
    return Colours.PALETTE if name in _MANY else Colours.NONE if term.startswith(_NO_COLOURS) else Colours.TERMINAL


class AttributesOnly(LineFilter):
    """Takes colours from what Textual's own widgets draw. A ground that stood out becomes reverse video."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text without colours."""
        return [
            Segment(text, None if style is None else _without_colour(style, background), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _without_colour(style: Style, background: Color) -> Style:
    plain = style.without_color
    painted = style.bgcolor is not None and style.bgcolor.triplet is not None
    if painted and contrast(Color.from_rich_color(style.bgcolor).hex6.lower(), background.hex6.lower()) >= STANDS_OUT:
        plain += Style(reverse=True)
    return plain
