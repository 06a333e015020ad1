"""Writing a pane to a file: which format, with what left out, under which name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.paths import shown_path
from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.bars import Bar
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.prompt_bar import Line
from chatwatch_tui.ui.wrap import cell_width


class Format(StrEnum):
    """What a file can be."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    JSONL = "JSONL"


ENDINGS = {Format.TEXT: ".txt", Format.MARKDOWN: ".md", Format.JSONL: ".jsonl"}
_TERM = 9
_FILE_ROW = 2
_PATH_ROWS = 3
"""Rows for where the file goes."""
_MADE_VISIBLE = re.compile(r"[\u2400-\u2421]|<U\+[0-9A-F]{4,6}>")
"""What the line makes of control and bidi characters (see `core.safetext`)."""


class Wanted(NamedTuple):
    """What the operator decided."""

    path: Path
    format: Format
    redact: bool
    over: bool
    """Replace what is there: they were asked."""


class WriteDialog(Dialog[Wanted | None]):
    """Lies over the dashboard; ends with what is wanted."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.WRITE)]
    DEFAULT_CSS = """
    WriteDialog { align: center bottom; background: $background 0%; }
    #write { width: 100%; max-width: 90; height: auto; padding: 0 1; }
    #write Bar { height: 2; }
    #write #name { height: 1; }
    #write #name Bar { height: 1; width: 11; }
    #write #name #more { width: 1; }
    #write #where { height: 3; }
    #write Input { width: 1fr; height: 1; border: none; padding: 0; }
    #write Input, #write Input:focus { color: $readable-foreground; background: $readable-surface; }
    #write KeyBar { dock: none; }
    """

    def __init__(self, look: Look, folder: Path, name_for: Callable[[str], str], *, redact: bool) -> None:
        """`name_for` makes a file name from an ending."""
        super().__init__()
        self._look = look
        self._folder = folder
        self._name_for = name_for
        self._format = Format.TEXT
        self._redact = redact
        self._row = 0
        self._asked_over: Path | None = None
        self._asked_new: Path | None = None
        """In whose folder, which is not there, they were asked whether it shall be made."""
        self._suggested = name_for(ENDINGS[self._format])
        self._line = Line(self._suggested)
        self._keys = KeyBar(look, Scope.WRITE)

    def compose(self) -> ComposeResult:
        """Format, redaction, name, folder, keys."""
        box = Vertical(
            Bar(self._look, self._option_rows, id="options"),
            Horizontal(
                Bar(self._look, self._name_row, id="name-term"),
                self._line,
                Bar(self._look, self._more_row, id="more"),
                id="name",
            ),
            Bar(self._look, self._folder_row, id="where"),
            self._keys,
            id="write",
            classes="dialog",
        )
        box.border_title = "write all of it, hidden parts too"
        yield box

    def _term(self, row: int, term: str) -> Row:
        pointer = self._look.glyphs.pointer if row == self._row else " "
        return ((ours(f"{pointer} "), Ink.KEY), (ours(f"{term:<{_TERM}}"), Ink.DIM))

    def _option_rows(self, width: int) -> list[Row]:
        formats: list[tuple[SafeText, Ink]] = []
        for each in Format:
            chosen = each is self._format
            formats.append((ours(f"[{each}]" if chosen else f" {each} "), Ink.STRONG if chosen else Ink.DIM))
            formats.append((ours(" "), Ink.DIM))
        words = "on: secrets are left out" if self._redact else "off: secrets stay in"
        if self._redact and self._format is Format.JSONL:
            words = "not in JSONL: secrets lie across its chunks"
        return [
            (*self._term(0, "format"), *formats),
            (*self._term(1, "redact"), (ours(words), Ink.WARN if self._redact else Ink.TEXT)),
        ]

    def _name_row(self, width: int) -> list[Row]:
        row = self._term(_FILE_ROW, "file")
        if self._line.scroll_offset.x > 0:  # what is left of the view
            row = (row[0], (ours(f"{'file':<{_TERM - 1}}{self._look.glyphs.ellipsis}"), Ink.DIM))
        return [row]

    def _more_row(self, width: int) -> list[Row]:
        hidden = cell_width(safe_line(self._line.value)) - int(self._line.scroll_offset.x) - self._line.size.width
        return [((ours(self._look.glyphs.ellipsis if hidden > 0 else " "), Ink.DIM),)]

    def _folder_row(self, width: int) -> list[Row]:
        """Where it goes, whole, and what is made for it."""
        new = "" if self.folder.is_dir() else " (a new folder)"
        path = shown_path(self.folder if not self._has_name else self.path)
        for words in (
            f"It goes to {path}{new}. A path may be typed.",
            f"{path}{new}. A path may be typed.",
            f"{path}{new}",
        ):
            rows = wrapped(words, max(1, width - 2))
            if len(rows) <= _PATH_ROWS:
                break
        return [((ours("  "), Ink.DIM), (row, Ink.WARN if new else Ink.DIM)) for row in rows]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another name is another question."""
        event.stop()
        self._asked_over = self._asked_new = None
        self._refresh()
        self.call_after_refresh(self._refresh)  # the line scrolls when it is drawn

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the line."""
        event.stop()
        self.action_take()

    def _refresh(self) -> None:
        for bar in self.query(Bar):
            bar.refresh_rows()

    @property
    def _has_name(self) -> bool:
        typed = self._line.value.strip()
        return bool(typed) and not typed.endswith(os.sep)

    @property
    def folder(self) -> Path:
        """The folder that it would be written into."""
        if not self._line.value.strip():
            return self._folder
        return self.path.parent if self._has_name else self.path

    @property
    def path(self) -> Path:
        """Where it would be written: a name without a folder is in the usual one."""
        try:
            given = Path(self._line.value.strip()).expanduser()
        except RuntimeError:  # somebody's home who is not known
            given = Path(self._line.value.strip())
        return given if given.is_absolute() else self._folder / given

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_take(self) -> None:
        """Write, once it is sure that nothing is lost by it."""
        path = self.path
        if self._redact and self._format is Format.JSONL:
            # What a chunk holds is a piece of a word: of a secret each piece looks harmless, and the file has them all.
            self._keys.say(ours("JSONL cannot be redacted: take text, or turn it off."), Ink.WARN)
            return
        if _MADE_VISIBLE.search(str(path)):
            # Pasted with a sign in it that is no letter: what stands for the sign is no name that anybody meant.
            self._keys.say(ours("There are control signs in the name: take them out."), Ink.WARN)
            return
        if path.is_symlink():
            self._keys.say(ours("That is a link, and nothing is written through it."), Ink.WARN)
            return
        if not self._has_name or path.is_dir():
            self._keys.say(ours("Give the file a name."), Ink.WARN)
            return
        if self.folder != self._folder and not self.folder.is_dir() and self._asked_new != path:
            self._asked_new = path
            words = "There is no such folder. {write-take} again makes it."
            self._keys.say(self._look.keymap.fill(words), Ink.WARN)
            return
        if path.exists() and self._asked_over != path:
            self._asked_over = path
            words = "It is there already. {write-take} again replaces it."
            self._keys.say(self._look.keymap.fill(words), Ink.WARN)
            return
        self.dismiss(Wanted(path, self._format, self._redact, over=self._asked_over == path))

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.WRITE))

    def action_down(self) -> None:
        """The next line."""
        self._go((self._row + 1) % (_FILE_ROW + 1))

    def action_up(self) -> None:
        """The line before."""
        self._go((self._row - 1) % (_FILE_ROW + 1))

    def _go(self, row: int) -> None:
        self._row = row
        self.set_focus(self._line if row == _FILE_ROW else None)
        self._keys.say(None)
        self._refresh()

    def action_change(self) -> None:
        """What the line offers."""
        if self._row == 1:
            self._redact = not self._redact
        elif self._row == 0:
            formats = list(Format)
            self._format = formats[(formats.index(self._format) + 1) % len(formats)]
            if self._line.value == self._suggested:
                self._suggested = self._line.value = self._name_for(ENDINGS[self._format])
        self._refresh()

    def action_back(self) -> None:
        """Write nothing."""
        self.dismiss(None)
