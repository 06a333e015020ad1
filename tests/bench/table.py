"""What the bench gathers: runs taken in turns, their medians, and the rows of the table."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from tests.bench.measure import Load, Outcome, run

T = TypeVar("T")


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
                print(f"  {name}: {figures(outcome)}", file=sys.stderr, flush=True)
        return {name: median(found) for name, found in outcomes.items()}

    def compare(self, outcome: Outcome) -> None:
        """Hold what was published against what the program shows of it."""
        total = outcome.stats["total"]
        self.accounted += outcome.published
        self.unaccounted += abs(outcome.published - total["shown"] - total["lost"])


def figures(outcome: Outcome) -> str:
    found = {
        name: round(value, 2)
        for name, value in asdict(outcome).items()
        if value is not None and name not in ("stats", "published")
    }
    return json.dumps(found)


def median(outcomes: list[Outcome]) -> Outcome:
    def middle(name: str) -> float | None:
        values = [value for each in outcomes if (value := getattr(each, name)) is not None]
        return statistics.median(values) if values else None

    return Outcome(
        per_second=middle("per_second"),
        cpu_us=middle("cpu_us"),
        idle_percent=middle("idle_percent"),
        grew_mb=middle("grew_mb"),
    )


def at_least(work: str, must: float, aim: float, value: float, figure: str, unit: str) -> Row:
    return Row(work, f">= {must:g} {unit}", f"{aim:g}", figure, round(value, 3), value >= must)


def at_most(work: str, must: float, aim: float, value: float, figure: str, unit: str) -> Row:
    return Row(work, f"<= {must:g} {unit}", f"{aim:g}", figure, round(value, 3), value <= must)


def alternating(bench: Bench, *measures: Callable[[], T]) -> list[list[T]]:
    """What each measured, run by run, taking turns."""
    found: list[list[T]] = [[] for _ in measures]
    for _ in range(bench.runs):
        for results, measured in zip(found, measures, strict=True):
            results.append(measured())
            print(f"  {results[-1]}"[:200], file=sys.stderr, flush=True)
    return found


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = ["| work | must | aim | measured | |", "|---|---|---|---|---|"]
    for row in rows:
        mark = "" if row.holds else " **missed**"
        lines.append(f"| {row.work} | {row.must} | {row.aim} | **{row.value:g}**{mark} | {row.figure} |")
    return "\n".join(lines)
