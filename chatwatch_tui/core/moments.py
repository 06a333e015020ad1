"""When something was: by the publisher's clock where the payload says, and by ours.

The two clocks differ, by hours where one of them is wrong. What is shown as a time is the publisher's where it is
known; what is shown as a duration is from one clock: theirs where both ends are known by it, else ours.
"""

from __future__ import annotations


class Moment(float):
    """Unix seconds by the publisher's clock, with those of receipt. A plain float is a time of receipt alone."""

    __slots__ = ("received",)

    received: float
    """Unix seconds by our clock."""

    def __new__(cls, at: float, received: float) -> Moment:
        made = super().__new__(cls, at)
        made.received = received
        return made


def moment(at: float | None, received: float) -> float:
    """`at` is the payload's time, None where it has none."""
    return received if at is None else Moment(at, received)


def seconds_between(start: float, end: float) -> float:
    """By one clock."""
    if isinstance(start, Moment):
        if isinstance(end, Moment):
            return end - start
        return end - start.received
    return (end.received if isinstance(end, Moment) else end) - start
