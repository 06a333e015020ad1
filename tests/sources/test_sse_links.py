"""Ends, gaps and the endpoint's notices: an outage leaves one mark, where it stands, in its conversation only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from chatwatch_tui.core import notices
from chatwatch_tui.core.events import Delivery, Gap, GapCause, LinkState
from chatwatch_tui.sources import sse_stream
from chatwatch_tui.sources.base import Backoff
from chatwatch_tui.sources.sse_parser import OversizedEvent, StreamEvent
from chatwatch_tui.sources.sse_payload import Notice, read_event
from tests.sources.harness import A, B, running
from tests.sources.sse_harness import OK, Answer, Service, frame, said, serving, sse_source, token, until, watched


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as started:
        yield started


# -- ends and gaps -----------------------------------------------------------------------------------------------------


async def test_an_ended_stream_is_one_gap_in_that_conversation_only(service: Service) -> None:
    async with watched(service, A, B) as seen:
        service.newest(A).send(frame("token", token("before")))
        await seen.until(lambda: seen.has(A, 1))
        ended = time.monotonic()
        service.newest(A).end()
        lost = (await seen.until_state(LinkState.RECONNECTING, after=ended))[1]
        assert lost.detail == f"1 of 2 down: the endpoint ended the stream ({A[:8]})"
        assert lost.attempt == 1, "an outage begins with its first attempt"
        assert (await seen.until_live(after=ended)).reconnects == 1
        service.newest(A).send(frame("token", token("after")))
        await seen.until(lambda: seen.has(A, 3))
        before, gap, after = seen.of(A)
        assert (before, after) == (token("before"), token("after"))
        assert isinstance(gap, Gap)
        assert (gap.cause, gap.count) == (GapCause.RECONNECT, None)
        assert gap.seconds is not None
        assert 0 <= gap.seconds <= time.monotonic() - ended
        assert seen.of(B) == []
        assert len(service.of(B)) == 1


async def test_the_gap_comes_before_what_the_first_read_of_the_new_stream_brings(service: Service) -> None:
    async with watched(service, A) as seen:
        service.answer = lambda asked: Answer(first=OK + frame("token", token("first")))
        service.newest(A).end()
        await seen.until(lambda: seen.has(A, 2))
        gap, first = seen.of(A)
        assert isinstance(gap, Gap)
        assert first == token("first")


async def test_an_outage_of_many_attempts_is_one_gap_and_counts_as_one(service: Service) -> None:
    async with watched(service, A) as seen:
        down = time.monotonic()
        service.stop()
        await seen.until(lambda: seen.newest.attempt >= 4)
        assert seen.newest.state is LinkState.RECONNECTING
        assert seen.newest.detail == f"connection refused by {service.where}"
        states = [status for at, status in seen.said if at > down and status.state is LinkState.RECONNECTING]
        assert len({status.since for status in states}) == 1
        service.start()
        back = await seen.until_live(after=time.monotonic())
        assert (back.reconnects, back.attempt, back.detail) == (1, 0, "")
        assert len(seen.of(A)) == 1
        assert len(seen.gaps(A)) == 1


async def test_a_service_that_is_not_there_yet_is_connected_to_without_a_gap() -> None:
    with serving() as service:
        service.stop()
        async with running(sse_source(service.url, A)) as seen:
            await seen.until(lambda: seen.newest.attempt >= 3)
            assert {status.state for _, status in seen.said} == {LinkState.CONNECTING}
            service.start()
            assert (await seen.until_live()).reconnects == 0
            assert seen.of(A) == []


async def test_the_last_event_id_is_sent_back_and_only_what_was_offered(service: Service) -> None:
    async with watched(service, A) as seen:
        service.newest(A).send("id: grüße-7\ndata: x\n\nid: not yet\ndata: y\n".encode())
        await seen.until(lambda: seen.has(A, 1))
        service.newest(A).end()
        await until(lambda: len(service.of(A)) == 2)
        assert service.newest(A).headers["last-event-id"] == "grüße-7"
        await seen.until(lambda: len(seen.gaps(A)) == 1)
        for impossible in ("x" * 5_000, "bell\a", "blank at its end "):
            service.newest(A).send(f"id: {impossible}\ndata: z\n\n".encode())
            before, asked = len(seen.of(A)), len(service.of(A))
            await seen.until(lambda before=before: len(seen.of(A)) > before)  # type: ignore[misc]
            service.newest(A).end()
            await until(lambda asked=asked: len(service.of(A)) > asked)  # type: ignore[misc]
            assert "last-event-id" not in service.newest(A).headers
            await seen.until(lambda before=before: len(seen.of(A)) > before + 1)  # type: ignore[misc]


async def test_the_retry_field_is_a_least_wait(service: Service) -> None:
    async with watched(service, A) as seen:
        service.newest(A).send(b"retry: 400\n\n" + frame("token", token("x")))
        await seen.until(lambda: seen.has(A, 1))
        ended = time.monotonic()
        service.newest(A).end()
        await until(lambda: len(service.of(A)) == 2)
        assert service.newest(A).at - ended >= 0.39


async def test_a_long_retry_is_capped(service: Service) -> None:
    service.answers = [Answer(first=OK + b"retry: 999999999999\n\n", stays=False)]
    async with running(sse_source(service.url, A, longest_wait=60.0)) as seen:
        await seen.until(lambda: seen.newest.retry_at is not None)
        at, status = seen.said[-1]
        assert status.retry_at is not None
        assert 59 < status.retry_at - at <= 66.1


async def test_streams_that_end_at_once_are_tried_again_ever_more_slowly_unless_they_prove_themselves() -> None:
    class Noting(Backoff):
        drawn: list[int]

        def __init__(self) -> None:
            super().__init__(first=0.01, longest=0.02)
            self.drawn = []

        def next(self) -> float:
            self.drawn.append(self.attempt)
            return super().next()

    for proven_after, expected in ((5.0, [0, 1, 2, 3]), (0.0, [0, 0, 0, 0])):
        backoff = Noting()
        with serving() as service:
            service.answer = lambda asked: Answer(stays=False)
            source = sse_source(service.url, A, proven_after=proven_after, backoff=lambda made=backoff: made)
            async with running(source) as seen:
                await seen.until(lambda drawn=backoff.drawn: len(drawn) >= 4)  # type: ignore[misc]
        assert backoff.drawn[:4] == expected


# -- notices of the endpoint -------------------------------------------------------------------------------------------


async def test_events_that_the_endpoint_dropped_are_a_gap_where_they_are_missing(service: Service) -> None:
    async with watched(service, A) as seen:
        frames = [frame("token", token("a")), said(notices.dropped(5)), frame("token", token("b"))]
        service.newest(A).send(b"".join(frames))
        await seen.until(lambda: seen.has(A, 3))
        assert seen.of(A) == [token("a"), Gap(GapCause.SLOW_CONSUMER, count=5), token("b")]


async def test_an_endpoint_that_lost_nats_is_not_live_until_it_is_back(service: Service) -> None:
    async with watched(service, A, B) as seen:
        lost = time.monotonic()
        service.newest(A).send(said(notices.LINK_LOST))
        status = (await seen.until_state(LinkState.RECONNECTING, after=lost))[1]
        assert (status.detail, status.attempt) == ("1 of 2 without NATS at the endpoint", 1)
        service.newest(B).send(said(notices.LINK_LOST))
        await seen.until_said("the endpoint lost its link to NATS and is reconnecting")
        assert seen.taken == []
        for id_ in (A, B):
            service.newest(id_).send(said(notices.link_back(4.0)))
        await seen.until_live(after=lost)
        [gap] = seen.of(A)
        assert isinstance(gap, Gap)
        assert (gap.cause, gap.seconds) == (GapCause.RECONNECT, 4.0)


async def test_an_outage_that_began_at_the_endpoint_counts_from_there(service: Service) -> None:
    async with watched(service, A) as seen:
        lost = time.monotonic()
        service.newest(A).send(said(notices.LINK_LOST))
        await seen.until_state(LinkState.RECONNECTING, after=lost)
        await asyncio.sleep(0.3)
        service.newest(A).end()
        await seen.until(lambda: seen.gaps(A))
        assert (seen.gaps(A)[0].seconds or 0) > 0.29


async def test_an_end_that_came_while_we_stood_still_is_a_gap_from_when_we_did(service: Service) -> None:
    async with watched(service, A) as seen:
        service.newest(A).send(frame("token", token("before")))
        await seen.until(lambda: seen.has(A, 1))
        await asyncio.sleep(1.1)
        stood_still = time.monotonic()
        service.newest(A).send(frame("token", token("waited in the socket")))
        service.newest(A).end()
        time.sleep(3.0)  # noqa: ASYNC251 - as after Ctrl+Z
        back_at = time.monotonic()
        await seen.until(lambda: seen.gaps(A))
        assert seen.payloads(A)[1] == token("waited in the socket")
        [gap] = seen.gaps(A)
        assert gap.seconds is not None
        assert gap.seconds > back_at - stood_still, "when the endpoint ended it is not known"


async def test_an_endpoint_without_nats_is_not_open_and_no_error_of_the_conversation(service: Service) -> None:
    async with watched(service, A) as seen:
        refusal = said("NATS not available") + b"retry: 20\n\n"
        service.answer = lambda asked: Answer(first=refusal, stays=False)
        service.newest(A).end()
        await seen.until_said("the endpoint says: NATS not available")
        await until(lambda: len(service.of(A)) >= 5)
        assert seen.of(A) == []
        assert seen.newest.state is LinkState.RECONNECTING
        service.answer = lambda asked: Answer()
        await seen.until(lambda: seen.newest.state is LinkState.LIVE)
        assert [type(delivery) for delivery in seen.of(A)] == [Gap]
        assert seen.newest.reconnects == 1


async def test_what_an_endpoint_says_first_is_kept_where_more_follows(service: Service) -> None:
    service.answer = lambda asked: Answer(first=said("slow today"))
    async with running(sse_source(service.url, A)) as seen:
        await until(lambda: service.of(A))
        service.newest(A).send(frame("token", token("at last")) + said("very slow"))
        await seen.until(lambda: seen.has(A, 3))
        errors = [b'{"chunk_type":"error","error":"%b"}' % words for words in (b"slow today", b"very slow")]
        assert seen.of(A) == [errors[0], token("at last"), errors[1]]


# -- our own faults ----------------------------------------------------------------------------------------------------


async def test_a_bug_of_ours_in_one_stream_is_said_and_costs_the_others_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(event: StreamEvent | OversizedEvent) -> Delivery | Notice:
        if isinstance(event, StreamEvent) and event.data == b"trap":
            raise LookupError("s3cret")
        return read_event(event)

    monkeypatch.setattr(sse_stream, "read_event", broken)
    async with running(sse_source(service.url, A, B)) as seen:
        await seen.until_live()
        service.newest(A).send(b"data: trap\n\n")
        await seen.until_said(f"1 of 2 down: internal failure: LookupError ({A[:8]})")
        await seen.until(lambda: seen.gaps(A))
        await seen.until(lambda: seen.newest.state is LinkState.LIVE)
        service.newest(B).send(frame("token", token("x")))
        await seen.until(lambda: seen.of(B))
        assert len(service.of(B)) == 1
        assert "s3cret" not in repr(seen.said)


async def test_a_stream_that_fails_outside_of_an_attempt_is_run_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Backoff):
        def next(self) -> float:
            raise LookupError("s3cret")

    backoffs = iter([Broken(), Backoff()])
    async with running(sse_source(service.url, A, B, backoff=lambda: next(backoffs))) as seen:
        await seen.until_live()
        service.newest(A).end()
        await seen.until_said("internal failure: LookupError")
        await seen.until(lambda: seen.gaps(A))
        assert len(service.of(B)) == 1
