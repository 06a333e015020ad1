"""From one subscription to many viewers: a sink for the bus, a channel per conversation, a queue per viewer.

A channel exists while somebody watches its conversation. The first viewer makes it and subscribes, further ones wait
for the same answer of the server, the last one to leave releases it. Frames are made once and shared.

Whatever the bus delivers goes through one bounded step, `SLICE` deliveries a turn of the event loop: a burst of
thousands that one read brought must not run over the 200 places of viewers that had no turn to send. What is left of it
waits in a backlog, and so do the notices about the link, which have to stay where the hole is.

Everything here runs on the server's event loop; nothing is locked. One clock (`_tick_on`) serves all viewers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator

from chatwatch_tui.core.events import Delivery, Gap, LinkState, MessagePayload, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.notices import LINK_LOST, link_back
from chatwatch_tui.relay.account import Account, Refusal
from chatwatch_tui.relay.channel import NOT_AVAILABLE, NOT_PERMITTED, SHUTTING_DOWN, Bus, Channel, NotWatchable
from chatwatch_tui.relay.frames import MAX_PAYLOAD, RETRY, chunk_frame, error_frame, message_frame
from chatwatch_tui.relay.line import dead_after
from chatwatch_tui.relay.link_log import LinkLog
from chatwatch_tui.relay.logs import complain
from chatwatch_tui.relay.viewer import TICKS_PER_KEEP_ALIVE, Notice, Viewer
from chatwatch_tui.sources.base import Backoff, Inbox, Sink, Standing

log = logging.getLogger(__name__)

SLICE = 100
"""Deliveries passed on before viewers get their turn; half of a viewer's places."""
MAX_BACKLOG = 5_000
"""Deliveries that wait for their slice. What is over that is passed on at once: where the machine cannot keep up at
all, viewers lose their oldest, and the memory stays bounded."""


