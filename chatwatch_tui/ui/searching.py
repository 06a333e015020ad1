"""A search over the transcripts of several panes: what was found, where the reader stands in it. No Textual in here.

The search goes through the blocks in slices, the newest first: `take` gives some to look through, which may be done in
another thread, `put` takes what was found. Afterwards only blocks that are new or have changed are looked through
again; hits in text that is pruned vanish. A search that is over is dropped as a whole, with whatever was still under
way for it. Of each transcript only so many hits are kept, the newest: a query of one letter fits everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chatwatch_tui.core.search import Matcher
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.found_text import MAX_IN_BLOCK, Hit, hits_in, parts_of

SLICE_CHARS = 150_000
"""Characters that are looked through at a time: some milliseconds."""
SLICE_BLOCKS = 500
MAX_HITS = 5_000
"""Hits that are kept of one transcript; there may be more where so many were found."""


class Query(NamedTuple):
    """What is searched for, and where."""

    text: str
    regex: bool = False
    everywhere: bool = False
    """In all panes, else in one."""


class Where(NamedTuple):
    """One hit, in order of panes and text."""

    pane: int
    block_id: int
    hit: Hit


class Job(NamedTuple):
    """A block to look through."""

    found: Found
    block_id: int
    revision: int
    parts: tuple[str, ...]


class Found:
    """Hits in one transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
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
        new = transcript.revisions - self._seen_revisions
        if new:
            log = transcript.revised
            ids = range(self._from_here, self._next) if new > len(log) else (log[-n] for n in range(1, new + 1))
            self._changed.update(each for each in ids if self._from_here <= each < self._next)
            self._seen_revisions = transcript.revisions

    def take(self, chars: int, blocks: int) -> Iterator[Job]:
        """Blocks to look through, at most about so many; they count as looked through from now on."""
        transcript = self.transcript
        while chars > 0 and blocks > 0:
            if self._changed:
                block_id = self._changed.pop()
            elif self._next < transcript.next_id:
                block_id, self._next = self._next, self._next + 1
            elif self._from_here > transcript.first_id and not self._has_enough:
                self._from_here -= 1
                block_id = self._from_here
            else:
                return
            block = self.transcript.block(block_id)
            if block is not None:
                job = Job(self, block_id, block.revision, parts_of(block))
                chars -= sum(map(len, job.parts))
                blocks -= 1
                yield job

    def put(self, block_id: int, hits: list[Hit]) -> None:
        """What a block holds now."""
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


class Search:
    """One query over some panes."""

    def __init__(self, query: Query, matcher: Matcher) -> None:
        self.query = query
        self.matcher = matcher
        self.found: dict[int, Found] = {}
        """By pane, ascending."""
        self.here: Where | None = None
        """The hit that the reader is at."""
        self.is_settled = False
        """Everything there is was looked through once."""

    # -- looking through -------------------------------------------------------------------------------------------

    def follow(self, transcripts: Mapping[int, Transcript]) -> None:
        """These are the panes to search now; what is new in them is noticed."""
        if list(transcripts) != list(self.found) or any(
            self.found[pane].transcript is not transcript for pane, transcript in transcripts.items()
        ):
            before = {id(each.transcript): each for each in self.found.values()}
            self.found = {
                pane: before.get(id(transcript)) or Found(transcript)
                for pane, transcript in sorted(transcripts.items())
            }
        for each in self.found.values():
            each.notice()

    def take(self) -> list[Job]:
        """A slice of what has to be looked through; none where all is done, or enough was found."""
        jobs: list[Job] = []
        chars, blocks = SLICE_CHARS, SLICE_BLOCKS
        for found in self.found.values():
            for job in found.take(chars, blocks):
                jobs.append(job)
                chars -= sum(map(len, job.parts))
                blocks -= 1
        self.is_settled = self.is_settled or not jobs
        return jobs

    def put(self, jobs: Sequence[Job], hits: Sequence[list[Hit]]) -> None:
        """What was found in a slice."""
        for job, each in zip(jobs, hits, strict=True):
            job.found.put(job.block_id, each)

    # -- the account -----------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Hits found."""
        return sum(each.total for each in self.found.values())

    @property
    def is_full(self) -> bool:
        """Whether there may be more hits than are kept."""
        return any(each.is_full for each in self.found.values())

    @property
    def panes(self) -> int:
        """Panes in which something was found."""
        return sum(each.total > 0 for each in self.found.values())

    def place(self, here: Where) -> int | None:
        """Number of that hit, from 1; None where it is no more."""
        found = self.found.get(here.pane)
        if found is None or here.hit not in found.by_block.get(here.block_id, ()):
            return None
        earlier = sum(each.total for pane, each in self.found.items() if pane < here.pane)
        return earlier + found.before(here.block_id, here.hit.start) + 1

    def words(self) -> str:
        """Count and place: `3 of 41, 2 panes`."""
        if not self.query.text:
            return ""
        total = self.total
        if not total:
            return "nothing found" if self.is_settled else "searching"
        open_end = "+" if self.is_full or not self.is_settled else ""
        place = None if self.here is None else self.place(self.here)
        many = f"{total:,}{open_end}"
        words = f"{place:,} of {many}" if place is not None else f"{many} hit{'s' * (total != 1 or bool(open_end))}"
        if self.query.everywhere:
            words += f", {self.panes} pane{'s' * (self.panes != 1)}"
        return words

    # -- going about -----------------------------------------------------------------------------------------------

    def step(self, pane: int, block_id: int, solid: int, *, backwards: bool) -> Iterator[tuple[Where, bool]]:
        """All hits in order from a place on, across panes and round the end; whether the end was passed for it.

        Forwards the first one may begin at the place; backwards it begins before it.
        """
        order = sorted(self.found, reverse=backwards)
        if not order:
            return
        if pane not in self.found:
            yield from ((where, False) for where in self._whole(order, backwards=backwards))
            return
        at = order.index(pane)
        ends = (-1, 0) if not backwards else (self.found[pane].transcript.next_id, 0)
        for block, hit in self.found[pane].from_place(block_id, solid, backwards=backwards):
            yield Where(pane, block, hit), False
        for where in self._whole(order[at + 1 :], backwards=backwards):
            yield where, False
        for where in self._whole(order[:at], backwards=backwards):
            yield where, True
        for block, hit in self.found[pane].from_place(*ends, backwards=backwards):
            if ((block, hit.start) < (block_id, solid)) is backwards:
                return
            yield Where(pane, block, hit), True

    def _whole(self, panes: Iterable[int], *, backwards: bool) -> Iterator[Where]:
        for pane in panes:
            found = self.found[pane]
            start = found.transcript.next_id if backwards else -1
            for block_id, hit in found.from_place(start, 0, backwards=backwards):
                yield Where(pane, block_id, hit)


def look_through(matcher: Matcher, jobs: Sequence[Job]) -> list[list[Hit]]:
    """The hits of every job. May run in a thread of its own. Raises `RunawayPattern`."""
    return [hits_in(matcher, job.parts) for job in jobs]
