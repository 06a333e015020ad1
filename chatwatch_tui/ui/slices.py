"""Long work on the event loop in slices, so that keys and frames come between. No Textual in here."""

from __future__ import annotations

import time

SLICE_SECONDS = 0.006
"""How long a slice may take, and the pause after it: a small part of a frame."""
SLICE_SIZE = 50_000
"""Bytes of text, in the transcript's measure, that are dealt with however long they take: what is small is there at
once on the slowest machine."""


class Slice:
    """One slice, from now on."""

    def __init__(self) -> None:
        self._until = time.perf_counter() + SLICE_SECONDS
        self._size = SLICE_SIZE

    def goes_on(self, size: int) -> bool:
        """Whether there is time for more, after so much was done."""
        self._size -= size
        return self._size > 0 or time.perf_counter() < self._until


def is_much(size: int) -> bool:
    """Whether that is more than is dealt with however long it takes."""
    return size > SLICE_SIZE
