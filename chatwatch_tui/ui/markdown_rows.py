"""Markdown as rows: for text that anybody may have written.

The parser reads CommonMark and tables, with HTML, entities and everything that fetches or opens switched off: an entity
would be decoded after the text was made safe, so `&#x202e;` stays those seven letters. What the parser hands back is
made safe here, as the last step before it becomes a span: whatever Markdown does to text, no control and no bidi
override comes out of it. A link is its text and its address, to be read and not to be clicked.

Parsing takes time that grows with the text, and with malice faster. So it is bounded (`MAX_MARKDOWN`) and done in a
thread; what is longer is read as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.glyphs import UNICODE, Glyphs
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, expand_tabs, fit, wrap

MAX_MARKDOWN = 100_000
"""Characters of a text that are parsed."""
MAX_ROWS = 20_000
"""Rows that are made of it."""
CUT = ours("… more than this is not shown")
"""What stands where there would be more of them."""


class Part(NamedTuple):
    """A piece of a text that is laid out as a whole."""

    kind: str
    """`text`, `code`, `rule` or `table`."""
    spans: tuple[Span, ...] = ()
    """Of a text; line feeds in them begin a new row."""
    lead: tuple[Span, ...] = ()
    """Left of the first row."""
    indent: tuple[Span, ...] = ()
    """Left of the other rows."""
    lines: tuple[SafeText, ...] = ()
    """Of code."""
    cells: tuple[tuple[SafeText, ...], ...] = ()
    """Of a table, the head first."""
    gap: bool = True
    """Whether a blank row stands before it."""


def parse(text: str, glyphs: Glyphs = UNICODE) -> list[Part]:
    """Hostile Markdown as parts. May take a while: call it in a thread, with at most `MAX_MARKDOWN` characters."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    parser.disable(["entity", "html_inline", "html_block", "reference"])
    parser.enable(["table", "strikethrough"])
    return list(_parts(parser.parse(text), glyphs))


def plain(text: str) -> list[Part]:
    """Hostile text as it came."""
    return [Part("text", ((make_safe(text), Ink.TEXT),), gap=False)] if text else []


