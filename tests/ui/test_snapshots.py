"""What every screen, dialog and state looks like. `pytest tests/ui/test_snapshots.py --snapshot-update` accepts a new
look.

A new one is a line in `scenes.CASES`: its name and what brings it on screen. It is then drawn at all sizes in all
looks. One running application gives all looks of a size, so that each costs some hundredths of a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from chatwatch_tui.ui.session import LayoutStore
from tests.ui.pictures import picture
from tests.ui.scenes import CASES
from tests.ui.stage import SCREEN, Stage

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
def _timeless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In UTC; and what is said in the footer stays, however slow the machine is."""
    monkeypatch.setattr("chatwatch_tui.ui.screens.dashboard_frame.SAID_FOR", 3_600.0)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


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
        await stage.shown(pilot)
        for look in LOOKS if size != TINY else list(LOOKS)[:1]:
            stage.app.look_like(LOOKS[look])
            await pilot.pause()
            drawn = picture(stage.app)
            if drawn != shown(name=look):
                path = tmp_path / f"{name}-{size[0]}x{size[1]}-{look}.svg"
                path.write_text(drawn, encoding="utf-8")
                wrong.append(str(path))
    assert not wrong, f"looks different now: {wrong}"
