"""What reaches the terminal, and the operator's command, on a real pty."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatwatch_tui.ui.alert_ways import CommandRunner
from chatwatch_tui.ui.terminal import PUSH_TITLE, RESTORE_TITLE
from tests.pty_session import PATIENCE, PtySession
from tests.ui.apps.alerting import HANGS

FAIL, HANG = b"\x1b[15~", b"\x1b[17~"
FOCUS, BLUR = b"\x1b[I", b"\x1b[O"
WORDS = b"chatwatch: 0001 bill"


@contextmanager
def running(term: str = "xterm-256color", env: dict[str, str] | None = None, **settings: Any) -> Iterator[PtySession]:
    environ = {"TERM": term, "TMUX": "", "STY": "", "VTE_VERSION": "", **(env or {})}
    argv = [sys.executable, "-m", "tests.ui.apps.alerting", json.dumps({"min_interval": 0, **settings})]
    with PtySession(argv, env=environ) as session:
        session.wait_for(lambda s: any("chatwatch" in row or "lost 0" in row for row in s.screen()), "the dashboard")
        yield session


def after_a_failure(session: PtySession) -> bytes:
    """Everything written until the failed conversation is counted on the screen and told."""
    session.type(FAIL)
    session.wait_for(lambda s: any("1 error" in row for row in s.screen()), "the error")
    session.wait_for(lambda s: b"\x1b]2;chatwatch (1)\x07" in s.output, "the title")
    return session.output


def rings(output: bytes) -> int:
    """BELs that are no string's end."""
    count = 0
    inside = False
    for at, byte in enumerate(output):
        if byte == 0x1B and output[at + 1 : at + 2] in (b"]", b"P"):
            inside = True
        elif byte == 0x07:
            count += not inside
            inside = False
    return count


def test_calm_by_default() -> None:
    with running() as session:
        output = after_a_failure(session)
        assert rings(output) == 0
        assert b"\x1b]9;" not in output
        assert b"\x1b]777;" not in output


def test_the_bell_rings_once_an_episode() -> None:
    with running(bell=True) as session:
        after_a_failure(session)
        session.wait_for(lambda s: rings(s.output) == 1, "the bell")
        session.type(FAIL)
        session.wait_for(lambda s: rings(s.output) == 2, "the bell again")


@pytest.mark.parametrize(
    ("term", "env", "notify", "begins"),
    [
        ("xterm-256color", {}, "osc9", b"\x1b]9;" + WORDS),
        ("xterm-256color", {}, "osc777", b"\x1b]777;notify;chatwatch;" + WORDS),
        ("tmux-256color", {"TMUX": "/tmp/tmux,1,0"}, "osc9", b"\x1bPtmux;\x1b\x1b]9;" + WORDS),
        ("screen-256color", {"STY": "1.pts"}, "osc9", b"\x1bP\x1b]9;" + WORDS),
    ],
)
def test_a_notification_with_nothing_hostile_in_it(term: str, env: dict[str, str], notify: str, begins: bytes) -> None:
    with running(term, env, notify=notify) as session:
        after_a_failure(session)
        session.wait_for_output(begins)
        rest = session.output.split(begins, 1)[1]
        told = rest.split(b"\x07", 1)[0].decode()
        assert told.replace(";", ",").startswith("␛]52,c,aGk=␇<U+202E>")
        assert b"\x1b]52" not in session.output


def test_the_title_is_set_and_given_back() -> None:
    with running() as session:
        after_a_failure(session)
        assert session.output.count(PUSH_TITLE.encode()) == 1
        session.type(b"\x1a")
        session.wait_for_stop()
        session.wait_for_output(RESTORE_TITLE.encode())
        session.signal(signal.SIGCONT)
        session.wait_for(lambda s: s.output.count(b"\x1b]2;chatwatch (1)\x07") == 2, "the title again")
        session.type(b"q")
        assert session.wait_for_end() == 0
        assert session.output.count(RESTORE_TITLE.encode()) == session.output.count(PUSH_TITLE.encode()) == 2


def test_the_title_is_given_back_by_force_too() -> None:
    with running() as session:
        after_a_failure(session)
        session.type(HANG)
        session.wait_for_output(HANGS)
        session.signal(signal.SIGTERM)
        assert session.wait_for_end() == 143
        session.wait_for_output(RESTORE_TITLE.encode())


def test_without_a_title_none_is_touched() -> None:
    with running(title=False, bell=True) as session:
        session.type(FAIL)
        session.wait_for(lambda s: rings(s.output) == 1, "the bell")
        session.type(b"q")
        session.wait_for_end()
        assert b"\x1b]2;" not in session.output
        assert b"\x1b[22;2t" not in session.output


