"""The recording format, both ways: JSON lines, UTF-8, one delivery a line, in the order in which they were received.

The first line says what it is:

    {"chatwatch_recording": 1, "started": 1795435200.0}

Every other line is one delivery as the bus brought it, not decoded:

    {"at": 1795435200.25, "source": "prod", "id": "<uuid>", "kind": "chunk", "text": "{\\"chunk_type\\": ...}"}

| member | |
|---|---|
| `at` | Unix seconds of receipt |
| `source`, `id` | the conversation |
| `kind` | `chunk`, `message`, `stray` (its subject names no conversation), `gap`, `lost` |
| `text` | the payload; `base64` in its place where it is not UTF-8 |
| `subject` | of a `stray` |
| `cause`, `count`, `seconds`, `note` | of a `gap`; those not known are absent |
| `count` | of a `lost`: so many deliveries of any conversation came here and were not recorded |

Whoever reads is tolerant: members that are not known are passed over, and a line that cannot be read is a
`BadLine` with its number and not the end. A recording of a later version says so and is refused.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import NamedTuple

import msgspec

from chatwatch_tui.core.events import Delivery, Gap, GapCause, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey, is_conversation_id

VERSION = 1
_MAX_TIME = 1e11


class Replay(msgspec.Struct, frozen=True):
    """What to play, and how."""

    file: Path
    speed: float = 1.0
    """Seconds of the recording in a second."""
    at_once: bool = False
    """As fast as the screen takes it, whatever the pace was."""


class Header(msgspec.Struct, omit_defaults=True):
    """The first line."""

    chatwatch_recording: int
    started: float = 0.0


class Line(msgspec.Struct, omit_defaults=True):
    """Any other line; what does not belong to its kind is absent."""

    at: float
    kind: str
    source: str = ""
    id: str = ""
    text: str | None = None
    base64: str | None = None
    subject: str = ""
    cause: str = ""
    count: int | None = None
    seconds: float | None = None
    note: str = ""
    goes_on: bool = False
    earlier: bool = False


class Recorded(NamedTuple):
    """One delivery of a recording."""

    at: float
    key: ConversationKey
    delivery: Delivery


class Lost(NamedTuple):
    """Here deliveries were not recorded."""

    at: float
    deliveries: int


class BadLine(NamedTuple):
    """A line that cannot be read."""

    number: int
    """From 1."""
    reason: str


class NoRecording(ValueError):
    """The file is none, or of a version that is not known; `str()` is a sentence without the file's name."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


def header_line(started: float) -> bytes:
    """The first line, with its line end."""
    return _encode(Header(VERSION, started)) + b"\n"


def delivery_line(at: float, key: ConversationKey, delivery: Delivery) -> bytes:
    """One delivery, with its line end."""
    line = Line(at, "chunk", key.source, key.id)
    if isinstance(delivery, Gap):
        line.kind, line.cause, line.note = "gap", delivery.cause.value, delivery.note
        line.count, line.seconds = delivery.count, delivery.seconds
        line.goes_on, line.earlier = delivery.goes_on, delivery.earlier
        return _written(line)
    if isinstance(delivery, bytes):
        data = delivery
    else:
        data = delivery.data
        line.kind = "message"
        if isinstance(delivery, StrayPayload):
            line.kind, line.subject = "stray", delivery.subject
    try:
        line.text = data.decode("utf-8")
    except UnicodeDecodeError:
        line.base64 = base64.b64encode(data).decode("ascii")
    return _written(line)


def lost_line(at: float, count: int) -> bytes:
    """The word that so many were not recorded, with its line end."""
    return _written(Line(at, "lost", count=count))


def _written(line: Line) -> bytes:
    try:
        return _encode(line) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, in words of a library or a subject
        for name in ("source", "subject", "note"):
            setattr(line, name, getattr(line, name).encode("utf-8", "replace").decode("utf-8"))
        return _encode(line) + b"\n"


def read_header(data: bytes) -> Header:
    """The first line of a recording.

    Raises:
        NoRecording: it is none, or of a later version.
    """
    try:
        header = msgspec.json.decode(data, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise NoRecording("is no recording of chatwatch: its first line does not say so") from None
    if header.chatwatch_recording > VERSION:
        raise NoRecording(
            f"is a recording of version {header.chatwatch_recording}; this chatwatch reads up to {VERSION}"
        )
    return header


def read_line(number: int, data: bytes) -> Recorded | Lost | BadLine | None:
    """Any other line, `number` from 1; None for a blank one. Never raises."""
    if not data.strip():
        return None
    try:
        line = _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        reason = str(problem) if isinstance(problem, msgspec.ValidationError) else "not JSON"
        return BadLine(number, reason)
    if not 0 <= line.at < _MAX_TIME:
        return BadLine(number, f"`at` is no time: {line.at}")
    if line.kind == "lost":
        return Lost(line.at, max(0, line.count or 0))
    if line.id != STRAY_ID and not is_conversation_id(line.id):
        return BadLine(number, "`id` is no conversation id")
    delivery = _delivery(line)
    if isinstance(delivery, str):
        return BadLine(number, delivery)
    return Recorded(line.at, ConversationKey(line.source, line.id), delivery)


def _delivery(line: Line) -> Delivery | str:
    """What was delivered, or why nobody can tell."""
    if line.kind == "gap":
        if line.cause not in list(GapCause):
            return "`cause` of the gap is not known"
        if line.seconds is not None and not 0 <= line.seconds < _MAX_TIME:
            return "`seconds` of the gap is no duration"
        count = line.count if line.count is not None and line.count >= 0 else None
        return Gap(GapCause(line.cause), count, line.seconds, line.note, line.goes_on, line.earlier)
    if line.text is not None:
        data = line.text.encode("utf-8", "surrogatepass")
    elif line.base64 is not None:
        try:
            data = base64.b64decode(line.base64, validate=True)
        except ValueError:
            return "`base64` cannot be decoded"
    else:
        return "no payload: neither `text` nor `base64`"
    if line.kind == "chunk":
        return data
    if line.kind == "message":
        return MessagePayload(data)
    return StrayPayload(line.subject, data) if line.kind == "stray" else f"kind {line.kind[:40]!r} is not known"
