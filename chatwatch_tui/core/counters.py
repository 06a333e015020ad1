"""The books of one conversation: how much arrived, of which kinds, and how much is known to be missing."""

from __future__ import annotations

from collections import Counter

import msgspec

from chatwatch_tui.core.events import Gap

MAX_TYPES_COUNTED = 64
"""Chunk types that are counted by name; further ones count as `(other types)`. The same for roles of messages."""


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

    def count_message(self, role: str) -> None:
        """A message arrived."""
        roles = self.messages
        roles[role if role in roles or len(roles) < MAX_TYPES_COUNTED else "(other roles)"] += 1

    def count_gap(self, gap: Gap) -> None:
        """A hole was seen."""
        self.gaps += 1
        if gap.count is None:
            self.unknown_gaps += 1
        else:
            self.lost += gap.count

    def count_late(self) -> None:
        """One that was counted as missing came after all."""
        self.lost -= 1
