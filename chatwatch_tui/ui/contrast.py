"""How well a colour can be read on another, and how far two colours are apart: plain arithmetic on `#rrggbb`.

Contrast is that of WCAG 2 (1 to 21; text that people read needs 4.5). Distance is that in OKLab, which is even to the
eye: 0.02 is just visible side by side, 0.1 is another colour.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable
from functools import lru_cache

READABLE = 4.5
VISIBLE = 3.0
"""What a frame needs that carries a meaning but no text."""
_STEP = 0.01
_KEPT = 1.03
"""What saturation grows by for every such step, so that a colour does not become a grey on its way."""


def rgb_of(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers of 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hex_of(red: float, green: float, blue: float) -> str:
    """Three numbers of 0 to 255 as `#rrggbb`."""
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"


def blend(colour: str, ground: str, share: float) -> str:
    """`share` of the colour, the rest of the ground."""
    pairs = zip(rgb_of(colour), rgb_of(ground), strict=True)
    return hex_of(*(below + (above - below) * share for above, below in pairs))


def linear_of(colour: str) -> tuple[float, float, float]:
    """The colour's light, 0 to 1 each."""
    red, green, blue = (
        each / 3294.6 if each <= 10.31 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in rgb_of(colour)
    )
    return red, green, blue


@lru_cache(1024)
def luminance(colour: str) -> float:
    """WCAG 2 relative luminance, 0 to 1."""
    red, green, blue = linear_of(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(1024)
def _oklab(colour: str) -> tuple[float, float, float]:
    return oklab_of_light(*linear_of(colour))


def oklab_of_light(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """Lightness, and the two axes of hue, of so much light."""
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def distance(one: str, other: str) -> float:
    """How different two colours look."""
    return float(sum((a - b) ** 2 for a, b in zip(_oklab(one), _oklab(other), strict=True)) ** 0.5)


def readable(colour: str, grounds: Iterable[str], minimum: float = READABLE) -> str:
    """The colour, or the nearest of its hue that has the contrast on all these grounds, which are alike: lighter on
    dark ones, darker on light ones; white or black where nothing less does."""
    grounds = tuple(grounds)
    if all(contrast(colour, ground) >= minimum for ground in grounds):
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*(each / 255 for each in rgb_of(colour)))
    step = _STEP if contrast("#ffffff", grounds[0]) >= contrast("#000000", grounds[0]) else -_STEP
    while 0 < lightness + step < 1:
        lightness += step
        saturation = min(1.0, saturation * _KEPT)
        moved = hex_of(*(each * 255 for each in colorsys.hls_to_rgb(hue, lightness, saturation)))
        if all(contrast(moved, ground) >= minimum for ground in grounds):
            return moved
    return "#ffffff" if step > 0 else "#000000"


def turned(colour: str, degrees: float) -> str:
    """Another hue of the same lightness; a grey gets a hue first."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(each / 255 for each in rgb_of(colour)))
    return hex_of(
        *(each * 255 for each in colorsys.hls_to_rgb((hue + degrees / 360) % 1, lightness, max(saturation, 0.4)))
    )
