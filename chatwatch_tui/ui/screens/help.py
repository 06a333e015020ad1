"""Every key and every sign, from the same tables that the dashboard runs on."""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from chatwatch_tui.core.filtering import VALUES
from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Command, Scope
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import PromptAccepted, PromptAnswered, PromptCancelled, PromptChanged, PromptMessage
from chatwatch_tui.ui.painting import painted
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
from chatwatch_tui.ui.widgets.rows import RowsWidget

TERM_WIDTH = 15
FRAMED_FROM_WIDTH = 100
"""Narrower terminals give the page all they have."""


def help_rows(look: Look, width: int, first: Scope = Scope.DASHBOARD) -> list[Row]:
    """The keys of the screen that asks, the dashboard's by group, what a filter holds, what the signs mean, then the
    keys of whatever else may lie over the dashboard."""
    keys = look.keymap.commands()
    here = [] if first is Scope.DASHBOARD else [each for each in keys if each.scope is first]
    return [
        *_key_rows(here, width),
        *_key_rows([each for each in keys if each.scope is Scope.DASHBOARD], width),
        *_filter_rows(width),
        *_sign_rows(look, width),
        *_key_rows([each for each in keys if each.scope not in (Scope.DASHBOARD, first)], width),
    ]


def _key_rows(commands: list[Command], width: int) -> list[Row]:
    rows: list[Row] = []
    for group, found in groupby(commands, key=lambda command: command.group):
        rows += [((ours(f" {group.value}"), Ink.STRONG),)]
        for command in (each for each in found if each.keys):
            rows += _entry(command.display_keys, Ink.KEY, command.help, Ink.TEXT, width)
        rows.append(())
    return rows


def _filter_rows(width: int) -> list[Row]:
    types, roles = (", ".join(VALUES[field]) for field in ("type", "role"))
    rows: list[Row] = [((ours(" What a filter holds"), Ink.STRONG),)]
    for term, meaning in (
        ("refund paid", "both words are there; a word with capitals minds them"),
        ('"paid twice"', "these words together"),
        ("/err(or)?/", "a regular expression"),
        ("type:tool", f"what it is, by its beginning: {types}"),
        ("role:user", f"whose message: {roles}"),
        ("tool:search", "a tool call or result, by a piece of the tool's name"),
        ("-type:done", "not that; - turns any of these round"),
    ):
        rows += _entry(term, Ink.KEY, meaning, Ink.TEXT, width)
    errors = "Errors and gaps pass every filter. A turn passes when all terms are found in it."
    return [*rows, *(((ours(f" {row}"), Ink.DIM),) for row in wrapped(errors, width - 2)), ()]


def _sign_rows(look: Look, width: int) -> list[Row]:
    glyphs = look.glyphs
    rows: list[Row] = [((ours(" Signs"), Ink.STRONG),)]
    for sign, word, ink, meaning in (
        (glyphs.thinking, "thinking", Ink.THINKING, "the model reasons"),
        (glyphs.token, "token", Ink.TEXT, "the answer, as it comes"),
        (glyphs.tool_call, "tool call", Ink.TOOL, "a tool with its arguments"),
        (glyphs.tool_result, "tool result", Ink.RESULT, "size and duration, then the result"),
        (
            glyphs.done,
            "done",
            Ink.DIM,
            f"the end of a turn; final {glyphs.done}: the whole message came, the same",
        ),
        (glyphs.error, "error", Ink.BAD, "the turn failed"),
        (glyphs.gap, "gap", Ink.WARN, "something is missing here, with what is known of it"),
        (glyphs.stalled, "model silent", Ink.WARN, "no chunk for longer than its phase allows; the link is up"),
        (glyphs.link_down, "link down", Ink.WARN, "the connection is down; the model may well be speaking"),
        (
            glyphs.link_down,
            "not permitted",
            Ink.WARN,
            "not signed in, no connection: nothing can come of this conversation alone",
        ),
        (glyphs.unknown, "unknown", Ink.WARN, "a chunk type or payload that nobody knows, as it came"),
    ):
        rows += _entry(f"{sign} {word}", ink, meaning, Ink.DIM, width)
    for term, ink, meaning in _signs_of_the_frame(glyphs):
        rows += _entry(term, ink, meaning, Ink.DIM, width)
    return [*rows, ()]


