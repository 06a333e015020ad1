"""What the watch endpoint says of itself, in the words that travel: `{"event":"error","data":"<notice>"}`.

A viewer of the original system reads sentences, so notices are sentences; chatwatch's own client reads them back and
marks the hole in the stream, with what is known of it, where the notice stands. One module for both directions, so that
they cannot drift apart.
"""

from __future__ import annotations

import re

from chatwatch_tui.core.events import Gap, GapCause

_DROPPED = re.compile(r"(\d{1,12}) events? dropped: this viewer is slower than the stream")
_LINK_BACK = re.compile(r"NATS is back: whatever was published in the last (\d{1,12}(?:\.\d)?) s is missing")
LINK_LOST = "NATS went away: reconnecting"
"""The stream goes on; `link_back` follows."""


def dropped(count: int) -> str:
    """So many of this viewer's oldest waiting events were given up, here."""
    return f"{count} event{'s' if count != 1 else ''} dropped: this viewer is slower than the stream"


def link_back(seconds: float) -> str:
    """The bus is back; how long it was away."""
    return f"NATS is back: whatever was published in the last {max(0.0, seconds):.1f} s is missing"


def gap_of(notice: str) -> Gap | None:
    """The hole that a notice tells of; None for any other words (which are then shown as an error)."""
    if found := _DROPPED.fullmatch(notice):
        return Gap(GapCause.SLOW_CONSUMER, count=int(found[1]))
    if found := _LINK_BACK.fullmatch(notice):
        return Gap(GapCause.RECONNECT, seconds=float(found[1]), note="between the endpoint and NATS")
    return None
