"""The palette: everything that can be done, shown or chosen, by typing some letters of it."""

from __future__ import annotations

from collections.abc import Iterable

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.fuzzy import Haystack
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.choosing import Choosing
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.palette import Choice, Entry, entries, entry_row
from chatwatch_tui.ui.picking import Found
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.screens.picker import ConversationRows


class Palette(Chooser[Choice]):
    """Finds anything. A blank may be typed here: nothing is marked."""

    TITLE_WORDS = "palette"
    EMPTY_WORDS = "what to do, a conversation, a layout, a theme"

    def __init__(self, look: Look, rows: ConversationRows) -> None:
        super().__init__(look)
        self._rows = rows

    def open_list(
        self,
        open_panes: Iterable[int],
        themes: Iterable[str],
        named: Iterable[str] = (),
        rules: Iterable[tuple[str, bool]] = (),
    ) -> None:
        """Everything there is now."""
        everything: list[Choice] = [
            *entries(self._look.keymap.commands(Scope.DASHBOARD), open_panes, themes, named, rules),
            *self._rows.ordered(),
        ]
        self.begin(Choosing(everything, self._hay))

    def newcomers(self) -> list[Choice]:
        """Conversations that spoke for the first time meanwhile."""
        return [*self._rows.newcomers()]

    def _hay(self, item: Choice) -> Haystack:
        return item.hay if isinstance(item, Entry) else self._rows.haystacks(item)

    def row_of(self, item: Choice, width: int, found: Found, *, is_here: bool) -> Row:
        """A conversation as in its own list, else kind, words and keys."""
        if isinstance(item, Conversation):
            return self._rows.row(item, width, found, is_here=is_here)
        return entry_row(item, width, found, is_here=is_here)
