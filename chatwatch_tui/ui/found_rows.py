"""Where the text of a block that is searched stands in its rows.

Rows are aligned with the text by comparing solid characters (`found_text`), whatever stands before them in the row
(sign, role, time). Words of ours may stand between two texts of a block in one row (a size between the reason why
something could not be read and its beginning), so a row may have several parts, in the order of the text; the last may
go on behind the row's end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.found_text import NOT_SOLID, Hit, readable, solid, solids

ELLIPSES = "…~"
"""Signs behind which something is folded away."""


class RowPart(NamedTuple):
    """What of a block's text stands in one of its rows, in one piece."""

    start: int
    """Solid characters of the block before it."""
    end: int
    """The same up to its end."""
    at: int
    """Where in the row's letters it begins."""
    hides_until: int
    """Up to which solid character text is folded away behind the end of this row; `end` where none is."""


def align_text(rows: Sequence[Row], begins: Sequence[int | None]) -> list[tuple[RowPart, ...]]:
    """Where the rows of a text that is shown in full have it, or of which a filter shows some lines: its letters are
    each row's last span. `begins` are the solid characters before a row; None where it goes on from the one above."""
    aligned: list[tuple[RowPart, ...]] = []
    at = 0
    for row, begin in zip(rows, begins, strict=True):
        at = at if begin is None else begin
        end = at + solids(row[-1][0])
        aligned.append((RowPart(at, end, sum(len(text) for text, _ in row[:-1]), end),))
        at = end
    return aligned


def align(rows: Sequence[Row], parts: Sequence[str]) -> list[tuple[RowPart, ...]]:
    """Where the rows of any other block have its text, in order, at least one part of a row, which may be empty.
    `parts` are `parts_of` the block."""
    texts = [solid(text) for text in readable(parts)]
    whole = "".join(texts)
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text))
    aligned: list[tuple[RowPart, ...]] = []
    at = 0
    for row in rows:
        aligned.append(_aligned(row, whole, at, starts))
        at = aligned[-1][-1].end
    return _with_folded(aligned, starts)


def _aligned(row: Row, whole: str, at: int, starts: list[int]) -> tuple[RowPart, ...]:
    """The row's parts, where everything before `at` stands in earlier rows."""
    if len(row) == 2:  # sign and text: nearly all rows
        body = solid(row[1][0])
        if body and whole.startswith(body, at):
            return (RowPart(at, at + len(body), len(row[0][0]), at + len(body)),)
    letters = "".join(text for text, _ in row)
    begins = list(accumulate((len(text) for text, _ in row), initial=0))[:-1]
    begins = sorted({*begins, min(1, len(letters))})  # a sign may stand in the text's own span
    longest = _longest(letters, begins, whole, range(at, len(whole)), starts)
    if longest is None:
        return (RowPart(at, at, len(letters), at),)
    ends = (solid_places(letters, longest) or [longest.at])[-1] + 1
    before = _longest(letters[: longest.at], begins, whole, range(at, longest.start), starts)
    after = _longest(letters, [each for each in begins if each >= ends], whole, range(longest.end, len(whole)), starts)
    found = [longest]
    if before is not None and _is_whole(before, starts):
        found.insert(0, before)
    if after is not None and (_is_whole(after, starts) or _reaches_the_end(after, letters)):
        found.append(after)
    return tuple(found)


def _longest(letters: str, begins: Sequence[int], whole: str, left: range, starts: list[int]) -> RowPart | None:
    """The longest piece of the text that begins at one of those places; of equal ones the last, for words of ours
    stand before what they are about."""
    best: RowPart | None = None
    end = left.stop
    for begin in begins:
        body = solid(letters[begin:])
        for place in [left.start, *(start for start in starts[:-1] if left.start < start < end)]:
            length = min(_common(body, whole, place), end - place)
            if length > 0 and (best is None or length >= best.end - best.start):
                best = RowPart(place, place + length, begin, place + length)
    return best


def _is_whole(part: RowPart, starts: list[int]) -> bool:
    """Whether it is a whole text of the block, or several: less may be words of ours that happen to be alike."""
    return part.start in starts and part.end in starts


def _reaches_the_end(part: RowPart, letters: str) -> bool:
    """Whether nothing of the row comes after it but an ellipsis."""
    places = solid_places(letters, part)
    return bool(places) and not letters[places[-1] + 1 :].strip(f" {ELLIPSES}")


def _common(body: str, whole: str, at: int) -> int:
    """How many characters of the body stand in the whole at that place."""
    if whole.startswith(body, at):
        return len(body)
    low, high = 0, min(len(body), len(whole) - at)
    while low < high:
        middle = (low + high + 1) // 2
        if whole.startswith(body[:middle], at):
            low = middle
        else:
            high = middle - 1
    return low


def _with_folded(aligned: list[tuple[RowPart, ...]], starts: list[int]) -> list[tuple[RowPart, ...]]:
    """With what is folded away behind each row: the rest of its last part of the text where no later row shows it."""
    following = starts[-1]
    for number in range(len(aligned) - 1, -1, -1):
        *others, last = aligned[number]
        if last.end > last.start:
            if following > last.end:
                aligned[number] = (*others, last._replace(hides_until=following))
            following = aligned[number][0].start
    return aligned


def part_of(aligned: Sequence[tuple[RowPart, ...]], hit: Hit) -> tuple[int, RowPart] | None:
    """The row of the block that shows a hit's begin, or the end of which it is folded behind, and the part there; None
    where there are no rows."""
    if not aligned:
        return None
    number = max(0, bisect_right(aligned, hit.start, key=lambda parts: parts[0].start) - 1)
    parts = aligned[number]
    return number, parts[max(0, bisect_right(parts, hit.start, key=lambda part: part.start) - 1)]


def solid_places(letters: str, part: RowPart) -> list[int]:
    """Where in the row's letters the solid characters of its part stand."""
    places = [at for at in range(part.at, len(letters)) if letters[at] not in NOT_SOLID]
    return places[: part.end - part.start]


def letters_of(letters: str, part: RowPart, places: Sequence[int], hit: Hit) -> tuple[int, int] | None:
    """From where to where the row's letters are the hit's; None where it has none of them. `places` are the
    `solid_places` of the row."""
    start, end = max(hit.start, part.start), min(hit.end, part.end)
    if start >= end:
        return None
    first, last = places[start - part.start], places[end - 1 - part.start] + 1
    if hit.lead and start == hit.start:
        before = letters[part.at : first]
        first -= min(hit.lead, len(before) - len(before.rstrip(" ")))
    if hit.trail and end == hit.end:
        after = letters[last:]
        last += min(hit.trail, len(after) - len(after.lstrip(" ")))
    return first, last
