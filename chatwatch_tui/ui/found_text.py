"""The text of a block that is searched, and how a match of it is kept. Where it stands in rows: `found_rows`.

Searched is what a reader sees: text after `safetext`, so that `<U+202E>` can be found, line by line, whole payloads of
tools although a row shows their beginning. Not searched are the labels that chatwatch puts beside it (roles, sizes,
times). A long text is kept in pages; a match that begins on one and ends on the next is a hit of the first.

A match is kept by the *solid* characters before it: those that are no blank, tab or line end, in whatever form.
Wrapping and folding move and swallow only the others, so the number holds for every width and every level of display.
"""

from __future__ import annotations

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
from chatwatch_tui.ui.block_rows import MAX_FOLDED, block_rows, describe_gap
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.wrap import ELLIPSIS, expand_tabs

MAX_IN_BLOCK = 20_000
"""Matches that are kept of one block."""
NOT_SOLID = " \t\n␤␉"
_BLANKS = str.maketrans("", "", NOT_SOLID)
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
    return len(text) - sum(text.count(char) for char in (NOT_SOLID[:3] if text.isascii() else NOT_SOLID))


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
        if char in NOT_SOLID:
            continue
        if not number:
            return index
        number -= 1
    return len(text)
