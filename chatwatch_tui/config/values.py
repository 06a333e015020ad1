"""One value: from TOML or from text to the type of its key, with words for what does not fit.

A list of tables (rules) is taken table by table: one that is wrong is reported and left out, the others work. Whatever
else is wrong is wrong as a whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from chatwatch_tui.config.schema import NO_MARKS, bare, marks_of, struct_of, unannotated
from chatwatch_tui.config.toml_file import Steps
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.core.setting import Setting

NOTHING: Any = msgspec.UNSET
"""What is left of a value that did not fit."""
_MAY_HIDE = re.compile(r"@|://")
"""An address may hold a password."""
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Wrong(msgspec.Struct, frozen=True):
    """Something that does not fit."""

    steps: Steps
    words: str
    at_key: bool = False
    """The key is wrong, not its value."""
    mild: bool = False
    """Only one of a list of tables is lost by it."""


class Taking(msgspec.Struct):
    """Takes values from one place, and notes what is wrong."""

    folder: Path
    """File names are relative to it."""
    wrong: list[Wrong] = []

    def value(self, type_: Any, raw: Any, steps: Steps, marks: Setting = NO_MARKS) -> Any:
        """The value, NOTHING where it does not fit, which is noted then."""
        inner = bare(type_)
        element = element_of(inner)
        if element is not None and struct_of(element) is not None:
            return self._tables(struct_of(element), raw, steps, marks)
        if (struct := struct_of(type_)) is not None:
            return self._table(struct, raw, steps)
        if get_origin(inner) is dict and isinstance(raw, dict):
            entries = {key: self.value(get_args(inner)[1], each, (*steps, key)) for key, each in raw.items()}
            return {key: each for key, each in entries.items() if each is not NOTHING}
        if raw == "" and inner is not str and type(None) in get_args(unannotated(type_)):
            return None  # TOML has no word for it, and a profile may want to take a file away
        try:
            value = msgspec.convert(raw, type_, dec_hook=self._hook)
        except (msgspec.ValidationError, ValueError):
            self.wrong.append(Wrong(steps, f"expected {expected(type_)}, got {shown(raw, secret=marks.guarded)}"))
            return NOTHING
        if marks.check is not None:
            for position, each in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
                try:
                    marks.check(each)
                except ValueError as problem:
                    self.wrong.append(Wrong(steps if position is None else (*steps, position), str(problem)))
                    return NOTHING
        return value

    def _hook(self, type_: type, raw: Any) -> Any:
        if type_ is Path and isinstance(raw, str) and raw and "\0" not in raw:
            # Not Path.expanduser, which raises for the home of a user that is not known here.
            return self.folder / os.path.expanduser(os.path.expandvars(raw))
        raise ValueError(raw)

    def _tables(self, struct: Any, raw: Any, steps: Steps, marks: Setting) -> Any:
        if not isinstance(raw, list):
            self.wrong.append(Wrong(steps, f"expected tables, [[{steps[-1]}]], got {shown(raw, secret=marks.guarded)}"))
            return NOTHING
        found: dict[int, Any] = {}
        spoiled: set[int] = set()
        for position, each in enumerate(raw):
            before = len(self.wrong)
            value = self._filled(struct, each, (*steps, position))
            if len(self.wrong) > before:
                spoiled.add(position)
            self.wrong[before:] = [msgspec.structs.replace(wrong, mild=True) for wrong in self.wrong[before:]]
            if value is not NOTHING:
                found[position] = value
        if marks.check_tables is not None:
            positions, partial = list(found), frozenset(spoiled)
            for mistake in marks.check_tables(tuple(found.values())):
                position = positions[mistake.index]
                # Of a table that could not be read whole only what it does say can be judged.
                if position not in partial or mistake.field in raw[position]:
                    at = (*steps, position, *((mistake.field,) if mistake.field else ()))
                    self.wrong.append(Wrong(at, mistake.words, mild=True))
                    spoiled.add(position)
        return tuple(value for position, value in found.items() if position not in spoiled)

    def _table(self, struct: Any, raw: Any, steps: Steps) -> Any:
        before = len(self.wrong)
        value = self._filled(struct, raw, steps)
        return value if len(self.wrong) == before else NOTHING

    def _filled(self, struct: Any, raw: Any, steps: Steps) -> Any:
        """With all that fits, even where something else does not; NOTHING where that is not enough."""
        if not isinstance(raw, dict):
            self.wrong.append(Wrong(steps, f"expected a table, got {shown(raw)}"))
            return NOTHING
        before = len(self.wrong)
        hints = get_type_hints(struct, include_extras=True)
        names = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
        given = {}
        for key, value in raw.items():
            if key in names:
                hint = hints[names[key]]
                taken = self.value(hint, value, (*steps, key), marks_of(hint))
                if taken is not NOTHING:
                    given[names[key]] = taken
            else:
                self.wrong.append(Wrong((*steps, key), unknown(key, names), at_key=True))
        try:
            return struct(**given)
        except (TypeError, ValueError) as problem:
            if len(self.wrong) > before:
                return NOTHING  # what is wrong may be what is missing
            missing = [each.encode_name for each in msgspec.structs.fields(struct) if each.required]
            lacking = [each for each in missing if each not in raw]
            words = f"{', '.join(lacking)} is missing" if lacking else str(problem)
            self.wrong.append(Wrong(steps, words))
            return NOTHING


def element_of(type_: Any) -> Any:
    """What a list of that type holds, None where it is none."""
    return get_args(type_)[0] if get_origin(type_) in (tuple, list) else None


def unknown(key: str, known: Iterable[str], what: str = "key") -> str:
    """Words for a name that there is not, with the nearest one that there is."""
    from difflib import get_close_matches

    known = list(known)
    near = get_close_matches(key, known, n=1, cutoff=0.5) or get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:12])}{' …' if len(known) > 12 else ''}"
    return f"unknown {what} {safe_line(key, 60)!r}: {hint}"


def shown(raw: Any, *, secret: bool = False) -> str:
    """A value in words, on one line."""
    kind = {bool: "true or false", str: "a string", int: "a whole number", float: "a number", dict: "a table"}
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (str, int, float)) and not secret and not _MAY_HIDE.search(str(raw)):
        return safe_line(repr(raw), 60)
    return kind.get(type(raw), "a list" if isinstance(raw, (list, tuple)) else f"a {type(raw).__name__}")


def expected(type_: Any) -> str:
    """What a value of that type looks like, in words."""
    inner = bare(type_)
    bounds = _bounds(type_)
    if isinstance(inner, type) and issubclass(inner, Enum):
        return f"one of {', '.join(str(each.value) for each in inner)}"
    if get_origin(inner) is Literal:
        return f"one of {', '.join(map(str, get_args(inner)))}"
    if (element := element_of(inner)) is not None:
        return f"a list of {_plural(expected(element))}"
    if get_origin(inner) is dict:
        return "a table of strings"
    if get_args(inner):
        return " or ".join(expected(each) for each in get_args(inner))
    plain: dict[Any, str] = {
        bool: "true or false", int: "a whole number", float: "a number", str: "a string", Path: "a file name"
    }  # fmt: skip
    return plain.get(inner, getattr(inner, "__name__", str(inner))) + bounds


def _plural(words: str) -> str:
    return words.removeprefix("a ") + "s" if words.startswith("a ") and "," not in words else words


def _bounds(type_: Any) -> str:
    for meta in getattr(type_, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta):
            low, high = (_first(meta.ge, meta.gt), _first(meta.le, meta.lt))
            if low is not None or high is not None:
                over = "more than " if meta.gt is not None else ""
                if high is None:
                    return f", {over}{low:,}" + (" or more" if meta.ge is not None else "")
                return f", {over}{low:,} to {high:,}" if low is not None else f", {high:,} at the most"
            if meta.pattern is not None:
                return f" like {meta.pattern}"
    return ""


def _first(*candidates: Any) -> Any:
    return next((each for each in candidates if each is not None), None)


def from_text(type_: Any, text: str) -> Any:
    """What a variable or a flag says, as TOML would have it; `Taking.value` judges it. Raises ValueError with words.

    Lists are separated by commas, or blanks where there is no comma. Tables are TOML: `{freeze = "f"}`.
    """
    inner = bare(type_)
    readers: dict[Any, Callable[[str], Any]] = {bool: _truth, int: _whole, float: _number, str: str, Path: str}
    if inner in readers:
        return readers[inner](text.strip() if inner is not str else text)
    element = element_of(inner)
    if element is not None and struct_of(element) is None and not text.lstrip().startswith("["):
        parts = text.split(",") if "," in text else text.split()
        return [from_text(element, part.strip()) for part in parts if part.strip()]
    if element is not None or get_origin(inner) is dict:
        return _toml(text)
    return text


def _truth(text: str) -> bool:
    if text.lower() in (*TRUE, *FALSE):
        return text.lower() in TRUE
    raise ValueError(f"expected one of {', '.join((*TRUE, *FALSE))}, got {shown(text)}")


def _whole(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number == number else text  # nan is in no range, and would pass every one


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}\n")["value"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f"expected TOML, such as [1, 2] or {{a = 'b'}}, got {shown(text)}") from None
