"""One block as rows: the looks of everything but flowing text (which grows, and has `block_layout.TextLayout`).

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
from chatwatch_tui.core.display import DisplaySettings, Level
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
"""Rows of one error, or of one payload shown in full, that are laid out; a word says when there is more."""
_DEFAULT = DisplaySettings()
_FULL, _HIDDEN = Level.FULL, Level.HIDDEN


def ours(text: str) -> SafeText:
    """Words of chatwatch's own as safe text. Never for anything that came over the wire."""
    return SafeText(text)


_GAP: Span = (ours("  "), Ink.DIM)


def block_rows(block: Block, width: int, glyphs: Glyphs, levels: DisplaySettings = _DEFAULT) -> list[Row]:
    """All rows of a block at that width in cells; none where its level hides it."""
    draw = cast("Callable[[Block, int, Glyphs, DisplaySettings], list[Row]]", _DRAWERS[type(block)])
    return draw(block, max(width, INDENT + 2), glyphs, levels)


def wrapped(text: str, width: int) -> list[SafeText]:
    """Hostile text of several lines as rows of at most `width` cells."""
    return [
        row
        for line in make_safe(text).split("\n")
        for row in wrap(expand_tabs(SafeText(line)), width) or [SafeText("")]
    ]


def one_row(spans: list[Span], width: int) -> Row:
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


