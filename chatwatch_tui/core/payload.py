"""What a payload is and what is in it: its JSON object, and values by path, as text, count or time. Never raises.

What is no JSON object becomes `Undecodable` with a reason in words; a value that makes no sense (a time without a zone,
a count below zero) is as if it was not there, and costs the rest of the payload nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from chatwatch_tui.core.events import JSONObject, Undecodable

MAX_FIGURE = 2**53
"""A count or sequence number beyond it is none: JSON carries no larger one exactly, and 400 digits fit no figure."""
MAX_PREVIEW = 400
"""Characters of an undecodable payload that are kept beside its size; the raw payload has the rest."""


def parse_payload(data: bytes) -> JSONObject | Undecodable:
    """The object that a payload is, or why it is none. Never raises."""
    if not data:
        return Undecodable("empty", 0)
    try:
        parsed = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        parsed = _parse_leniently(data)
        if isinstance(parsed, Undecodable):
            return parsed
    if isinstance(parsed, dict):
        return parsed
    return describe_undecodable(data, f"JSON, but {_JSON_NAMES.get(type(parsed), 'no object')}")


def _parse_leniently(data: bytes) -> Any:
    """Second opinion where msgspec says no: lone surrogates, NaN and huge integers are somebody's JSON too.

    The text is decoded here and strictly, because `json.loads(bytes)` would guess at UTF-16.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return describe_undecodable(data, f"not UTF-8 (byte {problem.start})")
    import json  # here and below, so that a start does not wait for it

    try:
        return json.loads(text, parse_int=_int_or_inf)
    except RecursionError:
        return describe_undecodable(data, "nested too deeply")
    except ValueError:
        return describe_undecodable(data, "not JSON" if text.strip() else "blank")


def _int_or_inf(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else math.inf


_JSON_NAMES: dict[type, str] = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def describe_undecodable(data: bytes, reason: str) -> Undecodable:
    """`Undecodable` with size and first characters."""
    return Undecodable(reason, len(data), data[: MAX_PREVIEW * 4].decode("utf-8", "replace")[:MAX_PREVIEW])


def value_at(payload: JSONObject, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = payload
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


NO_TEXT = (dict, list, int, float)
"""Types of values that are no text: what holds one of them instead of a string is shown as what it is."""


def first_of(payload: JSONObject, paths: Sequence[str], but_not: type | tuple[type, ...] = ()) -> Any:
    """The first present value; null counts as absent, and so does a value of the types `but_not`."""
    for path in paths:
        value = value_at(payload, path)
        if value is not None and not isinstance(value, but_not):
            return value
    return None


def which(payload: JSONObject, paths: Sequence[str], but_not: type | tuple[type, ...] = ()) -> str | None:
    """The path of the field that gives a value, by the decoder's rule; None where none does."""
    return next((path for path in paths if first_of(payload, (path,), but_not) is not None), None)


def as_text(value: object) -> str:
    """A string as it is, anything else as JSON, nothing as blank."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact_json(value)


def compact_json(value: object) -> str:
    """One line of JSON, its letters not escaped."""
    import json

    try:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    except (RecursionError, ValueError):
        return "(nested too deeply to show)"


def as_count(value: object) -> int | None:
    """A count; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_FIGURE else None


def parse_time(value: object) -> float | None:
    """Unix seconds from RFC 3339 text or a Unix time in s or ms; None for anything else, NaN and the far future."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            # A time without a zone could be any zone's: not known is better than wrong by hours.
            value = moment.timestamp() if moment.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None
        return value if value is not None and 0 < value <= 1e11 else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not 0 < value < 1e14:  # also False for NaN
        return None
    return value / 1000 if value > 1e11 else float(value)
