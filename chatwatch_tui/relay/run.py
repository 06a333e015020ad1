"""The endpoint as a process: uvicorn, run from here, and stopped within a bound.

Three things that uvicorn does not do. It waits for open streams without waking them: `RelayServer.shutdown` ends them
first. It dies of the signal that it was stopped with: here a clean end is exit code 0. It keeps a connection's
transport to itself: `StreamingProtocol` hands it to the stream as a `line`, and lets the kernel ask peers that are
silent whether they are still there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from chatwatch_tui.relay.access import Gate
from chatwatch_tui.relay.app import Endpoint, RetryAfter, make_app
from chatwatch_tui.relay.line import KEY as LINE
from chatwatch_tui.relay.line import TransportLine, probe_peer
from chatwatch_tui.relay.logs import log_to_stderr, say
from chatwatch_tui.relay.session import SessionStore
from chatwatch_tui.relay.settings import RelaySettings

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class RelayError(Exception):
    """The endpoint cannot run; `str()` is a sentence for the user."""


def run_relay(
    settings: RelaySettings,
    gate: Gate,
    *,
    sessions: SessionStore | None = None,
    retry_after: RetryAfter = lambda address: 60,
) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `sessions` and `retry_after` as for `make_app`.

    Raises:
        RelayError: it could not begin.
    """
    try:
        app = make_app(settings, gate, sessions=sessions, retry_after=retry_after)
    except ValueError as problem:
        raise RelayError(str(problem)) from None
    return run_app(app, settings)


def run_app(app: FastAPI, settings: RelaySettings) -> int:
    """Serve an application of `make_app`, to which routes may have been added.

    Raises:
        RelayError: it could not begin.
    """
    listener = listen(settings.host, settings.port)
    log_to_stderr()
    server = RelayServer(app, settings, on_shutdown=partial(_end_for_sure, settings.shutdown))
    try:
        server.run(sockets=[listener])
    except SystemExit:
        raise RelayError("the endpoint could not start; the log says why") from None
    finally:
        listener.close()
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound there.

    Raises:
        RelayError: it cannot be.
    """
    if not 0 <= port <= 65_535:  # the look-up would take it modulo 65536
        raise RelayError(f"cannot listen on port {port}: ports go from 0 to 65535")
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, protocol, _, address = found[0]
    except (OSError, UnicodeError):
        raise RelayError(f"{host!r} is not an address to listen on") from None
    # With the protocol's number: without it asyncio does not take its connections for TCP and leaves Nagle's algorithm
    # on, which keeps a small event back until the one before is acknowledged (measured: 44 ms an answer).
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()  # here already, for two programs may bind one port and only one may listen
    except OSError as problem:
        listener.close()
        raise RelayError(f"cannot listen on {host}:{port}: {_why_not(problem)}") from None
    return listener


def _why_not(problem: OSError) -> str:
    code = problem.errno
    if code == errno.EADDRINUSE:
        return "the port is in use, perhaps by another endpoint; choose one with --port"
    if code in (errno.EACCES, errno.EPERM):
        return "not permitted; ports below 1024 are for the administrator"
    if code == errno.EADDRNOTAVAIL:
        return "this machine does not have that address"
    return problem.strerror or str(problem)


class StreamingProtocol(H11Protocol):
    """A connection whose requests know their line (`request.state`), and whose dead peers show."""

    send_timeout = 30.0
    keep_alive = 15.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Called by the event loop."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, LINE: TransportLine(transport, self.flow)}
        if (sock := transport.get_extra_info("socket")) is not None:
            probe_peer(sock, self.keep_alive, self.send_timeout)


class RelayServer(uvicorn.Server):
    """uvicorn that ends streams before it waits for them."""

    def __init__(self, app: FastAPI, settings: RelaySettings, on_shutdown: Callable[[], None] = lambda: None) -> None:
        protocol = type(
            "Protocol",
            (StreamingProtocol,),
            {"send_timeout": settings.send_timeout, "keep_alive": settings.keep_alive},
        )
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_graceful_shutdown=1,
            )
        )
        endpoint: Endpoint = app.state.endpoint
        self._fanout = endpoint.fanout
        self._grace = 0.4 * settings.shutdown
        self._on_shutdown = on_shutdown

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn, and say where."""
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            say(log, "listening", host=host, port=port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """No new viewers, an end for the running ones, and a cut for those that do not take it."""
        say(log, "shutting down", viewers=self._fanout.viewer_count)
        self._on_shutdown()
        for server in self.servers:
            server.close()
        self._fanout.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._grace):
                await self._fanout.emptied()
        for viewer in list(self._fanout.viewers()):
            viewer.line.hang_up()
        await super().shutdown(sockets)
        say(log, "stopped")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn, but an end that was asked for is no death by signal. A second signal hurries."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called by the interpreter."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _end_for_sure(seconds: float) -> None:
    """Whatever hangs, a name look-up in its thread for one: the process is gone in time."""
    guard = threading.Timer(max(0.5, seconds - 0.2), os._exit, args=(1,))
    guard.daemon = True
    guard.start()
