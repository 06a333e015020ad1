"""The watch endpoint under load: many viewers, a stopped one, thousands that vanish, and a dashboard behind it.

Endpoint, viewers and nats-server are processes of their own; what they cost is read from /proc, so this runs on Linux
only. Each function measures once; the bench lets what is compared take turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats

from chatwatch_tui.demo.broker import Broker
from chatwatch_tui.relay.frames import chunk_frame
from tests.bench import measure
from tests.bench.measure import GIVE_UP, SETTLE, Load, Outcome, Tmux, conversation_ids, scratch_home, usage
from tests.broker import free_port
from tests.relay.serving import MonitoredBroker

WATCH = "/api/ai/conversations/{}/watch"
VANISHING_AT_ONCE = 50
LARGE = 50_000
"""Bytes of an event whose waiting shows in the memory."""


@dataclass(frozen=True)
class Crowd:
    """Many viewers of one conversation."""

    viewers: int = 300
    rate: float = 100.0
    seconds: float = 20.0
    stopped: int = 0
    """Of the viewers, so many do not read."""
    pad: int = 60
    """Bytes of text in an event."""

    @property
    def events(self) -> int:
        """How many are published."""
        return max(1, int(self.rate * self.seconds))


@dataclass
class Watched:
    """What came of it."""

    complete: int
    """Viewers that got every event, in order."""
    cpu_us: float
    """CPU microseconds of the server per event and viewer."""
    p99: float = 0.0
    """Milliseconds from publish to receipt."""
    subscriptions: int = 0
    queue: int = 0
    """Events that waited for the slowest viewer in the end."""
    dropped: int = 0
    grew_mb: float = 0.0


class Server:
    """A server program that listens on a port of its own."""

    def __init__(self, *command: str, port: int, env: dict[str, str] | None = None) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._listens, "the server")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def _listens(self) -> bool:
        assert self._process.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def text(self, path: str) -> str:
        """What it answers."""
        return httpx.get(self.url + path, timeout=GIVE_UP).text

    def figure(self, name: str) -> float:
        """A figure of `/metrics`."""
        lines = self.text("/metrics").splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"chatwatch_{name} "))

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._process.terminate()
        self._process.wait(timeout=GIVE_UP)


@contextmanager
def running(*command: str, port: int) -> Iterator[Server]:
    """The program runs until the end of the block, with nobody's settings."""
    with scratch_home() as (_, env):
        server = Server(*command, port=port, env=env)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def endpoint(nats_url: str) -> Iterator[Server]:
    """`chatwatch serve`."""
    port = free_port()
    with running(
        sys.executable, "-m", "chatwatch_tui", "serve", "--port", str(port), "--server", nats_url, port=port
    ) as server:
        until(lambda: httpx.get(server.url + "/readyz").status_code == 200, "the link to NATS")
        yield server


def until(condition: Any, what: str, within: float = 30.0) -> None:
    """Wait for it."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


@contextmanager
def broker() -> Iterator[MonitoredBroker]:
    """A nats-server."""
    with scratch_home() as (home, _), MonitoredBroker(home / "nats") as started:
        yield started


# -- many viewers, and a stopped one -------------------------------------------------------------------------------


@contextmanager
def watching(server: Server, path: str, crowd: Crowd) -> Iterator[subprocess.Popen[str]]:
    """The viewers' process, from everybody's first byte on."""
    asked = {
        "port": server.port,
        "path": path,
        "viewers": crowd.viewers,
        "events": crowd.events,
        "stopped": crowd.stopped,
        "within": GIVE_UP + crowd.seconds,
    }
    command = [sys.executable, "-m", "tests.bench.viewers", json.dumps(asked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "not every viewer was let in"
            yield process
        finally:
            process.kill()


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the viewers say in the end."""
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def event(number: int, crowd: Crowd) -> bytes:
    """The payload of one chunk."""
    text = b"x" * crowd.pad
    return b'{"chunk_type":"token","seq":%d,"sent":%d,"content":"%b"}' % (number, time.monotonic_ns(), text)


async def publish(url: str, conversation: str, crowd: Crowd) -> None:
    """The events, each at its time, with that time in it."""
    client = await nats.connect(url)
    started = time.monotonic()
    for number in range(crowd.events):
        if (ahead := started + number / crowd.rate - time.monotonic()) > 0:
            await asyncio.sleep(ahead)
        await client.publish(f"chat.chunk.{conversation}", event(number, crowd))
        await client.flush()
    await client.close()


def watched(crowd: Crowd) -> Watched:
    """The endpoint, its viewers and the events."""
    conversation = conversation_ids(1)[0]
    with broker() as bus, endpoint(bus.url) as server, watching(server, WATCH.format(conversation), crowd) as viewers:
        subscriptions = len(bus.subscriptions())
        cpu, resident = usage(server.pid)
        asyncio.run(publish(bus.url, conversation, crowd))
        found = result(viewers)
        cpu_after, resident_after = usage(server.pid)
        return Watched(
            complete=found["complete"],
            cpu_us=(cpu_after - cpu) / (crowd.events * crowd.viewers) * 1e6,
            p99=found["p99"],
            subscriptions=subscriptions,
            queue=int(server.figure("queue_depth_max")),
            dropped=int(server.figure("events_dropped_total")),
            grew_mb=resident_after - resident,
        )


