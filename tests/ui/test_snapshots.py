"""What the screens look like, at the sizes that operators have. `pytest --snapshot-update` accepts a new look."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from chatwatch_tui.core.events import LinkState
from tests.ui.stage import Stage

SIZES = ((80, 24), (120, 36), (200, 50))
Scene = Callable[[Stage, Pilot[Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def demo(stage: Stage, pilot: Pilot[Any]) -> None:
    """The demo after some seconds: every chunk type, several scripts, an error, something hostile."""
    stage.link(LinkState.LIVE, rtt=0.0008)
    await stage.play(pilot, 12.0)


async def reading(stage: Stage, pilot: Pilot[Any]) -> None:
    """Scrolled up in one pane, another frozen, a third pinned; the model behind one silent."""
    await demo(stage, pilot)
    await pilot.press("3", "p", "2", "space", "1", "k", "k")
    stage.now += 16.0
    await stage.play(pilot, 4.0, conversations=2, seed=7)


async def choosing(stage: Stage, pilot: Pilot[Any]) -> None:
    """The cursor in a roster of forty."""
    stage.link(LinkState.LIVE, rtt=0.0008)
    await stage.play(pilot, 12.0, conversations=40)
    await pilot.press("o", "down", "down", "down")


async def no_server(stage: Stage, pilot: Pilot[Any]) -> None:
    """Nothing reached, nothing shown."""
    stage.now += 12
    stage.link(
        LinkState.CONNECTING, attempt=5, server="db.example:4222", detail="connection refused by db.example:4222"
    )
    await stage.shown(pilot)


async def help_page(stage: Stage, pilot: Pilot[Any]) -> None:
    """Every key and sign."""
    await no_server(stage, pilot)
    await pilot.press("question_mark")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36", "200x50"])
@pytest.mark.parametrize("scene", [demo, reading, choosing, no_server, help_page], ids=lambda scene: scene.__name__)
def test_looks(scene: Scene, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    stage = Stage()

    async def before(pilot: Pilot[Any]) -> None:
        await scene(stage, pilot)

    assert snap_compare(stage.app, terminal_size=size, run_before=before)


def test_a_tiny_terminal_has_one_stream_and_a_status_line(snap_compare: Callable[..., bool]) -> None:
    stage = Stage()

    async def before(pilot: Pilot[Any]) -> None:
        await demo(stage, pilot)

    assert snap_compare(stage.app, terminal_size=(40, 12), run_before=before)
