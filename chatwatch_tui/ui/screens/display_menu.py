"""What is shown of each kind, for one pane or for all: a small menu over the dashboard, which goes on receiving.

Every choice holds at once, behind the menu; there is nothing to confirm. It fits 40x12, where it has no frame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.reading import KIND_WORDS, LEVELS
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.rows import RowsWidget

KINDS = tuple(LEVELS)
NAME_CELLS = 15
"""Cells of a kind's name, where there is room ..."""
LEVEL_CELLS = 26
"""... beside the levels, each with a sign before it."""
_NAMES = KIND_WORDS | {"thinking": "thinking", "system": "system"}
SCOPE_WORDS = ("this pane", "all panes")
_HINT = "{display-dismiss} back  {display-cycle} level  {display-scope} this/all  {display-help} help"
Choose = Callable[[str, Level, bool], None]
"""Told of a kind, its new level, and whether that is for all panes."""


class DisplayRows(RowsWidget):
    """The menu itself."""

    DEFAULT_CSS = "DisplayRows { width: 1fr; height: 1fr; }"

    def __init__(self, look: Look, levels: tuple[DisplaySettings, DisplaySettings], *, for_all: bool) -> None:
        super().__init__(look)
        self.levels = list(levels)
        """Of the pane, and of all."""
        self.for_all = for_all
        self.cursor = 0

    def make_rows(self, width: int, height: int) -> list[Row]:
        """Whose levels, a row a kind, what the keys do; where that is too high, what is around the cursor."""
        glyphs = self._look.glyphs
        name_cells = min(NAME_CELLS, max(1, width - LEVEL_CELLS - 2))
        scope: list[Span] = [(ours(f"  {'show for':<{name_cells}}"), Ink.DIM)]
        for_all = int(self.for_all)
        scope += self._choices(SCOPE_WORDS, for_all)
        rows: list[Row] = [tuple(scope)]
        for position, kind in enumerate(KINDS):
            here = position == self.cursor
            name = _NAMES.get(kind, kind)
            level: Level = getattr(self.levels[for_all], kind)
            row: list[Span] = [
                (ours(f"{glyphs.pointer if here else ' '} "), Ink.KEY),
                (ours(f"{name:<{name_cells}}"), Ink.STRONG if here else Ink.TEXT),
            ]
            shown = level if level in LEVELS[kind] else LEVELS[kind][0]
            words = tuple(each.words if each in LEVELS[kind] else "" for each in Level)
            rows.append((*row, *self._choices(words, list(Level).index(shown))))
        rows.append(((ours("  "), Ink.DIM), (self._look.keymap.fill(_HINT), Ink.DIM)))
        first = max(0, min(self.cursor + 2, len(rows) - 1) - (height - 1))
        return [rows[0], *rows[1 + first :]]

    def _choices(self, words: tuple[str, ...], chosen: int) -> list[Span]:
        sign = self._look.glyphs.link_up
        spans: list[Span] = []
        for position, word in enumerate(words):
            words_and_sign = f"{sign if position == chosen else ' '}{word}" if word else " " * 9
            gap = "  " if position else ""
            spans.append((ours(f"{gap}{words_and_sign}"), Ink.KEY if position == chosen else Ink.DIM))
        return spans


class DisplayMenu(Dialog[None]):
    """Chooses levels; tells `choose` of each."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.DISPLAY)]
    DEFAULT_CSS = """
    DisplayMenu { align: center middle; }
    #display { width: 48; height: 12; }
    DisplayMenu.-small #display { border: none; width: 100%; height: 100%; }
    """

    def __init__(self, look: Look, pane: DisplaySettings | None, every: DisplaySettings, choose: Choose) -> None:
        """`pane` is None where no pane is open: then it is for all."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-small"), (60, "-framed")]
        self._look = look
        self._has_pane = pane is not None
        self.rows = DisplayRows(look, (pane or every, every), for_all=pane is None)
        self._choose = choose

    def compose(self) -> ComposeResult:
        """The menu."""
        frame = Container(self.rows, id="display", classes="dialog")
        frame.border_title = "what is shown"
        yield frame

    def action_up(self) -> None:
        """The kind above."""
        self._move(-1)

    def action_down(self) -> None:
        """The kind below."""
        self._move(1)

    def _move(self, by: int) -> None:
        self.rows.cursor = (self.rows.cursor + by) % len(KINDS)
        self.rows.refresh_rows()

    def action_less(self) -> None:
        """Towards full."""
        self._step(-1)

    def action_more(self) -> None:
        """Towards hidden."""
        self._step(1)

    def action_cycle(self) -> None:
        """The next level, round the corner."""
        self._step(1, around=True)

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.DISPLAY))

    def action_scope(self) -> None:
        """This pane or all."""
        if self._has_pane:
            self.rows.for_all = not self.rows.for_all
            self.rows.refresh_rows()

    def _step(self, by: int, *, around: bool = False) -> None:
        rows = self.rows
        kind = KINDS[rows.cursor]
        levels = LEVELS[kind]
        shown: Level = getattr(rows.levels[rows.for_all], kind)
        at = (levels.index(shown) if shown in levels else 0) + by
        level = levels[at % len(levels)] if around else levels[min(max(0, at), len(levels) - 1)]
        self._choose(kind, level, rows.for_all)
        for which in (0, 1) if rows.for_all else (0,):
            rows.levels[which] = msgspec.structs.replace(rows.levels[which], **{kind: level})
        rows.refresh_rows()
