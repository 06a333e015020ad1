"""The program's own account of a session: what was received, shown, pruned, lost, and what it cost.

Written as JSON at exit and on SIGUSR1 (`--stats-json`), so that tests and benchmarks can compare it with what was
published. Two identities must hold: published = received + lost + waiting, where no gap is of an unknown size; and
received = shown + duplicates, where `shown` is measured at what the transcripts hold and held, so that a delivery that
was counted and then forgotten is found out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.counters import Counters
from chatwatch_tui.core.events import SourceStatus
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.ui.feed_reader import FeedReader
from chatwatch_tui.ui.watching import Watching

_ADDED_UP = (
    "received", "shown", "duplicates", "undecodable", "pruned", "lost", "gaps", "unknown_gaps", "bytes",
)  # fmt: skip


def conversation_account(conversation: Conversation) -> dict[str, Any]:
    """One conversation's books. `shown` are deliveries that went into the transcript, as its blocks say, `pruned` the
    chunks of those that are no longer kept in it."""
    return {
        "source": safe_line(conversation.key.source),
        "id": conversation.key.id,
        "label": safe_line(conversation.label, 200),
    } | _books(conversation.counters, conversation.transcript.taken, conversation.transcript.pruned_chunks)


def _books(counters: Counters, shown: int, pruned: int) -> dict[str, Any]:
    return {
        "chunks": _by_safe_name(counters.chunks),
        "messages": _by_safe_name(counters.messages),
        "received": counters.received,
        "shown": shown,
        "duplicates": counters.duplicates,
        "undecodable": counters.undecodable,
        "pruned": pruned,
        "lost": counters.lost,
        "gaps": counters.gaps,
        "unknown_gaps": counters.unknown_gaps,
        "bytes": counters.bytes,
    }


def _by_safe_name(counted: Counter[str]) -> dict[str, int]:
    """Names made safe; two that look alike then are added up, so that the sums stay right."""
    safe: Counter[str] = Counter()
    for name, number in counted.items():
        safe[safe_line(name)] += number
    return dict(safe)


def _added_up(counted: Iterable[dict[str, int]]) -> dict[str, int]:
    added: Counter[str] = Counter()
    for each in counted:
        added.update(each)
    return dict(added)


def session_account(
    watching: Watching, reader: FeedReader, statuses: list[SourceStatus], rows_built: int
) -> dict[str, Any]:
    """All books, per conversation and in all: `total` has those of the conversations given up in it, of which
    `evicted_...` tell again."""
    feed, roster = watching.feed, watching.roster
    conversations = [conversation_account(conversation) for conversation in roster]
    gone = _books(roster.given_up, roster.given_up_shown, roster.given_up_pruned)
    books = [*conversations, gone]
    total: dict[str, Any] = {name: sum(each[name] for each in books) for name in _ADDED_UP}
    total |= {
        "chunks": _added_up(each["chunks"] for each in books),
        "messages": _added_up(each["messages"] for each in books),
        "gaps": total["gaps"] + feed.account.unmarked_gaps,
        "unknown_gaps": total["unknown_gaps"] + feed.account.unmarked_gaps,
        "conversations": len(conversations),
        "evicted_conversations": roster.evicted,
        "evicted_received": gone["received"],
        "evicted_lost": gone["lost"],
        "evicted_gaps": gone["gaps"],
        "waiting": feed.waiting,
        "feed_received": feed.account.received,
        "feed_dropped": feed.account.dropped,
        "reconnects": sum(status.reconnects for status in statuses),
        "frames": reader.account.frames,
        "batches": feed.account.batches,
        "peak_queue": feed.account.peak_waiting,
        "rows_built": rows_built,
        "lag_seconds": {
            "p50": reader.lag.percentile(0.5),
            "p95": reader.lag.percentile(0.95),
            "p99": reader.lag.percentile(0.99),
            "max": reader.lag.longest,
        },
    }
    return {"total": total, "conversations": conversations}


def write_account(path: Path, account: dict[str, Any]) -> None:
    """Write it so that a reader never sees half of it. Raises OSError where that is impossible."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    import json  # here, so that a start does not wait for it

    try:
        beside.write_text(json.dumps(account, ensure_ascii=False, indent=1), encoding="utf-8", errors="replace")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
