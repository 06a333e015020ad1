"""Exact cells: how wide text is, cut and padded to a width, wrapped into rows.

Widths are Rich's, which Textual's strips go by, but for spacing marks (see `doubtful`; `Look` adds the blanks that
make a strip as wide by Rich's). Text that consists of characters of one cell each (ASCII, most of Latin, Greek,
Cyrillic) takes a fast way with one regular expression per width; everything else is walked grapheme by grapheme.

Wrapping breaks after blanks and between ideographs, never inside a grapheme; a word that is longer than a row is broken
where the row ends. Blanks at a break are swallowed, so that rows joined are the line but for those; at the very end of
a line they stay as far as they fit.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size, split_graphemes

from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.doubtful import is_doubtful, most_cells, spacing_marks

ELLIPSIS = "…"
TAB = 4
_FRAME = 2
"""Cells of a frame, with the blank before it."""
_LONG = 512
"""Characters from which on a text is not remembered for its width, as with Rich."""
NARROW = frozenset(
    chr(code)
    for first, last in ((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x2013, 0x2027), (0x2190, 0x2193))
    for code in range(first, last + 1)
)
"""One cell each, and nothing joins them. Not measured at the start, which would wait for it: a test does."""
_is_narrow = NARROW.issuperset
# Kinsoku: what must not begin a row, and what must not end one.
_NO_BEGIN = frozenset("、。，．・：；？！）］｝〉》」』】〕〗’”…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}")
_NO_END = frozenset("（［｛〈《「『【〔〖‘“([{")


def cell_width(text: SafeText) -> int:
    """Cells that the text takes."""
    if text.isascii():
        return len(text)
    return _cells(text) if len(text) < _LONG else _cells.__wrapped__(text)


@lru_cache(maxsize=4096)
def _cells(text: str) -> int:
    return cell_len(text) + spacing_marks(text)


def fit(text: SafeText, width: int) -> SafeText:
    """At most `width` cells; what is cut ends with an ellipsis."""
    if cell_width(text) <= width:
        return text
    if width <= 0:
        return SafeText("")
    return SafeText(_head(text, width - 1) + ELLIPSIS)


def pad(text: SafeText, width: int) -> SafeText:
    """Exactly `width` cells: cut, or filled with blanks."""
    fitted = fit(text, width)
    return SafeText(fitted + " " * (width - cell_width(fitted)))


def expand_tabs(text: SafeText, column: int = 0) -> SafeText:
    """Tabs as blanks up to the next stop, in cells; the text begins in that column of its line."""
    if "\t" not in text:
        return text
    expanded: list[str] = []
    for part in text.split("\t"):
        if expanded:
            blanks = TAB - column % TAB
            expanded.append(" " * blanks)
            column += blanks
        expanded.append(part)
        column += cell_width(SafeText(part))
    return SafeText("".join(expanded))


def wrap(line: SafeText, width: int) -> list[SafeText]:
    """One line (no line feed in it) as rows; an empty line has none."""
    return [SafeText(row) for row in _rows(line, max(1, width))[0]]


def _head(text: str, width: int) -> str:
    """As many graphemes as fit into `width` cells."""
    if _is_narrow(text):
        return text[:width]
    used = end = 0
    # A grapheme is rarely longer than a dozen characters: no need to look at megabytes for a few cells.
    for _, stop, cells in graphemes(text[: 16 * width + 64]):
        if used + cells > width:
            break
        used, end = used + cells, stop
    return text[:end]


def _rows(line: str, width: int) -> tuple[list[str], int]:
    """Rows of a line, and where in the line the last one begins."""
    if not line:
        return [], 0
    rows, start = (_narrow_rows if _is_narrow(line) else _exact_rows)(line, width)
    rows[:-1] = [row.rstrip(" ") for row in rows[:-1]]
    return rows, start


def _narrow_rows(line: str, width: int) -> tuple[list[str], int]:
    solid = line.lstrip(" ")
    if not solid:
        return [line[:width]], 0
    # Indentation belongs to the first word: a row is never broken between the two.
    blank_rows, indent = divmod(len(line) - len(solid), width)
    rows = [""] * blank_rows
    start = blank_rows * width
    at = start + indent
    if indent:
        first = _pattern(width - indent).match(line, at)
        assert first is not None
        rows.append(line[start:at] + (first[1] or first[2]))
        at = first.end()
    for match in _pattern(width).finditer(line, at):
        rows.append(match[1] or match[2])
        start = match.start()
    return rows, start


@lru_cache(maxsize=64)
def _pattern(width: int) -> re.Pattern[str]:
    """As much as fits, up to blanks (of which those that do not fit are swallowed) or the end; else a broken word."""
    return re.compile(rf"(.{{1,{width}}})(?: +|$)|(.{{{width}}})", re.DOTALL)


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """Spans of (start, end, cells). Rich's, with what it leaves apart joined: pairs of regional indicators, skin tones,
    and a leading character without width, and with the cells of spacing marks."""
    sizes = list(map(get_character_cell_size, text))
    if 0 not in sizes and not is_doubtful(text):
        return list(zip(range(len(text)), range(1, len(text) + 1), sizes, strict=True))
    spans: list[tuple[int, int, int]] = []
    paired = False
    for start, end, measured in split_graphemes(text)[0]:
        char, cells = text[start], measured + spacing_marks(text[start:end])
        is_region = "\U0001f1e6" <= char <= "\U0001f1ff"
        if spans and (
            (is_region and paired) or "\U0001f3fb" <= char <= "\U0001f3ff" or spans[-1][2] == 0 or cells == 0
        ):
            first, _, before = spans[-1]
            spans[-1] = (first, end, before + cells)
            paired = False
        else:
            spans.append((start, end, cells))
            paired = is_region
    return spans


def _exact_rows(line: str, width: int) -> tuple[list[str], int]:
    rows: list[str] = []
    row_start = 0  # where the row begins
    used = 0  # its cells so far
    break_at = 0  # where it may be broken: nothing, or the end of the last blank or ideograph
    used_at_break = 0
    spans = graphemes(line)
    doubtful = is_doubtful(line)
    indent = len(line) - len(line.lstrip(" "))
    for index, (start, end, cells) in enumerate(spans):
        if line[start:end] == " ":
            used += 1
            if start >= indent:
                break_at, used_at_break = end, used
            continue
        if start > max(indent, row_start) and _may_break(line, spans[index - 1], (start, end, cells)):
            break_at, used_at_break = start, used
        needed = _needed(line[start:end], cells) if doubtful else cells
        if used + needed > width and start > row_start:
            if break_at > row_start:
                rows.append(_cut_blanks(line[row_start:break_at], width))
                row_start, used = break_at, used - used_at_break
            while used + needed > width and start > row_start:
                # A word longer than a row (or what is left of one after the break).
                cut, fits = _fitting(line, spans, row_start, start, width)
                rows.append(line[row_start:cut])
                row_start, used = cut, used - fits
            break_at, used_at_break = row_start, 0
        used += cells
    rest = line[row_start:]
    rows.append(_cut_blanks(rest, width))
    return [row if cell_width(SafeText(row)) <= width else "?" * min(1, width) for row in rows], row_start


def _needed(grapheme: str, cells: int) -> int:
    """Cells that must be left for a grapheme in its row: behind the last one stands a frame of two cells, and what is
    drawn wider than it is counted may reach into that, and no further."""
    return max(cells, most_cells(grapheme) - _FRAME)


def _may_break(line: str, before: tuple[int, int, int], after: tuple[int, int, int]) -> bool:
    """Between ideographs and what surrounds them, but not before closing or after opening punctuation."""
    first, second = line[before[0]], line[after[0]]
    if second in _NO_BEGIN or first in _NO_END:
        return False
    return first != " " and (_stands_alone(first, before[2]) or _stands_alone(second, after[2]))


def _stands_alone(char: str, cells: int) -> bool:
    """Ideographs, emoji, and symbols that may become emoji when a selector follows: decided without looking ahead, so
    that text to come never moves a break before it. Begins behind the four arrows, which are never emoji: they are
    `_NARROW`, and a break that only the exact way knows would move when something wide follows."""
    return char >= "\u2194" and (cells == 2 or char <= "\u2bff" or "\U0001f1e6" <= char <= "\U0001f1ff")


def _fitting(line: str, spans: list[tuple[int, int, int]], start: int, stop: int, width: int) -> tuple[int, int]:
    """How far a row that begins at `start` reaches, and how many cells that are; at least one grapheme."""
    used, reached = 0, start
    for first, end, cells in spans[_index_of(spans, start) :]:
        if first >= stop or (used + cells > width and reached > start):
            break
        used, reached = used + cells, end
    return reached, used


def _index_of(spans: list[tuple[int, int, int]], start: int) -> int:
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][0] < start:
            low = middle + 1
        else:
            high = middle
    return low


def _cut_blanks(row: str, width: int) -> str:
    """Blanks at the end that do not fit are swallowed."""
    excess = cell_width(SafeText(row)) - width
    while excess > 0 and row.endswith(" "):
        row, excess = row[:-1], excess - 1
    return row


class OpenParagraph:
    """A line that still grows. Only its last row is wrapped again when text is added, as long as making the text safe
    changes nothing in it (else the whole line, which the page size of transcripts bounds)."""

    __slots__ = ("_column", "_committed", "_tail", "rows", "width")

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.rows: list[SafeText] = []
        self._tail = ""
        self._committed = 0
        self._column = 0

    def append(self, text: str) -> int:
        """Add hostile text without line feeds; the number of the first row that changed.

        Whatever the pieces, the rows are those of `wrap(expand_tabs(make_safe(whole)))`.
        """
        self._tail += text
        safe = expand_tabs(make_safe(self._tail), self._column)
        rows, last_start = _rows(safe, self.width)
        changed = self._committed
        self.rows[changed:] = [SafeText(row) for row in rows]
        if safe == self._tail and len(rows) > 1:
            # Text to come cannot change rows before the last one: greedy wrapping looks only ahead.
            self._committed += len(rows) - 1
            self._column = (self._column + cell_width(SafeText(self._tail[:last_start]))) % TAB
            self._tail = self._tail[last_start:]
        return changed
