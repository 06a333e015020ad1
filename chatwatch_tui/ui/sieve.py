"""A filter at work on the blocks of one layout: which of them, and which of their lines, are laid out.

What a level hides is not looked at: it neither matches nor counts as filtered. Errors and gaps are always there.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chatwatch_tui.core.blocks import Block, ErrorBlock, GapBlock, NoteBlock, TextBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.filtering import Filter, FilterQuery, Granularity, LineTest, Turns
from chatwatch_tui.core.parts import parts, text_part
from chatwatch_tui.ui.block_layout import BlockLayout
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.reading import LEVELS, kinds
from chatwatch_tui.ui.sifted_text import SiftedText
from chatwatch_tui.ui.text_layout import lay_out


class Sieve:
    """Lays out what passes."""

    def __init__(self, query: FilterQuery, levels: DisplaySettings) -> None:
        self.filter = Filter(query)
        self._levels = levels
        self._turns = Turns(self.filter) if query.granularity is Granularity.TURN else None

    @property
    def judges_turns(self) -> bool:
        """Whether turns are shown or hidden as a whole."""
        return self._turns is not None

    # -- turns -----------------------------------------------------------------------------------------------------

    def note(self, blocks: Iterable[Block], gone: Iterable[Block] = ()) -> set[int]:
        """Blocks are new or have changed, others are gone; the turns that are to be laid out anew for it."""
        if self._turns is None:
            return set()
        touched: set[int] = set()
        for block in gone:
            self._turns.forget(block.id)
            touched.add(block.turn)
        for block in blocks:
            if not self._is_hidden(block):
                self._turns.note(block)
            touched.add(block.turn)
        return self._turns.flipped(touched)

    def _is_hidden(self, block: Block) -> bool:
        found = kinds(block)
        return bool(found) and all(getattr(self._levels, kind) is Level.HIDDEN for kind in found)

    # -- lines -----------------------------------------------------------------------------------------------------

    def lay_out(
        self, block: Block, before: BlockLayout | None, width: int, glyphs: Glyphs, speaker: str | None
    ) -> BlockLayout:
        """A block, as far as it passes."""
        levels = self._levels
        if isinstance(block, (ErrorBlock, GapBlock)) or self._is_hidden(block):
            return lay_out(block, before, width, glyphs, levels, speaker)
        if self._turns is not None and self._turns.passes(block.turn):
            return lay_out(block, before, width, glyphs, levels, speaker)
        if isinstance(block, TextBlock):
            return self._text(block, width, glyphs, speaker)
        found = parts(block)
        shown = [kind for kind, part in found if self._turns is None and self.filter.passes(part)]
        sifted = sum(kind not in shown and getattr(levels, kind, None) is not Level.HIDDEN for kind, _ in found)
        if not shown or isinstance(block, NoteBlock):
            layout = lay_out(block, before, width, glyphs, levels) if shown else BlockLayout(block)
            layout.hides = tuple(kind for kind in kinds(block) if getattr(levels, kind) is Level.HIDDEN)
        else:
            others = {kind: Level.HIDDEN for kind, _ in found if kind not in shown and kind in LEVELS}
            layout = lay_out(block, before, width, glyphs, msgspec.structs.replace(levels, **others))
            layout.hides = tuple(kind for kind in layout.hides if getattr(levels, kind) is Level.HIDDEN)
        layout.sifted = sifted
        return layout

    def _text(self, block: TextBlock, width: int, glyphs: Glyphs, speaker: str | None) -> BlockLayout:
        test = LineTest(self.filter, text_part(block, "")) if self._turns is None else None
        return SiftedText(block, width, glyphs, test, speaker if block.flow == "token" else None)
