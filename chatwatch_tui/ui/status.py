"""What the status bar says: plain state in, rows out. No widget in here.

The status bar tells the truth: a figure that is not known is blank, a link that is down says so in words.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chatwatch_tui.core.conversation import Attention
from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.urgency import RosterCount
from chatwatch_tui.ui.block_rows import Row, Span, ours
from chatwatch_tui.ui.figures import byte_size, clock, count, plural, whole_elapsed
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.look import both_ends, width_of
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import hidden_total, label, short_id, state_words
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import fit

LINK_INK = {
    LinkState.CONNECTING: Ink.WARN,
    LinkState.LIVE: Ink.GOOD,
    LinkState.RECONNECTING: Ink.WARN,
    LinkState.REFUSED: Ink.BAD,
    LinkState.FORBIDDEN: Ink.WARN,
    LinkState.LIMITED: Ink.WARN,
    LinkState.CLOSED: Ink.WARN,
}


class Situation(msgspec.Struct):
    """Everything that the status bar is made of, at one moment."""

    now: float
    monotonic: float
    statuses: Sequence[SourceStatus]
    count: RosterCount
    chunks_per_second: float
    lag: float | None
    """Seconds that the oldest waiting delivery has waited; None where nothing was received yet or nothing can come."""
    lost: int
    unknown_gaps: int = 0
    """Holes of which nobody knows how much is missing, over all conversations."""
    alerts_muted: bool = False
    """The operator wants no alerts at all."""
    rules_off: int = 0
    """The operator's rules that are out of force."""
    outages: int = 0
    """How often a source's link came back: what those holes are, mostly."""
    recorded: int | None = None
    """Bytes written by the recording that runs; None while none does."""


MAX_NAME, SHORT_NAME = 40, 12
"""Cells of a source's name, and where there is little room."""
MAX_DETAIL = 80
"""Cells of what a source says of its link, where there is room."""
LATE = 1.0
"""Seconds of lag from which on it is worth a warning."""
MIN_DETAIL = 12
"""Cells below which that says nothing any more."""
_RATE_CELLS = 4
_LAG_CELLS = 5
_RTT_CELLS = len(" 99 ms")
"""Of the widest figure that is usual."""
_STEP = 4
"""Cells by which what stands at the left may grow before something is left out for it."""
_GAP: Span = (ours("   "), Ink.DIM)
_LEAD: Span = (ours(" "), Ink.DIM)


def link_words(status: SourceStatus, monotonic: float, glyphs: Glyphs, *, detail: int = MAX_DETAIL) -> list[Span]:
    """A source's link: sign, word, and what helps to judge it, with at most `detail` cells of its own words."""
    ink = LINK_INK[status.state]
    up = status.state.is_up
    closed = status.state is LinkState.CLOSED  # at its end: nothing is broken
    sign = glyphs.link_up if up else glyphs.done if closed else glyphs.link_down
    spans: list[Span] = [(ours(f"{sign} {status.state.value}"), ink)]
    lasted = whole_elapsed(monotonic - status.since)
    if status.state is LinkState.RECONNECTING or (status.state is LinkState.CONNECTING and status.attempt > 1):
        spans.append((ours(f" ({status.attempt}, {lasted})"), ink))
    elif up and status.rtt is not None:
        spans.append((ours(f" {max(1, round(status.rtt * 1000))} ms"), Ink.DIM))
    if status.detail and status.state is not LinkState.LIVE and detail > 0:
        spans.append((SafeText(f" {fit(safe_line(status.detail, detail), detail)}"), Ink.DIM))
    return spans


def source_name(status: SourceStatus) -> SafeText:
    """A context's name; where there is none, the server that is connected, or tried."""
    unnamed = ":" in status.source and status.server
    return safe_line(status.server if unnamed else status.source, MAX_NAME)


