"""The text of a block that is searched, and where a match of it stands in rows.

Searched is what a reader sees: text after `safetext`, so that `<U+202E>` can be found, line by line, whole payloads of
tools although a row shows their beginning. Not searched are the labels that chatwatch puts beside it (roles, sizes,
times). A long text is kept in pages; a match that begins on one and ends on the next is a hit of the first.

A match is kept by the *solid* characters before it: those that are no blank, tab or line end, in whatever form.
Wrapping and folding move and swallow only the others, so the number holds for every width and every level of display,
and rows are aligned with the text by comparing solid characters, whatever stands before them in the row (sign, role,
time).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from chatwatch_tui.core.blocks import (
    Block,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    TextBlock,
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.core.search import Matcher
from chatwatch_tui.ui.block_rows import MAX_FOLDED, Row, block_rows, describe_gap
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.wrap import ELLIPSIS, expand_tabs

MAX_IN_BLOCK = 2_000
"""Matches that are kept of one block."""
_NOT_SOLID = " \t\n␤␉"
_BLANKS = str.maketrans("", "", _NOT_SOLID)
_AS_ROW = str.maketrans({"\n": "␤", "\t": "␉"})
_DONE_WIDTH = 80


class Hit(msgspec.Struct, frozen=True, order=True, gc=False):
    """A match in a block, by solid characters. So many are kept that the collector must not look at them."""

    start: int
    """Solid characters of the block before it."""
    end: int
    """The same up to its end: more, for blanks alone are no hit. Past the block's own it goes on on the next page."""
    lead: int
    """Blanks that it begins with ..."""
    trail: int
    """... and ends with."""


def parts_of(block: Block) -> tuple[str, ...]:
    """What is searched of a block, as it came: hostile, and as cheap to get as a reference."""
    if isinstance(block, TextBlock):
        return (block.text,)
    if isinstance(block, ToolBlock):
        return (block.name[:80], block.arguments if block.called else "", block.result or "")
    if isinstance(block, ErrorBlock):
        return (block.message, block.detail)
    if isinstance(block, OtherBlock):
        return (block.type[:40], block.text)
    if isinstance(block, UndecodableBlock):
        return (block.reason[:240], block.preview)
    if isinstance(block, GapBlock):
        return (describe_gap(block.gap),)
    if isinstance(block, NoteBlock):
        return (block.text,)
    if isinstance(block, DoneBlock):
        return (block_rows(block, _DONE_WIDTH, UNICODE)[0][0][0][2:].rstrip(),)
    return ()


def readable(parts: Sequence[str]) -> list[SafeText]:
    """Those parts as a reader sees them."""
    safe = [make_safe(part) for part in parts]
    return [
        SafeText("\n".join(expand_tabs(SafeText(line)) for line in text.split("\n"))) if "\t" in text else text
        for text in safe
    ]


def solid(text: str) -> str:
    """Its solid characters."""
    return text.translate(_BLANKS)


def solids(text: str) -> int:
    """How many solid characters it has."""
    return len(text) - sum(text.count(char) for char in (_NOT_SOLID[:3] if text.isascii() else _NOT_SOLID))


class Around(NamedTuple):
    """What belongs to a page of a long text on the pages beside it; hostile."""

    before: str = ""
    """What stands before it, as far as a look behind may need it."""
    after: str = ""
    """What comes after it, as far as a match may reach."""
    taken: int = 0
    """Solid characters of the page that the last hit of the page before goes on over."""


class Looked(NamedTuple):
    """What was found in a block."""

    hits: list[Hit]
    over: int = 0
    """Solid characters of the next page that the last hit goes on over."""


ALONE = Around()


def hits_in(matcher: Matcher, parts: Sequence[str], around: Around = ALONE) -> Looked:
    """All matches in the parts of a block, in order. Raises `RunawayPattern`."""
    texts = readable(parts)
    if around is not ALONE and len(texts) == 1:
        return _hits_on_page(matcher, texts[0], around)
    hits: list[Hit] = []
    spans_of = [matcher.spans(text, MAX_IN_BLOCK) for text in texts]
    passed = 0
    for text, spans in zip(texts, spans_of, strict=True) if any(spans_of) else ():
        hits += _as_hits(text, spans, 0, passed)
        passed += solids(text)
    return Looked(hits)


def _hits_on_page(matcher: Matcher, page: str, around: Around) -> Looked:
    before, after = readable((around.before, around.after))
    first = len(before)
    begin = first + (offset(page, around.taken) if around.taken else 0)
    text = f"{before}{page}{after}"
    spans = matcher.spans(text, MAX_IN_BLOCK, begin=begin, until=first + len(page))
    hits = _as_hits(text, spans, first, 0)
    return Looked(hits, max(0, hits[-1].end - solids(page)) if hits and spans[-1][1] > first + len(page) else 0)


