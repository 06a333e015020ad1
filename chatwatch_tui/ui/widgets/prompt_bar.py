"""One line to type into, in the footer's place: what to find, what to filter by, how to name a file.

It is mounted when it is opened and removed when it is closed, so that closed it takes no key and costs nothing. While
it is open all letters are text; keys that the line has no use for (PgUp and PgDn, say) go on to the dashboard. What is
pasted is made safe like text from the wire, which is also how it reads on screen: `<U+202E>` can be pasted and found.

The bar knows nothing of what it is used for: it posts what happens, with `purpose` to tell whose bar it is, and is told
what to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import (
    PromptAccepted,
    PromptAnswered,
    PromptCancelled,
    PromptChanged,
    PromptMessage,
    PromptSwitched,
    PromptToggled,
)
from chatwatch_tui.ui.row_strip import with_places
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget
from chatwatch_tui.ui.wrap import cell_width, fit

ANSWER_SECONDS = 0.5
"""How long a key waits for the one before it to be acted upon."""
MIN_LINE = 12
"""Cells that are always left to type in."""
GOOD_LINE = 16
"""Cells to type in that the long label and the hint must leave."""
_NOT_IN_A_LINE = frozenset({"submit", "copy"})
"""Actions of Textual's input whose keys mean something else here: Enter is the bar's, Ctrl+C ends the program."""


class Line(Input, inherit_bindings=False):
    """Textual's input with no frame, no markup, no blinking."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Input.BINDINGS if isinstance(each, Binding) and each.action not in _NOT_IN_A_LINE
    ]

    def __init__(self, value: str) -> None:
        super().__init__(safe_line(value), compact=True, select_on_focus=False)
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        """As the input's; what is beside it stands in its column."""
        return with_places(super().render_line(y))

    def insert_text_at_cursor(self, text: str) -> None:
        """Typed or pasted."""
        super().insert_text_at_cursor(safe_line(text))

    def replace(self, text: str, start: int, end: int) -> None:
        """Typed or pasted over something."""
        super().replace(safe_line(text), start, end)

    def enter_text(self, text: str) -> None:
        """What was typed or pasted, in place of what is selected."""
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)

    def on_blur(self) -> None:
        """A click beside it: what is typed is still for this line."""
        if self.is_attached and self.app.screen is self.screen:
            self.screen.call_after_refresh(self._take_focus)

    def _take_focus(self) -> None:
        if self.is_attached and self.app.screen is self.screen:
            self.focus()

    def on_click(self, event: events.Click) -> None:
        """Nothing below it is meant."""
        event.stop()


class _Words(RowsWidget):
    """One end of the bar."""

    DEFAULT_CSS = "_Words { height: 1; width: 0; }"

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.row: Row = ()

    def show(self, row: Row) -> None:
        """These words, and as wide as they are."""
        self.row = row
        width = sum(cell_width(text) for text, _ in row)
        self.styles.width = width
        self.display = width > 0
        self.refresh_rows()

    def make_rows(self, width: int, height: int) -> list[Row]:
        """The words."""
        return [self.row]


