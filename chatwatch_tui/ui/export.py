"""A transcript as text for other eyes: copied, written to a file, read in full.

What a reader sees, without the frame and the wrapping of a screen: a paragraph is one line, however long, and a payload
that the pane folds to a row is here in full. Everything is safe text: what was copied may be pasted into a terminal.
Streams, not strings: a piece a block, so that a large transcript is written in bounded memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

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
from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.block_rows import describe_gap, left_out_words
from chatwatch_tui.ui.figures import byte_size, count, elapsed, plural

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
MAX_LANGUAGE = 20


class CodeBlock(NamedTuple):
    """A fenced block of an answer."""

    language: str
    """As written behind the fence, hostile; blank where there is nothing."""
    code: str
    """Without the fences; hostile."""


class Passage(NamedTuple):
    """A block, or the pages of one text together."""

    blocks: Sequence[Block]
    text: str
    """Of flowing text, whole; hostile. Blank for other blocks."""

    @property
    def first(self) -> Block:
        """The block that it begins with."""
        return self.blocks[0]


def passages(blocks: Iterable[Block]) -> Iterator[Passage]:
    """Blocks with the pages of long text joined."""
    pages: list[TextBlock] = []
    for block in blocks:
        if isinstance(block, TextBlock) and block.continues and pages:
            pages.append(block)
            continue
        if pages:
            yield Passage(pages, "".join(page.text for page in pages))
            pages = []
        if isinstance(block, TextBlock):
            pages = [block]
        else:
            yield Passage([block], "")
    if pages:
        yield Passage(pages, "".join(page.text for page in pages))


def passage_of(transcript: Transcript, block: Block) -> Passage:
    """The passage that a block of a transcript belongs to."""
    first = last = block.id
    while isinstance(found := transcript.block(first), TextBlock) and found.continues and transcript.block(first - 1):
        first -= 1
    while isinstance(found := transcript.block(last + 1), TextBlock) and found.continues:
        last += 1
    blocks = [each for number in range(first, last + 1) if (each := transcript.block(number)) is not None]
    return next(passages(blocks), Passage([block], ""))


def turn_of(transcript: Transcript, number: int) -> list[Block]:
    """The blocks of a turn that are kept."""
    return [block for block in transcript.blocks if block.turn == number]


def speaker(block: TextBlock) -> str:
    """Who says it: a role, `thinking`, or `assistant` for what is streamed; hostile."""
    return (
        block.role[:80]
        if block.flow == "message"
        else {"token": "assistant", "thinking": "thinking"}.get(block.flow, "")
    )


def passage_text(passage: Passage) -> SafeText:
    """One passage as plain text, without a line end behind it."""
    block = passage.first
    if isinstance(block, TextBlock):
        return SafeText(f"{safe_line(speaker(block))}: {make_safe(passage.text.strip())}")
    if isinstance(block, ToolBlock):
        return SafeText("\n".join(filter(None, tool_texts(block))))
    if isinstance(block, ErrorBlock):
        detail = f"\n{make_safe(block.detail)}" if block.detail else ""
        return SafeText(f"error: {make_safe(block.message)}{detail}")
    if isinstance(block, OtherBlock):
        return SafeText(f"{safe_line(block.type)}: {make_safe(block.text)}")
    if isinstance(block, UndecodableBlock):
        return SafeText(f"({safe_line(block.reason)}, {byte_size(block.payload_size)}) {make_safe(block.preview)}")
    if isinstance(block, DoneBlock):
        return SafeText(f"-- {done_words(block)} --")
    return SafeText(f"~~ {_mark_words(block)} ~~")


def _left_out(block: ToolBlock) -> str:
    words = left_out_words(block)
    return f" {words}" if words else ""


def tool_texts(block: ToolBlock) -> tuple[SafeText, SafeText]:
    """A tool's call and its result as plain text; blank where they were not seen."""
    name = safe_line(block.name) or "tool without a name"
    call = (
        f"tool call {name}{_left_out(block)}: {make_safe(block.arguments)}".removesuffix(": ") if block.called else ""
    )
    result = ""
    if block.result is not None:
        result = f"tool result {name} ({_result_facts(block)}): {make_safe(block.result)}"
    elif block.abandoned:
        result = f"tool result {name}: not seen before the turn ended"
    return SafeText(call), SafeText(result)


def _result_facts(block: ToolBlock) -> str:
    facts = ["failed"] if block.failed else []
    facts.append(byte_size(block.result_size))
    if block.seconds is not None:
        facts.append(elapsed(block.seconds))
    return ", ".join(facts)


