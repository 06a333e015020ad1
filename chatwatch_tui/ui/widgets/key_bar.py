"""The last row of a screen that lies over the dashboard: what its keys do, or what was just said."""

from __future__ import annotations

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.command_table import commands
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look, width_of
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget


class KeyBar(RowsWidget):
    """As many keys of a scope as fit, the most useful first."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; dock: bottom; }"

    def __init__(self, look: Look, scope: Scope) -> None:
        super().__init__(look)
        self._scope = scope
        self._said: tuple[SafeText, Ink] | None = None

    def say(self, words: SafeText | None, ink: Ink = Ink.TEXT) -> None:
        """Show these words until the next key."""
        self._said = None if words is None else (words, ink)
        self.refresh_rows()

    def make_rows(self, width: int, height: int) -> list[Row]:
        """One row."""
        if self._said is not None:
            return [((ours(" "), Ink.TEXT), self._said)]
        row: list[Span] = [(ours(" "), Ink.DIM)]
        for command in sorted((each for each in commands(self._scope) if each.footer), key=lambda each: each.footer):
            pair: list[Span] = [
                (ours(command.display_keys.split()[0]), Ink.KEY),
                (ours(f" {command.label}   "), Ink.DIM),
            ]
            if width_of(row) + width_of(pair) - 3 > width:
                break
            row += pair
        return [tuple(row)]
