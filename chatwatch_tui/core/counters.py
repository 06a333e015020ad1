"""The books of one conversation: how much arrived, of which kinds, and how much is known to be missing."""

from __future__ import annotations

from collections import Counter

import msgspec

from chatwatch_tui.core.events import Gap

MAX_TYPES_COUNTED = 64
"""Chunk types that are counted by name; further ones count as `(other types)`. The same for roles of messages."""


OTHER_TYPES = "(other types)"


def _count_named(counted: Counter[str], name: str, number: int, others: str) -> None:
    counted[name if name in counted or len(counted) < MAX_TYPES_COUNTED else others] += number


class Counters(msgspec.Struct):
    """What happened to everything that arrived: all of it is in the transcript but for the duplicates."""

    chunks: Counter[str] = msgspec.field(default_factory=Counter)
    """Chunks received, by type."""
    messages: Counter[str] = msgspec.field(default_factory=Counter)
    """Messages received, by role."""
    undecodable: int = 0
    duplicates: int = 0
    """Messages that came twice with one id and one text."""
    lost: int = 0
    """Deliveries known to be missing, by exact count."""
    gaps: int = 0
    unknown_gaps: int = 0
    """Those of them of which nobody knows how much is missing."""
    bytes: int = 0

    @property
    def received(self) -> int:
        """Chunks and messages, whatever became of them."""
        return self.chunks.total() + self.messages.total()

    def count_message(self, role: str) -> None:
        """A message arrived."""
        _count_named(self.messages, role, 1, "(other roles)")

    def add(self, other: Counters) -> None:
        """Add up the books of two conversations, the types that are counted by name bounded as ever."""
        for kind, number in other.chunks.items():
            _count_named(self.chunks, kind, number, OTHER_TYPES)
        for role, number in other.messages.items():
            _count_named(self.messages, role, number, "(other roles)")
        for name in ("undecodable", "duplicates", "lost", "gaps", "unknown_gaps", "bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def count_gap(self, gap: Gap, *, is_new: bool) -> None:
        """A hole was seen, or more of one that is counted."""
        self.gaps += is_new
        if gap.count is None:
            self.unknown_gaps += 1
        else:
            self.lost += gap.count

    def count_late(self) -> None:
        """One that was counted as missing came after all."""
        self.lost -= 1