class PromptBar(Widget):
    """Label, line, and facts at the right."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.FIND)]
    DEFAULT_CSS = """
    PromptBar { layout: horizontal; height: 1; width: 1fr; }
    PromptBar > Line, PromptBar > Line:focus { width: 1fr; background: $background; background-tint: $background 0%; }
    """

    def __init__(
        self, look: Look, purpose: str, *, value: str = "", history: Sequence[str] = (), id: str | None = None
    ) -> None:
        """`history` is what was typed before, newest last; Up brings it back."""
        super().__init__(id=id)
        self.purpose = purpose
        """What it is open for; messages carry it."""
        self.line = Line(value)
        self._look = look
        self._label = _Words(look)
        self._facts = _Words(look)
        self._labels: tuple[SafeText, SafeText] = (ours(""), ours(""))
        self._told: tuple[SafeText, SafeText, Ink] = (ours(""), ours(""), Ink.DIM)
        self._hints: tuple[SafeText, ...] = ()
        self._placeholders: tuple[SafeText, ...] = ()
        self._history = list(dict.fromkeys(reversed(history)))
        """Newest first."""
        self._at = -1
        """Which of the history is in the line; -1 is what was typed anew."""
        self._draft = value
        self._answered = asyncio.Event()
        self._answered.set()

    @property
    def value(self) -> str:
        """What is in the line."""
        return self.line.value

    def compose(self) -> ComposeResult:
        """The three parts."""
        yield self._label
        yield self.line
        yield self._facts

    def on_mount(self) -> None:
        """As wide as there is room."""
        self._lay_out()

    def on_resize(self) -> None:
        """Other widths."""
        self._lay_out()

    # -- what it says ----------------------------------------------------------------------------------------------

    def label(self, long: SafeText, short: SafeText | None = None) -> None:
        """What is being asked for; the short form where the line would be too short otherwise."""
        self._labels = (long, long if short is None else short)
        self._lay_out()

    def hint(self, *words: SafeText) -> None:
        """What the keys do here, the longest first; shown where there is room."""
        self._hints = words
        self._lay_out()

    def placeholder(self, *words: SafeText) -> None:
        """What an empty line says, the longest first."""
        self._placeholders = words
        self._lay_out()

    def tell(self, words: SafeText, ink: Ink = Ink.DIM, *, short: SafeText | None = None) -> None:
        """What has come of it so far, and how to say it in less room; an error in `Ink.BAD`."""
        told = (words, words if short is None else short, ink)
        if told != self._told:
            self._told = told
            self._lay_out()

    def _lay_out(self) -> None:
        width = self.size.width
        if not width:
            return
        told, short_told, ink = self._told
        long, short = self._labels
        taken = cell_width(told) + 2 * bool(told)
        label = long if width - taken - cell_width(long) - 2 >= GOOD_LINE else short
        left = cell_width(label) + 2
        room = max(0, width - left - MIN_LINE - 2)
        told = told if cell_width(told) <= room else fit(short_told, room)
        room = width - left - cell_width(told) - 5 - GOOD_LINE
        hint = next((each for each in self._hints if cell_width(each) <= room), ours(""))
        spans = [(each, its) for each, its in ((told, ink), (hint, Ink.DIM)) if each]
        row: list[tuple[SafeText, Ink]] = []
        for each, its in spans:
            row += [(ours("   " if row else " "), Ink.DIM), (each, its)]
        self._label.show(((ours(" "), Ink.KEY), (label, Ink.KEY), (ours(" "), Ink.KEY)))
        if row:
            row.append((ours(" "), Ink.DIM))
        self._facts.show(tuple(row))
        room = width - left - sum(cell_width(each) for each, _ in row) - 1
        self.line.placeholder = next((each for each in self._placeholders if cell_width(each) <= room), "")

    def _ask(self, message: PromptMessage) -> None:
        self._answered.clear()
        self.post_message(message)
        self.post_message(PromptAnswered(self._answered))

    async def is_answered(self) -> None:
        """Until what a key asked for was done: the next key is for what is on screen then."""
        if not self._answered.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), ANSWER_SECONDS)

    # -- what is done ----------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        if self._at >= 0 and message.value != self._history[self._at]:
            self._at = -1
        if self._at < 0:
            self._draft = message.value
        self.post_message(PromptChanged(self.purpose, message.value))

    def action_accept(self) -> None:
        """That is it."""
        self._ask(PromptAccepted(self.purpose, self.value))

    def action_cancel(self) -> None:
        """Never mind."""
        self._ask(PromptCancelled(self.purpose))

    def action_switch(self) -> None:
        """The other scope."""
        self._ask(PromptSwitched(self.purpose))

    def action_regex(self) -> None:
        """Plain text or regex."""
        self._ask(PromptToggled(self.purpose))

    def action_older(self) -> None:
        """What was typed before."""
        self._recall(self._at + 1)

    def action_newer(self) -> None:
        """Back to what was typed later."""
        self._recall(self._at - 1)

    def _recall(self, at: int) -> None:
        if -1 <= at < len(self._history):
            self._at = at
            self.line.value = self._draft if at < 0 else safe_line(self._history[at])
            self.line.cursor_position = len(self.line.value)
