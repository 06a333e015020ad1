"""What a filter looks at: blocks and deliveries as parts, each with what it is and the text that a reader sees."""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.blocks import (
    Block,
    DoneBlock,
    ErrorBlock,
    GapBlock,
    NoteBlock,
    OtherBlock,
    TextBlock,
    ToolBlock,
    UndecodableBlock,
)
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import (
    ChatMessage,
    Delivery,
    DoneChunk,
    Gap,
    OtherChunk,
    StrayPayload,
    TextChunk,
    ToolCallChunk,
    ToolResultChunk,
    Undecodable,
)
from chatwatch_tui.core.safetext import make_safe

MAX_PREVIEW = 400
"""Bytes that are looked at of a payload that is no chunk."""


MAX_CALLS = 5_000
"""Calls whose names are remembered for their results."""


class Part(msgspec.Struct, frozen=True):
    """What terms look at."""

    types: tuple[str, ...]
    role: str
    tool: str
    text: str


def text_part(block: TextBlock, text: str) -> Part:
    """Some of a flowing text, made safe: terms look at what a reader sees."""
    text = make_safe(text)
    if block.flow == "message":
        return Part(("message",), block.role, "", text)
    return Part((block.flow,), "assistant" if block.flow == "token" else "", "", text)


def parts(block: Block) -> list[tuple[str, Part]]:
    """What terms look at in a block that is no flowing text, each with the kind (a field of the levels) that it is."""
    return [(kind, msgspec.structs.replace(part, text=make_safe(part.text))) for kind, part in _hostile_parts(block)]


def _hostile_parts(block: Block) -> list[tuple[str, Part]]:
    if isinstance(block, ToolBlock):
        found = []
        if block.called:
            found.append(("tool_call", Part(("tool_call",), "", block.name, f"{block.name} {block.arguments}")))
        if block.result is not None or block.abandoned:
            words = f"{block.name} {'failed ' if block.failed else ''}{block.result or ''}"
            found.append(("tool_result", Part(("tool_result",), "tool", block.name, words)))
        return found
    if isinstance(block, DoneBlock):
        return [("done", Part(("done",), "", "", f"turn {block.turn}{' failed' if block.failed else ''}"))]
    if isinstance(block, ErrorBlock):
        return [("", Part(("error",), "", "", f"{block.message}\n{block.detail}"))]
    if isinstance(block, OtherBlock):
        return [("unknown", Part((block.type, "unknown"), "", "", f"{block.type} {block.text}"))]
    if isinstance(block, UndecodableBlock):
        return [("unknown", Part(("undecodable", "unknown"), "", "", f"{block.reason} {block.preview}"))]
    if isinstance(block, NoteBlock):
        return [("note", Part(("note",), "", "", block.text))]
    return [("", Part(("gap",), "", "", ""))] if isinstance(block, GapBlock) else []


def delivery_part(delivery: Delivery, decoder: Decoder, tools: dict[str, str]) -> Part | None:
    """What terms look at in one delivery; None where it is shown whatever they say. `tools` are the names of calls by
    their id, for results that do not say it; calls are added."""
    if isinstance(delivery, StrayPayload):
        preview = delivery.data[:MAX_PREVIEW].decode("utf-8", "replace")
        return _part(("undecodable", "unknown"), f"{delivery.subject} {preview}")
    if isinstance(delivery, Gap):
        return None
    event = decoder.chunk(delivery) if isinstance(delivery, bytes) else decoder.message(delivery.data)
    if isinstance(event, TextChunk):
        return _part((event.type,), event.text, "assistant" if event.type == "token" else "")
    if isinstance(event, ChatMessage):
        return _part(("message",), event.text, event.role)
    if isinstance(event, ToolCallChunk):
        if event.call_id and event.name:
            tools[event.call_id] = event.name
        if len(tools) > MAX_CALLS:
            del tools[next(iter(tools))]
        return _part(("tool_call",), f"{event.name} {event.arguments}", "", event.name)
    if isinstance(event, ToolResultChunk):
        name = event.name or tools.get(event.call_id, "")
        return _part(("tool_result",), f"{name} {'failed ' if event.failed else ''}{event.result}", "tool", name)
    if isinstance(event, DoneChunk):
        return _part(("done",), delivery.decode("utf-8", "replace") if isinstance(delivery, bytes) else "")
    if isinstance(event, OtherChunk):
        return _part((event.type, "unknown"), f"{event.type} {event.text}")
    if isinstance(event, Undecodable):
        return _part(("undecodable", "unknown"), f"{event.reason} {event.preview}")
    return None


def _part(types: tuple[str, ...], text: str, role: str = "", tool: str = "") -> Part:
    return Part(types, role, tool, make_safe(text))
