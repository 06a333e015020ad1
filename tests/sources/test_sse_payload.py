"""What an event delivers is what NATS would have delivered, byte for byte; nothing is dropped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core import notices
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Delivery, Gap, GapCause, MessagePayload, OtherChunk, TextChunk, Undecodable
from chatwatch_tui.sources.sse_parser import OversizedEvent, StreamEvent
from chatwatch_tui.sources.sse_payload import Notice, read_event


def enveloped(type_: str, payload: bytes) -> StreamEvent:
    return StreamEvent("message", b'{"event":%b,"data":%b}' % (json.dumps(type_).encode(), payload))


def typed(type_: str, data: bytes) -> StreamEvent:
    return StreamEvent(type_, data, named=True)


def taken(event: StreamEvent | OversizedEvent) -> Delivery:
    found = read_event(event)
    assert not isinstance(found, Notice)
    return found


AS_PUBLISHED = [
    b'{"chunk_type":"token","content":"hi"}',
    b'{"b":1,"chunk_type":"token","a":1,"a":2,"content":"keys in this order, twice"}',
    b'{ "chunk_type" : "token" , "content" : 1.10e+0 , "n" : 123456789012345678901234567890 }',
    '{"chunk_type":"token","content":"grüße 😀 \\u00e9 \\ud83d\\ude00"}'.encode(),
    b'{"chunk_type":"token","content":"\\ud800 alone"}',
    b'{"chunk_type":"token","content":NaN}',
    b'{"chunk_type":"token","data":"x","event":"y"}',
    b'{"chunk_type":"token","content":"} ] \\" {\\"event\\":\\"x\\",\\"data\\":1}"}',
    b'{"chunk_type":"token","deep":' + b"[" * 3000 + b"]" * 3000 + b"}",
]


@pytest.mark.parametrize("payload", AS_PUBLISHED)
def test_a_chunk_is_the_bytes_that_were_published(payload: bytes) -> None:
    assert taken(enveloped("token", payload)) == payload
    assert taken(typed("token", payload)) == payload
    assert taken(StreamEvent("message", payload)) == payload


@pytest.mark.parametrize("payload", [*AS_PUBLISHED, b'{"role":"user","content":"x"}', b"[1]", b"null", b'"text"', b"7"])
def test_a_message_is_the_bytes_that_were_published_whatever_they_are(payload: bytes) -> None:
    assert taken(enveloped("message", payload)) == MessagePayload(payload)


def test_a_chunk_of_the_type_message_is_told_from_a_message_by_what_is_in_it() -> None:
    """The envelope names the chunk's type and the subject in one place; a message has a role and no such type."""
    chunk = b'{"seq":1,"chunk_type":"message","content":"x"}'
    assert taken(enveloped("message", chunk)) == chunk
    for message in (b'{"role":"user","chunk_type":"message"}', b'{"chunk_type":"token","content":"x"}', b'{"id":1}'):
        assert taken(enveloped("message", message)) == MessagePayload(message)


@pytest.mark.parametrize(
    "payload", [b'{"content":"x"}', b'{"chunk_type":7}', b'{"chunk_type":""}', b"[1, 2]", b"null", b"7"]
)
def test_a_payload_without_a_usable_type_stays_as_it_is_under_chunk(payload: bytes) -> None:
    assert taken(enveloped("chunk", payload)) == payload


@pytest.mark.parametrize("type_", ['quo"ted', "new\nline", "\x00", "grüße", "unknown_type", "x" * 200])
def test_any_type_is_a_type(type_: str) -> None:
    payload = json.dumps({"chunk_type": type_, "content": "x"}).encode()
    assert taken(enveloped(type_, payload)) == payload


json_objects = st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))


@given(content=json_objects, type_=st.text(min_size=1), spread=st.booleans())
def test_any_chunk_comes_out_of_its_envelope_as_it_went_in(
    content: dict[str, object], type_: str, spread: bool
) -> None:
    payload = json.dumps({**content, "chunk_type": type_}, separators=(" , ", " : ") if spread else None).encode()
    assert taken(enveloped(type_, payload)) == payload or type_ == "message"
    if type_ == "message":
        return
    assert taken(enveloped("message", payload)) == MessagePayload(payload)


@given(text=st.text())
def test_a_payload_that_was_no_json_is_that_text_again(text: str) -> None:
    assert taken(enveloped("chunk", json.dumps(text).encode())) == text.encode()
    assert taken(enveloped("chunk", json.dumps(text, ensure_ascii=False).encode())) == text.encode()


def test_text_that_was_not_utf_8_keeps_its_marks() -> None:
    assert taken(enveloped("chunk", '"a\ufffdb"'.encode())) == "a\ufffdb".encode()


