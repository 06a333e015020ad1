"""Going to what a search has found: the first hit from where the reader is, the next, the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from chatwatch_tui.ui.actions.jumps import JumpActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.pane_view import PaneView, Spot
from chatwatch_tui.ui.reading import View
from chatwatch_tui.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from chatwatch_tui.core.transcript import Transcript
    from chatwatch_tui.ui.raw_text import RawText
    from chatwatch_tui.ui.searching import Search, Where

RAW_SLICE = 100
"""Raw chunks whose text is taken in without a turn of the event loop."""
MAX_PASSED_OVER = 5_000
"""Hits in hidden text that are passed over to find the next one that can be shown."""


class HitActions(JumpActions):
    """Moves views and focus to hits."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._search: Search | None = None
        self._searched_pane = 0
        """The pane that is searched where not all are."""
        self._from: tuple[int, Spot] | None = None
        """Pane and place of the reader when the line was opened; None while it is closed."""
        self._raw_texts: dict[int, RawText] = {}
        """What is searched in panes that show raw chunks."""

    def exchange_panes(self, one: int, other: int) -> bool:
        """What is searched, was found and is gone back to goes along."""
        if not super().exchange_panes(one, other):
            return False
        moved, search = {one: other, other: one}, self._search
        self._searched_pane = moved.get(self._searched_pane, self._searched_pane)
        if self._from is not None:
            self._from = (moved.get(self._from[0], self._from[0]), self._from[1])
        for number in moved:
            if (highlight := self._panes[number].highlight) is not None:
                highlight.pane = number
        self._raw_texts = {moved.get(number, number): text for number, text in self._raw_texts.items()}
        if search is not None:
            search.exchange(one, other)
        return True

    # -- what is searched ------------------------------------------------------------------------------------------

    def _searched_views(self, search: Search) -> dict[int, PaneView]:
        numbers: Iterable[int] = sorted(self.board.slots) if search.query.everywhere else [self._searched_pane]
        views = {number: self._panes[number].view for number in numbers}
        return {number: view for number, view in views.items() if view is not None}

    def _transcripts(self, search: Search) -> dict[int, Transcript | RawText]:
        """What is searched: of a frozen pane what it holds, of one that shows raw chunks their text."""
        found: dict[int, Transcript | RawText] = {}
        for number, view in self._searched_views(search).items():
            text = self._raw_texts.get(number) if view.reading.view is View.RAW else None
            found[number] = view.frozen or view.conversation.transcript if text is None else text
        return found

    async def _read_raw(self, search: Search) -> None:
        """Take in the text of raw chunks, a slice at a time."""
        from chatwatch_tui.ui.raw_text import RawText

        views = self._searched_views(search)
        raw = {number: view for number, view in views.items() if view.reading.view is View.RAW}
        self._raw_texts = {number: text for number, text in self._raw_texts.items() if number in raw}
        for number, view in raw.items():
            about = view.frozen or view.conversation.transcript
            text = self._raw_texts.get(number)
            if text is None or text.conversation is not view.conversation:
                text = self._raw_texts[number] = RawText(view.conversation)
            while not text.follow(view.raw, about, RAW_SLICE):  # noqa: ASYNC110 - others have their turn
                await asyncio.sleep(0)

    # -- going to it -----------------------------------------------------------------------------------------------

    def _show_first(self, search: Search) -> None:
        """The first hit from where the reader was, else the last one before, in the pane in focus."""
        pane = self._panes[self._searched_pane]
        if pane.view is None or self._searched_pane not in search.found:
            return
        from chatwatch_tui.ui.searching import Where

        found = search.found[self._searched_pane]
        block_id, solid = self._top_of_view(pane, pane.view)
        for backwards in (False, True):
            if backwards and not search.is_settled:
                return  # what comes may hold one further down
            for block, hit in islice(found.from_place(block_id, solid, backwards=backwards), MAX_PASSED_OVER):
                if self._point_at(search, Where(self._searched_pane, block, hit)):
                    return

    @staticmethod
    def _top_of_view(pane: Pane, view: PaneView) -> tuple[int, int]:
        """The first row in view as a place that hits can be compared with."""
        if pane.highlight is None:
            return view.layout.anchor(view.top)[0], 0
        return pane.highlight.place_of(view.layout, view.top)

    def _point_at(self, search: Search, where: Where) -> bool:
        """Let the pane show a hit; False where it is in hidden text."""
        pane = self._panes[where.pane]
        if pane.view is None or pane.highlight is None:
            return False
        pane.view.have_all()
        row = pane.highlight.row_of(pane.view.layout, where.block_id, where.hit)
        if row is None:
            return False
        search.here = where
        pane.view.point_at(row)
        pane.refresh_all()
        return True

    def _step(self, search: Search, *, backwards: bool) -> None:
        is_first = search.here is None
        start, skip = self._start(search)
        steps = search.step(*start, backwards=backwards)
        passed_over = 0
        for where, around in islice(steps, MAX_PASSED_OVER):
            if skip is not None and where == skip and not around:
                continue
            if self._go(where):
                # To the first one nobody has gone round: they were never at the top.
                self._say_hit(search, passed_over, backwards if around and not is_first else None, is_first=is_first)
                return
            passed_over += 1
        if skip is not None and passed_over < MAX_PASSED_OVER and self._go(skip):
            self._say_hit(search, passed_over, backwards)  # the only one that can be shown
        elif not search.total:
            self.say(ours(f"{search.words().capitalize()}{self._left_out(search, advise=True)}."))
        else:
            hidden = "all" if passed_over < MAX_PASSED_OVER else f"the next {MAX_PASSED_OVER:,}"
            self.say(ours(f"{search.words()}, {hidden} in hidden text"))

    def _left_out(self, search: Search, *, advise: bool = False) -> str:
        """What is in no pane where all are searched, and what to do about it; blank where nothing is."""
        elsewhere = len(self.watching.roster) - len(self.board.slots) if search.query.everywhere else 0
        if not elsewhere:
            return ""
        advice = self.keymap.fill(f", {{open}} opens {'it' if elsewhere == 1 else 'them'}") if advise else ""
        return f"; {elsewhere:,} in no pane, not searched{advice}"

    def _say_hit(
        self, search: Search, passed_over: int, round_backwards: bool | None, *, is_first: bool = False
    ) -> None:
        """Count and place; `round_backwards`: an end was passed for it, going that way."""
        words = search.words()
        if passed_over:
            words += f", {passed_over:,} hidden passed over"
        if round_backwards is not None:
            words += f", from the {'end' if round_backwards else 'top'} again"
        self.say(ours(words + (self._left_out(search, advise=True) if is_first else "")))

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
        return (self.board.focus, *self._top_of_view(pane, pane.view)), None

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
