"""When a turn of a conversation begins and ends, and what was left open in it."""

from __future__ import annotations

from chatwatch_tui.core.blocks import DoneBlock, ToolBlock, Turn
from chatwatch_tui.core.events import DoneChunk
from chatwatch_tui.core.kept_blocks import DEFAULT_TEXT_BUDGET, KeptBlocks
from chatwatch_tui.core.open_tools import OpenTools


class TurnTaking(KeptBlocks):
    """Blocks that belong to turns."""

    def __init__(self, text_budget: int = DEFAULT_TEXT_BUDGET) -> None:
        super().__init__(text_budget)
        self._open_tools = OpenTools()

    @property
    def running_tool(self) -> ToolBlock | None:
        """The tool call that waits for its result, the newest where there are several."""
        return self._open_tools.latest

    @property
    def answered_at_once(self) -> bool:
        """Whether the turn that runs has had messages and nothing that the model streamed."""
        return bool(self.turns) and not self.turns[-1].ended and not self.turns[-1].spoke

    def mark_joined_midway(self) -> None:
        """The turn that runs began before we were there."""
        if self.turns:
            self.turns[-1].complete_start = False

    def _open_turn(self, at: float) -> Turn:
        last = self.turn
        awaited = False
        if last is not None and not last.ended:
            if last.first_chunk_at is None:
                return last  # only a message so far (system before user): one turn
            self._abandon_open_tools(last)
            last.ended = True
            awaited = last.is_awaited
        turn = Turn(number=last.number + 1 if last else 1, first_block=self.next_id, at=at, awaited=awaited)
        self.turns.append(turn)
        return turn

    def _speaking_turn(self, at: float) -> Turn:
        """The turn that a chunk of that moment belongs to."""
        turn = self.turn
        if turn is None or turn.ended:
            turn = self._open_turn(at)
        if turn.first_chunk_at is None:
            turn.first_chunk_at = at
        turn.last_chunk_at = at
        return turn

    def _any_turn(self, at: float) -> Turn:
        return self.turn or self._open_turn(at)

    def _end_turn(self, turn: Turn, at: float, *, failed: bool, done: DoneChunk | None = None) -> None:
        turn.ended = True
        turn.failed = failed
        self._abandon_open_tools(turn)
        self._append(
            DoneBlock(
                id=self.next_id,
                turn=turn.number,
                at=at,
                chunks=0 if failed else 1,  # the error chunk is counted by its own block
                failed=failed,
                seconds=turn.seconds_until(at),
                output_tokens=done.output_tokens if done else None,
                input_tokens=done.input_tokens if done else None,
                total_tokens=done.total_tokens if done else None,
                final_confirmed=turn.final_confirmed,
            )
        )

    def _abandon_open_tools(self, turn: Turn) -> None:
        for block in self._open_tools.abandon(turn):
            self._grew(block, 0)
