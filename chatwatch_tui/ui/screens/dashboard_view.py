"""What stands on the dashboard: roster, panes and bars, how they are arranged, and what comes in for them.

Messages from the feed reader come in, one a frame; each says which conversations changed, and only the panes that show
one of them are asked to draw. A clock tick once a second moves the figures that elapse. Where things stand is decided
by `Board`, what a pane shows by `PaneView`, words and colours elsewhere: this screen connects them. What the keys do is
`dashboard`'s.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen
from textual.timer import Timer

from chatwatch_tui.core.conversation import Attention, Conversation, Phase
from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.board import SLOTS, Arrangement, Board
from chatwatch_tui.ui.feed_reader import FeedReader
from chatwatch_tui.ui.garbage import GarbageCollection
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import (
    ConversationsChanged,
    ConversationsEvicted,
    LinkChanged,
    LookAsked,
)
from chatwatch_tui.ui.pacing import FRAMES_PER_SECOND
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.status import Situation, status_row, strip_row, tiny_status_row
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.welcome import welcome_rows
from chatwatch_tui.ui.widgets.bars import Bar, HintBar
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList

if TYPE_CHECKING:
    from chatwatch_tui.ui.handing import Copying
    from chatwatch_tui.ui.widgets.prompt_bar import PromptBar

SPENT_AFTER = 60.0
"""Seconds of quiet after which a finished conversation that discovery opened, and the operator has seen, may give way
to a new one."""
SAID_FOR = 5.0
"""Seconds that a remark stays in the footer."""
ROSTER_WIDTHS = (32, 50)
"""Cells of the roster without and with labels and sparklines."""
WIDE_ROSTER_FROM = 160


class DashboardView(Screen[None]):
    """Everything of the dashboard but its keys."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    DashboardView { layout: vertical; layers: base over; }
    #middle { height: 1fr; }
    #panes { layout: grid; grid-gutter: 0; width: 1fr; height: 1fr; }
    #welcome { height: 1fr; }
    RosterList.over { layer: over; dock: left; width: 100%; height: 100%; }
    """

    def __init__(self, watching: Watching, look: Look, settings: ScreenSettings) -> None:
        super().__init__()
        self.board = Board()
        self.watching = watching
        self.reader = FeedReader(
            watching.feed,
            watching.roster,
            self,
            kept=self.board.keys,
            on_failure=lambda problem: self.app._handle_exception(problem),
            max_fps=frames_per_second(settings),
            clock=watching.clock,
        )
        self._garbage = GarbageCollection()
        self._look = look
        self._settings = settings
        self.reading = Reading(settings.display)
        """How panes are read that are opened from now on."""
        self._hint = settings.hint
        self._statuses: dict[str, SourceStatus] = {}
        self._known: set[ConversationKey] = set()
        self._arrangement: Arrangement | None = None
        self._panes = {number: Pane(number, look, watching.clock) for number in range(1, SLOTS + 1)}
        """By number; mounted with the first conversation, so that the first paint need not wait for them."""
        self._said: Timer | None = None
        self._remark: SafeText | None = None
        self._choosing = False
        self._prompt: PromptBar | None = None
        """The line that is typed into, in the footer's place; None while there is none."""
        self._copying: Copying | None = None

    def compose(self) -> ComposeResult:
        """Bars, roster, panes."""
        clock = self.watching.clock
        yield Bar(self._look, self._status_rows, id="status")
        yield Bar(self._look, self._strip_rows, id="strip")
        with Horizontal(id="middle"):
            yield RosterList(self._look, self.watching.roster, self.board, clock, self._sources_down, id="roster")
            yield Bar(self._look, self._welcome_rows, id="welcome")
            yield Container(id="panes")
        yield HintBar(self._look, id="hints")

    def on_mount(self) -> None:
        """Start frames and the clock, once the empty screen is up."""
        if self._hint:
            self.query_one(HintBar).say(self._look.keymap.fill(self._hint))
        self._open_first_panes()
        self._arrange()
        self.call_after_refresh(self._begin)

    def _open_first_panes(self) -> None:
        """What is open before anything has come in."""
        for key in self.watching.asked_for:
            self.watching.roster.open(key)
            self._known.add(key)
            if len(self.board.slots) < SLOTS:
                self.board.open(key)
                self._panes[self.board.focus].show(self._view(key))
        if self.board.slots:
            self.board.focus = self.board.previous = 1

    def apply_settings(self, settings: ScreenSettings) -> None:
        """Show and behave as these say from now on."""
        self._settings = settings
        self.reader.max_fps = frames_per_second(settings)
        self.post_message(LookAsked(settings))

    def restyle(self) -> None:
        """The look has changed: rows that glyphs are part of are made anew."""
        for pane in self._panes.values():
            pane.restyle()

    def on_unmount(self) -> None:
        """No frames without a screen."""
        self.reader.stop()
        self._garbage.stop()

    def _begin(self) -> None:
        self._garbage.start()
        self.reader.start()
        self.watching.start()
        self._tick_timer()

    def _tick_timer(self) -> None:
        """On the second, so that the clock does not stutter."""
        self.set_timer(1.0 - time.time() % 1.0 + 0.005, self._tick)

    # -- what comes in ---------------------------------------------------------------------------------------------

    @on(ConversationsChanged)
    def _conversations_changed(self, message: ConversationsChanged) -> None:
        message.stop()
        fresh = [each for each in message.changed if each.key not in self._known]
        if fresh:
            self._discovered(fresh)
        panes = {slot.key: self._panes[number] for number, slot in self.board.slots.items()}
        for conversation in message.changed:
            if (pane := panes.get(conversation.key)) is not None:
                pane.take_in()
        if fresh:
            self._refresh_bars()

    def _discovered(self, fresh: list[Conversation]) -> None:
        opened = False
        spent: dict[ConversationKey, bool] = {}  # judged once, however many come at a time

        def is_spent(key: ConversationKey) -> bool:
            return spent[key] if key in spent else spent.setdefault(key, self._is_spent(key))

        for conversation in fresh:
            self._known.add(conversation.key)
            number = self.board.offer(conversation.key, is_spent)
            if number is not None:
                self._panes[number].show(self._view(conversation.key))
                opened = True
        if opened:
            self._arrange()

    def _is_spent(self, key: ConversationKey) -> bool:
        conversation = self.watching.roster.get(key)
        if conversation is None:
            return True
        now = self.watching.clock()
        number = self.board.number_of(key)
        view = self._panes[number].view if number is not None else None
        finished = conversation.phase in (Phase.DONE, Phase.ERROR, Phase.WAITING)
        quiet = now - conversation.last_arrival > SPENT_AFTER
        return finished and quiet and conversation.attention(now) is Attention.NONE and (view is None or view.is_live)

    @on(ConversationsEvicted)
    def _conversations_evicted(self, message: ConversationsEvicted) -> None:
        message.stop()
        for key in message.keys:
            self._known.discard(key)
            number = self.board.forget(key)
            if number is not None:
                self._panes[number].show(None)
                self._arrange()

    @on(LinkChanged)
    def _link_changed(self, message: LinkChanged) -> None:
        message.stop()
        before = self._statuses.get(message.status.source)
        self._statuses[message.status.source] = message.status
        if before is not None and (before.state, before.detail) == (message.status.state, message.status.detail):
            return  # a round trip was measured, or an attempt counted: the clock's next tick shows it
        if before is None or before.state is not message.status.state:
            down = self._sources_down()
            for conversation in self.watching.roster:
                if conversation.key.source == message.status.source:
                    conversation.link_changed(self.watching.clock(), up=message.status.source not in down)
            for number, slot in self.board.slots.items():
                self._panes[number].link_down = slot.key.source in down
                self._panes[number].refresh_edges()
        for number, slot in self.board.slots.items():
            if slot.key.source == message.status.source:
                self._panes[number].say_of_link(self._link_detail(slot.key.source))
        self._refresh_bars()

    def _link_detail(self, source: str) -> str:
        """What a source says of its link, in full, for panes that have nothing else to show."""
        status = self._statuses.get(source)
        return status.detail if status is not None and status.state is not LinkState.LIVE else ""

    def _sources_down(self) -> set[str]:
        # Closed is no outage: we are ending, or a recording is at its end.
        up = (LinkState.LIVE, LinkState.FORBIDDEN, LinkState.CLOSED)
        return {name for name, status in self._statuses.items() if status.state not in up}

    def _tick(self) -> None:
        self._tick_timer()
        for number in self._arrangement.shown if self._arrangement is not None else ():
            self._panes[number].refresh_edges()
        self._refresh_bars()
        self._garbage.tick(self.watching.feed.account.received)

    def _refresh_bars(self) -> None:
        for bar in self.query(Bar):
            bar.refresh_rows()
        self.query_one(RosterList).refresh_rows()

    def _compositor_refresh(self) -> None:
        """Textual's own, but for two things that cost a redraw of the whole terminal for every message while a screen
        lies over this one: it asked for its own repaint after each repaint, and it repainted what cannot be seen."""
        top = self.app.screen
        if top is not self and (not top.is_modal or top.has_class("-full")):
            self._compositor._dirty_regions.clear()
            return
        super()._compositor_refresh()
        if top is not self:
            self._repaint_required = False

    @property
    def statuses(self) -> list[SourceStatus]:
        """How the sources' links are, as far as they have said."""
        return list(self._statuses.values())

    @property
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, over all open panes."""
        return sum(pane.rows_built for pane in self._panes.values())

    # -- what the bars say -----------------------------------------------------------------------------------------

    def _status_rows(self, width: int) -> list[Row]:
        pane = self.focused_pane
        if self._arrangement is None or self._arrangement.bars or pane is None or pane.view is None:
            return [status_row(self.situation(), width, self._look.glyphs)]
        if self._remark is not None:  # there is no footer to say it in
            return [((self._remark, Ink.TEXT),)]
        return [tiny_status_row(self.situation(), pane.view, width, self._look.glyphs, link_down=pane.link_down)]

    def situation(self) -> Situation:
        """The figures of the status bar, now."""
        roster, feed = self.watching.roster, self.watching.feed
        now = self.watching.clock()
        oldest = feed.oldest()
        lag = None
        if feed.account.received:
            lag = max(0.0, now - oldest) if oldest is not None else 0.0
        return Situation(
            now=now,
            monotonic=self.watching.monotonic(),
            statuses=list(self._statuses.values()),
            count=roster.count(now),
            chunks_per_second=roster.chunks_per_second(now),
            lag=lag,
            lost=roster.lost(now),
            unknown_gaps=roster.unknown_gaps(now),
            recorded=self.watching.recorder.size if self.watching.recorder is not None else None,
            outages=sum(status.reconnects for status in self._statuses.values()),
        )

    def _strip_rows(self, width: int) -> list[Row]:
        open_panes = []
        for number, slot in sorted(self.board.slots.items()):
            conversation = self.watching.roster.get(slot.key)
            if conversation is not None:
                open_panes.append((number, conversation))
        others = len(self.watching.roster) - len(open_panes)
        now = self.watching.clock()
        return [strip_row(open_panes, self.board.focus, others, now, self._sources_down(), self._look.glyphs)]

    def _welcome_rows(self, width: int) -> list[Row]:
        statuses = list(self._statuses.values())
        known = len(self.watching.roster)
        now = self.watching.monotonic()
        glyphs, open_key = self._look.glyphs, self._look.keymap.key("open")
        return welcome_rows(statuses, self.watching.description, known, width, now, glyphs, open_key=open_key)

    def say(self, words: SafeText) -> None:
        """A remark in the footer for some seconds."""
        self._show_remark(words)
        if self._said is not None:
            self._said.stop()
        self._said = self.set_timer(SAID_FOR, lambda: self._show_remark(None))

    def _show_remark(self, words: SafeText | None) -> None:
        self._remark = words
        self.query_one(HintBar).say(words)
        self._refresh_bars()

    def on_key(self, event: events.Key) -> None:
        """The first key takes the opening hint away."""
        if self._hint:
            self._hint = ""
            self.query_one(HintBar).say(None)

    # -- arranging -------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Arrange for the new size."""
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.app.size
        roster_width = ROSTER_WIDTHS[width >= WIDE_ROSTER_FROM]
        arrangement = self.board.arrange(width, height, roster_width)
        self._arrangement = arrangement
        several_sources = len({slot.key.source for slot in self.board.slots.values()}) > 1
        for number, pane in self._panes.items():
            slot = self.board.slots.get(number)
            pane.framed = arrangement.bars
            pane.in_focus = number == self.board.focus
            pane.pinned = slot is not None and slot.pinned
            pane.locked = slot is not None and slot.locked
            pane.source = slot.key.source if slot is not None and several_sources else ""
            pane.link_down = slot is not None and slot.key.source in self._sources_down()
            pane.link_words = self._link_detail(slot.key.source) if slot is not None else ""
            pane.display = number in arrangement.shown
            pane.styles.column_span = arrangement.last_span if arrangement.shown[-1:] == (number,) else 1
        panes = self.query_one("#panes")
        if arrangement.shown and not panes.children:
            panes.mount(*self._panes.values())
        panes.styles.grid_size_columns = arrangement.columns
        panes.styles.grid_size_rows = arrangement.rows
        panes.display = bool(arrangement.shown)
        self.query_one("#welcome").display = not arrangement.shown
        self.query_one("#strip").display = arrangement.strip and bool(arrangement.shown)
        self.query_one("#hints").display = arrangement.bars and self._prompt is None
        roster = self.query_one(RosterList)
        over = self._choosing and not arrangement.roster
        roster.set_class(over, "over")
        roster.display = arrangement.roster or over
        roster.styles.width = "100%" if over else roster_width
        panes.display = panes.display and not over
        for number in arrangement.shown:
            self._panes[number].refresh_all()
        self._refresh_bars()

    def _view(self, key: ConversationKey) -> PaneView:
        return PaneView(self.watching.roster.open(key), self._look.glyphs, self.reading)

    @property
    def focused_pane(self) -> Pane | None:
        """The pane in focus, None where no pane is open."""
        return self._panes[self.board.focus] if self.board.focus in self.board.slots else None


def frames_per_second(settings: ScreenSettings) -> int:
    """As set, and no more than a slow link can take."""
    return min(settings.max_fps, FRAMES_PER_SECOND) if settings.slow_link else settings.max_fps
