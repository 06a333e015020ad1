"""What comes in for what stands on the dashboard (`dashboard_frame`).

Messages from the feed reader come in, one a frame; each says which conversations changed, and only the panes that show
one of them are asked to draw. A clock tick once a second moves the figures that elapse. What the keys do is
`dashboard`'s.
"""

from __future__ import annotations

import time
from itertools import islice

from textual import on

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.board import SLOTS
from chatwatch_tui.ui.feed_reader import FeedReader
from chatwatch_tui.ui.garbage import GarbageCollection
from chatwatch_tui.ui.links import News
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import ConversationsChanged, ConversationsEvicted, LinkChanged, LookAsked
from chatwatch_tui.ui.pacing import FRAMES_PER_SECOND
from chatwatch_tui.ui.screens.dashboard_frame import DashboardFrame
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.bars import HintBar


class DashboardView(DashboardFrame):
    """Everything of the dashboard but its keys."""

    def __init__(self, watching: Watching, look: Look, settings: ScreenSettings) -> None:
        super().__init__(watching, look, settings)
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
        self._known: set[ConversationKey] = set()

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
        self._open_asked_for()
        if self.board.slots:
            self.board.focus = self.board.previous = 1

    def _open_asked_for(self) -> None:
        """Those that the command line names and that are in no pane, as far as there is room."""
        for key in self.watching.asked_for:
            if self.board.number_of(key) is None and len(self.board.slots) < SLOTS:
                self.board.open(key)
                self._panes[self.board.focus].show(self._view(key))

    def apply_settings(self, settings: ScreenSettings) -> None:
        """Show and behave as these say from now on."""
        self._settings = settings
        self.reader.max_fps = frames_per_second(settings)
        self.post_message(LookAsked(settings))

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
            if self.watching.roster.get(conversation.key) is None:
                continue  # given up in the frame in which it came: to open it would make it anew, empty
            self._known.add(conversation.key)
            number = self.board.offer(conversation.key, is_spent)
            if number is not None:
                self._panes[number].show(self._view(conversation.key))
                opened = True
        if opened:
            self._arrange()

    def _give_up_waiting(self) -> None:
        """Panes of last time whose conversations did not come are for those that were heard meanwhile."""
        waiting = [
            number
            for number, slot in sorted(self.board.slots.items())
            if slot.is_discoverys and (found := self.watching.roster.get(slot.key)) is not None
            if found.was_not_heard and self._is_spent(slot.key)
        ]
        if not waiting:
            return
        now = self.watching.clock()
        heard = (each for each in self.watching.roster.ordered(now) if not (each.was_not_heard or each.is_spent(now)))
        without = (each for each in heard if self.board.may_be_opened(each.key))
        for number, conversation in zip(waiting, [*islice(without, len(waiting))], strict=False):
            self.board.replace(number, conversation.key)
            self._panes[number].show(self._view(conversation.key))
            self._arrange()

    def _is_spent(self, key: ConversationKey) -> bool:
        conversation = self.watching.roster.get(key)
        if conversation is None:
            return True
        number = self.board.number_of(key)
        view = self._panes[number].view if number is not None else None
        return conversation.is_spent(self.watching.clock()) and (view is None or view.is_live)

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
        news, source = self.links.take(message.status), message.status.source
        if news is News.FIGURES:
            return
        if news is News.STATE:
            linked = [each for each in self.watching.roster if each.key.source == source]
            for conversation in linked:
                conversation.link_changed(self.watching.clock(), up=not self.links.down(conversation.key))
            self.links_changed(linked)
        for number, slot in self.board.slots.items():
            if slot.key.source == source:
                self._panes[number].link_down = self.links.down(slot.key)
                self._panes[number].refresh_edges()
                self._panes[number].say_of_link(self.links.detail(slot.key))
        self._refresh_bars()

    def links_changed(self, conversations: list[Conversation]) -> None:
        """The link of these came or went."""

    def _tick(self) -> None:
        self._tick_timer()
        for number in self._arrangement.shown if self._arrangement is not None else ():
            self._panes[number].refresh_edges()
        self._refresh_bars()
        self._give_up_waiting()
        self._garbage.tick(self.watching.feed.account.received)


def frames_per_second(settings: ScreenSettings) -> int:
    """As set, and no more than a slow link can take."""
    return min(settings.max_fps, FRAMES_PER_SECOND) if settings.slow_link else settings.max_fps
