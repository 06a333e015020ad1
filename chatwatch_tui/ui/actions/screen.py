"""The screen: layout, roster, help, the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import on

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.actions.choosing import ChoosingActions
from chatwatch_tui.ui.actions.panes import PaneActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import RosterScrolled
from chatwatch_tui.ui.status import link_words, source_name
from chatwatch_tui.ui.widgets.roster_list import RosterList

MAX_SAID = 240
"""Cells of what a source says of its link, where it was asked for."""


class ScreenActions(PaneActions, ChoosingActions):
    """How the screen is divided, what lies over it, and what keeps it filled."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.trouble: Callable[[], str] | None = None
        """Asked once a second which process of the demo's has ended, until one has and it is said."""

    def _tick(self) -> None:
        super()._tick()
        if self.trouble is not None and self.app.screen is self and (what := self.trouble()):
            self.trouble = None
            words = f"The demo's {what} has ended, nothing new comes: {{quit}} quits, then start again."
            self.say(ours(self.keymap.fill(words)))

    def action_next_layout(self) -> None:
        """The next layout."""
        self.choose_layout(self.board.next_choice())

    def action_toggle_roster(self) -> None:
        """Show or hide the roster."""
        shown = self._arrangement is not None and self._arrangement.roster
        if self._choosing:
            self._leave_roster()
            return
        self.board.roster_wanted = not shown
        self._arrange()
        if self._arrangement is not None and self._arrangement.roster == shown:
            self._enter_roster()  # too narrow for a list beside the panes: over them

    def action_enter_roster(self) -> None:
        """The cursor into the list, which is shown for it; out of it where it is there."""
        if self._choosing:
            self._leave_roster()
            return
        self.board.roster_wanted = True
        self._enter_roster()

    def _enter_roster(self) -> None:
        """Put the cursor into the list: the keys of panes then are for the conversation under it."""
        if self.query_one(RosterList).enter():
            self._choosing = True
            self._arrange()
        else:
            self.say(ours("No conversation has been seen yet."))

    def action_links(self) -> None:
        """Say of every source how its link is, with its reason in full."""
        now, glyphs = self.watching.monotonic(), self._look.glyphs
        said = [
            f"{source_name(status)} {''.join(text for text, _ in link_words(status, now, glyphs, detail=MAX_SAID))}"
            for status in self.links.statuses
        ]
        self.say(SafeText(f" {glyphs.dot} ".join(said)) or ours("No source has said anything yet."))

    @on(RosterScrolled)
    def _roster_scrolled(self, message: RosterScrolled) -> None:
        message.stop()
        if not self._choosing:
            self._enter_roster()
        self.query_one(RosterList).move(message.rows)

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
