"""Not being told: of one conversation, of one rule, of anything.

What is muted alerts nobody and is shown as ever: it stays in the list, with its sign. The jump to what needs the
operator goes there last.

Several rules may have been hit in one conversation, and the one that is shown is muted; another is shown then, for what
is alerted of stands before what is not. The same key must undo what it did all the same, so it means the rule that it
muted until it is pressed elsewhere; the palette lists all rules.
"""

from __future__ import annotations

from typing import Any

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.actions.attention import AttentionActions
from chatwatch_tui.ui.block_rows import ours


class MutingActions(AttentionActions):
    """Mutes, each lifted by the key that set it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._muted_here: tuple[ConversationKey, str] | None = None
        """The rule that was muted last, and in which conversation the key was pressed."""

    def action_mute(self) -> None:
        """Mute or unmute the alerts of the conversation in focus, or under the cursor."""
        conversation = self._conversation_meant()
        if conversation is not None:
            conversation.muted = not conversation.muted
            self._show_mutes()
            muted = "Muted: no alerts, {next-attention} goes there last; it stays in the list. {mute} undoes."
            self.say(self.keymap.fill(muted) if conversation.muted else ours("Alerts again."))

    def action_mute_rule(self) -> None:
        """Mute or unmute the alerts of the rule that was hit in the conversation in focus, or under the cursor."""
        conversation = self._conversation_meant()
        if conversation is None:
            return
        name = self._rule_meant(conversation)
        if name is None:
            elsewhere = [
                str(number)
                for number, slot in sorted(self.board.slots.items())
                if (there := self.watching.roster.get(slot.key)) is not None and there.rules and there.rules.shown
            ]
            where = f" One was in pane {' and '.join(elsewhere)}." if elsewhere else ""
            self.say(ours(f"No rule was hit here.{where}"))
            return
        is_muted = self.mute_rule(name, self.keymap.fill("; {mute-rule} for alerts again"))
        self._muted_here = (conversation.key, name) if is_muted else None

    def _rule_meant(self, conversation: Conversation) -> str | None:
        """The one that was muted here last, else the one whose hit is shown."""
        if self._muted_here is not None:
            key, name = self._muted_here
            if key == conversation.key and name in self.alerts.rules.muted:
                return name
        hit = conversation.rules.shown if conversation.rules is not None else None
        return None if hit is None else hit.rule.name

    def mute_rule(self, name: str, how_back: str = "") -> bool:
        """Mute or unmute the alerts of that rule, and say it, and how to undo that; whether they are muted now."""
        muted = self.alerts.rules.muted
        muted.symmetric_difference_update([name])
        self._show_mutes()
        told, rest = ("No alerts", how_back) if name in muted else ("Alerts again", "")
        self.say(SafeText(f"{told} of rule {safe_line(name, 60)}{rest}."))
        return name in muted

    def rule_mutes(self) -> list[tuple[str, bool]]:
        """The rules that are alerted of, those that are muted first, and whether they are."""
        rules = self.alerts.rules
        alerting = [each.name for each in rules.rules if each.attention and each.alert]
        return sorted(((name, name in rules.muted) for name in alerting), key=lambda each: not each[1])

    def action_mute_all(self) -> None:
        """Mute or unmute all alerts."""
        self.alerts.all_muted = not self.alerts.all_muted
        self._show_mutes()
        muted = self.keymap.fill("No alerts at all; {mute-all} for alerts again.")
        self.say(muted if self.alerts.all_muted else ours("Alerts again."))

    def _show_mutes(self) -> None:
        self.alerts.mutes_changed()
        self._show_attention()
