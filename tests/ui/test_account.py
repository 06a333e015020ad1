"""The books balance: received = shown + duplicates, published = received + lost; and they can be written as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.message_pump import MessagePump

from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, LinkState, MessagePayload, SourceStatus
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.account import conversation_account, session_account, write_account
from chatwatch_tui.ui.feed_reader import FeedReader
from chatwatch_tui.ui.watching import Watching
from tests.ui.conversations import (
    BATCHES,
    HOSTILE,
    KEY,
    START,
    Talk,
    answered,
    chunk,
    is_harmless,
    message,
    token,
)
from tests.ui.stage import Stage


def failed(problem: Exception) -> None:
    raise problem


class Session:
    """What is watched and who reads it, without a screen."""

    def __init__(self, *, text_budget: int = 2_000_000, max_conversations: int = 100) -> None:
        self.watching = Watching(
            None, text_budget=text_budget, max_conversations=max_conversations, clock=lambda: START
        )
        self.reader = FeedReader(self.watching.feed, self.watching.roster, MessagePump(), kept=set, on_failure=failed)

    def take(self, *deliveries: Delivery, number: int = 0) -> None:
        key = KEY._replace(id=f"{number:08x}{KEY.id[8:]}")
        self.watching.roster.open(key).apply([Arrival(START, list(deliveries))])

    def account(self, *statuses: SourceStatus) -> dict[str, object]:
        """The books in all."""
        total = session_account(self.watching, self.reader, list(statuses), rows_built=7)["total"]
        assert isinstance(total, dict)
        return total


def books_of(*deliveries: Delivery, text_budget: int | None = None) -> dict[str, object]:
    talk = Talk(text_budget=text_budget)
    talk.take(*deliveries)
    return conversation_account(talk.conversation)


def test_a_conversations_books_say_who_and_what_by_type() -> None:
    books = books_of(
        message("user", "q"),
        chunk("thinking", content="x", title="billing"),
        token("a"),
        token("b"),
        b"no",
        chunk("plan"),
    )
    assert books["source"] == "nats"
    assert books["id"] == KEY.id
    assert books["label"] == "billing"
    assert books["chunks"] == {"thinking": 1, "token": 2, "(undecodable)": 1, "plan": 1}
    assert books["messages"] == {"user": 1}
    assert (books["received"], books["shown"], books["undecodable"], books["duplicates"]) == (6, 6, 1, 0)


def test_a_message_that_came_twice_is_received_twice_and_shown_once() -> None:
    books = books_of(message("user", "q", id="1"), message("user", "q", id="1"))
    assert (books["received"], books["shown"], books["duplicates"]) == (2, 1, 1)


def test_what_was_counted_and_never_shown_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Transcript, "add_other", lambda *_: None)
    books = books_of(token("x"), chunk("plan"))
    assert (books["received"], books["shown"], books["duplicates"]) == (2, 1, 0)


async def test_an_account_that_is_asked_for_in_the_middle_of_a_chunk_has_whole_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A signal interrupts anything, also between the count of a chunk and its text."""
    stage = Stage()
    written: list[dict[str, Any]] = []
    add_text = Transcript.add_text

    def interrupted(transcript: Transcript, *arguments: Any) -> None:
        stage.dashboard.reader.when_whole(lambda: written.append(stage.app.account()["total"]))
        add_text(transcript, *arguments)

    monkeypatch.setattr(Transcript, "add_text", interrupted)
    async with stage.app.run_test() as pilot:
        stage.text(1, "x")
        await stage.shown(pilot)
        stage.dashboard.reader.when_whole(lambda: written.append(stage.app.account()["total"]))
    assert [(books["received"], books["shown"]) for books in written] == [(1, 1), (1, 1)]


def test_a_message_that_cannot_be_decoded_is_counted_once() -> None:
    books = books_of(MessagePayload(b"{"))
    assert (books["received"], books["shown"], books["undecodable"]) == (1, 1, 1)


def test_holes_are_counted_with_what_is_known_of_them() -> None:
    books = books_of(Gap(GapCause.OVERFLOW, count=340), Gap(GapCause.RECONNECT, seconds=12.0))
    assert (books["lost"], books["gaps"], books["unknown_gaps"], books["received"]) == (340, 2, 1, 0)


def test_bytes_are_those_of_the_payloads() -> None:
    said = message("user", "y")
    assert books_of(token("x"), said, b"{")["bytes"] == len(token("x")) + len(said.data) + 1


def test_pruned_chunks_were_shown_and_stay_counted() -> None:
    books = books_of(*answered(50), text_budget=3_000)
    assert books["received"] == books["shown"] == 50 * 42
    assert isinstance(pruned := books["pruned"], int)
    assert 0 < pruned < 50 * 41


def test_hostile_names_that_look_alike_when_safe_are_added_up() -> None:
    books = books_of(chunk("a\x1b"), chunk("a␛"), chunk("a␛"), message("r\x00", "x"), message("r␀", "y"))
    assert books["chunks"] == {"a␛": 3}
    assert books["messages"] == {"r␀": 2}


