"""The last row of a screen that lies over the dashboard: what its keys do, or what was just said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.commands import Command, Scope
from chatwatch_tui.ui.look import Look, width_of
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget


class KeyBar(RowsWidget):
    """As many keys of a scope as fit, the most useful first; the way out is among them."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; dock: bottom; }"

    SHORT: ClassVar[Mapping[str, str]] = {}
    """Keys that are written otherwise here."""

    def __init__(self, look: Look, scope: Scope, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self._scope = scope
        self._said: tuple[SafeText, Ink] | None = None
        self.lead: Row = ()
        """What stands before the keys, where the way out fits behind it."""
        self._only: tuple[str, ...] | None = None

    def show_only(self, commands: tuple[str, ...] | None) -> None:
        """Show these alone, in that order, the way out among them or not; None for the usual ones."""
        if commands != self._only:
            self._only = commands
            self.refresh_rows()

    def say(self, words: SafeText | None, ink: Ink = Ink.TEXT) -> None:
        """Show these words until the next key."""
        self._said = None if words is None else (words, ink)
        self.refresh_rows()

    def make_rows(self, width: int, height: int) -> list[Row]:
        """One row."""
        if self._said is not None:
            return [((ours(" "), Ink.TEXT), self._said)]
        shown = self._shown()
        owed = sum(width_of(self._pair(each)) for each in shown if each.is_way_out)
        row: list[Span] = [*self.lead] if width_of(self.lead) + owed <= width else []
        is_full = False
        for command in shown:
            pair = self._pair(command, is_first=not row)
            if command.is_way_out:
                owed -= width_of(self._pair(command))
            elif is_full:
                continue
            if width_of(row) + width_of(pair) + owed > width:
                is_full = True
            else:
                row += pair
        return [tuple(row)]

    def _shown(self) -> list[Command]:
        """The most useful first."""
        known = [each for each in self._look.keymap.commands(self._scope) if each.keys]
        if self._only is None:
            return sorted((each for each in known if each.footer), key=lambda each: each.footer)
        return [each for name in self._only for each in known if each.id == name]

    def _pair(self, command: Command, *, is_first: bool = False) -> list[Span]:
        """A key and what it does, or two and what they do."""
        other, both = command.pair or ("", command.label)
        commands = [command, *(each for each in self._look.keymap.commands(self._scope) if each.id == other)]
        keys = [each.display_keys.split()[0] for each in commands if each.keys]
        return [
            (ours(" " if is_first else "   "), Ink.DIM),
            (ours("/".join(self.SHORT.get(key, key) for key in keys)), Ink.KEY),
            (ours(f" {both if len(keys) > 1 else command.label}"), Ink.DIM),
        ]
