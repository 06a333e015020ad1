"""--slow-link on a real terminal: its bytes and frames are counted, nothing is lost, and keys still act."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatwatch_tui.ui.pacing import BYTES_PER_SECOND, FRAMES_PER_SECOND, ByteBucket
from tests.broker import RealBroker
from tests.watching import WatchSession

RATE = 2_000
LOOKED_AT = 4.0
"""Seconds of steady traffic whose bytes are counted."""


@contextmanager
def traffic(broker: RealBroker) -> Iterator[None]:
    """Nine busy conversations until the end of the context."""
    simulator = subprocess.Popen(
        [sys.executable, "-m", "chatwatch_tui", "simulate", "-s", broker.url, "--rate", str(RATE)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        simulator.terminate()
        simulator.wait()


def most_in_a_second(arrivals: list[tuple[float, int]]) -> int:
    """Bytes of the busiest second, wherever it begins."""
    most = first = total = 0
    for at, count in arrivals:
        total += count
        while arrivals[first][0] <= at - 1.0:
            total -= arrivals[first][1]
            first += 1
        most = max(most, total)
    return most


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_a_busy_dashboard_stays_within_its_bytes_and_frames(
    broker: RealBroker, tmp_path: Path, columns: int, rows: int
) -> None:
    with WatchSession(broker.url, tmp_path, "--slow-link", columns=columns, rows=rows) as session, traffic(broker):
        session.wait_for_text("live")
        session.wait_for_received(RATE)
        began = time.monotonic()
        before = session.account()["total"]
        session.wait_for(lambda _: time.monotonic() - began > LOOKED_AT, "some seconds of traffic")
        after = session.account()["total"]
        lasted = time.monotonic() - began
        assert after["received"] - before["received"] > RATE
        frames = after["frames_drawn"] - before["frames_drawn"]
        assert 1 <= frames <= FRAMES_PER_SECOND * lasted + 1
        assert most_in_a_second(session.arrivals) <= BYTES_PER_SECOND
        session.type(b"?")
        session.wait_for_text("keys and signs")
        session.type(b"q")
        session.wait_for(lambda _: "keys and signs" not in session.text, "the help page to go")
        assert session.quit() == 0
    books = session.stats.read_text()
    assert '"lost": 0' in books
    assert most_in_a_second(session.arrivals) > BYTES_PER_SECOND / 10


def test_the_bucket_never_allows_more_than_its_rate_in_any_second() -> None:
    now = 0.0
    bucket = ByteBucket(lambda: now)
    arrivals: list[tuple[float, int]] = []
    for step in range(400):
        now = step * 0.01 + (2.0 if step > 200 else 0.0)
        if allowed := bucket.allowance():
            bucket.spend(allowed)
            arrivals.append((now, allowed))
    assert most_in_a_second(arrivals) <= BYTES_PER_SECOND
    assert sum(count for _, count in arrivals) > 4 * BYTES_PER_SECOND * 0.6
