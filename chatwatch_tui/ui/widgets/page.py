"""A page of rows that scrolls, with or without a cursor: for screens that lie over the dashboard.

The rows are somebody else's and there may be many; only those in view are asked for when they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events

from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget

WHEEL_ROWS = 3
_GUTTER = 2


class Page(RowsWidget):
    """Rows by number, for a width."""

    DEFAULT_CSS = "Page { width: 1fr; height: 1fr; }"

    def __init__(self, look: Look, rows: Callable[[int], Sequence[Row]], *, has_cursor: bool) -> None:
        """`rows` gives all rows at a width; it is asked for at every drawing, so it keeps what is costly."""
        super().__init__(look)
        self._all_rows = rows
        self._has_cursor = has_cursor
        self.cursor = 0
        self.top = 0

    @property
    def inner_width(self) -> int:
        """Cells that a row has."""
        return max(1, self.size.width - (_GUTTER if self._has_cursor else 0))

    def make_rows(self, width: int, height: int) -> list[Row]:
        """Those in view, the one under the cursor marked."""
        rows = self._all_rows(self.inner_width)
        self._keep_in_view(len(rows), height)
        shown = rows[self.top : self.top + height]
        if not self._has_cursor:
            return list(shown)
        pointer, blank = (ours(f"{self._look.glyphs.pointer} "), Ink.KEY), (ours("  "), Ink.DIM)
        return [(pointer if n == self.cursor else blank, *row) for n, row in enumerate(shown, self.top)]

    def _keep_in_view(self, count: int, height: int) -> None:
        self.cursor = min(max(0, self.cursor), max(0, count - 1))
        if self._has_cursor:
            self.top = min(max(self.top, self.cursor - height + 1), self.cursor)
        self.top = min(max(0, self.top), max(0, count - height))

    def move(self, rows: int) -> None:
        """Down, or up where negative."""
        if self._has_cursor:
            self.cursor += rows
        else:
            self.top += rows
        self.refresh_rows()

    def go(self, row: int) -> None:
        """To a row; beyond the end is the end."""
        self.cursor = self.top = row
        self.refresh_rows()

    @property
    def page(self) -> int:
        """Rows of a page's step."""
        return max(1, self.size.height - 1)

    @property
    def count(self) -> int:
        """All rows."""
        return len(self._all_rows(self.inner_width))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.move(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.move(-WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Pointing at a row goes there; what else it means is for the screen to say."""
        if self._has_cursor:
            self.cursor = self.top + event.y
            self.refresh_rows()
