"""The words in a pane's lower edge: how much is not shown, what is new below, and the turn in figures.

How much is hidden goes before everything, the timeline beside it included: who filters, and does not see it, takes a
part for the whole. What gives way in narrow panes: facts about the turn, the filter's words and the way back; then the
count is said in short; then the timeline goes; then the news are said in short, and go.
"""

from __future__ import annotations

from typing import NamedTuple

from chatwatch_tui.core.conversation import Phase
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.block_rows import Span, facts_that_fit, ours
from chatwatch_tui.ui.figures import count, elapsed, plural
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import FRAME_CELLS, hidden_counts, hidden_total, other_facts
from chatwatch_tui.ui.rows_in_view import News
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width


class _Way(NamedTuple):
    """One way to say it."""

    news: str
    fact: str
    """What has to be there beside it; blank where nothing has."""
    others: list[str]
    """What may be, as far as there is room."""

    def fits(self, room: int) -> bool:
        """Whether what has to be there is no wider than that."""
        between = 3 if self.news and self.fact else 0
        return cell_width(ours(self.news)) + between + cell_width(SafeText(self.fact)) <= room


def footer(
    view: PaneView, now: float, glyphs: Glyphs, width: int, *, beside: int = 0, live_key: str = "End"
) -> list[Span]:
    """Left of a pane's lower edge of `width` cells: whole facts, the first ones first. `beside` are the cells of a
    timeline, which goes where the words need them. `live_key` goes to the newest."""
    gentle, harsh, ink = _ways(view, now, glyphs, live_key)
    if not gentle:
        return []
    room = width - FRAME_CELLS - 2
    ways = [(way, cells) for cells, tried in ((room - beside, gentle), (room, [*gentle, *harsh])) for way in tried]
    way, cells = next((each for each in ways if each[0].fits(each[1])), ways[-1])
    return _said(way, cells, ink, glyphs)


def _ways(view: PaneView, now: float, glyphs: Glyphs, live_key: str) -> tuple[list[_Way], list[_Way], Ink]:
    """Ways to say it, the best first: those for which the timeline may stay, and those for which it goes first."""
    counts, others = hidden_counts(view), other_facts(view)
    short = _Way("", _in_short(view), others)
    if view.is_live:
        facts = [*counts, *others, *_turn_facts(view, now, is_first=not counts and not others)]
        return [_Way("", facts[0], facts[1:]), *([short] if counts else [])] if facts else [], [], Ink.DIM
    news = view.news()
    facts = [*counts, *others, f"{live_key} = live"]
    plain = _Way("", facts[0], facts[1:])
    if not news.deliveries:
        # That nothing came is no news where there is no room.
        return [plain._replace(news="nothing new"), plain, *([short] if counts else [])], [], Ink.DIM
    ink = Ink.BAD if news.errors else Ink.WARN
    if not counts:
        fresh, *shorter = (_Way(each, "", facts) for each in _news_words(news, glyphs))
        return [fresh], shorter, ink
    fresh, *shorter = (short._replace(news=each) for each in _news_words(news, glyphs))
    return [plain._replace(news=fresh.news), fresh], [*shorter, short], ink


def _said(way: _Way, room: int, ink: Ink, glyphs: Glyphs) -> list[Span]:
    facts = [way.fact, *way.others] if way.fact else way.others
    if not way.news:
        return [(SafeText(f" {facts_that_fit(facts, room, glyphs)} "), Ink.DIM)]
    rest = facts_that_fit(facts, room - len(way.news) - 3, glyphs, whole=True) if facts else ""
    return [(ours(f" {way.news}"), ink), (SafeText(f" {glyphs.dot} {rest} " if rest else " "), Ink.DIM)]


def _news_words(news: News, glyphs: Glyphs) -> list[str]:
    """What came since, the longest words first."""
    many = f"+{news.deliveries:,}"
    if not news.errors:
        return [f"{many} new", many, f"+{count(news.deliveries)}"]
    signs = f"{news.errors:,}{glyphs.error}"
    errors = plural(news.errors, "error")
    shorter = [f"{many} new, {signs}", f"{many}, {signs}", f"+{count(news.deliveries)}, {signs}", signs]
    return [f"{many} new, {errors}", *shorter]


def _in_short(view: PaneView) -> str:
    return "filter stopped" if view.layout.filter_failed else f"{hidden_total(view):,} hidden"


def _turn_facts(view: PaneView, now: float, *, is_first: bool) -> list[str]:
    """What is lost, and the turn in figures; `is_first`: nothing else is said."""
    conversation = view.conversation
    turn = conversation.transcript.turn
    if turn is None and is_first:
        return []
    facts = [f"{conversation.counters.lost:,} lost"] if conversation.counters.lost else []
    if conversation.phase is Phase.ANSWERING and (rate := conversation.rate.per_second(now)):
        facts.append(f"~{count(rate)} tok/s")  # chunks: what a token is only the model knows
    if turn is not None:
        if turn.first_token_seconds is not None:
            facts.append(f"first token {elapsed(turn.first_token_seconds)}")
        if turn.tools:
            facts.append(plural(turn.tools, "tool"))
        facts.append(f"turn {turn.number}")
    return facts
