"""A pane: the frame and the stream of one conversation, drawn as finished rows.

Departure from how Textual widgets are usually made, on purpose: `render_lines` is overridden and hands over one ready
`Strip` per row, frame included, so that neither the per-widget style cache nor children, borders and scrollbars take
part in a frame. An unchanged row is the same `Strip` object again, with all that Textual and Rich have cached in it.
What is owed in return is paid in `themes.make_inks`: ground, filters and theme are part of the inks.

The widget owns no state of the conversation and none of the scrolling: that is `PaneView`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from chatwatch_tui.core.conversation import ACTIVE_PHASES
from chatwatch_tui.ui.block_rows import Row, Span, ours, wrapped
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.marks import Marks
from chatwatch_tui.ui.messages import PaneChosen, PaneScrolled, RowsDragged, RowsOnTheirWay
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import words_instead
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.framed import FramedWidget

if TYPE_CHECKING:
    from chatwatch_tui.ui.highlight import Highlight
    from chatwatch_tui.ui.rule_highlight import RuleHighlight

_SIDE_CELLS = 2
_BARE_CELLS = 1
"""Without a frame: room for the sign of the cursor, or of a mark."""
_NOTHING: tuple[bool, Row | None] = (False, None)
"""Neither marked nor found."""
_StripKey = tuple[object, bool, int, bool, Row | None]


class Pane(FramedWidget):
    """One conversation on screen."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    def __init__(self, number: int, look: Look, clock: Callable[[], float]) -> None:
        super().__init__(number, look, clock)
        self.highlight: Highlight | None = None
        """What a search has found here; None while none is on."""
        self._rule_highlight: RuleHighlight | None = None
        """What the operator's rules were hit by; None where by nothing that can be shown."""
        self.marks: Marks | None = None
        """Which rows the operator marked, in all conversations; None while there are none."""
        self._strips: dict[int, tuple[_StripKey, Strip]] = {}
        self._last_row = 0
        self._pointed: int | None = None
        self.selected = range(0)
        """Rows of the layout that are selected, to be copied."""
        self._dragged_from: int | None = None
        self._rows_built_before = 0
        self._fitted: tuple[Size, bool, PaneView] | None = None
        """What the view's rows were laid out for."""

    # -- what it shows ---------------------------------------------------------------------------------------------

    def show(self, view: PaneView | None) -> None:
        """Show another conversation."""
        self._rows_built_before = self.rows_built
        self.view = view
        self._strips.clear()
        self._edges.clear()
        self._fit(self.size)
        self.refresh()

    def take_in(self) -> None:
        """The conversation received something: draw what changed, and nothing else."""
        view = self.view
        if view is None or not self.is_on_screen:
            return
        dirty = view.update()
        if dirty:
            self.refresh(Region(0, self._body_top + dirty.first, self.size.width, dirty.end - dirty.first))
        self.refresh_edges()

    def refresh_found(self) -> None:
        """Draw the rows again in which something else is found, or marked, than is drawn."""
        view = self.view
        if view is None or not self.is_on_screen:
            return
        for y in range(self.body_height):
            number = view.top + y
            cached = self._strips.get(number)
            if cached is not None and number < len(view.layout) and cached[0][3:] != self._found_in(view, number):
                self.refresh(Region(0, self._body_top + y, self.size.width, 1))

    def say_of_link(self, words: str) -> None:
        """Something new is known of the link."""
        if words != self.link_words:
            self.link_words = words
            if self.view is not None and not len(self.view.layout):
                self.refresh()

    def restyle(self) -> None:
        """The look has changed: other colours, or other glyphs, which are part of the rows."""
        if self.view is not None:
            self.view.restyle(self._look.glyphs)

    def refresh_all(self) -> None:
        """Scrolled, frozen, restyled: everything may look different."""
        self._change_frame()
        self._edges.clear()
        self.refresh()

    @property
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, for whatever this pane showed."""
        return self._rows_built_before + (self.view.rows_built if self.view is not None else 0)

    # -- events ----------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self._fit(event.size)

    def on_click(self, event: events.Click) -> None:
        """Pointing at a pane goes there, at a row of it that row."""
        event.stop()
        self.post_message(PaneChosen(self.number, event.y - self._body_top))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin here."""
        self._dragged_from = self.row_at(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Rows between where the button went down and where the mouse is are selected."""
        at = self.row_at(event.y)
        if event.button and self._dragged_from is not None and at is not None:
            if not self.selected and at == self._dragged_from:
                return
            self.capture_mouse()
            self.selected = range(min(self._dragged_from, at), max(self._dragged_from, at) + 1)
            self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What was dragged over is selected."""
        self.release_mouse()
        began, self._dragged_from = self._dragged_from, None
        selected, self.selected = self.selected, range(0)
        if selected and began is not None:
            last = selected.start if began == selected.stop - 1 else selected.stop - 1
            self.post_message(RowsDragged(self.number, began, last))
            self.refresh()

    def row_at(self, y: int) -> int | None:
        """The layout's row in a row of the widget; the nearest one where the mouse was dragged out of it."""
        if self.view is None or not len(self.view.layout):
            return None
        row = min(max(0, y - self._body_top), self.body_height - 1)
        return min(self.view.top + row, len(self.view.layout) - 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.post_message(PaneScrolled(self.number, -3))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.post_message(PaneScrolled(self.number, 3))

    def _fit(self, size: Size) -> None:
        if self.view is not None and size.width and size.height:
            self._fitted = (size, self.framed, self.view)
            sides = 2 * _SIDE_CELLS if self.framed else _BARE_CELLS
            self.view.resize(max(1, size.width - sides), self.body_height)
            self.view.update()

    # -- drawing ---------------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished rows; see the module."""
        size = self.size  # asked for once: Textual works it out anew each time
        if self._frame[1:] != (size.width, self._look.revision):
            self._change_frame()
        self._last_row = size.height - 1
        if self.view is not None and self._fitted != (size, self.framed, self.view):
            self._fit(size)  # asked to draw before it was told its size: rows of another width would be for nothing
        # In the pane in focus alone: a second sign would be of a row that no key means.
        self._pointed = self.view.drawn_cursor if self.view is not None and self.in_focus else None
        self._rule_highlight = None if self.view is None else self._look_for_hits(self.view)
        rows = [self._row_strip(y) for y in crop.line_range]
        if self.view is not None:
            top = self.view.top
            if len(self._strips) > 4 * size.height:
                near = range(top - size.height, top + 2 * size.height)
                self._strips = {row: strip for row, strip in self._strips.items() if row in near}
            if self.view.is_changing:
                self.post_message(RowsOnTheirWay())
        if crop.x == 0 and crop.width == size.width:
            return rows
        return [strip.crop(crop.x, crop.right) for strip in rows]

    def _forget_rows(self) -> None:
        self._strips.clear()

    def _row_strip(self, y: int) -> Strip:
        if self.framed:
            if y == 0:
                return self._edge("top")
            if y == self._last_row:
                return self._edge("bottom")
            y -= 1
        view = self.view
        number = -1 if view is None else view.top + y
        if view is None or number >= len(view.layout):
            return self._blank() if view is None or len(view.layout) else self._row_instead(view, y)
        layout = view.layout
        is_last = number == len(layout) - 1 and layout.ends_open
        has_cursor = is_last and view.is_live and view.conversation.phase in ACTIVE_PHASES
        pointed, selected = number == self._pointed, number in self.selected
        plain = self.highlight is None and self.marks is None and self._rule_highlight is None
        marked, found = _NOTHING if plain else self._found_in(view, number)
        key = (layout.key(number), has_cursor, pointed + 2 * selected, marked, found)
        cached = self._strips.get(number)
        if cached is not None and cached[0] == key:
            return cached[1]
        row: Row = layout.row(number) if found is None else found
        if has_cursor:
            row = (*row, (ours(self._look.glyphs.cursor), Ink.CURSOR))
        strip = self._framed_strip(row, pointed=pointed, marked=marked, selected=selected)
        self._strips[number] = (key, strip)
        return strip

    def _found_in(self, view: PaneView, number: int) -> tuple[bool, Row | None]:
        """Whether a row is marked, and the row with what is found in it."""
        marked = self.marks is not None and self.marks.has(view.conversation.key, view.layout, number)
        highlight = self.highlight or self._rule_highlight
        return marked, None if highlight is None else highlight.row(view.layout, number)

    def _look_for_hits(self, view: PaneView) -> RuleHighlight | None:
        """What rules were hit by in this pane, until it is acknowledged; None where no pattern was hit."""
        rules = view.conversation.rules
        if rules is None or not rules.hits or not any(hit.rule.match for hit in rules.hits.values()):
            return None
        from chatwatch_tui.ui.rule_highlight import highlight_of  # here, so that a start does not wait for it

        return highlight_of(rules, view.frozen or view.conversation.transcript, self._rule_highlight)

    def _row_instead(self, view: PaneView, y: int) -> Strip:
        """Of the words that stand where there is no text."""
        words, ink = self.link_words, Ink.WARN
        if not words:
            words, ink = words_instead(view, self._look.keymap), Ink.DIM
        rows = wrapped(words, max(1, self._frame[1] - 2 * _SIDE_CELLS)) if words else []
        return self._framed_strip(((rows[y], ink),)) if y < len(rows) else self._blank()

    def _blank(self) -> Strip:
        cached = self._strips.get(-1)
        if cached is None:
            cached = self._strips[-1] = ((None, False, 0, False, None), self._framed_strip(()))
        return cached[1]

    def _framed_strip(self, row: Row, *, pointed: bool = False, marked: bool = False, selected: bool = False) -> Strip:
        ink, width, _ = self._frame
        glyphs = self._look.glyphs
        if selected:  # to the end of the row, so that a blank one is seen to be, too
            room = max(0, width - (2 * _SIDE_CELLS if self.framed else _BARE_CELLS))
            row = tuple((text, Ink.SELECTED) for text, _ in self._look.fitted(row, room))
        if not self.framed:
            sign = glyphs.pointer if pointed else glyphs.mark if marked else " "
            return self._look.strip(((ours(sign), Ink.KEY), *row), width)
        side = glyphs.side
        inner = self._look.fitted(row, max(0, width - 2 * _SIDE_CELLS))
        left: Span = (ours(f"{side} "), ink)
        if pointed or marked:
            signs = glyphs.mark * marked + glyphs.pointer * pointed
            left = (ours(f"{signs:<{_SIDE_CELLS}}"), Ink.KEY)
        return self._look.strip((left, *inner, (ours(f" {side}"), ink)), width)
