"""Makes the pictures of this folder: `python -m screenshots.make`, from the project's root.

They are the demo's conversations, played into the real dashboard by a clock of their own: nothing is drawn by hand, and
the same source makes the same pictures. `themes.svg` shows the same moment in every theme.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.ui.themes import theme_names
from tests.ui.pictures import picture
from tests.ui.stage import Stage

FOLDER = Path(__file__).parent
PICTURES = {
    "dashboard": ((160, 40), 13.0, ()),
    "narrow": ((80, 24), 13.0, ("6",)),
    "zoomed": ((120, 36), 13.0, ("2", "z")),
    "help": ((120, 44), 2.0, ("question_mark",)),
}
"""Name: terminal size, seconds of the demo, keys pressed then."""
SHEET_SIZE, SHEET_SECONDS, SHEET_KEYS = (64, 18), 13.0, ("2",)
SHEET_COLUMNS = 4


async def one_screen(size: tuple[int, int], seconds: float, keys: tuple[str, ...]) -> str:
    """One screen as SVG."""
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        stage.link(LinkState.LIVE, rtt=0.0008)
        await stage.play(pilot, seconds)
        await pilot.press(*keys)
        await pilot.pause()
        return picture(stage.app, title="chatwatch demo")


async def all_themes() -> str:
    """The same screen in every theme, as one SVG."""
    stage = Stage()
    shown: list[str] = []
    async with stage.app.run_test(size=SHEET_SIZE) as pilot:
        stage.link(LinkState.LIVE, rtt=0.0008)
        await stage.play(pilot, SHEET_SECONDS)
        await pilot.press(*SHEET_KEYS)
        for name in theme_names():
            stage.app.use_theme(name)
            await pilot.pause()
            await pilot.pause()
            shown.append(picture(stage.app, title=name))
    return sheet(shown)


def sheet(pictures: list[str]) -> str:
    """SVGs of one size side by side. Their classes are made different: a style holds for the whole document."""
    found = re.search(r'viewBox="0 0 (\S+) (\S+)"', pictures[0])
    assert found is not None
    width, height = float(found[1]), float(found[2])
    rows = -(-len(pictures) // SHEET_COLUMNS)
    cells = []
    for number, svg in enumerate(pictures):
        own = re.sub(r"\bc(\d+)(?=[\"{])", rf"p{number}c\1", svg)
        row, column = divmod(number, SHEET_COLUMNS)
        place = f'x="{column * (width + 10):g}" y="{row * (height + 10):g}" width="{width:g}" height="{height:g}"'
        cells.append(own.replace("<svg ", f"<svg {place} ", 1))
    size = f"{SHEET_COLUMNS * (width + 10) - 10:g} {rows * (height + 10) - 10:g}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">\n{"".join(cells)}</svg>\n'


def main() -> None:
    """All of them."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, (size, seconds, keys) in PICTURES.items():
        _write(name, asyncio.run(one_screen(size, seconds, keys)))
    _write("themes", asyncio.run(all_themes()))


def _write(name: str, svg: str) -> None:
    path = FOLDER / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
