"""Plays scenarios into a NATS server: at the pace of people, or at a given rate.

Only this part of chatwatch publishes, and only to a server on loopback unless told otherwise in so many words.
"""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chatwatch_tui.demo.scenario import Publish, cast, play
from chatwatch_tui.sources.nats_address import Address, parse_address
from chatwatch_tui.sources.nats_ends import LinkEnded
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.nats_words import explain

if TYPE_CHECKING:
    from chatwatch_tui.demo.publisher import Publisher

BATCH = 200
"""Publishes at once at the most."""
LATE = 1.0
"""Seconds that it may take longer than `duration` to publish everything that falls due within it."""


class SimulatorError(Exception):
    """The simulation cannot go on; `str()` is for the user."""

    exit_code = 1


class ServerRefused(SimulatorError):
    """What was given is not the address of a server, or not of one that we may publish to."""

    exit_code = 2


class RemoteServerRefused(ServerRefused):
    """The server is not on this machine."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not this machine, and the simulator publishes made-up conversations: "
            "say --i-know-this-publishes if that is meant"
        )


class ConnectionLost(SimulatorError):
    """The server went away in between."""

    def __init__(self, words: str, published: Published) -> None:
        super().__init__(words)
        self.published = published
        """What was published until then."""


class Published(msgspec.Struct):
    """What was published, by conversation and type; to compare with what a viewer says it received."""

    conversations: dict[str, dict[str, dict[str, int]]] = {}
    seconds: float = 0.0

    def count(self, conversation: str, publish: Publish) -> None:
        """One more."""
        books = self.conversations.setdefault(conversation, {"chunks": {}, "messages": {}})
        kind, name = (
            ("chunks", publish.payload["chunk_type"])
            if publish.kind == "chunk"
            else ("messages", publish.payload["role"])
        )
        books[kind][name] = books[kind].get(name, 0) + 1

    @property
    def total(self) -> Counter[str]:
        """Chunks and messages in all."""
        total: Counter[str] = Counter(chunks=0, messages=0)
        for books in self.conversations.values():
            for kind, by_name in books.items():
                total[kind] += sum(by_name.values())
        return total

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return {"total": dict(self.total), "seconds": round(self.seconds, 3), "conversations": self.conversations}


def address_of(url: str, *, allow_remote: bool = False) -> Address:
    """Where that is. Raises RemoteServerRefused for anything but loopback, ServerRefused for what is no address.

    Names other than localhost are refused without being looked up: what they mean may change in between.
    """
    try:
        address = parse_address(url)
    except ValueError as problem:
        raise ServerRefused(f"--server: {problem}") from None
    try:
        is_loopback = ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        is_loopback = address.host == "localhost"
    if not is_loopback and not allow_remote:
        raise RemoteServerRefused(address.host)
    return address


def traffic(conversations: int, seed: int) -> Iterator[tuple[float, str, Publish]]:
    """(seconds since the start at natural pace, conversation id, publish), in order of time, without end."""
    parts = cast(conversations, seed)
    streams = [play(part) for part in parts]
    due: list[tuple[float, int, Publish]] = []
    for number, stream in enumerate(streams):
        publish = next(stream)
        due.append((publish.pause, number, publish))
    heapq.heapify(due)
    while True:
        at, number, publish = due[0]
        following = next(streams[number])
        heapq.heapreplace(due, (at + following.pause, number, following))
        yield at, parts[number].id, publish


async def simulate(
    *servers: str,
    signin: NatsSignIn | None = None,
    conversations: int = 9,
    rate: float | None = None,
    seed: int = 7,
    duration: float | None = None,
    prefix: str = "chat",
    allow_remote: bool = False,
    stop: asyncio.Event | None = None,
    on_connected: Callable[[], None] = lambda: None,
) -> Published:
    """Publish until `stop` is set or `duration` seconds are over; what was published.

    `rate` is publishes a second over all conversations; without it they keep their natural pace. A rate that cannot be
    kept does not make it longer: it ends `LATE` then.

    The servers are those of one cluster, and the first one that is there is played into.

    Raises:
        SimulatorError: a server is not ours, none is there, or it goes away.
    """
    addresses = [address_of(each, allow_remote=allow_remote) for each in servers]
    client, address = await _connect(addresses, signin or NatsSignIn())
    on_connected()
    published = Published()
    started = time.monotonic()
    try:
        await _publish_all(client, published, conversations, rate, seed, duration, prefix, stop or asyncio.Event())
    except (LinkEnded, OSError) as problem:
        words = explain(problem, str(address)).words
        raise ConnectionLost(f"the connection to {address} was lost: {words}", published) from None
    finally:
        published.seconds = time.monotonic() - started
        await client.shut()
    return published


async def _connect(addresses: Sequence[Address], signin: NatsSignIn) -> tuple[Publisher, Address]:
    """To the first server that takes us. Raises SimulatorError with the reason of the last one."""
    from chatwatch_tui.demo.publisher import Publisher

    words = "no server is given"
    for address in addresses:
        client = Publisher()
        try:
            await client.open(address, signin)
        except Exception as problem:  # whatever it was that nats-py stumbled over
            words = explain(problem, str(address)).words
            await client.shut()
        else:
            return client, address
    raise SimulatorError(f"no connection: {words}")


async def _publish_all(
    client: Publisher,
    published: Published,
    conversations: int,
    rate: float | None,
    seed: int,
    duration: float | None,
    prefix: str,
    stop: asyncio.Event,
) -> None:
    """Until it is to stop. What the server has, and nothing else, is in `published`."""
    started = time.monotonic()
    batch: list[tuple[str, Publish]] = []

    async def deliver() -> None:
        await client.deliver()
        for each in batch:
            published.count(*each)
        batch.clear()

    for count, (at, conversation, publish) in enumerate(traffic(conversations, seed)):
        due = count / rate if rate else at
        if duration is not None and due >= duration:
            await deliver()
            await _sleep(stop, started + duration - time.monotonic())
            return
        ahead = due - (time.monotonic() - started)
        if ahead > 0.001 or len(batch) == BATCH:
            await deliver()
            await _sleep(stop, ahead)
            if duration is not None and time.monotonic() - started > duration + LATE:
                return
        if stop.is_set():
            await deliver()
            return
        payload = publish.payload | {"created_at": datetime.now(UTC).isoformat()}
        encoded = json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
        client.put(f"{prefix}.{publish.kind}.{conversation}", encoded)
        batch.append((conversation, publish))


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, or wake up to stop."""
    if seconds <= 0:
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


async def run_until_signalled(*servers: str, narrate: Callable[[str], None], **options: Any) -> Published:
    """`simulate` until SIGINT or SIGTERM, with a word when it begins."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    words = f"playing {options['conversations']} conversations; Ctrl+C ends and prints the account"
    return await simulate(*servers, **options, stop=stop, on_connected=lambda: narrate(words))
