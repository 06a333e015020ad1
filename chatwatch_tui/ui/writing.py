"""A conversation as a file: made in pieces, redacted where asked for, and written in a thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.redaction import STAY_IN, RedactionSettings, RedactionTimeout, Redactor, removed_words
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.paths import shown_path, write_new
from chatwatch_tui.ui.export import as_markdown, as_text
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.pane_words import label


class Format(StrEnum):
    """What a file can be."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    JSONL = "JSONL"


ENDINGS = {Format.TEXT: ".txt", Format.MARKDOWN: ".md", Format.JSONL: ".jsonl"}


class Wanted(NamedTuple):
    """What the operator decided."""

    path: Path
    format: Format
    redact: bool
    over: bool
    """Replace what is there: they were asked."""


class NotWritten(Exception):
    """Nothing was written; `str()` is the reason, hostile."""

    def __init__(self, reason: str, advice: str) -> None:
        """`advice` is a sentence with what may help, with keys as `Keymap.fill` takes them."""
        super().__init__(reason)
        self.advice = advice


async def write_file(
    wanted: Wanted, transcript: Transcript, conversation: Conversation, settings: RedactionSettings, now: float
) -> SafeText:
    """Write it; words for the operator on what was written, and whether secrets are in it.

    Raises:
        FileExistsError: something is there that nobody was asked about.
        NotWritten: for any other reason.
    """
    note = ""
    removed: Counter[str] = Counter()
    if wanted.format is Format.JSONL:  # never redacted: the dialog does not let anybody ask for both
        # Held now: what is kept of a conversation changes while it is being written.
        received = [(each.at, each.deliveries) for each in conversation.raw]
        pieces = _recorded(conversation, received, now)
        raw = conversation.raw
        note = f", the latest {raw.total - raw.first:,} of {raw.total:,} deliveries" if raw.first else ""
    else:
        name = f"{safe_line(conversation.key.source)} {conversation.key.id} {label(conversation, 80)}"
        make = as_markdown if wanted.format is Format.MARKDOWN else as_text
        texts = make(transcript, SafeText(name.strip()))
        if wanted.redact:
            texts = _redacted(texts, Redactor(settings), removed)
        pieces = (text.encode("utf-8", "backslashreplace") for text in texts)
    try:
        size = await asyncio.to_thread(write_new, wanted.path, pieces, over=wanted.over)
    except FileExistsError:
        raise
    except OSError as problem:
        raise NotWritten(problem.strerror or str(problem), "Another name or folder may do.") from None
    except RedactionTimeout as problem:
        raise NotWritten(str(problem), "{copy} on the dashboard copies a part of it.") from None
    note += f", {removed_words(removed) if wanted.redact else STAY_IN}"
    return safe_line(f"{byte_size(size)} written{note}: {shown_path(wanted.path)}")


def _recorded(conversation: Conversation, received: list[tuple[float, list[Delivery]]], now: float) -> Iterator[bytes]:
    from chatwatch_tui.core.recording import delivery_line, header_line

    yield header_line(received[0][0] if received else now)
    for at, deliveries in received:
        for delivery in deliveries:
            yield delivery_line(at, conversation.key, delivery)


def _redacted(texts: Iterator[str], redactor: Redactor, removed: Counter[str]) -> Iterator[str]:
    for text in texts:
        found = redactor.redact(text)
        removed.update(found.removed)
        yield found.text
