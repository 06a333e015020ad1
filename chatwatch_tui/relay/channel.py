"""One conversation that somebody watches: who does, and how the subscription behind it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from chatwatch_tui.relay.line import framed
from chatwatch_tui.relay.viewer import MAX_BODY, Viewer
from chatwatch_tui.sources.base import Source, Standing

NOT_AVAILABLE = "NATS not available"
NOT_PERMITTED = "NATS does not permit the endpoint to subscribe to this conversation"
SHUTTING_DOWN = "the endpoint is shutting down"


class NotWatchable(Exception):
    """The stream cannot begin; `str()` is what the viewer is told."""


class Bus(Source, Protocol):
    """What is needed of a source."""

    def standing(self, conversation_id: str) -> Standing:
        """How the subscription of a watched conversation stands now."""


class Channel:
    """One conversation and who watches it."""

    __slots__ = ("asking", "conversation_id", "subscribed", "viewers")

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.viewers: set[Viewer] = set()
        self.subscribed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the server has answered; its result is the problem in words, "" for none."""
        self.asking: asyncio.Task[None]
        """Asks it; kept here because the event loop does not keep tasks."""

    def publish(self, frames: Sequence[bytes]) -> int:
        """Pass events on to everybody; how many were written at once, over all viewers.

        Who waits for nothing else gets them all in one piece that is made once. Who does not, or cannot take them now,
        gets them into the queue.
        """
        body = frames[0] if len(frames) == 1 else b"".join(frames)
        piece, count, written = framed(body), len(frames), 0
        at_once = len(body) <= MAX_BODY
        for viewer in self.viewers:
            if viewer.waiter is not None and at_once and viewer.write is not None and viewer.write(piece):
                viewer.events_out += count
                viewer.silent_ticks = 0
                written += count
            else:
                for frame in frames:
                    viewer.offer(frame)
        return written
