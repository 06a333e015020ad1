"""A transcript laid out for one width: which rows there are, and what is in each; all of it, or a part.

The layout follows its transcript by `sync`, which looks only at what is new: blocks after the last one laid out, the
block that text still flows into, and the ones the transcript calls revised. Finished rows are kept as plain strings;
spans are made when a row is drawn, because far more rows are laid out than ever seen.
"""

from __future__ import annotations

from copy import copy

from chatwatch_tui.core.blocks import Block, TextBlock
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_layout import BlockLayout, DatedLayout, FixedLayout
from chatwatch_tui.ui.block_rows import block_rows, day_row, pruned_row
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.laid_out import LaidOut
from chatwatch_tui.ui.part import Part
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.sieve import Sieve
from chatwatch_tui.ui.slices import Slice, is_much
from chatwatch_tui.ui.text_layout import FoldedPage, TextLayout, lay_out
from chatwatch_tui.ui.times import day_of


def snapshot(transcript: Transcript) -> Transcript:
    """The transcript as it is now, for good: what a frozen pane goes on showing, at any width, while the real one
    grows, pairs its tools and is pruned. Texts are shared, so it costs little but what is pruned meanwhile."""
    held = copy(transcript)
    held.blocks = [copy(block) for block in transcript.blocks]
    held.taken_from = transcript
    return held


