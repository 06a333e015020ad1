"""How many a second, over the last few seconds: a ring of whole seconds, no list of events."""

from __future__ import annotations

WINDOW = 4
"""Whole seconds that are looked at. Short enough to follow, long enough not to flicker."""


class Rate:
    """Counts per whole second; the present, unfinished second does not count until it is over."""

    __slots__ = ("_counts", "_latest", "_second", "began", "total")

    def __init__(self) -> None:
        self._counts = [0] * (WINDOW + 1)
        self._second = 0
        self._latest = -(1 << 62)
        """The second in which something happened last."""
        self.began = 0.0
        """Unix seconds since which something happens, after the last silence of a window's length."""
        self.total = 0

    def add(self, at: float, count: int) -> None:
        """`count` happened at Unix second `at`. An older second than the newest counts as the newest."""
        second = int(at)
        if second > self._latest:
            self._advance(second)
            if self._second - self._latest > WINDOW:
                self.began = at
            self._latest = self._second
        self._counts[self._second % len(self._counts)] += count
        self.total += count

    def recent(self, now: float) -> int:
        """How many happened in the last whole seconds."""
        self._advance(int(now))
        return sum(self._counts) - self._counts[self._second % len(self._counts)]

    def per_second(self, now: float) -> float:
        """Mean of the last whole seconds, as far as something was going on; 0 before that is a second, and after a
        silence of that length."""
        return mean(self.recent(now), self.began, now)

    def _advance(self, second: int) -> None:
        if second <= self._second:
            return
        size = len(self._counts)
        for passed in range(max(self._second + 1, second - size + 1), second + 1):
            self._counts[passed % size] = 0
        self._second = second


def mean(recent: int, began: float, now: float) -> float:
    """Of what happened in the last whole seconds, of something that began then: a second, in Unix seconds."""
    observed = int(now) - began
    return recent / min(WINDOW, observed) if observed >= 1 else 0.0
