"""Lag percentiles are right to a quarter in fixed memory; frames apply what waits in bounded slices and tell once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.message import Message
from textual.message_pump import MessagePump

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.sources.feed import Feed
from chatwatch_tui.ui.feed_reader import SLICE, FeedReader
from chatwatch_tui.ui.lag import LagHistogram
from chatwatch_tui.ui.messages import ConversationsChanged, ConversationsEvicted, LinkChanged
from tests.ui.conversations import START, token

KEYS = [ConversationKey("nats", f"{number:08x}-0c4b-4c9e-9a51-3f0e8f6b2d10") for number in range(12)]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.floats(0.001, 1000), min_size=1), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_percentiles_are_right_to_a_quarter(lags: list[float], share: float) -> None:
    histogram = LagHistogram()
    for lag in lags:
        histogram.add(lag, 1)
    exact = sorted(lags)[max(0, math.ceil(share * len(lags) - 1e-9) - 1)]
    found = histogram.percentile(share)
    assert found is not None
    assert exact <= found * (1 + 1e-9)
    assert found <= exact * 1.2501
    assert found <= histogram.longest == max(lags)


def test_before_the_first_delivery_no_percentile_is_known() -> None:
    histogram = LagHistogram()
    assert histogram.percentile(0.5) is None
    assert histogram.longest == 0.0


def test_deliveries_are_counted_and_not_batches() -> None:
    histogram = LagHistogram()
    histogram.add(0.001, 99)
    histogram.add(10.0, 1)
    assert histogram.percentile(0.5) == 0.001
    assert histogram.percentile(0.999) == 10.0


def test_a_clock_that_was_set_back_counts_as_no_lag() -> None:
    histogram = LagHistogram()
    histogram.add(-5.0, 3)
    assert histogram.percentile(0.5) == histogram.longest == 0.0


def test_a_lag_of_hours_is_the_longest_and_no_error() -> None:
    histogram = LagHistogram()
    histogram.add(10_000.0, 1)
    assert histogram.percentile(0.5) == 10_000.0


# -- frames ------------------------------------------------------------------------------------------------------------


class Target(MessagePump):
    """Keeps what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Message] = []
        self.something = asyncio.Event()

    def post_message(self, message: Message) -> bool:
        self.posted.append(message)
        self.something.set()
        return True

    def changed(self) -> list[list[ConversationKey]]:
        """The conversations that each frame named."""
        return [[each.key for each in m.changed] for m in self.posted if isinstance(m, ConversationsChanged)]


class Bench:
    """A feed, a reader and who is told, without a screen."""

    def __init__(self, *, max_conversations: int = 100, kept: set[ConversationKey] | None = None) -> None:
        self.now = START
        self.feed = Feed(clock=lambda: self.now)
        decoder = Decoder()
        self.roster = Roster(lambda key: Conversation(key, decoder), max_conversations)
        self.target = Target()
        self.failures: list[Exception] = []
        self.reader = FeedReader(
            self.feed,
            self.roster,
            self.target,
            kept=lambda: kept or set(),
            on_failure=self.failures.append,
            max_fps=1_000,
            clock=lambda: self.now,
        )

    def deliver(self, *numbers: int, chunks: int = 1) -> None:
        inboxes = [self.feed.inbox(KEYS[number]) for number in numbers]
        self.feed.deliver((inbox, token("x")) for inbox in inboxes for _ in range(chunks))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not is_so():
                self.target.something.clear()
                await self.target.something.wait()


async def test_a_frame_names_every_changed_conversation_once() -> None:
    bench = Bench()
    bench.deliver(1, 2, 1, 3)
    bench.reader.start()
    await bench.until(lambda: bool(bench.target.posted))
    assert bench.target.changed() == [[KEYS[1], KEYS[2], KEYS[3]]]
    assert bench.reader.account.frames == 1
    assert bench.reader.account.applied == 4


async def test_what_comes_later_wakes_the_next_frame() -> None:
    bench = Bench()
    bench.reader.start()
    for frame in range(3):
        bench.deliver(frame)
        await bench.until(lambda: len(bench.target.changed()) == frame + 1)  # noqa: B023  # awaited at once
    assert bench.target.changed() == [[KEYS[0]], [KEYS[1]], [KEYS[2]]]


async def test_deliveries_from_the_sources_thread_arrive() -> None:
    bench = Bench()
    bench.reader.start()
    await asyncio.to_thread(bench.deliver, 5, chunks=10)
    await bench.until(lambda: bench.reader.account.applied == 10)


async def test_a_flood_is_applied_whole_in_slices() -> None:
    bench = Bench()
    sizes: list[int] = []
    drain = bench.feed.drain

    def counted(limit: int) -> list[tuple[ConversationKey, list]]:  # type: ignore[type-arg]  # passed through
        taken = drain(limit)
        sizes.append(sum(len(arrival.deliveries) for _, arrivals in taken for arrival in arrivals))
        return taken

    bench.feed.drain = counted  # type: ignore[method-assign]
    for _ in range(10):
        bench.now += 0.001
        bench.deliver(1, 2, 3, chunks=SLICE // 10)
    bench.reader.start()
    await bench.until(lambda: bench.reader.account.applied == 3 * SLICE)
    assert max(sizes) <= SLICE * 1.2
    assert sum(each.counters.chunks.total() for each in bench.roster) == 3 * SLICE
    assert bench.reader.account.frames < 3 * SLICE


async def test_lag_is_from_receipt_to_the_frame_that_applied_it() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.now += 2.0
    bench.reader.start()
    await bench.until(lambda: bool(bench.target.posted))
    assert bench.reader.lag.longest == 2.0


async def test_links_are_told_of_without_a_frame() -> None:
    bench = Bench()
    bench.reader.start()
    status = SourceStatus("nats", LinkState.LIVE, since=1.0)
    bench.feed.status(status)
    await bench.until(lambda: bool(bench.target.posted))
    (posted,) = bench.target.posted
    assert isinstance(posted, LinkChanged)
    assert posted.status is status
    assert bench.reader.account.frames == 0


async def test_conversations_beyond_the_bound_are_given_up_but_not_those_in_panes() -> None:
    bench = Bench(max_conversations=2, kept={KEYS[0]})
    for number in range(4):
        bench.now += 1.0
        bench.deliver(number)
    bench.reader.start()
    await bench.until(lambda: any(isinstance(each, ConversationsEvicted) for each in bench.target.posted))
    gone = [key for each in bench.target.posted if isinstance(each, ConversationsEvicted) for key in each.keys]
    assert gone == [KEYS[1], KEYS[2]]
    assert [each.key for each in bench.roster] == [KEYS[0], KEYS[3]]


async def test_after_stop_there_are_no_more_frames() -> None:
    bench = Bench()
    bench.reader.start()
    bench.deliver(1)
    bench.reader.stop()
    await asyncio.sleep(0.02)
    assert bench.target.posted == []
    bench.deliver(2)
    await asyncio.sleep(0.02)
    assert bench.target.posted == []
