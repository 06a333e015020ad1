"""The response itself: one viewer's event stream as raw ASGI.

Starlette's StreamingResponse sends without a bound, so that a peer that takes nothing holds its place for ever, and
cannot tell a viewer that left from one that is slow. Here a task listens for the peer's end, another asks again whether
the viewer may still watch, and the fan-out's clock hangs up on who takes nothing (`Viewer.tick`). What comes while the
stream waits goes to the connection directly (`line`); the rest, and the beginning and the end, are ASGI's.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chatwatch_tui.relay.access import Verdict
from chatwatch_tui.relay.channel import NotWatchable
from chatwatch_tui.relay.fanout import Fanout
from chatwatch_tui.relay.frames import OK, RETRY, error_frame
from chatwatch_tui.relay.line import KEY as LINE
from chatwatch_tui.relay.line import Line, TaskLine
from chatwatch_tui.relay.logs import say
from chatwatch_tui.relay.viewer import Viewer

log = logging.getLogger(__name__)

HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)
ASK_AGAIN = 5.0
"""Seconds between questions to an access control that does not answer."""


class EventStream(Response):
    """See the module. `ask` is the access question about this caller and conversation."""

    def __init__(
        self,
        fanout: Fanout,
        conversation_id: str,
        ask: Callable[[], Awaitable[Verdict]],
        *,
        recheck: float,
        address: str = "",
    ) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self.raw_headers = list(HEADERS)
        self._fanout = fanout
        self._conversation_id = conversation_id
        self._ask = ask
        self._recheck = recheck
        self._who = {"conversation": conversation_id, "address": address}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; returns when the stream is over, whoever ended it."""
        # The headers go out at once; `:ok` is what says that the subscription stands.
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            viewer = await self._fanout.join(self._conversation_id)
        except NotWatchable as problem:
            say(log, "stream refused", **self._who, problem=str(problem))
            await send({"type": "http.response.body", "body": error_frame(str(problem)) + RETRY})
            return
        _tie(viewer, scope)
        since = time.monotonic()
        say(log, "viewer came", **self._who)
        helpers = (asyncio.create_task(_listen(receive, viewer)), asyncio.create_task(self._guard(viewer)))
        try:
            await send({"type": "http.response.body", "body": OK, "more_body": True})
            async for body in viewer:
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            for helper in helpers:
                helper.cancel()
            await self._fanout.leave(viewer)
            say(
                log,
                "viewer left",
                **self._who,
                why=viewer.ending or "cancelled",
                seconds=round(time.monotonic() - since, 3),
                events=viewer.events_out,
                dropped=viewer.events_dropped,
            )

    async def _guard(self, viewer: Viewer) -> None:
        """Ask again while the stream runs; end it when the answer is no.

        Where nobody answers, the last answer holds for one interval more, so that a restart of whoever knows does not
        throw everybody out at once, and a stream without a yes for longer than that ends.
        """
        asked_at = allowed_at = time.monotonic()
        wait = self._recheck
        while True:
            # Spread, so that viewers who came together do not ask together; counted from question to question, so that
            # slow answers add nothing.
            await asyncio.sleep(asked_at + wait * random.uniform(0.5, 0.9) - time.monotonic())
            asked_at = time.monotonic()
            verdict = await self._ask()
            if verdict is Verdict.ALLOWED:
                allowed_at = asked_at
                wait = self._recheck
            elif verdict in (Verdict.NOT_SIGNED_IN, Verdict.NOT_FOUND, Verdict.TOO_MANY):
                # Too many failures: a credential that is still good never hears that (see `rate_limit`).
                return viewer.gone("access withdrawn")
            elif time.monotonic() - allowed_at > 2 * self._recheck:
                return viewer.gone("access could not be checked")
            else:
                wait = min(ASK_AGAIN, self._recheck)


async def _listen(receive: Receive, viewer: Viewer) -> None:
    """End the stream when the peer is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.gone("the viewer left")


def _tie(viewer: Viewer, scope: Scope) -> None:
    """Let the fan-out see, use and cut the connection."""
    line: Line | None = scope.get("state", {}).get(LINE)
    if line is not None:
        viewer.line = line
        if scope["http_version"] == "1.1":  # to HTTP/1.0 a body without a length goes as it is
            viewer.write = line.write
    elif (task := asyncio.current_task()) is not None:
        viewer.line = TaskLine(task)
