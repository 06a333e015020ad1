"""The screen: layout, roster, help, the way out."""

from __future__ import annotations

from chatwatch_tui.ui.actions.panes import PaneActions
from chatwatch_tui.ui.block_rows import ours


class ScreenActions(PaneActions):
    """How the screen is divided, and what lies over it."""

    def action_next_layout(self) -> None:
        """The next layout."""
        choice = self.board.next_choice()
        self._arrange()
        narrow = self._arrangement is not None and self._arrangement.one_at_a_time
        self.say(ours(f"Layout: {choice.value}{', once the terminal is large enough' if narrow else ''}"))

    def action_toggle_roster(self) -> None:
        """Show or hide the roster."""
        shown = self._arrangement is not None and self._arrangement.roster
        if self._choosing:
            self._leave_roster()
            return
        self.board.roster_wanted = not shown
        self._arrange()
        if self._arrangement is not None and self._arrangement.roster == shown:
            self.action_open()  # too narrow for a list beside the panes: over them

    def action_back(self) -> None:
        """Leave the roster, else the zoom."""
        if self._choosing:
            self._leave_roster()
        elif self.board.zoomed:
            self.action_zoom()

    def action_help(self) -> None:
        """All keys, from the live table."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look))

    def action_quit(self) -> None:
        """End the program."""
        self.app.exit()
