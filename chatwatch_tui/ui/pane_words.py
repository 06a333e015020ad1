"""The words in a pane's frame: who, what it is doing and for how long, what is new below, and the last minutes."""

from __future__ import annotations

from chatwatch_tui.core import identity as ids
from chatwatch_tui.core.conversation import Attention, Conversation, Phase
from chatwatch_tui.core.filtering import Granularity
from chatwatch_tui.core.rules import PaneColour
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.timeline import BUCKET, Doing, Piece
from chatwatch_tui.ui.block_rows import Span, ours
from chatwatch_tui.ui.figures import count, plural, whole_elapsed
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.laying_out import Layout
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import LEVELS, View, kind_words
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, fit

FRAME_CELLS = 4
"""Corners, and the piece of frame beside each."""
MIN_LABEL = 4
"""Cells below which a label says nothing any more."""
LABEL_FIRST = 16
"""Cells of a label that go before the word of a state, whose glyph says the same, and before the id."""
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
RULE_INK = {
    PaneColour.RED: (Ink.BAD, Ink.FRAME_BAD),
    PaneColour.YELLOW: (Ink.WARN, Ink.FRAME_YELLOW),
    PaneColour.GREEN: (Ink.GOOD, Ink.FRAME_GREEN),
    PaneColour.BLUE: (Ink.ASSISTANT, Ink.FRAME_BLUE),
    PaneColour.MAGENTA: (Ink.THINKING, Ink.FRAME_MAGENTA),
    PaneColour.CYAN: (Ink.TOOL, Ink.FRAME_CYAN),
}
"""A rule's colour as the ink of its sign, and of a frame."""
LINE_INK = {
    Doing.SILENT: Ink.DIM,
    Doing.THINKING: Ink.LINE_THINKING,
    Doing.ANSWERING: Ink.TEXT,
    Doing.TOOL: Ink.TOOL,
    Doing.OTHER: Ink.DIM,
    Doing.GAP: Ink.WARN,
    Doing.ERROR: Ink.BAD,
}
LINE_CELLS = (6, 48)
"""Fewest and most columns of a timeline."""
LINE_SECONDS = 120
"""What a timeline shows at least: on narrow panes a column is more than one bucket."""


def short_id(conversation: Conversation) -> SafeText:
    """Four digits, as people read them out."""
    return ours("????" if conversation.key.id == ids.STRAY_ID else ids.short_id(conversation.key.id))


def label(conversation: Conversation, limit: int = 60) -> SafeText:
    """The conversation's label made safe; blank where it has none."""
    return safe_line(conversation.label, limit)


def state_words(
    conversation: Conversation, now: float, glyphs: Glyphs, *, link_down: str = ""
) -> tuple[str, SafeText, str, Ink]:
    """Glyph, word, figure (blank where none is known) and ink of a conversation's state; `link_down` says why nothing
    can come for it (`Links.down`). An error that still needs the operator stands before what is done now, whose figure
    goes with its word: alone it would be read as the error's."""
    glyph, word, figure, ink = _present_state(conversation, now, glyphs, link_down=link_down)
    if conversation.phase is not Phase.ERROR and conversation.attention(now) is Attention.ERROR:
        return glyphs.error, SafeText(f"then {word} {figure}".rstrip()), "", Ink.BAD
    return glyph, word, figure, ink


def _present_state(
    conversation: Conversation, now: float, glyphs: Glyphs, *, link_down: str
) -> tuple[str, SafeText, str, Ink]:
    phase = conversation.phase
    stalled = conversation.stalled_for(now)
    if link_down and phase not in (Phase.DONE, Phase.ERROR):
        return glyphs.link_down, ours(link_down), "", Ink.WARN
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


def hit_ink(conversation: Conversation) -> Ink:
    """The ink of the rule's hit that is shown."""
    colour = conversation.rules.colour if conversation.rules is not None else None
    return RULE_INK[colour][0] if colour is not None else Ink.WARN


def hit_words(conversation: Conversation, glyphs: Glyphs) -> list[Span]:
    """Sign and name of the rule that was hit, with the sign of what is muted, and how many more ask for the operator;
    nothing where none was."""
    rules = conversation.rules
    hit = rules.shown if rules is not None else None
    if rules is None or hit is None:
        return []
    more = len(rules.asking) - 1
    others = f" +{more}" if more > 0 else ""
    sign = f"{glyphs.hit}{glyphs.muted}" if rules.is_muted(hit) else glyphs.hit
    return [(SafeText(f" {sign} {safe_line(hit.rule.name, 16)}{others} "), hit_ink(conversation))]


