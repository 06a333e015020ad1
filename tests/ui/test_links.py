"""The links of the sources: what is new of one, and which are down."""

from __future__ import annotations

import msgspec
import pytest

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.ui.links import Links, News

LIVE = SourceStatus("nats", LinkState.LIVE, since=0.0, rtt=0.003)
DOWN = SourceStatus("nats", LinkState.RECONNECTING, since=9.0, attempt=1, detail="connection refused")


def test_what_is_new_of_a_status_is_told_from_what_a_second_can_wait_for() -> None:
    links = Links()
    told = [
        links.take(status)
        for status in (
            LIVE,
            msgspec.structs.replace(LIVE, rtt=0.1),
            DOWN,
            msgspec.structs.replace(DOWN, attempt=2),
            msgspec.structs.replace(DOWN, detail="timed out"),
            LIVE,
        )
    ]
    assert told == [News.STATE, News.FIGURES, News.STATE, News.FIGURES, News.WORDS, News.STATE]
    assert links.statuses == [LIVE]


@pytest.mark.parametrize("state", LinkState)
def test_a_source_is_down_where_a_model_may_speak_unheard(state: LinkState) -> None:
    links = Links()
    links.take(msgspec.structs.replace(DOWN, state=state))
    up = state in (LinkState.LIVE, LinkState.FORBIDDEN, LinkState.CLOSED)
    assert links.down() == (set() if up else {"nats"})
    assert links.detail("nats") == ("" if state is LinkState.LIVE else "connection refused")
    assert links.detail("another") == ""


def test_outages_are_counted_over_all_sources() -> None:
    links = Links()
    for name, reconnects in (("one", 2), ("other", 3)):
        links.take(SourceStatus(name, LinkState.LIVE, since=0.0, reconnects=reconnects))
    assert links.outages == 5
