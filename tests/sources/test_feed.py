"""The feed hands everything over in order, wakes once a batch, and says exactly what it had to give up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatwatch_tui.core.events import (
    Arrival,
    Delivery,
    Gap,
    GapCause,
    LinkState,
    MessagePayload,
    SourceStatus,
    StrayPayload,
)
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.sources.feed import Feed

ONE, TWO, THREE, FOUR = (ConversationKey("bus", str(n)) for n in range(1, 5))
ELSEWHERE = ConversationKey("other", "1")
OUTAGE = Gap(GapCause.RECONNECT, seconds=3.0)


class Ticks:
    """A clock that is a second later at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def put(feed: Feed, key: ConversationKey, *deliveries: Delivery) -> None:
    inbox = feed.inbox(key)
    feed.deliver((inbox, delivery) for delivery in deliveries)


def flat(taken: Iterable[tuple[ConversationKey, list[Arrival]]]) -> list[tuple[ConversationKey, Delivery]]:
    return [(key, delivery) for key, arrivals in taken for arrival in arrivals for delivery in arrival.deliveries]


def overflow(count: int) -> Gap:
    return Gap(GapCause.OVERFLOW, count=count, note="the screen could not keep up")


def test_order_and_times_are_kept() -> None:
    feed = Feed(clock=Ticks())
    put(feed, ONE, b"a", MessagePayload(b"b"), b"c")
    put(feed, TWO, StrayPayload("s", b"d"))
    put(feed, ONE, b"e")
    assert feed.oldest() == 1.0
    assert feed.drain(100) == [
        (ONE, [Arrival(1.0, [b"a", MessagePayload(b"b"), b"c"]), Arrival(3.0, [b"e"])]),
        (TWO, [Arrival(2.0, [StrayPayload("s", b"d")])]),
    ]
    assert feed.drain(100) == []
    assert feed.oldest() is None
    assert (feed.account.received, feed.account.batches, feed.account.peak_waiting, feed.waiting) == (5, 1, 5, 0)


def test_what_was_taken_does_not_grow_when_the_clock_stands_still() -> None:
    feed = Feed(clock=lambda: 1.0)
    put(feed, ONE, b"a")
    first = feed.drain(100)
    put(feed, ONE, b"b")
    assert flat(first) == [(ONE, b"a")]
    assert flat(feed.drain(100)) == [(ONE, b"b")]


def test_one_wake_up_a_batch() -> None:
    feed = Feed(clock=Ticks())
    wakes: list[int] = []
    feed.on_ready = lambda: wakes.append(feed.waiting)
    put(feed, ONE, b"a")
    put(feed, ONE, b"b")
    put(feed, TWO, b"c")
    assert wakes == [1]
    feed.drain(100)
    put(feed, TWO, b"d", b"e")
    assert wakes == [1, 2]
    feed.deliver([])
    assert wakes == [1, 2]


def test_none_is_lost_and_order_is_kept_while_another_thread_drains() -> None:
    feed = Feed()
    woken = threading.Event()
    feed.on_ready = woken.set
    total = 60_000

    def hammer() -> None:
        inboxes = [feed.inbox(ConversationKey("bus", str(n))) for n in range(7)]
        for start in range(0, total, 50):
            feed.deliver((inboxes[n % 7], b"%d" % n) for n in range(start, start + 50))

    thread = threading.Thread(target=hammer)
    thread.start()
    taken: dict[ConversationKey, list[int]] = {}
    while sum(map(len, taken.values())) < total:
        assert woken.wait(30), "a wake-up was lost"
        woken.clear()
        while feed.waiting:  # as the reader does: a wake-up, then frames until nothing waits
            for key, delivery in flat(feed.drain(300)):
                assert isinstance(delivery, bytes)
                taken.setdefault(key, []).append(int(delivery))
    thread.join()
    assert taken == {ConversationKey("bus", str(n)): list(range(n, total, 7)) for n in range(7)}
    assert feed.account.received == total
    assert feed.account.dropped == 0


def test_the_bound_by_count_gives_up_the_oldest_and_says_how_many_at_the_head() -> None:
    feed = Feed(max_waiting=3, clock=Ticks())
    for n in range(10):
        put(feed, ONE, b"%d" % n)
    assert feed.waiting == 3
    assert flat(feed.drain(100)) == [(ONE, overflow(7)), (ONE, b"7"), (ONE, b"8"), (ONE, b"9")]
    assert (feed.account.dropped, feed.account.received) == (7, 10)


