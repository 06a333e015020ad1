"""Looking for what the operator's rules are about (`rules`), in every conversation.

A hit stays until the operator acknowledges the conversation; that of a rule on nothing but a state ends when the state
is left.

Rules look at joined runs, never at single chunks, and at nothing where there are none. Flowing text comes in runs whose
borders mean nothing, so the last `TAIL` characters are looked at again with the next run: a match across a border is
found, unless it is longer than that. (`$` and a look-ahead see what has come so far.) A hole in the stream ends a flow.

A pattern is the operator's, the text is not: a search has `TIME_OUT` seconds, and a rule that needs more, or that takes
more than `SHARE` of a core for long over what any pattern would need for so much text, is switched off with a word
(`RuleSet.news`). That is why this is the `regex` package: the standard library's engine cannot be stopped.
"""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from chatwatch_tui.core.rules import (
    COLOURS,
    OF_TOOLS,
    STATES,
    TIME_OUT,
    TYPES,
    WITH_TEXT,
    PaneColour,
    Rule,
    RuleProblem,
    mistakes,
)

if TYPE_CHECKING:
    import regex

TAIL = 256
"""Characters of flowing text that are looked at again with what follows."""
PIECE = 32_768
"""Characters that are searched at once."""
MAX_TEXT = 262_144
"""Characters of one run or payload that are looked at."""
SHARE = 0.05
"""Of a core, that one rule may take in the long run ..."""
BURST = 0.25
"""... and seconds of a core that it may take at once."""
FAIR = 0.5e-6
"""Seconds per character that are no reason to switch a rule off: a flood is not the pattern's fault."""
MAX_TOOL_NAME = 200


class RuleHit(msgspec.Struct, frozen=True):
    """A rule was hit, first at `at` (Unix seconds)."""

    rule: Rule
    at: float
    block: int = -1
    """Id of the transcript's block in which it was; -1 where it is about a state."""


class _Armed:
    """A rule that is in force."""

    def __init__(self, rule: Rule) -> None:
        """Raises regex.error for a bad pattern."""
        self.rule = rule
        self.pattern: regex.Pattern[str] | None = None
        if rule.match:
            import regex  # here, so that a start without rules does not wait for it

            self.pattern = regex.compile(rule.match)
        self.off = ""
        """Why it was switched off."""
        self.is_state_alone = bool(rule.state) and not (rule.match or rule.type or rule.tool)
        self._spent = 0.0
        self._spent_at = 0.0

    def is_about(self, kind: str, name: str) -> bool:
        """Whether it can be hit by that type; `name` is the wire's own word for it."""
        rule = self.rule
        if self.is_state_alone:
            return False
        if rule.type:
            return rule.type == kind or (kind == "other" and rule.type == f"other:{name}")
        if rule.tool:
            return kind in OF_TOOLS if rule.match else kind == "tool_call"
        return kind in WITH_TEXT

    def found_to(self, text: str, start: int) -> int | None:
        """Where the first match from `start` on ends; -1 where there is none, None where it is switched off by it."""
        assert self.pattern is not None
        began = time.thread_time()
        try:
            found = self.pattern.search(text, start, timeout=TIME_OUT)
        except TimeoutError:
            self.off = f"its pattern took longer than {TIME_OUT * 1000:.0f} ms"
            return None
        now = time.monotonic()
        needless = time.thread_time() - began - (len(text) - start) * FAIR
        self._spent = max(0.0, self._spent + needless - (now - self._spent_at) * SHARE)
        self._spent_at = now
        if self._spent > BURST:
            self.off = "its pattern took too much of the processor"
            return None
        return found.end() if found is not None else -1


class RuleSet:
    """All rules of a session, as far as they are right. Shared by all conversations; what is muted is kept here."""

    def __init__(self, rules: Sequence[Rule] = (), *, muted: Iterable[str] = ()) -> None:
        self.problems: list[RuleProblem] = []
        """What is wrong with the others."""
        self.muted: set[str] = set()
        """Names of the rules whose alerts the operator does not want."""
        self.news: list[str] = []
        """What was switched off and why, as sentences for the operator; whoever shows them empties it."""
        self._armed: list[_Armed] = []
        names: set[str] = set()
        for index, rule in enumerate(rules):
            wrong = list(mistakes(index, rule, names))
            names.add(rule.name)
            self.problems += wrong
            if not wrong:
                self._armed.append(_Armed(rule))
        self.muted.update(names.intersection(muted))
        self._by_kind = {kind: self._about(kind, "") for kind in TYPES}
        self.by_state = {
            state: [each for each in self._armed if each.is_state_alone and each.rule.state == state]
            for state in STATES
        }

    def __len__(self) -> int:
        return len(self._armed)

    @property
    def rules(self) -> list[Rule]:
        """Those that are right."""
        return [each.rule for each in self._armed]

    def about(self, kind: str, name: str = "") -> tuple[_Armed, ...]:
        """Those that can be hit by a type."""
        return self._about(kind, name) if kind == "other" else self._by_kind[kind]

    def switch_off(self, armed: _Armed) -> None:
        """It is switched off: say so."""
        self.news.append(f"Rule {armed.rule.name!r} is switched off: {armed.off}.")
        self._by_kind = {kind: self._about(kind, "") for kind in TYPES}

    def _about(self, kind: str, name: str) -> tuple[_Armed, ...]:
        return tuple(each for each in self._armed if not each.off and each.is_about(kind, name))


