"""The rows of a pane in which the operator's rules were hit: the matched words are shown until they are acknowledged.

As a search's hits they are marked when a row is drawn. Only blocks of which a row is drawn are looked through, each
once a revision, from the block of the first hit on; a pattern that takes too long is not looked for any more, which is
said. Where no rule with a pattern was hit there is no `RuleHighlight` at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatwatch_tui.core.blocks import Block, ErrorBlock, OtherBlock, TextBlock, ToolBlock, UndecodableBlock
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rule_watch import RuleHit, RuleWatch
from chatwatch_tui.core.rules import TIME_OUT, Rule
from chatwatch_tui.core.search import Matcher, Query
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.found import Found
from chatwatch_tui.ui.found_text import Hit, hits_in, parts_of
from chatwatch_tui.ui.highlight import Highlight
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.searching import Search
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink

if TYPE_CHECKING:
    import regex

_PANE = 0
"""A highlight of a search knows its pane; here it is the only one."""


@lru_cache(maxsize=64)
def _pattern(match: str) -> regex.Pattern[str]:
    import regex  # here, so that a start without rules does not wait for it

    return regex.compile(match)


class _RuleMatcher(Matcher):
    """The patterns of several rules as one query."""

    def __init__(self, rules: RuleSet) -> None:
        super().__init__("")
        self._all = rules
        self.wanted: list[Rule] = []
        """Rules whose words are looked for."""

    def spans(
        self, text: str, most: int | None = None, *, begin: int = 0, until: int | None = None
    ) -> list[tuple[int, int]]:
        """As `Matcher.spans`, of all of them; where two overlap, of the first."""
        found: list[tuple[int, int]] = []
        for rule in self.wanted:
            if rule.name in self._all.unmarked:
                continue
            try:
                found += [each.span() for each in _pattern(rule.match).finditer(text, begin, until, timeout=TIME_OUT)]
            except TimeoutError:
                self._all.leave_unmarked(rule)
        spans: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if start < end and (not spans or start >= spans[-1][1]):
                spans.append((start, end))
        return spans[:most]


class RuleHighlight(Highlight):
    """What rules have found in one conversation."""

    INK = Ink.RULE

    def __init__(self, transcript: Transcript, rules: RuleSet) -> None:
        self.rules = rules
        self._matcher = _RuleMatcher(rules)
        super().__init__(Search(Query(""), self._matcher), _PANE)
        self.transcript = transcript
        """What it is about."""
        self._found = self.search.found[_PANE] = Found(transcript, 0)
        self._hits: list[RuleHit] = []
        self._looked_through: dict[int, int] = {}
        """Revision of each block that was."""

    def look_for(self, hits: list[RuleHit]) -> None:
        """What these hits were about."""
        if hits != self._hits:
            self._hits = hits
            self._looked_through.clear()
            self._found.by_block.clear()

    def row(self, layout: StreamLayout | RawLayout, number: int) -> Row | None:
        """A row with what was hit in it; None where nothing was, and it is drawn as it is."""
        block = None if isinstance(layout, RawLayout) else layout.block_at(number)
        if block is None or not self._found_in(block):
            return None
        return super().row(layout, number)

    def cause(self, layout: StreamLayout | RawLayout, hit: RuleHit) -> int | None:
        """The layout's row of what a rule was hit by; None where it has none."""
        block = layout.transcript.block(hit.block)
        if block is None:
            return None
        if isinstance(layout, RawLayout):
            return layout.top_of(block.id)
        found = self._hits_of([hit.rule], block)  # others may have been hit above it in the same text
        return self.row_of(layout, block.id, found[0] if found else Hit(0, 1, 0, 0))

    def _found_in(self, block: Block) -> list[Hit]:
        if self._looked_through.get(block.id) != block.revision:
            if len(self._looked_through) > 256:
                self._looked_through.clear()
                self._found.by_block.clear()
            self._looked_through[block.id] = block.revision
            rules = [each.rule for each in self._hits if each.block <= block.id]
            self._found.by_block[block.id] = self._hits_of(rules, block)
        return self._found.by_block[block.id]

    def _hits_of(self, rules: list[Rule], block: Block) -> list[Hit]:
        wanted = self._matcher.wanted = [each for each in rules if each.match and _is_about(each, block)]
        return hits_in(self._matcher, parts_of(block)).hits if wanted else []


def highlight_of(rules: RuleWatch, transcript: Transcript, before: RuleHighlight | None) -> RuleHighlight:
    """The one of these rows, for what is hit now; the same as before where it still serves."""
    serves = before is not None and before.transcript is transcript and before.rules is rules.rule_set
    found = before if before is not None and serves else RuleHighlight(transcript, rules.rule_set)
    found.look_for([each for each in rules.hits.values() if each.rule.match])
    return found


def _is_about(rule: Rule, block: Block) -> bool:
    """Whether the rule looks at such blocks."""
    if rule.tool:
        return isinstance(block, ToolBlock)
    kind = rule.type.partition(":")[0]
    if isinstance(block, TextBlock):
        return kind in ("", "message" if block.role else block.flow)
    if isinstance(block, ToolBlock):
        return kind in ("", "tool_call", "tool_result")
    if isinstance(block, ErrorBlock):
        return kind in ("", "error")
    if isinstance(block, OtherBlock):
        return kind in ("", "other")
    return isinstance(block, UndecodableBlock) and kind in ("", "undecodable")
