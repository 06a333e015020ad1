"""Rows of one pane with what was found in them: highlighted when they are drawn, never laid out again.

A hit in text that is folded away behind the end of a row colours the ellipsis there. Is it the one that the reader is
at, the row shows another piece of that text, with the hit in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span
from chatwatch_tui.ui.found_text import Hit, RowPart, align, letters_of, parts_of, row_index, solid_places, window
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.searching import Search
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width

Mark = tuple[int, int, Ink]
"""Letters of a row, from and to, and how they are drawn."""
_ELLIPSES = "…~"


class _Aligned(NamedTuple):
    """What was aligned: good while all of it but the parts is the same."""

    layout: StreamLayout
    revision: int
    rows: int
    parts: list[RowPart]


class Highlight:
    """What a search has found in one pane."""

    def __init__(self, search: Search, pane: int) -> None:
        self.search = search
        self.pane = pane
        self._aligned: dict[int, _Aligned] = {}

    def row(self, layout: StreamLayout | RawLayout, number: int) -> Row | None:
        """A row with its hits; None where it has none, and is drawn as it is."""
        found = self.search.found.get(self.pane)
        if (
            found is None
            or not found.by_block
            or isinstance(layout, RawLayout)
            or layout.transcript is not found.transcript
        ):
            return None
        block = layout.block_at(number)
        hits = None if block is None else found.by_block.get(block.id)
        if block is None or hits is None:
            return None
        top = layout.top_of(block.id)
        parts = self._parts(layout, block)
        if top is None or number - top >= len(parts):
            return None
        part = parts[number - top]
        first = bisect_right(hits, part.start, key=lambda hit: hit.end)
        shown = hits[first : bisect_left(hits, part.hides_until, key=lambda hit: hit.start)]
        if not shown or part.start == part.hides_until:
            return None
        here = self.search.here
        at = here.hit if here is not None and (here.pane, here.block_id) == (self.pane, block.id) else None
        row = layout.row(number)
        if at is not None and at in shown and at.end > part.end < part.hides_until:
            return _moved(row, part, block, at, layout.width)
        return painted(row, _marks(row, part, shown, at))

    def row_of(self, layout: StreamLayout | RawLayout, block_id: int, hit: Hit) -> int | None:
        """The layout's row of a hit; None where its block has none now."""
        top = layout.top_of(block_id)
        if isinstance(layout, RawLayout):
            return top  # chunks are not looked into: the one that began the block
        block = None if top is None or top >= len(layout) else layout.block_at(top)
        if top is None or block is None or block.id != block_id:
            return None
        return top + row_index(self._parts(layout, block), hit)

    def solid_at(self, layout: StreamLayout | RawLayout, block: Block, index: int) -> int:
        """Solid characters of a block before one of its rows."""
        parts = [] if isinstance(layout, RawLayout) else self._parts(layout, block)
        return parts[index].start if index < len(parts) else 0

    def _parts(self, layout: StreamLayout, block: Block) -> list[RowPart]:
        top = layout.top_of(block.id) or 0
        after = layout.top_of(block.id + 1)
        rows = (len(layout) if after is None else after) - top
        known = self._aligned.get(block.id)
        if known is None or known[:3] != (layout, block.revision, rows):
            if len(self._aligned) > 256:
                self._aligned.clear()
            parts = align([layout.row(top + index) for index in range(rows)], parts_of(block))
            known = self._aligned[block.id] = _Aligned(layout, block.revision, rows, parts)
        return known.parts


def _marks(row: Row, part: RowPart, hits: list[Hit], at: Hit | None) -> list[Mark]:
    letters = "".join(text for text, _ in row)
    places = solid_places(letters, part)
    marks: list[Mark] = []
    for hit in hits:
        if hit.start >= part.end:
            break
        span = letters_of(letters, part, places, hit)
        if span is not None:
            marks.append((*span, Ink.MATCH_HERE if hit == at else Ink.MATCH))
    if hits[-1].end > part.end < part.hides_until:
        position = max(letters.rfind(sign, part.at) for sign in _ELLIPSES)
        if position >= 0 and (not marks or position >= marks[-1][1]):
            marks.append((position, position + 1, Ink.MATCH))
    return marks


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


def painted(row: Row, marks: list[Mark]) -> Row:
    """The row with these letters in other inks. `marks` are in order and do not overlap."""
    spans: list[Span] = []
    begin = 0
    for text, ink in row:
        end, at = begin + len(text), begin
        for first, last, its in marks:
            first, last = max(first, begin), min(last, end)
            if first < last:
                spans += [(SafeText(text[at - begin : first - begin]), ink)] if first > at else []
                spans.append((SafeText(text[first - begin : last - begin]), its))
                at = last
        if at < end:
            spans.append((SafeText(text[at - begin :]), ink))
        begin = end
    return tuple(spans)
