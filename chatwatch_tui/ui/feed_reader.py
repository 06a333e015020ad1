"""Frames: takes what waits in the feed, lets the conversations apply it, and tells the dashboard what changed.

One wake-up starts a frame; while things keep coming the next frame follows after a pause that depends on what the last
one cost in CPU (drawing included), so that the screen takes a bounded share of a core: a calm stream is shown up to
`max_fps` times a second, a flood in fewer and larger steps, which is both faster and calmer. What waits is applied in
bounded slices with a turn of the event loop between them, so that a key pressed in the middle of a flood waits for one
slice and not for the flood.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
from textual.message_pump import MessagePump

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import Arrival
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.sources.feed import Feed
from chatwatch_tui.ui.lag import LagHistogram
from chatwatch_tui.ui.messages import ConversationsChanged, ConversationsEvicted, LinkChanged

SLICE = 6_000
"""Deliveries that are applied without a turn of the event loop: some 8 ms of work."""
SHARE_OF_CORE = 0.1
"""How much of a core frames may take before the pauses between them grow ..."""
LONGEST_PAUSE = 0.1
"""... up to this many seconds."""
FLOOD = 1_000
"""Deliveries in one frame from which on its drawing is a small part of the cost, and the next one need not wait ..."""
FLOOD_PAUSE = 0.04
"""... longer than this many seconds: the end of a flood is seen sooner."""


class FrameAccount(msgspec.Struct):
    """What frames did."""

    frames: int = 0
    applied: int = 0
    """Deliveries applied to conversations, gaps included."""


class FeedReader:
    """Runs frames on the event loop of whoever calls `start`."""

    def __init__(
        self,
        feed: Feed,
        roster: Roster,
        target: MessagePump,
        *,
        kept: Callable[[], set[ConversationKey]],
        on_failure: Callable[[Exception], None],
        max_fps: int = 30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = FrameAccount()
        self.lag = LagHistogram()
        self._is_applying = False
        self._put_off: Callable[[], object] | None = None
        """What a signal asked for while a slice was being applied."""
        """Seconds from receipt to the frame that applied it."""
        self._feed = feed
        self._roster = roster
        self._target = target
        self._kept = kept
        self._on_failure = on_failure
        self.max_fps = max_fps
        """Most frames a second."""
        self.tap: Callable[[ConversationKey, list[Arrival]], object] | None = None
        """Also told everything that is applied; must return at once."""
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.TimerHandle | None = None
        self._shown_at = 0.0
        self._pause = 0.0
        self._cpu_at_frame = 0.0
        self._applied_at_frame = 0
        self._changed: dict[ConversationKey, Conversation] = {}

    def start(self) -> None:
        """Begin; call on the event loop that frames shall run on."""
        self._loop = asyncio.get_running_loop()
        self._feed.on_ready = self._wake
        self._schedule()

    def stop(self) -> None:
        """No more frames."""
        self._feed.on_ready = lambda: None
        self._loop = None  # a wake-up that is under way finds nothing to run on
        if self._next is not None:
            self._next.cancel()
            self._next = None

    @property
    def is_busy(self) -> bool:
        """Whether a frame is due."""
        return self._next is not None

    def _wake(self) -> None:
        """Called from the sources' thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        if self._next is None and self._loop is not None:
            wait = max(0.0, self._shown_at + self._pause - self._loop.time())
            self._next = self._loop.call_later(wait, self._guarded_frame)

    def _guarded_frame(self) -> None:
        """A failure in a frame is a crash like any other; the event loop would only write it to a log nobody sees."""
        try:
            self._frame()
        except Exception as problem:
            self._on_failure(problem)

    def _frame(self) -> None:
        assert self._loop is not None
        self._next = None
        for status in self._feed.take_statuses():
            self._target.post_message(LinkChanged(status))
        self._apply_slice()
        if self._feed.waiting and self._loop.time() < self._shown_at + LONGEST_PAUSE:
            # More waits than one slice: go on with it before anything is shown again, but let keys in between.
            self._next = self._loop.call_later(0, self._guarded_frame)
            return
        self._tell()
        cpu = time.thread_time()
        longest = FLOOD_PAUSE if self.account.applied - self._applied_at_frame > FLOOD else LONGEST_PAUSE
        self._pause = max(1 / self.max_fps, min(longest, (cpu - self._cpu_at_frame) / SHARE_OF_CORE))
        self._cpu_at_frame = cpu
        self._applied_at_frame = self.account.applied
        self._shown_at = self._loop.time()
        if self._feed.waiting:
            # A flood: it is applied without a pause, and shown again after the longest one.
            self._next = self._loop.call_later(0, self._guarded_frame)

    def when_whole(self, action: Callable[[], object]) -> None:
        """Do it now; from a signal that interrupted a slice, once that is applied: half of it is in no books yet."""
        if self._is_applying:
            self._put_off = action
        else:
            action()

    def _apply_slice(self) -> None:
        self._is_applying = True
        try:
            self._apply_what_waits()
        finally:
            self._is_applying = False
        put_off, self._put_off = self._put_off, None
        if put_off is not None:
            put_off()

    def _apply_what_waits(self) -> None:
        now = self._clock()
        for key, arrivals in self._feed.drain(SLICE):
            conversation = self._roster.open(key)
            self.account.applied += conversation.apply(arrivals)
            if self.tap is not None:
                self.tap(key, arrivals)
            for arrival in arrivals:
                self.lag.add(now - arrival.at, len(arrival.deliveries))
            self._changed[key] = conversation

    def _tell(self) -> None:
        if not self._changed:
            return
        self.account.frames += 1
        self._target.post_message(ConversationsChanged(list(self._changed.values())))
        self._changed.clear()
        if evicted := self._roster.evict(self._kept()):
            self._feed.forget(evicted)
            self._target.post_message(ConversationsEvicted(evicted))