def _parts(tokens: Sequence[Token], glyphs: Glyphs) -> Iterator[Part]:
    leads: list[tuple[Span, ...]] = []
    """Of what is open around: quotes and lists."""
    counters: list[int | None] = []
    bullet: tuple[Span, ...] = ()
    begins_list = False
    ink = Ink.TEXT
    table: list[list[SafeText]] = []
    for token in tokens:
        around = tuple(span for lead in leads for span in lead)
        if token.type == "heading_open":
            ink = Ink.STRONG if token.tag in ("h1", "h2") else Ink.ASSISTANT
        elif token.type in ("heading_close", "paragraph_close"):
            ink = Ink.TEXT
        elif token.type == "blockquote_open":
            leads.append(((ours(f"{glyphs.side} "), Ink.FRAME),))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            begins_list = not counters
            counters.append(int(token.attrs.get("start", 1)) if token.type[0] == "o" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            counters.pop()
        elif token.type == "list_item_open":
            number = counters[-1]
            sign = ours(f"{glyphs.bullet} " if number is None else f"{number}. ")
            if number is not None:
                counters[-1] = number + 1
            bullet = ((sign, Ink.KEY),)
            leads.append(((ours(" " * cell_width(sign)), Ink.TEXT),))
        elif token.type in ("list_item_close", "blockquote_close"):
            leads.pop()
            bullet = ()
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "table_close":
            yield Part("table", lead=around, indent=around, cells=tuple(map(tuple, table)))
            table = []
        elif token.type == "hr":
            yield Part("rule", lead=around)
        elif token.type in ("fence", "code_block"):
            yield _code(token, around)
        elif token.type == "inline":
            if table:
                table[-1].append(safe_line(_letters(token)))
                continue
            first = (*(span for lead in leads[:-1] for span in lead), *bullet) if bullet else around
            yield Part("text", tuple(_inline(token, ink)), first, around, gap=not bullet or begins_list)
            bullet = ()
            begins_list = False


def _code(token: Token, around: tuple[Span, ...]) -> Part:
    lines = [expand_tabs(SafeText(line)) for line in make_safe(token.content.rstrip("\n")).split("\n")]
    language = safe_line(token.info.split(" ")[0], 20)
    return Part("code", ((language, Ink.DIM),) if language else (), around, around, tuple(lines))


def _letters(token: Token) -> str:
    return "".join(each.content or ("\n" if "break" in each.type else "") for each in token.children or ())


def _inline(token: Token, ink: Ink) -> Iterator[Span]:
    """The spans of a paragraph."""
    strong = emphasis = 0
    addresses: list[str] = []
    for each in token.children or ():
        if each.type in ("strong_open", "strong_close"):
            strong += each.nesting
        elif each.type in ("em_open", "em_close"):
            emphasis += each.nesting
        elif each.type == "link_open":
            addresses.append(str(each.attrs.get("href", "")))
        elif each.type == "link_close":
            address = addresses.pop() if addresses else ""
            yield safe_line(f" ({address})", 500), Ink.DIM
        elif each.type == "image":
            yield safe_line(f"[image: {each.content}] ({each.attrs.get('src', '')})", 500), Ink.DIM
        elif each.type == "code_inline":
            yield safe_line(each.content), Ink.TOOL
        elif each.type == "hardbreak":
            yield ours("\n"), ink
        elif each.type == "softbreak":
            yield ours(" "), ink
        elif each.content:
            shown = Ink.ASSISTANT if addresses else Ink.STRONG if strong else Ink.EMPHASIS if emphasis else ink
            yield make_safe(each.content), shown


# -- laying out ----------------------------------------------------------------------------------------------------


def lay_out(parts: Sequence[Part], width: int, glyphs: Glyphs = UNICODE, cut: SafeText = CUT) -> list[Row]:
    """Rows of at most that width; `cut` stands at the end where there would be too many."""
    rows: list[Row] = []
    for part in parts:
        if part.gap and rows:
            rows.append(())
        rows += _rows(part, width, glyphs)
        if len(rows) > MAX_ROWS:
            rows[MAX_ROWS:] = [((cut, Ink.WARN),)]
            break
    return rows


def _rows(part: Part, width: int, glyphs: Glyphs) -> list[Row]:
    room = max(4, width - width_of(part.lead))
    if part.kind == "rule":
        return [(*part.lead, (ours(glyphs.rule * min(room, 40)), Ink.FRAME))]
    if part.kind == "code":
        return _code_rows(part, room, glyphs)
    if part.kind == "table":
        return _table_rows(part, room, glyphs)
    rows = _wrapped_spans(part.spans, room)
    return [(*(part.lead if n == 0 else part.indent), *row) for n, row in enumerate(rows)]


def _code_rows(part: Part, room: int, glyphs: Glyphs) -> list[Row]:
    side: Span = (ours(f"{glyphs.side} "), Ink.FRAME)
    rows: list[Row] = [(*part.lead, side, *part.spans)] if part.spans else []
    for line in part.lines:
        for piece in wrap(line, room - 2) or [ours("")]:
            rows.append((*part.lead, side, (piece, Ink.TOOL)))
    return rows


def _table_rows(part: Part, room: int, glyphs: Glyphs) -> list[Row]:
    columns = max(map(len, part.cells), default=0)
    if not columns:
        return []
    widths = [max(cell_width(row[n]) if n < len(row) else 0 for row in part.cells) for n in range(columns)]
    while sum(widths) + 3 * (columns - 1) > room and max(widths) > 3:
        widths[widths.index(max(widths))] -= 1
    rows: list[Row] = []
    for number, row in enumerate(part.cells):
        spans: list[Span] = []
        for n, width in enumerate(widths):
            shown = fit(row[n] if n < len(row) else ours(""), width)
            blanks = ours(" " * (width - cell_width(shown)))
            spans += [(shown, Ink.TEXT if number else Ink.STRONG), (blanks, Ink.TEXT)]
            spans += [(ours(f" {glyphs.side} "), Ink.FRAME)] if n < columns - 1 else []
        rows.append((*part.lead, *spans))
        if not number:
            rule = ours(f"{glyphs.rule}{glyphs.cross}{glyphs.rule}".join(glyphs.rule * width for width in widths))
            rows.append((*part.lead, (rule, Ink.FRAME)))
    return rows


def _wrapped_spans(spans: Sequence[Span], width: int) -> list[Row]:
    """Wrap spans together: the letters are wrapped as one line, then cut into spans again."""
    rows: list[Row] = []
    line: list[Span] = []
    for text, ink in spans:
        first, *more = text.split("\n")
        line.append((SafeText(first), ink))
        for each in more:
            rows += _wrapped_line(line, width)
            line = [(SafeText(each), ink)]
    return rows + _wrapped_line(line, width)


def _wrapped_line(spans: Sequence[Span], width: int) -> list[Row]:
    spans = [(expand_tabs(text), ink) for text, ink in spans if text]
    whole = "".join(text for text, _ in spans)
    if not whole:
        return [()]
    # Safe text side by side is not safe for sure: a joiner at the seam would be one where there was none.
    if make_safe(whole) != whole:
        spans = [(safe_line(f"{text}"), ink) for text, ink in spans]
        whole = make_safe("".join(text for text, _ in spans))
        spans = [(SafeText(whole), spans[0][1])]
    rows: list[Row] = []
    at = begin_of_span = number = 0
    for piece in wrap(SafeText(whole), width):
        begin = whole.find(piece, at)
        if begin < 0:  # a grapheme wider than the row
            rows.append(((piece, spans[number][1]),))
            continue
        at = end = begin + len(piece)
        row: list[Span] = []
        while number < len(spans):
            text, ink = spans[number]
            part = text[max(0, begin - begin_of_span) : max(0, end - begin_of_span)]
            if part:
                row.append((SafeText(part), ink))
            if begin_of_span + len(text) > end:
                break
            begin_of_span += len(text)
            number += 1
        rows.append(tuple(row))
    return rows
