"""Which conversations stand in which panes, which pane is in focus, and how panes are arranged. No Textual in here.

Nine slots, numbered as the keys are; closing one leaves the others where they are. What the operator opened or pinned
stays until they close it; what discovery opened may give way to something newer when the caller says it is spent. A
locked pane stays where it is whatever is opened, and cannot be moved or closed until it is unlocked.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from chatwatch_tui.core.identity import ConversationKey

SLOTS = 9
MIN_PANE_WIDTH = 36
MIN_PANE_HEIGHT = 7
ROSTER_FROM_WIDTH = 120
NARROW_BELOW = (100, 24)
TINY_BELOW = (60, 15)


class LayoutChoice(StrEnum):
    """How the operator wants panes arranged."""

    AUTO = "automatic"
    ONE = "1 pane"
    TWO = "2 panes"
    FOUR = "4 panes"
    SIX = "6 panes"
    NINE = "9 panes"
    FOCUS = "focus and strip"


_GRIDS: dict[LayoutChoice, tuple[tuple[int, int], ...]] = {
    LayoutChoice.ONE: ((1, 1),),
    LayoutChoice.TWO: ((2, 1), (1, 2)),
    LayoutChoice.FOUR: ((2, 2),),
    LayoutChoice.SIX: ((3, 2), (2, 3)),
    LayoutChoice.NINE: ((3, 3),),
}
"""Columns and rows of each layout, the preferred shape first."""


class Slot(msgspec.Struct):
    """One pane's place."""

    key: ConversationKey
    by_operator: bool
    """Opened by the operator, not by discovery."""
    pinned: bool = False
    locked: bool = False
    """Neither opening another conversation nor closing takes it away, and it keeps its number."""

    @property
    def is_discoverys(self) -> bool:
        """Whether discovery may give the pane to another conversation."""
        return not (self.by_operator or self.pinned or self.locked)


class Arrangement(msgspec.Struct, frozen=True):
    """What is on screen, decided from size, choice and what is open."""

    shown: tuple[int, ...]
    """Numbers of the panes on screen, in reading order."""
    columns: int
    rows: int
    last_span: int
    """Columns that the last pane takes, so that no cell is left empty."""
    strip: bool
    """One line of all panes' states over those on screen."""
    roster: bool
    bars: bool
    """Footer shown, panes framed; False on tiny terminals."""
    one_at_a_time: bool = False
    """Too small for several panes, whatever layout is wanted."""
    page: int = 1
    pages: int = 1
    """Where not all panes fit on screen at once: which part of them is on it, and how many parts there are."""
    page_size: int = 1
    """Panes that a full page has."""


