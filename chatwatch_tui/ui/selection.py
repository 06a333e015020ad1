"""The text of selected rows: what was seen, unwrapped.

Lines that a filter hides, and parts and blocks that a level hides, are not in it. Of what a pane shows in less than it
is (a payload, a text in one line) it is the whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.events import Delivery, Gap
from chatwatch_tui.ui.block_layout import FixedLayout
from chatwatch_tui.ui.block_rows import describe_gap
from chatwatch_tui.ui.export import Passage, passage_of, passage_text, tool_texts
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pointing import offset_of
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.sifted_text import SiftedText
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.text_layout import FoldedText


def text_between(view: PaneView, first: int, last: int) -> str:
    """What a reader sees from one row of the layout to another, both included; hostile."""
    layout = view.layout
    if isinstance(layout, RawLayout):
        ordinals = dict.fromkeys(map(layout.ordinal_of, range(first, last + 1)))
        return "\n".join(_payload(layout.received(ordinal).delivery) for ordinal in ordinals)
    pieces: list[str] = []
    flowing: str | None = None
    for block, begin, end in _blocks_between(layout, first, last):
        if flowing is not None and not (isinstance(block, TextBlock) and block.continues):
            pieces.append(_trimmed(flowing))
            flowing = None
        if isinstance(block, TextBlock):
            flowing = (flowing or "") + _flowing(layout, block, begin, end)
        elif isinstance(block, ToolBlock):
            pieces += _tool(layout, block, begin, end)
        else:
            pieces.append(passage_text(Passage([block], "")))
    if flowing is not None:
        pieces.append(_trimmed(flowing))
    return "\n".join(pieces)


def _payload(delivery: Delivery) -> str:
    if isinstance(delivery, Gap):
        return describe_gap(delivery)
    data = delivery if isinstance(delivery, bytes) else delivery.data
    return data.decode("utf-8", "backslashreplace")


def _trimmed(text: str) -> str:
    return text.strip("\n").rstrip()


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


def _flowing(layout: StreamLayout, block: TextBlock, first: int, last: int) -> str:
    """A text from row to row."""
    rows = layout.layout_at(first)
    if isinstance(rows, FoldedText):
        return passage_of(layout.transcript, block).text
    begin = offset_of(block.text, layout.place(first).solid)
    stop = len(block.text)
    if last + 1 < len(layout) and layout.block_at(last + 1) is block:
        stop = offset_of(block.text, layout.place(last + 1).solid)
    if not isinstance(rows, SiftedText):
        return block.text[begin:stop]
    lines = ((max(begin, start), min(stop, end)) for start, end in rows.lines())
    return "".join(block.text[start:end] for start, end in lines if start < end)


def _tool(layout: StreamLayout, block: ToolBlock, first: int, last: int) -> list[str]:
    """Call and result, whichever are among the rows."""
    texts: list[str] = [*tool_texts(block)]
    rows, top = layout.layout_at(first), layout.top_of(block.id)
    if isinstance(rows, FixedLayout) and top is not None:
        results = top + layout.lead_of(block.id) + rows.call_rows
        texts = texts[first >= results : 1 + (last >= results)]
    return [text for text in texts if text]
