"""One guarded connection to one NATS server.

nats-py does what it does well: addresses, TLS, nkeys and JWT, the CONNECT handshake. What it was measured to do badly
for a viewer is replaced, by these private overrides, each with its reason at the method:

- it reconnects by itself, in its own rhythm and sometimes never again: here one object is one connection; when it ends,
  `ended` says why, and a supervisor builds a new object (`sources/nats.py`);
- its read loop dies in silence (malformed headers, non-UTF-8 subjects, `-ERR` without text, a raising callback): ours
  ends the connection with a reason whatever happens;
- it hands every message to a queue and a task per subscription, which reorders chunks and messages and drops when slow:
  ours hands the deliveries of a whole read to one plain function, in the order of their arrival;
- it believes in a silent server for minutes: ours asks every two seconds and calls five seconds of silence an end
  (`nats_liveness`);
- it sends passwords to a server that does not offer the TLS that was asked for.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Callable
from typing import Any

from nats.aio.client import Client

from chatwatch_tui.sources.nats_address import Address
from chatwatch_tui.sources.nats_ends import CertificateWanted, LinkEnded, ServerError, TlsNotOffered, error_text
from chatwatch_tui.sources.nats_handshake import ListeningTransport, answers_without_tls, last_words, stumbled, within
from chatwatch_tui.sources.nats_liveness import SignsOfLife
from chatwatch_tui.sources.nats_options import read_options
from chatwatch_tui.sources.nats_parser import Parser, ProtocolViolation
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.standstill import lasting

READ_SIZE = 262_144
HANDSHAKE_LIMIT = 4_000_000
"""Bytes of one line in the handshake: INFO of a large cluster passes asyncio's 64 kB."""
ANSWER_WITHIN = 5.0
"""Seconds for the server to deal with a subscription; no fewer than it may be silent for."""
_FORBIDDEN = re.compile(rb'permissions violation for subscription to "([^"]*)"', re.IGNORECASE)