def test_the_bound_by_bytes_counts_chunks_messages_and_strays() -> None:
    feed = Feed(max_waiting_bytes=100, clock=Ticks())
    put(feed, ONE, bytes(40))
    put(feed, ONE, MessagePayload(bytes(40)))
    put(feed, ONE, StrayPayload("s", bytes(40)))
    assert flat(feed.drain(100)) == [
        (ONE, overflow(1)),
        (ONE, MessagePayload(bytes(40))),
        (ONE, StrayPayload("s", bytes(40))),
    ]
    put(feed, ONE, bytes(90))
    assert feed.account.dropped == 1, "what was taken is not counted any more"


def test_one_mark_an_episode() -> None:
    feed = Feed(max_waiting=1, clock=Ticks())
    for _ in range(2):
        for n in range(4):
            put(feed, ONE, b"%d" % n)
        assert flat(feed.drain(100)) == [(ONE, overflow(3)), (ONE, b"3")]
    put(feed, ONE, b"x")
    assert flat(feed.drain(100)) == [(ONE, b"x")]


def test_an_overflow_that_lasts_is_one_episode_until_half_of_the_bound_is_free() -> None:
    feed = Feed(max_waiting=10, clock=Ticks())
    marks: list[Gap] = []

    def flood(deliveries: int, taken: int) -> None:
        for n in range(deliveries):
            put(feed, ONE, b"%d" % n)
        marks.extend(delivery for _, delivery in flat(feed.drain(taken)) if isinstance(delivery, Gap))

    for _ in range(5):
        flood(7, taken=2)
    assert [mark.goes_on for mark in marks] == [False, True, True, True]
    assert sum(mark.count or 0 for mark in marks) == feed.account.dropped
    flood(0, taken=6)
    flood(20, taken=100)
    assert [mark.goes_on for mark in marks] == [False, True, True, True, False], "a mark of its own"


def test_a_calm_conversation_does_not_pay_for_a_flood() -> None:
    feed = Feed(max_waiting=10, clock=Ticks())
    put(feed, TWO, b"calm")
    for n in range(100):
        put(feed, ONE, b"%d" % n)
    taken = flat(feed.drain(100))
    assert taken[0] == (TWO, b"calm")
    assert taken[1] == (ONE, overflow(91))


def test_a_new_conversation_is_heard_though_others_fill_the_bound() -> None:
    feed = Feed(max_waiting=10, clock=Ticks())
    for n in range(10):
        put(feed, ONE, b"%d" % n)
    put(feed, TWO, b"new")
    assert feed.waiting == 10
    taken = flat(feed.drain(100))
    assert taken[0] == (ONE, overflow(1))
    assert taken[-1] == (TWO, b"new")


def test_a_flood_of_ids_stays_within_the_bound_and_each_loss_is_said_where_it_was() -> None:
    feed = Feed(max_waiting=20, max_waiting_bytes=1_000, clock=Ticks())
    for n in range(500):
        put(feed, ConversationKey("bus", str(n)), bytes(100))
    assert feed.waiting <= 20
    taken: list[tuple[ConversationKey, Delivery]] = []
    while batch := feed.drain(3):
        taken += flat(batch)
    marks = [key for key, delivery in taken if delivery == overflow(1)]
    kept = [key for key, delivery in taken if delivery == bytes(100)]
    assert feed.account.dropped == len(marks) == 490
    assert sorted(int(key.id) for key in marks + kept) == list(range(500))
    assert [int(key.id) for key in kept] == list(range(490, 500))


def test_a_wake_up_comes_though_only_marks_of_losses_are_left() -> None:
    feed = Feed(max_waiting=1, clock=Ticks())
    put(feed, ONE, b"a")
    put(feed, TWO, b"b")
    while feed.waiting:
        feed.drain(1)
    wakes: list[bool] = []
    feed.on_ready = lambda: wakes.append(True)
    put(feed, ONE, b"c")
    assert wakes == [True]
    assert (ONE, b"c") in flat(feed.drain(100))


def test_the_limit_of_a_drain_parts_no_arrival_and_leaves_the_rest_in_order() -> None:
    feed = Feed(clock=Ticks())
    put(feed, ONE, b"a", b"b", b"c")
    put(feed, ONE, b"d")
    assert flat(feed.drain(1)) == [(ONE, b"a"), (ONE, b"b"), (ONE, b"c")]
    assert feed.waiting == 1
    put(feed, ONE, b"e")
    assert flat(feed.drain(100)) == [(ONE, b"d"), (ONE, b"e")]


