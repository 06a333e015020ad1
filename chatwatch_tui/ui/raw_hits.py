"""What a search has found, in the rows of raw chunks.

Text is searched as it reads, in whole; a chunk has a piece of it. Which piece is found out by counting the chunks of a
block, when one of its rows is drawn: so a hit that lies across several chunks is shown in each of them. Rows that show
something else (a payload as it came) show what matches in what is seen of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from chatwatch_tui.core.blocks import Block, NoteBlock, TextBlock, ToolBlock
from chatwatch_tui.core.search import Matcher, RunawayPattern
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.found import Found
from chatwatch_tui.ui.found_rows import ELLIPSES, RowPart, letters_of, solid_places
from chatwatch_tui.ui.found_text import Hit, parts_of, readable, solids
from chatwatch_tui.ui.painting import Mark, painted
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.themes import Ink

_Found = tuple[tuple[int, int], list[Hit], Hit | None]
"""A piece of a page, by solid characters, the hits on that page, and the one that the reader is at."""


class _Pieces(NamedTuple):
    """The chunks of one text: good while the text is the same."""

    text: str
    first: int
    """Ordinal of the oldest delivery that was kept."""
    ordinals: list[int]
    starts: list[int]
    """Solid characters of the text before each; one more for its end."""


class _Drawn(NamedTuple):
    """A row as it was drawn: good while all before it is the same."""

    layout: RawLayout
    ordinal: int
    here: tuple[int, Hit] | None
    hits: list[tuple[list[Hit], Hit | None]]
    """Of each page that it has a piece of."""
    row: Row | None


class RawHits:
    """Places hits among the raw chunks of one pane."""

    def __init__(self, query: str, *, regex: bool) -> None:
        self._matcher = Matcher(query, regex=regex)  # an own one: the other one is at work in a thread
        self._known: dict[int, _Pieces] = {}
        self._drawn: dict[int, _Drawn] = {}

    def row(self, layout: RawLayout, number: int, found: Found, here: tuple[int, Hit] | None) -> Row | None:
        """A row with what is found in it; None where nothing is. `here` is the hit, with its block, that the reader is
        at."""
        ordinal = layout.ordinal_of(number)
        pages = self._pages_of(layout, layout.block_at(number), ordinal)
        hits = [found.hits_of(page, here) for page, _ in pages]
        drawn = self._drawn.get(number)
        if drawn is None or drawn[:3] != (layout, ordinal, here) or not _same(drawn.hits, hits):
            if len(self._drawn) > 512:
                self._drawn.clear()
            pieces = [(piece, *its) for (_, piece), its in zip(pages, hits, strict=True)]
            row = self._found_in(layout, number, pieces, here)
            drawn = self._drawn[number] = _Drawn(layout, ordinal, here, hits, row)
        return drawn.row

    def _found_in(
        self, layout: RawLayout, number: int, pieces: list[_Found], here: tuple[int, Hit] | None
    ) -> Row | None:
        preview = layout.preview(number)
        if not preview:
            return None
        row = layout.row(number)
        letters = "".join(text for text, _ in row)
        begin = len(letters) - len(row[-1][0])
        if pieces:
            marks = _marks_of_pieces(letters, begin + 1, pieces)
        else:
            is_here = here is not None and self._ordinal_of(layout, *here) == layout.ordinal_of(number)
            marks = self._matches(letters, begin, preview, Ink.MATCH_HERE if is_here else Ink.MATCH)
        return painted(row, marks) if marks else None

    def _pages_of(self, layout: RawLayout, block: Block | None, ordinal: int) -> list[tuple[int, tuple[int, int]]]:
        """The pages of a text that a chunk went into, nearly always one, each with its piece there."""
        pieces: list[tuple[int, tuple[int, int]]] = []
        while isinstance(block, TextBlock):
            piece = self._piece(layout, block, ordinal)
            ordinals = self._pieces(layout, block).ordinals
            if piece is not None:
                pieces.insert(0, (block.id, piece))
            if not block.continues or not ordinals or ordinals[0] < ordinal:
                break
            block = layout.transcript.block(block.id - 1)  # it came there, or began there
        return pieces

    def _matches(self, letters: str, begin: int, preview: str, ink: Ink) -> list[Mark]:
        """Of a row that is no text: what matches in its words, and the ellipsis where that is behind it."""
        self._matcher.begin()
        try:
            spans = self._matcher.spans(preview)
        except RunawayPattern:
            return []
        end = len(letters) - (letters[begin:] != preview)
        marks = [(begin + first, min(begin + last, end), ink) for first, last in spans if begin + first < end]
        return marks if len(marks) == len(spans) else [*marks, (end, len(letters), ink)]

    def row_of(self, layout: RawLayout, block_id: int, hit: Hit) -> int | None:
        """The row of the chunk that a hit begins in; None where it has none."""
        ordinal = self._ordinal_of(layout, block_id, hit)
        return None if ordinal is None else layout.row_of_ordinal(ordinal)

    def _ordinal_of(self, layout: RawLayout, block_id: int, hit: Hit) -> int | None:
        """The delivery that a hit begins in; None where it is not kept."""
        block = layout.transcript.block(block_id)
        if isinstance(block, TextBlock) and block.flow != "message":
            pieces = self._pieces(layout, block)
            place = bisect_right(pieces.starts, hit.start) - 1
            return pieces.ordinals[place] if 0 <= place < len(pieces.ordinals) else None
        if isinstance(block, NoteBlock):
            return None  # a remark of ours came in none
        if isinstance(block, ToolBlock) and block.result is not None:
            name, arguments, _ = parts_of(block)
            if not block.called or hit.start >= sum(map(solids, readable((name, arguments)))):
                return block.result_delivery
        return None if block is None else block.delivery

    def solid_at(self, layout: RawLayout, block: Block, number: int) -> int:
        """Solid characters of a block before what a row has of it."""
        if isinstance(block, TextBlock):
            piece = self._piece(layout, block, layout.ordinal_of(number))
            return 0 if piece is None else piece[0]
        return 0

    def _piece(self, layout: RawLayout, block: TextBlock, ordinal: int) -> tuple[int, int] | None:
        pieces = self._pieces(layout, block)
        place = bisect_left(pieces.ordinals, ordinal)
        if place == len(pieces.ordinals) or pieces.ordinals[place] != ordinal:
            return None
        return pieces.starts[place], pieces.starts[place + 1]

    def _pieces(self, layout: RawLayout, block: TextBlock) -> _Pieces:
        known = self._known.get(block.id)
        if block.flow == "message":
            return _Pieces("", 0, [], [])
        if known is None or known.text is not block.text or known.first != layout.first:
            if len(self._known) > 64:
                self._known.clear()
            known = self._known[block.id] = _counted(layout, block)
        return known


def _same(before: list[tuple[list[Hit], Hit | None]], now: list[tuple[list[Hit], Hit | None]]) -> bool:
    """Whether these are the same lists, for what is found anew is a new one."""
    return len(before) == len(now) and all(a[0] is b[0] and a[1] == b[1] for a, b in zip(before, now, strict=True))


def _marks_of_pieces(letters: str, begin: int, pieces: list[_Found]) -> list[Mark]:
    """Of a row that shows pieces of a text from the letter `begin` on; each with the hits on its page."""
    shown = len(letters.rstrip(f'"{ELLIPSES}'))
    marks: list[Mark] = []
    for (start, end), hits, at in pieces:
        places = solid_places(letters[:shown], RowPart(start, end, begin, end))
        part = RowPart(start, start + len(places), begin, end)
        first = bisect_right(hits, start, key=lambda hit: hit.end)
        for hit in hits[first : bisect_left(hits, end, key=lambda hit: hit.start)]:
            span = letters_of(letters, part, places, hit)
            if span is None and letters[-1] in ELLIPSES:
                span = (len(letters) - 1, len(letters))  # it is behind the ellipsis
            if span is not None and (not marks or marks[-1][1] <= span[0]):
                marks.append((*span, Ink.MATCH_HERE if hit == at else Ink.MATCH))
        begin = places[-1] + 1 if places else begin
    return marks


def _counted(layout: RawLayout, block: TextBlock) -> _Pieces:
    """The chunks of a text that are kept, in order."""
    pieces = layout.pieces(block)
    starts: list[int] = []
    at = passed = 0
    for piece in pieces:
        begin = max(0, piece.begin)
        (between,) = readable((block.text[at:begin],))
        passed += solids(between)
        starts.append(passed)
        at = begin
    (rest,) = readable((block.text[at : pieces[-1].end] if pieces else "",))
    return _Pieces(block.text, layout.first, [piece.ordinal for piece in pieces], [*starts, passed + solids(rest)])
