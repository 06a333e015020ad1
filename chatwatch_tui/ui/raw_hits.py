"""What a search has found, in the rows of raw chunks.

Searched is the text of what is kept (`RawText`), of which each row shows the beginning of its own piece: a hit that
lies across several chunks is shown in each of them, and the ellipsis is lit where one is behind it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.found import Found
from chatwatch_tui.ui.found_rows import ELLIPSES, RowPart, letters_of, solid_places
from chatwatch_tui.ui.found_text import Hit
from chatwatch_tui.ui.painting import Mark, painted
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.raw_text import RawText
from chatwatch_tui.ui.themes import Ink


class _Drawn(NamedTuple):
    """A row as it was drawn: good while all before it is the same."""

    layout: RawLayout
    ordinal: int
    start: int
    at: Hit | None
    hits: list[Hit]
    row: Row | None


class RawHits:
    """Places hits among the raw chunks of one pane."""

    def __init__(self) -> None:
        self._drawn: dict[int, _Drawn] = {}

    def row(self, layout: RawLayout, number: int, found: Found, here: tuple[int, Hit] | None) -> Row | None:
        """A row with what is found in it; None where nothing is. `here` is the hit, with its page, that the reader is
        at."""
        text = found.transcript
        ordinal = layout.ordinal_of(number)
        piece = text.piece_of(ordinal) if isinstance(text, RawText) and not layout.is_mark(number) else None
        if piece is None:
            return None
        page, start, end = piece
        hits, at = found.hits_of(page, here)
        drawn = self._drawn.get(number)
        if drawn is None or drawn[:4] != (layout, ordinal, start, at) or drawn.hits is not hits:
            if len(self._drawn) > 512:
                self._drawn.clear()
            row = _lit(layout, number, start, end, hits, at) if hits else None
            drawn = self._drawn[number] = _Drawn(layout, ordinal, start, at, hits, row)
        return drawn.row

    def row_of(self, layout: RawLayout, text: RawText, block_id: int, hit: Hit) -> int | None:
        """The row of the delivery that a hit begins in; None where it has none."""
        ordinal = text.ordinal_of(block_id, hit.start)
        return None if ordinal is None else layout.row_of_ordinal(ordinal)


def _lit(layout: RawLayout, number: int, start: int, end: int, hits: list[Hit], at: Hit | None) -> Row | None:
    """A row that shows the beginning of a piece of a page, from one solid character to another."""
    first = bisect_right(hits, start, key=lambda hit: hit.end)
    its = hits[first : bisect_left(hits, end, key=lambda hit: hit.start)]
    row, look = layout.row(number), layout.look(number)
    if not its or not layout.shows_preview(row):
        return None
    letters = "".join(text for text, _ in row)
    begin = len(letters) - len(row[-1][0]) + look.is_quoted
    places = solid_places(letters, RowPart(start, end, begin, end))
    is_cut = row[-1][0] != look.preview or len(places) < end - start
    cut = max(letters.rfind(sign, begin) for sign in ELLIPSES) if is_cut else -1
    if cut >= 0:
        places = [place for place in places if place < cut]
    part = RowPart(start, start + len(places), begin, end)
    marks: list[Mark] = []
    for hit in its:
        span = letters_of(letters, part, places, hit)
        if span is None and cut >= 0:
            span = (cut, cut + 1)  # it is behind the ellipsis
        if span is not None and (not marks or marks[-1][1] <= span[0]):
            marks.append((*span, Ink.MATCH_HERE if hit == at else Ink.MATCH))
        elif span is not None and hit == at:
            marks[-1] = (*marks[-1][:2], Ink.MATCH_HERE)
    return painted(row, marks) if marks else None
