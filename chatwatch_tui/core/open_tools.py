"""Tool calls that wait for their results, and which of them a result belongs to: by id, else by name, else by order."""

from __future__ import annotations

from chatwatch_tui.core.blocks import ToolBlock, Turn
from chatwatch_tui.core.events import ToolCallChunk, ToolResultChunk


class OpenTools(list[ToolBlock]):
    """The open calls of a conversation, the oldest first."""

    def of_piece(self, call: ToolCallChunk, turn: int) -> ToolBlock | None:
        """The open call of that turn which this is a further piece of; None where it is a call of its own."""
        for block in self if call.call_id else ():
            if block.call_id == call.call_id and block.turn == turn:
                return block
        return None

    def take(self, found: ToolResultChunk) -> ToolBlock | None:
        """The call that a result belongs to, open no longer; None where there is none."""
        by_id = [block for block in self if found.call_id and block.call_id == found.call_id]
        anonymous = [block for block in self if not (found.call_id and block.call_id)]
        by_name = [block for block in anonymous if found.name and block.name == found.name]
        for candidates in (by_id, by_name, [] if found.name else anonymous):
            if candidates:
                self.remove(candidates[0])
                return candidates[0]
        return None

    def abandon(self, turn: Turn) -> list[ToolBlock]:
        """The turn is over: those that no result came for, open no longer."""
        abandoned = list(self)
        self.clear()
        for block in abandoned:
            block.abandoned = True
            block.gap_before_end = turn.last_gap is not None and turn.last_gap > block.id
        return abandoned
