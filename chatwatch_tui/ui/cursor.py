"""Where one is in a list. No Textual in here."""

from __future__ import annotations


class Cursor:
    """A place in a list of which a part is in view. It scrolls no more than it must."""

    def __init__(self) -> None:
        self.at = 0
        self.first = 0
        """The first row in view."""

    def move(self, rows: int, length: int) -> None:
        """So many rows further, within the list."""
        self.at = max(0, min(self.at + rows, length - 1))

    def window(self, length: int, room: int) -> range:
        """What is in view where there is room for so many."""
        self.at = max(0, min(self.at, length - 1))
        self.first = max(self.at - room + 1, min(self.first, self.at, max(0, length - room)), 0)
        return range(self.first, min(length, self.first + room))
