"""The list of all conversations, to find some and open them.

Space marks, because that is what the hand expects in a list of which several are wanted; so words are parted by commas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.choosing import Choosing
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.pane_words import short_id
from chatwatch_tui.ui.picking import ConversationHaystacks, Found, conversation_row
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.themes import Ink


class ConversationRows:
    """How conversations look in a list: what both lists draw them with."""

    def __init__(
        self,
        look: Look,
        roster: Roster,
        clock: Callable[[], float],
        number_of: Callable[[ConversationKey], int | None],
        link_down: Callable[[ConversationKey], str],
    ) -> None:
        self._look = look
        self.roster = roster
        self.clock = clock
        self._number_of = number_of
        self._link_down = link_down
        self.haystacks = ConversationHaystacks(roster, link_down)
        self._made = 0
        self.with_source = False
        """Whether there are several sources."""

    def ordered(self) -> list[Conversation]:
        """All of them, the most urgent and newest first."""
        self.haystacks.renew()
        self._made = self.roster.made
        found = self.roster.ordered(self.clock())
        self.with_source = len({each.key.source for each in found}) > 1
        return found

    def newcomers(self) -> list[Conversation]:
        """Those that spoke for the first time since this or `ordered` was asked last."""
        found = self.roster.made_since(self._made)
        self._made = self.roster.made
        return found

    def row(self, conversation: Conversation, width: int, found: Found, *, is_here: bool) -> Row:
        """One of them in so many cells."""
        if self.roster.get(conversation.key) is not conversation:
            return ((ours(f"  {short_id(conversation)} given up: too many conversations"), Ink.DIM),)
        return conversation_row(
            conversation,
            width,
            now=self.clock(),
            glyphs=self._look.glyphs,
            number=self._number_of(conversation.key),
            found=found,
            link_down=self._link_down(conversation.key),
            with_source=self.with_source,
            is_here=is_here,
        )


class Picker(Chooser[Conversation]):
    """Finds conversations."""

    TITLE_WORDS = "open conversations"
    EMPTY_WORDS = "id, label, state, source or last words"
    SCOPES = (Scope.CHOOSER, Scope.PICKER)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PICKER)]

    def __init__(self, look: Look, rows: ConversationRows) -> None:
        super().__init__(look)
        self._rows = rows

    def open_list(self) -> None:
        """All conversations in the order of now."""
        self.begin(Choosing(self._rows.ordered(), self._rows.haystacks))

    def newcomers(self) -> list[Conversation]:
        """Conversations that spoke for the first time meanwhile."""
        return self._rows.newcomers()

    def row_of(self, item: Conversation, width: int, found: Found, *, is_here: bool) -> Row:
        """A conversation."""
        return self._rows.row(item, width, found, is_here=is_here)

    def action_mark(self) -> None:
        """Mark it or take its mark away."""
        self.choosing.mark()
        self.refresh_list()
