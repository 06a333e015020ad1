"""Runs the endpoint in a thread as the command does, and viewers that see every byte of the answer."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from chatwatch_tui.relay.access import Caller, Verdict
from chatwatch_tui.relay.app import Endpoint, make_app
from chatwatch_tui.relay.run import RelayServer, listen
from chatwatch_tui.relay.session import SessionStore
from chatwatch_tui.relay.settings import RelaySettings
from tests.broker import RealBroker, free_port
from tests.sources.harness import PATIENCE, A


class FakeGate:
    """Says the same to everybody until told otherwise, and notes what it was asked."""

    def __init__(self, verdict: Verdict = Verdict.ALLOWED) -> None:
        self.verdict = verdict
        self.asked: list[tuple[Caller, str]] = []
        self.closed = False

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        self.asked.append((caller, conversation_id))
        return self.verdict

    async def close(self) -> None:
        self.closed = True


def watch_path(conversation: str = A) -> str:
    return f"/api/ai/conversations/{conversation}/watch"


class Served:
    """A running endpoint."""

    def __init__(self, server: RelayServer, endpoint: Endpoint, port: int) -> None:
        self._server = server
        self.endpoint = endpoint
        self.fanout = endpoint.fanout
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str = watch_path(), *, method: str = "GET", **options: Any) -> httpx.Response:
        """An answer that ends; not for streams that run."""
        return httpx.request(method, self.url + path, timeout=PATIENCE, **options)

    def figure(self, name: str) -> float:
        """A figure of `/metrics`."""
        lines = self.get("/metrics").text.splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"chatwatch_{name} "))

    def task_count(self) -> int:
        """Requests and connections that the server holds."""
        return len(self._server.server_state.tasks) + len(self._server.server_state.connections)

    def connections(self) -> list[Any]:
        """The server's side of each."""
        return list(self._server.server_state.connections)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that the server's thread does."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if condition():
                    return
            except RuntimeError:  # looked into a dictionary of the other thread's while it changed
                pass
            assert time.monotonic() < deadline, "did not come"
            await asyncio.sleep(0.005)


@contextmanager
def serving(
    *servers: str, gate: Any = None, sessions: SessionStore | None = None, patient: bool = False, **settings: Any
) -> Iterator[Served]:
    """The endpoint runs until the end of the block, and ends in time whatever it was doing.

    `patient`: it does not give a NATS server up that a test has frozen, however long the machine takes meanwhile.
    """
    made = RelaySettings(host="127.0.0.1", port=0, servers=servers, **settings)
    app = make_app(made, gate or FakeGate(), sessions=sessions)
    if patient:
        app.state.endpoint.fanout._bus._silent_after = 10 * PATIENCE
    listener = listen(made.host, made.port)
    port = listener.getsockname()[1]
    server = RelayServer(app, made)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive(), "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.005)
        yield Served(server, app.state.endpoint, port)
    finally:
        server.should_exit = True
        thread.join(made.shutdown + 2.0)
        assert not thread.is_alive(), "the server did not stop"


class RawViewer:
    """One request over a bare socket. What it collects is what the server wrote, without HTTP's own chunks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.head = b""
        self.body = bytearray()
        self.blocks: list[bytes] = []
        """Comments and events, each without its blank line."""
        self.events: list[dict[str, Any]] = []
        """The envelopes."""
        self._reader = reader

    @property
    def notices(self) -> list[str]:
        """What the endpoint itself said."""
        return [event["data"] for event in self.events if event["event"] == "error" and type(event["data"]) is str]

    async def read_head(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            self.head = await self._reader.readuntil(b"\r\n\r\n")
        return self.head

    async def read(self) -> bool:
        """One more of HTTP's chunks; False at its proper end."""
        async with asyncio.timeout(PATIENCE):
            size = int(await self._reader.readline(), 16)
            body = (await self._reader.readexactly(size + 2))[:-2]
        if not size:
            return False
        self.body += body
        *blocks, rest = body.split(b"\n\n")
        assert not rest, "an event in two pieces"
        self.blocks += blocks
        self.events += [json.loads(block[6:]) for block in blocks if block.startswith(b"data: ")]
        return True

    async def until(self, condition: Callable[[], object]) -> None:
        """Read until the condition holds."""
        while not condition():
            assert await self.read(), f"the stream ended: {self.body[-300:]!r}"

    async def until_events(self, count: int) -> None:
        await self.until(lambda: len(self.events) >= count)

    async def until_end(self) -> bytes:
        """Everything, to the proper end."""
        while await self.read():
            pass
        return bytes(self.body)


@asynccontextmanager
async def requesting(
    served: Served, path: str = watch_path(), *headers: str, receive_buffer: int = 0
) -> AsyncIterator[RawViewer]:
    """A request was sent; nothing is read yet."""
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", served.port))
    # With little room in the reader too, so that who does not read does not receive.
    reader, writer = await asyncio.open_connection(sock=sock, limit=receive_buffer or 2**24)
    try:
        lines = (f"GET {path} HTTP/1.1", "Host: test", *headers)
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        yield RawViewer(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def watching(served: Served, conversation: str = A, *headers: str) -> AsyncIterator[RawViewer]:
    """A viewer who has got `:ok`."""
    async with requesting(served, watch_path(conversation), *headers) as viewer:
        await viewer.read_head()
        await viewer.until(lambda: viewer.body.startswith(b":ok\n\n"))
        yield viewer


class MonitoredBroker(RealBroker):
    """Says which subscriptions it has."""

    def __init__(self, folder: Path) -> None:
        self._monitor = free_port()
        super().__init__(folder, f'http: "127.0.0.1:{self._monitor}"')

    def __enter__(self) -> MonitoredBroker:
        super().__enter__()
        return self

    def subscriptions(self) -> list[str]:
        """Of all clients."""
        answer = httpx.get(f"http://127.0.0.1:{self._monitor}/connz?subs=1", timeout=PATIENCE).json()
        return sorted(s for connection in answer["connections"] for s in connection.get("subscriptions_list", ()))
