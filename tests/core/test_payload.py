"""What a payload is: an object or a reason why not; a time: one instant or none."""

from __future__ import annotations

import math

import pytest

from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Undecodable
from chatwatch_tui.core.payload import MAX_PREVIEW, parse_payload, parse_time

DECODER = Decoder()
AT = 1_700_000_000.0

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n", "blank"),
    "text": (b"hello \xe2\x82\xac", "not JSON"),
    "half an object": (b'{"chunk_type":"token","content":"a', "not JSON"),
    "an object and more": (b'{"chunk_type":"done"} x', "not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "not JSON"),
    "a list": (b"[1]", "JSON, but a list"),
    "a string": (b'"token"', "JSON, but a string"),
    "a number": (b"1e999", "JSON, but a number"),
    "null": (b"null", "JSON, but null"),
    "true": (b"true", "JSON, but true or false"),
    "Latin-1": (b'{"chunk_type":"token","content":"\xe9"}', "not UTF-8 (byte 33)"),
    "UTF-16": ('{"chunk_type":"done"}'.encode("utf-16"), "not UTF-8 (byte 0)"),
    "a megabyte of brackets": (b"[" * 1_000_000, "nested too deeply"),
    "100,000 levels": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "a megabyte of noise": (b"\xff" * 1_000_000, "not UTF-8 (byte 0)"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_json_object_says_what_it_is(data: bytes, reason: str) -> None:
    for event in (parse_payload(data), DECODER.chunk(data), DECODER.message(data)):
        assert isinstance(event, Undecodable)
        assert (event.reason, event.size) == (reason, len(data))
        assert event.preview == data[:1_600].decode("utf-8", "replace")[:MAX_PREVIEW]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2023-11-14T22:13:20Z", AT),
        ("2023-11-14T23:13:20.500+01:00", AT + 0.5),
        ("2023-11-14T22:13:20", None),
        ("2023-11-14", None),
        ("1700000000", None),
        ("yesterday", None),
        ("", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1969-12-31T23:59:59Z", None),
        (1_700_000_000, AT),
        (1_700_000_000_123, AT + 0.123),
        (1_700_000_000.25, AT + 0.25),
        (0, None),
        (-1, None),
        (10**14, None),
        (10**400, None),
        (math.nan, None),
        (math.inf, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_time_is_one_instant_or_none(value: object, at: float | None) -> None:
    assert parse_time(value) == at