def _tool(block: ToolBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    rows = call_rows(block, width, glyphs, levels)
    if block.result is not None or block.abandoned:
        rows += _result_rows(block, width, glyphs, levels)
    return rows


def _tool_name(block: ToolBlock) -> SafeText:
    return safe_line(block.name, 80) or ours("tool without a name")


def left_out_words(block: ToolBlock) -> str:
    """Words about arguments that were too much to be kept; blank where all are."""
    left_out = block.arguments_left_out
    return f"(more than is kept: {byte_size(left_out)} of arguments left out)" if left_out else ""


def call_rows(block: ToolBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    """The rows of a tool's call; none where it was not seen, or is hidden."""
    if not block.called or levels.tool_call is _HIDDEN:
        return []
    spans = [(ours(f"{glyphs.tool_call} "), Ink.TOOL), (_tool_name(block), Ink.TOOL_NAME)]
    if words := left_out_words(block):
        spans.append((ours(f" {words}"), Ink.WARN))
    return _payload_rows(spans, block.arguments, Ink.DIM, width, glyphs, levels.tool_call)


def _result_rows(block: ToolBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    if levels.tool_result is _HIDDEN:
        return []
    is_named = not block.called or levels.tool_call is _HIDDEN
    if block.result is not None:
        facts = [byte_size(block.result_size)]
        if block.seconds is not None:
            facts.append(elapsed(block.seconds))
        if block.abandoned:
            facts.append("late")
        ink = Ink.BAD if block.failed else Ink.RESULT
        spans = [(ours(f"{glyphs.tool_result} "), ink)]
        if is_named:
            spans += ((_tool_name(block), Ink.TOOL_NAME), _GAP)
        if block.failed:
            spans.append((ours("failed  "), ink))
        spans.append((ours(f" {glyphs.dot} ".join(facts)), ink))
        return _payload_rows(spans, block.result, Ink.DIM, width, glyphs, levels.tool_result)
    if block.abandoned:
        words = (
            "result not seen: something is missing here" if block.gap_before_end else "no result before the turn ended"
        )
        name = f"{_tool_name(block)}  " if is_named else ""
        return [one_row([(SafeText(f"{glyphs.tool_result} {name}{words}"), Ink.WARN)], width)]
    return []


def _payload_rows(spans: list[Span], payload: str, ink: Ink, width: int, glyphs: Glyphs, level: Level) -> list[Row]:
    """Words, and a payload behind them on the same row, or below in full."""
    if not payload:
        return [one_row(spans, width)]
    if level is not _FULL:
        spans += (_GAP, (safe_line(payload, MAX_FOLDED), ink))
        return [one_row(spans, width)]
    # No more is wrapped than can be shown: a payload may be large, and a line of it takes a row at least.
    looked_at = payload[: MAX_ERROR_ROWS * width]
    rows: list[Row] = [one_row(spans, width)]
    rows += [((ours(" " * INDENT), ink), (row, ink)) for row in wrapped(looked_at, width - INDENT)]
    if len(rows) > MAX_ERROR_ROWS or len(looked_at) < len(payload):
        shown = sum(len(row[1][0]) for row in rows[1:MAX_ERROR_ROWS])
        words = f"{glyphs.ellipsis} about {count(max(1, len(payload) - shown))} more characters"
        rows[MAX_ERROR_ROWS:] = [((fit(ours(f"  {words}"), width), Ink.DIM),)]
    return rows


def facts_that_fit(facts: list[str], width: int, glyphs: Glyphs, *, whole: bool = False) -> str:
    """As many whole facts as fit, the first ones first; half a figure would be a wrong one. The first is there in any
    case, unless `whole`."""
    joined = ""
    for fact in facts:
        longer = f"{joined} {glyphs.dot} {fact}" if joined else fact
        if cell_width(SafeText(longer)) > width and (joined or whole):
            break
        joined = longer
    return joined


def _done(block: DoneBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    if levels.done is _HIDDEN:
        return []
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


def _error(block: ErrorBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
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


def _other(block: OtherBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    if levels.unknown is _HIDDEN:
        return []
    spans = [(ours(f"{glyphs.unknown} "), Ink.WARN), (safe_line(block.type, 40), Ink.WARN)]
    return _payload_rows(spans, block.text, Ink.TEXT, width, glyphs, levels.unknown)


def _undecodable(block: UndecodableBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    if levels.unknown is _HIDDEN:
        return []
    spans = [
        (ours(f"{glyphs.unknown} "), Ink.WARN),
        (safe_line(block.reason, 240), Ink.WARN),
        (ours(f", {byte_size(block.payload_size)}"), Ink.WARN),
    ]
    return _payload_rows(spans, block.preview, Ink.DIM, width, glyphs, levels.unknown)


def describe_gap(gap: Gap) -> str:
    """A hole in words of our own and of the source's; the source's are hostile."""
    if gap.cause is GapCause.RECONNECT:
        lasted = f"{elapsed(gap.seconds)} gap" if gap.seconds is not None else "gap"
        words = f"{lasted} while reconnecting"
        if gap.count:
            words += f", {gap.count:,} missing"
        if gap.earlier:
            words += ", before this was first seen"
    elif gap.cause is GapCause.SEQUENCE:
        words = f"{gap.count:,} missing by sequence number" if gap.count else "missing by sequence number"
    else:
        words = f"{gap.count:,} dropped" if gap.count else "some dropped"
        if gap.cause is GapCause.SLOW_CONSUMER:
            words += ", slow consumer"
    return f"{words}: {gap.note}" if gap.note else words


def _gap(block: GapBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    return _marks(safe_line(describe_gap(block.gap), 400), Ink.WARN, width, glyphs)


def _note(block: NoteBlock, width: int, glyphs: Glyphs, levels: DisplaySettings) -> list[Row]:
    return _marks(safe_line(block.text), Ink.DIM, width, glyphs)


def pruned_row(turns: int, chars: int, width: int, glyphs: Glyphs) -> Row:
    """The mark at the top of a transcript that has been pruned."""
    what = f"{turns:,} older turns" if turns > 1 else "1 older turn" if turns else "older text"
    return _mark(ours(f"{what} pruned, {byte_size(chars)}"), Ink.DIM, width, glyphs)


def missing_row(chunks: int, width: int, glyphs: Glyphs) -> Row:
    """The mark above the oldest raw delivery that is kept."""
    return _mark(ours(f"{count(chunks)} earlier not kept raw"), Ink.DIM, width, glyphs)


def day_row(day: str, width: int, glyphs: Glyphs) -> Row:
    """The mark where another day begins."""
    return _mark(ours(day), Ink.DIM, width, glyphs)


def _marks(words: SafeText, ink: Ink, width: int, glyphs: Glyphs) -> list[Row]:
    """A mark of as many rows as its words need: what is missing must be readable in full."""
    first, *more = wrap(words, width - INDENT - 1) or [ours("")]
    return [_mark(first, ink, width, glyphs), *(((ours(" " * INDENT), ink), (row, ink)) for row in more)]


def _mark(words: SafeText, ink: Ink, width: int, glyphs: Glyphs) -> Row:
    shown = fit(SafeText(f"{glyphs.gap} {words} "), width)
    dashes = ours(glyphs.gap * max(0, width - cell_width(shown)))
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
