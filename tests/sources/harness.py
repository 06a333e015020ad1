"""Runs a NATS source in the test's event loop, records what it hands over, publishes bytes as they are, makes keys."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nkeys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatwatch_tui.core.events import Delivery, Gap, LinkState, MessagePayload, SourceStatus, StrayPayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Backoff, Inbox, Source
from chatwatch_tui.sources.nats import NatsSource
from tests.broker import RealBroker

PATIENCE = 30.0
STOPS_WITHIN = 10.0
"""Seconds: a source lets go within 2, on a machine that has something else to do too."""
"""Seconds that a loaded machine may take for what usually takes milliseconds."""
NAME = "bus"
A, B, C = (f"0000000{n}-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


def chunk(conversation: str) -> str:
    return f"chat.chunk.{conversation}"


def message(conversation: str) -> str:
    return f"chat.message.{conversation}"


class Recorder:
    """A `Sink` that keeps everything, in order and with the time."""

    def __init__(self) -> None:
        self.epoch = 0
        self.taken: list[tuple[ConversationKey, Delivery]] = []
        self.said: list[tuple[float, SourceStatus]] = []
        self._inboxes: dict[ConversationKey, Inbox] = {}
        self.ended = False
        """The source came back or raised, which none should."""
        self._changed = asyncio.Event()

    def inbox(self, key: ConversationKey) -> Inbox:
        return self._inboxes.setdefault(key, Inbox(key))

    def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
        self.taken.extend((inbox.key, delivery) for inbox, delivery in deliveries)
        self._changed.set()

    def gap(self, source: str, gap: Gap) -> None:
        self.taken.extend((key, gap) for key in self._inboxes if key.source == source)
        self._changed.set()

    def status(self, status: SourceStatus) -> None:
        self.said.append((time.monotonic(), status))
        self._changed.set()

    @property
    def newest(self) -> SourceStatus:
        return self.said[-1][1]

    @property
    def words(self) -> list[str]:
        """Every detail that was ever said."""
        return [status.detail for _, status in self.said]

    def of(self, conversation: str) -> list[Delivery]:
        return [delivery for key, delivery in self.taken if key == (NAME, conversation)]

    def has(self, conversation: str, count: int) -> bool:
        return len(self.of(conversation)) == count

    def gaps(self, conversation: str) -> list[Gap]:
        return [delivery for delivery in self.of(conversation) if isinstance(delivery, Gap)]

    def payloads(self, conversation: str) -> list[bytes]:
        """What was published for it, chunks and messages alike, in the order of arrival."""
        found = []
        for delivery in self.of(conversation):
            if isinstance(delivery, MessagePayload | StrayPayload):
                found.append(delivery.data)
            elif isinstance(delivery, bytes):
                found.append(delivery)
        return found

    def end(self, _: object = None) -> None:
        self.ended = True
        self._changed.set()

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE) -> None:
        """Wait until the condition holds; it is looked at again whenever something was handed over."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    assert not self.ended, "the source ended"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            last = [(status.state, status.detail) for _, status in self.said[-3:]]
            raise AssertionError(f"did not come; last said {last}, {len(self.taken)} taken") from None

    async def until_state(self, *states: LinkState, after: float = 0.0) -> tuple[float, SourceStatus]:
        """The first status with such a state that was said since `after`."""

        def found() -> list[tuple[float, SourceStatus]]:
            return [(at, status) for at, status in self.said if at >= after and status.state in states]

        await self.until(found)
        return found()[0]

    async def until_live(self, after: float = 0.0) -> SourceStatus:
        return (await self.until_state(LinkState.LIVE, after=after))[1]

    async def until_said(self, words: str) -> SourceStatus:
        """The first status whose detail has these words."""
        await self.until(lambda: any(words in detail for detail in self.words))
        return next(status for _, status in self.said if words in status.detail)


def nats_source(*servers: str, **options: Any) -> NatsSource:
    """A source that tries again soon."""
    options.setdefault("refused_wait", 0.2)
    return NatsSource(NAME, servers, backoff=Backoff(first=0.05, longest=0.2), **options)


@asynccontextmanager
async def running(source: Source, recorder: Recorder | None = None) -> AsyncIterator[Recorder]:
    """The source runs until the end of the block and then lets go in time, whatever it was doing."""
    recorder = recorder or Recorder()
    task = asyncio.create_task(source.run(recorder))
    task.add_done_callback(recorder.end)
    try:
        await recorder.until(lambda: recorder.said)
        yield recorder
    finally:
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=STOPS_WITHIN)
        assert done, f"the source did not stop within {STOPS_WITHIN:.0f} s"
        assert task.cancelled(), f"the source raised {task.exception()!r}"


