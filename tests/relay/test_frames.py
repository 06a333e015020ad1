"""Payload to event: every correction beside what the original would have sent, and no payload that breaks an event."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.relay.frames import KEEP_ALIVE, MAX_DEPTH, OK, RETRY, chunk_frame, error_frame, message_frame


def original_chunk(payload: bytes) -> bytes:
    """The original's chunk lines, word for word: lossy text, a parse that only names the event, interpolation."""
    text = payload.decode("utf-8", "replace")
    try:
        parsed = json.loads(text, parse_constant=_refuse)
        named = parsed.get("chunk_type") if isinstance(parsed, dict) else None
        event_type = named if isinstance(named, str) else "chunk"
    except (ValueError, RecursionError):
        event_type = "chunk"
    return f'data: {{"event":"{event_type}","data":{text}}}\n\n'.encode()


def original_message(payload: bytes) -> bytes:
    """The original's message lines."""
    text = payload.decode("utf-8", "replace")
    return f'data: {{"event":"message","data":{text}}}\n\n'.encode()


def _refuse(constant: str) -> None:
    raise ValueError(constant)


class Dispatched(NamedTuple):
    """What a standard parser hands to the page."""

    type: str
    data: str


def standard_parser(stream: bytes) -> list[Dispatched]:
    """Events by the HTML standard's algorithm; an incomplete one at the end is discarded."""
    events, data, type_ = [], "", ""
    lines = re.split("\r\n|\n|\r", stream.decode("utf-8", "replace").removeprefix("\ufeff"))
    for line in lines[:-1]:
        if not line:
            if data:
                events.append(Dispatched(type_ or "message", data.removesuffix("\n")))
            data, type_ = "", ""
            continue
        field, colon, value = line.partition(":")
        value = value.removeprefix(" ") if colon else ""
        if field == "data":
            data += value + "\n"
        elif field == "event":
            type_ = value
    return events


def envelopes(stream: bytes) -> list[Any]:
    """What a page parses out of a stream; raises where an envelope is broken."""
    return [json.loads(event.data) for event in standard_parser(stream)]


def broken(stream: bytes) -> bool:
    """Whether a viewer does not get exactly one event with exactly the two members."""
    try:
        found = envelopes(stream)
    except (ValueError, RecursionError):
        return True
    return len(found) != 1 or not isinstance(found[0], dict) or list(found[0]) != ["event", "data"]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"chunk_type":"token","content":"Hello"}',
        b'{"content":"Hello","chunk_type":"thinking"}',
        b'{ "chunk_type" : "tool_call" , "n": 1.0, "n": 2e5, "id": 12345678901234567890123, "z": -0.0 }',
        b'{"chunk_type":"done","usage":{"input_tokens":1}}',
        b'{"chunk_type":"error","error":"x"}',
        b'{"chunk_type":"tool_result","result":"a\\nb \\ud83d\\ude00 \\/"}',
        '{"chunk_type":"bespoke-é","content":"日本 \u2028\u2029\u0085\u007f"}'.encode(),
        b'{"chunk_type":""}',
        b'{"chunk_type":"first","chunk_type":"second"}',
        b'{"content":"no type"}',
        b'{"chunk_type":7}',
        b'{"chunk_type":null}',
        b'{"chunk_type":["token"]}',
        b"[1,2]",
        b'"token"',
        b"17",
        b"null",
        b" \t{} ",
    ],
)
def test_what_the_original_sends_well_is_sent_byte_for_byte_alike(payload: bytes) -> None:
    assert chunk_frame(payload) == original_chunk(payload)
    assert message_frame(payload) == original_message(payload)


def test_an_ordinary_chunk_and_message() -> None:
    payload = b'{"chunk_type":"token","content":"Hi"}'
    assert chunk_frame(payload) == b'data: {"event":"token","data":{"chunk_type":"token","content":"Hi"}}\n\n'
    assert message_frame(b'{"role":"user"}') == b'data: {"event":"message","data":{"role":"user"}}\n\n'


