"""The reader: one text in full, its Markdown rendered, off the hot path."""

from __future__ import annotations

import asyncio
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from chatwatch_tui.core.blocks import Block, ErrorBlock, OtherBlock, TextBlock, ToolBlock
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.export import code_blocks, passage_of, speaker
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.handing import Copying
from chatwatch_tui.ui.json_tree import JsonTree, NoTree
from chatwatch_tui.ui.look import Look, both_ends
from chatwatch_tui.ui.markdown_rows import MAX_MARKDOWN, Part, lay_out, parse, plain
from chatwatch_tui.ui.screens.copy_menu import Choice, CopyMenu, code_choices
from chatwatch_tui.ui.screens.moving import PageScreen
from chatwatch_tui.ui.themes import Ink

MAX_PLAIN = 1_000_000
"""Characters of a text that are laid out as they came."""
_JSON_WIDTH = 100


class Document(NamedTuple):
    """What is read."""

    title: SafeText
    text: str
    """Hostile."""
    is_markdown: bool = True


def document_of(transcript: Transcript, block: Block | None) -> Document | None:
    """What there is to read of a block: the whole text that it is a part of, or its payloads. None where nothing is."""
    if isinstance(block, TextBlock):
        passage = passage_of(transcript, block)
        return Document(SafeText(f"{safe_line(speaker(block), 24)}, turn {block.turn}"), passage.text.strip("\n"))
    if isinstance(block, ToolBlock):
        parts = [f"arguments\n\n{_pretty(block.arguments)}"] if block.arguments else []
        parts += [f"result\n\n{_pretty(block.result)}"] if block.result is not None else []
        return Document(SafeText(f"{safe_line(block.name, 60)}, turn {block.turn}"), "\n\n".join(parts), False)
    if isinstance(block, ErrorBlock):
        return Document(SafeText(f"error, turn {block.turn}"), f"{block.message}\n\n{block.detail}".strip(), False)
    if isinstance(block, OtherBlock):
        return Document(safe_line(block.type, 60), block.text, False)
    return None


def document_at(transcript: Transcript, block: Block) -> Document | None:
    """What there is to read of a block; of the end of a turn and of marks, what stands before them in the turn."""
    before: Block | None = block
    while before is not None and before.turn == block.turn:
        if (found := document_of(transcript, before)) is not None:
            return found
        before = transcript.block(before.id - 1)
    return None


def _pretty(payload: str) -> str:
    """JSON on several lines where it is some and small, else as it came."""
    try:
        tree = JsonTree(payload) if len(payload) < MAX_MARKDOWN else None
    except NoTree:
        tree = None
    if tree is None or isinstance(tree.root, str):
        return payload
    tree.open_all()
    return "\n".join("".join(text for text, _ in line.row) for line in tree.lines(_JSON_WIDTH))


class ReaderScreen(PageScreen):
    """Lies over whatever it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.READ)]

    def __init__(self, look: Look, document: Document, copying: Copying) -> None:
        super().__init__(look, Scope.READ, has_cursor=False)
        self._document = document
        self._copying = copying
        self._parsed: list[Part] | None = None
        self._plain = plain(document.text[:MAX_PLAIN])
        self._wants_markdown = document.is_markdown
        self._laid_out: tuple[object, list[Row]] | None = None

    def on_mount(self) -> None:
        """Parse beside the event loop; the text is there to read until then."""
        if self._wants_markdown and len(self._document.text) <= MAX_MARKDOWN:
            self.run_worker(self._parse(), name="markdown", group="markdown", exit_on_error=False)
        elif self._wants_markdown:
            self._wants_markdown = False
            size = byte_size(len(self._document.text))
            self._keys.say(ours(f"{size} are too much to render as Markdown: this is the text as it came."), Ink.WARN)

    async def _parse(self) -> None:
        self._parsed = await asyncio.to_thread(parse, self._document.text, self._look.glyphs)
        self._page.refresh_rows()
        self._bar.refresh_rows()

    @property
    def _shows_markdown(self) -> bool:
        return self._wants_markdown and self._parsed is not None

    def title_rows(self, width: int) -> list[Row]:
        """What is read, and how it is shown."""
        how = "Markdown" if self._shows_markdown else "as it came"
        left: Row = ((ours(" reader "), Ink.BADGE), (SafeText(f" {self._document.title} "), Ink.STRONG))
        right: Row = ((ours(f" {how}, {byte_size(len(self._document.text.encode('utf-8', 'replace')))} "), Ink.DIM),)
        return [both_ends(left, right, width, " ", Ink.DIM)]

    def rows(self, width: int) -> list[Row]:
        """The text, laid out once a width."""
        parts = self._parsed if self._shows_markdown and self._parsed is not None else self._plain
        keymap = self._look.keymap
        key = (id(parts), width, keymap)
        if self._laid_out is None or self._laid_out[0] != key:
            elsewhere = "{read-copy} copies it, {write} on the dashboard writes it"
            cut = keymap.fill(f"… more than this is not shown; {elsewhere}")
            rows: list[Row] = [
                ((ours(" "), Ink.TEXT), *row) for row in lay_out(parts, max(8, width - 2), self._look.glyphs, cut)
            ]
            if (left := len(self._document.text) - MAX_PLAIN) > 0:
                rows.append(((keymap.fill(f" … {left:,} characters more; {elsewhere}"), Ink.WARN),))
            self._laid_out = (key, rows)
        return self._laid_out[1]

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
        self._wants_markdown = not self._wants_markdown
        self._page.refresh_rows()
        self._bar.refresh_rows()

    def action_copy(self) -> None:
        """The text, or one of its code blocks."""
        text = self._document.text
        choices = [Choice(SafeText(f"all of it  {byte_size(len(text))}"), text), *code_choices(code_blocks(text))]
        if len(choices) == 1:
            self._copying.copy(self, text, self._keys.say)
        else:
            self.app.push_screen(CopyMenu(self._look, choices, self._copying), self._chosen)

    def _chosen(self, choice: Choice | None) -> None:
        if choice is not None and choice.text is not None:
            self._copying.copy(self, choice.text, self._keys.say)
