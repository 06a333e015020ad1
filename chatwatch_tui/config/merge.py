"""Who says what, and who wins: flag > environment > profile > file > default.

A layer is what one of them says, by key. The value of the highest layer that has a key holds. Two things are decided
by groups of keys, where the sources are put together (`cli.to_nats`, `cli.to_sse`): who names a source replaces all
sources of lower layers, and one way to sign in replaces the ways of lower ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from chatwatch_tui.config.schema import Key, Section, keys, tree
from chatwatch_tui.config.toml_file import Problem, Steps, TomlFile
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.settings import Settings


class Kind(StrEnum):
    """Layers, the highest first."""

    FLAG = "flag"
    VARIABLE = "variable"
    PROFILE = "profile"
    FILE = "file"
    CONTEXT = "context"
    DEFAULT = "default"


IN_FILE = frozenset({Kind.PROFILE, Kind.FILE})


class Given(msgspec.Struct, frozen=True):
    """A value that somebody gave."""

    value: Any
    kind: Kind
    name: str
    """The flag, the variable, the profile, the context; blank for the file's base."""
    steps: Steps = ()
    """Where in the file."""


class Layer(msgspec.Struct, frozen=True):
    """What one of them says."""

    kind: Kind
    given: dict[str, Given]
    """By key."""
    name: str = ""


class Resolved(msgspec.Struct, frozen=True):
    """All layers together."""

    layers: tuple[Layer, ...]
    """The highest first."""
    problems: tuple[Problem, ...] = ()
    """What makes it impossible to go on."""
    remarks: tuple[Problem, ...] = ()
    """What is wrong besides: a rule that is left out, a variable that means nothing."""
    file: TomlFile | None = None
    profile: str = ""
    profiles: Mapping[str, Layer] = {}
    """Every profile of the file by its name, whether it is asked for or not."""

    def with_profile(self, name: str, *, alone: bool = False) -> Resolved:
        """As it would be if that profile were asked for, blank for none. `alone`: by the file alone."""
        chosen = [self.profiles[name]] if name else []
        above = [] if alone else [each for each in self.layers if each.kind not in IN_FILE]
        base = [each for each in self.layers if each.kind is Kind.FILE]
        return msgspec.structs.replace(self, layers=(*above, *chosen, *base), profile=name)

    @property
    def given(self) -> dict[str, Given]:
        """The winner of each key that anybody gave."""
        return winners(self.layers)

    @property
    def settings(self) -> Settings:
        """The tree, filled."""
        given = self.given
        return build({name: each.value for name, each in given.items()}) if given else Settings()

    def origin(self, given: Given | None) -> str:
        """Where a value comes from, as a person reads it: `--fps`, `NATS_URL`, `/…/config.toml:12`."""
        if given is None:
            return "default"
        if given.kind in IN_FILE and self.file is not None:
            place = self.file.key_at(given.steps)
            name = f"profile {safe_line(given.name, 60)}, " if given.kind is Kind.PROFILE else ""
            return f"{name}{self.file.path}:{place.line}"
        name = safe_line(given.name, 60)
        return f"context {name}" if given.kind is Kind.CONTEXT else name

    def blame(self, given: Given | None, words: str) -> str:
        """Words about a value, after what has to be mended: a flag, a variable, a line."""
        if given is None:
            return words
        if given.kind in IN_FILE and self.file is not None:
            return str(Problem(words, str(self.file.path), self.file.value_at(given.steps)))
        return f"{self.origin(given)}: {words}"


def winners(layers: Iterable[Layer]) -> dict[str, Given]:
    """By key, who wins. Entries of a table such as `[keys]` win one by one."""
    found: dict[str, Given] = {}
    for layer in layers:
        for name, given in layer.given.items():
            if name not in found:
                found[name] = given
            elif isinstance(given.value, dict):
                above = found[name]
                found[name] = msgspec.structs.replace(above, value={**given.value, **above.value})
    return found


def build(values: Mapping[str, Any], root: type[msgspec.Struct] = Settings) -> Any:
    """The tree with these values by key, and defaults for the others."""
    return _build(tree(root), values)


def _build(section: Section, values: Mapping[str, Any]) -> Any:
    fields: dict[str, Any] = {}
    for field, each in section.fields:
        if isinstance(each, Key):
            if each.name in values:
                fields[field] = values[each.name]
        elif any(name in values for name in _names(each)):
            fields[field] = _build(each, values)
    return section.type(**fields)


def _names(section: Section) -> Iterator[str]:
    for _, each in section.fields:
        if isinstance(each, Key):
            yield each.name
        else:
            yield from _names(each)


def changed(before: Settings, after: Settings) -> Sequence[Key]:
    """Keys whose values differ."""
    was, now = values_of(before), values_of(after)
    return [key for key in keys().values() if was.get(key.name) != now.get(key.name)]


def values_of(settings: msgspec.Struct) -> dict[str, Any]:
    """All values by key."""
    found: dict[str, Any] = {}

    def collect(section: Section, at: Any) -> None:
        for field, each in section.fields:
            if isinstance(each, Key):
                found[each.name] = getattr(at, field)
            elif (inner := getattr(at, field)) is not None:
                collect(each, inner)

    collect(tree(type(settings)), settings)
    return found
