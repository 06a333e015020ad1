"""Follow is a promise: at the end the view follows, elsewhere the reader's row stays, and frozen is frozen."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.conversation import ACTIVE_PHASES
from chatwatch_tui.core.display import DisplaySettings, Level, Times
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.filtering import FilterQuery, Granularity
from chatwatch_tui.core.raw import RawArrivals
from chatwatch_tui.ui import slices
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.pane_view import CLEAN, Dirty, PaneView
from chatwatch_tui.ui.pane_words import hidden_facts
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.rows_in_view import News
from chatwatch_tui.ui.stream_layout import StreamLayout
from tests.ui.conversations import BATCHES, READINGS, Talk, answered, chunk, message, rows_of, token, words_of


def watched(
    *deliveries: Delivery, width: int = 40, height: int = 10, text_budget: int | None = None
) -> tuple[Talk, PaneView]:
    talk = Talk(text_budget=text_budget)
    talk.take(*deliveries)
    view = PaneView(talk.conversation, UNICODE)
    view.resize(width, height)
    view.update()
    return talk, view


def shown(view: PaneView) -> list[str]:
    """The view's rows as letters."""
    layout = view.layout
    return [words_of(layout.row(number)) for number in range(view.top, min(view.top + view.height, len(layout)))]


def is_live_at_end(view: PaneView) -> bool:
    return view.is_live and view.top == max(0, len(view.layout) - view.height)


def row_up(view: PaneView) -> None:
    view.scroll(-1)


def row_down(view: PaneView) -> None:
    view.scroll(1)


# -- following ---------------------------------------------------------------------------------------------------------


def test_a_pane_that_nobody_looks_at_builds_nothing() -> None:
    talk = Talk()
    view = PaneView(talk.conversation, UNICODE)
    talk.take(*answered(20))
    view.toggle_frozen()
    view.toggle_frozen()
    assert view.rows_built == 0
    view.resize(40, 10)
    built = view.rows_built
    talk.take(*answered(20))
    assert view.news() == News(0, 0)
    assert view.rows_built == built > 0


def test_at_the_end_the_view_follows() -> None:
    talk, view = watched(*answered(3))
    for number in range(50):
        talk.take(token(f"more{number} "))
        view.update()
        assert is_live_at_end(view)
        assert shown(view)[-1].rstrip().endswith(f"more{number}")


def test_scrolled_up_the_text_stays_while_more_comes() -> None:
    talk, view = watched(*answered(5))
    view.scroll(-7)
    before = shown(view)
    for number in range(50):
        talk.take(token(f"more{number} "))
        view.update()
        assert shown(view) == before
    assert not view.is_live


def test_scrolled_up_the_text_stays_while_old_turns_are_pruned_above() -> None:
    talk, view = watched(*answered(12), text_budget=8_000)
    view.scroll(-25)
    before, top = shown(view), view.top
    talk.take(*answered(3))
    view.update()
    assert talk.conversation.transcript.pruned_turns > 0
    assert view.top < top
    assert shown(view) == before


def test_when_the_text_under_the_eye_is_pruned_the_oldest_that_is_left_is_shown() -> None:
    talk, view = watched(*answered(12), text_budget=8_000)
    view.go_top()
    talk.take(*answered(100))
    view.update()
    assert view.top == 0
    assert "pruned" in shown(view)[0]
    assert not view.following


def test_at_the_very_top_the_mark_of_what_is_pruned_stays_in_view() -> None:
    talk, view = watched(*answered(40), text_budget=8_000)
    view.go_top()
    before = shown(view)
    talk.conversation.transcript.text_budget = 100_000  # nothing more is pruned
    talk.take(token("more "))
    view.update()
    assert shown(view) == before
    view.resize(41, 10)
    assert "pruned" in shown(view)[0]


def test_reaching_the_end_by_scrolling_or_by_key_follows_again() -> None:
    for back in (row_down, PaneView.go_live):
        talk, view = watched(*answered(5))
        view.scroll(-5)
        view.scroll(4)
        assert view.following is False
        back(view)
        talk.take(*answered(5), token("newest"))
        view.update()
        assert is_live_at_end(view)
        assert "newest" in shown(view)[-1]


