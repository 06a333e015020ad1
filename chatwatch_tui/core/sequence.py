"""Sequence numbers of a conversation's chunks: what is missing among them, and whether we came in the middle."""

from __future__ import annotations

from chatwatch_tui.core.payload import MAX_FIGURE


class SequenceNumbers:
    """The numbers as they come. A smaller one than expected is a restart of the count, and no hole."""

    def __init__(self) -> None:
        self.expected: int | None = None
        """What comes next if nothing is missing; None before the first number. Within a run, whoever sees that very
        number may count it up instead of calling `follow`."""
        self._explained = 0

    def explain(self, missing: int) -> None:
        """So many deliveries are missing for a reason that was told already: the next hole is smaller by that."""
        self._explained += missing

    def follow(self, seq: int) -> int:
        """Take the next number; how many deliveries before it are missing and were not told of.

        One below zero or beyond every count (`MAX_FIGURE`) is no number.
        """
        if not 0 <= seq <= MAX_FIGURE:
            return 0
        expected, explained = self.expected, self._explained
        self.expected = seq + 1
        self._explained = 0  # what was missing before this number explains no later hole
        if expected is None or seq - expected <= explained:
            return 0
        return seq - expected - explained


def begins_midway(seq: int | None, *, opens: bool) -> bool:
    """Whether the first chunk that was seen of a conversation is not its first: by its number, which some count from 1,
    else by whether such a chunk ever `opens` a turn."""
    if seq is not None and 0 <= seq <= MAX_FIGURE:
        return seq > 1
    return not opens
