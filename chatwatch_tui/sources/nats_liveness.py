"""Signs of life of a NATS server: when to ask for one, how long the way there and back takes, how long there was none.

nats-py believes in a silent server for minutes; here the answer to each question is awaited for seconds. Times are
those of `standstill.lasting`, and always handed in.
"""

from __future__ import annotations

import asyncio
from collections import deque

from chatwatch_tui.sources.standstill import Standstill


class SignsOfLife:
    """Of one connection. Ask `is_due` and `silence` every `pause` seconds."""

    def __init__(self, ping_every: float, silent_after: float, now: float) -> None:
        self.pause = min(0.5, ping_every)
        self.last_byte = now
        """When something came last, whatever it was."""
        self.last_round_trip: float | None = None
        """Seconds of the last round trip."""
        self._ping_every = ping_every
        self.silent_after = silent_after
        """Seconds without a byte after which the server counts as gone."""
        self._next_ping = now
        self._standstill = Standstill(self.pause, now)
        self._unproven_since: float | None = None
        """When we were last awake before we stood still, until a question that was asked after it is answered."""
        self._asked: deque[tuple[float, asyncio.Future[None] | None]] = deque()

    def is_due(self, now: float) -> bool:
        """Whether to ask now; it is taken for done then."""
        self._look(now)
        if now < self._next_ping:
            return False
        self._next_ping = now + self._ping_every
        return True

    def heard(self, now: float) -> None:
        """Something came: whoever reads says so."""
        self._look(now)
        self.last_byte = now

    def _look(self, now: float) -> None:
        awake = self._standstill.look(now)
        if awake is None:
            return
        # What waits in the socket comes first, and the server has as long to answer anew as it ever has.
        self._next_ping = now
        if self._unproven_since is None:
            self._unproven_since = max(awake, self.last_byte)

    @property
    def complete_until(self) -> float:
        """Until when nothing that was sent to us can be missing: the last sign of life, but where we stood still what
        came after it may have waited since, and the server have given us up meanwhile."""
        return self.last_byte if self._unproven_since is None else self._unproven_since

    def silence(self, now: float) -> float | None:
        """Seconds since the last byte, where they are too many; else None."""
        is_silent = now - max(self.last_byte, self._standstill.ended) > self.silent_after
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
        if sent >= self._standstill.ended:
            self._unproven_since = None
        if answered is not None and not answered.done():
            answered.set_result(None)
        return True
