"""Finding text: what an operator typed, plain or as a regular expression, as spans of matches.

Patterns are the operator's own and may be anything; texts come from the wire. So that no pair of them holds up the
program, every call is bounded in time. The standard library's `re` cannot be stopped once it runs, `regex` can: it has
a timeout, lets other threads run meanwhile, and finds plain text without regard to case five times as fast. An engine
without backtracking (RE2) would need no timeout, but has neither look-around nor places for its errors.

Compiling is bounded too: counted repeats are unrolled, so nested ones (`((a{999}){999}){999}`) would fill the memory.

Smart case: case matters only where the query has an upper-case letter. Escapes of a regex (`\\S`, `\\W`) do not count.
In a regex case matters too where it asks for letters of one case (`\\p{Lu}`, `[[:lower:]]`): without it, these would be
all letters that have one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from chatwatch_tui.core.safetext import SafeText, safe_line

if TYPE_CHECKING:
    import regex as engine

MAX_QUERY = 500
"""Characters of a query; longer ones are refused, for they were pasted by mistake."""
CALL_SECONDS = 0.1
"""Processor time that one text may take."""
SEARCH_SECONDS = 10.0
"""Processor time that all texts of one pass may take."""
REGEX_REACH = 2_000
"""Characters that a match of a regex may span across the border of two texts."""
MAX_UNROLLED = 20_000
"""Items that a regex may consist of once its counted repeats are written out."""
_OF_ONE_CASE = re.compile(
    r"\\p\{\^?(?:[\w ]+[=:])?(?:is)?[ _-]*(?:l_?[ult]\}|upper|lower|title)|\[:\^?(?:upper|lower):\]", re.IGNORECASE
)
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|\{(\d*)(?:,(\d*))?\}|.", re.DOTALL)


class Query(msgspec.Struct, frozen=True):
    """What is searched for, and where."""

    text: str
    regex: bool = False
    everywhere: bool = False
    """In all panes, else in one."""


class SearchError(Exception):
    """Base of what can be wrong with a query. `words` say what and where, for the screen."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words: SafeText = safe_line(words, 200)


class BadPattern(SearchError):
    """The query is no regular expression."""

    def __init__(self, words: str, place: int | None = None) -> None:
        super().__init__(words)
        self.place = place
        """Number of the character, from 0, at which it went wrong; the query's length where something is missing at its
        end; None where nothing is known."""


class RunawayPattern(SearchError):
    """The query took too long on a text."""


