"""Search: what the keys and the line do, and the worker that looks through text.

Typing starts a search anew; one worker looks through slices of text in a thread, always for the newest query, so that
however fast somebody types there is one slice under way. The view moves from where the reader was when the line opened:
to the first hit from there on, else to the last one before; Esc goes back there. Only the pane in focus moves while
something is typed; the other panes show their hits where they are.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec
from textual import on
from textual.worker import Worker, WorkerState

from chatwatch_tui.core.search import Matcher, Query, SearchError
from chatwatch_tui.ui.actions.base import NO_PANE
from chatwatch_tui.ui.actions.hits import HitActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import (
    ConversationsChanged,
    PromptAccepted,
    PromptCancelled,
    PromptChanged,
    PromptSwitched,
    PromptToggled,
)
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from chatwatch_tui.ui.searching import Search

SEARCH = "search"
"""What the line is open for."""
MAX_HISTORY = 100
SHOWN_EVERY = 0.1
"""Seconds between two looks at what is being found; the first is at once."""


class FindingActions(HitActions):
    """Search, and jumps."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._query = Query("")
        """As typed last: kind and scope are kept for the next search."""
        self._search_history: list[str] = []
        self._from_view: PaneView | None = None
        self._problem: SearchError | None = None
        """What is wrong with what is typed."""
        self._step_wanted: bool | None = None
        """Go on to a hit once enough was looked through: backwards or not; None where that is not wanted."""
        self._is_looking = False

    # -- the line --------------------------------------------------------------------------------------------------

    async def action_search(self) -> None:
        """Open the line."""
        if self._choosing:
            self._leave_roster()
        pane = self.focused_pane
        if pane is None or pane.view is None:
            self.say(NO_PANE)
            return
        self._searched_pane = pane.number
        self._from = (pane.number, pane.view.spot())
        self._from_view = pane.view
        bar = await self.open_prompt(SEARCH, history=self._search_history)
        bar.hint()
        self._query = msgspec.structs.replace(self._query, text=bar.value)
        self._begin_search()

    @on(PromptChanged)
    def _query_typed(self, message: PromptChanged) -> None:
        if message.purpose == SEARCH and self._from is not None and message.value != self._query.text:
            self._query = msgspec.structs.replace(self._query, text=message.value)
            self._begin_search()

    @on(PromptSwitched)
    def _scope_switched(self, message: PromptSwitched) -> None:
        if message.purpose == SEARCH:
            self._query = msgspec.structs.replace(self._query, everywhere=not self._query.everywhere)
            self._begin_search()

    @on(PromptToggled)
    def _kind_switched(self, message: PromptToggled) -> None:
        if message.purpose == SEARCH:
            self._query = msgspec.structs.replace(self._query, regex=not self._query.regex)
            self._begin_search()

    @on(PromptAccepted)
    def _query_taken(self, message: PromptAccepted) -> None:
        if message.purpose != SEARCH:
            return
        query = message.value if message.value.strip() else ""
        if query and query == self._query.text and self._problem is not None:
            return  # the line stays, and says what is wrong
        if query:
            if query != self._query.text:  # typed ahead: what was typed last has not been told yet
                self._query = msgspec.structs.replace(self._query, text=query)
                self._begin_search()
            if query in self._search_history:
                self._search_history.remove(query)
            self._search_history = [*self._search_history, query][-MAX_HISTORY:]
        self._from = None
        self.close_prompt()
        search = self._search
        if search is not None and search.here is not None and search.place(search.here) is not None:
            self.say(ours(search.words() + self._left_out(search, advise=True)))
        elif search is not None:
            self._step_wanted = False
            self._look_again()

    @on(PromptCancelled)
    def _query_dropped(self, message: PromptCancelled) -> None:
        if message.purpose == SEARCH:
            self._return()
            self._end_search()
            self._from = None
            if self._prompt is not None and self._prompt.purpose == SEARCH:
                self.close_prompt()

    def action_back(self) -> None:
        """Leave the roster, else the search, else the zoom."""
        if self._search is not None and not self._choosing:
            self._end_search()
        else:
            super().action_back()  # type: ignore[misc]  # of the screen's actions, which the dashboard joins with these

    # -- searching -------------------------------------------------------------------------------------------------

    def _begin_search(self) -> None:
        """Search for what is in the line now."""
        from chatwatch_tui.ui.highlight import Highlight  # here, so that a start does not wait for it

        query = self._query
        if self._prompt is not None:
            where = "all panes" if query.everywhere else "this pane"
            kind = "regex " if query.regex else ""
            self._prompt.label(
                ours(f"Find {kind}in {where}:"), ours(f"/{'all ' * query.everywhere}{'re' * query.regex}".rstrip())
            )
            other = "pane" if query.everywhere else "all"
            kind = "plain" if query.regex else "regex"
            self._prompt.hint(self.keymap.fill(f"{{find-switch}} {other}, {{find-regex}} {kind}"))
        self._return()
        self._problem = None
        try:
            matcher = Matcher(query.text, regex=query.regex)
        except SearchError as problem:
            self._search_failed(problem)
            return
        if not query.text.strip():  # blanks alone would be found everywhere, and lit nowhere
            self._end_search()
            return
        from chatwatch_tui.ui.searching import Search  # here, as Highlight

        self._search = Search(query, matcher)
        for number, pane in self._panes.items():
            pane.highlight = Highlight(self._search, number)
        self._look_again()

    def _search_failed(self, problem: SearchError) -> None:
        """The screen stays as it was before."""
        self._problem = problem
        self._end_search()
        if self._prompt is not None and self._prompt.purpose == SEARCH:
            self._prompt.tell(problem.words, Ink.BAD)
        else:
            self.say(ours(f"Search ended: {problem.words}"))

    def _end_search(self) -> None:
        self._search = None
        self._step_wanted = None
        self._raw_texts.clear()
        for pane in self._panes.values():
            if pane.highlight is not None:
                pane.highlight = None
                pane.refresh_found()
        if self._prompt is not None and self._prompt.purpose == SEARCH:
            self._prompt.tell(ours(""))

    def _return(self) -> None:
        """Back to where the reader was when the line was opened."""
        if self._from is None:
            return
        number, spot = self._from
        pane = self._panes[number]
        if pane.view is self._from_view and pane.view is not None and pane.view.spot() != spot:
            pane.view.return_to(spot)
            pane.refresh_all()

    @on(ConversationsChanged)
    def _text_has_come(self, message: ConversationsChanged) -> None:
        if self._search is not None:
            self._look_again()

    def _tick(self) -> None:
        """Once a second: panes may have been opened, closed or frozen since."""
        super()._tick()
        if self._search is not None:
            self._look_again()

    def is_read_anew(self, pane: Pane) -> None:
        """Another view shows other text."""
        super().is_read_anew(pane)  # type: ignore[misc]  # as `action_back`
        if self._search is not None:
            self._look_again()

    def _look_again(self) -> None:
        """Let the worker look through what has not been looked through; one works at a time."""
        if not self._is_looking:
            self._is_looking = True
            self.run_worker(self._look_through(), name="search", group="search", exit_on_error=False)

    async def _look_through(self) -> None:
        from chatwatch_tui.ui.found import look_through

        try:
            shown_at = 0.0
            while (search := self._search) is not None:
                await self._read_raw(search)
                search.follow(self._transcripts(search))
                jobs = search.take()
                if not jobs:
                    self._show_found(search)
                    return
                if search.is_settled:
                    search.matcher.begin()
                try:
                    hits = await asyncio.to_thread(look_through, search.matcher, jobs)
                except SearchError as problem:
                    if search is self._search:
                        self._return()
                        self._search_failed(problem)
                    continue
                search.put(jobs, hits)
                if search is self._search and time.monotonic() - shown_at > SHOWN_EVERY:
                    self._show_found(search)
                    shown_at = time.monotonic()
        finally:
            self._is_looking = False

    @on(Worker.StateChanged)
    def _search_crashed(self, message: Worker.StateChanged) -> None:
        if message.worker.name == "search" and message.state is WorkerState.ERROR:
            message.stop()
            self._end_search()
            self.say(ours("Search ended: it failed in a way that was not foreseen."))

    def _show_found(self, search: Search) -> None:
        """Count, highlights, and the view at the first hit while the line is open."""
        if self._from is not None and search.here is None:
            self._show_first(search)
        if self._step_wanted is not None and search.is_settled:
            backwards, self._step_wanted = self._step_wanted, None
            self._step(search, backwards=backwards)
        for pane in self._panes.values():
            pane.refresh_found()
        if self._prompt is not None and self._prompt.purpose == SEARCH:
            bad = not search.total and search.is_settled
            self._prompt.tell(ours(f"{search.words()}{self._left_out(search)}"), Ink.WARN if bad else Ink.DIM)

    # -- going about -----------------------------------------------------------------------------------------------

    def action_search_next(self) -> None:
        """The next hit."""
        self._step_and_say(backwards=False)

    def action_search_previous(self) -> None:
        """The hit before."""
        self._step_and_say(backwards=True)

    def _step_and_say(self, *, backwards: bool) -> None:
        search = self._search
        if search is None and not self._search_history:
            self.say(self.keymap.fill("Nothing is searched for; {search} searches."))
            return
        elsewhere = self.board.focus != self._searched_pane and not self._query.everywhere
        if self.focused_pane is not None and (search is None or elsewhere):
            # The search that was ended, or that was on in another pane, goes on in this one.
            self._query = msgspec.structs.replace(self._query, text=self._search_history[-1])
            self._searched_pane = self.board.focus
            self._begin_search()
            search = None
        if search is None or not search.is_settled:
            self._step_wanted = backwards
            self._look_again()
        else:
            search.follow(self._transcripts(search))
            self._step(search, backwards=backwards)
