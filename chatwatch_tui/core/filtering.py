"""Filters: which lines, or which turns, of a transcript somebody wants to see.

A query is one line of terms, and all of them must hold: plain words and "words in quotes" are looked for in the text
(case matters where there are capitals), `/.../` is a regular expression, `type:tool_call`, `role:user`, `tool:search`
look at what a part is (types and roles by their beginning, tools by any piece of their name), and `-` before a term
turns it round. A field without a value, or `/...` without its end, is no term yet: it is still being typed. A line must
fulfil all terms itself; a turn fulfils a term with any of its parts, and one that is turned round with none.

Errors and gaps pass every filter: whoever filters must not miss them. Time is bounded (`search.Matcher`, and
`FILTER_SECONDS` a pass): a filter that runs away stops sifting and lets everything through. (One that does so while it
is typed is not taken at all; the one before stays.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import StrEnum

import msgspec

from chatwatch_tui.core.blocks import (
    Block,
    TextBlock,
)
from chatwatch_tui.core.parts import Part, parts, text_part
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.search import Matcher, RunawayPattern

FILTER_SECONDS = 0.4
"""Processor time of one pass ..."""
CALL_SECONDS = 0.05
"""... and of one call in it: while that lasts, nothing else is drawn."""
_TERM = re.compile(
    r"""(?P<not>-)?(?:(?P<unfinished>type|role|tool):(?=\s|\Z)|(?:(?P<field>type|role|tool):)?(?:(?P<open>/(?:\\.|[^/\\])*\\?\Z)|/(?P<regex>(?:\\.|[^/\\])+)/(?=\s|\Z)|"(?P<quoted>[^"]+)"|(?P<word>\S+)))"""
)
VALUES = {
    "type": (
        "thinking", "token", "tool_call", "tool_result", "message", "done", "error", "undecodable", "unknown", "note",
    ),
    "role": ("user", "assistant", "system", "tool"),
}  # fmt: skip
"""What fields are known to have; the wire may bring others."""
_ALWAYS_SHOWN = ("error", "gap")
"""Types that pass whatever is asked."""
_FIELDS = ("type", "role", "tool")


class Granularity(StrEnum):
    """What is shown or hidden as a whole."""

    LINE = "lines"
    TURN = "turns"


class FilterQuery(msgspec.Struct, frozen=True):
    """What was asked for."""

    text: str
    granularity: Granularity = Granularity.LINE


class Term:
    """One condition."""

    def __init__(self, found: re.Match[str]) -> None:
        self.negated = bool(found["not"])
        self.field: str = found["field"] or ""
        self._word = (found["quoted"] or found["word"] or "").casefold()
        pattern: str | None = found["regex"]
        self.matcher: Matcher | None = None
        if pattern is not None or not self.field:
            words = pattern or found["quoted"] or found["word"]
            self.matcher = Matcher(words, regex=pattern is not None, call_seconds=CALL_SECONDS)

    def hits(self, part: Part) -> bool:
        """Whether it is found there, turned round or not. Raises `RunawayPattern`."""
        if not self.field:
            assert self.matcher is not None
            return self.matcher.found_in(part.text)
        if self.field == "tool":
            return bool(part.tool) and (
                self.matcher.found_in(part.tool) if self.matcher else self._word in part.tool.casefold()
            )
        values = part.types if self.field == "type" else (part.role,)
        if self.matcher is not None:
            return any(self.matcher.found_in(value) for value in values)
        return any(value.casefold().startswith(self._word) for value in values)


class Filter:
    """A query, ready to be asked."""

    def __init__(self, query: FilterQuery) -> None:
        """Raises `search.BadPattern` for a regular expression that is none."""
        self.query = query
        found = [*_TERM.finditer(query.text)]
        self.terms = [Term(each) for each in found if not each["unfinished"] and not each["open"]]
        self.is_open = any(each["open"] for each in found)
        """A regular expression in it has no end."""
        self.remark = next((remark for each in found if (remark := _remark(each))), safe_line(""))
        """What may be a mistake in it, in words; blank where nothing looks like one."""
        self.failed = ""
        """Why it sifts no more; blank while it does."""
        self._wanted = [not term.negated for term in self.terms]

    def begin(self) -> None:
        """A new pass begins: its time counts from here."""
        for term in self.terms:
            if term.matcher is not None:
                term.matcher.begin()

    def passes(self, part: Part) -> bool:
        """Whether a line fulfils all terms; true once the filter has failed."""
        return all(hit is wanted for hit, wanted in zip(self.hits(part), self._wanted, strict=True))

    def hits(self, part: Part) -> list[bool]:
        """Which terms are found there; all as wanted once the filter has failed."""
        if self.failed:
            return self._wanted
        try:
            found = [term.hits(part) for term in self.terms]
            if sum(term.matcher.spent for term in self.terms if term.matcher is not None) > FILTER_SECONDS:
                raise RunawayPattern("too slow for what is here")
        except RunawayPattern as problem:
            self.failed = problem.words
            return self._wanted
        return found


