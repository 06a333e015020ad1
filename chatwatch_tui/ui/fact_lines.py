"""Lines of the inspector: a heading, or a fact with its name, its value, and what is said beside the value."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.figures import elapsed
from chatwatch_tui.ui.json_tree import Path
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import expand_tabs, fit, wrap

TERM = 15
"""Cells of the names of facts."""
NARROW = 70
"""Cells below which what is said beside a value stands under it."""


class Line(NamedTuple):
    """One line of the inspector."""

    row: Row
    value: str | None = None
    """What copying it copies; hostile. None where there is nothing to copy."""
    path: Path | None = None
    """Its place in the tree of the payload."""
    folds: bool = False
    is_heading: bool = False
    words: str = ""
    """A fact in one line, as it stands in a copy of its part; hostile."""


def heading(words: str, value: str | None = None, path: Path | None = None) -> Line:
    """A heading. Copying it copies the value, or what is at the path; else the facts below it, see `with_parts`."""
    return Line(((safe_line(f" {words}"), Ink.STRONG),), value, path, is_heading=True)


def with_parts(lines: Sequence[Line]) -> list[Line]:
    """The lines, each heading with the facts below it as its value where it has none of its own."""
    made: list[Line] = []
    facts: list[str] = []
    for line in reversed(lines):
        if line.is_heading:
            if facts and line.value is None and line.path is None:
                line = line._replace(value="\n".join(reversed(facts)))
            facts = []
        elif line.words:
            facts.append(line.words)
        made.append(line)
    return made[::-1]


def fact(term: str, value: str, width: int, note: str = "", *, copies: bool = True) -> Iterator[Line]:
    """A name and a value, the value cut where it is too long: the tree and the raw payload have it whole."""
    below = bool(note) and width < NARROW and TERM + 5 + len(value) + len(note) > width
    room = max(8, width - TERM - 3 - (len(note) + 2 if note and not below else 0))
    shown = fit(safe_line(value, room), room)
    row: Row = ((ours(f"  {term:<{TERM}}"), Ink.DIM), (shown, Ink.TEXT))
    if note and not below:
        row = (*row, (SafeText(f"  {note}"), Ink.DIM))
    yield Line(row, value if copies else None, words=f"{term}: {value} ({note})" if note else f"{term}: {value}")
    if below:
        yield Line(((SafeText(f"    {note}"), Ink.DIM),), value if copies else None)


def text_lines(shown: str, width: int, value: str) -> Iterator[Line]:
    """Hostile text, wrapped; copying any line of it copies `value`."""
    for line in make_safe(shown).split("\n"):
        for part in wrap(expand_tabs(SafeText(line)), max(8, width - 3)) or [ours("")]:
            yield Line(((ours("  "), Ink.DIM), (part, Ink.TEXT)), value)


def moment(at: float) -> str:
    """A time of day with its date, to the millisecond."""
    whole, part = divmod(round(at * 1000), 1000)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(whole))}.{part:03d}"


def after(before: float | None, at: float) -> str:
    """How long after the delivery before, blank where there is none."""
    return "" if before is None else f"{_seconds(at - before)} after the one before"


def beside(at: float, received: float) -> str:
    """A payload's own time beside that of its receipt."""
    late = received - at
    return f"{_seconds(abs(late))} {'before' if late >= 0 else 'after'} its receipt"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if abs(seconds) < 1 else elapsed(seconds)
