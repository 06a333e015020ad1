"""The bars: status above, strip of panes, footer below, and the welcome where no pane is open yet."""

from __future__ import annotations

from collections.abc import Callable

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look, width_of
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget

_KEY_SHORT = {"Tab": "tab", "Space": "space"}


class Bar(RowsWidget):
    """Rows that somebody else knows; one high unless the style says otherwise."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, look: Look, rows: Callable[[int], list[Row]], *, id: str) -> None:
        super().__init__(look, id=id)
        self._rows_for_width = rows

    def make_rows(self, width: int, height: int) -> list[Row]:
        """As told."""
        return self._rows_for_width(width)


class HintBar(RowsWidget):
    """The footer: what the keys do, or what was just said."""

    DEFAULT_CSS = "HintBar { height: 1; width: 1fr; }"

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self._said: SafeText | None = None

    def say(self, words: SafeText | None) -> None:
        """Show these words instead of the keys; None for the keys again."""
        self._said = words
        self.refresh_rows()

    def make_rows(self, width: int, height: int) -> list[Row]:
        """Words if there are any, else as many keys as fit, the most useful first."""
        if self._said is not None:
            return [((ours(" "), Ink.TEXT), (self._said, Ink.TEXT))]
        row: list[Span] = [(ours(" "), Ink.DIM)]
        for command in sorted(
            (each for each in self._look.keymap.commands(Scope.DASHBOARD) if each.footer and each.keys),
            key=lambda each: each.footer,
        ):
            key = command.display_keys.split()[0]
            pair: list[Span] = [
                (ours(_KEY_SHORT.get(key, key)), Ink.KEY),
                (ours(f" {command.label}   "), Ink.DIM),
            ]
            if width_of(row) + width_of(pair) - 3 > width:
                break
            row += pair
        return [tuple(row)]
