"""The operator's rules: what in a conversation shall be noticed, and what a hit does. `rule_watch` looks for it.

A rule names what it is about (`match`, a regular expression; `type`, of chunks; `tool`; `state`); where it names
several, all must hold. A rule with a mistake is out of force and said; the others work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from difflib import get_close_matches
from enum import StrEnum

import msgspec

TIME_OUT = 0.02
"""Seconds that one search may take."""
MAX_PATTERN = 1_000
"""Characters of a pattern."""

TYPES = (
    "thinking", "token", "tool_call", "tool_result", "done", "error", "message", "other", "undecodable", "gap",
)  # fmt: skip
"""What `type` may be: the chunk types, `message`, `other` for every unknown chunk type (`other:NAME` for one of them),
and what chatwatch shows besides."""
STATES = ("waiting", "thinking", "answering", "tool", "done", "error", "stalled")
WITH_TEXT = frozenset({"thinking", "token", "tool_call", "tool_result", "error", "message", "other", "undecodable"})
OF_TOOLS = frozenset({"tool_call", "tool_result"})


class PaneColour(StrEnum):
    """Colours that a pane's frame can have; a theme says which one exactly."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    MAGENTA = "magenta"
    CYAN = "cyan"


COLOURS: dict[str, PaneColour] = {colour.value: colour for colour in PaneColour} | {
    "bad": PaneColour.RED,
    "warning": PaneColour.YELLOW,
    "good": PaneColour.GREEN,
    "accent": PaneColour.BLUE,
    "thinking": PaneColour.MAGENTA,
    "tool": PaneColour.CYAN,
}
"""By name, and by what a theme uses them for."""


class Rule(msgspec.Struct, frozen=True):
    """What shall be noticed: at least one of `match`, `type`, `tool` and `state`; of several all must hold."""

    name: str
    """How it is called in pane, list and alerts; no two have the same."""
    match: str = ""
    """A regular expression, found anywhere in text, tool arguments, results, errors or messages; `(?i)` in front
    ignores case."""
    type: str = ""
    """thinking, token, tool_call, tool_result, done, error, message, undecodable, gap, other (every unknown type), or
    other:NAME."""
    tool: str = ""
    """Name of a tool, `*` and `?` as in file names; alone: that it is called."""
    state: str = ""
    """waiting, thinking, answering, tool, done, error or stalled."""
    pane_colour: str = ""
    """Of frame and sign: red, yellow, green, blue, magenta, cyan, or bad, warning, good, accent, thinking, tool."""
    attention: bool = True
    """A hit needs the operator: it goes to the top of the list, and `!` goes there."""
    alert: bool = True
    """A hit that needs the operator is told by the ways that `[alerts]` switches on."""


def looks_for_the_same(rule: Rule, other: Rule) -> bool:
    """Whether what one of them is hit by hits the other; they may differ in what follows from it."""
    return all(getattr(rule, each) == getattr(other, each) for each in ("name", "match", "type", "tool", "state"))


class RuleProblem(msgspec.Struct, frozen=True):
    """A mistake in a rule."""

    index: int
    """Which rule, from 0."""
    field: str
    """Which of its keys; blank for the rule as a whole."""
    words: str
    """What, and what was expected. What it quotes is the operator's own."""

    def __str__(self) -> str:
        return f"{self.field}: {self.words}" if self.field else self.words


class RuleLeftOut(msgspec.Struct, frozen=True):
    """A mistake because of which a rule was not even taken from the settings; there may be several of one rule."""

    index: int
    """Which rule of the settings, from 0."""
    words: str
    """Where, and what."""


def mistakes(index: int, rule: Rule, names: Set[str]) -> Iterator[RuleProblem]:
    """What is wrong with the rule of that index, where those before it have these names."""

    def wrong(field: str, words: str) -> RuleProblem:
        return RuleProblem(index, field, words)

    if not rule.name.strip():
        yield wrong("name", "a rule needs a name")
    elif rule.name in names:
        yield wrong("name", f"another rule is called {rule.name!r}")
    if not (rule.match or rule.type or rule.tool or rule.state):
        yield wrong("", "it is about nothing: give match, type, tool or state")
    if rule.match and (words := _pattern_mistake(rule.match)):
        yield wrong("match", words)
    kind, _, other = rule.type.partition(":")
    if rule.type and not (kind in TYPES if not other else kind == "other"):
        yield wrong("type", _unknown(rule.type, "type", TYPES))
    if rule.tool and kind and kind not in OF_TOOLS:
        yield wrong("type", f"with tool, type is tool_call or tool_result, not {rule.type!r}")
    if rule.match and kind in TYPES and kind not in WITH_TEXT:
        yield wrong("match", f"{kind} has no text to match")
    if rule.state and rule.state not in STATES:
        yield wrong("state", _unknown(rule.state, "state", STATES))
    if rule.state == "stalled" and (rule.match or rule.type or rule.tool):
        yield wrong("state", 'nothing comes while it is stalled: state = "stalled" stands alone')
    if rule.pane_colour and rule.pane_colour not in COLOURS:
        yield wrong("pane_colour", _unknown(rule.pane_colour, "colour", tuple(COLOURS)))


def _pattern_mistake(pattern: str) -> str:
    import regex  # here, so that a start without rules does not wait for it

    if len(pattern) > MAX_PATTERN:
        return f"longer than {MAX_PATTERN:,} characters"
    try:
        compiled = regex.compile(pattern)
        if compiled.search("", timeout=TIME_OUT) is not None:
            return "it matches the empty text, and so everything"
    except regex.error as problem:
        return f"not a regular expression: {problem}"
    except (TimeoutError, RecursionError, OverflowError, MemoryError):
        return "too much for a regular expression"
    return ""


def _unknown(given: str, what: str, valid: Sequence[str]) -> str:
    near = get_close_matches(given, valid, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"no {what} is called {given!r}{meant} ({', '.join(valid)})"
