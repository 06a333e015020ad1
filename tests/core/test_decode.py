"""Bytes to events: nothing raises, the first present field wins, and both ways through agree."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.decode import MAX_TYPE_LENGTH, DecodeFields, Decoder
from chatwatch_tui.core.events import (
    ChatMessage,
    DoneChunk,
    ErrorChunk,
    Event,
    Label,
    OtherChunk,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)

DECODER = Decoder()
AT = 1_700_000_000.0
MEANINGS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "text": ("token", "text", ("content", "text", "delta", "delta.content", "token", "data")),
    "tool_name": ("tool_call", "name", ("tool_name", "name", "tool", "tool_call.name", "function.name")),
    "tool_call_id": ("tool_result", "call_id", ("tool_call_id", "call_id", "id", "tool_call.id")),
    "tool_arguments": ("tool_call", "arguments", ("arguments", "args", "input", "parameters", "function.arguments")),
    "tool_result": ("tool_result", "result", ("result", "output", "content", "text")),
    "error": ("error", "message", ("error", "message", "content", "detail")),
    "seq": ("thinking", "seq", ("seq", "sequence", "index")),
    "time": ("token", "at", ("created_at", "timestamp", "ts")),
    "label": ("done", "label", ("title", "conversation_title", "agent", "model")),
    "role": ("message", "role", ("role",)),
    "message_text": ("message", "text", ("content", "text")),
    "message_id": ("message", "id", ("id", "message_id")),
    "input_tokens": ("done", "input_tokens", ("usage.input_tokens", "usage.prompt_tokens")),
    "output_tokens": ("done", "output_tokens", ("usage.output_tokens", "usage.completion_tokens")),
}
"""The tables of wire.md, section 3: which type's event shows a meaning, in which attribute, and the names in order."""


def chunk(chunk_type: object, decoder: Decoder = DECODER, **fields: object) -> Event:
    return decoder.chunk(json.dumps({"chunk_type": chunk_type, **fields}).encode())


def message(**fields: object) -> ChatMessage:
    event = DECODER.message(json.dumps(fields).encode())
    assert isinstance(event, ChatMessage)
    return event


def put(payload: dict[str, Any], path: str, value: object) -> None:
    *outer, last = path.split(".")
    for name in outer:
        inner = payload.setdefault(name, {})
        payload = inner if isinstance(inner, dict) else {}
    payload[last] = value


def shown(meaning: str, payload: dict[str, Any]) -> object:
    chunk_type, attribute, _ = MEANINGS[meaning]
    data = json.dumps({"chunk_type": chunk_type, **payload}).encode()
    event = DECODER.message(data) if chunk_type == "message" else DECODER.chunk(data)
    return getattr(event, attribute)


def value_of(meaning: str, position: int) -> Any:
    if meaning == "time":
        return AT + position
    return 7 + position if meaning == "seq" or meaning.endswith("_tokens") else f"value {position}"


@pytest.mark.parametrize("meaning", MEANINGS)
def test_the_defaults_are_the_documented_ones_and_the_first_present_wins(meaning: str) -> None:
    *_, paths = MEANINGS[meaning]
    assert getattr(DecodeFields(), meaning) == paths
    for position, path in enumerate(paths):
        payload: dict[str, Any] = {}
        put(payload, path, value_of(meaning, position))
        assert shown(meaning, payload) == value_of(meaning, position), path
        for later, other in enumerate(paths[position + 1 :], position + 1):
            if not other.startswith(f"{path}."):
                put(payload, other, value_of(meaning, later))
        assert shown(meaning, payload) == value_of(meaning, position), f"{path} stands before the others"


@pytest.mark.parametrize("meaning", MEANINGS)
def test_null_counts_as_absent(meaning: str) -> None:
    *_, paths = MEANINGS[meaning]
    if len(paths) > 1:
        payload: dict[str, Any] = {}
        put(payload, paths[0], None)
        put(payload, paths[1], value_of(meaning, 1))
        assert shown(meaning, payload) == value_of(meaning, 1)


