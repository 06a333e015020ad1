"""The list of conversations and the palette, as an operator drives them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.actions.choosing import LOADED_AFTER
from chatwatch_tui.ui.choosing import PIECE, Choosing
from chatwatch_tui.ui.command_table import PANE_KEYS
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.keymap import Keymap, problems
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.screens.help import HelpScreen
from chatwatch_tui.ui.screens.palette import Palette
from chatwatch_tui.ui.screens.picker import Picker
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.chooser_rows import ChooserRows
from tests.ui.conversations import HOSTILE, is_harmless
from tests.ui.stage import SCREEN, SOURCE, Stage, key_of

WIDE = (160, 40)
SIZES = [(160, 40), (80, 24), (40, 12)]


async def speak(stage: Stage, pilot: Pilot[Any], count: int, **fields: Any) -> None:
    for number in range(1, count + 1):
        stage.chunk(number, "token", content=f"words of number {number}", title=f"talk-{number}", **fields)
    await stage.shown(pilot)


async def typed(pilot: Pilot[Any], text: str) -> None:
    await pilot.press(*({",": "comma", " ": "space", "-": "minus"}.get(char, char) for char in text))


def chooser(stage: Stage) -> Chooser[Any]:
    screen = stage.app.screen
    assert isinstance(screen, Chooser)
    return screen


def listed(stage: Stage) -> list[ConversationKey]:
    choosing = chooser(stage).choosing
    return [choosing[place].key for place in range(len(choosing))]


def open_keys(stage: Stage) -> list[ConversationKey]:
    return [slot.key for _, slot in sorted(stage.dashboard.board.slots.items())]


async def test_the_lists_are_made_before_the_first_key_and_after_the_first_paint() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        assert not stage.app.is_screen_installed("picker")
        for _ in range(LOADED_AFTER + 1):
            assert not stage.app.is_screen_installed("picker")
            await stage.tick(pilot)
        assert stage.app.is_screen_installed("picker")
        assert stage.app.is_screen_installed("palette")


async def test_conversations_of_one_moment_are_told_apart_and_found_by_what_is_shown() -> None:
    """UUIDs of version 7 begin with their time."""
    stage = Stage()
    ids = [f"01938f2a-7c11-7b3e-9a51-3f0e8f6b{number}" for number in ("2d10", "9c47")]
    async with stage.app.run_test(size=WIDE) as pilot:
        for id_ in ids:
            inbox = stage.watching.feed.inbox(ConversationKey(SOURCE, id_))
            stage.watching.feed.deliver([(inbox, b'{"chunk_type":"token","content":"x"}')])
            stage.delivered += 1
        await stage.shown(pilot)
        shown = "\n".join(stage.screen())
        assert all(shown.count(tail) >= 2 for tail in ("2d10", "9c47")), "in the roster and in the pane's frame"
        assert "0193" not in shown
        await pilot.press("o")
        await typed(pilot, "9c47")
        assert [key.id for key in listed(stage)] == [ids[1]]
        row = chooser(stage).query_one(ChooserRows).make_rows(100, 20)[2]
        assert [str(text) for text, ink in row if ink is Ink.MATCH] == ["9c47"]
        assert "8f6b9c47" in "".join(str(text) for text, _ in row)


# -- the picker --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_letters_find_and_enter_opens(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await speak(stage, pilot, 12)
        await pilot.press("o")
        await typed(pilot, "talk-12")
        assert listed(stage)[0] == key_of(12)
        assert any("0012" in row and "talk-12" in row for row in stage.screen())
        await pilot.press("enter")
        assert isinstance(stage.app.screen, Dashboard)
        focus = stage.dashboard.board.slots[stage.dashboard.board.focus]
        assert focus.key == key_of(12)
        assert focus.by_operator


@pytest.mark.parametrize(
    ("query", "number"), [("0003", 3), ("tlk3", 3), ("error", 2), ("broke", 2), ("number 4", 4), ("4,talk", 4)]
)
async def test_it_is_found_by_id_label_state_and_last_text(query: str, number: int) -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 5)
        stage.chunk(2, "error", error="it broke")
        await stage.shown(pilot)
        await pilot.press("o")
        await typed(pilot, query.replace(" ", ","))
        assert listed(stage)[0] == key_of(number)


async def test_the_most_urgent_stands_first_and_the_order_is_held_while_states_go_on() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 4)
        stage.chunk(3, "error", error="it broke")
        await stage.shown(pilot)
        await stage.tick(pilot)
        await pilot.press("o")
        before = listed(stage)
        assert before[0] == key_of(3)
        stage.chunk(4, "error", error="it broke too")
        stage.text(5, "a new one")
        await stage.shown(pilot)
        chooser(stage)._tick()
        assert listed(stage) == [*before, key_of(5)]
        assert sum("✗ error" in row for row in stage.screen()) >= 2
        await typed(pilot, "new")
        await pilot.pause()
        assert listed(stage)[0] == key_of(5)


async def test_several_are_marked_and_opened() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await speak(stage, pilot, 14)
        await pilot.press("o")
        for number in (11, 13, 12):
            await pilot.press("ctrl+u")
            await typed(pilot, f"talk-{number}")
            await pilot.press("space")
        assert "3 marked" in "\n".join(stage.screen())
        await pilot.press("enter")
        assert {key_of(11), key_of(12), key_of(13)} <= set(open_keys(stage))
        assert len(open_keys(stage)) == 9
        board = stage.dashboard.board
        assert board.slots[board.focus].key == key_of(11), "the first that was marked"


async def test_what_does_not_fit_is_said_and_what_is_pinned_or_read_stays() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await speak(stage, pilot, 24)
        await pilot.press("1", "p", "2", "space", "3")
        await pilot.press("o", "end")
        await pilot.press(*["space", "up", "up"] * 12)
        assert len(chooser(stage).choosing.marked) == 12
        await pilot.press("enter")
        assert open_keys(stage)[:2] == [key_of(1), key_of(2)]
        assert len(set(open_keys(stage)[2:]) & {key_of(n) for n in range(13, 25)}) == 7
        assert (
            "7 opened. 5 did not fit: there are 9 panes; pinned, locked, frozen and scrolled-up panes stay."
            in (stage.screen()[-1])
        )


async def test_escape_leaves_everything_as_it_was() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 3)
        before = (open_keys(stage), stage.dashboard.board.focus)
        await pilot.press("o", "t", "space", "escape")
        assert isinstance(stage.app.screen, Dashboard)
        assert (open_keys(stage), stage.dashboard.board.focus) == before
        await pilot.press("o")
        assert chooser(stage).choosing.query == ""
        assert not chooser(stage).choosing.marked


async def test_keys_of_the_dashboard_are_letters_here() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 3)
        await pilot.press("o", "q", "x", "1", "exclamation_mark")
        assert chooser(stage).choosing.query == "qx1!"
        assert "Nothing matches." in "\n".join(stage.screen())
        await pilot.press("enter")
        assert isinstance(stage.app.screen, Picker)
        await pilot.press("backspace", "ctrl+w")
        assert chooser(stage).choosing.query == ""


async def test_letters_that_were_found_are_not_shown_by_colour_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 3)
        await pilot.press("o")
        await typed(pilot, "lk-2")
        item = chooser(stage).choosing[0]
        row = chooser(stage).row_of(item, 100, chooser(stage).choosing.found(item), is_here=False)
        assert "".join(text for text, ink in row if ink is Ink.MATCH) == "lk-2"
        style = stage.app.look.inks[Ink.MATCH]
        assert style.reverse


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_labels_are_harmless_and_rows_stay_in_their_columns(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        for number, label in enumerate(
            (HOSTILE, "中文標籤中文標籤中文標籤", "👩\u200d👧 e\u0301" * 5, "[bold]x[/]"), 1
        ):
            stage.chunk(number, "token", content=HOSTILE + label, title=label)
        await stage.shown(pilot)
        for query in ("", "中文", "e", "[bold]", "flip"):
            await pilot.press("o")
            chooser(stage).choosing.type(query)
            chooser(stage).refresh_list()
            await pilot.pause()
            rows = stage.app.screen._compositor.render_strips()
            assert all(is_harmless(strip.text) for strip in rows)
            assert {strip.cell_length for strip in rows} == {size[0]}
            await pilot.press("escape")


async def test_the_source_is_shown_and_found_where_there_are_several() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 2)
        inbox = stage.watching.feed.inbox(ConversationKey("staging", key_of(3).id))
        stage.watching.feed.deliver([(inbox, b'{"chunk_type": "token", "content": "elsewhere"}')])
        stage.delivered += 1
        await stage.shown(pilot)
        await pilot.press("o")
        await typed(pilot, "stag")
        assert [key.source for key in listed(stage)] == ["staging"]
        assert any("staging" in row for row in stage.screen())


async def test_pointing_at_a_row_opens_it_and_the_wheel_moves() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await speak(stage, pilot, 5)
        await pilot.press("o")
        wanted = listed(stage)[2]
        await pilot.click(offset=(20, 4))
        board = stage.dashboard.board
        assert board.slots[board.focus].key == wanted


async def test_the_list_is_made_once() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 3)
        await pilot.press("o")
        first = stage.app.screen
        await pilot.press("escape", "o")
        assert stage.app.screen is first


# -- the palette -------------------------------------------------------------------------------------------------------


async def test_every_command_layout_theme_and_conversation_is_in_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 3)
        await pilot.press("ctrl+p")
        items = chooser(stage).choosing.items
        words = {getattr(each, "words", "") for each in items}
        asked = [each for each in Keymap().commands(Scope.DASHBOARD) if each.id != PANE_KEYS.id]
        assert {each.help for each in asked if each.id not in ("palette", "back")} <= words
        assert {"Go to pane 1", "Go to pane 3", "9 panes", *stage.app.available_themes} <= words
        assert {key_of(n) for n in (1, 2, 3)} == {each.key for each in items if hasattr(each, "key")}


async def test_a_command_found_by_its_name_has_the_letters_shown() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("colon")
        await typed(pilot, "frz")
        row = chooser(stage).query_one(ChooserRows).make_rows(80, 20)[2]
        assert [str(text) for text, ink in row if ink is Ink.MATCH] == ["Fr", "z"]


async def test_a_conversation_that_comes_while_the_palette_is_open_is_found() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 2)
        await pilot.press("colon")
        before = len(chooser(stage).choosing)
        await speak(stage, pilot, 3)
        chooser(stage)._tick()
        assert len(chooser(stage).choosing) == before + 1
        while chooser(stage).choosing.prepare():
            pass
        await typed(pilot, key_of(3).id[:4])
        assert getattr(chooser(stage).choosing.here, "key", None) == key_of(3)


async def test_without_a_key_a_command_is_not_named_and_leaving_always_has_one() -> None:
    stage = Stage(screen=replace(SCREEN, keys={"picker-mark": "", "chooser-choose": "ctrl+o"}))
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 2)
        await pilot.press("o")
        last = "".join(str(text) for text, _ in chooser(stage).query_one(ChooserRows).make_rows(80, 20)[-1])
        assert "Ctrl+O choose  Esc back" in last
        assert "next word" not in last, "a blank does it now"
        await pilot.press("t", "space", "1", "ctrl+o")
        assert stage.app.screen is stage.dashboard
    assert [each.id for each in problems("default", {"chooser-dismiss": ""})] == ["chooser-dismiss"]


async def test_a_command_acts_as_its_key_would() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 4)
        await pilot.press("2", "colon")
        await typed(pilot, "freeze this")
        await pilot.press("enter")
        await pilot.pause()
        view = stage.pane(2).view
        assert view is not None
        assert view.frozen is not None
        await pilot.press("colon")
        await typed(pilot, "pane 4")
        await pilot.press("enter")
        await pilot.pause()
        assert stage.dashboard.board.focus == 4


async def test_the_palette_opens_other_screens() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 2)
        for letters, screen in (("this page", HelpScreen), ("find a conv", Picker)):
            await pilot.press("colon")
            assert isinstance(chooser(stage), Palette)
            await typed(pilot, letters)
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(stage.app.screen, screen)
            await pilot.press("escape")


async def test_layouts_themes_and_conversations_are_chosen_by_name() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 12)
        for letters, said in (("layout 2 panes", "Layout: 2 panes"), ("theme nord", "Theme: nord")):
            await pilot.press("colon")
            await typed(pilot, letters)
            await pilot.press("enter")
            await pilot.pause()
            assert said in stage.screen()[-1]
        assert stage.app.theme == "nord"
        await pilot.press("colon")
        await typed(pilot, "talk-11")
        await pilot.press("enter")
        await pilot.pause()
        assert key_of(11) in open_keys(stage)


# -- what lies below ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "is_seen"), [(WIDE, True), ((80, 24), False)])
async def test_a_list_over_the_dashboard_is_not_drawn_again_for_what_happens_below(
    size: tuple[int, int], is_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await speak(stage, pilot, 2)
        await pilot.press("o")
        await stage.shown(pilot)
        compositor = stage.app.screen._compositor
        drawn: list[str] = []
        for name in ("render_full_update", "render_partial_update"):
            monkeypatch.setattr(compositor, name, partial(_noted, drawn, name, getattr(compositor, name)))
        await stage.tick(pilot)
        for _ in range(20):
            stage.text(1, " and more")
            await stage.shown(pilot)
            await pilot.pause(0.02)
        assert (len(drawn) > 5) is is_seen, "the list itself is drawn by the second"
        assert "render_full_update" not in drawn
        await pilot.press("escape")
        await pilot.pause()
        assert "and more" in "\n".join(stage.screen()), "and all of it when it is on top again"


def _noted(drawn: list[str], name: str, render: Callable[[], object], **options: Any) -> object:
    drawn.append(name)
    return render(**options)


# -- thousands ---------------------------------------------------------------------------------------------------------


async def test_with_thousands_known_a_second_and_a_letter_cost_what_they_must() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        for number in range(3_000):
            stage.deliver(
                number,
                f'{{"chunk_type": "token", "content": "w", "title": "{"bill" if number % 10 else "x"}"}}'.encode(),
                b'{"chunk_type": "done"}',
            )
        await stage.shown(pilot)
        stage.link(LinkState.LIVE)
        await stage.shown(pilot)
        await stage.tick(pilot)
        roster = stage.watching.roster
        looks = roster.looks
        for _ in range(5):
            stage.now += 1
            for number in range(50):
                stage.text(number, "more")
            await stage.shown(pilot)
            await stage.tick(pilot)
        assert roster.looks - looks <= 5 * 50 + 50, "a second"
        looks = roster.looks
        await pilot.press("1", "x", "exclamation_mark", "o")
        assert roster.looks - looks <= 60, "opening, closing and going to what needs attention"
        choosing = chooser(stage).choosing
        while choosing.prepare():
            pass
        looked_at = []
        for key in ("b", "i", "backspace", "i", "l"):
            before = choosing.looked_at
            await pilot.press(key)
            looked_at.append(choosing.looked_at - before)
        assert looked_at == [3_000, 2_700, 0, 2_700, 2_700]


# -- typed in one go ---------------------------------------------------------------------------------------------------


def burst(stage: Stage, *keys: str) -> None:
    """All of these at once, as over a slow link."""
    for key in keys:
        stage.app.post_message(events.Key(key, key if len(key) == 1 else " " if key == "space" else None))


async def acted_upon(stage: Stage, pilot: Pilot[Any], what: Callable[[], bool]) -> None:
    for _ in range(1_000):
        await pilot.pause(0.005)
        if what():
            return
    pytest.fail("\n".join(stage.screen()))


@pytest.mark.parametrize("count", [9, 3 * PIECE])
async def test_keys_typed_in_one_go_open_what_was_meant_and_what_follows_is_the_dashboards(count: int) -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, count)
        board = stage.dashboard.board
        for number in (7, 5, count - 1):  # the first time the list is not made yet, then it is
            burst(stage, "o", *f"{number:04d}", "enter", "p")
            await acted_upon(stage, pilot, lambda: board.slots[board.focus].pinned)
            assert board.slots[board.focus].key == key_of(number)
            assert stage.app.screen is stage.dashboard
            await pilot.press("p")


async def test_what_is_marked_and_moved_in_one_go_is_what_was_typed_before() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await speak(stage, pilot, 3 * PIECE)
        burst(
            stage, "o", *"1491", "space", "ctrl+u", *"talk", "end", "space", "ctrl+u", *"tk-149", "down", "space", "z"
        )
        await acted_upon(stage, pilot, lambda: "z" in getattr(getattr(stage.app.screen, "_choosing", 0), "query", ""))
        choosing = chooser(stage).choosing
        choosing.erase()
        second = choosing[1].key
        choosing.clear()
        last = choosing[len(choosing) - 1].key
        assert [each.key for each in choosing.marked] == [key_of(1491), last, second]


async def test_a_palette_a_list_and_what_is_pasted_take_what_comes_in_one_go() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await speak(stage, pilot, 12)
        burst(stage, "colon", *"find", "space", *"a", "space", *"conv", "enter", *"0011", "enter", "p")
        board = stage.dashboard.board
        await acted_upon(stage, pilot, lambda: any(slot.pinned for slot in board.slots.values()))
        assert [slot.key for slot in board.slots.values() if slot.pinned] == [key_of(11)]
        burst(stage, "o")
        stage.app.post_message(events.Paste("0012\rand more"))
        burst(stage, "enter", "p")
        await acted_upon(stage, pilot, lambda: sum(slot.pinned for slot in board.slots.values()) == 2)
        assert board.slots[board.focus].key == key_of(12)
        burst(stage, "o", *"0003", "escape", "p")
        await acted_upon(stage, pilot, lambda: sum(slot.pinned for slot in board.slots.values()) == 1)


async def test_at_ten_thousand_the_list_is_made_ready_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for number in range(1, 10_000):
            stage.text(number, "words")
        await stage.shown(pilot)
        turns: list[int] = []
        prepare = Choosing.prepare

        def counted(choosing: Choosing[Any]) -> bool:
            turns.append(others)
            return prepare(choosing)

        monkeypatch.setattr(Choosing, "prepare", counted)
        others = 0

        async def others_work() -> None:
            nonlocal others
            while True:
                others += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others_work())
        burst(stage, "o", *"9931", "enter")
        board = stage.dashboard.board
        await acted_upon(stage, pilot, lambda: board.slots[board.focus].key == key_of(9931))
        task.cancel()
        assert len(turns) >= 10_000 // PIECE
        assert len(set(turns)) >= 10_000 // PIECE, "between two slices others had their turn"