def test_scrolling_stops_at_both_ends_and_leaves_nothing_where_all_is_in_view() -> None:
    _, view = watched(*answered(5))
    view.scroll(-10_000)
    assert view.top == 0
    view.scroll(10_000)
    assert is_live_at_end(view)
    view.resize(40, 500)
    for move in (row_up, PaneView.go_top, row_down):
        move(view)
        assert is_live_at_end(view)


# -- other sizes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 39, 41, 90])
def test_at_another_width_the_text_that_was_read_stays_in_view(width: int) -> None:
    _, view = watched(*answered(10))
    view.scroll(-20)
    word = shown(view)[0].split()[-1]
    view.resize(width, 10)
    assert word in " ".join(shown(view)).split()


def test_any_number_of_widths_later_the_reader_is_where_they_were() -> None:
    talk, view = watched(*(token(f"word{number} ") for number in range(2_000)))
    view.scroll(-60)
    before = shown(view)
    for width in [*range(40, 20, -1), *range(20, 90, 7), 33, 57]:
        view.resize(width, 10)
        talk.take(token("more "))
        view.update()
    view.resize(40, 10)
    assert shown(view) == before


def test_a_reader_who_moved_is_held_at_the_new_place() -> None:
    _, view = watched(*answered(30))
    view.scroll(-60)
    view.resize(50, 10)
    view.scroll(-10)
    before = shown(view)
    view.resize(30, 10)
    view.resize(50, 10)
    assert shown(view) == before


def test_at_another_size_a_live_view_stays_at_the_end() -> None:
    _, view = watched(*answered(10))
    for width, height in ((30, 5), (90, 30), (10, 1), (40, 500)):
        view.resize(width, height)
        assert is_live_at_end(view)


def test_another_set_of_glyphs_changes_signs_and_not_the_place() -> None:
    _, view = watched(*answered(10))
    view.scroll(-20)
    before = shown(view)
    view.restyle(ASCII)
    assert [row.translate(str.maketrans("✓›─·", ".>--")) for row in before] == shown(view)


# -- news --------------------------------------------------------------------------------------------------------------


def test_news_counts_what_came_since_the_end_was_left_and_errors_of_it() -> None:
    talk, view = watched(*answered(5), chunk("error", error="old"))
    assert view.news() == News(0, 0)
    view.scroll(-5)
    assert view.news() == News(0, 0)
    talk.take(token("a"), token("b"), message("user", "c"), b"not json", chunk("error", error="new"))
    assert view.news() == News(5, 1)
    view.scroll(-2)
    view.go_top()
    assert view.news() == News(5, 1)
    view.go_live()
    assert view.news() == News(0, 0)


# -- frozen ------------------------------------------------------------------------------------------------------------


def test_frozen_shows_what_there_was_and_counts_what_comes() -> None:
    talk, view = watched(*answered(5))
    view.toggle_frozen()
    before = shown(view)
    talk.take(*answered(1))
    assert view.update() is CLEAN
    assert shown(view) == before
    assert view.news().deliveries == 42
    assert not view.is_live


@pytest.mark.parametrize("release", [PaneView.toggle_frozen, PaneView.go_live])
def test_released_shows_all_that_came(release: Callable[[PaneView], None]) -> None:
    talk, view = watched(*answered(5))
    view.toggle_frozen()
    talk.take(*answered(1), token("newest"))
    release(view)
    assert is_live_at_end(view)
    assert "newest" in shown(view)[-1]
    assert view.news() == News(0, 0)


def test_frozen_between_two_frames_shows_what_had_come_by_then() -> None:
    talk, view = watched(*answered(5))
    talk.take(token("just in"))
    view.toggle_frozen()
    assert "just in" in shown(view)[-1]


def test_a_frozen_view_can_be_read_to_its_end_and_stays_frozen() -> None:
    talk, view = watched(*answered(5))
    view.toggle_frozen()
    end = shown(view)
    talk.take(*answered(5))
    view.scroll(-5)
    view.scroll(50)
    assert view.frozen is not None
    assert shown(view) == end
    assert view.news().deliveries == 5 * 42


