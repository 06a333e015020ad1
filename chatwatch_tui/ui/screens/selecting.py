"""Selecting rows of a pane with the keyboard, or after the mouse has: a screen of nothing but its keys, over the pane.

The pane stands still meanwhile, as if frozen, so that what is selected is what is seen.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.selection import text_between
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.pane import Pane


class SelectScreen(Moving, Dialog[str | None]):
    """Ends with the selected text, hostile, or None."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SELECT)]
    DEFAULT_CSS = "SelectScreen { background: $background 0%; }"

    def __init__(self, look: Look, pane: Pane, view: PaneView, first: int, last: int) -> None:
        """The rows of the view's layout that are selected to begin with: `first` stays, `last` is moved."""
        super().__init__()
        self._pane = pane
        self._view = view
        self._begin, self._row = first, last
        self._was_frozen = view.frozen is not None
        self._width = view.width
        self._look = look
        self._keys = KeyBar(look, Scope.SELECT)
        if not self._was_frozen:
            view.toggle_frozen()
        view.settle()  # else other rows might come under what is selected

    def compose(self) -> ComposeResult:
        """The keys."""
        yield self._keys

    def on_mount(self) -> None:
        """Show what is selected."""
        self._select(0)

    def on_resize(self, event: events.Resize) -> None:
        """Rows are other rows at another width."""
        if self._view.width != self._width:
            self.call_after_refresh(self.action_back)

    def _select(self, rows: int) -> None:
        self._row = min(max(0, self._row + rows), len(self._view.layout) - 1)
        self._view.point_at(self._row)
        self._pane.selected = range(min(self._begin, self._row), max(self._begin, self._row) + 1)
        self._pane.refresh_all()

    def _end(self, text: str | None) -> None:
        self._pane.selected = range(0)
        if not self._was_frozen and self._view.frozen is not None:
            self._view.toggle_frozen()
        self._pane.refresh_all()
        self.dismiss(text)

    def action_take(self) -> None:
        """Copy what is selected."""
        selected = self._pane.selected
        self._end(text_between(self._view, selected.start, selected.stop - 1))

    def action_mark(self) -> None:
        """The selection begins here."""
        self._begin = self._row
        self._select(0)
        words = f"Begins here. Move to the other end, {{select-take:enter}} copies. {plural(1, 'row')} selected."
        self._keys.say(self._look.keymap.fill(words))

    def action_back(self) -> None:
        """Copy nothing."""
        self._end(None)

    def move_by(self, rows: int) -> None:
        """The end of the selection moves."""
        self._keys.say(None)
        self._select(rows)

    @property
    def page_rows(self) -> int:
        """What is seen of the pane."""
        return self._pane.body_height

    @property
    def all_rows(self) -> int:
        """All that the pane has."""
        return len(self._view.layout)
