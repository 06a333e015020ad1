"""The link is told as it is, comes back for ever, and every outage leaves exactly one mark per conversation."""

from __future__ import annotations

import asyncio
import inspect
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from chatwatch_tui.core.events import Delivery, Gap, GapCause, LinkState
from chatwatch_tui.sources.base import Inbox
from chatwatch_tui.sources.nats import NatsSource
from tests.broker import RealBroker, free_port
from tests.sources.harness import A, B, C, Recorder, chunk, message, nats_source, publisher, running, watching

DOWN = (LinkState.RECONNECTING, LinkState.CONNECTING, LinkState.REFUSED)


def host(broker: RealBroker) -> str:
    return f"127.0.0.1:{broker.port}"


async def publish(broker: RealBroker, conversation: str, *payloads: bytes) -> None:
    async with publisher(broker) as out:
        for payload in payloads:
            out.publish(chunk(conversation), payload)
        await out.flush()


async def test_a_server_that_is_not_there_yet_is_said_and_found_once_it_is(tmp_path: Path) -> None:
    with RealBroker(tmp_path, started=False) as broker:
        async with running(nats_source(broker.url)) as seen:
            await seen.until(lambda: len(seen.said) >= 4)
            assert seen.said[0][1].state is LinkState.CONNECTING
            assert {status.state for _, status in seen.said} == {LinkState.CONNECTING}
            assert set(seen.words[1:]) == {f"connection refused by {host(broker)}"}
            assert [status.attempt for _, status in seen.said[:4]] == [1, 1, 2, 2], "as it begins and as it fails"
            assert len({status.since for _, status in seen.said}) == 1
            await asyncio.to_thread(broker.start)
            live = await seen.until_live()
            assert (live.server, live.detail, live.attempt, live.reconnects) == (host(broker), "", 0, 0)
            await publish(broker, A, b"x")
            await seen.until(lambda: seen.of(A) == [b"x"])


@pytest.mark.parametrize("name", ["nowhere.invalid", "no..where", "x" * 100])
async def test_a_host_without_an_address_is_said(name: str) -> None:
    async with running(nats_source(f"nats://{name}:4222")) as seen:
        status = await seen.until_said(f"no address known for {name}:4222")
        assert status.state is LinkState.CONNECTING


async def test_a_killed_server_shows_at_once_and_leaves_one_gap_when_it_is_back(broker: RealBroker) -> None:
    async with watching(broker, conversations=[A, B]) as seen:
        await publish(broker, A, b"before")
        await seen.until(lambda: seen.of(A))
        killed = time.monotonic()
        await asyncio.to_thread(broker.kill)
        _, status = await seen.until_state(*DOWN, after=killed)
        assert status.state is LinkState.RECONNECTING
        assert status.detail
        assert "no sign of life" not in status.detail, "noticed at once by its end, not by its silence"
        await seen.until(lambda: f"connection refused by {host(broker)}" in seen.words)
        restarted = time.monotonic()
        await asyncio.to_thread(broker.start)
        back = await seen.until_live(after=restarted)
        assert (back.reconnects, back.attempt, back.detail) == (1, 0, "")
        await publish(broker, A, b"after")
        await seen.until(lambda: len(seen.of(A)) == 3)
        before, gap, after = seen.of(A)
        assert (before, after) == (b"before", b"after")
        assert isinstance(gap, Gap)
        assert (gap.cause, gap.count) == (GapCause.RECONNECT, None)
        assert gap.seconds is not None
        assert restarted - killed < gap.seconds < time.monotonic() - killed + 5
        assert seen.of(B) == [gap]


async def test_every_outage_leaves_its_own_gap(broker: RealBroker) -> None:
    async with watching(broker) as seen:
        for outage in range(3):
            await publish(broker, A, b"%d" % outage)
            await seen.until(partial(seen.has, A, 2 * outage + 1))
            await asyncio.to_thread(broker.kill)
            await seen.until(lambda: seen.newest.state is LinkState.RECONNECTING)
            restarted = time.monotonic()
            await asyncio.to_thread(broker.start)
            assert (await seen.until_live(after=restarted)).reconnects == outage + 1
        await publish(broker, A, b"3")
        await seen.until(lambda: b"3" in seen.payloads(A))
        assert [delivery if isinstance(delivery, bytes) else "gap" for delivery in seen.of(A)] == [
            *(b"0", "gap", b"1", "gap", b"2", "gap", b"3")
        ]


