"""What a row of the raw view says of one delivery."""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import (
    ChatMessage,
    Delivery,
    ErrorChunk,
    Event,
    Gap,
    MessagePayload,
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
    is_quoted: bool = False
    """The first and the last letter of the preview are no text."""


def describe(delivery: Delivery, received_at: float, decoder: Decoder, glyphs: Glyphs) -> Look:
    """One delivery in words; its own time where it has one."""
    event = _decoded(delivery, decoder)
    preview = safe_line(_said(delivery, event, 4 * MAX_FOLDED), MAX_FOLDED)
    if isinstance(delivery, Gap):
        return Look(received_at, glyphs.gap, ours("gap"), Ink.WARN, None, preview, Ink.WARN)
    data = delivery if isinstance(delivery, bytes) else delivery.data
    size = len(data)
    if isinstance(delivery, StrayPayload):
        return Look(received_at, glyphs.unknown, ours("stray"), Ink.WARN, size, preview)
    if event is None or isinstance(event, (Undecodable, Gap)):
        return Look(received_at, glyphs.unknown, ours("undecodable"), Ink.WARN, size, preview)
    at = moment(event.at, received_at)
    if isinstance(event, ChatMessage):
        role = safe_line(event.role, 24)
        return Look(
            at,
            glyphs.dot,
            role,
            role_ink(event.role),
            size,
            _quoted(preview),
            Ink.TEXT,
            is_quoted=True,
        )
    if isinstance(event, TextChunk):
        thinking = event.type == "thinking"
        own = Ink.THINKING if thinking else Ink.TEXT
        glyph = glyphs.thinking if thinking else glyphs.token
        return Look(at, glyph, safe_line(event.type, 24), own, size, _quoted(preview), own, is_quoted=True)
    if isinstance(event, ToolCallChunk):
        return Look(at, glyphs.tool_call, ours("tool_call"), Ink.TOOL, size, preview)
    if isinstance(event, ToolResultChunk):
        own = Ink.BAD if event.failed else Ink.RESULT
        return Look(at, glyphs.tool_result, ours("tool_result"), own, size, preview)
    if isinstance(event, OtherChunk):
        return Look(at, glyphs.unknown, safe_line(event.type, 24), Ink.WARN, size, preview)
    failed = isinstance(event, ErrorChunk)
    return Look(
        at,
        glyphs.error if failed else glyphs.done,
        ours("error" if failed else "done"),
        Ink.BAD if failed else Ink.GOOD,
        size,
        preview,
    )


def searched(delivery: Delivery, decoder: Decoder) -> tuple[str, str]:
    """What a row shows the beginning of, whole and hostile; before it the flow that it is a piece of, blank where it is
    none."""
    event = _decoded(delivery, decoder)
    return event.type if isinstance(event, TextChunk) else "", _said(delivery, event, None)


def _decoded(delivery: Delivery, decoder: Decoder) -> Event | None:
    if isinstance(delivery, bytes):
        return decoder.chunk(delivery)
    return decoder.message(delivery.data) if isinstance(delivery, MessagePayload) else None


def _said(delivery: Delivery, event: Event | None, most: int | None) -> str:
    """The words of a row; of a payload as it came at most so many bytes."""
    if isinstance(delivery, Gap):
        return describe_gap(delivery)
    if isinstance(delivery, StrayPayload):
        return delivery.subject
    if isinstance(event, (ChatMessage, TextChunk)):
        return event.text
    if isinstance(event, ToolCallChunk):
        return f"{event.name} {event.arguments}"
    if isinstance(event, ToolResultChunk):
        return f"{event.name} {event.result}".strip(" ")
    data = delivery if isinstance(delivery, bytes) else delivery.data
    return data[:most].decode("utf-8", "replace")


def _quoted(text: SafeText) -> SafeText:
    """In quotes, so that blanks at its ends can be seen."""
    return SafeText(f'"{text}"')
