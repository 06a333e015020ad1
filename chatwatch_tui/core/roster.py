"""All conversations: which there are, in what order, how they are counted, and which are given up.

The order is what the operator needs first: errors, stalled, done and unread, active, then by activity. Sorting 10,000
conversations takes milliseconds, so it is done when somebody looks (`ordered`), at most once a change and second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from chatwatch_tui.core.conversation import Attention, Conversation, Phase
from chatwatch_tui.core.identity import ConversationKey

MAX_CONVERSATIONS = 10_000


class RosterCount(msgspec.Struct, frozen=True):
    """How many conversations are in which state."""

    live: int = 0
    """Active and not stalled."""
    errors: int = 0
    stalled: int = 0
    unread: int = 0


class Roster:
    """Every conversation that is kept."""

    def __init__(
        self, make: Callable[[ConversationKey], Conversation], max_conversations: int = MAX_CONVERSATIONS
    ) -> None:
        self._make = make
        self.max_conversations = max_conversations
        self._conversations: dict[ConversationKey, Conversation] = {}
        self.evicted = 0
        """Conversations given up because there were too many."""
        self.evicted_chunks = 0
        """Chunks and messages that those had received."""
        self.evicted_lost = 0
        """Deliveries that those were known to miss."""
        self.evicted_gaps = 0
        self.evicted_unknown_gaps = 0
        """Gaps of those, and the ones among them of which nobody knows how much is missing."""

    def __len__(self) -> int:
        return len(self._conversations)

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self._conversations.values())

    def get(self, key: ConversationKey) -> Conversation | None:
        """The conversation of that key, None where it is not kept."""
        return self._conversations.get(key)

    def open(self, key: ConversationKey) -> Conversation:
        """The conversation of that key, made when it is new."""
        found = self._conversations.get(key)
        if found is None:
            found = self._conversations[key] = self._make(key)
        return found

    def evict(self, keep: Iterable[ConversationKey]) -> list[ConversationKey]:
        """Give up conversations beyond the bound, the one that has been quiet longest first, none of `keep`."""
        excess = len(self._conversations) - self.max_conversations
        if excess <= 0:
            return []
        kept = set(keep)
        candidates = sorted(
            (conversation for conversation in self if conversation.key not in kept),
            key=lambda conversation: conversation.last_arrival,
        )
        gone = candidates[:excess]
        for conversation in gone:
            del self._conversations[conversation.key]
            counters = conversation.counters
            self.evicted += 1
            self.evicted_chunks += counters.chunks.total() + counters.messages.total()
            self.evicted_lost += counters.lost
            self.evicted_gaps += counters.gaps
            self.evicted_unknown_gaps += counters.unknown_gaps
        return [conversation.key for conversation in gone]

    def ordered(self, now: float) -> list[Conversation]:
        """All of them, the most urgent first; equals keep the order in which they became what they are."""
        return sorted(self, key=lambda conversation: urgency(conversation, now))

    def count(self, now: float) -> RosterCount:
        """Conversations by state."""
        live = errors = stalled = unread = 0
        for conversation in self:
            if conversation.phase is Phase.ERROR:
                errors += conversation.attention(now) is Attention.ERROR
            elif conversation.phase is Phase.DONE:
                unread += conversation.attention(now) is Attention.UNREAD
            elif conversation.is_active:
                if conversation.stalled_for(now) is not None:
                    stalled += 1
                else:
                    live += 1
        return RosterCount(live, errors, stalled, unread)


def urgency(conversation: Conversation, now: float) -> tuple[int, float]:
    """Sort key: attention first, then active before quiet, then the latest change of state."""
    attention = conversation.attention(now)
    if attention is not Attention.NONE:
        return attention, -conversation.phase_since
    if conversation.is_active:
        # Not by last arrival: a row that moves with every chunk cannot be read.
        return Attention.NONE, 0.0
    return Attention.NONE + 1, -conversation.phase_since
