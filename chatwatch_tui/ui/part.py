"""Some blocks of a transcript, as a layout follows them: from one on, up to another or as far as it goes."""

from __future__ import annotations

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.transcript import Transcript


class Part:
    """What `StreamLayout` asks of a transcript, of a part of it."""

    def __init__(self, transcript: Transcript, first_id: int, end_id: int | None) -> None:
        """Blocks with `first_id <= id < end_id`; None for no end."""
        self._transcript = transcript
        self._first_id = first_id
        self._end_id = end_id

    @property
    def first_id(self) -> int:
        """The id of its first block."""
        return max(self._first_id, self._transcript.first_id)

    @property
    def next_id(self) -> int:
        """The id behind its last block."""
        end = self._transcript.next_id
        return end if self._end_id is None else max(self.first_id, min(end, self._end_id))

    @property
    def blocks(self) -> list[Block]:
        """Its blocks."""
        first = self._transcript.first_id
        return self._transcript.blocks[self.first_id - first : self.next_id - first]

    def block(self, block_id: int) -> Block | None:
        """The block of that id, where it has it."""
        return self._transcript.block(block_id) if self.first_id <= block_id < self.next_id else None


def part_around(transcript: Transcript, first_id: int, last_id: int | None, size: int, *, whole_turns: bool) -> Part:
    """The blocks from `first_id` to `last_id` (None for the end), with so much text before and after; `whole_turns`
    begins and ends it with a turn, where that is not too far."""
    blocks = transcript.blocks
    first = min(max(0, first_id - transcript.first_id), len(blocks) - 1)
    begin = _go(blocks, first, -1, size, whole_turns=whole_turns)
    if last_id is None:
        return Part(transcript, transcript.first_id + begin, None)
    last = min(max(first, last_id - transcript.first_id), len(blocks) - 1)
    end = _go(blocks, last, 1, size, whole_turns=whole_turns) + 1
    return Part(transcript, transcript.first_id + begin, None if end == len(blocks) else transcript.first_id + end)


def _go(blocks: list[Block], at: int, by: int, size: int, *, whole_turns: bool) -> int:
    """The last position in that direction that belongs to it."""
    too_far = -3 * size
    while 0 <= at + by < len(blocks):
        is_inside_turn = whole_turns and size > too_far and blocks[at].turn == blocks[at + by].turn
        if size <= 0 and not is_inside_turn:
            break
        at += by
        size -= blocks[at].size
    return at
