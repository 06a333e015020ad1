"""Search, jumps and marks, with the keys of a keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from chatwatch_tui.ui.marks import Marks
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.searching import Search
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
from tests.broker import RealBroker
from tests.ui.stage import SCREEN, Stage
from tests.watching import CHUNKS, WatchSession, chunk, publish

SIZE = (80, 24)


async def searched(stage: Stage, pilot: Pilot[Any]) -> Search | None:
    """Until the search has looked through everything; the search."""
    await pilot.pause()
    while stage.dashboard._is_looking:
        await pilot.pause(0.005)
    await pilot.pause()
    return stage.dashboard._search


async def type_query(stage: Stage, pilot: Pilot[Any], query: str) -> Search | None:
    await pilot.press("slash", *("space" if char == " " else char for char in query))
    return await searched(stage, pilot)


def view_of(stage: Stage, number: int) -> PaneView:
    view = stage.pane(number).view
    assert view is not None
    return view


def highlighted(stage: Stage, number: int, ink: Ink = Ink.MATCH) -> list[str]:
    """Pieces that are drawn in that ink, in the order of the rows."""
    pane = stage.pane(number)
    style = stage.app.look.inks[ink]
    return [
        segment.text
        for strip in pane.render_lines(pane.size.region)
        for segment in strip
        if segment.style == style and segment.text.strip()
    ]


async def lines(stage: Stage, pilot: Pilot[Any], number: int, *texts: str) -> None:
    stage.text(number, *(f"{text}\n" for text in texts))
    await stage.shown(pilot)


NUMBERED = [f"line {n} {'needle' if n % 20 == 5 else 'straw'}" for n in range(100)]


async def test_typing_shows_hits_count_and_place_and_enter_keeps_them() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        assert search.total == 5
        # The reader was at the end, where line 85 is in view: nothing moves.
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["needle"]
        assert "5 of 5" in stage.screen()[-1]
        await pilot.press("enter")
        await pilot.pause()
        assert not stage.app.query(PromptBar)
        assert "5 of 5" in stage.screen()[-1]
        await pilot.press("N")
        assert "4 of 5" in stage.screen()[-1]
        assert any("line 65 needle" in row for row in stage.rows(1))
        assert view_of(stage, 1).pointed_row is not None
        await pilot.press("n", "n")
        assert "1 of 5, from the top again" in stage.screen()[-1]
        await pilot.press("N")
        assert "5 of 5, from the end again" in stage.screen()[-1]
        await pilot.press("escape")
        assert stage.dashboard._search is None
        assert not highlighted(stage, 1) + highlighted(stage, 1, Ink.MATCH_HERE)


async def test_escape_while_typing_goes_back_to_where_the_reader_was() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        view = view_of(stage, 1)
        assert view_of(stage, 1).is_live
        await type_query(stage, pilot, "line 25")
        assert not view_of(stage, 1).is_live
        assert any("line 25 needle" in row for row in stage.rows(1))
        await pilot.press("escape")
        await pilot.pause()
        assert view_of(stage, 1).is_live
        assert any("line 99" in row for row in stage.rows(1))
        await pilot.press("pageup", "pageup")
        top, rows = view.top, stage.rows(1)
        await type_query(stage, pilot, "line 99")
        await pilot.press("escape")
        await pilot.pause()
        assert (view.top, stage.rows(1)[:-1]) == (top, rows[:-1])


async def test_a_hit_across_a_row_border_is_highlighted_on_both_rows() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "x" * 70 + " begin middle end " + "中文" * 60 + "后")
        await type_query(stage, pilot, "begin middle end")
        assert " ".join(highlighted(stage, 1, Ink.MATCH_HERE)) == "begin middle end"
        await pilot.press("escape")
        await type_query(stage, pilot, "文中" * 20)
        assert "".join(highlighted(stage, 1, Ink.MATCH_HERE)) == "文中" * 20
        assert len(highlighted(stage, 1, Ink.MATCH_HERE)) == 2


async def test_made_safe_text_is_found_as_it_is_read() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "over\u202eride and \x1b[31mred")
        search = await type_query(stage, pilot, "<u+202e>ride")
        assert search is not None
        assert search.total == 1
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["<U+202E>ride"]


async def test_all_panes_are_searched_and_stepped_through_in_order() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        for number in (1, 2, 3):
            await lines(stage, pilot, number, f"alpha {number}", "beta" if number != 2 else "gamma", f"beta {number}")
        await pilot.press("1")
        search = await type_query(stage, pilot, "beta")
        assert search is not None
        assert search.words() == "1 of 2"
        await pilot.press("tab")
        search = await searched(stage, pilot)
        assert search is not None
        assert search.words() == "1 of 5, 3 panes"
        assert "not searched" not in stage.screen()[-1]
        assert highlighted(stage, 3) == ["beta", "beta"]
        await pilot.press("enter")
        seen = []
        for _ in range(5):
            await pilot.press("n")
            seen.append((stage.dashboard.board.focus, search.words().split(",")[0]))
        assert seen == [(1, "2 of 5"), (2, "3 of 5"), (3, "4 of 5"), (3, "5 of 5"), (1, "1 of 5")]
        assert "from the top again" in stage.screen()[-1]


async def test_sentences_name_the_keys_in_force() -> None:
    keys: dict[str, str | tuple[str, ...]] = {
        "search": "f2", "mark": "f3", "next-mark": "f4", "previous-mark": "f5",
    }  # fmt: skip
    stage = Stage(screen=msgspec.structs.replace(SCREEN, keys=keys))
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "alpha", "beta")
        for key, words in (
            ("n", "Nothing is searched for; F2 searches."),
            ("f4", "Nothing is marked in this pane; F3 marks the row"),
            ("f3", "Marked, 1 mark in this pane; F4 and F5 go to them."),
        ):
            await pilot.press(key)
            assert words in stage.screen()[-1]


async def test_the_only_hit_is_gone_to_again_both_ways() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "alpha", "beta", "gamma")
        await type_query(stage, pilot, "beta")
        await pilot.press("enter", "n")
        assert "1 of 1, from the top again" in stage.screen()[-1]
        await pilot.press("N")
        assert "1 of 1, from the end again" in stage.screen()[-1]


async def test_what_is_in_no_pane_is_not_searched_and_that_is_said() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        for number in (1, 2, 3):
            await lines(stage, pilot, number, "beta")
        await pilot.press("3", "x")
        await type_query(stage, pilot, "beta")
        assert "in no pane" not in stage.screen()[-1], "only this pane is searched"
        await pilot.press("tab")
        await searched(stage, pilot)
        assert "1 of 2, 2 panes; 1 in no pane, not searched" in stage.screen()[-1]
        await pilot.press("enter")
        assert "1 of 2, 2 panes; 1 in no pane, not searched, o opens it" in stage.screen()[-1]
        await pilot.press("n")
        assert "2 of 2, 2 panes " in stage.screen()[-1], "said once"
        await pilot.press("1", "x", "slash", "ctrl+u", *"no such", "enter")
        await searched(stage, pilot)
        await pilot.pause()
        assert "Nothing found; 2 in no pane, not searched, o opens them." in stage.screen()[-1]


async def test_the_first_hit_is_gone_to_without_a_word_of_the_end_that_was_passed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        for number, words in ((1, "beta"), (2, "beta"), (3, "alpha")):
            await lines(stage, pilot, number, words)
        await pilot.press("3", "slash", "tab", *"beta", "enter")
        await searched(stage, pilot)
        await pilot.pause()
        assert stage.dashboard.board.focus == 1
        assert "1 of 2, 2 panes " in stage.screen()[-1]
        await pilot.press("n", "n")
        assert "1 of 2, 2 panes, from the top again" in stage.screen()[-1]


async def test_n_in_another_pane_goes_on_there_and_after_esc_it_searches_again() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await lines(stage, pilot, 1, "beta one", "beta two")
        await lines(stage, pilot, 2, "nothing", "beta three")
        await pilot.press("1")
        await type_query(stage, pilot, "beta")
        await pilot.press("enter", "2", "n")
        await searched(stage, pilot)
        assert highlighted(stage, 2, Ink.MATCH_HERE) == ["beta"]
        assert not highlighted(stage, 1)
        assert "1 of 1" in stage.screen()[-1]
        await pilot.press("escape", "1", "n")
        await searched(stage, pilot)
        assert "1 of 2" in stage.screen()[-1]
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["beta"]


async def test_a_pane_that_was_never_on_screen_is_searched_and_gone_to() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await lines(stage, pilot, 1, "alpha")
        await lines(stage, pilot, 2, *NUMBERED)
        await pilot.press("slash", "tab", *"line 25")
        await searched(stage, pilot)
        await pilot.press("enter")
        await searched(stage, pilot)
        await pilot.pause()
        assert stage.dashboard.board.focus == 2
        assert any("line 25 needle" in row for row in stage.rows(2))
        assert highlighted(stage, 2, Ink.MATCH_HERE) == ["line 25"]
        assert view_of(stage, 2).rows_built < 500, "it was not laid out for a width of nothing"


async def test_a_closed_or_evicted_pane_takes_its_hits_along() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await lines(stage, pilot, 1, "beta")
        await lines(stage, pilot, 2, "beta")
        await pilot.press("slash", "tab", *"beta", "enter")
        search = await searched(stage, pilot)
        assert search is not None
        assert search.total == 2
        await pilot.press("2", "x")
        await stage.tick(pilot)
        await searched(stage, pilot)
        assert search.total == 1
        await pilot.press("1", "x", "n")
        await searched(stage, pilot)
        assert stage.app.is_running


async def test_on_a_tiny_terminal_the_line_and_the_hits_are_there() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 12)) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        await type_query(stage, pilot, "needle")
        row = stage.screen()[-1]
        assert row.startswith(" / needle")
        assert "5 of 5" in row or "4 of 5" in row
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["needle"]
        await pilot.press("enter", "N", "m")
        assert "Marked" in "".join(stage.screen()[-2:])


async def test_a_wrong_regex_says_so_and_leaves_the_screen_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        before = stage.rows(1)
        await pilot.press("slash", "ctrl+r", *"need(")
        await searched(stage, pilot)
        assert "missing ) at the end" in stage.screen()[-1]
        assert stage.rows(1) == before
        await pilot.press("enter")
        assert stage.app.query(PromptBar), "the line stays, to be mended"
        await pilot.press(*"le)")
        search = await searched(stage, pilot)
        assert search is not None
        assert search.total == 5


async def test_a_runaway_says_so_and_keys_act_meanwhile() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "a" * 30_000 + "!")
        await pilot.press("slash", "ctrl+r", *"(a|aa)+$")
        await searched(stage, pilot)
        assert "too slow" in stage.screen()[-1]
        assert stage.dashboard._search is None
        await pilot.press("escape")
        await pilot.press("L")
        assert "Layout" in stage.screen()[-1]


async def test_new_text_is_searched_as_it_comes_and_pruned_hits_vanish() -> None:
    stage = Stage(text_budget=20_000)
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "needle one")
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        await pilot.press("enter")
        await lines(stage, pilot, 1, "and need")
        stage.text(1, "le two")
        await stage.shown(pilot)
        assert (await searched(stage, pilot)) is search
        assert search.total == 1
        await lines(stage, pilot, 1, " a needle")
        await searched(stage, pilot)
        assert search.total == 2
        for turn in range(12):
            stage.chunk(1, "done")
            await lines(stage, pilot, 1, f"turn {turn} " + "straw " * 500)
        await searched(stage, pilot)
        assert search.total == 0
        await pilot.press("n")
        assert "Nothing found" in stage.screen()[-1]


@pytest.mark.parametrize("view", [[], ["v"]], ids=["text", "raw"])
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_hits_of_a_frozen_pane_are_lit_and_gone_to_though_it_went_on(view: list[str], elsewhere: bool) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for number in (1, 2):
            stage.text(number, *(f"line {line}\n" for line in range(40)))
        stage.text(1, "the needle")
        stage.chunk(1, "tool_call", tool_name="f", tool_call_id="1", arguments={"needle": 1})
        await stage.shown(pilot)
        await pilot.press("1", *view, "space")
        stage.text(1, " and another needle")
        stage.chunk(1, "tool_result", tool_call_id="1", result="a needle in a result")
        await stage.shown(pilot)
        if elsewhere:
            await pilot.press("2")
        await type_query(stage, pilot, "needle")
        await pilot.press(*["tab"][: int(elsewhere)], "enter")
        search = await searched(stage, pilot)
        assert search is not None
        assert search.total == 2
        assert stage.dashboard.board.focus == 1
        assert "of 2" in stage.screen()[-1]
        assert len(highlighted(stage, 1, Ink.MATCH_HERE)) == len(highlighted(stage, 1, Ink.MATCH)) == 1
        await pilot.press("n")
        assert "hidden" not in stage.screen()[-1]


async def test_a_frozen_pane_is_searched_as_it_is_held() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "needle")
        await pilot.press("space")
        await lines(stage, pilot, 1, "another needle")
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        assert search.total == 1
        await pilot.press("enter", "space")
        await lines(stage, pilot, 1, "")
        await searched(stage, pilot)
        assert search.total == 2


async def test_a_hit_that_is_folded_away_counts_and_is_shown_when_gone_to() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        arguments = {"query": "x" * 300 + " the needle " + "y" * 300}
        stage.chunk(1, "tool_call", tool_name="web.search", tool_call_id="1", arguments=arguments)
        stage.chunk(1, "tool_result", tool_call_id="1", result="z" * 4000 + " needle " + "z" * 100)
        await stage.shown(pilot)
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        assert search.total == 2
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["needle"]
        assert highlighted(stage, 1) == ["…"], "the other one is behind the ellipsis of its row"
        assert any("web.search" in row and "the needle yy" in row for row in stage.rows(1))
        await pilot.press("enter", "n")
        assert highlighted(stage, 1, Ink.MATCH_HERE) == ["needle"]
        assert any("↳ 4.1 kB" in row and "zz needle zz" in row for row in stage.rows(1))


async def test_what_was_searched_before_comes_back_with_up() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "alpha beta")
        for query in ("alpha", "beta"):
            await type_query(stage, pilot, query)
            await pilot.press("enter")
        await pilot.press("slash", "up", "up")
        search = await searched(stage, pilot)
        assert search is not None
        assert search.query.text == "alpha"


async def test_keys_typed_in_one_go_are_a_whole_search() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        await pilot.press("slash", *"quiz", "enter", "L")
        await searched(stage, pilot)
        assert stage.app.is_running
        assert stage.dashboard._search is not None
        assert stage.dashboard._search.query.text == "quiz"


async def test_without_a_search_nothing_is_compared_with_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        assert all(pane.highlight is None and pane.marks is None for pane in stage.dashboard._panes.values())
        await type_query(stage, pilot, "needle")
        await pilot.press("enter", "escape")
        assert all(pane.highlight is None for pane in stage.dashboard._panes.values())
        assert not stage.dashboard._is_looking


# -- jumps -----------------------------------------------------------------------------------------------------------


async def talk(stage: Stage, pilot: Pilot[Any], turns: int = 3) -> None:
    for turn in range(1, turns + 1):
        stage.message(1, "user", f"question {turn}")
        stage.chunk(1, "tool_call", tool_name=f"tool{turn}", arguments={"n": turn})
        stage.chunk(1, "tool_result", tool_name=f"tool{turn}", result="ok")
        await lines(stage, pilot, 1, *(f"t{turn} line {n}" for n in range(30)))
        if turn % 2:
            stage.chunk(1, "error", error=f"failure {turn}")
        else:
            stage.chunk(1, "done")
    await stage.shown(pilot)


def pointed(stage: Stage) -> str:
    pointer = stage.app.look.glyphs.pointer
    (row,) = [row for row in stage.rows(1) if row[:2].strip(" ◆").startswith(pointer)]
    return row


async def test_jumps_go_to_errors_turns_and_tools_and_say_the_place() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await talk(stage, pilot)
        for key, words, place in (
            ("E", "failure 3", "error 2 of 2"),
            ("E", "failure 1", "error 1 of 2"),
            ("left_square_bracket", "question 1", "turn 1 of 3"),
            ("right_curly_bracket", "tool1", "tool call 1 of 3"),
            ("right_square_bracket", "question 2", "turn 2 of 3"),
            ("right_square_bracket", "question 3", "turn 3 of 3"),
            ("left_curly_bracket", "tool2", "tool call 2 of 3"),
            ("e", "failure 3", "error 2 of 2"),
        ):
            await pilot.press(key)
            assert words in pointed(stage), key
            assert place in stage.screen()[-1]
        await pilot.press("e")
        assert "error 1 of 2, from the top again" in stage.screen()[-1]
        assert "failure 1" in pointed(stage)
        await pilot.press("E")
        assert "error 2 of 2, from the end again" in stage.screen()[-1]
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert "No turn further below; 3 above" in stage.screen()[-1], "turns are read in order"


async def test_a_jump_for_which_there_is_nothing_says_so() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("e")
        assert "No pane is open" in stage.screen()[-1]
        await lines(stage, pilot, 1, "hello")
        for key, noun in (("e", "error"), ("left_curly_bracket", "tool call")):
            await pilot.press(key)
            assert f"There is no {noun} in this pane" in stage.screen()[-1]
        await pilot.press("apostrophe")
        assert "Nothing is marked" in stage.screen()[-1]
        await pilot.press("n")
        assert "Nothing is searched for" in stage.screen()[-1]


# -- marks -----------------------------------------------------------------------------------------------------------


async def test_marks_are_shown_gone_to_and_taken_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await talk(stage, pilot)
        await pilot.press("E", "m", "left_square_bracket", "left_square_bracket", "m")
        assert pointed(stage).startswith("◆▸")
        await pilot.press("G", "apostrophe")
        assert "mark 1 of 2, from the top again" in stage.screen()[-1]
        await pilot.press("apostrophe")
        assert "failure 3" in pointed(stage)
        await pilot.press("quotation_mark")
        assert "question 2" in pointed(stage)
        await pilot.press("k", "k")
        assert any(row.startswith("◆") for row in stage.rows(1))
        await pilot.press("apostrophe", "m")
        assert "No longer marked" in stage.screen()[-1]
        await pilot.press("quotation_mark")
        assert "mark 1 of 1" in stage.screen()[-1]


async def test_a_mark_stands_where_it_was_set_or_is_hidden_never_elsewhere() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "hay 1", "needle 2", "hay 3", "needle 4")
        await pilot.press("k", "k")
        view_of(stage, 1).point_at(3)
        await pilot.press("m", "backslash", *"needle", "enter")
        await pilot.pause()
        assert not any(row.startswith("◆") for row in stage.rows(1)), "the marked line is hidden"
        await pilot.press("apostrophe")
        assert "There is no mark in this pane" in stage.screen()[-1]
        await pilot.press("v")
        view_of(stage, 1).point_at(1)
        await pilot.press("m", "G", "apostrophe")
        assert "mark 1 of 1" in stage.screen()[-1]
        assert [row for row in stage.rows(1) if row.startswith("◆")] == [pointed(stage)]
        assert "needle 4" in pointed(stage)
        await pilot.press("escape", "v", "v")
        await pilot.pause()
        assert [row.strip("│▌ ")[-1] for row in stage.rows(1) if row.startswith("◆")] == ["3", "4"]


async def test_marks_survive_another_width_and_are_told_once_when_pruned() -> None:
    stage = Stage(text_budget=6_000)
    async with stage.app.run_test(size=SIZE) as pilot:
        await talk(stage, pilot, 2)
        await pilot.press("left_square_bracket", "left_square_bracket", "m")
        await pilot.resize_terminal(62, 18)
        await pilot.pause()
        await pilot.press("G", "apostrophe")
        assert "question 1" in pointed(stage)
        await pilot.press("G")
        for turn in range(8):
            stage.chunk(1, "done")
            await lines(stage, pilot, 1, f"turn {turn} " + "straw " * 300)
        await pilot.press("apostrophe")
        assert "1 mark gone" in stage.screen()[-1]
        await pilot.press("apostrophe")
        assert "Nothing is marked" in "".join(stage.screen()[-2:])


async def test_marks_come_back_in_another_session_when_their_text_does() -> None:
    first = Stage()
    async with first.app.run_test(size=SIZE) as pilot:
        await talk(first, pilot)
        await pilot.press("E", "m", "left_square_bracket", "m")
        plain = first.dashboard.marks.to_plain()
    assert len(plain) == 2
    second = Stage()
    async with second.app.run_test(size=SIZE) as pilot:
        second.dashboard.use_marks(Marks.from_plain([*plain, {"nonsense": 1}, 7]))
        await lines(second, pilot, 1, "something else")
        await pilot.press("apostrophe")
        assert "Nothing is marked" in second.screen()[-1]
        await talk(second, pilot)
        await pilot.press("apostrophe", "apostrophe")
        assert "of 2" in second.screen()[-1]
        assert second.dashboard.marks.to_plain()[0]["words"] == plain[0]["words"]


def test_a_search_on_a_real_terminal_typed_in_one_go(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, "--ascii", columns=80, rows=24) as session:
        session.wait_for_text("Listening")
        text = "".join(f"line {n} {'needle' if n == 7 else 'straw'}\n" for n in range(60))
        publish(broker, [(CHUNKS, chunk("token", content=text))])
        session.wait_for_text("line 59")
        session.type(b"/quick needle\x7f\x15needle\r")
        session.wait_for_text("line 7 needle", "1 of 1")
        session.type(b"m")
        session.wait_for_text("Marked", "*>  line 7 needle")
        session.type(b"G/\x12line 5[89]")
        session.wait_for_text("1 of 2", "Find regex in this pane")
        session.type(b"(")
        session.wait_for_text("missing ) at the end")
        session.type(b"\x1b")
        session.wait_for(lambda _: "Find regex" not in session.text, "the line to close")
        session.type(b"'")
        session.wait_for_text("mark 1 of 1", "line 7 needle")
        session.type(b"q")
        assert session.wait_for_end() == 0


async def test_hits_that_a_filter_or_a_level_hides_are_passed_over() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, "keep beta 1", "beta 2", "keep 3", "beta 4", "keep beta 5")
        await pilot.press("backslash", *"keep", "enter")
        await pilot.pause()
        search = await type_query(stage, pilot, "beta")
        assert search is not None
        assert search.total == 4
        assert highlighted(stage, 1, Ink.MATCH_HERE) + highlighted(stage, 1) == ["beta", "beta"]
        await pilot.press("enter", "n")
        assert "keep beta 5" in pointed(stage)
        assert "4 of 4, 2 hidden passed over" in stage.screen()[-1]
        await pilot.press("n")
        assert "keep beta 1" in pointed(stage)


async def test_among_raw_chunks_hits_are_highlighted_and_gone_to_and_a_filter_holds() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        stage.text(1, "a nee", "dle in two")
        stage.chunk(1, "tool_call", tool_name="find", arguments={"q": "needle"})
        await stage.shown(pilot)
        await pilot.press("v")
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        assert search.total == 7
        assert highlighted(stage, 1, Ink.MATCH_HERE) + highlighted(stage, 1) == ["needle", "nee", "dle", "needle"]
        await pilot.press("enter", "n")
        assert "nee" in highlighted(stage, 1, Ink.MATCH_HERE)
        await pilot.press("n", "n")
        assert "1 of 7, from the top again" in stage.screen()[-1]
        assert '"line 5 needle␤"' in pointed(stage)
        await pilot.press("backslash", *"needle", "enter")
        await pilot.pause()
        assert len(view_of(stage, 1).layout) == 6
        assert '97 chunks hidden · filter "needle"' in stage.rows(1)[-1]
        await pilot.press("N")
        assert "7 of 7, from the end again" in stage.screen()[-1]
        assert "find" in pointed(stage)
        await pilot.press("N")
        assert "5 of 7, 1 hidden passed over" in stage.screen()[-1], "the word that came in two is in no chunk"
        assert '"line 85 needle␤"' in pointed(stage)


@pytest.mark.parametrize("query", ["short", "JSON", "long payload"])
async def test_what_is_seen_of_an_unreadable_payload_is_highlighted_and_gone_to(query: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        stage.deliver(1, b"short \xff", b"[1, 2, 3, 'a long payload that is none")
        await stage.shown(pilot)
        await type_query(stage, pilot, query)
        assert highlighted(stage, 1) + highlighted(stage, 1, Ink.MATCH_HERE) == [query]
        await pilot.press("enter", "n")
        assert "1 of 1" in stage.screen()[-1]
        assert "hidden" not in stage.screen()[-1]


async def test_blanks_alone_are_nothing_to_search_for() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await lines(stage, pilot, 1, *NUMBERED)
        search = await type_query(stage, pilot, "  ")
        assert search is None
        assert "nothing found" not in stage.screen()[-1]
        await pilot.press("enter")
        assert "nothing found" not in stage.screen()[-1]
        await pilot.press("n")
        assert "Nothing is searched for" in stage.screen()[-1]


async def test_among_raw_chunks_what_is_counted_is_what_is_lit_and_all_that_a_row_shows_is_found() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        stage.text(1, "abc", "needle", "x")
        stage.chunk(1, "done")
        stage.message(1, "assistant", "abcneedlex")
        stage.deliver(1, b"short needle \xff")
        stage.chunk(1, "error", error={"code": 7, "message": "no"})
        await stage.shown(pilot)
        await pilot.press("v")
        for query in ("needle", "chunk_type", '"done"', "short", "code", "abcn", '"no"'):
            search = await type_query(stage, pilot, query)
            assert search is not None
            lit = "".join(highlighted(stage, 1) + highlighted(stage, 1, Ink.MATCH_HERE))
            assert search.total > 0
            assert len(lit) == search.total * len(query), (query, lit)
            await pilot.press("enter", *["n"] * search.total)
            assert "hidden" not in stage.screen()[-1]
            await pilot.press("escape")


async def test_another_view_is_searched_anew_and_what_is_no_longer_kept_is_not_found() -> None:
    stage = Stage(raw_kept=20)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        for _ in range(30):
            await lines(stage, pilot, 1, "needle")
        stage.chunk(1, "done")
        await stage.shown(pilot)
        search = await type_query(stage, pilot, "needle")
        assert search is not None
        await pilot.press("enter")
        assert search.total == 30
        await pilot.press("v")
        await searched(stage, pilot)
        kept = len(view_of(stage, 1).layout) - 2
        assert search.total == kept < 30
        assert len(highlighted(stage, 1) + highlighted(stage, 1, Ink.MATCH_HERE)) == kept
        stage.text(1, *["another needle\n"] * 5)
        await stage.shown(pilot)
        await searched(stage, pilot)
        assert search.total == len(highlighted(stage, 1) + highlighted(stage, 1, Ink.MATCH_HERE))
        await pilot.press("space")
        stage.text(1, *["unseen needle\n"] * 50)
        await stage.shown(pilot)
        before = search.total
        await stage.tick(pilot)
        await searched(stage, pilot)
        assert search.total == before, "frozen"
        await pilot.press("space", "v", "v")
        await searched(stage, pilot)
        assert search.total == 85