def test_every_known_type_becomes_its_own_event() -> None:
    assert chunk("token", content="a", seq=3, ts=AT, model="m") == TextChunk("token", "a", 3, AT, Label("m", 3))
    assert chunk("thinking", content="", title="", agent="m") == TextChunk("thinking", "", label=Label("m", 0))
    assert chunk("tool_call", name="f", id="1", args="{}", seq=4) == ToolCallChunk("f", "1", "{}", seq=4)
    assert chunk("tool_result", name="f", id="1", result="é") == ToolResultChunk("f", "1", "é", 2)
    assert chunk("done") == DoneChunk()
    assert chunk("error", error="full", seq=0) == ErrorChunk("full", seq=0)


def test_an_unknown_type_keeps_its_name_and_its_text_or_its_whole_payload() -> None:
    assert chunk("citation", content="[1]", seq=2) == OtherChunk("citation", "[1]", seq=2)
    assert chunk("cïte", page=3) == OtherChunk("cïte", '{"chunk_type": "cïte", "page": 3}')
    assert chunk("token", nothing="here") == OtherChunk("token", '{"chunk_type": "token", "nothing": "here"}')


@pytest.mark.parametrize("unusable", [None, 5, "", True, {"a": 1}, ["token"]])
def test_without_a_usable_type_it_is_a_chunk(unusable: object) -> None:
    assert chunk(unusable, content="a") == OtherChunk("chunk", "a")
    assert DECODER.chunk(b'{"content": "a"}') == OtherChunk("chunk", "a")


def test_a_type_of_any_length_is_cut() -> None:
    event = chunk("x" * 10_000)
    assert isinstance(event, OtherChunk)
    assert event.type == "x" * MAX_TYPE_LENGTH


@pytest.mark.parametrize("content", [5, 1.5, True, ["a", 1], {"content": "deep"}, []])
@pytest.mark.parametrize("kind", ["token", "thinking", "citation"])
def test_what_is_no_text_is_passed_over_and_never_flows_into_an_answer(kind: str, content: object) -> None:
    second = chunk(kind, content=content, text="second")
    assert second == (OtherChunk(kind, "second") if kind == "citation" else TextChunk(kind, "second"))
    payload = json.dumps({"chunk_type": kind, "content": content})
    assert chunk(kind, content=content) == OtherChunk(kind, payload), "shown as what it is"


def test_arguments_come_as_an_object_or_as_a_string() -> None:
    for given_, wanted in (({"q": "ü", "n": [1, 2]}, '{"q": "ü", "n": [1, 2]}'), ('{"q":1}', '{"q":1}'), (0, "0")):
        event = chunk("tool_call", function={"name": "search", "arguments": given_})
        assert event == ToolCallChunk("search", "", wanted)


@pytest.mark.parametrize("mark", [{"is_error": True}, {"success": False}, {"error": "no"}, {"error": {"code": 1}}])
def test_a_result_says_that_the_tool_failed(mark: dict[str, object]) -> None:
    for fields, failed in ((mark, True), ({"is_error": False, "success": True, "error": None}, False)):
        event = chunk("tool_result", result={"rows": 2}, **fields)
        assert event == ToolResultChunk("", "", '{"rows": 2}', 11, failed)


@pytest.mark.parametrize("names", [("input", "output", "total"), ("prompt", "completion", "total")])
def test_usage_is_read_in_both_spellings(names: tuple[str, str, str]) -> None:
    usage = {f"{name}_tokens": count for name, count in zip(names, (11, 22, 33), strict=True)}
    assert chunk("done", usage=usage) == DoneChunk(11, 22, 33)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "7", [], math.inf])
def test_a_figure_that_is_no_count_is_unknown(wrong: object) -> None:
    assert chunk("done", usage={"input_tokens": wrong}) == DoneChunk()
    assert chunk("done", usage=wrong) == DoneChunk()


def test_an_error_is_a_string_or_an_object_with_a_message() -> None:
    assert chunk("error", error={"message": "full", "code": 529}, retry=3) == ErrorChunk("full", "code 529 · retry 3")
    assert chunk("error", error={"code": 529}) == ErrorChunk('{"code": 529}', "code 529")
    assert chunk("error", conversation_id="c", ts=AT, model="m") == ErrorChunk(
        "no reason given", at=AT, label=Label("m", 0)
    )


