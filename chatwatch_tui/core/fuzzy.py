"""Finding among thousands while somebody types: what matches, how well, and which letters of it.

A query is words; blanks and commas part them, and each must be found, in any order. Upper and lower case are the same.
How well a word matches is one small number (`Fit`), so that within equals the order in which the candidates were given
decides: for conversations that is the most urgent and newest first. A list that jumps about for a finer score would
serve nobody.

A candidate is a `Haystack`: an id, found by how it begins; fields such as label and state, in which letters may be left
out; and its last text, in which no more than `MAX_LEFT_OUT` letters in a row may be, for any few letters can be picked
from a long text. The patterns cannot backtrack (possessive, one way to match): no query is slow on any text, and a word
that grows never matches what it did not match before. So `Narrowing` looks only at what matched so far when letters are
appended, and remembers what shorter queries found for when they are taken away again; `looked_at` counts.

Own code, because what libraries there are answer other questions: rapidfuzz (a compiled wheel of some MB) scores edit
distance and says neither "begins a word" nor which letters; Textual's matcher takes milliseconds for one long text.
Ten thousand candidates take some 10 to 25 ms here for the first letters, and less with each further one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

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


class Haystack(NamedTuple):
    """What is searched of one candidate, folded; see `haystack`."""

    id: str
    all: str
    """Line feed, first field, line feed, second field ... line feed, text."""
    text_at: int
    """Where the text begins in `all`."""


def fold(text: str) -> str:
    """As it is compared: in lower case, and never of another length, so that places in it are places in the text."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def haystack(id: str, fields: Sequence[str], text: str = "") -> Haystack:
    """A candidate of an id, some short fields without line feeds, and a text."""
    head = "\n".join(("", *fields, ""))
    return Haystack(fold(id), fold(head + text), len(head))


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
    if hay.id.startswith(word):
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


def places_in_id(found: Sequence[tuple[str, Fit]], shown: str) -> set[int]:
    """The same for an id, of which only the beginning may be shown."""
    folded = fold(shown)
    longest = max((len(word) for word, _ in found if word.startswith(folded[: len(word)])), default=0)
    return set(range(min(longest, len(folded))))


class Narrowing:
    """What of a list of candidates a query matches, letter by letter."""

    def __init__(self) -> None:
        self.haystacks: list[Haystack] = []
        """Of all candidates, in their order; more may be added at the end."""
        self.looked_at = 0
        """How often a candidate was compared with a query."""
        self._found: list[tuple[str, int, list[int]]] = []
        """Queries, each the beginning of the next, how many candidates there were, and which matched, in order."""

    def matching(self, query: str) -> list[int]:
        """Numbers of the candidates that match, the best first, equals in their order."""
        words = words_of(query)
        if not words:
            return list(range(len(self.haystacks)))
        known = self._found
        while known and (known[-1][1] != len(self.haystacks) or not query.startswith(known[-1][0])):
            known.pop()
        candidates: Sequence[int] = known[-1][2] if known else range(len(self.haystacks))
        buckets: dict[int, list[int]] = {}
        haystacks = self.haystacks
        for number in candidates:
            total = 0
            for word in words:
                found = fit(word, haystacks[number])
                if found is None:
                    break
                total += found
            else:
                buckets.setdefault(total, []).append(number)
        self.looked_at += len(candidates)
        best_first = [number for total in sorted(buckets) for number in buckets[total]]
        known.append((query, len(haystacks), sorted(best_first)))
        return best_first
