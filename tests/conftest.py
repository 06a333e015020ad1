"""What every test gets: a home of its own, no environment of the developer's, and a real broker for who asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import RealBroker
from tests.ui.settling import at_rest


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings, contexts or secrets of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("NATS_", "CHATWATCH_")) or name in ("NO_COLOR", "TEXTUAL", "COLUMNS", "LINES"):
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
