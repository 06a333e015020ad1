"""The latest arrivals of a conversation with their raw payloads, bounded by count and by bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple, Protocol

from chatwatch_tui.core.events import Arrival, Delivery


class Received(NamedTuple):
    """One delivery that is kept."""

    ordinal: int
    """How many of the conversation came before it."""
    at: float
    """Unix seconds of receipt."""
    delivery: Delivery


MAX_RAW_BYTES = 8_000_000
"""Bytes of raw payloads kept per conversation; ordinary ones are far below it."""


class KeptRaw(Protocol):
    """Deliveries of one conversation that are kept, now or at some moment."""

    @property
    def first(self) -> int:
        """The ordinal of the oldest."""

    @property
    def total(self) -> int:
        """Deliveries that ever came."""

    def since(self, ordinal: int) -> Iterator[Received]:
        """All from that ordinal on, in order."""


class Kept:
    """What is kept at one moment, oldest first."""

    def __init__(self, first: int, arrivals: list[Arrival]) -> None:
        """`first` is the ordinal of the oldest delivery."""
        self.first = first
        self._arrivals = arrivals
        self._starts = list(accumulate((len(each.deliveries) for each in arrivals), initial=first))
        """Ordinals with which arrivals begin; one more for what comes next."""

    @property
    def total(self) -> int:
        """The ordinal of what comes next."""
        return self._starts[-1]

    def received(self, ordinal: int) -> Received:
        """The delivery of that ordinal, which must be kept."""
        position = bisect_right(self._starts, ordinal) - 1
        arrival = self._arrivals[position]
        return Received(ordinal, arrival.at, arrival.deliveries[ordinal - self._starts[position]])

    def since(self, ordinal: int) -> Iterator[Received]:
        """All from that ordinal on, in order."""
        position = max(0, bisect_right(self._starts, ordinal) - 1)
        for start, arrival in zip(self._starts[position:-1], self._arrivals[position:], strict=True):
            for number, delivery in enumerate(arrival.deliveries, start):
                if number >= ordinal:
                    yield Received(number, arrival.at, delivery)


class RawArrivals:
    """Together at least `kept` deliveries where there were, fewer where they are large (`MAX_RAW_BYTES`)."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._arrivals: deque[Arrival] = deque()
        self._sizes: deque[int] = deque()
        """Bytes of each arrival."""
        self.total = 0
        """Deliveries that ever came: the ordinal of the next one."""
        self._count = 0
        self._bytes = 0

    def keep_these(self) -> Kept:
        """What is kept now, whatever comes."""
        return Kept(self.first, list(self._arrivals))

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._arrivals)

    @property
    def first(self) -> int:
        """The ordinal of the oldest delivery that is kept."""
        return self.total - self._count

    def at(self, ordinal: int) -> Received | None:
        """The delivery of that ordinal with its time of receipt; None where it is not kept, or not there yet."""
        return next(self.since(ordinal), None) if self.first <= ordinal < self.total else None

    def since(self, ordinal: int) -> Iterator[Received]:
        """All that are kept from that ordinal on, in order."""
        number = self.first
        for arrival in self._arrivals:
            deliveries = arrival.deliveries
            if number + len(deliveries) > ordinal:
                for delivery in deliveries[max(0, ordinal - number) :]:
                    yield Received(max(ordinal, number), arrival.at, delivery)
                    ordinal = max(ordinal, number) + 1
            number += len(deliveries)

    def keep(self, arrival: Arrival, size: int) -> None:
        """One more, of so many bytes; the oldest go for it."""
        arrivals = self._arrivals
        arrivals.append(arrival)
        self._sizes.append(size)
        self.total += len(arrival.deliveries)
        self._count += len(arrival.deliveries)
        self._bytes += size
        while len(arrivals) > 1 and (
            self._count - len(arrivals[0].deliveries) >= self.kept or self._bytes > MAX_RAW_BYTES
        ):
            self._count -= len(arrivals.popleft().deliveries)
            self._bytes -= self._sizes.popleft()
