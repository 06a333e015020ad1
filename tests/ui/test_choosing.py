"""A list to choose from: what is typed, where the cursor is, what is marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.fuzzy import Haystack, haystack
from chatwatch_tui.ui.choosing import PIECE, Choosing
from chatwatch_tui.ui.cursor import Cursor


def hay(item: str) -> Haystack:
    return haystack("", (item,))


def listed(choosing: Choosing[str]) -> list[str]:
    return [choosing[place] for place in range(len(choosing))]


def prepared(*items: str) -> Choosing[str]:
    choosing = Choosing(items, hay)
    while choosing.prepare():
        pass
    return choosing


def test_nothing_typed_is_everything_in_its_order() -> None:
    choosing = prepared("one", "two", "three")
    assert listed(choosing) == ["one", "two", "three"]
    assert choosing.chosen == ["one"]
    assert choosing.looked_at == 0


def test_what_is_typed_narrows_and_what_is_erased_widens() -> None:
    choosing = prepared("one", "two", "three")
    choosing.type("t")
    choosing.type("h")
    assert listed(choosing) == ["three"]
    choosing.erase()
    assert listed(choosing) == ["two", "three"]
    choosing.type("x")
    assert choosing.here is None
    assert choosing.chosen == []
    choosing.clear()
    assert len(choosing) == 3


def test_the_last_word_is_erased_whole() -> None:
    choosing = prepared()
    choosing.type("one,two  ")
    choosing.erase_word()
    assert choosing.query == "one,"
    choosing.erase_word()
    assert choosing.query == ""
    choosing.erase_word()
    assert choosing.query == ""


def test_marks_stay_whatever_is_typed_and_are_what_is_chosen() -> None:
    choosing = prepared("one", "two", "three")
    choosing.move(2)
    choosing.mark()
    choosing.type("on")
    choosing.mark()
    assert choosing.chosen == ["three", "one"]
    choosing.mark()
    assert choosing.chosen == ["three"]


def test_marking_goes_on_to_the_next_and_not_beyond_the_last() -> None:
    choosing = prepared("one", "two")
    choosing.mark()
    assert choosing.here == "two"
    choosing.mark()
    assert choosing.here == "two"
    assert choosing.chosen == ["one", "two"]


def test_what_comes_later_stands_at_the_end_and_is_found() -> None:
    choosing = prepared("one", "two")
    choosing.move(1)
    choosing.add(["three"])
    assert listed(choosing) == ["one", "two", "three"]
    assert choosing.here == "two"
    choosing.type("th")
    assert listed(choosing) == []
    assert not choosing.prepare()
    assert listed(choosing) == ["three"]


def test_what_is_typed_before_all_is_folded_is_found_as_it_comes() -> None:
    choosing = Choosing([f"item {number}" for number in range(3 * PIECE)], hay)
    choosing.type("item")
    assert len(choosing) == 0
    found = []
    while choosing.prepare():
        found.append(len(choosing))
    assert found == [PIECE, 2 * PIECE]
    assert len(choosing) == choosing.looked_at == 3 * PIECE


def test_the_cursor_stays_on_what_it_is_on_while_more_is_found() -> None:
    items = [f"x item {number}" for number in range(PIECE)] + ["item, the best"]
    choosing = Choosing(items, hay)
    choosing.type("item")
    choosing.prepare()
    choosing.move(3)
    choosing.prepare()
    assert choosing[0] == "item, the best"
    assert choosing.here == "x item 3"


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 20), st.integers(1, 10)), max_size=20))
def test_the_cursor_is_always_in_view_and_the_view_full(steps: list[tuple[int, int, int]]) -> None:
    cursor = Cursor()
    for rows, length, room in steps:
        cursor.move(rows, length)
        view = cursor.window(length, room)
        assert len(view) == min(length, room)
        assert not length or cursor.at in view


def test_the_view_scrolls_no_more_than_it_must() -> None:
    cursor = Cursor()
    views = []
    for rows in (4, 1, 1, -1, -5):
        cursor.move(rows, 10)
        views.append(cursor.window(10, 5))
    assert views == [range(5), range(1, 6), range(2, 7), range(2, 7), range(5)]
