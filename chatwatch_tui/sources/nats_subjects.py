"""The subjects that conversations are on, and whose inbox a delivery on one of them goes to.

They are the pair `<prefix>.chunk.X` and `<prefix>.message.X`, with `*` for X to discover. One wide `<prefix>.*.X` would
also keep the order, but asks for more than is needed where permissions are tight, and receives what is not ours; the
order of arrival is kept by the connection anyway (`nats_client`), whatever subscriptions there are.
"""

from __future__ import annotations

from chatwatch_tui.core.events import Delivery, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey, is_conversation_id
from chatwatch_tui.sources.base import Inbox, Sink

MAX_ROUTES = 50_000
"""Subjects whose inbox is remembered."""

_Route = tuple[Inbox, str]
_CHUNK, _MESSAGE, _STRAY = "chunk", "message", "stray"


class NatsSubjects:
    """Of one source and prefix."""

    def __init__(self, source: str, prefix: str) -> None:
        self._source = source
        self._prefix = prefix
        self._epoch = -1
        self._routes: dict[bytes, _Route] = {}

    def subject(self, kind: str, conversation_id: str) -> str:
        """The subject on which a `chunk` or `message` of a conversation comes."""
        return f"{self._prefix}.{kind}.{conversation_id}"

    def of(self, conversation_id: str) -> list[str]:
        """Those of a conversation, or of all with `*`."""
        return [self.subject(kind, conversation_id) for kind in (_CHUNK, _MESSAGE)]

    def sort(self, found: list[tuple[bytes, bytes]], sink: Sink) -> list[tuple[Inbox, Delivery]]:
        """What one read of the wire brought, as (subject, payload), with the inboxes it is for and in its order.

        Per delivery: a dictionary look-up and an append.
        """
        if sink.epoch != self._epoch or len(self._routes) > MAX_ROUTES:
            self._epoch = sink.epoch
            self._routes.clear()
        routes = self._routes
        deliveries: list[tuple[Inbox, Delivery]] = []
        for subject, payload in found:
            route = routes.get(subject)
            if route is None:
                route = routes[subject] = self._route(subject, sink)
            inbox, kind = route
            if kind == _CHUNK:
                deliveries.append((inbox, payload))
            elif kind == _MESSAGE:
                deliveries.append((inbox, MessagePayload(payload)))
            else:
                deliveries.append((inbox, StrayPayload(subject.decode("utf-8", "replace"), payload)))
        return deliveries

    def _route(self, subject: bytes, sink: Sink) -> _Route:
        """Which inbox a subject belongs to, and as what."""
        text = subject.decode("utf-8", "replace")
        head, _, last = text.rpartition(".")
        if is_conversation_id(last):
            for kind in (_CHUNK, _MESSAGE):
                if head == f"{self._prefix}.{kind}":
                    return sink.inbox(ConversationKey(self._source, last)), kind
        return sink.inbox(ConversationKey(self._source, STRAY_ID)), _STRAY
