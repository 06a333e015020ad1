"""The roster: every conversation, the most urgent first, under headings; a list to choose from when it has the cursor.

The order is made by `core.roster`; here it is cut to what fits. While the operator's cursor is in the list the order is
held, so that no row moves under it: states go on changing, new conversations come at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from textual import events

from chatwatch_tui.core.conversation import Attention, Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.board import Board
from chatwatch_tui.ui.cursor import Cursor
from chatwatch_tui.ui.look import Look, both_ends, width_of
from chatwatch_tui.ui.messages import ConversationChosen, RosterScrolled
from chatwatch_tui.ui.pane_words import MIN_LABEL, hit_ink, label, rate_words, short_id, sparkline, state_words
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget
from chatwatch_tui.ui.wrap import pad

WIDE_FROM = 46
"""Id, label and word have room beside each other; below, a conversation is its label, and a state its glyph, where
there is a label. People know labels; the id is found in `open`, and goes where there is no label."""
_BESIDE_LABEL = 33
"""Cells of a row that are not the label's: pane number, id, the longest of our own words for a state, a figure; or the
word of a stream with sparkline and figure."""
_BESIDE_LABEL_ALONE = 12
"""The same without id and word: pane number, glyph, a figure."""
SPARK_CELLS = 6
SHORT_SPARK_FROM_WIDTH = 31
"""Beside a label alone, which then has 16 cells."""
SHORT_SPARK_CELLS = 3
_FIGURE_CELLS = 6
"""Of a figure beside a sparkline, so that all sparklines of a list stand below each other."""
QUIET = "quiet"
"""Heading of those that do nothing and need nobody: the last one."""
SORT_EVERY = 1.0
"""Seconds between two sortings: what changes faster cannot be read."""


HELD_FOR = 10.0
"""Seconds after the cursor moved last during which the order is held: whoever reads on finds the next row where it was.
Then the most urgent come first again, and the cursor stays on its conversation."""


class RosterCursor(msgspec.Struct):
    """The operator's place in the list, and the order that is held meanwhile."""

    order: list[ConversationKey]
    made: int
    """`Roster.made` when conversations were added last."""
    cursor: Cursor
    ordered_at: float
    """Unix seconds at which it was sorted, or the cursor moved, last."""


