"""What there is to copy at a place: a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.redaction import redaction_words
from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.export import CodeBlock, code_blocks, passage_of, passage_text, passages, speaker, turn_of
from chatwatch_tui.ui.figures import byte_size, utf8_bytes
from chatwatch_tui.ui.handing import Copying
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.page import Page

MAX_CHOICES = 40
_FRAME_ROWS = 3
"""Edges and keys."""
_BAR_ROWS = 1


class Choice(NamedTuple):
    """One thing to copy."""

    words: SafeText
    text: str | None
    """Hostile; None: rows are to be selected."""


def _size(text: str) -> str:
    """As much as is copied of hostile text."""
    return byte_size(utf8_bytes(make_safe(text)))


def code_choices(blocks: Sequence[CodeBlock]) -> list[Choice]:
    """Code blocks, each with its language and first words."""
    choices: list[Choice] = []
    for number, block in enumerate(blocks, 1):
        first = next((line.strip() for line in block.code.split("\n") if line.strip()), "")
        language = f" {safe_line(block.language)}" if block.language else ""
        words = f"code {number}{language}  {_size(block.code)}  {safe_line(first, 60)}"
        choices.append(Choice(SafeText(words), block.code))
    return choices


def choices_at(transcript: Transcript, block: Block) -> list[Choice]:
    """What can be copied at a block, the nearest first."""
    choices: list[Choice] = []
    if isinstance(block, TextBlock):
        text = passage_of(transcript, block).text.strip("\n")
        choices.append(Choice(SafeText(f"this text of {safe_line(speaker(block), 24)}  {_size(text)}"), text))
    turn = turn_of(transcript, block.turn)
    found = list(passages(turn))
    codes = [code for each in found if isinstance(each.first, TextBlock) for code in code_blocks(each.text)]
    tools = [each for each in turn if isinstance(each, ToolBlock)]
    if isinstance(block, ToolBlock):
        tools = [block, *(each for each in tools if each is not block)]
    for_tools: list[Choice] = []
    for tool in tools:
        name = safe_line(tool.name, 40)
        for word, payload in (("arguments", tool.arguments), ("result", tool.result)):
            if payload:
                for_tools.append(Choice(SafeText(f"{word} of {name}  {_size(payload)}"), payload))
    whole = "\n".join(passage_text(each) for each in found)
    of_turn = Choice(ours(f"all of turn {block.turn}  {byte_size(utf8_bytes(whole))}"), whole)  # safe already
    parts = [*for_tools, *code_choices(codes)] if isinstance(block, ToolBlock) else [*code_choices(codes), *for_tools]
    return [
        *choices, *parts[:MAX_CHOICES], of_turn, Choice(ours("rows that you select"), None)
    ]  # fmt: skip


class CopyMenu(Moving, Dialog[Choice | None]):
    """Lies over the half of the screen that is not copied from; ends with what was chosen."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.COPY)]
    DEFAULT_CSS = """
    CopyMenu { align: center bottom; background: $background 0%; }
    CopyMenu.-at-top { align: center top; }
    #copy { width: 100%; max-width: 80; height: auto; max-height: 100%; }
    #copy Page { height: auto; }
    #copy KeyBar { dock: none; }
    """

    def __init__(self, look: Look, choices: Sequence[Choice], copying: Copying, *, at_top: bool = False) -> None:
        """`at_top`: what is copied stands in the lower half of the screen."""
        super().__init__(classes="-at-top" if at_top else None)
        self._look = look
        self._choices = choices
        self._copying = copying
        self._page = Page(look, self._rows, has_cursor=True)
        self._keys = KeyBar(look, Scope.COPY)

    def compose(self) -> ComposeResult:
        """The list, and what its keys do."""
        box = Vertical(self._page, self._keys, id="copy", classes="dialog")
        box.border_title = "copy"
        yield box

    def on_mount(self) -> None:
        """As high as the list is, and no higher than the screen; with room for them, between the bars."""
        rows = self.app.size.height
        wanted = len(self._choices) + 1
        self._page.styles.height = min(wanted, max(1, rows - 3))
        if wanted + _FRAME_ROWS + 2 * _BAR_ROWS <= rows // 2:
            self.query_one("#copy").styles.margin = (_BAR_ROWS, 0)

    def _rows(self, width: int) -> list[Row]:
        rows: list[Row] = [((each.words, Ink.TEXT),) for each in self._choices]
        on = self._copying.redact
        words = redaction_words(self._copying.settings.redact, on=on)
        if len(words) > width:
            words = "redaction is on"
        return [*rows, ((ours(words), Ink.WARN if on else Ink.DIM),)]

    def action_take(self) -> None:
        """Copy this."""
        if self._page.cursor < len(self._choices):
            self.dismiss(self._choices[self._page.cursor])
        else:
            self.action_redact()

    def on_click(self, event: events.Click) -> None:
        """Pointing at a row takes it."""
        if self._page.region.contains(*event.screen_offset):
            self.action_take()

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.COPY))

    def action_redact(self) -> None:
        """Leave secrets out, or not."""
        self._copying.redact = not self._copying.redact
        self._page.refresh_rows()

    def action_back(self) -> None:
        """Copy nothing."""
        self.dismiss(None)

    def move_by(self, rows: int) -> None:
        """The cursor moves; beyond an end is the end."""
        self._page.move(rows)

    @property
    def page_rows(self) -> int:
        """As the page says."""
        return self._page.page

    @property
    def all_rows(self) -> int:
        """As the page says."""
        return self._page.count
