"""A viewer who does not keep up loses its own oldest events and nobody else's; one who is gone is noticed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from chatwatch_tui.core.notices import gap_of
from tests.broker import RealBroker
from tests.relay.serving import MonitoredBroker, RawViewer, Served, requesting, serving, watching
from tests.sources.harness import A, Publisher, chunk, publisher

PADDING = b"x" * 30_000
"""So that the kernel's buffers are soon full."""


async def flood(out: Publisher, reading: RawViewer, served: Served, start: int, enough: int) -> int:
    """Publish from `start` on, no faster than `reading` reads, until so many events were dropped; the next number."""
    number = start
    while served.fanout.account.dropped < enough:
        for _ in range(20):
            out.publish(chunk(A), b'{"chunk_type":"token","seq":%d,"content":"%b"}' % (number, PADDING))
            number += 1
        await out.flush()
        await reading.until(lambda: len(reading.blocks) == number + 1)  # noqa: B023
    return number


def check_account(viewer: RawViewer, published: int) -> int:
    """Every hole has its notice, in its place and with its exact count; how many there are."""
    expected = holes = 0
    for event in viewer.events:
        if event["event"] == "error":
            gap = gap_of(event["data"])
            assert gap is not None
            assert gap.count is not None
            expected += gap.count
            holes += 1
        else:
            assert event["data"]["seq"] == expected
            expected += 1
    assert expected == published
    return holes


async def test_a_stopped_reader_loses_its_own_oldest_and_is_told_how_many(broker: RealBroker) -> None:
    with serving(broker.url, buffer=50) as served:
        async with (
            watching(served) as fast,
            requesting(served, receive_buffer=4_096) as slow,
            publisher(broker) as out,
        ):
            await slow.read_head()
            await slow.until(lambda: slow.body == b":ok\n\n")
            first = await flood(out, fast, served, 0, 70)
            assert served.figure("queue_depth_max") == 50
            assert served.figure("events_dropped_total") == served.fanout.account.dropped >= 70
            # It reads again, and stops again: two episodes, two notices.
            await slow.until(lambda: slow.events and slow.events[-1]["data"].get("seq") == first - 1)
            assert check_account(slow, first) == 1
            published = await flood(out, fast, served, first, served.fanout.account.dropped + 30)
            await slow.until(lambda: slow.events[-1]["data"].get("seq") == published - 1)
            assert check_account(slow, published) == 2
            assert [event["data"]["seq"] for event in fast.events] == list(range(published))
            assert fast.notices == []


async def test_a_viewer_who_takes_nothing_for_too_long_is_cut_off(broker: RealBroker) -> None:
    with serving(broker.url, keep_alive=1.5, send_timeout=0.5) as served:
        async with (
            watching(served) as fast,
            requesting(served, receive_buffer=4_096) as dead,
            publisher(broker) as out,
        ):
            await dead.read_head()
            number = 0
            while served.fanout.viewer_count == 2:
                out.publish(chunk(A), b'{"chunk_type":"token","seq":%d,"content":"%b"}' % (number, PADDING))
                number += 1
                await fast.until_events(number)
            assert fast.notices == []


async def test_viewers_who_vanish_are_freed(tmp_path: Path) -> None:
    with MonitoredBroker(tmp_path / "broker") as broker, serving(broker.url) as served:
        for abruptly in (True, False):
            async with AsyncExitStack() as stack:
                viewers = [await stack.enter_async_context(watching(served)) for _ in range(10)]
                assert served.fanout.viewer_count == 10
                for viewer in viewers:
                    viewer.writer.transport.abort() if abruptly else viewer.writer.close()
            await served.until(lambda: not served.fanout.viewer_count)
            await served.until(lambda: not broker.subscriptions())


async def test_vanishing_leaves_no_tasks_behind(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served):
            pass
        await served.until(lambda: not served.fanout.viewer_count)
        before = served.task_count()
        for _ in range(100):
            async with requesting(served):
                await asyncio.sleep(0)
        await served.until(lambda: not served.fanout.viewer_count and served.task_count() <= before)