class RosterList(RowsWidget):
    """The list on the left, or over the panes on narrow terminals."""

    DEFAULT_CSS = "RosterList { height: 1fr; }"

    def __init__(
        self,
        look: Look,
        roster: Roster,
        board: Board,
        clock: Callable[[], float],
        link_down: Callable[[ConversationKey], str],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(look, id=id)
        self._roster = roster
        self._board = board
        self._clock = clock
        self._link_down = link_down
        self._cursor: RosterCursor | None = None
        self._order: list[tuple[str, Conversation]] = []
        """What stands at the top, with its heading."""
        self._ordered_of = (0, 0)
        """How many conversations there were then, and room for how many."""
        self._sorted_at = -SORT_EVERY
        self._keys_by_row: list[ConversationKey | None] = []

    # -- the cursor ------------------------------------------------------------------------------------------------

    @property
    def has_cursor(self) -> bool:
        """Whether the operator is choosing."""
        return self._cursor is not None

    @property
    def chosen(self) -> ConversationKey | None:
        """The conversation under the cursor."""
        return self._cursor.order[self._cursor.cursor.at] if self._cursor is not None else None

    def enter(self) -> bool:
        """Put the cursor into the list, on the most urgent one; False where the list is empty."""
        order = [conversation.key for conversation in self._roster.ordered(self._clock())]
        if not order:
            return False
        self._cursor = RosterCursor(order, self._roster.made, Cursor(), self._clock())
        self.refresh_rows()
        return True

    def leave(self) -> None:
        """Take the cursor away; the list is sorted again."""
        self._cursor = None
        self._sorted_at = -SORT_EVERY
        self.refresh_rows()

    def move(self, rows: int) -> None:
        """Move the cursor by so many conversations."""
        cursor = self._cursor
        if cursor is None:
            return
        cursor.order += [conversation.key for conversation in self._roster.made_since(cursor.made)]
        cursor.made = self._roster.made
        cursor.cursor.move(rows, len(cursor.order))
        cursor.ordered_at = self._clock()
        self.refresh_rows()

    def on_click(self, event: events.Click) -> None:
        """Pointing at a conversation opens it."""
        event.stop()
        if 0 <= event.y < len(self._keys_by_row) and (key := self._keys_by_row[event.y]) is not None:
            self.post_message(ConversationChosen(key))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor, and puts it there."""
        event.stop()
        self.post_message(RosterScrolled(-3))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor, and puts it there."""
        event.stop()
        self.post_message(RosterScrolled(3))

    # -- rows ------------------------------------------------------------------------------------------------------

    def make_rows(self, width: int, height: int) -> list[Row]:
        """Frame, headings, conversations, and how many are not shown."""
        now = self._clock()
        glyphs = self._look.glyphs
        inner, room = width - 4, height - 2
        ink = Ink.FRAME_FOCUS if self._cursor is not None else Ink.FRAME
        body = self._body(now, inner, room)
        self._keys_by_row = [None, *(key for _, key in body)]
        rows: list[Row] = [self._edge(width, "conversations", f"{len(self._roster):,}", glyphs.corners[:2], ink)]
        side = glyphs.side
        for row, _ in body + [((), None)] * (room - len(body)):
            rows.append(((ours(f"{side} "), ink), *both_ends(row, (), inner, " ", Ink.DIM), (ours(f" {side}"), ink)))
        choosing = f"{{zoom:enter}} open {glyphs.dot} {{back}} back"
        words = self._look.keymap.fill(choosing if self._cursor is not None else "{open} open")
        gone = f"{self._roster.evicted:,} given up" if self._roster.evicted else ""
        rows.append(self._edge(width, words, gone, glyphs.corners[2:], ink))
        return rows

    def _edge(self, width: int, left: str, right: str, corners: str, ink: Ink) -> Row:
        rule = self._look.glyphs.rule
        end: Row = ((ours(rule + corners[1]), ink),)
        if right:
            end = ((ours(f" {right} "), Ink.DIM), *end)
        return both_ends(((ours(corners[0] + rule), ink), (ours(f" {left} "), Ink.DIM)), end, width, rule, ink)

    def _body(self, now: float, width: int, room: int) -> list[tuple[Row, ConversationKey | None]]:
        if self._cursor is not None:
            return self._choosing(self._cursor, now, width, room)
        ordered_of = (len(self._roster), room)
        # Either way: a clock that was set back must not stop the sorting.
        if (
            abs(now - self._sorted_at) >= SORT_EVERY
            or ordered_of != self._ordered_of
            or any(group != _heading(each, now) for group, each in self._order)
        ):
            self._order = [(_heading(each, now), each) for each in self._roster.ordered(now, room)]
            self._sorted_at, self._ordered_of = now, ordered_of
        rows: list[tuple[Row, ConversationKey | None]] = []
        heading = ""
        shown = quiet_shown = 0
        for group, conversation in self._order:
            needed = 1 if group == heading else 2 if not rows else 3
            if len(rows) + needed + (shown + 1 < len(self._roster)) > room:
                break
            if group != heading:
                rows += [((), None)] if rows else []
                rows.append((((ours(group), Ink.DIM),), None))
                heading = group
            rows.append((self._conversation_row(conversation, now, width), conversation.key))
            shown += 1
            quiet_shown += group == QUIET
        if rest := len(self._roster) - shown:
            rows.append(((self._rest(rest, self._roster.count(now).quiet - quiet_shown),), None))
        return rows

    def _rest(self, rest: int, quiet: int) -> Span:
        """Those for which there is no room; `quiet` of them need nobody and do nothing."""
        if quiet <= 0:
            return ours(f"+ {rest:,} more"), Ink.DIM
        if quiet >= rest:
            return ours(f"+ {rest:,} quiet"), Ink.DIM
        return ours(f"+ {rest - quiet:,} more {self._look.glyphs.dot} {quiet:,} quiet"), Ink.DIM

    def _choosing(
        self, cursor: RosterCursor, now: float, width: int, room: int
    ) -> list[tuple[Row, ConversationKey | None]]:
        if not 0 <= now - cursor.ordered_at < HELD_FOR:
            self._order_again(cursor, now)
        rows: list[tuple[Row, ConversationKey | None]] = []
        for place in cursor.cursor.window(len(cursor.order), room):
            key = cursor.order[place]
            conversation = self._roster.get(key)
            if conversation is not None:
                row = self._conversation_row(conversation, now, width, under_cursor=place == cursor.cursor.at)
            else:
                row = ((ours("  given up: too many conversations"), Ink.DIM),)
            rows.append((row, key))
        return rows

    def _order_again(self, cursor: RosterCursor, now: float) -> None:
        chosen = cursor.order[cursor.cursor.at]
        order = [conversation.key for conversation in self._roster.ordered(now)]
        if chosen in order:  # else it was given up: the order stays until the cursor goes elsewhere
            cursor.order, cursor.made = order, self._roster.made
            cursor.cursor.at = order.index(chosen)
            cursor.ordered_at = now - HELD_FOR + SORT_EVERY

    def _conversation_row(
        self, conversation: Conversation, now: float, width: int, *, under_cursor: bool = False
    ) -> Row:
        number = self._board.number_of(conversation.key)
        focused = number is not None and number == self._board.focus
        glyph, word, figure, ink = state_words(
            conversation, now, self._look.glyphs, link_down=self._link_down(conversation.key)
        )
        figure = rate_words(conversation, now) or figure
        was_hit = conversation.rules is not None and conversation.rules.shown is not None
        sign = self._look.glyphs.pointer if under_cursor else self._look.glyphs.hit if was_hit else " "
        marked = Ink.KEY if focused or under_cursor else Ink.DIM
        left: list[Span] = [
            (ours(sign), hit_ink(conversation) if was_hit and not under_cursor else marked),
            (ours(f"{number or ' '} "), marked),
        ]
        name, identity = label(conversation), short_id(conversation)
        spark_cells = SHORT_SPARK_CELLS if width >= SHORT_SPARK_FROM_WIDTH else 0
        if width >= WIDE_FROM:
            spark_cells = SPARK_CELLS
        naming = Ink.STRONG if focused or under_cursor else Ink.TEXT
        if width >= WIDE_FROM:
            left += [(SafeText(f"{identity} "), naming), (SafeText(f"{pad(name, width - _BESIDE_LABEL)} "), Ink.DIM)]
        elif name:
            room = width - _BESIDE_LABEL_ALONE - spark_cells
            left.append((SafeText(f"{pad(name, max(MIN_LABEL, room))} "), naming))
            word = ours("")
        else:
            left.append((SafeText(f"{identity} "), naming))
        left.append((SafeText(f"{glyph} {word} " if word else f"{glyph} "), ink))
        right: list[Span] = [(ours(self._look.glyphs.muted), Ink.DIM)] if conversation.muted else []
        if figure:
            right.append((ours(f" {figure}"), Ink.DIM))
        if spark_cells:
            right = [*right[:-1], (ours(f"{right[-1][0] if right else '':>{_FIGURE_CELLS}}"), Ink.DIM)]
            if width_of(left) + width_of(right) + spark_cells <= width:
                right.insert(0, (sparkline(conversation, now, self._look.glyphs, spark_cells), Ink.DIM))
        return both_ends(tuple(left), tuple(right), width, " ", Ink.DIM)


def _heading(conversation: Conversation, now: float) -> str:
    attention = conversation.attention(now)
    if attention in (Attention.ERROR, Attention.STALLED, Attention.RULE):
        return "needs you"
    if attention is Attention.UNREAD:
        return "done, unread"
    return "active" if conversation.is_active else QUIET
