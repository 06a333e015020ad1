"""How tests run chatwatch as a command, look at the settings it makes of its options, and wait for what it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
from hypothesis import HealthCheck, settings

from chatwatch_tui.cli.commands import build
from chatwatch_tui.cli.to_settings import watch_settings
from chatwatch_tui.settings import WatchSettings

PATIENCE = 30.0
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
"""For property tests: a busy machine is no failure."""
CHATWATCH = (sys.executable, "-m", "chatwatch_tui")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def run(argv: list[str], env: Mapping[str, str] | None = None) -> Ended:
    """Run a program without a terminal."""
    ended = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def chatwatch(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run the command without a terminal."""
    return run([*CHATWATCH, *arguments], env)


def command_of(name: str) -> click.Command:
    """A command as it is read from the command line."""
    command = build().get_command(click.Context(click.Command("chatwatch")), name)
    assert command is not None
    return command


def settings_of(*arguments: str) -> WatchSettings:
    """What `chatwatch watch` would be run with; raises click.UsageError where it would refuse."""
    with command_of("watch").make_context("watch", list(arguments)) as context:
        return watch_settings(context, dict(context.params))


def refusal_of(*arguments: str) -> str:
    """The words with which `chatwatch watch` refuses its options."""
    try:
        accepted = settings_of(*arguments)
    except click.UsageError as refusal:
        return refusal.format_message()
    raise AssertionError(f"accepted as {accepted}")


def write_context(name: str, *, selected: bool = False, **fields: Any) -> None:
    """A context of the `nats` tool."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "nats"
    (folder / "context").mkdir(parents=True, exist_ok=True)
    (folder / "context" / f"{name}.json").write_text(json.dumps(fields))
    if selected:
        (folder / "context.txt").write_text(f"{name}\n")


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is only waiting to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
