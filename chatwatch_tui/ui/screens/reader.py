"""The reader: one text in full, its Markdown rendered, off the hot path.

A text that is being written goes on by the second. What is shown as it came grows by what is new, in slices. Markdown
has to be parsed anew as a whole, so it is done in a thread, and not again before ten times as long has gone by.
"""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from textual.binding import BindingType

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.document import ReadText, State
from chatwatch_tui.ui.export import code_blocks
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.handing import Copying
from chatwatch_tui.ui.look import Look, both_ends
from chatwatch_tui.ui.markdown_rows import MAX_MARKDOWN, Part, lay_out, parse
from chatwatch_tui.ui.plain_rows import PlainRows
from chatwatch_tui.ui.screens.copy_menu import Choice, CopyMenu, code_choices
from chatwatch_tui.ui.screens.moving import PageScreen
from chatwatch_tui.ui.slices import SLICE_SECONDS, Slice
from chatwatch_tui.ui.themes import Ink

LOOK_EVERY = 1.0
"""Seconds between two looks at what came."""
_REST = 10
"""Times as long as parsing took, between two of it."""


class ReaderScreen(PageScreen):
    """Lies over whatever it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.READ)]

    def __init__(self, look: Look, read: ReadText, copying: Copying) -> None:
        super().__init__(look, Scope.READ, has_cursor=False)
        self._read = read
        self._copying = copying
        self._parsed: list[Part] | None = None
        self._parsed_text: str | None = None
        """What the last parsing was of, or is of."""
        self._is_parsing = False
        self._parse_from = 0.0
        """Not to be parsed again before that moment."""
        self._plain = PlainRows(1)
        self._is_laying_out = False
        self._wants_markdown = read.document.is_markdown
        self._rendered: tuple[object, list[Row]] | None = None
        self._return_to: float | None = None
        """The share of the rows above the view, to go back to once all rows are there."""

    # -- following the text ----------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Parse beside the event loop; the text is there to read until then."""
        self._go_on_parsing()
        self.set_interval(LOOK_EVERY, self.take_in)

    def take_in(self) -> None:
        """Show what came, and how far the text is."""
        was, follows = self._read.state, self._is_at_end
        is_news = self._read.look()
        if is_news:
            if self._plain.begins(self._read.document.text):
                self._plain.go_on(self._read.document.text, Slice())
            self._show_rows(follows=follows)
        if is_news or self._read.state is not was:
            self._bar.refresh_rows()
        if self._read.state is State.GONE and was is not State.GONE:
            self._keys.say(
                ours("The beginning of this text was pruned; it stays here as far as it had come."), Ink.WARN
            )
        self._go_on_parsing()

    def _go_on_parsing(self) -> None:
        text = self._read.document.text
        if not self._read.document.is_markdown or self._parsed_text == text or self._is_parsing:
            return
        if len(text) > MAX_MARKDOWN:
            if self._wants_markdown:
                words = f"{byte_size(self._read.size)} are too much to render as Markdown: this is the text as it came."
                self._keys.say(ours(words), Ink.WARN)
                self._show_as(markdown=False)
            self._parsed = None
        elif time.monotonic() >= self._parse_from:
            self._parsed_text, self._is_parsing = text, True
            self.run_worker(self._parse(text), name="markdown", group="markdown", exit_on_error=False)

    async def _parse(self, text: str) -> None:
        began = time.monotonic()
        width = self._page.inner_width
        try:
            parsed = await asyncio.to_thread(parse, text, self._look.glyphs)
            rows = await asyncio.to_thread(self._lay_out, parsed, width)
        finally:
            self._is_parsing = False
        self._parse_from = time.monotonic() + _REST * (time.monotonic() - began)
        if len(self._read.document.text) > MAX_MARKDOWN:
            return  # it has grown meanwhile
        follows = self._is_at_end
        self._parsed = parsed
        self._rendered = (self._key(parsed, width), rows)
        self._show_rows(follows=follows and self._shows_markdown)
        self._bar.refresh_rows()

    def _show_rows(self, *, follows: bool) -> None:
        """There are other rows; at their end the reader stays there, else where they are."""
        if follows:
            self._page.top = self._page.count
        self._page.refresh_rows()

    @property
    def _is_at_end(self) -> bool:
        height = self._page.size.height
        return bool(height) and self._page.top + height >= self._page.count

    def _show_as(self, *, markdown: bool) -> None:
        """Rendered or not, at about the same place."""
        self._return_to = self._page.top / max(1, self._page.count)
        self._wants_markdown = markdown
        self._go_back()
        self._page.refresh_rows()
        self._bar.refresh_rows()

    def _go_back(self) -> None:
        if self._return_to is not None:
            self._page.top = round(self._return_to * self._page.count)
            if self._shows_markdown or self._plain.is_done(self._read.document.text):
                self._return_to = None

    @property
    def _shows_markdown(self) -> bool:
        return self._wants_markdown and self._parsed is not None

    # -- rows ------------------------------------------------------------------------------------------------------

    def title_rows(self, width: int) -> list[Row]:
        """What is read, how far it has come, and how it is shown."""
        how = "Markdown" if self._shows_markdown else "as it came"
        left: Row = ((ours(" reader "), Ink.BADGE), (SafeText(f" {self._read.document.title} "), Ink.STRONG))
        right: Row = ((ours(f" {how}, {byte_size(self._read.size)} "), Ink.DIM),)
        if self._read.state:
            right = ((ours(f" {self._read.state} "), Ink.WARN), *right)
        return [both_ends(left, right, width, " ", Ink.DIM)]

    def rows(self, width: int) -> list[Row]:
        """The text, laid out once a width: its Markdown at once, for it is bounded, else in slices."""
        if self._shows_markdown and self._parsed is not None:
            key = self._key(self._parsed, width)
            if self._rendered is None or self._rendered[0] != key:
                self._rendered = (key, self._lay_out(self._parsed, width))
            return self._rendered[1]
        text = self._read.document.text
        inner = max(8, width - 2)
        if self._plain.width != inner or not self._plain.begins(text):
            if self._plain.rows and self._return_to is None and self._plain.width != inner:
                self._return_to = self._page.top / len(self._plain.rows)
            self._plain = PlainRows(inner)
            self._plain.go_on(text, Slice())
        if not self._plain.is_done(text) and not self._is_laying_out:
            self._is_laying_out = True
            self.run_worker(self._lay_out_the_rest(), name="laying out", group="laying out", exit_on_error=False)
        return self._plain.all_rows(text, self._look.keymap)

    def _key(self, parsed: list[Part], width: int) -> object:
        return (id(parsed), width, self._look.keymap)

    def _lay_out(self, parsed: list[Part], width: int) -> list[Row]:
        elsewhere = "{read-copy} copies it, {write} on the dashboard writes it"
        cut = self._look.keymap.fill(f"… more than this is not shown; {elsewhere}")
        rows = lay_out(parsed, max(8, width - 2), self._look.glyphs, cut)
        return [((ours(" "), Ink.TEXT), *row) for row in rows]

    async def _lay_out_the_rest(self) -> None:
        try:
            while not self._plain.is_done(self._read.document.text):
                await asyncio.sleep(SLICE_SECONDS)
                follows = self._is_at_end and not self._shows_markdown
                self._plain.go_on(self._read.document.text, Slice())
                if not self._shows_markdown:
                    self._go_back()
                    self._show_rows(follows=follows and self._return_to is None)
        finally:
            self._is_laying_out = False

    def move_by(self, rows: int) -> None:
        """From now on the reader is where they go."""
        self._return_to = None
        super().move_by(rows)

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.READ))

    def action_plain(self) -> None:
        """Rendered, or as it came."""
        if self._parsed is None:
            self._keys.say(ours("This is the text as it came; it is not rendered."))
            return
        self._show_as(markdown=not self._wants_markdown)

    def action_copy(self) -> None:
        """The text as far as it has come, or one of its code blocks."""
        self.take_in()
        text = self._read.document.text
        choices = [Choice(SafeText(f"all of it  {byte_size(self._read.size)}"), text), *code_choices(code_blocks(text))]
        if len(choices) == 1:
            self._copy(text)
        else:
            self.app.push_screen(CopyMenu(self._look, choices, self._copying), self._chosen)

    def _chosen(self, choice: Choice | None) -> None:
        if choice is not None and choice.text is not None:
            self._copy(choice.text)

    def _copy(self, text: str) -> None:
        state = self._read.state

        def say(words: SafeText, ink: Ink = Ink.TEXT) -> None:
            self._keys.say(SafeText(f"{words.removesuffix('.')}; {state}") if state else words, ink)

        self._copying.copy(self, text, say)
