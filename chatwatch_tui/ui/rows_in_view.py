"""A window on the rows of one conversation: which are in view, and which one is pointed at. No Textual in here.

Where the reader is survives another width, other glyphs and another way of reading. What comes, and what is frozen, is
`PaneView`'s affair.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.raw import KeptRaw
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.laying_out import LayingOut, Layout
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.slices import Slice


class News(msgspec.Struct, frozen=True):
    """What came since the reader left the live end."""

    deliveries: int
    errors: int


class Stand(NamedTuple):
    """A row that is to be found again in other layouts, and in one like its own to the very row: a place is one of the
    text, and blank rows and those above a day have none of their own."""

    place: Place
    anchor: tuple[int, int]
    width: int
    reading: Reading

    def row_in(self, layout: Layout) -> int:
        """Where it is now, as near as can be."""
        is_alike = self.width == layout.width and self.reading == layout.reading
        if is_alike and (layout.has_anchor(self.anchor) or self.anchor == layout.anchor(0)):
            return layout.row_of_anchor(self.anchor)
        return layout.row_of(self.place)


class RowsInView:
    """Rows, the part of them that is in view, and the row that keys are about."""

    def __init__(self, conversation: Conversation, glyphs: Glyphs, reading: Reading | None = None) -> None:
        self.conversation = conversation
        self.height = 1
        self.top = 0
        """The layout's row that stands in the view's first row."""
        self.following = True
        self._rows = LayingOut(conversation, glyphs, reading or Reading())
        self._read_at: Stand | None = None
        """Where the reader was before the first of several changes of width or of what is shown; None once they moved.
        Asking anew each time would lose a little, for a place is seldom the first of its row in the next layout, and a
        delivery tells only about where its text stands."""
        self._left_by_itself = False
        """It follows no longer because what was pointed at would not have been in view; it follows again where it is,
        unless the reader moves meanwhile."""
        self._pointed_at: tuple[int, int] | None = None
        """The anchor of the row that was pointed at; None while none was."""
        self._pointed_from: Stand | None = None
        """Like `_read_at`, of the row that was pointed at; None once another one is."""
        self._below_top: int | None = None
        """How far below the top that row stood before the first of those changes; None once the reader moved."""
        self._left_at = (0, 0)

    # -- layout ----------------------------------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        """The rows that are shown."""
        return self._rows.shown

    @property
    def reading(self) -> Reading:
        """How it is to be read; while that is being laid out, `layout.reading` still is as before."""
        return self._rows.reading

    @property
    def width(self) -> int:
        """Cells of a row."""
        return self._rows.width

    @property
    def frozen(self) -> Transcript | None:
        """What there was when the view was frozen; None while it is not."""
        return None if self._rows.held is None else self._rows.held.transcript

    @property
    def raw(self) -> KeptRaw:
        """What is kept raw; of a frozen view what was then."""
        return self.conversation.raw if self._rows.held is None else self._rows.held.raw

    @property
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, over all layouts."""
        return self._rows.rows_built

    def resize(self, width: int, height: int) -> None:
        """Another size; the row that was at the top (or the live end) stays in view, and rather than it the row that
        was pointed at."""
        height = self._rows.height = max(1, height)
        is_pointed = self._rows.is_made and self.pointed_row is not None
        if width != self.width:
            self._lay_out_again(width=max(1, width))
        elif not self.following and self._rows.is_made:
            self._read_at = self._read_at or self._stand(self.layout, self.top)
            self.top = self._read_at.row_in(self.layout)
        self.height = height
        self.top = self._bottom() if self.following else min(self.top, self._bottom())
        if is_pointed and not self.following and self._pointed_at is not None:
            pointed = self.layout.row_of_anchor(self._pointed_at)
            self.top = min(max(self.top, pointed - height + 1), pointed)

    def restyle(self, glyphs: Glyphs) -> None:
        """Other glyphs: every row is made again."""
        if glyphs is not self._rows.glyphs:
            self._rows.glyphs = glyphs
            self._lay_out_again()

    def show_as(self, reading: Reading, pace: Slice | None = None) -> None:
        """Read it in another way: at once where there is little to lay out or nobody looks yet, else `go_on` does.
        `pace` is the slice that several views share."""
        self._rows.read_as(reading)
        if self.is_changing:
            self.go_on(pace)

    @property
    def is_changing(self) -> bool:
        """Whether rows are on their way: of the way of reading that was asked for last, or far from the reader."""
        return self._rows.is_changing

    @property
    def refused(self) -> str:
        """Why the filter that was asked for last is not in force; blank while it is, or is on its way."""
        return self._rows.refused

    def settle(self) -> None:
        """Lay out at once what is on its way."""
        while self.is_changing:
            self.go_on()

    def have_all(self) -> None:
        """Lay out at once what is far from the reader, for they go there."""
        if self._rows.is_part:
            self.settle()

    def go_on(self, pace: Slice | None = None) -> None:
        """A slice of laying out. Once all is, the row that was pointed at stays where it is on screen as near as can
        be, else the one that was at the top, or the live end."""
        if self._rows.is_catching_up:
            self._catch_up(pace)
            return
        layout = self._rows.advance(pace or Slice())
        if layout is None:
            return
        if self._left_by_itself and self.frozen is None:
            self.following = True
        self._lay_out_again(ready=layout)
        self.top = min(self.top, self._bottom())
        if self._below_top is None or self._pointed_at is None:
            return
        pointed = self.layout.row_of_anchor(self._pointed_at)
        if not self.following or not self.top <= pointed < self.top + self.height:
            top = min(max(0, pointed - min(self._below_top, self.height - 1)), self._bottom())
            if self.following and top < self._bottom():
                if not self._left_by_itself:
                    self._leave_live()
                self.following, self._left_by_itself, self._read_at = False, True, None
            self.top = top

    def _catch_up(self, pace: Slice | None = None) -> None:
        """A slice of what came, or is judged otherwise now; the row at the top, or the live end, stays in view."""
        layout = self.layout
        anchor = layout.anchor(self.top)
        layout.advance(pace or Slice())
        self.top = self._bottom() if self.following else layout.row_of_anchor(anchor)

    def _lay_out_again(self, *, width: int | None = None, ready: Layout | None = None) -> None:
        """Other rows: `ready` made, or made when they are asked for."""
        pointed: Stand | None = None
        if self._rows.is_made:
            if self._read_at is None and not self.following:
                self._read_at = self._stand(self.layout, self.top)
            if self._below_top is not None:
                pointed = self._pointed_from  # also where the layout on the way has no row of its own for it
            elif (row := self.pointed_row) is not None:
                pointed = self._pointed_from or self._stand(self.layout, row)
                self._below_top = row - self.top
        if ready is not None:
            self._rows.show(ready)
        else:
            self._rows.forget()
            self._rows.width = self.width if width is None else width
            self._rows.follows = self.following
            stands = (None if self.following else self._read_at, pointed)
            self._rows.read_at = tuple(stand.place for stand in stands if stand is not None)
        if self.following:
            self.top = self._bottom()
        elif self._read_at is not None:
            self.top = self._read_at.row_in(self.layout)
        self._pointed_at = None if pointed is None else self.layout.anchor(pointed.row_in(self.layout))
        self._pointed_from = pointed

    @staticmethod
    def _stand(layout: Layout, row: int) -> Stand:
        """Where a row is, for any layout."""
        place = layout.place(row)._replace(ordinal=layout.ordinal_of(row))
        return Stand(place, layout.anchor(row), layout.width, layout.reading)

    def _bottom(self) -> int:
        return max(0, len(self.layout) - self.height)

    def _move_to(self, top: int) -> None:
        self._read_at = self._below_top = None
        self._left_by_itself = False
        self.top = top

    def _point(self, anchor: tuple[int, int] | None) -> None:
        self._pointed_at = anchor
        self._pointed_from = self._below_top = None
        self._left_by_itself = False

    # -- the cursor ------------------------------------------------------------------------------------------------

    def point_at(self, row: int | None) -> None:
        """What the keys that are about one row (inspect, mark, copy) mean from now on; None takes it back. A row out of
        view is brought into it, and then the view follows no longer."""
        if row is None:
            self._point(None)
            return
        row = min(max(0, row), max(0, len(self.layout) - 1))
        if not self.top <= row < self.top + self.height:
            if self.following:
                self._leave_live()
            self._move_to(min(max(0, row - self.height // 3), self._bottom()))
        self._point(self.layout.anchor(row))

    @property
    def pointed_row(self) -> int | None:
        """The layout's row that was pointed at, while it is in view."""
        if self._pointed_at is None or not self.layout.has_anchor(self._pointed_at):
            return None
        row = self.layout.row_of_anchor(self._pointed_at)
        return row if self.top <= row < self.top + self.height else None

    @property
    def cursor(self) -> int | None:
        """The layout's row that keys about one row mean: the one pointed at, else the newest while the view follows,
        else the first in view. None where there are no rows."""
        if not len(self.layout):
            return None
        pointed = self.pointed_row
        if pointed is not None:
            return pointed
        return len(self.layout) - 1 if self.following else self.top

    @property
    def drawn_cursor(self) -> int | None:
        """The row beside which the cursor is drawn in the pane in focus: none while the view follows and nothing was
        pointed at, for it would go with every row that comes."""
        return self.pointed_row if self.following else self.cursor

    # -- news ------------------------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether the newest text is in view and followed."""
        return self.following and self.frozen is None

    def news(self) -> News:
        """What came since the live end was left; nothing while the view is live."""
        if self.is_live:
            return News(0, 0)
        deliveries, errors = self._counted()
        return News(deliveries - self._left_at[0], errors - self._left_at[1])

    def _leave_live(self) -> None:
        if self.frozen is None:
            self._remember_news()
        self.following = False

    def _remember_news(self) -> None:
        self._left_at = self._counted()

    def _counted(self) -> tuple[int, int]:
        counters = self.conversation.counters
        return counters.chunks.total() + counters.messages.total(), counters.chunks["error"]
