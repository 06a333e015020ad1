"""Blocks laid out for one width: which rows each has, in full, in one line, or none.

Finished rows of flowing text are plain strings; spans are made when a row is drawn, because far more rows are laid out
than ever seen. A text of several pages that is shown in one line is one line of its first page (`FoldedText`), which
counts what the further ones (`FoldedPage`) have.
"""

from __future__ import annotations

import re
from typing import ClassVar

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import INDENT, MAX_FOLDED, Row, block_rows, call_rows, ours
from chatwatch_tui.ui.figures import count
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.reading import kinds
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import ELLIPSIS, cell_width, fit

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
        super().__init__(block, hides)
        self.rows = rows
        self._result_from = result_from

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, index: int) -> Row:
        return self.rows[index]

    def time_of(self, index: int) -> float | None:
        """A tool's result has a time of its own."""
        if index == self._result_from and isinstance(self.block, ToolBlock):
            return self.block.result_at
        return super().time_of(index)


class TextLayout(BlockLayout):
    """Rows of flowing text, which grows at its end."""

    __slots__ = ("_head", "_ink", "_stand_in", "_taken", "_text_block", "flow")

    def __init__(self, block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None = None) -> None:
        super().__init__(block, grows=True)
        self._text_block = block
        self._taken = 0
        self._stand_in = 0
        self._ink = text_ink(block)
        self.flow = FlowingText(max(1, width - INDENT))
        if block.continues:
            self._head: Row = ((_BLANK_INDENT, self._ink),)
        else:
            self._head = head(block, self.flow.width, glyphs, speaker)
            # As many letters as the role takes of the first row stand in for it, so that the row wraps where it must;
            # the last is a blank, so that a word that does not fit beside the role goes to the next row as a whole.
            self._stand_in = cell_width(self._head[0][0]) - INDENT
            if self._stand_in:
                self.flow.append("x" * (self._stand_in - 1) + " ")
        self.grow()

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


class FoldedText(BlockLayout):
    """Flowing text as one row: its first words, and how much there is where they are not all."""

    __slots__ = ("_block", "_head", "_looked_at", "_pages", "_row", "_width", "_words")

    def __init__(self, block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None = None) -> None:
        super().__init__(block, grows=True)
        self._block = block
        self._looked_at = 0
        self._width = width
        self._head = head(block, max(1, width - INDENT), glyphs, speaker)
        self._pages: list[TextBlock] = []
        self._words = SafeText("")
        self._row: Row = ()
        self.grow()

    def add(self, page: TextBlock) -> None:
        """The text goes on there."""
        self._pages.append(page)
        self.grow()

    def grow(self) -> int:
        """Take in what is new here and in further pages."""
        self.revision = self.block.revision
        text = self._block.text
        if self._looked_at < min(len(text), MAX_FOLDED):
            self._looked_at = min(len(text), MAX_FOLDED)
            self._words = safe_line(_LINE_SPACE.sub(" ", text[:MAX_FOLDED]).strip(" "))
        ink = text_ink(self._block)
        room = self._width - cell_width(self._head[0][0])
        if self._looked_at == len(text) and not self._pages and cell_width(self._words) <= room:
            self._row = (*self._head, (self._words, ink)) if self._words else ()
            return 0
        figure = ours(f"  {count(len(text) + sum(len(page.text) for page in self._pages))} characters")
        if room < len(figure) + INDENT:
            figure = ours("")
        words = fit(SafeText(f"{self._words}{ELLIPSIS}"), max(0, room - len(figure)))
        self._row = (*self._head, (words, ink), (figure, Ink.DIM))
        return 0

    def __len__(self) -> int:
        return 1 if self._row else 0

    def row(self, index: int) -> Row:
        return self._row

    def solid_before(self, index: int) -> int:
        """Its one row is the beginning ..."""
        return 0

    def index_of(self, solid: int) -> int:
        """... and all the rest."""
        return 0


class FoldedPage(BlockLayout):
    """A further page of a text that is one row: it has none."""

    __slots__ = ("first",)

    def __init__(self, block: TextBlock, first: FoldedText) -> None:
        super().__init__(block)
        self.first = first
        first.add(block)


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

    def solid_before(self, index: int) -> int:
        """The mark does not count."""
        return self.inner.solid_before(max(0, index - 1))

    def index_of(self, solid: int) -> int:
        """Below the mark."""
        return min(len(self.inner), self.inner.index_of(solid) + 1)


def lay_out(
    block: Block,
    before: BlockLayout | None,
    width: int,
    glyphs: Glyphs,
    levels: DisplaySettings,
    speaker: str | None = None,
) -> BlockLayout:
    """A block as these levels say; `before` is the layout of the block before it, None at the top of all.

    `speaker` is the role under which streamed answers are shown, None for their sign.
    """
    hidden = tuple(kind for kind in kinds(block) if getattr(levels, kind) is _HIDDEN)
    if isinstance(block, TextBlock):
        continues = block.continues and before is not None
        level: Level = getattr(levels, kinds(block)[0])
        if level is _HIDDEN:
            return BlockLayout(block, () if continues else hidden)
        if level is _FULL:
            return TextLayout(block, width, glyphs, speaker if block.flow == "token" else None)
        inner = before.inner if isinstance(before, DatedLayout) else before
        if continues and isinstance(inner, FoldedText):
            return FoldedPage(block, inner)
        if continues and isinstance(inner, FoldedPage):
            return FoldedPage(block, inner.first)
        return FoldedText(block, width, glyphs, speaker if block.flow == "token" else None)
    result_from = len(call_rows(block, width, glyphs, levels)) if isinstance(block, ToolBlock) else -1
    return FixedLayout(block, block_rows(block, width, glyphs, levels), hidden, result_from)


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