def test_frozen_and_resized_it_still_shows_nothing_newer_and_nothing_less() -> None:
    talk, view = watched(
        *answered(8), chunk("tool_call", name="slow", id="1"), token("open end"), height=1_000, text_budget=20_000
    )
    view.toggle_frozen()
    before = shown(view)
    talk.take(token(" is closed"), chunk("tool_result", id="1", result="late"), *answered(200))
    view.resize(60, 1_000)
    view.resize(40, 1_000)
    assert shown(view) == before
    view.toggle_frozen()
    assert rows_of(view.layout) == fresh_rows(view)


def test_released_after_another_width_nothing_is_missing() -> None:
    talk, view = watched(token("beginning "))
    view.toggle_frozen()
    talk.take(token("middle "), chunk("done"))
    view.resize(60, 10)
    view.toggle_frozen()
    assert "beginning middle" in " ".join(shown(view))


def test_released_while_reading_the_text_stays_though_old_turns_were_pruned() -> None:
    talk, view = watched(*answered(12), text_budget=8_000)
    view.scroll(-25)
    view.toggle_frozen()
    before = shown(view)
    talk.take(*answered(3))
    view.toggle_frozen()
    assert talk.conversation.transcript.pruned_turns > 0
    assert shown(view) == before


# -- anything ----------------------------------------------------------------------------------------------------------


def fresh_rows(view: PaneView) -> list[object]:
    fresh = PaneView(view.conversation, UNICODE, view.layout.reading)
    fresh.resize(view.width, view.height)
    fresh.settle()
    return list(rows_of(fresh.layout))


def drawn(view: PaneView, row: int) -> object:
    """What stands in a row of the view: its spans, and whether the cursor stands at its end (as `Pane` draws it)."""
    number = view.top + row
    if number >= len(view.layout):
        return None
    is_last = number == len(view.layout) - 1 and view.layout.ends_open
    return view.layout.row(number), is_last and view.is_live and view.conversation.phase in ACTIVE_PHASES


MOVES: st.SearchStrategy[Callable[[PaneView], object]] = st.one_of(
    st.sampled_from([PaneView.go_top, PaneView.go_live, PaneView.toggle_frozen, PaneView.toggle_frozen]),
    st.sampled_from([PaneView.go_on, PaneView.go_on, PaneView.settle]),
    st.integers(-12, 12).map(lambda rows: lambda view: view.scroll(rows)),
    st.tuples(st.integers(4, 70), st.integers(1, 12)).map(lambda size: lambda view: view.resize(*size)),
    READINGS.map(lambda reading: lambda view: view.show_as(reading)),
)
STEPS = st.lists(BATCHES | st.just("frame") | MOVES, max_size=25)


@settings(deadline=None, max_examples=250)
@given(STEPS, st.sampled_from([None, 1_500, 6_000]), st.booleans())
def test_whatever_happens_the_promises_hold(
    steps: list[list[Delivery] | str | Callable[[PaneView], object]], text_budget: int | None, small_slices: bool
) -> None:
    with sliced() if small_slices else nullcontext():
        hold_the_promises(steps, text_budget)


def hold_the_promises(
    steps: list[list[Delivery] | str | Callable[[PaneView], object]], text_budget: int | None
) -> None:
    talk, view = watched(width=30, height=6, text_budget=text_budget)
    talk.conversation.raw = RawArrivals(12)
    screen = [drawn(view, row) for row in range(view.height)]
    for step in steps:
        if isinstance(step, list):
            talk.take(*step, after=0.5)
            continue
        if callable(step):
            step(view)
            dirty = Dirty(0, view.height)
        else:
            dirty = update_and_check_the_reader(view)
        screen = [
            drawn(view, row) if dirty.first <= row < dirty.end else screen[row] for row in range(view.height)
        ]  # what is not dirty is not drawn again
        assert 0 <= view.top <= max(0, len(view.layout) - 1)
        assert is_live_at_end(view) is view.is_live
        assert not view.is_live or view.news() == News(0, 0)
        if view.frozen is None and step == "frame":
            assert screen == [drawn(view, row) for row in range(view.height)]
            if not (view.layout.is_part or view.layout.lags):
                assert rows_of(view.layout) == fresh_rows(view)
    view.settle()
    assert view.layout.reading == view.reading
    if view.frozen is None:
        view.update()
        view.settle()
    if view.frozen is None:
        assert rows_of(view.layout) == fresh_rows(view)


