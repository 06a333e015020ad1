"""The dashboard: what the keys do. What stands on it is `dashboard_view`'s."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from chatwatch_tui.core.conversation import Attention
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.commands import bindings
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import ConversationChosen, PaneChosen, PaneScrolled
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import label, short_id
from chatwatch_tui.ui.screens.dashboard_view import DashboardView
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList


class Dashboard(DashboardView):
    """The one screen that is always there."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(self, watching: Watching, look: Look, *, hint: str = "", max_fps: int = 30) -> None:
        super().__init__(watching, look, hint=hint, max_fps=max_fps)
        self._visited: set[tuple[ConversationKey, Attention, float]] = set()
        """What the jump to what needs attention has been to in this round."""

    # -- panes -----------------------------------------------------------------------------------------------------

    @on(PaneChosen)
    def _pane_chosen(self, message: PaneChosen) -> None:
        message.stop()
        self.action_pane(message.number)

    @on(ConversationChosen)
    def _conversation_chosen(self, message: ConversationChosen) -> None:
        message.stop()
        self.open_conversation(message.key)

    def open_conversation(self, key: ConversationKey) -> None:
        """Open a conversation by the operator's wish, or go to its pane."""
        was_open = self.board.number_of(key)
        number = self.board.open(key, self._is_being_read)
        if was_open is None:
            before = self._panes[number].view
            self._panes[number].show(self._view(key))
            if before is not None:
                self.say(SafeText(f"Pane {number} showed {short_id(before.conversation)} {label(before.conversation)}"))
        self._leave_roster()

    def _is_being_read(self, number: int) -> bool:
        """Scrolled up or frozen: the operator would miss it."""
        view = self._panes[number].view
        return view is not None and not view.is_live

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""
        if self.board.go_to(int(number)):
            self._leave_roster()
        else:
            self.say(ours(f"No conversation is open in pane {number}. Press o to choose one."))

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
        self.board.zoomed = not self.board.zoomed
        self._arrange()
        if self._arrangement is not None and self._arrangement.one_at_a_time:
            self.board.zoomed = False
            self.say(ours("There is one pane at a time at this size; Tab and 1-9 go to the others."))

    def action_open(self) -> None:
        """Put the cursor into the roster."""
        roster = self.query_one(RosterList)
        if not roster.enter():
            self.say(ours("No conversation has been seen yet."))
            return
        self._choosing = True
        self._arrange()

    def action_close(self) -> None:
        """Close the pane in focus, or the one of the conversation under the cursor."""
        pane = self._pane_meant()
        if pane is not None:
            number = pane.number
            self.board.close(number)
            self._panes[number].show(None)
            self._arrange()
            self.say(ours(f"Pane {number} closed. Its conversation goes on being received; o opens it again."))

    def action_pin(self) -> None:
        """Pin or unpin the pane in focus, or the one of the conversation under the cursor."""
        pane = self._pane_meant()
        if pane is not None:
            pinned = self.board.toggle_pin(pane.number)
            self._arrange()
            self.say(ours("Pinned: discovery never replaces this pane." if pinned else "No longer pinned."))

    def _pane_meant(self) -> Pane | None:
        """The pane that a key is for: that of the conversation under the roster's cursor, else the one in focus."""
        chosen = self.query_one(RosterList).chosen
        if chosen is None:
            return self.focused_pane
        number = self.board.number_of(chosen)
        if number is None:
            self.say(ours("This conversation is in no pane. Enter opens it."))
            return None
        return self._panes[number]

    def _leave_roster(self) -> None:
        self._choosing = False
        self.query_one(RosterList).leave()
        self._arrange()

    # -- reading ---------------------------------------------------------------------------------------------------

    @on(PaneScrolled)
    def _pane_scrolled(self, message: PaneScrolled) -> None:
        message.stop()
        self._with_view(self._panes[message.number], lambda view: view.scroll(message.rows))

    def _with_view(self, pane: Pane | None, change: Callable[[PaneView], None]) -> None:
        if pane is not None and pane.view is not None:
            change(pane.view)
            pane.refresh_all()

    def _scroll(self, rows: int) -> None:
        roster = self.query_one(RosterList)
        if roster.has_cursor:
            roster.move(rows)
        else:
            self._with_view(self.focused_pane, lambda view: view.scroll(rows))

    def _page(self) -> int:
        roster = self.query_one(RosterList)
        if roster.has_cursor:
            return max(1, roster.size.height - 3)
        pane = self.focused_pane
        return max(1, pane.body_height - 1) if pane is not None else 1

    def action_scroll_up(self) -> None:
        """A row up."""
        self._scroll(-1)

    def action_scroll_down(self) -> None:
        """A row down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """A page up."""
        self._scroll(-self._page())

    def action_page_down(self) -> None:
        """A page down."""
        self._scroll(self._page())

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
        self._with_view(self._pane_meant(), PaneView.toggle_frozen)

    def action_freeze_all(self) -> None:
        """Freeze all panes, or release all when every one is frozen."""
        views = [pane.view for pane in self._panes.values() if pane.view is not None]
        all_frozen = all(view.frozen is not None for view in views)
        for view in views:
            if (view.frozen is not None) == all_frozen:
                view.toggle_frozen()
        for pane in self._panes.values():
            pane.refresh_all()
        self.say(ours("All panes released." if all_frozen else "All panes frozen; they go on receiving. F releases."))

    # -- attention -------------------------------------------------------------------------------------------------

    def action_next_attention(self) -> None:
        """Go to the conversation that needs the operator most, then to the next one; when all were visited, again."""
        now = self.watching.clock()
        waiting = {
            (each.key, each.attention(now), each.phase_since): each.key
            for each in self.watching.roster.ordered(now)
            if each.attention(now) is not Attention.NONE
        }
        if not waiting:
            self.say(ours("Nothing needs you."))
            return
        slot = self.board.slots.get(self.board.focus)
        elsewhere = [need for need, key in waiting.items() if slot is None or key != slot.key]
        if not elsewhere:
            self.say(ours("Only this one needs you."))
            return
        fresh = [need for need in elsewhere if need not in self._visited]
        if not fresh:
            self._visited.clear()
        need = (fresh or elsewhere)[0]
        self._visited.add(need)
        self.open_conversation(waiting[need])

    def action_acknowledge(self) -> None:
        """The operator has seen the conversation in focus, or under the cursor."""
        slot = self.board.slots.get(self.board.focus)
        key = self.query_one(RosterList).chosen or (slot.key if slot is not None else None)
        conversation = self.watching.roster.get(key) if key is not None else None
        if conversation is not None:
            conversation.acknowledge(self.watching.clock())
            for pane in self._panes.values():
                pane.refresh_edges()
            self._refresh_bars()

    # -- screen ----------------------------------------------------------------------------------------------------

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
