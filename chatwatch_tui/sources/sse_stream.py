"""One conversation of a watch endpoint: its connection, for ever, and what its events become.

A stream is open once it has shown that something can arrive on it: a comment (the endpoint sends `:ok` when NATS has
confirmed) or an event. An endpoint that answers 200 only to say that NATS is not there has not opened it: that is a
word about the link, for the status, and no error of the conversation.

Every end of an open stream leaves one gap, handed over when the next one opens and before anything that it brings. It
is counted from the last sign of life, or from the endpoint's own word that it lost NATS. Where we stood still, what is
read right after it may have waited since, and is no sign of life.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from enum import Enum, auto

import httpx
import msgspec

from chatwatch_tui.core import notices
from chatwatch_tui.core.events import Delivery, Gap, GapCause
from chatwatch_tui.sources.base import Backoff
from chatwatch_tui.sources.sse_address import Endpoint
from chatwatch_tui.sources.sse_client import SseClient
from chatwatch_tui.sources.sse_credentials import Credentials, Signed
from chatwatch_tui.sources.sse_outbox import Outbox
from chatwatch_tui.sources.sse_parser import EventStreamParser, OversizedEvent, StreamEvent
from chatwatch_tui.sources.sse_payload import Notice, read_event
from chatwatch_tui.sources.sse_turn import SignInTurn
from chatwatch_tui.sources.sse_waits import SseWaits
from chatwatch_tui.sources.sse_words import ENDED, Trouble, explain, explain_answer
from chatwatch_tui.sources.standstill import Standstill, lasting

LONGEST_ID = 4_000
"""Bytes of a Last-Event-ID; servers refuse requests whose headers are much longer."""
MAX_NOTICES = 50
"""Of an endpoint that says them before anything else, how many are kept until there is more."""
SETTLED_AFTER = 5.0
"""Seconds after a standstill of ours in which what waited in the socket is read."""
_LONGEST_NOTICE = 160
"""Characters of the endpoint's own words in a status."""


class Phase(Enum):
    """Where a conversation's connection is."""

    WAITING = auto()
    """For one of the connections that there may be."""
    CONNECTING = auto()
    OPEN = auto()
    DOWN = auto()
    """Until the next attempt."""


class Surroundings(msgspec.Struct, frozen=True):
    """What the streams of a source share."""

    endpoint: Endpoint
    client: SseClient
    credentials: Credentials
    signed: bool
    """A sign-in was given."""
    turn: SignInTurn
    places: asyncio.Semaphore
    """One for each connection that there may be."""
    outbox: Outbox
    standstill: Standstill
    waits: SseWaits
    max_event: int
    changed: Callable[[], None]
    """Called when what a status says of a stream may have changed."""


