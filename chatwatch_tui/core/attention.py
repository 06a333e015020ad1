"""What a conversation is doing, and whether that needs the operator: from its typed chunks and the clock alone.

Attention, the most urgent first, and how each ends without the operator:

| why | begins | recovers |
|---|---|---|
| error | an error chunk | it was looked at, and the next turn begins |
| stalled | nothing came for longer than the phase allows, while the link is up | anything comes, or the link goes |
| rule | a rule of the operator's that asks for attention was hit | a rule on a state: when that state is left |
| unread | a turn is done | its end was looked at, or the next turn begins |

Acknowledging ends each of them. An error that nobody has looked at outlives the turn that failed: its row leaves the
live end within seconds, and nobody would know. A rule stands behind a stall, which may be passing right now, and before
a turn that merely ended. A conversation that is idle, that waits for nobody or
of which only a hole is known never needs anybody.

An episode is what is told once: one failed turn, one stall, the first hit of one rule, one turn that is done. It begins
with that and ends with the acknowledgement or the recovery, whatever else goes on meanwhile: several run at once
(`needs`), of which the most urgent stands before the others (`episode`) and ends none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Annotated, Any

import msgspec

from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rule_watch import RuleWatch


class Phase(StrEnum):
    """What a conversation is doing, in the words that the screen shows."""

    WAITING = "waiting"
    THINKING = "thinking"
    ANSWERING = "answering"
    TOOL = "tool"
    DONE = "done"
    ERROR = "error"


ACTIVE_PHASES = frozenset({Phase.THINKING, Phase.ANSWERING, Phase.TOOL})
SPENT_AFTER = 60.0
"""Seconds of quiet after which a conversation that has ended, and that the operator has seen, is spent."""


class StallLimits(msgspec.Struct, frozen=True):
    """Seconds without a chunk after which a conversation counts as stalled, per phase."""

    thinking: Annotated[float, msgspec.Meta(ge=1)] = 60.0
    """While it thinks, or is about to."""
    answering: Annotated[float, msgspec.Meta(ge=1)] = 15.0
    """While it answers."""
    tool: Annotated[float, msgspec.Meta(ge=1)] = 120.0
    """While a tool runs."""

    def of(self, phase: Phase) -> float | None:
        """The limit of a phase; None for phases that may last. The model's next step is awaited like a thought."""
        if phase in (Phase.THINKING, Phase.WAITING):
            return self.thinking
        if phase is Phase.ANSWERING:
            return self.answering
        return self.tool if phase is Phase.TOOL else None


class Attention(IntEnum):
    """Why it needs the operator; smaller is more urgent."""

    ERROR = 0
    STALLED = 1
    RULE = 2
    UNREAD = 3
    NONE = 4


class Episode(msgspec.Struct, frozen=True):
    """One time of needing the operator. Two looks at the same one are equal."""

    attention: Attention
    since: float
    """Unix seconds at which what it is about began."""
    rule: str = ""
    """Of a hit: the rule's name."""


