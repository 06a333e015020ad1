"""Turns and blocks of one conversation: apply an event, learn what changed. Bounded.

The rules are those of a reader, not of the wire: adjacent chunks of one type are one flowing text; a tool call is
paired with its result by id, else by name, else by order; an assistant message that equals the text just streamed is a
mark and not a second copy; a hole stands where it is. When a turn begins and ends is `turn_taking`'s, what is kept of
it all, and how it is found, `kept_blocks`'.
Times: a payload's own time where it has one, else the time of receipt, in Unix seconds (`moments`).
"""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.blocks import (
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
    GapCause,
    OtherChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.finals import difference, streamed_answers
from chatwatch_tui.core.kept_blocks import DEFAULT_TEXT_BUDGET
from chatwatch_tui.core.pages import room_on, split_page, split_pages
from chatwatch_tui.core.turn_taking import TurnTaking

OPENING_ROLES = frozenset({"user", "system", "developer", "human"})
"""Roles whose messages open a turn."""
ASKING_ROLES = frozenset({"user", "human"})
"""Those of them whose messages want an answer."""
MAX_ARGUMENTS = 200_000
"""Characters of one call's arguments from which on further pieces are counted and not kept: the newest block is never
pruned, and to add to a long text costs its whole length."""


class Transcript(TurnTaking):
    """What one conversation said, as blocks."""

    def __init__(self, text_budget: int = DEFAULT_TEXT_BUDGET) -> None:
        super().__init__(text_budget)
        self.taken_from: Transcript | None = None
        """What this is a moment of; None while it is written."""
        self.messages_taken = 0
        """Messages that went into it, those included that only confirmed what stood there; pruned ones too."""
        self._overflow_mark = -1
        """Id of the mark of the latest overflow."""
        self._last_message: ChatMessage | None = None

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def taken(self) -> int:
        """Deliveries that ever went into it, as the blocks themselves say: counting them takes a while."""
        return sum(block.chunks for block in self.blocks) + self.pruned_chunks + self.messages_taken

    # -- applying --------------------------------------------------------------------------------------------------

    def add_text(self, flow: str, text: str, at: float, chunks: int) -> None:
        """A run of adjacent `thinking` or `token` chunks, joined."""
        turn = self._speaking_turn(at)
        turn.spoke = True
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
        put = length - len(text)
        for page, begin in split_pages(text):
            self._append(
                TextBlock(
                    id=self.next_id,
                    turn=turn.number,
                    at=at,
                    chunks=0 if begin else chunks,
                    flow=flow,
                    text=page,
                    continues=continues or begin > 0,
                    latest=self.delivery,
                    latest_begin=-(put + begin),
                )
            )

    def add_tool_call(self, call: ToolCallChunk, at: float) -> None:
        """A tool call; a further piece of a call that is still open adds to its arguments."""
        turn = self._speaking_turn(at)
        turn.spoke = True
        if (block := self._open_tools.of_piece(call, turn.number)) is not None:
            before = block.size
            if len(block.arguments) < MAX_ARGUMENTS:
                block.arguments += call.arguments
            else:
                block.arguments_left_out += len(call.arguments)
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

    def add_tool_result(self, found: ToolResultChunk, at: float) -> bool:
        """A tool's result, paired with its call where that was seen; whether it belongs to the turn that runs."""
        block = self._open_tools.take(found)
        is_late = block is not None and block.abandoned
        if not is_late:
            turn = self._speaking_turn(at)
            turn.spoke = True
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
        return not is_late

    def add_done(self, done: DoneChunk, at: float) -> None:
        """The turn is over."""
        turn = self._speaking_turn(at)
        turn.output_tokens = done.output_tokens
        self._end_turn(turn, at, failed=False, done=done)

    def add_error(self, error: ErrorChunk, at: float) -> None:
        """The turn failed."""
        turn = self._speaking_turn(at)
        self._append(
            ErrorBlock(id=self.next_id, turn=turn.number, at=at, chunks=1, message=error.message, detail=error.detail)
        )
        self._end_turn(turn, at, failed=True)

    def add_other(self, chunk: OtherChunk, at: float) -> None:
        """A chunk of an unknown type."""
        turn = self._speaking_turn(at)
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

    def add_gap(self, gap: Gap, at: float) -> bool:
        """A hole; False where it is more of one that has its mark."""
        turn = self._any_turn(at)
        turn.last_gap = self.next_id
        mark = self.block(self._overflow_mark) if gap.goes_on else None
        if isinstance(mark, GapBlock):
            mark.gap = _together(mark.gap, gap)
            self._grew(mark, 0)
            return False
        if gap.cause is GapCause.OVERFLOW:
            self._overflow_mark = self.next_id
        self._append(GapBlock(id=self.next_id, turn=turn.number, at=at, gap=gap))
        return True

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
            asks = message.role in ASKING_ROLES
            if asks or (turn.awaited and turn.prompted_at is None):
                turn.prompted_at = at
            turn.awaited = turn.awaited or asks
            self._append_message(message, turn, at)
        elif message.role == "assistant":
            self._add_final(message, at)
        else:
            self._append_message(message, self._any_turn(at), at)
        return True

    def prune(self) -> int:
        """Keep the text budget: see `drop_oldest`. Blocks dropped."""
        if self.size <= self.text_budget:
            return 0
        dropped = self.drop_oldest()
        self._open_tools.forget_before(self.first_id)
        return dropped

    # -- the final message -----------------------------------------------------------------------------------------

    def _add_final(self, message: ChatMessage, at: float) -> None:
        turn = self._any_turn(at)
        streamed = streamed_answers(self.blocks_of(turn))
        remark = (
            difference(
                message.text if message.spoken is None else message.spoken, streamed, complete_start=turn.complete_start
            )
            if streamed
            else ""
        )
        if remark:
            self.add_note(remark, at)
        if remark or not streamed:
            self._append_message(message, turn, at)
        elif not turn.ended:
            turn.final_confirmed = True  # the rule at the turn's end will say so
        elif (end := self.end_of(turn)) is not None:
            end.final_confirmed = True
            self._grew(end, 0)

    def _append_message(self, message: ChatMessage, turn: Turn, at: float) -> None:
        for page, begin in split_pages(message.text):
            self._append(
                TextBlock(
                    id=self.next_id,
                    turn=turn.number,
                    at=at,
                    flow="message",
                    role=message.role,
                    text=page,
                    continues=begin > 0,
                )
            )


def _together(mark: Gap, more: Gap) -> Gap:
    """One hole of both: what is missing is not all where the mark stands."""
    count = None if mark.count is None or more.count is None else mark.count + more.count
    note = mark.note if mark.goes_on else f"{mark.note}, here and below".removeprefix(", ")
    return msgspec.structs.replace(mark, count=count, note=note, goes_on=True)
