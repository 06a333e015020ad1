"""Copying from any screen: redaction, the way to the clipboard, and the word that says which way it went.

All of it runs in a thread: patterns and programs may be slow, and are bounded in time each.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from textual.screen import Screen

from chatwatch_tui.core.redaction import STAY_IN, Cutting, RedactionTimeout, Redactor, removed_words
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.settings import HandingOverSettings
from chatwatch_tui.ui import clipboard
from chatwatch_tui.ui.clipboard import MAX_OSC_52, MAX_OVER_SLOW_LINK, TooLong
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.selection import Selected
from chatwatch_tui.ui.terminal_app import GuardedApp
from chatwatch_tui.ui.themes import Ink


class Say(Protocol):
    """Where words for the operator are shown."""

    def __call__(self, words: SafeText, ink: Ink = Ink.TEXT) -> object:
        """Show them."""


class Copying:
    """What screens need to copy."""

    def __init__(self, look: Look, settings: HandingOverSettings, environ: Mapping[str, str] = os.environ) -> None:
        self.settings = settings
        self._look = look
        self.redact = settings.redact.always
        """Leave out secrets and addresses; the operator switches it."""
        self._environ = environ

    def copy(self, screen: Screen[None], text: str, say: Say) -> None:
        """Copy hostile text, then say how that went."""
        app = screen.app
        screen.run_worker(
            self._copy(text, app if isinstance(app, GuardedApp) else None, say),
            name="copy",
            group="copy",
            exclusive=True,
            exit_on_error=False,
        )

    async def _copy(self, text: str, app: GuardedApp | None, say: Say) -> None:
        sequences: list[str] = []
        most = MAX_OVER_SLOW_LINK if app is not None and app.link_is_slow else MAX_OSC_52
        try:
            words = await asyncio.to_thread(self._do_copy, text, sequences.append, most)
        except TooLong as problem:
            say(self._look.keymap.fill(f"Not copied: {problem}; {{write}} writes a file"), Ink.WARN)
        except RedactionTimeout as problem:
            say(safe_line(f"Not copied: {problem}."), Ink.WARN)
        else:
            for sequence in sequences:
                if app is not None:
                    await app.put_out(sequence)  # what is said while it goes out is not drawn
            say(words)

    def _do_copy(self, text: str, write: Callable[[str], object], most: int) -> SafeText:
        kept = STAY_IN
        if self.redact:
            cuttings = text.cuttings if isinstance(text, Selected) else [Cutting(text, [(0, len(text))])]
            found = Redactor(self.settings.redact).redact_cuttings(cuttings)
            text, kept = found.text, removed_words(found.removed)
        return clipboard.copy(text, self.settings.clipboard, self._environ, write, most, kept)
