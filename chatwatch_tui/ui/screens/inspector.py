"""The inspector: one delivery, what was understood of it and what it was. It shows the one it was opened on; what
arrives meanwhile only makes the way forward longer."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.fact_lines import Line
from chatwatch_tui.ui.handing import Copying
from chatwatch_tui.ui.inspection import Inspection
from chatwatch_tui.ui.json_tree import NoTree
from chatwatch_tui.ui.look import Look, both_ends
from chatwatch_tui.ui.pane_words import label, short_id
from chatwatch_tui.ui.screens.moving import PageScreen
from chatwatch_tui.ui.themes import Ink


class InspectorScreen(PageScreen):
    """Lies over the dashboard, which goes on receiving."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.INSPECT)]

    def __init__(self, look: Look, inspection: Inspection, copying: Copying) -> None:
        super().__init__(look, Scope.INSPECT, has_cursor=True)
        self.inspection = inspection
        self._copying = copying

    def on_mount(self) -> None:
        """The count of what has arrived ticks by the second, like everything that elapses."""
        self.set_interval(1.0, self._bar.refresh_rows)

    def title_rows(self, width: int) -> list[Row]:
        """Whose, and which of how many."""
        at, raw = self.inspection.ordinal, self.inspection.conversation.raw
        conversation = self.inspection.conversation
        newer = raw.total - at - 1
        place = f"{at + 1:,} of {raw.total:,}"
        if newer:
            place += f", {newer:,} newer"
        left: Row = (
            (ours(" inspector "), Ink.BADGE),
            (SafeText(f" {short_id(conversation)} "), Ink.STRONG),
            (label(conversation, 30), Ink.DIM),
        )
        return [both_ends(left, ((ours(f" {place} "), Ink.DIM),), width, " ", Ink.DIM)]

    def rows(self, width: int) -> list[Row]:
        """The lines of the inspection."""
        return [line.row for line in self.inspection.lines(width, self._look.keymap)]

    @property
    def _lines(self) -> list[Line]:
        return self.inspection.lines(self._page.inner_width, self._look.keymap)

    @property
    def _line(self) -> Line:
        return self._lines[self._page.cursor]

    def _go(self, ordinal: int, otherwise: str) -> None:
        if self.inspection.go(ordinal):
            self._page.go(0)
            self._bar.refresh_rows()
            self._keys.say(None)
        else:
            self._keys.say(ours(otherwise))

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys of this screen first."""
        from chatwatch_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._look, Scope.INSPECT))

    def action_next(self) -> None:
        """The next delivery."""
        self._go(self.inspection.ordinal + 1, "This is the newest one so far.")

    def action_previous(self) -> None:
        """The one before."""
        self._go(self.inspection.ordinal - 1, "Nothing older is kept.")

    def action_first(self) -> None:
        """The oldest that is kept."""
        self._go(self.inspection.conversation.raw.first, "This is the oldest one that is kept.")

    def action_last(self) -> None:
        """The newest."""
        self._go(self.inspection.conversation.raw.total - 1, "This is the newest one so far.")

    def action_fold(self) -> None:
        """Open, close, or more."""
        if self.inspection.toggle(self._line):
            self._page.refresh_rows()
        else:
            copies = "; {inspect-copy} copies it" if self._line.value is not None or self._line.path is not None else ""
            self._keys.say(self._look.keymap.fill(f"Nothing folds on this line{copies}."))

    def action_open_all(self) -> None:
        """All of the tree."""
        self.inspection.open_all()
        self._page.refresh_rows()

    def action_hex(self) -> None:
        """Text or hexadecimal."""
        self.inspection.toggle_hex()
        self._page.cursor = max((n for n, line in enumerate(self._lines) if line.is_heading), default=0)
        self._page.refresh_rows()

    def action_section(self) -> None:
        """The next heading, round the corner."""
        headings = [n for n, line in enumerate(self._lines) if line.is_heading]
        after = next((n for n in headings if n > self._page.cursor), 0)
        self._page.cursor = after
        self._page.top = after
        self._page.refresh_rows()

    def action_copy(self) -> None:
        """What is on this line."""
        try:
            value = self.inspection.value(self._line)
        except NoTree as problem:
            self._keys.say(SafeText(f"{problem}."))
            return
        if value is None:
            words = "There is nothing to copy on this line; {inspect-copy-payload} copies the raw payload."
            self._keys.say(self._look.keymap.fill(words))
        else:
            self._copying.copy(self, value, self._keys.say)

    def action_copy_payload(self) -> None:
        """All of the payload."""
        data = self.inspection.data
        if data is None:
            self._keys.say(ours("The payload is no longer kept, or there is none."))
        else:
            self._copying.copy(self, data.decode("utf-8", "backslashreplace"), self._keys.say)

    def action_read(self) -> None:
        """The whole text."""
        from chatwatch_tui.ui.document import text_of
        from chatwatch_tui.ui.screens.reader import ReaderScreen

        conversation = self.inspection.conversation
        read = text_of(conversation, conversation.transcript, self.inspection.block)
        if read is None:
            self._keys.say(ours("There is no text to read here: it belongs to no text that is kept."))
        else:
            self.app.push_screen(ReaderScreen(self._look, read, self._copying))
