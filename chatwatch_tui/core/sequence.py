"""Sequence numbers of a conversation's chunks: what is missing among them, and whether we came in the middle.

A number that is smaller than the one expected may be one that was missing and comes late, one that came before, the
start of a new count, or another publisher's. Which of them shows only later, so every count that may go on is
remembered (a few of them), and nothing is called missing that any of them has seen.
"""

from __future__ import annotations

from chatwatch_tui.core.payload import MAX_FIGURE

_MAX_COUNTS = 4
"""Counts that may go on."""
_MAX_HOLES = 64
"""Holes whose late numbers are known again; older ones stay counted as missing."""


class SequenceNumbers:
    """The numbers as they come."""

    def __init__(self) -> None:
        self.expected: int | None = None
        """What comes next if nothing is missing; None before the first number. Within a run, whoever sees that very
        number may count it up instead of calling `follow`."""
        self._others: list[int] = []
        """What other counts would go on with, the latest first."""
        self._holes: list[list[int]] = []
        """First and end of what was counted as missing."""
        self._explained = 0

    def explain(self, missing: int) -> None:
        """So many deliveries are missing for a reason that was told already, or came without a number that could be
        read: the next hole is smaller by that."""
        self._explained += missing

    def follow(self, seq: int) -> int:
        """Take the next number; how many deliveries before it are missing and were not told of, -1 where it is one that
        was counted as missing.

        One below zero or beyond every count (`MAX_FIGURE`) is no number.
        """
        if not 0 <= seq <= MAX_FIGURE:
            return 0
        expected, explained = self.expected, self._explained
        self._explained = 0  # what was missing before this number explains no later hole
        if expected is None or seq == expected:
            self.expected = seq + 1
            return 0
        if self._fills_hole(seq):
            return -1
        counts = [expected, *self._others]
        self.expected = seq + 1
        reached = max((each for each in counts if each <= seq), default=None)
        if reached is None:  # it came before, or a count begins anew
            self._others = counts[:_MAX_COUNTS]
            if seq <= 1:
                self._holes.clear()
            return 0
        self._others = [each for each in counts if each != reached][:_MAX_COUNTS]
        missing = seq - reached - explained
        if missing <= 0:
            return 0
        self._holes = [*self._holes[1 - _MAX_HOLES :], [reached, seq]]
        return missing

    def _fills_hole(self, seq: int) -> bool:
        for hole in self._holes:
            first, end = hole
            if first <= seq < end:
                self._holes.remove(hole)
                self._holes += [part for part in ([first, seq], [seq + 1, end]) if part[0] < part[1]]
                return True
        return False


def begins_midway(seq: int | None, *, opens: bool) -> bool:
    """Whether the first chunk that was seen of a conversation is not its first: by its number, which some count from 1,
    else by whether such a chunk ever `opens` a turn."""
    if seq is not None and 0 <= seq <= MAX_FIGURE:
        return seq > 1
    return not opens
