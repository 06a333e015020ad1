"""--slow-link on a real terminal: its bytes and frames are counted, nothing is lost, and keys still act."""

from __future__ import annotations

import base64
import itertools
import math
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from chatwatch_tui.ui.pacing import AT_ONCE, BYTES_PER_SECOND, FRAMES_PER_SECOND, ByteBucket
from tests.broker import RealBroker
from tests.pty_session import PtySession
from tests.watching import WatchSession, chunk, publish, texts

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
        size = (300, 2_500, 900, AT_ONCE, 40)[len(arrivals) % 5]
        if bucket.allows(size):
            bucket.spend(size)
            arrivals.append((now, size))
    assert most_in_a_second(arrivals) <= BYTES_PER_SECOND
    assert sum(count for _, count in arrivals) > 4 * BYTES_PER_SECOND * 0.6


def test_what_is_more_than_ever_may_go_at_once_goes_when_nothing_else_did() -> None:
    now = 0.0
    bucket = ByteBucket(lambda: now)
    assert bucket.allows(10 * AT_ONCE)
    bucket.spend(1)
    assert not bucket.allows(10 * AT_ONCE)
    now = 2.0
    assert bucket.allows(10 * AT_ONCE)


# -- whole frames ------------------------------------------------------------------------------------------------------

SETTLED = 0.04
"""Seconds without output after which somebody may look."""
REST = 2.5
"""Seconds after which no frame is on its way any more."""
NUMBERED = re.compile(r"c(\d)-(\d+)")


def uuid_of(number: int) -> str:
    return f"{number:04d}0000-0000-4000-8000-000000000000"


def speak(broker: RealBroker, rounds: range) -> None:
    """Nine conversations say numbered lines, several at a time, for some seconds."""
    for number in rounds:
        lines = (
            (f"chat.chunk.{uuid_of(each)}", chunk("token", content=f"c{each}-{3 * number + line:04d}\n"))
            for each in range(1, 10)
            for line in range(3)
        )
        publish(broker, lines)
        time.sleep(0.1)


def torn(screen: list[str]) -> list[str]:
    """Conversations whose lines do not follow each other on the screen."""
    seen: dict[str, list[int]] = {}
    for row in screen:
        for found in NUMBERED.finditer(row):
            seen.setdefault(found[1], []).append(int(found[2]))
    return [who for who, lines in seen.items() if lines != list(range(lines[0], lines[0] + len(lines)))]


def at_rest(session: PtySession) -> list[str]:
    """The numbered lines on the screen, once no frame has changed them for longer than frames are apart."""
    seen: list[str] = []
    since = time.monotonic()

    def unchanged(_: PtySession) -> bool:
        nonlocal seen, since
        now = [" ".join(map("-".join, NUMBERED.findall(row))) for row in session.screen()]
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > REST

    session.wait_for(unchanged, "the same lines for a while")
    return seen


def looks(session: PtySession) -> Iterator[list[str]]:
    """The screen at every moment at which nothing came for a while, from the bytes that were written."""
    screen = pyte.Screen(session.columns, session.rows)
    stream = pyte.ByteStream(screen)
    output, begin = session.output, 0
    arrivals = list(session.arrivals)
    for (at, count), (later, _) in itertools.pairwise([*arrivals, (math.inf, 0)]):
        stream.feed(output[begin : begin + count])
        begin += count
        if later - at > SETTLED:
            yield list(screen.display)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36), (200, 50)])
def test_no_pane_is_ever_seen_half_drawn_and_the_last_frame_is_the_whole_truth(
    broker: RealBroker, tmp_path: Path, columns: int, rows: int
) -> None:
    with WatchSession(broker.url, tmp_path, "--slow-link", columns=columns, rows=rows) as session:
        session.wait_for_text("live")
        speak(broker, range(15))
        session.type(b"b")
        speak(broker, range(15, 25))
        session.type(b"b")
        speak(broker, range(25, 40))
        session.wait_for(lambda _: any("c1-0119" in row for row in session.screen()), "the last line")
        before = at_rest(session)
        session.type(b"\x1a")
        session.wait_for_stop()
        session.signal(signal.SIGCONT)  # which draws everything again
        session.wait_for(lambda _: any("c1-0119" in row for row in session.screen()), "all of it drawn again")
        assert at_rest(session) == before
        assert session.quit() == 0
        seen = list(looks(session))
    assert len(seen) > 10
    assert [torn(each) for each in seen if torn(each)] == []


# -- copying -----------------------------------------------------------------------------------------------------------


def clipboards(session: PtySession) -> list[str]:
    """What was put into the terminal's clipboard."""
    return [base64.b64decode(each).decode() for each in re.findall(rb"\x1b]52;c;([^\x07]*)\x07", session.output)]


def test_a_copy_goes_out_in_two_seconds_and_its_words_are_seen(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(
        broker.url, tmp_path, "--slow-link", columns=80, rows=24, SSH_TTY="x", TMUX="", STY=""
    ) as session:
        session.wait_for_text("Listening")
        publish(broker, texts(["word " * 2_000]))
        session.wait_for_text("word word")
        speak(broker, range(3))  # others go on
        session.type(b"y\r")
        session.wait_for_text("10.0 kB sent to the terminal's clipboard, secrets stay in (OSC 52)", within=10.0)
        assert clipboards(session) == ["word " * 2_000]
        publish(broker, texts(["more " * 10_000]))
        session.wait_for_text("more more")
        session.type(b"y\r")
        session.wait_for_text("Not copied: 60.0 kB, a slow link takes 10.3 kB; w writes a file")
        assert len(clipboards(session)) == 1
        assert session.quit() == 0
    assert most_in_a_second(session.arrivals) <= BYTES_PER_SECOND
