"""The fan-out by itself: who joins and leaves when, what a full queue gives up, what is shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from chatwatch_tui.core.events import Delivery, Gap, GapCause, LinkState, MessagePayload, SourceStatus, StrayPayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.notices import LINK_LOST, dropped, link_back
from chatwatch_tui.relay.account import Refusal
from chatwatch_tui.relay.channel import NOT_AVAILABLE, NOT_PERMITTED, NotWatchable
from chatwatch_tui.relay.fanout import MAX_BACKLOG, Fanout
from chatwatch_tui.relay.frames import RETRY, chunk_frame, error_frame, message_frame
from chatwatch_tui.relay.viewer import Notice, Viewer
from chatwatch_tui.sources.base import Sink, Standing
from tests.sources.harness import PATIENCE, A, B


class FakeBus:
    """A bus that does what the test says."""

    name = "nats"

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.stands: dict[str, Standing] = {}
        self.runs = 0

    async def run(self, sink: Sink) -> None:
        self.runs += 1
        sink.status(SourceStatus(self.name, LinkState.LIVE, 0.0))
        await asyncio.Event().wait()

    async def watch(self, conversation_id: str) -> None:
        self.calls.append(("watch", conversation_id))
        await self.answering.wait()

    async def unwatch(self, conversation_id: str) -> None:
        self.calls.append(("unwatch", conversation_id))

    def standing(self, conversation_id: str) -> Standing:
        return self.stands.get(conversation_id, Standing.CONFIRMED)


@asynccontextmanager
async def running(bus: FakeBus, **options: Any) -> AsyncIterator[Fanout]:
    fanout = Fanout(bus, **options)
    task = asyncio.create_task(fanout.run())
    try:
        await fanout.settled.wait()
        yield fanout
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def deliver(fanout: Fanout, *deliveries: Delivery, conversation: str = A) -> None:
    inbox = fanout.inbox(ConversationKey("nats", conversation))
    fanout.deliver((inbox, delivery) for delivery in deliveries)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # one turn of the loop each, there is no event to wait for
            await asyncio.sleep(0)


async def taken(viewer: Viewer, size: int) -> bytes:
    """The next bodies, that many bytes together."""
    body = b""
    async with asyncio.timeout(PATIENCE):
        while len(body) < size:
            body += await anext(viewer)
    return body


async def test_one_subscription_for_all_and_none_after_the_last() -> None:
    bus = FakeBus()
    async with running(bus) as fanout:
        one, two, other = await fanout.join(A), await fanout.join(A), await fanout.join(B)
        assert bus.calls == [("watch", A), ("watch", B)]
        assert (fanout.conversations, fanout.viewer_count) == (2, 3)
        await fanout.leave(one)
        await fanout.leave(other)
        await fanout.leave(two)
        await fanout.leave(two)  # twice is harmless
        assert bus.calls[2:] == [("unwatch", B), ("unwatch", A)]
        assert fanout.epoch == 2, "the source forgets their inboxes"
        assert not fanout.conversations
        await fanout.join(A)
        assert bus.calls[-1] == ("watch", A)


async def test_who_joins_meanwhile_waits_for_the_same_answer() -> None:
    bus = FakeBus()
    bus.answering.clear()
    async with running(bus) as fanout:
        joining = [asyncio.create_task(fanout.join(A)) for _ in range(3)]
        await until(lambda: fanout.viewer_count == 3)
        deliver(fanout, b'{"early":1}')
        joining[0].cancel()
        await asyncio.wait([joining[0]])
        assert not joining[1].done()
        bus.answering.set()
        viewers = await asyncio.gather(*joining[1:])
        assert bus.calls == [("watch", A)]
        for viewer in viewers:  # subscribed is subscribed: nothing between the answer and `:ok` is lost
            assert await anext(viewer) == chunk_frame(b'{"early":1}')


async def test_a_subscription_that_nobody_waits_for_any_more_is_given_back() -> None:
    bus = FakeBus()
    bus.answering.clear()
    async with running(bus) as fanout:
        joining = asyncio.create_task(fanout.join(A))
        await until(lambda: bus.calls)
        joining.cancel()
        await asyncio.wait([joining])
        assert fanout.conversations == 1
        bus.answering.set()
        await until(lambda: bus.calls == [("watch", A), ("unwatch", A)])
        assert not fanout.conversations


@pytest.mark.parametrize(("standing", "words"), [(Standing.REFUSED, NOT_PERMITTED), (Standing.LOST, NOT_AVAILABLE)])
async def test_what_cannot_be_watched_is_said_to_all_who_asked(standing: Standing, words: str) -> None:
    bus = FakeBus()
    bus.stands[A] = standing
    async with running(bus) as fanout:
        answers = await asyncio.gather(*(fanout.join(A) for _ in range(3)), return_exceptions=True)
        assert [str(answer) for answer in answers if isinstance(answer, NotWatchable)] == [words] * 3
        assert bus.calls == [("watch", A), ("unwatch", A)]
        assert not fanout.conversations
        assert fanout.account.refusals[Refusal.NATS] == 3


async def test_a_source_that_raises_refuses_and_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(FakeBus):
        async def watch(self, conversation_id: str) -> None:
            raise RuntimeError

        async def run(self, sink: Sink) -> None:
            self.runs += 1
            if self.runs > 1:
                return await FakeBus.run(self, sink)
            raise RuntimeError

    monkeypatch.setattr("chatwatch_tui.relay.fanout.Backoff", lambda **_: type("", (), {"next": lambda _: 0.0})())
    bus = Broken()
    async with running(bus) as fanout:
        await until(lambda: fanout.link_up)
        with pytest.raises(NotWatchable):
            await fanout.join(A)


async def test_frames_are_made_once_and_shared() -> None:
    async with running(FakeBus()) as fanout:
        viewers = [await fanout.join(A) for _ in range(3)]
        deliver(
            fanout, b'{"chunk_type":"token"}', MessagePayload(b"{}"), StrayPayload("x", b""), Gap(GapCause.SEQUENCE)
        )
        deliver(fanout, b"{}", conversation=B)
        assert list(viewers[0].queue) == [chunk_frame(b'{"chunk_type":"token"}'), message_frame(b"{}")]
        for viewer in viewers[1:]:
            assert all(mine is theirs for mine, theirs in zip(viewer.queue, viewers[0].queue, strict=True))
        assert fanout.account.events_in == 2


async def test_a_burst_of_one_read_runs_nobody_over_who_takes() -> None:
    payloads = [b'{"chunk_type":"token","n":%d}' % n for n in range(3_000)]
    whole = b"".join(map(chunk_frame, payloads))
    async with running(FakeBus()) as fanout:
        one, two, stopped = [await fanout.join(A) for _ in range(3)]
        taking = [asyncio.create_task(taken(viewer, len(whole))) for viewer in (one, two)]
        await asyncio.sleep(0)
        deliver(fanout, *payloads)
        assert await asyncio.gather(*taking) == [whole, whole]
        assert fanout.account.dropped == stopped.events_dropped == 2_800
        assert await anext(stopped) == error_frame(dropped(2_800)) + b"".join(map(chunk_frame, payloads[-200:]))


async def test_what_waits_is_bounded_when_more_comes_than_can_be_passed_on() -> None:
    async with running(FakeBus()) as fanout:
        viewer = await fanout.join(A)
        for _ in range(10):
            deliver(fanout, *[b"{}"] * MAX_BACKLOG)
            await asyncio.sleep(0)
            assert len(fanout._backlog) <= MAX_BACKLOG
        await until(lambda: not fanout._backlog)
        assert viewer.events_dropped + len(viewer.queue) == 10 * MAX_BACKLOG


async def test_the_link_is_told_in_its_place() -> None:
    async with running(FakeBus()) as fanout:
        viewer = await fanout.join(A)
        deliver(fanout, *[b"{}"] * 150)  # more than one turn passes on
        for _ in range(3):
            fanout.status(SourceStatus("nats", LinkState.RECONNECTING, 0.0))
        with pytest.raises(NotWatchable):
            await fanout.join(B)
        fanout.gap("nats", Gap(GapCause.RECONNECT, seconds=1.25))
        deliver(fanout, b"[]")
        fanout.status(SourceStatus("nats", LinkState.LIVE, 0.0))
        expected = [chunk_frame(b"{}")] * 150 + [
            error_frame(LINK_LOST),
            error_frame(link_back(1.25)),
            chunk_frame(b"[]"),
        ]
        assert await taken(viewer, len(b"".join(expected))) == b"".join(expected)
        assert fanout.account.reconnects == 1
        await fanout.join(B)
        # A source that fails and is started again marks no gap.
        fanout.status(SourceStatus("nats", LinkState.RECONNECTING, 0.0))
        fanout.status(SourceStatus("nats", LinkState.LIVE, 0.0))
        assert fanout.account.reconnects == 2


async def test_who_is_not_permitted_any_more_is_told_and_ended() -> None:
    bus = FakeBus()
    async with running(bus) as fanout:
        viewer, other = await fanout.join(A), await fanout.join(B)
        bus.stands[A] = Standing.REFUSED
        fanout.status(SourceStatus("nats", LinkState.FORBIDDEN, 0.0))
        assert [body async for body in viewer] == [error_frame(NOT_PERMITTED) + RETRY]
        deliver(fanout, b"{}", conversation=B)
        assert await anext(other) == chunk_frame(b"{}")


async def test_the_end_comes_behind_what_waits_and_before_what_comes() -> None:
    async with running(FakeBus()) as fanout:
        viewer = await fanout.join(A)
        deliver(fanout, b"1", b"2")
        fanout.end()
        deliver(fanout, b"3")
        assert b"".join([body async for body in viewer]).startswith(chunk_frame(b"1") + chunk_frame(b"2"))
        with pytest.raises(NotWatchable):
            await fanout.join(A)
        await fanout.leave(viewer)
        await asyncio.wait_for(fanout.emptied(), PATIENCE)


async def test_who_is_gone_gets_nothing_more() -> None:
    async with running(FakeBus()) as fanout:
        viewer = await fanout.join(A)
        deliver(fanout, b"1")
        viewer.gone("access withdrawn")
        deliver(fanout, b"2")
        assert [body async for body in viewer] == []


async def test_who_waits_gets_one_shared_piece_at_once_and_who_cannot_take_it_a_queue() -> None:
    async with running(FakeBus()) as fanout:
        written: list[tuple[str, bytes]] = []
        names = ("one", "two", "full")
        viewers = [await fanout.join(A) for _ in names]
        for name, viewer in zip(names, viewers, strict=True):
            viewer.write = lambda piece, name=name: name != "full" and not written.append((name, piece))  # type: ignore[misc,func-returns-value]
        waiting = [asyncio.create_task(anext(viewer)) for viewer in viewers]
        await until(lambda: all(viewer.waiter is not None for viewer in viewers))
        deliver(fanout, b"1", b"2")
        body = chunk_frame(b"1") + chunk_frame(b"2")
        pieces = dict(written)
        assert pieces.keys() == {"one", "two"}
        assert pieces["one"] is pieces["two"], "made once"
        assert pieces["one"] == b"%x\r\n%b\r\n" % (len(body), body)
        assert await waiting[2] == body
        assert [viewer.events_out for viewer in viewers] == [2, 2, 2]
        assert fanout.account.events_out == 6
        # Behind what waits nobody is overtaken.
        viewers[0].offer(Notice(b"first"))
        deliver(fanout, b"3")
        assert await waiting[0] == b"first" + chunk_frame(b"3")
        waiting[1].cancel()