def header(
    view: PaneView,
    number: int,
    now: float,
    glyphs: Glyphs,
    width: int,
    *,
    pinned: bool,
    locked: bool = False,
    link_down: str,
    source: str = "",
    focused: bool = False,
) -> tuple[list[Span], list[Span]]:
    """Left and right of a pane's upper edge of `width` cells. The number is always there, on a ground where the pane is
    in focus: the frame's colour may be a rule's. What gives way for the label:
    the source, the word of the state (whose glyph and figure say it), the id; for the figure the word does."""
    conversation = view.conversation
    left: list[Span] = [(ours(" "), Ink.DIM), (ours(str(number)), Ink.BADGE if focused else Ink.STRONG)]
    if locked or pinned:
        left.append((ours(glyphs.lock if locked else glyphs.pin), Ink.KEY))
    if conversation.muted:
        left.append((ours(glyphs.muted), Ink.DIM))
    left.append((ours(" "), Ink.DIM))
    glyph, word, figure, ink = state_words(conversation, now, glyphs, link_down=link_down)
    name, identity = label(conversation), SafeText(f"{short_id(conversation)} ")
    room = width - FRAME_CELLS - _cells(left)
    others = hit_words(conversation, glyphs)
    if view.frozen is not None:
        others.append((ours(f" {glyphs.frozen} {'frozen' if view.is_frozen else 'held'} "), Ink.BADGE))
    wanted = min(cell_width(name), LABEL_FIRST) + 1 if name else len(identity)
    full, short = SafeText(f" {glyph} {word} "), ours(f" {glyph} ")
    needed = _cells(others) + (len(figure) + 1 if figure else 0) + wanted
    all_fits = room >= needed + cell_width(full) + (len(identity) if name else 0)
    right: list[Span] = [*others, (full if all_fits or not (figure or name) else short, ink)]
    room -= _cells(right)
    if figure and room >= len(figure) + 1:
        right.append((ours(f"{figure} "), Ink.DIM))
        room -= len(figure) + 1
    if not name or room >= len(identity) + wanted:
        left.append((identity, Ink.DIM))
        room -= len(identity)
    for text, each in ((name, Ink.STRONG), (safe_line(source, 24), Ink.DIM)):
        if text and room > MIN_LABEL:
            left.append((SafeText(f"{fit(text, room - 1)} "), each))
            room -= _cells(left[-1:])
    return left, right


def hidden_facts(view: PaneView) -> list[str]:
    """What is not shown as it came: how much of it first, for that must be seen; empty where everything is shown."""
    return [*hidden_counts(view), *other_facts(view)]


def hidden_counts(view: PaneView) -> list[str]:
    """How much is not shown, and by what; empty where everything is shown, and while it is being counted."""
    layout = view.layout
    reading = layout.reading
    facts: list[str] = []
    if reading.filter is not None and (layout.counts_all or layout.filter_failed):
        facts.append(f"stopped: {layout.filter_failed}" if layout.filter_failed else sifted_words(layout))
    if isinstance(layout, StreamLayout) and layout.counts_all and (total := sum(layout.hidden.values())):
        named = [
            f"{layout.hidden[kind]:,} {kind_words(kind, layout.hidden[kind])}" for kind in LEVELS if layout.hidden[kind]
        ]
        few = reading.view is not View.MESSAGES and len(named) < 3
        facts.append(f"{', '.join(named) if few else plural(total, 'part')} hidden")
    return facts


def other_facts(view: PaneView) -> list[str]:
    """The filter and the view, where it is not the usual one."""
    reading = view.layout.reading
    facts: list[str] = []
    if reading.filter is not None:
        turns = "turns " if reading.filter.granularity is Granularity.TURN else ""
        facts.append(f'filter {turns}"{safe_line(reading.filter.text, MAX_QUERY)}"')
    if reading.view is not View.TEXT:
        facts.append(reading.view.value)
    return facts


def sifted_words(layout: Layout) -> str:
    """What the filter hides; blank where there is none, and while it is being counted."""
    if layout.reading.filter is None or not layout.counts_all:
        return ""
    noun = "line" if isinstance(layout, StreamLayout) else "chunk"
    return f"{plural(layout.sifted, noun)} hidden"


def hidden_total(view: PaneView) -> int:
    """Parts and lines that are not shown; 0 while they are being counted."""
    layout = view.layout
    if not layout.counts_all:
        return 0
    return layout.sifted + (sum(layout.hidden.values()) if isinstance(layout, StreamLayout) else 0)


def words_instead(view: PaneView, keymap: Keymap) -> SafeText:
    """Why nothing stands in a pane though there may be something; blank where nothing came."""
    if view.is_frozen and not view.layout.transcript.blocks:
        return keymap.fill("Frozen before anything was here; {freeze} shows what came.")
    if not hidden_total(view):
        return ours("")
    if view.layout.reading.filter is not None:
        return keymap.fill("Nothing here passes the filter; {back} shows all.")
    return keymap.fill("All that is here is of kinds that are hidden; {display} shows them.")


def timeline(conversation: Conversation, now: float, glyphs: Glyphs, width: int, frame: Ink) -> list[Span]:
    """The last minutes at the right of a lower edge of `width` cells, always as many columns; where nothing went on
    the frame goes on. Nothing where the edge is too short."""
    cells = min(LINE_CELLS[1], (width - 20) // 3)
    line = conversation.timeline
    if line is None or cells < LINE_CELLS[0]:
        return []
    buckets = -(-LINE_SECONDS // (BUCKET * cells))
    spans: list[Span] = []
    for piece in line.pieces(cells, now, buckets):
        ink = LINE_INK.get(piece.doing)
        spans.append((ours(glyphs.rule), frame) if ink is None else (ours(_line_glyph(piece, glyphs)), ink))
    return spans


def sparkline(conversation: Conversation, now: float, glyphs: Glyphs, cells: int) -> SafeText:
    """Chunks a second of the last minute as so many columns; blank where nothing came."""
    line = conversation.timeline
    if line is None:
        return SafeText(" " * cells)
    pieces = line.pieces(cells, now, max(1, 60 // (BUCKET * cells)))
    return ours("".join(glyphs.line_answering[each.level - 1] if each.level else " " for each in pieces))


def _line_glyph(piece: Piece, glyphs: Glyphs) -> str:
    if piece.doing is Doing.THINKING:
        return glyphs.line_thinking[max(1, piece.level) - 1]
    if piece.doing is Doing.ANSWERING:
        return glyphs.line_answering[max(1, piece.level) - 1]
    return {
        Doing.SILENT: glyphs.line_silent,
        Doing.TOOL: glyphs.line_tool,
        Doing.GAP: glyphs.gap,
        Doing.ERROR: glyphs.error,
    }.get(piece.doing, glyphs.line_other)


def _cells(spans: list[Span]) -> int:
    return sum(cell_width(text) for text, _ in spans)
