"""Writes what the feed hands over into a recording, in a thread of its own.

Whoever drains the feed calls `take`, which appends and counts: the disk is never waited for. What waits to be written
is bounded; beyond the bound it is given up, counted, and a line in the recording says so where the hole is. A disk that
fails ends the recording with a word, and what was written until then stays.
"""

from __future__ import annotations

import heapq
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.recording import delivery_line, header_line, lost_line

MAX_WAITING_BYTES = 64_000_000
"""Bytes of payloads, and an overhead each, that wait for the disk."""
_OVERHEAD = 100
_PIECE = 1_000_000
"""Bytes that are encoded before they are written."""


class Recorder:
    """Records from the moment that it is made until `stop`."""

    def __init__(
        self,
        path: Path,
        started: float,
        *,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        on_failure: Callable[[str], object] = lambda reason: None,
    ) -> None:
        """Begin a file of mode 0600 that must not exist yet; `on_failure` is called in the writer's thread.

        Raises:
            OSError: where it cannot be made; nothing is left of it then.
        """
        self.path = path
        self.size = 0
        """Bytes written."""
        self.deliveries = 0
        """Deliveries written."""
        self.lost = 0
        """Deliveries given up because the disk was too slow."""
        self.failure = ""
        """Why nothing is written any more; blank while all is well."""
        self._max_waiting = max_waiting_bytes
        self._on_failure = on_failure
        self._waiting: list[tuple[ConversationKey, Sequence[Arrival]]] = []
        self._waiting_bytes = 0
        self._lost_at = 0.0
        self._lost_here = 0
        self._stopping = False
        self._changed = threading.Condition()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)
        try:
            self._write(header_line(started))
        except OSError:
            self._file.close()
            path.unlink(missing_ok=True)
            raise
        self._thread = threading.Thread(target=self._run, name="chatwatch-recorder", daemon=True)
        self._thread.start()

    def take(self, key: ConversationKey, arrivals: Sequence[Arrival]) -> None:
        """These came for a conversation. Returns at once."""
        size = sum(_size(each) for arrival in arrivals for each in arrival.deliveries)
        with self._changed:
            if self.failure or self._stopping:
                return
            if self._waiting_bytes + size > self._max_waiting:
                count = sum(len(arrival.deliveries) for arrival in arrivals)
                self.lost += count
                self._lost_here += count
                self._lost_at = arrivals[-1].at
                return
            self._mark_lost()
            self._waiting.append((key, arrivals))
            self._waiting_bytes += size
            self._changed.notify()

    def stop(self, timeout: float = 2.0) -> bool:
        """Write what waits and close the file, within a bound; whether all of it was written."""
        with self._changed:
            self._mark_lost()
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self.failure

    def _mark_lost(self) -> None:
        if self._lost_here:
            mark = Gap(GapCause.OVERFLOW, count=self._lost_here)
            self._waiting.append((_NOBODY, [Arrival(self._lost_at, [mark])]))
            self._lost_here = 0

    # -- in the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._write_what_waits():
                pass
        except OSError as problem:
            reason = problem.strerror or str(problem)
            with self._changed:
                self.failure = reason
                self._waiting.clear()
            self._on_failure(reason)
        finally:
            self._file.close()

    def _write_what_waits(self) -> bool:
        """Wait for something and write it; False when that was all."""
        with self._changed:
            while not self._waiting:
                if self._stopping:
                    return False
                self._changed.wait()
            taken, self._waiting = self._waiting, []
        by_key: dict[ConversationKey, list[tuple[float, ConversationKey, Sequence[Delivery]]]] = {}
        for key, arrivals in taken:
            by_key.setdefault(key, []).extend((arrival.at, key, arrival.deliveries) for arrival in arrivals)
        lines: list[bytes] = []
        size = 0
        # The feed hands over conversation by conversation. Whatever the clock did, the order of each one stays.
        for at, key, deliveries in heapq.merge(*by_key.values(), key=lambda each: each[0]):
            for delivery in deliveries:
                lines.append(_line(key, at, delivery))
                size += len(lines[-1])
                if size > _PIECE:
                    self._write(b"".join(lines))
                    lines, size = [], 0
            self.deliveries += len(deliveries) if key is not _NOBODY else 0
        self._write(b"".join(lines))
        with self._changed:
            self._waiting_bytes -= sum(
                _size(each)
                for key, arrivals in taken
                if key is not _NOBODY
                for arrival in arrivals
                for each in arrival.deliveries
            )
        return True

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]
        self.size += len(data)


_NOBODY = ConversationKey("", "")
"""Stands for all conversations: where something was lost."""


def _line(key: ConversationKey, at: float, delivery: Delivery) -> bytes:
    if key is _NOBODY and isinstance(delivery, Gap):
        return lost_line(at, delivery.count or 0)
    return delivery_line(at, key, delivery)


def _size(delivery: Delivery) -> int:
    if isinstance(delivery, bytes):
        return len(delivery) + _OVERHEAD
    return _OVERHEAD if isinstance(delivery, Gap) else len(delivery.data) + _OVERHEAD
