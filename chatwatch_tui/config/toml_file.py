"""A TOML file with the line and column of every key and value.

`tomllib` reads the values; it says where only when the syntax is wrong. A document that it accepted is valid, so the
scanner beside it, which is run when something has to be pointed at, need not judge: it only follows keys and brackets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

Steps = tuple[str | int, ...]
"""A way into the document: keys, and positions in arrays."""

MAX_BYTES = 1_000_000
"""A larger file is no settings file; reading it would hold the dashboard up."""
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_OTHER = re.compile(r"[^,\]}#\n]+")


class Place(NamedTuple):
    """Where something stands, counted from 1."""

    line: int
    column: int


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a file, a variable or a flag."""

    words: str
    """What, and what was expected; hostile text in it was made safe."""
    file: str = ""
    place: Place = Place(0, 0)

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
    found = _AT.search(words)
    if found is None:
        return Problem(f"not TOML: {words}", str(path), Place(1, 1))
    words = f"not TOML: {words[: found.start()]}"
    if found[1]:
        return Problem(words, str(path), Place(int(found[1]), int(found[2])))
    return Problem(f"{words}, at the end", str(path), _place(text, len(text)))


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def places(text: str) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
    """Way, and where key and value begin, of everything in a document that `tomllib` accepts."""
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self.counts: dict[Steps, int] = {}
        """Tables so far of each array of tables."""

    def document(self) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
        """Everything, in the order in which it stands there."""
        table: Steps = ()
        while self._skip():
            if self.text[self.at] == "[":
                table, place = self._header()
                for depth in range(1, len(table) + 1):
                    yield table[:depth], (place, place)
            else:
                yield from self._pair(table)

    def _here(self) -> Place:
        line = bisect_right(self.starts, self.at)
        return Place(line, self.at - self.starts[line - 1] + 1)

    def _skip(self) -> bool:
        """To the next thing that means something; whether there is one."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def _header(self) -> tuple[Steps, Place]:
        place = self._here()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        self._skip()
        *parents, last = self._key()
        self._skip()
        self.at += 2 if is_array else 1
        table = self._within((), parents)
        table = (*table, last)
        if is_array:
            self.counts[table] = self.counts.get(table, 0) + 1
            return (*table, self.counts[table] - 1), place
        return table, place

    def _within(self, table: Steps, keys: list[str]) -> Steps:
        """The table that keys lead to: of an array of tables its latest."""
        for key in keys:
            table = (*table, key)
            if table in self.counts:
                table = (*table, self.counts[table] - 1)
        return table

    def _pair(self, table: Steps) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
        key_at = self._here()
        keys = self._key()
        self._skip()
        self.at += 1  # the =
        self._skip()
        steps = (*table, *keys)
        for depth in range(1, len(keys)):
            yield (*table, *keys[:depth]), (key_at, key_at)
        yield steps, (key_at, self._here())
        yield from self._value(steps)

    def _key(self) -> list[str]:
        keys: list[str] = []
        while True:
            start = self.at
            if bare := _BARE.match(self.text, self.at):
                self.at = bare.end()
                keys.append(bare[0])
            else:
                self._string()
                keys.append(_unquoted(self.text[start : self.at]))
            self._skip()
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1
            self._skip()

    def _string(self) -> bool:
        for pattern in _STRINGS:
            if found := pattern.match(self.text, self.at):
                self.at = found.end()
                return True
        return False

    def _value(self, steps: Steps) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
        opening = self.text[self.at]
        if opening in "[{":
            self.at += 1
            position = 0
            while self._skip() and self.text[self.at] not in "]}":
                if self.text[self.at] == ",":
                    self.at += 1
                elif opening == "{":
                    yield from self._pair(steps)
                else:
                    place = self._here()
                    yield (*steps, position), (place, place)
                    yield from self._value((*steps, position))
                    position += 1
            self.at += 1
        elif not self._string():
            found = _OTHER.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1


def _unquoted(quoted: str) -> str:
    import tomllib

    (key,) = tomllib.loads(f"{quoted} = 0")
    return key
