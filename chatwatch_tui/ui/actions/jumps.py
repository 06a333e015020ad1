"""Jumps in the pane in focus: to errors, turns, tool calls, and the rows that the operator marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from textual import on

from chatwatch_tui.core.blocks import Block, ErrorBlock, ToolBlock
from chatwatch_tui.ui.actions.base import NO_PANE, DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.marks import Marks
from chatwatch_tui.ui.messages import ConversationsChanged
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.widgets.pane import Pane


class JumpActions(DashboardActions):
    """From one thing of a kind to the next. What is hidden is passed over."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.marks = Marks()
        """Replaced as a whole by those of an earlier session: `use_marks`."""

    # -- blocks of a kind ------------------------------------------------------------------------------------------

    def action_next_error(self) -> None:
        """The next error of the pane in focus."""
        self._jump("error", 1, lambda view: _rows_of(view, lambda block: isinstance(block, ErrorBlock)))

    def action_previous_error(self) -> None:
        """The error before."""
        self._jump("error", -1, lambda view: _rows_of(view, lambda block: isinstance(block, ErrorBlock)))

    def action_next_tool(self) -> None:
        """The next tool call."""
        self._jump("tool call", 1, lambda view: _rows_of(view, lambda block: isinstance(block, ToolBlock)))

    def action_previous_tool(self) -> None:
        """The tool call before."""
        self._jump("tool call", -1, lambda view: _rows_of(view, lambda block: isinstance(block, ToolBlock)))

    def action_next_turn(self) -> None:
        """Where the next turn begins."""
        self._jump("turn", 1, _turn_rows, round=False)

    def action_previous_turn(self) -> None:
        """Where this turn begins, or the one before."""
        self._jump("turn", -1, _turn_rows, round=False)

    def _jump(self, noun: str, by: int, rows_of: Callable[[PaneView], list[int]], *, round: bool = True) -> None:
        """`round`: after the last comes the first. Turns are read in order, so that nobody wants to start over."""
        pane = self.focused_pane
        view = None if pane is None else pane.view
        if pane is None or view is None:
            self.say(NO_PANE)
            return
        view.have_all()
        rows = rows_of(view)
        cursor = view.cursor
        if not rows or cursor is None:
            self.say(ours(f"There is no {noun} in this pane."))
            return
        ahead = [row for row in rows if (row > cursor if by > 0 else row < cursor)]
        around = ""
        if not ahead and round:
            ahead, around = rows, ", from the top again" if by > 0 else ", from the end again"
        if not ahead:
            where, others = ("below", "above") if by > 0 else ("above", "below")
            rest = len(rows) - (cursor in rows)
            self.say(ours(f"No {noun} further {where}; {rest:,} {others}." if rest else f"There is only this {noun}."))
            return
        row = ahead[0] if by > 0 else ahead[-1]
        view.point_at(row)
        pane.refresh_all()
        self.say(ours(f"{noun} {rows.index(row) + 1:,} of {len(rows):,}{around}"))

    # -- marks -----------------------------------------------------------------------------------------------------

    def use_marks(self, marks: Marks) -> None:
        """Go on with the marks of an earlier session; each stands where its text is, or comes."""
        self.marks = marks
        self._show_marks()
        for pane in self._panes.values():
            self._find_marks_again(pane)

    @on(ConversationsChanged)
    def _marked_text_may_have_come(self, message: ConversationsChanged) -> None:
        if not self.marks.by_key:
            return
        for conversation in message.changed:
            marked = self.marks.by_key.get(conversation.key)
            if marked is not None:
                number = self.board.number_of(conversation.key)
                if number is not None:
                    self._find_marks_again(self._panes[number])

    def _find_marks_again(self, pane: Pane) -> None:
        view = pane.view
        marked = None if view is None else self.marks.by_key.get(view.conversation.key)
        if view is not None and marked is not None and marked.find_again(view.conversation.transcript):
            pane.refresh_found()

    def _show_marks(self) -> None:
        """Panes look for marks while there are any."""
        for pane in self._panes.values():
            pane.marks = self.marks if self.marks.by_key else None

    def action_mark(self) -> None:
        """Mark the row under the cursor, or no longer."""
        pane = self.focused_pane
        view = None if pane is None else pane.view
        if pane is None or view is None or view.cursor is None:
            self.say(ours("There is no row to mark."))
            return
        gone = self._forget_pruned_marks(view)
        marked = self.marks.of(view.conversation.key)
        row = view.cursor
        is_marked = marked.toggle(view.layout, row)
        self._show_marks()
        if is_marked:
            view.point_at(row)  # the mark is where the cursor was, and stays the row that is meant
        pane.refresh_all()
        if is_marked is None:
            self.say(ours("This row cannot be marked: it only says what is missing above."))
        else:
            marks = plural(len(marked.marks), "mark")
            said = f"Marked, {marks} in this pane; {{next-mark}} and {{previous-mark}} go to them."
            self.say(self.keymap.fill(gone + (said if is_marked else "No longer marked.")))

    def action_next_mark(self) -> None:
        """The next marked row of the pane in focus."""
        self._jump_to_mark(1)

    def action_previous_mark(self) -> None:
        """The marked row before."""
        self._jump_to_mark(-1)

    def _jump_to_mark(self, by: int) -> None:
        pane = self.focused_pane
        if pane is None or pane.view is None:
            self.say(NO_PANE)
            return
        gone = self._forget_pruned_marks(pane.view)
        self._find_marks_again(pane)
        marked = self.marks.by_key.get(pane.view.conversation.key)
        if gone and (marked is None or not marked.marks):
            self.say(ours(gone.rstrip()))
            return
        if marked is None or not marked.marks:
            self.say(self.keymap.fill("Nothing is marked in this pane; {mark} marks the row under the cursor."))
            return
        self._jump("mark", by, lambda view: marked.rows(view.layout))
        if gone:
            self.say(ours(gone.rstrip()))

    def _forget_pruned_marks(self, view: PaneView) -> str:
        """A sentence of what is gone, once; blank where nothing is."""
        marked = self.marks.by_key.get(view.conversation.key)
        first_id = (view.frozen or view.conversation.transcript).first_id
        gone = 0 if marked is None else marked.forget_pruned(first_id)
        return f"{plural(gone, 'mark')} gone: the text was pruned. " if gone else ""


def _rows_of(view: PaneView, is_meant: Callable[[Block], bool]) -> list[int]:
    """First rows of the blocks that are meant and shown, ascending."""
    return [row for block, row in _shown(view) if is_meant(block)]


def _turn_rows(view: PaneView) -> list[int]:
    """First rows of the turns, ascending."""
    rows: list[int] = []
    turn = 0
    for block, row in _shown(view):
        if block.turn != turn:
            turn = block.turn
            rows.append(row)
    return rows


def _shown(view: PaneView) -> Iterator[tuple[Block, int]]:
    """The blocks that have rows, each with its first one."""
    layout = view.layout
    tops = [layout.top_of(block.id) for block in layout.transcript.blocks]
    for block, top, end in zip(layout.transcript.blocks, tops, [*tops, len(layout)][1:], strict=True):
        if top is not None and (end is None or end > top):
            yield block, top
