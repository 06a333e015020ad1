"""Sequence numbers: every hole is counted once, however it was told, and a restart is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.payload import MAX_FIGURE
from chatwatch_tui.core.sequence import SequenceNumbers, begins_midway


@given(st.integers(0, 1_000), st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_what_is_missing_is_counted_once_whoever_tells_of_it(first: int, fates: list[tuple[bool, bool]]) -> None:
    """Each delivery after the first comes or is lost, and a lost one is told of when it happens or is not."""
    numbers = SequenceNumbers()
    assert numbers.follow(first) == 0
    counted = told = lost = 0
    for seq, (comes, is_told) in enumerate([*fates, (True, False)], first + 1):
        if comes:
            counted += numbers.follow(seq)
        else:
            lost += 1
            if is_told:
                told += 1
                numbers.explain(1)
    assert counted + told == lost
    assert numbers.expected == first + len(fates) + 2


def test_a_smaller_number_is_a_restart_and_what_was_told_explains_no_later_hole() -> None:
    numbers = SequenceNumbers()
    assert [numbers.follow(seq) for seq in (5, 9, 0, 1)] == [0, 3, 0, 0]
    numbers.explain(10)
    assert [numbers.follow(seq) for seq in (4, 6)] == [0, 1]


@pytest.mark.parametrize("seq", [-1, MAX_FIGURE + 1])
def test_what_is_no_number_changes_nothing(seq: int) -> None:
    numbers = SequenceNumbers()
    assert [numbers.follow(each) for each in (1, seq, 2)] == [0, 0, 0]
    assert begins_midway(seq, opens=False) is begins_midway(None, opens=False) is True
    assert begins_midway(seq, opens=True) is begins_midway(None, opens=True) is False


def test_some_count_from_one() -> None:
    assert [begins_midway(seq, opens=True) for seq in (0, 1, 2)] == [False, False, True]
