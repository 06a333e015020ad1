"""Palettes: the colours of a theme by what chatwatch uses them for. Its own are written down here, those of Textual's
themes are made from the theme's variables.

What is made is moved until it can be read: text and figures have a contrast of 4.5 on both grounds, and colours that
tell chunk types apart look different from each other; a hue that the theme has given twice is turned. `tests/ui/
test_themes.py` holds every palette to that.

For colour-vision deficiencies colours are those of Okabe and Ito, lightened for a dark ground, and differ in lightness
where a deficiency takes the hue away.

The terminal's own 16 colours are known by name only. On a dark ground the names used here can be read in xterm's and in
the Linux console's table; blue, red and brown cannot, and are not used. On a light one few can, so there the figures
are the terminal's faint text, and green, yellow and cyan are not used. What is assumed: the ground is about black or
about white, faint takes a third of a colour away at the most, and bold does not change a colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from textual.color import Color
from textual.theme import Theme

from chatwatch_tui.ui.contrast import READABLE, VISIBLE, blend, contrast, distance, hex_of, readable, turned

APART = 0.08
"""Distance of two colours that must not be taken for one another."""
APART_IN_256 = 0.05
"""The same where there are only 240 to choose from."""
TEXT_CONTRAST = 7.0
"""Of what people read: enough above `READABLE` that figures can be dimmer."""


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
            "input-cursor-text-style": "reverse",
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


def palette_of(theme: Theme) -> Palette:
    """The palette that goes with a theme: its own where it is one of ours, else one made from its variables."""
    if theme.name in OURS:
        return OURS[theme.name]
    if theme.ansi:
        return TERMINAL_DARK if theme.dark else TERMINAL_LIGHT
    return _made_of(tuple({**theme.to_color_system().generate(), **theme.variables}.items()), theme.dark)


@lru_cache(32)
def _made_of(variables: tuple[tuple[str, str], ...], dark: bool) -> Palette:
    colours = {name: Color.parse(value).hex6.lower() for name, value in variables if name in _USED}
    ground = colours["background"]
    text = readable(colours["foreground"], [ground], TEXT_CONTRAST)
    raised = blend(text, ground, 0.07)
    grounds = (ground, raised)
    taken = [text]

    def own(*names: str) -> str:
        """The first of these that looks like nothing else on the screen; the first of all in another hue, if none."""
        given = [readable(colours[name], grounds) for name in names]
        tried = given + [
            readable(turned(given[0], degrees), grounds, minimum)
            for minimum in (READABLE, TEXT_CONTRAST)
            for degrees in range(30, 360, 30)
        ]
        found = max(tried, key=lambda each: min(APART, *(distance(each, other) for other in taken)))
        taken.append(found)
        return found

    bad, warn, good = own("error"), own("warning"), own("success")
    accent = own("primary", "accent", "secondary")
    thinking = own("secondary", "accent", "primary")
    tool = own("accent", "secondary", "primary")
    return Palette(
        ground=ground,
        raised=raised,
        text=text,
        dim=readable(blend(text, ground, 0.6), grounds),
        frame=blend(text, ground, 0.22),
        frame_bad=readable(blend(bad, ground, 0.6), [ground], VISIBLE),
        accent=accent,
        thinking=thinking,
        tool=tool,
        good=good,
        warn=warn,
        bad=bad,
        person=warn,
        badge=max((ground, "#000000", "#ffffff"), key=lambda each: min(contrast(each, accent), contrast(each, bad))),
        dark=dark,
    )


_USED = frozenset({"background", "foreground", "primary", "secondary", "accent", "warning", "error", "success"})
_LEVELS = (0, 95, 135, 175, 215, 255)
XTERM_256 = {
    **{hex_of(r, g, b): 16 + 36 * i + 6 * j + k for i, r in enumerate(_LEVELS) for j, g in enumerate(_LEVELS)
       for k, b in enumerate(_LEVELS)},
    **{hex_of(grey, grey, grey): 232 + n for n, grey in enumerate(range(8, 239, 10))},
}  # fmt: skip
"""Colours 16 to 255, which are the same in every terminal; the first 16 are not."""


@lru_cache(32)
def in_256(palette: Palette) -> Palette:
    """The palette in the nearest of `XTERM_256` that can be read; what differed goes on differing."""
    nearest = {"ground": _nearest(palette.ground)}
    ground = nearest["ground"]
    nearest["raised"] = _nearest(palette.raised, but=[ground])
    grounds = tuple(nearest.values())
    given: dict[str, str] = {}
    for name, minimum in (
        *((each, READABLE) for each in ("text", "bad", "warn", "good", "accent", "thinking", "tool", "dim", "person")),
        ("frame_bad", VISIBLE),
        ("frame", 0.0),
    ):
        wanted: str = getattr(palette, name)
        if wanted not in given:
            given[wanted] = _nearest(wanted, on=grounds, minimum=minimum, but=given.values())
        nearest[name] = given[wanted]
    nearest["badge"] = max(
        (ground, "#000000", "#ffffff"),
        key=lambda each: min(contrast(each, nearest["accent"]), contrast(each, nearest["bad"])),
    )
    return msgspec.structs.replace(palette, **nearest)


def _nearest(colour: str, *, on: Iterable[str] = (), minimum: float = 0.0, but: Iterable[str] = ()) -> str:
    taken, grounds = tuple(but), tuple(on)
    by_distance = sorted(XTERM_256.keys() - {*taken}, key=lambda each: (distance(each, colour), each))
    fit = [each for each in by_distance if all(contrast(each, ground) >= minimum for ground in grounds)]
    return next((each for each in fit if all(distance(each, other) >= APART_IN_256 for other in taken)), fit[0])