def bare(crowd: Crowd, *, paced: bool = True) -> Watched:
    """The same from a bare Starlette, with a frame of about the same size."""
    port = free_port()
    rate = crowd.rate if paced else 0.0
    size = len(chunk_frame(event(1_000, crowd)))
    command = [sys.executable, "-m", "tests.bench.bare_stream", str(port), str(crowd.events), str(rate)]
    with running(*command, str(size), port=port) as server:
        cpu = usage(server.pid)[0]
        with watching(server, f"/stream?viewers={crowd.viewers}", crowd) as viewers:
            found = result(viewers)
            cpu_after = usage(server.pid)[0]
    return Watched(complete=found["complete"], cpu_us=(cpu_after - cpu) / (crowd.events * crowd.viewers) * 1e6)


def memory_of_stopped(events: int, *, stopped: int, size: int = LARGE) -> float:
    """MB by which the endpoint grows with one viewer who reads large events and, or not, one who stopped reading."""
    crowd = Crowd(viewers=1 + stopped, stopped=stopped, rate=200.0, seconds=events / 200.0, pad=size)
    found = watched(crowd)
    assert found.complete == 1, "the one who reads has lost something"
    return found.grew_mb


# -- vanishing -----------------------------------------------------------------------------------------------------


@dataclass
class Held:
    """What the endpoint holds."""

    descriptors: int
    threads: int
    tasks: int
    subscriptions: int
    resident_mb: float


def held(server: Server, bus: MonitoredBroker) -> Held:
    """What it holds now."""
    proc = Path(f"/proc/{server.pid}")
    tasks = int(server.text("/tasks"))
    return Held(
        descriptors=len(os.listdir(proc / "fd")),
        threads=len(os.listdir(proc / "task")),
        tasks=tasks,
        subscriptions=len(bus.subscriptions()),
        resident_mb=usage(server.pid)[1],
    )


def vanish(server: Server, count: int) -> None:
    """So many viewers come and are gone without a word: before the answer, after its first bytes, in turns."""
    ids = conversation_ids(count)
    for first in range(0, count, VANISHING_AT_ONCE):
        at_once: list[socket.socket] = []
        for number in range(first, min(first + VANISHING_AT_ONCE, count)):
            one = socket.create_connection(("127.0.0.1", server.port), timeout=GIVE_UP)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a goodbye
            path = WATCH.format(ids[0] if number % 4 == 0 else ids[number])
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            at_once.append(one)
        for number, one in enumerate(at_once):
            read = b""
            while number % 3 and b":ok" not in read:
                read += one.recv(4_096)
            one.close()


def vanished(count: int) -> tuple[Held, Held, float]:
    """Before and after so many vanished, and seconds until everything of them was gone."""
    port = free_port()
    with broker() as bus:
        command = [sys.executable, "-m", "tests.bench.counting_endpoint", str(port), bus.url]
        with running(*command, port=port) as server:
            vanish(server, max(VANISHING_AT_ONCE, count // 5))  # what is made once is made now
            until(lambda: nobody_is_left(server), "the end of the first viewers")
            time.sleep(0.2)  # the connections that asked for this are gone too
            before = held(server, bus)
            vanish(server, count)
            started = time.monotonic()
            until(lambda: nobody_is_left(server), "the end of the viewers")
            until(lambda: held(server, bus).descriptors <= before.descriptors, "the end of their connections")
            return before, held(server, bus), time.monotonic() - started


def nobody_is_left(server: Server) -> bool:
    """As the endpoint counts."""
    return server.figure("viewers") == 0 and server.figure("conversations") == 0


# -- the dashboard -------------------------------------------------------------------------------------------------


def dashboard(load: Load, *, over_sse: bool) -> Outcome:
    """`watch` over the endpoint, or over NATS itself beside it. The endpoint's own cost is not the dashboard's."""
    ids = conversation_ids(load.conversations)
    with scratch_home() as (home, env), Broker() as bus, endpoint(bus.url) as server:
        stats = home / "stats.json"
        source = f"--sse {server.url}" if over_sse else f"--server {bus.url}"
        command = f"{sys.executable} -m chatwatch_tui watch {source} --stats-json {stats} {' '.join(ids)}"
        tmux = Tmux(command, env)
        try:
            time.sleep(SETTLE)
            if over_sse:
                until(lambda: server.figure("conversations") == len(ids), "the dashboard's streams")
            outcome = measure._burst(tmux, bus.url, ids, load)
            outcome.stats = measure._account(tmux, stats, outcome.published)
            return outcome
        finally:
            tmux("kill-server")
