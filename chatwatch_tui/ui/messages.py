"""What is told to the dashboard, each as one sentence. Senders know a message target, never a widget."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import SourceStatus
from chatwatch_tui.core.identity import ConversationKey


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


class RosterScrolled(Message):
    """The operator turned the wheel over the roster."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
