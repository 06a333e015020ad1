"""Turns and blocks of one conversation: apply an event, learn what changed. Bounded.

The rules are those of a reader, not of the wire: adjacent chunks of one type are one flowing text; a tool call is
paired with its result by id, else by name, else by order; an assistant message that equals the text just streamed is a
mark and not a second copy; a hole stands where it is. What does not fit the text budget is pruned from the oldest end,
whole turns first, and counted.

Times: a payload's own time where it has one, else the time of receipt. Both are Unix seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

from chatwatch_tui.core.blocks import (
    BLOCK_OVERHEAD,
    Block,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    TextBlock,
    ToolBlock,
    Turn,
    UndecodableBlock,
)
from chatwatch_tui.core.events import (
    ChatMessage,
    DoneChunk,
    ErrorChunk,
    Gap,
    OtherChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.finals import difference, streamed_answers
from chatwatch_tui.core.pages import room_on, split_page

DEFAULT_TEXT_BUDGET = 2_000_000
OPENING_ROLES = frozenset({"user", "system", "developer", "human"})
"""Roles whose messages open a turn."""


class Transcript:
    """What one conversation said, as blocks."""

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
        self.messages_taken = 0
        """Messages that went into it, those included that only confirmed what stood there; pruned ones too."""
        self.revised: deque[int] = deque(maxlen=256)
        """Ids of the blocks that were changed last (not those that were new), in order, with repetitions."""
        self.revisions = 0
        """How many ids were ever put there, so that a reader knows how many are new to it, or that it missed some."""
        self.delivery = 0
        """Ordinal of the delivery that is being taken, or comes next: counted by the conversation, once a run."""
        self._open_tools: list[ToolBlock] = []
        self._last_message: ChatMessage | None = None

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def next_id(self) -> int:
        """The id that the next block will have."""
        return self.first_id + len(self.blocks)

    @property
    def turn(self) -> Turn | None:
        """The turn that runs or ended last."""
        return self.turns[-1] if self.turns else None

    @property
    def running_tool(self) -> ToolBlock | None:
        """The tool call that waits for its result, the newest where there are several."""
        return self._open_tools[-1] if self._open_tools else None

    @property
    def answered_at_once(self) -> bool:
        """Whether the turn that runs has had messages and no chunk at all."""
        return bool(self.turns) and not self.turns[-1].ended and self.turns[-1].first_chunk_at is None

    @property
    def taken(self) -> int:
        """Deliveries that ever went into it, as the blocks themselves say: counting them takes a while."""
        return sum(block.chunks for block in self.blocks) + self.pruned_chunks + self.messages_taken

    def turn_of(self, block: Block) -> Turn | None:
        """The turn that a block belongs to; None where it is not kept."""
        position = block.turn - self.turns[0].number if self.turns else -1
        return self.turns[position] if 0 <= position < len(self.turns) else None

    def block(self, block_id: int) -> Block | None:
        """The block of that id, None where it is pruned or not there yet."""
        position = block_id - self.first_id
        return self.blocks[position] if 0 <= position < len(self.blocks) else None

    # -- applying --------------------------------------------------------------------------------------------------

    def add_text(self, flow: str, text: str, at: float, chunks: int) -> None:
        """A run of adjacent `thinking` or `token` chunks, joined."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        if flow == "token":
            if turn.final_confirmed:
                turn.final_confirmed = False
                self.add_note("final ✓", at)  # of what stands above; this goes on after it
            if turn.first_token_at is None and text:
                turn.first_token_at = at
        last = self.blocks[-1] if self.blocks else None
        continues = False
        length = len(text)
        if isinstance(last, TextBlock) and last.flow == flow and last.turn == turn.number:
            head, text = split_page(text, room_on(last.text))
            if head or not text:
                last.latest, last.latest_begin = self.delivery, len(last.text)
                last.text += head
                last.chunks += chunks
                chunks = 0
                self._grew(last, len(head))
            if not text:
                return
            continues = True
        while True:
            begun = length - len(text)
            page, text = split_page(text, TextBlock.PAGE)
            self._append(
                TextBlock(
                    id=self.next_id,
                    turn=turn.number,
                    at=at,
                    chunks=chunks,
                    flow=flow,
                    text=page,
                    continues=continues,
                    latest=self.delivery,
                    latest_begin=-begun,
                )
            )
            chunks, continues = 0, True
            if not text:
                return

    def add_tool_call(self, call: ToolCallChunk, at: float) -> None:
        """A tool call; a further piece of a call that is still open adds to its arguments."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        for block in self._open_tools if call.call_id else ():
            if block.call_id == call.call_id and block.turn == turn.number:
                before = block.size
                block.arguments += call.arguments
                block.name = block.name or call.name
                block.chunks += 1
                self._grew(block, block.size - before)
                return
        turn.tools += 1
        block = ToolBlock(
            id=self.next_id,
            turn=turn.number,
            at=at,
            chunks=1,
            name=call.name,
            call_id=call.call_id,
            arguments=call.arguments,
        )
        self._open_tools.append(block)
        self._append(block)

    def add_tool_result(self, found: ToolResultChunk, at: float) -> None:
        """A tool's result, paired with its call where that was seen."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        block = self._take_open_tool(found)
        if block is None:
            turn.tools += 1
            block = ToolBlock(
                id=self.next_id, turn=turn.number, at=at, name=found.name, call_id=found.call_id, called=False
            )
            self._append(block)
        block.result = found.result
        block.result_size = found.size
        block.result_at = at
        block.result_delivery = self.delivery
        block.failed = found.failed
        block.chunks += 1
        self._grew(block, len(found.result))

    def add_done(self, done: DoneChunk, at: float) -> None:
        """The turn is over."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        turn.output_tokens = done.output_tokens
        self._end_turn(turn, at, failed=False, done=done)

    def add_error(self, error: ErrorChunk, at: float) -> None:
        """The turn failed."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        self._append(
            ErrorBlock(id=self.next_id, turn=turn.number, at=at, chunks=1, message=error.message, detail=error.detail)
        )
        self._end_turn(turn, at, failed=True)

    def add_other(self, chunk: OtherChunk, at: float) -> None:
        """A chunk of an unknown type."""
        turn = self._running_turn(at)
        self._chunk_seen(turn, at)
        self._append(OtherBlock(id=self.next_id, turn=turn.number, at=at, chunks=1, type=chunk.type, text=chunk.text))

    def add_undecodable(self, found: Undecodable, at: float) -> None:
        """Something that no decoder understands. It opens a turn only where there is none: it is no speech."""
        self._append(
            UndecodableBlock(
                id=self.next_id,
                turn=self._any_turn(at).number,
                at=at,
                chunks=1,
                reason=found.reason,
                payload_size=found.size,
                preview=found.preview,
            )
        )

    def add_gap(self, gap: Gap, at: float) -> None:
        """A hole."""
        turn = self._any_turn(at)
        turn.last_gap = self.next_id
        self._append(GapBlock(id=self.next_id, turn=turn.number, at=at, gap=gap))

    def add_note(self, text: str, at: float) -> None:
        """A remark of our own."""
        self._append(NoteBlock(id=self.next_id, turn=self._any_turn(at).number, at=at, text=text))

    def add_message(self, message: ChatMessage, at: float) -> bool:
        """A complete message. False for one that came before with the same id and text: it is not shown again."""
        last = self._last_message
        if last is not None and message.id and message.id == last.id and message.text == last.text:
            return False
        self._last_message = message
        self.messages_taken += 1
        if message.role in OPENING_ROLES:
            turn = self._open_turn(at)
            turn.prompted_at = at
            self._append_message(message, turn, at)
        elif message.role == "assistant":
            self._add_final(message, at)
        else:
            self._append_message(message, self._any_turn(at), at)
        return True

    # -- turns -----------------------------------------------------------------------------------------------------

    def mark_joined_midway(self) -> None:
        """The turn that runs began before we were there."""
        if self.turns:
            self.turns[-1].complete_start = False

    def _open_turn(self, at: float) -> Turn:
        last = self.turn
        if last is not None and not last.ended:
            if last.first_chunk_at is None:
                return last  # only a message so far (system before user): one turn
            self._abandon_open_tools(last)
            last.ended = True
        turn = Turn(number=last.number + 1 if last else 1, first_block=self.next_id, at=at)
        self.turns.append(turn)
        return turn

    def _running_turn(self, at: float) -> Turn:
        last = self.turn
        return last if last is not None and not last.ended else self._open_turn(at)

    def _any_turn(self, at: float) -> Turn:
        return self.turn or self._open_turn(at)

    @staticmethod
    def _chunk_seen(turn: Turn, at: float) -> None:
        if turn.first_chunk_at is None:
            turn.first_chunk_at = at
        turn.last_chunk_at = at

    def _end_turn(self, turn: Turn, at: float, *, failed: bool, done: DoneChunk | None = None) -> None:
        turn.ended = True
        turn.failed = failed
        self._abandon_open_tools(turn)
        started = turn.prompted_at if turn.prompted_at is not None else turn.first_chunk_at
        self._append(
            DoneBlock(
                id=self.next_id,
                turn=turn.number,
                at=at,
                chunks=0 if failed else 1,  # the error chunk is counted by its own block
                failed=failed,
                seconds=max(0.0, at - started) if turn.complete_start and started is not None else None,
                output_tokens=done.output_tokens if done else None,
                input_tokens=done.input_tokens if done else None,
                total_tokens=done.total_tokens if done else None,
                final_confirmed=turn.final_confirmed,
            )
        )

    def _abandon_open_tools(self, turn: Turn) -> None:
        for block in self._open_tools:
            block.abandoned = True
            block.gap_before_end = turn.last_gap is not None and turn.last_gap > block.id
            self._grew(block, 0)
        self._open_tools.clear()

    def _take_open_tool(self, found: ToolResultChunk) -> ToolBlock | None:
        by_id = [block for block in self._open_tools if found.call_id and block.call_id == found.call_id]
        anonymous = [block for block in self._open_tools if not (found.call_id and block.call_id)]
        by_name = [block for block in anonymous if found.name and block.name == found.name]
        for candidates in (by_id, by_name, [] if found.name else anonymous):
            if candidates:
                self._open_tools.remove(candidates[0])
                return candidates[0]
        return None

    # -- the final message -----------------------------------------------------------------------------------------

    def _add_final(self, message: ChatMessage, at: float) -> None:
        turn = self.turn
        streamed = self._streamed_answers(turn) if turn is not None else []
        if turn is None or not streamed:
            self._append_message(message, self._any_turn(at), at)
            return
        remark = difference(message.text, streamed, complete_start=turn.complete_start)
        if not remark:
            self._confirm_final(turn)
            return
        self.add_note(remark, at)
        self._append_message(message, turn, at)

    def _streamed_answers(self, turn: Turn) -> list[str]:
        """Empty where some of the turn is pruned."""
        if turn.first_block < self.first_id:
            return []
        return streamed_answers(self.blocks[turn.first_block - self.first_id :])

    def _confirm_final(self, turn: Turn) -> None:
        if not turn.ended:
            turn.final_confirmed = True  # the rule at the turn's end will say so
            return
        for block in reversed(self.blocks):
            if isinstance(block, DoneBlock) and block.turn == turn.number:
                block.final_confirmed = True
                self._grew(block, 0)
                return

    def _append_message(self, message: ChatMessage, turn: Turn, at: float) -> None:
        text, continues = message.text, False
        while True:
            page, text = split_page(text, TextBlock.PAGE)
            self._append(
                TextBlock(
                    id=self.next_id,
                    turn=turn.number,
                    at=at,
                    flow="message",
                    role=message.role,
                    text=page,
                    continues=continues,
                )
            )
            continues = True
            if not text:
                return

    # -- keeping within the budget ---------------------------------------------------------------------------------

    def _append(self, block: Block) -> None:
        block.delivery = self.delivery
        self.blocks.append(block)
        self.size += block.size

    def _grew(self, block: Block, chars: int) -> None:
        block.revision += 1
        self.size += chars
        self.revised.append(block.id)
        self.revisions += 1

    def prune(self) -> int:
        """Drop the oldest turns (then the oldest blocks of the only turn) until the budget holds; blocks dropped."""
        if self.size <= self.text_budget:
            return 0
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
        self._open_tools = [block for block in self._open_tools if block.id >= self.first_id]
        return drop
