"""One viewer's queue: bounded, and the viewer's own.

Events are shared bytes; a queue holds references. When it is full the oldest event gives way. The hole is then at the
front, so that is where its notice goes when the viewer takes next: one notice an episode, with the exact count. Notices
are neither counted nor given up; one that stood among lost events follows the notice of the hole.

Time is counted in ticks of the fan-out's one clock (`tick`), so that taking and offering an event look at no clock.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable

from chatwatch_tui.core.notices import dropped
from chatwatch_tui.relay.account import Account
from chatwatch_tui.relay.frames import KEEP_ALIVE, error_frame
from chatwatch_tui.relay.line import Line

MAX_BODY = 65_536
"""Bytes that are joined into one body, or one event that is larger. What is behind them still counts as waiting."""
TICKS_PER_KEEP_ALIVE = 15


class Notice(bytes):
    """A frame of the endpoint's own."""


_KEEP_ALIVE = Notice(KEEP_ALIVE)


class Viewer:
    """See the module. Iterating gives bodies to send, and ends when the stream does."""

    __slots__ = (
        "_dropped",
        "_holed",
        "_left",
        "_set_aside",
        "_was_unsent",
        "account",
        "conversation_id",
        "ending",
        "events_dropped",
        "events_out",
        "limit",
        "line",
        "queue",
        "silent_ticks",
        "waiter",
        "write",
    )

    def __init__(self, conversation_id: str, limit: int, account: Account) -> None:
        self.conversation_id = conversation_id
        self.limit = limit
        self.account = account
        self.queue: deque[bytes] = deque()
        self.waiter: asyncio.Future[None] | None = None
        """Set while the stream waits for something to send. Then the queue is empty, and no send is under way."""
        self.events_out = 0
        self.events_dropped = 0
        self.ending = ""
        """Why the stream ends, for the log; the first reason counts."""
        self.line = Line()
        """The connection. Set by the stream."""
        self.write: Callable[[bytes], bool] | None = None
        """The line's, while what waits for nothing may go there directly. Set by the stream."""
        self.silent_ticks = 0
        """Since something was taken last."""
        self._holed = False
        """Something was given up since the viewer last took: `_dropped` events, and the notices in `_set_aside`."""
        self._dropped = 0
        self._set_aside: list[bytes] = []
        self._left: int | None = None
        """Frames that are still to be sent before the stream ends; None while it does not."""
        self._was_unsent = 0

    # -- the stream's side -----------------------------------------------------------------------------------------

    def __aiter__(self) -> Viewer:
        return self

    async def __anext__(self) -> bytes:
        """Everything that waits, as one body; waits until there is something."""
        while not self.queue and self._left is None:
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None
        if self._left is not None and (self._left <= 0 or not self.queue):
            raise StopAsyncIteration
        self.silent_ticks = 0
        if self._holed:
            self._mark_hole()
        return self._take_one() if len(self.queue) == 1 else self._take_many()

    def gone(self, why: str) -> None:
        """Nothing more is to be sent: the peer left, or may not see it any more."""
        self.queue.clear()
        self._holed = False
        self.finish(why)
        self._left = 0

    # -- the fan-out's side ----------------------------------------------------------------------------------------

    def offer(self, frame: bytes) -> None:
        """Put a frame behind the others."""
        if len(self.queue) >= self.limit:
            self.make_room()
        self.queue.append(frame)
        self.wake()

    def make_room(self) -> None:
        """Give up the oldest."""
        oldest = self.queue.popleft()
        self._holed = True
        if type(oldest) is bytes:
            self._dropped += 1
            self.events_dropped += 1
            self.account.dropped += 1
        else:
            self._set_aside.append(oldest)

    def finish(self, why: str) -> None:
        """End the stream behind what waits now; the conversation itself may go on without end."""
        if self._holed:
            self._mark_hole()
        if self._left is None:
            self._left = len(self.queue)
        self.ending = self.ending or why
        self.wake()

    def wake(self) -> None:
        """Let the stream look again."""
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def tick(self, patience: int, dead_after: float = math.inf) -> None:
        """A fifteenth of the keep-alive has passed. `patience` is how many ticks a viewer may take nothing, and
        `dead_after` how many seconds its machine may leave something unanswered."""
        if self.line.silent_for() >= dead_after:
            self._cut("nothing comes back from the viewer's machine")
            return
        self.silent_ticks += 1
        if self.waiter is not None:
            if self.silent_ticks >= TICKS_PER_KEEP_ALIVE:
                self.queue.append(_KEEP_ALIVE)
                self.wake()
            return
        unsent = self.line.unsent()
        if 0 < unsent < self._was_unsent:
            self.silent_ticks = 0  # a large event over a thin line: it moves
        self._was_unsent = unsent
        if self.silent_ticks >= patience:
            self._cut("took nothing for too long")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _cut(self, why: str) -> None:
        self.gone(why)
        self.line.hang_up()

    def _mark_hole(self) -> None:
        self.queue.extendleft(reversed(self._set_aside))
        if self._dropped:
            self.queue.appendleft(Notice(error_frame(dropped(self._dropped))))
        self._dropped = 0
        self._set_aside.clear()
        self._holed = False

    def _take_one(self) -> bytes:
        frame = self.queue.popleft()
        self._count(1, type(frame) is bytes)
        return frame

    def _take_many(self) -> bytes:
        take = self.queue.popleft
        frames = [take()]
        size = len(frames[0])
        while self.queue and (size := size + len(self.queue[0])) <= MAX_BODY:
            frames.append(take())
        self._count(len(frames), sum(type(frame) is bytes for frame in frames))
        return b"".join(frames)

    def _count(self, frames: int, events: int) -> None:
        self.events_out += events
        self.account.events_out += events
        if self._left is not None:
            self._left -= frames
