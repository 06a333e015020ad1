"""Selecting rows of a pane with the keyboard, or after the mouse has: a screen of nothing but its keys, over the pane.

The pane stands still meanwhile, as if frozen, so that what is selected is what is seen. The mouse goes on as it was:
another drag selects anew, the wheel scrolls what is under it, and a click ends the selection.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.errors import NoWidget
from textual.timer import Timer

from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.figures import byte_size, plural, utf8_bytes
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.selection import text_between
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.pane import Pane

COUNTED_AT_ONCE = 500
"""Rows whose text is measured with every key; of more it is once no key has come for ..."""
COUNT_AFTER = 0.15
"""... so many seconds."""
ROOMY = 60
"""Cells from which on it is said from where rows are selected."""


class SelectScreen(Moving, Dialog[str | None]):
    """Ends with the selected text, hostile, or None."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SELECT)]
    DEFAULT_CSS = "SelectScreen { background: $background 0%; }"

    def __init__(self, look: Look, pane: Pane, view: PaneView, first: int, last: int, *, redacts: bool) -> None:
        """The rows of the view's layout that are selected to begin with: `first` stays, `last` is moved. `redacts`:
        less than is counted may be copied."""
        super().__init__()
        self._pane = pane
        self._view = view
        self._begin, self._row = first, last
        self._begun_anew = False
        self._pressed: int | None = None
        """The row in which the button went down."""
        self._is_dragging = False
        self._counting: Timer | None = None
        self._was_frozen = view.frozen is not None
        self._was_following = view.following
        self._width = view.width
        self._terminal_width = 0
        """None yet."""
        self._look = look
        self._redacts = redacts
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
        """Rows are other rows at another width; the pane may be told of its own later."""
        if self._terminal_width not in (0, event.size.width):
            self.call_after_refresh(self.action_back)
        self._terminal_width = event.size.width

    # -- the mouse -------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin here; else it is a click."""
        is_in_pane = self._pane.region.contains(*event.screen_offset)
        self._pressed = self._row_under(event) if is_in_pane else None
        self._is_dragging = False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """From where the button went down to where the mouse is."""
        row = self._row_under(event)
        if (
            event.button
            and self._pressed is not None
            and row is not None
            and (self._is_dragging or row != self._pressed)
        ):
            self._is_dragging = self._begun_anew = True
            self._begin, self._row = self._pressed, row
            self._select(0)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A click ends it."""
        was_dragging, self._pressed, self._is_dragging = self._is_dragging, None, False
        if not was_dragging:
            self.action_back()

    def _row_under(self, event: events.MouseEvent) -> int | None:
        return self._pane.row_at(event.screen_offset.y - self._pane.region.y)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll what is under it."""
        self._let_scroll(event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll what is under it."""
        self._let_scroll(event)

    def _let_scroll(self, event: events.MouseEvent) -> None:
        """As if nothing lay over the dashboard."""
        try:
            below, _ = self.app.screen_stack[-2].get_widget_at(*event.screen_offset)
        except NoWidget:
            return
        scroll = getattr(below, event.handler_name, None)
        if scroll is not None:
            scroll(event)

    # -- what is selected ------------------------------------------------------------------------------------------

    def _select(self, rows: int) -> None:
        if self._view.width != self._width:
            self.action_back()
            return
        self._row = min(max(0, self._row + rows), len(self._view.layout) - 1)
        self._view.point_at(self._row)
        self._pane.selected = range(min(self._begin, self._row), max(self._begin, self._row) + 1)
        self._pane.refresh_all()
        if self._counting is not None:
            self._counting.stop()
            self._counting = None
        if len(self._pane.selected) > COUNTED_AT_ONCE:
            self._counting = self.set_timer(COUNT_AFTER, self._count)
            self._tell(ours("…"))
        else:
            self._count()

    @property
    def _text(self) -> str:
        selected = self._pane.selected
        return text_between(self._view, selected.start, selected.stop - 1)

    def _count(self) -> None:
        """How much would be copied."""
        if self._view.width != self._width:
            return  # on the way out
        size = byte_size(utf8_bytes(make_safe(self._text)))
        self._tell(ours(f"{size} unredacted" if self._redacts else size))

    def _tell(self, size: SafeText) -> None:
        """From where rows are selected, and how many."""
        since = "" if self.size.width < ROOMY else "begun anew: " if self._begun_anew else "from the start: "
        rows = plural(len(self._pane.selected), "row")
        self._keys.lead = ((ours(f" {since}"), Ink.DIM), (ours(rows), Ink.STRONG), (ours(f", {size}"), Ink.TEXT))
        self._keys.say(None)

    def _end(self, text: str | None) -> None:
        view = self._view
        self._pane.selected = range(0)
        if not self._was_frozen and view.frozen is not None:
            if self._was_following and not view.following and view.top + view.height >= len(view.layout):
                view.go_live()  # scrolled to and fro
            else:
                view.toggle_frozen()
        self._pane.refresh_all()
        self.dismiss(text)

    def action_take(self) -> None:
        """Copy what is selected."""
        self._end(self._text if self._view.width == self._width else None)

    def action_mark(self) -> None:
        """The selection begins anew, here."""
        self._begin, self._begun_anew = self._row, True
        self._select(0)

    def action_back(self) -> None:
        """Copy nothing."""
        self._end(None)

    def move_by(self, rows: int) -> None:
        """The end of the selection moves."""
        self._select(rows)

    @property
    def page_rows(self) -> int:
        """What is seen of the pane."""
        return self._pane.body_height

    @property
    def all_rows(self) -> int:
        """All that the pane has."""
        return len(self._view.layout)
