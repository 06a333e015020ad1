"""Tool calls that wait for their results, and which of them a result belongs to: by id, else by name, else by order.

When a turn ends its open calls are abandoned. A result that comes still, and names the id of one, belongs to it.
"""

from __future__ import annotations

from chatwatch_tui.core.blocks import ToolBlock, Turn
from chatwatch_tui.core.events import ToolCallChunk, ToolResultChunk


class OpenTools:
    """The open calls of a conversation. Thousands may be open: none is looked at for the sake of another's id."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolBlock] = {}
        """By block, the oldest first."""
        self._by_call_id: dict[str, ToolBlock] = {}
        self._without_id: dict[int, ToolBlock] = {}
        self._abandoned: dict[str, ToolBlock] = {}
        """By call id."""

    @property
    def latest(self) -> ToolBlock | None:
        """The one that was called last; None where none is open."""
        return next(reversed(self._calls.values()), None)

    def append(self, block: ToolBlock) -> None:
        """A call is open from now on."""
        self._calls[block.id] = block
        if block.call_id:
            self._by_call_id.setdefault(block.call_id, block)
            self._abandoned.pop(block.call_id, None)  # the id is used again
        else:
            self._without_id[block.id] = block

    def of_piece(self, call: ToolCallChunk, turn: int) -> ToolBlock | None:
        """The open call of that turn which this is a further piece of; None where it is a call of its own."""
        block = self._by_call_id.get(call.call_id) if call.call_id else None
        return block if block is not None and block.turn == turn else None

    def take(self, found: ToolResultChunk) -> ToolBlock | None:
        """The call that a result belongs to, open no longer; abandoned where its turn had ended. None where there is
        none."""
        block = self._by_call_id.get(found.call_id) if found.call_id else None
        if block is None and found.call_id in self._abandoned:
            return self._abandoned.pop(found.call_id)
        if block is None:
            block = self._by_name_or_order(found)
        if block is not None:
            self._close(block)
        return block

    def _by_name_or_order(self, found: ToolResultChunk) -> ToolBlock | None:
        anonymous = self._without_id if found.call_id else self._calls
        if not found.name:
            return next(iter(anonymous.values()), None)
        return next((block for block in anonymous.values() if block.name == found.name), None)

    def _close(self, block: ToolBlock) -> None:
        del self._calls[block.id]
        self._without_id.pop(block.id, None)
        if self._by_call_id.get(block.call_id) is block:
            del self._by_call_id[block.call_id]

    def forget_before(self, block_id: int) -> None:
        """Blocks before that one are kept no longer."""
        for block in [block for block in self._calls.values() if block.id < block_id]:
            self._close(block)
        self._abandoned = {id_: block for id_, block in self._abandoned.items() if block.id >= block_id}

    def abandon(self, turn: Turn) -> list[ToolBlock]:
        """The turn is over: those that no result came for, open no longer."""
        abandoned = list(self._calls.values())
        for calls in (self._calls, self._by_call_id, self._without_id):
            calls.clear()
        for block in abandoned:
            block.abandoned = True
            if block.call_id:
                self._abandoned[block.call_id] = block
            block.gap_before_end = turn.last_gap is not None and turn.last_gap > block.id
        return abandoned
