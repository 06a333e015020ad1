"""Blocks laid out for one width: which rows each has. Flowing text has `text_layout`."""

from __future__ import annotations

import re
from typing import ClassVar

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.display import Level
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import INDENT, Row, ours
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import fit

MAX_ROLE = 24
"""Characters, and cells, of a speaker's role."""
_BLANK_INDENT = ours(" " * INDENT)
_FULL, _HIDDEN = Level.FULL, Level.HIDDEN
_LINE_SPACE = re.compile("[ \n\t]+")


class BlockLayout:
    """Rows of one block; this one has none."""

    __slots__ = ("block", "grows", "hides", "revision", "sifted")
    lead: ClassVar[int] = 0
    """Rows above the block's own: the mark where a day begins."""

    def __init__(self, block: Block, hides: tuple[str, ...] = (), *, grows: bool = False) -> None:
        self.block = block
        self.grows = grows
        """Whether `grow` brings it up to date; else it has to be laid out anew."""
        self.revision = block.revision
        """The block's revision that is laid out."""
        self.hides = hides
        """The kinds that are hidden here, once a part."""
        self.sifted = 0
        """Lines that a filter hides here."""

    def __len__(self) -> int:
        return 0

    @property
    def ends_open(self) -> bool:
        """Whether its last row is where more of it comes in."""
        return len(self) > self.lead

    def grow(self) -> int:
        """Take in what is new; the first row that changed."""
        return len(self)

    def row(self, index: int) -> Row:
        """The spans of a row."""
        raise IndexError(index)

    def look(self, index: int) -> object:
        """Equal for equal looks; the same object while the row has not changed, so that comparing is quick."""
        return self.row(index)

    def text(self, index: int) -> str:
        """The row's letters."""
        return "".join(text for text, _ in self.row(index))

    def time_of(self, index: int) -> float | None:
        """Unix seconds, where something begins in that row."""
        return self.block.at if index == 0 else None

    def last_time(self, end: int) -> float | None:
        """The time of the last row before `end` in which something begins."""
        return self.time_of(0) if 0 < end <= len(self) else None

    def solid_before(self, index: int) -> int:
        """Non-blank characters of the block's rows before that one."""
        return sum(len("".join(self.text(earlier).split())) for earlier in range(index))

    def index_of(self, solid: int) -> int:
        """The row in which the character after so many non-blank ones stands."""
        passed = 0
        for index in range(len(self)):
            passed += len("".join(self.text(index).split()))
            if passed > solid:
                return index
        return max(0, len(self) - 1)


class FixedLayout(BlockLayout):
    """Rows of a block that is drawn as a whole."""

    __slots__ = ("_result_from", "rows")

    def __init__(self, block: Block, rows: list[Row], hides: tuple[str, ...] = (), result_from: int = -1) -> None:
        self.block = block  # not by way of the base: there is one of these for every block
        self.grows = False
        self.revision = block.revision
        self.hides = hides
        self.sifted = 0
        self.rows = rows
        self._result_from = result_from

    @property
    def call_rows(self) -> int:
        """How many of the rows are a tool's call; the others are its result."""
        if self._result_from >= 0:
            return self._result_from
        return int(isinstance(self.block, ToolBlock) and self.block.called)  # as it is by default

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, index: int) -> Row:
        return self.rows[index]

    def time_of(self, index: int) -> float | None:
        """A tool's result has a time of its own."""
        if index == self._result_from and isinstance(self.block, ToolBlock):
            return self.block.result_at
        return super().time_of(index)

    def last_time(self, end: int) -> float | None:
        """A tool's result has a time of its own."""
        answered = self.time_of(self._result_from) if 0 <= self._result_from < end else None
        return super().last_time(end) if answered is None else answered


class DatedLayout(BlockLayout):
    """Another layout below the mark of the day that begins with it."""

    __slots__ = ("inner", "mark")
    lead = 1

    def __init__(self, inner: BlockLayout, mark: Row) -> None:
        super().__init__(inner.block, inner.hides, grows=inner.grows)
        self.inner = inner
        self.mark = mark
        self.revision = inner.revision
        self.sifted = inner.sifted

    @property
    def ends_open(self) -> bool:
        """As inside."""
        return self.inner.ends_open

    def grow(self) -> int:
        """As inside."""
        changed = self.inner.grow() + 1
        self.revision = self.inner.revision
        self.sifted = self.inner.sifted
        return changed

    def __len__(self) -> int:
        return len(self.inner) + 1

    def row(self, index: int) -> Row:
        return self.inner.row(index - 1) if index else self.mark

    def look(self, index: int) -> object:
        return self.inner.look(index - 1) if index else self.mark

    def time_of(self, index: int) -> float | None:
        """The mark has none."""
        return self.inner.time_of(index - 1) if index else None

    def last_time(self, end: int) -> float | None:
        """The mark has none."""
        return self.inner.last_time(end - 1)

    def solid_before(self, index: int) -> int:
        """The mark does not count."""
        return self.inner.solid_before(max(0, index - 1))

    def index_of(self, solid: int) -> int:
        """Below the mark."""
        return min(len(self.inner), self.inner.index_of(solid) + 1)


def head(block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None = None) -> Row:
    """What stands before a text: its sign, or who speaks. `width` is that of the text beside it."""
    if block.flow == "message":
        speaker = block.role
    if speaker is None:
        glyph = glyphs.thinking if block.flow == "thinking" else glyphs.token
        return ((ours(f"{glyph} "), Ink.THINKING if block.flow == "thinking" else Ink.DIM),)
    # A role made safe may be long, and must leave room for text even on a narrow screen.
    role = fit(safe_line(speaker, MAX_ROLE), min(MAX_ROLE, max(1, width - 3)))
    return ((SafeText(f"{role}  "), role_ink(speaker)),)


def text_ink(block: TextBlock) -> Ink:
    """The ink of flowing text."""
    return Ink.THINKING if block.flow == "thinking" else Ink.TEXT


def role_ink(role: str) -> Ink:
    """The colour of a speaker."""
    return {"assistant": Ink.ASSISTANT, "tool": Ink.TOOL_NAME, "system": Ink.WARN}.get(role, Ink.PERSON)