class LineTest:
    """The terms that are left to ask of the lines of one text."""

    def __init__(self, asked: Filter, part: Part) -> None:
        """`part` says what the text is; its own text is not looked at."""
        self._filter = asked
        self._never = any(term.field and term.hits(part) is term.negated for term in asked.terms)
        self._asked = [(term.matcher, term.negated) for term in asked.terms if not term.field and term.matcher]

    def passing(self, lines: Sequence[str]) -> list[bool]:
        """Which of the lines fulfil all terms: all of them once the filter has failed."""
        if self._filter.failed or not lines:
            return [True] * len(lines)
        if self._never:
            return [False] * len(lines)
        passing = [True] * len(lines)
        left: Sequence[int] = range(len(lines))
        spent = 0.0
        try:
            for matcher, negated in self._asked:
                found = matcher.found_in_each([lines[place] for place in left])
                for place, hit in zip(left, found, strict=True):
                    passing[place] = hit is not negated
                left = [place for place in left if passing[place]]
                spent += matcher.spent
            if spent > FILTER_SECONDS:
                raise RunawayPattern("too slow for what is here")
        except RunawayPattern as problem:
            self._filter.failed = problem.words
            return [True] * len(lines)
        return passing

    def rules_out(self, text: str) -> bool:
        """Whether no line of a longer text can pass: asked once, it saves asking each line."""
        if self._filter.failed:
            return False
        try:
            return self._never or any(
                not negated and not matcher.regex and not matcher.found_in(text) for matcher, negated in self._asked
            )
        except RunawayPattern as problem:
            self._filter.failed = problem.words
            return False


class Turns:
    """Which turns pass, as their parts come, grow and go."""

    def __init__(self, asked: Filter) -> None:
        self._filter = asked
        self._hits: dict[int, tuple[int, list[bool]]] = {}
        """Of each block: its turn, and which terms it hits."""
        self._closed: dict[int, tuple[int, list[bool]]] = {}
        """Of each flowing text: where its open line begins, and what the lines before it hit."""
        self._counts: dict[int, list[int]] = {}
        self._told: dict[int, bool] = {}

    def note(self, block: Block) -> None:
        """A block is new, or has changed."""
        if isinstance(block, TextBlock):
            start, hits = self._closed.get(block.id, (0, [False] * len(self._filter.terms)))
            end = block.text.rfind("\n") + 1
            if end > start:
                hits = _either(hits, self._filter.hits(text_part(block, block.text[start:end])))
                self._closed[block.id] = (end, hits)
            hits = _either(hits, self._filter.hits(text_part(block, block.text[end:])))
        else:
            hits = [False] * len(self._filter.terms)
            for _, part in parts(block):
                hits = _either(hits, self._filter.hits(part))
        self._count(block.id, -1)
        self._hits[block.id] = (block.turn, hits)
        self._count(block.id, 1)

    def forget(self, block_id: int) -> int:
        """A block is no longer there; the turn that it was of, 0 where it was none's."""
        self._count(block_id, -1)
        self._closed.pop(block_id, None)
        return self._hits.pop(block_id, (0, []))[0]

    def _count(self, block_id: int, by: int) -> None:
        turn, hits = self._hits.get(block_id, (0, []))
        counts = self._counts.setdefault(turn, [0] * len(self._filter.terms))
        for position, hit in enumerate(hits):
            counts[position] += by * hit

    def passes(self, turn: int) -> bool:
        """Whether a turn fulfils all terms."""
        counts = self._counts.get(turn, [0] * len(self._filter.terms))
        return bool(self._filter.failed) or all(
            (count > 0) is not term.negated for count, term in zip(counts, self._filter.terms, strict=True)
        )

    def flipped(self, turns: Iterable[int]) -> set[int]:
        """Those of the turns that passed when they were last asked for here, and do not now, or the other way round."""
        found = set()
        for turn in set(turns):
            now = self.passes(turn)
            if self._told.get(turn, now) is not now:
                found.add(turn)
            self._told[turn] = now
        return found


def _either(one: list[bool], other: list[bool]) -> list[bool]:
    return [a or b for a, b in zip(one, other, strict=True)]


def _remark(found: re.Match[str]) -> SafeText:
    if field := found["unfinished"]:
        return safe_line(f"{field}: {', '.join(VALUES.get(field, ('any piece of its name',)))}")
    if found["open"]:
        return safe_line("a regex ends with /")
    field, word = found["field"], found["word"]
    if not word:
        return safe_line("")
    for kind in _ALWAYS_SHOWN if found["not"] and field == "type" else ():
        if kind.startswith(word.casefold()):
            return safe_line(f"{kind}s pass every filter")
    if field in VALUES and not any(value.startswith(word.casefold()) for value in VALUES[field]):
        near = get_close_matches(word.casefold(), VALUES[field], n=1)
        return safe_line(f"no known {field} begins with {word}: {f'{near[0]}?' if near else ', '.join(VALUES[field])}")
    name, colon, value = word.partition(":")
    if not field and colon and value and (near := get_close_matches(name.casefold(), _FIELDS, n=1, cutoff=0.75)):
        return safe_line(f"{name}: is plain text; {near[0]}: is a field")
    return safe_line("")
