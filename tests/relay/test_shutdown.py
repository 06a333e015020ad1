"""The endpoint as a process: its start in words, its log, and its end within the bound whatever hangs."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.relay.link_log import MAX_REASONS, LinkLog
from chatwatch_tui.relay.run import RelayError, listen, run_relay
from chatwatch_tui.relay.settings import RelaySettings
from tests.broker import RealBroker
from tests.relay.serving import FakeGate, watch_path
from tests.sources.harness import PATIENCE

PROGRAM = """
import asyncio, sys
from chatwatch_tui.relay.access import Verdict
from chatwatch_tui.relay.run import run_relay
from chatwatch_tui.relay.settings import RelaySettings

class Gate:
    async def check(self, caller, conversation_id, *, fresh=False):
        return Verdict.ALLOWED
    async def close(self):
        if "hanging gate" in sys.argv:
            await asyncio.Event().wait()

sys.exit(run_relay(RelaySettings(port=0, servers=(sys.argv[1],)), Gate()))
"""


class Process:
    """A running endpoint; `logged` is what it said so far."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stderr=subprocess.PIPE, text=True)
        self.logged: list[dict[str, Any]] = []
        self.port: int = self.until_logged("listening")["port"]

    def until_logged(self, event: str) -> dict[str, Any]:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.logged.append(json.loads(line))
            if self.logged[-1]["event"] == event:
                return self.logged[-1]
        raise AssertionError(f"ended without {event!r}: {self.logged}")

    def stop(self, number: int) -> int:
        """Its exit code; it ends by itself, or the test fails."""
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE)
        assert self._process.stderr is not None
        self.logged += [json.loads(line) for line in self._process.stderr]
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextmanager
def endpoint(*arguments: str) -> Iterator[Process]:
    process = Process(*arguments)
    try:
        yield process
    finally:
        process.close()


def stream(process: Process) -> socket.socket:
    """A viewer who has got `:ok`."""
    viewer = socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
    viewer.sendall(f"GET {watch_path()} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
    received = b""
    while not received.endswith(b"5\r\n:ok\n\n\r\n"):
        received += viewer.recv(4_096)
    return viewer


def rest_of(viewer: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    with viewer:
        while piece := viewer.recv(4_096):
            received += piece
    return received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_get_an_end_and_the_process_goes(broker: RealBroker, number: int) -> None:
    with endpoint(broker.url) as process:
        viewers = [stream(process) for _ in range(3)]
        assert process.stop(number) == 0
        assert [rest_of(viewer) for viewer in viewers] == [b"0\r\n\r\n"] * 3, "HTTP's proper end"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
        why = [entry["why"] for entry in process.logged if entry["event"] == "viewer left"]
        assert why == ["shutdown"] * 3
        assert process.logged[-1]["event"] == "stopped"


def test_whatever_hangs_the_process_goes_in_time(broker: RealBroker) -> None:
    with endpoint(broker.url, "hanging gate") as process:
        idle = socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
        half = socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        viewer = stream(process)
        broker.freeze()
        asking = socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)
        other = watch_path("00000009-0000-4000-8000-000000000009")
        asking.sendall(f"GET {other} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        assert asking.recv(4_096).startswith(b"HTTP/1.1 200")
        process.stop(signal.SIGTERM)
        broker.thaw()
        assert rest_of(viewer) == b"0\r\n\r\n"
        for connection in (idle, half, asking):
            connection.close()


def test_the_log_is_json_and_names_the_port(broker: RealBroker) -> None:
    with endpoint(broker.url) as process:
        process.stop(signal.SIGTERM)
        assert all({"time", "level", "event"} <= entry.keys() for entry in process.logged)
        link = next(entry for entry in process.logged if entry["event"] == "link up")
        assert link["server"] == broker.url.removeprefix("nats://")


def test_a_port_in_use_is_said_in_plain_words() -> None:
    with listen("127.0.0.1", 0) as taken:
        settings = RelaySettings(port=taken.getsockname()[1])
        with pytest.raises(RelayError, match=r"cannot listen on 127\.0\.0\.1:\d+: the port is in use"):
            run_relay(settings, FakeGate())


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("192.0.2.1", 0, "this machine does not have that address"),
        ("no such host", 0, "'no such host' is not an address to listen on"),
        ("x" * 300, 0, "is not an address to listen on"),
        ("127.0.0.1", 70_000, "ports go from 0 to 65535"),
    ],
)
def test_an_address_that_is_none_is_said_in_plain_words(host: str, port: int, words: str) -> None:
    with pytest.raises(RelayError, match=words):
        listen(host, port)


def test_a_server_address_that_is_none_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(RelayError, match="a server address looks like"):
        run_relay(RelaySettings(servers=("http://127.0.0.1",)), FakeGate())


def test_it_listens_on_ipv6_too() -> None:
    try:
        listener = listen("::1", 0)
    except RelayError:
        pytest.fail("this machine has no IPv6 loopback")
    with listener:
        assert listener.family == socket.AF_INET6


# -- what it says of the link ------------------------------------------------------------------------------------------


def test_the_log_says_that_nats_is_not_there_when_it_is_when_it_is_lost_and_when_it_is_back(tmp_path: Path) -> None:
    with RealBroker(tmp_path, started=False) as broker, endpoint(broker.url) as process:
        where = f"127.0.0.1:{broker.port}"
        missing = next(entry for entry in process.logged if entry["event"] != "listening")
        assert (missing["event"], missing["level"], missing["server"]) == ("no link", "warning", where)
        assert missing["why"] == f"connection refused by {where}"
        broker.start()
        assert process.until_logged("link up")["server"] == where
        broker.kill()
        lost = process.until_logged("link lost")
        assert (lost["level"], lost["server"], lost["why"]) == ("warning", where, "the server closed the connection")
        assert process.until_logged("no link")["why"] == f"connection refused by {where}"
        broker.start()
        assert process.until_logged("link back")["seconds"] > 0
        said = [entry["event"] for entry in process.logged if "link" in entry["event"]]
        assert said == ["no link", "link up", "link lost", "no link", "link back"], "each once, however many attempts"
        assert process.stop(signal.SIGTERM) == 0


def test_a_permission_that_is_missing_and_reasons_without_end_are_said_within_bounds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    link_log = LinkLog()
    status = SourceStatus("nats", LinkState.CONNECTING, since=0.0, server="a:4222")
    link_log.note(status)
    for reason in ("refused", "timed out", "refused", *(f"number {n}" for n in range(1_000))):
        link_log.note(msgspec.structs.replace(status, detail=reason))
    assert len(caplog.messages) == MAX_REASONS
    forbidden = msgspec.structs.replace(status, state=LinkState.FORBIDDEN, detail="not chat.chunk.x")
    for _ in range(3):
        link_log.note(forbidden)
    link_log.note(msgspec.structs.replace(status, state=LinkState.LIVE))
    assert caplog.messages[MAX_REASONS:] == ["link up", "link restricted"]
