"""The hand-over between the sources' thread and the reader's: bounded, in order, one wake-up per batch.

Sources append raw deliveries (`deliver`); the reader takes what waits once per frame (`drain`). Nothing is decoded
here. Both sides hold one lock for the length of an append loop or a swap, never while waiting for anything.

The bound. What waits is bounded by count and by bytes over all conversations. When it is reached, the conversation that
receives drops its own oldest waiting arrivals, because what came last decides what state it is in; one that has none
but the arrival being filled makes the conversation give way that waits longest, so that a flood of ids is bounded too.
The count is exact, and the mark is handed over first, which is where the hole is; gaps that stood among what was
dropped follow it. An episode lasts until half of the bound is free again; what is dropped further on in it belongs to
its first mark (`Gap.goes_on`).

A source's outage is marked in every conversation of it. One that appears soon after is told of it too, for it may have
begun meanwhile; an outage that no conversation was there to show is counted (`FeedAccount.unmarked_gaps`).

Ids are unbounded, so inboxes are: the reader gives up the ones it evicts (`forget`), which raises `epoch`, and sources
that cache inboxes look them up again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload, SourceStatus, StrayPayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Inbox

MAX_WAITING = 1_000_000
MAX_WAITING_BYTES = 256_000_000


UNSURE_FOR = 120.0
"""Seconds after an outage in which what appears may have begun in it: so long a tool may be silent."""


class FeedAccount(msgspec.Struct):
    """The feed's own books."""

    received: int = 0
    """Deliveries from the wire (chunks, messages, strays), without gaps."""
    batches: int = 0
    """Calls of `drain` that found something."""
    peak_waiting: int = 0
    """Most deliveries that ever waited at once."""
    dropped: int = 0
    """Deliveries given up because the bound was reached."""
    unmarked_gaps: int = 0
    """Outages of a source of which no conversation was known."""


