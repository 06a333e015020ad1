"""A long text as it came, laid out for one width in slices, and further as it grows."""

from __future__ import annotations

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.markdown_rows import MAX_ROWS
from chatwatch_tui.ui.slices import Slice
from chatwatch_tui.ui.themes import Ink

MAX_PLAIN = 1_000_000
"""Characters of a text that are laid out as they came."""
_PIECE = 5_000
"""Characters between two looks at the time."""
_BEFORE = (ours(" "), Ink.TEXT)


class PlainRows:
    """The rows so far."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._flow = FlowingText(width)
        self._text = ""
        self._taken = 0

    def begins(self, text: str) -> bool:
        """Whether that text begins with what was laid out: one that grew does, a tool's payload may not."""
        return text is self._text or text.startswith(self._text[: self._taken])

    def is_done(self, text: str) -> bool:
        """Whether all of the text that is to be laid out is."""
        return self._taken >= min(len(text), MAX_PLAIN) or len(self.rows) > MAX_ROWS

    def go_on(self, text: str, pace: Slice) -> None:
        """A slice of a text that begins with all that was taken."""
        self._text = text
        while not self.is_done(text):
            piece = text[self._taken : min(self._taken + _PIECE, MAX_PLAIN)]
            self._taken += len(piece)
            changed = self._flow.append(piece)
            self.rows[changed:] = [(_BEFORE, (row, Ink.TEXT)) for row in self._flow.rows[changed:]]
            if not pace.goes_on(len(piece)):
                return

    def all_rows(self, text: str, keymap: Keymap) -> list[Row]:
        """The rows, and what is not among them in words."""
        elsewhere = "{read-copy} copies it, {write} on the dashboard writes it"
        if len(self.rows) > MAX_ROWS:
            return [*self.rows[:MAX_ROWS], _cut(keymap.fill(f" … more than this is not shown; {elsewhere}"))]
        if self._taken >= MAX_PLAIN and (left := len(text) - MAX_PLAIN) > 0:
            return [*self.rows, _cut(keymap.fill(f" … {left:,} characters more; {elsewhere}"))]
        return self.rows


def _cut(words: SafeText) -> Row:
    return ((words, Ink.WARN),)
