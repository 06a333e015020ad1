"""The words in a pane's frame: who, what it is doing and for how long, and what is new below."""

from __future__ import annotations

from chatwatch_tui.core.conversation import Conversation, Phase
from chatwatch_tui.core.identity import STRAY_ID
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Span, facts_that_fit, ours
from chatwatch_tui.ui.figures import count, elapsed, plural, whole_elapsed
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import LEVELS, View, kind_words
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, fit

FRAME_CELLS = 4
"""Corners, and the piece of frame beside each."""
MIN_LABEL = 4
"""Cells below which a label says nothing any more."""
MAX_QUERY = 24
"""Characters of a filter that a frame shows."""
PHASE_INK = {
    Phase.WAITING: Ink.DIM,
    Phase.THINKING: Ink.THINKING,
    Phase.ANSWERING: Ink.TEXT,
    Phase.TOOL: Ink.TOOL,
    Phase.DONE: Ink.DIM,
    Phase.ERROR: Ink.BAD,
}


def short_id(conversation: Conversation) -> SafeText:
    """The first four digits, as people read them out."""
    return ours("????" if conversation.key.id == STRAY_ID else conversation.key.id[:4])


def label(conversation: Conversation, limit: int = 60) -> SafeText:
    """The conversation's label made safe; blank where it has none."""
    return safe_line(conversation.label, limit)


def state_words(
    conversation: Conversation, now: float, glyphs: Glyphs, *, link_down: bool = False
) -> tuple[str, SafeText, str, Ink]:
    """Glyph, word, figure (blank where none is known) and ink of a conversation's state."""
    phase = conversation.phase
    stalled = conversation.stalled_for(now)
    if link_down and phase not in (Phase.DONE, Phase.ERROR):
        return glyphs.link_down, ours("link down"), "", Ink.WARN
    if stalled is not None:
        return glyphs.stalled, ours("model silent"), whole_elapsed(stalled), Ink.WARN
    glyph, ink = glyphs.of_phase(phase), PHASE_INK[phase]
    since = max(0.0, now - conversation.phase_since)
    if phase is Phase.TOOL:
        tool = conversation.transcript.running_tool
        name = safe_line(tool.name, 32) if tool is not None else ours("")
        return glyph, name or ours("tool"), whole_elapsed(since), ink
    if not conversation.phase_since:
        return glyph, ours(phase.value), "", ink  # it waits from the start: nobody knows since when
    return glyph, ours(phase.value), whole_elapsed(since), ink


def rate_words(conversation: Conversation, now: float) -> str:
    """Chunks a second while text flows; blank where none does."""
    rate = conversation.rate.per_second(now) if conversation.phase in (Phase.THINKING, Phase.ANSWERING) else 0.0
    return f"{count(rate)}/s" if rate else ""


def header(
    view: PaneView,
    number: int,
    now: float,
    glyphs: Glyphs,
    width: int,
    *,
    pinned: bool,
    locked: bool = False,
    link_down: bool,
    source: str = "",
    focused: bool = False,
) -> tuple[list[Span], list[Span]]:
    """Left and right of a pane's upper edge of `width` cells: the label gives way first, number and id never do."""
    conversation = view.conversation
    left: list[Span] = [(ours(" "), Ink.DIM), (ours(str(number)), Ink.FOCUS if focused else Ink.STRONG)]
    if locked or pinned:
        left.append((ours(glyphs.lock if locked else glyphs.pin), Ink.KEY))
    left.append((SafeText(f" {short_id(conversation)} "), Ink.DIM))
    glyph, word, figure, ink = state_words(conversation, now, glyphs, link_down=link_down)
    right: list[Span] = [(SafeText(f" {glyph} {word} "), ink)]
    if view.frozen is not None:
        right.insert(0, (ours(f" {glyphs.frozen} frozen "), Ink.BADGE))
    room = width - FRAME_CELLS - _cells(left) - _cells(right)
    if figure and room >= len(figure) + 1:
        right.append((ours(f"{figure} "), Ink.DIM))
        room -= len(figure) + 1
    for text, each in ((label(conversation), Ink.STRONG), (safe_line(source, 24), Ink.DIM)):
        if text and room > MIN_LABEL:
            left.append((SafeText(f"{fit(text, room - 1)} "), each))
            room -= _cells(left[-1:])
    return left, right


def footer(view: PaneView, now: float, glyphs: Glyphs, width: int, *, live_key: str = "End") -> list[Span]:
    """Left of a pane's lower edge of `width` cells: whole facts, what is not shown and what is lost first. `live_key`
    goes to the newest."""
    conversation = view.conversation
    room = width - FRAME_CELLS - 2
    unseen = hidden_facts(view)
    if not view.is_live:
        news = view.news()
        fresh = f" +{news.deliveries:,} new" if news.deliveries else " nothing new"
        if news.errors:
            fresh += f", {plural(news.errors, 'error')}"
        ink = Ink.BAD if news.errors else Ink.WARN if news.deliveries else Ink.DIM
        rest = facts_that_fit([*unseen, f"{live_key} = live"], room - len(fresh) - 2, glyphs)
        return [(ours(fresh), ink), (SafeText(f" {glyphs.dot} {rest} "), Ink.DIM)]
    turn = conversation.transcript.turn
    if turn is None and not unseen:
        return []
    facts = [*unseen, f"{conversation.counters.lost:,} lost"] if conversation.counters.lost else unseen
    if conversation.phase is Phase.ANSWERING and (rate := conversation.rate.per_second(now)):
        facts.append(f"~{count(rate)} tok/s")  # chunks: what a token is only the model knows
    if turn is not None:
        if turn.first_token_seconds is not None:
            facts.append(f"first token {elapsed(turn.first_token_seconds)}")
        if turn.tools:
            facts.append(plural(turn.tools, "tool"))
        facts.append(f"turn {turn.number}")
    return [(SafeText(f" {facts_that_fit(facts, room, glyphs)} "), Ink.DIM)]


def hidden_facts(view: PaneView) -> list[str]:
    """What is not shown as it came, and how much of it; empty where everything is."""
    reading, layout = view.reading, view.layout
    facts = [] if reading.view is View.TEXT else [reading.view.value]
    if reading.is_plain:
        return facts
    if reading.filter is not None:
        facts.append(f'filter "{safe_line(reading.filter.text, MAX_QUERY)}"')
        if not isinstance(layout, StreamLayout):
            facts.append("not on raw chunks")
        elif layout.filter_failed:
            facts.append(f"stopped: {layout.filter_failed}")
        else:
            facts.append(f"{plural(layout.sifted, 'line')} hidden")
    if isinstance(layout, StreamLayout) and (total := sum(layout.hidden.values())):
        named = [
            f"{layout.hidden[kind]:,} {kind_words(kind, layout.hidden[kind])}" for kind in LEVELS if layout.hidden[kind]
        ]
        few = reading.view is not View.MESSAGES and len(named) < 3
        facts.append(f"{', '.join(named) if few else plural(total, 'part')} hidden")
    return facts


def hidden_total(view: PaneView) -> int:
    """Parts and lines that are not shown."""
    layout = view.layout
    return sum(layout.hidden.values()) + layout.sifted if isinstance(layout, StreamLayout) else 0


def _cells(spans: list[Span]) -> int:
    return sum(cell_width(text) for text, _ in spans)
