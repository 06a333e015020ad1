"""A transcript laid out for one width: which rows there are, and what is in each.

The layout follows its transcript by `sync`, which looks only at what is new: blocks after the last one laid out, the
block that text still flows into, and the ones the transcript calls revised. Finished rows are kept as plain strings;
spans are made when a row is drawn, because far more rows are laid out than ever seen.

Rows are counted from 0 at the first row kept. A place that must survive pruning, growth and another width is a `Place`:
a block and a number of its non-blank characters, for wrapping moves and swallows blanks only.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from typing import NamedTuple, Protocol

from chatwatch_tui.core.blocks import Block, TextBlock
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import INDENT, Row, block_rows, ours, pruned_row
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, fit

MAX_ROLE = 24
"""Characters, and cells, of a speaker's role."""
_BLANK_INDENT = ours(" " * INDENT)


class Place(NamedTuple):
    """A place in a transcript that does not depend on width or pruning."""

    block_id: int
    solid: int
    """Non-blank characters of the block's rows before it."""


def snapshot(transcript: Transcript) -> Transcript:
    """The transcript as it is now, for good: what a frozen pane goes on showing, at any width, while the real one
    grows, pairs its tools and is pruned. Texts are shared, so it costs little but what is pruned meanwhile."""
    held = copy(transcript)
    held.blocks = [copy(block) for block in transcript.blocks]
    return held


class BlockLayout(Protocol):
    """Rows of one block."""

    block: Block
    revision: int
    """The block's revision that is laid out."""
    growing: TextLayout | None
    """Itself, where it is text that may grow."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> Row:
        """The spans of a row."""

    def look(self, index: int) -> object:
        """Equal for equal looks; the same object while the row has not changed, so that comparing is quick."""

    def text(self, index: int) -> str:
        """The row's letters."""


class FixedLayout:
    """Rows of a block that is drawn as a whole."""

    __slots__ = ("block", "growing", "revision", "rows")

    def __init__(self, block: Block, rows: list[Row]) -> None:
        self.block: Block = block
        self.growing: TextLayout | None = None
        self.revision = block.revision
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, index: int) -> Row:
        return self.rows[index]

    def look(self, index: int) -> object:
        return self.rows[index]

    def text(self, index: int) -> str:
        return "".join(text for text, _ in self.rows[index])


class TextLayout:
    """Rows of flowing text, which grows at its end."""

    __slots__ = ("_head", "_ink", "_stand_in", "_taken", "_text_block", "block", "flow", "growing", "revision")

    def __init__(self, block: TextBlock, width: int, glyphs: Glyphs) -> None:
        self.block: Block = block
        self._text_block = block
        self.growing: TextLayout | None = self
        self.revision = -1
        self._taken = 0
        self._stand_in = 0
        self._ink = Ink.THINKING if block.flow == "thinking" else Ink.TEXT
        self.flow = FlowingText(max(1, width - INDENT))
        self._head: Row = ((_BLANK_INDENT, self._ink),)
        if block.continues:
            return
        if block.flow == "message":
            # A role made safe may be long, and must leave room for text even on a narrow screen.
            role = fit(safe_line(block.role, MAX_ROLE), min(MAX_ROLE, max(1, self.flow.width - 3)))
            self._head = ((SafeText(f"{role}  "), role_ink(block.role)),)
            # As many letters as the role takes of the first row stand in for it, so that the row wraps where it must;
            # the last is a blank, so that a word that does not fit beside the role goes to the next row as a whole.
            self._stand_in = cell_width(role) + 2 - INDENT
            if self._stand_in:
                self.flow.append("x" * (self._stand_in - 1) + " ")
        else:
            glyph = glyphs.thinking if block.flow == "thinking" else glyphs.token
            self._head = ((ours(f"{glyph} "), Ink.THINKING if block.flow == "thinking" else Ink.DIM),)

    def grow(self) -> int:
        """Take the text that is new; the first row that changed."""
        end = len(self._text_block.text)
        changed = len(self.flow.rows)
        if end > self._taken:
            text = self._text_block.text[self._taken :]
            if not self.flow.rows and not self._text_block.continues:
                text = text.lstrip(" \n")  # tokens begin with a blank, and models with a line end
            changed = self.flow.append(text)
            self._taken = end
        self.revision = self.block.revision
        return changed

    def __len__(self) -> int:
        return len(self.flow.rows)

    def row(self, index: int) -> Row:
        text = self.flow.rows[index]
        if index == 0:
            return (*self._head, (SafeText(text[self._stand_in :]), self._ink))
        return ((_BLANK_INDENT, self._ink), (text, self._ink))

    def look(self, index: int) -> object:
        return self.flow.rows[index]

    def text(self, index: int) -> str:
        return self.flow.rows[index] if index else self.flow.rows[0][self._stand_in :]