async def test_a_frozen_server_is_not_live_within_6_s_and_is_again_when_it_thaws(broker: RealBroker) -> None:
    silent_after = inspect.signature(NatsSource).parameters["silent_after"].default
    assert silent_after <= 5.5, "which is looked at twice a second"
    async with watching(broker) as seen:
        await publish(broker, A, b"before")
        await seen.until(lambda: seen.of(A))
        frozen = time.monotonic()
        broker.freeze()
        _, status = await seen.until_state(*DOWN, after=frozen)
        assert status.state is LinkState.RECONNECTING
        assert "no sign of life for" in status.detail
        thawed = time.monotonic()
        broker.thaw()
        await seen.until_live(after=thawed)
        await publish(broker, A, b"after")
        await seen.until(lambda: b"after" in seen.of(A))
        [gap] = seen.gaps(A)
        assert gap.seconds is not None
        assert gap.seconds > 3, "the outage counts from the last sign of life"


async def test_it_stops_in_time_though_the_server_is_frozen(broker: RealBroker) -> None:
    try:
        async with watching(broker, conversations=[A]):  # which sees to it that it stops
            broker.freeze()
    finally:
        broker.thaw()


async def test_the_round_trip_is_measured_all_the_time(broker: RealBroker) -> None:
    async with watching(broker, ping_every=0.05) as seen:
        await seen.until(lambda: len(seen.said) > 5)
        trips = [status.rtt for _, status in seen.said if status.state is LinkState.LIVE]
        assert all(trip is not None and 0 < trip < 30 for trip in trips)
        assert len({status.since for _, status in seen.said if status.state is LinkState.LIVE}) == 1


async def test_an_attempt_is_told_when_it_begins_and_the_outage_counts_from_the_last_byte(broker: RealBroker) -> None:
    async with watching(broker, ping_every=0.1, silent_after=1.5) as seen:
        await asyncio.sleep(0.5)
        frozen = time.monotonic()
        broker.freeze()
        _, lost = await seen.until_state(LinkState.RECONNECTING)
        assert (lost.attempt, lost.since < frozen + 0.5) == (1, True), "an outage begins with its first attempt"
        _, under_way = await seen.until_state(LinkState.RECONNECTING, after=seen.said[-1][0] + 0.001)
        told = (under_way.attempt, under_way.detail, under_way.since)
        assert told == (1, lost.detail, lost.since), "not only when it has failed, which has words of its own"
        broker.thaw()
        thawed = time.monotonic()
        await seen.until_live(after=thawed)
        await publish(broker, A, b"x")
        await seen.until(lambda: seen.payloads(A))


@contextmanager
def two_servers(folder: Path, *, first_started: bool = True) -> Iterator[tuple[RealBroker, RealBroker]]:
    with RealBroker(folder / "1", started=first_started) as first, RealBroker(folder / "2") as second:
        yield first, second


async def test_of_several_servers_one_that_is_there_is_taken(tmp_path: Path) -> None:
    with two_servers(tmp_path, first_started=False) as (first, second):
        async with running(nats_source(first.url, second.url)) as seen:
            live = await seen.until_live()
            assert live.server == host(second)
            assert f"connection refused by {host(first)}" in seen.words


async def test_when_one_dies_the_other_takes_over(tmp_path: Path) -> None:
    with two_servers(tmp_path) as (first, second):
        async with running(nats_source(first.url, second.url, conversations=[A])) as seen:
            assert (await seen.until_live()).server == host(first)
            killed = time.monotonic()
            await asyncio.to_thread(first.kill)
            assert (await seen.until_live(after=killed)).server == host(second)
            await publish(second, A, b"x")
            await seen.until(lambda: b"x" in seen.of(A))
            assert len(seen.gaps(A)) == 1