class RuleWatch:
    """The rules over one conversation."""

    __slots__ = ("_block", "_ends", "_flow", "_is_stalled", "_set", "_state", "_tail", "asks", "hits")

    def __init__(self, rules: RuleSet, state: str = "", *, before: RuleWatch | None = None) -> None:
        self._set = rules
        self._state = state
        self._is_stalled: bool = before is not None and before._is_stalled
        self._flow = ""
        self._block = -1
        """The block that is being seen."""
        self._tail = ""
        self._ends: dict[_Armed, int] = {}
        """Where in the tail the last match of a rule ended."""
        self.hits: dict[str, RuleHit] = {}
        """Since the last acknowledgement, by name of the rule, the first of each."""
        self.asks = False
        """Whether one of them needs the operator."""
        if before is not None:
            kept = set(rules.rules)
            self.hits = {name: hit for name, hit in before.hits.items() if hit.rule in kept}
            self._count()

    @property
    def foremost(self) -> RuleHit | None:
        """The hit that needs the operator: the oldest that may be alerted of, else the oldest."""
        asking = [hit for hit in self.hits.values() if hit.rule.attention]
        muted = self._set.muted
        return min(asking, key=lambda hit: (not hit.rule.alert or hit.rule.name in muted, hit.at), default=None)

    @property
    def shown(self) -> RuleHit | None:
        """The hit that pane and list show: the foremost, else the newest with a colour."""
        if not self.hits:
            return None
        coloured = [hit for hit in self.hits.values() if hit.rule.pane_colour]
        return self.foremost or (coloured[-1] if coloured else None)

    @property
    def colour(self) -> PaneColour | None:
        """The pane's colour: of the hit that is shown, else of the newest that has one."""
        if not self.hits:
            return None
        shown = self.shown
        named = shown.rule.pane_colour if shown is not None else ""
        named = named or next((hit.rule.pane_colour for hit in [*self.hits.values()][::-1] if hit.rule.pane_colour), "")
        return COLOURS.get(named)

    # -- what the conversation tells -------------------------------------------------------------------------------

    def see(
        self, kind: str, text: str, at: float, *, flow: str = "", tool: str = "", name: str = "", block: int = -1
    ) -> None:
        """A run or an event of one of `TYPES`. Runs of one `flow` that follow each other are one text. `block` is the
        id of the transcript's block that it went into."""
        continues = bool(flow) and flow == self._flow
        if not continues:
            self.break_flow()
            self._flow = flow
        about = self._set.about(kind, name)
        if not about:
            return
        self._block = block
        fits = [each for each in about if self._fits(each.rule, tool)]
        for each in fits:
            if each.pattern is None and not continues:
                self._hit(each.rule, at)
        for start in range(0, min(len(text), MAX_TEXT), PIECE):
            self._search(fits, text[start : start + PIECE], at)
        if not flow:
            self.break_flow()
        self._block = -1

    def break_flow(self) -> None:
        """What comes now does not go on with what came before."""
        self._flow = self._tail = ""
        self._ends.clear()

    def entered(self, state: str, at: float) -> None:
        """The conversation is in another state now."""
        if state != self._state:
            self._left(self._state)
            self._state = state
            for each in self._set.by_state.get(state, ()):
                self._hit(each.rule, at)

    def stalled(self, is_stalled: bool, at: float) -> bool:
        """It is stalled, or is not; to be told more than once. Whether that changed anything."""
        if is_stalled == self._is_stalled:
            return False
        self._is_stalled = is_stalled
        if is_stalled:
            for each in self._set.by_state["stalled"]:
                self._hit(each.rule, at)
        else:
            self._left("stalled")
        return bool(self._set.by_state["stalled"])

    def acknowledge(self) -> None:
        """The operator has seen all hits."""
        self.hits.clear()
        self.asks = False

    # -- inside ----------------------------------------------------------------------------------------------------

    def _fits(self, rule: Rule, tool: str) -> bool:
        if rule.state and rule.state != self._state:
            return False
        return not rule.tool or fnmatch.fnmatchcase(tool[:MAX_TOOL_NAME], rule.tool)

    def _search(self, about: list[_Armed], text: str, at: float) -> None:
        kept = len(self._tail)
        whole = self._tail + text if kept else text
        for each in about:
            if each.pattern is None or each.off:
                continue
            # The first character of a tail is there to be looked back at: it is not where the text begins.
            start = max(self._ends.get(each, 0), kept >= TAIL)
            end = each.found_to(whole, start)
            if end is None:
                self._set.switch_off(each)
            elif end >= 0:
                self._ends[each] = end
                self._hit(each.rule, at)
        self._tail = whole[-TAIL:]
        if gone := len(whole) - len(self._tail):
            self._ends = {each: end - gone for each, end in self._ends.items() if end > gone}

    def _left(self, state: str) -> None:
        if not self.hits:
            return
        for each in self._set.by_state.get(state, ()):
            self.hits.pop(each.rule.name, None)
        self._count()

    def _hit(self, rule: Rule, at: float) -> None:
        if rule.name not in self.hits:
            self.hits[rule.name] = RuleHit(rule, at, self._block)
            self.asks = self.asks or rule.attention

    def _count(self) -> None:
        self.asks = any(hit.rule.attention for hit in self.hits.values())
