"""A watch endpoint as a source: one HTTP/1.1 connection per conversation, each with its own retries.

There is no discovery over HTTP: what is watched is named. The modules beside this one: `sse_address` and `sse_signin`
are what a user gives, `sse_credentials` and `sse_client` what is sent, `sse_parser` and `sse_payload` what comes,
`sse_stream` is one conversation, with `sse_turn` and `sse_outbox` between them, `sse_words` and `sse_summary` are
what a person reads of it.

Link states are those of all streams together (`sse_summary`). A 401, 403 or 404 is asked again slowly, and ever more
so, as a refusal by NATS is; what may pass by itself is tried again with growing waits, never sooner than the
endpoint asks for (`retry`, `Retry-After`) and never later than after five minutes.

A conversation over the limit of connections waits for one to be given up: by `unwatch`, or by a conversation that is
not permitted. One that only reconnects keeps its place. While a sign-in is not known to be good, one asks for all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Backoff, Sink
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.sse_parser import MAX_EVENT
from chatwatch_tui.sources.sse_signin import SseSignIn
from chatwatch_tui.sources.sse_waits import SseWaits
from chatwatch_tui.sources.standstill import Standstill, lasting

if TYPE_CHECKING:
    from chatwatch_tui.sources.sse_stream import ConversationStream, Surroundings

MAX_CONNECTIONS = 100
STOP_WITHIN = 2.0


class SseSource:
    """See the module. Implements `sources.base.Source`."""

    def __init__(
        self,
        name: str,
        url: str,
        signin: SseSignIn | None = None,
        *,
        conversations: Sequence[str] = (),
        max_connections: int = MAX_CONNECTIONS,
        max_event: int = MAX_EVENT,
        waits: SseWaits | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        """`conversations` are ids as the bus spells them; `backoff` makes one for each conversation.

        Raises:
            ValueError: where the address or the sign-in cannot be meant; a sentence for the user, without secrets.
        """
        self.name = name
        self._endpoint = parse_endpoint(url)
        self._signin = signin or SseSignIn()
        self._signin.check()
        if max_connections < 1:
            raise ValueError("the limit of connections is at least 1")
        self._max_connections = max_connections
        self._max_event = max_event
        self._waits = waits or SseWaits()
        self._new_backoff = backoff
        self._wanted = dict.fromkeys(conversations)
        self._sink: Sink | None = None
        self._around: Surroundings | None = None
        """While it runs."""
        self._streams: dict[str, ConversationStream] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._will_say = False
        self._said: SourceStatus | None = None
        self._lost = False
        """It was up and is being tried again."""
        self._reconnects = 0
        self._since = time.monotonic()

    def address(self, kind: str, conversation_id: str) -> str:
        """Where a conversation's events come from, whatever their kind; without the query, which may hold a secret."""
        return self._endpoint.url_of(conversation_id).partition("?")[0]

    # -- running ---------------------------------------------------------------------------------------------------

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled."""
        self._sink = sink
        self._said = None
        around = self._around = self._surroundings(sink)
        try:
            for conversation in self._wanted:
                self._begin(conversation)
            self._say()
            while True:  # until cancelled
                await asyncio.sleep(around.standstill.pause)
                around.standstill.look(lasting())
        finally:
            self._around = None
            tasks = list(self._tasks.values())
            self._tasks.clear()
            self._streams.clear()
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=STOP_WITHIN)
            around.outbox.flush()
            await around.client.close()

    def _surroundings(self, sink: Sink) -> Surroundings:
        from chatwatch_tui.sources.sse_client import SseClient
        from chatwatch_tui.sources.sse_credentials import Credentials
        from chatwatch_tui.sources.sse_outbox import Outbox
        from chatwatch_tui.sources.sse_stream import Surroundings
        from chatwatch_tui.sources.sse_turn import SignInTurn

        return Surroundings(
            endpoint=self._endpoint,
            client=SseClient(
                self._endpoint,
                self._signin,
                silent_after=self._waits.silent_after,
                connect_within=self._waits.connect_within,
                answer_within=self._waits.answer_within,
            ),
            credentials=Credentials(self._signin, command_within=self._waits.command_within),
            signed=self._signin.given,
            turn=SignInTurn(self._waits.turn_within),
            places=asyncio.Semaphore(self._max_connections),
            outbox=Outbox(self.name, sink),
            standstill=Standstill(1.0, lasting()),
            waits=self._waits,
            max_event=self._max_event,
            changed=self._changed,
        )

    def _begin(self, conversation: str) -> None:
        from chatwatch_tui.sources.sse_stream import ConversationStream

        if self._around is None or self._sink is None or conversation in self._tasks:
            return
        self._sink.inbox(ConversationKey(self.name, conversation))
        stream = ConversationStream(conversation, self._around, self._new_backoff())
        self._streams[conversation] = stream
        self._tasks[conversation] = asyncio.create_task(self._supervise(stream), name=f"{self.name} {conversation}")

    async def _supervise(self, stream: ConversationStream) -> None:
        """A bug of ours in one stream costs that stream a wait, and nobody else anything."""
        from chatwatch_tui.sources.sse_words import Trouble

        while True:
            try:
                await stream.run()
            except Exception as problem:
                stream.trouble = Trouble(False, f"internal failure: {type(problem).__name__}")
                self._changed()
            await asyncio.sleep(self._waits.refused_wait)

    # -- what is watched -------------------------------------------------------------------------------------------

    async def watch(self, conversation_id: str) -> None:
        """Also deliver this conversation."""
        self._wanted[conversation_id] = None
        self._begin(conversation_id)
        self._changed()

    async def unwatch(self, conversation_id: str) -> None:
        """Stop delivering it, and let go of its connection."""
        self._wanted.pop(conversation_id, None)
        self._streams.pop(conversation_id, None)
        task = self._tasks.pop(conversation_id, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=STOP_WITHIN)
            if self._around is not None:
                self._around.outbox.flush()
            self._changed()

    # -- status ----------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Said when the event loop comes round: fifty streams that open at once are one status."""
        if self._around is not None and not self._will_say:
            self._will_say = True
            asyncio.get_running_loop().call_soon(self._say)

    def _say(self) -> None:
        from chatwatch_tui.sources.sse_summary import standing_of

        self._will_say = False
        if self._around is None or self._sink is None:
            return
        standing = standing_of(list(self._streams.values()), self._max_connections)
        before = self._said
        was_up = before is not None and before.state.is_up
        is_up = standing.state.is_up
        if standing.state is LinkState.RECONNECTING:
            self._lost = True
        elif is_up and self._lost:
            self._lost = False
            self._reconnects += 1
        if is_up != was_up or (is_up and before is not None and before.state is not standing.state):
            self._since = time.monotonic()
        status = SourceStatus(
            source=self.name,
            state=standing.state,
            since=self._since,
            server=str(self._endpoint),
            detail=standing.detail,
            attempt=standing.attempt,
            retry_at=standing.retry_at,
            reconnects=self._reconnects,
            cut_off=standing.cut_off,
        )
        if status != before:
            self._said = status
            self._sink.status(status)
