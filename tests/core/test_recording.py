"""The recording format: whatever arrives can be written and read again, and bad lines are named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.events import Delivery, Gap, GapCause, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.core.recording import (
    VERSION,
    BadLine,
    Lost,
    NoRecording,
    Recorded,
    delivery_line,
    header_line,
    lost_line,
    read_header,
    read_line,
)
from tests.ui.conversations import DELIVERIES, KEY, START

ANY: st.SearchStrategy[Delivery] = st.one_of(
    DELIVERIES,
    st.binary(),
    st.builds(MessagePayload, st.binary()),
    st.builds(StrayPayload, st.text(st.characters(codec="utf-8")), st.binary()),
)


@given(ANY, st.floats(0, 9e10), st.sampled_from([KEY, ConversationKey("nats prod", STRAY_ID)]))
def test_what_was_written_is_read_again(delivery: Delivery, at: float, key: ConversationKey) -> None:
    line = delivery_line(at, key, delivery)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_line(2, line) == Recorded(at, key, delivery)


def test_the_format_is_the_documented_one() -> None:
    assert json.loads(header_line(5.0)) == {"chatwatch_recording": 1, "started": 5.0}
    assert json.loads(delivery_line(START, KEY, b'{"chunk_type":"x"}')) == {
        "at": START, "source": KEY.source, "id": KEY.id, "kind": "chunk", "text": '{"chunk_type":"x"}',
    }  # fmt: skip
    assert json.loads(delivery_line(START, KEY, b"\xff"))["base64"] == "/w=="
    assert json.loads(delivery_line(START, KEY, Gap(GapCause.RECONNECT, seconds=2.0))) == {
        "at": START, "source": KEY.source, "id": KEY.id, "kind": "gap", "cause": "reconnect", "seconds": 2.0,
    }  # fmt: skip
    assert read_line(3, lost_line(START, 7)) == Lost(START, 7)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b'{"kind":"chunk","text":"x"}', "missing required field `at`"),
        (b'{"at":"now","kind":"chunk"}', "`$.at`"),
        (b'{"at":-1,"kind":"chunk"}', "`at` is no time"),
        (b'{"at":1,"kind":"chunk","id":"*","text":"x"}', "`id` is no conversation id"),
        (b'{"at":1,"kind":"chunk","id":"%s"}' % KEY.id.encode(), "no payload"),
        (b'{"at":1,"kind":"chunk","id":"%s","base64":"?"}' % KEY.id.encode(), "`base64`"),
        (b'{"at":1,"kind":"gap","id":"%s","cause":"bored"}' % KEY.id.encode(), "`cause`"),
        (b'{"at":1,"kind":"song","id":"%s","text":""}' % KEY.id.encode(), "kind 'song'"),
        (b'{"at":1,"deep":' + b"[" * 100_000, "not JSON"),
    ],
    ids=range(11),
)
def test_a_line_that_cannot_be_read_is_named(line: bytes, reason: str) -> None:
    found = read_line(17, line)
    assert isinstance(found, BadLine)
    assert found.number == 17
    assert reason in found.reason


@given(st.binary())
def test_reading_never_raises(data: bytes) -> None:
    read_line(1, data)


def test_blank_lines_and_members_of_later_versions_are_passed_over() -> None:
    assert read_line(2, b"  \r\n") is None
    line = b'{"at":1,"kind":"chunk","id":"%s","text":"x","mood":"good"}' % KEY.id.encode()
    assert read_line(2, line) == Recorded(1.0, ConversationKey("", KEY.id), b"x")


def test_what_is_no_recording_says_so() -> None:
    assert read_header(header_line(1.0)).chatwatch_recording == VERSION
    for data in (b"", b"{}", b"text", b'{"at":1}'):
        with pytest.raises(NoRecording, match="no recording of chatwatch"):
            read_header(data)
    with pytest.raises(NoRecording, match="version 9"):
        read_header(b'{"chatwatch_recording": 9}')
