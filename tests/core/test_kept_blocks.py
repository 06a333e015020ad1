"""What is kept of a conversation: found by id and by turn, pruned by whole turns."""

from __future__ import annotations

from chatwatch_tui.core.blocks import BLOCK_OVERHEAD, DoneBlock, NoteBlock, Turn
from chatwatch_tui.core.kept_blocks import KeptBlocks


def kept(turns: int, budget: int) -> KeptBlocks:
    """Turns of a note of 100 characters and an end."""
    blocks = KeptBlocks(budget)
    for number in range(1, turns + 1):
        blocks.turns.append(Turn(number=number, first_block=blocks.next_id, at=1.0, ended=True))
        blocks._append(NoteBlock(id=blocks.next_id, turn=number, at=1.0, text="n" * 100))
        blocks._append(DoneBlock(id=blocks.next_id, turn=number, at=1.0))
    return blocks


def test_a_block_is_found_by_its_id_while_it_is_kept() -> None:
    blocks = kept(3, budget=2 * (100 + 2 * BLOCK_OVERHEAD))
    assert blocks.drop_oldest() == 2
    assert [blocks.block(id_) is not None for id_ in range(-1, 7)] == [False] * 3 + [True] * 4 + [False]
    assert all(block is blocks.block(block.id) for block in blocks.blocks)
    assert (blocks.first_id, blocks.next_id, blocks.pruned_turns) == (2, 6, 1)


def test_a_turn_has_its_blocks_and_its_end_until_some_of_it_is_pruned() -> None:
    blocks = kept(2, budget=100 + 2 * BLOCK_OVERHEAD)
    first, second = blocks.turns
    assert blocks.blocks_of(second) == blocks.blocks[2:]
    assert (blocks.end_of(first), blocks.end_of(second)) == (blocks.blocks[1], blocks.blocks[3])
    assert [blocks.turn_of(block) for block in blocks.blocks] == [first, first, second, second]
    old = blocks.blocks[0]
    blocks.drop_oldest()
    assert (blocks.blocks_of(first), blocks.end_of(first), blocks.turn_of(old)) == ([], None, None)
    assert len(blocks.blocks_of(second)) == 2
