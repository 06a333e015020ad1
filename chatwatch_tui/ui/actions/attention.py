"""What needs the operator: going there, and having seen it."""

from __future__ import annotations

from typing import Any

from chatwatch_tui.core.conversation import Attention
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.widgets.roster_list import RosterList


class AttentionActions(DashboardActions):
    """Round the conversations that need the operator."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._visited: set[tuple[ConversationKey, Attention, float]] = set()
        """What the jump to what needs attention has been to in this round."""

    def action_next_attention(self) -> None:
        """Go to the conversation that needs the operator most, then to the next one; when all were visited, again."""
        now = self.watching.clock()
        waiting = {
            (each.key, each.attention(now), each.phase_since): each.key for each in self.watching.roster.needing(now)
        }
        if not waiting:
            self.say(ours("Nothing needs you."))
            return
        slot = self.board.slots.get(self.board.focus)
        elsewhere = [need for need, key in waiting.items() if slot is None or key != slot.key]
        if not elsewhere:
            self.say(ours("Only this one needs you."))
            return
        fresh = [need for need in elsewhere if need not in self._visited]
        if not fresh:
            self._visited.clear()
        need = (fresh or elsewhere)[0]
        self._visited.add(need)
        self.open_conversation(waiting[need])

    def action_acknowledge(self) -> None:
        """The operator has seen the conversation in focus, or under the cursor."""
        slot = self.board.slots.get(self.board.focus)
        key = self.query_one(RosterList).chosen or (slot.key if slot is not None else None)
        conversation = self.watching.roster.get(key) if key is not None else None
        if conversation is not None:
            conversation.acknowledge(self.watching.clock())
            for pane in self._panes.values():
                pane.refresh_edges()
            self._refresh_bars()
