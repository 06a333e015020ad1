"""A widget that is a list of rows: bars, strips and lists. Only rows that look different are drawn again."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.themes import Ink


class RowsWidget(Widget):
    """Base: say what the rows are (`make_rows`), call `refresh_rows` when something may have changed."""

    ALLOW_SELECT = False

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._look = look
        self._rows: list[Row] = []
        self._strips: list[Strip] = []
        self._drawn_for: tuple[int, int, int] | None = None

    def make_rows(self, width: int, height: int) -> list[Row]:
        """The rows for that size; missing ones are blank, those too many are not shown."""
        raise NotImplementedError

    @property
    def is_drawn(self) -> bool:
        """Whether there are rows for the size that it has."""
        return self._drawn_for is not None and self._drawn_for[:2] == self.size

    def refresh_rows(self) -> None:
        """Draw the rows again that look different now."""
        width, height = self.size
        if not self.display or not width or not height:
            self._drawn_for = None  # what is drawn once it is on screen again may be of another time
            return
        for y in self._update():
            self.refresh(Region(0, y, width, 1))

    def _update(self) -> list[int]:
        """Make the rows; which of them changed."""
        width, height = self.size
        drawn_for = (width, height, self._look.revision)
        rows = self.make_rows(width, height)[:height]
        rows += [()] * (height - len(rows))
        if drawn_for != self._drawn_for:
            changed = list(range(height))
            self._strips = [Strip([])] * height
        else:
            changed = [y for y, (new, old) in enumerate(zip(rows, self._rows, strict=True)) if new != old]
        for y in changed:
            self._strips[y] = self._look.strip(rows[y], width)
        self._rows, self._drawn_for = rows, drawn_for
        return changed

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished rows; see `widgets/pane.py` for why."""
        if self._drawn_for != (*self.size, self._look.revision):
            self._update()
        # Asked to draw before it was told its size, it is blank for a moment.
        blank = Strip.blank(crop.width, self._look.inks[Ink.TEXT])
        strips = self._strips
        return [strips[y].crop(crop.x, crop.right) if y < len(strips) else blank for y in crop.line_range]
