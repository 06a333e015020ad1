"""Makes the pictures of this folder: `python -m screenshots.make`, from the project's root.

They are the demo's conversations, played into the real dashboard by a clock of their own: nothing is drawn by hand, and
the same source makes the same pictures.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from chatwatch_tui.core.events import LinkState
from tests.ui.stage import Stage

FOLDER = Path(__file__).parent
PICTURES = {
    "dashboard": ((160, 40), 13.0, ()),
    "narrow": ((80, 24), 13.0, ("6",)),
    "zoomed": ((120, 36), 13.0, ("2", "z")),
    "help": ((120, 44), 2.0, ("question_mark",)),
}
"""Name: terminal size, seconds of the demo, keys pressed then."""


async def picture(size: tuple[int, int], seconds: float, keys: tuple[str, ...]) -> str:
    """One screen as SVG."""
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        stage.link(LinkState.LIVE, rtt=0.0008)
        await stage.play(pilot, seconds)
        await pilot.press(*keys)
        await pilot.pause()
        return stage.app.export_screenshot(title="chatwatch demo")


def main() -> None:
    """All of them."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name, (size, seconds, keys) in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        path.write_text(asyncio.run(picture(size, seconds, keys)), encoding="utf-8")
        print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