def test_a_conversation_that_was_not_emptied_goes_behind_the_others() -> None:
    feed = Feed(clock=Ticks())
    for n in range(5):
        put(feed, ONE, b"%d" % n)
    put(feed, TWO, b"calm")
    assert flat(feed.drain(2)) == [(ONE, b"0"), (ONE, b"1")]
    assert flat(feed.drain(2)) == [(TWO, b"calm"), (ONE, b"2")]
    assert flat(feed.drain(2)) == [(ONE, b"3"), (ONE, b"4")]


def test_a_gap_reaches_every_inbox_of_its_source_and_no_other() -> None:
    feed = Feed(clock=Ticks())
    put(feed, ONE, b"before")
    feed.inbox(TWO)
    put(feed, ELSEWHERE, b"x")
    feed.gap("bus", OUTAGE)
    put(feed, ONE, b"after")
    taken = flat(feed.drain(100))
    assert [delivery for key, delivery in taken if key == ONE] == [b"before", OUTAGE, b"after"]
    assert [delivery for key, delivery in taken if key == TWO] == [OUTAGE]
    assert [delivery for key, delivery in taken if key == ELSEWHERE] == [b"x"]
    put(feed, ONE, OUTAGE, b"one of its own")
    assert feed.account.received == 4, "gaps are not received, whichever way they come"


def test_an_outage_that_no_conversation_was_there_to_show_is_counted() -> None:
    feed = Feed(clock=Ticks())
    put(feed, ELSEWHERE, b"x")
    feed.gap("bus", OUTAGE)
    assert feed.account.unmarked_gaps == 1
    put(feed, ONE, b"a")
    feed.gap("bus", OUTAGE)
    assert feed.account.unmarked_gaps == 1, "this one has its mark"


def test_a_conversation_that_appears_soon_after_an_outage_may_have_begun_in_it() -> None:
    now = [1_000.0]
    feed = Feed(clock=lambda: now[0])
    put(feed, ONE, b"before")
    feed.gap("bus", OUTAGE)
    now[0] += 60.0
    feed.inbox(THREE)
    put(feed, TWO, b"a")
    put(feed, TWO, b"b")
    put(feed, ELSEWHERE, b"x")
    earlier = msgspec.structs.replace(OUTAGE, earlier=True)
    assert feed.waiting == 6
    assert flat(feed.drain(100)) == [
        *((ONE, b"before"), (ONE, OUTAGE), (TWO, earlier), (TWO, b"a"), (TWO, b"b"), (ELSEWHERE, b"x"))
    ]
    assert feed.waiting == 0
    put(feed, THREE, b"c")
    now[0] += 600.0
    put(feed, TWO, b"c")
    put(feed, FOUR, b"long after")
    assert flat(feed.drain(100)) == [(THREE, earlier), (THREE, b"c"), (TWO, b"c"), (FOUR, b"long after")]


def test_a_gap_stands_at_its_place_when_the_clock_stands_still_and_wakes() -> None:
    feed = Feed(clock=lambda: 1.0)
    put(feed, ONE, b"before")
    feed.drain(100)
    wakes: list[bool] = []
    feed.on_ready = lambda: wakes.append(True)
    feed.gap("bus", OUTAGE)
    assert wakes == [True]
    put(feed, ONE, b"after")
    assert flat(feed.drain(100)) == [(ONE, OUTAGE), (ONE, b"after")]


def test_an_outage_among_what_was_given_up_is_still_said() -> None:
    feed = Feed(max_waiting=2, clock=Ticks())
    put(feed, ONE, b"a")
    feed.gap("bus", OUTAGE)
    for payload in (b"b", b"c", b"d"):
        put(feed, ONE, payload)
    assert flat(feed.drain(100)) == [(ONE, overflow(2)), (ONE, OUTAGE), (ONE, b"c"), (ONE, b"d")]
    assert feed.account.dropped == 2


def test_of_statuses_only_the_newest_of_each_source_is_kept() -> None:
    feed = Feed()
    wakes: list[bool] = []
    feed.on_ready = lambda: wakes.append(True)
    for state in (LinkState.CONNECTING, LinkState.RECONNECTING, LinkState.LIVE):
        feed.status(SourceStatus("bus", state, time.monotonic()))
    feed.status(SourceStatus("other", LinkState.REFUSED, time.monotonic()))
    assert len(wakes) == 4
    assert [(s.source, s.state) for s in feed.take_statuses()] == [("bus", "live"), ("other", "refused")]
    assert feed.take_statuses() == []


