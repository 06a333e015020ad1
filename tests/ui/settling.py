"""When the application under test is at rest, known instead of guessed.

Textual's pilot sleeps 20 ms at a time until the process uses little CPU. That is slow (two sleeps a key), and on a busy
machine it takes a process that got no CPU for one that has nothing to do. Here the event loop itself is asked: at rest
is when nothing is ready to run in it, no thread works for it, and all screens have drawn what they were told.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from textual._context import active_app

TURNS = 3
"""So many turns of the loop in a row must find nothing to do: a turn also looks at sockets, pipes and timers."""
LONGEST = 1.0
"""Seconds; a thread that works for longer is waited for by the test that gave it its work."""


async def at_rest(min_sleep: float = 0.0, max_sleep: float = LONGEST) -> None:
    """Instead of `textual._wait.wait_for_idle`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + max_sleep
    await _nothing_to_run(loop, end)
    app = active_app.get(None)
    for screen in app.screen_stack if app is not None and app.is_running else ():
        screen._on_timer_update()  # from below to above: what shines through is drawn by the screen on top
        await _nothing_to_run(loop, end)


async def _nothing_to_run(loop: asyncio.AbstractEventLoop, end: float) -> None:
    quiet = 0
    while quiet < TURNS and loop.time() < end:
        working = _threads_work(loop)
        await asyncio.sleep(0.001 if working else 0)
        quiet = 0 if working or cast(Any, loop)._ready else quiet + 1


def _threads_work(loop: asyncio.AbstractEventLoop) -> bool:
    pool = cast(Any, loop)._default_executor
    return pool is not None and (pool._work_queue.qsize() > 0 or pool._idle_semaphore._value < len(pool._threads))
