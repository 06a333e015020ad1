"""How far behind live: a histogram in fixed memory, from which percentiles are read."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

_BOUNDS = [0.001 * 1.25**step for step in range(64)]
"""Upper bounds of the buckets in seconds: 1 ms to 21 minutes, each a quarter wider than the one before."""


class LagHistogram:
    """Counts lags by size; percentiles are right to a quarter."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS) + 1)
        self.longest = 0.0
        """Seconds."""

    def add(self, seconds: float, count: int) -> None:
        """`count` deliveries were that late; negative lags (a clock that was set) count as none."""
        self._counts[bisect_left(_BOUNDS, seconds)] += count
        self.longest = max(self.longest, seconds)

    def percentile(self, share: float) -> float | None:
        """The lag in seconds that `share` (0 to 1) of the deliveries did not exceed; None before the first."""
        total = sum(self._counts)
        if not total:
            return None
        wanted = share * total
        for bound, reached in zip([*_BOUNDS, self.longest], accumulate(self._counts), strict=True):
            if reached >= wanted:
                return min(bound, self.longest)
        return self.longest
