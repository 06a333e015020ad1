"""What nats-py's handshake does not do itself: end in time, and say what went wrong in it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Coroutine
from typing import Any

from nats.aio.transport import TcpTransport

from chatwatch_tui.sources.nats_ends import LinkEnded, ServerError, error_text

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
"""What OpenSSL makes of an answer that is not TLS; which of them differs by its version."""


class ListeningTransport(TcpTransport):
    """nats-py's transport, which notes when there was nothing to read any more."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # upstream has no annotation there
        self.is_over = False

    async def readline(self) -> bytes:
        """As its base does it."""
        line: bytes = await super().readline()  # type: ignore[no-untyped-call]
        self.is_over |= not line
        return line


def answers_without_tls(problem: Exception) -> bool:
    """Whether a handshake failed because the other side does not speak TLS."""
    return isinstance(problem, ssl.SSLError) and problem.reason in _NO_TLS


async def within(timeout: float, handshake: Coroutine[Any, Any, None]) -> None:
    """Await it for so many seconds. Raises TimeoutError, or what it raises.

    In a task of its own: `wait_for`, which nats-py uses, swallows a cancellation that comes just when what it waits
    for is there (until Python 3.12), and the source would go on instead of stopping. So it is cancelled until it ends.
    """
    task = asyncio.ensure_future(handshake)
    try:
        in_time, _ = await asyncio.wait([task], timeout=timeout)
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=0.1)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not print it when nobody asks any more
    if not in_time:
        raise TimeoutError
    task.result()


def last_words(transport: Any) -> str | None:
    """What a server that hung up in the handshake said before; writing to it fails before nats-py reads that."""
    reader = transport._io_reader if transport is not None else None
    left = bytes(reader._buffer) if reader is not None else b""
    found = re.search(rb"^-ERR(.*)$", left, re.MULTILINE)
    return error_text(found[1]) if found else None


def stumbled(problem: Exception, server: str, *, in_silence: bool) -> LinkEnded:
    """What nats-py's handshake raised, which is whatever it stumbled over, as an end. `in_silence`: the server hung up
    before it said anything, as one does that waits for TLS."""
    if str(problem).startswith("nats: '"):
        return ServerError(error_text(str(problem).removeprefix("nats: ").encode()))
    if isinstance(problem, UnicodeError) and not isinstance(problem, UnicodeDecodeError):
        return LinkEnded(f"no address known for {server}")  # a host name that cannot be one
    if in_silence:
        hint = "if it begins with TLS, give --tlsfirst (in a context: tls_first)"
        return LinkEnded(f"{server} hung up without a greeting: {hint}")
    return LinkEnded(f"what listens at {server} does not greet as a NATS server does")
