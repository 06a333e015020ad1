"""A TOML file with the line and column of every key and value.

`tomllib` reads the values; it says where only when the syntax is wrong. Where things stand is found by `toml_places`,
when something has to be pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from chatwatch_tui.core.safetext import safe_line

Steps = tuple[str | int, ...]
"""A way into the document: keys, and positions in arrays."""

MAX_BYTES = 1_000_000
"""A larger file is no settings file; reading it would hold the dashboard up."""

_BARE = re.compile("[A-Za-z0-9_-]+")
"""A key that needs no quotes."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands, counted from 1."""

    line: int
    column: int


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a file, a variable or a flag."""

    words: str
    """What, and what was expected; hostile text in it was made safe."""
    file: str = ""
    place: Place = Place(0, 0)
    steps: Steps = ()
    """Which value of the file."""

    def __str__(self) -> str:
        if not self.file:
            return self.words
        return f"{self.file}:{self.place.line}:{self.place.column}: {self.words}"


class NotToml(Exception):
    """The file cannot be read; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class TomlFile:
    """What a file says, and where."""

    def __init__(self, path: Path, text: str) -> None:
        """Raises NotToml."""
        import tomllib

        self.path = path
        self.text = text
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as problem:
            raise NotToml(_problem(path, text, str(problem))) from None
        self._places: dict[Steps, tuple[Place, Place]] | None = None

    def key_at(self, steps: Steps) -> Place:
        """Where a key begins; of a table its header, where it has one."""
        return self._find(steps)[0]

    def value_at(self, steps: Steps) -> Place:
        """Where a value begins."""
        return self._find(steps)[1]

    def _find(self, steps: Steps) -> tuple[Place, Place]:
        if self._places is None:
            from chatwatch_tui.config.toml_places import places

            self._places = {}
            for way, both in places(self.text):
                self._places.setdefault(way, both)
        while steps and steps not in self._places:
            steps = steps[:-1]
        return self._places.get(steps, (Place(1, 1), Place(1, 1)))


def read(path: Path) -> TomlFile:
    """Read a file. Raises OSError, and NotToml."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise NotToml(Problem(f"larger than {MAX_BYTES:,} bytes: this is no settings file", str(path), Place(1, 1)))
    try:
        return TomlFile(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8", "replace")
        raise NotToml(Problem("not UTF-8", str(path), _place(before, len(before)))) from None


def _problem(path: Path, text: str, words: str) -> Problem:
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", words)
    if found is None:
        return Problem(f"not TOML: {words}", str(path), Place(1, 1))
    text = text.replace("\r\n", "\n")  # as `tomllib` counts
    place = Place(int(found[1]), int(found[2])) if found[1] else _place(text, len(text))
    if words.startswith(("Cannot ", "Duplicate ")) and (twice := _twice(path, text, place)):
        return twice
    words = f"not TOML: {words[: found.start()]}"
    if words.startswith("not TOML: Illegal character '\\n'"):
        words = "not TOML: a text is not closed: its quote is missing at the end of the line"
    return Problem(words if found[1] else f"{words}, at the end", str(path), place)


def _twice(path: Path, text: str, until: Place) -> Problem | None:
    """Words for what does not go with something above it. `until`: where `tomllib` gave up."""
    from chatwatch_tui.config.toml_places import stated_twice

    lines = text.split("\n")[: until.line]
    found = stated_twice("\n".join([*lines[:-1], lines[-1][: until.column - 1]]))
    if found is None:
        return None
    place, above, there = found
    brackets = _brackets(lines, place)
    names = [each for each in above if isinstance(each, str)]
    name = safe_line(".".join(each if _BARE.fullmatch(each) else f'"{each}"' for each in names), 60)
    opening = _brackets(lines, there)
    mend = "leave one of them out"
    if brackets or opening:
        either = "[[" in (brackets, opening) and brackets != opening
        mend = "it is either one table or a list of them" if either else "put its keys there"
    words = f"{opening}{name}{']' * len(opening)} stands at line {there.line} already: {mend}"
    return Problem(words, str(path), place)


def _brackets(lines: Sequence[str], place: Place) -> str:
    """Those of a header that begins there; blank where none does."""
    found = re.match(r"\[{0,2}", lines[place.line - 1][place.column - 1 :])
    return found[0] if found else ""


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
