"""A theme, colours or glyphs that change while the dashboard runs: everything on screen follows, at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import pytest
from msgspec.structs import asdict, replace
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot

from chatwatch_tui.demo.simulator import traffic
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.app import ChatwatchApp
from chatwatch_tui.ui.contrast import READABLE, contrast
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.made_palettes import _made_of
from chatwatch_tui.ui.palettes import DARK, LIGHT
from chatwatch_tui.ui.themes import UnknownTheme, theme_names
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.chooser_rows import ChooserRows
from tests.ui.scenes import CASES, demo, help_page
from tests.ui.stage import SCREEN, Stage

Change = Callable[[ChatwatchApp], None]
WAYS: dict[str, Change] = {
    "use_theme": lambda app: app.use_theme("chatwatch-light"),
    "app.theme": lambda app: setattr(app, "theme", "chatwatch-light"),
    "settings": lambda app: app.dashboard.apply_settings(replace(SCREEN, theme="chatwatch-light")),
}


def styles(stage: Stage) -> list[Style]:
    """Of everything on screen."""
    strips = stage.app.screen._compositor.render_strips()
    return [segment.style or Style.null() for strip in strips for segment in strip if segment.text]


def grounds(stage: Stage) -> set[str]:
    """Grounds of everything on screen, as `#rrggbb`."""
    return {style.bgcolor.name for style in styles(stage) if style.bgcolor is not None}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scene", [demo, help_page], ids=["dashboard", "help"])
async def test_everything_on_screen_follows(scene: Any, way: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await scene(stage, pilot)
        assert DARK.ground in grounds(stage)
        rows = stage.screen()
        WAYS[way](stage.app)
        await pilot.pause()
        await pilot.pause()
        assert LIGHT.ground in grounds(stage)
        assert DARK.ground not in grounds(stage)
        assert stage.screen() == rows


async def test_every_theme_can_be_used_one_after_the_other() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await demo(stage, pilot)
        for name in theme_names():
            stage.app.use_theme(name)
            await pilot.pause()
            assert stage.app.theme == name
            assert stage.app.current_theme.dark == stage.app.look.palette.dark
            assert stage.app.look.inks[next(iter(stage.app.look.inks))] in styles(stage)


@pytest.mark.parametrize("keys", ["question_mark", "T", "w", "y", "colon"])
async def test_every_letter_of_a_dialog_can_be_read_in_every_theme(keys: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press(keys)
        await pilot.pause()
        dialog = next(iter(stage.app.screen.query(".dialog")), None) or stage.app.screen.query_one(ChooserRows)
        for name in theme_names():
            stage.app.use_theme(name)
            await pilot.pause()
            if stage.app.current_theme.ansi:
                continue  # the terminal's own colours, of which nobody knows how they look
            rows = stage.app.screen._compositor.render_strips()
            for strip in [rows[y].crop(dialog.region.x, dialog.region.right) for y in dialog.region.line_range]:
                for text, style, _ in strip:
                    if any(map(str.isalnum, text)):
                        assert letters_contrast(style or Style.null()) >= READABLE, (name, text)


def letters_contrast(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    colours = [Color.from_rich_color(each).hex6.lower() for each in (style.color, style.bgcolor)]
    return contrast(*colours)


async def test_a_start_makes_no_palette_that_nobody_sees() -> None:
    """Textual begins with a theme of its own before ours is in force; one of ours has its palette ready."""
    _made_of.cache_clear()
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)):
        assert stage.app.theme == "chatwatch-dark"
    assert _made_of.cache_info().misses == 0


async def test_an_unknown_theme_changes_nothing_and_is_told() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await demo(stage, pilot)
        with pytest.raises(UnknownTheme, match="did you mean nord"):
            stage.app.use_theme("nort")
        stage.dashboard.apply_settings(replace(SCREEN, theme="nort"))
        await pilot.pause()
        assert "no theme 'nort': did you mean nord?" in stage.screen()[-1]
        assert stage.app.theme == "chatwatch-dark"
    with pytest.raises(UnknownTheme):
        ChatwatchApp(Watching(None), ScreenSettings(theme="nort"))


async def test_a_theme_chosen_by_hand_stays_when_the_settings_change_in_something_else() -> None:
    stage = Stage()
    async with stage.app.run_test() as pilot:
        stage.app.use_theme("nord")
        for settings in (replace(SCREEN, max_fps=7), replace(SCREEN, ascii_glyphs=True)):
            stage.dashboard.apply_settings(settings)
            await pilot.pause()
            assert stage.app.theme == "nord"
        stage.dashboard.apply_settings(replace(SCREEN, theme="gruvbox"))
        await pilot.pause()
        assert stage.app.theme == "gruvbox"


async def test_with_fewer_colours_the_choice_is_remembered() -> None:
    stage = Stage(screen=replace(SCREEN, colours="16"))
    async with stage.app.run_test() as pilot:
        for name, shown in (("nord", "chatwatch-terminal"), ("solarized-light", "chatwatch-terminal-light")):
            stage.app.use_theme(name)
            await pilot.pause()
            assert (stage.app.wanted_theme, stage.app.theme) == (name, shown)
        stage.app.look_like(replace(SCREEN, theme=stage.app.wanted_theme))
        await pilot.pause()
        assert stage.app.theme == "solarized-light"
        assert "#fdf6e3" in grounds(stage)


@pytest.mark.parametrize(
    "settings",
    [replace(SCREEN, theme="chatwatch-terminal"), replace(SCREEN, colours="16"), replace(SCREEN, colours="none")],
    ids=["theme", "16", "none"],
)
@pytest.mark.parametrize("scene", [demo, help_page], ids=["dashboard", "help"])
async def test_the_terminals_own_colours_are_all_there_is(scene: Any, settings: ScreenSettings) -> None:
    stage = Stage(screen=settings)
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await scene(stage, pilot)
        found = [colour for style in styles(stage) for colour in (style.color, style.bgcolor) if colour is not None]
        assert not [colour for colour in found if colour.triplet is not None]
        assert bool(found) == (settings.colours != "none")


@pytest.mark.parametrize("theme", ["chatwatch-terminal", "chatwatch-terminal-light", "ansi-dark", "ansi-light"])
async def test_the_cursor_where_one_types_is_seen_in_16_colours(theme: str) -> None:
    stage = Stage(screen=replace(SCREEN, theme=theme))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await CASES["searching"](stage, pilot)
        strip = stage.app.screen._compositor.render_strips()[-1]
        cursors = [each.style for each in strip if each.style and each.style.reverse]
        assert len(cursors) == 1
        assert all(colour is None or colour.is_default for colour in (cursors[0].color, cursors[0].bgcolor))


# -- glyphs ------------------------------------------------------------------------------------------------------------

SIGNS = set("".join(asdict(UNICODE).values())) - set(map(chr, range(128)))
FROM_THE_WIRE = {
    char
    for count in (2, 9, 40)
    for _, _, publish in takewhile(lambda event: event[0] < 20, traffic(count, 7))
    for char in json.dumps(publish.payload, ensure_ascii=False)
} - SIGNS


@pytest.mark.parametrize("name", CASES)
async def test_in_ascii_nothing_of_ours_is_anything_else(name: str) -> None:
    stage = Stage(screen=replace(SCREEN, ascii_glyphs=True))
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await CASES[name](stage, pilot)
        await pilot.pause()
        await _all_of_it(stage, pilot)


async def _all_of_it(stage: Stage, pilot: Pilot[Any]) -> None:
    """What is on screen, and what is reached by paging down."""
    for _ in range(6):
        for row in stage.screen():
            assert not [char for char in row if not char.isascii() and char not in FROM_THE_WIRE], row
        if len(stage.app.screen_stack) < 2:
            return
        await pilot.press("pagedown")
        await pilot.pause()


async def test_glyphs_change_while_it_runs() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await demo(stage, pilot)
        stage.dashboard.apply_settings(replace(SCREEN, ascii_glyphs=True))
        await pilot.pause()
        await pilot.pause()
        await _all_of_it(stage, pilot)
        stage.dashboard.apply_settings(SCREEN)
        await pilot.pause()
        await pilot.pause()
        assert "⚙ metrics.query" in "\n".join(stage.screen())
