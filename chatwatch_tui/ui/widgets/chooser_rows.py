"""The list that a chooser shows, and what is around it."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.widgets.rows import RowsWidget


class Pointed(Message):
    """The operator pointed at a row of the list, from 0 at the top of the widget."""

    def __init__(self, row: int) -> None:
        super().__init__()
        self.row = row


class ChooserRows(RowsWidget):
    """The list and what is around it, as its screen says."""

    DEFAULT_CSS = "ChooserRows { width: 1fr; height: 1fr; }"

    def __init__(self, look: Look, rows: Callable[[int, int], list[Row]]) -> None:
        super().__init__(look)
        self._rows_of_size = rows

    def make_rows(self, width: int, height: int) -> list[Row]:
        """As told."""
        return self._rows_of_size(width, height)

    def on_click(self, event: events.Click) -> None:
        """Pointing at a row takes it."""
        event.stop()
        self.post_message(Pointed(event.y))
