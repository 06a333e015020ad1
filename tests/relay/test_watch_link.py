"""What viewers are told when NATS is not there, goes away, comes back, or does not permit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatwatch_tui.core.events import GapCause
from chatwatch_tui.core.notices import LINK_LOST, gap_of
from tests.broker import RealBroker
from tests.relay.serving import RawViewer, requesting, serving, watch_path, watching
from tests.sources.harness import A, B, chunk, message, publisher

REFUSED_OR_ABSENT = b'data: {"event":"error","data":"%b"}\n\nretry: 5000\n\n'
ABSENT = REFUSED_OR_ABSENT % b"NATS not available"
REFUSED = REFUSED_OR_ABSENT % b"NATS does not permit the endpoint to subscribe to this conversation"


async def whole_answer(viewer: RawViewer) -> bytes:
    """To its end, which HTTP must say properly."""
    assert b" 200 " in await viewer.read_head()
    assert b"content-type: text/event-stream\r\n" in viewer.head
    return await viewer.until_end()


async def test_nats_absent_is_one_error_a_retry_and_the_end(tmp_path: Path) -> None:
    with RealBroker(tmp_path / "broker", started=False) as broker, serving(broker.url) as served:
        async with requesting(served) as viewer:
            assert await whole_answer(viewer) == ABSENT
        assert (served.get("/healthz").status_code, served.get("/readyz").status_code) == (200, 503)
        assert served.figure('refusals_total{reason="nats"}') == 1
        assert served.figure("nats_up") == 0
        broker.start()
        await served.until(lambda: served.get("/readyz").status_code == 200)
        async with watching(served) as viewer, publisher(broker) as out:
            out.publish(chunk(A), b"{}")
            await viewer.until_events(1)


async def test_nats_that_goes_away_while_it_is_asked_is_absent(broker: RealBroker) -> None:
    with serving(broker.url, patient=True) as served:
        broker.freeze()
        async with requesting(served) as viewer:
            await viewer.read_head()
            await served.until(lambda: served.fanout.viewer_count == 1)
            broker.kill()
            assert await viewer.until_end() == ABSENT
        await served.until(lambda: not served.fanout.conversations)


async def test_an_outage_midway_is_told_and_the_stream_goes_on(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served) as viewer, watching(served, B) as other:
            async with publisher(broker) as out:
                out.publish(chunk(A), b'{"chunk_type":"token","n":1}')
                await viewer.until_events(1)
            broker.kill()
            await viewer.until(lambda: LINK_LOST in viewer.notices)
            async with requesting(served, watch_path(B)) as newcomer:
                assert await whole_answer(newcomer) == ABSENT
            broker.start()
            await viewer.until(lambda: len(viewer.notices) == 2)
            async with publisher(broker) as out:
                out.publish(chunk(A), b'{"chunk_type":"token","n":2}')
                out.publish(message(A), b"{}")
                await viewer.until_events(5)
            assert [event["event"] for event in viewer.events] == ["token", "error", "error", "token", "message"]
            gap = gap_of(viewer.notices[1])
            assert gap is not None
            assert gap.cause is GapCause.RECONNECT
            assert gap.seconds is not None
            assert gap.seconds > 0
            await other.until(lambda: len(other.notices) == 2)
            assert other.notices == viewer.notices
        assert served.figure("nats_reconnects_total") == 1


async def test_every_outage_is_told_once(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served) as viewer:
            for outage in (1, 2):
                broker.kill()
                await viewer.until(lambda: len(viewer.notices) == 2 * outage - 1)  # noqa: B023
                broker.start()
                await viewer.until(lambda: len(viewer.notices) == 2 * outage)  # noqa: B023
            assert viewer.notices[0] == viewer.notices[2] == LINK_LOST
            assert served.figure("nats_reconnects_total") == 2


def permitting(*subjects: str) -> str:
    named = ", ".join(f'"{subject}"' for subject in subjects)
    return f"""authorization {{ users = [
        {{ user: relay, password: x, permissions: {{ subscribe: [{named}] }} }}
        {{ user: all, password: x }}
    ] }}"""


@pytest.mark.parametrize("allowed", [[chunk(A)], [message(A)], ["nothing"]])
async def test_a_refused_subscription_is_one_error_a_retry_and_the_end(tmp_path: Path, allowed: list[str]) -> None:
    config = permitting(*allowed, chunk(B), message(B))
    broker = RealBroker(tmp_path / "broker", config)
    with broker, serving(f"nats://relay:x@127.0.0.1:{broker.port}") as served:
        for _ in range(2):
            async with requesting(served) as one, requesting(served) as two:
                assert await whole_answer(one) == REFUSED
                assert await whole_answer(two) == REFUSED
        async with watching(served, B) as viewer, publisher(broker, user="all", **{"pass": "x"}) as out:
            out.publish(chunk(B), b"{}")
            await viewer.until_events(1)
        await served.until(lambda: not served.fanout.conversations)


async def test_a_permission_that_is_taken_away_ends_the_stream_with_a_word(tmp_path: Path) -> None:
    both = [chunk(A), message(A), chunk(B), message(B)]
    broker = RealBroker(tmp_path / "broker", permitting(*both))
    with broker, serving(f"nats://relay:x@127.0.0.1:{broker.port}") as served:
        async with watching(served) as viewer, watching(served, B) as other:
            broker.reload(permitting(*both[1:]))
            assert (await viewer.until_end()).endswith(REFUSED)
            async with publisher(broker, user="all", **{"pass": "x"}) as out:
                out.publish(chunk(B), b'{"chunk_type":"done"}')
                await other.until(lambda: other.events and other.events[-1]["event"] == "done")
        await served.until(lambda: not served.fanout.conversations)


async def test_a_viewer_who_leaves_while_nats_is_asked_leaves_nothing(broker: RealBroker) -> None:
    with serving(broker.url, patient=True) as served:
        broker.freeze()
        async with requesting(served) as viewer:
            await viewer.read_head()
            await served.until(lambda: served.fanout.viewer_count == 1)
        await asyncio.sleep(0)
        broker.thaw()
        await served.until(lambda: not served.fanout.viewer_count and not served.fanout.conversations)
        async with watching(served) as again, publisher(broker) as out:
            out.publish(chunk(A), b"{}")
            await again.until_events(1)
