"""Palettes that are made: from a Textual theme, and for terminals of 256 colours.

What is made is moved until it can be read: text and figures have a contrast of 4.5 on both grounds, and colours that
tell chunk types apart look different from each other; a hue that the theme has given twice is turned. `tests/ui/
test_themes.py` holds every palette to that.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from textual.color import Color
from textual.theme import Theme

from chatwatch_tui.ui.contrast import READABLE, VISIBLE, blend, contrast, distance, hex_of, readable, turned
from chatwatch_tui.ui.palettes import OURS, TERMINAL_DARK, TERMINAL_LIGHT, Palette

APART = 0.08
"""Distance of two colours that must not be taken for one another."""
APART_IN_256 = 0.05
"""The same where there are only 240 to choose from."""
TEXT_CONTRAST = 7.0
"""Of what people read: enough above `READABLE` that figures can be dimmer."""


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
            for degrees in range(15, 360, 15)
        ]
        # What is not an error must not look like one: half as far again from it.
        found = max(
            tried,
            key=lambda each: min(APART, *(distance(each, other) / (1 + (other in taken[1:2]) / 2) for other in taken)),
        )
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