def cluster(port: int, *peers: int) -> str:
    routes = ", ".join(f"nats-route://127.0.0.1:{peer}" for peer in peers)
    return f'cluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}] }}'


async def test_a_member_that_joined_the_cluster_later_takes_over(tmp_path: Path) -> None:
    one, two = free_port(), free_port()
    with (
        RealBroker(tmp_path / "1", cluster(one)) as first,
        RealBroker(tmp_path / "2", cluster(two, one), started=False) as second,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", first.port)
        writer.write(b'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n')
        async with running(nats_source(first.url, ping_every=0.05)) as seen:
            await seen.until_live()
            await asyncio.to_thread(second.start)
            async with asyncio.timeout(30):
                while b"%d" % second.port not in await reader.readline():
                    pass
            writer.transport.abort()
            told = len(seen.said)
            await seen.until(lambda: len(seen.said) > told + 2)
            killed = time.monotonic()
            await asyncio.to_thread(first.kill)
            assert (await seen.until_live(after=killed)).server == host(second)


class Stumbling(Recorder):
    """Raises at the first delivery."""

    stumbled = False

    def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
        if not self.stumbled:
            self.stumbled = True
            raise LookupError("a bug of ours")
        super().deliver(deliveries)


class NoGaps(Recorder):
    def gap(self, source: str, gap: Gap) -> None:
        raise LookupError("no gaps")


async def test_a_failure_of_our_own_while_it_connects_is_not_blamed_on_the_server(broker: RealBroker) -> None:
    async with running(nats_source(broker.url), NoGaps()) as seen:
        await seen.until_live()
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await seen.until_said("internal failure: LookupError: no gaps")


async def test_a_failure_of_our_own_is_said_and_the_link_begins_anew(broker: RealBroker) -> None:
    async with running(nats_source(broker.url, conversations=[A]), Stumbling()) as seen:
        await seen.until_live()
        await publish(broker, A, b"lost")
        status = await seen.until_said("internal failure: LookupError: a bug of ours")
        assert status.state is LinkState.RECONNECTING
        await seen.until(lambda: seen.newest.reconnects == 1)
        await publish(broker, A, b"next")
        await seen.until(lambda: seen.payloads(A) == [b"next"])
        assert isinstance(seen.of(A)[0], Gap)


def flood(port: int, megabytes: int) -> None:
    """Publish and wait until the server has taken it all."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as out:
        out.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
        payload = b"x" * 100_000
        for _ in range(megabytes * 10):
            out.sendall(b"PUB %b %d\r\n%b\r\n" % (chunk(A).encode(), len(payload), payload))
        out.sendall(b"PUB %b 4\r\nlast\r\nPING\r\n" % message(A).encode())
        answer = b""
        while answer.count(b"PONG") < 2:
            received = out.recv(65_536)
            assert received, answer
            answer += received


async def test_a_stall_of_ours_that_makes_the_server_cut_us_leaves_a_gap(tmp_path: Path) -> None:
    with RealBroker(tmp_path, 'max_pending: 2MB\nwrite_deadline: "1s"') as broker:
        async with watching(broker, conversations=[A]) as seen:
            flooding = threading.Thread(target=flood, args=(broker.port, 40))
            flooding.start()
            stood_still = time.monotonic()
            flooding.join()  # and with it this event loop stands still,
            time.sleep(2.0)  # noqa: ASYNC251 - as after Ctrl+Z
            back_at = time.monotonic()
            await seen.until(lambda: seen.newest.reconnects == 1)
            assert "Slow Consumer" in broker.log()
            await publish(broker, A, b"after")
            await seen.until(lambda: seen.payloads(A)[-1:] == [b"after"])
            [gap] = seen.gaps(A)
            assert gap.seconds is not None
            assert gap.seconds > back_at - stood_still, "from when we stood still: what was cut off when is not known"
            assert len(seen.payloads(A)) < 401
            assert seen.of(C) == []
