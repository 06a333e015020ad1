"""The frame around a pane: its edges as finished rows, and what decides over them.

The compositor also asks for rows that it then does not send. So nothing that elapses is worked out in `render_lines`:
the frame's words and its ink change in `refresh_edges` alone, which asks for the rows to be sent.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chatwatch_tui.core.conversation import Attention, Conversation
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Span, ours
from chatwatch_tui.ui.look import Look, both_ends, width_of
from chatwatch_tui.ui.lower_edge import footer
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import FRAME_CELLS, RULE_INK, header, timeline
from chatwatch_tui.ui.themes import Ink


class FramedWidget(Widget):
    """A widget with a frame that says who is in it, what goes on, and what is not shown."""

    def __init__(self, number: int, look: Look, clock: Callable[[], float]) -> None:
        super().__init__()
        self.number = number
        """1 to 9, the key that goes here."""
        self.view: PaneView | None = None
        self.in_focus = False
        self.pinned = False
        self.locked = False
        self.link_down = ""
        """Why nothing can come, in a word or two; blank where something can."""
        self.source = ""
        """Name of the source, shown where there is more than one."""
        self.link_words = ""
        """What the source says of its link, shown while there is nothing else to show; hostile."""
        self.framed = True
        self._look = look
        self._clock = clock
        self._frame: tuple[Ink, int, int] = (Ink.FRAME, 0, 0)
        """Ink of the frame, width, and the look's revision: what every row depends on."""
        self._edges: dict[str, tuple[object, Strip]] = {}
        self._line: tuple[object, list[Span]] = (None, [])

    @property
    def is_on_screen(self) -> bool:
        """Whether anybody can see it."""
        return bool(self.display) and self.size.height > 0 and self.size.width > 0

    @property
    def body_height(self) -> int:
        """Rows of the stream in view."""
        return max(1, self.size.height - 2 * self._body_top)

    @property
    def _body_top(self) -> int:
        return 1 if self.framed else 0

    def refresh_edges(self) -> None:
        """Draw the frame's words again where they changed."""
        if not self.framed or self.view is None or not self.is_on_screen:
            return
        if self._change_frame():
            self.refresh()
            return
        for edge, row in (("top", 0), ("bottom", self.size.height - 1)):
            before = self._edges.get(edge)
            if before is None or self._make_edge(edge) is not before[1]:
                self.refresh(Region(0, row, self.size.width, 1))

    def _change_frame(self) -> bool:
        """Bring the frame's look up to date; whether that makes every row a new one."""
        ink = Ink.FRAME
        if self.view is not None:
            ink = self._frame_ink(self.view.conversation)
        frame = (ink, self.size.width, self._look.revision)
        if frame == self._frame:
            return False
        self._frame = frame
        self._forget_rows()
        self._edges.clear()
        return True

    def _frame_ink(self, conversation: Conversation) -> Ink:
        """A rule's colour stands before the focus: on a narrow terminal there is no other pane. Of an error the frame's
        words tell."""
        if conversation.attention(self._clock()) is Attention.ERROR:
            return Ink.FRAME_FOCUS if self.in_focus else Ink.FRAME_BAD
        colour = conversation.rules.colour if conversation.rules is not None else None
        if colour is not None:
            return RULE_INK[colour][1]
        return Ink.FRAME_FOCUS if self.in_focus else Ink.FRAME

    def _forget_rows(self) -> None:
        """The frame looks different, and with it every row."""

    def _edge(self, edge: str) -> Strip:
        cached = self._edges.get(edge)
        return self._make_edge(edge) if cached is None else cached[1]

    def _make_edge(self, edge: str) -> Strip:
        """The frame's upper or lower row; the same object while its words are the same."""
        ink = self._frame[0]
        left, right = self._edge_words(edge)
        key = (tuple(left), tuple(right))
        cached = self._edges.get(edge)
        if cached is not None and cached[0] == key:
            return cached[1]
        glyphs = self._look.glyphs
        corners = glyphs.corners[:2] if edge == "top" else glyphs.corners[2:]
        rule = glyphs.rule
        row = both_ends(
            ((ours(corners[0] + rule), ink), *left),
            (*right, (ours(rule + corners[1]), ink)),
            self.size.width,
            rule,
            ink,
        )
        strip = self._look.strip(row, self.size.width)
        self._edges[edge] = (key, strip)
        return strip

    def _timeline(self, conversation: Conversation, now: float) -> list[Span]:
        """Worked out once a second: what moves faster cannot be read."""
        key = (int(now), conversation, self._frame)
        if key != self._line[0]:
            self._line = (key, timeline(conversation, now, self._look.glyphs, self._frame[1], self._frame[0]))
        return self._line[1]

    def _edge_words(self, edge: str) -> tuple[list[Span], list[Span]]:
        view = self.view
        if view is None:
            return ([(SafeText(f" {self.number} "), Ink.DIM)], []) if edge == "top" else ([], [])
        now, glyphs = self._clock(), self._look.glyphs
        if edge == "bottom":
            line = self._timeline(view.conversation, now)
            live_key = self._look.keymap.key("live", "end")
            words = footer(view, now, glyphs, self._frame[1], beside=width_of(line), live_key=live_key)
            fits = width_of(words) + width_of(line) <= self._frame[1] - FRAME_CELLS
            return words, line if fits else []
        return header(
            view,
            self.number,
            now,
            glyphs,
            self._frame[1],
            pinned=self.pinned,
            locked=self.locked,
            link_down=self.link_down,
            source=self.source,
            focused=self.in_focus,
        )
