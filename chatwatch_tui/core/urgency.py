"""How urgently a conversation needs the operator, and as what it is counted: both from its state and the time alone."""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.conversation import Attention, Conversation, Phase


class RosterCount(msgspec.Struct, frozen=True):
    """How many conversations are in which state."""

    live: int = 0
    """Active and not stalled."""
    cut_off: int = 0
    """Active when last heard of: nothing of them can come now."""
    errors: int = 0
    stalled: int = 0
    unread: int = 0
    rule_hits: int = 0
    """Those that need the operator because of a rule."""
    quiet: int = 0
    """Not active, and in need of nobody."""


def urgency(conversation: Conversation, now: float) -> tuple[int, float]:
    """Sort key: attention first, then active before quiet, then the latest change of state."""
    attention = conversation.attention(now)
    if attention is Attention.ERROR:
        return attention, -conversation.failed_since
    if attention is not Attention.NONE:
        return attention, -conversation.phase_since
    if conversation.is_active:
        # Not by last arrival: a row that moves with every chunk cannot be read.
        return Attention.NONE, 0.0
    return Attention.NONE + 1, -conversation.phase_since


def counted_as(conversation: Conversation, urgent: int, *, is_silent: bool) -> str:
    """The field of `RosterCount` that a conversation counts in, blank where in none; `urgent` as `urgency` says."""
    if urgent == Attention.ERROR:
        return "errors"  # whatever it does meanwhile
    if conversation.phase is Phase.ERROR:
        return ""
    if conversation.phase is Phase.DONE:
        return "unread" if urgent == Attention.UNREAD else ""
    if conversation.is_cut_off:
        return "cut_off" if conversation.is_active else ""
    if is_silent:
        return "stalled"
    return "live" if conversation.is_active else ""
