"""Writing a pane to a file: which format, with what left out, under which name."""

from __future__ import annotations

from collections.abc import Callable
from os.path import exists, isdir  # for a name too long, or in a locked folder, a `Path` would raise
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from chatwatch_tui.core.redaction import redaction_words
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.paths import shown_path
from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.handing import Copying
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.dialog import Dialog
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.bars import Bar
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.name_line import NameLine
from chatwatch_tui.ui.wrap import cell_width
from chatwatch_tui.ui.writing import ENDINGS, Format, Wanted

_TERM = 9
_FILE_ROW = 2
_PATH_ROWS = 3
"""Rows for where the file goes."""
_WHILE_TYPING = ("write-take", "write-empty", "write-down", "write-back", "write-help")


class WriteDialog(Dialog[None]):
    """Lies over the dashboard until the file is written, or whoever opened it leaves."""

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

    def __init__(
        self,
        look: Look,
        folder: Path,
        name_for: Callable[[str], str],
        copying: Copying,
        write: Callable[[Wanted], None],
    ) -> None:
        """`name_for` makes a file name from an ending. `write` begins to write; one of `end`, `fail` and `ask_over` is
        called when that is over."""
        super().__init__()
        self._look = look
        self._folder = folder
        self._name_for = name_for
        self._format = Format.TEXT
        self._redact = copying.redact
        self._redaction = copying.settings.redact
        self._write = write
        self._is_writing = False
        self._said = ""
        """What there is no room for in the last row."""
        self._row = 0
        self._asked_over: Path | None = None
        self._asked_new: Path | None = None
        """In whose folder, which is not there, they were asked whether it shall be made."""
        self._suggested = name_for(ENDINGS[self._format])
        self._line = NameLine(self._suggested)
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
        formats = [
            (ours(f"[{each}] "), Ink.STRONG) if each is self._format else (ours(f" {each}  "), Ink.DIM)
            for each in Format
        ]
        state = "on" if self._redact else "off"
        words = f"{state}: {redaction_words(self._redaction, on=self._redact)}"
        if self._redact and self._format is Format.JSONL:
            state, words = "not in JSONL", "not in JSONL: secrets lie across its chunks"
        if len(words) > width - _TERM - 2:
            words = state
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
        """Where it goes, whole, and what is made for it; or what was said."""
        if self._said:
            return [((ours("  "), Ink.DIM), (row, Ink.WARN)) for row in wrapped(self._said, max(1, width - 2))]
        new = "" if isdir(self.folder) else " (a new folder)"
        free = "A path may be typed."
        if self._row == _FILE_ROW and self._line.is_selected:
            free = "What is typed replaces the name; it may be a path."
        path = shown_path(self.folder if not self._line.has_name else self.path)
        for words in (f"It goes to {path}{new}. {free}", f"{path}{new}. {free}", f"{path}{new}"):
            rows = wrapped(words, max(1, width - 2))
            if len(rows) <= _PATH_ROWS:
                break
        return [((ours("  "), Ink.DIM), (row, Ink.WARN if new else Ink.DIM)) for row in rows]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another name is another question."""
        event.stop()
        self._asked_over = self._asked_new = None
        self._say("")
        self.call_after_refresh(self._refresh)  # the line scrolls when it is drawn

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the line."""
        event.stop()
        self.action_take()

    def _refresh(self) -> None:
        for bar in self.query(Bar):
            bar.refresh_rows()

    def _say(self, words: str, ink: Ink = Ink.WARN) -> None:
        """In the last row; in place of the path where that is too short for it. Safe words."""
        fits = cell_width(SafeText(words)) < self._keys.size.width
        self._said = "" if fits else words
        self._keys.say(SafeText(words) if words and fits else None, ink)
        self._refresh()

    @property
    def folder(self) -> Path:
        """The folder that it would be written into."""
        if not self._line.value.strip():
            return self._folder
        return self.path.parent if self._line.has_name else self.path

    @property
    def path(self) -> Path:
        """Where it would be written: a name without a folder is in the usual one."""
        return self._line.path_in(self._folder)

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_take(self) -> None:
        """Write, once it is sure that nothing is lost by it."""
        if self._is_writing:
            return
        path = self.path
        if words := self._refused():
            self._say(words)
        elif self.folder != self._folder and not isdir(self.folder) and self._asked_new != path:
            self._asked_new = path
            self._say(self._look.keymap.fill("There is no such folder. {write-take} again makes it."))
        elif exists(path) and self._asked_over != path:
            self.ask_over(path)
        else:
            self._is_writing = True
            self._say(self._look.keymap.fill("Writing it. {write-back} leaves; it is written all the same."), Ink.DIM)
            self._write(Wanted(path, self._format, self._redact, over=self._asked_over == path))

    def _refused(self) -> str:
        """Why nothing is written; blank where it may be."""
        if self._redact and self._format is Format.JSONL:
            # What a chunk holds is a piece of a word: of a secret each piece looks harmless, and the file has them all.
            return "JSONL cannot be redacted: take text, or turn it off."
        return self._line.fault_in(self._folder)

    # -- what became of it -----------------------------------------------------------------------------------------

    def ask_over(self, path: Path) -> None:
        """Something is there: ask whether it shall be replaced."""
        self._asked_over = path
        self.fail(self._look.keymap.fill("It is there already. {write-take} again replaces it."))

    def fail(self, words: SafeText) -> None:
        """It was not written, for that reason: everything stays as it was typed and chosen."""
        self._is_writing = False
        if self.is_attached:
            self._say(words)

    def end(self) -> None:
        """It is written."""
        if self.is_current:
            self.dismiss()

    # -- the others ------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        if not self._is_writing:
            self.app.push_screen(HelpScreen(self._look, Scope.WRITE))

    def action_down(self) -> None:
        """The next line."""
        self._go((self._row + 1) % (_FILE_ROW + 1))

    def action_up(self) -> None:
        """The line before."""
        self._go((self._row - 1) % (_FILE_ROW + 1))

    def _go(self, row: int) -> None:
        self._row = row
        self._line.is_meant = row == _FILE_ROW
        self.set_focus(self._line if row == _FILE_ROW else None)
        if row == _FILE_ROW and self._line.value == self._suggested:
            self._line.select_all()
        self._keys.show_only(_WHILE_TYPING if row == _FILE_ROW else None)
        self._say("")

    def on_descendant_focus(self) -> None:
        """A click into the name."""
        if self._row != _FILE_ROW:
            self._go(_FILE_ROW)

    def on_click(self, event: events.Click) -> None:
        """A format, or redaction on or off."""
        options = self.query_one("#options").region
        if options.contains(*event.screen_offset):
            x, y = event.screen_offset - options.offset
            self._go(y)
            if y == 1:
                self.action_redact()
            at = 2 + _TERM
            for each in Format if y == 0 else ():
                if at <= x < at + len(each) + 2:
                    self._choose(each)
                at += len(each) + 3

    def action_change(self) -> None:
        """What the line offers."""
        if self._row == 1:
            self.action_redact()
        elif self._row == 0:
            formats = list(Format)
            self._choose(formats[(formats.index(self._format) + 1) % len(formats)])

    def _choose(self, chosen: Format) -> None:
        self._format = chosen
        if self._line.value == self._suggested:
            self._suggested = self._line.value = self._name_for(ENDINGS[chosen])
            self._line.cursor_position = len(self._suggested)
        self._say("")

    def action_redact(self) -> None:
        """Leave secrets out, or not."""
        self._redact = not self._redact
        self._say("")

    def action_empty(self) -> None:
        """Another name, from its first letter."""
        self._line.value = ""
        self._go(_FILE_ROW)

    def action_back(self) -> None:
        """Write nothing, or wait no longer for it."""
        self.dismiss()
