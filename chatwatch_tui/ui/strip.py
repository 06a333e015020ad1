"""The strip of panes: a number and a sign for each, over those on screen. No widget in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatwatch_tui.core.conversation import Attention, Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.pane_words import state_words
from chatwatch_tui.ui.themes import Ink


def strip_row(
    panes: Iterable[tuple[int, Conversation]],
    focus: int,
    others: int,
    now: float,
    link_down: Callable[[ConversationKey], str],
    glyphs: Glyphs,
    *,
    page: tuple[int, int] = (1, 1),
) -> Row:
    """One line of numbered states for the panes that are not all on screen; `page` is which of how many parts of them
    is."""
    spans: list[Span] = []
    for number, conversation in panes:
        glyph, _, _, ink = state_words(conversation, now, glyphs, link_down=link_down(conversation.key))
        urgent = conversation.attention(now) in (Attention.ERROR, Attention.STALLED, Attention.RULE)
        text = f"[{number}{glyph}]" if urgent else f" {number}{glyph} "
        spans.append((ours(text), Ink.BADGE if number == focus else ink))
    if others:
        spans.append((ours(f"  +{others:,}"), Ink.DIM))
    if page[1] > 1:
        spans.append((ours(f"  page {page[0]} of {page[1]}"), Ink.DIM))
    return tuple(spans)
