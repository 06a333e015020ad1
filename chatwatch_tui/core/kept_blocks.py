"""The blocks of a conversation that are kept: by id, within a budget, with a log of what was changed.

What does not fit the budget is pruned from the oldest end, whole turns first, and counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

from chatwatch_tui.core.blocks import BLOCK_OVERHEAD, Block, DoneBlock, Turn

DEFAULT_TEXT_BUDGET = 2_000_000


class KeptBlocks:
    """Blocks and their turns. `Transcript` fills it."""

    def __init__(self, text_budget: int = DEFAULT_TEXT_BUDGET) -> None:
        self.text_budget = text_budget
        """Characters of text, and an overhead a block, that are kept."""
        self.blocks: list[Block] = []
        self.first_id = 0
        """Id of `blocks[0]`: how many blocks were pruned."""
        self.turns: list[Turn] = []
        self.size = 0
        self.pruned_turns = 0
        self.pruned_chars = 0
        self.pruned_chunks = 0
        self.revised: deque[int] = deque(maxlen=256)
        """Ids of the blocks that were changed last (not those that were new), in order, with repetitions."""
        self.revisions = 0
        """How many ids were ever put there, so that a reader knows how many are new to it, or that it missed some."""
        self.delivery = 0
        """Ordinal of the delivery that is being taken, or comes next: counted by the conversation, once a run."""

    @property
    def next_id(self) -> int:
        """The id that the next block will have."""
        return self.first_id + len(self.blocks)

    @property
    def turn(self) -> Turn | None:
        """The turn that runs or ended last."""
        return self.turns[-1] if self.turns else None

    def turn_of(self, block: Block) -> Turn | None:
        """The turn that a block belongs to; None where it is not kept."""
        position = block.turn - self.turns[0].number if self.turns else -1
        return self.turns[position] if 0 <= position < len(self.turns) else None

    def blocks_of(self, turn: Turn) -> list[Block]:
        """The blocks of the latest turn; empty where some of it is pruned."""
        return self.blocks[turn.first_block - self.first_id :] if turn.first_block >= self.first_id else []

    def end_of(self, turn: Turn) -> DoneBlock | None:
        """The rule at a turn's end; None where there is none."""
        ends = (block for block in reversed(self.blocks) if isinstance(block, DoneBlock) and block.turn == turn.number)
        return next(ends, None)

    def block(self, block_id: int) -> Block | None:
        """The block of that id, None where it is pruned or not there yet."""
        position = block_id - self.first_id
        return self.blocks[position] if 0 <= position < len(self.blocks) else None

    def _append(self, block: Block) -> None:
        block.delivery = self.delivery
        self.blocks.append(block)
        self.size += block.size

    def _grew(self, block: Block, chars: int) -> None:
        block.revision += 1
        self.size += chars
        self.revised.append(block.id)
        self.revisions += 1

    def drop_oldest(self) -> int:
        """Drop the oldest turns (then the oldest blocks of the only turn) until the budget holds; blocks dropped."""
        drop, freed = 0, 0
        excess = self.size - self.text_budget
        while freed < excess and drop < len(self.blocks) - 1:
            freed += self.blocks[drop].size
            drop += 1
        # Whole turns where that leaves something to read: half a turn at the top says little.
        turn_starts = [turn.first_block - self.first_id for turn in self.turns]
        position = bisect_left(turn_starts, drop)
        if position < len(turn_starts) and turn_starts[position] < len(self.blocks):
            drop = turn_starts[position]
        gone = self.blocks[:drop]
        del self.blocks[:drop]
        self.first_id += drop
        for block in gone:
            self.size -= block.size
            self.pruned_chars += block.size - BLOCK_OVERHEAD
            self.pruned_chunks += block.chunks
        kept = [turn for turn in self.turns if turn.number >= self.blocks[0].turn]
        self.pruned_turns += len(self.turns) - len(kept)
        self.turns = kept
        return drop
