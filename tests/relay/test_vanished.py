"""A viewer whose machine or network is gone without a word: nothing arrives from it any more, no goodbye, no reset.

The network is cut by a packet filter on the viewer's own socket, which the kernel lets everybody attach: segments that
come in are dropped before TCP sees them, so nothing is acknowledged, as if the cable had been pulled.

How long it takes is counted in turns of the fan-out's clock, of which a keep-alive has a certain number: a machine that
has something else to do takes longer for each.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections import Counter
from typing import Any

import pytest

from chatwatch_tui.relay.viewer import TICKS_PER_KEEP_ALIVE, Viewer
from tests.broker import RealBroker
from tests.relay.serving import RawViewer, Served, requesting, serving, watching
from tests.sources.harness import A, B, chunk, publisher

KEEP_ALIVE = 3.0
"""Seconds: the shortest for which this is promised."""
SO_ATTACH_FILTER = 26
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""The classic BPF program `ret 0`: keep 0 bytes of the segment."""
TOKEN = b'{"chunk_type":"token","content":"x"}'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="packet filters on sockets and TCP_INFO are Linux's")


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Counter[Viewer]:
    """How often the clock has looked at each viewer."""
    counted: Counter[Viewer] = Counter()
    tick = Viewer.tick

    def counting(viewer: Viewer, *arguments: Any) -> None:
        counted[viewer] += 1
        tick(viewer, *arguments)

    monkeypatch.setattr(Viewer, "tick", counting)
    return counted


def vanish(viewer: RawViewer) -> None:
    """Cut the viewer off from the network."""
    sock: socket.socket = viewer.writer.get_extra_info("socket")
    program = ctypes.create_string_buffer(DROP_ALL)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxP", 1, ctypes.addressof(program)))
    except OSError as problem:
        pytest.skip(f"the kernel takes no packet filter: {problem}")


async def is_freed(served: Served, ticks: Counter[Viewer]) -> None:
    """One viewer only is left, before the clock has gone round once."""
    before = turns(ticks)
    await served.until(lambda: served.fanout.viewer_count == 1)
    assert turns(ticks) - before <= TICKS_PER_KEEP_ALIVE


def turns(ticks: Counter[Viewer]) -> int:
    """Of the clock, since the first viewer came: which stays."""
    return max(ticks.values(), default=0)


async def test_while_nothing_is_said(broker: RealBroker, ticks: Counter[Viewer]) -> None:
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served) as other, watching(served) as viewer:
            vanish(viewer)
            await is_freed(served, ticks)
            assert other.events == []


async def test_shortly_before_a_comment_is_due(broker: RealBroker, ticks: Counter[Viewer]) -> None:
    """The comment goes out and is not acknowledged: that must not begin the waiting anew."""
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served, B), watching(served) as viewer:
            [watched] = [each for each in served.fanout.viewers() if each.conversation_id == A]
            await served.until(lambda: watched.silent_ticks == 13)
            vanish(viewer)
            await is_freed(served, ticks)


async def test_while_events_flow(broker: RealBroker, ticks: Counter[Viewer]) -> None:
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served) as other, watching(served) as viewer, publisher(broker) as out:
            vanish(viewer)
            before, sent = turns(ticks), 0
            while served.fanout.viewer_count == 2:
                out.publish(chunk(A), TOKEN)
                sent += 1
                await other.until_events(sent)
            assert turns(ticks) - before <= TICKS_PER_KEEP_ALIVE
            assert other.notices == []


async def test_who_only_reads_nothing_is_not_taken_for_gone(broker: RealBroker) -> None:
    """Its machine answers that there is no room: a slow viewer, which has until the send time-out."""
    large = b'{"chunk_type":"token","content":"%b"}' % (b"x" * 30_000)
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with (
            watching(served) as other,
            requesting(served, receive_buffer=4_096) as stopped,
            publisher(broker) as out,
        ):
            await stopped.read_head()
            sent = 0
            while not served.fanout.account.dropped:
                out.publish(chunk(A), large)
                sent += 1
                await other.until_events(sent)
            comments = len(other.blocks)
            await other.until(lambda: len(other.blocks) == comments + 2)
            assert other.blocks[-2:] == [b": keep-alive"] * 2
            assert served.fanout.viewer_count == 2
