"""From a row of a pane to what it shows: the block, the place in its text, the delivery; and text between two rows."""

from __future__ import annotations

import re

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.events import Delivery, Gap
from chatwatch_tui.core.origins import Origins
from chatwatch_tui.core.safetext import make_safe
from chatwatch_tui.ui.block_rows import describe_gap
from chatwatch_tui.ui.export import Passage, passage_text
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.raw_layout import RawLayout

_SOLID = re.compile(r"\S")


def offset_of(text: str, solid: int) -> int:
    """Where in hostile text the letter stands that has so many non-blank letters before it in the safe text."""
    safe = make_safe(text)
    if safe == text:
        return _nth_solid(text, solid)
    low, high = 0, len(text)
    while low < high:  # making it safe makes text longer, by how much depends on the text
        middle = (low + high) // 2
        if sum(map(len, make_safe(text[: middle + 1]).split())) > solid:
            high = middle
        else:
            low = middle + 1
    return low


def _nth_solid(text: str, solid: int) -> int:
    for number, found in enumerate(_SOLID.finditer(text)):
        if number == solid:
            return found.start()
    return len(text)


def block_under(view: PaneView, row: int) -> tuple[Block, int] | None:
    """The block that a row of the layout shows, and where in its text the row begins."""
    block = view.layout.block_at(row)
    if block is None:
        return None
    if not isinstance(block, TextBlock) or isinstance(view.layout, RawLayout):
        return block, 0
    return block, offset_of(block.text, view.layout.place(row).solid)


def ordinal_under(view: PaneView, row: int, *, newest: bool = False) -> tuple[Block, int | None] | None:
    """The block of a row, and the ordinal of the delivery that its first letter came with (its last one: `newest`)."""
    found = block_under(view, row)
    if found is None:
        return None
    block, offset = found
    if isinstance(view.layout, RawLayout):
        return block, view.layout.ordinal_of(row)
    conversation = view.conversation
    origins = Origins(view.frozen or conversation.transcript, conversation.raw, conversation.decoder)
    if newest and (ordinals := origins.ordinals(block)):
        return block, ordinals[-1]
    if isinstance(block, ToolBlock) and block.called and block.result_delivery >= 0 and _is_second(view, row):
        return block, block.result_delivery
    return block, origins.ordinal_at(block, offset)


def _payload(delivery: Delivery) -> str:
    if isinstance(delivery, Gap):
        return describe_gap(delivery)
    data = delivery if isinstance(delivery, bytes) else delivery.data
    return data.decode("utf-8", "backslashreplace")


def _is_second(view: PaneView, row: int) -> bool:
    """Whether a row is not the first one of its block."""
    return row > 0 and view.layout.block_at(row - 1) is view.layout.block_at(row)


def text_between(view: PaneView, first: int, last: int) -> str:
    """What a reader sees from one row of the layout to another, both included, unwrapped; hostile. Of a text the part
    that is between, of other blocks the whole, since a pane shows less of them than there is."""
    if isinstance(view.layout, RawLayout):
        ordinals = range(view.layout.ordinal_of(first), view.layout.ordinal_of(last) + 1)
        received = [view.conversation.raw.at(ordinal) for ordinal in ordinals]
        return "\n".join(_payload(each.delivery) for each in received if each is not None)
    pieces: list[str] = []
    row = first
    while row <= last:
        block = view.layout.block_at(row)
        end = row
        while end < last and view.layout.block_at(end + 1) is block:
            end += 1
        if isinstance(block, TextBlock):
            begin = offset_of(block.text, view.layout.place(row).solid)
            stop = len(block.text)
            if end + 1 < len(view.layout) and view.layout.block_at(end + 1) is block:
                stop = offset_of(block.text, view.layout.place(end + 1).solid)
            if block.continues and pieces and row != first:
                pieces[-1] += block.text[begin:stop].rstrip()
            else:
                pieces.append(block.text[begin:stop].strip("\n").rstrip())
        elif block is not None:
            pieces.append(passage_text(Passage([block], "")))
        row = end + 1
    return "\n".join(pieces)