def _signs_of_the_frame(glyphs: Glyphs) -> tuple[tuple[str, Ink, str], ...]:
    """What stands in frames, in the strip and in the status bar."""
    return (
        (glyphs.waiting, Ink.DIM, "waiting: for the user, or for the model's next step"),
        (glyphs.cursor, Ink.TEXT, "at the end of a text: it is still being written"),
        (
            glyphs.pointer,
            Ink.KEY,
            "the cursor: the row that inspect, read, mark and copy mean; up and down move it. While the newest text is"
            " followed it is the newest row, without a sign",
        ),
        (glyphs.mark, Ink.KEY, "a row that you marked"),
        (glyphs.pin, Ink.KEY, "pinned: discovery never replaces this pane"),
        (glyphs.lock, Ink.KEY, "locked: nothing replaces or closes this pane"),
        (glyphs.frozen, Ink.WARN, "frozen: what is shown stands still, and goes on being received"),
        (glyphs.hit, Ink.WARN, "a rule of yours was hit; its words are marked in the text"),
        (glyphs.muted, Ink.DIM, "muted: no alerts of this conversation, or none at all"),
        (f"{glyphs.error} then ...", Ink.BAD, "it failed, nobody has looked, and this is what it does now"),
        (glyphs.line_thinking, Ink.LINE_THINKING, "in a lower frame, the last minutes: thinking, the more the faster"),
        (glyphs.line_answering, Ink.TEXT, "answering, the higher the faster; in the list: chunks of the last minute"),
        (glyphs.line_tool, Ink.TOOL, "a tool ran"),
        (glyphs.line_silent, Ink.DIM, "nothing came though a turn was running"),
        (f"{glyphs.gap} {glyphs.error} {glyphs.line_other}", Ink.DIM, "a gap, an error, anything else"),
        (f"[2{glyphs.error}]", Ink.BAD, "in the strip of panes: pane 2 needs you; without brackets it does not"),
        ("+6", Ink.DIM, "in the strip: six more conversations are in no pane"),
        ("+214 new", Ink.WARN, "what came below since you scrolled up or froze"),
        ("3 cut off", Ink.WARN, "of so many nothing can come now: their link is down, or they are not permitted"),
        ("57/s", Ink.DIM, "beside answering: chunks of text a second"),
        (f"{glyphs.link_up} live 3 ms", Ink.GOOD, "the link is up, with its round trip"),
        ("connecting (6, 8 s)", Ink.WARN, "the sixth attempt, for 8 seconds so far"),
        ("lag 0.4 s", Ink.TEXT, "how long what was received has waited to be shown"),
        ("lost 3", Ink.BAD, "deliveries known to be missing; ? in 2 outages: nobody knows how many"),
        ("joined mid-stream", Ink.WARN, "the turn had begun before chatwatch listened"),
    )


def _entry(term: str, term_ink: Ink, meaning: str, ink: Ink, width: int) -> list[Row]:
    """A term and what it means, wrapped beside it, or below where that would be a column of letters."""
    if width < 2 * TERM_WIDTH:
        below = [((ours("   "), ink), (row, ink)) for row in wrapped(meaning, width - 4)]
        return [((ours(f" {term}"), term_ink),), *below]
    terms = [ours(f" {row:<{TERM_WIDTH}}") for row in wrapped(term, TERM_WIDTH - 1)]
    blank, nothing = ours(" " * (TERM_WIDTH + 1)), ours("")
    return [
        ((left or blank, term_ink), (right or nothing, ink))
        for left, right in zip_longest(terms, wrapped(meaning, width - TERM_WIDTH - 2))
    ]


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

    def find(self, words: str, start: int) -> int | None:
        """The first row from that one on, around the end, that has the words; None where none has."""
        texts = ["".join(text for text, _ in row).lower() for row in self._page(self.size.width)]
        order = [*range(start, len(texts)), *range(start)]
        found = next((row for row in order if words and words.lower() in texts[row]), None)
        at = texts[found].index(words.lower()) if found is not None else 0
        self._found = None if found is None else (found, at, at + len(words))
        self.refresh_rows()
        return found

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
        dot = self._look.glyphs.dot
        page.border_subtitle = self._look.keymap.fill(
            f"{{help-dismiss}} back {dot} {{help-section}} section {dot} {{help-find}} find"
        )
        yield page

    def on_mount(self) -> None:
        """Say where one is, from now on."""
        page = self.query_one("#help")
        for what in ("scroll_y", "virtual_size", "size"):
            self.watch(page, what, self._say_place)

    def _say_place(self) -> None:
        page = self.query_one("#help")
        height = max(1, page.scrollable_content_region.height)
        pages = max(1, -(-page.virtual_size.height // height))
        at_end = page.scroll_y >= page.max_scroll_y
        at = pages if at_end else min(pages, int(page.scroll_y) // height + 1)
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
        row = self.query_one(HelpText).find(self._words, start)
        if row is not None:
            self.move_by(row - 1 - self._top)  # a term of two rows is found in its second one
        for prompt in self.query(PromptBar):
            missing = row is None and self._words
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