def update_and_check_the_reader(view: PaneView) -> Dirty:
    layout = view.layout
    block = layout.block_at(view.top) if len(layout) else None
    row = layout.row(view.top) if len(layout) else ()
    is_settled = isinstance(block, TextBlock) and layout.block_at(view.top + 1) is block
    dirty = view.update()
    kept = block is not None and block.id >= view.conversation.transcript.first_id
    if not view.following and is_settled and kept:
        assert layout.row(view.top)[-1:] == row[-1:]  # a time before it is blank once what it counts from is pruned
    return dirty


@settings(deadline=None, max_examples=150)
@given(STEPS, st.sampled_from([1_500, 6_000]))
def test_whatever_happens_frozen_is_frozen(
    steps: list[list[Delivery] | str | Callable[[PaneView], object]], text_budget: int
) -> None:
    talk, view = watched(*answered(1), width=30, height=6, text_budget=text_budget)
    held = copy.deepcopy(talk.conversation.transcript)
    left_at = talk.conversation.counters.chunks.total() + talk.conversation.counters.messages.total()
    view.toggle_frozen()
    for step in steps:
        if isinstance(step, list):
            talk.take(*step, after=0.5)
        elif step == "frame":
            assert not view.update()
        elif callable(step) and step not in (PaneView.toggle_frozen, PaneView.go_live):
            step(view)
    view.show_as(msgspec.structs.replace(view.reading, view=View.TEXT))
    view.settle()
    expected = StreamLayout(held, view.width, UNICODE, view.reading)
    expected.sync()
    assert rows_of(view.layout) == rows_of(expected)
    counters = talk.conversation.counters
    assert view.news().deliveries == counters.chunks.total() + counters.messages.total() - left_at
    view.toggle_frozen()
    assert rows_of(view.layout) == fresh_rows(view)


# -- the cursor --------------------------------------------------------------------------------------------------------


def test_the_cursor_is_the_newest_row_while_following_and_the_first_in_view_after_scrolling() -> None:
    _, view = watched(*answered(50))
    assert view.cursor == len(view.layout) - 1
    view.scroll(-20)
    assert view.cursor == view.top


def test_what_was_pointed_at_is_the_cursor_until_it_leaves_the_view() -> None:
    _, view = watched(*answered(50))
    view.scroll(-20)
    view.point_at(view.top + 3)
    assert view.cursor == view.top + 3
    view.scroll(-2)
    assert view.cursor == view.top + 5
    view.scroll(-20)
    assert view.cursor == view.top


def test_the_cursor_goes_row_by_row_and_the_view_only_where_it_must() -> None:
    _, view = watched(*answered(50))
    last = len(view.layout) - 1
    top = view.top
    view.step(-1)
    assert view.cursor == view.drawn_cursor == last - 1
    assert (view.top, view.following) == (top, False)
    for _ in range(view.height):
        view.step(-1)
    assert (view.cursor, view.top) == (last - 1 - view.height, last - 1 - view.height)
    view.step(1)
    assert (view.cursor, view.top) == (last - view.height, last - 1 - view.height)


def test_every_row_can_be_reached_and_below_the_newest_one_it_follows_again() -> None:
    _, view = watched(*answered(50))
    seen = set()
    for _ in range(len(view.layout) + 5):
        seen.add(view.cursor)
        view.step(-1)
    assert seen == set(range(len(view.layout)))
    for _ in range(len(view.layout)):
        view.step(1)
    assert view.following
    assert view.drawn_cursor is None
    view.step(1)
    assert view.following


def test_scrolled_up_the_cursor_is_drawn_where_it_is() -> None:
    _, view = watched(*answered(50))
    view.scroll(-20)
    assert view.drawn_cursor == view.cursor == view.top


def test_pointing_out_of_view_brings_the_row_into_it_and_stops_following() -> None:
    _, view = watched(*answered(50))
    view.point_at(4)
    assert view.cursor == 4
    assert not view.following
    view.go_live()
    assert view.cursor == len(view.layout) - 1


