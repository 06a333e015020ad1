"""The floor: Starlette's StreamingResponse sends one constant frame again and again. Usage: PORT FRAMES RATE BYTES

`RATE` is frames a second to each viewer, 0 for as fast as viewers take them. The first frame is due when the last of
`?viewers=N` has come. One clock serves all viewers, because a timer for each would cost as much again as the sending.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

PORT, FRAMES, RATE, SIZE = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
FRAME = b"data: " + b"x" * max(1, SIZE - 8) + b"\n\n"


class Clock:
    """How many frames are due; the same for everybody."""

    def __init__(self) -> None:
        self.due = 0
        self._arrived = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None

    def arrive(self, viewers: int) -> None:
        """One more is there; the last one starts the clock."""
        self._arrived += 1
        if self._arrived == viewers:
            self._running = asyncio.create_task(self._run())

    async def wait(self) -> None:
        """Until something more is due."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        while self.due < FRAMES:
            self.due = self.due + 1 if RATE else FRAMES
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)
            await asyncio.sleep(max(0.0, started + self.due / (RATE or 1.0) - clock()))


clock = Clock()


async def frames(viewers: int) -> AsyncIterator[bytes]:
    """One viewer's stream."""
    yield b":ok\n\n"
    clock.arrive(viewers)
    sent = 0
    while sent < FRAMES:
        if sent == clock.due:
            await clock.wait()
        yield FRAME
        sent += 1


async def stream(request: Request) -> StreamingResponse:
    """The answer."""
    return StreamingResponse(frames(int(request.query_params["viewers"])), media_type="text/event-stream")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/stream", stream)])
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_config=None, access_log=False, lifespan="off", http="h11")