def status_row(situation: Situation, width: int, glyphs: Glyphs) -> Row:
    """The whole bar; what matters less gives way on narrow terminals: the time first, then lag and rates, then what
    sources say of their links, then the states. The links' states and the lost count stay longest. Where the screen is
    behind, by how much matters more than words for states.

    Figures that change by the second stand at the right, each in a place as wide as it may become, so that none moves
    another; what is left out is decided in steps, so that a figure more on the left seldom brings or takes anything.
    """
    links = [*_recording_spans(situation, glyphs), *_links(situation, glyphs)]
    states, short_states = (_state_spans(situation.count, glyphs, is_short=each) for each in (False, True))
    lost: list[Span] = [_GAP, *_lost_spans(situation), *_unalerted_spans(situation, glyphs)]
    figure = f"{count(situation.chunks_per_second):>{_RATE_CELLS}}"
    rate: list[Span] = [_GAP, (ours(f"{figure} chunks/s"), Ink.TEXT)]
    short_rate: list[Span] = [_GAP, (ours(f"{figure}/s"), Ink.TEXT)]
    lag: list[Span] = [_GAP, _lag_span(situation.lag)]
    name: list[Span] = [(ours(" chatwatch "), Ink.BADGE), (ours("  "), Ink.DIM)]
    time_of_day: list[Span] = [_GAP, (ours(f"{clock(situation.now)} "), Ink.DIM)]
    short_time: list[Span] = [_GAP, (ours(f"{clock(situation.now, seconds=False)} "), Ink.DIM)]
    is_late = situation.lag is not None and situation.lag >= LATE
    late_states = short_states if is_late else states
    for left, right in (
        ([*name, *links, *states], [*rate, *lag, *lost, *time_of_day]),
        ([*name, *links, *states], [*short_rate, *lag, *lost, *time_of_day]),
        ([_LEAD, *links, *states], [*short_rate, *lag, *lost, *short_time]),
        ([_LEAD, *links, *states], [*short_rate, *lag, *lost, _LEAD]),
        ([_LEAD, *links, *late_states], [*short_rate, *lag, *lost, _LEAD]),
        ([_LEAD, *links, *states], [*short_rate, *lost, _LEAD]),
        ([_LEAD, *links, *states], [*lost, _LEAD]),
        ([_LEAD, *links, *short_states], [*short_rate, *lost, _LEAD]),
        ([_LEAD, *links, *short_states], [*lost, _LEAD]),
    ):
        if -(-width_of(left) // _STEP) * _STEP + width_of(right) <= width:
            return both_ends(tuple(left), tuple(right), width, " ", Ink.DIM)
    return _narrow_row(situation, [states, short_states], width, glyphs)


def tiny_status_row(
    situation: Situation, view: PaneView, width: int, glyphs: Glyphs, *, link_down: str, help_key: str = ""
) -> Row:
    """All that there is beside the stream on a tiny terminal: the link, who speaks, what they do, how much is hidden,
    what is new below; with room to spare, the key that tells of the others. How much is hidden stays whatever it takes:
    nothing else on screen says it."""
    conversation = view.conversation
    glyph, word, figure, ink = state_words(conversation, situation.now, glyphs, link_down=link_down)
    news = view.news()
    ends: list[Span] = []
    if view.frozen is not None:
        ends.append((ours(f" {glyphs.frozen}"), Ink.WARN))
    if hidden := hidden_total(view):
        ends.append((ours(f" {hidden:,} hidden"), Ink.DIM))
    kept = len(ends) if hidden else 0
    if news.deliveries:
        ends.append((ours(f" +{news.deliveries:,}"), Ink.BAD if news.errors else Ink.WARN))
    if situation.count.errors > (conversation.attention(situation.now) is Attention.ERROR):
        ends.append((ours(f" {situation.count.errors}{glyphs.error}"), Ink.BAD))
    if situation.lost or situation.unknown_gaps:
        ends += [_LEAD, *_lost_spans(situation)]
    signs = [span for span in _links(situation, glyphs, signs_only=True) if span != _GAP]
    if not link_down:
        signs = [(SafeText(text[:1]), ink) for text, ink in signs]
    left: list[Span] = [_LEAD, *signs, (SafeText(f" {short_id(conversation)} "), Ink.STRONG)]
    state: list[Span] = [
        (ours(glyph), ink),
        (SafeText(f" {word}"), ink),
        (ours(f" {figure}" if figure else ""), Ink.DIM),
    ]
    name: list[Span] = [(SafeText(f"{label(conversation, 30)} "), Ink.DIM)]
    while len(ends) > kept and width_of([*left, *state, *ends]) > width:
        ends.pop()
    while kept and len(state) > 1 and width_of([*left, *state, *ends]) > width:
        state.pop()  # the sign says the same
    if kept and width_of([*left, *state, *ends]) > width:
        left = [_LEAD, *signs, _LEAD]
    helping: list[Span] = [(SafeText(f" {help_key}"), Ink.KEY), (ours(" help"), Ink.DIM)] if help_key else []
    if width_of([*left, *state, *helping, *ends]) <= width:
        ends = [*helping, *ends]
    room = width_of([*left, *name, *state, *ends]) <= width
    return both_ends((*left, *(name if room else ()), *state), tuple(ends), width, " ", Ink.DIM)


def _narrow_row(situation: Situation, ways: Sequence[list[Span]], width: int, glyphs: Glyphs) -> Row:
    """What is left of the bar where not even links, states and lost count fit with everything that sources say; `ways`
    to say the states, the longest first."""
    states = ways[0]
    # What grows short first: recording and mutes, then names; figures of a link only where no state fits anyway.
    for kept, is_short, name_cells, figures in (
        (states[:1], False, MAX_NAME, True),
        (states[:1], True, MAX_NAME, True),
        (states[:1], True, SHORT_NAME, True),
        ([], False, MAX_NAME, True),
        ([], True, MAX_NAME, True),
        ([], True, SHORT_NAME, True),
        ([], True, SHORT_NAME, False),
    ):
        lost: list[Span] = [_GAP, *_lost_spans(situation), *_unalerted_spans(situation, glyphs, is_short=is_short)]
        lead = [_LEAD, *_recording_spans(situation, glyphs, is_short=is_short)]
        bare = [*lead, *_links(situation, glyphs, detail=0, name_cells=name_cells, figures=figures)]
        if width_of([*(bare if kept else bare[:-1]), *kept, *lost]) <= width:
            break
    # Why a link is down says more than words for states do.
    reasons = sum(bool(status.detail) and status.state is not LinkState.LIVE for status in situation.statuses)
    for room in (reasons * (MIN_DETAIL + 1), 0):
        states = next((each for each in ways if width_of([*bare, *each, *lost]) + room <= width), [])
        if states:
            break
    states = states or ways[-1]
    while states and width_of([*bare, *states, *lost]) > width:
        states = states[:-2]  # the last state and the dot before it
    spare = width - width_of([*bare, *states, *lost])
    detail = spare // max(1, reasons) - 1
    right: Row = ()
    if states and detail >= MIN_DETAIL:
        left = [*lead, *_links(situation, glyphs, detail=detail, name_cells=name_cells), *states, *lost]
    elif states:
        left, right = [*bare, *states], (*lost, _LEAD)
        if width_of([*left, *right]) > width:
            right = tuple(lost)
    elif width_of([*bare[:-1], *lost]) <= width:
        left = [*bare[:-1], *lost]
    else:
        left, right = [*lead, *_links(situation, glyphs, signs_only=True)[:-1]], tuple(lost)
        if width_of(right) + 4 > width:
            unknown = " + ?" if situation.unknown_gaps else ""
            right = ((ours(f" lost {count(situation.lost)}{unknown}"), Ink.BAD if situation.lost else Ink.WARN),)
    return both_ends(tuple(left), right, width, " ", Ink.DIM)


def _links(
    situation: Situation,
    glyphs: Glyphs,
    *,
    detail: int = MAX_DETAIL,
    name_cells: int = MAX_NAME,
    figures: bool = True,
    signs_only: bool = False,
) -> list[Span]:
    """All sources, each with a gap behind it; by name, unless only their states' signs and words fit."""
    spans: list[Span] = []
    for status in situation.statuses:
        words = link_words(status, situation.monotonic, glyphs, detail=detail)
        if signs_only:
            spans.append(words[0])
        else:
            words = words if figures else words[:1]
            spans += [(SafeText(f"{fit(source_name(status), name_cells)} "), Ink.STRONG), *words]
            if figures and status.state is LinkState.LIVE and status.rtt is not None:
                spans.append((ours(" " * (_RTT_CELLS - len(words[-1][0]))), Ink.DIM))
        spans.append(_GAP)
    return spans


def _state_spans(counted: RosterCount, glyphs: Glyphs, *, is_short: bool = False) -> list[Span]:
    """In words, or each as its sign behind the number; a dot or a blank before each but the first."""
    parts: list[Span] = [(ours(f"{counted.live:,} live"), Ink.STRONG if counted.live else Ink.DIM)]
    for number, noun, sign, ink in (
        (counted.cut_off, f"{counted.cut_off:,} cut off", glyphs.link_down, Ink.WARN),
        (counted.errors, plural(counted.errors, "error"), glyphs.error, Ink.BAD),
        (counted.stalled, f"{counted.stalled:,} stalled", glyphs.stalled, Ink.WARN),
        (counted.rule_hits, plural(counted.rule_hits, "rule hit"), glyphs.hit, Ink.WARN),
        (counted.unread, f"{counted.unread:,} unread", glyphs.done, Ink.GOOD),
    ):
        if number:
            parts += [(ours(" " if is_short else f" {glyphs.dot} "), Ink.DIM)]
            parts += [(ours(f"{number:,}{sign}" if is_short else noun), ink)]
    return parts


def _recording_spans(situation: Situation, glyphs: Glyphs, *, is_short: bool = False) -> list[Span]:
    if situation.recorded is None:
        return []
    size = "" if is_short else f" {byte_size(situation.recorded)}"
    return [(ours(f"{glyphs.link_up} rec{size}"), Ink.BAD), _GAP]


def _unalerted_spans(situation: Situation, glyphs: Glyphs, *, is_short: bool = False) -> list[Span]:
    """What is not told of now, and why."""
    spans: list[Span] = []
    if situation.alerts_muted:
        spans += [_GAP, (ours(glyphs.muted if is_short else f"{glyphs.muted} muted"), Ink.WARN)]
    if situation.rules_off:
        words = f"{glyphs.hit} off" if is_short else f"{plural(situation.rules_off, 'rule')} off"
        spans += [_GAP, (ours(words), Ink.WARN)]
    return spans


def _lost_spans(situation: Situation) -> list[Span]:
    unknown = ""
    if situation.unknown_gaps:
        holes = plural(situation.outages, "outage") if situation.outages else plural(situation.unknown_gaps, "gap")
        unknown = f"? in {holes}"
    if situation.lost:
        return [(ours(f"lost {situation.lost:,}{f' + {unknown}' if unknown else ''}"), Ink.BAD)]
    return [(ours(f"lost {unknown}"), Ink.WARN)] if unknown else [(ours("lost 0"), Ink.DIM)]


def _lag_span(lag: float | None) -> Span:
    """Blank, and as wide, where nothing is known."""
    if lag is None:
        return ours(" " * (len("lag  s") + _LAG_CELLS)), Ink.DIM
    figure = f"{lag:.1f}" if lag < 999.95 else count(lag)
    return ours(f"lag {figure:>{_LAG_CELLS}} s"), Ink.DIM if lag < LATE else Ink.WARN if lag < 5 else Ink.BAD
