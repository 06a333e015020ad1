"""NATS as a source: discovery or named conversations, and a link that comes back for ever.

A subscription that is not permitted is said, and the rest goes on (`nats_subjects` has which there are).

Link states: `connecting` until the first success, `reconnecting` after a loss (with the attempt and how long),
`refused` where the server or our own files say no (tried again slowly, and ever more so), `forbidden` while connected
with a subscription missing, `live`. What was published during an outage is unknown on NATS Core, so every outage leaves
one gap, handed over before anything of the new connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from chatwatch_tui.core.events import CutOff, Gap, GapCause, LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Backoff, Sink, Standing
from chatwatch_tui.sources.nats_address import Address, parse_address
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.nats_subjects import NatsSubjects
from chatwatch_tui.sources.standstill import as_monotonic, lasting

if TYPE_CHECKING:
    from chatwatch_tui.sources.nats_client import Connection

REFUSED_WAIT = 12.0
"""Seconds that are waited at most after the first answer that was no."""


class NatsSource:
    """See the module. Implements `sources.base.Source`."""

    def __init__(
        self,
        name: str,
        servers: Sequence[str],
        signin: NatsSignIn | None = None,
        *,
        prefix: str = "chat",
        conversations: Sequence[str] | None = None,
        ping_every: float = 2.0,
        silent_after: float = 4.5,
        refused_wait: float = REFUSED_WAIT,
        backoff: Backoff | None = None,
    ) -> None:
        """`conversations` are ids as the bus spells them; None discovers whatever flows."""
        self.name = name
        self._servers = list(servers)
        self._signin = signin or NatsSignIn()
        self._subjects = NatsSubjects(name, prefix)
        self._discover = conversations is None
        self._wanted = dict.fromkeys(conversations or ())
        self._ping_every = ping_every
        self._silent_after = silent_after
        self._backoff = backoff or Backoff()
        self._slow_backoff = Backoff.slow(refused_wait)
        self._sink: Sink | None = None
        self._connection: Connection | None = None
        self._sids: dict[str, int] = {}
        self._next_sid = 1
        self._forbidden: set[str] = set()
        self._since = time.monotonic()
        self._attempt = 0
        self._reconnects = 0
        self._was_live = False
        """This connection delivers, or would if something was published."""
        self._has_been_live = False
        self._outage: tuple[float, str] | None = None
        """When (`lasting`) the link was lost and why, until the gap that it left is marked."""
        self._server = ""
        self._state = LinkState.CONNECTING
        self._detail = ""
        """State and words that were said last."""

    # -- running ---------------------------------------------------------------------------------------------------

    def address(self, kind: str, conversation_id: str) -> str:
        """The subject on which a `chunk` or `message` of a conversation comes."""
        return self._subjects.subject(kind, conversation_id)

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled."""
        self._sink = sink
        for conversation in self._wanted:
            sink.inbox(ConversationKey(self.name, conversation))
        addresses = [parse_address(url) for url in self._servers]
        turn = 0
        all_refused = True
        while True:
            address = addresses[turn % len(addresses)]
            self._attempt += 1
            self._server = str(address)
            self._say(self._state, self._detail)  # the same words, another attempt
            all_refused &= await self._one_link(address, addresses)
            turn += 1
            # A cluster's other members are tried at once; only after a round of them it is waited.
            if self._attempt % len(addresses) == 0:
                await self._wait(all_refused)
                all_refused = True

    async def _one_link(self, address: Address, addresses: list[Address]) -> bool:
        """One connection from attempt to end; whether it was refused."""
        from chatwatch_tui.sources.nats_client import Connection
        from chatwatch_tui.sources.nats_words import explain

        connection = Connection(self._received, ping_every=self._ping_every, silent_after=self._silent_after)
        try:
            await connection.open(address, self._signin)
            await self._serve(connection)
            problem = connection.ended.result()
        except asyncio.CancelledError:
            raise
        except Exception as caught:  # any failure of one attempt is a status and another attempt
            problem = caught
        finally:
            self._connection = None
            self._sids.clear()
            await connection.shut()
        trouble = explain(problem, str(address))
        if self._was_live:
            # Lost from when it was last certain to be there, not from when we noticed.
            self._outage = connection.signs.complete_until, _why_lost(trouble.words)
            self._learn_peers(connection, addresses, address)
            self._was_live = False
            self._attempt = 0
            self._since = as_monotonic(connection.signs.complete_until)
        down = LinkState.RECONNECTING if self._has_been_live else LinkState.CONNECTING
        self._say(LinkState.REFUSED if trouble.refused else down, trouble.words)
        return trouble.refused

    async def _wait(self, refused: bool) -> None:
        await asyncio.sleep((self._slow_backoff if refused else self._backoff).next())

    async def _serve(self, connection: Connection) -> None:
        """Subscribe, then stay until the connection ends."""
        self._connection = connection
        self._forbidden.clear()
        subjects = self._subjects.of("*") if self._discover else []
        await self._subscribe(connection, subjects)
        missing = bool(subjects) and self._forbidden.issuperset(subjects)
        if not self._discover or missing:
            await self._subscribe(connection, [s for id_ in self._wanted for s in self._subjects.of(id_)])
        self._delivers()
        self._reconnects += self._has_been_live
        self._has_been_live = True
        self._attempt = 0
        self._backoff.reset()
        self._slow_backoff.reset()
        self._since = time.monotonic()
        connection.on_rtt = self._say_connected
        self._say_connected()
        await connection.ended

    def _learn_peers(self, connection: Connection, addresses: list[Address], base: Address) -> None:
        """When the link is over, because members that join the cluster later are named while it lasts."""
        known = {(address.host, address.port) for address in addresses}
        for url in connection.peers:
            try:
                peer = parse_address(url)
            except ValueError:
                continue
            if (peer.host, peer.port) not in known:
                addresses.append(msgspec.structs.replace(peer, tls=base.tls, user=base.user, password=base.password))

    def _delivers(self) -> None:
        """With the first delivery of a connection or its confirmation, whichever is first: here the outage ends."""
        self._was_live = True
        if self._outage is not None:
            assert self._sink is not None
            since, because = self._outage
            self._outage = None
            self._sink.gap(self.name, Gap(GapCause.RECONNECT, seconds=lasting() - since, note=because))

    # -- subscriptions ---------------------------------------------------------------------------------------------

    async def watch(self, conversation_id: str) -> None:
        """Also deliver this conversation, where it is not delivered already."""
        self._wanted[conversation_id] = None
        if self._sink is not None:
            self._sink.inbox(ConversationKey(self.name, conversation_id))
        discovered = self._discover and not self._forbidden.issuperset(self._subjects.of("*"))
        connection = self._connection
        if connection is None or discovered:
            return
        try:
            await self._subscribe(connection, self._subjects.of(conversation_id))
        except Exception:
            if not connection.ended.done():
                raise
            return  # lost meanwhile; the next connection subscribes all that is wanted
        if self._connection is connection and self._was_live:
            self._say_connected()

    async def unwatch(self, conversation_id: str) -> None:
        """Stop delivering it, where it was asked for by name."""
        self._wanted.pop(conversation_id, None)
        subjects = self._subjects.of(conversation_id)
        sids = {subject: self._sids.pop(subject) for subject in subjects if subject in self._sids}
        if self._connection is not None and sids:
            self._connection.unsubscribe_all(sids)
        self._forbidden.difference_update(subjects)

    def standing(self, conversation_id: str) -> Standing:
        """How the subscription of a conversation that is watched by name stands now."""
        subjects = self._subjects.of(conversation_id)
        connection = self._connection
        if connection is None or connection.ended.done():
            return Standing.LOST
        if not self._forbidden.isdisjoint(subjects):
            return Standing.REFUSED
        return Standing.CONFIRMED if connection.confirms(subjects) else Standing.LOST

    async def _subscribe(self, connection: Connection, subjects: list[str]) -> None:
        subjects = [subject for subject in subjects if subject not in self._sids]
        if not subjects:
            return
        first = self._next_sid
        self._next_sid += len(subjects)
        # Noted before the answer: who asks again meanwhile must not subscribe, and receive, twice.
        self._sids.update(zip(subjects, range(first, self._next_sid), strict=True))
        refused = await connection.subscribe_all(subjects, first)
        if connection is self._connection:
            self._forbidden |= refused
            for subject in refused:
                self._sids.pop(subject, None)

    def _received(self, found: list[tuple[bytes, bytes]]) -> None:
        """What one read of the wire brought."""
        sink = self._sink
        assert sink is not None
        if not self._was_live:
            self._delivers()
        sink.deliver(self._subjects.sort(found, sink))

    # -- status ----------------------------------------------------------------------------------------------------

    def _say_connected(self) -> None:
        if not self._forbidden:
            self._say(LinkState.LIVE)
            return
        missing = ", ".join(sorted(self._forbidden)[:4])
        if self._discover and self._forbidden.issuperset(self._subjects.of("*")):
            named = f"watching the {len(self._wanted)} named" if self._wanted else "give conversation ids instead"
            self._say(LinkState.FORBIDDEN, f"this account may not discover ({missing}): {named}")
        else:
            self._say(LinkState.FORBIDDEN, f"this account may not subscribe to {missing}")

    def _permitted(self) -> str:
        """On what conversations are discovered, where that is not all; blank where it is all or nothing."""
        chunks, messages = self._subjects.of("*")
        if not self._discover or (chunks in self._forbidden) == (messages in self._forbidden):
            return ""
        if messages in self._forbidden:
            return f"{chunks} alone: answers stream, messages do not come"
        return f"{messages} alone: messages come whole, answers do not stream"

    def _say(self, state: LinkState, detail: str = "") -> None:
        assert self._sink is not None
        self._state, self._detail = state, detail
        connection = self._connection
        is_up = state in (LinkState.LIVE, LinkState.FORBIDDEN)
        self._sink.status(
            SourceStatus(
                source=self.name,
                state=state,
                since=self._since,
                server=self._server,
                detail=detail,
                permitted=self._permitted() if state is LinkState.FORBIDDEN else "",
                attempt=0 if is_up else max(1, self._attempt),
                rtt=connection.signs.last_round_trip if connection is not None else None,
                reconnects=self._reconnects,
                cut_off=self._cut_off() if state is LinkState.FORBIDDEN else None,
            )
        )

    def _cut_off(self) -> dict[str, CutOff] | None:
        """Of those that are named each what it is not permitted; None where that is about all that may flow."""
        if self._discover and not self._forbidden.issuperset(self._subjects.of("*")):
            return None
        found: dict[str, CutOff] = {}
        for id_ in self._wanted:
            subjects = self._subjects.of(id_)
            if missing := [subject for subject in subjects if subject in self._forbidden]:
                word = "not permitted" if len(missing) == len(subjects) else ""
                found[id_] = CutOff(word, f"this account may not subscribe to {', '.join(missing)}")
        return found


def _why_lost(words: str) -> str:
    """The cause of an outage for the gap's mark, where it says more than that the link was down."""
    return words if "slow consumer" in words.lower() else ""
