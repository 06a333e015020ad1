"""The list of layouts that were kept under a name: take one up again, or give one up.

What is given up is gone for good, so it is asked once: the key has to be pressed twice on the same row, with nothing
typed or moved in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.binding import BindingType

from chatwatch_tui.core.fuzzy import Haystack, haystack
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.choosing import Choosing
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.cursor import Cursor
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.picking import Found, highlighted
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.session import Arrangement
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, fit

NAME_CELLS = (14, 24)
"""Cells of a name, at least and at most ..."""
WORDS_CELLS = 23
"""... beside what it stands for."""


class Layouts(Chooser[str]):
    """Finds a layout by its name."""

    TITLE_WORDS = "layouts"
    EMPTY_WORDS = "a layout's name"
    SCOPES = (Scope.CHOOSER, Scope.LAYOUTS)
    DEFAULT_CSS = "Layouts > ChooserRows { width: 64; height: 14; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.LAYOUTS)]

    def __init__(self, look: Look, forget: Callable[[str], bool]) -> None:
        """`forget` gives one up, and says whether it is gone."""
        super().__init__(look)
        self._forget = forget
        self._kept: dict[str, Arrangement] = {}
        self._asked: tuple[str, Cursor] | None = None
        """What is to be given up if the key is pressed again. Whatever is typed makes a new cursor."""

    def open_list(self, kept: Mapping[str, Arrangement]) -> None:
        """Those there are now."""
        self._kept = dict(kept)
        self._asked = None
        self.begin(Choosing(sorted(self._kept), self._hay))

    @staticmethod
    def _hay(name: str) -> Haystack:
        return haystack("", (safe_line(name),))

    def row_of(self, item: str, width: int, found: Found, *, is_here: bool) -> Row:
        """The name, and what it stands for; or the question."""
        ink = Ink.STRONG if is_here else Ink.TEXT
        name = highlighted(safe_line(item), min(NAME_CELLS[1], max(NAME_CELLS[0], width - WORDS_CELLS)), found, ink)
        room = max(0, width - sum(cell_width(text) for text, _ in name) - 2)
        if is_here and self._asked == (item, self.choosing.cursor):
            question = self._look.keymap.fill("{layouts-forget} again gives it up")
            return (*name, (ours("  "), Ink.DIM), (fit(question, room), Ink.BAD))
        return (*name, (ours("  "), Ink.DIM), (fit(ours(self._words(self._kept[item])), room), Ink.DIM))

    def _words(self, kept: Arrangement) -> str:
        return f"{len(kept.panes)} open {self._look.glyphs.dot} {kept.layout.value}"

    def move_by(self, rows: int) -> None:
        """Who moves on has not said yes."""
        self._asked = None
        super().move_by(rows)

    def action_forget(self) -> None:
        """Give up what is under the cursor, when it is asked for again."""
        name = self.choosing.here
        if name is None:
            return
        wanted = (name, self.choosing.cursor)
        if self._asked != wanted:
            self._asked = wanted
        elif self._forget(name):
            del self._kept[name]
            at = self.choosing.cursor.at
            self.open_list(self._kept)
            self.choosing.move(at)
            self._begin_preparing()
        else:
            self._kept.clear()  # the dashboard says why not
        if self._kept:
            self.refresh_list()
        else:
            self.dismiss([])
