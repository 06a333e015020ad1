"""What stands on the dashboard: roster, panes and bars, how they are arranged, and what the bars say.

Where things stand is decided by `Board`, what a pane shows by `PaneView`, words and colours elsewhere: this screen
connects them. What comes in for them is `dashboard_view`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.timer import Timer

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.board import SLOTS, Arrangement, Board
from chatwatch_tui.ui.links import Links
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.screens.covered import CoveredScreen
from chatwatch_tui.ui.status import Situation, status_row, tiny_status_row
from chatwatch_tui.ui.strip import strip_row
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.welcome import welcome_rows
from chatwatch_tui.ui.widgets.bars import Bar, HintBar
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import RosterList
from chatwatch_tui.ui.wrap import fit

if TYPE_CHECKING:
    from chatwatch_tui.ui.handing import Copying
    from chatwatch_tui.ui.widgets.prompt_bar import PromptBar

KEYS_IN_LIST = ("acknowledge", "mute", "help", "palette", "quit")
"""Commands in the footer while the cursor is in the list; what opens and what leaves stands in its frame."""
SAID_FOR = 6.0
"""Seconds that a remark stays in the footer, where no key takes it away ..."""
READ_PER_SECOND = 15
"""... and longer where it has more characters than this a second."""
REMARK_ROWS = 4
"""Rows of a remark at most; and no more than a third of the screen."""
ROSTER_WIDTHS = (36, 54)
"""Cells of the roster: labels alone with a short sparkline; with ids and words, and a longer one."""
WIDE_ROSTER_FROM = 180


class DashboardFrame(CoveredScreen):
    """The dashboard as it stands."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    DashboardFrame { layout: vertical; layers: base over; }
    #middle { height: 1fr; }
    #panes { layout: grid; grid-gutter: 0; width: 1fr; height: 1fr; }
    #welcome { height: 1fr; }
    #remark { layer: over; dock: bottom; width: 100%; display: none; }
    RosterList.over { layer: over; dock: left; width: 100%; height: 100%; }
    """

    def __init__(self, watching: Watching, look: Look, settings: ScreenSettings) -> None:
        super().__init__()
        self.board = Board()
        self.watching = watching
        self.links = Links()
        self._look = look
        self._settings = settings
        self.reading = Reading(settings.display)
        """How panes are read that are opened from now on."""
        self._hint = settings.hint
        self._arrangement: Arrangement | None = None
        self._panes = {number: Pane(number, look, watching.clock) for number in range(1, SLOTS + 1)}
        """By number; mounted with the first conversation, so that the first paint need not wait for them."""
        self._said: Timer | None = None
        self._remarks = 0
        """How many were made."""
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
            yield RosterList(self._look, self.watching.roster, self.board, clock, self.links.down, id="roster")
            yield Bar(self._look, self._welcome_rows, id="welcome")
            yield Container(id="panes")
        yield HintBar(self._look, id="hints")
        yield Bar(self._look, self._remark_rows, id="remark")

    def restyle(self) -> None:
        """The look has changed: rows that glyphs are part of are made anew."""
        for pane in self._panes.values():
            pane.restyle()

    @property
    def rows_built(self) -> int:
        """Rows wrapped or drawn since the start, over all open panes."""
        return sum(pane.rows_built for pane in self._panes.values())

    # -- what the bars say -----------------------------------------------------------------------------------------

    def _status_rows(self, width: int) -> list[Row]:
        pane = self.focused_pane
        if self._arrangement is None or self._arrangement.bars or pane is None or pane.view is None:
            return [status_row(self.situation(), width, self._look.glyphs)]
        look, down = self._look, pane.link_down
        help_key = look.keymap.key("help")
        return [tiny_status_row(self.situation(), pane.view, width, look.glyphs, link_down=down, help_key=help_key)]

    def situation(self) -> Situation:
        """The figures of the status bar, now."""
        roster, feed = self.watching.roster, self.watching.feed
        now = self.watching.clock()
        oldest = feed.oldest()
        lag = None
        if feed.account.received and any(status.state.is_up for status in self.links.statuses):
            lag = max(0.0, now - oldest) if oldest is not None else 0.0
        return Situation(
            now=now,
            monotonic=self.watching.monotonic(),
            statuses=self.links.statuses,
            count=roster.count(now),
            chunks_per_second=roster.chunks_per_second(now),
            lag=lag,
            lost=roster.lost(now),
            unknown_gaps=roster.unknown_gaps(now) + feed.account.unmarked_gaps,
            recorded=self.watching.recorder.size if self.watching.recorder is not None else None,
            outages=self.links.outages,
        )

    def _strip_rows(self, width: int) -> list[Row]:
        open_panes = []
        for number, slot in sorted(self.board.slots.items()):
            conversation = self.watching.roster.get(slot.key)
            if conversation is not None:
                open_panes.append((number, conversation))
        others = len(self.watching.roster) - len(open_panes)
        now = self.watching.clock()
        down, arrangement = self.links.down, self._arrangement
        page = (1, 1) if arrangement is None else (arrangement.page, arrangement.pages)
        return [strip_row(open_panes, self.board.focus, others, now, down, self._look.glyphs, page=page)]

    def _welcome_rows(self, width: int) -> list[Row]:
        statuses = self.links.statuses
        known = len(self.watching.roster)
        now = self.watching.monotonic()
        glyphs, open_key = self._look.glyphs, self._look.keymap.key("open")
        return welcome_rows(statuses, self.watching.description, known, width, now, glyphs, open_key=open_key)

    def on_screen_suspend(self) -> None:
        """The keys of what lies over this are others."""
        self._show_keys()

    def on_screen_resume(self) -> None:
        """Ours again."""
        self._show_keys()

    def _show_keys(self) -> None:
        """Those that act now stand in the footer."""
        only = None if self.app.screen is self else ()
        self.query_one(HintBar).show_only(KEYS_IN_LIST if self._choosing and only is None else only)

    def say(self, words: SafeText) -> None:
        """A remark in the footer, of this moment: for some seconds, or until the next key."""
        self._remarks += 1
        self._show_remark(words)
        if self._said is not None:
            self._said.stop()
        self._said = self.set_timer(max(SAID_FOR, len(words) / READ_PER_SECOND), self.unsay)

    def unsay(self) -> None:
        """The remark's moment is over."""
        if self._remark is not None:
            self._show_remark(None)

    def _show_remark(self, words: SafeText | None) -> None:
        self._remark = words
        self.query_one(HintBar).say(words)
        self._show_all_of_it()
        self._refresh_bars()

    def _remark_rows(self, width: int) -> list[Row]:
        room = max(1, width - 2)
        rows = wrapped(self._remark, room) if self._remark is not None else []
        most = max(1, min(REMARK_ROWS, self.app.size.height // 3))
        if len(rows) > most:
            rows[most - 1 :] = [fit(SafeText(f"{rows[most - 1]} {rows[most]}"), room)]
        return [((ours(" "), Ink.TEXT), (row, Ink.TEXT)) for row in rows]

    def _show_all_of_it(self) -> None:
        """A remark that is longer than a row lies over the last rows, as does any where there is no footer: nothing is
        moved or laid out again for it."""
        bar = self.query_one("#remark", Bar)
        rows = len(self._remark_rows(self.app.size.width))
        footer = self._arrangement is None or self._arrangement.bars
        bar.display = rows > footer
        bar.styles.height = max(1, rows)

    def on_key(self, event: events.Key) -> None:
        """The first key takes the opening hint away."""
        if self._hint:
            self._hint = ""
            self.query_one(HintBar).say(None)

    def _refresh_bars(self) -> None:
        for bar in self.query(Bar):
            bar.refresh_rows()
        self.query_one(RosterList).refresh_rows()

    # -- arranging -------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Arrange for the new size."""
        self._arrange()
        self._show_all_of_it()

    def _arrange(self) -> None:
        width, height = self.app.size
        roster_width = ROSTER_WIDTHS[width >= WIDE_ROSTER_FROM]
        arrangement = self.board.arrange(width, height, roster_width)
        self._arrangement = arrangement
        self._show_keys()
        several_sources = len({slot.key.source for slot in self.board.slots.values()}) > 1
        for number, pane in self._panes.items():
            slot = self.board.slots.get(number)
            pane.framed = arrangement.bars
            pane.in_focus = number == self.board.focus
            pane.pinned = slot is not None and slot.pinned
            pane.locked = slot is not None and slot.locked
            pane.source = slot.key.source if slot is not None and several_sources else ""
            pane.link_down = self.links.down(slot.key) if slot is not None else ""
            pane.link_words = self.links.detail(slot.key) if slot is not None else ""
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