def test_the_content_of_a_message_is_a_string_or_a_list_of_parts() -> None:
    assert message(role="user", content="hi", id="m1", ts=AT, title="T") == ChatMessage(
        "user", "hi", "m1", AT, Label("T", 0)
    )
    parts = [{"type": "text", "text": "a"}, "b", {"type": "image", "url": "u"}, {"text": 5}]
    assert message(content=parts).text == 'ab{"type": "image", "url": "u"}{"text": 5}'
    assert message(content=parts).spoken == "ab"
    assert message(content=[]).text == ""
    assert [message(content=each).spoken for each in ([], ["a"], [{"type": "image"}], "a")] == [None] * 4
    assert message(content={"a": 1}) == ChatMessage("message", '{"a": 1}')
    assert message(id=7) == ChatMessage("message", '{"id": 7}', "7")
    assert len(message(role="r" * 1_000, content="").role) == MAX_TYPE_LENGTH


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "9" * 5_000, "[]", "true"])
def test_a_number_that_makes_no_sense_costs_only_itself(number: str) -> None:
    rest = f'"created_at":{number},"content":"a","usage":{{"input_tokens":{number},"output_tokens":5}},"x":{number}}}'
    assert DECODER.chunk(f'{{"chunk_type":"token",{rest}'.encode()) == TextChunk("token", "a")
    assert DECODER.chunk(f'{{"chunk_type":"done",{rest}'.encode()) == DoneChunk(None, 5)
    assert DECODER.message(f'{{"role":"user",{rest}'.encode()) == ChatMessage("user", "a")


@pytest.mark.parametrize("wrong", ["5", 5.0, True, [], {"n": 5}])
def test_a_sequence_number_that_is_no_integer_is_none(wrong: object) -> None:
    assert chunk("token", content="a", seq=wrong, sequence=6) == TextChunk("token", "a")


def test_lone_surrogates_duplicate_keys_and_long_text_are_text() -> None:
    assert DECODER.chunk(b'{"chunk_type":"token","content":"a\\ud800"}') == TextChunk("token", "a\ud800")
    result = DECODER.chunk(b'{"chunk_type":"tool_result","result":"\\udfff"}')
    assert result == ToolResultChunk("", "", "\udfff", 3)
    twice = b'{"chunk_type":"done","chunk_type":"token","content":"a","content":"b"}'
    assert DECODER.chunk(twice) == TextChunk("token", "b")
    assert chunk("token", content="é" * 1_000_000) == TextChunk("token", "é" * 1_000_000)


def test_a_first_time_that_makes_no_sense_is_not_made_up_for_by_a_later_one() -> None:
    assert chunk("token", content="a", created_at="soon", ts=AT) == TextChunk("token", "a")


ANYTHING = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
NAMES = st.sampled_from(
    sorted({name for *_, paths in MEANINGS.values() for name in paths} | {"usage", "function", "meta"})
)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.integers(-3, 2**70),
    st.integers(-3, 6),
    st.floats(),
    st.booleans(),
    st.sampled_from(["2023-11-14T22:13:20Z", "2023-11-14T22:13:20", AT, AT * 1000, "token", [], ["a"], {}]),
    st.dictionaries(st.sampled_from(["content", "name", "ts", "seq", "title", "message"]), st.text() | st.integers()),
)
TYPES = st.sampled_from(["token", "thinking", "tool_call", "tool_result", "done", "error", "x", "", 5, None])


@st.composite
def payloads(draw: st.DrawFn, types: st.SearchStrategy[object] = TYPES) -> bytes:
    """An object as a backend might send it, names that stand twice included."""
    pairs = [("chunk_type", draw(types)), *draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))]
    if draw(st.booleans()):
        pairs.reverse()
    return ("{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}").encode()


@settings(deadline=None, max_examples=300)
@given(ANYTHING | payloads() | st.tuples(payloads(), st.binary(max_size=3)).map(lambda two: two[0][:-1] + two[1]))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert not isinstance(DECODER.chunk(data), ChatMessage)
    assert isinstance(DECODER.message(data), ChatMessage | Undecodable)


CUSTOM = {
    "the defaults": DecodeFields(),
    "dotted before plain": DecodeFields(
        text=("meta.content", "content"), seq=("meta.seq", "seq"), time=("meta.ts", "ts"), label=("meta.title", "title")
    ),
    "only dotted": DecodeFields(text=("delta.content",), seq=("meta.seq",), time=("meta.ts",), label=("meta.title",)),
    "one name in two lists": DecodeFields(
        text=("content", "title"), seq=("ts", "index"), time=("ts", "content"), label=("title", "content")
    ),
    "the type as a label": DecodeFields(label=("chunk_type",)),
    "a name twice in its list": DecodeFields(text=("data", "data", "text"), time=("ts", "ts")),
    "no names at all": DecodeFields(text=(), seq=(), time=(), label=()),
    "an object and its inside": DecodeFields(seq=("meta", "meta.seq"), time=("meta.ts", "meta")),
}


