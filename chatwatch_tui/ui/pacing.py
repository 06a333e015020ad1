"""A slow link to the terminal: at most so many bytes and frames a second, and never a frame upon a frame.

Bytes are paced where they are written (`TerminalOutput`). A frame goes out at once, in one write, and is paid for
afterwards: written bit by bit it would stand half on the screen for a second, with rows of a pane twice where it has
scrolled. What is more than may go at once is cut between widgets (`frame_pieces`), so that no pane is ever half new.

Frames are paced where they are made: after each one Textual's own batching (`App.batch_update`) holds the next until
the link has taken this one and a quarter of a second has gone by. What changes meanwhile is drawn once, in its last
state, so a key waits for one frame and not for a queue of stale ones.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

BYTES_PER_SECOND = 8_000
"""What is promised."""
FRAMES_PER_SECOND = 4
AT_ONCE = 7_000
"""Bytes that may go in any `_WINDOW`; what is left of the promise is for what a network that stutters lets through
late."""
_WINDOW = 1.05
"""Seconds."""


class ByteBucket:
    """Says whether so many bytes may be written now. Belongs to the thread that writes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._in_window = 0

    def allows(self, count: int) -> bool:
        """Whether so many may be written now, at once; where they are more than ever may, as soon as nothing was
        written for a while."""
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - _WINDOW:
            self._in_window -= self._spent.popleft()[1]
        return self._in_window + min(count, AT_ONCE) <= AT_ONCE

    def spend(self, count: int) -> None:
        """So many were written."""
        self._spent.append((self._clock(), count))
        self._in_window += count


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

    def draw_what_is_due(self) -> None:
        """Draw what changed while frames were held."""


class FramePacer:
    """Holds frames back. `took_frame` after each one, `swallow` for one that came while held."""

    def __init__(self, app: Held) -> None:
        self._app = app
        self.owes_all = False
        """A frame was held back: what the terminal shows is of another layout, so the next one is all of it."""
        self.holds = False
        """A frame was shown and the next one is not due."""
        self.on = False

    def took_frame(self) -> None:
        """A frame was handed to the terminal: hold the next one."""
        if not self.on or self.holds:
            return
        self.holds = True
        self.owes_all = False
        self._app._begin_batch()
        self._app.in_a_while(1 / FRAMES_PER_SECOND, self._release)

    def swallow(self) -> None:
        """Something was drawn past the batch (a layout, another screen): it is drawn again when its turn comes."""
        self.owes_all = True

    def _release(self) -> None:
        if self.on and self._app.link_is_busy():
            self._app.in_a_while(1 / FRAMES_PER_SECOND, self._release)
            return
        self.holds = False
        self._app._end_batch()
        if self.owes_all:
            self._app.draw_again()
        else:
            self._app.draw_what_is_due()
