"""Through a SOCKS proxy: it works as without one, with TLS too, and what goes wrong is said with the proxy's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from chatwatch_tui.sources.nats_signin import NatsSignIn
from tests.broker import RealBroker, free_port
from tests.sources.harness import A, Pki, chunk, nats_source, publisher, running

OK, REFUSED_BY_RULES = 0, 2


class SocksProxy:
    """A SOCKS 5 proxy that wants a user and a password, and answers as it is told."""

    def __init__(self, answer: int = OK) -> None:
        self.port = 0
        self.asked_for: list[tuple[str, int]] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._handshake(reader, writer)
        writer.close()

    async def _handshake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user = await self._counted(reader)
        password = await self._counted(reader)
        writer.write(b"\x01\x00" if (user, password) == (b"ann", b"hunter2") else b"\x01\x01")
        _, _, _, kind = await reader.readexactly(4)
        host = ".".join(map(str, await reader.readexactly(4))) if kind == 1 else (await self._counted(reader)).decode()
        port = int.from_bytes(await reader.readexactly(2))
        self.asked_for.append((host, port))
        writer.write(bytes([5, self._answer, 0, 1, 0, 0, 0, 0, 0, 0]))
        if self._answer == OK:
            there, to_there = await asyncio.open_connection(host, port)
            await asyncio.wait(
                [asyncio.ensure_future(_pump(reader, to_there)), asyncio.ensure_future(_pump(there, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            to_there.close()

    @staticmethod
    async def _counted(reader: asyncio.StreamReader) -> bytes:
        return await reader.readexactly((await reader.readexactly(1))[0])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


@asynccontextmanager
async def proxy(answer: int = OK) -> AsyncIterator[SocksProxy]:
    made = SocksProxy(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def through(port: int, ca: Path | None = None) -> NatsSignIn:
    return NatsSignIn(socks_proxy=f"socks5://ann:hunter2@127.0.0.1:{port}", tls_ca=ca)


async def test_chunks_come_through_a_proxy(broker: RealBroker) -> None:
    async with proxy() as between:
        source = nats_source(broker.url, signin=through(between.port), conversations=[A])
        async with running(source) as seen:
            await seen.until_live()
            async with publisher(broker) as out:
                out.publish(chunk(A), b"x")
                await out.flush()
            await seen.until(lambda: seen.of(A) == [b"x"])
        assert between.asked_for == [("127.0.0.1", broker.port)]


async def test_tls_is_with_the_server_behind_the_proxy(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    with RealBroker(tmp_path, pki.config()) as broker:
        async with proxy() as between:
            source = nats_source(f"tls://127.0.0.1:{broker.port}", signin=through(between.port, pki.ca))
            async with running(source) as seen:
                await seen.until_live()


async def test_a_proxy_that_refuses_is_said(broker: RealBroker) -> None:
    async with (
        proxy(REFUSED_BY_RULES) as between,
        running(nats_source(broker.url, signin=through(between.port))) as seen,
    ):
        await seen.until_said(f"the SOCKS proxy 127.0.0.1:{between.port} does not connect us")
        assert not any("hunter2" in words for words in seen.words)


async def test_a_proxy_that_is_not_there_is_said(broker: RealBroker) -> None:
    port = free_port()
    async with running(nats_source(broker.url, signin=through(port))) as seen:
        await seen.until_said(f"the SOCKS proxy 127.0.0.1:{port} is not there")


@pytest.mark.parametrize("host", ["nowhere.invalid"])
async def test_the_proxy_is_asked_for_the_name_and_not_an_address(host: str) -> None:
    async with (
        proxy(REFUSED_BY_RULES) as between,
        running(nats_source(f"nats://{host}:4222", signin=through(between.port))) as seen,
    ):
        await seen.until(lambda: between.asked_for)
        assert between.asked_for[0] == (host, 4222)
