"""Children never outlive the one that started them, however that ended, and leave no files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatwatch_tui.demo.children import STOP_WITHIN, Child
from tests.cli import PATIENCE, is_alive, wait_until

SLEEPER = ("/bin/sh", "-c", 'echo "pid $$"; exec sleep 600')
STUBBORN = ("/bin/sh", "-c", "trap '' TERM INT HUP; echo \"pid $$\"; while :; do sleep 1; done")
PARENT = """
import os, signal, sys, time
from chatwatch_tui.demo.children import Child
children = [Child("one"), Child("two")]
for child in children:
    child.start(sys.argv[2:])
for child in children:
    while "pid" not in child.output():
        time.sleep(0.01)
    print(child.folder, child.output().split()[1], flush=True)
{"exit": sys.exit, "crash": lambda: 1 / 0, "wait": lambda: time.sleep(60)}[sys.argv[1]]()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary folders, in which it shows what was left."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child("test")
    yield child
    child.stop()


def start(child: Child, command: tuple[str, ...] = SLEEPER) -> int:
    """Start it and wait until it runs; its process id."""
    child.start(command)
    wait_until(lambda: child.output().endswith("\n"), "the child to say its pid")
    return int(child.output().split()[1])


def test_a_child_runs_in_a_session_of_its_own_with_a_folder(child: Child, temporary: Path) -> None:
    pid = start(child)
    assert child.folder.parent == temporary
    assert child.folder.name.startswith("chatwatch-test-")
    assert child.exit_code is None
    assert os.getsid(pid) not in (os.getsid(0), 0), "keys and hang-ups of the terminal are not for it"


@pytest.mark.parametrize("command", [SLEEPER, STUBBORN], ids=["willing", "stubborn"])
def test_a_stopped_child_and_its_folder_are_gone(command: tuple[str, ...], child: Child, temporary: Path) -> None:
    pid = start(child, command)
    begun = time.monotonic()
    child.stop()
    assert time.monotonic() - begun < STOP_WITHIN + PATIENCE / 2
    assert not child.folder.exists()
    wait_until(lambda: not is_alive(pid), "the child to end")
    child.stop()
    assert not list(temporary.iterdir())


def test_a_child_that_was_never_started_leaves_no_folder(child: Child, temporary: Path) -> None:
    assert child.exit_code is None
    child.stop()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("code", [0, 7])
def test_the_exit_code_and_the_last_words_of_a_child_are_known(code: int, child: Child) -> None:
    child.start(["/bin/sh", "-c", f"echo some; echo words >&2; exit {code}"])
    wait_until(lambda: child.exit_code is not None, "the child to end")
    assert (child.exit_code, child.output()) == (code, "some\nwords\n")
    assert child.folder.exists(), "until it is stopped"
    child.stop()
    assert child.output() == ""


def test_a_command_that_is_not_there_ends_at_once(child: Child) -> None:
    child.start(["/no/such/command"])
    wait_until(lambda: child.exit_code is not None, "the child to end")
    assert child.exit_code == 127
    assert "/no/such/command" in child.output()


def test_a_child_gets_no_input_and_the_environment_it_is_given(child: Child) -> None:
    child.start(["/bin/sh", "-c", 'cat; echo "end $WORD"'], env={"WORD": "one", "PATH": os.environ["PATH"]})
    wait_until(lambda: child.exit_code == 0, "the child to end")
    assert child.output() == "end one\n"


@pytest.mark.parametrize("first", [0, 1])
def test_children_do_not_hold_each_other(first: int, temporary: Path) -> None:
    children = [Child("one"), Child("two")]
    pids = [start(child) for child in children]
    children[first].stop()
    wait_until(lambda: not is_alive(pids[first]), "the child to end")
    assert is_alive(pids[1 - first])
    children[1 - first].stop()
    wait_until(lambda: not is_alive(pids[1 - first]), "the other child to end")
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("way", "command"),
    [("exit", SLEEPER), ("crash", SLEEPER), ("SIGTERM", SLEEPER), ("SIGKILL", SLEEPER), ("SIGKILL", STUBBORN)],
    ids=["exit", "crash", "SIGTERM", "SIGKILL", "SIGKILL with stubborn children"],
)
def test_children_end_with_their_parent(way: str, command: tuple[str, ...], temporary: Path) -> None:
    how = way if way in ("exit", "crash") else "wait"
    arguments = [sys.executable, "-c", PARENT, how, *command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        started = [parent.stdout.readline().split() for _ in range(2)]
        if how == "wait":
            assert all(is_alive(int(pid)) for _, pid in started)
            parent.send_signal(signal.Signals[way])
        parent.wait(PATIENCE)
    for folder, pid in started:
        assert Path(folder).parent == temporary
        wait_until(lambda pid=pid: not is_alive(int(pid)), f"the child to end after {way}")  # type: ignore[misc]
    wait_until(lambda: not list(temporary.iterdir()), f"the folders to go after {way}")