@asynccontextmanager
async def watching(broker: RealBroker, **options: Any) -> AsyncIterator[Recorder]:
    """A source that is live on this broker."""
    async with running(nats_source(broker.url, **options)) as recorder:
        await recorder.until_live()
        yield recorder


class Publisher:
    """A bare client: what it publishes reaches the server byte by byte as given."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def publish(self, subject: str | bytes, payload: bytes = b"", headers: bytes | None = None) -> None:
        name = subject.encode() if isinstance(subject, str) else subject
        if headers is None:
            self._writer.write(b"PUB %b %d\r\n%b\r\n" % (name, len(payload), payload))
        else:
            sizes = (len(headers), len(headers) + len(payload))
            self._writer.write(b"HPUB %b %d %d\r\n%b%b\r\n" % (name, *sizes, headers, payload))

    async def flush(self) -> None:
        """Everything published so far has been dealt with by the server."""
        self._writer.write(b"PING\r\n")
        await self._writer.drain()
        async with asyncio.timeout(PATIENCE):
            while not (line := await self._reader.readline()).startswith(b"PONG"):
                assert line, "the server closed the publisher's connection"
                assert not line.startswith(b"-ERR"), line
                if line.startswith(b"PING"):
                    self._writer.write(b"PONG\r\n")


@asynccontextmanager
async def publisher(broker: RealBroker, **options: str) -> AsyncIterator[Publisher]:
    """Connected and signed in with these fields of CONNECT."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    try:
        assert (await reader.readline()).startswith(b"INFO ")
        connect = {"verbose": False, "headers": True, "name": "publisher", **options}
        writer.write(b"CONNECT " + json.dumps(connect).encode() + b"\r\n")
        started = Publisher(reader, writer)
        await started.flush()
        yield started
    finally:
        writer.transport.abort()


def new_key(prefix: int) -> Any:
    return nkeys.from_seed(bytearray(nkeys.encode_seed(os.urandom(32), prefix)))


def public(key: Any) -> str:
    return str(key.public_key.decode())


def signed(signer: Any, subject: Any, nats: dict[str, Any], **more: Any) -> str:
    """A NATS JWT."""

    def encoded(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    claims = {"jti": "X", "iat": int(time.time()), "iss": public(signer), "sub": public(subject), "name": "x"}
    claims |= {**more, "nats": {"version": 2, **nats}}
    parts = [encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims)]
    return ".".join([*parts, encoded(signer.sign(".".join(parts).encode()))])


class Operator:
    """A server in operator mode with one account, and credentials for its users."""

    def __init__(self) -> None:
        self._operator, self._account = new_key(nkeys.PREFIX_BYTE_OPERATOR), new_key(nkeys.PREFIX_BYTE_ACCOUNT)
        self.user = new_key(nkeys.PREFIX_BYTE_USER)
        self._jwt = signed(self._operator, self._operator, {"type": "operator"})

    def config(self, **more: Any) -> str:
        everything = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1}
        account = signed(
            self._operator, self._account, {"type": "account", "limits": {**everything, "wildcards": True}, **more}
        )
        return f"operator: {self._jwt}\nresolver: MEMORY\nresolver_preload: {{ {public(self._account)}: {account} }}"

    def user_jwt(self, **more: Any) -> str:
        return signed(self._account, self.user, {"type": "user", "subs": -1, "data": -1, "payload": -1}, **more)

    def creds(self, **more: Any) -> str:
        seed = self.user.seed.decode()
        return (
            f"-----BEGIN NATS USER JWT-----\n{self.user_jwt(**more)}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        )


class Pki:
    """A CA made for this test, a server certificate for 127.0.0.1 and one for a client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._ca = self._certificate("ca", self._ca_key, ca=True)
        self.ca = self._written("ca.pem", self._ca.public_bytes(serialization.Encoding.PEM))
        self.cert, self.key = self.pair("server", "127.0.0.1")
        self.client_cert, self.client_key = self.pair("client", "127.0.0.1")

    def pair(self, name: str, address: str, passphrase: bytes | None = None) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, encryption)
        certificate = self._certificate(name, key, address=address).public_bytes(pem)
        return self._written(f"{name}.pem", certificate), self._written(f"{name}.key", private)

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool = False, address: str = "127.0.0.1"
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if ca else self._ca.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .add_extension(key_id, critical=False)
        )
        return builder.sign(self._ca_key, hashes.SHA256())

    def _written(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path

    def config(self, more: str = "") -> str:
        return f'tls {{ cert_file: "{self.cert}", key_file: "{self.key}", ca_file: "{self.ca}", {more} }}'
