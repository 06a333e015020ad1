"""What the operator's rules get to see of an event: its kind, its text, and the flow that pieces of one text are of."""

from __future__ import annotations

from chatwatch_tui.core.blocks import ToolBlock
from chatwatch_tui.core.events import ErrorChunk, Event, OtherChunk, TextChunk, ToolCallChunk, ToolResultChunk
from chatwatch_tui.core.rule_watch import RuleWatch
from chatwatch_tui.core.transcript import Transcript


def show_chunk(rules: RuleWatch, event: Event, transcript: Transcript, at: float) -> None:
    """Show the chunk that has just gone into the transcript."""
    last = transcript.next_id - 1
    if isinstance(event, TextChunk):
        rules.see(event.type, event.text, at, flow=event.type, block=last)
    elif isinstance(event, ToolCallChunk):  # arguments may come in pieces
        rules.see("tool_call", event.arguments, at, flow=f"call {event.call_id}", tool=event.name, block=last)
    elif isinstance(event, ToolResultChunk):
        last = transcript.revised[-1]  # the one that the result went into
        block = transcript.block(last)
        name = block.name if isinstance(block, ToolBlock) else event.name
        rules.see("tool_result", event.result, at, tool=name, block=last)
    elif isinstance(event, ErrorChunk):
        rules.see("error", f"{event.message}\n{event.detail}", at, block=last)
    elif isinstance(event, OtherChunk):
        rules.see("other", event.text, at, name=event.type, block=last)
    else:
        rules.see("done", "", at, block=last)
