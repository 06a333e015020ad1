"""Conversations as rows of a list to choose from, and as what is searched of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from itertools import groupby

import msgspec

from chatwatch_tui.core.blocks import Block, ErrorBlock, OtherBlock, TextBlock, ToolBlock
from chatwatch_tui.core.conversation import Conversation, Phase
from chatwatch_tui.core.fuzzy import Fit, Haystack, haystack, places, places_in_id
from chatwatch_tui.core.identity import LONGER, SHORT, STRAY_ID, ConversationKey, short_id, short_ids
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.look import both_ends
from chatwatch_tui.ui.pane_words import label, state_words
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, fit, pad

Found = Sequence[tuple[str, Fit]]
"""The words of a query, and how a row was found by them."""
MAX_LAST_WORDS = 160
"""Letters of the last text that are searched and shown."""
LONG_ID_FROM = 72
"""Cells from which on there is room for eight digits of an id, for the source, and for the last text."""
_BLOCKS_LOOKED_AT = 6
_STATE_WORDS = {"cut_off": "cut off", "errors": "error failed", "stalled": "model silent stalled", "unread": "unread"}


def last_words(conversation: Conversation) -> SafeText:
    """The end of what was said last, in one line; blank where nothing was."""
    blocks = conversation.transcript.blocks
    for block in reversed(blocks[-_BLOCKS_LOOKED_AT:]):
        if text := " ".join(_text_of(block).split()):
            return safe_line(text[-MAX_LAST_WORDS:])
    return SafeText("")


def _text_of(block: Block) -> str:
    if isinstance(block, TextBlock):
        return block.text[-2 * MAX_LAST_WORDS :]
    if isinstance(block, ErrorBlock):
        return block.message[:MAX_LAST_WORDS]
    if isinstance(block, ToolBlock):
        return f"{block.name} {(block.arguments if block.result is None else block.result)[: MAX_LAST_WORDS // 2]}"
    return block.text[:MAX_LAST_WORDS] if isinstance(block, OtherBlock) else ""


class _Kept(msgspec.Struct, gc=False):
    revision: int
    """A hash of what it was made from: ten thousand tuples would be looked through by the garbage collector."""
    hay: Haystack


class ConversationHaystacks:
    """What is searched of each conversation, kept as long as nothing in it changes."""

    def __init__(self, roster: Roster, link_down: Callable[[ConversationKey], str]) -> None:
        self._roster = roster
        self._link_down = link_down
        self._kept: dict[ConversationKey, _Kept] = {}

    def renew(self) -> None:
        """For a list that is opened now: nothing of those that were given up."""
        if len(self._kept) > len(self._roster):
            self._kept = {key: kept for key, kept in self._kept.items() if self._roster.get(key) is not None}

    def __call__(self, conversation: Conversation) -> Haystack:
        """As it is searched."""
        key, transcript, phase = conversation.key, conversation.transcript, conversation.phase
        state = self._roster.counted_as(conversation)
        down = self._link_down(key)
        revision = hash((conversation.counters.bytes, transcript.next_id, phase.value, state, down))
        kept = self._kept.get(key)
        if kept is not None and kept.revision == revision:
            return kept.hay
        words = f"{phase.value} {_STATE_WORDS.get(state, '')}"
        if phase is Phase.TOOL and transcript.running_tool is not None:
            words += f" {safe_line(transcript.running_tool.name, 32)}"
        fields = (label(conversation), f"{words} {down}" if down else words, safe_line(key.source))
        hay = haystack(key.id, fields, last_words(conversation), shown=short_ids(key.id))
        self._kept[key] = _Kept(revision, hay)
        return hay


def conversation_row(
    conversation: Conversation,
    width: int,
    *,
    now: float,
    glyphs: Glyphs,
    number: int | None,
    found: Found,
    link_down: str,
    with_source: bool,
    is_here: bool,
) -> Row:
    """Its pane, id, label, state for how long, source and last words, as far as there is room."""
    glyph, word, figure, ink = state_words(conversation, now, glyphs, link_down=link_down)
    wide = width >= LONG_ID_FROM
    digits = LONGER if wide else SHORT
    id_ = conversation.key.id
    shown_id = "?" * digits if id_ == STRAY_ID else short_id(id_, digits)
    shorter = short_ids(id_)[-1] if wide and short_ids(id_) else ""
    strong = Ink.STRONG if is_here else Ink.TEXT
    name, text = label(conversation), last_words(conversation)
    spans: list[Span] = [
        (ours(f"{number or ' '} "), Ink.KEY),
        *_lit(SafeText(shown_id), places_in_id(found, shown_id, ends_with=shorter), strong),
        (ours(" "), Ink.DIM),
    ]
    state: list[Span] = [
        *highlighted(SafeText(f"{glyph} {word}"), 14 if wide else 11, found, ink),
        (ours(f"{fit(ours(figure), 6):>6}"), Ink.DIM),
    ]
    if not wide:
        by_text = any(how >= Fit.TEXT_WORD for _, how in found)
        room = width - 25 if width < 60 else 16
        spans += (
            highlighted(text, room, found, Ink.DIM, is_text=True)
            if by_text or not name
            else highlighted(name, room, found, strong)
        )
        spans += [(ours(" "), Ink.DIM), *state]
        if width < 60:
            return tuple(spans)
    else:
        spans += [*highlighted(name, 20, found, strong), (ours(" "), Ink.DIM), *state]
    if with_source and wide:
        spans += [(ours("  "), Ink.DIM), *highlighted(safe_line(conversation.key.source), 14, found, Ink.DIM)]
    left = width - sum(cell_width(each) for each, _ in spans) - 2
    spans += [(ours("  "), Ink.DIM), *highlighted(text, left, found, Ink.DIM, is_text=True)]
    return both_ends(tuple(spans), (), width, " ", Ink.DIM)


def highlighted(text: SafeText, width: int, found: Found, ink: Ink, *, is_text: bool = False) -> list[Span]:
    """A field in exactly that many cells, the letters that were found in it shown; a text from where they stand."""
    seen = places(found, text, is_text=is_text) if found else set()
    if is_text and seen and min(seen) > width - 16:
        start = max(1, min(seen) - 10)
        text = SafeText(f"…{text[start:]}")
        seen = {place - start + 1 for place in seen}
    if not text.isascii():  # a letter is not parted from the marks on it
        seen = {each for each in seen if each + 1 == len(text) or cell_width(SafeText(text[each + 1]))}
    shown = pad(text, width)
    kept = len(fit(text, width))
    return list(_lit(shown, {each for each in seen if each < kept}, ink))


def _lit(text: SafeText, seen: Set[int], ink: Ink) -> Iterator[Span]:
    if not seen:
        yield text, ink
        return
    for is_seen, part in groupby(range(len(text)), lambda place: place in seen):
        places_of_it = list(part)
        yield SafeText(text[places_of_it[0] : places_of_it[-1] + 1]), Ink.MATCH if is_seen else ink
