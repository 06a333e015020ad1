"""The vocabulary: what can arrive for a conversation, and what a source says of its link.

A delivery travels raw (bytes as the bus brought them) from the source through the feed; decoding turns it into one of
the events below on the reader's side. Gaps are made by whoever noticed the hole (a source, the feed, the decoder's
sequence check) and travel in the same queue, so that they stand where the hole is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec


class ChunkType(StrEnum):
    """The chunk types that the original system fixes. Any other string is a valid, unknown type."""

    THINKING = "thinking"
    TOKEN = "token"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    DONE = "done"
    ERROR = "error"


class MessagePayload(NamedTuple):
    """A delivery from `chat.message.<id>`, not decoded. (A chunk travels as bare `bytes`: there are thousands.)"""

    data: bytes


class StrayPayload(NamedTuple):
    """A delivery whose subject ends in no conversation id."""

    subject: str
    """The subject as received, undecodable bytes as U+FFFD; hostile like all text from the wire."""
    data: bytes


class GapCause(StrEnum):
    """Why something is missing, as a word for the reader."""

    RECONNECT = "reconnect"
    """The link was down; what was published meanwhile is not known."""
    OVERFLOW = "overflow"
    """The feed's bound was reached and the oldest waiting deliveries were dropped; the count is exact."""
    SLOW_CONSUMER = "slow consumer"
    """The server or the endpoint dropped deliveries because we (or a client library) were too slow."""
    SEQUENCE = "sequence"
    """The publisher's sequence numbers have a hole."""


class Gap(msgspec.Struct, frozen=True):
    """A hole in the stream, at the place where it stands in the queue."""

    cause: GapCause
    count: int | None = None
    """Deliveries missing; None where nobody can know."""
    seconds: float | None = None
    """How long the hole lasted; None where it is not known."""
    note: str = ""
    """More words for the reader, where the cause alone does not say enough."""
    goes_on: bool = False
    """More of the hole that was marked last for this cause: one episode has one mark."""
    earlier: bool = False
    """It was over shortly before anything of this conversation was seen, which may have begun in it."""


Delivery = bytes | MessagePayload | StrayPayload | Gap
"""What waits in an inbox. `bytes` is a chunk."""


class Arrival(msgspec.Struct, gc=False):
    """What one read of the wire brought for one conversation."""

    at: float
    """Unix seconds of receipt."""
    deliveries: list[Delivery]


class LinkState(StrEnum):
    """The link of a source, in the words that the status bar shows."""

    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"
    """The server answered and will not have us (wrong password, revoked, TLS not there); tried again, slowly."""
    FORBIDDEN = "forbidden"
    """Connected, but a subscription that was asked for is not permitted; `detail` says which."""
    LIMITED = "limited"
    """Connected, but there may be no more connections, and some conversations are without one."""
    CLOSED = "closed"

    @property
    def is_up(self) -> bool:
        """Connected: whatever is permitted comes."""
        return self in (LinkState.LIVE, LinkState.FORBIDDEN, LinkState.LIMITED)


class CutOff(NamedTuple):
    """Why nothing comes for one conversation, whatever the source's link does."""

    word: str
    """Our own, as short as a state; blank where a part of it comes all the same."""
    detail: str
    """Plain words for the operator. Passes safetext before it is shown."""


class SourceStatus(msgspec.Struct, frozen=True):
    """What a source says of its link. A newer status replaces the older one of the same source."""

    source: str
    """The source's name, as in `ConversationKey.source`."""
    state: LinkState
    since: float
    """`time.monotonic()` when this state began; the same through several attempts of one outage."""
    server: str = ""
    """host:port, never with credentials; blank while none is known."""
    detail: str = ""
    """Plain words for the operator: why, and what helps. Passes safetext before it is shown."""
    permitted: str = ""
    """Forbidden, and conversations are discovered all the same: on what, and what that means. Blank otherwise."""
    attempt: int = 0
    """Which attempt of this outage comes first, is under way or failed last, from 1; 0 when live."""
    rtt: float | None = None
    """Last measured round trip in seconds; None where none is known."""
    retry_at: float | None = None
    """`time.monotonic()` of the next attempt, where one is scheduled."""
    reconnects: int = 0
    """How often the link came back since the start."""
    cut_off: Mapping[str, CutOff] | None = None
    """By id the conversations for which nothing can come now, where each has a link or a permission of its own; None
    where what `state` and `detail` say holds for all."""


