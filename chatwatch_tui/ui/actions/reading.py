"""Reading: scrolling, following, freezing."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from chatwatch_tui.ui.actions.base import NO_PANE, DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import PaneScrolled
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList


class ReadingActions(DashboardActions):
    """What is in view of a stream, or of the list while the cursor is there."""

    _froze_all = False
    """Freezing all was asked for last, so that asking again releases, whatever was released alone meanwhile."""

    @on(PaneScrolled)
    def _pane_scrolled(self, message: PaneScrolled) -> None:
        message.stop()
        self._with_view(self._panes[message.number], lambda view: view.scroll(message.rows))

    def _with_view(self, pane: Pane | None, change: Callable[[PaneView], None]) -> None:
        if pane is not None and pane.view is not None:
            change(pane.view)
            pane.refresh_all()

    def _scroll(self, rows: int, move: Callable[[PaneView, int], None] = PaneView.scroll) -> None:
        roster = self.query_one(RosterList)
        if roster.has_cursor:
            roster.move(rows)
        else:
            self._with_view(self.focused_pane, lambda view: move(view, rows))

    def _page(self) -> int:
        roster = self.query_one(RosterList)
        if roster.has_cursor:
            return max(1, roster.size.height - 3)
        pane = self.focused_pane
        return max(1, pane.body_height - 1) if pane is not None else 1

    def action_scroll_up(self) -> None:
        """A row up."""
        self._scroll(-1, PaneView.step)

    def action_scroll_down(self) -> None:
        """A row down."""
        self._scroll(1, PaneView.step)

    def action_page_up(self) -> None:
        """A page up."""
        self._scroll(-self._page())

    def action_page_down(self) -> None:
        """A page down."""
        self._scroll(self._page())

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._scroll(-max(1, self._page() // 2))

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._scroll(max(1, self._page() // 2))

    def action_top(self) -> None:
        """The oldest text."""
        if self._choosing:
            self._scroll(-len(self.watching.roster))
        else:
            self._with_view(self.focused_pane, PaneView.go_top)

    def action_live(self) -> None:
        """The newest text, followed."""
        if self._choosing:
            self._scroll(len(self.watching.roster))
        else:
            self._with_view(self.focused_pane, PaneView.go_live)

    def action_freeze(self) -> None:
        """Freeze or release the pane in focus."""
        pane = self._pane_meant()
        self._with_view(pane, PaneView.toggle_frozen)
        if pane is not None and pane.view is not None:
            frozen = "Frozen; it goes on receiving. {freeze} lets go."
            self.say(self.keymap.fill(frozen) if pane.view.is_frozen else ours("No longer frozen."))

    def action_freeze_all(self) -> None:
        """Freeze all panes; release those that are still frozen when all were, or when this froze them."""
        views = [pane.view for pane in self._panes.values() if pane.view is not None]
        if not views:
            self.say(NO_PANE)
            return
        frozen = [view for view in views if view.is_frozen]
        releases = bool(frozen) and (self._froze_all or len(frozen) == len(views))
        self._froze_all = not releases
        for view in views:
            if view.is_frozen == releases:
                view.toggle_frozen()
        for pane in self._panes.values():
            pane.refresh_all()
        words = "All panes released." if releases else "All panes frozen; they go on receiving. {freeze-all} releases."
        self.say(self.keymap.fill(words))
