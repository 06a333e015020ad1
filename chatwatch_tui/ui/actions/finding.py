"""Search: what the keys and the line do, and the worker that looks through text.

Typing starts a search anew; one worker looks through slices of text in a thread, always for the newest query, so that
however fast somebody types there is one slice under way. The view moves from where the reader was when the line opened:
to the first hit from there on, else to the last one before; Esc goes back there. Only the pane in focus moves while
something is typed; the other panes show their hits where they are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

from textual import on
from textual.worker import Worker, WorkerState

from chatwatch_tui.core.search import Matcher, SearchError
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.actions.jumps import JumpActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.highlight import Highlight
from chatwatch_tui.ui.messages import (
    ConversationsChanged,
    PromptAccepted,
    PromptCancelled,
    PromptChanged,
    PromptSwitched,
    PromptToggled,
)
from chatwatch_tui.ui.pane_view import PaneView, Spot
from chatwatch_tui.ui.searching import Query, Search, Where, look_through
from chatwatch_tui.ui.themes import Ink

SEARCH = "search"
"""What the line is open for."""
MAX_HISTORY = 100
SHOWN_EVERY = 0.1
"""Seconds between two looks at what is being found; the first is at once."""
MAX_PASSED_OVER = 5_000
"""Hits in hidden text that are passed over to find the next one that can be shown."""


class FindingActions(JumpActions):
    """Search, and jumps."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._search: Search | None = None
        self._query = Query("")
        """As typed last: kind and scope are kept for the next search."""
        self._searched_pane = 0
        self._search_history: list[str] = []
        self._from: tuple[int, Spot] | None = None
        """Pane and place of the reader when the line was opened; None while it is closed."""
        self._from_view: PaneView | None = None
        self._problem: SearchError | None = None
        """What is wrong with what is typed."""
        self._is_looking = False

    # -- the line --------------------------------------------------------------------------------------------------

    async def action_search(self) -> None:
        """Open the line."""
        if self._choosing:
            self._leave_roster()
        pane = self.focused_pane
        if pane is None or pane.view is None:
            self.say(ours("No pane is open."))
            return
        self._searched_pane = pane.number
        self._from = (pane.number, pane.view.spot())
        self._from_view = pane.view
        bar = await self.open_prompt(SEARCH, history=self._search_history)
        bar.hint(ours(""))
        self._query = self._query._replace(text=bar.value)
        self._begin_search()

    @on(PromptChanged)
    def _query_typed(self, message: PromptChanged) -> None:
        if message.purpose == SEARCH and self._from is not None and message.value != self._query.text:
            self._query = self._query._replace(text=message.value)
            self._begin_search()

    @on(PromptSwitched)
    def _scope_switched(self, message: PromptSwitched) -> None:
        if message.purpose == SEARCH:
            self._query = self._query._replace(everywhere=not self._query.everywhere)
            self._begin_search()

    @on(PromptToggled)
    def _kind_switched(self, message: PromptToggled) -> None:
        if message.purpose == SEARCH:
            self._query = self._query._replace(regex=not self._query.regex)
            self._begin_search()

    @on(PromptAccepted)
    def _query_taken(self, message: PromptAccepted) -> None:
        if message.purpose != SEARCH:
            return
        query = message.value
        if query and query == self._query.text and self._problem is not None:
            return  # the line stays, and says what is wrong
        if query:
            if query != self._query.text:  # typed ahead: what was typed last has not been told yet
                self._query = self._query._replace(text=query)
                self._begin_search()
            if query in self._search_history:
                self._search_history.remove(query)
            self._search_history = [*self._search_history, query][-MAX_HISTORY:]
        self._from = None
        self.close_prompt()
        search = self._search
        if search is None:
            return
        if search.here is not None or search.total:
            self._go(search.here) if search.here is not None else self._step(backwards=False)
            self.say(ours(search.words()))
        elif search.is_settled:
            self.say(ours(f"{search.words().capitalize()}."))

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
        query = self._query
        if self._prompt is not None:
            where = "all panes" if query.everywhere else "this pane"
            kind = "regex " if query.regex else ""
            self._prompt.label(
                ours(f"Find {kind}in {where}:"), ours(f"/{'all ' * query.everywhere}{'re ' * query.regex}")
            )
            other = "this pane" if query.everywhere else "all"
            self._prompt.hint(ours(f"Tab {other}, Ctrl+R {'plain' if query.regex else 'regex'}"))
        self._return()
        self._problem = None
        try:
            matcher = Matcher(query.text, regex=query.regex)
        except SearchError as problem:
            self._search_failed(problem)
            return
        if not query.text:
            self._end_search()
            return
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

    def _look_again(self) -> None:
        """Let the worker look through what has not been looked through; one works at a time."""
        if not self._is_looking:
            self._is_looking = True
            self.run_worker(self._look_through(), name="search", group="search", exit_on_error=False)

    async def _look_through(self) -> None:
        try:
            shown_at = 0.0
            while (search := self._search) is not None:
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

    def _transcripts(self, search: Search) -> dict[int, Transcript]:
        """What is searched: of a frozen pane what it holds."""
        numbers: Iterable[int] = sorted(self.board.slots) if search.query.everywhere else [self._searched_pane]
        views = {number: self._panes[number].view for number in numbers}
        return {
            number: view.frozen or view.conversation.transcript for number, view in views.items() if view is not None
        }

    def _show_found(self, search: Search) -> None:
        """Count, highlights, and the view at the first hit while the line is open."""
        if self._from is not None and search.here is None:
            self._show_first(search)
        for pane in self._panes.values():
            pane.refresh_found()
        if self._prompt is not None and self._prompt.purpose == SEARCH:
            bad = not search.total and search.is_settled
            self._prompt.tell(ours(search.words()), Ink.WARN if bad else Ink.DIM)

    def _show_first(self, search: Search) -> None:
        """The first hit from where the reader was, else the last one before, in the pane in focus."""
        pane = self._panes[self._searched_pane]
        if pane.view is None or self._searched_pane not in search.found:
            return
        found = search.found[self._searched_pane]
        block_id, solid = self._here(pane.view, pane.view.top)
        for backwards in (False, True):
            if backwards and not search.is_settled:
                return  # what comes may hold one further down
            for block, hit in islice(found.from_place(block_id, solid, backwards=backwards), MAX_PASSED_OVER):
                if self._point_at(search, Where(self._searched_pane, block, hit)):
                    return

    def _here(self, view: PaneView, row: int) -> tuple[int, int]:
        """A row as a place that hits can be compared with."""
        layout = view.layout
        block = layout.block_at(row)
        if block is None:
            return layout.anchor(row)[0], 0
        top = layout.top_of(block.id) or 0
        highlight = self._panes[self._searched_pane].highlight
        return (block.id, highlight.solid_at(layout, block, row - top)) if highlight is not None else (block.id, 0)

    def _point_at(self, search: Search, where: Where) -> bool:
        """Let the pane show a hit; False where it is in hidden text."""
        pane = self._panes[where.pane]
        if pane.view is None or pane.highlight is None:
            return False
        row = pane.highlight.row_of(pane.view.layout, where.block_id, where.hit)
        if row is None:
            return False
        search.here = where
        pane.view.point_at(row)
        pane.refresh_all()
        return True

    # -- going about -----------------------------------------------------------------------------------------------

    def action_search_next(self) -> None:
        """The next hit."""
        self._step_and_say(backwards=False)

    def action_search_previous(self) -> None:
        """The hit before."""
        self._step_and_say(backwards=True)

    def _step_and_say(self, *, backwards: bool) -> None:
        search = self._search
        if search is None and self._search_history:
            self._query = self._query._replace(text=self._search_history[-1])
            self._searched_pane = self.board.focus
            self._begin_search()
            self.say(ours(f"Searching again for {self._query.text}"))
            return
        if search is None:
            self.say(ours("Nothing is searched for; / searches."))
            return
        search.follow(self._transcripts(search))
        self._step(backwards=backwards)

    def _step(self, *, backwards: bool) -> None:
        search = self._search
        assert search is not None
        start, skip = self._start(search)
        steps = search.step(*start, backwards=backwards)
        for where, around in islice(steps, MAX_PASSED_OVER):
            if skip is not None and where == skip and not around:
                continue
            if self._go(where):
                words = search.words()
                again = "from the end again" if backwards else "from the top again"
                self.say(ours(f"{words}, {again}" if around else words))
                return
        self.say(
            ours(f"{search.words().capitalize()}." if not search.total else f"{search.words()}, all in hidden text")
        )

    def _start(self, search: Search) -> tuple[tuple[int, int, int], Where | None]:
        """From where to look: the hit that the reader is at while it is in view, else the first row in view."""
        here = search.here
        pane = self._panes.get(self.board.focus)
        if here is not None and here.pane == self.board.focus and search.place(here) is not None and pane is not None:
            view, highlight = pane.view, pane.highlight
            row = None if view is None or highlight is None else highlight.row_of(view.layout, here.block_id, here.hit)
            if view is not None and row is not None and view.top <= row < view.top + view.height:
                return (here.pane, here.block_id, here.hit.start), here
        if pane is None or pane.view is None or self.board.focus not in search.found:
            return (self.board.focus, -1, 0), None
        self._searched_pane = self.board.focus if search.query.everywhere else self._searched_pane
        return (self.board.focus, *self._here(pane.view, pane.view.top)), None

    def _go(self, where: Where) -> bool:
        """Go to a hit, in whatever pane."""
        search = self._search
        if search is None:
            return False
        view = self._panes[where.pane].view
        if where.pane != self.board.focus:
            before = self.focused_pane
            if view is not None and view.width <= 1 and before is not None and before.view is not None:
                # It was never on screen: about the size that it will get, so that its place is not lost at once.
                view.resize(before.view.width, before.view.height)
            if not self._point_at(search, where):
                return False
            self.board.go_to(where.pane)
            self._leave_roster()
            return True
        return self._point_at(search, where)
