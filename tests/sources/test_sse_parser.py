"""The parser gives what the HTML standard's algorithm gives, whatever the chunk borders, within its bounds."""

from __future__ import annotations

import time
import tracemalloc
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.sources.sse_parser import LONGEST_RETRY, EventStreamParser, OversizedEvent, StreamEvent

# -- the standard, read literally: slow, whole, in its own words -------------------------------------------------------


class Stream(NamedTuple):
    """What the standard makes of a whole stream."""

    events: list[tuple[str, str, str]]
    """(type, data, last event id)"""
    last_event_id: str
    retry: int | None


def utf8_decode(stream: bytes) -> str:
    """The Encoding standard's "UTF-8 decode", byte by byte, with its variables."""
    if stream[:3] == b"\xef\xbb\xbf":
        stream = stream[3:]
    out: list[str] = []
    code_point = bytes_seen = bytes_needed = 0
    lower, upper = 0x80, 0xBF
    position = 0
    while position < len(stream):
        byte = stream[position]
        position += 1
        if bytes_needed == 0:
            if byte <= 0x7F:
                out.append(chr(byte))
            elif 0xC2 <= byte <= 0xDF:
                bytes_needed, code_point = 1, byte & 0x1F
            elif 0xE0 <= byte <= 0xEF:
                lower = 0xA0 if byte == 0xE0 else lower
                upper = 0x9F if byte == 0xED else upper
                bytes_needed, code_point = 2, byte & 0xF
            elif 0xF0 <= byte <= 0xF4:
                lower = 0x90 if byte == 0xF0 else lower
                upper = 0x8F if byte == 0xF4 else upper
                bytes_needed, code_point = 3, byte & 0x7
            else:
                out.append("\ufffd")
            continue
        if not lower <= byte <= upper:
            code_point = bytes_needed = bytes_seen = 0
            lower, upper = 0x80, 0xBF
            position -= 1
            out.append("\ufffd")
            continue
        lower, upper = 0x80, 0xBF
        code_point = (code_point << 6) | (byte & 0x3F)
        bytes_seen += 1
        if bytes_seen == bytes_needed:
            out.append(chr(code_point))
            code_point = bytes_needed = bytes_seen = 0
    if bytes_needed:
        out.append("\ufffd")
    return "".join(out)


def ended_lines(text: str) -> list[str]:
    """The lines that have an end: a CR LF pair, an LF not after CR, or a CR not before LF."""
    lines = [""]
    position = 0
    while position < len(text):
        if text[position] in "\r\n":
            position += 2 if text[position : position + 2] == "\r\n" else 1
            lines.append("")
        else:
            lines[-1] += text[position]
            position += 1
    return lines[:-1]


def as_the_standard(stream: bytes) -> Stream:
    """Section 9.2.6, "Interpreting an event stream"."""
    events: list[tuple[str, str, str]] = []
    last_event_id, retry = "", None
    data_buffer = event_type_buffer = id_buffer = ""
    for line in ended_lines(utf8_decode(stream)):
        if line == "":
            last_event_id = id_buffer
            if data_buffer == "":
                data_buffer = event_type_buffer = ""
                continue
            if data_buffer[-1] == "\n":
                data_buffer = data_buffer[:-1]
            events.append((event_type_buffer or "message", data_buffer, last_event_id))
            data_buffer = event_type_buffer = ""
            continue
        if line[0] == ":":
            continue
        field, colon, value = line.partition(":")
        if colon and value[:1] == " ":
            value = value[1:]
        if field == "event":
            event_type_buffer = value
        elif field == "data":
            data_buffer += value + "\n"
        elif field == "id":
            if "\0" not in value:
                id_buffer = value
        elif field == "retry" and value and all(character in "0123456789" for character in value):
            retry = int(value)
    return Stream(events, last_event_id, retry)


# -- against it --------------------------------------------------------------------------------------------------------


def cut(stream: bytes, borders: list[int]) -> list[bytes]:
    places = sorted({border % (len(stream) + 1) for border in borders})
    return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]


def parsed(
    chunks: list[bytes], max_event: int = 10_000
) -> tuple[list[StreamEvent | OversizedEvent], EventStreamParser]:
    parser = EventStreamParser(max_event=max_event)
    return [event for chunk in chunks for event in parser.feed(chunk)], parser


