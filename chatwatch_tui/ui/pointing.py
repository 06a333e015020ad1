"""From a row of a pane to what it shows: the block, the place in its text, the delivery."""

from __future__ import annotations

import re

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.origins import Origins
from chatwatch_tui.core.safetext import make_safe
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


def _is_second(view: PaneView, row: int) -> bool:
    """Whether a row is not the first one of its block."""
    return row > 0 and view.layout.block_at(row - 1) is view.layout.block_at(row)
