"""What is told to the dashboard, each as one sentence. Senders know a message target, never a widget."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText


class ConversationsChanged(Message):
    """These conversations received something since the last frame, each named once."""

    def __init__(self, changed: Sequence[Conversation]) -> None:
        super().__init__()
        self.changed = changed


class ConversationsEvicted(Message):
    """These conversations were given up, because there were too many."""

    def __init__(self, keys: Sequence[ConversationKey]) -> None:
        super().__init__()
        self.keys = keys


class LinkChanged(Message):
    """A source says how its link is."""

    def __init__(self, status: SourceStatus) -> None:
        super().__init__()
        self.status = status


class PaneChosen(Message):
    """The operator pointed at a pane, and at a row of its body (from 0 at the top; what lies outside is its frame)."""

    def __init__(self, number: int, row: int) -> None:
        super().__init__()
        self.number = number
        self.row = row


class ConversationChosen(Message):
    """The operator pointed at a conversation in the roster."""

    def __init__(self, key: ConversationKey) -> None:
        super().__init__()
        self.key = key


class PaneScrolled(Message):
    """The operator turned the wheel over a pane."""

    def __init__(self, number: int, rows: int) -> None:
        super().__init__()
        self.number = number
        self.rows = rows


class AlertRaised(Message):
    """The terminal is to ring, or to show a notification."""

    def __init__(self, sequence: str) -> None:
        super().__init__()
        self.sequence = sequence
        """What to write to it; nothing of the wire in it but safe text."""


class TitleChanged(Message):
    """The window is to have another title; blank for the one that it had."""

    def __init__(self, words: SafeText) -> None:
        super().__init__()
        self.words = words


class AlertCommandFailed(Message):
    """The operator's alert command did not do its work."""

    def __init__(self, words: SafeText) -> None:
        super().__init__()
        self.words = words
