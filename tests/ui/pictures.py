"""What a terminal would show, as a small SVG: of snapshots, and of the pictures in the README.

Textual's own export writes a rectangle for every piece of text and takes every terminal for one with 16 million
colours. Here only grounds that differ from the screen's are drawn, so that a picture is a third as large, and the 16
colours and the default ones are those of xterm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.app import App

CELL = (10.0, 21.0)
"""Width and height of a cell in the picture: a little more than most fonts have at that size."""
BASELINE = 16.0
XTERM = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    [
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ],
)
"""xterm's default colours, on black."""
_LINES = frozenset("─┄╭╮╰╯")
_FAINT = 2 / 3
"""What terminals leave of a colour in faint text (xterm, VTE, Alacritty)."""


def on_white(table: TerminalTheme) -> TerminalTheme:
    """The same colours on a light ground."""
    made = TerminalTheme((255, 255, 255), (0, 0, 0), [(0, 0, 0)])
    made.ansi_colors = table.ansi_colors
    return made


def picture(app: App[Any], *, title: str = "") -> str:
    """The screen of a running app as SVG; the terminal's own ground is black for dark themes and white for light."""
    width, height = app.size
    terminal = XTERM if app.current_theme.dark else on_white(XTERM)
    rows = [_merged(strip) for strip in app.screen._compositor.render_strips()]
    pen = _Pen(terminal)
    ground = pen.commonest_ground(rows)
    top = 30.0 if title else 0.0
    size = (width * CELL[0] + 16, height * CELL[1] + 16 + top)
    body: list[str] = []
    for y, row in enumerate(rows):
        body += _row(row, y, pen, ground)
    head = f'<text class="t" x="{size[0] / 2:g}" y="20">{escape(title)}</text>' if title else ""
    rules = "".join(f".{name}{{{css}}}" for css, name in pen.classes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}">\n'
        f"<style>text{{font:16px 'Fira Code','DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}}"
        f".t{{fill:#808080;text-anchor:middle}}{rules}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{ground}"/>{head}\n'
        f'<g transform="translate(8 {8 + top:g})">\n' + "\n".join(body) + "\n</g>\n</svg>\n"
    )


def _merged(strip: Iterable[Segment]) -> list[Segment]:
    return list(Segment.simplify(segment for segment in strip if not segment.control))


def _row(row: Iterable[Segment], y: int, pen: _Pen, ground: str) -> list[str]:
    made: list[str] = []
    cell = 0
    for segment in row:
        cells = segment.cell_length
        style = segment.style or Style.null()
        letters, painted = pen.colours(style)
        x = f"{cell * CELL[0]:g}"
        if painted != ground:
            made.append(
                f'<rect x="{x}" y="{y * CELL[1]:g}" width="{cells * CELL[0]:g}" height="{CELL[1]:g}" fill="{painted}"/>'
            )
        for offset, text in _pieces(segment.text, whole=bool(style.underline or style.strike)):
            escaped = escape(text, quote=False).replace(" ", "\u00a0")
            stretch = ' lengthAdjust="spacingAndGlyphs"' if set(text) <= _LINES else ""
            made.append(
                f'<text class="{pen.css_class(style, letters)}" x="{(cell + offset) * CELL[0]:g}" '
                f'y="{y * CELL[1] + BASELINE:g}" textLength="{cell_len(text) * CELL[0]:g}"{stretch}>{escaped}</text>'
            )
        cell += cells
    return made


def _pieces(text: str, *, whole: bool) -> Iterator[tuple[int, str]]:
    """What is to be drawn of a text and its first cell: where blanks end, a piece begins in its own place, so that no
    font's width moves it."""
    if whole:
        yield 0, text
        return
    for piece in re.finditer(r"\S+(?: \S+)*", text):
        yield cell_len(text[: piece.start()]), piece[0]


class _Pen:
    """Colours of one terminal, and the CSS classes that were needed."""

    def __init__(self, terminal: TerminalTheme) -> None:
        self._terminal = terminal
        self.classes: dict[str, str] = {}

    def colours(self, style: Style) -> tuple[str, str]:
        """Of the letters and of their ground."""
        letters, ground = self._hex(style.color, foreground=True), self._hex(style.bgcolor, foreground=False)
        return (ground, letters) if style.reverse else (letters, ground)

    def _hex(self, colour: RichColor | None, *, foreground: bool) -> str:
        if colour is None:
            return (self._terminal.foreground_color if foreground else self._terminal.background_color).hex
        return colour.get_truecolor(self._terminal, foreground=foreground).hex

    def commonest_ground(self, rows: Iterable[Iterable[Segment]]) -> str:
        """The screen's."""
        cells: dict[str, int] = {}
        for row in rows:
            for segment in row:
                ground = self.colours(segment.style or Style.null())[1]
                cells[ground] = cells.get(ground, 0) + segment.cell_length
        return max(cells, key=lambda each: cells[each])

    def css_class(self, style: Style, letters: str) -> str:
        """Name of the rule for letters of that look."""
        css = f"fill:{letters}"
        for wanted, rule in (
            (style.bold, "font-weight:bold"),
            (style.italic, "font-style:italic"),
            (style.underline, "text-decoration:underline"),
            (style.strike, "text-decoration:line-through"),
            (style.dim, f"opacity:{_FAINT:.2f}"),
        ):
            if wanted:
                css += f";{rule}"
        return self.classes.setdefault(css, f"c{len(self.classes)}")
