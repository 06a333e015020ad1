"""Growing text of several paragraphs as wrapped rows.

Blank lines at the very beginning are not shown, and line ends at the very end wait until something follows them: a
model's habit of ending a thought with two line ends must not make the stream jump.
"""

from __future__ import annotations

from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.wrap import OpenParagraph, expand_tabs, wrap

_EMPTY = SafeText("")


class FlowingText:
    """Rows of at most `width` cells; `append` costs what is appended and one row, whatever stands before."""

    __slots__ = ("_held_line_ends", "_open", "_open_from", "rows", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[SafeText] = []
        """Finished and open rows; unchanged ones stay the same objects."""
        self._open: OpenParagraph | None = None
        self._open_from = 0
        self._held_line_ends = 0

    def append(self, text: str) -> int:
        """Add hostile text; the number of the first row that changed (`len(rows)` of before where none did)."""
        if not self.rows and self._open is None:
            text = text.lstrip("\n")
        body = text.rstrip("\n")
        line_ends, self._held_line_ends = self._held_line_ends, len(text) - len(body)
        if not body:
            self._held_line_ends += line_ends
            return len(self.rows)
        lines = ("\n" * line_ends + body).split("\n")
        changed = self._grow(lines[0])
        for line in lines[1:-1]:
            self.rows += wrap(expand_tabs(make_safe(line)), self.width) or [_EMPTY]
        if len(lines) > 1:
            self._open = None
            self._grow(lines[-1])
        return changed

    def _grow(self, text: str) -> int:
        """Let the open paragraph (a new one where there is none) grow; the first row of `rows` that changed."""
        if self._open is None:
            self._open = OpenParagraph(self.width)
            self._open_from = len(self.rows)
        changed = self._open_from
        if text:
            changed += self._open.append(text)
        elif len(self.rows) > self._open_from:
            return len(self.rows)
        self.rows[changed:] = self._open.rows[changed - self._open_from :] or [_EMPTY]
        return changed
