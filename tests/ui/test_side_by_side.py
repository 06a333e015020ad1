"""Conversations side by side: panes that change places, and what was marked in the list brought onto one page."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.board import SLOTS, Board, LayoutChoice
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.seating import seats
from chatwatch_tui.ui.session import SessionStore
from chatwatch_tui.ui.themes import Ink
from tests.ui.stage import SOURCE, Stage, key_of
from tests.ui.test_finding import highlighted, searched

SIZE = (160, 24)
KEYS = [ConversationKey("nats", f"{number:08x}-0c4b-4c9e-9a51-3f0e8f6b2d10") for number in range(SLOTS)]


# -- which panes change places -----------------------------------------------------------------------------------------


def board_of(numbers: set[int], pinned: set[int], locked: set[int]) -> Board:
    board = Board()
    for key in KEYS:
        board.open(key)
    for number in range(1, SLOTS + 1):
        if number not in numbers:
            board.close(number)
    for number in pinned:
        board.toggle_pin(number)
    for number in locked:
        board.toggle_lock(number)
    return board


def pages_of(board: Board, size: int) -> list[set[ConversationKey]]:
    numbers = sorted(board.slots)
    return [{board.slots[n].key for n in numbers[at : at + size]} for at in range(0, len(numbers), size)]


def page_of(board: Board, size: int, key: ConversationKey) -> list[ConversationKey]:
    """The conversations of the page on which one stands, in reading order."""
    page = next(page for page in pages_of(board, size) if key in page)
    return [slot.key for _, slot in sorted(board.slots.items()) if slot.key in page]


def seat(board: Board, keys: list[ConversationKey], size: int) -> int:
    """Bring them together; how many exchanges it took."""
    moved = 0
    for key, number in seats(board.slots, keys, size):
        before = board.number_of(key)
        assert before is not None
        assert board.exchange(before, number)
        moved += before != number
    return moved


SOME = st.sets(st.integers(1, SLOTS))


@settings(deadline=None, max_examples=400)
@given(st.data(), st.sets(st.integers(1, SLOTS), min_size=1), SOME, SOME, st.sampled_from([1, 2, 4, 6, 9]))
def test_nothing_is_lost_and_nothing_pinned_or_locked_has_to_go(
    data: st.DataObject, numbers: set[int], pinned: set[int], locked: set[int], size: int
) -> None:
    board = board_of(numbers, pinned, locked)
    keys = data.draw(st.lists(st.sampled_from(sorted(board.keys())), min_size=1, unique=True))
    before = dict(board.slots)
    pages = pages_of(board, size)
    seat(board, keys, size)
    assert sorted(board.slots) == sorted(before)
    assert sorted(slot.key for slot in board.slots.values()) == sorted(slot.key for slot in before.values())
    for number, slot in before.items():
        now = board.number_of(slot.key)
        if slot.locked:
            assert now == number
        elif slot.pinned and slot.key not in keys:
            assert pages_of(board, size) == pages or any(
                slot.key in was and slot.key in now for was, now in zip(pages, pages_of(board, size), strict=True)
            )
    assert seat(board, keys, size) == 0, "once they are together nothing moves any more"


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sets(st.integers(1, SLOTS), min_size=1), st.sampled_from([1, 2, 4, 6, 9]))
def test_where_nothing_is_held_a_page_is_as_full_of_them_as_can_be_and_in_their_order(
    data: st.DataObject, numbers: set[int], size: int
) -> None:
    board = board_of(numbers, set(), set())
    keys = data.draw(st.lists(st.sampled_from(sorted(board.keys())), min_size=1, unique=True))
    together = sum(key in page_of(board, size, keys[0]) for key in keys)
    room = min(size, len(numbers), len(keys))
    moved = seat(board, keys, size)
    found = [key for key in page_of(board, size, keys[0]) if key in keys]
    assert len(found) == room
    assert moved == 0 if together == room else found == keys[:room]


def test_the_page_is_that_of_the_first_or_the_one_with_more_room() -> None:
    board = board_of({1, 2, 3}, set(), set())
    assert seats(board.slots, [KEYS[2], KEYS[0]], 2) == [(KEYS[2], 1), (KEYS[0], 2)], "the last page has one seat"
    board = board_of(set(range(1, 9)), set(), set())
    assert seats(board.slots, [KEYS[5], KEYS[0]], 2) == [(KEYS[5], 5), (KEYS[0], 6)]
    board.toggle_pin(5)
    assert seats(board.slots, [KEYS[5], KEYS[0]], 2) == [(KEYS[5], 1), (KEYS[0], 2)]
    board.toggle_lock(6)
    assert seats(board.slots, [KEYS[5], KEYS[0]], 2) == [], "it is locked, and beside it something is pinned"
    board.toggle_pin(5)
    assert seats(board.slots, [KEYS[5], KEYS[0]], 2) == [(KEYS[0], 5)]


# -- on the dashboard --------------------------------------------------------------------------------------------------


async def in_pairs(stage: Stage, pilot: Pilot[Any], count: int = SLOTS) -> None:
    """Conversations with a hundred lines each, two on a page."""
    for number in range(1, count + 1):
        words = (f"c{number} line {line} {'needle' if line == 50 else 'straw'}\n" for line in range(100))
        stage.chunk(number, "token", content="".join(words), title=f"talk-{number}")
    await stage.shown(pilot)
    stage.dashboard.choose_layout(LayoutChoice.TWO)
    await pilot.pause()


def view_of(stage: Stage, number: int) -> PaneView:
    view = stage.pane(number).view
    assert view is not None
    return view


def standing(stage: Stage) -> list[int]:
    """The numbers of the conversations that are in panes, in the panes' order; each pane shows the one it should."""
    dashboard = stage.dashboard
    for number, pane in dashboard._panes.items():
        slot = dashboard.board.slots.get(number)
        assert pane.number == number
        assert (pane.view is None) is (slot is None)
        assert slot is None or view_of(stage, number).conversation.key == slot.key
    assert list(dashboard.query_one("#panes").children) == list(dashboard._panes.values())
    return [int(slot.key.id[:4]) for _, slot in sorted(dashboard.board.slots.items())]


