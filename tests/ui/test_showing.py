"""The keys for what is shown, as an operator presses them: t, T, v, D and the filter."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from chatwatch_tui.core.display import DisplaySettings, Level, Times
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui import slices
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.pane_words import hidden_total
from chatwatch_tui.ui.reading import View
from chatwatch_tui.ui.screens.display_menu import KINDS, DisplayMenu
from tests.ui.stage import Stage

WIDE = (160, 40)


async def two_panes(stage: Stage, pilot: Pilot[Any]) -> None:
    for number in (1, 2):
        stage.text(number, "a thought of the model", flow="thinking")
        stage.text(number, f"hay\nneedle {number}\nhay ")
    await stage.shown(pilot)
    await pilot.press("1")


def display_of(stage: Stage, number: int) -> DisplaySettings:
    view = stage.pane(number).view
    assert view is not None
    return view.reading.display


def body(stage: Stage, number: int) -> list[str]:
    return [row.strip("│ ▌") for row in stage.rows(number)[1:-1] if row.strip("│ ")]


def has_menu(stage: Stage) -> bool:
    return isinstance(stage.app.screen, DisplayMenu)


async def test_t_goes_through_the_levels_of_thinking_in_this_pane_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        seen = []
        for _ in range(3):
            await pilot.press("t")
            seen.append(display_of(stage, 1).thinking)
            if seen[-1] is Level.HIDDEN:
                assert not any("thought" in row for row in body(stage, 1))
                assert "1 thought hidden" in stage.rows(1)[-1]
        assert seen == [Level.ONE_LINE, Level.HIDDEN, Level.FULL]
        assert display_of(stage, 2) == DisplaySettings()


async def test_the_menu_changes_this_pane_or_all_at_once_and_panes_opened_later() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("T", "right", "right")
        assert [display_of(stage, n).thinking for n in (1, 2)] == [Level.HIDDEN, Level.FULL]
        await pilot.press("down", "tab", "space")
        assert [display_of(stage, n).token for n in (1, 2)] == [Level.ONE_LINE, Level.ONE_LINE]
        assert [display_of(stage, n).thinking for n in (1, 2)] == [Level.HIDDEN, Level.FULL]
        assert has_menu(stage)
        await pilot.press("escape")
        assert not has_menu(stage)
        stage.text(3, "later")
        await stage.shown(pilot)
        assert display_of(stage, 3).token is Level.ONE_LINE


@pytest.mark.parametrize("size", [(40, 12), (40, 8), (80, 24), (200, 50)])
async def test_the_menu_shows_every_kind_with_its_level_and_whose_it_is(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("T")
        await pilot.pause()
        seen: list[str] = []
        for _ in KINDS:
            screen = stage.screen()
            assert any("●this pane" in row and "all panes" in row for row in screen)
            (here,) = [row for row in screen if "▸" in row]
            seen.append(here[here.index("▸") + 2 :].split("●")[0].split("  ")[0].strip())
            assert "hidden" in here
            assert "●" in here
            await pilot.press("down")
        assert seen == [
            "thinking", "answer", "tool call", "tool result", "turn end", "message", "system", "unknown",
        ]  # fmt: skip


async def test_the_menu_with_no_pane_open_is_for_all() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("T", "tab", "right", "escape")
        stage.text(1, "hm", flow="thinking")
        await stage.shown(pilot)
        assert display_of(stage, 1).thinking is Level.ONE_LINE


async def test_v_goes_through_the_views_and_d_through_the_times() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await two_panes(stage, pilot)
        view = stage.pane(1).view
        assert view is not None
        before = body(stage, 1)
        for expected in (View.RAW, View.MESSAGES, View.TEXT):
            await pilot.press("v")
            assert view.reading.view is expected
        assert body(stage, 1) == before
        for times in (Times.ABSOLUTE, Times.RELATIVE, Times.DELTA, Times.OFF):
            await pilot.press("D")
            assert {display_of(stage, n).times for n in (1, 2)} == {times}
        assert body(stage, 1) == before


async def test_a_filter_holds_as_it_is_typed_is_kept_by_enter_and_cleared_by_esc() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        everything = body(stage, 1)
        await pilot.press("backslash", *"needle")
        await pilot.pause()
        assert body(stage, 1) == ["› needle 1"]
        assert "3 lines hidden" in stage.screen()[-1]
        assert len(body(stage, 2)) == 4
        await pilot.press("enter")
        stage.text(1, "\nmore hay\nanother needle")
        await stage.shown(pilot)
        await stage.tick(pilot)
        assert body(stage, 1) == ["› needle 1", "› another needle"]
        assert '4 lines hidden · filter "needle"' in stage.rows(1)[-1]
        await pilot.press("escape")
        assert body(stage, 1)[: len(everything)] == everything
        assert "filter" not in stage.rows(1)[-1]


async def test_keys_typed_in_one_go_over_much_text_are_one_filter_and_letters_come_between_slices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slices, "SLICE_SIZE", 0)
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0.0)
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        for turn in range(40):
            stage.text(1, f"hay {turn}\nneedle{turn}x\n")
            stage.chunk(1, "done")
        await stage.shown(pilot)
        view = stage.pane(1).view
        assert view is not None
        seen = set()
        go_on = view.go_on

        def noted(pace: slices.Slice | None = None) -> None:
            seen.add(view.reading.filter and view.reading.filter.text)
            go_on(pace)

        monkeypatch.setattr(view, "go_on", noted)
        await pilot.press("backslash", *"needle7x", "enter", "L")
        while view.is_changing:
            await pilot.pause()
        await pilot.pause()
        assert len(seen) > 3, "letters came while an earlier filter was under way"
        assert body(stage, 1) == ["› needle7x"]
        assert '120 lines hidden · filter "needle7x"' in stage.rows(1)[-1]
        assert stage.dashboard._prompt is None


async def test_the_count_beside_the_line_stays_true_while_text_comes() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash", *"needle")
        await pilot.pause()
        stage.text(1, "\nmore hay\nand more\n")
        await stage.shown(pilot)
        assert "5 lines hidden" in stage.screen()[-1]
        await pilot.press("space", *"/(/")
        stage.text(1, "hay\n")
        await stage.shown(pilot)
        assert "not a regex" in stage.screen()[-1], "what is wrong stays said"


async def test_tab_goes_on_to_all_panes_and_esc_clears_all_that_have_the_filter() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        everything = body(stage, 1), body(stage, 2)
        await pilot.press("backslash", *"needle", "tab", "tab")
        await pilot.pause()
        assert "Filter lines in all panes:" in stage.screen()[-1]
        assert body(stage, 1) == ["› needle 1"]
        assert body(stage, 2) != everything[1]
        await pilot.press("escape")
        await pilot.pause()
        assert (body(stage, 1), body(stage, 2)) == everything
        await pilot.press("backslash", *"needle", "tab", "tab", "enter")
        await pilot.pause()
        assert "in all panes" not in stage.screen()[-1]
        assert all("needle" in row for row in (*body(stage, 1), *body(stage, 2)))
        stage.text(3, "hay\nneedle 3\nhay")
        stage.text(4, "hay alone")
        await stage.shown(pilot)
        assert body(stage, 3) == ["› needle 3"], "one opened later has it too"
        assert body(stage, 4) == ["Nothing here passes the filter; Esc shows all."]
        await pilot.press("escape")
        await pilot.pause()
        assert "Filter cleared in 4 panes" in stage.screen()[-1]
        assert (body(stage, 1), body(stage, 2)) == everything
        stage.text(5, "hay")
        await stage.shown(pilot)
        assert "› hay" in body(stage, 5)


async def test_a_filter_taken_back_to_one_pane_is_not_that_of_those_opened_later() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash", *"needle", "tab", "tab", "enter", "backslash", "tab", "tab", "enter")
        await pilot.pause()
        stage.text(3, "hay")
        await stage.shown(pilot)
        assert body(stage, 1) == ["› needle 1"]
        assert "› hay" in body(stage, 2)
        assert "› hay" in body(stage, 3)


async def test_a_pane_with_nothing_to_show_says_why() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "a thought", flow="thinking")
        await stage.shown(pilot)
        await pilot.press("t", "t")
        await pilot.pause()
        assert body(stage, 1) == ["All that is here is of kinds that are hidden; T shows them."]
        await pilot.press("t")
        await pilot.pause()
        assert "a thought" in body(stage, 1)[0]


@pytest.mark.parametrize(("size", "hint"), [(WIDE, "role:user tool:name"), ((40, 12), "-not /regex/")])
async def test_an_empty_filter_says_what_it_may_hold(size: tuple[int, int], hint: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash")
        await pilot.pause()
        assert hint in stage.screen()[-1]


async def test_on_forty_columns_the_count_beside_the_line_is_short_and_whole() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 12)) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash", *"needle", "tab", "tab")
        await pilot.pause()
        assert stage.screen()[-1].rstrip().endswith(" 3 hidden")


async def test_what_may_be_a_mistake_in_a_filter_is_said_beside_the_count() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash", *"rol:user")
        await pilot.pause()
        assert "rol: is plain text; role: is a field; 4 lines hidden" in stage.screen()[-1]
        await pilot.press("backspace", *["backspace"] * 20, *"needle")
        await pilot.pause()
        assert "3 lines hidden" in stage.screen()[-1]
        assert "field" not in stage.screen()[-1]


async def test_a_filter_that_is_dropped_leaves_things_as_they_were() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        everything = body(stage, 1)
        await pilot.press("backslash", *"needle", "escape")
        await pilot.pause()
        assert body(stage, 1) == everything


async def test_tab_switches_between_lines_and_turns() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        everything = body(stage, 1)
        await pilot.press("backslash", *"needle", "tab")
        await pilot.pause()
        assert body(stage, 1) == everything
        assert "turns" in stage.screen()[-1]
        await pilot.press("tab")
        await pilot.pause()
        assert body(stage, 1) == ["› needle 1"]


@pytest.mark.parametrize("query", ["/(/", "/(x+x+)+y/"])
async def test_a_regex_that_is_wrong_or_runs_away_says_so_and_leaves_the_screen_alone(query: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        stage.text(1, "x" * 3_000)
        await stage.shown(pilot)
        await pilot.press("backslash")
        await pilot.pause()
        prompt = stage.dashboard._prompt
        assert prompt is not None
        before = body(stage, 1)
        prompt.line.value = query
        await pilot.pause()
        assert any(words in stage.screen()[-1] for words in ("not a regex", "too slow"))
        assert body(stage, 1) == before
        await pilot.press("enter")
        assert stage.dashboard._prompt is not None, "it cannot be kept"


async def test_on_a_tiny_terminal_the_status_line_counts_what_is_hidden() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 12)) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("backslash", *"needle", "enter")
        await pilot.pause()
        assert "3 hidden" in stage.screen()[0]


async def test_settings_that_change_change_what_they_name_and_nothing_else() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await two_panes(stage, pilot)
        await pilot.press("t")
        settings = ScreenSettings(display=DisplaySettings(tool_call=Level.HIDDEN))
        stage.dashboard.apply_settings(settings)
        assert display_of(stage, 1) == DisplaySettings(thinking=Level.ONE_LINE, tool_call=Level.HIDDEN)
        assert display_of(stage, 2) == settings.display
        stage.dashboard.apply_settings(msgspec.structs.replace(settings, max_fps=5))
        assert display_of(stage, 1).thinking is Level.ONE_LINE


@pytest.mark.parametrize("size", [(120, 40), (100, 24), (80, 24), (60, 15), (40, 12), (30, 8), (20, 5)])
@pytest.mark.parametrize("view", [0, 1, 2])
async def test_how_much_a_filter_hides_is_on_screen_whatever_else_there_is(size: tuple[int, int], view: int) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        for number in range(1, 7):
            stage.text(number, *[f"line {n} {'needle' if n % 10 == 0 else 'straw'}\n" for n in range(123)])
        await stage.shown(pilot)
        await pilot.press("1", *["v"] * view, "backslash", *"needle", "enter")
        await pilot.pause()
        shown = stage.pane(1).view
        assert shown is not None

        def says_it() -> bool:
            said = f"{shown.layout.sifted:,} (lines?|chunks?)|{hidden_total(shown):,}"
            return any(re.search(rf"\b({said}) hidden", row) for row in (*stage.rows(1)[-1:], *stage.screen()))

        for keys in ((), ("pageup",), ("end", "space")):
            await pilot.press(*keys)
            stage.text(1, *["new straw\n"] * 120)
            stage.chunk(1, "error", error="no")
            stage.chunk(1, "error", error="no")
            await stage.shown(pilot)
            await stage.tick(pilot)
            assert says_it(), "\n".join(stage.screen())


async def test_with_no_pane_open_every_key_that_is_for_one_says_so() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for command in stage.dashboard.keymap.commands(Scope.DASHBOARD):
            if command.id not in FOR_A_PANE:
                continue
            stage.dashboard.unsay()
            await pilot.press(command.keys.split(",")[0])
            await pilot.pause()
            assert "No pane is open." in stage.screen()[-1], command.id


FOR_A_PANE = frozenset({
    "close", "pin", "lock", "zoom", "freeze", "freeze-all", "search", "filter", "view", "thinking", "acknowledge",
    "mute", "mute-rule", "next-error", "previous-error", "next-turn", "previous-turn", "next-tool", "previous-tool",
    "next-mark", "previous-mark",
})  # fmt: skip


async def test_a_filter_that_runs_away_as_it_is_typed_lets_everything_through() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        stage.text(1, "a" * 30_000 + "!\n", "last line\n")
        await stage.shown(pilot)
        await pilot.press("1", "backslash", *"/(a|aa)+$")
        await pilot.pause()
        assert "a regex ends with /" in stage.screen()[-1]
        assert "last line" in "\n".join(stage.rows(1)), "nothing is hidden yet"
        await pilot.press("enter")
        await pilot.pause()
        assert stage.dashboard._prompt is not None, "it is not whole yet"
        await pilot.press("slash")
        for _ in range(200):
            await pilot.pause(0.02)
            if "too slow" in stage.screen()[-1]:
                break
        assert "too slow" in stage.screen()[-1]
        assert "last line" in "\n".join(stage.rows(1))
