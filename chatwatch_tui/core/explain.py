"""Which field of a payload gave which value: the decoder's choice, in words for a person.

The rules are `decode`'s; what is listed here is only which meanings each type of chunk looks for. A test holds both
together: the value that is named here is the value that was decoded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chatwatch_tui.core.decode import DecodeFields, error_detail
from chatwatch_tui.core.events import JSONObject, Undecodable
from chatwatch_tui.core.payload import NO_TEXT, compact_json, parse_payload, which


class Found(NamedTuple):
    """One meaning and the field that has it."""

    meaning: str
    path: str
    """Dotted path in the payload; blank where no field has that meaning."""
    value: str
    """As text, objects as one line of JSON; hostile."""


class Explained(NamedTuple):
    """A payload, understood."""

    kind: str
    """The chunk type, or `message`; hostile."""
    found: list[Found]
    unused: list[str]
    """Members that no meaning was looked for in; hostile."""


_TEXT_MEANINGS = ("text",)
_BY_TYPE: dict[str, tuple[str, ...]] = {
    "token": _TEXT_MEANINGS,
    "thinking": _TEXT_MEANINGS,
    "tool_call": ("tool_name", "tool_call_id", "tool_arguments"),
    "tool_result": ("tool_name", "tool_call_id", "tool_result"),
    "done": ("input_tokens", "output_tokens", "total_tokens"),
    "error": ("error",),
}
_COMMON = ("seq", "time", "label")
_MESSAGE = ("role", "message_text", "message_id", "time", "label")
_BUT_NOT: dict[str, type | tuple[type, ...]] = {"text": NO_TEXT, "tool_name": dict}
_FAILURE = ("is_error", "success", "error")


def explain(fields: DecodeFields, data: bytes, *, is_message: bool = False) -> Explained | Undecodable:
    """What a payload's fields mean. Never raises."""
    payload = parse_payload(data)
    if isinstance(payload, Undecodable):
        return payload
    type_ = payload.get("chunk_type")
    kind = "message" if is_message else type_ if isinstance(type_, str) and type_ else "chunk"
    meanings = _MESSAGE if is_message else (*_BY_TYPE.get(kind, _TEXT_MEANINGS), *_COMMON)
    found = [_look(fields, payload, meaning) for meaning in meanings]
    used = {each.path.partition(".")[0] for each in found} | (set() if is_message else {"chunk_type"})
    if kind == "tool_result":
        used.update(_FAILURE)
        found += [Found("failed", name, _shown(payload[name])) for name in _FAILURE if payload.get(name) is not None]
    if kind == "error":
        detail = error_detail(fields, payload)
        used.update(path.partition(".")[0] for _, path, _ in detail)
        found += [Found("detail", path, f"{name} {_shown(value)}") for name, path, value in detail]
    return Explained(kind, found, [name for name in payload if name not in used])


def _look(fields: DecodeFields, payload: JSONObject, meaning: str) -> Found:
    paths: tuple[str, ...] = getattr(fields, meaning)
    if meaning == "label":
        path = next((each for each in paths if isinstance(v := _at(payload, each), str) and v), None)
    else:
        path = which(payload, paths, _BUT_NOT.get(meaning, ()))
    return Found(meaning.replace("_", " "), path or "", _shown(_at(payload, path)) if path else "")


def _at(payload: JSONObject, path: str) -> Any:
    value: Any = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _shown(value: object) -> str:
    return value if isinstance(value, str) else compact_json(value)
