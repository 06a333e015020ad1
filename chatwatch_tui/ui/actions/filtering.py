"""The filter of a pane: typed in the bottom line, in force as it is typed, cleared by Esc."""

from __future__ import annotations

from typing import Any

import msgspec
from textual import on

from chatwatch_tui.core.filtering import Filter, FilterQuery, Granularity
from chatwatch_tui.core.search import SearchError
from chatwatch_tui.ui.actions.screen import ScreenActions
from chatwatch_tui.ui.actions.showing import ShowingActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import (
    ConversationsChanged,
    PromptAccepted,
    PromptCancelled,
    PromptChanged,
    PromptMessage,
    PromptSwitched,
)
from chatwatch_tui.ui.pane_words import sifted_words
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.pane import Pane

PURPOSE = "filter"


class FilterActions(ShowingActions, ScreenActions):
    """Only what matches."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._filtered: Pane | None = None
        """The pane whose filter is being typed."""
        self._read_before = Reading()
        """How it was read before."""
        self._is_wrong = False
        """What is typed is no filter, which the line says."""
        self._granularity = Granularity.LINE
        self._filters: list[str] = []
        """What was taken, newest last."""

    async def action_filter(self) -> None:
        """Type a filter for the pane in focus."""
        pane = self._pane_meant()
        if pane is None or pane.view is None:
            return
        self._filtered = pane
        self._read_before = pane.view.reading
        query = self._read_before.filter
        if query is not None:
            self._granularity = query.granularity
        prompt = await self.open_prompt(PURPOSE, value=query.text if query is not None else "", history=self._filters)
        prompt.hint(self.keymap.fill("{find-switch} lines or turns   {find-accept} keep   {find-cancel} drop"))
        self._is_wrong = False
        self._label()
        self._tell_count()

    def action_back(self) -> None:
        """Show all again where a filter hides some; else as ever."""
        pane = self.focused_pane
        if self._choosing or pane is None or pane.view is None or pane.view.reading.filter is None:
            super().action_back()
            return
        self.read_as(pane, msgspec.structs.replace(pane.view.reading, filter=None))
        self.say(ours("Filter cleared: all lines are shown."))

    def _label(self) -> None:
        if self._prompt is not None:
            words = self._granularity.value
            self._prompt.label(ours(f"Filter {words} in this pane:"), ours(f"{words}:"))

    def _is_ours(self, message: PromptMessage) -> bool:
        if message.purpose != PURPOSE:
            return False
        message.stop()
        return True

    @on(PromptChanged)
    def _filter_typed(self, message: PromptChanged) -> None:
        if self._is_ours(message):
            self._apply(message.value)

    @on(PromptSwitched)
    def _filter_switched(self, message: PromptSwitched) -> None:
        if self._is_ours(message) and self._prompt is not None:
            turns = self._granularity is Granularity.LINE
            self._granularity = Granularity.TURN if turns else Granularity.LINE
            self._label()
            self._apply(self._prompt.value)

    @on(PromptAccepted)
    def _filter_taken(self, message: PromptAccepted) -> None:
        if self._is_ours(message) and self._apply(message.value):
            if message.value.strip():
                self._filters = [each for each in self._filters if each != message.value] + [message.value]
            self.close_prompt()

    @on(PromptCancelled)
    def _filter_dropped(self, message: PromptCancelled) -> None:
        if self._is_ours(message):
            if self._filtered is not None:
                self.read_as(self._filtered, self._read_before)
            if self._prompt is not None and self._prompt.purpose == PURPOSE:  # else another line has taken its place
                self.close_prompt()

    def _apply(self, text: str) -> bool:
        """Filter by what is typed, where that can be; else say why and leave the screen as it is."""
        pane = self._filtered
        if pane is None or pane.view is None or self._prompt is None:
            return False
        query = FilterQuery(text.strip(), self._granularity) if text.strip() else None
        try:
            if query is not None:
                Filter(query)
        except SearchError as problem:
            self._is_wrong = True
            self._prompt.tell(problem.words, Ink.BAD)
            return False
        self._is_wrong = False
        self.read_as(pane, msgspec.structs.replace(pane.view.reading, filter=query))
        return not pane.view.refused

    def is_read_anew(self, pane: Pane) -> None:
        """Say what has come of it."""
        super().is_read_anew(pane)
        if pane is self._filtered and self._prompt is not None and self._prompt.purpose == PURPOSE:
            self._tell_count()
        elif pane.view is not None and pane.view.refused:
            self.say(ours(f"Filter stopped: {pane.view.refused}."))

    @on(ConversationsChanged)
    def _more_may_be_hidden(self, message: ConversationsChanged) -> None:
        if self._prompt is not None and self._prompt.purpose == PURPOSE:
            self.call_later(self._tell_count)  # once the pane has taken it in

    def _tell_count(self) -> None:
        view = self._filtered.view if self._filtered is not None else None
        if self._prompt is None or self._prompt.purpose != PURPOSE or view is None or self._is_wrong:
            return
        if view.refused:
            self._prompt.tell(ours(view.refused), Ink.BAD)
        else:
            self._prompt.tell(ours(sifted_words(view.layout)))