@pytest.mark.parametrize("payload", [b"hello", b"", b"{broken", b'{"a":1}{"b":2}', b"a\tb"])
def test_the_original_systems_broken_envelope_still_gives_the_payload(payload: bytes) -> None:
    """It puts a payload in as it is, JSON or not."""
    assert taken(StreamEvent("message", b'{"event":"chunk","data":%b}' % payload)) == payload


# -- event: lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"content":"x"}', b'{"chunk_type":"token","content":"x"}'),
        (b' { "content":"x"} ', b'{"chunk_type":"token","content":"x"} '),
        (b"{}", b'{"chunk_type":"token"}'),
        (b" { } ", b'{"chunk_type":"token"} '),
        (b'{"chunk_type":"thinking","content":"x"}', b'{"chunk_type":"thinking","content":"x"}'),
        (b'{"content":"x","chunk_type":null}', b'{"content":"x","chunk_type":null}'),
        (
            b'{"event":"payload\'s own","data":{"a":1}}',
            b'{"chunk_type":"token","event":"payload\'s own","data":{"a":1}}',
        ),
        (b"hello", b"hello"),
        (b'"hello"', b'"hello"'),
        (b"[1]", b"[1]"),
        (b"", b""),
    ],
)
def test_a_typed_line_carries_the_bare_payload(data: bytes, expected: bytes) -> None:
    assert taken(typed("token", data)) == expected
    assert not expected.startswith(b'{"chunk_type":"token"') or isinstance(
        Decoder().chunk(expected), TextChunk | OtherChunk
    )


def test_an_enveloped_payload_without_its_type_gets_it() -> None:
    assert taken(enveloped('t"', b'{"content":1}')) == b'{"chunk_type":"t\\"","content":1}'


def test_a_typed_message_is_a_message_and_a_typed_envelope_an_envelope() -> None:
    assert taken(typed("message", b'{"role":"user"}')) == MessagePayload(b'{"role":"user"}')
    for type_ in ("message", "chunk", "token"):
        data = b'{"event":"token","data":{"chunk_type":"token","content":"x"}}'
        assert taken(typed(type_, data)) == b'{"chunk_type":"token","content":"x"}'


# -- what the endpoint says of itself ----------------------------------------------------------------------------------


def test_a_notice_of_a_hole_is_a_gap() -> None:
    lost = enveloped("error", json.dumps(notices.dropped(17)).encode())
    assert taken(lost) == Gap(GapCause.SLOW_CONSUMER, count=17)
    back = taken(typed("error", json.dumps(notices.link_back(3.25)).encode()))
    assert isinstance(back, Gap)
    assert (back.cause, back.seconds) == (GapCause.RECONNECT, 3.2)


@pytest.mark.parametrize("words", ["NATS not available", notices.LINK_LOST, 'with "quotes" and \n', "grüße"])
def test_another_notice_is_its_words_and_an_error_chunk(words: str) -> None:
    found = read_event(enveloped("error", json.dumps(words).encode()))
    assert isinstance(found, Notice)
    assert found.words == words
    assert json.loads(found.chunk) == {"chunk_type": "error", "error": words}


def test_an_error_chunk_of_the_model_is_no_notice() -> None:
    payload = b'{"chunk_type":"error","error":"5 events dropped: this viewer is slower than the stream"}'
    assert taken(enveloped("error", payload)) == payload


# -- what fits nowhere -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"hello", b"", b"[1]", b'"x"', b"\xef\xbf\xbd", b'{"event":"token","data":{', b'{"event":"token","data":"\x01"}x'],
)
def test_what_fits_nowhere_is_handed_on_and_counted(data: bytes) -> None:
    found = taken(StreamEvent("message", data))
    assert found == data
    assert isinstance(Decoder().chunk(data), Undecodable)


@pytest.mark.parametrize("data", [b'{"event":5,"data":1}', b'{"event":"token"}', b'{"data":1}', b'{"a":1}'])
def test_an_object_that_is_no_envelope_is_a_chunk_without_a_type(data: bytes) -> None:
    assert taken(StreamEvent("message", data)) == data
    assert isinstance(Decoder().chunk(data), OtherChunk)


@pytest.mark.parametrize("payload", [b'"just text"', b"7", b"[1]"])
def test_a_typed_value_that_is_no_object_is_shown_as_what_it_is(payload: bytes) -> None:
    assert taken(enveloped("token", payload)) == payload
    assert isinstance(Decoder().chunk(payload), Undecodable)


def test_an_event_that_was_too_large_says_so_with_its_size() -> None:
    found = taken(OversizedEvent("message", 5_000_000))
    assert isinstance(found, bytes)
    decoded = Decoder().chunk(found)
    assert isinstance(decoded, Undecodable)
    assert "5000000 bytes" in decoded.preview
