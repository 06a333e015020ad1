"""How the links of the sources are, as far as they have said: plain state; panes, bars and lists show a part of it."""

from __future__ import annotations

from enum import IntEnum

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey

LINK_DOWN = "link down"


class News(IntEnum):
    """What is new in a status, the more of it the larger."""

    FIGURES = 0
    """A round trip was measured, or an attempt counted: the next second shows it."""
    WORDS = 1
    STATE = 2
    """Of the link, or of a conversation's part in it."""


class Links:
    """By name of the source."""

    def __init__(self) -> None:
        self._statuses: dict[str, SourceStatus] = {}

    def take(self, status: SourceStatus) -> News:
        """What a source says now; what of it is new."""
        before = self._statuses.get(status.source)
        self._statuses[status.source] = status
        if before is None or before.state is not status.state or before.cut_off != status.cut_off:
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

    def down(self, key: ConversationKey) -> str:
        """In a word or two why nothing can come for a conversation at the moment; blank where something can."""
        status = self._statuses.get(key.source)
        if status is None or status.state is LinkState.CLOSED:
            return ""  # closed is no outage: we are ending, or a recording is at its end
        if status.cut_off is not None:
            return status.cut_off[key.id].word if key.id in status.cut_off else ""
        if status.state is LinkState.REFUSED:
            return status.state.value
        return "" if status.state.is_up else LINK_DOWN

    def detail(self, key: ConversationKey) -> str:
        """What the source says of a conversation's link, in full, for a pane that has nothing else to show; hostile."""
        status = self._statuses.get(key.source)
        if status is None:
            return ""
        if status.cut_off is not None:
            return status.cut_off[key.id].detail if key.id in status.cut_off else ""
        return status.detail if status.state is not LinkState.LIVE else ""
