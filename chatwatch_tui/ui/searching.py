"""A search over the transcripts of several panes: what was found, where the reader stands in it. No Textual in here.

The search goes through the blocks in slices, the newest first: `take` gives some to look through, which may be done in
another thread, `put` takes what was found. Afterwards only blocks that are new or have changed are looked through
again; hits in text that is pruned vanish. A search that is over is dropped as a whole, with whatever was still under
way for it. Of each transcript only so many hits are kept, the newest: a query of one letter fits everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chatwatch_tui.core.search import Matcher, Query
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.found import Found, Job
from chatwatch_tui.ui.found_text import Hit, Looked
from chatwatch_tui.ui.raw_text import RawText

SLICE_CHARS = 75_000
"""Characters that are looked through at a time: a millisecond or two, between which others have their turn."""
SLICE_BLOCKS = 500


class Where(NamedTuple):
    """One hit, in order of panes and text."""

    pane: int
    block_id: int
    hit: Hit


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

    def follow(self, transcripts: Mapping[int, Transcript | RawText]) -> None:
        """These are the panes to search now; what is new in them is noticed."""
        if list(transcripts) != list(self.found) or any(
            self.found[pane].transcript is not transcript for pane, transcript in transcripts.items()
        ):
            before = {id(each.transcript): each for each in self.found.values()}
            self.found = {
                pane: before.get(id(transcript)) or self._begun(transcript)
                for pane, transcript in sorted(transcripts.items(), key=lambda each: each[0])
            }
            at = None if self.here is None else self.found.get(self.here.pane)
            if at is not None and id(at.transcript) not in before:
                self.here = None  # its pane shows something else
        for each in self.found.values():
            each.notice()

    def exchange(self, one: int, other: int) -> None:
        """Two panes have changed numbers."""
        moved = {one: other, other: one}
        self.found = dict(sorted((moved.get(pane, pane), each) for pane, each in self.found.items()))
        if self.here is not None:
            self.here = self.here._replace(pane=moved.get(self.here.pane, self.here.pane))

    def _begun(self, transcript: Transcript | RawText) -> Found:
        return Found(transcript, self.matcher.reach, RawText.PAGE if isinstance(transcript, RawText) else None)

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

    def put(self, jobs: Sequence[Job], found: Sequence[Looked]) -> None:
        """What was found in a slice."""
        for job, each in zip(jobs, found, strict=True):
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
