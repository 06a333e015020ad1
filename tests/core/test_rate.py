"""The rate is the mean of the last whole seconds, whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.rate import WINDOW, Rate

NOW = 1_700_000_000


def test_nothing_yet_is_a_rate_of_zero() -> None:
    assert Rate().per_second(NOW) == 0


@pytest.mark.parametrize("begin", [0, 3, 9])
def test_a_steady_flow_shows_its_rate_once_it_was_seen_for_a_second(begin: int) -> None:
    """Whenever in a second it began: `begin` tenths into one."""
    rate = Rate()
    shown = []
    for tenth in range(begin, 10 * (WINDOW + 3)):
        if tenth % 10 == 0:
            shown.append(rate.per_second(NOW + tenth / 10))
        rate.add(NOW + tenth / 10, 3)
    assert shown == pytest.approx([0, *[30] * (len(shown) - 1)])
    assert rate.total == 3 * (10 * (WINDOW + 3) - begin)


def test_the_unfinished_second_does_not_count_until_it_is_over() -> None:
    rate = Rate()
    rate.add(NOW, 100)
    assert rate.per_second(NOW + 0.9) == 0
    assert rate.per_second(NOW + 1.0) == 100


def test_a_second_counts_for_the_window_and_no_longer() -> None:
    rate = Rate()
    rate.add(NOW, 8)
    assert [rate.per_second(NOW + later) for later in range(WINDOW + 2)] == [0, 8, 4, 8 / 3, 2, 0]
    assert WINDOW == 4


@pytest.mark.parametrize("silence", [WINDOW + 1, 60, 10**6, 10**12])
def test_after_a_silence_the_rate_is_zero_and_the_old_counts_never_come_back(silence: int) -> None:
    rate = Rate()
    for second in range(10):
        rate.add(NOW + second, 7)
    later = NOW + 9 + silence
    assert rate.per_second(later) == 0
    rate.add(later, 4)
    assert rate.per_second(later + 1) == 4
    assert rate.total == 74


def test_a_jump_within_the_window_keeps_what_still_counts() -> None:
    rate = Rate()
    rate.add(NOW, 1)
    rate.add(NOW + 1, 10)
    rate.add(NOW + 4, 100)
    assert rate.per_second(NOW + 4) == 11 / WINDOW
    assert rate.per_second(NOW + 5) == 110 / WINDOW


def test_an_older_second_counts_as_the_newest() -> None:
    rate = Rate()
    rate.add(NOW, 1)
    rate.add(NOW - 3_600, 5)
    assert rate.per_second(NOW - 1) == 0
    assert rate.per_second(NOW + 1) == 6


def test_a_clock_before_1970_does_no_harm() -> None:
    rate = Rate()
    rate.add(-5.5, 2)
    assert rate.per_second(1) == 2 / WINDOW, "as if it had always been going on"
    assert rate.total == 2


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 50)), max_size=40),
    st.lists(st.integers(0, 2), max_size=40),
)
def test_it_agrees_with_counting_every_event(steps: list[tuple[int, int]], looks: list[int]) -> None:
    """However often somebody looks in between."""
    rate, events, now = Rate(), dict[int, int](), NOW
    began, latest = 0.0, 0
    for position, (passed, count) in enumerate(steps):
        now += passed
        if now - latest > WINDOW:
            began = now + 0.5
        latest = now
        rate.add(now + 0.5, count)
        events[now] = events.get(now, 0) + count
        for _ in range(looks[position] if position < len(looks) else 0):
            rate.per_second(now + 0.75)
    recent = sum(events.get(now - back, 0) for back in range(1, WINDOW + 1))
    assert rate.recent(now) == recent
    assert rate.per_second(now) == (recent / min(WINDOW, now - began) if now - began >= 1 else 0)
    assert rate.total == sum(events.values())
