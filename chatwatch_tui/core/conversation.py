"""One conversation: its books, its transcript, and what it tells of its state (`attention` says what follows).

`Conversation.apply` is the fast path's second half: it takes what arrived since the last frame, decodes it, joins
adjacent chunks of flowing text before anything else sees them, and keeps the books. State comes from the typed chunks
alone, never from what is on screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatwatch_tui.core.attention import ACTIVE_PHASES as ACTIVE_PHASES  # what a conversation does is part of it:
from chatwatch_tui.core.attention import Attention as Attention  # whoever knows conversations finds it here
from chatwatch_tui.core.attention import Phase as Phase
from chatwatch_tui.core.attention import StallLimits as StallLimits
from chatwatch_tui.core.decode import Decoder, TextFields
from chatwatch_tui.core.events import (
    TYPE_NAMES,
    Arrival,
    ChatMessage,
    Delivery,
    DoneChunk,
    ErrorChunk,
    Event,
    Gap,
    GapCause,
    MessagePayload,
    OtherChunk,
    StrayPayload,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.core.moments import moment
from chatwatch_tui.core.payload import describe_undecodable
from chatwatch_tui.core.raw import RawArrivals
from chatwatch_tui.core.rule_sight import show_chunk
from chatwatch_tui.core.sequence import SequenceNumbers, begins_midway
from chatwatch_tui.core.tally import WORST, Tally
from chatwatch_tui.core.timeline import Doing
from chatwatch_tui.core.transcript import OPENING_ROLES, Transcript


class Conversation(Tally):
    """Everything known of one conversation."""

    def __init__(
        self,
        key: ConversationKey,
        decoder: Decoder,
        *,
        text_budget: int | None = None,
        raw_kept: int = 2_000,
        limits: StallLimits | None = None,
    ) -> None:
        super().__init__(limits)
        self.key = key
        self.label = "not a conversation" if key.id == STRAY_ID else ""
        self.transcript = Transcript(text_budget) if text_budget else Transcript()
        self.raw = RawArrivals(raw_kept)
        """The latest arrivals with their raw payloads."""
        self.decoder = decoder
        self._numbers = SequenceNumbers()
        self._joined = False
        self._after_outage = False
        """The link was down shortly before anything of it was seen."""

    # -- state -----------------------------------------------------------------------------------------------------

    def use(self, decoder: Decoder, limits: StallLimits, *, text_budget: int, raw_kept: int) -> None:
        """Go on with these; what came before stays as it was understood."""
        if decoder is not self.decoder:
            self._label_rank = WORST
        self.decoder, self.limits = decoder, limits
        self.transcript.text_budget, self.raw.kept = text_budget, raw_kept

    @property
    def is_active(self) -> bool:
        """Whether a turn runs: the model is at work, or owes the next step."""
        if self.phase in ACTIVE_PHASES:
            return True
        turn = self.transcript.turn
        if self.phase is not Phase.WAITING or turn is None or turn.ended:
            return False
        # One that only holds a gap, a note, a system message or something unknown owes nobody anything.
        return turn.is_awaited

    # -- applying --------------------------------------------------------------------------------------------------

    def apply(self, arrivals: Sequence[Arrival]) -> int:
        """Take what arrived, in order; how many deliveries that were."""
        applied = 0
        for arrival in arrivals:
            before = self.counters.bytes
            applied += self._apply_arrival(arrival)
            self.raw.keep(arrival, self.counters.bytes - before)
        self.transcript.prune()
        if self.on_change is not None:
            self.on_change(self)
        return applied

    def _apply_arrival(self, arrival: Arrival) -> int:
        decode_text = self.decoder.text
        numbers = self._numbers
        at = arrival.at
        flow = ""
        texts: list[str] = []
        first: TextFields | None = None
        size = 0
        for delivery in arrival.deliveries:
            if type(delivery) is bytes:
                size += len(delivery)
                try:
                    found = decode_text(delivery)
                    kind = found.type
                    text = found.text0
                except Exception:  # whatever does not fit the fast struct is looked at whole
                    kind = ""
                if kind == "token" or kind == "thinking":
                    if text is None and (text := self.decoder.text_of(found)) is None:
                        kind = ""
                    else:
                        seq = found.seq0
                        if seq is None:
                            seq = self.decoder.seq_of(found)
                        if kind != flow or (seq is not None and seq != numbers.expected):
                            if first is not None:
                                self._add_run(flow, texts, first, at)
                            flow, texts, first = kind, [], found
                            if not self._joined:
                                self._join(seq, at, opens=kind == "thinking")
                            if seq is not None and (missing := numbers.follow(seq)):
                                self._add_missing(missing, at)
                        elif seq is not None:
                            numbers.expected = seq + 1
                        texts.append(text)
                        continue
            if first is not None:
                self._add_run(flow, texts, first, at)
                flow, texts, first = "", [], None
            size += self._apply_other(delivery, at)
            self.transcript.delivery += 1
        if first is not None:
            self._add_run(flow, texts, first, at)
        self.counters.bytes += size
        return len(arrival.deliveries)

    def _add_run(self, flow: str, texts: list[str], first: TextFields, received_at: float) -> None:
        at = moment(self.decoder.time_of(first), received_at)
        if label := self.decoder.label_of(first):
            self._take_label(label)
        count = len(texts)
        self._count_chunks(flow, count, received_at)
        self.last_arrival = received_at
        self._enter(Phase.THINKING if flow == "thinking" else Phase.ANSWERING, received_at)
        text = "".join(texts)
        self.transcript.add_text(flow, text, at, count)
        self.transcript.delivery += count
        if self.rules is not None:
            self.rules.see(flow, text, received_at, flow=flow, block=self.transcript.next_id - 1)

    def _apply_other(self, delivery: Delivery, received_at: float) -> int:
        """Anything but flowing text on the fast way; bytes that it had, where the caller has not counted them."""
        if isinstance(delivery, bytes):
            self._apply_event(self.decoder.chunk(delivery), received_at)
            return 0
        if isinstance(delivery, Gap):
            self._add_gap(delivery, received_at)
            return 0
        if isinstance(delivery, MessagePayload):
            event = self.decoder.message(delivery.data)
            self.counters.count_message(event.role[:32] if isinstance(event, ChatMessage) else "(undecodable)")
            self._apply_event(event, received_at, is_message=True)
            return len(delivery.data)
        self._apply_stray(delivery, received_at)
        return len(delivery.data)

    def _apply_event(self, event: Event, received_at: float, *, is_message: bool = False) -> None:
        self.last_arrival = received_at
        if isinstance(event, Undecodable):
            self.counters.undecodable += 1
            if not is_message:
                self._count_chunks("(undecodable)", 1, received_at)
                self._numbers.explain(1)  # it had a number, which nobody could read
            self.transcript.add_undecodable(event, received_at)
            if self.rules is not None:
                self.rules.see("undecodable", event.preview, received_at, block=self.transcript.next_id - 1)
            return
        if isinstance(event, Gap):
            self._add_gap(event, received_at)
            return
        at = moment(event.at, received_at)
        if event.label:
            self._take_label(event.label)
        if isinstance(event, ChatMessage):
            self._joined = True
            self._add_message(event, at, received_at)
            return
        kind = event.type if isinstance(event, (TextChunk, OtherChunk)) else TYPE_NAMES[type(event)]
        self._count_chunks(kind, 1, received_at)
        if not self._joined:
            self._join(event.seq, received_at, opens=isinstance(event, ToolCallChunk))
        if event.seq is not None and (missing := self._numbers.follow(event.seq)):
            self._add_missing(missing, received_at)
        self._add_chunk(event, at, received_at)

    def _add_message(self, message: ChatMessage, at: float, received_at: float) -> None:
        next_id = self.transcript.next_id
        if not self.transcript.add_message(message, at):
            self.counters.duplicates += 1
            return
        turn = self.transcript.turn
        if message.role in OPENING_ROLES:
            if turn is not None and turn.is_awaited:  # else nobody asked: what was done or failed stays so
                self._enter(Phase.WAITING, received_at)
                self._any_timeline(received_at).note(Doing.SILENT, received_at, then=Doing.SILENT)
        elif message.role == "assistant" and turn is not None and self.transcript.answered_at_once:
            # Nobody streams here: the message is the whole turn, and no `done` will come for it.
            turn.awaited = False
            self._enter(Phase.DONE, received_at)
            self._any_timeline(received_at).note(Doing.ANSWERING, received_at, then=Doing.IDLE)
            self.done_at = received_at
        if self.rules is not None and self.transcript.next_id > next_id:  # else its text was seen as it streamed
            self.rules.see("message", message.text, received_at, block=self.transcript.next_id - 1)

    def _add_chunk(
        self,
        event: TextChunk | ToolCallChunk | ToolResultChunk | DoneChunk | ErrorChunk | OtherChunk,
        at: float,
        received_at: float,
    ) -> None:
        transcript = self.transcript
        if isinstance(event, TextChunk):
            self._enter(Phase.THINKING if event.type == "thinking" else Phase.ANSWERING, received_at)
            transcript.add_text(event.type, event.text, at, 1)
        elif isinstance(event, ToolCallChunk):
            transcript.add_tool_call(event, at)
            self._enter(Phase.TOOL, received_at)
        elif isinstance(event, ToolResultChunk):
            if transcript.add_tool_result(event, at):  # else it is of a turn that has ended: nothing is done now
                phase, then = (Phase.TOOL, Doing.TOOL) if transcript.running_tool else (Phase.WAITING, Doing.SILENT)
                self._enter(phase, received_at)
                self._any_timeline(received_at).note(Doing.TOOL, received_at, then=then)
        elif isinstance(event, DoneChunk):
            transcript.add_done(event, at)
            self._enter(Phase.DONE, received_at)
            self.done_at = received_at
        elif isinstance(event, ErrorChunk):
            transcript.add_error(event, at)
            self._enter(Phase.ERROR, received_at)
            self.error_at = received_at
        else:
            transcript.add_other(event, at)
        if self.rules is not None:
            show_chunk(self.rules, event, transcript, received_at)

    def _apply_stray(self, stray: StrayPayload, received_at: float) -> None:
        self.last_arrival = received_at
        self.counters.undecodable += 1
        self._count_chunks("(stray)", 1, received_at)
        found = describe_undecodable(stray.data, f"subject {stray.subject[:200]} names no conversation")
        self.transcript.add_undecodable(found, received_at)
        if self.rules is not None:
            self.rules.see("undecodable", found.preview, received_at)

    # -- gaps ------------------------------------------------------------------------------------------------------

    def _add_gap(self, gap: Gap, at: float) -> None:
        if gap.earlier:
            self._after_outage = True
            return
        is_new = self.transcript.add_gap(gap, at)
        self.counters.count_gap(gap, is_new=is_new)
        if gap.count and gap.cause is not GapCause.SEQUENCE:
            # The publisher's numbers will show the same hole again: it is counted once.
            self._numbers.explain(gap.count)
        if self.timeline is not None:
            self.timeline.note(Doing.GAP, at)
        if self.rules is not None and is_new:
            self.rules.see("gap", "", at)

    def _add_missing(self, missing: int, at: float) -> None:
        """What the numbers say: so many are missing here, or (-1) one came late."""
        if missing > 0:
            self._add_gap(Gap(GapCause.SEQUENCE, count=missing), at)
        else:
            self.counters.count_late()
            self.transcript.add_note("came late: it was counted as missing above", at)

    def _join(self, seq: int | None, at: float, *, opens: bool) -> None:
        """The first chunk of a conversation whose opening message we have not seen."""
        self._joined = True
        if begins_midway(seq, opens=opens):
            self.transcript.add_note("joined mid-stream", at)
            self.transcript.mark_joined_midway()
        elif self._after_outage and seq is None:
            self.transcript.add_note("may have begun earlier: the link was down shortly before", at)
            self.transcript.mark_joined_midway()