@pytest.mark.parametrize("size", [(40, 4), (24, 10), (20, 3)])
def test_what_was_pointed_at_stays_in_view_at_another_size_and_the_reader_comes_back(size: tuple[int, int]) -> None:
    _, view = watched(*answered(8))
    view.scroll(-15)
    view.point_at(view.top + view.height - 1)
    before, pointed = shown(view), words_of(view.layout.row(view.cursor or 0))
    wide = (view.width, view.height)
    view.resize(*size)
    assert view.pointed_row is not None
    assert pointed.split()[0] in words_of(view.layout.row(view.pointed_row))
    view.resize(*wide)
    assert shown(view) == before


def test_what_was_pointed_at_is_the_same_text_at_another_width() -> None:
    _, view = watched(*answered(50))
    view.point_at(30)
    place = view.layout.place(30)
    view.resize(view.width + 7, 10)
    assert view.cursor == view.layout.row_of(place)


# -- laid out in slices ------------------------------------------------------------------------------------------------


@contextmanager
def sliced() -> Iterator[None]:
    """A slice is one block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICE_SECONDS", 0.0)
        patch.setattr(slices, "SLICE_SIZE", 0)
        yield


@pytest.mark.parametrize("granularity", Granularity)
@pytest.mark.parametrize("shown_as", [View.TEXT, View.RAW])
def test_a_filter_of_much_text_comes_in_slices_and_what_was_shown_is_followed_meanwhile(
    granularity: Granularity, shown_as: View
) -> None:
    talk, view = watched(*answered(30))
    view.show_as(Reading(view=shown_as))
    view.scroll(-20)
    asked = Reading(view=shown_as, filter=FilterQuery("t3w7", granularity))
    with sliced():
        before = view.layout
        shown_before = shown(view)
        view.show_as(asked)
        turns = 0
        while view.is_changing:
            assert view.layout is before
            assert shown(view) == shown_before
            assert hidden_facts(view) == ([] if shown_as is View.TEXT else [shown_as.value]), "of what is shown"
            if turns == 7:
                talk.take(*answered(1), token("t3w7 again"))
                while view.update():
                    pass
                assert "t3w7 ag" in str(view.layout.row(len(view.layout) - 1))
            view.go_on()
            turns += 1
        assert turns > 40
    assert view.layout.reading == asked
    assert rows_of(view.layout) == fresh_rows(view)
    assert "t3w7 ag" in str(view.layout.row(len(view.layout) - 1))


def test_what_is_typed_last_wins_and_what_was_on_its_way_is_dropped() -> None:
    _, view = watched(*answered(30))
    with sliced():
        for query in ("t", "t3", "t3w"):
            view.show_as(Reading(filter=FilterQuery(query)))
            view.go_on()
        built = view.rows_built
        view.show_as(Reading())
        assert not view.is_changing, "that is what is still shown"
        assert view.rows_built == built
        view.show_as(Reading(filter=FilterQuery("t3w7")))
        view.settle()
    assert view.layout.reading.filter == FilterQuery("t3w7")
    assert rows_of(view.layout) == fresh_rows(view)


def test_a_filter_that_runs_away_on_the_way_is_refused_and_nothing_has_moved() -> None:
    _, view = watched(*answered(9), token("x" * 3_000), *answered(3))
    before, top = view.layout, view.top
    with sliced():
        view.show_as(Reading(filter=FilterQuery("/(x+x+)+y/")))
        view.settle()
    assert "too slow" in view.refused
    assert (view.layout, view.top, view.reading) == (before, top, Reading())
    view.show_as(Reading())
    assert not view.refused


def test_a_pane_that_nobody_has_looked_at_lays_out_nothing_for_another_way_of_reading() -> None:
    talk = Talk()
    talk.take(*answered(3))
    view = PaneView(talk.conversation, UNICODE)
    view.show_as(Reading(filter=FilterQuery("t1")))
    assert view.rows_built == 0


# -- the rows around the reader first ----------------------------------------------------------------------------------

TOO_WIDE = 70


def reader_at(view: PaneView) -> object:
    return view.layout.place(view.top)[:2]


@pytest.mark.parametrize("up", [0, 90, 10_000])
@pytest.mark.parametrize("reading", [Reading(), Reading(DisplaySettings(times=Times.DELTA, tool_call=Level.HIDDEN))])
def test_another_width_lays_out_what_is_around_the_reader_and_the_rest_in_slices(up: int, reading: Reading) -> None:
    _, view = watched(*answered(200))
    view.show_as(reading)
    view.settle()
    view.scroll(-up)
    built, whole = view.rows_built, len(view.layout)
    with sliced():
        view.resize(TOO_WIDE, 10)
        first = shown(view)
        assert len(first) == 10
        assert view.layout.is_part
        assert view.rows_built - built < whole / 4
        while view.is_changing:
            built = view.rows_built
            view.go_on()
            assert view.rows_built - built < 40, "a block"
            assert shown(view) == first, "nothing has moved"
    assert rows_of(view.layout) == fresh_rows(view)


def test_what_is_hidden_is_counted_while_the_rows_are_on_their_way() -> None:
    talk, view = watched(*answered(100))
    view.show_as(Reading(filter=FilterQuery("w7")))
    view.settle()
    counted = hidden_facts(view)
    assert any("hidden" in fact for fact in counted)
    with sliced():
        view.resize(TOO_WIDE, 10)
        assert view.layout.is_part
        assert hidden_facts(view) == counted
        talk.take(token("hay\nw7\nhay\n"))
        view.update()
        more = hidden_facts(view)
        assert more != counted
        view.settle()
        assert hidden_facts(view) == more


def test_a_pane_that_is_released_shows_the_end_of_what_came_at_once_and_lays_out_the_rest_in_slices() -> None:
    talk, view = watched(*answered(5))
    view.toggle_frozen()
    talk.take(*answered(200))
    built = view.rows_built
    with sliced():
        view.toggle_frozen()
        assert view.is_live
        assert "t199w39" in " ".join(shown(view))
        assert view.rows_built - built < 200
        assert view.is_changing
        view.settle()
    assert rows_of(view.layout) == fresh_rows(view)


def test_what_came_below_a_reader_comes_in_slices_and_their_row_stays() -> None:
    talk, view = watched(*answered(20))
    view.scroll(-30)
    before, place = shown(view), reader_at(view)
    talk.take(*answered(200))
    with sliced():
        view.update()
        while view.is_changing:
            assert (shown(view), reader_at(view)) == (before, place)
            view.go_on()
    assert rows_of(view.layout) == fresh_rows(view)


def test_keys_that_go_further_than_what_is_laid_out_reach_it() -> None:
    _, view = watched(*answered(200))
    for go, words in ((PaneView.go_top, "question 0"), (PaneView.go_live, "t199w39")):
        with sliced():
            view.resize(view.width + 3, 10)
            go(view)
            assert words in " ".join(shown(view))
            view.settle()
    with sliced():
        view.resize(view.width + 3, 10)
        view.scroll(-len(answered(200)))
        assert len(view.layout) == len(fresh_rows(view))


def test_a_long_live_turn_that_begins_to_match_comes_in_slices_the_end_first() -> None:
    talk, view = watched(*answered(3), *(delivery for _ in range(150) for delivery in (token("hay " * 30), chunk("?"))))
    view.show_as(Reading(filter=FilterQuery("needle", Granularity.TURN)))
    view.settle()
    assert len(view.layout) < 5
    with sliced():
        talk.take(token("a needle"))
        view.update()
        assert "a needle" in shown(view)[-1]
        assert len(view.layout) < 20
        while view.is_changing:
            length = len(view.layout)
            view.go_on()
            assert len(view.layout) - length < 20
            assert "a needle" in shown(view)[-1]
    assert rows_of(view.layout) == fresh_rows(view)


def test_to_the_top_is_the_first_row_where_all_fits_too() -> None:
    talk = Talk()
    talk.take(message("user", "one"), message("user", "two"), message("user", "three"))
    view = PaneView(talk.conversation, UNICODE)
    view.resize(40, 10)
    view.update()
    view.go_top()
    assert view.cursor == 0
    assert view.is_live, "nothing is out of view"
    view.go_live()
    assert view.cursor == len(view.layout) - 1
    view.toggle_frozen()
    view.go_top()
    assert view.cursor == 0
