"""One status for many connections: the state of a source and its words, from those of its streams.

Live is only what is wholly live. As soon as one stream is being tried again, the source is (`connecting`, or
`reconnecting` where a stream was lost); `forbidden` is said, as for NATS, where some are not permitted while the rest
is open, `limited` where some only wait for one of the connections that there may be; `refused` where nothing is open
and the answer was no. The words count: "3 of 50 not permitted".
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chatwatch_tui.core.events import CutOff, LinkState
from chatwatch_tui.core.identity import LONGER, short_id
from chatwatch_tui.sources.sse_stream import ConversationStream, Phase

MAX_REASONS = 3
MAX_NAMED = 3
"""Conversations up to which a reason also says which."""


FAR = 20.0
"""Seconds to the next attempt from which on that is said; our own waits are shorter (`sources.base.Backoff`) but
where the answer is no again and again."""


class Standing(NamedTuple):
    """What a status says of all streams together."""

    state: LinkState
    detail: str
    attempt: int = 0
    retry_at: float | None = None
    cut_off: Mapping[str, CutOff] = {}
    """Of each conversation that is not open its own trouble: what befell one is no other's."""


class _Reason(NamedTuple):
    """Why a stream is not open."""

    words: str
    in_a_count: str
    refused: bool = False
    word: str = "link down"


def standing_of(streams: Sequence[ConversationStream], max_connections: int) -> Standing:
    """See the module."""
    if not streams:
        return Standing(LinkState.CONNECTING, "no conversation is watched")
    missing: dict[_Reason, list[ConversationStream]] = {}
    for stream in streams:
        if (reason := _why_not_open(stream, max_connections)) is not None:
            missing.setdefault(reason, []).append(stream)
    if not missing:
        return Standing(LinkState.LIVE, "")
    not_open = [stream for some in missing.values() for stream in some]
    tried_again = [s for reason, some in missing.items() if not reason.refused for s in some if not _is_waiting(s)]
    if tried_again:
        state = LinkState.RECONNECTING if any(s.was_open for s in tried_again) else LinkState.CONNECTING
    elif len(not_open) < len(streams):
        state = LinkState.FORBIDDEN if any(reason.refused for reason in missing) else LinkState.LIMITED
    else:
        state = LinkState.REFUSED if any(reason.refused for reason in missing) else LinkState.CONNECTING
    retry_at = min((stream.retry_at for stream in not_open if stream.retry_at is not None), default=None)
    attempt = max(1, *(stream.attempt for stream in tried_again or not_open))
    words = _words(missing, streams, refusals_first=not tried_again) + _next_attempt(retry_at)
    cut_off = {stream.id: CutOff(reason.word, reason.words) for reason, some in missing.items() for stream in some}
    return Standing(state, words, attempt, retry_at, cut_off)


def _is_waiting(stream: ConversationStream) -> bool:
    return stream.phase is Phase.WAITING and stream.trouble is None


def _why_not_open(stream: ConversationStream, max_connections: int) -> _Reason | None:
    if stream.phase is Phase.OPEN:
        if stream.bus_lost_at is None:
            return None
        return _Reason("the endpoint lost its link to NATS and is reconnecting", "without NATS at the endpoint")
    if stream.trouble is not None:
        # Also while it is tried again: the last answer stands until there is a new one.
        trouble = stream.trouble
        return _Reason(trouble.words, trouble.in_a_count, trouble.refused, trouble.word)
    if stream.phase is Phase.WAITING:
        why = (
            f"limit of {max_connections} connections reached, and each conversation needs one: name fewer, or raise it "
            "(--max-connections, in the settings file sse.max_connections)"
        )
        in_a_count = f"without a connection: the limit of {max_connections} is reached (--max-connections)"
        return _Reason(why, in_a_count, word="no connection")
    return _Reason("", "connecting")


def _words(
    missing: dict[_Reason, list[ConversationStream]], streams: Sequence[ConversationStream], *, refusals_first: bool
) -> str:
    """What made the state what it is comes first: the end may be cut off."""
    if len(missing) == 1 and len(next(iter(missing.values()))) == len(streams):
        reason = next(iter(missing))
        nothing_ever = not any(stream.was_open for stream in streams)
        hidden = all(stream.trouble is not None and stream.trouble.hidden for stream in streams)
        # A wrong path is answered like an unknown conversation.
        return f"{reason.words}; is the address right?" if nothing_ever and hidden else reason.words
    most_first = sorted(missing.items(), key=lambda item: (item[0].refused != refusals_first, -len(item[1])))
    said = [f"{len(some)} of {len(streams)} {reason.in_a_count}{_named(some)}" for reason, some in most_first]
    more = [f"and {len(said) - MAX_REASONS} more reasons"] if len(said) > MAX_REASONS else []
    return "; ".join(said[:MAX_REASONS] + more)


def _next_attempt(retry_at: float | None) -> str:
    left = 0.0 if retry_at is None else retry_at - time.monotonic()
    return f"; next attempt at {time.strftime('%H:%M:%S', time.localtime(time.time() + left))}" if left > FAR else ""


def _named(streams: Sequence[ConversationStream]) -> str:
    if len(streams) > MAX_NAMED or all(stream.trouble is None for stream in streams):
        return ""
    return f" ({', '.join(short_id(stream.id, LONGER) for stream in streams)})"