def assert_conforms(chunks: list[bytes]) -> None:
    expected = as_the_standard(b"".join(chunks))
    events, parser = parsed(chunks)
    assert [(e.type, e.data.decode(), e.last_event_id) for e in events if isinstance(e, StreamEvent)] == expected.events
    assert len(events) == len(expected.events)
    assert parser.last_event_id == expected.last_event_id
    assert parser.retry == expected.retry


pieces = st.sampled_from(
    [
        *(b"data", b"event", b"id", b"retry", b"comment", b"dat", b"Data", b"token", b"17", b"-5", b"0", "4²".encode()),
        *(b":", b": ", b":  ", b" ", b"\t", b"\n", b"\n", b"\n\n", b"\r", b"\r\r", b"\r\n", b"\r\n\r\n", b"\n\r"),
        *(
            b"\xef\xbb\xbf",
            b"\xef",
            b"\xbb",
            b"\xbf",
            b"\0",
            b"\xff",
            b"\xc3",
            "é".encode(),
            "✓".encode(),
            "😀".encode(),
        ),
        *(b"\xf0\x9f", b"\xed\xa0\x80", b"\xe0\x80", b"data: x\n\n", b"data\n", b"id: 1\n", b"event: e\n", b":ok\n\n"),
    ]
)
streams = st.lists(pieces | st.binary(max_size=6), max_size=40).map(b"".join)
borders = st.lists(st.integers(0, 400), max_size=12)


@settings(max_examples=400)
@given(stream=streams, borders=borders)
def test_any_stream_in_any_chunks_is_as_in_the_standard(stream: bytes, borders: list[int]) -> None:
    assert_conforms(cut(stream, borders))


@settings(max_examples=400)
@given(stream=streams)
def test_byte_by_byte_is_as_in_the_standard(stream: bytes) -> None:
    assert_conforms([stream[n : n + 1] for n in range(len(stream))])


lines_of_fields = st.lists(
    st.sampled_from([b"event: t\n", b"id: 7\n", b": c\n", b"unknown: " + b"u" * 60 + b"\n", b"\n", b"\n", b"data\n"])
    | st.integers(0, 60).map(lambda n: b"data: " + b"x" * n + b"\n")
    | st.integers(0, 60).map(lambda n: b"data:" + b"y" * n + b"\r\n"),
    max_size=30,
).map(b"".join)


@settings(max_examples=400)
@given(stream=lines_of_fields, borders=borders, limit=st.integers(10, 80))
def test_an_event_over_the_limit_is_marked_in_its_place_and_the_others_are_whole(
    stream: bytes, borders: list[int], limit: int
) -> None:
    expected = [
        (type_, len(data)) if len(data) > limit else (type_, data.encode())
        for type_, data, _ in as_the_standard(stream).events
    ]
    events, parser = parsed(cut(stream, borders), max_event=limit)
    assert [(e.type, e.data if isinstance(e, StreamEvent) else e.size) for e in events] == expected
    assert parser.last_event_id == as_the_standard(stream).last_event_id


# -- examples that a reader can check ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", b"YHOO\n+2\n10")]),
        (
            b": test stream\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third",
            [("message", b"first"), ("message", b"second")],
        ),
        (b"data\n\ndata\ndata\n\ndata:", [("message", b""), ("message", b"\n")]),
        (b"data:test\n\ndata: test\n\n", [("message", b"test"), ("message", b"test")]),
        (b"event: token\r\ndata: {}\r\n\r\n", [("token", b"{}")]),
        (b"event: token\rdata: {}\r\r", [("token", b"{}")]),
        (b"event: forgotten\n\ndata: x\n\n", [("message", b"x")]),
        (b"\xef\xbb\xbfdata: after the mark\n\n", [("message", b"after the mark")]),
        (b"data: a\xffb\n\n", [("message", "a\ufffdb".encode())]),
        (b"data: never ended\n", []),
        (b"id: 1\n:c\n\n:c\n\n", []),
        (b"", []),
    ],
)
def test_examples(stream: bytes, events: list[tuple[str, bytes]]) -> None:
    found, _ = parsed([stream])
    assert [(event.type, event.data) for event in found if isinstance(event, StreamEvent)] == events


def test_an_id_with_a_nul_in_it_is_none() -> None:
    found, _ = parsed([b"id: good\ndata: x\n\nid: b\0d\ndata: y\n\n"])
    assert [event.last_event_id for event in found if isinstance(event, StreamEvent)] == ["good", "good"]


