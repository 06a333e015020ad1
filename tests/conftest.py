"""What every test gets: a home of its own, no environment of the developer's, and a real broker for who asks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import RealBroker
from tests.ui.settling import at_rest

NOT_OURS = ("NO_COLOR", "TEXTUAL", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
"""Variables that would change what programs show, or how fast they start."""
sys.dont_write_bytecode = False
"""Whatever the environment wants: to rewrite the assertions of all tests takes each process 8 s of CPU, to compile
chatwatch takes each program that a test starts 0.2 s."""

# A shell that starts the tests in the background has these ignored, and with them every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# `nohup` does so with this one: still not heard here, but programs begin without what is a handler of ours.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

WAITING = {
    "test_end_to_end.py", "test_nats_fake_servers.py", "test_nats_links.py", "test_slow_link.py", "test_terminal.py",
    "test_vanished.py",
}  # fmt: skip
"""Modules whose tests wait more than they work: for limits of time that are the law, and for terminals that stall."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that wait first: one process of several waits (`--dist worksteal` begins with a piece of the list for each)
    while the others have the processors, and nobody waits for the last one at the end."""
    items.sort(key=lambda item: item.path.name not in WAITING)


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings, contexts or secrets of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("NATS_", "CHATWATCH_")) or name in NOT_OURS:
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture(autouse=True)
def _rest_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilots wait until the application is at rest, and no longer."""
    monkeypatch.setattr("textual.app.wait_for_idle", at_rest)
    monkeypatch.setattr("textual.pilot.wait_for_idle", at_rest)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    """A real nats-server without sign-in, which a test may kill, freeze and start again on the same port."""
    with RealBroker(tmp_path / "broker") as running:
        yield running
