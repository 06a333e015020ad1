"""A JSON text as lines that fold, bounded whatever it is.

It is shown as it was written: members twice if they came twice, in their order, numbers with all their digits. What is
folded is not walked, a container shows so many members at a time and a string so many characters, so that a megabyte
opens like a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import wrap

MEMBERS = 100
"""Members of a container that are shown at a time ..."""
CHARS = 2_000
"""... and characters of a string."""
_FIRST_LINES = 120
"""Lines that are opened by themselves."""
_MAX_INDENT = 24
"""Cells by which lines are moved in at most: deeper nesting is told by a figure."""

Path = tuple[int, ...]


class Members(list[tuple[str, Any]]):
    """An object, with duplicates."""


class Number(str):
    """A number, or what some take for one, as it was written."""

    __slots__ = ()


class JsonLine(NamedTuple):
    """One line of the tree."""

    path: Path
    row: Row
    folds: bool
    """Whether something can be opened or closed here."""
    closing: bool = False


class NoTree(ValueError):
    """The text cannot be shown as a tree; `str()` says why."""


class JsonTree:
    """See the module."""

    def __init__(self, text: str) -> None:
        """Raises NoTree."""
        try:
            self.root: Any = json.loads(
                text, object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=Number
            )
        except RecursionError:
            raise NoTree("nested too deeply for a tree") from None
        except ValueError as problem:
            where = f" at character {problem.pos + 1:,}" if isinstance(problem, json.JSONDecodeError) else ""
            raise NoTree(f"not JSON{where}") from None
        self._open: dict[Path, int] = {}
        """How many portions are shown of what is open."""
        self._open_some()

    def toggle(self, path: Path) -> None:
        """Open what is closed, show more of what is not shown whole, else close it."""
        shown = self._open.get(path, 0)
        if shown and not self._has_more(path, shown):
            del self._open[path]
        else:
            self._open[path] = shown + 1

    def close(self, path: Path) -> None:
        """Close it."""
        self._open.pop(path, None)

    def open_all(self) -> None:
        """Open everything, within a bound."""
        self._open_some(2_000)

    def value(self, path: Path) -> Any:
        """What stands at a path."""
        value = self.root
        for index in path:
            value = value[index][1] if isinstance(value, Members) else value[index]
        return value

    def text(self, path: Path) -> str:
        """It as text to copy: a string without its quotes, anything else as JSON. Raises NoTree."""
        value = self.value(path)
        if isinstance(value, str):
            return str(value)
        try:
            return dumped(value)
        except RecursionError:
            raise NoTree("nested too deeply to copy") from None

    def lines(self, width: int, fold_key: str = "") -> Iterator[JsonLine]:
        """All lines that are open. `fold_key` is what a line names that there is more behind, blank where none is."""
        # A stack in place of recursion: how deep it goes is not ours to say.
        stack: list[tuple[Path, str | None, Any, bool] | JsonLine] = [((), None, self.root, True)]
        while stack:
            item = stack.pop()
            if isinstance(item, JsonLine):
                yield item
                continue
            path, key, value, last = item
            lead = _lead(len(path), key)
            comma = () if last else ((ours(","), Ink.DIM),)
            if not _is_container(value):
                yield from self._scalar(path, lead, value, comma, width, fold_key)
                continue
            brackets = "{}" if isinstance(value, Members) else "[]"
            shown = self._open.get(path, 0)
            if not value or not shown:
                word = plural(len(value), "member" if isinstance(value, Members) else "item")
                inner: Row = ((ours(f"{brackets[0]}…{brackets[1]}"), Ink.STRONG), (ours(f"  {word}"), Ink.DIM))
                row = (*lead, *(inner if value else ((ours(brackets), Ink.DIM),)), *comma)
                yield JsonLine(path, row, bool(value))
                continue
            yield JsonLine(path, (*lead, (ours(brackets[0]), Ink.DIM)), True)
            stack.append(JsonLine(path, (*_lead(len(path), None), (ours(brackets[1]), Ink.DIM), *comma), True, True))
            count = min(len(value), shown * MEMBERS)
            if count < len(value):
                how = f": {fold_key} on the bracket above shows the next {MEMBERS}" if fold_key else ""
                more = ours(f"… {len(value) - count:,} more{how}")
                stack.append(JsonLine(path, (*_lead(len(path) + 1, None), (more, Ink.WARN)), True, True))
            for index in range(count - 1, -1, -1):
                name, child = value[index] if isinstance(value, Members) else (None, value[index])
                stack.append(((*path, index), name, child, index == len(value) - 1))

    def _scalar(self, path: Path, lead: Row, value: Any, comma: Row, width: int, fold_key: str) -> Iterator[JsonLine]:
        if isinstance(value, Number):
            yield JsonLine(path, (*lead, (safe_line(value, CHARS), Ink.WARN), *comma), False)
            return
        if not isinstance(value, str):
            word = {True: "true", False: "false", None: "null"}[value]
            yield JsonLine(path, (*lead, (ours(word), Ink.TOOL), *comma), False)
            return
        room = width - sum(len(text) for text, _ in lead) - 3
        quoted = safe_line(json.dumps(value[: CHARS + 1], ensure_ascii=False))
        long = len(value) > CHARS or len(quoted) > room
        shown = self._open.get(path, 0)
        if not long:
            yield JsonLine(path, (*lead, (quoted, Ink.RESULT), *comma), False)
            return
        size: Span = (ours(f"  {len(value):,} characters"), Ink.DIM)
        if not shown:
            head = safe_line(json.dumps(value[: max(8, room - 24)], ensure_ascii=False)[:-1])
            yield JsonLine(path, (*lead, (SafeText(f"{head}…"), Ink.RESULT), size), True)
            return
        yield JsonLine(path, (*lead, (ours("text"), Ink.STRONG), size), True)
        indent = _lead(len(path) + 1, None)
        cells = max(8, width - sum(len(text) for text, _ in indent) - 1)
        for line in value[: shown * CHARS].split("\n"):
            for part in wrap(safe_line(line), cells) or [ours("")]:
                yield JsonLine(path, (*indent, (part, Ink.RESULT)), False)
        if shown * CHARS < len(value):
            how = f": {fold_key} shows the next {CHARS:,}" if fold_key else ""
            more = ours(f"… {len(value) - shown * CHARS:,} more characters{how}")
            yield JsonLine(path, (*indent, (more, Ink.WARN)), True)

    def _has_more(self, path: Path, shown: int) -> bool:
        value = self.value(path)
        return len(value) > shown * (CHARS if isinstance(value, str) else MEMBERS)

    def _open_some(self, lines: int = _FIRST_LINES) -> None:
        """Open containers level by level while there is room."""
        level: list[tuple[Path, Any]] = [((), self.root)]
        while level and lines > 0:
            below: list[tuple[Path, Any]] = []
            for path, value in level:
                if not _is_container(value) or not value:
                    continue
                lines -= min(len(value), MEMBERS) + 1
                if lines < 0 and path:
                    return
                self._open.setdefault(path, 1)
                for index, each in enumerate(value[:MEMBERS]):
                    below.append(((*path, index), each[1] if isinstance(value, Members) else each))
            level = below


def dumped(value: Any) -> str:
    """A tree's value as JSON on one line, spelt as it was. Raises RecursionError."""
    if isinstance(value, Members):
        return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {dumped(each)}" for name, each in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumped, value)) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def _is_container(value: Any) -> bool:
    return isinstance(value, list)


def _lead(depth: int, key: str | None) -> Row:
    cells = 2 * depth
    indent = " " * cells if cells <= _MAX_INDENT else f"{' ' * (_MAX_INDENT - 4)}{depth:>3} "
    spans: list[Span] = [(ours(indent), Ink.DIM)]
    if key is not None:
        spans += [(safe_line(json.dumps(key, ensure_ascii=False), 120), Ink.ASSISTANT), (ours(": "), Ink.DIM)]
    return tuple(spans)
