"""The rows of one conversation as one pane reads it: those that are shown, and those on their way. No Textual in here.

Laying out two megabytes takes longer than some frames. So another way of reading (a filter being typed, say) is laid
out in slices beside the rows that are shown, which follow what comes until the others are ready; what was asked for
last is what is made. Where the rows that there are cannot be shown any longer (another width, other glyphs, much that
came while nobody looked), those around the reader are made at once, and the others in slices beside them. What is small
is there at once.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.raw import Kept
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.part import part_around
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.slices import Slice, is_much
from chatwatch_tui.ui.stream_layout import StreamLayout

Layout = StreamLayout | RawLayout


class Held(msgspec.Struct, frozen=True):
    """What there was at one moment."""

    transcript: Transcript
    raw: Kept


class LayingOut:
    """Makes layouts for one pane."""

    def __init__(self, conversation: Conversation, glyphs: Glyphs, reading: Reading) -> None:
        self.conversation = conversation
        self.glyphs = glyphs
        self.reading = reading
        """How it is to be read; `shown.reading` is how it is."""
        self.width = 1
        self.height = 1
        """Rows of the view."""
        self.read_at: tuple[Place, ...] = ()
        """What has to be in view once rows are made anew; nothing for the live end."""
        self.follows = True
        """Whether the live end has to be there."""
        self.held: Held | None = None
        """Lay out this, and not what there is by now."""
        self.refused = ""
        """Why the filter that was asked for last is not in force; blank while it is, or is on its way."""
        self._shown: Layout | None = None
        self._next: Layout | None = None
        self._rows_built = 0
        self._counted: tuple[Reading, Counter[str], int] | None = None
        """What was hidden, as counted before the rows were forgotten."""

    @property
    def is_made(self) -> bool:
        """Whether anybody has looked yet."""
        return self._shown is not None

    @property
    def is_changing(self) -> bool:
        """Whether other rows are on their way."""
        shown = self._shown
        return shown is not None and (shown.is_part or shown.lags or shown.reading != self.reading)

    @property
    def is_part(self) -> bool:
        """Whether only the rows around the reader are shown."""
        return self._shown is not None and self._shown.is_part

    @property
    def is_catching_up(self) -> bool:
        """Whether all that is missing is what came, or is judged otherwise now, at the rows that are shown."""
        shown = self._shown
        return shown is not None and shown.lags and not shown.is_part and shown.reading == self.reading

    @property
    def shown(self) -> Layout:
        """The rows, or those around the reader; laid out when first asked for, so that a pane nobody looks at costs
        nothing."""
        if self._shown is None:
            self._shown = self._around_the_reader()
        if self._shown is None:
            self._shown = self._begun()
            self._shown.sync()
        return self._shown

    @property
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, over all layouts."""
        made = (each for each in (self._shown, self._next) if each is not None)
        return self._rows_built + sum(each.rows_built for each in made)

    @property
    def transcript(self) -> Transcript:
        """What is to be laid out."""
        return self.conversation.transcript if self.held is None else self.held.transcript

    def _begun(self) -> Layout:
        if self.reading.view is View.RAW:
            raw = self.conversation.raw if self.held is None else self.held.raw
            decoder = self.conversation.decoder
            return RawLayout(raw, self.transcript, decoder, self.width, self.glyphs, self.reading)
        return StreamLayout(self.transcript, self.width, self.glyphs, self.reading)

    def _around_the_reader(self) -> StreamLayout | None:
        """Some screens of rows before and behind the reader; None where all may be there at once."""
        transcript, reading = self.transcript, self.reading
        if reading.view is View.RAW or not is_much(transcript.size):
            return None
        ids = [place.block_id for place in self.read_at]
        last_id = None if self.follows else max(ids, default=transcript.first_id)
        first_id = min([*ids, *([transcript.next_id - 1] if self.follows else ())], default=transcript.first_id)
        whole_turns = not reading.is_plain
        pace, size = Slice(), 4 * self.width * self.height
        while True:
            part = part_around(transcript, first_id, last_id, size, whole_turns=whole_turns)
            layout = StreamLayout(transcript, self.width, self.glyphs, reading, part)
            layout.sync()
            self._count(layout)
            at_top, at_end = part.first_id == transcript.first_id, part.next_id == transcript.next_id
            rows = [layout.row_of(place) for place in self.read_at] or [len(layout) if self.follows else 0]
            above, below = min(rows), len(layout) - max(rows)
            enough = 2 * self.height
            if (at_top or above >= enough) and (at_end or below >= enough):
                return layout
            self._rows_built += layout.rows_built
            if not pace.goes_on(sum(block.size for block in part.blocks)):
                return layout
            size *= 4

    def _count(self, part: StreamLayout) -> None:
        """Let a part count what is hidden in all of the transcript, where that is known."""
        part.counts_all = self._counted is not None and self._counted[0] == part.reading
        if self._counted is not None and part.counts_all:
            part.hidden, part.sifted = self._counted[1].copy(), self._counted[2]

    def step_aside(self) -> None:
        """So much came that the rows at the live end are shown for now, while the others take it in."""
        whole, self._shown, self._counted = self._shown, None, None
        if whole is None:
            return
        if whole.is_part or whole.reading != self.reading or self._next is not None:
            self._rows_built += whole.rows_built
        else:
            self._next = whole

    def forget(self) -> None:
        """The rows are of no use any more: of another width, or of what is no longer shown."""
        self._give_up()
        shown, self._shown, self._counted = self._shown, None, None
        if shown is None:
            return
        if isinstance(shown, StreamLayout) and shown.counts_all:
            if self.held is None and not (shown.is_behind or shown.lags):
                shown.sync(Slice())
            if shown.is_up_to(self.transcript):
                self._counted = (shown.reading, shown.hidden, shown.sifted)
        self._rows_built += shown.rows_built

    def read_as(self, reading: Reading) -> None:
        """Another way of reading is wanted; `advance` gets there."""
        self.refused = ""
        if reading != self.reading:
            self.reading = reading
            self._give_up()

    def _give_up(self) -> None:
        """What is on its way is not wanted any more."""
        if self._next is not None:
            self._rows_built += self._next.rows_built
            self._next = None

    def advance(self, pace: Slice) -> Layout | None:
        """Do a slice of what is to be done; what is ready to be shown, None while nothing is."""
        if not self.is_changing:
            return None
        if self._next is None or self._next.transcript is not self.transcript:
            self._give_up()
            self._next = self._begun()
        is_ready = self._next.advance(pace)
        if self._next.filter_failed and self._shown is not None and self._shown.reading != self.reading:
            failed = self._next.filter_failed
            self.read_as(self._shown.reading)
            self.refused = failed
            return None
        return self._next if is_ready else None

    def show(self, layout: Layout) -> None:
        """What was ready is shown from now on."""
        if self._shown is not None:
            self._rows_built += self._shown.rows_built
        self._shown, self._next = layout, None
