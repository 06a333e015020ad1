"""What is being watched: the sources, the feed between them and the screen, and all conversations."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from chatwatch_tui.core.conversation import Conversation, StallLimits
from chatwatch_tui.core.decode import DecodeFields, Decoder
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.kept_blocks import DEFAULT_TEXT_BUDGET
from chatwatch_tui.core.roster import MAX_CONVERSATIONS, Roster
from chatwatch_tui.settings import DashboardSettings
from chatwatch_tui.sources.base import Sink
from chatwatch_tui.sources.feed import Feed

if TYPE_CHECKING:
    from chatwatch_tui.sources.recorder import Recorder


class SourcesRunner(Protocol):
    """Runs the sources somewhere else; `sources.thread.SourcesThread` in earnest."""

    def begin(self, sink: Sink) -> None:
        """Start delivering."""

    def stop(self) -> None:
        """End, within a bound."""


class Watching:
    """Feed, roster and sources of one session."""

    def __init__(
        self,
        runner: SourcesRunner | None,
        *,
        description: str = "",
        source_names: Collection[str] = (),
        asked_for: Sequence[ConversationKey] = (),
        fields: DecodeFields | None = None,
        text_budget: int = DEFAULT_TEXT_BUDGET,
        raw_kept: int = 2_000,
        max_conversations: int = MAX_CONVERSATIONS,
        limits: StallLimits | None = None,
        addresses: Mapping[str, Callable[[str, str], str]] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        """Unix seconds: when something was received or happened."""
        self.monotonic = monotonic
        """Seconds by which sources say since when their link is as it is."""
        self.description = description
        """What is listened to, in words: for the screen that has nothing to show yet."""
        self.source_names = frozenset(source_names)
        """The sources' names, as in `ConversationKey.source`."""
        self.asked_for = tuple(asked_for)
        """Conversations that the operator named: open from the start, whether they speak or not."""
        self.feed = Feed(clock=clock)
        self.addresses = dict(addresses or {})
        """By name of the source: from `chunk` or `message` and a conversation's id to the subject or URL."""
        self.recorder: Recorder | None = None
        """While what is received is being recorded."""
        self._runner = runner
        self._decoder = Decoder(fields)
        self._limits = limits or StallLimits()
        self._text_budget, self._raw_kept = text_budget, raw_kept
        self.roster = Roster(self._conversation, max_conversations)

    def _conversation(self, key: ConversationKey) -> Conversation:
        return Conversation(
            key, self._decoder, text_budget=self._text_budget, raw_kept=self._raw_kept, limits=self._limits
        )

    def apply_settings(self, settings: DashboardSettings) -> None:
        """Decode, keep and judge as these say from now on, in conversations that are there too."""
        if settings.fields != self._decoder.fields:
            self._decoder = Decoder(settings.fields)
        self._limits = settings.limits
        self._text_budget, self._raw_kept = settings.text_budget, settings.raw_kept
        self.roster.max_conversations = settings.max_conversations
        for conversation in self.roster:
            conversation.use(self._decoder, self._limits, text_budget=self._text_budget, raw_kept=self._raw_kept)
        self.roster.look_again()

    def start(self) -> None:
        """Let the sources run."""
        if self._runner is not None:
            self._runner.begin(self.feed)

    def stop(self) -> None:
        """Let the sources end, within their bound."""
        if self._runner is not None:
            self._runner.stop()
        if self.recorder is not None:
            self.recorder.stop()
