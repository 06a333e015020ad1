"""How a pane is read: what of each kind is shown, in which view, with which times. Plain data; layouts obey it.

Errors, gaps and remarks about what is missing have no level: they are never hidden, whatever else is.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from chatwatch_tui.core.blocks import Block, DoneBlock, OtherBlock, TextBlock, ToolBlock, UndecodableBlock
from chatwatch_tui.core.display import DisplaySettings, Level, Times
from chatwatch_tui.core.filtering import FilterQuery

SYSTEM_ROLES = frozenset({"system", "developer"})
"""Speakers whose messages have a level of their own: they are long, and the same every time."""


class View(StrEnum):
    """What the rows of a pane are made of."""

    TEXT = "text"
    """Flowing text."""
    RAW = "raw chunks"
    """A row per delivery that is kept."""
    MESSAGES = "messages only"
    """What was said: messages and answers, no thoughts, tools and turn ends."""


LEVELS: dict[str, tuple[Level, ...]] = {
    name: (Level.FULL, Level.HIDDEN) if name == "done" else tuple(Level)
    for name in DisplaySettings.__struct_fields__
    if name != "times"
}
"""Fields that have a level, and the levels that look different, in the order of the menu."""
KIND_WORDS = {
    "thinking": "thought",
    "token": "answer",
    "tool_call": "tool call",
    "tool_result": "tool result",
    "done": "turn end",
    "system": "system message",
}
"""Kinds whose field is not the word that the screen shows."""
_SAID = ("token", "message", "system")


class Reading(msgspec.Struct, frozen=True):
    """How one pane is read."""

    display: DisplaySettings = DisplaySettings()
    view: View = View.TEXT
    filter: FilterQuery | None = None

    @property
    def levels(self) -> DisplaySettings:
        """The levels that hold in its view."""
        if self.view is not View.MESSAGES:
            return self.display
        return msgspec.structs.replace(self.display, **{name: Level.HIDDEN for name in LEVELS if name not in _SAID})

    @property
    def is_plain(self) -> bool:
        """Whether every block is laid out as it is by default."""
        return (
            self.filter is None
            and self.view is View.TEXT
            and msgspec.structs.replace(self.display, times=Times.OFF) == DisplaySettings()
        )


def kinds(block: Block) -> tuple[str, ...]:
    """The fields of `DisplaySettings` that decide over a block: two where a tool has answered, none where nothing may
    hide it."""
    if isinstance(block, TextBlock):
        if block.flow == "message":
            return ("system",) if block.role in SYSTEM_ROLES else ("message",)
        return (block.flow,)
    if isinstance(block, ToolBlock):
        called = ("tool_call",) if block.called else ()
        return (*called, "tool_result") if block.result is not None else called
    if isinstance(block, DoneBlock):
        return ("done",)
    return ("unknown",) if isinstance(block, (OtherBlock, UndecodableBlock)) else ()


def kind_words(kind: str, number: int = 1) -> str:
    """`1 thought`, `3 tool calls`: the noun."""
    words = KIND_WORDS.get(kind, kind)
    return words if number == 1 or kind == "unknown" else f"{words}s"
