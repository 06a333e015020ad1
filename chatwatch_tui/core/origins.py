"""Which delivery a place in a block came from.

Blocks join what deliveries brought, and say no more of it than two ordinals: that of the delivery which began them, and
that of the run of chunks which came last. Everything between is found again by decoding what is kept, when somebody
asks: keeping it for each chunk would cost the fast path more than all who ever ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import TextChunk, ToolCallChunk
from chatwatch_tui.core.raw import KeptRaw, Received
from chatwatch_tui.core.transcript import Transcript


class Piece(NamedTuple):
    """A chunk of flowing text, and where it stands in its block."""

    ordinal: int
    begin: int
    """Characters of the block before it; negative where it began on an earlier page."""
    end: int


class Origins:
    """Finds deliveries of one conversation. Cheap to make; asks `raw` for what is kept at that moment."""

    def __init__(self, transcript: Transcript, raw: KeptRaw, decoder: Decoder) -> None:
        self._transcript = transcript
        self._raw = raw
        self._decoder = decoder

    def ordinal_at(self, block: Block, offset: int) -> int | None:
        """The ordinal of the delivery that brought the character at `offset` of a text, or that block; where it is no
        longer kept it may still be known. None where it is not."""
        if not isinstance(block, TextBlock) or block.flow == "message":
            return block.delivery if block.delivery >= 0 else None
        pieces = self.pieces(block)
        within = (piece.ordinal for piece in pieces if piece.begin <= offset < piece.end)
        found = next(within, None)
        if found is None and pieces and offset >= pieces[-1].end:
            return pieces[-1].ordinal
        return found

    def ordinals(self, block: Block) -> list[int]:
        """All deliveries that are kept and went into a block, in order."""
        if isinstance(block, TextBlock) and block.flow != "message":
            return [piece.ordinal for piece in self.pieces(block)]
        if isinstance(block, ToolBlock):
            return [*self._calls(block), *([block.result_delivery] if self._kept(block.result_delivery) else [])]
        return [block.delivery] if self._kept(block.delivery) else []

    def pieces(self, block: TextBlock) -> list[Piece]:
        """The chunks of flowing text, as far as they are kept."""
        earlier: list[tuple[int, int]] = []
        pieces: list[Piece] = []
        at = block.latest_begin
        for ordinal, length in self._lengths(block):
            if ordinal < block.latest:
                earlier.append((ordinal, length))
                continue
            if at > len(block.text) or (at == len(block.text) and length):
                break
            pieces.append(Piece(ordinal, at, at + length))
            at += length
        at = block.latest_begin
        for ordinal, length in reversed(earlier):
            pieces.insert(0, Piece(ordinal, at - length, at))
            at -= length
        return [piece for piece in pieces if piece.end > 0 or piece.begin == 0]

    def _lengths(self, block: TextBlock) -> Iterator[tuple[int, int]]:
        """Chunks of the block's flow until another block comes between: ordinal, and characters of text."""
        ends = self._end(block)
        for received in self._raw.since(block.delivery):
            if received.ordinal >= ends:
                return
            text = self._text(received, block.flow)
            if text is not None:
                yield received.ordinal, len(text)

    def _end(self, block: TextBlock) -> int:
        """An ordinal before which all chunks of a text have come."""
        after = self._transcript.block(block.id + 1)
        while isinstance(after, TextBlock) and after.continues:
            if after.latest > after.delivery:
                return after.latest  # a page may begin within a run, but another run is not of the page before
            after = self._transcript.block(after.id + 1)
        return self._raw.total if after is None else after.delivery

    def _text(self, received: Received, flow: str) -> str | None:
        """What it brought to that flow, decoded as `Conversation.apply` does; None where it is something else."""
        data = received.delivery
        if not isinstance(data, bytes):
            return None
        try:
            found = self._decoder.text(data)
            text = found.text0 if found.text0 is not None else self._decoder.text_of(found)
            if found.type in ("token", "thinking") and text is not None:
                return text if found.type == flow else None
        except Exception:  # whatever does not fit the fast struct is looked at whole
            pass
        event = self._decoder.chunk(data)
        return event.text if isinstance(event, TextChunk) and event.type == flow else None

    def _calls(self, block: ToolBlock) -> list[int]:
        """A call, and the further pieces of its arguments."""
        if not block.called:
            return []
        left = block.chunks - (block.result is not None)
        found: list[int] = []
        for received in self._raw.since(block.delivery):
            if len(found) >= left:
                break
            if not isinstance(received.delivery, bytes):
                continue
            event = self._decoder.chunk(received.delivery)
            if isinstance(event, ToolCallChunk) and (
                received.ordinal == block.delivery or event.call_id == block.call_id
            ):
                found.append(received.ordinal)
        return found if self._kept(block.delivery) else found[:0]

    def _kept(self, ordinal: int) -> bool:
        return self._raw.first <= ordinal < self._raw.total
