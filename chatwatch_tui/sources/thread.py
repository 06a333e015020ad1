"""The sources' thread: an event loop of its own, so that a stalled screen never stops the reading.

A source that fails unexpectedly is a bug, and neither its neighbours nor the operator pay for it: it is started again
with growing waits, and its status says what happened. The thread is a daemon: it cannot keep the program alive.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.sources.base import Backoff, Sink, Source

STOP_WITHIN = 3.0


class SourcesThread:
    """Runs sources until `stop`."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._requests: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._stopping = False
        self.failures: list[str] = []
        """What no source should ever raise, newest last; for the log."""

    def begin(self, sink: Sink) -> None:
        """Start delivering into the sink."""
        self._thread = threading.Thread(target=self._run, args=(sink,), name="chatwatch-sources", daemon=True)
        self._thread.start()

    def watch(self, source: str, conversation_id: str) -> None:
        """Ask a source for one more conversation. From any thread."""
        asked = self._sources[source]
        self._call(lambda: asked.watch(conversation_id))

    def unwatch(self, source: str, conversation_id: str) -> None:
        """Let a source stop delivering one. From any thread."""
        asked = self._sources[source]
        self._call(lambda: asked.unwatch(conversation_id))

    def stop(self, timeout: float = STOP_WITHIN) -> None:
        """End all sources; returns when they are down or the time is over."""
        thread = self._thread
        if thread is None or not self._started.wait(timeout):
            return
        self._in_loop(self._cancel)
        if thread is not threading.current_thread():
            thread.join(timeout)

    # -- in the thread ---------------------------------------------------------------------------------------------

    def _run(self, sink: Sink) -> None:
        asyncio.run(self._main(sink))

    async def _main(self, sink: Sink) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks = [
            asyncio.create_task(self._supervise(source, sink), name=f"source {source.name}")
            for source in self._sources.values()
        ]
        self._started.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _supervise(self, source: Source, sink: Sink) -> None:
        backoff = Backoff(first=1.0, longest=30.0)
        while True:
            since = time.monotonic()
            try:
                await source.run(sink)
                words = "ended by itself"
            except asyncio.CancelledError:
                sink.status(SourceStatus(source.name, LinkState.CLOSED, time.monotonic()))
                raise
            except Exception as problem:  # a bug of ours must not end the session
                words = f"internal failure: {type(problem).__name__}: {problem}"
            self.failures.append(f"{source.name}: {words}")
            if self._stopping:
                sink.status(SourceStatus(source.name, LinkState.CLOSED, time.monotonic()))
                return
            sink.status(SourceStatus(source.name, LinkState.RECONNECTING, since, detail=words, attempt=backoff.attempt))
            await asyncio.sleep(backoff.next())

    def _cancel(self) -> None:
        self._stopping = True  # a source that turns its cancellation into something else is not started again
        for task in self._tasks:
            task.cancel()

    def _call(self, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Right after `begin` it waits for the loop: what is asked for must not get lost, nor fail unseen."""

        def begin() -> None:
            request = asyncio.ensure_future(make())
            self._requests.add(request)
            request.add_done_callback(self._answered)

        if self._thread is not None and self._started.wait(STOP_WITHIN):
            self._in_loop(begin)

    def _answered(self, request: asyncio.Task[None]) -> None:
        self._requests.discard(request)
        if not request.cancelled() and (problem := request.exception()) is not None:
            self.failures.append(f"{type(problem).__name__}: {problem}")

    def _in_loop(self, callback: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(callback)
            except RuntimeError:  # closed in between
                pass
