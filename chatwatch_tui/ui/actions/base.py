"""What actions of several groups need: opening a conversation, and the pane that a key is for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.screen import Screen
from textual.widget import Widget

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rules import RuleLeftOut
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.core.search import load_engine
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.messages import PromptAnswered, PromptCancelled
from chatwatch_tui.ui.pane_words import label, short_id
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList

if TYPE_CHECKING:
    from chatwatch_tui.ui.screens.dashboard_view import DashboardView
    from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
else:

    class DashboardView(metaclass=type(Screen)):
        """Stands in for the real one, which `Dashboard` joins with the groups: for each class below a screen Textual
        gathers style sheets and bindings, 0.3 ms a group. The metaclass is what finds handlers marked with `on`."""


NO_PANE = ours("No pane is open.")
"""What keys say that are for a pane."""


class DashboardActions(DashboardView):
    """Base of all groups of actions."""

    @property
    def keymap(self) -> Keymap:
        """The keys in force, for sentences that name one."""
        return self._look.keymap

    def leave_out_rules(self, left_out: Sequence[RuleLeftOut]) -> None:
        """Rules of the settings that cannot hold: for `AttentionActions`, which keeps the others."""

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
                gone = SafeText(f"{short_id(before.conversation)} {label(before.conversation)}".rstrip())
                brings = self.keymap.fill("; {open} brings that back.")
                self.say(SafeText(f"Pane {number} has this now in place of {gone}{brings}"))
        self._leave_roster()

    def exchange_panes(self, one: int, other: int) -> bool:
        """Two panes change numbers, and with them places; False where one is locked. Arranging is left to the caller.

        The widgets change, not what they show: all that is of a pane (place of the reader, freeze, filter, hits, rows
        that are drawn) goes along by itself. Who keeps something by number extends this.
        """
        if not self.board.exchange(one, other):
            return False
        panes = self._panes
        panes[one], panes[other] = panes[other], panes[one]
        panes[one].number, panes[other].number = one, other
        order: list[Widget] = list(panes.values())
        self.query_one("#panes").sort_children(key=order.index)
        return True

    def rule_mutes(self) -> list[tuple[str, bool]]:
        """The rules that are alerted of, and whether they are muted."""
        return []

    def mute_rule(self, name: str, how_back: str = "") -> bool:
        """Mute or unmute the alerts of that rule; whether they are muted now."""
        return False

    def _is_being_read(self, number: int) -> bool:
        """Scrolled up or frozen: the operator would miss it."""
        view = self._panes[number].view
        return view is not None and not view.is_live

    def _pane_meant(self) -> Pane | None:
        """The pane that a key is for: that of the conversation under the roster's cursor, else the one in focus."""
        chosen = self.query_one(RosterList).chosen
        if chosen is None:
            if self.focused_pane is None:
                self.say(NO_PANE)
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
        self.run_worker(asyncio.to_thread(load_engine), name="engine", group="engine", exit_on_error=False)
        prompt = self._prompt = PromptBar(self._look, purpose, value=value, history=history)
        self.unsay()  # what it said need not hold any more when the line is closed
        self.query_one("#hints").display = False
        await self.mount(prompt, after="#hints")
        self.set_focus(prompt.line)
        return prompt

    @property
    def takes_keys(self) -> bool:
        """Whether keys are for this screen and its line, and for no other widget that has the focus."""
        return self.app.screen is self and self.focused in (None, None if self._prompt is None else self._prompt.line)

    async def take_key(self, event: events.Key) -> None:
        """Act upon a key, and be done with it before the next one.

        Textual forwards a key to what has the focus, which hands it back for its command to be looked up. Of keys that
        come at once, as over a slow link or typed ahead, the later ones would be on their way to the dashboard when the
        first opens the line, and be commands instead of text (and Enter would overtake letters).
        """
        said = self._remarks
        if await self.app._check_bindings(event.key, priority=True):
            return
        self.on_key(event)
        prompt = self._prompt
        if prompt is not None and event.is_printable and event.character is not None:
            prompt.line.enter_text(event.character)
            return
        await self.app._check_bindings(event.key)
        if said == self._remarks:
            self.unsay()  # left standing, it would read as the answer to a key that means nothing
        if prompt is not None:
            await prompt.is_answered()

    async def take_paste(self, line: str) -> None:
        """As if it was typed, where there is a line to type into."""
        if self._prompt is not None:
            self._prompt.line.enter_text(line)

    @on(PromptAnswered)
    def _prompt_answered(self, message: PromptAnswered) -> None:
        message.answered.set()

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
