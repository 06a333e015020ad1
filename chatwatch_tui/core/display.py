"""How much of each kind is shown, and which times: the settings `[display]`."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How much of one kind is shown."""

    FULL = "full"
    ONE_LINE = "one-line"
    HIDDEN = "hidden"

    @property
    def words(self) -> str:
        """As people read it."""
        return self.value.replace("-", " ")


class Times(StrEnum):
    """The column of times left of the text."""

    OFF = "off"
    ABSOLUTE = "absolute"
    """Local time of day."""
    RELATIVE = "relative"
    """Since the turn began, so that nothing ticks."""
    DELTA = "delta"
    """Since the part shown above it began; a tool's result is a part of its own."""


class DisplaySettings(msgspec.Struct, frozen=True):
    """What is shown of each kind: full, one-line or hidden. Errors and gaps are always shown in full."""

    thinking: Level = Level.FULL
    """The model's thoughts."""
    token: Level = Level.FULL
    """The answer as it streams."""
    tool_call: Level = Level.ONE_LINE
    """Tool and arguments."""
    tool_result: Level = Level.ONE_LINE
    """Size, duration and result."""
    done: Level = Level.FULL
    """The rule at the end of a turn; it is one line at most."""
    message: Level = Level.FULL
    """Messages of all roles but system and developer."""
    system: Level = Level.FULL
    """Messages of the roles system and developer."""
    unknown: Level = Level.ONE_LINE
    """Chunks of unknown types, and payloads that nobody can decode."""
    times: Times = Times.OFF
    """Times left of the text: off, absolute, relative (since the turn began) or delta (since the part
    shown above began)."""
