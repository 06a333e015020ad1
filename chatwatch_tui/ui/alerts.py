"""What to alert of, and when. No Textual, no terminal in here: `alert_ways` brings it to the operator.

One alert an episode (`core.attention`). Each is known from the first look that finds it until one that does not, also
while something more urgent stands before it: so it is told when it begins, and not again when that has passed. What has
recovered or was acknowledged before it could be told is not told. Looking is done once a second, and only at
conversations that changed, and at those that fall silent: a heap knows when each would, as in `core.roster`. So ten
thousand cost nothing, quiet or waiting for a model that says no more.

Nothing is told while the terminal says that it has the focus: the operator sees the screen then, and what began before
their eyes is not told when they turn away. A terminal that never said anything counts as not having it: the operator
asked for alerts, and one too many is better than none. The same holds for what counts as looked at (`is_there`): what
stands in a terminal that says nothing, such as a tmux with nobody attached, was seen by nobody, until a key, the mouse
or a paste proves the opposite. Between two alerts goes the minimum interval; what begins in it
is told together at its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

import msgspec

from chatwatch_tui.core.attention import Attention, Episode
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.settings import AlertSettings


class Told(msgspec.Struct, frozen=True):
    """One need of one conversation in an alert."""

    conversation: Conversation
    episode: Episode


class Alerts:
    """The alerts of one session."""

    def __init__(self, settings: AlertSettings, rules: RuleSet) -> None:
        self.settings = settings
        self.rules = rules
        self.all_muted = False
        self.focused: bool | None = None
        """Whether the terminal has the focus; None while it never said."""
        self.sign_at = -1.0
        """Unix seconds of the last key, mouse event or paste; before all time where none came."""
        self._watched: dict[ConversationKey, Conversation] = {}
        """Those in which something may have begun or ended since the last look."""
        self._silences: list[tuple[float, ConversationKey]] = []
        """Heap: when each in which somebody is waited for will have been silent for too long, or earlier."""
        self._awaited: dict[ConversationKey, tuple[float, Conversation]] = {}
        """What the heap knows of each."""
        self._looked_at = 0.0
        self.looks = 0
        """How often a conversation was looked at."""
        self._known: dict[ConversationKey, list[Told]] = {}
        """What goes on, by conversations in which something does."""
        self._needing: set[ConversationKey] = set()
        """Those of them in which there is something that is alerted of."""
        self._waiting: dict[ConversationKey, list[Told]] = {}
        """Of that what has not been told yet."""
        self._told_at: float | None = None

    def changed(self, conversations: Iterable[Conversation]) -> None:
        """These received something since the last look, or lost their link, or are judged by other rules."""
        for each in conversations:
            self._watched[each.key] = each

    def acknowledged(self, key: ConversationKey) -> None:
        """The operator has seen it: what begins there now is new."""
        self._known.pop(key, None)
        self._needing.discard(key)
        self._waiting.pop(key, None)

    def forget(self, keys: Iterable[ConversationKey]) -> None:
        """These were given up."""
        for key in keys:
            self.acknowledged(key)
            self._watched.pop(key, None)
            self._awaited.pop(key, None)

    def is_there(self, since: float) -> bool:
        """Whether the operator has the screen before their eyes, as the terminal says; where it never said, whether
        they have given a sign of themselves since that Unix second."""
        return self.sign_at >= since if self.focused is None else self.focused

    @property
    def needing(self) -> int:
        """Conversations that need the operator by what is alerted of, muted ones left out."""
        return 0 if self.all_muted else len(self._needing)

    def mutes_changed(self) -> None:
        """Of a conversation or a rule the operator wants alerts no longer, or again."""
        self._needing = {key for key, known in self._known.items() if any(map(self._wanted, known))}

    def look(self, now: float) -> list[Told]:
        """Once a second: what is to be told now, in one alert; mostly nothing."""
        self._watch_the_silent(now)
        watched, self._watched = self._watched, {}
        self.looks += len(watched)
        for conversation in watched.values():
            self._look_at(conversation, now)
        if not self._waiting or self._has_focus:
            self._waiting.clear()
            return []
        if self._told_at is not None and 0 <= now - self._told_at < self.settings.min_interval:
            return []
        told = [each for waiting in self._waiting.values() for each in waiting if self._wanted(each)]
        self._waiting.clear()
        if told:
            self._told_at = now
        return sorted(told, key=lambda each: (each.episode.attention, each.episode.since))

    # -- inside ----------------------------------------------------------------------------------------------------

    @property
    def _has_focus(self) -> bool:
        return self.settings.only_unfocused and self.focused is True

    def _watch_the_silent(self, now: float) -> None:
        """Those that may have been silent for too long by now; all that need somebody where the clock was set back."""
        if now < self._looked_at:
            self.changed(known[0].conversation for known in self._known.values())
        self._looked_at = now
        while self._silences and self._silences[0][0] < now:
            at, key = heappop(self._silences)
            if key in self._awaited and self._awaited[key][0] == at:
                self.changed([self._awaited.pop(key)[1]])

    def _look_at(self, conversation: Conversation, now: float) -> None:
        key = conversation.key
        at = conversation.stalls_at
        if at is not None and at >= now and (key not in self._awaited or at < self._awaited[key][0]):
            self._awaited[key] = at, conversation
            heappush(self._silences, (at, key))
        conversation.note_stall(now)
        needs = conversation.needs(now)
        if not self.settings.unread:
            needs = [each for each in needs if each.attention is not Attention.UNREAD]
        known = [each.episode for each in self._known.get(key, ())]
        if needs == known:
            return
        untold = [each.episode for each in self._waiting.get(key, ())]
        self.acknowledged(key)
        if needs:
            found = self._known[key] = [Told(conversation, each) for each in needs]
            if any(map(self._wanted, found)):
                self._needing.add(key)
            fresh = [each for each in found if each.episode in untold or each.episode not in known]
            if waiting := [each for each in fresh if self._wanted(each)]:
                self._waiting[key] = waiting

    def _wanted(self, each: Told) -> bool:
        """Whether an episode is one to be told."""
        conversation, episode = each.conversation, each.episode
        if conversation.muted or self.all_muted:
            return False
        if episode.attention is Attention.RULE:
            hit = conversation.rules.hits.get(episode.rule) if conversation.rules is not None else None
            return hit is not None and hit.rule.alert and episode.rule not in self.rules.muted
        return True