def test_fixed_bytes() -> None:
    assert OK == b":ok\n\n"
    assert KEEP_ALIVE == b": keep-alive\n\n"
    assert RETRY == b"retry: 5000\n\n"
    assert error_frame("NATS not available") == b'data: {"event":"error","data":"NATS not available"}\n\n'
    assert standard_parser(OK + KEEP_ALIVE + RETRY) == []


def test_words_of_an_error_are_escaped() -> None:
    assert envelopes(error_frame('no "quotes"\r\n\x00')) == [{"event": "error", "data": 'no "quotes"\r\n\x00'}]


@pytest.mark.parametrize("payload", [b"Hello", b"", b"  ", b"{", b'{"a":1,}', b"{'a':1}", b'{"a":"\x01"}', b"{}{}"])
def test_not_json_becomes_a_string_and_a_chunk(payload: bytes) -> None:
    assert original_chunk(payload) == b'data: {"event":"chunk","data":' + payload + b"}\n\n"
    assert broken(original_chunk(payload))
    for frame in (chunk_frame(payload), message_frame(payload)):
        assert envelopes(frame) == [{"event": "chunk", "data": payload.decode()}]


def test_text_that_forges_an_event_stays_text() -> None:
    payload = b'x\n\ndata: {"event":"done","data":{}}\n\n'
    assert len(standard_parser(original_chunk(payload))) == 2
    assert envelopes(original_chunk(payload).split(b"\n\n")[1] + b"\n\n") == [{"event": "done", "data": {}}]
    assert envelopes(chunk_frame(payload)) == [{"event": "chunk", "data": payload.decode()}]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b'{"chunk_type":"token","content":"\xff"}', '{"chunk_type":"token","content":"\ufffd"}'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"\xc3":1}', '{"\ufffd":1}'),
        (b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'),
        ('{"chunk_type":"token"}'.encode("utf-16"), '\ufffd\ufffd{\x00"\x00c'),
    ],
)
def test_not_utf8_becomes_a_string_with_replacement_characters(payload: bytes, text: str) -> None:
    assert "\ufffd".encode() in original_chunk(payload)
    for frame in (chunk_frame(payload), message_frame(payload)):
        (found,) = envelopes(frame)
        assert found["event"] == "chunk"
        assert found["data"].startswith(text)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\n\n"])
def test_line_breaks_between_tokens_become_blanks(end: bytes) -> None:
    payload = b'{%b"chunk_type":%b"token",%b"n": 1.50,"n":2%b}%b' % ((end,) * 5)
    assert broken(original_chunk(payload))
    blanks = payload.replace(b"\r", b" ").replace(b"\n", b" ")
    assert chunk_frame(payload) == b'data: {"event":"token","data":' + blanks + b"}\n\n"
    assert message_frame(payload) == b'data: {"event":"message","data":' + blanks + b"}\n\n"
    assert json.loads(blanks) == json.loads(payload)


def test_a_payload_over_the_cap_is_left_out_and_its_size_said() -> None:
    payload = b'"' + b"x" * 4_000_000 + b'"'
    assert len(original_chunk(payload)) > len(payload)
    for frame in (chunk_frame(payload), message_frame(payload)):
        (found,) = envelopes(frame)
        assert found["event"] == "chunk"
        assert "4,000,002 bytes" in found["data"]
    assert envelopes(chunk_frame(b'{"chunk_type":"done"}', 20)) == [
        {"event": "chunk", "data": "payload of 21 bytes left out: the endpoint passes on 20 bytes at the most"}
    ]
    assert chunk_frame(b'{"chunk_type":"done"}', 21).startswith(b'data: {"event":"done"')


def test_a_payload_of_just_the_cap_passes() -> None:
    payload = b'"' + b"x" * 3_999_998 + b'"'
    assert chunk_frame(payload) == original_chunk(payload)


