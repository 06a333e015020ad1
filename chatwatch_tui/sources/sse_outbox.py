"""What streams bring, handed over together: fifty streams that were read at once are one call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Sink


class Outbox:
    """What streams bring until the event loop comes round, which is one read of each, then handed over in one call."""

    def __init__(self, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink
        self._waiting: list[tuple[str, Delivery]] = []

    def put(self, conversation: str, deliveries: Sequence[Delivery]) -> None:
        """Deliver these soon, in order."""
        if deliveries:
            if not self._waiting:
                asyncio.get_running_loop().call_soon(self.flush)
            self._waiting.extend((conversation, delivery) for delivery in deliveries)

    def flush(self) -> None:
        """Deliver now."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            # Looked up at each hand-over: the reader gives up inboxes whenever it likes.
            inboxes = {id_: self._sink.inbox(ConversationKey(self._name, id_)) for id_ in {id_ for id_, _ in waiting}}
            self._sink.deliver([(inboxes[conversation], delivery) for conversation, delivery in waiting])
