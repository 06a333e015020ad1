"""What ten thousand known conversations cost: a tick of the dashboard's clock, a key in their list, and a letter typed
in the picker.

In one process, with the stage that the tests of the screen use; CPU time of the thread, drawing included. The garbage
collector is off meanwhile: its passes fall on whoever comes by, and are the same for all programs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from chatwatch_tui.core.roster import MAX_CONVERSATIONS
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.widgets.chooser_rows import ChooserRows
from chatwatch_tui.ui.widgets.roster_list import HELD_FOR
from tests.ui.stage import Stage

KNOWN = MAX_CONVERSATIONS
ACTIVE = 500
SIZE = (200, 50)
SECONDS = 8
"""Ticks that are measured; the median counts."""
KEYS = ("B", "down", "down", "pagedown", "pagedown", "end", "up", "home", "pageup", "down", "escape")
TYPED = ("b", "i", "l", "backspace", "z", "comma", "e", "r")
_WORDS = (
    "billing", "help", "search", "agent", "invoice", "customer", "deploy", "rollback", "error", "metric", "connection",
)  # fmt: skip


@dataclass
class Cost:
    """Milliseconds of CPU."""

    active_ms: float
    """A tick after a second in which `ACTIVE` conversations received something."""
    idle_ms: float
    """A tick after a second of silence."""
    key_ms: float
    """The dearest key in the list, while `ACTIVE` receive something: going into it, rows, pages, ends, sorting, out."""
    open_ms: float
    """From the key that opens the picker to its first page."""
    letter_ms: float
    """The dearest of the letters typed."""
    scan_ms: float
    """For comparison: one pass of `word in text` over all that is searched."""
    waiting_ms: float
    """A tick after a second of silence in which all wait for their model; or all are stalled, where that is dearer."""


def measured(known: int) -> Cost:
    """With so many conversations known."""
    return asyncio.run(_measured(known))


async def _measured(known: int) -> Cost:
    stage = Stage(max_conversations=known + 1)
    async with stage.app.run_test(size=SIZE) as pilot:
        await _fill(stage, pilot, known)
        gc.disable()
        try:
            active, idle = await _ticks(stage, pilot)
            key = await _keys(stage, pilot)
            letters = await _letters(stage, pilot)
            waiting = await _waiting(stage, pilot, known)
            return Cost(statistics.median(active), statistics.median(idle), key, *letters, waiting)
        finally:
            gc.enable()


async def _fill(stage: Stage, pilot: Pilot[Any], known: int) -> None:
    """Every conversation has answered and was seen."""
    choice = random.Random(7)
    for number in range(known):
        text = " ".join(choice.choices(_WORDS, k=20))
        token = {"chunk_type": "token", "content": text, "title": "-".join(choice.choices(_WORDS, k=2))}
        stage.deliver(number, json.dumps(token).encode(), b'{"chunk_type": "done"}')
    await stage.shown(pilot)
    for conversation in stage.watching.roster:
        conversation.acknowledge(stage.now + 1)
    stage.now += 10


async def _ticks(stage: Stage, pilot: Pilot[Any]) -> tuple[list[float], list[float]]:
    active: list[float] = []
    await stage.tick(pilot)
    for _ in range(SECONDS):
        for number in range(ACTIVE):
            stage.text(number, "more ")
        await stage.shown(pilot)
        stage.now += 1
        active.append(_cpu_ms(stage.dashboard._tick))
        await pilot.pause()
    stage.now += 8
    await stage.tick(pilot)
    return active[1:], await _silent_ticks(stage, pilot)  # with the first they stop being done, and all of them move


async def _silent_ticks(stage: Stage, pilot: Pilot[Any]) -> list[float]:
    costs: list[float] = []
    for _ in range(SECONDS):
        stage.now += 1
        costs.append(_cpu_ms(stage.dashboard._tick))
        await pilot.pause()
    return costs


async def _waiting(stage: Stage, pilot: Pilot[Any], known: int) -> float:
    """The dearer median: of ticks before and after all of them are stalled."""
    await pilot.press("escape")
    for number in range(known):
        stage.message(number, "user", "hello")
    await stage.shown(pilot)
    medians: list[float] = []
    for seconds in (8, 80):
        stage.now += seconds
        await stage.tick(pilot)
        medians.append(statistics.median(await _silent_ticks(stage, pilot)))
    return max(medians)


async def _keys(stage: Stage, pilot: Pilot[Any]) -> float:
    """What the dearest one takes, with the drawing that it asks for."""
    costs: list[float] = []
    for key in KEYS:
        for number in range(ACTIVE):
            stage.text(number, "more ")
        await stage.shown(pilot)
        stage.now += HELD_FOR  # so that the list is sorted under the cursor, too
        began = time.thread_time()
        await pilot.press(key)
        await pilot.pause()
        costs.append((time.thread_time() - began) * 1_000)
    return max(costs)


async def _letters(stage: Stage, pilot: Pilot[Any]) -> tuple[float, float, float]:
    """Opening, the dearest letter, and a plain pass."""
    began = time.thread_time()
    stage.dashboard.action_open()
    while not (screen := stage.app.screen).query(ChooserRows) or not screen.query_one(ChooserRows).is_drawn:  # noqa: ASYNC110
        await asyncio.sleep(0)
    opening = (time.thread_time() - began) * 1_000
    assert isinstance(screen, Chooser)
    choosing = screen.choosing
    while choosing.prepare():
        await pilot.pause()
    letters: list[float] = []
    for key in TYPED:
        began = time.thread_time()
        await pilot.press(key)
        letters.append((time.thread_time() - began) * 1_000)
    texts = [hay.all for hay in choosing._narrowing.haystacks]
    return opening, max(letters), _cpu_ms(lambda: ["zebra" in text for text in texts])


def _cpu_ms(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1_000