def role_ink(role: str) -> Ink:
    """The colour of a speaker."""
    return {"assistant": Ink.ASSISTANT, "tool": Ink.TOOL_NAME, "system": Ink.WARN}.get(role, Ink.PERSON)


class StreamLayout:
    """All rows of one transcript at one width."""

    def __init__(self, transcript: Transcript, width: int, glyphs: Glyphs) -> None:
        self.transcript = transcript
        self.width = width
        self.glyphs = glyphs
        self.rows_built = 0
        """Rows that were wrapped or drawn since the start; a figure for the account and for tests."""
        self._layouts: list[BlockLayout] = []
        self._first_id = 0
        self._tops: list[int] = []
        self._total = 0
        self._pruned: Row | None = None
        self._seen_revisions = transcript.revisions

    def __len__(self) -> int:
        return self._total

    # -- following the transcript ----------------------------------------------------------------------------------

    def sync(self) -> int | None:
        """Lay out what is new; the first row that changed, None where nothing did (0 where rows went at the top)."""
        transcript = self.transcript
        changed: int | None = None
        if transcript.first_id != self._first_id:
            self._forget_pruned()
            changed = 0
        first_dirty: int | None = None
        known = len(self._layouts)
        for position in self._revised_positions():
            if 0 <= position < known:
                row = self._relay(position)
                if row is not None:
                    changed = row if changed is None else min(changed, row)
                    first_dirty = position if first_dirty is None else min(first_dirty, position)
        if first_dirty is not None:
            self._set_tops(first_dirty)
        blocks = transcript.blocks
        if known < len(blocks):
            changed = self._total if changed is None else min(changed, self._total)
            for block in blocks[known:]:
                self._layouts.append(self._lay_out(block))
            self._set_tops(known)
        return changed

    def _revised_positions(self) -> list[int]:
        """Where blocks changed since the last call, in order: all positions if too many did to know."""
        log = self.transcript.revised
        new = self.transcript.revisions - self._seen_revisions
        self._seen_revisions = self.transcript.revisions
        if new > len(log):
            return list(range(len(self._layouts)))
        return sorted({log[-back] - self._first_id for back in range(1, new + 1)})

    def _relay(self, position: int) -> int | None:
        """Bring a block that was laid out up to date; its first changed row, None where it had not changed."""
        layout = self._layouts[position]
        block = layout.block
        if layout.revision == block.revision:
            return None
        top = self._tops[position]
        if layout.growing is not None:
            before = len(layout)
            first = layout.growing.grow()
            self.rows_built += len(layout) - min(first, before)
            return top + first
        self._layouts[position] = self._lay_out(block)
        return top

    def _lay_out(self, block: Block) -> BlockLayout:
        layout: BlockLayout
        if isinstance(block, TextBlock):
            growing = layout = TextLayout(block, self.width, self.glyphs)
            growing.grow()
        else:
            layout = FixedLayout(block, block_rows(block, self.width, self.glyphs))
        self.rows_built += len(layout)
        return layout

    def _forget_pruned(self) -> None:
        transcript = self.transcript
        gone = transcript.first_id - self._first_id
        del self._layouts[:gone]
        self._first_id = transcript.first_id
        self._pruned = pruned_row(transcript.pruned_turns, transcript.pruned_chars, self.width, self.glyphs)
        self._tops = []
        self._set_tops(0)

    def _set_tops(self, first: int) -> None:
        """Row numbers from the block at position `first` on."""
        if first == 0:
            top = 0 if self._pruned is None else 1
        else:
            top = self._tops[first - 1] + len(self._layouts[first - 1])
        del self._tops[first:]
        for layout in self._layouts[first:]:
            self._tops.append(top)
            top += len(layout)
        self._total = top

    def keep_what_is_laid_out(self) -> Transcript:
        """Go on with the blocks that are laid out, pruned or not, as a transcript of their own; follow no more."""
        held = copy(self.transcript)
        held.blocks = [copy(layout.block) for layout in self._layouts]
        held.first_id = self._first_id
        self.transcript = held
        return held

    def first_block_read(self, number: int) -> int:
        """The id of the block whose text a row shows; of the first one where the row is the mark of what is pruned."""
        return max(self._first_id, self.anchor(number)[0])

    # -- reading rows ----------------------------------------------------------------------------------------------

    def _find(self, row: int) -> tuple[BlockLayout, int] | None:
        """The block of a row and the row's number in it; None for the mark of what is pruned."""
        position = bisect_right(self._tops, row) - 1
        if position < 0:
            return None
        layout = self._layouts[position]
        return layout, row - self._tops[position]

    def row(self, number: int) -> Row:
        """The spans of a row, 0 <= number < len(self)."""
        found = self._find(number)
        if found is None:
            return self._pruned or ()
        layout, index = found
        return layout.row(index)

    def key(self, number: int) -> tuple[int, int, object]:
        """Equal as long as the row looks the same: what caches of drawn rows compare."""
        found = self._find(number)
        if found is None:
            return (-1, 0, self._pruned)
        layout, index = found
        return (layout.block.id, index, layout.look(index))

    def place(self, number: int) -> Place:
        """The place of a row's first letter."""
        found = self._find(number) if self._layouts else None
        if found is None:
            return Place(self._first_id - 1, 0)  # the mark of what is pruned
        layout, index = found
        solid = sum(len("".join(layout.text(earlier).split())) for earlier in range(index))
        return Place(layout.block.id, solid)

    def row_of(self, place: Place) -> int:
        """The row in which a place stands now; the first row where it has been pruned."""
        position = place.block_id - self._first_id
        if position < 0 or not self._layouts:
            return 0
        if position >= len(self._layouts):
            return max(0, self._total - 1)
        layout = self._layouts[position]
        solid = 0
        for index in range(len(layout)):
            solid += len("".join(layout.text(index).split()))
            if solid > place.solid:
                return self._tops[position] + index
        return self._tops[position] + max(0, len(layout) - 1)

    def anchor(self, number: int) -> tuple[int, int]:
        """A row as block id and row in the block: cheaper than a `Place`, good while the width stays."""
        found = self._find(number) if self._layouts else None
        return (self._first_id - 1, 0) if found is None else (found[0].block.id, found[1])

    def row_of_anchor(self, anchor: tuple[int, int]) -> int:
        """Where that row is now; the first row where it has been pruned."""
        block_id, index = anchor
        top = self.top_of(block_id)
        return 0 if top is None else top + index

    def block_at(self, number: int) -> Block | None:
        """The block that a row belongs to."""
        found = self._find(number)
        return None if found is None else found[0].block

    def top_of(self, block_id: int) -> int | None:
        """The first row of a block; None where it is not laid out."""
        position = block_id - self._first_id
        return self._tops[position] if 0 <= position < len(self._tops) else None
