"""How many a second, over the last few seconds: a ring of whole seconds, no list of events."""

from __future__ import annotations

WINDOW = 4
"""Whole seconds that are looked at. Short enough to follow, long enough not to flicker."""


class Rate:
    """Counts per whole second; the present, unfinished second does not count until it is over."""

    __slots__ = ("_counts", "_second", "total")

    def __init__(self) -> None:
        self._counts = [0] * (WINDOW + 1)
        self._second = 0
        self.total = 0

    def add(self, at: float, count: int) -> None:
        """`count` happened at Unix second `at`. An older second than the newest counts as the newest."""
        self._advance(int(at))
        self._counts[self._second % len(self._counts)] += count
        self.total += count

    def per_second(self, now: float) -> float:
        """Mean of the last whole seconds; 0 after a silence of that length."""
        self._advance(int(now))
        present = self._second % len(self._counts)
        return (sum(self._counts) - self._counts[present]) / WINDOW

    def _advance(self, second: int) -> None:
        if second <= self._second:
            return
        size = len(self._counts)
        for passed in range(max(self._second + 1, second - size + 1), second + 1):
            self._counts[passed % size] = 0
        self._second = second