def _as_hits(text: str, spans: Sequence[tuple[int, int]], at: int, passed: int) -> list[Hit]:
    """Spans of a text as hits; `passed` solid characters stand before the letter `at`."""
    hits: list[Hit] = []
    for start, end in spans:
        passed += solids(text[at:start])
        match = text[start:end]
        inside = solids(match)
        if inside:
            lead = len(match) - len(match.lstrip(" "))
            hits.append(Hit(passed, passed + inside, lead, len(match) - len(match.rstrip(" "))))
        at, passed = end, passed + inside
    return hits


class RowPart(NamedTuple):
    """What of a block's text stands in one of its rows."""

    start: int
    """Solid characters of the block before it."""
    end: int
    """The same up to its end."""
    at: int
    """Where in the row's letters it begins."""
    hides_until: int
    """Up to which solid character text is folded away behind the end of this row; `end` where none is."""


def align_text(rows: Sequence[Row], begins: Sequence[int | None]) -> list[RowPart]:
    """Where the rows of a text that is shown in full have it, or of which a filter shows some lines: its letters are
    each row's last span. `begins` are the solid characters before a row; None where it goes on from the one above."""
    aligned: list[RowPart] = []
    at = 0
    for row, begin in zip(rows, begins, strict=True):
        at = at if begin is None else begin
        end = at + solids(row[-1][0])
        aligned.append(RowPart(at, end, sum(len(text) for text, _ in row[:-1]), end))
        at = end
    return aligned


def align(rows: Sequence[Row], parts: Sequence[str]) -> list[RowPart]:
    """Where the rows of any other block have its text. `parts` are `parts_of` the block."""
    texts = [solid(text) for text in readable(parts)]
    whole = "".join(texts)
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text))
    aligned: list[RowPart] = []
    at = 0
    for row in rows:
        part = _aligned(row, whole, at, starts)
        at = part.end
        aligned.append(part)
    return _with_folded(aligned, starts)


def _aligned(row: Row, whole: str, at: int, starts: list[int]) -> RowPart:
    """The row's part, where everything before `at` stands in earlier rows."""
    if len(row) == 2:  # sign and text: nearly all rows
        body = solid(row[1][0])
        if body and whole.startswith(body, at):
            return RowPart(at, at + len(body), len(row[0][0]), at + len(body))
    letters = "".join(text for text, _ in row)
    begins = [sum(len(text) for text, _ in row[:number]) for number in range(1, len(row))]
    begins += [0, min(1, len(letters))]  # a sign may stand in the text's own span
    best = RowPart(at, at, len(letters), at)
    for begin in begins:
        body = solid(letters[begin:])
        for place in [at, *(start for start in starts[:-1] if start > at)]:
            length = _common(body, whole, place)
            if length > best.end - best.start:
                best = RowPart(place, place + length, begin, place + length)
    return best


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


def _with_folded(aligned: list[RowPart], starts: list[int]) -> list[RowPart]:
    """With what is folded away behind each row: the rest of its part of the text where no later row shows it."""
    following = starts[-1]
    for number in range(len(aligned) - 1, -1, -1):
        part = aligned[number]
        if part.end > part.start:
            if following > part.end:
                aligned[number] = part._replace(hides_until=following)
            following = part.start
    return aligned


def row_index(aligned: Sequence[RowPart], hit: Hit) -> int:
    """The row of the block that shows a hit's begin, or the end of which it is folded behind."""
    return max(0, bisect_right(aligned, hit.start, key=lambda part: part.start) - 1) if aligned else 0


def solid_places(letters: str, part: RowPart) -> list[int]:
    """Where in the row's letters the solid characters of its part stand."""
    places = [at for at in range(part.at, len(letters)) if letters[at] not in _NOT_SOLID]
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


def window(parts: Sequence[str], hit: Hit, room: int) -> tuple[int, SafeText, int, int]:
    """A piece of one row that shows a folded hit with what stands around it: solid characters before the part that it
    is in, text of about `room` characters, and where in it the hit is."""
    passed = 0
    for text in readable(parts):
        inside = len(solid(text))
        if hit.start >= passed + inside:
            passed += inside
            continue
        start = offset(text, hit.start - passed)
        end = min(offset(text, hit.end - 1 - passed) + 1, start + max(1, room - 2))
        line = text.translate(_AS_ROW)
        begin = max(0, start - max(0, min(room // 3, room - (end - start) - 2)))
        piece = line[begin : begin + min(room, MAX_FOLDED)]
        lead = ELLIPSIS if begin else ""
        return passed, SafeText(f"{lead}{piece}"), start - begin + len(lead), end - begin + len(lead)
    return passed, SafeText(""), 0, 0


def offset(text: str, number: int) -> int:
    """Where the solid character after so many others stands; the end where there are not so many."""
    for index, char in enumerate(text):
        if char in _NOT_SOLID:
            continue
        if not number:
            return index
        number -= 1
    return len(text)