def test_with_the_focus_nothing_is_told() -> None:
    with running(bell=True) as session:
        session.type(FOCUS)
        after_a_failure(session)
        assert rings(session.output) == 0
        session.type(BLUR)
        session.type(FAIL)
        session.wait_for(lambda s: rings(s.output) == 1, "the bell, once nobody looks")


# -- the command -------------------------------------------------------------------------------------------------------


def test_a_command_gets_the_facts_and_nothing_of_the_wire_in_its_arguments(tmp_path: Path) -> None:
    script = tmp_path / "note.py"
    script.write_text(
        "import json, os, sys\n"
        "open(sys.argv[1], 'w').write(json.dumps([sys.argv[2:], json.load(sys.stdin), dict(os.environ)]))\n"
    )
    out = tmp_path / "out"
    command = [sys.executable, str(script), str(out), "fixed; argument"]
    with running(command=command, env={"NATS_PASSWORD": "hunter2", "CHATWATCH_TOKEN": "hunter3"}) as session:
        after_a_failure(session)
        session.wait_for(lambda _: out.exists() and bool(out.read_text()), "the command")
    arguments, facts, environ = json.loads(out.read_text())
    assert arguments == ["fixed; argument"]
    assert facts["count"] == 1
    (told,) = facts["conversations"]
    assert told["id"].startswith("00010000")
    assert told["attention"] == "error"
    assert "\x1b" not in told["label"]
    assert "$(touch hacked)" in told["label"]
    assert not {"NATS_PASSWORD", "CHATWATCH_TOKEN"} & set(environ)
    assert "PATH" in environ


def wait_until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def facts(*names: str) -> dict[str, Any]:
    return {"count": len(set(names)), "conversations": [{"id": name, "source": "prod"} for name in names]}


def test_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    said: list[str] = []
    runner = CommandRunner(said.append)
    runner.run(["sh", "-c", f"sleep 300 & echo $! > {pid}; wait"], facts("a"), 0.5)
    wait_until(lambda: said, "the word")
    assert said == ["Alert command sh: killed after 0.5 s."]
    child = int(pid.read_text())
    wait_until(lambda: not Path(f"/proc/{child}").exists() or "Z" in _state(child), "the child to be gone")


def test_one_runs_at_a_time_and_what_is_told_meanwhile_comes_together(tmp_path: Path) -> None:
    log, go = tmp_path / "log", tmp_path / "go"
    os.mkfifo(go)
    runner = CommandRunner(lambda words: pytest.fail(words))
    command = ["sh", "-c", f"cat > {tmp_path}/$$.in; echo >> {log}; cat {go}; cat {tmp_path}/$$.in >> {log}"]
    runner.run(command, facts("a"), 60)
    wait_until(lambda: log.exists(), "the first run")
    runner.run(command, facts("b"), 60)
    runner.run(command, facts("c", "d"), 60)
    runner.run(command, facts("b"), 60)
    for run in (1, 2):
        go.write_text("go")
        wait_until(partial(_has_run, log, run), f"run {run}")
    first, second = (json.loads(line) for line in log.read_text().split("\n") if line)
    assert (first, second) == (facts("a"), facts("b", "c", "d", "b")), "each conversation counts once"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/nonexistent/command"], "Alert command /nonexistent/command: No such file or directory."),
        (["sh", "-c", "exit 3"], "Alert command sh: exit code 3."),
        (["sh", "-c", "kill -9 $$"], "Alert command sh: ended by signal 9."),
        (["false\0"], "embedded null byte"),
    ],
)
def test_a_command_that_fails_says_so(argv: list[str], words: str) -> None:
    said: list[str] = []
    CommandRunner(said.append).run(argv, facts("a"), 10)
    wait_until(lambda: said, "the word")
    assert words in said[0]


def test_the_end_of_the_program_kills_what_runs(tmp_path: Path) -> None:
    said: list[str] = []
    pid = tmp_path / "pid"
    runner = CommandRunner(said.append)
    runner.run(["sh", "-c", f"echo $$ > {pid}; exec sleep 300"], facts("a"), 300)
    wait_until(lambda: pid.exists() and pid.read_text().strip(), "the command")
    runner.stop()
    number = int(pid.read_text())
    wait_until(lambda: not Path(f"/proc/{number}").exists(), "its end")
    runner.run(["sh", "-c", f"echo again > {pid}"], facts("b"), 10)
    assert not said
    assert "again" not in pid.read_text()


def _has_run(log: Path, times: int) -> bool:
    return log.read_text().count("count") == times


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
    except OSError:
        return "Z"
