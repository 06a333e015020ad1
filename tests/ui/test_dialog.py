"""What is behind a dialog: seen through it as it changes, without a style being made twice."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rich.segment import Segment
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip

from chatwatch_tui.ui.screens.dialog import _veiled
from tests.ui.stage import SCREEN, Stage

LEFT_OF_HELP = 50


@pytest.mark.parametrize("theme", ["chatwatch-dark", "chatwatch-light", "chatwatch-terminal"])
async def test_what_is_behind_goes_on_as_textual_would_draw_it(theme: str) -> None:
    stage = Stage(screen=replace(SCREEN, theme=theme))
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await stage.play(pilot, 12.0, conversations=8)
        stage.text(1, "a sentence")
        await stage.shown(pilot)
        await pilot.press("question_mark")
        stage.text(1, " and a newer one")
        await stage.shown(pilot)
        below = stage.dashboard._compositor.render_strips()
        assert any("and a newer one" in strip.text for strip in below)
        veil = stage.app.screen.styles.background
        expected = [Strip(BackgroundScreen.process_segments(strip, veil)) for strip in below]
        shown = stage.app.screen._compositor.render_strips()
        assert [left_of_help(strip) for strip in shown] == [left_of_help(strip) for strip in expected]


def left_of_help(strip: Strip) -> list[Segment]:
    return [*strip.crop(0, LEFT_OF_HELP).simplify()]


async def test_no_style_is_made_twice() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await stage.play(pilot, 12.0)
        await pilot.press("question_mark")
        await pilot.pause()
        made = _veiled.cache_info().misses
        assert made
        await pilot.press("escape", "question_mark")
        stage.text(1, "something new")
        await stage.shown(pilot)
        assert _veiled.cache_info().misses == made
