"""How the links of the sources are, as far as they have said: plain state; panes, bars and lists show a part of it."""

from __future__ import annotations

from enum import IntEnum

from chatwatch_tui.core.events import LinkState, SourceStatus

_NO_OUTAGE = (LinkState.LIVE, LinkState.FORBIDDEN, LinkState.CLOSED)
"""Closed is none: we are ending, or a recording is at its end."""


class News(IntEnum):
    """What is new in a status, the more of it the larger."""

    FIGURES = 0
    """A round trip was measured, or an attempt counted: the next second shows it."""
    WORDS = 1
    STATE = 2


class Links:
    """By name of the source."""

    def __init__(self) -> None:
        self._statuses: dict[str, SourceStatus] = {}

    def take(self, status: SourceStatus) -> News:
        """What a source says now; what of it is new."""
        before = self._statuses.get(status.source)
        self._statuses[status.source] = status
        if before is None or before.state is not status.state:
            return News.STATE
        return News.WORDS if before.detail != status.detail else News.FIGURES

    @property
    def statuses(self) -> list[SourceStatus]:
        """Of all sources that have said something."""
        return list(self._statuses.values())

    @property
    def outages(self) -> int:
        """How often a link came back, over all of them."""
        return sum(status.reconnects for status in self._statuses.values())

    def down(self) -> set[str]:
        """The sources of which nothing can come at the moment."""
        return {name for name, status in self._statuses.items() if status.state not in _NO_OUTAGE}

    def detail(self, source: str) -> str:
        """What a source says of its link, in full, for panes that have nothing else to show; hostile."""
        status = self._statuses.get(source)
        return status.detail if status is not None and status.state is not LinkState.LIVE else ""
