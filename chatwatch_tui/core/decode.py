"""Bytes to events; never raises.

Decoding is tolerant, because backends differ in everything but `chunk_type`: for each meaning a list of field names is
tried in order and the first present wins (`DecodeFields`, the `[decode]` settings; dotted paths reach into objects).

Two ways through. Flowing text is nearly all of the traffic, so `Decoder.text` is a msgspec decoder for a struct that
is generated from the field lists: about 0.4 us a chunk, with the rest of the payload skipped unread. Whatever does not
fit that struct (another type, a text that is an object, not JSON at all) raises there and takes `Decoder.chunk`, which
looks at the whole payload (`payload` reads it). The raw payload is kept by the conversation, so nothing is lost by not
being understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, cast

import msgspec

from chatwatch_tui.core.events import (
    NO_LABEL,
    ChatMessage,
    ChunkType,
    DoneChunk,
    ErrorChunk,
    Event,
    JSONObject,
    Label,
    OtherChunk,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.payload import (
    NO_TEXT,
    as_count,
    as_text,
    compact_json,
    first_of,
    parse_payload,
    parse_time,
    value_at,
)

MAX_TYPE_LENGTH = 120
"""A chunk type longer than this is cut, for it becomes a key of counters and a label on screen."""


class DecodeFields(msgspec.Struct, frozen=True):
    """Field names per meaning, tried in order; dotted paths reach into objects."""

    text: tuple[str, ...] = ("content", "text", "delta", "delta.content", "token", "data")
    """Text of a thinking or token chunk."""
    tool_name: tuple[str, ...] = ("tool_name", "name", "tool", "tool_call.name", "function.name")
    """Name of a tool."""
    tool_call_id: tuple[str, ...] = ("tool_call_id", "call_id", "id", "tool_call.id")
    """What pairs a tool call with its result."""
    tool_arguments: tuple[str, ...] = ("arguments", "args", "input", "parameters", "function.arguments")
    """Arguments of a tool call: an object, or a string of JSON."""
    tool_result: tuple[str, ...] = ("result", "output", "content", "text")
    """What a tool returned."""
    error: tuple[str, ...] = ("error", "message", "content", "detail")
    """Words of an error: a string, or an object with a `message`."""
    seq: tuple[str, ...] = ("seq", "sequence", "index")
    """Sequence number; a hole in it is shown as a gap."""
    time: tuple[str, ...] = ("created_at", "timestamp", "ts")
    """When it was sent: RFC 3339, or Unix seconds or milliseconds."""
    label: tuple[str, ...] = ("title", "conversation_title", "agent", "model")
    """Label of the conversation."""
    role: tuple[str, ...] = ("role",)
    """Role of a message."""
    message_text: tuple[str, ...] = ("content", "text")
    """Text of a message: a string, or a list of parts with `text`."""
    message_id: tuple[str, ...] = ("id", "message_id")
    """Id of a message."""
    input_tokens: tuple[str, ...] = ("usage.input_tokens", "usage.prompt_tokens")
    """Tokens read, on `done`."""
    output_tokens: tuple[str, ...] = ("usage.output_tokens", "usage.completion_tokens")
    """Tokens written, on `done`."""
    total_tokens: tuple[str, ...] = ("usage.total_tokens",)
    """Both, on `done`."""


class TextFields(Protocol):
    """What `Decoder.text` returns: the candidates of one flowing-text chunk, None where a field is absent."""

    type: str
    text0: str | None
    seq0: int | None


class Decoder:
    """Decodes the payloads of one set of field names. Holds no state of a conversation; safe to share."""

    def __init__(self, fields: DecodeFields | None = None) -> None:
        self.fields = fields or DecodeFields()
        text_names, seq_names, time_names, label_names = (
            tuple(name for name in dict.fromkeys(names) if "." not in name)
            for names in (self.fields.text, self.fields.seq, self.fields.time, self.fields.label)
        )
        # One name in two lists can be only one member: it refuses whatever has the name, and the whole-payload way
        # serves both meanings.
        meanings = Counter(("chunk_type", *text_names, *seq_names, *time_names, *label_names))
        members: list[tuple[str, Any, Any]] = [
            ("type", str if meanings["chunk_type"] == 1 else None, msgspec.field(name="chunk_type"))
        ]
        taken = {"chunk_type"}
        for prefix, names, kind in (
            ("text", text_names, str | None),
            ("seq", seq_names, int | None),
            ("time", time_names, str | int | float | None),
            ("label", label_names, str | None),
        ):
            for position, name in enumerate(names):
                encoded = name if name not in taken else f"(unused {prefix}{position})"
                taken.add(name)
                accepted = kind if encoded == name and meanings[name] == 1 else None
                members.append((f"{prefix}{position}", accepted, msgspec.field(default=None, name=encoded)))
            if not names:
                members.append((f"{prefix}0", None, msgspec.field(default=None, name=f"(unused {prefix})")))
        # A dotted path reaches into an object, which the whole-payload way does: where there is one, this way refuses.
        for path in (*self.fields.text, *self.fields.seq, *self.fields.time, *self.fields.label):
            if (root := path.partition(".")[0]) not in taken:
                taken.add(root)
                no_object = str | int | float | bool | None
                members.append((f"root{len(members)}", no_object, msgspec.field(default=None, name=root)))
        struct = msgspec.defstruct("TextFields", members, gc=False)
        self.text = cast("Callable[[bytes], TextFields]", msgspec.json.Decoder(struct).decode)
        """Decode a payload as flowing text. Raises whatever msgspec raises where it does not fit: then use `chunk`."""
        self._later_texts = [f"text{n}" for n in range(1, len(text_names))]
        self._later_seqs = [f"seq{n}" for n in range(1, len(seq_names))]
        self._times = [f"time{n}" for n in range(len(time_names))]
        self._labels = [(self.fields.label.index(name), f"label{n}") for n, name in enumerate(label_names)]

    def text_of(self, found: TextFields) -> str | None:
        """The text of a decoded chunk whose first candidate was absent; None where it has no text at all."""
        return next((value for name in self._later_texts if (value := getattr(found, name)) is not None), None)

    def seq_of(self, found: TextFields) -> int | None:
        """Its sequence number, where the first candidate was absent."""
        return next((value for name in self._later_seqs if (value := getattr(found, name)) is not None), None)

    def time_of(self, found: TextFields) -> float | None:
        """Its time in Unix seconds."""
        return parse_time(next((value for name in self._times if (value := getattr(found, name)) is not None), None))

    def label_of(self, found: TextFields) -> Label:
        """The conversation's label as this chunk names it, blank where it does not."""
        return next((Label(value, rank) for rank, name in self._labels if (value := getattr(found, name))), NO_LABEL)

    def chunk(self, data: bytes) -> Event:
        """Any chunk, from its whole payload. Never raises."""
        payload = parse_payload(data)
        if isinstance(payload, Undecodable):
            return payload
        type_ = payload.get("chunk_type")
        if not isinstance(type_, str) or not type_:
            return self._other("chunk", payload)
        if build := _BUILDERS.get(type_):
            return build(self, payload)
        return self._other(type_[:MAX_TYPE_LENGTH], payload)

    def message(self, data: bytes) -> Event:
        """A complete message. Never raises."""
        payload = parse_payload(data)
        if isinstance(payload, Undecodable):
            return payload
        content = first_of(payload, self.fields.message_text)
        text = _message_text(content)
        return ChatMessage(
            role=as_text(first_of(payload, self.fields.role))[:MAX_TYPE_LENGTH] or "message",
            text=text if text is not None else compact_json(payload),
            id=as_text(first_of(payload, self.fields.message_id)),
            at=parse_time(first_of(payload, self.fields.time)),
            label=self._label(payload),
            spoken=_spoken_text(content),
        )

    def _label(self, payload: JSONObject) -> Label:
        values = enumerate(value_at(payload, path) for path in self.fields.label)
        return next((Label(value, rank) for rank, value in values if isinstance(value, str) and value), NO_LABEL)

    def _common(self, payload: JSONObject) -> dict[str, Any]:
        seq = first_of(payload, self.fields.seq)
        return {
            "seq": seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
            "at": parse_time(first_of(payload, self.fields.time)),
            "label": self._label(payload),
        }

    def _flowing(self, payload: JSONObject) -> Event:
        found = first_of(payload, self.fields.text, but_not=NO_TEXT)
        if found is None:
            return self._other(payload["chunk_type"], payload)
        return TextChunk(type=payload["chunk_type"], text=found, **self._common(payload))

    def _tool_call(self, payload: JSONObject) -> Event:
        return ToolCallChunk(
            name=as_text(first_of(payload, self.fields.tool_name, but_not=dict)),
            call_id=as_text(first_of(payload, self.fields.tool_call_id)),
            arguments=as_text(first_of(payload, self.fields.tool_arguments)),
            **self._common(payload),
        )

    def _tool_result(self, payload: JSONObject) -> Event:
        text = as_text(first_of(payload, self.fields.tool_result))
        return ToolResultChunk(
            name=as_text(first_of(payload, self.fields.tool_name, but_not=dict)),
            call_id=as_text(first_of(payload, self.fields.tool_call_id)),
            result=text,
            size=len(text.encode("utf-8", "surrogatepass")),
            failed=payload.get("is_error") is True or payload.get("success") is False or bool(payload.get("error")),
            **self._common(payload),
        )

    def _done(self, payload: JSONObject) -> Event:
        return DoneChunk(
            input_tokens=as_count(first_of(payload, self.fields.input_tokens)),
            output_tokens=as_count(first_of(payload, self.fields.output_tokens)),
            total_tokens=as_count(first_of(payload, self.fields.total_tokens)),
            **self._common(payload),
        )

    def _error(self, payload: JSONObject) -> Event:
        found = first_of(payload, self.fields.error)
        message = found.get("message", found) if isinstance(found, dict) else found
        return ErrorChunk(
            message=as_text(message) or "no reason given",
            detail=" · ".join(f"{name} {as_text(value)}" for name, _, value in error_detail(self.fields, payload)),
            **self._common(payload),
        )

    def _other(self, type_: str, payload: JSONObject) -> OtherChunk:
        found = first_of(payload, self.fields.text, but_not=NO_TEXT)
        text = compact_json(payload) if found is None else found
        return OtherChunk(type=type_, text=text, **self._common(payload))