def on_screen(stage: Stage) -> list[int]:
    """The conversations that are on screen, from left to right; their frames say so, too."""
    dashboard = stage.dashboard
    panes = [pane for pane in dashboard._panes.values() if pane.display]
    found = [int(view_of(stage, pane.number).conversation.key.id[:4]) for pane in panes]
    frames = "\n".join(stage.screen())
    for pane, number in zip(panes, found, strict=True):
        assert re.search(rf" {pane.number}\S? {number:04d} talk-{number} ", frames), "a sign of pin or lock at most"
    assert [pane.region.x for pane in panes] == sorted(pane.region.x for pane in panes)
    return found


async def mark(pilot: Pilot[Any], *numbers: int) -> None:
    """Mark conversations in the list, in that order, and press Enter."""
    await pilot.press("o")
    for number in numbers:
        await pilot.press("ctrl+u", *f"{number:04d}", "space")
    await pilot.press("enter")
    await pilot.pause()


async def test_a_pane_goes_back_and_forth_and_at_the_ends_that_is_said() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 4)
        await pilot.press("3", "less_than_sign")
        await pilot.pause()
        assert standing(stage) == [1, 3, 2, 4]
        assert on_screen(stage) == [1, 3]
        assert stage.dashboard.board.focus == 2
        assert "Pane 3 is 2 now." in stage.screen()[-1]
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert on_screen(stage) == [3, 1]
        await pilot.press("less_than_sign")
        assert "Pane 1 is the first." in stage.screen()[-1]
        await pilot.press(*["greater_than_sign"] * 8)
        await pilot.pause()
        assert standing(stage) == [1, 2, 4, 3]
        assert sorted(stage.dashboard.board.slots) == [1, 2, 3, 9], "over free numbers it moves"
        assert on_screen(stage) == [4, 3]
        await pilot.press("greater_than_sign")
        assert "Pane 9 is the last." in stage.screen()[-1]