def is_as_the_whole_payload_says(decoder: Decoder, data: bytes) -> None:
    try:
        found = decoder.text(data)
    except Exception:
        return
    if found.type not in ("token", "thinking"):
        return
    event = decoder.chunk(data)
    text = found.text0 if found.text0 is not None else decoder.text_of(found)
    assert isinstance(event, OtherChunk if text is None else TextChunk)
    if text is not None:
        assert event.text == text
    seq = found.seq0 if found.seq0 is not None else decoder.seq_of(found)
    figures = (found.type, seq, decoder.time_of(found), decoder.label_of(found))
    assert (event.type, event.seq, event.at, event.label) == figures


@pytest.mark.parametrize("fields", CUSTOM.values(), ids=CUSTOM)
@settings(deadline=None, max_examples=120)
@example(b'{"chunk_type":"token","content":"a","created_at":"soon","ts":5}')
@example(b'{"chunk_type":"token","content":"a","title":"t","ts":1700000000,"meta":{"seq":4,"ts":5,"title":"u"}}')
@example(b'{"chunk_type":"token","meta":{"content":"a"},"content":"b"}')
@given(payloads(st.sampled_from(["token", "thinking"])))
def test_flowing_text_is_the_same_on_the_fast_way_and_on_the_whole_one(fields: DecodeFields, data: bytes) -> None:
    is_as_the_whole_payload_says(Decoder(fields), data)


def test_plain_flowing_text_does_take_the_fast_way() -> None:
    """Else the test above would say nothing, and the screen would be slow."""
    data = b'{"chunk_type":"token","text":"a","index":3,"ts":1700000000,"model":"m","usage":{"x":[1]},"other":null}'
    found = DECODER.text(data)
    assert (found.text0, DECODER.text_of(found), DECODER.seq_of(found)) == (None, "a", 3)
    assert (DECODER.time_of(found), DECODER.label_of(found)) == (AT, "m")
    assert Decoder(CUSTOM["dotted before plain"]).text(data.replace(b'"text"', b'"content"')).text0 == "a"
    is_as_the_whole_payload_says(DECODER, data)


@pytest.mark.parametrize("meaning", ["text", "seq", "time", "label"])
def test_the_fast_way_reads_every_name_that_is_no_path(meaning: str) -> None:
    for position, name in enumerate(MEANINGS[meaning][2]):
        if "." not in name:
            value = value_of(meaning, position)
            found = DECODER.text(json.dumps({"chunk_type": "token", name: value}).encode())
            read = {
                "text": found.text0 or DECODER.text_of(found),
                "seq": found.seq0 or DECODER.seq_of(found),
                "time": DECODER.time_of(found),
                "label": DECODER.label_of(found),
            }
            assert {what: seen for what, seen in read.items() if seen} == {meaning: value}


def test_fields_of_ones_own_replace_the_defaults() -> None:
    decoder = Decoder(
        DecodeFields(text=("choices.text", "body"), seq=("meta.n",), tool_name=("fn",), role=("who.kind",))
    )
    assert chunk("token", decoder, content="a", body="b") == TextChunk("token", "b")
    assert chunk("token", decoder, choices={"text": "c"}, body="b", meta={"n": 4}) == TextChunk("token", "c", 4)
    assert chunk("tool_call", decoder, fn="f", name="g") == ToolCallChunk("f", "", "")
    event = decoder.message(b'{"role": "user", "who": {"kind": "human"}, "content": "hi"}')
    assert event == ChatMessage("human", "hi")


def test_one_name_may_mean_two_things() -> None:
    decoder = Decoder(CUSTOM["one name in two lists"])
    assert chunk("token", decoder, content="a") == TextChunk("token", "a", label=Label("a", 0))
    assert chunk("token", decoder, title="t", ts=AT) == TextChunk("token", "t", at=AT, label=Label("t", 0))
