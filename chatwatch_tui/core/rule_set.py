"""The operator's rules as one set: which are in force, which are not and why.

A pattern is the operator's, the text is not: a search has `TIME_OUT` seconds, and a rule that needs more, or that takes
more than `SHARE` of a core for long over what any pattern would need for so much text, is switched off with a word
(`RuleSet.news`), and stays among those that are `out_of_force`. That is why this is the `regex` package: the standard
library's engine cannot be stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chatwatch_tui.core.rules import (
    OF_TOOLS,
    STATES,
    TIME_OUT,
    TYPES,
    WITH_TEXT,
    Rule,
    RuleLeftOut,
    RuleProblem,
    mistakes,
)

if TYPE_CHECKING:
    import regex

SHARE = 0.05
"""Of a core, that one rule may take in the long run ..."""
BURST = 0.25
"""... and seconds of a core that it may take at once."""
FAIR = 0.5e-6
"""Seconds per character that are no reason to switch a rule off: a flood is not the pattern's fault."""


class ArmedRule:
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

    @property
    def farewell(self) -> str:
        """A sentence on its being switched off."""
        return f"Rule {self.rule.name!r} is switched off: {self.off}. Make it simpler in the settings."

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
            found = self._search(self.pattern, text, start)
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

    def _search(self, pattern: regex.Pattern[str], text: str, start: int) -> regex.Match[str] | None:
        """Raises TimeoutError for a pattern that is too slow twice: a virtual machine that stood still charges us with
        it, which over a long watch will happen."""
        try:
            return pattern.search(text, start, timeout=TIME_OUT)
        except TimeoutError:
            return pattern.search(text, start, timeout=TIME_OUT)


class RuleSet:
    """All rules of a session, as far as they are right. Shared by all conversations; what is muted is kept here."""

    def __init__(
        self, rules: Sequence[Rule] = (), *, muted: Iterable[str] = (), left_out: Sequence[RuleLeftOut] = ()
    ) -> None:
        self.left_out = left_out
        """What is wrong with those that whoever read the settings kept back."""
        self.problems: list[RuleProblem] = []
        """What is wrong with the others."""
        self.muted: set[str] = set()
        """Names of the rules whose alerts the operator does not want."""
        self.news: list[str] = []
        """What was switched off and why, as sentences for the operator; whoever shows them empties it."""
        self.unmarked: dict[str, None] = {}
        """Names of the rules whose words are not looked for in panes: that took too long. The last is the newest."""
        self._armed: list[ArmedRule] = []
        names: set[str] = set()
        for index, rule in enumerate(rules):
            wrong = list(mistakes(index, rule, names))
            names.add(rule.name)
            self.problems += wrong
            if not wrong:
                self._armed.append(ArmedRule(rule))
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

    @property
    def off(self) -> int:
        """How many are out of force, left out, wrong or switched off."""
        wrong = len({each.index for each in self.left_out}) + len({each.index for each in self.problems})
        return wrong + sum(bool(each.off) for each in self._armed)

    @property
    def out_of_force(self) -> list[str]:
        """What does not work, and why, as sentences for the operator."""
        return [
            *(each.words if each.words.endswith((".", "?")) else f"{each.words}." for each in self.left_out),
            *(f"Rule {each.index + 1} is out of force: {each}" for each in self.problems),
            *(each.farewell for each in self._armed if each.off),
            *(f"The words of rule {name!r} are not marked: finding them took too long." for name in self.unmarked),
        ]

    def about(self, kind: str, name: str = "") -> tuple[ArmedRule, ...]:
        """Those that can be hit by a type."""
        return self._about(kind, name) if kind == "other" else self._by_kind[kind]

    def switch_off(self, armed: ArmedRule) -> None:
        """It is switched off: say so."""
        self.news.append(armed.farewell)
        self._by_kind = {kind: self._about(kind, "") for kind in TYPES}

    def leave_unmarked(self, rule: Rule) -> None:
        """Finding its words in what is shown takes too long: say so, once."""
        if rule.name not in self.unmarked:
            self.unmarked[rule.name] = None
            self.news.append(self.out_of_force[-1])

    def _about(self, kind: str, name: str) -> tuple[ArmedRule, ...]:
        return tuple(each for each in self._armed if not each.off and each.is_about(kind, name))
