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


async def one_talk(stage: Stage, pilot: Pilot[Any]) -> None:
    """A single conversation, with a tool and a secret."""
    stage.link(LinkState.LIVE, rtt=0.0008)
    stage.message(1, "user", "What happened on Friday? Mail ada@example.org.", title="log-helper")
    stage.chunk(1, "thinking", content="The log will tell.")
    stage.now += 2.0
    arguments = {"query": "select *", "limit": 20, "exact": True, "lang": None, "tags": list(range(4))}
    stage.chunk(1, "tool_call", tool_name="sql.run", tool_call_id="call_9", arguments=arguments, mood="good")
    await stage.shown(pilot)
    await stage.tick(pilot)


async def inspector(stage: Stage, pilot: Pilot[Any]) -> None:
    """A tool call taken apart, the cursor in its JSON."""
    await one_talk(stage, pilot)
    await pilot.press("i", "tab", "tab", "j", "j", "j")


async def inspector_raw(stage: Stage, pilot: Pilot[Any]) -> None:
    """Bytes that are no text, in hexadecimal."""
    await one_talk(stage, pilot)
    stage.deliver(1, bytes(range(0, 256, 3)))
    await stage.shown(pilot)
    await pilot.press("i", "x", "pagedown")


MARKDOWN = """# What happened

The **primary** lost its *lease* at `03:12`; see [the runbook](https://runbook.example/lease).

1. restart the `proxy`
   - check its log
2. raise the probe to 60 s

> It had been so since Friday.

```sql
select * from invoices where customer = 8812;
```

| service | errors |
|---|---|
| checkout | 12 |
| 结账 | 0 |
"""


async def answered(stage: Stage, pilot: Pilot[Any]) -> None:
    """The same, with the result and an answer."""
    await one_talk(stage, pilot)
    stage.chunk(1, "tool_result", tool_name="sql.run", tool_call_id="call_9", result=[["checkout", 12]])
    stage.text(1, MARKDOWN)
    await stage.shown(pilot)


async def reader(stage: Stage, pilot: Pilot[Any]) -> None:
    """An answer with everything that Markdown has."""
    await answered(stage, pilot)
    await pilot.press("M")
    await pilot.app.workers.wait_for_complete()


async def copy_menu(stage: Stage, pilot: Pilot[Any]) -> None:
    """What there is to copy of a turn with tools and code; redaction is on."""
    await answered(stage, pilot)
    await pilot.press("y", "down", "r")


async def selecting(stage: Stage, pilot: Pilot[Any]) -> None:
    """Some rows of a pane are selected."""
    await answered(stage, pilot)
    await pilot.press("y", *["down"] * 5, "enter", "k", "k", "k")


async def write_dialog(stage: Stage, pilot: Pilot[Any]) -> None:
    """A pane is to be written, redacted; the file is there already. A recording runs."""
    await answered(stage, pilot)
    await pilot.press("r", "w", "enter")
    await pilot.app.workers.wait_for_complete()
    await pilot.press("w", "down", "space", "enter")


CASES: dict[str, Scene] = {
    "demo": demo,
    "reading": reading,
    "choosing": choosing,
    "no_server": no_server,
    "help_page": help_page,
    "inspector": inspector,
    "inspector_raw": inspector_raw,
    "reader": reader,
    "copy_menu": copy_menu,
    "selecting": selecting,
    "write_dialog": write_dialog,
}


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name in CASES for size in (*SIZES, TINY)],
    ids=lambda part: part if isinstance(part, str) else "x".join(map(str, part)),
)
async def test_looks(name: str, size: tuple[int, int], snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    stage = Stage()
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
