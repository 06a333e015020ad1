"""A connection that publishes. Sign-in, TLS and its ends are those of the sources' connections, which never do."""

from __future__ import annotations

from chatwatch_tui.sources.nats_client import Connection
from chatwatch_tui.sources.nats_ends import ServerError, error_text


class Publisher(Connection):
    """`open`, `put`, `deliver`, `shut`."""

    NAME = "chatwatch-simulator"

    def __init__(self) -> None:
        super().__init__(lambda deliveries: None)
        self._unsent = bytearray()

    def put(self, subject: str, payload: bytes) -> None:
        """One more to publish; it waits for `deliver`, and so do all of a batch in one write."""
        self._unsent += b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload)

    async def deliver(self) -> None:
        """Publish what waits, and wait until the server has it. Raises what ended the connection."""
        self._send(bytes(self._unsent))
        self._unsent.clear()
        await self._round_trip()

    def _server_error(self, text: bytes) -> None:
        """Any is the end: what is not permitted is not published, and must not be counted."""
        self._end(ServerError(error_text(text)))
