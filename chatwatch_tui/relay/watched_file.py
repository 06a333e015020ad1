"""A file that decides who may watch, and that others change while the endpoint runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from chatwatch_tui.relay.access import AccessError

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_EVERY = 1.0
"""Seconds between two looks at a file that may have changed."""
_UNSETTLED_NS = 100_000_000


class WatchedFile(Generic[T]):
    """The newest good reading of a file that others change while we run."""

    def __init__(self, path: Path, read: Callable[[Path], T], ticks: Callable[[], float] = time.monotonic) -> None:
        """Reads at once, so what `read` raises for a bad file is raised here; later it is only logged."""
        self.path = path
        self._read = read
        self._ticks = ticks
        self._looked = ticks()
        self._stamp = _stamp(path)
        self._bad = False
        self._latest = read(path)

    def latest(self) -> T:
        """What stands in the file, as of a second ago; while it is no good, what stood there before."""
        now = self._ticks()
        if now - self._looked < LOOK_EVERY:
            return self._latest
        self._looked = now
        stamp = _stamp(self.path)
        if stamp is None or stamp != self._stamp:
            self._stamp = stamp  # taken before reading: a change in between is seen the next time
            self._reload()
        return self._latest

    def _reload(self) -> None:
        try:
            self._latest = self._read(self.path)
        except AccessError as problem:
            if not self._bad:
                log.error("%s (what was read before stays in force)", problem)
            self._bad = True
            return
        if self._bad:
            log.warning("%s is good again", self.path)
        self._bad = False


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does; None where that cannot be told."""
    try:
        found = path.stat()
    except OSError:
        return None
    if time.time_ns() - found.st_ctime_ns < _UNSETTLED_NS:
        return None  # within one tick of the file system's clock a second change would look the same
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)
