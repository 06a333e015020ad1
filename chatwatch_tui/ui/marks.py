"""Rows that the operator marked, by conversation: places that survive width, pruning and a restart. No Textual in here.

In a running session a mark is a `Place`: a block and the solid characters before it. Blocks are numbered anew in the
next session, so what is kept of a mark is when its block began, and the words that stood there; once a block comes that
began then, or one that has these words where the time is not known to be the same, the mark stands there again.
What was marked and is pruned is gone, which is told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.place import Place
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.stream_layout import StreamLayout

MAX_WORDS = 40
"""Solid characters that are kept of what stands at a mark."""
MAX_MARKS = 200
"""Marks of one conversation, and of what waits for its place; the oldest give way."""
SAME_TIME = 0.002
"""Seconds that times may differ by and still be the same."""


class KeptMark(msgspec.Struct, frozen=True):
    """A mark as it is kept from session to session."""

    source: str
    id: str
    """The conversation's."""
    at: float
    """Unix seconds at which its block began."""
    turn: int
    """Number of its turn in that session."""
    solid: int
    """Solid characters of the block before it."""
    words: str
    """Solid characters that stand there, made safe."""


class Mark(msgspec.Struct):
    """A marked place."""

    place: Place
    at: float
    turn: int
    words: str


class MarkedRows:
    """Marks of one conversation."""

    def __init__(self, key: ConversationKey) -> None:
        self.key = key
        self.marks: list[Mark] = []
        """In the order of the text."""
        self.waiting: list[KeptMark] = []
        """From an earlier session, until their text comes."""
        self._looked_until = -1

    def has(self, layout: StreamLayout | RawLayout, number: int) -> bool:
        """Whether that row is marked."""
        block = layout.block_at(number)
        return block is not None and any(
            layout.shows(each.place) and layout.row_of(each.place) == number
            for each in self.marks
            if each.place.block_id == block.id
        )

    def rows(self, layout: StreamLayout | RawLayout) -> list[int]:
        """The marked rows, ascending; marks in text that has no row now are left out."""
        rows = {layout.row_of(each.place) for each in self.marks if layout.shows(each.place)}
        return sorted(row for row in rows if row < len(layout))

    def toggle(self, layout: StreamLayout | RawLayout, number: int) -> bool | None:
        """Mark that row, or no longer; whether it is marked now, None where it is no row of a block."""
        block = layout.block_at(number)
        if block is None:
            return None
        there = [each for each in self.marks if layout.shows(each.place) and layout.row_of(each.place) == number]
        if there:
            self.marks = [each for each in self.marks if each not in there]
            return False
        place = layout.place(number)
        if isinstance(layout, RawLayout):
            place = place._replace(solid=layout.solid_before(number))
        from chatwatch_tui.ui.found_text import offset, parts_of, readable, solid  # needed once something is marked

        words = "".join(readable(parts_of(block)))
        words = words[offset(words, place.solid) :] if len(solid(words)) > place.solid else words
        self._add(Mark(place, block.at, block.turn, solid(words[: 4 * MAX_WORDS])[:MAX_WORDS]))
        return True

    def forget_pruned(self, first_id: int) -> int:
        """Give up the marks of blocks before that one; how many they were."""
        kept = [each for each in self.marks if each.place.block_id >= first_id]
        gone = len(self.marks) - len(kept)
        self.marks = kept
        return gone

    def find_again(self, transcript: Transcript) -> int:
        """Put marks of an earlier session where their text has come; how many were."""
        if not self.waiting:
            return 0
        # The newest block may not have its words yet: it is looked at again.
        first = max(self._looked_until, transcript.first_id)
        self._looked_until = transcript.next_id - 1
        found = 0
        for block in transcript.blocks[first - transcript.first_id :]:
            for kept in [each for each in self.waiting if _is_of(each, block)]:
                self.waiting.remove(kept)
                self._add(Mark(Place(block.id, kept.solid), block.at, block.turn, kept.words))
                found += 1
        return found

    def _add(self, mark: Mark) -> None:
        self.marks.append(mark)
        self.marks.sort(key=lambda each: each.place[:2])
        del self.marks[:-MAX_MARKS]


class Marks:
    """All marks."""

    def __init__(self) -> None:
        self.by_key: dict[ConversationKey, MarkedRows] = {}

    def of(self, key: ConversationKey) -> MarkedRows:
        """Those of one conversation."""
        if key not in self.by_key:
            self.by_key[key] = MarkedRows(key)
        return self.by_key[key]

    def has(self, key: ConversationKey, layout: StreamLayout | RawLayout, number: int) -> bool:
        """Whether that row of a conversation is marked."""
        marked = self.by_key.get(key)
        return marked is not None and marked.has(layout, number)

    def to_plain(self) -> list[dict[str, Any]]:
        """Everything that a later session needs, as data that JSON and TOML can hold."""
        kept: list[KeptMark] = []
        for key, marked in self.by_key.items():
            kept += [
                KeptMark(key.source, key.id, float(each.at), each.turn, each.place.solid, each.words)
                for each in marked.marks
            ]
            kept += marked.waiting
        plain: list[dict[str, Any]] = msgspec.to_builtins(kept)
        return plain

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Marks:
        """Marks of an earlier session, waiting for their text. What cannot be understood is left out."""
        marks = cls()
        for each in plain:
            try:
                kept = msgspec.convert(each, KeptMark)
            except msgspec.ValidationError:
                continue
            waiting = marks.of(ConversationKey(kept.source, kept.id)).waiting
            waiting.append(kept)
            del waiting[:-MAX_MARKS]
        return marks


def _is_of(kept: KeptMark, block: Block) -> bool:
    """Whether the mark was in that block."""
    if abs(block.at - kept.at) > SAME_TIME and block.turn != kept.turn:
        return False
    from chatwatch_tui.ui.found_text import parts_of, readable, solid

    words = "".join(readable(parts_of(block)))
    return bool(kept.words) and kept.words in solid(words)
