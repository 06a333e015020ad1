"""From an event of the stream to what NATS would have delivered, byte for byte.

The endpoint wraps a payload as `{"event":"<type>","data":<payload>}`. The payload is cut out of that, never decoded and
encoded again: numbers, key order and duplicate keys stay as published. Events that name their type in an `event:` line
and carry the bare payload are understood too. What fits neither is handed on as it came, so that the decoder shows and
counts it.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec

from chatwatch_tui.core.events import Delivery, MessagePayload
from chatwatch_tui.core.notices import gap_of
from chatwatch_tui.sources.sse_parser import OversizedEvent, StreamEvent


class Notice(NamedTuple):
    """The endpoint speaks of itself, and it is no hole in the stream."""

    words: str
    chunk: bytes
    """The same as an error chunk, for the transcript."""


class _Envelope(msgspec.Struct, gc=False):
    event: str
    data: msgspec.Raw
    chunk_type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """A payload that has a type of its own is no envelope, whatever else is in it."""


class _TypeOnly(msgspec.Struct, gc=False):
    chunk_type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _ChunkNamedMessage(msgspec.Struct, gc=False):
    chunk_type: Literal["message"]
    role: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_envelope_in = msgspec.json.Decoder(_Envelope).decode
_type_in = msgspec.json.Decoder(_TypeOnly).decode
_chunk_named_message_in = msgspec.json.Decoder(_ChunkNamedMessage).decode
_string_in = msgspec.json.Decoder(str).decode
_AS_THE_SEED_WRITES = re.compile(rb'\{"event":"([^"\\]*)","data":(.*)\}', re.DOTALL)
"""The original system puts a payload between these whether it is JSON or not."""
_JSON_BLANKS = b" \t\r\n"


def read_event(event: StreamEvent | OversizedEvent) -> Delivery | Notice:
    """What the event delivers."""
    if isinstance(event, OversizedEvent):
        # Text that is no JSON is shown with its words and counted as undecodable, like the endpoint's own refusal.
        return b"an event of %d bytes was refused: that is more than chatwatch takes" % event.size
    envelope = _envelope_of(event)
    if envelope is not None:
        return _delivery(*envelope)
    if event.named:
        return _delivery(event.type, event.data)
    return event.data


def _envelope_of(event: StreamEvent) -> tuple[str, bytes] | None:
    """Type and payload, where the data is an envelope."""
    try:
        envelope = _envelope_in(event.data)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, RecursionError):
        # Not JSON as msgspec sees it: lone surrogates, NaN, great depth, or a payload that was put in as it was.
        found = _AS_THE_SEED_WRITES.fullmatch(event.data)
        return (found[1].decode(), found[2]) if found is not None else None
    if envelope.chunk_type is not msgspec.UNSET:
        return None
    if event.named and event.type not in ("message", "chunk", envelope.event):
        return None  # the payload of a typed event that happens to have such keys
    return envelope.event, bytes(envelope.data)


def _delivery(type_: str, payload: bytes) -> Delivery | Notice:
    if type_ == "message":
        return payload if _is_chunk(payload) else MessagePayload(payload)
    start = payload.lstrip(_JSON_BLANKS)[:1] if payload[:1] in (b" ", b"\t", b"\n", b"\r") else payload[:1]
    if start == b'"' and type_ in ("chunk", "error"):
        return _said(type_, payload)
    if start == b"{" and type_ and type_ != "chunk" and _lacks_type(payload):
        return _with_type(type_, payload)
    return payload


def _said(type_: str, payload: bytes) -> Delivery | Notice:
    """A string: a payload that was no JSON, or a notice of the endpoint's own."""
    try:
        text = _string_in(payload)
    except msgspec.MsgspecError:
        return payload
    if type_ == "chunk":
        return text.encode()
    return gap_of(text) or Notice(text, b'{"chunk_type":"error","error":%b}' % payload)


def _is_chunk(payload: bytes) -> bool:
    """Whether what travels as a message is a chunk whose own type is `message`: the envelope has one place for both."""
    try:
        return _chunk_named_message_in(payload).role is msgspec.UNSET
    except (msgspec.MsgspecError, RecursionError):
        return False


def _lacks_type(payload: bytes) -> bool:
    if payload.startswith(b'{"chunk_type":'):
        return False
    try:
        return _type_in(payload).chunk_type is msgspec.UNSET
    except (msgspec.MsgspecError, RecursionError):
        return False


def _with_type(type_: str, payload: bytes) -> bytes:
    members = payload.lstrip(_JSON_BLANKS)[1:].lstrip(_JSON_BLANKS)
    comma = b"" if members.startswith(b"}") else b","
    return b'{"chunk_type":%b%b%b' % (msgspec.json.encode(type_), comma, members)
