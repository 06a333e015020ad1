"""The bars: status above, strip of panes, footer below, and the welcome where no pane is open yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.rows import RowsWidget


class Bar(RowsWidget):
    """Rows that somebody else knows; one high unless the style says otherwise."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, look: Look, rows: Callable[[int], list[Row]], *, id: str) -> None:
        super().__init__(look, id=id)
        self._rows_for_width = rows

    def make_rows(self, width: int, height: int) -> list[Row]:
        """As told."""
        return self._rows_for_width(width)


class HintBar(KeyBar):
    """The footer: what the keys do, or what was just said."""

    DEFAULT_CSS = "HintBar { dock: none; }"
    SHORT: ClassVar[Mapping[str, str]] = {"Tab": "tab", "Space": "space"}

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, Scope.DASHBOARD, id=id)
