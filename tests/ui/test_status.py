"""The status bar tells the truth at every width; so does the strip of panes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.urgency import RosterCount
from chatwatch_tui.ui.figures import clock
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.status import LATE, Situation, link_words, status_row
from chatwatch_tui.ui.strip import strip_row
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import HOSTILE, START, Talk, chunk, is_harmless, token, words_of

LIVE = SourceStatus("nats", LinkState.LIVE, since=0.0, server="localhost:4222", rtt=0.003)
DOWN = SourceStatus(
    "nats", LinkState.RECONNECTING, since=40.0, attempt=3, detail="connection refused by localhost:4222"
)
REFUSED = SourceStatus("nats", LinkState.REFUSED, since=40.0, detail="wrong user name or password (check --user)")
LONG_DETAIL = "the server does not speak TLS but --tlsca was given; remove it, or turn TLS on in the server's settings"


def situation(*statuses: SourceStatus, **fields: Any) -> Situation:
    usual: dict[str, Any] = {
        "now": START, "monotonic": 52.0, "statuses": statuses or (LIVE,),
        "count": RosterCount(live=9, errors=1, stalled=2, unread=3),
        "chunks_per_second": 1200.0, "lag": 0.02, "lost": 0, "unknown_gaps": 0, "outages": 0,
    }  # fmt: skip
    return Situation(**usual | fields)


def bar(width: int, *statuses: SourceStatus, **fields: Any) -> str:
    return words_of(status_row(situation(*statuses, **fields), width, UNICODE))


def up(_: ConversationKey) -> str:
    return ""


def down(_: ConversationKey) -> str:
    return "link down"


def link(status: SourceStatus) -> str:
    return words_of(link_words(status, 52.0, UNICODE))


# -- the link ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SourceStatus("n", LinkState.CONNECTING, 50.0, attempt=1), "○ connecting"),
        (SourceStatus("n", LinkState.CONNECTING, 40.0, attempt=2), "○ connecting (2, 12 s)"),
        (LIVE, "● live 3 ms"),
        (SourceStatus("n", LinkState.LIVE, 0.0, rtt=0.0001), "● live 1 ms"),
        (SourceStatus("n", LinkState.LIVE, 0.0), "● live"),
        (SourceStatus("n", LinkState.LIVE, 0.0, detail="all is well"), "● live"),
        (DOWN, "○ reconnecting (3, 12 s) connection refused by localhost:4222"),
        (REFUSED, "○ refused wrong user name or password (check --user)"),
        (SourceStatus("n", LinkState.FORBIDDEN, 0.0, rtt=0.02, detail="chat.>"), "● forbidden 20 ms chat.>"),
        (SourceStatus("n", LinkState.LIMITED, 0.0, detail="1 of 3 without"), "● limited 1 of 3 without"),
        (SourceStatus("n", LinkState.CLOSED, 0.0), "✓ closed"),
    ],
)
def test_every_state_of_a_link_has_its_own_words(status: SourceStatus, words: str) -> None:
    assert link(status) == words


def test_a_link_that_is_down_has_another_sign_and_ink_than_one_that_is_up() -> None:
    inks = {state: link_words(SourceStatus("n", state, 0.0), 1.0, UNICODE)[0][1] for state in LinkState}
    assert inks[LinkState.LIVE] is Ink.GOOD
    assert inks[LinkState.REFUSED] is Ink.BAD
    assert all(ink is Ink.WARN for state, ink in inks.items() if state not in (LinkState.LIVE, LinkState.REFUSED))


# -- the bar -----------------------------------------------------------------------------------------------------------


def test_with_room_the_bar_says_everything() -> None:
    words = " chatwatch   nats ● live 3 ms    9 live · 1 error · 2 stalled · 3 unread   "
    shown = bar(160)
    assert shown.startswith(words)
    assert shown.endswith(f"   1.2k chunks/s   lag   0.0 s   lost 0   {clock(START)} ")


@pytest.mark.parametrize("lags", [(0.0, 0.9), (1.0, 9.9, 12.5, 120.0)], ids=["live", "late"])
@pytest.mark.parametrize("width", range(60, 201, 5))
def test_figures_that_change_by_the_second_move_nothing(width: int, lags: tuple[float, ...]) -> None:
    def places(**fields: Any) -> list[int]:
        shown = bar(width, **fields)
        return [shown.find(word) for word in ("chatwatch", "lag", "lost", clock(START)[:5], "9 live")]

    usual = places(lag=lags[0])
    if lags[0] < LATE:
        assert places(lag=None)[2:] == usual[2:], "nothing was received yet"
    for rate in (0.0, 0.4, 9.0, 57.0, 640.0, 1_200.0, 34_000.0):
        for lag in lags:
            for rtt in (0.001, 0.012):
                status = SourceStatus("nats", LinkState.LIVE, since=0.0, server="localhost:4222", rtt=rtt)
                assert places(chunks_per_second=rate, lag=lag, statuses=(status,)) == usual


def test_as_wide_a_gap_stands_before_the_time_as_between_figures() -> None:
    assert f"lost 0   {clock(START)} " in bar(160)


def test_lag_is_said_where_there_is_room_for_it_and_rather_than_words_for_states_once_it_matters() -> None:
    few = RosterCount(live=9)
    assert "lag   0.0 s   lost 0" in bar(80, count=few)
    assert "lag" not in bar(80)
    assert "1 error" in bar(80)
    late = bar(80, lag=4.2)
    assert "lag   4.2 s   lost 0" in late
    assert "1✗ 2◌" in late


def test_a_figure_that_is_not_known_is_blank() -> None:
    assert "lag" not in bar(160, lag=None)
    assert "ms" not in bar(160, SourceStatus("nats", LinkState.LIVE, 0.0))


def test_states_that_nobody_is_in_are_not_said() -> None:
    assert "   0 live   " in bar(160, count=RosterCount())
    assert "1 live   " in bar(160, count=RosterCount(live=1))
    assert "0 live · 16 cut off · 2 errors   " in bar(160, DOWN, count=RosterCount(cut_off=16, errors=2))


def test_what_is_lost_is_said_with_all_that_is_known_of_it() -> None:
    assert "lost 1,340 + ? in 1 outage" in bar(160, lost=1340, unknown_gaps=9, outages=1)
    assert "lost ? in 2 gaps" in bar(160, unknown_gaps=2)
    assert "lost 0" in bar(160)


def test_lag_and_losses_change_ink_as_they_get_worse() -> None:
    def ink_of(beginning: str, **fields: Any) -> Ink:
        row = status_row(situation(**fields), 160, UNICODE)
        return next(ink for text, ink in row if text.startswith(beginning))

    assert [ink_of("lag", lag=lag) for lag in (0.5, 2.0, 9.0)] == [Ink.DIM, Ink.WARN, Ink.BAD]
    assert [ink_of("lost", lost=lost) for lost in (0, 5)] == [Ink.DIM, Ink.BAD]
    assert ink_of("lost", unknown_gaps=1) is Ink.WARN


@pytest.mark.parametrize("status", [LIVE, DOWN, REFUSED], ids=lambda status: status.state.value)
@pytest.mark.parametrize("lost", [0, 1_234_567])
def test_link_state_and_lost_count_stay_at_every_width(status: SourceStatus, lost: int) -> None:
    for width in range(40, 201):
        shown = bar(width, status, lost=lost, lag=12.5)
        assert len(shown) == width
        assert status.state.value in shown
        assert f"lost {lost:,}" in shown


def test_what_matters_less_gives_way_first() -> None:
    order = ["chunks/s", clock(START), " lag ", "1.2k", "unread", "lost 0", "live 3 ms"]
    last_seen = [max((width for width in range(30, 201) if word not in bar(width)), default=0) for word in order]
    assert last_seen == sorted(last_seen, reverse=True)


def test_on_eighty_columns_states_and_losses_stay_beside_what_the_source_says() -> None:
    shown = bar(80, SourceStatus("nats", LinkState.REFUSED, 0.0, detail=LONG_DETAIL), count=RosterCount(live=9))
    assert shown.rstrip() == " nats ○ refused the server does not speak TLS but --tlsca was…   9 live   lost 0"


def test_a_shorter_bar_has_no_half_words_where_a_whole_one_would_do() -> None:
    assert bar(40, DOWN, count=RosterCount(live=9)).rstrip() == " nats ○ reconnecting (3, 12 s)   lost 0"
    assert bar(36, DOWN, lost=12_345).rstrip() == " nats ○ reconnecting   lost 12,345"


def test_states_give_way_one_by_one_the_errors_last() -> None:
    assert bar(46).rstrip() == " nats ● live 3 ms    9 live 1✗ 2◌ 3✓   lost 0", "as signs before they go"
    assert bar(40).rstrip() == " nats ● live 3 ms    9 live 1✗   lost 0"
    assert bar(37).rstrip() == " nats ● live 3 ms    9 live   lost 0"
    assert bar(30).rstrip() == " nats ● live 3 ms    lost 0"


def test_a_loss_too_long_for_the_bar_is_said_shorter() -> None:
    assert bar(40, DOWN, lost=10**9, unknown_gaps=10**6).endswith(" lost 1000.0M + ?")


def test_recording_and_mutes_grow_short_before_a_source_loses_its_name_and_word() -> None:
    other = msgspec.structs.replace(LIVE, source="watch.example.org:8443", rtt=None)
    words = bar(80, LIVE, other, alerts_muted=True, recorded=12_000_000, lost=12)
    assert words.startswith(f" {UNICODE.link_up} rec   ")
    assert words.count("live") >= 2, "both links say their word"
    assert f"{LIVE.source} {UNICODE.link_up} live" in words
    assert "lost 12" in words
    assert words.rstrip().endswith(UNICODE.muted)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_recording_and_mutes_are_seen_at_every_width(width: int) -> None:
    down = [SourceStatus(name, LinkState.RECONNECTING, 44.0, attempt=3) for name in ("prod", "staging")]
    words = bar(width, *down, alerts_muted=True, recorded=12_000_000, lost=12)
    assert f"{UNICODE.link_up} rec" in words
    assert UNICODE.muted in words
    assert width < 80 or "staging" in words


def test_several_sources_each_say_their_state() -> None:
    relay = SourceStatus("relay", LinkState.CONNECTING, 50.0)
    assert "nats ● live 3 ms    relay ○ connecting   9 live" in bar(160, LIVE, relay)
    assert "nats ● live 3 ms    relay ○ connecting   lost 0" in bar(52, LIVE, relay)


STATUSES = st.builds(
    SourceStatus,
    source=st.sampled_from(["nats", "n" * 50, "源", HOSTILE]),
    state=st.sampled_from(LinkState),
    since=st.floats(-1e6, 100),
    detail=st.sampled_from(["", "short", LONG_DETAIL, HOSTILE, "详细" * 50]),
    attempt=st.integers(0, 99_999),
    rtt=st.none() | st.floats(0, 100),
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(STATUSES, max_size=4), st.integers(1, 200), st.integers(0, 10**9), st.integers(0, 10**6),
    st.floats(0, 1e7), st.none() | st.floats(0, 1e5), st.builds(RosterCount, *[st.integers(0, 10_000)] * 5),
)  # fmt: skip
def test_the_bar_is_exactly_as_wide_as_the_screen_whatever_is_to_say(
    statuses: list[SourceStatus], width: int, lost: int, gaps: int, rate: float, lag: float | None, count: RosterCount
) -> None:
    told = situation(lost=lost, unknown_gaps=gaps, chunks_per_second=rate, lag=lag, count=count)
    told.statuses = statuses
    for glyphs in (UNICODE, ASCII):
        row = status_row(told, width, glyphs)
        assert width_of(row) == width
        assert is_harmless(words_of(row))
    if width >= 40:
        assert "lost" in words_of(row)


# -- the strip ---------------------------------------------------------------------------------------------------------


def test_the_strip_numbers_the_panes_and_marks_what_is_urgent() -> None:
    thinking, erring, done = Talk(), Talk(), Talk()
    thinking.take(chunk("thinking", content="x"))
    erring.take(chunk("error", error="no"))
    done.take(chunk("done"))
    panes = [(number, talk.conversation) for number, talk in ((1, thinking), (4, erring), (5, done))]
    row = strip_row(panes, 1, 31, START, up, UNICODE)
    assert words_of(row) == " 1✱ [4✗] 5✓   +31"
    assert [ink for _, ink in row] == [Ink.BADGE, Ink.BAD, Ink.DIM, Ink.DIM]
    assert words_of(strip_row(panes, 1, 0, START + 3600, down, UNICODE)) == "[1○][4✗] 5✓ "
    erring.conversation.acknowledge(START + 1)
    assert words_of(strip_row(panes, 1, 0, START + 1, up, ASCII)) == " 1*  4!  5. "


def test_what_a_stalled_model_is_called_in_the_strip_differs_from_a_link_that_is_down() -> None:
    talk = Talk()
    talk.take(token("x"))
    panes = [(1, talk.conversation)]
    silent = words_of(strip_row(panes, 2, 0, START + 3600, up, UNICODE))
    assert (silent, words_of(strip_row(panes, 2, 0, START, down, UNICODE))) == ("[1◌]", " 1○ ")
