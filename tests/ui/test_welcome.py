"""Where no pane is open it is said how the link is, whole and once, and what would help."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.welcome import welcome_rows
from tests.ui.conversations import HOSTILE, is_harmless, words_of
from tests.ui.test_status import DOWN, LIVE, LONG_DETAIL, STATUSES


def welcome(*statuses: SourceStatus, width: int = 100) -> str:
    rows = welcome_rows(statuses, "chat.chunk.* and chat.message.*", 0, width, 52.0, UNICODE)
    return "\n".join(words_of(row) for row in rows)


def test_connected_the_welcome_says_what_is_listened_to() -> None:
    shown = welcome(LIVE)
    assert "  nats  ● live 3 ms  localhost:4222" in shown
    assert "Listening on chat.chunk.* and chat.message.*." in shown
    assert "chatwatch demo" not in shown


def test_not_connected_the_welcome_says_why_and_names_three_commands() -> None:
    shown = welcome(DOWN)
    assert "○ reconnecting (3, 12 s)" in shown
    assert shown.count("connection refused by localhost:4222") == 1
    for command in ("chatwatch watch --server", "chatwatch watch --context", "chatwatch demo"):
        assert command in shown


def test_who_may_discover_by_a_part_of_the_subjects_is_not_told_to_name_conversations() -> None:
    partly = SourceStatus("nats", LinkState.FORBIDDEN, 0.0, detail="no messages", permitted="chat.chunk.* alone")
    shown = welcome(partly)
    assert "no messages" in shown
    assert "Listening on chat.chunk.* alone." in shown
    assert "The first one opens here by itself." in shown
    assert "Name the ones" not in shown
    assert "Name the ones" in welcome(SourceStatus("nats", LinkState.FORBIDDEN, 0.0, detail="nothing"))


@pytest.mark.parametrize("detail", [LONG_DETAIL, " blank before", "live"])
def test_the_welcome_says_a_reason_whole_and_once(detail: str) -> None:
    shown = " ".join(welcome(SourceStatus("nats", LinkState.REFUSED, 0.0, detail=detail), width=60).split())
    assert shown.count(" ".join(detail.split())) == 1


def test_the_welcome_before_any_source_has_spoken_is_no_error() -> None:
    assert "goes on trying" not in welcome()
    assert "Connecting" in welcome()
    assert "goes on trying" not in welcome(SourceStatus("nats", LinkState.CONNECTING, 50.1))


def test_advice_comes_with_the_first_failed_attempt_or_after_two_seconds() -> None:
    assert "goes on trying" in welcome(SourceStatus("nats", LinkState.CONNECTING, 51.9, detail="connection refused"))
    assert "goes on trying" in welcome(SourceStatus("nats", LinkState.CONNECTING, 50.0))


@settings(deadline=None, max_examples=100)
@given(st.lists(STATUSES, max_size=3), st.integers(1, 120), st.sampled_from(["chat.>", HOSTILE]))
def test_nothing_hostile_gets_into_the_welcome(statuses: list[SourceStatus], width: int, watching: str) -> None:
    for row in welcome_rows(statuses, watching, 0, width, 0.0, UNICODE):
        assert is_harmless(words_of(row))
