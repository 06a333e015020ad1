"""A filter at work on the raw deliveries of one layout: which of them have a row.

A line of the filter is one delivery here, so a word that came in two is in none. Turns are judged by the transcript, as
where text flows: the deliveries of a turn that passes are shown. Errors and gaps are always there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.filtering import Filter, FilterQuery, Granularity, Turns
from chatwatch_tui.core.parts import delivery_part
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.slices import Slice

DELIVERY_SIZE = 50
"""What a delivery takes in a slice, in bytes of text, besides its own."""


class RawSieve:
    """Keeps the ordinals of what passes."""

    def __init__(self, query: FilterQuery, transcript: Transcript, decoder: Decoder) -> None:
        self.filter = Filter(query)
        self.shown: list[int] = []
        """Ordinals of what passes, ascending."""
        self._decoder = decoder
        self._tools: dict[str, str] = {}
        """Names by the ids of the calls that were seen."""
        self._seen = 0
        """What comes before that ordinal has been asked about."""
        self._turns = None if query.granularity is Granularity.LINE else _JudgedTurns(self.filter, transcript)

    def sift(
        self,
        ordinals: range,
        delivery_of: Callable[[int], Delivery],
        block_of: Callable[[int], Block | None],
        pace: Slice | None = None,
    ) -> bool:
        """Ask about what is kept now and was not asked about; whether all was. `ordinals` are those of what is kept,
        `block_of` one is the block that it went into, or the one before."""
        if self._turns is not None and not self._turns.follow(pace):
            return False
        if self._turns is not None and self._turns.have_flipped:
            self._turns.have_flipped = False
            self.shown.clear()
            self._seen = 0
        del self.shown[: bisect_left(self.shown, ordinals.start)]
        self._seen = max(self._seen, ordinals.start)
        while self._seen < ordinals.stop:
            part = delivery_part(delivery_of(self._seen), self._decoder, self._tools)
            if part is None or self.filter.failed:
                passes = True
            elif self._turns is None:
                passes = self.filter.passes(part)
            else:
                block = block_of(self._seen)
                passes = block is not None and self._turns.pass_(block.turn)
            if passes:
                self.shown.append(self._seen)
            self._seen += 1
            if pace is not None and not pace.goes_on(DELIVERY_SIZE + (0 if part is None else len(part.text))):
                return self._seen == ordinals.stop
        return True


class _JudgedTurns:
    """The turns of a transcript, as it grows, changes and is pruned."""

    def __init__(self, asked: Filter, transcript: Transcript) -> None:
        self.have_flipped = False
        """A turn passes that did not, or the other way round; for whoever reads it to take back."""
        self._turns = Turns(asked)
        self._transcript = transcript
        self._first = self._next = transcript.first_id
        """Judged are the blocks between these two."""
        self._seen_revisions = transcript.revisions

    def pass_(self, turn: int) -> bool:
        """Whether a turn passes."""
        return self._turns.passes(turn)

    def follow(self, pace: Slice | None) -> bool:
        """Judge what is new; whether all is judged."""
        transcript = self._transcript
        touched = {
            self._turns.forget(block_id) for block_id in range(self._first, min(self._next, transcript.first_id))
        }
        self._first = transcript.first_id
        self._next = max(self._next, self._first)
        for block_id in self._revised():
            touched |= self._note(block_id)
        is_done = True
        while is_done and self._next < transcript.next_id:
            block_id, self._next = self._next, self._next + 1
            touched |= self._note(block_id)
            block = transcript.block(block_id)
            is_done = pace is None or block is None or pace.goes_on(block.size // 8)
        self.have_flipped |= bool(self._turns.flipped(touched))
        return is_done or self._next == transcript.next_id

    def _revised(self) -> set[int]:
        log, new = self._transcript.revised, self._transcript.revisions - self._seen_revisions
        self._seen_revisions = self._transcript.revisions
        judged = range(self._first, self._next)
        return set(judged) if new > len(log) else {log[-back] for back in range(1, new + 1)} & set(judged)

    def _note(self, block_id: int) -> set[int]:
        block = self._transcript.block(block_id)
        if block is None:
            return set()
        self._turns.note(block)
        return {block.turn}
