"""Flowing text of which a filter shows some lines: decided once a line, and for the open one as it grows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.filtering import LineTest
from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.block_layout import BlockLayout, head, text_ink
from chatwatch_tui.ui.block_rows import INDENT, Row, ours
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.wrap import cell_width, expand_tabs, wrap

_BLANK_INDENT = ours(" " * INDENT)


class SiftedText(BlockLayout):
    """Rows of the lines that pass; each begins with the sign or the speaker, for what stood before it is not there."""

    __slots__ = (
        "_closed_rows",
        "_has_open",
        "_head",
        "_ink",
        "_solids",
        "_starts",
        "_taken",
        "_test",
        "_text_block",
        "_width",
        "rows",
    )

    def __init__(
        self, block: TextBlock, width: int, glyphs: Glyphs, test: LineTest | None, speaker: str | None = None
    ) -> None:
        """No line passes a `test` that is None."""
        super().__init__(block, grows=True)
        self._text_block = block
        self._test = test
        self._width = width
        self._ink = text_ink(block)
        self._head = head(block, max(1, width - INDENT), glyphs, speaker)
        self.rows: list[SafeText] = []
        self._starts: list[tuple[int, int]] = []
        """Of each line that is shown: its first row, and where in the block's text it begins."""
        self._solids: list[int] = []
        """Of each line that is shown: the non-blank characters of the text before it; counted once somebody asks."""
        self._closed_rows = 0
        self._has_open = False
        """Whether the open line is among those sifted out."""
        self._taken = 0
        """Characters of the lines that are closed."""
        self.grow()

    def grow(self) -> int:
        """Take in what is new; the first row that changed."""
        self.revision = self.block.revision
        changed = self._closed_rows
        before = self.rows[changed:]
        del self.rows[changed:]
        while self._starts and self._starts[-1][0] >= changed:
            self._starts.pop()
        del self._solids[len(self._starts) :]
        if self._has_open:
            self.sifted -= 1
        text = self._text_block.text
        end = text.rfind("\n") + 1
        if end > self._taken:
            self._add(text[self._taken : end - 1])
            self._taken = end
        self._closed_rows = len(self.rows)
        sifted = self.sifted
        self._add(text[end:])
        self._has_open = self.sifted > sifted
        if self.rows[changed:] == before:
            return len(self.rows)
        return changed

    def _add(self, text: str) -> None:
        """Show those of the next lines that pass."""
        safe = make_safe(text)
        lines = safe.split("\n")
        if self._test is None or (len(lines) > 3 and self._test.rules_out(safe)):
            self.sifted += sum(1 for line in lines if line.strip(" \t"))
            return
        shown: list[SafeText] = []
        at = self._taken
        raw_lines = lines if safe == text else text.split("\n")
        for line, raw, passes in zip(lines, raw_lines, self._test.passing(lines), strict=True):
            if not line.strip(" \t"):
                pass
            elif passes:
                self._starts.append((len(self.rows) + len(shown), at))
                # Indentation says something, but before the first word of a text: tokens begin with a blank.
                shown += self._wrapped(SafeText((line if at else line.lstrip(" ")).rstrip(" ")))
            else:
                self.sifted += 1
            at += len(raw) + 1
        self.rows += shown

    def _wrapped(self, line: SafeText) -> list[SafeText]:
        stand_in = cell_width(self._head[0][0]) - INDENT
        if stand_in <= 0:
            return wrap(expand_tabs(line), self._width - INDENT)
        first, *more = wrap(SafeText("x" * (stand_in - 1) + " " + expand_tabs(line)), self._width - INDENT)
        return [SafeText(first[stand_in:]), *more]

    @property
    def ends_open(self) -> bool:
        """Whether the open line is among those shown."""
        return len(self.rows) > self._closed_rows

    def __len__(self) -> int:
        return len(self.rows)

    def _line_of(self, index: int) -> tuple[int, int]:
        return self._starts[bisect_right(self._starts, index, key=lambda start: start[0]) - 1]

    def row(self, index: int) -> Row:
        text = self.rows[index]
        if self._line_of(index)[0] == index:
            return (*self._head, (text, self._ink))
        return ((_BLANK_INDENT, self._ink), (text, self._ink))

    def look(self, index: int) -> object:
        return self.rows[index], self._line_of(index)[0] == index

    def text(self, index: int) -> str:
        return self.rows[index]

    def lines(self) -> Iterator[tuple[int, int]]:
        """Where in the block's text the lines that are shown begin and end, line ends included."""
        text = self._text_block.text
        for _, begin in self._starts:
            yield begin, (text.find("\n", begin) + 1) or len(text)

    def line_solids(self, count: Callable[[str], int]) -> list[int | None]:
        """Of each row that is the first of a line what is counted in the text before it; None for the others."""
        begins: list[int | None] = [None] * len(self.rows)
        at = passed = 0
        for row, begin in self._starts:
            passed += count(make_safe(self._text_block.text[at:begin]))
            begins[row] = passed
            at = begin
        return begins

    def _solids_before(self) -> list[int]:
        """Of each line that is shown, see `_solids`."""
        text, solids = self._text_block.text, self._solids
        at = self._starts[len(solids) - 1][1] if solids else 0
        passed = solids[-1] if solids else 0
        for _, begin in self._starts[len(solids) :]:
            passed += len("".join(make_safe(text[at:begin]).split()))
            solids.append(passed)
            at = begin
        return solids

    def solid_before(self, index: int) -> int:
        """In the whole text, so that the place is found again where nothing is hidden."""
        if not self._starts:
            return 0
        line = bisect_right(self._starts, min(index, len(self.rows) - 1), key=lambda start: start[0]) - 1
        first = self._starts[line][0]
        return self._solids_before()[line] + sum(len("".join(row.split())) for row in self.rows[first:index])

    def shows(self, solid: int) -> bool:
        """Whether the line with the character after so many others is shown."""
        line = bisect_right(self._solids_before(), solid) - 1
        if line < 0:
            return False
        first = self._starts[line][0]
        end = self._starts[line + 1][0] if line + 1 < len(self._starts) else len(self.rows)
        return solid < self._solids[line] + sum(len("".join(row.split())) for row in self.rows[first:end])

    def index_of(self, solid: int) -> int:
        """The row of that place, or of the last line shown before it."""
        position = bisect_right(self._solids_before(), solid) - 1
        if position < 0:
            return 0
        index, passed = self._starts[position][0], self._solids[position]
        end = self._starts[position + 1][0] if position + 1 < len(self._starts) else len(self.rows)
        while index + 1 < end and passed + len("".join(self.rows[index].split())) <= solid:
            passed += len("".join(self.rows[index].split()))
            index += 1
        return index
