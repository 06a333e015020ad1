"""Frames and neighbours stand in their columns on terminals that disagree about the width of emoji, tmux among them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from tests.broker import RealBroker
from tests.pty_session import PATIENCE
from tests.ui.terminals import SCREENS, TmuxScreen
from tests.watching import CHUNKS, WatchSession, chunk, publish

COLUMNS, ROWS = 110, 24
FRAMES = (0, COLUMNS // 2 - 1, COLUMNS // 2, COLUMNS - 1)
"""Where the sides of two panes are."""
OTHER = "chat.chunk.8d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d11"
LINES = (
    "🏳️\u200d🌈" * 5 + "|END",
    "❤️\u200d🩹" * 5 + "|END",
    "👍🏽" * 5 + "|END",
    "👨\u200d👩\u200d👧 🏳️\u200d🌈 🇩🇪 ☀️ ❤️ 👍🏽 1️⃣ 🤷🏽\u200d♀️ 🧑🏽\u200d🤝\u200d🧑🏿 " * 6,
    "x" * 40 + "👩🏽\u200d💻" * 9,
    "मैं हिन्दी में लिखता हूँ, தமிழ் மொழி ☰☱",
    "the last line",
)
BEFORE = "じゅげむ zażółć " * 90


def speak(broker: RealBroker) -> None:
    publish(broker, [(subject, chunk("token", content=BEFORE + "\n")) for subject in (CHUNKS, OTHER)])
    publish(broker, [(CHUNKS, chunk("token", content=line + "\n")) for line in LINES])
    publish(broker, [(OTHER, chunk("token", content="no more here"))])


def broken_rows(screen: pyte.Screen, frames: tuple[int, ...] = FRAMES) -> list[str]:
    """Rows of panes whose sides are not where they belong. First the bar and the upper edges, last the lower ones."""
    rows = ["".join(screen.buffer[y][x].data or "" for x in range(COLUMNS)) for y in range(ROWS)]
    return [rows[y] for y in range(2, ROWS - 2) if any(screen.buffer[y][x].data != "│" for x in frames)]


@pytest.mark.parametrize("arguments", [(), ("--slow-link",)])
def test_frames_stand_on_any_terminal(broker: RealBroker, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with WatchSession(broker.url, tmp_path, *arguments, columns=COLUMNS, rows=ROWS) as session:
        session.wait_for_text("Listening")
        speak(broker)
        session.wait_for_text("the last line", "no more here")
        in_panes = len(session.output)
        session.type(b"o")
        session.wait_for_text("open conversations")
        under_a_dialog = len(session.output)
        session.type(b"\x1b")
        session.wait_for(lambda _: "open conversations" not in session.text, "the dialog to go")
        assert session.quit() == 0
        output = session.output
    for kind in SCREENS:
        screen = kind(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        stream.feed(output[:in_panes])
        assert broken_rows(screen) == [], kind
        stream.feed(output[in_panes:under_a_dialog])
        assert broken_rows(screen, FRAMES[:1] + FRAMES[-1:]) == [], kind


@contextmanager
def tmux(folder: Path, command: str) -> Iterator[Callable[..., str]]:
    """A server of its own with one window in which the command runs."""
    socket = str(folder / "tmux")
    environ = {name: each for name, each in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}

    def do(*words: str) -> str:
        asked = ["tmux", "-u", "-S", socket, "-f", "/dev/null", *words]
        return subprocess.run(asked, capture_output=True, text=True, check=True, env=environ).stdout

    do("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command)
    try:
        yield do
    finally:
        do("kill-server")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
@pytest.mark.parametrize("arguments", [(), ("--slow-link",)])
def test_frames_stand_in_tmux(broker: RealBroker, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    watch = shlex.join(["env", "LC_ALL=C.UTF-8", *WatchSession(broker.url, tmp_path, *arguments).argv])
    with tmux(tmp_path, watch) as do:

        def wait_for(*words: str) -> str:
            end = time.monotonic() + PATIENCE
            while not all(each in (seen := do("capture-pane", "-p")) for each in words):
                assert time.monotonic() < end, seen
                time.sleep(0.05)
            return seen

        wait_for("Listening")
        speak(broker)
        screen = TmuxScreen(COLUMNS, ROWS)
        for y, row in enumerate(wait_for("the last line", "no more here").splitlines()):
            pyte.Stream(screen).feed(f"\x1b[{y + 1};1H{row}")
        assert broken_rows(screen) == []
