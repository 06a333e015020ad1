"""Servers that are broken, hostile or no NATS servers at all: the status has words, and the source goes on trying."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from chatwatch_tui.core.events import Gap, LinkState
from tests.sources.harness import PATIENCE, A, B, Recorder, chunk, nats_source, running

INFO = b'INFO {"server_id":"x","version":"2.15.1","headers":true,"max_payload":1048576}\r\n'


class Client:
    """The connection as the fake server sees it."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        """The how-manieth connection to this server it is, from 1."""
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def until(self, line: bytes) -> None:
        """Read until a line that begins so; a PING before that is answered."""
        while not (received := await self._reader.readline()).startswith(line):
            if not received:
                raise ConnectionError
            if received.startswith(b"PING"):
                self.send(b"PONG\r\n")

    async def greet(self, info: bytes = INFO) -> None:
        """The handshake up to the first PONG."""
        self.send(info)
        await self.until(b"PING")
        self.send(b"PONG\r\n")

    async def confirm(self) -> None:
        """Take the subscriptions."""
        await self.until(b"SUB")
        await self.until(b"PING")
        self.send(b"PONG\r\n")

    async def serve(self) -> None:
        """Answer every PING until the client goes."""
        await self.until(b"nothing")


def msg(payload: bytes) -> bytes:
    return b"MSG %b 1 %d\r\n%b\r\n" % (chunk(A).encode(), len(payload), payload)


class Fake:
    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"nats://{self.host}"
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self._connected = asyncio.Condition()

    async def add(self, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        async with self._connected:
            self.connections += 1
            self._connected.notify_all()

    async def reaches(self, connections: int) -> None:
        """Wait until as many connections were made."""
        async with asyncio.timeout(PATIENCE), self._connected:
            await self._connected.wait_for(lambda: self.connections >= connections)


@asynccontextmanager
async def fake_server(handle: Callable[[Client], Awaitable[None]]) -> AsyncIterator[Fake]:
    """A TCP server that does with each connection what `handle` says, and closes it then."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await fake.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            await handle(Client(fake.connections, reader, writer))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1_000_000)
    fake = Fake(server.sockets[0].getsockname()[1])
    try:
        yield fake
    finally:
        server.close()
        for writer in fake.open:
            writer.transport.abort()


def saying(data: bytes) -> Callable[[Client], Awaitable[None]]:
    async def handle(client: Client) -> None:
        client.send(data)
        await client.until(b"PING" if data else b"")

    return handle


async def no_word(client: Client) -> None:
    pass


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"\x00\xff\x1b]52;c;aGk=\x07\r\n",
        b"-ERR 'too early'\r\n",
        b"INFO\r\n",
        b"INFO \r\n",
        b"INFO{}\r\n",
        b"INFO []\r\n",
        b"INFO {nope\r\n",
        b'INFO {"x":"\xff"}\r\n',
        b"INFO " + b"[" * 200_000 + b"\r\n",
        b"x" * 5_000_000,
    ],
    ids=lambda greeting: repr(greeting[:20]),
)
async def test_what_is_no_nats_server_is_called_so(greeting: bytes) -> None:
    async with fake_server(saying(greeting)) as fake, running(nats_source(fake.url)) as seen:
        await seen.until(lambda: fake.connections >= 3 and len(seen.said) > 3)
        assert {status.state for _, status in seen.said} == {LinkState.CONNECTING}
        assert set(seen.words[1:]) == {f"what listens at {fake.host} does not greet as a NATS server does"}


async def test_who_hangs_up_without_a_word_may_be_waiting_for_tls() -> None:
    async with fake_server(no_word) as fake, running(nats_source(fake.url)) as seen:
        await seen.until(lambda: fake.connections >= 3 and len(seen.said) > 3)
        assert {status.state for _, status in seen.said} == {LinkState.CONNECTING}
        words = "hung up without a greeting: if it begins with TLS, give --tlsfirst (in a context: tls_first)"
        assert set(seen.words[1:]) == {f"{fake.host} {words}"}


async def pings_for_ever(client: Client) -> None:
    client.send(INFO)
    while True:
        client.send(b"PING\r\n")
        await asyncio.sleep(0.05)


async def no_line_end(client: Client) -> None:
    while True:
        client.send(b"x")
        await asyncio.sleep(0.05)


async def silent(client: Client) -> None:
    await client.until(b"never")


async def test_servers_that_never_answer_are_given_up_and_tried_again() -> None:
    async with (
        fake_server(pings_for_ever) as one,
        fake_server(no_line_end) as two,
        fake_server(silent) as three,
        running(nats_source(one.url)) as pinging,
        running(nats_source(two.url)) as babbling,
        running(nats_source(three.url)) as still,
    ):
        await pinging.until_said("no answer to a subscription")
        await babbling.until_said(f"no answer from {two.host}")
        await still.until_said(f"no answer from {three.host}")
        for seen, fake in ((pinging, one), (babbling, two), (still, three)):
            assert {status.state for _, status in seen.said} == {LinkState.CONNECTING}
            await fake.reaches(2)