class Label(str):
    """What a payload calls its conversation."""

    __slots__ = ("rank",)

    rank: int
    """Place among the fields that give a label of the one that gave it: 0 is the best."""

    def __new__(cls, text: str, rank: int) -> Label:
        made = super().__new__(cls, text)
        made.rank = rank
        return made

    def __getnewargs__(self) -> tuple[str, int]:  # type: ignore[override]  # the stubs know only that of str
        """So that it can be copied and pickled with its rank."""
        return str(self), self.rank


NO_LABEL = Label("", 0)


class TextChunk(msgspec.Struct, gc=False):
    """A piece of flowing text: type `thinking` or `token`."""

    type: str
    text: str
    seq: int | None = None
    at: float | None = None
    """Unix seconds from the payload; None where it has none."""
    label: Label = NO_LABEL


class ToolCallChunk(msgspec.Struct):
    """The model asks for a tool."""

    name: str
    call_id: str
    arguments: str
    """JSON on one line as text, blank where there are none; text that is not JSON stays as it came."""
    seq: int | None = None
    at: float | None = None
    label: Label = NO_LABEL


class ToolResultChunk(msgspec.Struct):
    """A tool answered."""

    name: str
    call_id: str
    result: str
    """Text as it came, or one line of JSON where it was an object."""
    size: int
    """Bytes of the result, UTF-8."""
    failed: bool = False
    """The payload says that the tool failed (`is_error`, `error`, `success: false`)."""
    seq: int | None = None
    at: float | None = None
    label: Label = NO_LABEL


class DoneChunk(msgspec.Struct):
    """The turn is over."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    seq: int | None = None
    at: float | None = None
    label: Label = NO_LABEL


class ErrorChunk(msgspec.Struct):
    """The turn failed."""

    message: str
    detail: str = ""
    """More that the payload says, as one line."""
    seq: int | None = None
    at: float | None = None
    label: Label = NO_LABEL


class OtherChunk(msgspec.Struct):
    """A chunk of an unknown type, or of none: shown under its own name."""

    type: str
    """The wire's own word; `chunk` where the payload has no usable `chunk_type`."""
    text: str
    """Its text where it has one, else its payload on one line."""
    seq: int | None = None
    at: float | None = None
    label: Label = NO_LABEL


class ChatMessage(msgspec.Struct):
    """A complete message from `chat.message.<id>`."""

    role: str
    text: str
    id: str = ""
    at: float | None = None
    label: Label = NO_LABEL
    spoken: str | None = None
    """Of a list of parts those that are text, which is what is streamed as tokens; None where `text` is all of it."""


class Undecodable(msgspec.Struct):
    """A payload that is no JSON object, or a delivery that belongs to no conversation."""

    reason: str
    """What it is instead, in words: "not JSON", "empty", "JSON, but a list" ..."""
    size: int
    preview: str = ""
    """Its first characters, undecodable bytes as U+FFFD; hostile."""


Event = (
    TextChunk | ToolCallChunk | ToolResultChunk | DoneChunk | ErrorChunk | OtherChunk | ChatMessage | Undecodable | Gap
)
TYPE_NAMES: dict[type, str] = {
    ToolCallChunk: ChunkType.TOOL_CALL.value,
    ToolResultChunk: ChunkType.TOOL_RESULT.value,
    DoneChunk: ChunkType.DONE.value,
    ErrorChunk: ChunkType.ERROR.value,
}
"""The wire's word for the events that are always of one type."""
JSONObject = dict[str, Any]