class Matcher:
    """One query, ready to be matched. Not to be used by two threads at once."""

    def __init__(self, query: str, *, regex: bool = False, call_seconds: float = CALL_SECONDS) -> None:
        """Raises `BadPattern`. An empty query matches nothing."""
        self.query = query
        self.regex = regex
        """Whether the query is a regular expression; else it is plain text."""
        self.minds_case = _has_upper(query, regex=regex)
        self._call_seconds = call_seconds
        self.spent = 0.0
        """Processor seconds since the last `begin`."""
        self._pattern = _compiled(query, regex=regex, minds_case=self.minds_case) if query else None

    def begin(self) -> None:
        """A new pass over texts begins: its time counts from here."""
        self.spent = 0.0

    @property
    def reach(self) -> int:
        """Characters that a match may span, as far as it is looked for across the border of two texts."""
        return REGEX_REACH if self.regex else len(self.query)

    def spans(
        self, text: str, most: int | None = None, *, begin: int = 0, until: int | None = None
    ) -> list[tuple[int, int]]:
        """Where the query matches, from left to right, not overlapping: (start, end) with start < end, at most `most`,
        and `begin` <= start < `until`; what stands before and behind is looked at, too.

        `^` and `$` are the begin and end of lines, `.` matches no line feed. Raises `RunawayPattern`.
        """
        if self._pattern is None or not text or most == 0:
            return []
        began = time.thread_time()
        try:
            found = self._found(self._pattern, text, most, begin, until)
        except TimeoutError:
            # A virtual machine that was stopped meanwhile charges us with it: only who is slow twice is slow.
            try:
                found = self._found(self._pattern, text, most, begin, until)
            except TimeoutError:
                raise self._runaway(text) from None
        self._count(time.thread_time() - began)
        return found

    def _found(
        self, pattern: engine.Pattern[str], text: str, most: int | None, begin: int, until: int | None
    ) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for match in pattern.finditer(text, begin, timeout=self._call_seconds):
            start, end = match.span()
            if until is not None and start >= until:
                break
            if start < end:
                found.append((start, end))
                if len(found) == most:
                    break
        return found

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere. Raises `RunawayPattern`."""
        return bool(self.spans(text, 1))

    def found_in_each(self, texts: Sequence[str]) -> list[bool]:
        """Whether it matches anywhere in each of many short texts, all of which together may take as long as one text.
        Raises `RunawayPattern`."""
        if self._pattern is None:
            return [False] * len(texts)
        search, clock = self._pattern.search, time.thread_time
        found: list[bool] = []
        now = began = clock()
        try:
            for text in texts:
                match = search(text, timeout=self._call_seconds)
                # A match of nothing is none; it may stand before one of something.
                found.append(match is not None and (match.end() > match.start() or bool(self.spans(text, 1))))
                now = clock()
                if now - began > self._call_seconds:
                    raise TimeoutError
        except TimeoutError:
            raise self._runaway("".join(texts)) from None
        self._count(now - began)
        return found

    def _runaway(self, text: str) -> RunawayPattern:
        return RunawayPattern(f"too slow: stopped after {self._call_seconds} s on {len(text):,} characters")

    def _count(self, seconds: float) -> None:
        self.spent += seconds
        if self.spent > SEARCH_SECONDS:
            raise RunawayPattern(f"too slow: stopped after {SEARCH_SECONDS:.0f} s in all")


def load_engine() -> None:
    """Have the engine loaded before the first query: that takes longer than a frame. May run in a thread of its own."""
    import regex  # noqa: F401


def _has_upper(query: str, *, regex: bool) -> bool:
    if regex:
        if _OF_ONE_CASE.search(query):
            return True
        query = re.sub(r"\\([pP]\{[^}]*\}|.)", "", query)
        query = re.sub(r"\(\?P[<=>]\w*", "", query)
    return query != query.lower()


def _unrolled(query: str) -> int:
    """About how many items a regex consists of once its counted repeats are written out."""
    sums = [0]
    item = 0
    for token in _TOKEN.finditer(query):
        if token[0] == "(":
            sums.append(0)
        elif token[0] == ")" and len(sums) > 1:
            item = sums.pop()
            sums[-1] += item
        elif token[1] or token[2]:
            times = max(int(each or 0) for each in token.groups())
            sums[-1] += item * (times - 1)
            item *= times
        else:
            item = 1
            sums[-1] += 1
    return sum(sums)


def _compiled(query: str, *, regex: bool, minds_case: bool) -> engine.Pattern[str]:
    if len(query) > MAX_QUERY:
        raise BadPattern(f"too long: {len(query):,} characters, {MAX_QUERY} are the limit")
    if regex and _unrolled(query) > MAX_UNROLLED:
        raise BadPattern("not searched for: its repeats make it too large")
    import warnings

    import regex as engine  # here, so that a start does not wait for it

    flags = engine.MULTILINE | (0 if minds_case else engine.IGNORECASE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what a later version may read differently: nobody can see it here
            return engine.compile(query if regex else engine.escape(query, literal_spaces=True), flags)
    except engine.error as problem:
        place: int | None = getattr(problem, "pos", None)
        where = "" if place is None else " at the end" if place >= len(query) else f" at character {place + 1}"
        raise BadPattern(f"not a regex: {getattr(problem, 'msg', problem)}{where}", place) from None
    except (OverflowError, RecursionError, MemoryError, ValueError):
        raise BadPattern("not a regex: too large or nested too deeply") from None
