"""A frame that is too large to be sent at once, in pieces none of which leaves a widget half drawn.

Textual writes a frame row by row across all widgets. Over a slow link the upper half of every pane would be new and the
lower one old for a second. Cut into widgets, each is either as it was or as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

_CLEAR = "\x1b[2J"
_Placed = tuple[int, int, Strip]
"""Column, row, and what stands there."""


class PiecewiseUpdate(CompositorUpdate):
    """Renders another update; what is longer than `limit` bytes is written piece by piece, but for the last one."""

    def __init__(
        self,
        update: CompositorUpdate,
        regions: Sequence[Region],
        limit: int,
        write: Callable[[str], None],
        *,
        is_new_layout: bool = False,
    ) -> None:
        """`regions` are the widgets', those on top first; where they stand elsewhere than before, nothing of the old
        layout stays on screen beside the first pieces of the new one."""
        self._update = update
        self._regions = regions
        self._limit = limit
        self._write = write
        self._is_new_layout = is_new_layout

    def render_segments(self, console: Console) -> str:
        """As Textual's own: what is to be written yet."""
        whole = self._update.render_segments(console)
        if len(whole.encode(errors="replace")) <= self._limit:
            return whole
        pieces = list(frame_pieces(self._update, self._regions, console))
        if self._is_new_layout and isinstance(self._update, LayoutUpdate):
            pieces.insert(0, _CLEAR)
        for piece in pieces[:-1]:
            self._write(piece)
        return pieces[-1] if pieces else whole


def frame_pieces(update: CompositorUpdate, regions: Sequence[Region], console: Console) -> Iterator[str]:
    """What to write, a piece for each region; nothing where the kind of update is not known."""
    pieces: dict[int, list[str]] = {}
    for x, y, strip in _placed(update):
        at = next((number for number, region in enumerate(regions) if region.contains(x, y)), -1)
        pieces.setdefault(at, []).append(Control.move_to(x, y).segment.text + strip.render(console))
    for piece in pieces.values():
        yield "".join(piece)


def _placed(update: CompositorUpdate) -> Iterable[_Placed]:
    if isinstance(update, LayoutUpdate):
        return _of_layout(update)
    return _of_chops(update) if isinstance(update, ChopsUpdate) else ()


def _of_layout(update: LayoutUpdate) -> Iterator[_Placed]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield x, y, strip
            x += strip.cell_length


def _of_chops(update: ChopsUpdate) -> Iterator[_Placed]:
    """The same parts as `ChopsUpdate.render_segments` writes."""
    for y, first, end_of_span in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > end_of_span or end <= first:
                continue
            inside = first <= x < end_of_span and end <= end_of_span
            yield x, y, strip if inside else strip.crop(0, min(end, end_of_span) - x)
