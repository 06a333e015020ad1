"""Which conversation stands in which pane, and how panes share the screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.board import SLOTS, Arrangement, Board, LayoutChoice

ROSTER = 28
KEYS = [ConversationKey("nats", f"{number:08x}-0c4b-4c9e-9a51-3f0e8f6b2d10") for number in range(30)]


def spent(key: ConversationKey) -> bool:
    return True


def busy(key: ConversationKey) -> bool:
    return False


def board_of(count: int, *, by_operator: bool = True) -> Board:
    board = Board()
    for key in KEYS[:count]:
        if by_operator:
            board.open(key)
        else:
            board.offer(key, busy)
    board.go_to(1)
    return board


def shape(arrangement: Arrangement) -> tuple[int, int, int]:
    """Panes on screen, columns, rows."""
    return len(arrangement.shown), arrangement.columns, arrangement.rows


# -- opening and closing -----------------------------------------------------------------------------------------------


def test_conversations_open_in_free_panes_in_order() -> None:
    board = Board()
    assert [board.open(key) for key in KEYS[:3]] == [1, 2, 3]
    assert board.focus == 3
    assert board.keys() == set(KEYS[:3])


def test_opening_what_is_open_goes_to_its_pane() -> None:
    board = board_of(3)
    assert board.open(KEYS[1]) == 2
    assert len(board.slots) == 3


def test_closing_leaves_the_other_panes_where_they_are() -> None:
    board = board_of(4)
    board.close(2)
    assert {number: slot.key for number, slot in board.slots.items()} == {1: KEYS[0], 3: KEYS[2], 4: KEYS[3]}
    assert board.open(KEYS[9]) == 2


def test_closing_goes_back_to_the_pane_before_or_the_nearest() -> None:
    board = board_of(5)
    board.go_to(4)
    board.close(4)
    assert board.focus == 1
    board.close(1)
    assert board.focus == 2


def test_closing_the_last_pane_or_none_is_no_error() -> None:
    board = board_of(1)
    board.close(7)
    board.close(1)
    assert board.slots == {}
    assert board.open(KEYS[2]) == 1


def test_discovery_fills_free_panes_and_takes_no_focus_from_anyone() -> None:
    board = Board()
    assert [board.offer(key, busy) for key in KEYS[:3]] == [1, 2, 3]
    assert board.focus == 1


def test_discovery_offers_nothing_twice() -> None:
    board = board_of(1)
    assert board.offer(KEYS[0], spent) is None


def test_what_the_operator_closed_is_not_opened_again_by_discovery() -> None:
    board = board_of(2)
    board.close(2)
    assert board.offer(KEYS[1], spent) is None
    board.open(KEYS[1])
    assert board.number_of(KEYS[1]) == 2


def test_discovery_replaces_only_what_is_spent_and_its_own() -> None:
    board = board_of(SLOTS, by_operator=False)
    assert board.offer(KEYS[10], busy) is None
    assert board.offer(KEYS[10], lambda key: key == KEYS[4]) == 5
    assert board.slots[5].key == KEYS[10]


def test_discovery_never_replaces_the_pane_in_focus() -> None:
    board = board_of(SLOTS, by_operator=False)
    assert board.offer(KEYS[10], lambda key: key == KEYS[0]) is None


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["offer", "offer", "open", "close", "pin", "step", "go", "forget", "layout", "zoom", "swap", "lock"]
        ),
        st.integers(0, 29),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=300)
@given(OPERATIONS)
def test_discovery_never_evicts_what_the_operator_opened_or_pinned(operations: list[tuple[str, int]]) -> None:
    board = Board()
    for operation, number in operations:
        pane, key = number % SLOTS + 1, KEYS[number]
        held = {slot.key for slot in board.slots.values() if slot.by_operator or slot.pinned}
        if operation == "offer":
            taken = board.offer(key, spent)
            assert held <= board.keys()
            assert taken is None or board.slots[taken].key == key
        elif operation == "open":
            all_locked = len(board.slots) == SLOTS and all(slot.locked for slot in board.slots.values())
            opened = board.open(key)
            if opened is None:
                assert all_locked
                continue
            assert board.slots[opened].key == key
            assert board.focus == board.number_of(key)
            assert len(held - board.keys()) <= (len(held) == SLOTS)
        elif operation == "close":
            board.close(pane)
        elif operation == "pin":
            board.toggle_pin(pane)
        elif operation == "lock":
            board.toggle_lock(pane)
        elif operation == "swap":
            check_exchange(board, pane, number // 3 % SLOTS + 1)
        elif operation == "step":
            board.step(number - 15)
        elif operation == "go":
            assert board.go_to(pane) is (pane in board.slots)
        elif operation == "forget":
            board.forget(key)
            assert board.number_of(key) is None
        elif operation == "layout":
            board.next_choice()
        else:
            board.zoomed = not board.zoomed
        assert set(board.slots) <= set(range(1, SLOTS + 1))
        assert len(board.keys()) == len(board.slots)
        assert not board.slots or board.focus in board.slots
        check_arrangements(board)


def test_with_all_panes_taken_opening_replaces_discoverys_first() -> None:
    board = board_of(SLOTS - 1)
    board.offer(KEYS[20], busy)
    assert board.open(KEYS[21]) == SLOTS
    board.go_to(4)
    assert board.open(KEYS[22]) == 4


def test_a_pin_holds_what_discovery_opened() -> None:
    board = board_of(SLOTS, by_operator=False)
    board.go_to(9)
    for number in range(1, SLOTS):
        assert board.toggle_pin(number)
    assert board.offer(KEYS[10], spent) is None
    assert not board.toggle_pin(3)
    assert board.offer(KEYS[10], spent) == 3
    assert not board.toggle_pin(12)


def test_what_is_no_longer_kept_leaves_its_pane_and_may_come_back() -> None:
    board = board_of(2)
    assert board.forget(KEYS[1]) == 2
    assert board.forget(KEYS[7]) is None
    assert board.offer(KEYS[1], busy) == 2


# -- changing places ---------------------------------------------------------------------------------------------------


def check_exchange(board: Board, one: int, other: int) -> None:
    """Both numbers have changed hands and nothing else did, or one of them is locked."""
    slots, focus, previous = dict(board.slots), board.focus, board.previous
    locked = any(slots[number].locked for number in (one, other) if number in slots)
    assert board.exchange(one, other) is not locked
    moved = {} if locked else {one: other, other: one}
    assert board.slots == {moved.get(number, number): slot for number, slot in slots.items()}
    assert (board.focus, board.previous) == (moved.get(focus, focus), moved.get(previous, previous))
    board.exchange(one, other)
    assert (board.slots, board.focus, board.previous) == (slots, focus, previous), "twice is nothing"
    board.exchange(one, other)


def test_a_pane_changes_places_and_focus_pin_and_way_back_go_along() -> None:
    board = board_of(3)
    board.toggle_pin(3)
    board.go_to(3)
    assert board.exchange(3, 2)
    assert [slot.key for _, slot in sorted(board.slots.items())] == [KEYS[0], KEYS[2], KEYS[1]]
    assert [number for number, slot in board.slots.items() if slot.pinned] == [2]
    assert (board.focus, board.previous) == (2, 1)
    assert board.exchange(1, 2)
    assert (board.focus, board.previous) == (1, 2)


def test_over_free_numbers_a_pane_simply_moves() -> None:
    board = board_of(3)
    board.go_to(3)
    assert board.exchange(3, 4)
    assert sorted(board.slots) == [1, 2, 4]
    assert board.focus == 4
    assert board.offer(KEYS[9], busy) == 3


def test_a_locked_pane_neither_moves_nor_gives_way() -> None:
    board = board_of(3)
    board.toggle_lock(2)
    assert not board.exchange(3, 2)
    assert not board.exchange(2, 4)
    assert board.exchange(3, 1)
    assert [slot.key for _, slot in sorted(board.slots.items())] == [KEYS[2], KEYS[1], KEYS[0]]


# -- going about -------------------------------------------------------------------------------------------------------


def test_next_and_previous_go_round_the_open_panes() -> None:
    board = board_of(4)
    board.close(3)
    seen = []
    for _ in range(4):
        board.step(1)
        seen.append(board.focus)
    assert seen == [2, 4, 1, 2]
    board.step(-1)
    assert board.focus == 1
    board.step(-1)
    assert board.focus == 4
    Board().step(1)


def test_the_last_pane_is_the_one_before() -> None:
    board = board_of(3)
    board.go_to(3)
    assert (board.focus, board.previous) == (3, 1)
    board.go_to(board.previous)
    assert (board.focus, board.previous) == (1, 3)
    assert not board.go_to(8)
    assert (board.focus, board.previous) == (1, 3)


def test_layouts_come_round_and_end_a_zoom() -> None:
    board = board_of(3)
    board.zoomed = True
    assert [board.next_choice() for _ in LayoutChoice] == [
        LayoutChoice.ONE, LayoutChoice.TWO, LayoutChoice.FOUR, LayoutChoice.SIX, LayoutChoice.NINE, LayoutChoice.FOCUS,
        LayoutChoice.AUTO,
    ]  # fmt: skip
    assert not board.zoomed


# -- arranging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (1, (200, 50), (1, 1, 1)),
        (2, (200, 50), (2, 2, 1)),
        (3, (200, 50), (3, 2, 2)),
        (4, (200, 50), (4, 2, 2)),
        (5, (200, 50), (5, 3, 2)),
        (6, (200, 50), (6, 3, 2)),
        (7, (200, 50), (7, 3, 3)),
        (9, (200, 50), (9, 3, 3)),
        (9, (120, 36), (6, 2, 3)),  # three columns do not fit beside the roster
        (2, (100, 50), (2, 2, 1)),
        (9, (100, 50), (6, 2, 3)),
        (9, (119, 24), (9, 3, 3)),
        (9, (400, 24), (9, 3, 3)),
    ],
)
def test_the_automatic_layout_is_the_smallest_that_shows_all_or_the_largest_that_fits(
    count: int, size: tuple[int, int], expected: tuple[int, int, int]
) -> None:
    assert shape(board_of(count).arrange(*size, ROSTER)) == expected


def test_a_layout_asked_for_is_kept_and_pages_follow_the_focus() -> None:
    board = board_of(9)
    board.choice = LayoutChoice.FOUR
    board.roster_wanted = False
    for focus, shown in ((1, (1, 2, 3, 4)), (4, (1, 2, 3, 4)), (5, (5, 6, 7, 8)), (9, (9,))):
        board.go_to(focus)
        arrangement = board.arrange(200, 50, ROSTER)
        assert arrangement.shown == shown
        assert arrangement.strip


def test_two_panes_stand_one_over_the_other_where_two_columns_do_not_fit() -> None:
    board = board_of(2)
    board.roster_wanted = True
    assert shape(board.arrange(99 + 1, 40, 40)) == (2, 1, 2)


@pytest.mark.parametrize("size", [(99, 50), (200, 23), (80, 24), (60, 15)])
def test_a_narrow_screen_is_one_pane_and_a_strip(size: tuple[int, int]) -> None:
    board = board_of(5)
    board.go_to(3)
    board.roster_wanted = True
    arrangement = board.arrange(*size, ROSTER)
    assert arrangement == Arrangement((3,), 1, 1, 1, strip=True, roster=False, bars=True, one_at_a_time=True)


@pytest.mark.parametrize("size", [(59, 50), (200, 14), (20, 5), (1, 1), (0, 0)])
def test_a_tiny_screen_is_a_single_stream(size: tuple[int, int]) -> None:
    arrangement = board_of(5).arrange(*size, ROSTER)
    assert arrangement == Arrangement((1,), 1, 1, 1, strip=False, roster=False, bars=False, one_at_a_time=True)


def test_a_zoomed_pane_stands_alone() -> None:
    board = board_of(5)
    board.zoomed = True
    board.go_to(2)
    assert board.arrange(200, 50, ROSTER) == Arrangement((2,), 1, 1, 1, strip=False, roster=False, bars=True)


def test_focus_and_strip_is_a_choice_on_wide_screens_too() -> None:
    board = board_of(5)
    board.choice = LayoutChoice.FOCUS
    assert board.arrange(200, 50, ROSTER) == Arrangement((1,), 1, 1, 1, strip=True, roster=True, bars=True)


@pytest.mark.parametrize(("width", "wanted", "shown"), [
    (119, None, False), (120, None, True), (110, True, True), (200, False, False),
])  # fmt: skip
def test_the_roster_stands_where_there_is_room_or_as_it_is_wanted(width: int, wanted: bool | None, shown: bool) -> None:
    board = board_of(2)
    board.roster_wanted = wanted
    assert board.arrange(width, 50, ROSTER).roster is shown


def test_with_nothing_open_nothing_is_shown() -> None:
    for size in ((200, 50), (80, 24), (20, 5)):
        assert Board().arrange(*size, ROSTER).shown == ()


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 9), st.integers(0, 300), st.integers(0, 100), st.sampled_from(LayoutChoice), st.booleans())
def test_any_size_has_an_arrangement_without_holes(
    count: int, width: int, height: int, choice: LayoutChoice, zoomed: bool
) -> None:
    board = board_of(count)
    board.choice, board.zoomed = choice, zoomed
    check(board, board.arrange(width, height, ROSTER))


def check_arrangements(board: Board) -> None:
    for size in ((200, 50), (110, 30), (80, 24), (30, 10)):
        check(board, board.arrange(*size, ROSTER))


def check(board: Board, arrangement: Arrangement) -> None:
    shown = arrangement.shown
    assert set(shown) <= set(board.slots)
    assert list(shown) == sorted(set(shown))
    assert bool(shown) is bool(board.slots)
    if shown:
        assert board.focus in shown
        assert arrangement.columns * arrangement.rows == len(shown) - 1 + arrangement.last_span
        assert 1 <= arrangement.last_span <= arrangement.columns


# -- locks -------------------------------------------------------------------------------------------------------------


def test_a_locked_pane_is_neither_replaced_nor_closed() -> None:
    board = board_of(SLOTS)
    for number in range(1, SLOTS):
        assert board.toggle_lock(number)
    board.go_to(3)
    assert board.open(KEYS[20]) == SLOTS
    assert not board.close(3)
    assert board.slots[3].key == KEYS[2]
    assert not board.toggle_lock(3)
    assert board.close(3)


def test_nothing_opens_where_all_panes_are_locked() -> None:
    board = board_of(SLOTS, by_operator=False)
    for number in board.slots:
        board.toggle_lock(number)
    before = board.keys()
    assert board.open(KEYS[20]) is None
    assert board.offer(KEYS[21], spent) is None
    assert board.keys() == before


def test_what_is_no_longer_kept_leaves_a_locked_pane_all_the_same() -> None:
    board = board_of(3)
    board.toggle_lock(2)
    assert board.forget(KEYS[1]) == 2
    assert 2 not in board.slots
