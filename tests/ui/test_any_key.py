"""Whatever key comes, whatever there is to act upon: nothing ends the program, and Esc leads back."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from textual.pilot import Pilot

from chatwatch_tui.ui.command_table import commands
from chatwatch_tui.ui.commands import Command, Scope
from tests.ui.conversations import HOSTILE
from tests.ui.stage import Stage

SITUATIONS = ["no pane", "an empty pane", "an empty pane beside others", "a pane", "frozen", "raw", "pruned"]
SIZES = [(120, 36), (80, 24), (40, 12), (20, 5)]
LEAVING = frozenset({"quit", "suspend"})
KEYS = [
    *(key for command in commands() if command.id not in LEAVING for key in command.keys.split(",") if key),
    *"abcnx01!:/ ",
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "enter", "escape"),
]
OUTSIDE = frozenset({"q", "ctrl+c", "ctrl+z"})
"""Keys that end the program."""


async def put_into(stage: Stage, pilot: Pilot[Any], situation: str) -> None:
    """Bring the dashboard there."""
    if situation == "no pane":
        return
    if situation != "an empty pane":
        for number in (1, 2, 3):
            speak(stage, number)
        await stage.shown(pilot)
    if situation == "an empty pane beside others":
        await pilot.press("4")
    elif situation == "frozen":
        await pilot.press("F")
        speak(stage, 1)
    elif situation == "raw":
        await pilot.press("v")
    elif situation == "pruned":
        await pilot.press("g")
        view = stage.pane(1).view
        assert view is not None
        view.conversation.transcript.text_budget = 2_000
        for _ in range(30):
            speak(stage, 1)
    await stage.shown(pilot)


def speak(stage: Stage, number: int) -> None:
    """A turn with everything in it."""
    stage.message(number, "user", "why? " * 5)
    stage.chunk(number, "thinking", content="let me see " * 20)
    stage.chunk(number, "tool_call", tool_name="search", tool_call_id="1", arguments={"query": "refund"})
    stage.chunk(number, "tool_result", tool_call_id="1", result={"hits": [1, 2, 3]})
    stage.text(number, "an answer of\n\n```py\nx = 1\n```\n", HOSTILE)
    stage.chunk(number, "plan", content="a type that nobody knows")
    stage.chunk(number, "error" if number == 2 else "done", error="no")


def in_situation(situation: str) -> Stage:
    asked_for = {"an empty pane": 1, "an empty pane beside others": 4}
    return Stage(asked_for=asked_for.get(situation, 0))


async def back(stage: Stage, pilot: Pilot[Any]) -> None:
    """Esc, until nothing lies over the dashboard."""
    for _ in range(6):
        await pilot.press("escape")
        if stage.app.screen is stage.dashboard:
            return
    raise AssertionError(f"no way out of {stage.app.screen}")


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_every_command_can_be_given_wherever_one_is(situation: str) -> None:
    stage = in_situation(situation)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await put_into(stage, pilot, situation)
        for command in sorted(commands(Scope.DASHBOARD), key=lambda command: command.id == "close"):
            if command.id not in LEAVING:
                await give(stage, pilot, command)
                await back(stage, pilot)
                assert stage.app.is_running, command.id


async def give(stage: Stage, pilot: Pilot[Any], command: Command) -> None:
    """By its first key, or by name where it has none."""
    key = command.keys.split(",")[0]
    if key:
        await pilot.press(key)
    else:
        await stage.app.run_action(f"screen.{command.action}")
        await pilot.pause()


@pytest.mark.parametrize("seed", range(8))
async def test_keys_in_any_order_end_nothing_and_esc_leads_back(seed: int) -> None:
    random = Random(seed)
    situation = SITUATIONS[seed % len(SITUATIONS)]
    stage = in_situation(situation)
    async with stage.app.run_test(size=random.choice(SIZES)) as pilot:
        await put_into(stage, pilot, situation)
        for _ in range(50):
            key = random.choice(KEYS)
            if key not in OUTSIDE:
                await pilot.press(key)
            if random.random() < 0.1:
                speak(stage, random.randint(1, 12))
                stage.now += random.choice([0, 1, 20])
            if random.random() < 0.03:
                await pilot.resize_terminal(*random.choice(SIZES))
        await back(stage, pilot)
        assert stage.app.is_running