def test_forget_raises_the_epoch_and_inboxes_are_made_anew() -> None:
    feed = Feed(clock=Ticks())
    inbox = feed.inbox(ONE)
    assert feed.inbox(ONE) is inbox
    feed.forget([ONE, ConversationKey("bus", "unknown")])
    assert feed.epoch == 1
    assert feed.inbox(ONE) is not inbox


def test_what_came_for_a_forgotten_conversation_is_not_lost() -> None:
    feed = Feed(clock=Ticks())
    stale = feed.inbox(ONE)
    feed.forget([ONE])
    feed.deliver([(stale, b"while it was forgotten"), (stale, b"too")])
    put(feed, ONE, b"later")
    assert flat(feed.drain(100)) == [(ONE, b"while it was forgotten"), (ONE, b"too"), (ONE, b"later")]


def test_an_inbox_in_which_something_waits_is_not_forgotten() -> None:
    feed = Feed(clock=Ticks())
    put(feed, ONE, b"a")
    feed.forget([ONE])
    feed.gap("bus", OUTAGE)
    assert flat(feed.drain(100)) == [(ONE, b"a"), (ONE, OUTAGE)]


class FeedBooks(RuleBasedStateMachine):
    """Any sequence of calls: books agree, order is kept, holes are exactly where and as large as the marks say."""

    @initialize(count=st.integers(1, 12), size=st.integers(1, 60), frozen=st.booleans())
    def begin(self, count: int, size: int, frozen: bool) -> None:
        clock = (lambda: 5.0) if frozen else Ticks()
        self.feed = Feed(max_waiting=count, max_waiting_bytes=size, clock=clock)
        self.keys = [ConversationKey("bus" if n < 3 else "other", str(n)) for n in range(5)]
        self.inboxes = {key: self.feed.inbox(key) for key in self.keys}
        self.epoch = 0
        self.sent = dict.fromkeys(self.keys, 0)
        self.seen = dict.fromkeys(self.keys, 0)
        self.drained = 0
        self.marked = 0
        self.gaps_put = self.gaps_seen = 0

    @rule(batch=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), max_size=6))
    def deliver(self, batch: list[tuple[int, int]]) -> None:
        if self.feed.epoch != self.epoch:
            self.epoch = self.feed.epoch
            self.inboxes = {key: self.feed.inbox(key) for key in self.keys}
        deliveries: list[Delivery] = []
        for n, size in batch:
            key = self.keys[n]
            deliveries.append(b"%d." % self.sent[key] + bytes(size))
            self.sent[key] += 1
        self.feed.deliver(zip([self.inboxes[self.keys[n]] for n, _ in batch], deliveries, strict=True))

    @rule(source=st.sampled_from(["bus", "other"]))
    def gap(self, source: str) -> None:
        self.gaps_put += sum(key.source == source for key in self.feed._inboxes)
        self.feed.gap(source, OUTAGE)

    @rule(limit=st.integers(0, 10))
    def drain(self, limit: int) -> None:
        for key, delivery in flat(self.feed.drain(limit)):
            if isinstance(delivery, bytes):
                assert int(delivery.split(b".")[0]) == self.seen[key]
                self.seen[key] += 1
                self.drained += 1
            elif isinstance(delivery, Gap) and delivery.cause is GapCause.OVERFLOW:
                assert delivery.count
                self.seen[key] += delivery.count
                self.marked += delivery.count
            else:
                assert isinstance(delivery, Gap)
                self.gaps_seen += not delivery.earlier

    @rule(evicted=st.lists(st.integers(0, 4)))
    def forget(self, evicted: list[int]) -> None:
        self.feed.forget([self.keys[n] for n in evicted])

    @rule()
    def drain_all(self) -> None:
        while self.feed.waiting:
            self.drain(3)
        self.drain(1_000)
        assert self.seen == self.sent
        assert self.marked == self.feed.account.dropped
        assert self.gaps_seen == self.gaps_put

    @invariant()
    def books_agree(self) -> None:
        if not hasattr(self, "feed"):
            return
        account = self.feed.account
        waiting = sum(
            not isinstance(delivery, Gap)
            for inbox in self.feed._ready
            for arrival in inbox.arrivals
            for delivery in arrival.deliveries
        )
        assert account.received == sum(self.sent.values()) == self.drained + account.dropped + waiting


TestFeedBooks = FeedBooks.TestCase
TestFeedBooks.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
