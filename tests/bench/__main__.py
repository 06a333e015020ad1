"""`python -m tests.bench [--runs N] [--quick] [--json FILE]`: the speed table, as ratios within this one run.

Programs take turns (A B C, A B C …) and medians are compared, so that the ratios hold on a noisy machine. Exit code 1
when a "must" does not hold.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from chatwatch_tui.demo.broker import Broker
from tests.bench import many, relay
from tests.bench.measure import Load, Outcome, first_paint, run, scratch_home, seconds_of

T = TypeVar("T")
CHATWATCH = "{python} -m chatwatch_tui watch --server {url} --stats-json {stats} {ids}"
BARE = "{python} -m tests.bench.bare_subscriber {url} {ids}"
NAIVE = "{python} -m tests.bench.naive_richlog {url} {ids}"

BURST = Load(conversations=9, tokens=20_000)
WIDE = Load(conversations=100, tokens=1_800)
SMALL = Load(conversations=9, tokens=2_000)
STEADY = Load(conversations=9, tokens=4_500, rate=2_000)
IDLE = Load(conversations=100, tokens=20, idle=30.0)
BEHIND_AN_ENDPOINT = Load(conversations=9, tokens=2_000, rate=2_000)
CROWD = relay.Crowd(viewers=300, rate=100.0, seconds=20.0)
LARGE_EVENTS = 2_000
VANISHING = 5_000
EXTRA_RATES = (500.0, 20_000.0)
"""Chunks a second at which nothing may be lost either."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    work: str
    must: str
    aim: str
    figure: str
    value: float
    holds: bool


class Bench:
    """Runs what is asked for and remembers the accounts."""

    def __init__(self, runs: int, scale: float) -> None:
        self.runs = runs
        self.scale = scale
        self.unaccounted = 0
        """Chunks published that chatwatch neither showed nor counted as lost, over all runs."""
        self.accounted = 0

    def medians(self, load: Load, **commands: str) -> dict[str, Outcome]:
        """Each program's median outcome; the programs take turns."""
        scaled = replace(load, tokens=max(1, int(load.tokens * self.scale)), idle=load.idle * self.scale)
        outcomes: dict[str, list[Outcome]] = {name: [] for name in commands}
        for _ in range(self.runs):
            for name, command in commands.items():
                outcome = run(command, scaled)
                outcomes[name].append(outcome)
                if outcome.stats:
                    self.compare(outcome)
                print(f"  {name}: {_figures(outcome)}", file=sys.stderr, flush=True)
        return {name: _median(found) for name, found in outcomes.items()}

    def compare(self, outcome: Outcome) -> None:
        """Hold what was published against what the program shows of it."""
        total = outcome.stats["total"]
        self.accounted += outcome.published
        self.unaccounted += abs(outcome.published - total["shown"] - total["lost"])


def _figures(outcome: Outcome) -> str:
    found = {
        name: round(value, 2)
        for name, value in asdict(outcome).items()
        if value is not None and name not in ("stats", "published")
    }
    return json.dumps(found)


def _median(outcomes: list[Outcome]) -> Outcome:
    def middle(name: str) -> float | None:
        values = [value for each in outcomes if (value := getattr(each, name)) is not None]
        return statistics.median(values) if values else None

    return Outcome(
        per_second=middle("per_second"),
        cpu_us=middle("cpu_us"),
        idle_percent=middle("idle_percent"),
        grew_mb=middle("grew_mb"),
    )


def _at_least(work: str, must: float, aim: float, value: float, figure: str, unit: str) -> Row:
    return Row(work, f">= {must:g} {unit}", f"{aim:g}", figure, round(value, 3), value >= must)


def _at_most(work: str, must: float, aim: float, value: float, figure: str, unit: str) -> Row:
    return Row(work, f"<= {must:g} {unit}", f"{aim:g}", figure, round(value, 3), value <= must)


