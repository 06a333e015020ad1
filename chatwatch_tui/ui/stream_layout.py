"""A transcript laid out for one width: which rows there are, and what is in each.

The layout follows its transcript by `sync`, which looks only at what is new: blocks after the last one laid out, the
block that text still flows into, and the ones the transcript calls revised. Finished rows are kept as plain strings;
spans are made when a row is drawn, because far more rows are laid out than ever seen.

Rows are counted from 0 at the first row kept. A place that must survive pruning, growth and another width is a `Place`:
a block and a number of its non-blank characters, for wrapping moves and swallows blanks only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from copy import copy

from chatwatch_tui.core.blocks import Block, TextBlock
from chatwatch_tui.core.display import Times
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_layout import BlockLayout, DatedLayout, FixedLayout, FoldedPage, TextLayout, lay_out
from chatwatch_tui.ui.block_rows import Row, Span, block_rows, day_row, pruned_row
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.sieve import Sieve
from chatwatch_tui.ui.times import TIMES_CELLS, blank_time, day_of, shows_times, time_span


def snapshot(transcript: Transcript) -> Transcript:
    """The transcript as it is now, for good: what a frozen pane goes on showing, at any width, while the real one
    grows, pairs its tools and is pruned. Texts are shared, so it costs little but what is pruned meanwhile."""
    held = copy(transcript)
    held.blocks = [copy(block) for block in transcript.blocks]
    return held


_PLAIN = Reading()


class StreamLayout:
    """All rows of one transcript at one width."""

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
        self.rows_built = 0
        """Rows that were wrapped or drawn since the start; a figure for the account and for tests."""
        self._layouts: list[BlockLayout] = []
        self._first_id = 0
        self._tops: list[int] = []
        self._total = 0
        self._pruned: Row | None = None
        self._seen_revisions = transcript.revisions

    def __len__(self) -> int:
        return self._total

    # -- following the transcript ----------------------------------------------------------------------------------

    def sync(self) -> int | None:
        """Lay out what is new; the first row that changed, None where nothing did (0 where rows went at the top)."""
        transcript = self.transcript
        changed: int | None = None
        flipped: set[int] = set()
        if transcript.first_id != self._first_id:
            flipped = self._forget_pruned()
            changed = 0
        first_dirty: int | None = None
        known = len(self._layouts)
        revised = self._revised_positions()
        if self._sieve is not None:
            revised = self._sift(revised, flipped)
        for position in revised:
            if 0 <= position < known:
                row = self._relay(position)
                if row is not None:
                    changed = row if changed is None else min(changed, row)
                    first_dirty = position if first_dirty is None else min(first_dirty, position)
        if first_dirty is not None:
            self._set_tops(first_dirty)
        blocks = transcript.blocks
        if known < len(blocks):
            changed = self._total if changed is None else min(changed, self._total)
            for position in range(known, len(blocks)):
                layout = self._lay_out(position, blocks[position])
                self._layouts.append(layout)
                if isinstance(layout, FoldedPage):
                    first = self._grow_first(layout)
                    changed, known = min(changed, self._tops[first]), min(known, first)
            self._set_tops(known)
        return changed

    def _revised_positions(self) -> list[int]:
        """Where blocks changed since the last call, in order: all positions if too many did to know."""
        log = self.transcript.revised
        new = self.transcript.revisions - self._seen_revisions
        self._seen_revisions = self.transcript.revisions
        if new > len(log):
            return list(range(len(self._layouts)))
        return sorted({log[-back] - self._first_id for back in range(1, new + 1)})

    def _sift(self, revised: list[int], flipped: set[int]) -> list[int]:
        """Ask the filter about what is new; the positions that are to be brought up to date for its answer, too."""
        assert self._sieve is not None
        known = len(self._layouts)
        blocks = self.transcript.blocks
        fresh = [blocks[position] for position in revised if 0 <= position < known]
        flipped |= self._sieve.note([*fresh, *blocks[known:]])
        if not flipped:
            return revised
        for position in range(known - 1, -1, -1):
            layout = self._layouts[position]
            if layout.block.turn in flipped:
                layout.revision, layout.grows = -1, False
                revised.append(position)
            elif layout.block.turn < min(flipped):
                break
        return sorted(set(revised))

    def _relay(self, position: int) -> int | None:
        """Bring a block that was laid out up to date; its first changed row, None where it had not changed."""
        layout = self._layouts[position]
        block = layout.block
        if layout.revision == block.revision:
            return None
        top = self._tops[position]
        if layout.grows:
            before, sifted = len(layout), layout.sifted
            first = layout.grow()
            self.sifted += layout.sifted - sifted
            self.rows_built += len(layout) - min(first, before)
            return top + first
        if isinstance(layout, FoldedPage) and layout.revision >= 0:
            layout.revision = block.revision
            return self._tops[self._grow_first(layout)]
        self._uncount(layout)
        self._layouts[position] = self._lay_out(position, block)
        return top

    def _uncount(self, layout: BlockLayout) -> None:
        """It is no longer laid out, and hides nothing."""
        self.sifted -= layout.sifted
        if layout.hides:
            self.hidden.subtract(layout.hides)

    def _grow_first(self, page: FoldedPage) -> int:
        """A page of a text that is one row has grown, and so has its first; that one's position."""
        page.first.grow()
        self.rows_built += 1
        return page.first.block.id - self._first_id

    def _lay_out(self, position: int, block: Block) -> BlockLayout:
        layout: BlockLayout
        if not self._is_plain:
            layout = self._lay_out_as_read(position, block)
        elif isinstance(block, TextBlock):
            layout = TextLayout(block, self.width, self.glyphs)
        else:
            layout = FixedLayout(block, block_rows(block, self.width, self.glyphs))
        self.rows_built += len(layout)
        return layout

    def _lay_out_as_read(self, position: int, block: Block) -> BlockLayout:
        before = self._layouts[position - 1] if position else None
        if self._sieve is not None:
            layout = self._sieve.lay_out(block, before, self._text_width, self.glyphs, self._speaker)
        else:
            layout = lay_out(block, before, self._text_width, self.glyphs, self._levels, self._speaker)
        self.hidden.update(layout.hides)
        self.sifted += layout.sifted
        if self._has_times and before is not None and (day := day_of(block.at)) != day_of(before.block.at):
            return DatedLayout(layout, day_row(day, self._text_width, self.glyphs))
        return layout

    def _forget_pruned(self) -> set[int]:
        """Drop what is pruned; the turns that the filter judges otherwise without it."""
        transcript = self.transcript
        gone = self._layouts[: transcript.first_id - self._first_id]
        if not self._is_plain:
            for layout in gone:
                self._uncount(layout)
        del self._layouts[: len(gone)]
        self._first_id = transcript.first_id
        self._pruned = pruned_row(transcript.pruned_turns, transcript.pruned_chars, self.width, self.glyphs)
        flipped = self._sieve.note((), [layout.block for layout in gone]) if self._sieve is not None else set()
        if not self._is_plain:
            self._begin_anew()
        self._tops = []
        self._set_tops(0)
        return flipped

    def _begin_anew(self) -> None:
        """What is first now has nothing before it: no day to differ from, no page that it goes on from."""
        for position, layout in enumerate(self._layouts):
            if isinstance(layout, DatedLayout) and not position:
                layout = self._layouts[0] = layout.inner
            if isinstance(layout, TextLayout) or not (isinstance(layout.block, TextBlock) and layout.block.continues):
                break
            self._uncount(layout)
            self._layouts[position] = self._lay_out(position, layout.block)

    def _set_tops(self, first: int) -> None:
        """Row numbers from the block at position `first` on."""
        if first == 0:
            top = 0 if self._pruned is None else 1
        else:
            top = self._tops[first - 1] + len(self._layouts[first - 1])
        del self._tops[first:]
        for layout in self._layouts[first:]:
            self._tops.append(top)
            top += len(layout)
        self._total = top

    def keep_what_is_laid_out(self) -> Transcript:
        """Go on with the blocks that are laid out, pruned or not, as a transcript of their own; follow no more."""
        held = copy(self.transcript)
        held.blocks = [copy(layout.block) for layout in self._layouts]
        held.first_id = self._first_id
        self.transcript = held
        return held

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

    # -- reading rows ----------------------------------------------------------------------------------------------

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
        elif at != block.at or index > layout.lead:
            since = block.at
        elif (position := block.id - self._first_id) > 0:
            since = self._layouts[position - 1].block.at
        return time_span(self.reading.display.times, at, since)

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

    def block_at(self, number: int) -> Block | None:
        """The block that a row belongs to."""
        found = self._find(number)
        return None if found is None else found[0].block

    def top_of(self, block_id: int) -> int | None:
        """The first row of a block; None where it is not laid out."""
        position = block_id - self._first_id
        return self._tops[position] if 0 <= position < len(self._tops) else None
