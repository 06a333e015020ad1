"""One conversation that somebody watches: who does, and how the subscription behind it stands."""

from __future__ import annotations

import asyncio

from chatwatch_tui.relay.viewer import Viewer

NOT_AVAILABLE = "NATS not available"
NOT_PERMITTED = "NATS does not permit the endpoint to subscribe to this conversation"
SHUTTING_DOWN = "the endpoint is shutting down"


class NotWatchable(Exception):
    """The stream cannot begin; `str()` is what the viewer is told."""


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

    def publish(self, frame: bytes) -> None:
        """Put one frame into every queue. Per viewer this is the hot path: `Viewer.offer` without its calls."""
        for viewer in self.viewers:
            queue = viewer.queue
            if len(queue) >= viewer.limit:
                viewer.make_room()
            queue.append(frame)
            waiter = viewer.waiter
            if waiter is not None:
                viewer.waiter = None
                if not waiter.done():
                    waiter.set_result(None)
