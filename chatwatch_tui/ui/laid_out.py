"""The rows of a transcript that is laid out: what stands in each, and where a place is. `StreamLayout` keeps them.

Rows are counted from 0 at the first row kept. A place that must survive pruning, growth and another width is a `Place`:
a block and a number of its non-blank characters, for wrapping moves and swallows blanks only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.display import Times
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_layout import BlockLayout, DatedLayout
from chatwatch_tui.ui.block_rows import Row, Span
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.sieve import Sieve
from chatwatch_tui.ui.sifted_text import SiftedText
from chatwatch_tui.ui.text_layout import FoldedPage, FoldedText
from chatwatch_tui.ui.times import TIMES_CELLS, blank_time, shows_times, time_span

_PLAIN = Reading()


class LaidOut:
    """All rows of one transcript at one width, read in one way."""

    def __init__(self, transcript: Transcript, width: int, glyphs: Glyphs, reading: Reading = _PLAIN) -> None:
        self.transcript = transcript
        self.width = width
        self.glyphs = glyphs
        self.reading = reading
        self.hidden: Counter[str] = Counter()
        """Parts that are hidden, by kind."""
        self._levels = reading.levels
        self._speaker = "assistant" if reading.view is View.MESSAGES else None
        self._has_times = shows_times(reading.display.times, width)
        self._text_width = max(1, width - TIMES_CELLS) if self._has_times else width
        self._is_plain = reading.is_plain and not self._has_times
        self._sieve = Sieve(reading.filter, self._levels) if reading.filter is not None else None
        self.sifted = 0
        """Lines that the filter hides."""
        self.counts_all = True
        """Whether `hidden` and `sifted` are of the whole transcript, and not of some part of it."""
        self.rows_built = 0
        """Rows that were wrapped or drawn since the start; a figure for the account and for tests."""
        self._layouts: list[BlockLayout] = []
        self._ahead: list[Block] = []
        """Blocks after those laid out which the filter has seen already."""
        self._first_id = 0
        self._tops: list[int] = []
        self._total = 0
        self._pruned: Row | None = None
        self._seen_revisions = transcript.revisions

    def __len__(self) -> int:
        return self._total

    def _find(self, row: int) -> tuple[BlockLayout, int] | None:
        """The block of a row and the row's number in it; None for the mark of what is pruned."""
        position = bisect_right(self._tops, row) - 1
        if position < 0:
            return None
        layout = self._layouts[position]
        return layout, row - self._tops[position]

    def row(self, number: int) -> Row:
        """The spans of a row, 0 <= number < len(self)."""
        found = self._find(number)
        if found is None:
            return self._pruned or ()
        layout, index = found
        return (self._time(layout, index), *layout.row(index)) if self._has_times else layout.row(index)

    def key(self, number: int) -> tuple[int, int, object]:
        """Equal as long as the row looks the same: what caches of drawn rows compare."""
        found = self._find(number)
        if found is None:
            return (-1, 0, self._pruned)
        layout, index = found
        look = layout.look(index)
        return (layout.block.id, index, (look, self._time(layout, index)) if self._has_times else look)

    def _time(self, layout: BlockLayout, index: int) -> Span:
        """The column of times beside a row."""
        at = layout.time_of(index)
        if at is None:
            return blank_time()
        since: float | None = None
        block = layout.block
        if self.reading.display.times is Times.RELATIVE:
            turn = self.transcript.turn_of(block)
            since = turn.at if turn is not None else None
        else:
            since = self._time_shown_before(layout, index)
        return time_span(self.reading.display.times, at, since)

    def _time_shown_before(self, layout: BlockLayout, index: int) -> float | None:
        """When the part began that is shown before the one which begins in that row, so that the column adds up; a
        tool's result is a part of its own. None where it is the first."""
        earlier = layout.last_time(index)
        position = layout.block.id - self._first_id
        while earlier is None and position > 0:
            position -= 1
            before = self._layouts[position]
            earlier = before.last_time(len(before))
        return earlier

    def place(self, number: int) -> Place:
        """The place of a row's first letter."""
        found = self._find(number) if self._layouts else None
        if found is None:
            return Place(self._first_id - 1, 0)  # the mark of what is pruned
        layout, index = found
        return Place(layout.block.id, layout.solid_before(index))

    def row_of(self, place: Place) -> int:
        """The row in which a place stands now; the first row where it has been pruned."""
        if place.solid < 0 <= place.ordinal and self._layouts:
            return self._row_of_ordinal(place.ordinal)
        position = place.block_id - self._first_id
        if position < 0 or not self._layouts:
            return 0
        if position >= len(self._layouts):
            return max(0, self._total - 1)
        row = self._tops[position] + self._layouts[position].index_of(place.solid)
        return min(row, max(0, self._total - 1))

    def ordinal_of(self, number: int) -> int:
        """The delivery that brought a row, as near as can be told without decoding any; -1 where there are no rows."""
        found = self._find(number) if self._layouts else None
        if found is None:
            return self._layouts[0].block.delivery if self._layouts else -1
        layout, index = found
        first, end = self._ordinals(layout.block.id - self._first_id)
        share = layout.solid_before(index) / max(1, layout.solid_before(len(layout)))
        return first + int((end - first) * share)

    def _row_of_ordinal(self, ordinal: int) -> int:
        position = max(0, bisect_right(self._layouts, ordinal, key=lambda layout: layout.block.delivery) - 1)
        layout = self._layouts[position]
        first, end = self._ordinals(position)
        share = max(0, ordinal - first) / max(1, end - first)
        row = self._tops[position] + layout.index_of(int(share * layout.solid_before(len(layout))))
        return min(row, max(0, self._total - 1))

    def _ordinals(self, position: int) -> tuple[int, int]:
        """The deliveries of a block: the first, and the one behind the last."""
        after = self._layouts[position + 1].block.delivery if position + 1 < len(self._layouts) else None
        return self._layouts[position].block.delivery, self.transcript.delivery if after is None else after

    def anchor(self, number: int) -> tuple[int, int]:
        """A row as block id and row in the block: cheaper than a `Place`, good while the width stays."""
        found = self._find(number) if self._layouts else None
        return (self._first_id - 1, 0) if found is None else (found[0].block.id, found[1] - found[0].lead)

    def row_of_anchor(self, anchor: tuple[int, int]) -> int:
        """Where that row is now; the first row where it has been pruned."""
        block_id, index = anchor
        position = block_id - self._first_id
        if not 0 <= position < len(self._tops):
            return 0
        row = self._tops[position] + max(0, index + self._layouts[position].lead)
        return min(row, max(0, self._total - 1))

    def has_anchor(self, anchor: tuple[int, int]) -> bool:
        """Whether that row is laid out."""
        position = anchor[0] - self._first_id
        return 0 <= position < len(self._layouts) and len(self._layouts[position]) > 0

    def shows(self, place: Place) -> bool:
        """Whether what stands at that place has a row: neither pruned, nor hidden by a level or a filter."""
        position = place.block_id - self._first_id
        if not 0 <= position < len(self._layouts) or not len(self._layouts[position]):
            return False
        layout = self.layout_at(self._tops[position])
        return not isinstance(layout, SiftedText) or layout.shows(place.solid)

    def block_at(self, number: int) -> Block | None:
        """The block that a row belongs to."""
        found = self._find(number)
        return None if found is None else found[0].block

    def layout_at(self, number: int) -> BlockLayout | None:
        """How the block of a row is laid out, without the mark of a day above it."""
        found = self._find(number)
        if found is None:
            return None
        return found[0].inner if isinstance(found[0], DatedLayout) else found[0]

    def row_standing_for(self, block_id: int) -> int | None:
        """The row that shows a text in one line, for any page of it; None where there is no such row."""
        position = block_id - self._first_id
        layout = self._layouts[position] if 0 <= position < len(self._layouts) else None
        if isinstance(layout, FoldedPage):
            position = layout.first.block.id - self._first_id
            layout = self._layouts[position]
        is_folded = isinstance(layout.inner if isinstance(layout, DatedLayout) else layout, FoldedText)
        return self._tops[position] + layout.lead if layout is not None and is_folded and len(layout) else None

    def lead_of(self, block_id: int) -> int:
        """Rows above a block's own: the mark where a day begins."""
        position = block_id - self._first_id
        return self._layouts[position].lead if 0 <= position < len(self._layouts) else 0

    def top_of(self, block_id: int) -> int | None:
        """The first row of a block; None where it is not laid out."""
        position = block_id - self._first_id
        return self._tops[position] if 0 <= position < len(self._tops) else None

    def is_gone(self, number: int) -> bool:
        """Whether what a row shows has been pruned from the transcript."""
        return self.transcript.first_id > self.first_block_read(number)

    def first_block_read(self, number: int) -> int:
        """The id of the block whose text a row shows; of the first one where the row is the mark of what is pruned."""
        return max(self._first_id, self.anchor(number)[0])

    @property
    def ends_open(self) -> bool:
        """Whether the last row is where text comes in; what is hidden comes in nowhere."""
        return self._is_plain or bool(self._layouts and self._layouts[-1].ends_open)

    @property
    def filter_failed(self) -> str:
        """Why the filter sifts no more; blank where it does, or there is none."""
        return self._sieve.filter.failed if self._sieve is not None else ""
