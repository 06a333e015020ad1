"""Graphemes of which terminals disagree how many cells they take.

Rich counts what the newest terminals draw: an emoji with its skin tone is two cells, and so are emoji joined by ZWJ or
widened by VS16. Others draw the parts beside each other (tmux 3.3a: a skin tone two cells more), or do not widen (one
cell less). What joins (ZWJ, selectors, skin tones, flags, keycaps, viramas) is doubtful, and so are single characters
whose width a version of Unicode changed, or which some terminals do not know.

Spacing marks, the vowel signs of Indic scripts, take a cell of their own on most terminals and none by Rich's tables.
They are counted as a cell here: where the next letter stood on them, no word could be read.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect
from functools import lru_cache

from rich.cells import get_character_cell_size

_RANGES = (
    0x200D, 0x200D, 0x20E3, 0x20E3, 0x2630, 0x2637, 0x268A, 0x268F, 0x302E, 0x302F, 0x3248, 0x324F, 0xFE0E, 0xFE0F,
    0x1D300, 0x1D376, 0x1F1E6, 0x1F1FF, 0x1F3FB, 0x1F3FF, 0x1F6D5, 0x1F6DF, 0x1FA70, 0x1FAFF, 0xE0020, 0xE007F,
)  # fmt: skip
"""First and last of what is doubtful, or makes so what it stands in, apart from the marks of Indic scripts."""
_VIRAMA = 9
"""Its combining class."""
_MOST_KNOWN = 8_192
_sure: set[str] = set()
"""Characters known to be as wide everywhere; found one by one, as tables of all of them would hold up a start."""


def is_doubtful(text: str) -> bool:
    """Whether terminals disagree about the cells of something in it. Cheap where they do not."""
    if _sure.issuperset(text):
        return False
    unknown = set(text) - _sure
    if any(map(_is_doubtful_character, unknown)):
        return True
    if len(_sure) < _MOST_KNOWN:  # whoever writes may write all of Unicode
        _sure.update(unknown)
    return False


def spacing_marks(text: str) -> int:
    """Cells that the text takes more than Rich counts."""
    return sum(map(_is_spacing, text)) if not text.isascii() and is_doubtful(text) else 0


@lru_cache(maxsize=4096)
def most_cells(grapheme: str) -> int:
    """Cells that it takes where nothing is joined."""
    return sum(map(_most_of, grapheme))


@lru_cache(maxsize=1024)
def _is_doubtful_character(char: str) -> bool:
    at = bisect(_RANGES, ord(char))
    within = at % 2 == 1 or (at > 0 and _RANGES[at - 1] == ord(char))
    return within or unicodedata.combining(char) == _VIRAMA or _is_spacing(char)


@lru_cache(maxsize=1024)
def _is_spacing(char: str) -> bool:
    return unicodedata.category(char) == "Mc" and not get_character_cell_size(char)


def _most_of(char: str) -> int:
    if char == "\ufe0f" or _is_spacing(char):
        return 1
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\u3248" <= char <= "\u324f":
        return 2
    return get_character_cell_size(char)