async def test_a_locked_pane_is_not_moved_and_does_not_give_way() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 3)
        await pilot.press("2", "P", "less_than_sign")
        assert "Pane 2 is locked. P unlocks it." in stage.screen()[-1]
        await pilot.press("1", "greater_than_sign")
        assert "Pane 2 is locked, and stays where it is." in stage.screen()[-1]
        assert standing(stage) == [1, 2, 3]
        await pilot.press("2", "P", "less_than_sign")
        assert standing(stage) == [2, 1, 3]


async def test_with_nothing_open_and_from_the_list_the_keys_mean_what_others_mean() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await pilot.press("less_than_sign", "greater_than_sign")
        await in_pairs(stage, pilot, 3)
        await pilot.press("1", "B", "G")
        chosen = int(stage.dashboard.query_one("RosterList").chosen.id[:4])  # type: ignore[attr-defined]
        assert chosen == 3
        await pilot.press("less_than_sign")
        assert standing(stage) == [1, 3, 2]
        assert stage.dashboard.board.focus == 1


@pytest.mark.parametrize("other", [1, 2, 4])
async def test_all_that_is_of_a_pane_goes_along(other: int) -> None:
    """Place, freeze, pin, filter, marks and hits, on the same page and from another one; and back."""
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 4)
        await pilot.press("1", "pageup", "pageup", "k", "m", "p")
        await pilot.press("2", "space", "p")
        await pilot.press("4", "backslash", *"needle", "enter")
        await pilot.press("1")
        await pilot.pause()
        if other > 2:
            await pilot.press(str(other))
            await pilot.pause()
        body = stage.rows(other)[1:-1]
        view = view_of(stage, other)
        state = (view.top, view.is_frozen, view.following, view.reading.filter, view.pointed_row)
        assert stage.dashboard.exchange_panes(other, 3)
        stage.dashboard.board.go_to(3)
        stage.dashboard._arrange()
        await pilot.pause()
        assert view_of(stage, 3) is view
        assert stage.rows(3)[1:-1] == body
        assert (view.top, view.is_frozen, view.following, view.reading.filter, view.pointed_row) == state
        assert stage.pane(3).pinned is (other < 3)
        assert stage.dashboard.exchange_panes(other, 3)
        stage.dashboard._arrange()
        await pilot.pause()
        assert standing(stage) == [1, 2, 3, 4]
        assert stage.rows(other)[1:-1] == body


async def test_what_comes_in_is_shown_where_the_conversation_stands_now() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 3)
        await pilot.press("3", "less_than_sign", "less_than_sign")
        stage.text(3, "news of three\n")
        stage.text(1, "news of one\n")
        await stage.shown(pilot)
        assert "news of three" in "\n".join(stage.rows(1))
        assert "news of one" in "\n".join(stage.rows(2))


async def test_a_search_goes_along_with_its_hits_and_the_place_in_them() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 4)
        await pilot.press("3", "slash", *"needle", "enter")
        await searched(stage, pilot)
        search = stage.dashboard._search
        assert search is not None
        looked_at, here = search.found[3], search.here
        await pilot.press("less_than_sign")
        await searched(stage, pilot)
        assert search.found == {2: looked_at}, "nothing is looked through again"
        assert here is not None
        assert search.here == here._replace(pane=2)
        assert stage.dashboard._searched_pane == 2
        assert highlighted(stage, 2, Ink.MATCH_HERE) == ["needle"]
        await pilot.press("n")
        assert "1 of 1" in stage.screen()[-1]
        assert stage.dashboard.board.focus == 2
        assert "c3 line 50 needle" in "\n".join(stage.rows(2))


async def test_a_search_in_all_panes_is_in_the_order_of_the_panes() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 4)
        await pilot.press("1", "slash", "tab", *"needle", "enter")
        await searched(stage, pilot)
        search = stage.dashboard._search
        assert search is not None
        assert "1 of 4, 4 panes" in stage.screen()[-1]
        await pilot.press("greater_than_sign")
        await searched(stage, pilot)
        assert list(search.found) == [1, 2, 3, 4]
        await pilot.press("n")
        assert "3 of 4, 4 panes" in stage.screen()[-1]
        assert stage.dashboard.board.focus == 3


