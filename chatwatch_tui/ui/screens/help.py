"""The page of keys and signs: going about in it, and finding."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.help_page import help_rows
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import PromptAccepted, PromptAnswered, PromptCancelled, PromptChanged, PromptMessage
from chatwatch_tui.ui.painting import painted
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
from chatwatch_tui.ui.widgets.rows import RowsWidget

FRAMED_FROM_WIDTH = 100
"""Narrower terminals give the page all they have."""


class HelpText(RowsWidget):
    """The page itself, as high as it needs to be."""

    DEFAULT_CSS = "HelpText { height: auto; width: 1fr; }"

    def __init__(self, look: Look, first: Scope) -> None:
        super().__init__(look)
        self._first = first
        self._found: tuple[int, int, int] | None = None
        """Row, and from which to which letter, of what was found."""
        self._made: tuple[object, list[Row]] = (None, [])

    def _page(self, width: int) -> list[Row]:
        """The page for that width, made once: laying out asks for it several times."""
        made_of = (width, self._look.revision, self._look.keymap)
        if self._made[0] != made_of:
            self._made = (made_of, help_rows(self._look, width, self._first))
        return self._made[1]

    def make_rows(self, width: int, height: int) -> list[Row]:
        """The whole page."""
        rows = [*self._page(width)]
        if self._found is not None and self._found[0] < len(rows):
            at, start, end = self._found
            rows[at] = painted(rows[at], [(start, end, Ink.MATCH)])
        return rows

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as there are."""
        return len(self._page(width))

    def find(self, words: str, start: int) -> tuple[int, int, int] | None:
        """The first row from that one on, around the end, that has the words, which of how many such rows it is; None
        where none has."""
        texts = ["".join(text for text, _ in row).lower() for row in self._page(self.size.width)]
        rows = [row for row, text in enumerate(texts) if words and words.lower() in text]
        self._found = None
        self.refresh_rows()
        if not rows:
            return None
        row = next((each for each in rows if each >= start), rows[0])
        at = texts[row].index(words.lower())
        self._found = (row, at, at + len(words))
        return row, rows.index(row) + 1, len(rows)

    def section_after(self, row: int) -> int:
        """The next heading, round the end."""
        rows = self._page(self.size.width)
        headings = [number for number, each in enumerate(rows) if len(each) == 1 and each[0][1] is Ink.STRONG]
        return next((each for each in headings if each > row), 0)


class HelpScreen(Moving, Dialog[None]):
    """Lies over the dashboard, which goes on receiving."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.HELP)]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    #help { width: 96; height: 92%; scrollbar-size-vertical: 1; }
    HelpScreen.-full #help { width: 100%; height: 100%; }
    HelpScreen PromptBar { dock: bottom; }
    """

    def __init__(self, look: Look, first: Scope = Scope.DASHBOARD) -> None:
        """`first`: the screen whose keys are asked for."""
        super().__init__()
        self._first = first
        self._words = ""
        """What was looked for last."""
        self.HORIZONTAL_BREAKPOINTS = [(0, "-full"), (FRAMED_FROM_WIDTH, "-framed")]
        self._look = look

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        page = VerticalScroll(HelpText(self._look, self._first), id="help", classes="dialog", can_focus=False)
        page.border_subtitle = self._keys("{help-dismiss} back", "{help-section} section", "{help-find} find")
        yield page

    def _keys(self, *sentences: str) -> SafeText:
        return self._look.keymap.fill(f" {self._look.glyphs.dot} ".join(sentences))

    def on_mount(self) -> None:
        """Say where one is, from now on."""
        page = self.query_one("#help")
        for what in ("scroll_y", "virtual_size", "size"):
            self.watch(page, what, self._say_place)

    def _say_place(self) -> None:
        page = self.query_one("#help")
        at, pages = (-(-int(rows) // self.page_rows) + 1 for rows in (page.scroll_y, page.max_scroll_y))
        page.border_title = f"keys and signs  {at}/{pages}"

    # -- finding ---------------------------------------------------------------------------------------------------

    async def action_find(self) -> None:
        """A line to type into."""
        if not self.query(PromptBar):
            prompt = PromptBar(self._look, "help")
            await self.query_one("#help").mount(prompt)
            prompt.label(ours("Find on this page:"), ours("/"))
            self.set_focus(prompt.line)

    @on(PromptChanged)
    def _words_typed(self, message: PromptChanged) -> None:
        message.stop()
        self._words = message.value
        self._find(self._top)

    @on(PromptAccepted)
    @on(PromptCancelled)
    async def _words_taken(self, message: PromptMessage) -> None:
        message.stop()
        await self.query(PromptBar).remove()

    @on(PromptAnswered)
    def _answered(self, message: PromptAnswered) -> None:
        message.stop()
        message.answered.set()

    def action_next(self) -> None:
        """The next row that has the words."""
        self._find(self._top + 2)

    def action_section(self) -> None:
        """The next heading."""
        self.move_by(self.query_one(HelpText).section_after(self._top) - self._top)

    def _find(self, start: int) -> None:
        found = self.query_one(HelpText).find(self._words, start)
        if found is not None:
            row, place, total = found
            self.move_by(row - 1 - self._top)  # a term of two rows is found in its second one
            keys = self._keys("{help-dismiss} back", "{help-find} find", "{help-next} next")
            self.query_one("#help").border_subtitle = f"{place} of {total} {self._look.glyphs.dot} {keys}"
        for prompt in self.query(PromptBar):
            missing = found is None and self._words
            prompt.tell(ours("nothing found" if missing else ""), Ink.WARN)

    @property
    def _top(self) -> int:
        return int(self.query_one("#help").scroll_y)

    # -- going about -----------------------------------------------------------------------------------------------

    def move_by(self, rows: int) -> None:
        """Scroll."""
        self.query_one("#help").scroll_relative(y=rows, animate=False)

    @property
    def page_rows(self) -> int:
        """What is seen, but for a row."""
        return max(1, self.query_one("#help").scrollable_content_region.height - 1)

    @property
    def all_rows(self) -> int:
        """The whole page."""
        return self.query_one(HelpText).size.height
