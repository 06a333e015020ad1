"""The dashboard over NATS: throughput, cost, start, link."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chatwatch_tui.demo.broker import Broker
from tests.bench import many
from tests.bench.measure import Load, first_paint, scratch_home, seconds_of
from tests.bench.table import Bench, Row, alternating, at_least, at_most
from tests.broker import RealBroker
from tests.pty_session import PtySession

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


def burst(bench: Bench) -> list[Row]:
    """Nine conversations at once, against the floor."""
    found = bench.medians(BURST, chatwatch=CHATWATCH, bare=BARE)
    ours, bare = found["chatwatch"], found["bare"]
    assert ours.per_second
    assert bare.per_second
    assert ours.cpu_us
    assert bare.cpu_us
    assert ours.grew_mb is not None
    return [
        at_least("9 x 20,000 at once, publish to screen", 0.65, 0.9, ours.per_second / bare.per_second,
                  f"{ours.per_second:,.0f} chunks/s, bare {bare.per_second:,.0f}", "of bare"),
        at_most("CPU per chunk in that burst", 1.8, 1.3, ours.cpu_us / bare.cpu_us,
                 f"{ours.cpu_us:.1f} us, bare {bare.cpu_us:.1f}", "x bare"),
        at_most("memory grown by that burst", 30, 12, ours.grew_mb, f"{ours.grew_mb:.0f} MB", "MB"),
    ]  # fmt: skip


def wide(bench: Bench) -> list[Row]:
    """A hundred conversations at once."""
    found = bench.medians(WIDE, chatwatch=CHATWATCH, bare=BARE)
    ours, bare = found["chatwatch"].per_second, found["bare"].per_second
    assert ours
    assert bare
    figure = f"{ours:,.0f} chunks/s, bare {bare:,.0f}"
    return [at_least("100 x 1,800 at once, publish to screen", 0.6, 0.85, ours / bare, figure, "of bare")]


def small(bench: Bench) -> list[Row]:
    """A burst that the baseline can finish."""
    found = bench.medians(SMALL, chatwatch=CHATWATCH, naive=NAIVE)
    ours, naive = found["chatwatch"].per_second, found["naive"].per_second
    assert ours
    assert naive
    figure = f"{ours:,.0f} chunks/s, naive {naive:,.0f}"
    return [at_least("9 x 2,000 at once, per second", 25, 35, ours / naive, figure, "x naive")]


def steady(bench: Bench) -> list[Row]:
    """An even stream, as in life; and other rates, at which nothing may be lost either."""
    found = bench.medians(STEADY, chatwatch=CHATWATCH, naive=NAIVE)
    ours, naive = found["chatwatch"].cpu_us, found["naive"].cpu_us
    assert ours
    assert naive
    for rate in EXTRA_RATES:
        bench.medians(replace(STEADY, tokens=int(rate * 5 / STEADY.conversations), rate=rate), chatwatch=CHATWATCH)
    figure = f"{ours:.0f} us, naive {naive:.0f}"
    return [at_most("CPU per chunk at a steady 2,000/s", 0.2, 0.1, ours / naive, figure, "x naive")]


def idle(bench: Bench) -> list[Row]:
    """A hundred conversations, all silent."""
    percent = bench.medians(IDLE, chatwatch=CHATWATCH)["chatwatch"].idle_percent
    assert percent is not None
    return [at_most("idle, 100 silent conversations", 1.5, 0.5, percent, f"{percent:.2f} % of a core", "%")]


def start(bench: Bench) -> list[Row]:
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
        at_most("first paint of `watch`", 1.35, 1.15, ours / empty,
                 f"{ours * 1000:.0f} ms, empty app {empty * 1000:.0f}", "x an empty app"),
        at_most("`--version`", 2, 1.3, version / click,
                 f"{version * 1000:.0f} ms, import click {click * 1000:.0f}", "x `import click`"),
    ]  # fmt: skip


def many_known(bench: Bench) -> list[Row]:
    """Ten thousand conversations of which five hundred speak, beside five hundred of which all do."""
    known = max(1_000, int(many.KNOWN * bench.scale))
    found, few = alternating(bench, lambda: many.measured(known), lambda: many.measured(many.ACTIVE))
    second, alone = (statistics.median(each.active_ms for each in runs) for runs in (found, few))
    idle, waiting, key, letter, scan, opening = (
        statistics.median(getattr(each, name) for each in found)
        for name in ("idle_ms", "waiting_ms", "key_ms", "letter_ms", "scan_ms", "open_ms")
    )
    return [
        at_most(f"a second's tick, {known:,} known, {many.ACTIVE} active", 2, 1.2, second / alone,
                 f"{second:.1f} ms of CPU, with {many.ACTIVE} known {alone:.1f}", f"x {many.ACTIVE} known"),
        at_most("the same, all silent", 1.5, 0.5, idle / 10, f"{idle:.1f} ms a second", "% of a core"),
        at_most("the same, all waiting for their model", 1.5, 0.5, waiting / 10, f"{waiting:.1f} ms a second",
                 "% of a core"),
        at_most("the dearest key in its list", 66, 33, key, "CPU from key to rows", "ms"),
        at_most("the dearest letter in its picker", 40, 20, letter / scan,
                 f"{letter:.0f} ms, one plain pass over the texts {scan:.1f}", "x a plain pass"),
        at_most("the picker's first page", 66, 33, opening, "CPU from key to rows", "ms"),
    ]  # fmt: skip


def link(bench: Bench) -> list[Row]:
    """How soon the screen says that a server is gone: killed, and stopped with its connections open."""
    killed, silent = alternating(
        bench, lambda: seconds_to_show(RealBroker.kill), lambda: seconds_to_show(RealBroker.freeze)
    )
    return [
        at_most("a killed server shows after", 2, 0.5, max(killed), f"the longest of {bench.runs}", "s"),
        at_most("a server that falls silent shows after", 6, 5, max(silent), f"the longest of {bench.runs}", "s"),
    ]


def seconds_to_show(fate: Callable[[RealBroker], None]) -> float:
    """From what happens to the server until the status bar no longer says that it is live."""
    with (
        scratch_home() as (home, env),
        RealBroker(home / "broker") as broker,
        PtySession(
            [sys.executable, "-m", "chatwatch_tui", "watch", "-s", broker.url], columns=120, rows=36, env=env
        ) as session,
    ):
        session.wait_for(lambda _: "● live" in "\n".join(session.screen()), "the link to be live")
        began = time.monotonic()
        fate(broker)
        session.wait_for(lambda _: "reconnecting (" in "\n".join(session.screen()), "the loss of the link to show")
        return time.monotonic() - began
