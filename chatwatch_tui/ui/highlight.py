"""Rows of one pane with what was found in them: highlighted when they are drawn, never laid out again.

A hit in text that is folded away behind the end of a row colours the ellipsis there. Is it the one that the reader is
at, the row shows another piece of that text, with the hit in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import ClassVar, NamedTuple

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import Row, Span
from chatwatch_tui.ui.found import Found
from chatwatch_tui.ui.found_rows import ELLIPSES, RowPart, align, align_text, letters_of, part_of, solid_places
from chatwatch_tui.ui.found_text import Hit, parts_of, solids, window
from chatwatch_tui.ui.painting import Mark, painted
from chatwatch_tui.ui.raw_hits import RawHits
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.raw_text import RawText
from chatwatch_tui.ui.searching import Search
from chatwatch_tui.ui.sifted_text import SiftedText
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.text_layout import FoldedText, TextLayout
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width


class _Aligned(NamedTuple):
    """What was aligned: good while all of it but the parts is the same."""

    layout: StreamLayout
    revision: int
    rows: int
    parts: list[tuple[RowPart, ...]]


class Highlight:
    """What a search has found in one pane."""

    INK: ClassVar[Ink] = Ink.MATCH

    def __init__(self, search: Search, pane: int) -> None:
        self.search = search
        self.pane = pane
        self._aligned: dict[int, _Aligned] = {}
        self._raw = RawHits()

    def row(self, layout: StreamLayout | RawLayout, number: int) -> Row | None:
        """A row with its hits; None where it has none, and is drawn as it is."""
        found = self.search.found.get(self.pane)
        if found is None or not found.by_block or not self._is_of(found, layout):
            return None
        here = self.search.here
        at_block = (here.block_id, here.hit) if here is not None and here.pane == self.pane else None
        if isinstance(layout, RawLayout):
            return self._raw.row(layout, number, found, at_block)
        block = _searched(found, layout.block_at(number))
        if block is None:
            return None
        hits, at = found.hits_of(block.id, at_block)
        if isinstance(folded := layout.layout_at(number), FoldedText) and folded.pages:
            return self._folded(layout, number, found, folded, hits, at)
        top = layout.top_of(block.id)
        parts = self._parts(layout, block) if hits else []
        if top is None or number - top >= len(parts):
            return None
        row = layout.row(number)
        marks: list[Mark] = []
        for part in parts[number - top]:
            first = bisect_right(hits, part.start, key=lambda hit: hit.end)
            shown = hits[first : bisect_left(hits, part.hides_until, key=lambda hit: hit.start)]
            if not shown or part.start == part.hides_until:
                continue
            if at is not None and at in shown and at.end > part.end < part.hides_until:
                return _moved(row, part, block, at, layout.width)
            marks += _marks(row, part, shown, at, self.INK)
        return painted(row, marks) if marks else None

    def _folded(
        self, layout: StreamLayout, number: int, found: Found, folded: FoldedText, hits: list[Hit], at: Hit | None
    ) -> Row | None:
        """The one row of a text of several pages."""
        pages = {page.id: page for page in folded.pages}
        here = self.search.here
        row = layout.row(number)
        ((part, *_),) = align([row], parts_of(folded.block))
        if here is not None and here.pane == self.pane and here.block_id in pages:
            return _moved(row, part, pages[here.block_id], here.hit, layout.width)
        if at is not None and at.end > part.end:
            return _moved(row, part, folded.block, at, layout.width)
        marks = _marks(row, part, hits, at, self.INK) if hits else []
        if not marks and any(page in found.by_block for page in pages):
            marks = _ellipsis_mark(row, part, [], self.INK)
        return painted(row, marks) if marks else None

    def row_of(self, layout: StreamLayout | RawLayout, block_id: int, hit: Hit) -> int | None:
        """The layout's row of a hit, or the one behind the end of which it is folded; None where it is hidden."""
        found = self.search.found.get(self.pane)
        if found is None or not self._is_of(found, layout):
            return None
        if isinstance(layout, RawLayout):
            text = found.transcript
            return self._raw.row_of(layout, text, block_id, hit) if isinstance(text, RawText) else None
        if (row := layout.row_standing_for(block_id)) is not None:
            return row
        top = layout.top_of(block_id)
        block = None if top is None or top >= len(layout) else _searched(found, layout.block_at(top))
        if top is None or block is None or block.id != block_id:
            return None
        if (shown := part_of(self._parts(layout, block), hit)) is None:
            return None
        index, part = shown
        if hit.start < part.start or hit.start >= part.hides_until:
            return None  # left out by a filter
        if hit.start >= part.end:
            letters = "".join(text for text, _ in layout.row(top + index))
            if not any(sign in letters[part.at :] for sign in ELLIPSES):
                return None  # left out by a level
        return top + index

    def place_of(self, layout: StreamLayout | RawLayout, number: int) -> tuple[int, int]:
        """A row as a place that hits can be compared with: a block, and solid characters of it before the row."""
        found = self.search.found.get(self.pane)
        if isinstance(layout, RawLayout):
            text = None if found is None else found.transcript
            piece = text.piece_of(layout.ordinal_of(number)) if isinstance(text, RawText) else None
            return (-1, 0) if piece is None else piece[:2]
        block = _searched(found, layout.block_at(number))
        if block is None:
            return layout.anchor(number)[0], 0
        parts = self._parts(layout, block)
        index = number - (layout.top_of(block.id) or 0)
        return block.id, parts[index][0].start if index < len(parts) else 0

    @staticmethod
    def _is_of(found: Found, layout: StreamLayout | RawLayout) -> bool:
        """Whether what is found is about these rows: a pane may show others since."""
        text = found.transcript.about if isinstance(found.transcript, RawText) else found.transcript
        if isinstance(found.transcript, RawText) is not isinstance(layout, RawLayout):
            return False
        # The rows of a frozen pane were laid out before: from what is still being written.
        return isinstance(text, Transcript) and layout.transcript in (text, text.taken_from)

    def _parts(self, layout: StreamLayout, block: Block) -> list[tuple[RowPart, ...]]:
        top = layout.top_of(block.id) or 0
        after = layout.top_of(block.id + 1)
        rows = (len(layout) if after is None else after) - top
        known = self._aligned.get(block.id)
        if known is None or known[:3] != (layout, block.revision, rows):
            if len(self._aligned) > 256:
                self._aligned.clear()
            parts = _align(layout, block, top, rows)
            known = self._aligned[block.id] = _Aligned(layout, block.revision, rows, parts)
        return known.parts


