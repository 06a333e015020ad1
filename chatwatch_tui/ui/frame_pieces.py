"""What a frame changes on a terminal, for a slow link: no cell is sent that stands there already.

Textual draws regions: a pane that has scrolled by a row, or been given another frame, is sent as a whole, each span
with all of its colours. Here the frame is compared with what the terminal shows, cell by cell, and what is sent of it
names only the attributes that change; many blanks are sent as one erasure. That makes a frame cheap that was held back
for a while, too: it is the last state that is compared.

A frame that is still too large to be sent at once is cut into widgets, those on top and the one in focus first: row by
row across all of them, the upper half of every pane would be new and the lower one old for a second.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.style import Style
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.geometry import Region

from chatwatch_tui.ui.doubtful import is_doubtful, spacing_marks
from chatwatch_tui.ui.row_strip import placed
from chatwatch_tui.ui.wrap import graphemes

_CLEAR = "\x1b[2J"
_RESET = "\x1b[0m"
_GAP = 6
"""Cells that are rather sent again than jumped over."""
_BLANKS = 12
"""Blanks from which on an erasure is shorter, with the jump behind it."""
_BLANK_RUNS = re.compile(f"( {{{_BLANKS},}})")
_Cell = tuple[str, Style | None]
"""What begins in a cell, and how it looks; no letters in a cell that something wider goes on over."""
_Rows = list[list[_Cell]]


class ShownCells:
    """What stands on the terminal."""

    def __init__(self) -> None:
        self._rows: _Rows = []
        self._regions: Sequence[Region] = ()
        self._is_modal = False
        """A dialog lies over the rest."""
        self._moved = False

    def forget(self) -> None:
        """Nobody knows what it shows."""
        self._rows = []

    def show(
        self,
        update: LayoutUpdate,
        regions: Sequence[Region],
        limit: int,
        write: Callable[[str], None],
        *,
        lies_over: bool = False,
    ) -> CompositorUpdate:
        """The update that sends what differs. What is longer than `limit` bytes is written piece by piece, but for the
        last one. `regions` are the widgets', in the order in which they are sent; where they stand elsewhere than
        before, nothing of the old layout stays on screen beside the first pieces of the new one, unless it is a dialog
        that `lies_over` the rest."""
        is_modal, self._is_modal = lies_over or self._is_modal, lies_over
        self._moved = list(regions) != list(self._regions) and not is_modal
        self._regions = regions
        return _Difference(self, update, regions, limit, write)

    def pieces(self, update: LayoutUpdate, regions: Sequence[Region], limit: int, system: ColorSystem) -> list[str]:
        """What to send, a piece for each region."""
        rows = [[cell for strip in line for cell in _cells(strip)] for line in update.strips]
        before, self._rows = self._rows, rows
        if [len(row) for row in before] != [len(row) for row in rows]:
            return [_CLEAR, *_pieces(rows, [], regions, system)]
        pieces = _pieces(rows, before, regions, system)
        if self._moved and sum(len(piece.encode(errors="replace")) for piece in pieces) > limit:
            return [_CLEAR, *_pieces(rows, [], regions, system)]
        return pieces


class _Difference(CompositorUpdate):
    """See `ShownCells.show`."""

    def __init__(
        self,
        shown: ShownCells,
        update: LayoutUpdate,
        regions: Sequence[Region],
        limit: int,
        write: Callable[[str], None],
    ) -> None:
        self._shown = shown
        self._update = update
        self._regions = regions
        self._limit = limit
        self._write = write

    def render_segments(self, console: Console) -> str:
        """As Textual's own: what is to be written yet."""
        system = console._color_system or ColorSystem.TRUECOLOR
        pieces = self._shown.pieces(self._update, self._regions, self._limit, system)
        if sum(len(piece.encode(errors="replace")) for piece in pieces) <= self._limit:
            return "".join(pieces)
        for piece in pieces[:-1]:
            self._write(piece)
        return pieces[-1]


def _cells(strip: Iterable[tuple[str, Style | None, object]]) -> Iterator[_Cell]:
    """A strip's cells; a grapheme is in its first one."""
    for text, style, _ in strip:
        if text.isascii():
            for char in text:
                yield char, style
            continue
        for start, end, width in graphemes(text):
            grapheme = text[start:end]
            yield grapheme, style
            for _ in range(width - spacing_marks(grapheme) - 1):  # their cells are blanks behind it
                yield "", style


