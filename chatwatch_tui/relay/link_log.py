"""What the log says of the link to NATS: up, not to be had, lost and why, back and after how long.

Attempts go on for ever, so of one outage each reason is said once.
"""

from __future__ import annotations

import logging
import time

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.relay.logs import complain, say

log = logging.getLogger(__name__)

MAX_REASONS = 20
"""Of one outage; a server may give a reason of its own at each attempt."""


class LinkLog:
    """See the module."""

    def __init__(self) -> None:
        self._state = LinkState.CONNECTING
        self._detail = ""
        self._lost_at: float | None = None
        """`time.monotonic()` of the end of the link that was; None before the first."""
        self._reasons: set[str] = set()
        """Said of this outage."""

    def note(self, status: SourceStatus) -> None:
        """A newer status; the same one may come every few seconds."""
        was_up = self._state.is_up
        is_new = (self._state, self._detail) != (status.state, status.detail)
        self._state, self._detail = status.state, status.detail
        if status.state.is_up:
            if not was_up:
                self._came(status)
            if is_new and status.state is not LinkState.LIVE:
                complain(log, "link restricted", server=status.server, detail=status.detail)
        elif was_up:
            self._lost_at = status.since
            self._reasons = {status.detail}
            complain(log, "link lost", server=status.server, why=status.detail)
        elif is_new and status.detail and status.detail not in self._reasons and len(self._reasons) < MAX_REASONS:
            self._reasons.add(status.detail)
            complain(log, "no link", server=status.server, why=status.detail)

    def _came(self, status: SourceStatus) -> None:
        if self._lost_at is None:
            say(log, "link up", server=status.server)
        else:
            say(log, "link back", server=status.server, seconds=round(time.monotonic() - self._lost_at, 3))
        self._reasons.clear()
