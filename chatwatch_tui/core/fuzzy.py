"""Finding among thousands while somebody types: what matches, how well, and which letters of it.

A query is words; blanks and commas part them, and each must be found, in any order. Upper and lower case are the same.
How well a word matches is one small number (`Fit`), so that within equals the order in which the candidates were given
decides: for conversations that is the most urgent and newest first. A list that jumps about for a finer score would
serve nobody.

A candidate is a `Haystack`: an id, found by how it, or what is shown of it, begins; fields such as label and state, in
which letters may be left out; and its last text, in which no more than `MAX_LEFT_OUT` letters in a row may be, for any
few letters can be picked from a long text. The patterns cannot backtrack (possessive, one way to match): no query is
slow on any text, and a word that grows never matches what it did not match before. So `Narrowing` looks only at what
matched so far when letters are appended, remembers what shorter queries found for when they are taken away again, and
takes candidates that come later; `looked_at` counts.

Own code, because what libraries there are answer other questions: rapidfuzz (a compiled wheel of some MB) scores edit
distance and says neither "begins a word" nor which letters; Textual's matcher takes milliseconds for one long text.
Ten thousand candidates take some 10 to 25 ms here for the first letters, and less with each further one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

import msgspec

MAX_QUERY = 64
"""Letters of a query that count."""
MAX_LEFT_OUT = 2
"""Letters of a text that a word may pass over at each step."""
_BLANKS = re.compile(r"[\s,]+")


class Fit(IntEnum):
    """How a word was found, the best first."""

    BEGINS = 0
    """The id, or a field, begins with it."""
    WORD = 1
    """A word of a field begins with it."""
    INSIDE = 2
    LETTERS = 3
    """Its letters stand in a field, in order."""
    TEXT_WORD = 4
    TEXT_INSIDE = 5
    TEXT_LETTERS = 6


class Haystack(msgspec.Struct, frozen=True, gc=False):
    """What is searched of one candidate, folded; see `haystack`."""

    id: str
    all: str
    """Line feed, first field, line feed, second field ... line feed, text."""
    text_at: int
    """Where the text begins in `all`."""
    shown: str = ""
    """A line feed, and a part of the id that is shown in its stead, for each of them."""


def fold(text: str) -> str:
    """As it is compared: in lower case, and never of another length, so that places in it are places in the text."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def haystack(id: str, fields: Sequence[str], text: str = "", *, shown: Sequence[str] = ()) -> Haystack:
    """A candidate of an id, some short fields without line feeds, and a text; `shown` are parts of the id that stand
    for it on screen."""
    head = "\n".join(("", *fields, ""))
    return Haystack(fold(id), fold(head + text), len(head), fold("".join(f"\n{each}" for each in shown)))


def words_of(query: str) -> tuple[str, ...]:
    """The folded words of a query."""
    return tuple(filter(None, _BLANKS.split(fold(query[:MAX_QUERY]))))


