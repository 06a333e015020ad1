"""The sources' thread starts failing sources again, takes requests from any thread, and always ends in time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.base import Backoff, Sink
from chatwatch_tui.sources.feed import Feed
from chatwatch_tui.sources.thread import SourcesThread

PATIENCE = 30.0


class Calm:
    """Says it is live, delivers what it is asked to watch, and stops when it is told to."""

    def __init__(self, name: str = "calm") -> None:
        self.name = name
        self.runs = 0
        self.threads: set[str] = set()
        self.sink: Sink | None = None
        self.asked: list[str] = []

    async def run(self, sink: Sink) -> None:
        self.runs += 1
        self.sink = sink
        self.threads.add(threading.current_thread().name)
        sink.status(SourceStatus(self.name, LinkState.LIVE, time.monotonic()))
        await self.stay()

    async def stay(self) -> None:
        await asyncio.Event().wait()

    async def watch(self, conversation_id: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.asked.append(f"+{conversation_id}")
        if self.sink is not None:
            self.sink.deliver([(self.sink.inbox(ConversationKey(self.name, conversation_id)), b"x")])

    async def unwatch(self, conversation_id: str) -> None:
        await asyncio.sleep(0)
        self.asked.append(f"-{conversation_id}")


class Raising(Calm):
    """Raises in its first two runs."""

    async def stay(self) -> None:
        if self.runs < 3:
            raise LookupError("a bug of ours")
        await super().stay()


class Returning(Calm):
    async def stay(self) -> None:
        if self.runs > 1:
            await super().stay()


class Stubborn(Calm):
    """Ignores its cancellation until it is let go."""

    def __init__(self, name: str = "stubborn") -> None:
        super().__init__(name)
        self.released = threading.Event()

    async def stay(self) -> None:
        while not self.released.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                pass


class Breaking(Calm):
    """Turns its cancellation into a failure."""

    async def stay(self) -> None:
        try:
            await super().stay()
        except asyncio.CancelledError:
            raise LookupError("while it let go") from None


class Said:
    """Statuses of a feed, as the reader takes them."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._ready = threading.Event()
        self.all: list[SourceStatus] = []
        feed.on_ready = self._ready.set

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            self._ready.clear()
            self.all += self._feed.take_statuses()
            if condition():
                return
            self._ready.wait(0.05)  # a feed that is not emptied calls once, however much comes
            assert time.monotonic() < deadline, f"did not come; said {self.all}"

    def states(self, name: str) -> list[LinkState]:
        return [status.state for status in self.all if status.source == name]


@contextmanager
def started(*sources: Calm) -> Iterator[tuple[SourcesThread, Feed, Said]]:
    feed = Feed()
    said = Said(feed)
    thread = SourcesThread(sources)
    thread.begin(feed)
    try:
        yield thread, feed, said
    finally:
        thread.stop()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed sources are started again at once."""
    monkeypatch.setattr("chatwatch_tui.sources.thread.Backoff", lambda **_: Backoff(0.01, 0.02))


def running_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "chatwatch-sources"]


@pytest.mark.parametrize(
    ("source", "runs", "words"),
    [
        (Raising("odd"), 3, "internal failure: LookupError: a bug of ours"),
        (Returning("odd"), 2, "ended by itself"),
    ],
)
def test_a_source_that_should_not_have_ended_is_said_and_started_again(source: Calm, runs: int, words: str) -> None:
    neighbour = Calm()
    with started(source, neighbour) as (thread, _, said):
        said.until(lambda: source.runs == runs and said.states("odd")[-1:] == [LinkState.LIVE])
        assert thread.failures == [f"odd: {words}"] * (runs - 1)
        assert neighbour.runs == 1
    assert running_threads() == []


def test_the_status_of_a_failed_source_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.sources.thread.Backoff", lambda **_: Backoff(600, 600))
    with started(Raising("odd")) as (_, _, said):
        said.until(lambda: LinkState.RECONNECTING in said.states("odd"))
        assert said.all[-1].detail == "internal failure: LookupError: a bug of ours"


def test_a_stopped_source_says_that_it_is_closed() -> None:
    one, other = Calm("one"), Calm("other")
    with started(one, other) as (thread, feed, said):
        said.until(lambda: said.states("one") and said.states("other"))
        thread.stop()
        assert {status.source: status.state for status in feed.take_statuses()} == {"one": "closed", "other": "closed"}
    assert running_threads() == []


def test_requests_of_another_thread_are_carried_out_in_the_sources_thread_and_in_order() -> None:
    source = Calm()
    with started(source) as (thread, feed, said):
        said.until(lambda: said.states("calm"))
        thread.watch("calm", "a")
        thread.watch("calm", "b")
        thread.unwatch("calm", "a")
        said.until(lambda: len(source.asked) == 3 or feed.waiting)
        said.until(lambda: feed.waiting == 2)
        thread.stop()
    assert source.asked == ["+a", "+b", "-a"]
    assert source.threads == {"chatwatch-sources"}


def test_a_request_right_after_the_start_is_not_lost() -> None:
    for _ in range(20):
        source = Calm()
        with started(source) as (thread, _feed, _said):
            thread.watch("calm", "a")
        assert source.asked == ["+a"]


def test_a_request_that_fails_is_noted_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Picky(Calm):
        async def watch(self, conversation_id: str) -> None:
            if conversation_id == "bad":
                raise LookupError("not this one")
            await super().watch(conversation_id)

    source = Picky()
    with started(source) as (thread, feed, said):
        thread.watch("calm", "bad")
        thread.watch("calm", "good")
        said.until(lambda: feed.waiting)
        thread.stop()
        assert thread.failures == ["LookupError: not this one"]
        assert source.runs == 1
    assert caplog.records == [], "nothing is written to the terminal"


def test_a_source_that_is_not_there_is_the_callers_mistake() -> None:
    with started(Calm()) as (thread, _, _), pytest.raises(KeyError):
        thread.watch("other", "a")


def test_requests_before_the_start_and_after_the_end_are_harmless() -> None:
    source = Calm()
    thread = SourcesThread([source])
    thread.watch("calm", "early")
    thread.stop()
    thread.begin(Feed())
    thread.stop()
    thread.watch("calm", "late")
    thread.stop()
    assert source.asked == []


def test_stop_comes_back_in_time_though_a_source_ignores_it_and_the_source_is_not_started_again() -> None:
    source = Stubborn()
    with started(source) as (thread, _, said):
        said.until(lambda: said.states("stubborn"))
        before = time.monotonic()
        thread.stop(timeout=0.3)
        assert time.monotonic() - before > 0.25
        assert running_threads(), "it came back though the source goes on"
        source.released.set()
        thread.stop()
        assert running_threads() == []
    assert source.runs == 1


def test_a_source_that_fails_while_it_lets_go_is_not_waited_for_to_start_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatwatch_tui.sources.thread.Backoff", lambda **_: Backoff(600, 600))
    source = Breaking("breaking")
    with started(source) as (thread, feed, said):
        said.until(lambda: said.states("breaking"))
        thread.stop()
        assert running_threads() == []
        assert [status.state for status in feed.take_statuses()] == [LinkState.CLOSED]
        assert thread.failures == ["breaking: internal failure: LookupError: while it let go"]
    assert source.runs == 1


def test_the_thread_does_not_keep_the_program_alive() -> None:
    source = Calm()
    with started(source) as (_, _, said):
        said.until(lambda: said.states("calm"))
        assert all(thread.daemon for thread in threading.enumerate() if thread.name == "chatwatch-sources")
