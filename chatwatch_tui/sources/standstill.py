"""Whether it was we who stood still: Ctrl+Z, a laptop that slept, a machine that had no time for us.

What is read right after that waited in a socket, and says nothing of now: the other end may have given us up long
before. A clock that goes on while the machine sleeps is needed to see it, which `time.monotonic` does not on Linux.
"""

from __future__ import annotations

import time

OVERSLEPT = 1.0
"""Seconds by which a wait of ours may be longer than it should: more, and it was we who stood still."""


def lasting() -> float:
    """Seconds of a clock that is never set, and goes on while the machine sleeps, where it has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def as_monotonic(moment: float) -> float:
    """A moment of `lasting` as `time.monotonic` would have it, had it gone on."""
    return time.monotonic() - (lasting() - moment)


class Standstill:
    """Looked at every `pause` seconds, and whenever something comes. Times are those of `lasting`."""

    def __init__(self, pause: float, now: float) -> None:
        self.pause = pause
        self.ended = now
        """When we stood still no more, or began to look."""
        self._looked = now

    def look(self, now: float) -> float | None:
        """When we were last known to be awake, where we have stood still since the last look; else None."""
        looked, self._looked = self._looked, now
        if now - looked <= self.pause + OVERSLEPT:
            return None
        self.ended = now
        return looked
