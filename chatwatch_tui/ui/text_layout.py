"""Flowing text laid out for one width: in full, in one line, or not at all; and the choice between them for any block.

Finished rows of flowing text are plain strings; spans are made when a row is drawn, because far more rows are laid out
than ever seen. A text of several pages that is shown in one line is one line of its first page (`FoldedText`), which
counts what the further ones (`FoldedPage`) have.
"""

from __future__ import annotations

import re

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_layout import BlockLayout, DatedLayout, FixedLayout, head, text_ink
from chatwatch_tui.ui.block_rows import INDENT, MAX_FOLDED, Row, block_rows, call_rows, ours
from chatwatch_tui.ui.figures import count
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.reading import kinds
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import ELLIPSIS, cell_width, fit

_BLANK_INDENT = ours(" " * INDENT)
_FULL, _HIDDEN = Level.FULL, Level.HIDDEN
_LINE_SPACE = re.compile("[ \n\t]+")


class TextLayout(BlockLayout):
    """Rows of flowing text, which grows at its end."""

    __slots__ = ("_head", "_ink", "_stand_in", "_taken", "_text_block", "flow")

    def __init__(self, block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None = None) -> None:
        self.block = block  # not by way of the base: there is one of these for every text
        self.grows = True
        self.hides = ()
        self.sifted = 0
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

    __slots__ = ("_block", "_head", "_looked_at", "_row", "_width", "_words", "pages")

    def __init__(self, block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None = None) -> None:
        super().__init__(block, grows=True)
        self._block = block
        self._looked_at = 0
        self._width = width
        self._head = head(block, max(1, width - INDENT), glyphs, speaker)
        self.pages: list[TextBlock] = []
        """The further pages of the text."""
        self._words = SafeText("")
        self._row: Row = ()
        self.grow()

    def add(self, page: TextBlock) -> None:
        """The text goes on there."""
        self.pages.append(page)
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
        if self._looked_at == len(text) and not self.pages and cell_width(self._words) <= room:
            self._row = (*self._head, (self._words, ink)) if self._words else ()
            return 0
        figure = ours(f"  {count(len(text) + sum(len(page.text) for page in self.pages))} characters")
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
