"""What a field of the settings tree says of itself besides its name, type, default and docstring.

A section is a frozen struct; whoever adds a field to one has added a setting, an environment variable, a key of the
file and its line in the reference (`config`). `Annotated[str, Setting(secret=True)]` says what cannot be seen from the
type. Bounds are `msgspec.Meta`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec


class Mistake(Protocol):
    """What `Setting.check_tables` finds."""

    @property
    def index(self) -> int:
        """In which table, from 0."""

    @property
    def field(self) -> str:
        """In which of its keys; blank for all of it."""

    @property
    def words(self) -> str:
        """What is wrong, and what was expected."""


class Setting(msgspec.Struct, frozen=True):
    """Annotation of a field."""

    variable: str = ""
    """An environment variable that means this key too, beside `CHATWATCH_…`."""
    secret: bool = False
    """Never shown."""
    address: bool = False
    """May hold a user, a password, a query: they are not shown."""
    command: bool = False
    """Its arguments may hold secrets: they are not shown."""
    restart: bool = False
    """Read once: a change takes effect when chatwatch is started again. Holds for all of a section."""
    inline: bool = False
    """A struct whose fields stand beside this field's neighbours, not in a section of their own."""
    hidden: bool = False
    """Not a setting: the program fills it."""
    check: Callable[[Any], object] | None = None
    """Given the value, each one of a list: raises ValueError with words for the user where it is no good."""
    check_tables: Callable[[Any], Iterable[Mistake]] | None = None
    """Of a list of tables: given all that can be read, finds what is wrong with them. Those are left out, and said."""
    within: Mapping[str, Setting] = {}
    """Of an inline struct that knows nothing of settings: what its fields would say, by name."""

    @property
    def guarded(self) -> bool:
        """No part of it is quoted, not where it is refused either."""
        return self.secret or self.address or self.command