class Board:
    """Nine slots and what is in them."""

    def __init__(self) -> None:
        self.slots: dict[int, Slot] = {}
        """By pane number, 1 to 9."""
        self.focus = 1
        self.previous = 1
        self.choice = LayoutChoice.AUTO
        self.zoomed = False
        self.roster_wanted: bool | None = None
        """None: as the width allows."""
        self._closed: set[ConversationKey] = set()

    # -- opening and closing ---------------------------------------------------------------------------------------

    def number_of(self, key: ConversationKey) -> int | None:
        """The pane that shows a conversation."""
        return next((number for number, slot in self.slots.items() if slot.key == key), None)

    def keys(self) -> set[ConversationKey]:
        """The conversations that are in panes."""
        return {slot.key for slot in self.slots.values()}

    def open(self, key: ConversationKey, is_being_read: Callable[[int], bool] = lambda number: False) -> int | None:
        """Open by the operator's wish; the number of the pane, None where all are locked.

        A free pane, else the one whose loss matters least: never a pinned or read one (`is_being_read`) while there are
        others, discovery's before the operator's own, one in focus last.
        """
        number = self.number_of(key)
        if number is None:
            number = self._free() or min(
                (each for each, slot in self.slots.items() if not slot.locked),
                default=None,
                key=lambda each: (
                    self.slots[each].pinned,
                    is_being_read(each),
                    self.slots[each].by_operator,
                    # Of their own panes the operator means the one in focus; of discovery's they look at that one.
                    (each == self.focus) != self.slots[each].by_operator,
                    each,
                ),
            )
            if number is None:
                return None
            self.slots[number] = Slot(key, by_operator=True)
        self.slots[number].by_operator = True
        self._closed.discard(key)
        self.go_to(number)
        return number

    def offer(self, key: ConversationKey, is_spent: Callable[[ConversationKey], bool]) -> int | None:
        """Discovery found a conversation: a free pane, or a spent one of discovery's own; None where there is none."""
        if not self.may_be_opened(key):
            return None
        number = self._free()
        if number is None:
            number = next(
                (
                    number
                    for number, slot in sorted(self.slots.items())
                    if slot.is_discoverys and number != self.focus and is_spent(slot.key)
                ),
                None,
            )
        if number is None:
            return None
        self.slots[number] = Slot(key, by_operator=False)
        if self.focus not in self.slots:
            self.focus = number
        return number

    def may_be_opened(self, key: ConversationKey) -> bool:
        """Whether discovery may give it a pane: it has none, and the operator has not closed it."""
        return key not in self._closed and self.number_of(key) is None

    def replace(self, number: int, key: ConversationKey) -> None:
        """Discovery has another conversation for a pane of its own."""
        self.slots[number] = Slot(key, by_operator=False)

    def close(self, number: int) -> bool:
        """Free a pane; focus goes to the nearest one that is left. False where it is locked."""
        slot = self.slots.get(number)
        if slot is None:
            return True
        if slot.locked:
            return False
        del self.slots[number]
        self._closed.add(slot.key)
        self.zoomed = False
        if number == self.focus and self.slots:
            back = self.previous if self.previous in self.slots else None
            self.focus = back or min(self.slots, key=lambda other: (abs(other - number), other))
        return True

    def forget(self, key: ConversationKey) -> int | None:
        """The conversation is no longer kept; the pane that showed it."""
        self._closed.discard(key)
        number = self.number_of(key)
        if number is not None:
            self.slots[number].locked = False
            self.close(number)
            self._closed.discard(key)
        return number

    def toggle_pin(self, number: int) -> bool:
        """Pin or unpin; whether it is pinned now."""
        slot = self.slots.get(number)
        if slot is None:
            return False
        slot.pinned = not slot.pinned
        return slot.pinned

    def toggle_lock(self, number: int) -> bool:
        """Lock or unlock; whether it is locked now."""
        slot = self.slots.get(number)
        if slot is None:
            return False
        slot.locked = not slot.locked
        return slot.locked

    # -- moving ----------------------------------------------------------------------------------------------------

    def exchange(self, one: int, other: int) -> bool:
        """What stands under either number stands under the other now, whether there is something or not. Focus and the
        way back go along. False where one of them is locked."""
        slots = self.slots
        if any(slots[number].locked for number in (one, other) if number in slots):
            return False
        moved = {one: other, other: one}
        slots.update({moved[number]: slots.pop(number) for number in (one, other) if number in slots})
        self.focus = moved.get(self.focus, self.focus)
        self.previous = moved.get(self.previous, self.previous)
        return True

    def _free(self) -> int | None:
        return next((number for number in range(1, SLOTS + 1) if number not in self.slots), None)

    # -- going about -----------------------------------------------------------------------------------------------

    def go_to(self, number: int) -> bool:
        """Focus a pane; False where nothing is open under that number."""
        if number not in self.slots:
            return False
        if number != self.focus:
            self.previous = self.focus
            self.focus = number
        return True

    def step(self, by: int) -> None:
        """The next open pane in that direction, round the corner."""
        if numbers := sorted(self.slots):
            at = numbers.index(self.focus) if self.focus in self.slots else 0
            self.go_to(numbers[(at + by) % len(numbers)])

    def next_choice(self) -> LayoutChoice:
        """The layout after this one."""
        choices = list(LayoutChoice)
        self.choice = choices[(choices.index(self.choice) + 1) % len(choices)]
        self.zoomed = False
        return self.choice

    # -- arranging -------------------------------------------------------------------------------------------------

    def arrange(self, width: int, height: int, roster_width: int) -> Arrangement:
        """What to show on a terminal of that size."""
        numbers = sorted(self.slots)
        focus = (self.focus,) if self.focus in self.slots else tuple(numbers[:1])
        if width < TINY_BELOW[0] or height < TINY_BELOW[1]:
            return Arrangement(focus, 1, 1, 1, strip=False, roster=False, bars=False, one_at_a_time=True)
        narrow = width < NARROW_BELOW[0] or height < NARROW_BELOW[1]
        wanted = self.roster_wanted
        roster = not narrow and not self.zoomed and (width >= ROSTER_FROM_WIDTH if wanted is None else wanted)
        if narrow or self.choice is LayoutChoice.FOCUS:
            return Arrangement(focus, 1, 1, 1, strip=True, roster=roster, bars=True, one_at_a_time=narrow)
        if self.zoomed or len(numbers) <= 1:
            return Arrangement(focus, 1, 1, 1, strip=False, roster=roster, bars=True)
        room = (width - roster_width if roster else width, height - 2)
        columns, rows = self._grid(len(numbers), *room)
        page_size = columns * rows
        page = numbers.index(focus[0]) // page_size
        shown = tuple(numbers[page * page_size : (page + 1) * page_size])
        columns = min(columns, len(shown))
        rows = -(-len(shown) // columns)
        last_span = columns * rows - len(shown) + 1
        return Arrangement(
            shown, columns, rows, last_span, strip=len(shown) < len(numbers), roster=roster, bars=True,
            page=page + 1, pages=-(-len(numbers) // page_size), page_size=page_size,
        )  # fmt: skip

    def _grid(self, count: int, width: int, height: int) -> tuple[int, int]:
        """Columns and rows: the layout asked for, or the smallest that shows all, or the largest that fits."""
        if self.choice is not LayoutChoice.AUTO:
            shapes = _GRIDS[self.choice]
            return next((shape for shape in shapes if _fits(shape, width, height)), shapes[0])
        fitting = [shape for shapes in _GRIDS.values() for shape in shapes if _fits(shape, width, height)]
        enough = [shape for shape in fitting if shape[0] * shape[1] >= count]
        return enough[0] if enough else fitting[-1] if fitting else (1, 1)


def _fits(shape: tuple[int, int], width: int, height: int) -> bool:
    return width // shape[0] >= MIN_PANE_WIDTH and height // shape[1] >= MIN_PANE_HEIGHT