class AttentionState:
    """The part of a conversation that decides whether somebody must look. `Conversation` feeds it."""

    def __init__(self, limits: StallLimits | None = None) -> None:
        self.limits = limits or StallLimits()
        self.phase = Phase.WAITING
        self.phase_since = 0.0
        """Unix seconds of the change to the present phase."""
        self.last_arrival = 0.0
        """Unix seconds of the last chunk or message; 0 before the first."""
        self.expected_at = 0.0
        """Unix seconds since which something of it is waited for: it has a pane of last time."""
        self.acknowledged_at = 0.0
        """Unix seconds at which the operator last said "seen"."""
        self.error_at = 0.0
        self.failed_since = 0.0
        """Unix seconds at which the turn failed that failed last."""
        self.error_seen_at = 0.0
        """Unix seconds at which the operator last had an error of it before their eyes."""
        self.done_at = 0.0
        self.done_seen_at = 0.0
        """When that turn was done whose end the operator last had before their eyes."""
        self.muted = False
        """The operator wants no alert for it. It is shown as ever."""
        self.rules: RuleWatch | None = None
        """What the operator's rules found; None while there are no rules."""
        self.on_change: Callable[[Any], object] | None = None
        """Told, with itself, after anything that may change how it is counted or ordered; see `roster`."""
        self.is_cut_off = False
        """Nothing can come of it now: its link is down, or it is not permitted."""
        self._link_back_at = 0.0

    @property
    def is_active(self) -> bool:
        """Whether a turn runs: the model is at work, or owes the next step."""
        raise NotImplementedError

    @property
    def stalls_at(self) -> float | None:
        """Unix second after which it counts as stalled if nothing comes; None while nobody is waited for."""
        limit = self.limits.of(self.phase) if self.is_active else None
        if limit is None or self.is_cut_off:
            return None
        return max(self.last_arrival, self._link_back_at) + limit

    def stalled_for(self, now: float) -> float | None:
        """Seconds since the last chunk where that is longer than the phase allows, else None."""
        at = self.stalls_at
        return now - max(self.last_arrival, self._link_back_at) if at is not None and now > at else None

    def attention(self, now: float) -> Attention:
        """Why it needs the operator now."""
        if self._is_failed:
            return Attention.ERROR
        if self._is_stalled(now):
            return Attention.STALLED
        if self.rules is not None and self.rules.asks:
            return Attention.RULE
        return Attention.UNREAD if self.is_unread else Attention.NONE

    @property
    def _is_failed(self) -> bool:
        """An error needs the operator."""
        return self.error_at > self.acknowledged_at and (
            self.phase is Phase.ERROR or self.error_at > self.error_seen_at
        )

    def _is_stalled(self, now: float) -> bool:
        return self.last_arrival > self.acknowledged_at and self.stalled_for(now) is not None

    @property
    def is_unread(self) -> bool:
        """Whether a turn is done that the operator has neither looked at nor acknowledged."""
        return self.phase is Phase.DONE and self.done_at > max(self.acknowledged_at, self.done_seen_at)

    @property
    def was_not_heard(self) -> bool:
        """Whether nothing of it has come yet."""
        return not self.last_arrival

    def is_spent(self, now: float) -> bool:
        """Whether it ended or never began, has been quiet for a while, and needs nobody: another may take its place."""
        ended = self.phase in (Phase.DONE, Phase.ERROR, Phase.WAITING)
        quiet_since = max(self.last_arrival, self.expected_at, self._link_back_at)
        return ended and now - quiet_since > SPENT_AFTER and self.attention(now) is Attention.NONE

    def needs(self, now: float) -> list[Episode]:
        """All that the operator is needed for now, the most urgent first."""
        found: list[Episode] = []
        if self._is_failed:
            found.append(Episode(Attention.ERROR, self.failed_since))
        if self._is_stalled(now):
            found.append(Episode(Attention.STALLED, max(self.last_arrival, self._link_back_at)))
        if self.rules is not None and self.rules.asks:
            found += [Episode(Attention.RULE, hit.at, hit.rule.name) for hit in self.rules.asking]
        if self.is_unread:
            found.append(Episode(Attention.UNREAD, self.phase_since))
        return found

    def episode(self, now: float) -> Episode | None:
        """What the operator is needed for most now; None where for nothing."""
        needs = self.needs(now)
        return needs[0] if needs else None

    def link_changed(self, now: float, *, up: bool) -> None:
        """Its link went or came. While it is down nobody can say that the model is silent; when it is back,
        its silence is counted anew."""
        if up and self.is_cut_off:
            self._link_back_at = now
        changed = self.is_cut_off == up
        self.is_cut_off = not up
        if changed and self.is_active:
            self._changed()

    def acknowledge(self, now: float) -> None:
        """The operator has seen how it is now; what happens later asks again."""
        self.acknowledged_at = now
        if self.rules is not None:
            self.rules.acknowledge()
        self._changed()

    @property
    def has_unseen_error(self) -> bool:
        """Whether an error came that the operator has neither looked at nor acknowledged."""
        return self.error_at > max(self.acknowledged_at, self.error_seen_at)

    def error_seen(self, now: float) -> None:
        """The operator has the error before their eyes: it ends with the next turn, or has ended with it."""
        self.error_seen_at = now
        self._changed()

    def done_seen(self) -> None:
        """The operator has the end of the turn before their eyes."""
        self.done_seen_at = self.done_at
        self._changed()

    def set_rules(self, rules: RuleSet | None) -> None:
        """Other rules from now on. Hits of rules that still look for the same stay."""
        if rules is None:
            self.rules = None
        else:
            self.rules = RuleWatch(rules, self.phase, before=self.rules)
        self._changed()

    def note_stall(self, now: float) -> None:
        """For rules on the state `stalled`, which no chunk tells of: call it from time to time."""
        if self.rules is not None:
            asked = self.rules.asks
            self.rules.stalled(self.stalled_for(now) is not None, now)
            if self.rules.asks != asked:
                self._changed()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change(self)

    def _enter(self, phase: Phase, at: float) -> None:
        if phase is not self.phase or phase is Phase.ERROR or not self.phase_since:  # each error is a turn that failed
            self.phase = phase
            self.phase_since = at
            if phase is Phase.ERROR:
                self.failed_since = at
            if self.rules is not None:
                self.rules.entered(phase, at)
