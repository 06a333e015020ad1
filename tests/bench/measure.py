"""Runs a terminal program in tmux against a real nats-server and measures it from publish to screen.

The screen is polled until the sentinel, published last, shows: what is measured is what an operator would see. CPU and
memory are those of the program's whole process tree, from /proc, so this runs on Linux only. Needs tmux.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwatch_tui.demo.broker import Broker
from tests.pty_session import PtySession

SIZE = (200, 50)
SETTLE = 3.0
"""Seconds from the program's start to the first publish."""
GIVE_UP = 90.0


@dataclass(frozen=True)
class Load:
    """What is published."""

    conversations: int = 9
    tokens: int = 2_000
    """Chunks per conversation."""
    rate: float = 0.0
    """Chunks a second over all conversations; 0 for all at once."""
    idle: float = 0.0
    """Publish nothing and measure for so many seconds; `tokens` then are published before."""


@dataclass
class Outcome:
    """One run. Figures that do not apply are None."""

    per_second: float | None = None
    """Chunks from the first published to the last seen."""
    cpu_us: float | None = None
    """CPU microseconds per chunk."""
    idle_percent: float | None = None
    grew_mb: float | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    """The program's own account, where it writes one."""
    published: int = 0


class Tmux:
    """One tmux server with one program in it."""

    def __init__(self, command: str, env: dict[str, str]) -> None:
        self._base = ["tmux", "-L", f"bench{os.getpid()}-{uuid.uuid4().hex[:6]}", "-f", "/dev/null"]
        width, height = SIZE
        size = ["-x", str(width), "-y", str(height)]
        script = f"{command}; echo EXITED $?; sleep 600"
        subprocess.run([*self._base, "new-session", "-d", *size, script], env=env, check=True)

    def __call__(self, *arguments: str) -> str:
        """Run a tmux command; its output."""
        return subprocess.run([*self._base, *arguments], capture_output=True, text=True, check=False).stdout

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return self("capture-pane", "-p")

    @property
    def pid(self) -> int:
        """The shell that runs the program."""
        return int(self("list-panes", "-F", "#{pane_pid}"))


def process_tree(pid: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from process_tree(int(child))
    except OSError:
        return


def usage(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MB of a process tree."""
    cpu = resident = 0.0
    for process in process_tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return cpu, resident


def conversation_ids(count: int) -> list[str]:
    """The same ids in every run."""
    rng = random.Random(7)
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(count)]


@contextmanager
def scratch_home() -> Iterator[tuple[Path, dict[str, str]]]:
    """A home folder that nobody else uses, and the environment that goes with it."""
    home = Path(tempfile.mkdtemp(prefix="chatwatch-bench-"))
    folders = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    # Compiled modules are kept, as those of installed packages are: else our start would be compared with its parsing.
    # (Blank, not left out: a session in a terminal adds to the environment that it finds.)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "CHATWATCH_"))}
    kept["PYTHONDONTWRITEBYTECODE"] = ""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        yield (
            home,
            kept | folders | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": path},
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: str, load: Load) -> Outcome:
    """One run of one program. `{url}`, `{ids}`, `{python}` and `{stats}` in the command are filled in."""
    ids = conversation_ids(load.conversations)
    with scratch_home() as (home, env), Broker() as broker:
        stats = home / "stats.json"
        line = command.format(url=broker.url, ids=" ".join(ids), python=sys.executable, stats=stats)
        tmux = Tmux(line, env)
        try:
            time.sleep(SETTLE)
            outcome = _idle(tmux, broker.url, ids, load) if load.idle else _burst(tmux, broker.url, ids, load)
            if "{stats}" in command:
                outcome.stats = _account(tmux, stats, outcome.published)
            return outcome
        finally:
            tmux("kill-server")


def _publisher(url: str, ids: list[str], tokens: int, rate: float, sentinel: str) -> subprocess.Popen[str]:
    asked = json.dumps({"url": url, "ids": ids, "tokens": tokens, "rate": rate, "sentinel": sentinel})
    return subprocess.Popen([sys.executable, "-m", "tests.bench.publisher", asked], stdout=subprocess.PIPE, text=True)


def _burst(tmux: Tmux, url: str, ids: list[str], load: Load) -> Outcome:
    sentinel = f"SNTNL{uuid.uuid4().hex[:4]}"
    pid = tmux.pid
    cpu_before, resident_before = usage(pid)
    publisher = _publisher(url, ids, load.tokens, load.rate, sentinel)
    seen, peak, started = None, 0.0, time.time()
    while seen is None and time.time() - started < GIVE_UP + (load.tokens * len(ids) / load.rate if load.rate else 0):
        if sentinel in tmux.screen:
            seen = time.time()
        peak = max(peak, usage(pid)[1])
        time.sleep(0.02)
    sent = json.loads(publisher.communicate(timeout=GIVE_UP)[0])
    cpu, resident = usage(pid)
    return Outcome(
        per_second=sent["n"] / (seen - sent["t0"]) if seen else 0.0,
        cpu_us=(cpu - cpu_before) / sent["n"] * 1e6,
        grew_mb=max(peak, resident) - resident_before,
        published=sent["n"],
    )


def _idle(tmux: Tmux, url: str, ids: list[str], load: Load) -> Outcome:
    """Make every conversation known and quiet, then measure."""
    publisher = _publisher(url, ids, load.tokens, 0.0, "known")
    sent = json.loads(publisher.communicate(timeout=GIVE_UP)[0])
    time.sleep(SETTLE)
    pid = tmux.pid
    before = usage(pid)[0]
    time.sleep(load.idle)
    return Outcome(idle_percent=(usage(pid)[0] - before) / load.idle * 100, published=sent["n"])


def _account(tmux: Tmux, path: Path, published: int) -> dict[str, Any]:
    """What the program says of itself once it has got everything (or for a while nothing more): quit by key."""
    program = list(process_tree(tmux.pid))[1]
    deadline = time.time() + 10
    while time.time() < deadline:
        os.kill(program, signal.SIGUSR1)
        time.sleep(0.2)
        if path.exists() and json.loads(path.read_text())["total"]["received"] >= published:
            break
    tmux("send-keys", "q")
    while "EXITED" not in tmux.screen and time.time() < deadline + 10:
        time.sleep(0.05)
    account: dict[str, Any] = json.loads(path.read_text())
    return account


def seconds_of(command: list[str], env: dict[str, str] | None = None) -> float:
    """Wall seconds of one run of a command that ends by itself."""
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, capture_output=True)
    return time.perf_counter() - started


def first_paint(command: list[str], mark: bytes, env: dict[str, str]) -> float:
    """Seconds from a terminal program's start until it has written `mark`; the program is ended then."""
    started = time.perf_counter()
    with PtySession(command, columns=SIZE[0], rows=SIZE[1], env=env) as session:
        session.wait_for_output(mark)
        return time.perf_counter() - started
