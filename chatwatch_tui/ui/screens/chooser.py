"""A list to choose from by typing: what the list of conversations and the one of everything have in common.

Letters are typed into the query, all else are keys of the command table. Over everything on narrow terminals, a dialog
on wide ones; the dashboard below goes on receiving. A chooser is made once and kept (`lru_cache` holds pushed screens,
so each new one would cost memory for good), and `begin` gives it a new list.

Not Textual's `CommandPalette`: it asks its providers anew for every letter, lays out an option widget per hit, shows a
moving indicator meanwhile and has keys of its own; here ten thousand hostile names have to be drawn within two frames.

Keys are acted upon one after the other (`take_key`), for over a slow link they come in bursts. A letter is typed at
once; whatever else there is (Enter, Space, Down) is about the list as it is for the letters before it, so it waits
until all candidates are folded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from contextlib import suppress
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.board import NARROW_BELOW
from chatwatch_tui.ui.choosing import Choosing
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look, both_ends
from chatwatch_tui.ui.picking import Found
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.screens.moving import Moving
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.chooser_rows import ChooserRows, Pointed
from chatwatch_tui.ui.wrap import fit

T = TypeVar("T", bound=Hashable)
FRAME_FROM_WIDTH = 60
"""Narrower terminals give the frame's cells to the list."""
PREPARE_PAUSE = 0.005
"""Seconds between two pieces of a list that is made ready."""
DRAWN_SECONDS = 0.5
"""How long a key that is about the rows on screen waits for them to be there."""
_AROUND = 3
"""Rows that are not the list's: the edges and the query."""


