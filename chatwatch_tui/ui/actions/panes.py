"""Panes: going about, opening, closing, pinning, zooming."""

from __future__ import annotations

from textual import on

from chatwatch_tui.ui.actions.base import NO_PANE, DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import ConversationChosen, PaneChosen
from chatwatch_tui.ui.widgets.roster_list import RosterList


class PaneActions(DashboardActions):
    """Which conversations are on screen, and which one is in focus."""

    @on(PaneChosen)
    def _pane_chosen(self, message: PaneChosen) -> None:
        message.stop()
        pane = self._panes[message.number]
        if self.focused_pane is pane and pane.view is not None and 0 <= message.row < pane.body_height:
            pane.view.point_at(pane.view.top + message.row)
        self.action_pane(message.number)

    @on(ConversationChosen)
    def _conversation_chosen(self, message: ConversationChosen) -> None:
        message.stop()
        self.open_conversation(message.key)

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""
        if self.board.go_to(int(number)):
            self._leave_roster()
        else:
            self.say(self.keymap.fill(f"No conversation is open in pane {number}. {{open}} chooses one."))

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self.board.step(1)
        self._leave_roster()

    def action_previous_pane(self) -> None:
        """Go to the pane before."""
        self.board.step(-1)
        self._leave_roster()

    def action_last_pane(self) -> None:
        """Go back to where the operator was."""
        if self.board.go_to(self.board.previous):
            self._leave_roster()

    def action_zoom(self) -> None:
        """This pane alone, or all; in the roster: open the one under the cursor."""
        roster = self.query_one(RosterList)
        if roster.chosen is not None:
            self.open_conversation(roster.chosen)
            return
        if self.focused_pane is None:
            self.say(NO_PANE)
            return
        self.board.zoomed = not self.board.zoomed
        self._arrange()
        if self._arrangement is not None and self._arrangement.one_at_a_time:
            self.board.zoomed = False
            self.say(self.keymap.fill("There is one pane at a time here; {next-pane} and {pane} go to the others."))

    def action_close(self) -> None:
        """Close the pane in focus, or the one of the conversation under the cursor."""
        pane = self._pane_meant()
        if pane is not None:
            number = pane.number
            if not self.board.close(number):
                self.say(self.keymap.fill(f"Pane {number} is locked. {{lock}} unlocks it."))
                return
            self._panes[number].show(None)
            self._arrange()
            self.say(self.keymap.fill(f"Pane {number} closed, its conversation goes on; {{open}} opens it again."))

    def action_lock(self) -> None:
        """Lock or unlock the pane in focus, or the one of the conversation under the cursor."""
        pane = self._pane_meant()
        if pane is not None:
            locked = self.board.toggle_lock(pane.number)
            self._arrange()
            self.say(ours("Locked: nothing replaces or closes this pane." if locked else "No longer locked."))

    def action_swap_previous(self) -> None:
        """Exchange the pane in focus, or the one of the conversation under the cursor, with the one before."""
        self._swap(-1)

    def action_swap_next(self) -> None:
        """Exchange the pane in focus, or the one of the conversation under the cursor, with the one after."""
        self._swap(1)

    def _swap(self, by: int) -> None:
        pane = self._pane_meant()
        if pane is None:
            return
        number, other = pane.number, pane.number + by
        if other not in self._panes:
            self.say(ours(f"Pane {number} is the {'first' if by < 0 else 'last'}."))
        elif self.exchange_panes(number, other):
            self._arrange()
            self.say(ours(f"Pane {number} is {other} now."))
        elif pane.locked:
            self.say(self.keymap.fill(f"Pane {number} is locked. {{lock}} unlocks it."))
        else:
            self.say(ours(f"Pane {other} is locked, and stays where it is."))

    def action_pin(self) -> None:
        """Pin or unpin the pane in focus, or the one of the conversation under the cursor."""
        pane = self._pane_meant()
        if pane is not None:
            pinned = self.board.toggle_pin(pane.number)
            self._arrange()
            self.say(ours("Pinned: discovery never replaces this pane." if pinned else "No longer pinned."))
