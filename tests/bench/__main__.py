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

from chatwatch_tui.demo.broker import Broker
from tests.bench.measure import Load, Outcome, first_paint, run, scratch_home, seconds_of

CHATWATCH = "{python} -m chatwatch_tui watch --server {url} --stats-json {stats} {ids}"
BARE = "{python} -m tests.bench.bare_subscriber {url} {ids}"
NAIVE = "{python} -m tests.bench.naive_richlog {url} {ids}"

BURST = Load(conversations=9, tokens=20_000)
WIDE = Load(conversations=100, tokens=1_800)
SMALL = Load(conversations=9, tokens=2_000)
STEADY = Load(conversations=9, tokens=4_500, rate=2_000)
IDLE = Load(conversations=100, tokens=20, idle=30.0)
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
        self._runs = runs
        self._scale = scale
        self.unaccounted = 0
        """Chunks published that chatwatch neither showed nor counted as lost, over all runs."""
        self.accounted = 0

    def medians(self, load: Load, **commands: str) -> dict[str, Outcome]:
        """Each program's median outcome; the programs take turns."""
        scaled = replace(load, tokens=max(1, int(load.tokens * self._scale)), idle=load.idle * self._scale)
        outcomes: dict[str, list[Outcome]] = {name: [] for name in commands}
        for _ in range(self._runs):
            for name, command in commands.items():
                outcome = run(command, scaled)
                outcomes[name].append(outcome)
                if outcome.stats:
                    self._compare(outcome)
                print(f"  {name}: {_figures(outcome)}", file=sys.stderr, flush=True)
        return {name: _median(found) for name, found in outcomes.items()}

    def _compare(self, outcome: Outcome) -> None:
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
