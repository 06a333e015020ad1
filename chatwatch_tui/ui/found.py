"""What a search has found in one transcript, and what of it is still to be looked through. No Textual in here.

The newest blocks are looked through first; afterwards only blocks that are new or have changed. Pages of one long text
are looked through each for itself, with what may belong to a match on the pages beside it; where that is known only
later, the page is looked through again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from chatwatch_tui.core.blocks import Block, TextBlock
from chatwatch_tui.core.search import Matcher
from chatwatch_tui.ui.found_text import ALONE, MAX_IN_BLOCK, Around, Hit, Looked, hits_in, parts_of

LOOK_BEHIND = 200
"""Characters of the page before that a regex may look at."""
MAX_HITS = 20_000
"""Hits that are kept of one transcript; there may be more where so many were found."""


_NONE: list[Hit] = []


class Job(NamedTuple):
    """A block to look through."""

    found: Found
    block_id: int
    revision: int
    parts: tuple[str, ...]
    around: Around


class Searched(Protocol):
    """What can be searched: a transcript, or whatever has blocks like one."""

    @property
    def first_id(self) -> int:
        """The oldest block."""

    @property
    def next_id(self) -> int:
        """The one that comes next."""

    @property
    def revisions(self) -> int:
        """How often blocks were changed."""

    @property
    def revised(self) -> Sequence[int]:
        """Those that were changed last, newest last."""

    def block(self, block_id: int) -> Block | None:
        """One of them; None where it is gone."""


class Found:
    """Hits in one transcript."""

    def __init__(self, transcript: Searched, reach: int, page: int | None = None) -> None:
        """A match may `reach` so many characters into the next page of a long text; `page` are the characters from
        which on there may be a next one, as in transcripts if None."""
        self.transcript = transcript
        self._page = page
        self._reach = reach
        self._over: dict[int, int] = {}
        """Solid characters, at the begin of these blocks, that the last hit of the page before goes on over."""
        self._open: set[int] = set()
        """Pages behind which there is less than a match may reach."""
        self.by_block: dict[int, list[Hit]] = {}
        """Blocks without hits are not in it."""
        self.total = 0
        self._ids: list[int] = []
        """Keys of `by_block`, ascending."""
        self.is_full = False
        """There may be more hits than are kept."""
        self._has_enough = False
        """What is older is not looked through."""
        self._from_here = self._next = transcript.next_id
        """Looked through are the blocks between these two; what is before comes in time, what is after is new."""
        self._changed: set[int] = set()
        self._seen_revisions = transcript.revisions

    def notice(self) -> None:
        """Look what is new in the transcript."""
        transcript = self.transcript
        if self._ids and self._ids[0] < transcript.first_id:
            for block_id in self._ids[: bisect_left(self._ids, transcript.first_id)]:
                self.total -= len(self.by_block.pop(block_id))
            del self._ids[: bisect_left(self._ids, transcript.first_id)]
        if self._over and min(self._over) <= transcript.first_id:
            # The first page has none before it now, and no hit that goes on over its begin.
            self._changed.update(self._over.keys() & {transcript.first_id})
            self._over = {block_id: over for block_id, over in self._over.items() if block_id > transcript.first_id}
        new = transcript.revisions - self._seen_revisions
        if new:
            log = transcript.revised
            ids = range(self._from_here, self._next) if new > len(log) else (log[-n] for n in range(1, new + 1))
            for each in ids:
                if self._from_here <= each < self._next:
                    self._changed.update((each, each - 1) if each - 1 in self._open else (each,))
            self._seen_revisions = transcript.revisions

    def take(self, chars: int, blocks: int) -> Iterator[Job]:
        """Blocks to look through, at most about so many; they count as looked through from now on."""
        transcript = self.transcript
        while chars > 0 and blocks > 0:
            if self._changed:
                block_id = self._changed.pop()
            elif self._next < transcript.next_id:
                block_id, self._next = self._next, self._next + 1
                if block_id - 1 in self._open:
                    self._changed.add(block_id - 1)
            elif self._from_here > transcript.first_id and not self._has_enough:
                self._from_here -= 1
                block_id = self._from_here
            else:
                return
            block = self.transcript.block(block_id)
            if block is not None:
                job = Job(self, block_id, block.revision, parts_of(block), self._around(block))
                chars -= sum(map(len, job.parts))
                blocks -= 1
                yield job

    def _around(self, block: Block) -> Around:
        """What the pages beside a page have to do with it."""
        self._open.discard(block.id)
        if not isinstance(block, TextBlock):
            return ALONE
        after = self.transcript.block(block.id + 1)
        if not isinstance(after, TextBlock) or not after.continues:
            after = None
        if len(block.text) >= (self._page or TextBlock.PAGE) and (after is None or len(after.text) < self._reach):
            self._open.add(block.id)
        before = self.transcript.block(block.id - 1) if block.continues else None
        if after is None and not isinstance(before, TextBlock):
            return ALONE
        return Around(
            before.text[-LOOK_BEHIND:] if isinstance(before, TextBlock) else "",
            after.text[: self._reach] if after is not None else "",
            self._over.get(block.id, 0),
        )

    def over(self, block_id: int) -> tuple[Hit, Hit] | None:
        """The hit of the page before that goes on over the begin of this one: as it is there, and as it is here."""
        taken = self._over.get(block_id, 0)
        hits = self.by_block.get(block_id - 1)
        if not taken or not hits:
            return None
        hit = hits[-1]
        return hit, msgspec.structs.replace(hit, start=hit.start - (hit.end - taken), end=taken)

    def hits_of(self, block_id: int, here: tuple[int, Hit] | None) -> tuple[list[Hit], Hit | None]:
        """The hits in a block, one that goes on from the page before included, and which of them is `here`, a hit with
        its block."""
        hits = self.by_block.get(block_id, _NONE)
        at = here[1] if here is not None and here[0] == block_id else None
        if (over := self.over(block_id)) is not None:
            there, continued = over
            hits = [continued, *hits]
            if here == (block_id - 1, there):
                at = continued
        return hits, at

    def put(self, block_id: int, looked: Looked) -> None:
        """What a block holds now."""
        hits, over = looked
        if over != self._over.get(block_id + 1, 0):
            self._over[block_id + 1] = over
            if self._from_here <= block_id + 1 < self._next:
                self._changed.add(block_id + 1)
        before = self.by_block.get(block_id)
        if before is not None:
            self.total -= len(before)
        if block_id < self.transcript.first_id or not hits:
            if before is not None:
                del self.by_block[block_id]
                self._ids.remove(block_id)
            return
        if before is None:
            insort(self._ids, block_id)
        self.by_block[block_id] = hits
        self.total += len(hits)
        self.is_full = self.is_full or len(hits) >= MAX_IN_BLOCK
        while self.total > MAX_HITS and len(self._ids) > 1:
            self.total -= len(self.by_block.pop(self._ids.pop(0)))
            self.is_full = self._has_enough = True

    # -- order -----------------------------------------------------------------------------------------------------

    def before(self, block_id: int, solid: int) -> int:
        """How many hits begin before that place."""
        position = bisect_left(self._ids, block_id)
        number = sum(len(self.by_block[each]) for each in self._ids[:position])
        if position < len(self._ids) and self._ids[position] == block_id:
            number += bisect_left(self.by_block[block_id], solid, key=lambda hit: hit.start)
        return number

    def from_place(self, block_id: int, solid: int, *, backwards: bool) -> Iterator[tuple[int, Hit]]:
        """Hits that begin there or later, nearest first; those that begin before it where `backwards`."""
        if backwards:
            for each in reversed(self._ids[: bisect_left(self._ids, block_id + 1)]):
                for hit in reversed(self.by_block[each]):
                    if each < block_id or hit.start < solid:
                        yield each, hit
        else:
            for each in self._ids[bisect_left(self._ids, block_id) :]:
                for hit in self.by_block[each]:
                    if each > block_id or hit.start >= solid:
                        yield each, hit


def look_through(matcher: Matcher, jobs: Sequence[Job]) -> list[Looked]:
    """The hits of every job. May run in a thread of its own. Raises `RunawayPattern`."""
    return [hits_in(matcher, job.parts, job.around) for job in jobs]
