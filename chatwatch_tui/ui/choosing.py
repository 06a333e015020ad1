"""Choosing from a long list: what is typed, what matches, where the cursor is, what is marked. No Textual in here.

The order is held from the moment the list is opened, so that no row moves under the cursor; what comes later is added
at the end, and what is drawn in a row is as live as the one who draws it. Folding ten thousand candidates takes as long
as some frames, so it is done piece by piece (`prepare`); what is typed meanwhile is found in those that are folded, and
in the others as they come.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from chatwatch_tui.core.fuzzy import MAX_QUERY, Fit, Haystack, Narrowing, fit, words_of
from chatwatch_tui.ui.cursor import Cursor

T = TypeVar("T", bound=Hashable)
PIECE = 500
"""Candidates that are folded without a turn of the event loop."""
_LAST_WORD = re.compile(r"[^\s,]*[\s,]*$")


class Choosing(Generic[T]):
    """One list and one query."""

    def __init__(self, items: Iterable[T], hay: Callable[[T], Haystack]) -> None:
        self.items = list(items)
        self.query = ""
        self.marked: dict[T, None] = {}
        """In the order in which they were marked."""
        self.cursor = Cursor()
        self._hay = hay
        self._narrowing = Narrowing()
        self._matches: Sequence[int] = range(len(self.items))

    # -- what there is ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many match."""
        return len(self._matches)

    def __getitem__(self, place: int) -> T:
        """What stands at that place of the list."""
        return self.items[self._matches[place]]

    @property
    def looked_at(self) -> int:
        """How often a candidate was compared with a query."""
        return self._narrowing.looked_at

    @property
    def here(self) -> T | None:
        """What is under the cursor, None where nothing matches."""
        return self[self.cursor.at] if self._matches else None

    @property
    def chosen(self) -> list[T]:
        """What Enter means: all that is marked, else what is under the cursor."""
        if self.marked:
            return list(self.marked)
        return [self.here] if self.here is not None else []

    @property
    def is_narrowed(self) -> bool:
        """Whether there is something to look for."""
        return bool(words_of(self.query))

    def found(self, item: T) -> list[tuple[str, Fit]]:
        """Each word of the query, and how it is found in this."""
        hay = self._hay(item)
        return [(word, how) for word in words_of(self.query) if (how := fit(word, hay)) is not None]

    def add(self, items: Iterable[T]) -> None:
        """These came later: they stand at the end, and are found once they are folded (`prepare`)."""
        self.items += items
        self._match()

    def prepare(self) -> bool:
        """Fold some more of the candidates; whether more are left."""
        done = self._narrowing.haystacks
        if len(done) == len(self.items):
            return False
        done += map(self._hay, self.items[len(done) : len(done) + PIECE])
        here = self.here
        self._match()
        if here is not None and self.cursor.at and self.here is not here and self.is_narrowed:
            self.cursor.at = self._matches.index(self.items.index(here))  # the cursor stays on what it was on
        return len(done) < len(self.items)

    # -- typing ----------------------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Append to the query."""
        self._ask((self.query + text)[:MAX_QUERY])

    def erase(self) -> None:
        """Take the last letter away."""
        self._ask(self.query[:-1])

    def erase_word(self) -> None:
        """Take the last word away."""
        self._ask(_LAST_WORD.sub("", self.query))

    def clear(self) -> None:
        """Take all of it away."""
        self._ask("")

    def _ask(self, query: str) -> None:
        if query != self.query:
            self.query = query
            self._match()
            self.cursor = Cursor()  # the best one is what was meant

    def _match(self) -> None:
        if self.is_narrowed:
            self._matches = self._narrowing.matching(self.query)
        else:
            self._matches = range(len(self.items))

    # -- choosing --------------------------------------------------------------------------------------------------

    def move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self.cursor.move(rows, len(self))

    def mark(self) -> None:
        """Mark what is under the cursor or take its mark away, and go on to the next."""
        here = self.here
        if here is not None:
            if here in self.marked:
                del self.marked[here]
            else:
                self.marked[here] = None
            self.move(1)