@pytest.mark.parametrize("answers", [True, False])
async def test_a_pause_of_our_own_is_no_silence_of_the_server_and_only_begins_it_anew(answers: bool) -> None:
    paused = asyncio.Event()

    async def handle(client: Client) -> None:
        await client.greet()
        await client.confirm()
        serving = asyncio.create_task(client.serve())
        await paused.wait()
        if not answers:
            serving.cancel()
            await asyncio.Event().wait()
        await serving

    async with fake_server(handle) as fake, running(nats_source(fake.url, ping_every=0.1, silent_after=1.0)) as seen:
        await seen.until_live()
        await asyncio.sleep(0.25)  # the last question is answered: nothing waits in the socket
        time.sleep(2.5)  # noqa: ASYNC251 - as after Ctrl+Z
        went_on = time.monotonic()
        paused.set()
        if answers:
            await asyncio.sleep(2)
            assert {status.state for _, status in seen.said[1:]} == {LinkState.LIVE}
            assert fake.connections == 1
        else:
            at, status = await seen.until_state(LinkState.RECONNECTING)
            assert "no sign of life for" in status.detail
            assert at - went_on > 0.9


async def test_an_info_of_100_kb_is_fine_at_first_and_at_every_reconnect_and_later() -> None:
    large = INFO[:-3] + b',"connect_urls":["' + b"a" * 100_000 + b':1"]}\r\n'

    async def handle(client: Client) -> None:
        await client.greet(large)
        await client.confirm()
        client.send(large + msg(b"%d" % client.number))
        if client.number > 2:
            await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url)) as seen:
        await seen.until(lambda: seen.payloads(A) == [b"1", b"2", b"3"])
        assert len(seen.gaps(A)) == 2


@pytest.mark.parametrize(
    "noise",
    [
        b"INFO {nope\r\n",
        b"INFO []\r\n",
        b"INFO\r\n",
        b"INFO " + b"[" * 200_000 + b"\r\n",
        b'INFO {"connect_urls":["",":","a b","[::1","x:99999999",null,7,"u:p@h:1"],"ldm":true}\r\n',
        b'INFO {"connect_urls":{"a":1}}\r\n',
        b"PONG\r\nPONG\r\nPONG\r\n",
        b"+OK\r\n",
        b"-ERR 'Permissions Violation for Publish to \"x\"'\r\n",
        b"HMSG chat.chunk.x 1 12 12\r\n\xff\xff\xff\r\n\r\nMSG x\r\n",
    ],
    ids=lambda noise: repr(noise[:20]),
)
async def test_noise_while_connected_does_no_harm(noise: bytes) -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        await client.confirm()
        client.send(msg(b"before") + noise + msg(b"after"))
        await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url, ping_every=0.05)) as seen:
        await seen.until(lambda: seen.payloads(A) == [b"before", b"after"])
        said = len(seen.said)
        await seen.until(lambda: len(seen.said) > said + 2)
        assert fake.connections == 1
        assert seen.newest.state is LinkState.LIVE


@pytest.mark.parametrize(
    ("line", "state", "words"),
    [
        (b"-ERR\r\n", LinkState.REFUSED, "the server said: an error without words"),
        (b"-ERR ''\r\n", LinkState.REFUSED, "the server said: an error without words"),
        (b"-ERR 'Account \xff Gone'\r\n", LinkState.REFUSED, "the server said: Account \ufffd Gone"),
        (b"-ERR 'User Authentication Revoked'\r\n", LinkState.REFUSED, "the credentials were revoked"),
        (b"-ERR 'Stale Connection'\r\n", LinkState.RECONNECTING, "the server said: Stale Connection"),
        (b"-ERR 'Slow Consumer'\r\n", LinkState.RECONNECTING, "the server said: Slow Consumer"),
        (b"\x00\xffbad\r\n", LinkState.RECONNECTING, "the server does not speak NATS: "),
        (b"MSG a 1 5\r\nhelloXX", LinkState.RECONNECTING, "the server does not speak NATS: "),
        (b"MSG a 1 99999999999\r\n", LinkState.RECONNECTING, "the server does not speak NATS: "),
        (b"", LinkState.RECONNECTING, "the server closed the connection"),
    ],
)
@pytest.mark.parametrize("closes", [True, False])
async def test_trouble_while_connected_has_words_and_a_new_link(
    line: bytes, state: LinkState, words: str, closes: bool
) -> None:
    live = asyncio.Event()

    async def handle(client: Client) -> None:
        await client.greet()
        await client.confirm()
        client.send(msg(b"%d" % client.number))
        if client.number == 1:
            await live.wait()
            client.send(line)
        if client.number > 1 or (line and not closes):
            await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url, ping_every=0.05)) as seen:
        await seen.until_live()
        live.set()
        status = await seen.until_said(words)
        assert status.state is state
        await seen.until(lambda: seen.payloads(A) == [b"1", b"2"])
        [gap] = seen.gaps(A)
        assert ("Slow Consumer" in gap.note) == ("Slow Consumer" in words)


