"""Palettes: the colours of a theme by what chatwatch uses them for. Its own are written down here, those of Textual's
themes are made from the theme's variables (`made_palettes`).

For colour-vision deficiencies colours set out from those of Okabe and Ito and were moved until they stay apart as seen
with the deficiency (a test simulates it), by lightness where it takes the hue away.

The terminal's own 16 colours are known by name only. On a dark ground the names used here can be read in xterm's and in
the Linux console's table; blue, red and brown cannot, and no letters have them. On a light one few can, so there the
figures are the terminal's faint text, and no letters are green, yellow or cyan. Assumed: the ground is about black or
about white, faint takes a third of a colour away at the most, and bold does not change a colour.
"""

from __future__ import annotations

import msgspec
from textual.theme import Theme


class Palette(msgspec.Struct, frozen=True):
    """Colours of one theme, by use: `#rrggbb`, or names of the terminal's own."""

    ground: str
    raised: str
    """Ground of bars and of the row under the cursor."""
    text: str
    """What people read: the brightest."""
    dim: str
    """Figures and words beside it; still readable."""
    frame: str
    """Carries no text and no meaning."""
    frame_bad: str
    """An erring pane's; seen at a glance, not read."""
    accent: str
    """The one colour of focus."""
    thinking: str
    tool: str
    good: str
    warn: str
    bad: str
    person: str
    """Names of the people and roles that speak."""
    badge: str
    """Letters on a ground of accent or bad."""
    dark: bool = True
    faint: bool = False
    """What is dim is drawn faint too."""


DARK = Palette(
    ground="#0f1419",
    raised="#1b232d",
    text="#d8dee6",
    dim="#8b949e",
    frame="#30363d",
    frame_bad="#9f484a",
    accent="#58a6ff",
    thinking="#a295d6",
    tool="#56b6c2",
    good="#7fba7a",
    warn="#e3b565",
    bad="#ff6b6b",
    person="#e3b565",
    badge="#0f1419",
)
LIGHT = Palette(
    ground="#fbfbfa",
    raised="#e9edf2",
    text="#1f2328",
    dim="#5b636d",
    frame="#c9d1d9",
    frame_bad="#d9706f",
    accent="#0757ba",
    thinking="#6a4bb0",
    tool="#0a6b78",
    good="#1d6b2d",
    warn="#875400",
    bad="#bf1d28",
    person="#875400",
    badge="#fbfbfa",
    dark=False,
)
HIGH_CONTRAST = Palette(
    ground="#000000",
    raised="#262626",
    text="#ffffff",
    dim="#d0d0d0",
    frame="#8a8a8a",
    frame_bad="#ff8080",
    accent="#6cc7ff",
    thinking="#d9b8ff",
    tool="#2ee6e6",
    good="#6ef06e",
    warn="#ffd84a",
    bad="#ff8f8f",
    person="#ffd84a",
    badge="#000000",
)
DEUTERANOPIA = Palette(
    ground="#0f1419",
    raised="#1b232d",
    text="#e6e9ed",
    dim="#8b949e",
    frame="#30363d",
    frame_bad="#b35c0c",
    accent="#0496d7",
    thinking="#94aff2",
    tool="#a7ccbf",
    good="#63b26d",
    warn="#e2e03a",
    bad="#f97b00",
    person="#e2e03a",
    badge="#0f1419",
)
TRITANOPIA = msgspec.structs.replace(
    DEUTERANOPIA,
    frame_bad="#b13b3d",
    accent="#68aae5",
    thinking="#e893be",
    tool="#2db6a2",
    good="#05dcb5",
    warn="#e8cb23",
    bad="#ff4b4b",
    person="#e8cb23",
)
TERMINAL_DARK = Palette(
    ground="default",
    raised="blue",
    text="bright_white",
    dim="default",
    frame="bright_black",
    frame_bad="red",
    accent="bright_cyan",
    thinking="bright_magenta",
    tool="cyan",
    good="green",
    warn="bright_yellow",
    bad="bright_red",
    person="bright_yellow",
    badge="black",
)
TERMINAL_LIGHT = Palette(
    ground="default",
    raised="white",
    text="default",
    dim="default",
    frame="white",
    frame_bad="red",
    accent="blue",
    thinking="magenta",
    tool="bright_blue",
    good="default",
    warn="magenta",
    bad="red",
    person="default",
    badge="bright_white",
    dark=False,
    faint=True,
)

OURS: dict[str, Palette] = {
    "chatwatch-dark": DARK,
    "chatwatch-light": LIGHT,
    "chatwatch-high-contrast": HIGH_CONTRAST,
    "chatwatch-deuteranopia": DEUTERANOPIA,
    "chatwatch-tritanopia": TRITANOPIA,
    "chatwatch-terminal": TERMINAL_DARK,
    "chatwatch-terminal-light": TERMINAL_LIGHT,
}
"""By name of the theme."""


def textual_theme(name: str, palette: Palette) -> Theme:
    """The palette as a theme for Textual's own widgets."""
    if palette.ground == "default":
        return _terminal_theme(name, palette)
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
        dark=palette.dark,
    )


def _terminal_theme(name: str, palette: Palette) -> Theme:
    accent, bad, good, text, warn = (
        f"ansi_{each}" for each in (palette.accent, palette.bad, palette.good, palette.text, palette.warn)
    )
    badge = f"ansi_{palette.badge}"
    return Theme(
        name=name,
        primary=accent,
        secondary=f"ansi_{palette.thinking}",
        accent=accent,
        warning=warn,
        error=bad,
        success=good,
        foreground=text,
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=palette.dark,
        ansi=True,
        variables={
            "ansi-background": "ansi_black" if palette.dark else "ansi_bright_white",
            "ansi-foreground": "ansi_white" if palette.dark else "ansi_black",
            "border": accent,
            "border-blurred": f"ansi_{palette.frame}",
            "block-cursor-background": accent,
            "block-cursor-foreground": badge,
            "block-cursor-blurred-background": f"ansi_{palette.raised}",
            "block-cursor-blurred-foreground": text,
            "block-hover-background": f"ansi_{palette.raised}",
            "input-selection-background": accent,
            "input-selection-foreground": badge,
            "screen-selection-background": accent,
            "screen-selection-foreground": badge,
            "scrollbar": f"ansi_{palette.frame}",
            "scrollbar-hover": accent,
            "scrollbar-active": accent,
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
        },
    )
