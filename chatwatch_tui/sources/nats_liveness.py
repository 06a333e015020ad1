"""Signs of life of a NATS server: when to ask for one, how long the way there and back takes, how long there was none.

nats-py believes in a silent server for minutes; here the answer to each question is awaited for seconds. Times are
`time.monotonic()`, and always handed in.
"""

from __future__ import annotations

import asyncio
from collections import deque

OVERSLEPT = 1.0
"""Seconds by which a wait of ours may be longer than it should: more, and it was we who stood still."""


class SignsOfLife:
    """Of one connection. Ask `is_due` and `silence` every `pause` seconds."""

    def __init__(self, ping_every: float, silent_after: float, now: float) -> None:
        self.pause = min(0.5, ping_every)
        self.last_byte = now
        """When something came last, whatever it was: whoever reads sets it."""
        self.last_round_trip: float | None = None
        """Seconds of the last round trip."""
        self._ping_every = ping_every
        self._silent_after = silent_after
        self._next_ping = self._looked = self._awake_since = now
        self._asked: deque[tuple[float, asyncio.Future[None] | None]] = deque()

    def is_due(self, now: float) -> bool:
        """Whether to ask now; it is taken for done then."""
        if now - self._looked > self.pause + OVERSLEPT:
            # It was we who were silent (Ctrl+Z, a laptop that slept): what waits in the socket comes first, and the
            # server has as long to answer anew as it ever has.
            self._awake_since = self._next_ping = now
        self._looked = now
        if now < self._next_ping:
            return False
        self._next_ping = now + self._ping_every
        return True

    def silence(self, now: float) -> float | None:
        """Seconds since the last byte, where they are too many; else None."""
        is_silent = now - max(self.last_byte, self._awake_since) > self._silent_after
        return now - self.last_byte if is_silent else None

    def asked(self, now: float, answered: asyncio.Future[None] | None = None) -> None:
        """A question was sent; `answered` is done when its answer comes."""
        self._asked.append((now, answered))

    def answer(self, now: float) -> bool:
        """An answer came, to the oldest question; False where nobody had asked."""
        if not self._asked:
            return False
        sent, answered = self._asked.popleft()
        self.last_round_trip = now - sent
        if answered is not None and not answered.done():
            answered.set_result(None)
        return True