class Feed:
    """See the module. Implements `sources.base.Sink`."""

    def __init__(
        self,
        *,
        max_waiting: int = MAX_WAITING,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.epoch = 0
        self.account = FeedAccount()
        self.on_ready: Callable[[], None] = lambda: None
        """Called from the sources' thread when something waits and nothing did, or a status changed."""
        self._lock = threading.Lock()
        self._clock = clock
        self._max_waiting = max_waiting
        self._max_bytes = max_waiting_bytes
        self._inboxes: dict[ConversationKey, Inbox] = {}
        self._ready: deque[Inbox] = deque()
        self._gaps: dict[str, tuple[float, Gap]] = {}
        """By source the last outage, and when it was over."""
        self._statuses: dict[str, SourceStatus] = {}
        self._waiting = 0
        self._waiting_bytes = 0
        self._overflows = False
        self._episode = 0
        """Number of the overflow that lasts, or was last."""

    # -- the sources' side -----------------------------------------------------------------------------------------

    def inbox(self, key: ConversationKey) -> Inbox:
        """The inbox of a conversation, made when it is new."""
        with self._lock:
            found = self._inboxes.get(key)
            if found is None:
                found = self._inboxes[key] = Inbox(key)
                if (last := self._gaps.get(key.source)) and self._clock() - last[0] < UNSURE_FOR:
                    found.earlier = msgspec.structs.replace(last[1], earlier=True)
            return found

    def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
        """Hand over what one read of the wire brought, in order."""
        at = self._clock()
        with self._lock:
            was_empty = not self._waiting
            count = gaps = 0
            for inbox, delivery in deliveries:
                if inbox.stamp != at:
                    self._open_arrival(inbox, at)
                inbox.newest.append(delivery)
                count += 1
                inbox.waiting += 1
                if type(delivery) is bytes:
                    size = len(delivery)
                else:
                    size = _size(delivery)
                    gaps += type(delivery) is Gap
                inbox.waiting_bytes += size
                self._waiting_bytes += size
                self._waiting += 1
                if self._waiting > self._max_waiting or self._waiting_bytes > self._max_bytes:
                    self._make_room(inbox)
            self.account.received += count - gaps
            if self._waiting > self.account.peak_waiting:
                self.account.peak_waiting = self._waiting
            wake = was_empty and count > 0
        if wake:
            self.on_ready()

    def gap(self, source: str, gap: Gap) -> None:
        """Mark a hole in every conversation of a source."""
        at = self._clock()
        with self._lock:
            self._gaps[source] = at, gap
            concerned = [inbox for inbox in self._inboxes.values() if inbox.key.source == source]
            self.account.unmarked_gaps += not concerned
            for inbox in concerned:
                self._open_arrival(inbox, at)
                self._put_gap(inbox, gap)
            wake = bool(self._ready)
        if wake:
            self.on_ready()

    def status(self, status: SourceStatus) -> None:
        """Say how the link is; only the newest word of a source is kept."""
        with self._lock:
            self._statuses[status.source] = status
        self.on_ready()

    # -- the reader's side -----------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Deliveries that wait."""
        return self._waiting

    def oldest(self) -> float | None:
        """Unix seconds at which the oldest waiting delivery was received; None where nothing waits."""
        with self._lock:
            return min((inbox.arrivals[0].at for inbox in self._ready if inbox.arrivals), default=None)

    def take_statuses(self) -> list[SourceStatus]:
        """The statuses that are new since the last call, at most one a source."""
        with self._lock:
            taken = list(self._statuses.values())
            self._statuses.clear()
            return taken

    def drain(self, limit: int) -> list[tuple[ConversationKey, list[Arrival]]]:
        """Take about `limit` deliveries, conversation by conversation in the order in which they became ready.

        An arrival is never parted, so a little more than `limit` may come. What is left waits for the next call, and a
        conversation that was not emptied goes behind the others.
        """
        taken: list[tuple[ConversationKey, list[Arrival]]] = []
        with self._lock:
            for _ in range(len(self._ready)):
                if limit <= 0:
                    break
                inbox = self._ready.popleft()
                arrivals, count = self._take(inbox, limit)
                limit -= count
                taken.append((inbox.key, arrivals))
                if inbox.arrivals:
                    self._ready.append(inbox)
            if taken:
                self.account.batches += 1
            if self._waiting <= self._max_waiting // 2 and self._waiting_bytes <= self._max_bytes // 2:
                self._overflows = False
        return taken

    def forget(self, keys: Iterable[ConversationKey]) -> None:
        """Give up the inboxes of evicted conversations."""
        with self._lock:
            for key in keys:
                if (inbox := self._inboxes.get(key)) is not None and not inbox.arrivals:
                    del self._inboxes[key]
            self.epoch += 1

    # -- under the lock --------------------------------------------------------------------------------------------

    def _open_arrival(self, inbox: Inbox, at: float) -> None:
        if not inbox.arrivals:
            self._ready.append(inbox)
        inbox.newest = []
        inbox.stamp = at
        inbox.arrivals.append(Arrival(at, inbox.newest))
        if inbox.earlier is not None:
            self._put_gap(inbox, inbox.earlier)
            inbox.earlier = None

    def _put_gap(self, inbox: Inbox, gap: Gap) -> None:
        inbox.newest.append(gap)
        inbox.waiting += 1
        self._waiting += 1

    def _make_room(self, receiving: Inbox) -> None:
        while self._waiting > self._max_waiting or self._waiting_bytes > self._max_bytes:
            inbox = receiving if len(receiving.arrivals) > 1 else self._waits_longest(receiving)
            if inbox is None:
                return
            self._drop_oldest(inbox)

    def _waits_longest(self, receiving: Inbox) -> Inbox | None:
        """The first other inbox with something to give up; emptied ones go behind, not to be looked at each time."""
        for _ in range(len(self._ready)):
            inbox = self._ready[0]
            if inbox.waiting and inbox is not receiving:
                return inbox
            self._ready.rotate(-1)
        return None

    def _drop_oldest(self, inbox: Inbox) -> None:
        """Give up the oldest arrival of this inbox."""
        if not self._overflows:
            self._overflows = True
            self._episode += 1
        arrival = inbox.arrivals.popleft()
        gone = arrival.deliveries
        size = sum(map(_size, gone))
        inbox.waiting -= len(gone)
        inbox.waiting_bytes -= size
        self._waiting -= len(gone)
        self._waiting_bytes -= size
        gaps = [delivery for delivery in gone if isinstance(delivery, Gap)]
        inbox.dropped_gaps += gaps
        inbox.dropped += len(gone) - len(gaps)
        self.account.dropped += len(gone) - len(gaps)
        if not inbox.arrivals:
            # Stays ready with an empty arrival, so that its mark is handed over.
            inbox.arrivals.append(Arrival(arrival.at, []))
            inbox.stamp = -1.0

    def _take(self, inbox: Inbox, limit: int) -> tuple[list[Arrival], int]:
        arrivals: list[Arrival] = []
        count = 0
        if inbox.dropped:
            goes_on = inbox.marked_in == self._episode
            inbox.marked_in = self._episode
            mark = Gap(GapCause.OVERFLOW, inbox.dropped, note="the screen could not keep up", goes_on=goes_on)
            arrivals.append(Arrival(inbox.arrivals[0].at, [mark]))
            inbox.dropped = 0
        if inbox.dropped_gaps:
            arrivals.append(Arrival(inbox.arrivals[0].at, list(inbox.dropped_gaps)))
            inbox.dropped_gaps.clear()
        while inbox.arrivals and count < limit:
            arrival = inbox.arrivals.popleft()
            count += len(arrival.deliveries)
            size = sum(map(_size, arrival.deliveries)) if inbox.arrivals else inbox.waiting_bytes
            inbox.waiting_bytes -= size
            self._waiting_bytes -= size
            if arrival.deliveries:
                arrivals.append(arrival)
        inbox.waiting -= count
        self._waiting -= count
        inbox.stamp = -1.0  # what is taken must not grow any more
        return arrivals, count


def _size(delivery: Delivery) -> int:
    if isinstance(delivery, bytes):
        return len(delivery)
    return len(delivery.data) if isinstance(delivery, (MessagePayload, StrayPayload)) else 0
