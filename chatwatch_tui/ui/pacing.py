"""A slow link to the terminal: at most so many bytes and frames a second, and never a frame upon a frame.

Bytes are paced where they are written (`TerminalOutput`), by a bucket that fills at a steady rate; frames where they
are made: after each one Textual's own batching (`App.batch_update`) holds the next until the link has taken this one
and a quarter of a second has gone by. What changes meanwhile is drawn once, in its last state, so a key waits for one
frame and not for a queue of stale ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

BYTES_PER_SECOND = 8_000
"""What is promised."""
FRAMES_PER_SECOND = 4
_BURST = 1_200
"""Bytes that may go at once."""
_FILL = 6_000
"""Bytes a second that fill in. In any second no more goes than both together; the rest of the promise is left for what
a network that stutters lets through late."""
_PIECE = 400
"""Bytes worth waiting for: fewer would cost more in packets than they carry."""


class ByteBucket:
    """Says how many bytes may be written now. Belongs to the thread that writes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._level = float(_BURST)
        self._filled_at = clock()

    def allowance(self) -> int:
        """Bytes that may be written now; 0 while they are too few to be worth a packet."""
        now = self._clock()
        self._level = min(_BURST, self._level + (now - self._filled_at) * _FILL)
        self._filled_at = now
        return int(self._level) if self._level >= _PIECE else 0

    def spend(self, count: int) -> None:
        """So many were written."""
        self._level -= count


class Held(Protocol):
    """What the pacer asks of an application; Textual's `App` has the first two."""

    def _begin_batch(self) -> None: ...

    def _end_batch(self) -> None: ...

    def link_is_busy(self) -> bool:
        """Whether something written has not gone out yet."""

    def in_a_while(self, seconds: float, call: Callable[[], object]) -> None:
        """Call later, on the event loop."""

    def draw_again(self) -> None:
        """Draw everything anew."""


class FramePacer:
    """Holds frames back. `took_frame` after each one, `swallow` for one that came while held."""

    def __init__(self, app: Held) -> None:
        self._app = app
        self._swallowed = False
        self.holds = False
        """A frame was shown and the next one is not due."""
        self.on = False

    def took_frame(self) -> None:
        """A frame was handed to the terminal: hold the next one."""
        if not self.on or self.holds:
            return
        self.holds = True
        self._app._begin_batch()
        self._app.in_a_while(1 / FRAMES_PER_SECOND, self._release)

    def swallow(self) -> None:
        """Something was drawn past the batch (a layout, another screen): it is drawn again when its turn comes."""
        self._swallowed = True

    def _release(self) -> None:
        if self.on and self._app.link_is_busy():
            self._app.in_a_while(1 / FRAMES_PER_SECOND, self._release)
            return
        self.holds = False
        self._app._end_batch()
        if self._swallowed:
            self._swallowed = False
            self._app.draw_again()
