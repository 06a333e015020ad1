"""A real uvicorn server whose watch endpoint a test drives byte by byte, and a source that watches it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from chatwatch_tui.core.events import SourceStatus
from chatwatch_tui.sources.base import Backoff
from chatwatch_tui.sources.sse import SseSource
from chatwatch_tui.sources.sse_signin import SseSignIn
from chatwatch_tui.sources.sse_waits import SseWaits
from tests.sources.harness import NAME, PATIENCE, A, Recorder, running

OK = b":ok\n\n"
STREAM = ((b"content-type", b"text/event-stream"),)
Headers = tuple[tuple[bytes, bytes], ...]
Message = MutableMapping[str, Any]


class Answer:
    """How a request is answered: status and headers, first bytes, and whether the stream then stays open."""

    def __init__(self, status: int = 200, headers: Headers = STREAM, first: bytes = OK, *, stays: bool = True) -> None:
        self.status = status
        self.headers = headers
        self.first = first
        self.stays = stays and status == 200


class Asked:
    """One request, and its stream while it is open."""

    def __init__(self, scope: Message, loop: asyncio.AbstractEventLoop) -> None:
        self.path: str = scope["raw_path"].decode() + ("?" + scope["query_string"].decode()).rstrip("?")
        self.headers: dict[str, str] = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.http_version: str = scope["http_version"]
        self.at = time.monotonic()
        self.gone = threading.Event()
        """The viewer went away, or the stream ended."""
        self._loop = loop
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    @property
    def id(self) -> str:
        return self.path.split("/")[-2]

    def send(self, frame: bytes) -> None:
        """One ASGI message, so one chunk of HTTP. From any thread."""
        self._loop.call_soon_threadsafe(self._frames.put_nowait, frame)

    def end(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._frames.put_nowait, None)

    async def serve(self, answer: Answer, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        headers = list(answer.headers)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.first, "more_body": answer.stays})
        watcher = asyncio.ensure_future(self._until_gone(receive))
        try:
            while answer.stays and (frame := await self._frames.get()) is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            if answer.stays and not self.gone.is_set():
                await send({"type": "http.response.body", "body": b""})
        finally:
            watcher.cancel()
            self.gone.set()

    async def _until_gone(self, receive: Callable[[], Awaitable[Message]]) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone.set()
        self._frames.put_nowait(None)


class Service:
    """The endpoint. `answers` are used up one a request, then `answer`; by conversation where its id is a key."""

    def __init__(self, port: int = 0, tls: dict[str, Any] | None = None) -> None:
        self.answer: Callable[[Asked], Answer] = lambda asked: Answer()
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self._port = port
        self._tls = tls or {}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def where(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.where}"

    @property
    def open(self) -> list[Asked]:
        """Streams that are open."""
        return [asked for asked in self.asked if not asked.gone.is_set()]

    def of(self, conversation: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.id == conversation]

    def newest(self, conversation: str) -> Asked:
        return self.of(conversation)[-1]

    def clear(self) -> None:
        """As new, for the next test."""
        for asked in self.open:
            asked.end()
        self.asked, self.answers, self.answer = [], [], lambda asked: Answer()

    def start(self) -> None:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            interface="asgi3",
            date_header=False,
            timeout_graceful_shutdown=1,
            **self._tls,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._server.started:
            assert self._thread.is_alive(), "uvicorn did not start"
            assert time.monotonic() < deadline, "uvicorn does not come up"
            time.sleep(0.005)

    def stop(self) -> None:
        """Streams get an orderly end, and nobody listens any more."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        for asked in self.open:
            asked.end()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self._server = None

    async def _app(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        asked = Asked(scope, asyncio.get_running_loop())
        answer = self.answers.pop(0) if self.answers else self.answer(asked)
        self.asked.append(asked)
        await asked.serve(answer, receive, send)


@contextmanager
def serving(**options: Any) -> Iterator[Service]:
    service = Service(**options)
    service.start()
    try:
        yield service
    finally:
        service.stop()


def sse_source(url: str, *conversations: str, signin: SseSignIn | None = None, **options: Any) -> SseSource:
    """A source that tries again soon. `options` are those of the source and of its waits."""
    given = {name: options.pop(name) for name in SseWaits.__struct_fields__ if name in options}
    options["waits"] = SseWaits(**{"refused_wait": 0.2} | given)
    options.setdefault("backoff", lambda: Backoff(first=0.02, longest=0.1))
    return SseSource(NAME, url, signin, conversations=conversations, **options)


@asynccontextmanager
async def watched(service: Service, *conversations: str, **options: Any) -> AsyncIterator[Recorder]:
    """A source that is live on this service."""
    async with running(sse_source(service.url, *conversations, **options)) as seen:
        await seen.until_live()
        yield seen


async def until(condition: Callable[[], object]) -> None:
    """For what happens on the server's side, where nothing tells the source's loop."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - it is another thread that changes it
            await asyncio.sleep(0.005)


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def frame(type_: str, payload: bytes) -> bytes:
    """As the endpoint sends it."""
    return b'data: {"event":"%b","data":%b}\n\n' % (type_.encode(), payload)


def said(words: str) -> bytes:
    """A notice of the endpoint's own."""
    return frame("error", json.dumps(words).encode())


def token(text: str) -> bytes:
    return b'{"chunk_type":"token","content":"%b"}' % text.encode()


async def first_trouble(url: str, signin: SseSignIn | None = None, **options: Any) -> SourceStatus:
    """What is said of the first attempt that failed."""
    async with running(sse_source(url, A, signin=signin, **options)) as seen:
        await seen.until(lambda: seen.newest.retry_at is not None)
        return seen.newest