def _is_sure(row: list[_Cell]) -> bool:
    """Whether every terminal agrees where its cells are."""
    return not is_doubtful("".join([text for text, _ in row]))


def _pieces(rows: _Rows, before: _Rows, regions: Sequence[Region], system: ColorSystem) -> list[str]:
    pieces: dict[int, _Piece] = {}
    for y, row in enumerate(rows):
        old = before[y] if before else None
        if row == old:
            continue
        if old is not None and not (_is_sure(row) and _is_sure(old)):
            old = None  # with what joins, all of the row is sent
        edges = {x for region in regions if region.y <= y < region.bottom for x in (region.x, region.right)}
        for first, end in _runs(row, old, edges):
            at = next((each for each, region in enumerate(regions) if region.contains(first, y)), len(regions))
            pieces.setdefault(at, _Piece(system)).add(first, y, row[first:end])
    return [pieces[at].text() for at in sorted(pieces)]


def _runs(row: list[_Cell], old: list[_Cell] | None, edges: set[int]) -> Iterator[tuple[int, int]]:
    """Where a row differs, from cell to cell, cut where a widget begins or ends."""
    first = end = -1
    for x, cell in enumerate(row):
        if old is not None and cell == old[x]:
            continue
        if first >= 0 and (x - end > _GAP or any(first < edge <= x for edge in edges)):
            yield first, end
            first = -1
        begin = x
        while first < 0 and begin and not row[begin][0]:
            begin -= 1  # whatever goes on over this cell is sent from where it begins
        first, end = (begin if first < 0 else first), x + 1
        while end < len(row) and not row[end][0]:
            end += 1
    if first >= 0:
        yield first, end


class _Look(NamedTuple):
    """The sequences of a style."""

    attributes: str = ""
    colour: str = "39"
    ground: str = "49"


@lru_cache(maxsize=1024)
def _look(style: Style | None, system: ColorSystem) -> _Look:
    if style is None:
        return _Look()
    colour, ground = style.color, style.bgcolor
    return _Look(
        style.without_color._make_ansi_codes(system) if style.without_color else "",
        ";".join(colour.downgrade(system).get_ansi_codes()) if colour is not None else "39",
        ";".join(ground.downgrade(system).get_ansi_codes(foreground=False)) if ground is not None else "49",
    )


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether what is erased gets the ground that is set: GNU screen leaves it as it is by itself."""
    return not environ.get("TERM", "").startswith("screen") or bool(environ.get("TMUX"))


class _Piece:
    """What is sent of one widget; every attribute is as the terminal has it by itself before and after."""

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._erases = erases_in_colour(os.environ)
        self._parts: list[str] = []
        self._look = _Look()

    def add(self, x: int, y: int, cells: Sequence[_Cell]) -> None:
        """These cells, from there on."""
        self._parts.append(Control.move_to(x, y).segment.text)
        room = len(cells)
        for style, same in groupby(cells, key=lambda cell: cell[1]):
            run = list(same)
            look = _look(style, self._system)
            self._turn_to(look)
            plain = "".join([text for text, _ in run])
            text = placed(plain, room)
            room -= len(run)
            if text is not plain:
                self._parts.append(text)
                continue
            for part in (text,) if look.attributes or not self._erases else _BLANK_RUNS.split(text):
                if len(part) >= _BLANKS and part.isspace():
                    self._parts.append(f"\x1b[{len(part)}X\x1b[{len(part)}C")
                else:
                    self._parts.append(part)

    def _turn_to(self, look: _Look) -> None:
        before, self._look = self._look, look
        codes: list[str] = []
        if look.attributes != before.attributes:
            codes, before = ["0"] if before.attributes else [], _Look("") if before.attributes else before
            codes += [look.attributes] if look.attributes else []
        codes += [code for code, had in ((look.colour, before.colour), (look.ground, before.ground)) if code != had]
        if codes:
            self._parts.append(f"\x1b[{';'.join(codes)}m")

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts) + (_RESET if self._look != _Look() else "")