def burst_rows(bench: Bench) -> list[Row]:
    """Nine conversations at once, against the floor."""
    found = bench.medians(BURST, chatwatch=CHATWATCH, bare=BARE)
    ours, bare = found["chatwatch"], found["bare"]
    assert ours.per_second
    assert bare.per_second
    assert ours.cpu_us
    assert bare.cpu_us
    assert ours.grew_mb is not None
    return [
        _at_least("9 x 20,000 at once, publish to screen", 0.65, 0.9, ours.per_second / bare.per_second,
                  f"{ours.per_second:,.0f} chunks/s, bare {bare.per_second:,.0f}", "of bare"),
        _at_most("CPU per chunk in that burst", 1.8, 1.3, ours.cpu_us / bare.cpu_us,
                 f"{ours.cpu_us:.1f} us, bare {bare.cpu_us:.1f}", "x bare"),
        _at_most("memory grown by that burst", 30, 12, ours.grew_mb, f"{ours.grew_mb:.0f} MB", "MB"),
    ]  # fmt: skip


def wide_rows(bench: Bench) -> list[Row]:
    """A hundred conversations at once."""
    found = bench.medians(WIDE, chatwatch=CHATWATCH, bare=BARE)
    ours, bare = found["chatwatch"].per_second, found["bare"].per_second
    assert ours
    assert bare
    figure = f"{ours:,.0f} chunks/s, bare {bare:,.0f}"
    return [_at_least("100 x 1,800 at once, publish to screen", 0.6, 0.85, ours / bare, figure, "of bare")]


def small_rows(bench: Bench) -> list[Row]:
    """A burst that the baseline can finish."""
    found = bench.medians(SMALL, chatwatch=CHATWATCH, naive=NAIVE)
    ours, naive = found["chatwatch"].per_second, found["naive"].per_second
    assert ours
    assert naive
    figure = f"{ours:,.0f} chunks/s, naive {naive:,.0f}"
    return [_at_least("9 x 2,000 at once, per second", 25, 35, ours / naive, figure, "x naive")]


def steady_rows(bench: Bench) -> list[Row]:
    """An even stream, as in life; and other rates, at which nothing may be lost either."""
    found = bench.medians(STEADY, chatwatch=CHATWATCH, naive=NAIVE)
    ours, naive = found["chatwatch"].cpu_us, found["naive"].cpu_us
    assert ours
    assert naive
    for rate in EXTRA_RATES:
        bench.medians(replace(STEADY, tokens=int(rate * 5 / STEADY.conversations), rate=rate), chatwatch=CHATWATCH)
    figure = f"{ours:.0f} us, naive {naive:.0f}"
    return [_at_most("CPU per chunk at a steady 2,000/s", 0.2, 0.1, ours / naive, figure, "x naive")]


def idle_rows(bench: Bench) -> list[Row]:
    """A hundred conversations, all silent."""
    percent = bench.medians(IDLE, chatwatch=CHATWATCH)["chatwatch"].idle_percent
    assert percent is not None
    return [_at_most("idle, 100 silent conversations", 1.5, 0.5, percent, f"{percent:.2f} % of a core", "%")]


