"""Every key and every sign, from the same tables that the dashboard runs on."""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Command, Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget

TERM_WIDTH = 15
FRAMED_FROM_WIDTH = 100
"""Narrower terminals give the page all they have."""


def help_rows(look: Look, width: int) -> list[Row]:
    """The dashboard's keys by group, what the signs mean, then the keys of whatever may lie over the dashboard."""
    keys = look.keymap.commands()
    return [
        *_key_rows([each for each in keys if each.scope is Scope.DASHBOARD], width),
        *_sign_rows(look, width),
        *_key_rows([each for each in keys if each.scope is not Scope.DASHBOARD], width),
    ]


def _key_rows(commands: list[Command], width: int) -> list[Row]:
    rows: list[Row] = []
    for group, found in groupby(commands, key=lambda command: command.group):
        rows += [((ours(f" {group.value}"), Ink.STRONG),)]
        for command in (each for each in found if each.keys):
            rows += _entry(command.display_keys, Ink.KEY, command.help, Ink.TEXT, width)
        rows.append(())
    return rows


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
        (glyphs.unknown, "unknown", Ink.WARN, "a chunk type or payload that nobody knows, as it came"),
    ):
        rows += _entry(f"{sign} {word}", ink, meaning, Ink.DIM, width)
    rows += _entry("57/s", Ink.DIM, "beside answering: chunks of text a second", Ink.DIM, width)
    return [*rows, ()]


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

    def make_rows(self, width: int, height: int) -> list[Row]:
        """The whole page."""
        return help_rows(self._look, width)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as there are."""
        return len(help_rows(self._look, width))


class HelpScreen(Moving, ModalScreen[None]):
    """Lies over the dashboard, which goes on receiving."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.HELP)]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    #help { width: 96; height: 92%; scrollbar-size-vertical: 1; }
    HelpScreen.-full #help { width: 100%; height: 100%; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-full"), (FRAMED_FROM_WIDTH, "-framed")]
        self._look = look

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        page = VerticalScroll(HelpText(self._look), id="help", classes="dialog", can_focus=False)
        page.border_title = "keys and signs"
        dot = self._look.glyphs.dot
        page.border_subtitle = self._look.keymap.fill(f"{{help-dismiss}} back {dot} {{help-up}} {{help-down}} scroll")
        yield page

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
        return len(help_rows(self._look, self.size.width))
