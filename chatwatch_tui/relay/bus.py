"""The bus as the endpoint needs it: a NATS source of named conversations that can say how a subscription stands.

`NatsSource.watch` returns normally whatever came of it, because a dashboard shows the link's state beside its panes.
The endpoint has to know before it writes `:ok`.
"""

from __future__ import annotations

from enum import Enum

from chatwatch_tui.sources.nats import NatsSource


class Standing(Enum):
    """What became of a subscription."""

    CONFIRMED = "confirmed"
    """The server has dealt with it and did not refuse; what is published from now on arrives."""
    REFUSED = "refused"
    LOST = "lost"
    """The link is down or was down meanwhile, so that nothing is known."""


class NatsBus(NatsSource):
    """Uses what its base class and its connection keep to themselves; all such uses of the endpoint are here."""

    async def unwatch(self, conversation_id: str) -> None:
        """As the base class, and without leaving two subjects behind in the connection for every conversation ever."""
        await super().unwatch(conversation_id)
        if self._connection is not None:
            self._connection._confirmed.difference_update(self._subjects(conversation_id))

    def standing(self, conversation_id: str) -> Standing:
        """How the subscription of a watched conversation stands now."""
        subjects = self._subjects(conversation_id)
        connection = self._connection
        if connection is None or connection.ended.done():
            return Standing.LOST
        if not self._forbidden.isdisjoint(subjects):
            return Standing.REFUSED
        # Not `_sids`: those are noted before the server has answered.
        return Standing.CONFIRMED if connection._confirmed.issuperset(subjects) else Standing.LOST