def start_rows(bench: Bench) -> list[Row]:
    """How soon something is there."""
    repeats = 15
    with scratch_home() as (_, env), Broker() as broker:
        apps = {
            "ours": ([sys.executable, "-m", "chatwatch_tui", "watch", "-s", broker.url], "chatwatch"),
            "empty": ([sys.executable, "-m", "tests.bench.empty_app"], "READY"),
        }
        paints: dict[str, list[float]] = {name: [] for name in apps}
        for name, (command, mark) in [*apps.items()] * repeats:
            paints[name].append(first_paint(command, mark.encode(), env))
        commands = {
            "version": [str(Path(sys.executable).with_name("chatwatch")), "--version"],
            "click": [sys.executable, "-c", "import click"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for name, command in [*commands.items()] * repeats:
            times[name].append(seconds_of(command, env))
    ours, empty = (statistics.median(paints[name]) for name in apps)
    version, click = (statistics.median(times[name]) for name in commands)
    return [
        _at_most("first paint of `watch`", 1.35, 1.15, ours / empty,
                 f"{ours * 1000:.0f} ms, empty app {empty * 1000:.0f}", "x an empty app"),
        _at_most("`--version`", 2, 1.3, version / click,
                 f"{version * 1000:.0f} ms, import click {click * 1000:.0f}", "x `import click`"),
    ]  # fmt: skip


def viewers_rows(bench: Bench) -> list[Row]:
    """Many viewers of one conversation through the endpoint."""
    crowd = replace(CROWD, seconds=CROWD.seconds * bench.scale)
    ours, bare, unpaced = _alternating(
        bench, lambda: relay.watched(crowd), lambda: relay.bare(crowd), lambda: relay.bare(crowd, paced=False)
    )
    missed = crowd.viewers - min(each.complete for each in ours)
    subscriptions = max(each.subscriptions for each in ours)
    work = f"{crowd.viewers} viewers, {crowd.rate:g} events/s for {crowd.seconds:g} s"
    cpu, floor, at_once = (statistics.median(each.cpu_us for each in found) for found in (ours, bare, unpaced))
    return [
        _at_most(f"{work}: viewers without every event in order", 0, 0, missed, f"{crowd.events:,} events", "viewers"),
        _at_most("NATS subscriptions for them", 2, 2, subscriptions, "as nats-server counts", ""),
        _at_most("endpoint's CPU per delivered event, bare at the same pace", 1.5, 1, cpu / floor,
                 f"{cpu:.1f} us, bare StreamingResponse {floor:.1f}", "x bare"),
        _at_most("endpoint's CPU per delivered event, bare as fast as it can", 1.5, 1, cpu / at_once,
                 f"{cpu:.1f} us, bare StreamingResponse {at_once:.1f}", "x bare"),
    ]  # fmt: skip


def slow_rows(bench: Bench) -> list[Row]:
    """One of the viewers stops reading. Only noise of the machine makes delays longer, so the best run counts."""
    crowd = replace(CROWD, seconds=CROWD.seconds * bench.scale, pad=2_000)
    events = int(LARGE_EVENTS * bench.scale) + 500
    with_it, without = _alternating(
        bench, lambda: relay.watched(replace(crowd, stopped=1)), lambda: relay.watched(crowd)
    )
    grew, grew_without = _alternating(
        bench, lambda: relay.memory_of_stopped(events, stopped=1), lambda: relay.memory_of_stopped(events, stopped=0)
    )
    slow, fast = (min(each.p99 for each in found) for found in (with_it, without))
    lost = statistics.median(each.dropped for each in with_it)
    waits = max(each.queue for each in with_it)
    missed = crowd.viewers - 1 - min(each.complete for each in with_it)
    waiting = 200 * relay.LARGE / 1e6
    held = statistics.median(grew) - statistics.median(grew_without)
    return [
        _at_most("one stopped reader: others without every event in order", 0, 0, missed,
                 f"the stopped one lost {lost:,.0f}, {waits} wait for it", "viewers"),
        _at_most("one stopped reader: p99 delay of the others", round(1.5 * fast + 5, 1), round(fast, 1), slow,
                 f"{slow:.0f} ms, without it {fast:.0f}; must is 1.5 x + 5 ms", "ms"),
        _at_most("memory for it", 1.2, 1, held / waiting,
                 f"{held:.1f} MB, {events:,} events of {relay.LARGE:,} bytes published", "x its 200 events"),
    ]  # fmt: skip


def vanish_rows(bench: Bench) -> list[Row]:
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
        _at_most(f"{count:,} connects and vanishings: descriptors, threads, tasks and subscriptions left over", 0, 0,
                 left, f"{figure}, {seconds:.1f} s after the last", ""),
        _at_most("memory left over", 3, 0.5, grew, f"{after.resident_mb:.0f} MB resident", "MB"),
    ]  # fmt: skip


def sse_rows(bench: Bench) -> list[Row]:
    """The dashboard behind the endpoint, and beside it on NATS."""
    load = replace(BEHIND_AN_ENDPOINT, tokens=max(1, int(BEHIND_AN_ENDPOINT.tokens * bench.scale)))
    over_sse, over_nats = _alternating(
        bench, lambda: relay.dashboard(load, over_sse=True), lambda: relay.dashboard(load, over_sse=False)
    )
    for outcome in (*over_sse, *over_nats):
        bench.compare(outcome)
    ours, floor = _median(over_sse).cpu_us, _median(over_nats).cpu_us
    assert ours
    assert floor
    figure = f"{ours:.0f} us, over NATS {floor:.0f}"
    return [
        _at_most("dashboard's CPU per chunk over SSE, 9 x 2,000 at 2,000/s", 3, 1.5, ours / floor, figure, "x NATS")
    ]


def _alternating(bench: Bench, *measures: Callable[[], T]) -> list[list[T]]:
    """What each measured, run by run, taking turns."""
    found: list[list[T]] = [[] for _ in measures]
    for _ in range(bench.runs):
        for results, measured in zip(found, measures, strict=True):
            results.append(measured())
            print(f"  {results[-1]}"[:200], file=sys.stderr, flush=True)
    return found


def many_rows(bench: Bench) -> list[Row]:
    """Ten thousand conversations of which five hundred speak, beside five hundred of which all do."""
    known = max(1_000, int(many.KNOWN * bench.scale))
    found, few = _alternating(bench, lambda: many.measured(known), lambda: many.measured(many.ACTIVE))
    second, alone = (statistics.median(each.active_ms for each in runs) for runs in (found, few))
    idle, letter, scan, opening = (
        statistics.median(getattr(each, name) for each in found)
        for name in ("idle_ms", "letter_ms", "scan_ms", "open_ms")
    )
    return [
        _at_most(f"a second's tick, {known:,} known, {many.ACTIVE} active", 2, 1.2, second / alone,
                 f"{second:.1f} ms of CPU, with {many.ACTIVE} known {alone:.1f}", f"x {many.ACTIVE} known"),
        _at_most("the same, all silent", 1.5, 0.5, idle / 10, f"{idle:.1f} ms a second", "% of a core"),
        _at_most("the dearest letter in its picker", 40, 20, letter / scan,
                 f"{letter:.0f} ms, one plain pass over the texts {scan:.1f}", "x a plain pass"),
        _at_most("the picker's first page", 66, 33, opening, "CPU from key to rows", "ms"),
    ]  # fmt: skip


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = ["| work | must | aim | measured | |", "|---|---|---|---|---|"]
    for row in rows:
        mark = "" if row.holds else " **missed**"
        lines.append(f"| {row.work} | {row.must} | {row.aim} | **{row.value:g}**{mark} | {row.figure} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[Bench], list[Row]]] = {
    "burst": burst_rows,
    "wide": wide_rows,
    "small": small_rows,
    "steady": steady_rows,
    "idle": idle_rows,
    "start": start_rows,
    "viewers": viewers_rows,
    "slow": slow_rows,
    "vanish": vanish_rows,
    "sse": sse_rows,
    "many": many_rows,
}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the chunks and one run: does it work at all?")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"))
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    bench = Bench(1 if given.quick else given.runs, 0.1 if given.quick else 1.0)
    rows: list[Row] = []
    for part in given.parts or PARTS:
        print(part, file=sys.stderr, flush=True)
        rows += PARTS[part](bench)
    if bench.accounted:
        figure = f"{bench.accounted:,} published"
        missing = bench.unaccounted
        rows.append(Row("published, but neither shown nor counted as lost", "0", "0", figure, missing, not missing))
    print(table(rows))
    about = {"python": platform.python_version(), "machine": platform.machine(), "runs": given.runs}
    given.json.write_text(json.dumps({"about": about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