def done_words(block: DoneBlock) -> str:
    """What is known at a turn's end."""
    facts = [f"turn {block.turn}{' failed' if block.failed else ''}"]
    if block.output_tokens is not None:
        facts.append(f"{count(block.output_tokens)} tokens")
    if block.seconds is not None:
        facts.append(elapsed(block.seconds))
    if block.final_confirmed:
        facts.append("final message is the same")
    return ", ".join(facts)


def _mark_words(block: Block) -> SafeText:
    if isinstance(block, GapBlock):
        return safe_line(describe_gap(block.gap))
    return safe_line(block.text) if isinstance(block, NoteBlock) else SafeText("")


# -- whole transcripts ---------------------------------------------------------------------------------------------


def _title(transcript: Transcript, name: str) -> str:
    pruned = ""
    if transcript.first_id:
        pruned = f"; older text is not in here: {byte_size(transcript.pruned_chars)} were pruned"
    return f"{name}, {plural(len(transcript.turns), 'turn')}{pruned}"


def as_text(transcript: Transcript, name: SafeText) -> Iterator[str]:
    """A transcript as plain text, in pieces. `name` is the conversation's, in one line."""
    yield f"{_title(transcript, name)}\n"
    turn = 0
    for passage in passages(transcript.blocks):
        if passage.first.turn != turn:
            turn = passage.first.turn
            yield "\n"
        yield f"{passage_text(passage)}\n"


def as_markdown(transcript: Transcript, name: SafeText) -> Iterator[str]:
    """A transcript as Markdown: a heading a turn, answers as they are, payloads in fences, the rest as quotes."""
    yield f"# {_inline(_title(transcript, name))}\n"
    turn = 0
    for passage in passages(transcript.blocks):
        block = passage.first
        if block.turn != turn:
            turn = block.turn
            yield f"\n## Turn {turn}, {time.strftime('%Y-%m-%d %H:%M:%S %z', time.localtime(block.at))}\n"
        yield f"\n{_passage_markdown(passage)}\n"


def _passage_markdown(passage: Passage) -> str:
    block = passage.first
    if isinstance(block, TextBlock):
        text = make_safe(passage.text.strip())
        if block.flow == "thinking":
            return f"**thinking**\n\n{_quoted(text)}"
        return f"**{_inline(speaker(block))}**\n\n{_closed(text)}"
    if isinstance(block, ToolBlock):
        name = _code(safe_line(block.name or "tool without a name"))
        parts = (
            [f"**tool call** {name}{_left_out(block)}\n\n{_fenced(make_safe(block.arguments))}"] if block.called else []
        )
        if block.result is not None:
            parts.append(f"**tool result** {name}, {_result_facts(block)}\n\n{_fenced(make_safe(block.result))}")
        elif block.abandoned:
            parts.append(f"**tool result** {name}: not seen before the turn ended")
        return "\n\n".join(parts)
    if isinstance(block, DoneBlock):
        return f"*{done_words(block)}*"
    if isinstance(block, ErrorBlock):
        return f"**error**\n\n{_fenced(passage_text(passage).removeprefix('error: '))}"
    if isinstance(block, (GapBlock, NoteBlock)):
        return f"*{_inline(_mark_words(block))}*"
    return _fenced(passage_text(passage))


_ACTIVE = re.compile(r"([\\`*_\[\]<>#&|~!])")


def _inline(text: str) -> str:
    """Words in which no character means anything."""
    return _ACTIVE.sub(r"\\\1", safe_line(text))


def _code(text: SafeText) -> str:
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if "`" in text else f"`{text}`"


def _fenced(text: str) -> str:
    """A block that nothing in it can end."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}\n{text}\n{ticks}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _closed(text).split("\n"))


def _closed(text: str) -> str:
    """With its last fence closed, so that what follows is not swallowed."""
    fence = ""
    for found in _FENCE.finditer(text):
        if not fence:
            fence = found[1]
        elif found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text


def code_blocks(text: str) -> list[CodeBlock]:
    """The fenced blocks of a text that have anything in them; one that is still open goes to the end. Where the fence
    is indented, its lines are less so by as much."""
    found: list[CodeBlock] = []
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opened is None:
            opened = match
        elif match[1].startswith(opened[1]) and not match[2].strip():
            found.append(_code_block(opened, text[opened.end() + 1 : max(opened.end() + 1, match.start() - 1)]))
            opened = None
    if opened is not None:
        found.append(_code_block(opened, text[opened.end() + 1 :].rstrip()))
    return [each for each in found if each.code.strip()]


def _code_block(opened: re.Match[str], code: str) -> CodeBlock:
    if indent := opened.start(1) - opened.start():
        code = re.sub(rf"^ {{1,{indent}}}", "", code, flags=re.MULTILINE)
    return CodeBlock(opened[2].split(" ")[0][:MAX_LANGUAGE], code)