_BUILDERS: dict[str, Callable[[Decoder, JSONObject], Event]] = {
    ChunkType.THINKING.value: Decoder._flowing,
    ChunkType.TOKEN.value: Decoder._flowing,
    ChunkType.TOOL_CALL.value: Decoder._tool_call,
    ChunkType.TOOL_RESULT.value: Decoder._tool_result,
    ChunkType.DONE.value: Decoder._done,
    ChunkType.ERROR.value: Decoder._error,
}


def error_detail(fields: DecodeFields, payload: JSONObject) -> list[tuple[str, str, object]]:
    """What an error chunk says beside its message: name, dotted path in the payload, value."""
    used = next((path for path in fields.error if first_of(payload, (path,)) is not None), "")
    found = value_at(payload, used) if used else None
    known = {path.partition(".")[0] for path in (used, *fields.time, *fields.label)}
    known |= {"chunk_type", "conversation_id", *fields.seq}
    detail = (
        {key: (f"{used}.{key}", value) for key, value in found.items() if key != "message"}
        if isinstance(found, dict)
        else {}
    )
    detail |= {key: (key, value) for key, value in payload.items() if key not in known}
    return [(name, path, value) for name, (path, value) in detail.items()]


def _message_text(content: object) -> str | None:
    """Text of a message: a string, or a list of parts of which some have `text`; None where it is absent."""
    if isinstance(content, list):
        return "".join(
            part if isinstance(part, str) else part["text"] if _has_text(part) else compact_json(part)
            for part in content
        )
    return None if content is None else as_text(content)


def _spoken_text(content: object) -> str | None:
    """Of a list of parts those that are text; None where that is all of it, or nothing."""
    if not isinstance(content, list):
        return None
    spoken = [
        part if isinstance(part, str) else part["text"] for part in content if isinstance(part, str) or _has_text(part)
    ]
    return "".join(spoken) if 0 < len(spoken) < len(content) else None


def _has_text(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)
