"""All conversations: which there are, in what order, how they are counted, and which are given up.

The order is what the operator needs first: errors, stalled, hits of rules, done and unread, active, then by activity.
Ten thousand conversations are too many to be looked at every second. So a conversation says when something changed in
it (`Conversation.on_change`), and the order, the counts and the sums are kept from one look to the next: `_settle`
looks at those that changed, and at those that fell silent meanwhile, which a heap of deadlines knows. What a second
costs thus depends on how many are active and not on how many there are; `looks` counts it.

Both heaps are lazy: an entry whose moment has moved on is found out when it comes up, and goes back with the new one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush, heapreplace
from operator import itemgetter

import msgspec

from chatwatch_tui.core.conversation import Attention, Conversation
from chatwatch_tui.core.counters import Counters
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rate import WINDOW, mean
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.urgency import RosterCount, counted_as, urgency

MAX_CONVERSATIONS = 10_000
_MANY = 8
"""When more than one in so many changed, sorting all is cheaper than moving each to its place."""


_Rank = tuple[int, float, int, Conversation]
"""Urgency, then the number in which it was made: no two are equal."""


class _Standing(msgspec.Struct, gc=False):
    """How a conversation was counted and placed when it was looked at last."""

    serial: int
    rank: _Rank | None = None
    state: str = ""
    """Field of `RosterCount`; blank where it is counted as none."""
    is_quiet: bool = False
    is_hit: bool = False
    """It needs the operator because of a rule."""
    lost: int = 0
    unknown_gaps: int = 0
    awaited: float | None = None
    """The earliest moment at which the heap of silences will come back to it."""


class Roster:
    """Every conversation that is kept."""

    def __init__(
        self, make: Callable[[ConversationKey], Conversation], max_conversations: int = MAX_CONVERSATIONS
    ) -> None:
        self._make = make
        self.max_conversations = max_conversations
        self._conversations: dict[ConversationKey, Conversation] = {}
        self._rules: RuleSet | None = None
        self._standings: dict[ConversationKey, _Standing] = {}
        self._made = 0
        self._changed: set[Conversation] = set()
        self._settled_at = 0.0
        self._order: list[_Rank] = []
        self._counts = dict.fromkeys(RosterCount.__struct_fields__, 0)
        self._lost = self._unknown_gaps = 0
        self._flowing: set[Conversation] = set()
        """Those of which something arrived lately."""
        self._silences: list[tuple[float, int, ConversationKey]] = []
        """Heap: when each active conversation will have been silent for too long."""
        self._quietest: list[tuple[float, int, ConversationKey]] = []
        """Heap: every conversation by its last arrival."""
        self.looks = 0
        """How often a conversation was looked at to count and place it."""
        self.evicted = 0
        """Conversations given up because there were too many."""
        self.given_up = Counters()
        """The books of those, added up ..."""
        self.given_up_shown = self.given_up_pruned = 0
        """... with what their transcripts had taken, and the chunks that these kept no longer even then."""

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
            if self._rules is not None:
                found.set_rules(self._rules)
            self._made += 1
            self._standings[key] = _Standing(self._made)
            heappush(self._quietest, (found.last_arrival, self._made, key))
            found.on_change = self._changed.add
            self._changed.add(found)
        return found

    def set_rules(self, rules: RuleSet) -> None:
        """Other rules from now on, for all conversations."""
        self._rules = rules if len(rules) else None
        for conversation in self:
            conversation.set_rules(self._rules)
        self.look_again()

    @property
    def made(self) -> int:
        """How many conversations were made since the start."""
        return self._made

    def made_since(self, number: int) -> list[Conversation]:
        """Those that were made when `made` was that or more, and are kept, the newest last."""
        found: list[Conversation] = []
        for key in reversed(self._conversations):
            if self._standings[key].serial <= number:
                break
            found.append(self._conversations[key])
        return found[::-1]

    def counted_as(self, conversation: Conversation) -> str:
        """The field of `RosterCount` that it was counted in when it was looked at last, blank where in none."""
        standing = self._standings.get(conversation.key)
        return standing.state if standing is not None else ""

    # -- giving up -------------------------------------------------------------------------------------------------

    def evict(self, keep: Iterable[ConversationKey]) -> list[ConversationKey]:
        """Give up conversations beyond the bound, the one that has been quiet longest first, none of `keep`."""
        excess = len(self._conversations) - self.max_conversations
        if excess <= 0:
            return []
        kept = set(keep)
        heap, passed_over = self._quietest, []
        gone: list[Conversation] = []
        while heap and len(gone) < excess:
            entry = last_arrival, serial, key = heap[0]
            conversation = self._conversations[key]
            if conversation.last_arrival > last_arrival:
                heapreplace(heap, (conversation.last_arrival, serial, key))
                continue
            heappop(heap)
            if key in kept:
                passed_over.append(entry)
            else:
                gone.append(conversation)
        for entry in passed_over:
            heappush(heap, entry)
        for conversation in gone:
            self._forget(conversation)
        return [conversation.key for conversation in gone]

    def _forget(self, conversation: Conversation) -> None:
        del self._conversations[conversation.key]
        standing = self._standings.pop(conversation.key)
        if standing.rank is not None:
            del self._order[bisect_left(self._order, standing.rank)]
            self._count(standing, -1)
        conversation.on_change = None
        self._changed.discard(conversation)
        self._flowing.discard(conversation)
        self.evicted += 1
        self.given_up.add(conversation.counters)
        self.given_up_shown += conversation.transcript.taken
        self.given_up_pruned += conversation.transcript.pruned_chunks

    # -- order and figures -----------------------------------------------------------------------------------------

    def ordered(self, now: float, limit: int | None = None) -> list[Conversation]:
        """All of them, or the first so many, the most urgent first; equals keep the order in which they became what
        they are."""
        self._settle(now)
        return [rank[-1] for rank in self._order[:limit]]

    def needing(self, now: float) -> list[Conversation]:
        """Those that need the operator, the most urgent first."""
        self._settle(now)
        return [rank[-1] for rank in self._order[: bisect_left(self._order, Attention.NONE, key=itemgetter(0))]]

    def count(self, now: float) -> RosterCount:
        """Conversations by state."""
        self._settle(now)
        return RosterCount(**self._counts)

    def chunks_per_second(self, now: float) -> float:
        """Over all of them. They share one span: that of each alone would count a lone chunk several times."""
        self._settle(now)
        flowing = self._flowing
        flowing -= {each for each in flowing if each.last_arrival < now - WINDOW - 2}
        found = [(each.rate.recent(now), each.rate.began) for each in flowing]
        return mean(
            sum(recent for recent, _ in found), min((began for recent, began in found if recent), default=now), now
        )

    def lost(self, now: float) -> int:
        """Deliveries known to be missing, in those given up too."""
        self._settle(now)
        return self._lost + self.given_up.lost

    def unknown_gaps(self, now: float) -> int:
        """Gaps of which nobody knows how much is missing, in those given up too."""
        self._settle(now)
        return self._unknown_gaps + self.given_up.unknown_gaps

    def look_again(self) -> None:
        """Something that all of them are judged by has changed, such as the limits of silence."""
        self._changed.update(self._conversations.values())

    # -- keeping them ----------------------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        """Look at what changed since the last look, and at what is silent for too long by now."""
        if now < self._settled_at:  # the clock was set back: who is silent for how long is anybody's guess
            self.look_again()
        self._settled_at = now
        silences = self._silences
        while silences and silences[0][0] < now:
            at, serial, key = heappop(silences)
            standing = self._standings.get(key)
            if standing is not None and standing.serial == serial:
                if standing.awaited == at:
                    standing.awaited = None
                self._changed.add(self._conversations[key])
        if not self._changed:
            return
        changed = list(self._changed)
        self._changed.clear()
        self.looks += len(changed)
        in_place = len(changed) <= len(self._conversations) // _MANY
        for conversation in changed:
            standing = self._standings[conversation.key]
            before = standing.rank
            self._look_at(conversation, standing, now)
            if in_place and before != standing.rank:
                if before is not None:
                    del self._order[bisect_left(self._order, before)]
                assert standing.rank is not None
                insort(self._order, standing.rank)
        if not in_place:
            self._order = sorted(each.rank for each in self._standings.values() if each.rank is not None)

    def _look_at(self, conversation: Conversation, standing: _Standing, now: float) -> None:
        if standing.rank is not None:
            self._count(standing, -1)
        standing.rank = (*urgency(conversation, now), standing.serial, conversation)
        standing.is_quiet = standing.rank[0] > Attention.NONE
        standing.is_hit = standing.rank[0] == Attention.RULE
        at = conversation.stalls_at
        standing.state = counted_as(conversation, standing.rank[0], is_silent=at is not None and now > at)
        standing.lost = conversation.counters.lost
        standing.unknown_gaps = conversation.counters.unknown_gaps
        self._count(standing, 1)
        if conversation.last_arrival > now - WINDOW - 2:
            self._flowing.add(conversation)
        if at is not None and at >= now and (standing.awaited is None or at < standing.awaited):
            standing.awaited = at
            heappush(self._silences, (at, standing.serial, conversation.key))

    def _count(self, standing: _Standing, by: int) -> None:
        if standing.state:
            self._counts[standing.state] += by
        self._counts["quiet"] += standing.is_quiet * by
        self._counts["rule_hits"] += standing.is_hit * by
        self._lost += standing.lost * by
        self._unknown_gaps += standing.unknown_gaps * by
