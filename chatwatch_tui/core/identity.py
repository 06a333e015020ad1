"""Which conversation: the id as it stands on the bus, and the key that also names the source.

An id becomes part of a NATS subject, where `*`, `>`, blanks and line ends would subscribe to everybody's conversations
or inject protocol; `uuid.UUID()` is too generous (it takes braces, `urn:` and more) and a `$` in a regular expression
takes a trailing newline. So ids are matched in full against the 8-4-4-4-12 form and nothing else.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ON_THE_BUS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COMPACT = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"[0-9a-f]{4,8}(-[0-9a-f-]{0,27})?")

STRAY_ID = "stray"
"""The id under which deliveries are kept whose subject ends in no conversation id: shown and counted, never dropped."""


SHORT, LONGER = 4, 8
"""Digits of an id that are shown where the whole has no room."""
_TIME_FIRST = "7"
"""Version of the UUIDs that begin with their time: those of one minute share the first eight digits."""


class InvalidConversationId(ValueError):
    """What was given is no conversation id; `str()` of it is a sentence for the user."""

    def __init__(self, given: str) -> None:
        shown = given if len(given) <= 60 else given[:59] + "…"
        words = f"{shown!r} is not a conversation id: give a UUID such as 7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
        if _PART.fullmatch(given.lower()):
            words = f"{shown!r} is only a part of an id: give the whole UUID; in the dashboard, y copies it"
        super().__init__(words)
        self.given = given


class ConversationKey(NamedTuple):
    """One conversation as one source sees it; the same id over two sources is two panes."""

    source: str
    """Name of the source, as the status bar shows it."""
    id: str
    """Lower-case UUID in 8-4-4-4-12 form, or `STRAY_ID`."""


def is_conversation_id(text: str) -> bool:
    """Whether `text` is an id in the one form that the bus uses."""
    return _ON_THE_BUS.fullmatch(text) is not None


def short_id(id: str, digits: int = SHORT) -> str:
    """So many digits that tell an id from others: its first, but its last where those are its time. What it is depends
    on the id alone, so that none changes when another conversation appears."""
    return id[-digits:] if id[14:15] == _TIME_FIRST else id[:digits]


def short_ids(id: str) -> tuple[str, ...]:
    """All that `short_id` shows of an id which does not begin so."""
    return (id[-LONGER:], id[-SHORT:]) if id[14:15] == _TIME_FIRST else ()


def parse_conversation_id(given: str) -> str:
    """The id as the bus spells it, from what a user typed: upper case and 32 digits without hyphens are fine.

    Raises:
        InvalidConversationId: for anything else, with a message for the user.
    """
    folded = given.lower()
    if not folded.isascii():
        raise InvalidConversationId(given)
    if _ON_THE_BUS.fullmatch(folded):
        return folded
    if _COMPACT.fullmatch(folded):
        return "-".join((folded[:8], folded[8:12], folded[12:16], folded[16:20], folded[20:]))
    raise InvalidConversationId(given)
