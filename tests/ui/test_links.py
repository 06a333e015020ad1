"""The links of the sources: what is new of one, and which are down."""

from __future__ import annotations

import msgspec
import pytest

from chatwatch_tui.core.events import CutOff, LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.links import Links, News

LIVE = SourceStatus("nats", LinkState.LIVE, since=0.0, rtt=0.003)
A, B = (ConversationKey("nats", id_) for id_ in "ab")
ELSEWHERE = ConversationKey("another", "a")
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
            msgspec.structs.replace(LIVE, cut_off={"a": CutOff("not permitted", "not yours")}),
            LIVE,
        )
    ]
    states = [News.STATE, News.FIGURES, News.STATE, News.FIGURES, News.WORDS, News.STATE, News.STATE, News.STATE]
    assert told == states
    assert links.statuses == [LIVE]


@pytest.mark.parametrize("state", LinkState)
def test_a_source_is_down_where_a_model_may_speak_unheard(state: LinkState) -> None:
    links = Links()
    links.take(msgspec.structs.replace(DOWN, state=state))
    up = state in (LinkState.LIVE, LinkState.FORBIDDEN, LinkState.LIMITED, LinkState.CLOSED)
    assert links.down(A) == ("" if up else "refused" if state is LinkState.REFUSED else "link down")
    assert links.detail(A) == ("" if state is LinkState.LIVE else "connection refused")
    assert links.down(ELSEWHERE) == links.detail(ELSEWHERE) == ""


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.FORBIDDEN, LinkState.RECONNECTING, LinkState.REFUSED])
def test_where_conversations_have_links_of_their_own_only_those_are_down_that_are_named(state: LinkState) -> None:
    links = Links()
    cut_off = {"a": CutOff("not permitted", "unknown or not yours"), "c": CutOff("", "half of it")}
    links.take(msgspec.structs.replace(DOWN, state=state, cut_off=cut_off))
    assert (links.down(A), links.detail(A)) == ("not permitted", "unknown or not yours")
    assert (links.down(B), links.detail(B)) == ("", "")
    partly = ConversationKey("nats", "c")
    assert (links.down(partly), links.detail(partly)) == ("", "half of it")


def test_outages_are_counted_over_all_sources() -> None:
    links = Links()
    for name, reconnects in (("one", 2), ("other", 3)):
        links.take(SourceStatus(name, LinkState.LIVE, since=0.0, reconnects=reconnects))
    assert links.outages == 5
