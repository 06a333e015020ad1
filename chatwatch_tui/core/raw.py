"""The latest arrivals of a conversation with their raw payloads, bounded by count and by bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatwatch_tui.core.conversation import Arrival

MAX_RAW_BYTES = 8_000_000
"""Bytes of raw payloads kept per conversation; ordinary ones are far below it."""


class RawArrivals:
    """Together at least `kept` deliveries where there were, fewer where they are large (`MAX_RAW_BYTES`)."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._arrivals: deque[Arrival] = deque()
        self._sizes: deque[int] = deque()
        """Bytes of each arrival."""
        self._count = 0
        self._bytes = 0

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._arrivals)

    def keep(self, arrival: Arrival, size: int) -> None:
        """One more, of so many bytes; the oldest go for it."""
        arrivals = self._arrivals
        arrivals.append(arrival)
        self._sizes.append(size)
        self._count += len(arrival.deliveries)
        self._bytes += size
        while len(arrivals) > 1 and (
            self._count - len(arrivals[0].deliveries) >= self.kept or self._bytes > MAX_RAW_BYTES
        ):
            self._count -= len(arrivals.popleft().deliveries)
            self._bytes -= self._sizes.popleft()
