"""Looking for what the operator's rules are about (`rules`), in every conversation.

A hit stays until the operator acknowledges the conversation; that of a rule on nothing but a state ends when the state
is left.

Rules look at joined runs, never at single chunks, and at nothing where there are none. Flowing text comes in runs whose
borders mean nothing, so the last `TAIL` characters are looked at again with the next run: a match across a border is
found, unless it is longer than that. (`$` and a look-ahead see what has come so far.) A hole in the stream ends a flow.
"""

from __future__ import annotations

import fnmatch

import msgspec

from chatwatch_tui.core.rule_set import ArmedRule, RuleSet
from chatwatch_tui.core.rules import COLOURS, PaneColour, Rule, looks_for_the_same

TAIL = 256
"""Characters of flowing text that are looked at again with what follows."""
PIECE = 32_768
"""Characters that are searched at once."""
MAX_TEXT = 262_144
"""Characters of one run or payload that are looked at."""
MAX_TOOL_NAME = 200


class RuleHit(msgspec.Struct, frozen=True):
    """A rule was hit, first at `at` (Unix seconds)."""

    rule: Rule
    at: float
    block: int = -1
    """Id of the transcript's block in which it was; -1 where it is about a state."""


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
        self._ends: dict[ArmedRule, int] = {}
        """Where in the tail the last match of a rule ended."""
        self.hits: dict[str, RuleHit] = {}
        """Since the last acknowledgement, by name of the rule, the first of each."""
        self.asks = False
        """Whether one of them needs the operator."""
        if before is not None:
            self._take_over(before.hits)

    @property
    def rule_set(self) -> RuleSet:
        """All rules of the session."""
        return self._set

    @property
    def asking(self) -> list[RuleHit]:
        """The hits that need the operator: those that may be alerted of before the others, the oldest first."""
        asking = [hit for hit in self.hits.values() if hit.rule.attention]
        return sorted(asking, key=lambda hit: (not hit.rule.alert or self.is_muted(hit), hit.at))

    @property
    def foremost(self) -> RuleHit | None:
        """The first of those."""
        return next(iter(self.asking), None)

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

    def is_muted(self, hit: RuleHit) -> bool:
        """Whether the operator wants no alert of that rule."""
        return hit.rule.name in self._set.muted

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
        """The conversation is in another state now, or in that of an error anew: another turn failed."""
        if state != self._state or state == "error":
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

    def _take_over(self, before: dict[str, RuleHit]) -> None:
        rules = {each.name: each for each in self._set.rules}
        for name, hit in before.items():
            rule = rules.get(name)
            if rule is not None and looks_for_the_same(rule, hit.rule):
                self.hits[name] = msgspec.structs.replace(hit, rule=rule)
        self._count()

    def _fits(self, rule: Rule, tool: str) -> bool:
        if rule.state and rule.state != self._state:
            return False
        return not rule.tool or fnmatch.fnmatchcase(tool[:MAX_TOOL_NAME], rule.tool)

    def _search(self, about: list[ArmedRule], text: str, at: float) -> None:
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
