"""What stands where no pane is open: how the links are, what is listened to, and what would help. Rows; no widget."""

from __future__ import annotations

from collections.abc import Sequence

from chatwatch_tui.core.events import LinkState, SourceStatus
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, Span, ours, wrapped
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.status import link_words, source_name
from chatwatch_tui.ui.themes import Ink

Advice = str | tuple[str, str]
"""A sentence, or a command and what it does."""
COMMAND_CELLS = 45
ADVICE_AFTER = 2.0
"""Seconds of a first attempt to connect after which it is said what may help."""


def welcome_rows(
    statuses: Sequence[SourceStatus],
    watching: str,
    known: int,
    width: int,
    monotonic: float,
    glyphs: Glyphs,
    *,
    open_key: str = "o",
) -> list[Row]:
    """What stands where no pane is open: how the link is, what is listened to, what would help. `known` conversations
    have spoken already, `open_key` chooses one."""
    rows: list[Row] = [()]
    for status in statuses:
        spans: list[Span] = [(SafeText(f"  {source_name(status)}  "), Ink.STRONG)]
        spans += link_words(status, monotonic, glyphs, detail=0)
        if status.server and status.server != source_name(status):
            spans.append((SafeText(f"  {safe_line(status.server, 80)}"), Ink.DIM))
        rows.append(tuple(spans))
        rows += [
            ((ours("  "), Ink.DIM), (row, Ink.TEXT))
            for row in (wrapped(status.detail, width - 4) if status.detail else [])
        ]
    rows.append(())
    all_closed = [_ALL_CLOSED.format(known=f"{known:,}", open=open_key)]
    advice = all_closed if known else _advice(statuses, watching, monotonic)
    for line in advice:
        rows += _advice_rows(line, width)
    return rows


def _advice(statuses: Sequence[SourceStatus], watching: str, monotonic: float) -> Sequence[Advice]:
    if all(_is_first_attempt(status, monotonic) for status in statuses):
        return _CONNECTING  # nothing has failed yet that advice could be about
    states = {status.state for status in statuses}
    if not states.isdisjoint((LinkState.LIVE, LinkState.LIMITED)):
        return [line.replace("{watching}", watching) for line in _LISTENING]
    if permitted := next((status.permitted for status in statuses if status.permitted), ""):
        return [line.replace("{watching}", safe_line(permitted, 200)) for line in _LISTENING]
    if LinkState.FORBIDDEN in states:
        return _FORBIDDEN
    return _REFUSED if LinkState.REFUSED in states else _NOT_CONNECTED


def _is_first_attempt(status: SourceStatus, monotonic: float) -> bool:
    """Whether it may still come to something at once: nothing failed, and nobody has waited for long."""
    return status.state is LinkState.CONNECTING and not status.detail and monotonic - status.since < ADVICE_AFTER


def _advice_rows(line: Advice, width: int) -> list[Row]:
    """A sentence, or a command with what it does: beside it where there is room, else below."""
    if isinstance(line, str):
        return [((ours("  "), Ink.DIM), (row, Ink.DIM)) for row in wrapped(line, width - 4)]
    command, meaning = line
    cells = max(COMMAND_CELLS, len(command) + 2)
    if 2 + cells + len(meaning) <= width - 2:
        return [((ours(f"  {command:<{cells}}"), Ink.TEXT), (ours(meaning), Ink.DIM))]
    rows: list[Row] = [((ours("  "), Ink.TEXT), (row, Ink.TEXT)) for row in wrapped(command, width - 4)]
    return rows + [((ours("    "), Ink.DIM), (row, Ink.DIM)) for row in wrapped(meaning, width - 6)]


_ALL_CLOSED = "No pane is open. {open} chooses one of {known} conversations."
_FORBIDDEN: tuple[Advice, ...] = (
    "This account may not see all conversations. Name the ones to watch:",
    "",
    ("chatwatch watch ID ID", "each ID a UUID, as the bus spells it or in upper case"),
)
_REFUSED: tuple[Advice, ...] = (
    "chatwatch goes on trying, slowly. To sign in differently:",
    "",
    ("chatwatch watch --context NAME", "a context of the nats tool, with its sign-in"),
    ("NATS_USER=NAME NATS_PASSWORD=WORD chatwatch watch", "user and password; also NATS_TOKEN, NATS_CREDS, NATS_NKEY"),
    ("chatwatch watch --creds FILE", "a credentials file; --nkey, --tlscert, --tlskey, --tlsca likewise"),
)
_CONNECTING = ("Connecting.",)
_LISTENING = (
    "Listening on {watching}.",
    "No conversation has spoken yet. The first one opens here by itself.",
)
_NOT_CONNECTED: tuple[Advice, ...] = (
    "chatwatch goes on trying. Meanwhile, one of these may help:",
    "",
    ("chatwatch watch --server nats://HOST:4222", "another server"),
    ("chatwatch watch --context NAME", "a context of the nats tool, with its sign-in"),
    ("chatwatch demo", "no server at all: everything is brought along"),
)
