"""One block as rows: the looks of everything but flowing text (which grows, and has `stream_layout.TextLayout`).

A row is a tuple of spans; a span is safe text in one ink. Everything from the wire passes `safetext` here, and the type
`SafeText` makes sure of it: no other string can be drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from chatwatch_tui.core.blocks import (
    Block,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.events import Gap, GapCause
from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.ui.figures import byte_size, count, elapsed
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, expand_tabs, fit, wrap

Span = tuple[SafeText, Ink]
Row = tuple[Span, ...]

INDENT = 2
"""Cells left of all text: the glyph and a blank."""
MAX_FOLDED = 2_000
"""Characters of a folded payload that are looked at for its one row."""
MAX_ERROR_ROWS = 400
"""Rows of one error that are laid out; a word says when there is more."""


def ours(text: str) -> SafeText:
    """Words of chatwatch's own as safe text. Never for anything that came over the wire."""
    return SafeText(text)


def block_rows(block: Block, width: int, glyphs: Glyphs) -> list[Row]:
    """All rows of a block at that width in cells."""
    draw = cast("Callable[[Block, int, Glyphs], list[Row]]", _DRAWERS[type(block)])
    return draw(block, max(width, INDENT + 2), glyphs)


def wrapped(text: str, width: int) -> list[SafeText]:
    """Hostile text of several lines as rows of at most `width` cells."""
    return [
        row
        for line in make_safe(text).split("\n")
        for row in wrap(expand_tabs(SafeText(line)), width) or [SafeText("")]
    ]


def _one_row(spans: list[Span], width: int) -> Row:
    """The spans cut to the width, the last one that does not fit with an ellipsis."""
    kept: list[Span] = []
    for text, ink in spans:
        room = width - sum(cell_width(earlier) for earlier, _ in kept)
        if room <= 0:
            break
        shown = fit(text, room)
        kept.append((shown, ink))
        if shown != text:
            break  # half of a wide character may be free: nothing more goes there
    return tuple(kept)


def _tool(block: ToolBlock, width: int, glyphs: Glyphs) -> list[Row]:
    rows: list[Row] = []
    name = safe_line(block.name, 80) or ours("tool without a name")
    if block.called:
        spans = [(ours(f"{glyphs.tool_call} "), Ink.TOOL), (name, Ink.TOOL_NAME)]
        if block.arguments:
            spans.append((ours("  "), Ink.DIM))
            spans.append((safe_line(block.arguments, MAX_FOLDED), Ink.DIM))
        rows.append(_one_row(spans, width))
    if block.result is not None:
        facts = [byte_size(block.result_size)]
        if block.seconds is not None:
            facts.append(elapsed(block.seconds))
        ink = Ink.BAD if block.failed else Ink.RESULT
        spans = [(ours(f"{glyphs.tool_result} "), ink)]
        if not block.called:
            spans.append((SafeText(f"{name}  "), Ink.TOOL_NAME))
        if block.failed:
            spans.append((ours("failed  "), ink))
        spans.append((ours(f" {glyphs.dot} ".join(facts)), ink))
        spans.append((ours("  "), Ink.DIM))
        spans.append((safe_line(block.result, MAX_FOLDED), Ink.DIM))
        rows.append(_one_row(spans, width))
    elif block.abandoned:
        words = (
            "result not seen: something is missing here" if block.gap_before_end else "no result before the turn ended"
        )
        rows.append(_one_row([(ours(f"{glyphs.tool_result} {words}"), Ink.WARN)], width))
    return rows


def facts_that_fit(facts: list[str], width: int, glyphs: Glyphs) -> str:
    """As many whole facts as fit, the first ones first; half a figure would be a wrong one."""
    joined = ""
    for fact in facts:
        longer = f"{joined} {glyphs.dot} {fact}" if joined else fact
        if cell_width(SafeText(longer)) > width and joined:
            break
        joined = longer
    return joined


def _done(block: DoneBlock, width: int, glyphs: Glyphs) -> list[Row]:
    facts = [f"turn {block.turn} failed" if block.failed else f"turn {block.turn}"]
    if block.final_confirmed:
        facts.append(f"final {glyphs.done}")
    if block.output_tokens is not None:
        facts.append(f"{count(block.output_tokens)} tokens")
    elif block.total_tokens is not None:
        facts.append(f"{count(block.total_tokens)} tokens in all")
    if block.seconds is not None:
        facts.append(elapsed(block.seconds))
        if block.output_tokens and block.seconds >= 0.1:
            facts.append(f"{count(block.output_tokens / block.seconds)} tok/s")
    sign = glyphs.error if block.failed else glyphs.done
    words = fit(ours(f"{sign} {facts_that_fit(facts, width - INDENT - 1, glyphs)} "), width)
    rule = ours(glyphs.rule * max(0, width - cell_width(words)))
    return [((words, Ink.DIM), (rule, Ink.FRAME))]


