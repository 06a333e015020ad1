"""The connection beneath a stream: what ASGI does not show of it.

ASGI sends without a bound and without a word about the peer. A stream needs more: to cut a peer that takes nothing, to
notice one that is gone without a word, and to write what everybody gets without a task's turn and a pass through the
HTTP library for each viewer. Measured here (events of 120 bytes, 300 viewers, 100 a second each with a wake-up of its
own): 15.6 us of CPU an event and viewer through the library, 6.5 us written here, of which the kernel has 5.

Gone without a word. The kernel's own means do not add up to a bound: keep-alive probes are only sent while nothing
waits for an acknowledgement, TCP_USER_TIMEOUT takes their place where both are set, begins anew with each thing sent,
and also cuts peers that answer that they have no room just now. What the kernel knows is exact, though (TCP_INFO), so
it is asked. Where it cannot be asked, other systems than Linux, the probes and the send time-out have to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import Protocol

KEY = "chatwatch.line"
"""Of a connection's line in the request's state, where the server puts it there (`run`)."""
_INFO = struct.Struct("=2x2B52xI")
"""Of Linux's `struct tcp_info`: tcpi_retransmits, tcpi_probes, and tcpi_last_ack_recv in milliseconds."""


class Flow(Protocol):
    """What the server notes of a connection's flow control."""

    write_paused: bool


class Line:
    """A connection of which nothing is known: nothing can be written or seen here."""

    def write(self, framed: bytes) -> bool:
        """Write what `framed` made, if it can be taken now; whether it was. Not in the middle of an ASGI send."""
        return False

    def unsent(self) -> int:
        """Bytes that wait here for the kernel to take them."""
        return 0

    def silent_for(self) -> float:
        """Seconds since the peer's machine acknowledged something, while it leaves something unanswered; else 0."""
        return 0.0

    def hang_up(self) -> None:
        """Cut, whatever is still unsent."""


class TaskLine(Line):
    """Of a server that hands out no transport: the task that answers can be ended, and that is all."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self._task = task

    def hang_up(self) -> None:
        """As its base."""
        self._task.cancel()


class TransportLine(Line):
    """An HTTP/1.1 connection of ours."""

    def __init__(self, transport: asyncio.Transport, flow: Flow) -> None:
        self._transport = transport
        self._flow = flow
        found = transport.get_extra_info("socket")
        self._socket: socket.socket | None = found if sys.platform == "linux" else None

    def write(self, framed: bytes) -> bool:
        """As its base."""
        if self._flow.write_paused or self._transport.is_closing():
            return False
        self._transport.write(framed)
        return True

    def unsent(self) -> int:
        """As its base."""
        return self._transport.get_write_buffer_size()

    def silent_for(self) -> float:
        """As its base."""
        if self._socket is None or self._transport.is_closing():
            return 0.0
        try:
            info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
            retransmits, probes, milliseconds = _INFO.unpack(info)
        except (OSError, struct.error):  # no TCP, or an older kernel's
            return 0.0
        return milliseconds / 1000 if retransmits or probes else 0.0

    def hang_up(self) -> None:
        """As its base."""
        self._transport.abort()


def framed(body: bytes) -> bytes:
    """A piece of the body of an HTTP/1.1 response without a length."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def probe_peer(sock: socket.socket, keep_alive: float, send_timeout: float) -> None:
    """Let the kernel ask a silent peer whether it is there, and end what is not taken outside of streams too."""
    every = _probe_every(keep_alive)
    options = (
        ("SO_KEEPALIVE", socket.SOL_SOCKET, 1),
        ("TCP_KEEPIDLE", socket.IPPROTO_TCP, every),
        ("TCP_KEEPINTVL", socket.IPPROTO_TCP, every),
        ("TCP_KEEPCNT", socket.IPPROTO_TCP, 2),
        ("TCP_USER_TIMEOUT", socket.IPPROTO_TCP, max(1, round(send_timeout * 1_000))),
    )
    for name, level, value in options:
        option = getattr(socket, name, None)  # not every system has all of them
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, value)


def dead_after(keep_alive: float) -> float:
    """Seconds of `Line.silent_for` that make a peer gone: two probes went unanswered. What the clock sees a moment
    later is still within the keep-alive, if that is 3 s or more: probes go by whole seconds."""
    return 2.25 * _probe_every(keep_alive)


def _probe_every(keep_alive: float) -> int:
    return max(1, int(keep_alive / 3))