async def test_while_a_line_is_typed_esc_still_goes_back_in_the_pane_it_is_for() -> None:
    """The palette has the command meanwhile."""
    swap = ("ctrl+p", *"swap", "comma", *"previous", "enter")
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 4)
        await pilot.press("2")
        spot = view_of(stage, 2).spot()
        await pilot.press("slash", *"needle")
        await searched(stage, pilot)
        view = view_of(stage, 2)
        assert view.spot() != spot
        await pilot.press(*swap, "escape")
        await pilot.pause()
        assert view_of(stage, 1) is view
        assert view.spot() == spot
        await pilot.press("backslash", *"needle", *swap, "escape")
        await pilot.pause()
        assert all(view_of(stage, number).reading.filter is None for number in range(1, 5))


async def test_the_session_keeps_where_they_stand(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, {SOURCE})
    stage = Stage(session=store)
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 3)
        await pilot.press("3", "p", "less_than_sign")
    again = Stage(session=SessionStore(tmp_path, {SOURCE}))
    async with again.app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert standing(again) == [1, 3, 2]
        assert again.dashboard.board.focus == 2
        assert [number for number, slot in again.dashboard.board.slots.items() if slot.pinned] == [2]


# -- what is marked in the list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), [*permutations((1, 2, 3, 6), 2), (9, 1), (1, 9), (12, 5), (5, 12)])
async def test_two_that_are_marked_stand_side_by_side(first: int, second: int) -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot, 12)
        await mark(pilot, first, second)
        stood_together = {first, second} == {1, 2}
        assert on_screen(stage) == ([1, 2] if stood_together else [first, second])
        assert len(standing(stage)) == SLOTS
        board = stage.dashboard.board
        assert board.slots[board.focus].key == key_of(first)
        await pilot.press("grave_accent")
        assert board.slots[board.focus].key == key_of(second)


async def test_what_is_on_screen_together_stays_where_it_is() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await in_pairs(stage, pilot)
        stage.dashboard.choose_layout(LayoutChoice.NINE)
        await mark(pilot, 7, 3)
        assert standing(stage) == list(range(1, SLOTS + 1))
        assert stage.dashboard.board.focus == 7
        assert "Together" not in stage.screen()[-1]


async def test_more_than_a_page_has_are_counted_and_what_is_pinned_or_locked_stays() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot)
        await mark(pilot, 5, 8, 3)
        assert on_screen(stage) == [5, 8]
        assert "2 of 3 on this page." in stage.screen()[-1]
        for number in (1, 3, 7):
            await pilot.press(str(number), "p")
        await pilot.press("6", "P", "9", "P")
        assert standing(stage) == [1, 2, 3, 4, 5, 8, 7, 6, 9]
        await mark(pilot, 2, 8)
        assert on_screen(stage) == [2, 8], "beside the locked one, where there is room"
        await pilot.press("5", "p")
        await mark(pilot, 4, 8)
        assert on_screen(stage) == [3, 4]
        assert "1 of 2 on this page; pinned and locked panes stay." in stage.screen()[-1]
        assert standing(stage) == [1, 5, 3, 4, 2, 8, 7, 6, 9]


async def test_a_zoom_ends_for_what_is_to_be_seen_together() -> None:
    stage = Stage()
    async with stage.app.run_test(size=SIZE) as pilot:
        await in_pairs(stage, pilot)
        await pilot.press("z")
        await mark(pilot, 4, 6)
        assert on_screen(stage) == [4, 6]
        assert "Together on this page: panes 3 and 4." in stage.screen()[-1]


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_where_one_pane_is_on_screen_the_way_to_the_others_is_said(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await in_pairs(stage, pilot)
        await mark(pilot, 7, 3)
        assert "1 of 2 on screen; ` goes to the other." in " ".join("\n".join(stage.screen()[-2:]).split())
        board = stage.dashboard.board
        assert board.focus == 7
        await pilot.press("grave_accent")
        assert board.focus == 3
        assert standing(stage) == list(range(1, SLOTS + 1))
        await mark(pilot, 7, 3, 5)
        assert "1 of 3 on screen; Tab and 1-9 go to the others." in " ".join("\n".join(stage.screen()[-2:]).split())