@lru_cache(maxsize=256)
def _patterns(word: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The beginning of a word that is this, its letters in one field, and its letters close together."""
    first = re.escape(word[0])
    apart = "".join(rf"[^{re.escape(char)}\n]*+{re.escape(char)}" for char in word[1:])
    close = "".join(rf"[^{re.escape(char)}\n]{{0,{MAX_LEFT_OUT}}}+{re.escape(char)}" for char in word[1:])
    return re.compile(rf"(?<![^\W_]){re.escape(word)}"), re.compile(first + apart), re.compile(first + close)


def fit(word: str, hay: Haystack) -> Fit | None:
    """How a folded word is found in a candidate, None where it is not."""
    if hay.id.startswith(word) or (hay.shown and f"\n{word}" in hay.shown):
        return Fit.BEGINS
    text = hay.all
    at = text.find(word)
    if at < 0:
        if len(word) == 1:
            return None
        _, apart, close = _patterns(word)
        if apart.search(text, 0, hay.text_at) is not None:
            return Fit.LETTERS
        return Fit.TEXT_LETTERS if close.search(text, hay.text_at) is not None else None
    begins = _begins(text, at)
    if at >= hay.text_at:
        return Fit.TEXT_WORD if begins or _patterns(word)[0].search(text, at) is not None else Fit.TEXT_INSIDE
    if begins and text[at - 1] == "\n":
        return Fit.BEGINS
    if 0 <= text.find(f"\n{word}", at) < hay.text_at - 1:
        return Fit.BEGINS
    found = begins or _patterns(word)[0].search(text, at, hay.text_at) is not None
    return Fit.WORD if found else Fit.INSIDE


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def places(found: Sequence[tuple[str, Fit]], text: str, *, is_text: bool = False) -> set[int]:
    """At which letters of a field, or of the text, words that were found so are seen: for drawing."""
    folded = fold(text)
    seen: set[int] = set()
    for word, how in found:
        at = folded.find(word)
        if at >= 0:
            begins = _patterns(word)[0].search(folded, at)
            at = begins.start() if begins is not None else at
            seen.update(range(at, at + len(word)))
        elif how is (Fit.TEXT_LETTERS if is_text else Fit.LETTERS) and (
            match := _patterns(word)[2 if is_text else 1].search(folded)
        ):
            at = match.start()
            for char in word:
                at = folded.index(char, at)
                seen.add(at)
                at += 1
    return seen


def places_in_id(found: Sequence[tuple[str, Fit]], shown: str, *, ends_with: str = "") -> set[int]:
    """The same for an id, of which only the beginning may be shown; or another part, which is also found by how its
    own end (`ends_with`) begins."""
    folded = fold(shown)
    longest = max((len(word) for word, _ in found if word.startswith(folded[: len(word)])), default=0)
    begins = set(range(min(longest, len(folded))))
    if not ends_with:
        return begins
    at = len(folded) - len(ends_with)
    return max(begins, {at + place for place in places_in_id(found, ends_with)}, key=len)


class _Level(msgspec.Struct, gc=False):
    """What a query was found in. The lists are of one length, in the order of the candidates."""

    query: str
    words: tuple[str, ...]
    scanned: int = 0
    """Of how many candidates this is known."""
    numbers: list[int] = msgspec.field(default_factory=list)
    totals: list[int] = msgspec.field(default_factory=list)
    """How well each fits: the sum over the words."""
    before_last: list[int] = msgspec.field(default_factory=list)
    """The same without the last word, which is the one that grows."""


class Narrowing:
    """What of a list of candidates a query matches, letter by letter."""

    def __init__(self) -> None:
        self.haystacks: list[Haystack] = []
        """Of all candidates, in their order; more may be added at the end at any time."""
        self.looked_at = 0
        """How often a candidate was compared with a query."""
        self._levels: list[_Level] = []
        """Queries, each the beginning of the next."""

    def matching(self, query: str) -> list[int]:
        """Numbers of the candidates that match, the best first, equals in their order."""
        words = words_of(query)
        if not words:
            return list(range(len(self.haystacks)))
        levels = self._levels
        while levels and not query.startswith(levels[-1].query):
            levels.pop()
        if not levels or levels[-1].query != query:
            levels.append(_Level(query, words))
        level = levels[-1]
        if level.scanned < len(self.haystacks):
            self._scan(level, levels[-2] if len(levels) > 1 else _Level("", ()))
        by_total: dict[int, list[int]] = {}
        for number, total in zip(level.numbers, level.totals, strict=True):
            by_total.setdefault(total, []).append(number)
        return [number for total in sorted(by_total) for number in by_total[total]]

    def _scan(self, level: _Level, shorter: _Level) -> None:
        """Look at the candidates that this level does not know: those that the shorter query was found in, and those
        that it does not know either."""
        *first, last = level.words
        known = bisect_left(shorter.numbers, level.scanned)
        if level.words[:-1] == shorter.words[:-1]:
            sums = shorter.before_last
        else:
            sums = shorter.totals if level.words[:-1] == shorter.words else []
        haystacks = self.haystacks
        for place, number in enumerate(shorter.numbers[known:], known):
            before = sums[place] if sums else _total(first, haystacks[number])
            self._take(level, number, before, last)
        for number in range(max(level.scanned, shorter.scanned), len(haystacks)):
            self._take(level, number, _total(first, haystacks[number]), last)
        level.scanned = len(haystacks)

    def _take(self, level: _Level, number: int, before: int | None, last: str) -> None:
        self.looked_at += 1
        if before is not None and (found := fit(last, self.haystacks[number])) is not None:
            level.numbers.append(number)
            level.totals.append(before + found)
            level.before_last.append(before)


def _total(words: Sequence[str], hay: Haystack) -> int | None:
    total = 0
    for word in words:
        found = fit(word, hay)
        if found is None:
            return None
        total += found
    return total
