"""The text of selected rows: what was seen, unwrapped.

Lines that a filter hides, and parts and blocks that a level hides, are not in it. Of what a pane shows in less than it
is (a payload, a text in one line) it is the whole.

The first row may begin in the middle of a secret: what was selected knows the passages that it was cut from, so that
redaction sees them whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Self

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.events import Delivery, Gap
from chatwatch_tui.core.redaction import Cutting
from chatwatch_tui.ui.block_layout import FixedLayout
from chatwatch_tui.ui.block_rows import describe_gap
from chatwatch_tui.ui.export import Passage, passage_of, passage_text, tool_texts
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pointing import offset_of
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.sifted_text import SiftedText
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.text_layout import FoldedText


class Selected(str):
    """Selected text, hostile, and what it was cut from."""

    __slots__ = ("cuttings",)

    cuttings: Sequence[Cutting]
    """The text is theirs, a line end between two."""

    def __new__(cls, cuttings: Sequence[Cutting]) -> Self:
        """The text of the cuttings."""
        self = super().__new__(cls, "\n".join(each.text for each in cuttings))
        self.cuttings = cuttings
        return self


def text_between(view: PaneView, first: int, last: int) -> Selected:
    """What a reader sees from one row of the layout to another, both included; hostile."""
    layout = view.layout
    if isinstance(layout, RawLayout):
        ordinals = dict.fromkeys(map(layout.ordinal_of, range(first, last + 1)))
        return Selected([_all_of("\n".join(_payload(layout.received(ordinal).delivery) for ordinal in ordinals))])
    cuttings: list[Cutting] = []
    flowing: _Flowing | None = None
    for block, begin, end in _blocks_between(layout, first, last):
        if flowing is not None and not (isinstance(block, TextBlock) and block.continues):
            cuttings.append(flowing.cutting())
            flowing = None
        if isinstance(block, TextBlock):
            flowing = flowing or _Flowing(passage_of(layout.transcript, block))
            flowing.take(layout, block, begin, end)
        elif isinstance(block, ToolBlock):
            cuttings += map(_all_of, _tool(layout, block, begin, end))
        else:
            cuttings.append(_all_of(passage_text(Passage([block], ""))))
    if flowing is not None:
        cuttings.append(flowing.cutting())
    return Selected(cuttings)


def _all_of(text: str) -> Cutting:
    return Cutting(text, [(0, len(text))])


def _payload(delivery: Delivery) -> str:
    if isinstance(delivery, Gap):
        return describe_gap(delivery)
    data = delivery if isinstance(delivery, bytes) else delivery.data
    return data.decode("utf-8", "backslashreplace")


def _blocks_between(layout: StreamLayout, first: int, last: int) -> Iterator[tuple[Block, int, int]]:
    """The blocks of these rows, each with its first and last one among them."""
    row = first
    while row <= last:
        block = layout.block_at(row)
        end = row
        while end < last and layout.block_at(end + 1) is block:
            end += 1
        if block is not None:
            yield block, row, end
        row = end + 1


class _Flowing:
    """What is selected of a passage of flowing text, page by page."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._begins = dict(
            zip(
                (page.id for page in passage.blocks),
                accumulate((len(page.text) for page in passage.blocks if isinstance(page, TextBlock)), initial=0),
                strict=False,
            )
        )
        """Where each page begins in the passage."""
        self._parts: list[tuple[int, int]] = []

    def take(self, layout: StreamLayout, block: TextBlock, first: int, last: int) -> None:
        """From row to row of a page."""
        rows = layout.layout_at(first)
        if isinstance(rows, FoldedText):
            self._parts = [(0, len(self._passage.text))]
            return
        begin = offset_of(block.text, layout.place(first).solid)
        stop = len(block.text)
        if last + 1 < len(layout) and layout.block_at(last + 1) is block:
            stop = offset_of(block.text, layout.place(last + 1).solid)
        parts: Iterable[tuple[int, int]] = [(begin, stop)]
        if isinstance(rows, SiftedText):
            parts = ((max(begin, start), min(stop, end)) for start, end in rows.lines())
        at = self._begins[block.id]
        self._parts += [(at + start, at + end) for start, end in parts if start < end]

    def cutting(self) -> Cutting:
        """Without the line ends around it and the blanks behind it."""
        text = Cutting(self._passage.text, self._parts).text
        kept = text.strip("\n").rstrip()
        before = len(text) - len(text.lstrip("\n"))
        return Cutting(self._passage.text, [*_from_to(self._parts, before, before + len(kept))])


def _from_to(parts: Iterable[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Parts without what stands before and behind two places of the text that they make up."""
    passed = 0
    for begin, end in parts:
        start, stop = begin + max(0, first - passed), begin + min(end - begin, last - passed)
        passed += end - begin
        if start < stop:
            yield start, stop


def _tool(layout: StreamLayout, block: ToolBlock, first: int, last: int) -> list[str]:
    """Call and result, whichever are among the rows."""
    texts: list[str] = [*tool_texts(block)]
    rows, top = layout.layout_at(first), layout.top_of(block.id)
    if isinstance(rows, FixedLayout) and top is not None:
        results = top + layout.lead_of(block.id) + rows.call_rows
        texts = texts[first >= results : 1 + (last >= results)]
    return [text for text in texts if text]
