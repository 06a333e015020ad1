"""The filter of a pane, or of all: typed in the bottom line, in force as it is typed, cleared by Esc.

Tab goes round what it hides and where: lines or turns, in this pane or in all panes, those opened later too.
"""

from __future__ import annotations

from typing import Any

import msgspec
from textual import on

from chatwatch_tui.core.filtering import Filter, FilterQuery, Granularity
from chatwatch_tui.core.safetext import SafeText
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
_SYNTAX = ("words -not /regex/ type:error role:user tool:name", "words -not /regex/ type:")
"""What an empty line says, and where it is short."""


class FilterActions(ShowingActions, ScreenActions):
    """Only what matches."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._filtered: Pane | None = None
        """The pane for which a filter is being typed, or from which it is for all."""
        self._read_before: dict[Pane, Reading] = {}
        """How panes were read before."""
        self._in_all = False
        self._edited: FilterQuery | None = None
        """The filter that the line began with: what is typed takes its place in every pane that had it."""
        self._is_wrong = False
        """What is typed is no filter, which the line says."""
        self._remark = ours("")
        """What may be a mistake in what is typed."""
        self._granularity = Granularity.LINE
        self._filters: list[str] = []
        """What was taken, newest last."""

    async def action_filter(self) -> None:
        """Type a filter for the pane in focus."""
        pane = self._pane_meant()
        if pane is None or pane.view is None:
            return
        self._filtered = pane
        self._read_before = {each: each.view.reading for each in self._panes.values() if each.view is not None}
        query = pane.view.reading.filter
        self._in_all = False
        self._edited = query
        if query is not None:
            self._granularity = query.granularity
            self._in_all = query == self.reading.filter or len(self._with_filter(query)) > 1
        prompt = await self.open_prompt(PURPOSE, value=query.text if query is not None else "", history=self._filters)
        prompt.hint(
            self.keymap.fill("{find-switch} lines or turns, one or all panes   {find-cancel} drop"),
            self.keymap.fill("{find-switch} turns, all panes"),
        )
        prompt.placeholder(*map(ours, _SYNTAX))
        self._is_wrong = False
        self._label()
        self._tell_count()

    def action_back(self) -> None:
        """Show all again where a filter hides some; else as ever."""
        pane = self.focused_pane
        if self._choosing or pane is None or pane.view is None or pane.view.reading.filter is None:
            super().action_back()
            return
        same = self._with_filter(pane.view.reading.filter)
        if pane.view.reading.filter == self.reading.filter:
            self._filter_those_opened_later(None)
        for each in same:
            self._read_with(each, None)
        where = f" in {len(same)} panes" if len(same) > 1 else ""
        self.say(ours(f"Filter cleared{where}: all lines are shown."))

    def _with_filter(self, query: FilterQuery) -> list[Pane]:
        """The panes that have it: for all of them it was typed."""
        return [each for each in self._panes.values() if each.view is not None and each.view.reading.filter == query]

    def _read_with(self, pane: Pane, query: FilterQuery | None) -> None:
        if pane.view is not None:
            self.read_as(pane, msgspec.structs.replace(pane.view.reading, filter=query))

    def _filter_those_opened_later(self, query: FilterQuery | None) -> None:
        self.reading = msgspec.structs.replace(self.reading, filter=query)

    def _label(self) -> None:
        if self._prompt is not None:
            what, where = self._granularity.value, "all panes" if self._in_all else "this pane"
            self._prompt.label(ours(f"Filter {what} in {where}:"), ours(f"{what}{', all' if self._in_all else ''}:"))

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
            if self._granularity is Granularity.LINE:
                self._granularity = Granularity.TURN
            else:
                self._granularity = Granularity.LINE
                self._in_all = not self._in_all
            self._label()
            self._apply(self._prompt.value)

    @on(PromptAccepted)
    def _filter_taken(self, message: PromptAccepted) -> None:
        if self._is_ours(message) and self._apply(message.value):
            if message.value.strip():
                self._filters = [each for each in self._filters if each != message.value] + [message.value]
            if self._in_all:
                self._filter_those_opened_later(self._query_of(message.value))
            elif self._edited is not None and self._edited == self.reading.filter:
                self._filter_those_opened_later(None)
            self.close_prompt()

    @on(PromptCancelled)
    def _filter_dropped(self, message: PromptCancelled) -> None:
        if self._is_ours(message):
            for pane, reading in self._read_before.items():
                if pane.view is not None and pane.view.reading != reading:
                    self.read_as(pane, reading)
            if self._prompt is not None and self._prompt.purpose == PURPOSE:  # else another line has taken its place
                self.close_prompt()

    def _query_of(self, text: str) -> FilterQuery | None:
        return FilterQuery(text.strip(), self._granularity) if text.strip() else None

    def _apply(self, text: str) -> bool:
        """Filter by what is typed, where that can be; else say why and leave the screen as it is."""
        pane = self._filtered
        if pane is None or pane.view is None or self._prompt is None:
            return False
        query = self._query_of(text)
        try:
            asked = Filter(query) if query is not None else None
        except SearchError as problem:
            self._is_wrong = True
            self._prompt.tell(problem.words, Ink.BAD)
            return False
        self._is_wrong = False
        self._remark = asked.remark if asked is not None else ours("")
        for each, before in self._read_before.items():
            kept = None if before.filter == self._edited else before.filter
            self._read_with(each, query if self._in_all or each is pane else kept)
        self._tell_count()
        return not pane.view.refused and not (asked is not None and asked.is_open)

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
            words = [SafeText(each) for each in (sifted_words(view.layout), self._remark) if each]
            short = ours(f"{view.layout.sifted:,} hidden" if view.layout.reading.filter is not None else "")
            ink = Ink.WARN if self._remark else Ink.DIM
            self._prompt.tell(SafeText("; ".join(reversed(words))), ink, short=short)
