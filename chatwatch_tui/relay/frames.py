"""A payload from the bus to the bytes of one server-sent event; never raises.

The original interpolates the payload into the envelope as it came. A payload that is not JSON, or JSON on several
lines, or a chunk type with a quote in it, then breaks the envelope or the framing, and a publisher can forge events. So
nothing goes out here that was not parsed: strict UTF-8, strict JSON, numbers that a double can hold, bounded depth, no
lone surrogates; whoever reads with an ordinary JSON parser can read every event. What passes stays the same bytes, so
that long numbers, the order of keys and duplicate keys survive; only CR and LF, which strict JSON has between tokens
alone, become blanks. What does not pass travels as a JSON string under the event `chunk`.

The whole payload is parsed, not only its `chunk_type`: skipping the rest would be 0.1 us faster and would not see a
number or a string that readers choke on. It is done once an event, however many viewers there are.
"""

from __future__ import annotations

import re

import msgspec

MAX_PAYLOAD = 4_000_000
MAX_DEPTH = 120
"""Nesting of a payload. The strictest common parser (the original's) takes 127 levels, the envelope is one of them."""
MAX_DIGITS = 308
"""Digits that every integer of a double's range may have; more is out of range for most parsers."""
RETRY_MS = 5_000

OK = b":ok\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
RETRY = b"retry: %d\n\n" % RETRY_MS
"""So that browsers, which come back by themselves, do not hammer."""

_HEAD, _MIDDLE, _TAIL = b'data: {"event":', b',"data":', b"}\n\n"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_LINE_ENDS_TO_BLANKS = bytes.maketrans(b"\r\n", b"  ")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_BRACKET = re.compile(rb"[\[\]{}]")
_DIGITS_TO_ZEROS = bytes(48 if chr(n).isdigit() and n < 128 else 32 for n in range(256))
_MANY_ZEROS = b"0" * (MAX_DIGITS + 1)
_HUGE_NUMBER = re.compile(rb"(?<![0-9.])[0-9]{%d}" % (MAX_DIGITS + 1))


def _head(event: str) -> bytes:
    return _HEAD + _encode(event) + _MIDDLE


_CHUNK, _MESSAGE, _ERROR = _head("chunk"), _head("message"), _head("error")
_HEADS = {name: _head(name) for name in ("thinking", "token", "tool_call", "tool_result", "done", "error", "chunk")}


def chunk_frame(payload: bytes, limit: int = MAX_PAYLOAD) -> bytes:
    """The event for a delivery from `chat.chunk.<id>`, named by its `chunk_type`."""
    if len(payload) > limit:
        return _too_large(len(payload), limit)
    try:
        parsed = _strictly(payload)
    except (ValueError, RecursionError):
        return _as_text(payload)
    name = parsed.get("chunk_type") if type(parsed) is dict else None
    if type(name) is not str:
        return _CHUNK + _on_one_line(payload) + _TAIL
    return (_HEADS.get(name) or _head(name)) + _on_one_line(payload) + _TAIL


def message_frame(payload: bytes, limit: int = MAX_PAYLOAD) -> bytes:
    """The event for a delivery from `chat.message.<id>`."""
    if len(payload) > limit:
        return _too_large(len(payload), limit)
    try:
        _strictly(payload)
    except (ValueError, RecursionError):
        return _as_text(payload)
    return _MESSAGE + _on_one_line(payload) + _TAIL


def error_frame(words: str) -> bytes:
    """An error of the endpoint's own. Its data is a string, which no chunk of type `error` can have."""
    return _ERROR + _encode(words) + _TAIL


def _strictly(payload: bytes) -> object:
    """The payload parsed.

    Raises:
        ValueError: it is no JSON that every ordinary parser reads (msgspec's errors are ValueErrors).
        RecursionError: likewise, from far deeper nesting than is allowed.
    """
    parsed: object = _decode(payload)
    # Two brackets a level: what is shorter cannot be too deep, and nearly every chunk is.
    if len(payload) > 2 * MAX_DEPTH:
        if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and _depth(payload) > MAX_DEPTH:
            raise ValueError("nested too deeply")
        if _MANY_ZEROS in payload.translate(_DIGITS_TO_ZEROS) and _HUGE_NUMBER.search(_STRING.sub(b"", payload)):
            raise ValueError("a number out of range")
    return parsed


def _depth(payload: bytes) -> int:
    """How deeply valid JSON is nested."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", payload)):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _on_one_line(payload: bytes) -> bytes:
    """Valid JSON without line ends, otherwise byte for byte the same."""
    if b"\n" in payload or b"\r" in payload:
        return payload.translate(_LINE_ENDS_TO_BLANKS)
    return payload


def _as_text(payload: bytes) -> bytes:
    """The event for what is not JSON: the payload as text, undecodable bytes as U+FFFD."""
    return _CHUNK + _encode(payload.decode("utf-8", "replace")) + _TAIL


def _too_large(size: int, limit: int) -> bytes:
    words = f"payload of {size:,} bytes left out: the endpoint passes on {limit:,} bytes at the most"
    return _CHUNK + _encode(words) + _TAIL