class Fanout(Sink):
    """See the module."""

    def __init__(
        self,
        bus: Bus,
        *,
        buffer: int = 200,
        max_payload: int = MAX_PAYLOAD,
        keep_alive: float = 15.0,
        send_timeout: float = 30.0,
    ) -> None:
        self.epoch = 0
        self.account = Account()
        self.link = SourceStatus(bus.name, LinkState.CONNECTING, time.monotonic())
        """The newest that the bus said of its link."""
        self.settled = asyncio.Event()
        """The first attempt to connect has succeeded or failed."""
        self.ended = False
        self._log_of_link = LinkLog()
        self._empty = asyncio.Event()
        self._bus = bus
        self._buffer = buffer
        self._max_payload = max_payload
        self._tick_every = keep_alive / TICKS_PER_KEEP_ALIVE
        self._dead_after = dead_after(keep_alive)
        self._patience = max(1, round(send_timeout / self._tick_every))
        self._channels: dict[str, Channel] = {}
        self._backlog: deque[tuple[str, Delivery] | Notice] = deque()
        self._pumping = False
        self._lost_at: float | None = None
        """Since when viewers know that the link is down; None while it is not, or they do not."""

    # -- for the endpoint ------------------------------------------------------------------------------------------

    @property
    def link_up(self) -> bool:
        """Whether the bus delivers."""
        return self.link.state.is_up

    @property
    def conversations(self) -> int:
        """Channels, that is pairs of subscriptions."""
        return len(self._channels)

    @property
    def viewer_count(self) -> int:
        """Streams."""
        return sum(len(channel.viewers) for channel in self._channels.values())

    def viewers(self) -> Iterator[Viewer]:
        """All of them."""
        for channel in self._channels.values():
            yield from channel.viewers

    async def run(self) -> None:
        """Keep the bus and the clock going until cancelled. A failure of the source is a bug, and starts it again."""
        clock = asyncio.create_task(self._tick_on())
        backoff = Backoff(first=1.0, longest=30.0)
        try:
            while True:
                try:
                    await self._bus.run(self)
                    words = "ended by itself"
                except Exception as problem:  # viewers stay, and are told that the link is down
                    words = f"internal failure: {type(problem).__name__}"
                complain(log, "source failed", problem=words)
                self.status(SourceStatus(self._bus.name, LinkState.RECONNECTING, time.monotonic(), detail=words))
                await asyncio.sleep(backoff.next())
        finally:
            clock.cancel()

    async def join(self, conversation_id: str) -> Viewer:
        """A viewer whose queue fills from now on; returns when the server has confirmed the subscription.

        Whoever joins must `leave`.

        Raises:
            NotWatchable: then there is nothing to leave.
        """
        if self.ended:
            raise self._refusal(SHUTTING_DOWN)
        if not self.link_up:
            raise self._refusal(NOT_AVAILABLE)
        channel = self._channels.get(conversation_id)
        if channel is None:
            channel = self._channels[conversation_id] = Channel(conversation_id)
            channel.asking = asyncio.create_task(self._subscribe(channel))
        viewer = Viewer(conversation_id, self._buffer, self.account)
        channel.viewers.add(viewer)
        try:
            # Shielded: others wait for the same answer.
            problem = await asyncio.shield(channel.subscribed)
        except asyncio.CancelledError:
            await self.leave(viewer)
            raise
        if problem:
            raise self._refusal(problem)
        return viewer

    def _refusal(self, words: str) -> NotWatchable:
        self.account.refusals[Refusal.SHUTDOWN if words == SHUTTING_DOWN else Refusal.NATS] += 1
        return NotWatchable(words)

    async def leave(self, viewer: Viewer) -> None:
        """This viewer is gone; the subscription goes with the last one."""
        channel = self._channels.get(viewer.conversation_id)
        if channel is not None:
            channel.viewers.discard(viewer)
            if channel.subscribed.done():
                await self._release_if_unwatched(channel)
        self._note_empty()

    def end(self, why: str = "shutdown") -> None:
        """No new viewers; the running streams end behind what waits in their queues."""
        self.ended = True
        for channel in self._channels.values():
            for viewer in channel.viewers:
                viewer.finish(why)
            self._answer(channel, SHUTTING_DOWN)
        self._note_empty()

    async def emptied(self) -> None:
        """After `end`: until the last viewer has left."""
        await self._empty.wait()

    def _note_empty(self) -> None:
        if self.ended and not self.viewer_count:
            self._empty.set()

    # -- subscriptions ---------------------------------------------------------------------------------------------

    async def _subscribe(self, channel: Channel) -> None:
        """Subscribe, and let those know who wait for the server's answer."""
        self._answer(channel, await self._ask(channel.conversation_id))
        await self._release_if_unwatched(channel)

    def _answer(self, channel: Channel, problem: str) -> None:
        """The first answer counts. With a problem nobody stays."""
        if not channel.subscribed.done():
            channel.subscribed.set_result(problem)
            if problem:
                channel.viewers.clear()

    async def _ask(self, conversation_id: str) -> str:
        """The problem in words, "" for none."""
        try:
            await self._bus.watch(conversation_id)
            standing = self._bus.standing(conversation_id)
        except Exception as problem:  # a bug of the source's must not leave anybody waiting
            complain(log, "subscription failed", problem=type(problem).__name__)
            return NOT_AVAILABLE
        if standing is Standing.REFUSED:
            complain(log, "subscription refused", detail=self.link.detail)
            return NOT_PERMITTED
        return NOT_AVAILABLE if standing is Standing.LOST else ""

    async def _release_if_unwatched(self, channel: Channel) -> None:
        if not channel.viewers and self._channels.get(channel.conversation_id) is channel:
            del self._channels[channel.conversation_id]
            self.epoch += 1  # or the source remembers the inboxes of every conversation that ever was
            await self._bus.unwatch(channel.conversation_id)

    def _end_refused(self) -> None:
        """Permissions may have changed while the link was down: who cannot be served any more is told so."""
        for channel in self._channels.values():
            if channel.subscribed.done() and self._bus.standing(channel.conversation_id) is Standing.REFUSED:
                for viewer in channel.viewers:
                    viewer.offer(Notice(error_frame(NOT_PERMITTED) + RETRY))
                    viewer.finish("subscription refused")

    # -- the bus's side (`Sink`) -----------------------------------------------------------------------------------

    def inbox(self, key: ConversationKey) -> Inbox:
        """A name tag: channels are looked up by id, so that one that was released leaves nothing behind."""
        return Inbox(key)

    def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
        """What one read of the wire brought."""
        self._backlog.extend((inbox.key.id, delivery) for inbox, delivery in deliveries)
        self._pump_soon()

    def gap(self, source: str, gap: Gap) -> None:
        """The link is back, and this long it was away."""
        self._back(gap.seconds or 0.0)

    def status(self, status: SourceStatus) -> None:
        """How the link is. Comes every few seconds with a new round trip."""
        before, self.link = self.link, status
        if status.state is not LinkState.CONNECTING or status.detail:
            self.settled.set()
        self._log_of_link.note(status)
        if before.state.is_up and not self.link_up:
            self._lost_at = time.monotonic()
            self._tell_all(LINK_LOST)
        if self.link_up and self._lost_at is not None:  # without a gap: a source that had to be started again
            self._back(time.monotonic() - self._lost_at)
        if status.state is LinkState.FORBIDDEN:
            self._end_refused()

    def _back(self, seconds: float) -> None:
        self._lost_at = None
        self.account.reconnects += 1
        self._tell_all(link_back(seconds))

    def _tell_all(self, words: str) -> None:
        self._backlog.append(Notice(error_frame(words)))
        self._pump_soon()

    # -- passing on ------------------------------------------------------------------------------------------------

    def _pump_soon(self) -> None:
        if not self._pumping:
            self._pump()

    def _pump(self) -> None:
        """One slice of the backlog. The next one comes behind the viewers that this one has woken."""
        self._pumping = False
        take = self._backlog.popleft
        frames: dict[str, list[bytes]] = {}
        for _ in range(min(len(self._backlog), max(SLICE, len(self._backlog) - MAX_BACKLOG))):
            waiting = take()
            if isinstance(waiting, Notice):
                self._publish(frames)
                for viewer in self.viewers():
                    viewer.offer(waiting)
            elif waiting[0] in self._channels:  # else on its way when the last viewer left
                self._add_frame(frames, *waiting)
        self._publish(frames)
        if self._backlog:
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _add_frame(self, frames: dict[str, list[bytes]], conversation_id: str, delivery: Delivery) -> None:
        if type(delivery) is bytes:
            frame = chunk_frame(delivery, self._max_payload)
        elif isinstance(delivery, MessagePayload):
            frame = message_frame(delivery.data, self._max_payload)
        else:
            return
        frames.setdefault(conversation_id, []).append(frame)

    def _publish(self, frames: dict[str, list[bytes]]) -> None:
        """Pass on what is gathered, and forget it."""
        for conversation_id, events in frames.items():
            self.account.events_in += len(events)
            self.account.events_out += self._channels[conversation_id].publish(events)
        frames.clear()

    async def _tick_on(self) -> None:
        """The clock: keep-alives for the silent, and an end for those that take nothing."""
        while True:
            await asyncio.sleep(self._tick_every)
            try:
                for viewer in list(self.viewers()):
                    viewer.tick(self._patience, self._dead_after)
            except Exception as problem:  # one connection's trouble must not stop everybody's clock
                complain(log, "clock failed", problem=type(problem).__name__)
