"""What is published to a real server arrives: all of it, in order, and nothing that was not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

import pytest

from chatwatch_tui.core.events import Delivery, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.sources.base import Inbox
from chatwatch_tui.sources.feed import Feed
from tests.broker import RealBroker
from tests.sources.harness import NAME, PATIENCE, A, B, C, Recorder, chunk, message, nats_source, publisher, running
from tests.sources.harness import watching as watching_all


async def test_discovery_finds_whatever_flows(broker: RealBroker) -> None:
    async with watching_all(broker) as seen, publisher(broker) as out:
        out.publish(chunk(A), b"a1")
        out.publish(message(B), b"b1")
        out.publish(chunk(A), b"a2")
        await seen.until(lambda: len(seen.taken) == 3)
        assert seen.of(A) == [b"a1", b"a2"]
        assert seen.of(B) == [MessagePayload(b"b1")]


async def test_only_named_conversations_are_received(broker: RealBroker) -> None:
    async with watching_all(broker, conversations=[A, B]) as seen, publisher(broker) as out:
        for conversation in (C, A, B):
            out.publish(chunk(conversation), b"chunk")
            out.publish(message(conversation), b"message")
        await seen.until(lambda: seen.of(B) == [b"chunk", MessagePayload(b"message")])
        assert seen.of(A) == [b"chunk", MessagePayload(b"message")]
        assert seen.of(C) == []


async def test_a_prefix_is_kept_to(broker: RealBroker) -> None:
    async with watching_all(broker, prefix="eu.prod") as seen, publisher(broker) as out:
        out.publish(chunk(A), b"other deployment")
        out.publish(f"eu.prod.chunk.{A}", b"ours")
        out.publish(f"eu.prod.message.{A}", b"ours too")
        await seen.until(lambda: len(seen.of(A)) == 2)
        assert seen.of(A) == [b"ours", MessagePayload(b"ours too")]


@pytest.mark.parametrize(
    "tail", [A.upper().replace("0", "A"), "not-a-uuid", A.replace("-", ""), f"{{{A}}}", "stray", "*x"]
)
async def test_a_subject_that_ends_in_no_id_is_a_stray(broker: RealBroker, tail: str) -> None:
    async with watching_all(broker) as seen, publisher(broker) as out:
        out.publish(chunk(tail), b"chunk")
        out.publish(message(tail), b"message")
        out.publish(chunk(A), b"next")
        await seen.until(lambda: seen.of(A))
        assert seen.of(STRAY_ID) == [StrayPayload(chunk(tail), b"chunk"), StrayPayload(message(tail), b"message")]


async def test_a_subject_that_is_not_utf8_is_a_stray_and_the_link_lives_on(broker: RealBroker) -> None:
    async with watching_all(broker) as seen, publisher(broker) as out:
        out.publish(b"chat.chunk.\xff\xfe\xf0", b"odd")
        out.publish(chunk(A), b"next")
        await seen.until(lambda: seen.of(A))
        assert seen.of(STRAY_ID) == [StrayPayload("chat.chunk.\ufffd\ufffd\ufffd", b"odd")]
        assert seen.newest.reconnects == 0


@pytest.mark.parametrize(
    "headers",
    [
        b"NATS/1.0\r\nTrace-Id: 7\r\n\r\n",
        b"NATS/1.0\r\n\r\n",
        b"NATS/1.0 503 No Responders\r\n\r\n",
        b"NATS/1.0\r\nno colon here\r\nand no end",
        b"garbage\r\nMSG x 1 1\r\nx\r\n",
        b"\xff\xfe\x00",
    ],
)
async def test_headers_are_skipped_however_malformed(broker: RealBroker, headers: bytes) -> None:
    async with watching_all(broker) as seen, publisher(broker) as out:
        out.publish(chunk(A), b"with headers", headers)
        out.publish(message(A), b"", headers)
        out.publish(chunk(A), b"next")
        await seen.until(lambda: len(seen.of(A)) == 3)
        assert seen.of(A) == [b"with headers", MessagePayload(b""), b"next"]
        assert seen.newest.reconnects == 0


async def test_payloads_arrive_as_they_are(broker: RealBroker) -> None:
    payloads = [b"", b"\r\n", b"PING\r\n", b"MSG chat.chunk.x 1 3\r\nabc\r\n", bytes(range(256)), b"\xff" * 3]
    async with watching_all(broker) as seen, publisher(broker) as out:
        for payload in payloads:
            out.publish(chunk(A), payload)
        await seen.until(lambda: len(seen.of(A)) == len(payloads))
        assert seen.of(A) == payloads


async def test_a_megabyte_arrives_whole(broker: RealBroker) -> None:
    payload = bytes(range(256)) * 4_096
    async with watching_all(broker) as seen, publisher(broker) as out:
        out.publish(message(A), payload)
        out.publish(chunk(A), b"next")
        await seen.until(lambda: len(seen.of(A)) == 2)
        assert seen.of(A) == [MessagePayload(payload), b"next"]


async def test_as_many_arrive_as_were_published(broker: RealBroker) -> None:
    feed = Feed()
    taken: dict[ConversationKey, list[Delivery]] = {}

    class Live(Recorder):
        def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
            feed.deliver([(feed.inbox(inbox.key), delivery) for inbox, delivery in deliveries])
            self._changed.set()

    async with running(nats_source(broker.url), Live()) as seen, publisher(broker) as out:
        await seen.until_live()
        for n in range(50_000):
            out.publish(chunk((A, B, C)[n % 3]), b'{"chunk_type":"token","content":"%d"}' % n)
            if n % 1_000 == 999:
                await out.flush()
        await seen.until(lambda: feed.account.received >= 50_000)
    for key, arrivals in feed.drain(100_000):
        taken.setdefault(key, []).extend(delivery for arrival in arrivals for delivery in arrival.deliveries)
    assert feed.account.received == 50_000
    assert feed.account.dropped == 0
    for n, conversation in enumerate((A, B, C)):
        expected: list[Delivery] = [b'{"chunk_type":"token","content":"%d"}' % m for m in range(n, 50_000, 3)]
        assert taken[ConversationKey(NAME, conversation)] == expected


async def test_a_message_never_overtakes_its_chunks(broker: RealBroker) -> None:
    rounds = 300
    async with watching_all(broker) as seen, publisher(broker) as out:
        for n in range(rounds):
            for part in range(n % 7):
                out.publish(chunk(A), b"%d.%d" % (n, part))
            out.publish(message(A), b"%d" % n)
            if n % 3 == 0:
                await out.flush()
        await seen.until(lambda: seen.of(A)[-1:] == [MessagePayload(b"%d" % (rounds - 1))])
        expected: list[Delivery] = []
        for n in range(rounds):
            expected += [b"%d.%d" % (n, part) for part in range(n % 7)]
            expected.append(MessagePayload(b"%d" % n))
        assert seen.of(A) == expected


async def test_conversations_can_be_added_and_let_go_while_it_runs(broker: RealBroker) -> None:
    source = nats_source(broker.url, conversations=[A])
    async with running(source) as seen, publisher(broker) as out:
        await seen.until_live()
        await source.watch(B)
        out.publish(chunk(B), b"b1")
        await seen.until(lambda: seen.of(B) == [b"b1"])
        await source.unwatch(B)
        await source.watch(C)
        for conversation in (B, A, C):
            out.publish(chunk(conversation), b"2")
        await seen.until(lambda: seen.of(C) == [b"2"])
        assert seen.of(A) == [b"2"]
        assert seen.of(B) == [b"b1"]


async def test_asking_twice_delivers_once(broker: RealBroker) -> None:
    source = nats_source(broker.url, conversations=[A])
    async with running(source) as seen, publisher(broker) as out:
        await seen.until_live()
        await asyncio.gather(source.watch(A), source.watch(B), source.watch(B), source.watch(B))
        await source.watch(B)
        for payload in (b"1", b"2"):
            out.publish(chunk(A), payload)
            out.publish(chunk(B), payload)
        await seen.until(lambda: b"2" in seen.of(B))
        await out.flush()
        assert seen.of(A) == [b"1", b"2"]
        assert seen.of(B) == [b"1", b"2"]


async def test_letting_go_while_it_is_still_being_subscribed_lets_go(broker: RealBroker) -> None:
    source = nats_source(broker.url, conversations=[A])
    async with running(source) as seen, publisher(broker) as out:
        await seen.until_live()
        await asyncio.gather(source.watch(B), source.unwatch(B))
        await source.watch(C)
        out.publish(chunk(B), b"x")
        out.publish(chunk(C), b"x")
        await seen.until(lambda: seen.of(C))
        assert seen.of(B) == []


async def test_asking_for_one_while_discovering_changes_nothing(broker: RealBroker) -> None:
    source = nats_source(broker.url)
    async with running(source) as seen, publisher(broker) as out:
        await seen.until_live()
        await source.watch(A)
        out.publish(chunk(A), b"1")
        await source.unwatch(A)
        out.publish(chunk(A), b"2")
        await seen.until(lambda: b"2" in seen.of(A))
        assert seen.of(A) == [b"1", b"2"]


async def test_asked_for_before_the_link_is_up_it_is_delivered_once_it_is(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with RealBroker(tmp_path_factory.mktemp("late"), started=False) as broker:
        source = nats_source(broker.url, conversations=[A])
        await source.watch(B)
        async with running(source) as seen:
            await source.watch(C)
            await asyncio.to_thread(broker.start)
            await seen.until_live()
            async with publisher(broker) as out:
                for conversation in (A, B, C):
                    out.publish(chunk(conversation), b"x")
                await seen.until(lambda: all(seen.of(conversation) == [b"x"] for conversation in (A, B, C)))


async def test_what_arrives_while_its_conversation_is_being_evicted_is_not_lost(broker: RealBroker) -> None:
    feed = Feed()

    class Evicting(Recorder):
        """Gives up each inbox after the source has looked it up and before it delivers."""

        def inbox(self, key: ConversationKey) -> Inbox:
            return feed.inbox(key)

        def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
            feed.forget([ConversationKey(NAME, A)])
            feed.deliver(deliveries)
            self.epoch = feed.epoch
            for key, arrivals in feed.drain(100):
                self.taken += [(key, delivery) for arrival in arrivals for delivery in arrival.deliveries]
            self._changed.set()

    async with running(nats_source(broker.url), Evicting()) as seen, publisher(broker) as out:
        await seen.until_live()
        for n in range(50):
            out.publish(chunk(A), b"%d" % n)
            await out.flush()
            await seen.until(partial(seen.has, A, n + 1))
        assert seen.of(A) == [b"%d" % n for n in range(50)]


async def test_more_subjects_than_are_remembered_arrive_all_the_same(
    broker: RealBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatwatch_tui.sources.nats_subjects.MAX_ROUTES", 10)
    ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(200)]
    async with watching_all(broker) as seen, publisher(broker) as out:
        for round_ in (b"1", b"2"):
            for conversation in ids:
                out.publish(chunk(conversation), round_)
            await out.flush()
        await seen.until(lambda: len(seen.taken) == 400, PATIENCE)
        assert all(seen.of(conversation) == [b"1", b"2"] for conversation in ids)
