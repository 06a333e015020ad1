"""What an alert says: one line for a notification, facts for a command. What came from the wire is made safe here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from chatwatch_tui.core.attention import Attention, Episode
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.alerts import Told
from chatwatch_tui.ui.figures import whole_elapsed
from chatwatch_tui.ui.pane_words import label, short_id

NAMED = 3
"""Conversations that a notification names; the others are counted."""
REASONS_NAMED = 2
"""Reasons that it gives of each."""
REASONS = {
    Attention.ERROR: "error",
    Attention.STALLED: "model silent",
    Attention.RULE: "rule",
    Attention.UNREAD: "done",
}


def window_title(needing: int) -> SafeText:
    """Our own words only: a title outlives the program in some terminals."""
    return SafeText(f"chatwatch ({needing})" if needing else "chatwatch")


def alert_line(told: Sequence[Told], now: float) -> SafeText:
    """What happened, in one line of some two hundred characters at most."""
    reasons: dict[Conversation, list[str]] = {}
    for each in told:
        reasons.setdefault(each.conversation, []).append(_why(each.episode, now))
    named = [f"{_who(who)}: {_joined(why)}" for who, why in list(reasons.items())[:NAMED]]
    if len(reasons) > 1:
        named.insert(0, f"{len(reasons)} conversations need you")
    if len(reasons) > NAMED:
        named.append(f"and {len(reasons) - NAMED} more")
    return SafeText("chatwatch: " + ", ".join(named))


def alert_facts(told: Sequence[Told], now: float) -> dict[str, Any]:
    """The same for a program, as JSON takes it: a conversation stands there with each of its reasons."""
    return {
        "at": _time(now),
        "count": len({each.conversation.key for each in told}),
        "conversations": [
            {
                "id": each.conversation.key.id,
                "source": safe_line(each.conversation.key.source, 200),
                "label": label(each.conversation, 200),
                "attention": each.episode.attention.name.lower(),
                "rule": safe_line(each.episode.rule, 200),
                "state": each.conversation.phase.value,
                "since": _time(each.episode.since),
                "seconds": round(max(0.0, now - each.episode.since), 1),
            }
            for each in told
        ],
    }


def _who(conversation: Conversation) -> str:
    return f"{short_id(conversation)} {label(conversation, 24)}".rstrip()


def _joined(reasons: Sequence[str]) -> str:
    more = len(reasons) - REASONS_NAMED
    return " + ".join([*reasons[:REASONS_NAMED], *([f"{more} more"] if more > 0 else [])])


def _why(episode: Episode, now: float) -> str:
    if episode.attention is Attention.RULE:
        return safe_line(episode.rule, 24)
    if episode.attention is Attention.STALLED:
        return f"{REASONS[episode.attention]} {whole_elapsed(now - episode.since)}"
    return REASONS[episode.attention]


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
