"""What eye and fingers rest on: the row that keys are about, where other panes are, and menus over text."""

from __future__ import annotations

import pytest

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.screens.copy_menu import CopyMenu
from chatwatch_tui.ui.widgets.page import Page
from tests.ui.stage import Stage

WORDS = [f"word{number}\n" for number in range(80)]


def marked(stage: Stage, number: int = 1) -> list[str]:
    """The rows of a pane with the cursor's sign."""
    return [row for row in stage.rows(number) if "▸" in row[:2]]


async def test_the_row_that_keys_are_about_is_marked_in_the_pane_in_focus_once_the_reader_moved() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, *WORDS)
        stage.text(2, *WORDS)
        await stage.shown(pilot)
        assert marked(stage) == [], "while the end is followed a sign would run along"
        await pilot.press("k", "k", "k")
        view = stage.pane(1).view
        assert view is not None
        assert view.cursor is not None
        [row] = marked(stage)
        assert "word76" in row
        stage.text(1, "more\n" * 5)
        await stage.shown(pilot)
        assert marked(stage) == [row], "what comes in below moves neither text nor cursor"
        await pilot.press("2")
        assert marked(stage) == []
        await pilot.press("1", "end")
        assert marked(stage) == []


async def test_marking_and_going_up_marks_another_row_and_takes_none_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *WORDS)
        await stage.shown(pilot)
        for expected in (1, 2, 3):
            await pilot.press("m")
            assert f"Marked, {expected} mark" in stage.screen()[-1]
            await pilot.press("up")


async def test_without_a_frame_the_cursor_has_a_column_of_its_own() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 12)) as pilot:
        stage.text(1, *WORDS)
        await stage.shown(pilot)
        assert {row[0] for row in stage.rows(1)} == {" "}
        await pilot.press("pageup")
        assert [row for row in stage.rows(1) if row[0] == "▸"]


async def test_on_a_tiny_screen_a_remark_leaves_the_status_and_help_is_named() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 12)) as pilot:
        stage.text(1, *WORDS)
        await stage.shown(pilot)
        await pilot.press("x")  # any key takes the opening hint away
        stage.text(2, *WORDS)
        await stage.shown(pilot)
        status = stage.screen()[0]
        assert "? help" in status
        stage.dashboard.say(SafeText("something was done"))
        await pilot.pause()
        assert stage.screen()[0] == status
        assert "something was done" in stage.screen()[-1]


@pytest.mark.parametrize(("size", "rows"), [((20, 5), 1), ((40, 8), 2), ((40, 12), 4), ((40, 24), 4)])
async def test_a_remark_leaves_most_of_the_screen_to_the_stream(size: tuple[int, int], rows: int) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        stage.text(1, *WORDS)
        await stage.shown(pilot)
        await pilot.press("x")
        await pilot.pause()
        before = stage.screen()
        stage.dashboard.say(SafeText("3 panes of last time; --fresh starts without. " * 8))
        await pilot.pause()
        assert stage.screen()[:-rows] == before[:-rows]
        assert stage.screen()[-rows].startswith(" 3 panes")
        assert stage.screen()[-1].rstrip().endswith("…"), "what is cut says so"


async def test_where_not_all_panes_fit_a_strip_says_which_part_of_them_is_shown() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        for number in range(1, 10):
            stage.text(number, "hello")
        await stage.shown(pilot)
        await stage.tick(pilot)
        assert "page 1 of 2" in stage.screen()[1]
        assert all(f" {number}›" in stage.screen()[1] for number in range(1, 10))
        await pilot.press("7")
        await stage.shown(pilot)
        assert "page 2 of 2" in stage.screen()[1]


async def test_the_copy_menu_leaves_what_is_copied_in_view_and_its_ends_are_a_key_away() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *WORDS)
        await stage.shown(pilot)
        await pilot.press("y")
        menu = stage.app.screen
        assert isinstance(menu, CopyMenu)
        await pilot.pause()
        assert any("word79" in row for row in stage.screen()), "the newest text, which is what is copied"
        page = menu.query_one(Page)
        await pilot.press("end")
        last = page.count - 1
        await pilot.pause()
        assert page.cursor == last
        await pilot.press("home", "pagedown")
        await pilot.pause()
        assert page.cursor == min(page.page, last)
        await pilot.press("escape", "g", "y")
        await pilot.pause()
        assert any("word0 " in row for row in stage.screen()), "the oldest text, at the top"
