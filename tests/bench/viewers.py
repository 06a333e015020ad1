"""Many viewers of one stream, in a process of its own: raw sockets and epoll, so that they cost little themselves.

Usage: python -m tests.bench.viewers '{"port": P, "path": "/…", "viewers": N, "events": E, "stopped": S, "within": T}'
Says `ready` on stdout when every viewer has got its `:ok`, and at the end one JSON line. Events are told apart by a
`"seq":N` in them and their delay by a `"sent":T` (nanoseconds of the monotonic clock, which processes of one machine
share); an event without them is one of a constant frame and only counted. The first S viewers stop reading at `ready`.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from array import array
from typing import Any

SEQ = re.compile(rb'"seq":(\d+),"sent":(\d+)')
FRAME_END = b"\n\n"
NOTICE = b'data: {"event":"error","data":"'


class Viewer:
    """One connection."""

    def __init__(self, port: int, path: str, *, stopped: bool) -> None:
        self.socket = socket.socket()
        if stopped:  # so that the kernel does not read on in its place
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.socket.setblocking(False)
        self.stopped = stopped
        self.rest = b""
        self.events = 0
        self.next = 0
        self.in_order = True
        self.notices = 0

    def take(self, delays: array[float]) -> bool:
        """Read once; whether the stream goes on."""
        read = self.socket.recv(262_144)
        now = time.monotonic_ns()
        data = self.rest + read
        end = data.rfind(FRAME_END) + 2
        whole, self.rest = data[:end], data[end:]
        numbered = SEQ.findall(whole)
        for seq, sent in numbered:
            number = int(seq)
            self.in_order &= number == self.next
            self.next = number + 1
            delays.append((now - int(sent)) / 1e6)
        if not numbered:
            self.events += whole.count(b"data: ")
        self.events += len(numbered)
        if NOTICE in whole:
            self.notices += 1
        return bool(read)


def until_ok(viewers: list[Viewer]) -> None:
    """Everybody has got the first bytes, and nothing else."""
    for viewer in viewers:
        viewer.socket.setblocking(True)
        head = b""
        while b":ok\n\n" not in head:
            read = viewer.socket.recv(4_096)
            assert read, f"refused: {head[:200]!r}"
            head += read
        viewer.socket.setblocking(False)
        viewer.rest = head.partition(b":ok\n\n")[2]


everybody: list[Viewer] = []
"""Kept to the end of the process, or their connections would close with the measuring."""


def main(port: int, path: str, viewers: int, events: int, stopped: int = 0, within: float = 60.0) -> dict[str, Any]:
    """Watch until everybody who reads has everything, or the time is over."""
    everybody.extend(Viewer(port, path, stopped=number < stopped) for number in range(viewers))
    until_ok(everybody)
    print("ready", flush=True)
    reading = {viewer.socket.fileno(): viewer for viewer in everybody if not viewer.stopped}
    poll = select.epoll()
    for number in reading:
        poll.register(number, select.EPOLLIN)
    delays: array[float] = array("f")
    waiting = len(reading)
    deadline = time.monotonic() + within
    while waiting and time.monotonic() < deadline:
        for number, _ in poll.poll(1.0):
            viewer = reading[number]
            if not viewer.take(delays) or viewer.events >= events:
                poll.unregister(number)
                waiting -= 1
    found = sorted(delays)
    return {
        "complete": sum(viewer.events == events and viewer.in_order for viewer in reading.values()),
        "events": sum(viewer.events for viewer in reading.values()),
        "notices": sum(viewer.notices for viewer in reading.values()),
        "p50": found[len(found) // 2] if found else 0.0,
        "p99": found[len(found) * 99 // 100] if found else 0.0,
        "worst": found[-1] if found else 0.0,
    }


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))), flush=True)
    sys.stdin.read()  # the connections stay until whoever measures has looked at the endpoint
