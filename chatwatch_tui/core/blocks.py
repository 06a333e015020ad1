"""The blocks of a transcript: what a person reads, in the order in which it came.

A block is data; how it looks is the screen's affair. `revision` grows with every change of a block, so that whoever
keeps something derived from it (a layout, a search hit) compares revisions instead of being told to forget.
All text in a block is as the wire brought it: hostile until `safetext` has seen it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from chatwatch_tui.core.events import Gap
from chatwatch_tui.core.moments import seconds_between

BLOCK_OVERHEAD = 200
"""Bytes that a block counts against the text budget besides its text, so that many tiny blocks are bounded too."""


class Block(msgspec.Struct, gc=False):
    """Common to all blocks. `id` counts from 0 over the life of a conversation and is never reused."""

    id: int
    turn: int
    """Number of the turn that it belongs to, from 1."""
    at: float
    """Unix seconds: the payload's time where it has one, else of receipt; see `moments`."""
    revision: int = 0
    chunks: int = 0
    """How many chunks went into it."""
    delivery: int = -1
    """Ordinal, from 0 over the life of the conversation, of the delivery that began it; see `origins`."""

    @property
    def size(self) -> int:
        """Bytes counted against the text budget (characters of text, and the overhead)."""
        return BLOCK_OVERHEAD


class TextBlock(Block, kw_only=True):
    """Flowing text: joined chunks of one type, or a message."""

    flow: str
    """`thinking`, `token`, or `message`."""
    role: str = ""
    """Of a message; blank for streamed text."""
    text: str = ""
    continues: bool = False
    """The text of the block before it goes on here: long text is kept in pages, so that pruning and wrapping stay
    cheap."""
    latest: int = -1
    """Ordinal of the delivery that began the run of chunks which was added last ..."""
    latest_begin: int = 0
    """... and where in the text that run begins: before 0 where its beginning went to an earlier page."""

    PAGE: ClassVar[int] = 32_768
    """Characters after which a page is closed at the next good place."""

    @property
    def size(self) -> int:
        return len(self.text) + BLOCK_OVERHEAD


class ToolBlock(Block, kw_only=True):
    """A tool call and its result, whichever of them has come."""

    name: str
    call_id: str = ""
    arguments: str = ""
    arguments_left_out: int = 0
    """Characters of further pieces that came once `arguments` was full, and are not kept."""
    called: bool = True
    """False for a result whose call was not seen."""
    result: str | None = None
    result_size: int = 0
    result_at: float | None = None
    result_delivery: int = -1
    """Ordinal of the delivery that brought the result."""
    failed: bool = False
    abandoned: bool = False
    """The turn ended without a result; one may have come later."""
    gap_before_end: bool = False
    """Then something is missing between the call and that end, which may have been the result."""

    @property
    def seconds(self) -> float | None:
        """From call to result; None while it runs or where the call was not seen."""
        if self.result_at is None or not self.called:
            return None
        return max(0.0, seconds_between(self.at, self.result_at))

    @property
    def size(self) -> int:
        return len(self.name) + len(self.call_id) + len(self.arguments) + len(self.result or "") + BLOCK_OVERHEAD


class DoneBlock(Block, kw_only=True):
    """The rule at the end of a turn, with what is known of it."""

    failed: bool = False
    seconds: float | None = None
    """From the turn's first chunk to its last; None where the beginning was not seen."""
    output_tokens: int | None = None
    input_tokens: int | None = None
    total_tokens: int | None = None
    final_confirmed: bool = False
    """The assistant's message came and equals the streamed text."""


class ErrorBlock(Block, kw_only=True):
    """An error chunk."""

    message: str
    detail: str = ""

    @property
    def size(self) -> int:
        return len(self.message) + len(self.detail) + BLOCK_OVERHEAD


class OtherBlock(Block, kw_only=True):
    """A chunk of an unknown type, shown under its own name; adjacent ones of one type are counted, not joined."""

    type: str
    text: str

    @property
    def size(self) -> int:
        return len(self.text) + len(self.type) + BLOCK_OVERHEAD


class UndecodableBlock(Block, kw_only=True):
    """A payload that is no JSON object, or a delivery whose subject names no conversation."""

    reason: str
    payload_size: int
    preview: str = ""

    @property
    def size(self) -> int:
        return len(self.preview) + len(self.reason) + BLOCK_OVERHEAD


class GapBlock(Block, kw_only=True):
    """A hole in the stream."""

    gap: Gap


class NoteBlock(Block, kw_only=True):
    """A remark of chatwatch's own, such as "joined mid-stream". Its text is ours, not the wire's."""

    text: str


class Turn(msgspec.Struct, gc=False):
    """One exchange: from the first chunk after an end (or a user message) to the next end."""

    number: int
    first_block: int
    at: float
    complete_start: bool = True
    """False where we joined in the middle of it."""
    prompted_at: float | None = None
    """When its user message came, or another one that cut the turn before short."""
    awaited: bool = False
    """Somebody waits for the model: a user asked, or it was cut short. No other message asks anything."""
    spoke: bool = False
    """The model's text, or a tool's call or result, came. A chunk of an unknown type may be anybody's."""
    first_chunk_at: float | None = None
    first_token_at: float | None = None
    last_chunk_at: float | None = None
    tools: int = 0
    ended: bool = False
    failed: bool = False
    last_gap: int | None = None
    """Id of the last hole's block, where there is a hole in it."""
    final_confirmed: bool = False
    """The assistant's message came before the end and equals the text streamed until then."""
    output_tokens: int | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the model owes something while it lasts."""
        return self.awaited or self.spoke

    @property
    def first_token_seconds(self) -> float | None:
        """Time to the first answer token; None if unknown, as where nothing of the turn came before it."""
        if self.first_token_at is None or (self.prompted_at is None and self.first_token_at == self.first_chunk_at):
            return None
        return self.seconds_until(self.first_token_at)

    def seconds_until(self, at: float) -> float | None:
        """From the user's message, or else the turn's first chunk; None where its beginning was not seen."""
        started = self.prompted_at if self.prompted_at is not None else self.first_chunk_at
        return max(0.0, seconds_between(started, at)) if self.complete_start and started is not None else None
