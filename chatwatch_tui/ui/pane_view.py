"""What one pane shows of its conversation: which rows, whether it follows, what is new below. No Textual in here.

Follow is a promise. At the end the view follows; scrolled up it stays exactly where the reader is, while text arrives
below, while old text is pruned above, and when the width changes. Frozen it shows what there was at that moment, at any
width and whatever is pruned, and counts.
"""

from __future__ import annotations

from typing import NamedTuple

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.laying_out import Held, LayingOut, Layout
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.raw_layout import RawLayout, keep
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.stream_layout import snapshot


class Dirty(NamedTuple):
    """Rows of the view, from 0 at its top, that have to be drawn again: `first <= row < end`."""

    first: int
    end: int

    def __bool__(self) -> bool:
        return self.first < self.end


CLEAN = Dirty(0, 0)


class News(NamedTuple):
    """What came since the reader left the live end."""

    deliveries: int
    errors: int


class Spot(NamedTuple):
    """Where a reader was, to go back to."""

    following: bool
    top: tuple[int, int]
    """The anchor of the first row in view."""
    pointed_at: tuple[int, int] | None
    left_at: tuple[int, int]


class PaneView:
    """Scroll state and layout of one pane."""

    def __init__(self, conversation: Conversation, glyphs: Glyphs, reading: Reading | None = None) -> None:
        self.conversation = conversation
        self.height = 1
        self.top = 0
        """The layout's row that stands in the view's first row."""
        self.following = True
        self._rows = LayingOut(conversation, glyphs, reading or Reading())
        self._read_at: Place | None = None
        """Where the reader was before the first of several changes of width or of what is shown; None once they moved.
        Asking anew each time would lose a little, for a place is seldom the first of its row in the next layout."""
        self._pointed_at: tuple[int, int] | None = None
        """The anchor of the row that was pointed at; None while none was."""
        self._held = False
        """Frozen by itself, because what is being read was pruned."""
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
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, over all layouts."""
        return self._rows.rows_built

    def resize(self, width: int, height: int) -> None:
        """Another size; the row that was at the top (or the live end) stays in view."""
        height = max(1, height)
        if width != self.width:
            self._lay_out_again(width=max(1, width))
        self.height = height
        self.top = self._bottom() if self.following else min(self.top, self._bottom())

    def restyle(self, glyphs: Glyphs) -> None:
        """Other glyphs: every row is made again."""
        if glyphs is not self._rows.glyphs:
            self._rows.glyphs = glyphs
            self._lay_out_again()

    def show_as(self, reading: Reading) -> None:
        """Read it in another way: at once where there is little to lay out or nobody looks yet, else `go_on` does."""
        self._rows.read_as(reading)
        if self.is_changing:
            self.go_on()

    @property
    def is_changing(self) -> bool:
        """Whether the way of reading that was asked for last is still being laid out."""
        return self._rows.is_changing

    @property
    def refused(self) -> str:
        """Why the filter that was asked for last is not in force; blank while it is, or is on its way."""
        return self._rows.refused

    def settle(self) -> None:
        """Lay out at once what is on its way."""
        while self.is_changing:
            self.go_on()

    def go_on(self) -> None:
        """A slice of laying out. Once all is, the row that was pointed at stays where it is on screen as near as can
        be, else the one that was at the top, or the live end."""
        layout = self._rows.advance()
        if layout is None:
            return
        pointed = self.pointed_row
        below_top = None if pointed is None else pointed - self.top
        self._lay_out_again(ready=layout)
        self.top = min(self.top, self._bottom())
        if below_top is None or self._pointed_at is None:
            return
        pointed = self.layout.row_of_anchor(self._pointed_at)
        if not self.following or not self.top <= pointed < self.top + self.height:
            top = min(max(0, pointed - below_top), self._bottom())
            if self.following and top < self._bottom():
                self._leave_live()
            self.top = top

    def _lay_out_again(self, *, width: int | None = None, ready: Layout | None = None) -> None:
        """Other rows: `ready` made, or made when they are asked for."""
        pointed: Place | None = None
        if self._rows.is_made:
            if self._read_at is None and not self.following:
                self._read_at = self._place(self.layout, self.top)
            if (row := self.pointed_row) is not None:
                pointed = self._place(self.layout, row)
        if ready is not None:
            self._rows.show(ready)
        else:
            self._rows.forget()
            self._rows.width = self.width if width is None else width
        if self.following:
            self.top = self._bottom()
        elif self._read_at is not None:
            self.top = self.layout.row_of(self._read_at)
        self._pointed_at = None if pointed is None else self.layout.anchor(self.layout.row_of(pointed))

    @staticmethod
    def _place(layout: Layout, row: int) -> Place:
        """A row's place, for any layout."""
        return layout.place(row)._replace(ordinal=layout.ordinal_of(row))

    def _bottom(self) -> int:
        return max(0, len(self.layout) - self.height)

    # -- following -------------------------------------------------------------------------------------------------

    def update(self) -> Dirty:
        """Take in what is new; which rows of the view have to be drawn again."""
        if self.frozen is not None:
            return CLEAN
        if not self._rows.is_made:
            self.top = self._bottom() if self.following else self.top
            return Dirty(0, self.height)
        layout = self.layout
        if not self.following and layout.is_gone(self.top):
            # What is being read was pruned. It stays, as if frozen, until the reader goes on.
            if isinstance(layout, RawLayout):
                held = snapshot(self.conversation.transcript)
                self._rows.held = Held(held, layout.hold(held))
            else:
                self._rows.held = Held(layout.keep_what_is_laid_out(), keep(self.conversation.raw))
            self._held = True
            return CLEAN
        return self._follow(layout)

    def _follow(self, layout: Layout) -> Dirty:
        """Lay out what is new."""
        length = len(layout)
        anchor = layout.anchor(self.top)
        changed = layout.sync()
        if changed is None:
            return CLEAN
        top = self._bottom() if self.following else layout.row_of_anchor(anchor)
        if top != self.top or changed < top:
            self.top = top
            return Dirty(0, self.height)
        # The row before the first changed one had the cursor block at its end.
        first = max(0, min(changed, length - 1) - top)
        return Dirty(first, min(self.height, max(length, len(layout)) - top))

    def scroll(self, rows: int) -> None:
        """Move by rows, down when positive. Reaching the end by scrolling down follows again."""
        bottom = self._bottom()
        target = min(max(0, self.top + rows), bottom)
        if rows > 0 and target == bottom and (self.frozen is None or self._held):
            self.go_live()
            return
        if target < bottom and self.following:
            self._leave_live()
        self._move_to(target)

    def go_top(self) -> None:
        """The oldest text."""
        if self._bottom() > 0:
            if self.following:
                self._leave_live()
            self._move_to(0)

    def go_live(self) -> None:
        """The newest text, followed; releases a frozen view."""
        self._release()
        self.following = True
        self._pointed_at = None
        self.layout.sync()
        self._move_to(self._bottom())

    def toggle_frozen(self) -> None:
        """Hold what is shown, or let go."""
        if self.frozen is not None and not self._held:
            self._release()
            return
        if self._rows.is_made:
            self.update()
        if self._held:
            self._held = False  # it has stood still already; from now on because the reader wants it
            return
        if self.following:
            self._remember_news()
        self._rows.held = Held(snapshot(self.conversation.transcript), keep(self.conversation.raw))

    def _release(self) -> None:
        """No longer frozen: take in what came meanwhile."""
        if self.frozen is None:
            return
        made_from_it = self._rows.is_made and self.layout.transcript is self.frozen
        self._rows.held = None
        self._held = False
        if made_from_it:
            self._lay_out_again()
        elif self._rows.is_made:
            self._follow(self.layout)

    def _move_to(self, top: int) -> None:
        self._read_at = None
        self.top = top

    # -- the cursor ------------------------------------------------------------------------------------------------

    def point_at(self, row: int | None) -> None:
        """What the keys that are about one row (inspect, mark, copy) mean from now on; None takes it back. A row out of
        view is brought into it, and then the view follows no longer."""
        if row is None:
            self._pointed_at = None
            return
        row = min(max(0, row), max(0, len(self.layout) - 1))
        if not self.top <= row < self.top + self.height:
            if self.following:
                self._leave_live()
            self._move_to(min(max(0, row - self.height // 3), self._bottom()))
        self._pointed_at = self.layout.anchor(row)

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

    def spot(self) -> Spot:
        """Where the reader is."""
        return Spot(self.following, self.layout.anchor(self.top), self._pointed_at, self._left_at)

    def return_to(self, spot: Spot) -> None:
        """Back to where the reader was."""
        if spot.following and self._held:
            self._release()
        self.following = spot.following
        self._left_at = spot.left_at
        if self.frozen is None:
            self.layout.sync()
        self._move_to(self._bottom() if spot.following else min(self.layout.row_of_anchor(spot.top), self._bottom()))
        self._pointed_at = spot.pointed_at

    # -- news ------------------------------------------------------------------------------------------------------

    @property
    def is_frozen(self) -> bool:
        """Whether the operator holds what is shown."""
        return self.frozen is not None and not self._held

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
