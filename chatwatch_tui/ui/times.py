"""The column of times left of the text: of steady width, and nothing in it ticks."""

from __future__ import annotations

import time

from chatwatch_tui.core.display import Times
from chatwatch_tui.core.moments import seconds_between
from chatwatch_tui.ui.block_rows import Span, ours
from chatwatch_tui.ui.figures import clock, elapsed
from chatwatch_tui.ui.themes import Ink

TIMES_CELLS = 10
"""Cells of the column, blanks right of it included."""
TIMES_FROM_WIDTH = 50
"""Cells of a pane's text below which it has none: they would be missing there."""
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BLANK: Span = (ours(" " * TIMES_CELLS), Ink.DIM)


def shows_times(times: Times, width: int) -> bool:
    """Whether a pane whose text is that wide has the column."""
    return times is not Times.OFF and width >= TIMES_FROM_WIDTH


def blank_time() -> Span:
    """The column beside a row in which nothing begins."""
    return _BLANK


def time_span(times: Times, at: float, since: float | None) -> Span:
    """The column beside a row in which something begins; `since` is what it is relative to, None where nobody knows."""
    words = "" if since is None else f"+{elapsed(seconds_between(since, at))}"
    if times is Times.ABSOLUTE:
        words = clock(at)
    return (ours(f"{words:>8.8}".ljust(TIMES_CELLS)), Ink.DIM)


def day_of(at: float) -> str:
    """The local day, `Thu 2026-11-26`."""
    found = time.localtime(at)
    return f"{_WEEKDAYS[found.tm_wday]} {found.tm_year:04d}-{found.tm_mon:02d}-{found.tm_mday:02d}"
