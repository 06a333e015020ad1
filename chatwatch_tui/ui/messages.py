"""What is told to the dashboard, each as one sentence. Senders know a message target, never a widget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual.message import Message

from chatwatch_tui.config.live import Reread
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.settings import ScreenSettings


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


class RowsOnTheirWay(Message):
    """A pane shows the rows around the reader, or not yet all that came; the others are to be laid out in slices."""


class RowsDragged(Message):
    """The operator dragged the mouse over rows of a pane, of its layout, from `first` to `last`."""

    def __init__(self, number: int, first: int, last: int) -> None:
        super().__init__()
        self.number = number
        self.first = first
        self.last = last


class RecordingFailed(Message):
    """Nothing is recorded any more, because the disk failed."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ConversationChosen(Message):
    """The operator pointed at a conversation in the roster."""

    def __init__(self, key: ConversationKey) -> None:
        super().__init__()
        self.key = key


class PromptMessage(Message):
    """Base of what is said of the line that is typed into."""

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose
        """What the line is open for."""


class PromptChanged(PromptMessage):
    """The operator typed."""

    def __init__(self, purpose: str, value: str) -> None:
        super().__init__(purpose)
        self.value = value


class PromptAccepted(PromptMessage):
    """The operator pressed Enter."""

    def __init__(self, purpose: str, value: str) -> None:
        super().__init__(purpose)
        self.value = value


class PromptCancelled(PromptMessage):
    """The operator pressed Esc."""


class PromptSwitched(PromptMessage):
    """The operator asked for the other scope."""


class PromptToggled(PromptMessage):
    """The operator asked for the other kind of query."""


class PromptAnswered(Message):
    """What the line said before this has been acted upon."""

    def __init__(self, answered: asyncio.Event) -> None:
        super().__init__()
        self.answered = answered


class PaneScrolled(Message):
    """The operator turned the wheel over a pane."""

    def __init__(self, number: int, rows: int) -> None:
        super().__init__()
        self.number = number
        self.rows = rows


class SettingsRead(Message):
    """The settings file has changed and was read again."""

    def __init__(self, reread: Reread) -> None:
        super().__init__()
        self.reread = reread


class ThemeChosen(Message):
    """The operator chose a theme by hand."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class LookAsked(Message):
    """The settings say what the screen is to look like from now on."""

    def __init__(self, settings: ScreenSettings) -> None:
        super().__init__()
        self.settings = settings


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


class RosterScrolled(Message):
    """The operator turned the wheel over the roster."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
