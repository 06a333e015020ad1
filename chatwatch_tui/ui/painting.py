"""Letters of a finished row in other inks."""

from __future__ import annotations

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row, Span
from chatwatch_tui.ui.themes import Ink

Mark = tuple[int, int, Ink]
"""Letters of a row, from and to, and how they are drawn."""


def painted(row: Row, marks: list[Mark]) -> Row:
    """The row with these letters in other inks. `marks` are in order and do not overlap."""
    spans: list[Span] = []
    begin = 0
    for text, ink in row:
        end, at = begin + len(text), begin
        for first, last, its in marks:
            first, last = max(first, begin), min(last, end)
            if first < last:
                spans += [(SafeText(text[at - begin : first - begin]), ink)] if first > at else []
                spans.append((SafeText(text[first - begin : last - begin]), its))
                at = last
        if at < end:
            spans.append((SafeText(text[at - begin :]), ink))
        begin = end
    return tuple(spans)
