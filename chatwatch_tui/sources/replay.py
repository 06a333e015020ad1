"""A recording as a source: what was received comes again, in its order, at its pace or at once.

Times are the recording's own. The session is given a `ReplayClock`, so that what was received at noon is shown as
received at noon, a tool's four seconds are four seconds at every speed, and a model that fell silent is found silent.
Two lines with one time were one read of the wire, and are delivered as one.

A file that cannot be read is a status with words; lines that cannot be read are counted and the first one is named.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import BinaryIO

from chatwatch_tui.core.events import Gap, GapCause, LinkState, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.recording import BadLine, Lost, NoRecording, Recorded, Replay, read_header, read_line
from chatwatch_tui.sources.base import Sink

MAX_LINE = 64_000_000
"""Bytes of one line; a longer one is no recording of ours."""
_AT_ONCE = 5_000
"""Lines that are read and delivered without a turn of the event loop."""
_ENOUGH_WAITING = 100_000
"""Deliveries that wait for the screen, from which on a replay at once waits for it."""


class ReplayClock:
    """Tells the recording's time: Unix seconds. Callable from any thread."""

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._monotonic = monotonic
        self._from = (time.time(), monotonic())
        self._pinned: float | None = None

    def __call__(self) -> float:
        if (pinned := self._pinned) is not None:
            return pinned
        began, at = self._from
        return began + (self._monotonic() - at) * self._speed

    def set(self, now: float) -> None:
        """It is that moment now; goes on from there."""
        self._from = (now, self._monotonic())

    @contextmanager
    def pinned(self, now: float) -> Iterator[None]:
        """It is that moment exactly, for as long as this lasts."""
        self._pinned = now
        try:
            yield
        finally:
            self._pinned = None


class ReplaySource:
    """See the module. Implements `sources.base.Source`."""

    def __init__(self, replay: Replay, clock: ReplayClock, *, waiting: Callable[[], int] = lambda: 0) -> None:
        """`waiting`: how many deliveries wait for the screen."""
        self.name = replay.file.name
        self.deliveries = 0
        """Played so far."""
        self.bad: list[BadLine] = []
        """The first lines that could not be read."""
        self.bad_count = 0
        self._replay = replay
        self._clock = clock
        self._waiting = waiting
        self._names: dict[str, str] = {}
        """Sources of the recording, and what they are called here: the first one by the file's name."""
        self._since = time.monotonic()

    def address(self, kind: str, conversation_id: str) -> str:
        """Where a delivery comes from."""
        return f"{self._replay.file} ({kind} of {conversation_id})"

    async def run(self, sink: Sink) -> None:
        """Play it, then wait to be cancelled."""
        self._say(sink, LinkState.CONNECTING, "opening the recording")
        try:
            with self._replay.file.open("rb") as file:
                read_header(file.readline(MAX_LINE))
                self._say(sink, LinkState.LIVE, "")
                await self._play(file, sink)
        except NoRecording as problem:
            self._say(sink, LinkState.REFUSED, f"{self._replay.file.name} {problem}")
        except OSError as problem:
            self._say(sink, LinkState.REFUSED, f"{self._replay.file}: {problem.strerror or problem}")
        else:
            self._say(sink, LinkState.CLOSED, self._how_it_ended())
        await asyncio.get_running_loop().create_future()  # until cancelled

    async def watch(self, conversation_id: str) -> None:
        """All of it is played anyway."""

    async def unwatch(self, conversation_id: str) -> None:
        """All of it is played anyway."""

    # -- playing ---------------------------------------------------------------------------------------------------

    async def _play(self, file: BinaryIO, sink: Sink) -> None:
        first = True
        async for lines in self._lines(file):
            for at, together in groupby(lines, key=lambda line: line.at):
                if first:
                    self._clock.set(at)
                    first = False
                await self._wait_until(at)
                self._deliver(at, list(together), sink)

    async def _lines(self, file: BinaryIO) -> AsyncIterator[list[Recorded | Lost]]:
        """What can be read, in bounded portions."""
        number = 1
        while True:
            portion: list[Recorded | Lost] = []
            for _ in range(_AT_ONCE):
                data = file.readline(MAX_LINE)
                if not data:
                    break
                number += 1
                line = read_line(number, data)
                if isinstance(line, BadLine):
                    self.bad_count += 1
                    self.bad += [line] if len(self.bad) < 20 else []
                elif line is not None:
                    portion.append(line)
            else:
                yield portion
                await asyncio.sleep(0)
                continue
            yield portion
            return

    async def _wait_until(self, at: float) -> None:
        if self._replay.at_once:
            while self._waiting() > _ENOUGH_WAITING:  # noqa: ASYNC110 - the screen is in another thread
                await asyncio.sleep(0.005)
            return
        while (ahead := at - self._clock()) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(min(ahead / self._replay.speed, 60.0))

    def _deliver(self, at: float, lines: list[Recorded | Lost], sink: Sink) -> None:
        with self._clock.pinned(at):
            found = [(self._key(each, sink), each.delivery) for each in lines if isinstance(each, Recorded)]
            sink.deliver([(sink.inbox(key), delivery) for key, delivery in found])
            for lost in (each for each in lines if isinstance(each, Lost)):
                words = f"{lost.deliveries:,} deliveries of all conversations were not recorded here"
                for name in self._names.values():
                    sink.gap(name, Gap(GapCause.OVERFLOW, note=words))
        self.deliveries += len(found)
        if self._replay.at_once:
            self._clock.set(at)

    def _key(self, line: Recorded, sink: Sink) -> ConversationKey:
        source = line.key.source
        name = self._names.get(source)
        if name is None:
            name = self._names[source] = self.name if not self._names else f"{self.name}: {source}"
            if len(self._names) > 1:
                self._say(sink, LinkState.LIVE, "")
        return ConversationKey(name, line.key.id)

    # -- saying ----------------------------------------------------------------------------------------------------

    def _say(self, sink: Sink, state: LinkState, detail: str) -> None:
        self._since = time.monotonic()
        for name in dict.fromkeys((self.name, *self._names.values())):
            sink.status(SourceStatus(name, state, self._since, server=self.name, detail=detail))

    def _how_it_ended(self) -> str:
        words = f"the recording ended after {self.deliveries:,} deliveries"
        if self.bad_count:
            first = self.bad[0]
            words += f"; {self.bad_count:,} lines could not be read, the first is line {first.number}: {first.reason}"
        return words