class Chooser(Moving, Dialog[list[T]]):
    """Base: say what a row looks like. Dismissed with what was chosen, with nothing where it was left."""

    TITLE_WORDS = ""
    EMPTY_WORDS = ""
    """What stands where the query would, while it is blank."""
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.CHOOSER,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CHOOSER)]
    DEFAULT_CSS = """
    Chooser { align: center middle; }
    Chooser > ChooserRows { width: 84%; max-width: 130; height: 84%; max-height: 40; }
    Chooser.-full > ChooserRows { width: 100%; max-width: 100%; height: 100%; max-height: 100%; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._choosing: Choosing[T] | None = None
        self._in_view = range(0)
        self._is_preparing = False
        self._is_drawn = asyncio.Event()

    # -- for those that know what the list is of -------------------------------------------------------------------

    def row_of(self, item: T, width: int, found: Found, *, is_here: bool) -> Row:
        """How it looks in so many cells; `found` are the words of the query."""
        raise NotImplementedError

    def newcomers(self) -> list[T]:
        """What came since this was asked last."""
        return []

    # -- the screen ------------------------------------------------------------------------------------------------

    def begin(self, choosing: Choosing[T]) -> None:
        """Choose from this now; call before it is pushed."""
        self._choosing = choosing
        self._is_drawn.clear()

    @property
    def choosing(self) -> Choosing[T]:
        """The list of now."""
        assert self._choosing is not None
        return self._choosing

    def compose(self) -> ComposeResult:
        """One widget."""
        yield ChooserRows(self._look, self._make_rows)

    def on_mount(self) -> None:
        """States and elapsed times go on by the second."""
        self.set_interval(1.0, self._tick)

    def on_screen_resume(self) -> None:
        """Pushed, again perhaps: fold the candidates while the first page is looked at."""
        self._fill()
        self.refresh_list()
        self.call_after_refresh(self._begin_preparing)

    def on_resize(self, event: events.Resize) -> None:
        """A dialog, or everything."""
        self._fill()

    def _fill(self) -> None:
        width, height = self.app.size
        self.set_class(width < NARROW_BELOW[0] or height < NARROW_BELOW[1], "-full")

    def _begin_preparing(self) -> None:
        self._is_drawn.set()
        if not self._is_preparing:
            self._is_preparing = True
            self._prepare()

    def _prepare(self) -> None:
        """A piece, and a pause in which keys are taken and rows drawn."""
        self._is_preparing = self.is_current and self.choosing.prepare()
        if self._is_preparing:
            self.set_timer(PREPARE_PAUSE, self._prepare)
        elif self.choosing.query:
            self.refresh_list()

    def _tick(self) -> None:
        if self.is_current:
            if newcomers := self.newcomers():
                self.choosing.add(newcomers)
                self._begin_preparing()
            self.refresh_list()

    def refresh_list(self) -> None:
        """Draw what looks different now."""
        for rows in self.query(ChooserRows):  # none yet, where letters come with the key that opened it
            rows.refresh_rows()

    # -- rows ------------------------------------------------------------------------------------------------------

    def _make_rows(self, width: int, height: int) -> list[Row]:
        choosing, glyphs = self.choosing, self._look.glyphs
        framed = width >= FRAME_FROM_WIDTH
        inner = width - 4 if framed else width
        self._in_view = choosing.cursor.window(len(choosing), max(1, height - _AROUND))
        body: list[Row] = [self._query_row(inner)]
        for place in self._in_view:
            body.append(self._list_row(choosing[place], inner, is_here=place == choosing.cursor.at))
        if not choosing:
            body.append(((ours("  Nothing matches."), Ink.DIM),))
        body += [()] * (height - 2 - len(body))
        side, ink = glyphs.side, Ink.FRAME_FOCUS
        if framed:
            body = [
                ((ours(f"{side} "), ink), *both_ends(row, (), inner, " ", Ink.DIM), (ours(f" {side}"), ink))
                for row in body
            ]
        number = f"{len(choosing):,}"
        if len(choosing) < len(choosing.items):
            number += f" of {len(choosing.items):,}"
        if choosing.marked:
            number = f"{len(choosing.marked):,} marked {glyphs.dot} {number}"
        title: list[Span] = [(ours(f" {self.TITLE_WORDS} "), Ink.STRONG)]
        return [
            self._edge(width, title, number, glyphs.corners[:2]),
            *body[: height - 2],
            self._edge(width, self._key_words(width), "", glyphs.corners[2:]),
        ]

    def _list_row(self, item: T, width: int, *, is_here: bool) -> Row:
        choosing = self.choosing
        signs: list[Span] = [
            (ours(self._look.glyphs.pointer if is_here else " "), Ink.KEY),
            (ours("* " if item in choosing.marked else "  "), Ink.KEY),
        ]
        return (*signs, *self.row_of(item, width - 3, choosing.found(item), is_here=is_here))

    def _query_row(self, width: int) -> Row:
        query, glyphs = self.choosing.query, self._look.glyphs
        typed = safe_line(query)
        while len(typed) > 1 and fit(typed, width - 4) != typed:
            typed = SafeText(typed[1:])
        row: list[Span] = [(ours(f" {glyphs.token} "), Ink.KEY), (typed, Ink.STRONG), (ours(glyphs.cursor), Ink.CURSOR)]
        if not query:
            row.append((fit(ours(f" {self.EMPTY_WORDS}"), width - 4), Ink.DIM))
        return tuple(row)

    def _key_words(self, width: int) -> list[Span]:
        shown = sorted(
            (each for scope in self.SCOPES for each in self._look.keymap.commands(scope) if each.footer and each.keys),
            key=lambda each: each.footer,
        )
        words: list[Span] = []
        for each in shown:
            key, label = ours(each.display_keys.split()[0]), ours(f" {each.label}")
            words += [(ours("  " if words else " "), Ink.DIM), (key, Ink.KEY), (label, Ink.DIM)]
        if width >= FRAME_FROM_WIDTH and "space" in self.active_bindings:  # else a blank does it, as one would think
            words += [(ours("  "), Ink.DIM), (ours(","), Ink.KEY), (ours(" between words"), Ink.DIM)]
        *others, (last, ink) = words
        return [*others, (ours(f"{last} "), ink)]

    def _edge(self, width: int, left: list[Span], right: str, corners: str) -> Row:
        rule, ink = self._look.glyphs.rule, Ink.FRAME_FOCUS
        end: Row = ((ours(rule + corners[1]), ink),)
        if right:
            end = ((ours(f" {right} "), Ink.DIM), *end)
        return both_ends(((ours(corners[0] + rule), ink), *left), end, width, rule, ink)

    # -- keys ------------------------------------------------------------------------------------------------------

    takes_keys = True
    """See `take_key`."""

    async def take_key(self, event: events.Key) -> None:
        """Act upon a key, and be done with it before the next one: a letter is typed, unless a command has the key."""
        if await self.app._check_bindings(event.key, priority=True):
            return
        if event.is_printable and event.character and event.key not in self.active_bindings:
            self._type(event.character)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_drawn.wait(), DRAWN_SECONDS)
        while self.choosing.is_narrowed and self.choosing.prepare():  # noqa: ASYNC110 - others have their turn
            await asyncio.sleep(PREPARE_PAUSE)
        await self.app._check_bindings(event.key)

    async def take_paste(self, line: str) -> None:
        """As if it was typed."""
        self._type(line.strip())

    def _type(self, text: str) -> None:
        self.choosing.type(text)
        self.refresh_list()

    @on(Pointed)
    def _pointed(self, message: Pointed) -> None:
        message.stop()
        place = message.row - 2
        if 0 <= place < len(self._in_view):
            self.choosing.cursor.at = self._in_view[place]
            self.dismiss([self.choosing[self._in_view[place]]])

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self.move_by(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self.move_by(3)

    def move_by(self, rows: int) -> None:
        """The cursor moves."""
        self.choosing.move(rows)
        self.refresh_list()

    @property
    def page_rows(self) -> int:
        """What is seen of the list, but for a row."""
        return max(1, self.query_one(ChooserRows).size.height - _AROUND - 1)

    @property
    def all_rows(self) -> int:
        """All that match."""
        return len(self.choosing)

    def action_choose(self) -> None:
        """Take it."""
        if chosen := self.choosing.chosen:
            self.dismiss(chosen)

    async def action_dismiss(self, result: list[T] | None = None) -> None:
        """Take nothing."""
        self.dismiss([])

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.CHOOSER))

    def action_erase(self) -> None:
        """A letter less."""
        self.choosing.erase()
        self.refresh_list()

    def action_erase_word(self) -> None:
        """A word less."""
        self.choosing.erase_word()
        self.refresh_list()

    def action_clear(self) -> None:
        """No letters."""
        self.choosing.clear()
        self.refresh_list()
