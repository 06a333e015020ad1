"""What one pane shows of its conversation: which rows, whether it follows, what is new below. No Textual in here.

Follow is a promise. At the end the view follows; scrolled up it stays exactly where the reader is, while text arrives
below, while old text is pruned above, and when the width changes. Frozen it shows what there was at that moment, at any
width and whatever is pruned, and counts.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.laying_out import Held, Layout
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.rows_in_view import RowsInView
from chatwatch_tui.ui.slices import Slice
from chatwatch_tui.ui.stream_layout import snapshot


class Dirty(NamedTuple):
    """Rows of the view, from 0 at its top, that have to be drawn again: `first <= row < end`."""

    first: int
    end: int

    def __bool__(self) -> bool:
        return self.first < self.end


CLEAN = Dirty(0, 0)


class Spot(msgspec.Struct, frozen=True):
    """Where a reader was, to go back to."""

    following: bool
    top: tuple[int, int]
    """The anchor of the first row in view."""
    pointed_at: tuple[int, int] | None
    left_at: tuple[int, int]


class PaneView(RowsInView):
    """What one pane shows."""

    def __init__(self, conversation: Conversation, glyphs: Glyphs, reading: Reading | None = None) -> None:
        super().__init__(conversation, glyphs, reading)
        self._held = False
        """Frozen by itself, because what is being read was pruned."""

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
                self._rows.held = Held(layout.keep_what_is_laid_out(), self.conversation.raw.keep_these())
            self._held = True
            return CLEAN
        return self._follow(layout)

    def _follow(self, layout: Layout) -> Dirty:
        """Lay out what is new: where that is much, a slice of it, or what stands at the live end."""
        if layout.is_behind or self._rows.is_catching_up:
            if self.following and layout.is_behind:
                self._show_the_end()
            else:
                self._catch_up()
            return Dirty(0, self.height)
        length = len(layout)
        anchor = layout.anchor(self.top)
        changed = layout.sync(Slice())
        if changed is None:
            return CLEAN
        top = self._bottom() if self.following else layout.row_of_anchor(anchor)
        if top != self.top or changed < top:
            self.top = top
            return Dirty(0, self.height)
        # The row before the first changed one had the cursor block at its end.
        first = max(0, min(changed, length - 1) - top)
        return Dirty(first, min(self.height, max(length, len(layout)) - top))

    def step(self, rows: int) -> None:
        """Move the cursor by rows, down when positive; the view goes with it where it must. Below the newest row it
        follows again."""
        self._reach(self.top + rows)
        at = self.cursor
        if at is None or (rows > 0 and self.is_live and self.pointed_row is None):
            return
        last = len(self.layout) - 1
        if at + rows > last and (self.frozen is None or self._held):
            self.go_live()
            return
        row = min(max(0, at + rows), last)
        if self.following:
            self._leave_live()
        if row < self.top:
            self._move_to(row)
        elif row >= self.top + self.height:
            self._move_to(row - self.height + 1)
        self.point_at(row)

    def scroll(self, rows: int) -> None:
        """Move the view by rows, down when positive. Reaching the end by scrolling down follows again."""
        self._reach(self.top + rows)
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
        self._reach(-1)
        if self._bottom() > 0:
            if self.following:
                self._leave_live()
            self._move_to(0)
        if len(self.layout):
            self.point_at(0)  # the cursor too, where all fits and nothing moves

    def go_live(self) -> None:
        """The newest text, followed; releases a frozen view."""
        self._release()
        self.following = True
        self._point(None)
        if self._rows.is_part or self.layout.is_behind:
            self._show_the_end()
        self.layout.sync(Slice())
        self._move_to(self._bottom())

    def _show_the_end(self) -> None:
        """The rows at the live end; the others take in what came in slices."""
        self._rows.follows, self._rows.read_at = True, ()
        self._rows.step_aside()
        self.top = self._bottom()

    def toggle_frozen(self) -> None:
        """Hold what is shown, or let go."""
        if self.frozen is not None and not self._held:
            self._release()
            return
        if self._rows.is_made:
            self.update()
        while self._rows.is_catching_up:
            self.go_on()
        if self._held:
            self._held = False  # it has stood still already; from now on because the reader wants it
            return
        if self.following:
            self._remember_news()
        self._rows.held = Held(snapshot(self.conversation.transcript), self.conversation.raw.keep_these())

    @property
    def is_frozen(self) -> bool:
        """Whether the operator holds what is shown."""
        return self.frozen is not None and not self._held

    def _reach(self, top: int) -> None:
        """That row is to be the first in view: it has to be there, with those below it."""
        if not 0 <= top < self._bottom():
            self.have_all()

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

    # -- going back ------------------------------------------------------------------------------------------------

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
        if not spot.following:
            self.have_all()
        self._move_to(self._bottom() if spot.following else min(self.layout.row_of_anchor(spot.top), self._bottom()))
        self._point(spot.pointed_at)
