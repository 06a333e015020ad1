"""What nats-py's handshake does not do itself: end in time, and say what went wrong in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

from chatwatch_tui.sources.nats_ends import LinkEnded, ServerError, error_text


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


def stumbled(problem: Exception, server: str) -> LinkEnded:
    """What nats-py's handshake raised, which is whatever it stumbled over, as an end."""
    if str(problem).startswith("nats: '"):
        return ServerError(error_text(str(problem).removeprefix("nats: ").encode()))
    if isinstance(problem, UnicodeError) and not isinstance(problem, UnicodeDecodeError):
        return LinkEnded(f"no address known for {server}")  # a host name that cannot be one
    return LinkEnded(f"what listens at {server} does not greet as a NATS server does")
