"""What every screen, dialog and state looks like. `pytest tests/ui/test_snapshots.py --snapshot-update` accepts a new
look.

A new one is a line in `CASES`: its name and what brings it on screen. It is then drawn at all sizes in all looks. One
running application gives all looks of a size, so that each costs some hundredths of a second.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.ui.session import LayoutStore
from tests.ui.pictures import picture
from tests.ui.stage import SCREEN, Stage

Scene = Callable[[Stage, Pilot[Any]], Awaitable[None]]
SIZES = ((80, 24), (120, 36), (200, 50))
TINY = (40, 12)
"""Drawn in the first look only: there is little to see, and it is the same in the others."""
LOOKS = {
    "dark": SCREEN,
    "light": replace(SCREEN, theme="chatwatch-light"),
    "16": replace(SCREEN, colours="16"),
    "none": replace(SCREEN, colours="none"),
}
"""What a case is drawn in; `16` and `none` as xterm would."""


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


def after_keys(*keys: str) -> Scene:
    """The demo, and these keys pressed in it; what works on it off the event loop has ended."""

    async def scene(stage: Stage, pilot: Pilot[Any]) -> None:
        await demo(stage, pilot)
        await pilot.press(*keys)
        await pilot.pause()
        await stage.app.workers.wait_for_complete()
        await stage.tick(pilot)

    return scene


async def searching(stage: Stage, pilot: Pilot[Any]) -> None:
    """Something typed to be found in all panes, a row marked; the line still open."""
    await demo(stage, pilot)
    await pilot.press("3", "k", "m", "slash", "tab", *"clause")
    while stage.dashboard._is_looking:
        await pilot.pause(0.005)
    await pilot.pause()


async def wrong_query(stage: Stage, pilot: Pilot[Any]) -> None:
    """A regex that is none."""
    await demo(stage, pilot)
    await pilot.press("1", "slash", "ctrl+r", *"in(v")
    await pilot.pause()


async def picking(stage: Stage, pilot: Pilot[Any]) -> None:
    """Letters typed in the list of forty, two of those found marked."""
    await choosing(stage, pilot)
    await pilot.press(*"re", "space", "space", "down")
    while stage.app.screen.choosing.prepare():  # type: ignore[attr-defined]
        pass
    stage.app.screen.refresh_list()  # type: ignore[attr-defined]
    await pilot.pause()


async def layouts(stage: Stage, pilot: Pilot[Any]) -> None:
    """Three kept, one asked about."""
    await demo(stage, pilot)
    await pilot.press(
        "S", *"all of it", "enter", "1", "x", "S", *"without the first", "enter", "L", "S", *"one", "enter"
    )
    await pilot.press("l", "down", "delete")
    await pilot.pause()


CASES: dict[str, Scene] = {
    "demo": demo,
    "reading": reading,
    "choosing": choosing,
    "picking": picking,
    "palette": after_keys("colon", *"frz"),
    "palette_all": after_keys("colon"),
    "layouts": layouts,
    "no_server": no_server,
    "help_page": help_page,
    "searching": searching,
    "wrong_query": wrong_query,
    "filtering": after_keys("2", "backslash", *"error", "enter"),
    "display_menu": after_keys("T"),
    "raw_chunks": after_keys("2", "v"),
    "times": after_keys("2", "D"),
    "inspector": after_keys("2", "i"),
    "reader": after_keys("4", "M"),
    "copy_menu": after_keys("y"),
    "write_dialog": after_keys("w"),
}


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name in CASES for size in (*SIZES, TINY)],
    ids=lambda part: part if isinstance(part, str) else "x".join(map(str, part)),
)
async def test_looks(name: str, size: tuple[int, int], snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    stage = Stage(layouts=LayoutStore(tmp_path / "state"))
    shown = snapshot.use_extension(SVGImageExtension)
    wrong: list[str] = []
    async with stage.app.run_test(size=size) as pilot:
        await CASES[name](stage, pilot)
        await pilot.pause()
        for look in LOOKS if size != TINY else list(LOOKS)[:1]:
            stage.app.look_like(LOOKS[look])
            await pilot.pause()
            drawn = picture(stage.app)
            if drawn != shown(name=look):
                path = tmp_path / f"{name}-{size[0]}x{size[1]}-{look}.svg"
                path.write_text(drawn, encoding="utf-8")
                wrong.append(str(path))
    assert not wrong, f"looks different now: {wrong}"
