"""The rows of one conversation as one pane reads it: those that are shown, and those on their way. No Textual in here.

Laying out two megabytes takes longer than some frames. So another way of reading (a filter being typed, say) is laid
out in slices beside the rows that are shown, which follow what comes until the others are ready; what was asked for
last is what is made. What is small is there at once.
"""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.raw import Kept
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.slices import Slice
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
        self.held: Held | None = None
        """Lay out this, and not what there is by now."""
        self.refused = ""
        """Why the filter that was asked for last is not in force; blank while it is, or is on its way."""
        self._shown: Layout | None = None
        self._next: Layout | None = None
        self._rows_built = 0

    @property
    def is_made(self) -> bool:
        """Whether anybody has looked yet."""
        return self._shown is not None

    @property
    def is_changing(self) -> bool:
        """Whether other rows are on their way."""
        return self._shown is not None and self._shown.reading != self.reading

    @property
    def shown(self) -> Layout:
        """The rows; laid out when first asked for, so that a pane nobody looks at costs nothing."""
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

    def forget(self) -> None:
        """The rows are of no use any more: of another width, or of what is no longer shown."""
        self._give_up()
        if self._shown is not None:
            self._rows_built += self._shown.rows_built
            self._shown = None

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

    def advance(self) -> Layout | None:
        """Do a slice of what is to be done; what is ready to be shown, None while nothing is."""
        if not self.is_changing:
            return None
        if self._next is None or self._next.transcript is not self.transcript:
            self._give_up()
            self._next = self._begun()
        is_ready = self._next.advance(Slice())
        if self._next.filter_failed:
            assert self._shown is not None
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
