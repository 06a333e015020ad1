"""Waits between attempts grow, have a ceiling, and are never the same for two viewers."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.sources.base import Backoff


@given(
    first=st.floats(0.01, 5.0),
    longest=st.floats(0.01, 60.0),
    seed=st.integers(),
    attempts=st.integers(1, 60),
)
def test_each_wait_lies_between_half_and_all_of_its_doubling_ceiling(
    first: float, longest: float, seed: int, attempts: int
) -> None:
    backoff = Backoff(first, longest, random.Random(seed))
    for n in range(attempts):
        ceiling = min(longest, first * 2**n)
        assert ceiling / 2 <= backoff.next() <= ceiling
        assert backoff.attempt == n + 1


def test_a_reset_starts_small_again() -> None:
    backoff = Backoff(first=1.0, longest=64.0)
    while backoff.next() < 32.0:
        pass
    backoff.reset()
    assert backoff.attempt == 0
    assert backoff.next() <= 1.0


def test_years_of_attempts_do_not_overflow() -> None:
    backoff = Backoff(first=0.25, longest=15.0)
    backoff.attempt = 10_000_000
    assert 7.5 <= backoff.next() <= 15.0


def test_two_viewers_do_not_come_back_in_step() -> None:
    one, other = Backoff(), Backoff()
    assert [one.next() for _ in range(8)] != [other.next() for _ in range(8)]
