"""The source against a real uvicorn server: what is delivered, what is marked, and what the status says."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterable, Iterator

import pytest

from chatwatch_tui.core.events import CutOff, Delivery, LinkState, MessagePayload
from chatwatch_tui.sources.base import Inbox
from tests.sources.harness import PATIENCE, A, B, C, Recorder, running
from tests.sources.sse_harness import Answer, Service, frame, serving, sse_source, token, until, watched

UNKNOWN = Answer(404, (), b"")


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as started:
        yield started


# -- the request -------------------------------------------------------------------------------------------------------


async def test_one_plain_request_per_conversation(service: Service) -> None:
    async with watched(service, A, B) as seen:
        assert {asked.path for asked in service.asked} == {f"/api/ai/conversations/{id_}/watch" for id_ in (A, B)}
        for asked in service.asked:
            assert asked.http_version == "1.1"
            assert asked.headers["accept"] == "text/event-stream"
            assert asked.headers["accept-encoding"] == "identity"
            assert not {"authorization", "cookie", "last-event-id"} & asked.headers.keys()
        status = seen.newest
        assert (status.state, status.detail, status.server) == (LinkState.LIVE, "", service.where)
        assert (status.attempt, status.reconnects, status.retry_at) == (0, 0, None)
        assert seen.said[0][1].state is LinkState.CONNECTING
        assert seen.taken == []


async def test_a_prefix_and_a_template(service: Service) -> None:
    async with running(sse_source(f"{service.url}/pre/fix/", A)) as seen:
        await seen.until_live()
    async with running(sse_source(f"{service.url}/see/{{id}}/live?of={{id}}", B)) as seen:
        await seen.until_live()
    assert service.asked[0].path == f"/pre/fix/api/ai/conversations/{A}/watch"
    assert service.asked[1].path == f"/see/{B}/live?of={B}"


# -- deliveries --------------------------------------------------------------------------------------------------------


async def test_chunks_and_messages_arrive_in_order_as_they_were_published(service: Service) -> None:
    async with watched(service, A, B) as seen:
        stream = service.newest(A)
        stream.send(frame("token", token("one")) + frame("message", b'{"role":"user","content":"x"}'))
        for piece in (frame("chunk", b'"not JSON"'), b'event: token\r\ndata: {"content":"typed"}\r\n\r\n'):
            for at in range(0, len(piece), 3):
                stream.send(piece[at : at + 3])
        stream.send(b": comment\n\ndata: whatever\n\n")
        await seen.until(lambda: seen.has(A, 5))
        assert seen.of(A) == [
            token("one"),
            MessagePayload(b'{"role":"user","content":"x"}'),
            b"not JSON",
            b'{"chunk_type":"token","content":"typed"}',
            b"whatever",
        ]
        assert seen.of(B) == []


async def test_a_read_is_handed_over_at_once_and_not_event_by_event(service: Service) -> None:
    class Counting(Recorder):
        calls = 0

        def deliver(self, deliveries: Iterable[tuple[Inbox, Delivery]]) -> None:
            self.calls += 1
            super().deliver(deliveries)

    seen = Counting()
    async with running(sse_source(service.url, A), seen):
        await seen.until_live()
        events = [token(str(n)) for n in range(5_000)]
        service.newest(A).send(b"".join(frame("token", event) for event in events))
        await seen.until(lambda: seen.has(A, 5_000))
        assert seen.of(A) == events
        assert seen.calls < 100


async def test_an_event_over_the_limit_is_marked_and_the_next_one_is_whole(service: Service) -> None:
    async with watched(service, A, max_event=100_000) as seen:
        service.newest(A).send(frame("token", token("x" * 300_000)) + frame("token", token("after")))
        await seen.until(lambda: seen.has(A, 2))
        refused, after = seen.payloads(A)
        assert b"refused" in refused
        assert b"3000" in refused
        assert len(refused) < 200
        assert after == token("after")


# -- several, run time, limits -----------------------------------------------------------------------------------------


async def test_conversations_come_and_go_while_it_runs(service: Service) -> None:
    source = sse_source(service.url)
    async with running(source) as seen:
        assert seen.newest.detail == "no conversation is watched"
        await source.watch(A)
        await source.watch(A)
        await seen.until_live()
        await source.watch(B)
        await seen.until(lambda: len(service.asked) == 2 and seen.newest.state is LinkState.LIVE)
        assert seen.newest.reconnects == 0
        await source.unwatch(A)
        await until(lambda: [asked.id for asked in service.open] == [B])
        service.newest(B).send(frame("token", token("x")))
        await seen.until(lambda: seen.has(B, 1))
        await source.unwatch(A)
        await source.watch(A)
        await seen.until(lambda: len(service.open) == 2 and seen.newest.state is LinkState.LIVE)
        assert seen.of(A) == []


async def test_what_was_asked_for_before_it_runs_is_watched_too(service: Service) -> None:
    source = sse_source(service.url, A)
    await source.watch(B)
    await source.unwatch(A)
    async with running(source) as seen:
        await seen.until_live()
        assert [asked.id for asked in service.asked] == [B]


async def test_fifty_conversations_are_fifty_connections(service: Service) -> None:
    ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(50)]
    async with watched(service, *ids) as seen:
        assert len(service.open) == 50
        for id_ in ids:
            service.newest(id_).send(frame("token", token(id_)))
        await seen.until(lambda: len(seen.taken) == 50)
        assert all(seen.of(id_) == [token(id_)] for id_ in ids)
    await until(lambda: not service.open)


async def test_conversations_that_come_and_go_leave_nothing_behind(service: Service) -> None:
    source = sse_source(service.url, max_connections=5)
    ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(12)]
    chance = random.Random(1)
    async with running(source) as seen:
        before, tasks = open_files(), len(asyncio.all_tasks())
        for _ in range(150):
            await source.watch(chance.choice(ids))
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.005)))
            for asked in chance.sample(service.open, k=min(1, len(service.open))):
                asked.end()
            if chance.random() < 0.8:
                await source.unwatch(chance.choice(ids))
        for id_ in ids:
            await source.unwatch(id_)
        await until(lambda: not service.open)
        await until(lambda: open_files() <= before and len(asyncio.all_tasks()) <= tasks)
        assert seen.newest.detail == "no conversation is watched"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_over_the_limit_of_connections_it_waits_and_says_so(service: Service) -> None:
    source = sse_source(service.url, A, B, C, max_connections=2)
    async with running(source) as seen:
        status = await seen.until_said("1 of 3 without a connection: the limit of 2 is reached (--max-connections)")
        assert status.state in (LinkState.LIMITED, LinkState.CONNECTING)
        await seen.until(lambda: seen.newest.state is LinkState.LIMITED)
        why = (
            "limit of 2 connections reached, and each conversation needs one: name fewer, or raise it "
            "(--max-connections, in the settings file sse.max_connections)"
        )
        assert seen.newest.cut_off == {C: CutOff("no connection", why)}
        assert len(service.asked) == 2
        service.newest(A).end()
        await until(lambda: len(service.of(A)) == 2)
        assert service.of(C) == [], "who only reconnects keeps its place"
        await source.unwatch(B)
        await seen.until_live()
        assert sorted(asked.id for asked in service.open) == [A, C]


async def test_a_conversation_that_is_not_permitted_gives_its_place_to_another(service: Service) -> None:
    service.answer = lambda asked: UNKNOWN if asked.id == A else Answer()
    async with running(sse_source(service.url, A, B, max_connections=1)) as seen:
        await until(lambda: [asked.id for asked in service.open] == [B])
        await seen.until(lambda: seen.newest.detail == f"1 of 2 not permitted ({A[:8]})")
        assert seen.newest.state is LinkState.FORBIDDEN


async def test_some_are_not_permitted_and_the_others_are_live(service: Service) -> None:
    ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(10)]
    service.answer = lambda asked: UNKNOWN if asked.id in ids[:4] else Answer()
    async with running(sse_source(service.url, *ids)) as seen:
        await seen.until_said("4 of 10 not permitted")
        await seen.until(lambda: seen.newest.state is LinkState.FORBIDDEN)
        assert seen.newest.detail == "4 of 10 not permitted"
        words = "unknown or not yours to view (404): the endpoint does not tell which"
        assert seen.newest.cut_off == dict.fromkeys(ids[:4], CutOff("not permitted", words))
        service.answer = lambda asked: Answer()
        live = await seen.until_live()
        assert (live.reconnects, live.cut_off) == (0, {})
        assert seen.taken == []


async def test_of_an_outage_its_own_attempt_and_reason_come_before_what_was_refused_long_ago(service: Service) -> None:
    service.answer = lambda asked: UNKNOWN if asked.id in (A, B) else Answer()
    async with running(sse_source(service.url, A, B, C)) as seen:
        await seen.until(lambda: seen.newest.state is LinkState.FORBIDDEN and seen.newest.attempt >= 3)
        service.newest(C).end()
        ended = time.monotonic()
        lost = (await seen.until_state(LinkState.RECONNECTING, after=ended))[1]
        assert lost.attempt < 2
        refused = f"2 of 3 not permitted ({A[:8]}, {B[:8]})"
        assert lost.detail == f"1 of 3 down: the endpoint ended the stream ({C[:8]}); {refused}"
        assert lost.cut_off is not None
        assert {id_: each.word for id_, each in lost.cut_off.items()} == {
            A: "not permitted", B: "not permitted", C: "link down",
        }  # fmt: skip


async def test_it_stops_at_once_whatever_it_does(service: Service) -> None:
    service.answers = [Answer(), Answer(503, ((b"retry-after", b"60"),), b"")]
    async with running(sse_source(service.url, A, B, C, max_connections=2)) as seen:
        await seen.until(lambda: len(service.asked) == 2)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE  # one waits for a minute
