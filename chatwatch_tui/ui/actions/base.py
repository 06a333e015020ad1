"""What actions of several groups need: opening a conversation, and the pane that a key is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.messages import PromptCancelled
from chatwatch_tui.ui.pane_words import label, short_id
from chatwatch_tui.ui.screens.dashboard_view import DashboardView
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList

if TYPE_CHECKING:
    from chatwatch_tui.ui.widgets.prompt_bar import PromptBar


class DashboardActions(DashboardView):
    """Base of all groups of actions."""

    @property
    def keymap(self) -> Keymap:
        """The keys in force, for sentences that name one."""
        return self._look.keymap

    def open_conversation(self, key: ConversationKey) -> None:
        """Open a conversation by the operator's wish, or go to its pane."""
        was_open = self.board.number_of(key)
        number = self.board.open(key, self._is_being_read)
        if number is None:
            self.say(self.keymap.fill("All panes are locked. {lock} unlocks the one in focus."))
            return
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

    def _pane_meant(self) -> Pane | None:
        """The pane that a key is for: that of the conversation under the roster's cursor, else the one in focus."""
        chosen = self.query_one(RosterList).chosen
        if chosen is None:
            return self.focused_pane
        number = self.board.number_of(chosen)
        if number is None:
            self.say(self.keymap.fill("This conversation is in no pane. {zoom:enter} opens it."))
            return None
        return self._panes[number]

    async def open_prompt(self, purpose: str, *, value: str = "", history: Sequence[str] = ()) -> PromptBar:
        """A line to type into, in the footer's place; what is typed comes as messages with that purpose. Another one
        that was open is closed as if by Esc."""
        from chatwatch_tui.ui.widgets.prompt_bar import PromptBar  # here, so that a start does not wait for it

        if self._prompt is not None:
            self.post_message(PromptCancelled(self._prompt.purpose))
            self.close_prompt()
        prompt = self._prompt = PromptBar(self._look, purpose, value=value, history=history)
        self.query_one("#hints").display = False
        await self.mount(prompt, after="#hints")
        self.set_focus(prompt.line)
        return prompt

    def typed_ahead(self, event: events.Key) -> None:
        """A key that was on its way when the line opened: text for the line, and no command."""
        if self._prompt is not None and self.is_current and event.character is not None and event.is_printable:
            self._prompt.line.insert_text_at_cursor(event.character)
            event.prevent_default()

    def close_prompt(self) -> None:
        """The footer again."""
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            prompt.remove()
            self.set_focus(None)
            self._arrange()

    def _leave_roster(self) -> None:
        self._choosing = False
        self.query_one(RosterList).leave()
        self._arrange()
