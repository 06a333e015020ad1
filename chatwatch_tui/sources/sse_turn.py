"""Whose turn it is to try a sign-in that all streams of a source share, while it is not known to be good.

Fifty conversations with a wrong token would be fifty failed sign-ins at once: what an endpoint grants to an address is
used up, and its 429 would hide why. So one stream asks for all, in turns, for it may be about the conversation after
all. An answer that is not about the sign-in lets everybody ask. One that hears nothing for a while, or cannot connect,
passes the turn on: that is no word about the sign-in.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from chatwatch_tui.sources.sse_words import Trouble


class Asker(Protocol):
    """A stream."""

    def told(self, trouble: Trouble) -> None:
        """While it waits for its turn: this is what another one heard, and it stands for all."""


class SignInTurn:
    """See the module."""

    def __init__(self, within: float) -> None:
        """`within`: seconds without an answer after which the next one may ask too."""
        self._within = within
        self._good = False
        """The newest answer was not about the sign-in."""
        self._refusal: Trouble | None = None
        """The newest 401 while it is not good."""
        self._holder: Asker | None = None
        self._waiting: dict[Asker, asyncio.Future[None]] = {}
        """In order."""
        self._limit: asyncio.TimerHandle | None = None

    async def take(self, who: Asker) -> None:
        """Wait until this one may ask. Whoever takes gives back, whatever came of it."""
        if self._good or self._holder is who:
            return
        if self._holder is None and not self._waiting:
            self._hold(who)
            return
        if self._refusal is not None:
            who.told(self._refusal)
        allowed = self._waiting[who] = asyncio.get_running_loop().create_future()
        try:
            await allowed
        finally:
            self._waiting.pop(who, None)

    def give(self, who: Asker) -> None:
        """No longer this one's turn, if it was."""
        if self._holder is who:
            self._pass_on()

    def accepted(self) -> None:
        """An answer came that is not about the sign-in."""
        self._good = True
        self._refusal = None
        self._stop_clock()
        self._holder = None
        for allowed in self._waiting.values():
            _let(allowed)

    def refused(self, trouble: Trouble) -> Trouble:
        """It was not taken, or too often: what to say of it. The turn stays where it is until it is given."""
        self._good = False
        self._stop_clock()
        if trouble.sign_in:
            self._refusal = trouble
        elif self._refusal is not None:
            trouble = self._refusal._replace(wait=trouble.wait)
        for who in self._waiting:
            who.told(trouble)
        return trouble

    def doubt(self) -> None:
        """A stream was lost: who comes back may find that the sign-in is not good any more."""
        self._good = False

    def _hold(self, who: Asker) -> None:
        self._holder = who
        self._limit = asyncio.get_running_loop().call_later(self._within, self._pass_on)

    def _pass_on(self) -> None:
        self._stop_clock()
        self._holder = None
        for who, allowed in self._waiting.items():
            if not allowed.done():
                self._hold(who)
                _let(allowed)
                return

    def _stop_clock(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def _let(allowed: asyncio.Future[None]) -> None:
    if not allowed.done():
        allowed.set_result(None)
