"""What needs the operator: going there, having seen it, being told of it elsewhere.

What stands before the operator's eyes they have seen; their eyes are on the pane in focus of a terminal that has the
focus. Many never say whether they have (tmux as it comes, with somebody attached or nobody): there a thing is seen once
a key, the mouse or a paste has come since it came into view. So nothing ends before nobody's eyes, and for whoever sits
there it lasts until they do anything at all. It counts from the last second in which it was not in view: the key that
brings it there is a sign, too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from textual import on

from chatwatch_tui.core.attention import Attention, Episode
from chatwatch_tui.core.blocks import ErrorBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rules import RuleLeftOut
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.actions.base import NO_PANE, DashboardActions
from chatwatch_tui.ui.alert_ways import BELL, CommandRunner, has_title, notification
from chatwatch_tui.ui.alert_words import alert_facts, alert_line, window_title
from chatwatch_tui.ui.alerts import Alerts, Told
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import (
    AlertCommandFailed,
    AlertRaised,
    ConversationsChanged,
    ConversationsEvicted,
    TitleChanged,
)
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.status import Situation
from chatwatch_tui.ui.widgets.roster_list import RosterList


class AttentionActions(DashboardActions):
    """Round the conversations that need the operator."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._visited: set[tuple[ConversationKey, Episode]] = set()
        """What the jump to what needs attention has been to in this round."""
        self.alerts = Alerts(self._settings.alerts, RuleSet(self._settings.rules))
        self.watching.roster.set_rules(self.alerts.rules)
        self._alert_command = CommandRunner(lambda words: self.post_message(AlertCommandFailed(words)))
        self._in_view: dict[tuple[ConversationKey, float], float] = {}
        """What was in view a second ago and is not seen yet, an error or the end of a turn by its time, and when it was
        not in view yet; Unix seconds."""
        self._looked_at = 0.0
        self._title = ours("")
        self._rule_said = -1
        """Which of the rules that do not work was explained last."""

    def apply_settings(self, settings: ScreenSettings) -> None:
        """Other rules and ways of being told from now on; what is muted stays so."""
        changed = settings.rules != self._settings.rules
        super().apply_settings(settings)
        self.alerts.settings = settings.alerts
        self.alerts.changed(self.watching.roster)
        if changed:
            before = self.alerts.rules
            self.alerts.rules = RuleSet(settings.rules, muted=before.muted, left_out=before.left_out)
            self.watching.roster.set_rules(self.alerts.rules)
            if self.is_mounted:
                self._say_rule_problems()
                self._show_attention()

    def leave_out_rules(self, left_out: Sequence[RuleLeftOut]) -> None:
        """These are wrong in the settings; whoever read them has said so."""
        if left_out != self.alerts.rules.left_out:
            self.alerts.rules.left_out = left_out
            self._rule_said = -1
            self._refresh_bars()

    def _begin(self) -> None:
        super()._begin()
        self._say_rule_problems()

    def _say_rule_problems(self) -> None:
        if self.alerts.rules.problems:
            self._rule_said = -1
            self.action_rules_off()

    # -- being told ------------------------------------------------------------------------------------------------

    @on(ConversationsChanged)
    def _alerts_may_change(self, message: ConversationsChanged) -> None:
        self.alerts.changed(message.changed)

    def links_changed(self, conversations: list[Conversation]) -> None:
        """Without a link nobody is silent."""
        self.alerts.changed(conversations)

    @on(ConversationsEvicted)
    def _alerts_are_forgotten(self, message: ConversationsEvicted) -> None:
        self.alerts.forget(message.keys)

    @on(AlertCommandFailed)
    def _alert_command_failed(self, message: AlertCommandFailed) -> None:
        message.stop()
        self.say(message.words)

    def _look_at_what_is_shown(self) -> None:
        """What stands before the operator's eyes they have seen: an error at once, a turn's end when it has stood there
        from one second to the next, for it came by itself."""
        now = self.watching.clock()
        before, self._in_view = self._in_view, {}
        looked_at, self._looked_at = self._looked_at, now
        pane = self.focused_pane
        view = None if pane is None else pane.view
        if pane is None or view is None or not (view.conversation.has_unseen_error or view.conversation.is_unread):
            return
        if self.app.screen is not self or not pane.is_on_screen or self.alerts.focused is False:
            return  # under help, say (for Textual it would be "current"), or nobody is there
        conversation = view.conversation
        error, end = (conversation.key, conversation.error_at), (conversation.key, conversation.done_at)
        if conversation.has_unseen_error and _shows_last_error(view):
            self._in_view[error] = before.get(error, looked_at)
            if self.alerts.is_there(self._in_view[error]):
                conversation.error_seen(now)
                self.alerts.changed([conversation])
        if conversation.is_unread and _shows_end(view):
            self._in_view[end] = before.get(end, looked_at)
            if end in before and self.alerts.is_there(self._in_view[end]):
                conversation.done_seen()
                self.alerts.changed([conversation])

    def _tick(self) -> None:
        self._look_at_what_is_shown()
        told = self.alerts.look(self.watching.clock())
        super()._tick()
        if told:
            self._tell(told)
        self._show_title()
        if self.alerts.rules.news:
            self.say(safe_line(self.alerts.rules.news.pop(0), 300))

    def _tell(self, told: list[Told]) -> None:
        settings, now = self._settings.alerts, self.watching.clock()
        sequence = notification(alert_line(told, now), settings.notify, os.environ)
        if settings.bell:
            sequence += BELL
        if sequence:
            self.post_message(AlertRaised(sequence))
        if settings.command:
            self._alert_command.run(settings.command, alert_facts(told, now), settings.command_timeout)

    def _show_title(self) -> None:
        wanted = self._settings.alerts.title and has_title(os.environ)
        title = window_title(self.alerts.needing) if wanted else ours("")
        if title != self._title:
            self._title = title
            self.post_message(TitleChanged(title))

    def on_unmount(self) -> None:
        """Nothing of ours stays behind."""
        self._alert_command.stop()

    def situation(self) -> Situation:
        """With what the operator wants of alerts."""
        situation = super().situation()
        situation.alerts_muted = self.alerts.all_muted
        situation.rules_off = self.alerts.rules.off
        return situation

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_next_attention(self) -> None:
        """Go to the conversation that needs the operator most, then to the next one, to what is muted last; when all
        were visited, again. One that several rules were hit in is visited for each of them."""
        now = self.watching.clock()
        needed = [
            (each, need)
            for each in self.watching.roster.needing(now)
            for place, need in enumerate(each.needs(now))
            if not place or need.attention is Attention.RULE
        ]
        muted = self.alerts.rules.muted
        wanted = sorted(needed, key=lambda each: each[0].muted or each[1].rule in muted)
        waiting = [(conversation.key, need) for conversation, need in wanted]
        if not waiting:
            self.say(ours("Nothing needs you."))
            return
        slot = self.board.slots.get(self.board.focus)
        elsewhere = [each for each in waiting if slot is None or each[0] != slot.key]
        fresh = [each for each in elsewhere or waiting if each not in self._visited]
        if not fresh:
            self._visited.clear()
        key, need = (fresh or elsewhere or waiting)[0]
        self._visited.add((key, need))
        if elsewhere:
            self.open_conversation(key)
        else:
            self.say(ours("Only this one needs you."))
        self._go_to_cause(need)

    def _go_to_cause(self, episode: Episode) -> None:
        """Bring what the pane in focus needs the operator for into view, where it has a row that is not."""
        pane = self.focused_pane
        view = None if pane is None else pane.view
        if pane is None or view is None:
            return
        view.update()  # nobody asked it to while it was out of sight
        view.have_all()
        row = None
        if episode.attention is Attention.ERROR:
            row = _error_row(view)
        elif episode.attention is Attention.RULE and view.conversation.rules is not None:
            from chatwatch_tui.ui.rule_highlight import highlight_of

            hit = view.conversation.rules.hits.get(episode.rule)
            highlight = highlight_of(view.conversation.rules, view.layout.transcript, None)
            row = None if hit is None else highlight.cause(view.layout, hit)
        if row is not None and not view.top <= row < view.top + view.height:
            view.point_at(row)
            pane.refresh_all()

    def action_acknowledge(self) -> None:
        """The operator has seen the conversation in focus, or under the cursor."""
        conversation = self._conversation_meant()
        if conversation is not None:
            needed = conversation.attention(self.watching.clock()) is not Attention.NONE
            conversation.acknowledge(self.watching.clock())
            self.alerts.acknowledged(conversation.key)
            self._show_attention()
            self.say(ours("Seen; it asks again when something happens." if needed else "Nothing here needs you."))

    def action_rules_off(self) -> None:
        """Say which rules do not work, and why; the next one with each call."""
        said = self.alerts.rules.out_of_force
        if not said:
            self.say(ours("All rules work." if len(self.alerts.rules) else "There are no rules."))
            return
        self._rule_said = (self._rule_said + 1) % len(said)
        place = f"{self._rule_said + 1} of {len(said)}: " if len(said) > 1 else ""
        self.say(safe_line(place + said[self._rule_said], 300))

    def _conversation_meant(self) -> Conversation | None:
        slot = self.board.slots.get(self.board.focus)
        key = self.query_one(RosterList).chosen or (slot.key if slot is not None else None)
        if key is None:
            self.say(NO_PANE)
        return self.watching.roster.get(key) if key is not None else None

    def _show_attention(self) -> None:
        for pane in self._panes.values():
            pane.refresh_edges()
        self._refresh_bars()
        self._show_title()


def _error_row(view: PaneView) -> int | None:
    """The first row of the newest error; None where it has none."""
    layout = view.layout
    for block in reversed(layout.transcript.blocks):
        if isinstance(block, ErrorBlock):
            row = layout.top_of(block.id)
            if row is None or row >= len(layout):
                return None
            shown = layout.block_at(row)
            return row if shown is not None and shown.id == block.id else None
    return None


def _shows_last_error(view: PaneView) -> bool:
    row = None if view.frozen is not None else _error_row(view)
    return row is not None and view.top <= row < view.top + view.height


def _shows_end(view: PaneView) -> bool:
    """Whether the end of the newest turn is in view; not where a filter leaves other turns alone."""
    layout, turn = view.layout, view.conversation.transcript.turn
    last = len(layout) - 1
    if not view.is_live or turn is None or not view.top <= last < view.top + view.height:
        return False
    block = layout.block_at(last)
    return block is not None and block.turn == turn.number