class ConversationStream:
    """See the module."""

    def __init__(self, conversation_id: str, around: Surroundings, backoff: Backoff) -> None:
        self.id = conversation_id
        self.phase = Phase.CONNECTING
        self.trouble: Trouble | None = None
        """Why it is not open; None before the first failure, and while it is."""
        self.attempt = 0
        """Which attempt of this outage is under way or failed last; 0 when open."""
        self.retry_at: float | None = None
        self.was_open = False
        """It has been open at least once."""
        self.bus_lost_at: float | None = None
        """When (`lasting`) the endpoint said that it lost NATS; None while it has it."""
        self._around = around
        self._backoff = backoff
        self._slow_backoff = Backoff.slow(2 * around.waits.refused_wait)
        self._random = random.Random()
        self._has_place = False
        self._parser = EventStreamParser(max_event=around.max_event)
        self._opened_at: float | None = None
        self._asked_at = 0.0
        self._complete_until = 0.0
        """Until when nothing can be missing."""
        self._lost_at: float | None = None
        """When an outage began, until its gap is handed over."""
        self._notice = ""
        """What the endpoint said of itself last, where nothing came after it."""
        self._before: list[Delivery] = []
        """What the endpoint said of itself before the stream was open: it belongs to the stream if that opens."""

    async def run(self) -> None:
        """Watch until cancelled."""
        turn = self._around.turn
        try:
            while True:
                await self._take_place()
                await turn.take(self)
                self._go(Phase.CONNECTING)
                self.attempt += 1
                trouble = await self._attempt()
                if not trouble.about_sign_in:
                    turn.give(self)
                self._closed(trouble)
                await self._rest(trouble)
                turn.give(self)
        finally:
            turn.give(self)
            self._give_place()

    def told(self, trouble: Trouble) -> None:
        """Another stream's sign-in was refused, and this one's would be."""
        self.trouble = trouble
        self._around.changed()

    # -- one connection --------------------------------------------------------------------------------------------

    async def _attempt(self) -> Trouble:
        """From the request to the end of the stream; why it ended."""
        try:
            return await self._request()
        except Exception as problem:  # any failure of one attempt is a status and another attempt
            around = self._around
            return explain(problem, around.endpoint, proxy=around.client.proxy, streaming=self._opened_at is not None)

    async def _request(self) -> Trouble:
        around = self._around
        signed = await around.credentials.sign()
        trouble = await self._follow(signed)
        if trouble.sign_in and await around.credentials.renew(signed):
            # A token that expired, most likely, and there is another one already: no reason to wait.
            trouble = await self._follow(await around.credentials.sign())
        return around.turn.refused(trouble) if trouble.about_sign_in else trouble

    async def _follow(self, signed: Signed) -> Trouble:
        around = self._around
        headers = [*signed.headers, *_resume_from(self._parser.last_event_id)]
        async with around.client.ask(around.endpoint.url_of(self.id), headers) as response:
            trouble = explain_answer(response, around.endpoint, signed=around.signed)
            if trouble is None or not trouble.about_sign_in:
                around.turn.accepted()
            return trouble if trouble is not None else await self._read(response)

    async def _read(self, response: httpx.Response) -> Trouble:
        before = self._parser
        parser = self._parser = EventStreamParser(
            max_event=self._around.max_event, last_event_id=before.last_event_id, retry=before.retry
        )
        self._notice = ""
        self._before.clear()
        self._asked_at = self._complete_until = lasting()
        async for data in self._around.client.read(response):
            self._heard_something()
            self._take(parser.feed(data), parser.comments > 0)
        self._heard_something()  # an orderly end is a sign of life, too
        return ENDED

    def _heard_something(self) -> None:
        now = lasting()
        standstill = self._around.standstill
        standstill.look(now)
        if self._asked_at > standstill.ended or now - standstill.ended > SETTLED_AFTER:
            self._complete_until = now

    def _take(self, events: list[StreamEvent | OversizedEvent], commented: bool) -> None:
        """What one read brought."""
        deliveries = self._opened() if commented and self._opened_at is None else []
        for event in events:
            found = read_event(event)
            if isinstance(found, Notice):
                deliveries += self._heard(found)
                continue
            if self._opened_at is None:
                deliveries += self._opened()
            deliveries.append(found)
            if self._notice or self.bus_lost_at is not None:
                self._notice = ""
                self._bus_is(None)
        self._around.outbox.put(self.id, deliveries)

    def _heard(self, notice: Notice) -> list[Delivery]:
        """The endpoint said something of itself that is no hole."""
        self._notice = notice.words
        if notice.words == notices.LINK_LOST:
            # A word for the status; the transcript gets its mark where the stream goes on.
            self._bus_is(self._complete_until)
            return []
        if self._opened_at is not None:
            return [notice.chunk]
        if len(self._before) < MAX_NOTICES:
            self._before.append(notice.chunk)
        return []

    def _bus_is(self, lost_at: float | None) -> None:
        if (lost_at is None) != (self.bus_lost_at is None):
            self.bus_lost_at = lost_at
            self._around.changed()

    # -- open, closed ----------------------------------------------------------------------------------------------

    def _opened(self) -> list[Delivery]:
        """The mark of the outage that this ends, where there was one, and what the endpoint said before."""
        now = self._opened_at = lasting()
        self.was_open = True
        self.trouble = None
        self.attempt = 0
        self._slow_backoff.reset()
        self._go(Phase.OPEN)
        lost_at, self._lost_at = self._lost_at, None
        before, self._before = self._before, []
        return before if lost_at is None else [Gap(GapCause.RECONNECT, seconds=now - lost_at), *before]

    def _closed(self, trouble: Trouble) -> None:
        if self._opened_at is not None:
            self._around.turn.doubt()
            self._lost_at = self._complete_until if self.bus_lost_at is None else self.bus_lost_at
            if lasting() - self._opened_at >= self._around.waits.proven_after:
                self._backoff.reset()
            self.attempt = 0
        self._opened_at = None
        self.bus_lost_at = None
        if self._notice and trouble is ENDED:
            words = self._notice[:_LONGEST_NOTICE]
            trouble = Trouble(False, f"the endpoint says: {words}")
        self.trouble = trouble

    async def _rest(self, trouble: Trouble) -> None:
        """Wait for the next attempt."""
        waits = self._around.waits
        wait = (self._slow_backoff if trouble.refused else self._backoff).next()
        asked = max(trouble.wait or 0.0, (self._parser.retry or 0) / 1000)
        if asked > wait:
            wait = min(asked, waits.longest_wait) * self._random.uniform(1.0, 1.1)
        if trouble.hidden:
            # Another conversation may have more luck with it. Who is only reconnecting keeps it.
            self._give_place()
        self.retry_at = time.monotonic() + wait
        self._go(Phase.DOWN)
        await asyncio.sleep(wait)
        self.retry_at = None

    # -- the place among the connections ---------------------------------------------------------------------------

    async def _take_place(self) -> None:
        if not self._has_place:
            if self._around.places.locked():
                self._go(Phase.WAITING)
            await self._around.places.acquire()
            self._has_place = True

    def _give_place(self) -> None:
        if self._has_place:
            self._has_place = False
            self._around.places.release()

    def _go(self, phase: Phase) -> None:
        self.phase = phase
        self._around.changed()


def _resume_from(event_id: str) -> list[tuple[bytes, bytes]]:
    """The header that asks to go on after this event; none where it cannot be put into a header."""
    value = event_id.encode()
    possible = all(byte > 31 and byte != 127 for byte in value) and value == value.strip()
    return [(b"last-event-id", value)] if value and possible and len(value) <= LONGEST_ID else []
