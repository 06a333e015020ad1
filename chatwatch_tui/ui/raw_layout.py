"""The latest deliveries of a conversation as they came, one row each: time, type, size, and the beginning of it.

Rows are counted like those of `StreamLayout`, and have the same methods, so that a pane need not know which it shows.
Nothing is decoded before it is drawn: following costs a look at how many deliveries there are. Only a filter looks into
each (`RawSieve`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from chatwatch_tui.core.blocks import Block, TextBlock
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.display import Times
from chatwatch_tui.core.moments import seconds_between
from chatwatch_tui.core.origins import Origins, Piece
from chatwatch_tui.core.raw import Kept, RawArrivals, Received
from chatwatch_tui.core.safetext import make_safe
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import Row, Span, missing_row, one_row, ours
from chatwatch_tui.ui.figures import byte_size, clock, elapsed
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.raw_rows import Look, describe
from chatwatch_tui.ui.raw_sieve import RawSieve
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.slices import Slice
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import pad

ROOMY_FROM_WIDTH = 60
"""Cells from which on there are milliseconds and wider columns."""
_SPANS = 7
"""Of a row that is wide enough for all."""
_TYPE_CELLS = 11
_SIZE_CELLS = 8


class RawLayout:
    """Rows of what is kept raw, below a mark that counts what no longer is."""

    is_part = lags = is_behind = False
    counts_all = True
    """See `StreamLayout`: there is too little here for it."""

    def __init__(
        self,
        raw: RawArrivals | Kept,
        transcript: Transcript,
        decoder: Decoder,
        width: int,
        glyphs: Glyphs,
        reading: Reading,
    ) -> None:
        self.transcript = transcript
        self.width = width
        self.rows_built = 0
        """Rows drawn since the start."""
        self._raw = raw
        self._decoder = decoder
        self._glyphs = glyphs
        self.reading = reading
        self._times = reading.display.times
        self._kept = Kept(0, [])
        self._sieve = None if reading.filter is None else RawSieve(reading.filter, transcript, decoder)
        self._shown: range | list[int] = range(0)
        """Ordinals of what has a row, ascending: all that are kept where nothing is filtered."""

    def __len__(self) -> int:
        return len(self._shown) + self._lead

    @property
    def sifted(self) -> int:
        """Deliveries that the filter hides."""
        return self._kept.total - self._kept.first - len(self._shown)

    @property
    def _lead(self) -> int:
        return 1 if self._kept.first else 0

    @property
    def ends_open(self) -> bool:
        """Nothing comes into a row that is there."""
        return False

    # -- following -------------------------------------------------------------------------------------------------

    def sync(self, pace: Slice | None = None) -> int | None:
        """Take in what is new; the first row that changed, None where nothing did."""
        before, length = self._kept.first, len(self)
        if not self._take_in():
            return None
        if self._sieve is None:
            self._shown = range(self._kept.first, self._kept.total)
        else:
            self._sieve.filter.begin()
            shown = self._shown[-1:]
            self._sift(self._sieve)
            if len(self) < length or self._shown[length - 1 - self._lead : length - self._lead] != shown:
                return 0
        if before != self._kept.first:
            return 0
        return None if length == len(self) else length

    def _take_in(self) -> bool:
        """Look what is kept now; whether that is something else."""
        if isinstance(self._raw, RawArrivals):
            if self._raw.total == self._kept.total:
                return False
            self._kept = self._raw.keep_these()
            return True
        is_new, self._kept = self._raw is not self._kept, self._raw
        return is_new

    def _sift(self, sieve: RawSieve, pace: Slice | None = None) -> bool:
        """Ask the filter about what it has not seen; whether it has seen all."""
        kept = range(self._kept.first, self._kept.total)
        self._shown = sieve.shown
        return sieve.sift(kept, lambda ordinal: self.received(ordinal).delivery, self._block_of, pace)

    def advance(self, pace: Slice) -> bool:
        """Take in what there is, a slice of it; whether all of it is done."""
        if self._sieve is None:
            self.sync()
            return True
        self._take_in()
        return self._sift(self._sieve, pace)

    @property
    def filter_failed(self) -> str:
        """Why the filter sifts no more; blank where it does, or there is none."""
        return "" if self._sieve is None else self._sieve.filter.failed

    def is_gone(self, number: int) -> bool:
        """Whether what a row shows is no longer kept."""
        return isinstance(self._raw, RawArrivals) and self._raw.first > self.ordinal_of(number)

    def hold(self, transcript: Transcript) -> Kept:
        """Go on with what is laid out, kept elsewhere or not; follow no more."""
        self._raw = self._kept
        self.transcript = transcript
        return self._kept

    # -- reading rows ----------------------------------------------------------------------------------------------

    def ordinal_of(self, number: int) -> int:
        """The ordinal of the delivery in a row; the oldest one's for the mark above it."""
        place = max(0, number - self._lead)
        return self._shown[place] if place < len(self._shown) else self._kept.first

    def row_of_ordinal(self, ordinal: int) -> int | None:
        """The row of a delivery; None where it has none."""
        place = bisect_left(self._shown, ordinal)
        if place == len(self._shown) or self._shown[place] != ordinal:
            return None
        return place + self._lead

    def solid_before(self, number: int) -> int:
        """Non-blank characters of its text before what a row's chunk brought to it; 0 for whatever is no text."""
        block, ordinal = self.block_at(number), self.ordinal_of(number)
        pieces: list[Piece] = []
        if isinstance(block, TextBlock) and block.flow != "message":
            pieces = Origins(self.transcript, self._kept, self._decoder).pieces(block)
        begin = next((max(0, piece.begin) for piece in pieces if piece.ordinal == ordinal), 0)
        return len("".join(make_safe(block.text[:begin]).split())) if begin and isinstance(block, TextBlock) else 0

    def is_mark(self, number: int) -> bool:
        """Whether a row is the mark of what is not kept."""
        return number < self._lead

    def look(self, number: int) -> Look:
        """What a row says of its delivery."""
        received = self.received(self.ordinal_of(number))
        return describe(received.delivery, received.at, self._decoder, self._glyphs)

    @staticmethod
    def shows_preview(row: Row) -> bool:
        """Whether there was room for its last span, the preview."""
        return len(row) == _SPANS

    def received(self, ordinal: int) -> Received:
        """A delivery that is laid out."""
        return self._kept.received(ordinal)

    @property
    def first(self) -> int:
        """The ordinal of the oldest delivery that is laid out."""
        return self._kept.first

    def row(self, number: int) -> Row:
        """The spans of a row."""
        if number < self._lead:
            return missing_row(self._kept.first, self.width, self._glyphs)
        self.rows_built += 1
        ordinal = self.ordinal_of(number)
        look = self.look(number)
        roomy = self.width >= ROOMY_FROM_WIDTH
        gap = ours("  " if roomy else " ")
        size = "" if look.size is None else byte_size(look.size)
        spans: list[Span] = [
            (ours(self._time(ordinal, look.at, roomy=roomy)), Ink.DIM),
            (gap, Ink.DIM),
            (ours(f"{look.glyph} "), look.ink),
            (pad(look.word, _TYPE_CELLS), look.ink),
            (ours(f"{size:>{_SIZE_CELLS}}"), Ink.DIM),
            (gap, Ink.DIM),
            (look.preview, look.preview_ink),
        ]
        return one_row(spans, self.width)

    def _time(self, ordinal: int, at: float, *, roomy: bool) -> str:
        """A steady width; the time of day unless another one was asked for."""
        cells = 12 if roomy else 8
        since: float | None = None
        if self._times is Times.DELTA:
            if ordinal > self._kept.first:
                before = self.received(ordinal - 1)
                since = describe(before.delivery, before.at, self._decoder, self._glyphs).at
        elif self._times is Times.RELATIVE:
            block = self._block_of(ordinal)
            turn = None if block is None else self.transcript.turn_of(block)
            since = None if turn is None else turn.at
        else:
            milliseconds = f".{int(at % 1 * 1000):03d}" if roomy else ""
            return f"{clock(at)}{milliseconds}"
        words = ""
        if since is not None:
            seconds = max(0.0, seconds_between(since, at))
            words = f"+{seconds:.3f} s" if seconds < 60 else f"+{elapsed(seconds)}"
        return f"{words:>{cells}.{cells}}"

    def key(self, number: int) -> tuple[int, int, object]:
        """Equal as long as the row looks the same."""
        if number < self._lead:
            return (-3, 0, self._kept.first)
        ordinal = self.ordinal_of(number)
        return (-2, ordinal, self._times is Times.DELTA and ordinal == self._kept.first)

    def place(self, number: int) -> Place:
        """The place of a row, as far as the delivery tells it."""
        block = self.block_at(number)
        return Place(-1 if block is None else block.id, -1, self.ordinal_of(number))

    def row_of(self, place: Place) -> int:
        """The row of a place, the nearest one where it is not kept."""
        if place.ordinal < 0:
            return self.top_of(place.block_id) or 0
        if place.ordinal < self._kept.first:
            return 0
        return min(bisect_left(self._shown, place.ordinal) + self._lead, max(0, len(self) - 1))

    def shows(self, place: Place) -> bool:
        """Whether the delivery of a place has a row."""
        if place.ordinal >= 0:
            return self.row_of_ordinal(place.ordinal) is not None
        return self.top_of(place.block_id) is not None

    def anchor(self, number: int) -> tuple[int, int]:
        """A row by its delivery."""
        return (self._kept.first - 1 if number < self._lead else self.ordinal_of(number), 0)

    def row_of_anchor(self, anchor: tuple[int, int]) -> int:
        """Where that row is now."""
        return self.row_of(Place(-1, -1, anchor[0]))

    def has_anchor(self, anchor: tuple[int, int]) -> bool:
        """Whether that row is there."""
        return self.row_of_ordinal(anchor[0]) is not None

    def block_at(self, number: int) -> Block | None:
        """The block that a row's delivery went into, where that was one of its own; else the one before it."""
        return self._block_of(self.ordinal_of(number))

    def _block_of(self, ordinal: int) -> Block | None:
        blocks = self.transcript.blocks
        position = bisect_right(blocks, ordinal, key=lambda block: block.delivery) - 1
        return blocks[position] if position >= 0 else None

    def top_of(self, block_id: int) -> int | None:
        """The row of the delivery that began a block; None where it has none."""
        block = self.transcript.block(block_id)
        return None if block is None else self.row_of_ordinal(block.delivery)
