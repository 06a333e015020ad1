"""A place in a conversation that outlives the layout it was read in."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A place that does not depend on width, pruning, or what is shown."""

    block_id: int
    """-1 where nobody knows."""
    solid: int
    """Non-blank characters of the block's rows before it; -1 where only the delivery is known."""
    ordinal: int = -1
    """The delivery that brought it, as near as can be; -1 where nobody asked. It leads from text to raw and back."""
