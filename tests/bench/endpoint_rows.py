"""The endpoint, and the dashboard behind it."""

from __future__ import annotations

import statistics
from dataclasses import replace

from tests.bench import relay
from tests.bench.measure import Load
from tests.bench.table import Bench, Row, alternating, at_most, median

BEHIND_AN_ENDPOINT = Load(conversations=9, tokens=2_000, rate=2_000)
CROWD = relay.Crowd(viewers=300, rate=100.0, seconds=20.0)
LARGE_EVENTS = 2_000
VANISHING = 5_000


def viewers(bench: Bench) -> list[Row]:
    """Many viewers of one conversation through the endpoint."""
    crowd = replace(CROWD, seconds=CROWD.seconds * bench.scale)
    ours, bare, unpaced = alternating(
        bench, lambda: relay.watched(crowd), lambda: relay.bare(crowd), lambda: relay.bare(crowd, paced=False)
    )
    missed = crowd.viewers - min(each.complete for each in ours)
    subscriptions = max(each.subscriptions for each in ours)
    work = f"{crowd.viewers} viewers, {crowd.rate:g} events/s for {crowd.seconds:g} s"
    cpu, floor, at_once = (statistics.median(each.cpu_us for each in found) for found in (ours, bare, unpaced))
    return [
        at_most(f"{work}: viewers without every event in order", 0, 0, missed, f"{crowd.events:,} events", "viewers"),
        at_most("NATS subscriptions for them", 2, 2, subscriptions, "as nats-server counts", ""),
        at_most("endpoint's CPU per delivered event, bare at the same pace", 1.5, 1, cpu / floor,
                 f"{cpu:.1f} us, bare StreamingResponse {floor:.1f}", "x bare"),
        at_most("endpoint's CPU per delivered event, bare as fast as it can", 1.5, 1, cpu / at_once,
                 f"{cpu:.1f} us, bare StreamingResponse {at_once:.1f}", "x bare"),
    ]  # fmt: skip


def slow(bench: Bench) -> list[Row]:
    """One of the viewers stops reading. Only noise of the machine makes delays longer, so the best run counts."""
    crowd = replace(CROWD, seconds=CROWD.seconds * bench.scale, pad=2_000)
    events = int(LARGE_EVENTS * bench.scale) + 500
    with_it, without = alternating(
        bench, lambda: relay.watched(replace(crowd, stopped=1)), lambda: relay.watched(crowd)
    )
    grew, grew_without = alternating(
        bench, lambda: relay.memory_of_stopped(events, stopped=1), lambda: relay.memory_of_stopped(events, stopped=0)
    )
    slow, fast = (min(each.p99 for each in found) for found in (with_it, without))
    lost = statistics.median(each.dropped for each in with_it)
    waits = max(each.queue for each in with_it)
    missed = crowd.viewers - 1 - min(each.complete for each in with_it)
    waiting = 200 * relay.LARGE / 1e6
    held = statistics.median(grew) - statistics.median(grew_without)
    return [
        at_most("one stopped reader: others without every event in order", 0, 0, missed,
                 f"the stopped one lost {lost:,.0f}, {waits} wait for it", "viewers"),
        at_most("one stopped reader: p99 delay of the others", round(1.5 * fast + 5, 1), round(fast, 1), slow,
                 f"{slow:.0f} ms, without it {fast:.0f}; must is 1.5 x + 5 ms", "ms"),
        at_most("memory for it", 1.2, 1, held / waiting,
                 f"{held:.1f} MB, {events:,} events of {relay.LARGE:,} bytes published", "x its 200 events"),
    ]  # fmt: skip


def vanish(bench: Bench) -> list[Row]:
    """Viewers that come and are gone without a word."""
    count = int(VANISHING * bench.scale)
    before, after, seconds = relay.vanished(count)
    left = sum(
        max(0, getattr(after, name) - getattr(before, name))
        for name in ("descriptors", "threads", "tasks", "subscriptions")
    )
    figure = f"{after.descriptors} descriptors, {after.tasks} tasks, {after.subscriptions} subscriptions"
    grew = after.resident_mb - before.resident_mb
    return [
        at_most(f"{count:,} connects and vanishings: descriptors, threads, tasks and subscriptions left over", 0, 0,
                 left, f"{figure}, {seconds:.1f} s after the last", ""),
        at_most("memory left over", 3, 0.5, grew, f"{after.resident_mb:.0f} MB resident", "MB"),
    ]  # fmt: skip


def sse(bench: Bench) -> list[Row]:
    """The dashboard behind the endpoint, and beside it on NATS."""
    load = replace(BEHIND_AN_ENDPOINT, tokens=max(1, int(BEHIND_AN_ENDPOINT.tokens * bench.scale)))
    over_sse, over_nats = alternating(
        bench, lambda: relay.dashboard(load, over_sse=True), lambda: relay.dashboard(load, over_sse=False)
    )
    for outcome in (*over_sse, *over_nats):
        bench.compare(outcome)
    ours, floor = median(over_sse).cpu_us, median(over_nats).cpu_us
    assert ours
    assert floor
    figure = f"{ours:.0f} us, over NATS {floor:.0f}"
    return [at_most("dashboard's CPU per chunk over SSE, 9 x 2,000 at 2,000/s", 3, 1.5, ours / floor, figure, "x NATS")]
