"""A viewer whose machine or network is gone without a word: nothing arrives from it any more, no goodbye, no reset.

The network is cut by a packet filter on the viewer's own socket, which the kernel lets everybody attach: segments that
come in are dropped before TCP sees them, so nothing is acknowledged, as if the cable had been pulled.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
import time

import pytest

from tests.broker import RealBroker
from tests.relay.serving import RawViewer, Served, requesting, serving, watching
from tests.sources.harness import A, B, chunk, publisher

KEEP_ALIVE = 6.0
SO_ATTACH_FILTER = 26
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""The classic BPF program `ret 0`: keep 0 bytes of the segment."""
TOKEN = b'{"chunk_type":"token","content":"x"}'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="packet filters on sockets and TCP_INFO are Linux's")


def vanish(viewer: RawViewer) -> float:
    """Cut the viewer off from the network; when that was."""
    sock: socket.socket = viewer.writer.get_extra_info("socket")
    program = ctypes.create_string_buffer(DROP_ALL)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxP", 1, ctypes.addressof(program)))
    except OSError as problem:
        pytest.skip(f"the kernel takes no packet filter: {problem}")
    return time.monotonic()


async def freed_after(served: Served, since: float) -> float:
    """Seconds until one viewer only is left."""
    await served.until(lambda: served.fanout.viewer_count == 1)
    return time.monotonic() - since


async def test_while_nothing_is_said(broker: RealBroker) -> None:
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served) as other, watching(served) as viewer:
            assert await freed_after(served, vanish(viewer)) <= KEEP_ALIVE
            assert other.events == []


async def test_shortly_before_a_comment_is_due(broker: RealBroker) -> None:
    """The comment goes out and is not acknowledged: that must not begin the waiting anew."""
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served, B), watching(served) as viewer:
            [watched] = [each for each in served.fanout.viewers() if each.conversation_id == A]
            await served.until(lambda: watched.silent_ticks == 13)
            assert await freed_after(served, vanish(viewer)) <= KEEP_ALIVE


async def test_while_events_flow(broker: RealBroker) -> None:
    with serving(broker.url, keep_alive=KEEP_ALIVE) as served:
        async with watching(served) as other, watching(served) as viewer, publisher(broker) as out:
            since = vanish(viewer)
            sent = 0
            while served.fanout.viewer_count == 2:
                out.publish(chunk(A), TOKEN)
                sent += 1
                await other.until_events(sent)
            assert time.monotonic() - since <= KEEP_ALIVE + 1.0  # of which the machine may take some
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