@pytest.mark.parametrize("ending", [b"-ERR\r\n", b"-ERR 'Account Server Down'\r\n", b"PONG\r\n-ERR 'Gone'\r\n", b""])
async def test_a_server_that_breaks_off_the_handshake_is_told_and_tried_again(ending: bytes) -> None:
    async def handle(client: Client) -> None:
        client.send(INFO)
        await client.until(b"PING")
        client.send(ending)

    async with fake_server(handle) as fake, running(nats_source(fake.url)) as seen:
        await seen.until(lambda: fake.connections >= 3 and len(seen.said) > 3)
        assert all(seen.words[1:])
        assert {status.state for _, status in seen.said} <= {LinkState.CONNECTING, LinkState.REFUSED}
        if b"Down" in ending:
            assert "the server said: Account Server Down" in seen.words


async def test_an_outage_leaves_one_gap_though_the_link_broke_again_before_it_was_whole() -> None:
    live = asyncio.Event()

    async def handle(client: Client) -> None:
        await client.greet()
        if client.number in (2, 3):
            await client.until(b"SUB")
            return
        await client.confirm()
        client.send(msg(b"%d" % client.number))
        if client.number > 3:
            await client.serve()
        await live.wait()

    async with fake_server(handle) as fake, running(nats_source(fake.url)) as seen:
        await seen.until_live()
        live.set()
        await seen.until(lambda: seen.newest.reconnects == 1 and len(seen.payloads(A)) == 2)
        assert seen.payloads(A) == [b"1", b"4"]
        assert [type(delivery) for delivery in seen.of(A)] == [bytes, Gap, bytes]


async def test_the_gap_stands_before_what_comes_while_it_is_still_being_subscribed() -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        await client.until(b"SUB")
        client.send(msg(b"%d" % client.number))
        if client.number == 2:
            return
        await client.until(b"PING")
        client.send(b"PONG\r\n")
        if client.number > 2:
            await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url)) as seen:
        await seen.until(lambda: seen.payloads(A) == [b"1", b"2", b"3"])
        kinds = [delivery if isinstance(delivery, bytes) else "gap" for delivery in seen.of(A)]
        assert kinds == [b"1", "gap", b"2", "gap", b"3"]


async def test_what_comes_in_one_piece_with_the_handshake_is_not_lost() -> None:
    async def handle(client: Client) -> None:
        client.send(INFO)
        await client.until(b"PING")
        client.send(b"PONG\r\n" + msg(b"early") + b"PING\r\n")
        await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url)) as seen:
        await seen.until_live()
        assert seen.payloads(A) == [b"early"]


async def test_answers_that_come_late_do_no_harm() -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        await client.confirm()
        for _ in range(5):
            await client.until(b"PING")
        client.send(b"PONG\r\n" * 5 + msg(b"after"))
        await client.serve()

    async with fake_server(handle) as fake, running(nats_source(fake.url, ping_every=0.05)) as seen:
        await seen.until(lambda: seen.payloads(A) == [b"after"])
        said = len(seen.said)
        await seen.until(lambda: len(seen.said) > said + 3)
        assert fake.connections == 1
        assert seen.newest.state is LinkState.LIVE


async def test_a_conversation_that_is_asked_for_while_the_link_breaks_is_delivered_by_the_next() -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        if client.number == 1:
            await client.confirm()
            await client.until(b"SUB")
            return
        await client.until(b"SUB %b" % chunk(B).encode())
        await client.until(b"PING")
        client.send(b"PONG\r\n")
        client.send(msg(b"x"))
        await client.serve()

    async with fake_server(handle) as fake:
        source = nats_source(fake.url, conversations=[A])
        async with running(source) as seen:
            await seen.until_live()
            await source.watch(B)
            await seen.until(lambda: seen.newest.reconnects == 1 and seen.payloads(A))


async def test_it_stops_at_once_at_whatever_moment_of_connecting_it_is_told_to() -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        await asyncio.Event().wait()

    async with fake_server(handle) as fake:
        for moment in range(60):
            connecting = asyncio.create_task(nats_source(fake.url).run(Recorder()))
            for _ in range(moment):
                await asyncio.sleep(0)
            connecting.cancel()
            done, _ = await asyncio.wait([connecting], timeout=PATIENCE)
            assert done, f"told to after {moment} turns of the loop, it went on"


async def test_a_server_that_reads_nothing_does_not_keep_us_from_stopping() -> None:
    async def handle(client: Client) -> None:
        await client.greet()
        await asyncio.Event().wait()

    many = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(100_000)]
    async with fake_server(handle) as fake, running(nats_source(fake.url, conversations=many)):
        await fake.reaches(1)  # and `running` sees to it that it stops
