"""What every source is: it connects by itself, for ever, and delivers into a sink.

A source runs in the sources' thread and event loop (`sources/thread.py`), never on the screen's. It is handed a `Sink`
and nothing else; a recording, the demo and a live server look the same from there on.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from chatwatch_tui.core.events import Arrival, Delivery, Gap, SourceStatus
from chatwatch_tui.core.identity import ConversationKey

SLOWER = 5
"""How much longer than the first the waits after refusals become."""


class Inbox:
    """Deliveries of one conversation that wait for the reader. Made by `Sink.inbox`; sources only pass it back."""

    __slots__ = (
        "arrivals",
        "dropped",
        "dropped_gaps",
        "earlier",
        "key",
        "marked_in",
        "newest",
        "stamp",
        "waiting",
        "waiting_bytes",
    )

    def __init__(self, key: ConversationKey) -> None:
        self.key = key
        self.arrivals: deque[Arrival] = deque()
        self.newest: list[Delivery] = []
        """Deliveries of the arrival that is being filled."""
        self.stamp = -1.0
        """Unix seconds of that arrival; negative when a new one must be begun."""
        self.waiting = 0
        self.waiting_bytes = 0
        self.dropped = 0
        """Deliveries given up since the reader last looked."""
        self.earlier: Gap | None = None
        """A hole that was over shortly before this was made, until the first delivery follows it."""
        self.marked_in = 0
        """The episode of overflow that it last had a mark of."""
        self.dropped_gaps: list[Delivery] = []
        """Marks of holes that stood among them."""


class Sink(Protocol):
    """The sources' side of the feed. Callable from the sources' thread only."""

    epoch: int
    """Grows whenever inboxes were given up; a source that caches inboxes throws its cache away when it changes."""

    def inbox(self, key: ConversationKey) -> Inbox:
        """The inbox of a conversation, made when it is new."""

    def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
        """Hand over what one read of the wire brought, in order. Cheap: appends and counts, nothing else."""

    def gap(self, source: str, gap: Gap) -> None:
        """Mark a hole in every conversation that this source has delivered to or is watching, and count it where
        there is none."""

    def status(self, status: SourceStatus) -> None:
        """Say how the link is."""


class Standing(Enum):
    """What became of a subscription."""

    CONFIRMED = "confirmed"
    """The server has dealt with it and did not refuse; what is published from now on arrives."""
    REFUSED = "refused"
    LOST = "lost"
    """The link is down or was down meanwhile, so that nothing is known."""


class Source(Protocol):
    """One way in."""

    name: str
    """Shown in the status bar and kept in every `ConversationKey`; unique in a session, free of secrets."""

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled. Link trouble is a status and another attempt, never an exception."""

    async def watch(self, conversation_id: str) -> None:
        """Also deliver this conversation (an id as the bus spells it). Harmless when it is delivered already."""

    async def unwatch(self, conversation_id: str) -> None:
        """Stop delivering it, where it was asked for by name."""


class Backoff:
    """Growing waits with jitter, so that a fleet of viewers does not come back in step.

    The n-th wait is drawn evenly from half to all of `first * 2**n` seconds, never over `longest`.
    """

    def __init__(self, first: float = 0.25, longest: float = 15.0, rng: random.Random | None = None) -> None:
        self._first = first
        self._longest = longest
        self._rng = rng or random.Random()
        self.attempt = 0
        """Waits drawn since the last reset."""

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = min(self._longest, self._first * 2 ** min(self.attempt, 30))
        self.attempt += 1
        wait: float = ceiling * self._rng.uniform(0.5, 1.0)
        return wait

    @classmethod
    def slow(cls, first: float, rng: random.Random | None = None) -> Backoff:
        """For answers that waiting alone will hardly change: up to five times the first wait."""
        return cls(first, SLOWER * first, rng)

    def reset(self) -> None:
        """The link proved itself; start small again."""
        self.attempt = 0
