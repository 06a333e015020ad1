"""What happened in the last minutes: a ring of buckets of some seconds, each with what it was and how much came.

A run costs a comparison: whether it goes on with what the present bucket has. Only then is anything written (`turn`);
the chunks are counted by the conversation's rate, and what a bucket has is a difference of its totals. What went on
while nothing came (a tool ran, the model was silent, nobody was waited for) is written with the next change, or worked
out when somebody looks. While the link is down nothing is known, and nothing is shown.
A bucket is what was most telling in it: an error before a hole before whatever was last.
"""

from __future__ import annotations

from array import array
from enum import IntEnum

import msgspec

from chatwatch_tui.core.rate import Rate

BUCKET = 5
"""Seconds of one bucket."""
BUCKETS = 72
"""Buckets that are kept: six minutes."""
RATES = (1.0, 5.0, 15.0, 40.0)
"""Chunks a second at which a column is one step higher. Not relative to the highest: a column keeps its height."""
SILENT_AFTER = 3.0
"""Seconds of a bucket after which it shows that nothing came in it, where something did in the one before."""
LEVELS = len(RATES) + 1
_MOST = 65_535


class Doing(IntEnum):
    """What a piece of the timeline was; a larger one is more telling."""

    IDLE = 0
    SILENT = 1
    """Somebody was waited for, and nothing came."""
    THINKING = 2
    ANSWERING = 3
    TOOL = 4
    OTHER = 5
    GAP = 6
    ERROR = 7


class Piece(msgspec.Struct, frozen=True):
    """One column."""

    doing: Doing
    level: int
    """0 where nothing was counted, else 1 to `LEVELS` by chunks a second."""


_OF_TYPE = {
    "thinking": (Doing.THINKING, Doing.SILENT),
    "token": (Doing.ANSWERING, Doing.SILENT),
    "tool_call": (Doing.TOOL, Doing.TOOL),
    "tool_result": (Doing.TOOL, Doing.SILENT),
    "done": (Doing.ANSWERING, Doing.IDLE),
    "error": (Doing.ERROR, Doing.IDLE),
}
"""What a chunk type says was done, and what goes on after it while nothing comes (unless `note` knows it better: after
a tool's result another tool may run)."""


class Timeline:
    """The last minutes of one conversation: some 400 bytes."""

    __slots__ = (
        "_bucket", "_counts", "_doings", "_is_cut_off", "_kept", "_meanwhile", "_rate", "_total", "kind", "until",
    )  # fmt: skip

    def __init__(self, rate: Rate, at: float, *, is_cut_off: bool = False) -> None:
        self._rate = rate
        self._total = rate.total
        """The rate's total when the counts were last brought up to date."""
        self._bucket = int(at) // BUCKET
        self._doings = bytearray(BUCKETS)
        self._counts = array("H", bytes(2 * BUCKETS))
        self._meanwhile = Doing.IDLE
        self._is_cut_off = is_cut_off
        """The link is down."""
        self._kept: tuple[tuple[int, int, int, int], list[Piece]] | None = None
        """What was asked for last, and the answer: of a conversation that is silent it stays right for a while."""
        self.kind = ""
        """Type of the chunks that came last."""
        self.until = 0.0
        """Unix second at which the present bucket is over: `turn` is due then, or with another type."""

    def turn(self, kind: str, at: float) -> None:
        """Chunks of a type come, in another bucket or after another type; before the rate counts them. An older second
        than the newest counts as the newest."""
        self._advance(int(at) // BUCKET)
        self.kind = kind
        doing, self._meanwhile = _OF_TYPE.get(kind) or (Doing.OTHER, self._meanwhile)
        place = self._bucket % BUCKETS
        if doing is Doing.ERROR or self._doings[place] < Doing.GAP:
            self._doings[place] = doing

    def note(self, doing: Doing, at: float, *, then: Doing | None = None) -> None:
        """Something that no chunk type tells: a hole, a message; and what goes on after it, where that is another
        thing."""
        self._advance(int(at) // BUCKET)
        self.kind = ""
        place = self._bucket % BUCKETS
        self._doings[place] = max(self._doings[place], doing)
        if then is not None:
            self._meanwhile = then

    def link_changed(self, at: float, *, up: bool) -> None:
        """The link went or came."""
        self._advance(int(at) // BUCKET)
        self._is_cut_off = not up

    @property
    def _unseen(self) -> Doing:
        """What goes on while nothing comes, as far as anybody can say."""
        return Doing.IDLE if self._is_cut_off else self._meanwhile

    def pieces(self, count: int, now: float, buckets: int = 1) -> list[Piece]:
        """The newest `count` columns, the present one last, of so many buckets each. A column holds the same buckets
        until it has left on the other side: nothing wanders from one to the other."""
        newest = max(int(now) // BUCKET, self._bucket)
        if newest - self._bucket >= count * buckets:
            return [Piece(self._unseen, 0)] * count
        last = newest // buckets
        key = (last, count, buckets, self._rate.total)
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        pieces = [self._piece(column * buckets, buckets, newest, now) for column in range(last - count + 1, last + 1)]
        # Only where neither a rate nor the beginning of a silence is still under way.
        self._kept = (key, pieces) if self._bucket + 1 < min(newest, last * buckets + 1) else None
        return pieces

    def _piece(self, first: int, buckets: int, newest: int, now: float) -> Piece:
        doing, counted, unseen = Doing.IDLE, 0, self._unseen
        oldest = self._bucket - BUCKETS
        for bucket in range(first, min(first + buckets, newest + 1)):
            if bucket > self._bucket:
                begins = unseen is Doing.SILENT and bucket == self._bucket + 1
                if not begins or now - bucket * BUCKET >= SILENT_AFTER:
                    doing = max(doing, unseen)
            elif bucket > oldest:
                doing = max(doing, Doing(self._doings[bucket % BUCKETS]))
                counted += self._counts[bucket % BUCKETS]
                if bucket == self._bucket:
                    counted += self._rate.total - self._total
        if not counted:
            return Piece(doing, 0)
        # The present column is not over: its rate is over what has passed of it, once that says something.
        seconds = min(buckets * BUCKET, max(2.0, now - first * BUCKET))
        rate = counted / seconds
        return Piece(doing, 1 + sum(rate >= step for step in RATES))

    def _advance(self, bucket: int) -> None:
        self._kept = None
        total = self._rate.total
        place = self._bucket % BUCKETS
        self._counts[place] = min(_MOST, self._counts[place] + total - self._total)
        self._total = total
        if bucket > self._bucket:
            for passed in range(max(self._bucket + 1, bucket - BUCKETS + 1), bucket):
                self._doings[passed % BUCKETS] = self._unseen
                self._counts[passed % BUCKETS] = 0
            self._bucket = bucket
            self._doings[bucket % BUCKETS] = self._counts[bucket % BUCKETS] = 0
        self.until = float((self._bucket + 1) * BUCKET)
