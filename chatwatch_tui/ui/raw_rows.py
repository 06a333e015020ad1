"""What a row of the raw view says of one delivery."""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import (
    ChatMessage,
    Delivery,
    ErrorChunk,
    Gap,
    OtherChunk,
    StrayPayload,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.moments import moment
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_layout import role_ink
from chatwatch_tui.ui.block_rows import MAX_FOLDED, describe_gap, ours
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.themes import Ink


class Look(msgspec.Struct, frozen=True):
    """What a row says of a delivery."""

    at: float
    glyph: str
    word: SafeText
    ink: Ink
    size: int | None
    preview: SafeText
    preview_ink: Ink = Ink.DIM


def describe(delivery: Delivery, received_at: float, decoder: Decoder, glyphs: Glyphs) -> Look:
    """One delivery in words; its own time where it has one."""
    if isinstance(delivery, Gap):
        words = safe_line(describe_gap(delivery), MAX_FOLDED)
        return Look(received_at, glyphs.gap, ours("gap"), Ink.WARN, None, words, Ink.WARN)
    if isinstance(delivery, StrayPayload):
        words = safe_line(delivery.subject, MAX_FOLDED)
        return Look(received_at, glyphs.unknown, ours("stray"), Ink.WARN, len(delivery.data), words)
    data = delivery if isinstance(delivery, bytes) else delivery.data
    event = decoder.chunk(data) if isinstance(delivery, bytes) else decoder.message(data)
    if isinstance(event, (Undecodable, Gap)):
        preview = safe_line(data[: MAX_FOLDED * 4].decode("utf-8", "replace"), MAX_FOLDED)
        return Look(received_at, glyphs.unknown, ours("undecodable"), Ink.WARN, len(data), preview)
    at = moment(event.at, received_at)
    if isinstance(event, ChatMessage):
        role = safe_line(event.role, 24)
        return Look(at, glyphs.dot, role, role_ink(event.role), len(data), _quoted(event.text), Ink.TEXT)
    if isinstance(event, TextChunk):
        thinking = event.type == "thinking"
        own = Ink.THINKING if thinking else Ink.TEXT
        glyph = glyphs.thinking if thinking else glyphs.token
        return Look(at, glyph, safe_line(event.type, 24), own, len(data), _quoted(event.text), own)
    if isinstance(event, ToolCallChunk):
        preview = safe_line(f"{event.name} {event.arguments}", MAX_FOLDED)
        return Look(at, glyphs.tool_call, ours("tool_call"), Ink.TOOL, len(data), preview)
    if isinstance(event, ToolResultChunk):
        own = Ink.BAD if event.failed else Ink.RESULT
        preview = safe_line(f"{event.name} {event.result}".strip(" "), MAX_FOLDED)
        return Look(at, glyphs.tool_result, ours("tool_result"), own, len(data), preview)
    preview = safe_line(data[: MAX_FOLDED * 4].decode("utf-8", "replace"), MAX_FOLDED)
    if isinstance(event, OtherChunk):
        return Look(at, glyphs.unknown, safe_line(event.type, 24), Ink.WARN, len(data), preview)
    failed = isinstance(event, ErrorChunk)
    return Look(
        at,
        glyphs.error if failed else glyphs.done,
        ours("error" if failed else "done"),
        Ink.BAD if failed else Ink.GOOD,
        len(data),
        preview,
    )


def _quoted(text: str) -> SafeText:
    """In quotes, so that blanks at its ends can be seen."""
    return SafeText(f'"{safe_line(text, MAX_FOLDED)}"')
