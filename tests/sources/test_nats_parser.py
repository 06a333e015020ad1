"""The stream of a NATS connection gives the same deliveries however it is cut into reads."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.sources import nats_parser
from chatwatch_tui.sources.nats_parser import Parser, ProtocolViolation

Delivery = tuple[bytes, bytes]

LOOKS_LIKE_PROTOCOL = [
    b"\r\n",
    b"PING\r\n",
    b"MSG chat.chunk.x 1 5\r\nhello\r\n",
    b"HMSG a 1 4 8\r\n",
    b"-ERR 'Authorization Violation'\r\n",
    b"+OK\r\nINFO {}\r\n",
    b"\r\n\r\n\r\n",
    b"\r",
    b"\n",
]
payloads = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(LOOKS_LIKE_PROTOCOL),
    st.lists(st.sampled_from(LOOKS_LIKE_PROTOCOL), max_size=5).map(b"".join),
)
subjects = st.binary(min_size=1, max_size=20).map(lambda raw: bytes(byte for byte in raw if byte > 32)).filter(len)
replies = st.sampled_from([b"", b"_INBOX.1 "])


def msg(subject: bytes, payload: bytes, reply: bytes = b"") -> bytes:
    return b"MSG %b 7 %b%d\r\n%b\r\n" % (subject, reply, len(payload), payload)


def hmsg(subject: bytes, headers: bytes, payload: bytes, reply: bytes = b"") -> bytes:
    return b"HMSG %b 7 %b%d %d\r\n%b%b\r\n" % (
        subject,
        reply,
        len(headers),
        len(headers) + len(payload),
        headers,
        payload,
    )


operations = st.one_of(
    st.builds(lambda s, p, r: (msg(s, p, r), (s, p), None), subjects, payloads, replies),
    st.builds(lambda s, h, p, r: (hmsg(s, h, p, r), (s, p), None), subjects, payloads, payloads, replies),
    st.sampled_from([b"PING", b"PONG", b"+OK", b"-ERR", b"-ERR 'Slow'", b'INFO {"a":1}', b"", b"what"]).map(
        lambda line: (line + b"\r\n", None, line)
    ),
)


def parse(pieces: list[bytes]) -> tuple[list[Delivery], list[bytes]]:
    controls: list[bytes] = []
    parser = Parser(controls.append)
    return [delivery for piece in pieces for delivery in parser.feed(piece)], controls


@given(st.lists(operations, max_size=12), st.data())
def test_any_stream_cut_at_any_places_gives_the_same(
    sequence: list[tuple[bytes, Delivery | None, bytes | None]], data: st.DataObject
) -> None:
    stream = b"".join(raw for raw, _, _ in sequence)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    places = [0, *sorted(cuts), len(stream)]
    found = parse([stream[start:end] for start, end in pairwise(places)])
    assert found == (
        [delivery for _, delivery, _ in sequence if delivery is not None],
        [line for _, _, line in sequence if line is not None],
    )


def test_byte_by_byte() -> None:
    stream = b"".join(msg(b"s", payload) + hmsg(b"t", b"NATS/1.0\r\n\r\n", payload) for payload in LOOKS_LIKE_PROTOCOL)
    found, controls = parse([stream[n : n + 1] for n in range(len(stream))])
    assert found == [(subject, payload) for payload in LOOKS_LIKE_PROTOCOL for subject in (b"s", b"t")]
    assert controls == []


def test_deliveries_come_with_the_read_that_completes_them() -> None:
    parser = Parser(lambda _: None)
    first, second = msg(b"s", b"one"), msg(b"s", b"two")
    assert parser.feed(first + second[:-1]) == [(b"s", b"one")]
    assert parser.feed(second[-1:]) == [(b"s", b"two")]


@pytest.mark.parametrize("read", [1_460, 65_536, 262_144, 3_000_000])
def test_a_megabyte_in_reads_of_any_size(read: int) -> None:
    payload = bytes(range(256)) * 4_096
    stream = msg(b"s", b"before") + msg(b"big", payload) + msg(b"s", b"after")
    found, _ = parse([stream[at : at + read] for at in range(0, len(stream), read)])
    assert found == [(b"s", b"before"), (b"big", payload), (b"s", b"after")]


@pytest.mark.parametrize(
    "headers",
    [
        b"NATS/1.0\r\nA: b\r\n\r\n",
        b"NATS/1.0\r\nno colon, no end",
        b"\xff\xfe\x00",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"NATS/1.0 503\r\n\r\n",
        b"",
        b"\r\nPING\r\n",
    ],
)
def test_a_header_block_is_skipped_however_malformed(headers: bytes) -> None:
    found, controls = parse([hmsg(b"s", headers, b"payload") + msg(b"s", b"next")])
    assert found == [(b"s", b"payload"), (b"s", b"next")]
    assert controls == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"MSG s 1 \r\n", "malformed"),
        (b"MSG \r\n", "without a size"),
        (b"MSG s\r\n", "without a size"),
        (b"MSG 1 5\r\nhello\r\n", "malformed"),
        (b"MSG s 1 five\r\n", "without a size"),
        (b"MSG s 1 -1\r\n", "malformed"),
        (b"MSG s 1 5.0\r\nhello\r\n", "without a size"),
        (b"MSG s 1 " + b"9" * 5_000 + b"\r\n", "without a size"),
        (b"MSG s 1 9999999999\r\n", "too large"),
        (b"HMSG s 1 5\r\nhello\r\n", "malformed"),
        (b"HMSG s 5 10\r\n1234567890\r\n", "malformed"),
        (b"HMSG s 1 x 5\r\n", "without a size"),
        (b"HMSG s 1 -2 5\r\n", "malformed"),
        (b"HMSG s 1 2 -5\r\n", "malformed"),
        (b"HMSG s 1 6 5\r\nhello\r\n", "does not end where it says"),
        (b"MSG s 1 4\r\nhello\r\n", "does not end where it says"),
        (b"MSG s 1 6\r\nhello\r\nPI", "does not end where it says"),
    ],
)
def test_a_violation_is_said(line: bytes, words: str) -> None:
    with pytest.raises(ProtocolViolation, match=words):
        parse([line])


def test_an_endless_line_is_a_violation_and_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_parser, "MAX_CONTROL_LINE", 10_000)
    with pytest.raises(ProtocolViolation, match="without end"):
        parse([b"x" * 1_000] * 12)


def test_a_long_info_line_is_fine() -> None:
    line = b"INFO " + b"x" * 1_000_000
    _, controls = parse([line[:300_000], line[300_000:] + b"\r\n"])
    assert controls == [line]


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_garbage_is_a_violation_or_control_lines_and_never_anything_else(pieces: list[bytes]) -> None:
    try:
        found, controls = parse(pieces)
    except ProtocolViolation:
        return
    stream = b"".join(pieces)
    assert all(line in stream for line in controls)
    assert all(payload in stream for _, payload in found)


def test_what_the_control_callback_raises_comes_out() -> None:
    def refuse(line: bytes) -> None:
        raise ProtocolViolation(line.decode())

    with pytest.raises(ProtocolViolation, match="GET / HTTP"):
        Parser(refuse).feed(b"GET / HTTP/1.1\r\n\r\n")
