"""A raw payload as lines of the inspector: text or hexadecimal, portion by portion, so that any size opens at once."""

from __future__ import annotations

from collections.abc import Iterator

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.fact_lines import Line, heading, text_lines
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.json_tree import Path
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.themes import Ink

RAW_CHARS = 4_000
"""Characters of a raw payload that are shown at a time."""
HEX_BYTES = 512
"""Bytes of it in hexadecimal."""
MORE: Path = (-1,)
"""In place of a path: more of the raw payload."""


def raw_lines(data: bytes, width: int, *, portions: int, as_hex: bool, keymap: Keymap) -> Iterator[Line]:
    """A heading, and so many portions of the payload; a last line for more of it."""
    try:
        text = data.decode("utf-8")
        how = "hexadecimal" if as_hex else "text"
    except UnicodeDecodeError:
        text = data.decode("utf-8", "backslashreplace")
        how = "hexadecimal" if as_hex else "bytes that are not UTF-8 as \\x.."
    yield heading(keymap.fill(f"Raw payload, {byte_size(len(data))}, {how}; {{inspect-hex}} changes that"), text)
    if as_hex:
        shown = portions * HEX_BYTES
        for row in _hex_rows(data[:shown], next((each for each in (16, 8) if 11 + 4 * each <= width), 4)):
            yield Line(((ours("  "), Ink.DIM), row), text)
        left, unit = len(data) - shown, "bytes"
    else:
        shown = portions * RAW_CHARS
        yield from text_lines(text[:shown], width, text)
        left, unit = len(text) - shown, "characters"
    if left > 0:
        more = keymap.fill(f"  … {left:,} more {unit}: {{inspect-fold}} shows more")
        yield Line(((more, Ink.WARN),), text, MORE, True)


def _hex_rows(data: bytes, per_row: int) -> Iterator[tuple[SafeText, Ink]]:
    for at in range(0, len(data), per_row):
        part = data[at : at + per_row]
        letters = "".join(chr(each) if 0x20 <= each < 0x7F else "." for each in part)
        yield ours(f"{at:06x}  {part.hex(' '):<{per_row * 3 - 1}}  {letters}"), Ink.TEXT