class Connection(Client):
    """See the module. `open`, `subscribe`, `unsubscribe`, `ended`, `shut`; nothing else of `Client` is for use."""

    NAME = "chatwatch"
    """What the server calls the connection in its lists."""

    def __init__(
        self,
        on_deliveries: Callable[[list[tuple[bytes, bytes]]], None],
        *,
        ping_every: float = 2.0,
        silent_after: float = 4.5,
    ) -> None:
        super().__init__()
        self.ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        """Done when the connection is over, with the reason as its result."""
        self.signs = SignsOfLife(ping_every, silent_after, lasting())
        """Of the server: its last byte, the last round trip."""
        self.on_rtt: Callable[[], None] = lambda: None
        self.peers: list[str] = []
        """host:port of further servers of the cluster, as INFO names them."""
        self._on_deliveries = on_deliveries
        self._parser = Parser(self._control)
        self._refused: set[str] = set()
        self._confirmed: set[str] = set()
        self._wants_tls = False
        self._proxy = ""

    # -- for the supervisor ----------------------------------------------------------------------------------------

    async def open(self, address: Address, signin: NatsSignIn, *, timeout: float = 5.0) -> None:
        """Connect and sign in. Raises whatever went wrong; nothing stays open then."""
        self._wants_tls = signin.wants_tls or address.tls
        self._proxy = signin.socks_proxy
        options = await read_options(address, signin)
        scheme = "tls" if self._wants_tls else "nats"
        host = f"[{address.host}]" if ":" in address.host else address.host
        try:
            handshake = self.connect(
                servers=[f"{scheme}://{host}:{address.port}"],
                error_cb=self._ignore,
                name=self.NAME,
                allow_reconnect=False,
                dont_randomize=True,
                connect_timeout=int(timeout),
                **options,
            )
            await within(timeout, handshake)
        except (ConnectionError, ssl.SSLError) as problem:
            said = last_words(self._transport)
            await self.shut()
            if said is not None:
                raise ServerError(said) from None
            if answers_without_tls(problem) and not self._server_info:
                said = "tls_first was asked for, but the server greets without TLS; no password was sent"
                raise TlsNotOffered(said) from None
            untrusted = isinstance(problem, ssl.SSLCertVerificationError)
            if not untrusted and not signin.tls_cert and self._server_info.get("tls_verify"):
                raise CertificateWanted("the server wants a certificate of ours: --tlscert and --tlskey") from None
            raise
        except (OSError, TlsNotOffered, asyncio.CancelledError):
            await self.shut()
            raise
        except Exception as problem:  # nats-py's handshake raises whatever it stumbles over
            is_over = isinstance(self._transport, ListeningTransport) and self._transport.is_over
            await self.shut()
            in_silence = is_over and not self._server_info and not signin.tls_first
            raise stumbled(problem, str(address), in_silence=in_silence) from None
        self.signs.heard(lasting())

    async def subscribe_all(self, subjects: list[str], first_sid: int) -> set[str]:
        """Subscribe and wait until the server has dealt with it; the subjects that are not permitted.

        Subscription numbers are `first_sid` and up, in the order of the subjects.
        """
        self._refused.difference_update(subjects)
        lines = [f"SUB {subject} {first_sid + n}\r\n" for n, subject in enumerate(subjects)]
        self._send("".join(lines).encode())
        await self._round_trip()
        refused = self._refused.intersection(subjects)
        self._confirmed.update(set(subjects) - refused)
        return refused

    def unsubscribe_all(self, sids: dict[str, int]) -> None:
        """End subscriptions, given as their numbers by subject, and forget what was said of them."""
        self._send("".join(f"UNSUB {sid}\r\n" for sid in sids.values()).encode())
        self._confirmed.difference_update(sids)
        self._refused.difference_update(sids)

    def confirms(self, subjects: list[str]) -> bool:
        """Whether the server has dealt with the subscriptions and refused none."""
        return not self.ended.done() and self._confirmed.issuperset(subjects)

    async def shut(self) -> None:
        """Let go of everything, within 2 s even with a server that does not answer; more than once is fine."""
        self._end(LinkEnded("closed"))
        await self._close(Client.CLOSED)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self.ended.done():
            self._transport.write(data)

    async def _round_trip(self) -> None:
        """The fence: everything the server had to say to what was sent before has arrived when this returns.

        Without an answer the connection is over. Raises what ended it.
        """
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ping(answered)
        either: list[asyncio.Future[Any]] = [answered, self.ended]
        timeout = max(ANSWER_WITHIN, self.signs.silent_after)
        await asyncio.wait(either, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            answered.cancel()
            self._end(LinkEnded("no answer to a subscription"))
        if self.ended.done():
            raise self.ended.result()

    def _ping(self, answered: asyncio.Future[None] | None = None) -> None:
        self.signs.asked(lasting(), answered)
        self._send(b"PING\r\n")

    def _end(self, reason: Exception) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    @staticmethod
    async def _ignore(_: Exception) -> None:
        """nats-py's error callback; what it would say arrives by `ended` or as an exception of `open`."""

    # -- overrides of nats-py --------------------------------------------------------------------------------------

    async def _select_next_server(self) -> None:
        """Once: nats-py tries a server that is not there again and again, 2 s apart, before it says so."""
        server = self._server_pool[0]
        self._current_server = server
        await self._connect_to_server(server)

    async def _connect_to_server(self, s: Any) -> None:
        """With room for a long INFO line: nats-py's buffer of 32 kB makes it fail for ever on large clusters. And
        through a proxy where there is one, of which nats-py knows nothing."""
        from chatwatch_tui.sources.nats_proxy import ProxiedTransport

        self._transport = ProxiedTransport(self._proxy) if self._proxy else ListeningTransport()
        await self._transport.connect(
            s.uri, buffer_size=HANDSHAKE_LIMIT, connect_timeout=self.options["connect_timeout"]
        )

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        """Note the cluster's other servers; upgrade to TLS where it is offered and wanted, not only where required."""
        urls = info.get("connect_urls")
        self.peers = [url for url in urls if isinstance(url, str)] if isinstance(urls, list) else []
        if initial_connection and self._wants_tls and info.get("tls_available"):
            info["tls_required"] = True

    def _connect_command(self) -> bytes:
        """The last moment before secrets are sent: not without the TLS that was asked for."""
        tls = self._server_info.get("tls_required") or self.options["tls_handshake_first"]
        if self._wants_tls and not tls:
            raise TlsNotOffered("TLS was asked for, but the server does not offer it; no password was sent")
        command: bytes = super()._connect_command()
        return command

    async def _read_loop(self) -> None:
        """Ours: large reads, one call per read, and an end with a reason whatever happens (see the module)."""
        assert self._transport is not None
        try:
            while data := await self._transport.read(READ_SIZE):
                self.signs.heard(lasting())
                if deliveries := self._parser.feed(data):
                    self._on_deliveries(deliveries)
            self._end(LinkEnded("the server closed the connection"))
        except asyncio.CancelledError:
            raise
        except ProtocolViolation as problem:
            self._end(LinkEnded(f"the server does not speak NATS: {problem}"))
        except OSError as problem:
            self._end(problem)
        except Exception as problem:  # the loop must not die in silence
            self._end(LinkEnded(f"internal failure: {type(problem).__name__}: {problem}"))

    def _control(self, line: bytes) -> None:
        """A control line. Unknown ones end the connection."""
        word = line[:5].upper()
        if word.startswith(b"PING"):
            self._send(b"PONG\r\n")
        elif word.startswith(b"PONG"):
            if self.signs.answer(lasting()):
                self.on_rtt()
        elif word.startswith(b"-ERR"):
            self._server_error(line[4:])
        elif word.startswith(b"INFO"):
            self._info_update(line[4:])
        elif not word.startswith(b"+OK"):
            raise ProtocolViolation(repr(line[:40].decode("utf-8", "replace")))

    def _server_error(self, text: bytes) -> None:
        """A refused subscription leaves the rest alive; anything else is the end, also where the server goes on after
        it: what it did not do for us is not known, and a viewer that misses something must not look live."""
        if found := _FORBIDDEN.search(text):
            subject = found[1].decode("utf-8", "replace")
            self._refused.add(subject)
            if subject in self._confirmed:
                self._end(LinkEnded(f"the permission for {subject} was taken away"))
        elif b"permissions violation" not in text.lower():
            self._end(ServerError(error_text(text)))

    def _info_update(self, text: bytes) -> None:
        """INFO while connected only names peers; one that cannot be read is not worth the connection."""
        try:
            info = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(info, dict) and isinstance(urls := info.get("connect_urls"), list):
            self.peers = [url for url in urls if isinstance(url, str)]

    async def _ping_interval(self) -> None:
        """Ours: nats-py notices a silent server after three intervals of 2 minutes."""
        while not self.ended.done():
            now = lasting()
            if self.signs.is_due(now):
                self._ping()
            if (silence := self.signs.silence(now)) is not None:
                self._end(LinkEnded(f"no sign of life for {silence:.0f} s"))
            await asyncio.sleep(self.signs.pause)

    async def _flusher(self) -> None:
        """Nothing to do: we write to the transport directly, and never publish."""

    async def _process_op_err(self, e: Exception) -> None:
        """No reconnecting here; the supervisor does it."""
        self._end(e)

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        """Bounded: nats-py's waits for a frozen server to take what is pending."""
        self._status = Client.CLOSED
        current = asyncio.current_task()
        tasks = [
            task
            for task in (self._reading_task, self._ping_interval_task, self._flusher_task)
            if task is not None and task is not current
        ]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        transport: Any = self._transport
        self._transport = None
        if transport is not None and (writer := transport._bare_io_writer) is not None:
            # Abort, not close: nothing that is still unsent is worth waiting for.
            writer.transport.abort()
