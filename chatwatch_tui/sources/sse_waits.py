"""The times of a watch endpoint as a source: how long each answer, each silence and each pause may be."""

from __future__ import annotations

import msgspec

SILENT_AFTER = 3
"""Keep-alives without a byte that make a dead link."""


class SseWaits(msgspec.Struct, frozen=True):
    """All in seconds."""

    keep_alive: float = 15.0
    """After which the endpoint sends a comment where it has nothing else to send."""
    connect_within: float = 10.0
    answer_within: float = 20.0
    command_within: float = 10.0
    """For the command that gives a sign-in."""
    refused_wait: float = 12.0
    """At least so long after an answer that was no; ever longer while it stays so."""
    turn_within: float = 2.0
    """For which one stream tries the sign-in for all before the next may (`sse_turn`)."""
    longest_wait: float = 300.0
    """Longer than this no endpoint makes us wait."""
    proven_after: float = 5.0
    """A stream that was open for so long lets waits begin small again."""

    @property
    def silent_after(self) -> float:
        """Without a byte for so long the link is dead."""
        return SILENT_AFTER * self.keep_alive
