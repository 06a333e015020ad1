"""How everything is drawn at the moment: inks and glyphs, shared by all widgets of a screen.

`revision` grows with every change, and is part of what caches of drawn rows compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.colours import Colours
from chatwatch_tui.ui.doubtful import is_doubtful, spacing_marks
from chatwatch_tui.ui.glyphs import PLAIN_SIGNS, UNICODE, Glyphs
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.palettes import DARK, Palette
from chatwatch_tui.ui.row_strip import row_strip
from chatwatch_tui.ui.themes import Ink, Inks, make_inks
from chatwatch_tui.ui.wrap import cell_width, fit, graphemes

_WIDENED = re.compile("(?<!\u200d)(.)\ufe0f(\u20e3?)(?!\u200d)")


def _agreed(text: str) -> str:
    """Text that Rich measures as it is counted here, and terminals draw alike where that can be.

    A narrow sign that VS16 makes an emoji is two cells wide by the standard and one in many terminals (tmux among
    them). So it is drawn without VS16 and with a blank beside it: the same two cells everywhere. In sequences joined by
    ZWJ it stays. A spacing mark's cell is a blank behind its grapheme.
    """
    if "\ufe0f" in text:
        text = _WIDENED.sub(lambda found: f"{found[1]}{found[2]} " if cell_len(found[1]) == 1 else found[0], text)
    if not spacing_marks(text):
        return text
    parts = [text[start:end] for start, end, _ in graphemes(text)]
    return "".join(part + " " * spacing_marks(part) for part in parts)


class Look:
    """Inks and glyphs in force."""

    def __init__(self, palette: Palette = DARK, glyphs: Glyphs = UNICODE, colours: Colours = Colours.TRUE) -> None:
        self.palette = palette
        self.glyphs = glyphs
        self.colours = colours
        """What the terminal shows."""
        self.keymap = Keymap()
        """The keys in force, for whatever names one."""
        self.revision = -1
        self.change()

    def change(
        self,
        *,
        palette: Palette | None = None,
        glyphs: Glyphs | None = None,
        colours: Colours | None = None,
        keymap: Keymap | None = None,
    ) -> None:
        """Draw differently from now on."""
        self.palette = palette or self.palette
        self.glyphs = glyphs or self.glyphs
        self.colours = colours or self.colours
        self.keymap = keymap or self.keymap
        self.inks: Inks = make_inks(self.palette, self.colours)
        plain = self.inks[Ink.TEXT]
        self._padding = {ink: Ink.TEXT if _shows_on_blanks(style, plain) else ink for ink, style in self.inks.items()}
        self.revision += 1

    def strip(self, row: Row, width: int) -> Strip:
        """A row as a strip of exactly that width. Neighbours of one ink are one segment: each costs an escape sequence
        on the terminal."""
        inks = self.inks
        merged: list[tuple[str, Ink]] = []
        for text, ink in self.fitted(row, width):
            if merged and merged[-1][1] is ink:
                merged[-1] = (merged[-1][0] + text, ink)
            elif text:
                merged.append((text, ink))
        if self.glyphs is not UNICODE:
            merged = [(text.translate(PLAIN_SIGNS), ink) for text, ink in merged]
        doubtful = False
        segments: list[Segment] = []
        for shown, ink in merged:
            if not shown.isascii() and is_doubtful(shown):
                doubtful = True
                shown = _agreed(shown)
            segments.append(Segment(shown, inks[ink]))
        return row_strip(segments, width, doubtful=doubtful)

    def fitted(self, row: Row, width: int) -> list[tuple[SafeText, Ink]]:
        """The spans of a row cut or padded to exactly that width."""
        kept: list[tuple[SafeText, Ink]] = []
        room = width
        for text, ink in row:
            if room <= 0:
                break
            used = cell_width(text)
            if used > room:
                text = fit(text, room)
                kept.append((text, ink))
                room -= cell_width(text)
                break  # half of a wide character may be free: nothing more goes there
            kept.append((text, ink))
            room -= used
        if room > 0:
            kept.append((SafeText(" " * room), self._padding[kept[-1][1]] if kept else Ink.TEXT))
        return kept


def _shows_on_blanks(style: Style, plain: Style) -> bool:
    """Whether a blank looks different in it than in plain text: padding must not go on with a badge or a line."""
    return bool(style.reverse or style.underline or style.strike) or style.bgcolor != plain.bgcolor


def width_of(row: Iterable[tuple[SafeText, Ink]]) -> int:
    """Cells of a row."""
    return sum(cell_width(text) for text, _ in row)


def both_ends(left: Row, right: Row, width: int, filler: str, ink: Ink) -> Row:
    """Left and right of one row with the filler between; the left side gives way where both do not fit."""
    room = width - width_of(right)
    if room < 4:
        right, room = (), width
    kept: list[tuple[SafeText, Ink]] = []
    for text, each in left:
        if room <= 0 or (room == 1 and cell_width(text) > 1):
            break
        shown = fit(text, room)
        kept.append((shown, each))
        room -= cell_width(shown)
        if shown != text:
            break
    return (*kept, (SafeText(filler * max(0, room)), ink), *right)
