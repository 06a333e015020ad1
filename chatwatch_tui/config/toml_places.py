"""Where the keys and values of a TOML document stand.

A document that `tomllib` accepted is valid, so the scanner need not judge: it only follows keys and brackets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from chatwatch_tui.config.toml_file import Place, Steps

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_OTHER = re.compile(r"[^,\]}#\n]+")


def places(text: str) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
    """Way, and where key and value begin, of everything in a document that `tomllib` accepts."""
    return _Scanner(text).document()


def stated_twice(text: str) -> tuple[Place, Steps, Place] | None:
    """Of a text that begins a document: where its last statement is, and what stands where above it that does not go
    with it, the same or what leads to it. None where there is no such thing."""
    scanner = _Scanner(text)
    all_of_it = list(scanner.document())
    steps, place = scanner.latest
    first: dict[Steps, tuple[Steps, Place]] = {}
    for above, (there, _) in all_of_it:
        if there < place:
            first.setdefault(above, (above, there))
            first.setdefault(_names(above), (above, there))
    for depth in range(len(steps), 0, -1):
        for way in (steps[:depth], _names(steps[:depth])):
            if way in first:
                return place, *first[way]
    return None


def _names(steps: Steps) -> Steps:
    return tuple(each for each in steps if isinstance(each, str))


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self.counts: dict[Steps, int] = {}
        """Tables so far of each array of tables."""
        self.latest: tuple[Steps, Place] = ((), Place(1, 1))
        """The statement that was read last."""

    def document(self) -> Iterator[tuple[Steps, tuple[Place, Place]]]:
        """Everything, in the order in which it stands there."""
        table: Steps = ()
        while self._skip():
            if self.text[self.at] == "[":
                table, place = self.latest = self._header()
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
        self.latest = steps, key_at
        for depth in range(1, len(keys)):
            yield (*table, *keys[:depth]), (key_at, key_at)
        yield steps, (key_at, self._here())
        yield from self._value(steps)
        if self.at <= len(self.text):  # else the text ends amid the value
            self.latest = steps, key_at

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