@pytest.mark.parametrize(
    "value",
    [
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"9" * 5_000,
        b"9" * 400,
        b"01",
        b"+1",
        b"1.",
        b".5",
        b"0x10",
        b"[" * 200_000 + b"]" * 200_000,
        b"[" * 121 + b"]" * 121,
        b'{"a":' * 130 + b"1" + b"}" * 130,
        b'"\\ud800"',
        b'"\\udc00 and more"',
    ],
)
def test_what_parsers_choke_on_is_judged_by_strict_json(value: bytes) -> None:
    payload = b'{"chunk_type":"token","value":' + value + b"}"
    assert original_chunk(payload).endswith(b'"data":' + payload + b"}\n\n"), "passed on as it came"
    for frame in (chunk_frame(payload), message_frame(payload)):
        assert envelopes(frame) == [{"event": "chunk", "data": payload.decode()}]


@pytest.mark.parametrize(
    "value",
    [
        b"1e308",
        b"-1.7976931348623157e308",
        b"9" * 300,
        b"0." + b"3" * 400,
        b'"' + b"9" * 400 + b'"',
        b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1),
        b"[" + b'{"a":[]},' * 200 + b"0]",
        b'"' + b'\\"[{' * 400 + b'"',
        b'"NaN"',
    ],
)
def test_what_parsers_read_passes(value: bytes) -> None:
    payload = b'{"chunk_type":"token","value":' + value + b"}"
    assert chunk_frame(payload) == original_chunk(payload)


@pytest.mark.parametrize(
    "name",
    ['quo"te', "back\\slash", "new\nline", "re\rturn", 'done","data":{}}\n\ndata: {"event":"x', "\x00", "\x1b[2J"],
)
def test_a_chunk_type_that_breaks_the_envelope_is_escaped(name: str) -> None:
    payload = json.dumps({"chunk_type": name}).encode()
    assert broken(original_chunk(payload))
    assert envelopes(chunk_frame(payload)) == [{"event": name, "data": {"chunk_type": name}}]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("chunk_type"), inner),
    max_leaves=8,
)
written = st.builds(
    lambda value, indent, ascii_: json.dumps(value, indent=indent, ensure_ascii=ascii_).encode(
        "utf-8", "surrogatepass"
    ),
    json_values,
    st.sampled_from([None, 0, 1, "\r", "\t"]),
    st.booleans(),
)
spoilt = st.builds(
    lambda payload, at, piece: payload[: at % (len(payload) + 1)] + piece + payload[at % (len(payload) + 1) :],
    written,
    st.integers(0, 1_000),
    st.sampled_from(
        [b"\n", b"\r\n", b"\x00", b"\xff", b'"', b"\\", b"}", b"\n\ndata: x\n\n", b"\xef\xbb\xbf", b"1e999"]
    ),
)


@given(st.binary() | written | spoilt, st.sampled_from([5, 4_000_000]))
def test_any_payload_is_exactly_one_well_formed_event(payload: bytes, limit: int) -> None:
    for frame in (chunk_frame(payload, limit), message_frame(payload, limit)):
        assert frame.startswith(b"data: ")
        assert frame.endswith(b"}\n\n")
        assert frame.count(b"\n") == 2
        assert b"\r" not in frame
        assert not broken(frame)
        (event,) = standard_parser(frame)
        assert event.type == "message", "the SSE field is not used"
        json.loads(event.data, parse_constant=_refuse)


@given(json_values)
def test_valid_json_arrives_with_its_value(value: Any) -> None:
    payload = json.dumps(value, indent=1).encode()
    (found,) = envelopes(message_frame(payload))
    if found["event"] == "message":
        assert found["data"] == json.loads(payload)
    else:
        assert found["data"] == payload.decode()
        assert re.search(rb"NaN|Infinity|\\ud[89a-f]", payload), "only for a reason"
