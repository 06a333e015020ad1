"""When garbage is looked for: pauses stay short however much is kept.

Python's collector looks at everything that lives, every now and then. With ten thousand conversations or nine full
transcripts that held up the screen for more than a frame, and found nothing: chunks, blocks and drawn rows hold no
reference to themselves and go when nobody needs them (`look.RowStrip` is there for that). So what has survived one full
pass is taken out of the later ones, and everything is looked at again only now and then, in a second in which nothing
came: what Textual keeps of closed dialogs goes then.

A pass takes half a microsecond for each object that came since the last one: 70 ms where Python waits until there are a
quarter of those that the last one found, as many as some re-wrapped transcripts. So it comes early, and never waits for
that quarter: a pass with nothing to find, after everything was taken out, makes it a quarter of nothing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

FULL_AFTER = 3
"""So many passes of the middle generation, some 8,000 objects each, are between two full ones."""
LOOK_AGAIN_AFTER = 600.0
"""Seconds between looks at everything."""


class GarbageCollection:
    """The collector's way of working while a dashboard is on screen."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._received = 0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """The command line had turned it off for the start. What was imported is looked at no more."""
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*self._thresholds[:2], FULL_AFTER)
        gc.freeze()
        gc.collect()
        gc.callbacks.append(self._passed)
        gc.enable()

    def stop(self) -> None:
        """As Python has it; nothing where it was never started."""
        if self._passed in gc.callbacks:
            gc.callbacks.remove(self._passed)
            gc.set_threshold(*self._thresholds)
            gc.unfreeze()

    def tick(self, received: int) -> None:
        """Once a second, with what was received so far: look at everything if it is time and nothing happens."""
        is_quiet, self._received = received == self._received, received
        if is_quiet and self._clock() - self._looked_at >= LOOK_AGAIN_AFTER:
            self._looked_at = self._clock()
            gc.unfreeze()
            gc.collect()
            gc.collect()

    @staticmethod
    def _passed(phase: str, info: dict[str, Any]) -> None:
        if phase == "stop" and info["generation"] == 2:
            gc.freeze()