def _error(block: ErrorBlock, width: int, glyphs: Glyphs) -> list[Row]:
    badge = fit(ours(f" {glyphs.error} error "), width)
    rows: list[Row] = []
    if len(badge) < width - INDENT:
        text = wrapped(f"{'x' * len(badge)} {block.message}", width - INDENT)
        # The badge stands in for as many letters, so that the first row wraps where it must.
        text[0] = SafeText(text[0][len(badge) :])
    else:
        text = [ours(""), *wrapped(block.message, width - INDENT)]
    rows.append(((badge, Ink.BAD_BADGE), (text[0], Ink.BAD)))
    rows += [((ours("  "), Ink.TEXT), (row, Ink.BAD)) for row in text[1:]]
    if block.detail:
        rows += [((ours("  "), Ink.DIM), (row, Ink.DIM)) for row in wrapped(block.detail, width - INDENT)]
    if len(rows) > MAX_ERROR_ROWS:
        more = len(rows) - MAX_ERROR_ROWS
        rows[MAX_ERROR_ROWS:] = [((fit(ours(f"  {glyphs.ellipsis} {more} more lines"), width), Ink.DIM),)]
    return rows


def _other(block: OtherBlock, width: int, glyphs: Glyphs) -> list[Row]:
    spans = [
        (ours(f"{glyphs.unknown} "), Ink.WARN),
        (safe_line(block.type, 40), Ink.WARN),
        (ours("  "), Ink.DIM),
        (safe_line(block.text, MAX_FOLDED), Ink.TEXT),
    ]
    return [_one_row(spans, width)]


def _undecodable(block: UndecodableBlock, width: int, glyphs: Glyphs) -> list[Row]:
    spans = [
        (ours(f"{glyphs.unknown} "), Ink.WARN),
        (safe_line(block.reason, 240), Ink.WARN),
        (ours(f", {byte_size(block.payload_size)}"), Ink.WARN),
        (ours("  "), Ink.DIM),
        (safe_line(block.preview, MAX_FOLDED), Ink.DIM),
    ]
    return [_one_row(spans, width)]


def describe_gap(gap: Gap) -> str:
    """A hole in words of our own and of the source's; the source's are hostile."""
    if gap.cause is GapCause.RECONNECT:
        lasted = f"{elapsed(gap.seconds)} gap" if gap.seconds is not None else "gap"
        words = f"{lasted} while reconnecting"
        if gap.count:
            words += f", {gap.count:,} missing"
    elif gap.cause is GapCause.SEQUENCE:
        words = f"{gap.count:,} missing by sequence number" if gap.count else "missing by sequence number"
    else:
        words = f"{gap.count:,} dropped" if gap.count else "some dropped"
        if gap.cause is GapCause.SLOW_CONSUMER:
            words += ", slow consumer"
    return f"{words}: {gap.note}" if gap.note else words


def _gap(block: GapBlock, width: int, glyphs: Glyphs) -> list[Row]:
    return _marks(safe_line(describe_gap(block.gap), 400), Ink.WARN, width, glyphs)


def _note(block: NoteBlock, width: int, glyphs: Glyphs) -> list[Row]:
    return _marks(safe_line(block.text), Ink.DIM, width, glyphs)


def pruned_row(turns: int, chars: int, width: int, glyphs: Glyphs) -> Row:
    """The mark at the top of a transcript that has been pruned."""
    what = f"{turns:,} older turns" if turns > 1 else "1 older turn" if turns else "older text"
    return _mark(ours(f"{what} pruned, {byte_size(chars)}"), Ink.DIM, width, glyphs)


def _marks(words: SafeText, ink: Ink, width: int, glyphs: Glyphs) -> list[Row]:
    """A mark of as many rows as its words need: what is missing must be readable in full."""
    first, *more = wrap(words, width - INDENT - 1) or [ours("")]
    return [_mark(first, ink, width, glyphs), *(((ours(" " * INDENT), ink), (row, ink)) for row in more)]


def _mark(words: SafeText, ink: Ink, width: int, glyphs: Glyphs) -> Row:
    shown = fit(SafeText(f"{glyphs.gap} {words} "), width)
    dashes = ours(glyphs.gap * min(24, max(0, width - cell_width(shown))))
    return ((shown, ink), (dashes, Ink.FRAME))


_DRAWERS: dict[type[Block], object] = {
    ToolBlock: _tool,
    DoneBlock: _done,
    ErrorBlock: _error,
    OtherBlock: _other,
    UndecodableBlock: _undecodable,
    GapBlock: _gap,
    NoteBlock: _note,
}