def test_a_cr_ends_a_line_at_once_and_an_lf_in_the_next_chunk_still_belongs_to_it() -> None:
    parser = EventStreamParser()
    assert parser.feed(b"data: x\r\r") == [StreamEvent("message", b"x")]
    assert parser.feed(b"\ndata: y\r") == []
    assert parser.feed(b"\n\r") == [StreamEvent("message", b"y")]


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        *((b"5000", 5000), (b"0", 0), (b"0007", 7), (b"9" * 5000, LONGEST_RETRY), (b"-5", None), (b"+5", None)),
        *((b"", None), (b"5 ", None), (b"5.0", None), ("٣".encode(), None), (b"1e3", None)),
    ],
)
def test_retry_takes_digits_only(value: bytes, retry: int | None) -> None:
    _, parser = parsed([b"retry: " + value + b"\n"])
    assert parser.retry == retry


def test_the_last_id_survives_a_reconnection_and_that_of_an_incomplete_event_does_not_count() -> None:
    first = EventStreamParser()
    first.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n")
    assert first.last_event_id == "1"
    second = EventStreamParser(last_event_id=first.last_event_id, retry=5)
    assert second.feed(b"data: c\n\n") == [StreamEvent("message", b"c", "1")]
    assert second.retry == 5
    second.feed(b"id\n\n")
    assert second.last_event_id == ""


def test_it_says_whether_a_type_was_given_and_counts_comments() -> None:
    found, parser = parsed([b":ok\n\n: \nevent: message\ndata: a\n\ndata: b\n\n"])
    assert found == [StreamEvent("message", b"a", named=True), StreamEvent("message", b"b", named=False)]
    assert parser.comments == 2


# -- bounds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"event", b"id"])
def test_an_endless_type_or_id_spoils_its_event_only(name: bytes) -> None:
    stream = b"id: 1\n\n" + name + b": " + b"x" * 500 + b"\ndata: y\n\ndata: z\n\n"
    for chunks in ([stream], [stream[n : n + 7] for n in range(0, len(stream), 7)]):
        events, parser = parsed(chunks, max_event=100)
        assert [type(event) for event in events] == [OversizedEvent, StreamEvent]
        assert parser.last_event_id == "1"


@pytest.mark.parametrize("beginning", [b":", b"unknown: ", b"retry: "])
def test_a_line_that_means_nothing_may_be_endless(beginning: bytes) -> None:
    events, parser = parsed([b"data: a\n" + beginning, *[b"9" * 50] * 40, b"\n\n"], max_event=100)
    assert events == [StreamEvent("message", b"a")]
    assert parser.comments == (beginning == b":")


@pytest.mark.parametrize("line_end", [b"", b"\ndata: "], ids=["one line", "many lines"])
def test_memory_is_bounded_while_an_event_is_skipped(line_end: bytes) -> None:
    piece = b"x" * 65_536 + line_end
    parser = EventStreamParser(max_event=1_000_000)
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        parser.feed(b"data: ")
        for _ in range(1_000):
            assert parser.feed(piece) == []
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
    refused, following = parser.feed(b"\n\ndata: next\n\n")
    assert isinstance(refused, OversizedEvent)
    assert refused.size >= 65_536_000
    assert following == StreamEvent("message", b"next")


def test_a_large_event_in_small_chunks_is_not_joined_again_and_again() -> None:
    parser = EventStreamParser()
    began = time.thread_time()
    parser.feed(b"data: ")
    for _ in range(3_900):
        parser.feed(b"x" * 1_000)
    [event] = parser.feed(b"\n\n")
    assert isinstance(event, StreamEvent)
    assert len(event.data) == 3_900_000
    assert time.thread_time() - began < 10  # a tenth of it in fact; a bound that only quadratic work breaks


def test_tens_of_thousands_of_events_cost_what_each_of_them_does() -> None:
    stream = b'data: {"event":"token","data":{"chunk_type":"token","content":"word "}}\n\n' * 50_000
    chunks = [stream[n : n + 65_536] for n in range(0, len(stream), 65_536)]
    began = time.thread_time()
    events, _ = parsed(chunks)
    assert time.thread_time() - began < 10  # a tenth of it in fact; a bound that only quadratic work breaks
    assert len(events) == 50_000
