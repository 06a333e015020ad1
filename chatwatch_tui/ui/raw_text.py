"""What the raw rows of a conversation say, as a search looks through it. No Textual in here.

A search finds what is seen. In this view that is not the transcript (a final message that equals the stream has a row,
and a `done` its JSON), so of each delivery that is kept the text is searched whose beginning its row shows. Chunks of
one flow that follow one another are one text, for a word may lie across several; a long one is kept in pages, as a
transcript does it, and what is no longer kept is taken out of the oldest. So `Found` searches this like a transcript,
and every hit is known by its deliveries.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import ClassVar

import msgspec

from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.raw import KeptRaw, Received
from chatwatch_tui.core.safetext import make_safe
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.found_text import solids
from chatwatch_tui.ui.raw_rows import searched

_REVISIONS_KEPT = 1_000


class _Page(msgspec.Struct, gc=False):
    """Deliveries that follow one another, and their text."""

    block: TextBlock
    first: int
    """Ordinal of the first of them."""
    begins: list[int] = msgspec.field(default_factory=list)
    """Characters of the text before each."""
    starts: list[int] = msgspec.field(default_factory=list)
    """Solid characters before each."""
    solids: int = 0
    """Of all."""


class RawText:
    """The text of what is kept raw; blocks are its pages."""

    PAGE: ClassVar[int] = 4_000
    """Characters from which on another page is begun: more than a match of a regex may span."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.about: Transcript | None = None
        """The transcript of the same conversation, of the same moment."""
        self.first_id = 0
        self.revisions = 0
        self.revised: deque[int] = deque(maxlen=_REVISIONS_KEPT)
        self._decoder = conversation.decoder
        self._pages: list[_Page] = []
        self._next = 0
        """The ordinal of what was not taken in yet."""

    @property
    def next_id(self) -> int:
        """Of the next page."""
        return self.first_id + len(self._pages)

    def block(self, block_id: int) -> TextBlock | None:
        """A page."""
        place = block_id - self.first_id
        return self._pages[place].block if 0 <= place < len(self._pages) else None

    # -- following -------------------------------------------------------------------------------------------------

    def follow(self, raw: KeptRaw, about: Transcript, most: int) -> bool:
        """Take in what is new, at most so many deliveries; whether that is all there is."""
        self.about = about
        if not raw.first <= self._next <= raw.total:  # another moment: nothing of it is known
            self._drop(len(self._pages))
            self._next = raw.first
        self._forget_before(raw.first)
        if self._next < raw.total:
            for received in raw.since(self._next):
                self._add(received)
                most -= 1
                if not most:
                    break
        return self._next == raw.total

    def _add(self, received: Received) -> None:
        flow, text = searched(received.delivery, self._decoder)
        # As it is seen: made safe for itself.
        text = make_safe(text)
        page = self._pages[-1] if self._pages else None
        goes_on = page is not None and bool(flow) and page.block.flow == flow
        if page is None or not goes_on or len(page.block.text) >= self.PAGE:
            block = TextBlock(id=self.next_id, turn=0, at=0.0, flow=flow, continues=goes_on)
            page = _Page(block, received.ordinal)
            self._pages.append(page)
        else:
            self._revise(page)
        page.begins.append(len(page.block.text))
        page.starts.append(page.solids)
        page.block.text += text
        page.solids += solids(text)
        self._next = received.ordinal + 1

    def _forget_before(self, ordinal: int) -> None:
        self._drop(sum(page.first + len(page.starts) <= ordinal for page in self._pages))
        if not self._pages or self._pages[0].first >= ordinal:
            return
        page = self._pages[0]
        gone = ordinal - page.first
        begin, start = page.begins[gone], page.starts[gone]
        page.first = ordinal
        page.begins = [each - begin for each in page.begins[gone:]]
        page.starts = [each - start for each in page.starts[gone:]]
        page.solids -= start
        page.block.text = page.block.text[begin:]
        page.block.continues = False
        self._revise(page)

    def _drop(self, count: int) -> None:
        self.first_id += count
        del self._pages[:count]

    def _revise(self, page: _Page) -> None:
        page.block.revision += 1
        self.revisions += 1
        self.revised.append(page.block.id)

    # -- places ----------------------------------------------------------------------------------------------------

    def piece_of(self, ordinal: int) -> tuple[int, int, int] | None:
        """The page that a delivery is on, and the solid characters before it and up to its end; None where it is not
        known."""
        place = bisect_right(self._pages, ordinal, key=lambda page: page.first) - 1
        page = self._pages[place] if place >= 0 else None
        number = ordinal - page.first if page is not None else 0
        if page is None or number >= len(page.starts):
            return None
        end = page.starts[number + 1] if number + 1 < len(page.starts) else page.solids
        return self.first_id + place, page.starts[number], end

    def ordinal_of(self, block_id: int, solid: int) -> int | None:
        """The delivery that brought the character of a page after so many solid ones; None where there is none."""
        place = block_id - self.first_id
        if not 0 <= place < len(self._pages):
            return None
        page = self._pages[place]
        return page.first + bisect_right(page.starts, solid) - 1 if solid < page.solids else None
