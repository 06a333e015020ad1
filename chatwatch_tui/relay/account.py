"""The endpoint's books: plain integers that the stream counts on its way, and that only ever grow."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import msgspec


class Refusal(StrEnum):
    """Why a request did not become a stream."""

    NOT_SIGNED_IN = "not_signed_in"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"
    """Too many failed sign-ins from that address."""
    UNAVAILABLE = "unavailable"
    """Access control did not answer."""
    FULL = "full"
    """As many viewers as are allowed."""
    NATS = "nats"
    """The link was down, or the subscription refused."""
    SHUTDOWN = "shutdown"


class Account(msgspec.Struct):
    """What happened since the start."""

    events_in: int = 0
    """Deliveries from the bus for conversations with viewers."""
    events_out: int = 0
    """Events handed to viewers' connections."""
    dropped: int = 0
    """Events that slow viewers lost."""
    reconnects: int = 0
    refusals: Counter[Refusal] = msgspec.field(default_factory=Counter)