class StreamLayout(LaidOut):
    """The rows, and how they follow their transcript."""

    def __init__(
        self,
        transcript: Transcript,
        width: int,
        glyphs: Glyphs,
        reading: Reading | None = None,
        part: Part | None = None,
    ) -> None:
        """All of the transcript, or a part of it."""
        super().__init__(transcript, width, glyphs, reading or Reading())
        self._source: Transcript | Part = part or transcript
        self._owed: set[int] = set()
        """Ids of blocks that the filter judges otherwise by now, and that are still laid out as before."""
        self.lags = False
        """There is more to bring up to date than was for one slice; `advance` does."""

    @property
    def is_part(self) -> bool:
        """Whether rows before or behind these are missing."""
        return self._source is not self.transcript

    # -- following the transcript ----------------------------------------------------------------------------------

    def sync(self, pace: Slice | None = None) -> int | None:
        """Lay out what is new; the first row that changed, None where nothing did (0 where rows went at the top). With
        a pace, what a filter judges otherwise may be left to `advance`."""
        if self._sieve is not None:
            self._sieve.filter.begin()
        return self._sync(pace=pace)

    def is_up_to(self, transcript: Transcript) -> bool:
        """Whether all that this transcript has is laid out, or counted."""
        seen = (self._source.next_id, self._seen_revisions, self._first_id + len(self._layouts))
        return not self.lags and seen == (transcript.next_id, transcript.revisions, self._source.next_id)

    @property
    def is_behind(self) -> bool:
        """Whether so much is new that it should come in slices."""
        source, end = self._source, self._end
        if source.next_id - end <= 2:
            return False
        return is_much(sum(block.size for block in source.blocks[max(0, end - source.first_id) :]))

    def advance(self, pace: Slice) -> bool:
        """Lay out what there is, a slice of it; whether all of it is done, or the filter has given up."""
        self.lags = True
        del self._ahead[: self._end - self._ahead[0].id if self._ahead else 0]
        if self._sieve is not None and not self._look_ahead(self._sieve, pace):
            return False
        transcript = self._source
        while (block := transcript.block(max(transcript.first_id, self._end))) is not None:
            self._sync(most=1, pace=pace)
            del self._ahead[: self._end - self._ahead[0].id if self._ahead else 0]
            if self.filter_failed:
                return True
            if not pace.goes_on(block.size):
                return False
        self._sync(pace=pace)
        self.lags = bool(self._owed)
        return not self._owed

    def _look_ahead(self, sieve: Sieve, pace: Slice) -> bool:
        """Judge turns before any is laid out, so that few are laid out twice; whether all are judged."""
        if not sieve.judges_turns:
            return True
        transcript = self._source
        while (seen := self._end + len(self._ahead)) < transcript.next_id:
            block = transcript.block(seen)
            if block is None:
                self._sync(most=0)  # it was pruned meanwhile
                continue
            sieve.note((block,))
            self._ahead.append(block)
            if not pace.goes_on(block.size // 8) and not self.filter_failed:
                return False
        return True

    @property
    def _end(self) -> int:
        """The id of the next block to lay out."""
        return self._first_id + len(self._layouts)

    def _sync(self, most: int | None = None, pace: Slice | None = None) -> int | None:
        """The same with at most so many new blocks."""
        transcript = self._source
        changed: int | None = None
        flipped: set[int] = set()
        if transcript.first_id != self._first_id:
            flipped = self._forget_pruned()
            changed = 0
        first_dirty: int | None = None
        known = len(self._layouts)
        blocks = transcript.blocks
        end = len(blocks) if most is None else min(len(blocks), known + most)
        revised = self._revised_positions()
        if self._sieve is not None:
            revised = self._sift(revised, flipped, end, pace)
        for position in revised:
            if 0 <= position < known:
                row = self._relay(position)
                if row is not None:
                    changed = row if changed is None else min(changed, row)
                    first_dirty = position if first_dirty is None else min(first_dirty, position)
        if first_dirty is not None:
            self._set_tops(first_dirty)
        if known < end:
            changed = self._total if changed is None else min(changed, self._total)
            for position in range(known, end):
                layout = self._lay_out(position, blocks[position])
                self._layouts.append(layout)
                if isinstance(layout, FoldedPage):
                    first = self._grow_first(layout)
                    if first < known:  # else it is new itself, and has no place yet
                        changed, known = min(changed, self._tops[first]), first
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

    def _sift(self, revised: list[int], flipped: set[int], end: int, pace: Slice | None) -> list[int]:
        """Ask the filter about what is new; the positions that are to be brought up to date for its answer, too: all,
        or as many as the pace allows, the newest first."""
        assert self._sieve is not None
        known = len(self._layouts)
        blocks = self._source.blocks
        fresh = [blocks[position] for position in revised if 0 <= position < known]
        flipped |= self._sieve.note([*fresh, *blocks[known:end]])
        for layout in reversed(self._layouts) if flipped else ():
            if layout.block.turn in flipped:
                self._owed.add(layout.block.id)
            elif layout.block.turn < min(flipped):
                break
        if not self._owed:
            return revised
        for block_id in sorted(self._owed, reverse=True):
            self._owed.discard(block_id)
            position = block_id - self._first_id
            if 0 <= position < known:
                layout = self._layouts[position]
                layout.revision, layout.grows = -1, False
                revised.append(position)
                if pace is not None and not pace.goes_on(layout.block.size):
                    break
        self.lags = self.lags or bool(self._owed)
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
        transcript = self._source
        gone = self._layouts[: transcript.first_id - self._first_id]
        if not self._is_plain:
            for layout in gone:
                self._uncount(layout)
        del self._layouts[: len(gone)]
        self._first_id = transcript.first_id
        whole = self.transcript
        is_top = whole.first_id == self._first_id and whole.first_id > 0
        self._pruned = pruned_row(whole.pruned_turns, whole.pruned_chars, self.width, self.glyphs) if is_top else None
        flipped: set[int] = set()
        if self._sieve is not None:
            ahead = [block for block in self._ahead if block.id < self._first_id]
            del self._ahead[: len(ahead)]
            flipped = self._sieve.note((), [*(layout.block for layout in gone), *ahead])
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
        rest = held.blocks[max(0, self._end - held.first_id) :] if self.is_part or self.lags else []
        held.blocks = [copy(block) for block in (*(layout.block for layout in self._layouts), *rest)]
        held.first_id = self._first_id
        self.transcript = self._source = held
        self.lags = self.lags or bool(rest)
        return held
