"""Finished rows as Textual draws them.

What follows a doubtful grapheme (see `doubtful`) stands in its column whatever the terminal thinks of the grapheme:
the place is blanked first, for a terminal may draw less, and the cursor is put behind it afterwards. Where that is, a
strip cannot say in columns of the screen; so the cursor is saved (DECSC) where the text begins, restored (DECRC) and
moved on from there. What is drawn wider than it is counted is overwritten from there on, by what follows; at the end of
a strip, where nothing follows, only its first character is drawn where the whole might reach into the neighbour.

Whether a row has one is asked once, when it is made: all others are rendered by Textual's own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from chatwatch_tui.ui.doubtful import is_doubtful, most_cells, spacing_marks
from chatwatch_tui.ui.wrap import graphemes

_SAVE, _RESTORE = "\x1b7", "\x1b8"


class RowStrip(Strip):
    """A row that holds no reference to itself.

    A `Strip` that is as wide as its place caches itself as its only division, so that of every row ever drawn some
    fifteen objects would wait for the garbage collector, whose pauses would grow with what has been on screen.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """As `Strip.divide`."""
        wanted = list(cuts)
        return (self,) if wanted == [self.cell_length] else super().divide(wanted)


class _PlacedStrip(RowStrip):
    """A row with doubtful graphemes, or a part of one. Rich, cutting one that is joined, loses what follows it."""

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """As `Strip.divide`."""
        return [self.crop(start, end) for start, end in pairwise((0, *cuts))]

    def crop(self, start: int, end: int | None = None) -> Strip:
        """As `Strip.crop`."""
        start, end = max(0, start), min(self.cell_length, self.cell_length if end is None else end)
        if start == 0 and end == self.cell_length:
            return self
        column = 0
        kept: list[Segment] = []
        for text, style, _ in self:
            parts: list[str] = []
            for first, last, counted in graphemes(text):
                grapheme = text[first:last]
                cells = counted - spacing_marks(grapheme)  # those are blanks behind it
                inside = min(end, column + cells) - max(start, column)
                parts.append(grapheme if inside == cells else " " * inside)
                column += cells
            kept.append(Segment("".join(parts), style))
        return with_places(RowStrip([segment for segment in kept if segment.text], max(0, end - start)))

    def render(self, console: Console) -> str:
        """As `Strip.render`."""
        if self._render_cache is None:
            room = self.cell_length
            segments: list[Segment] = []
            for segment in self:
                segments.append(Segment(placed(segment.text, room), segment.style))
                room -= segment.cell_length
            self._render_cache = Strip(segments).render(console)
        return self._render_cache


def row_strip(segments: list[Segment], width: int, *, doubtful: bool) -> Strip:
    """A row of that width; whether something in it is doubtful is known to who makes it."""
    return (_PlacedStrip if doubtful else RowStrip)(segments, width)


def with_places(strip: Strip) -> Strip:
    """A strip that others made, with what follows a doubtful grapheme in its column."""
    return _PlacedStrip(strip, strip.cell_length) if is_doubtful(strip.text) else strip


def placed(text: str, room: int) -> str:
    """What is written for the text, so that what comes next stands in its column. `room` is the number of cells from
    where it begins to the end of what may be written."""
    if text.isascii() or not is_doubtful(text):
        return text
    shown: list[str] = []
    column = blanked = skipped = 0
    for start, end, cells in graphemes(text):
        grapheme = text[start:end]
        if skipped and grapheme == " ":
            skipped -= 1  # the cell of a spacing mark, which has been moved over
            continue
        skipped = 0
        if is_doubtful(grapheme):
            shown.append(grapheme if most_cells(grapheme) <= room - column else grapheme[0])
            column = min(column + cells, room)  # a spacing mark's cell may have been cut off
            blanked, skipped = column, spacing_marks(grapheme)
            shown.append(f"{_RESTORE}\x1b[{column}C" if column else _RESTORE)
        else:
            shown.append(grapheme)
            column += cells
    return f"{_SAVE}{' ' * blanked}{_RESTORE}{''.join(shown)}" if blanked else "".join(shown)