@settings(deadline=None, max_examples=200)
@given(st.lists(BATCHES, max_size=6), st.sampled_from([None, 1_000]))
def test_whatever_arrives_the_books_balance(batches: list[list[Delivery]], text_budget: int | None) -> None:
    talk = Talk(text_budget=text_budget)
    arrived: Counter[str] = Counter()
    for deliveries in batches:
        talk.take(*deliveries)
        arrived.update("gap" if isinstance(each, Gap) else "payload" for each in deliveries)
    books = conversation_account(talk.conversation)
    assert books["received"] == arrived["payload"]
    assert books["received"] == books["shown"] + books["duplicates"]
    assert books["received"] == sum(books["chunks"].values()) + sum(books["messages"].values())
    in_transcript = sum(block.chunks for block in talk.conversation.transcript.blocks)
    assert in_transcript + books["pruned"] == sum(books["chunks"].values()) + books["messages"].get("(undecodable)", 0)
    assert json.loads(json.dumps(books)) == books
    assert is_harmless("".join((*books["chunks"], *books["messages"], books["label"], books["source"])))


def test_the_session_adds_up_its_conversations() -> None:
    session = Session()
    session.take(*answered(2))
    session.take(token("x"), Gap(GapCause.OVERFLOW, count=5), number=1)
    total = session.account(
        SourceStatus("nats", LinkState.LIVE, 0.0, reconnects=2), SourceStatus("b", LinkState.LIVE, 0.0, reconnects=1)
    )
    assert total["conversations"] == 2
    assert total["chunks"] == {"token": 81, "done": 2}
    assert total["messages"] == {"user": 2}
    assert (total["received"], total["shown"], total["lost"], total["gaps"]) == (85, 85, 5, 1)
    assert (total["reconnects"], total["rows_built"]) == (3, 7)
    assert total["lag_seconds"] == {"p50": None, "p95": None, "p99": None, "max": 0.0}


def test_an_outage_that_no_conversation_saw_is_in_the_books() -> None:
    session = Session()
    session.watching.feed.gap("nats", Gap(GapCause.RECONNECT, seconds=12.0))
    total = session.account()
    assert (total["lost"], total["gaps"], total["unknown_gaps"]) == (0, 1, 1)


def test_conversations_given_up_stay_in_the_books() -> None:
    session = Session(max_conversations=1)
    for number in range(3):
        session.take(token("x"), token("y"), Gap(GapCause.OVERFLOW, count=5), number=number)
        session.take(message("user", "q", id="1"), message("user", "q", id="1"), b"{", number=number)
    before = session.account()
    session.watching.roster.evict([])
    total = session.account()
    for name in ("received", "shown", "duplicates", "undecodable", "bytes", "chunks", "messages"):
        assert total[name] == before[name], "received is received, whoever is given up"
    assert (total["received"], total["shown"], total["duplicates"]) == (15, 12, 3)
    assert total["chunks"] == {"token": 6, "(undecodable)": 3}
    assert total["messages"] == {"user": 6}
    assert total["conversations"] == 1
    assert (total["evicted_conversations"], total["evicted_received"]) == (2, 10)
    assert (total["lost"], total["gaps"], total["unknown_gaps"]) == (15, 3, 0), "lost is lost, whoever is given up"
    assert (total["evicted_lost"], total["evicted_gaps"]) == (10, 2)


def test_what_was_pruned_of_conversations_given_up_was_shown() -> None:
    session = Session(max_conversations=1, text_budget=3_000)
    session.take(*answered(50))
    pruned = session.account()["pruned"]
    session.take(token("x"), number=1)
    session.watching.roster.evict([KEY._replace(id=f"{1:08x}{KEY.id[8:]}")])
    total = session.account()
    assert total["received"] == total["shown"] == 50 * 42 + 1
    assert total["pruned"] == pruned != 0


def test_what_waits_in_the_feed_is_received_by_it_and_not_yet_by_anyone() -> None:
    session = Session()
    inbox = session.watching.feed.inbox(ConversationKey("nats", STRAY_ID))
    session.watching.feed.deliver([(inbox, b"1"), (inbox, b"2")])
    total = session.account()
    assert (total["feed_received"], total["waiting"], total["received"], total["peak_queue"]) == (2, 2, 0, 2)


def test_the_books_are_written_whole_and_nothing_is_left_beside(tmp_path: Path) -> None:
    session = Session()
    session.take(chunk(HOSTILE, title=f"{HOSTILE}\ud800", content="中文"), message("\udfff", "x"))
    account = session_account(session.watching, session.reader, [], 0)
    path = tmp_path / "stats.json"
    path.write_text("before")
    write_account(path, account)
    assert json.loads(path.read_text(encoding="utf-8")) == account
    assert [each.name for each in tmp_path.iterdir()] == ["stats.json"]


def test_where_they_cannot_be_written_that_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    directory = tmp_path / "stats.json"
    directory.mkdir()
    with pytest.raises(OSError, match=r"stats\.json"):
        write_account(directory, {})
    with pytest.raises(OSError, match="missing"):
        write_account(tmp_path / "missing" / "stats.json", {})
    assert [each.name for each in tmp_path.iterdir()] == ["stats.json"]
