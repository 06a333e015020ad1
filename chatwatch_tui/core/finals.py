"""An assistant's complete message beside the answer that was streamed: the same, or different, and how."""

from __future__ import annotations

from collections.abc import Iterable

from chatwatch_tui.core.blocks import Block, TextBlock, ToolBlock


def streamed_answers(blocks: Iterable[Block]) -> list[str]:
    """The streamed answer text of a turn's blocks, in pieces as tool calls part it."""
    pieces: list[str] = []
    joined: list[str] = []
    for block in blocks:
        if isinstance(block, TextBlock) and block.flow == "token":
            joined.append(block.text)
        elif isinstance(block, ToolBlock) and joined:
            pieces.append("".join(joined))
            joined = []
    if joined:
        pieces.append("".join(joined))
    return pieces


def difference(final: str, streamed: list[str], *, complete_start: bool) -> str:
    """Blank where the message is all that was streamed, or one step of it between tool calls; else a remark for the
    reader. `complete_start`: the turn was seen from its beginning."""
    final = final.strip()
    whole = "".join(streamed).strip()
    if final == whole or any(final == step.strip() for step in streamed):
        return ""
    longer = len(final) - len(whole)
    if not complete_start and final.endswith(whole):
        return f"final message in full: {longer:,} chars came before joining"
    shown = f"{longer:+,} chars" if longer else "same length"
    return f"final message differs from the stream ({shown})"