def _searched(found: Found | None, block: Block | None) -> Block | None:
    """A block as it was searched: of a frozen pane as it was then."""
    if found is None or block is None or isinstance(found.transcript, RawText):
        return block
    return found.transcript.block(block.id) or block


def _align(layout: StreamLayout, block: Block, top: int, count: int) -> list[tuple[RowPart, ...]]:
    """Where the rows of a block have its text; the mark of a day has none of it."""
    lead = layout.lead_of(block.id) if count else 0
    rows = [layout.row(top + index) for index in range(lead, count)]
    laid_out = layout.layout_at(top) if count else None
    if isinstance(laid_out, TextLayout):
        aligned = align_text(rows, [None] * len(rows))
    elif isinstance(laid_out, SiftedText):
        aligned = align_text(rows, laid_out.line_solids(solids))
    else:
        aligned = align(rows, parts_of(block))
    return [(RowPart(0, 0, 0, 0),)] * lead + aligned


def _marks(row: Row, part: RowPart, hits: list[Hit], at: Hit | None, ink: Ink) -> list[Mark]:
    letters = "".join(text for text, _ in row)
    places = solid_places(letters, part)
    marks: list[Mark] = []
    for hit in hits:
        if hit.start >= part.end:
            break
        span = letters_of(letters, part, places, hit)
        if span is not None:
            marks.append((*span, Ink.MATCH_HERE if hit == at else ink))
    if hits[-1].end > part.end < part.hides_until:
        marks += _ellipsis_mark(row, part, marks, ink)
    return marks


def _ellipsis_mark(row: Row, part: RowPart, marks: list[Mark], ink: Ink) -> list[Mark]:
    """The ellipsis behind which more is found, where it is not marked already."""
    letters = "".join(text for text, _ in row)
    position = max(letters.rfind(sign, part.at) for sign in ELLIPSES)
    return [(position, position + 1, ink)] if position >= 0 and (not marks or position >= marks[-1][1]) else []


def _moved(row: Row, part: RowPart, block: Block, hit: Hit, width: int) -> Row:
    """The row with another piece of what is folded in it."""
    letters = "".join(text for text, _ in row)
    begins, *_ = window(parts_of(block), hit, 1)
    keep = part.at
    if part.start < begins < part.end:
        keep = solid_places(letters, part)[begins - part.start]
    kept: list[Span] = []
    left = keep
    for text, ink in row:
        if left > 0:
            kept.append((SafeText(text[:left]), ink))
        left -= len(text)
    room = max(8, width - sum(cell_width(text) for text, _ in kept))
    _, piece, start, end = window(parts_of(block), hit, room)
    ink = row[-1][1]
    return painted((*kept, (piece, ink)), [(keep + start, keep + end, Ink.MATCH_HERE)])
