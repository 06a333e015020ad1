"""The simulator says exactly what it published, keeps to rate and duration, and leaves other people's servers alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from asyncio.subprocess import PIPE
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import nats
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.demo.scenario import cast, play
from chatwatch_tui.demo.simulator import (
    BATCH,
    LATE,
    ConnectionLost,
    Published,
    RemoteServerRefused,
    ServerRefused,
    SimulatorError,
    address_of,
    simulate,
)
from chatwatch_tui.sources.nats_signin import NatsSignIn
from tests.broker import RealBroker, free_port
from tests.cli import CHATWATCH, PATIENCE, UNHURRIED, chatwatch, write_context

LOOPBACK = [
    "nats://127.0.0.1:4222",
    "127.0.0.1",
    "nats://127.8.9.1",
    "tls://localhost:1",
    "LOCALHOST",
    "nats://[::1]:4222",
]
REMOTE = [
    *("nats://0.0.0.0:4222", "nats://10.0.0.1", "nats://[::]:4222", "nats://[2001:db8::1]:4222", "nats://chat.example"),
    *("localhost.example", "nats://127.0.0.1.example", "nats://127.0.0.1@chat.example", "127.1", "nats://2130706433"),
]


class Subscriber:
    """A plain nats-py client that keeps everything, by conversation."""

    def __init__(self) -> None:
        self.received: defaultdict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        self.count = 0
        self._came = asyncio.Event()

    async def take(self, message: Any) -> None:
        """Keep one."""
        _, kind, conversation = message.subject.split(".")
        self.received[conversation].append((kind, json.loads(message.data)))
        self.count += 1
        self._came.set()

    def books(self) -> dict[str, dict[str, dict[str, int]]]:
        """As the simulator keeps them."""
        return {
            conversation: {
                "chunks": Counter(payload["chunk_type"] for kind, payload in received if kind == "chunk"),
                "messages": Counter(payload["role"] for kind, payload in received if kind == "message"),
            }
            for conversation, received in self.received.items()
        }

    async def wait_for(self, count: int) -> None:
        """Until so many came."""
        async with asyncio.timeout(PATIENCE):
            while self.count < count:
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def subscribed(broker: RealBroker, subject: str = "chat.>") -> AsyncIterator[Subscriber]:
    subscriber = Subscriber()
    client = await nats.connect(broker.url)
    await client.subscribe(subject, cb=subscriber.take, pending_msgs_limit=-1, pending_bytes_limit=-1)
    await client.flush()
    yield subscriber
    await client.flush()
    await client.close()


# -- the account ---------------------------------------------------------------------------------------------------


async def test_what_it_says_it_published_is_what_was_received(broker: RealBroker) -> None:
    async with subscribed(broker) as subscriber:
        published = await simulate(broker.url, conversations=20, rate=8_000, duration=1.0, seed=3)
        await subscriber.wait_for(published.total.total())
    assert published.conversations == subscriber.books()
    assert published.total["chunks"] > 1_000
    assert published.total["messages"] > 10


async def test_every_conversation_arrives_in_order_and_with_times(broker: RealBroker) -> None:
    async with subscribed(broker) as subscriber:
        published = await simulate(broker.url, conversations=9, rate=4_000, duration=0.5, seed=3)
        await subscriber.wait_for(published.total.total())
    for role in cast(9, 3):
        received = subscriber.received[role.id]
        times = [payload.pop("created_at") for _, payload in received]
        assert times == sorted(times)
        assert received == [(each.kind, each.payload) for each in islice(play(role), len(received))]


def test_an_account_without_traffic_is_zeros() -> None:
    assert Published().as_json() == {"total": {"chunks": 0, "messages": 0}, "seconds": 0.0, "conversations": {}}


# -- rate and duration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "duration"), [(100.0, 0.5), (2_000.0, 1.0), (50.0, 0.0)])
async def test_rate_and_duration_are_kept(rate: float, duration: float, broker: RealBroker) -> None:
    published = await simulate(broker.url, rate=rate, duration=duration)
    assert published.total.total() == pytest.approx(rate * duration, abs=2)
    assert published.seconds >= duration


async def test_the_natural_pace_is_that_of_people(broker: RealBroker) -> None:
    published = await simulate(broker.url, duration=3.0)
    assert 5 < published.total.total() < 400


async def test_a_rate_that_cannot_be_kept_makes_it_no_longer(broker: RealBroker) -> None:
    begun = time.monotonic()
    published = await simulate(broker.url, rate=1e9, duration=0.1)
    assert published.total.total() < 1e8
    assert time.monotonic() - begun < LATE + PATIENCE / 2


async def test_it_stops_when_it_is_asked_to(broker: RealBroker) -> None:
    stop = asyncio.Event()
    async with subscribed(broker) as subscriber:
        running = asyncio.create_task(simulate(broker.url, rate=0.1, stop=stop))
        await subscriber.wait_for(1)
        stop.set()
        published = await asyncio.wait_for(running, PATIENCE)
    assert published.conversations == subscriber.books()


async def test_another_prefix_is_another_subject(broker: RealBroker) -> None:
    async with subscribed(broker) as chat, subscribed(broker, "lab.>") as lab:
        published = await simulate(broker.url, rate=200, duration=0.2, prefix="lab")
        await lab.wait_for(published.total.total())
    assert (chat.count, lab.books()) == (0, published.conversations)


# -- which servers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", LOOPBACK)
def test_a_server_on_loopback_is_accepted(url: str) -> None:
    assert address_of(url).host in url.lower()


@pytest.mark.parametrize("url", REMOTE)
def test_a_server_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(RemoteServerRefused, match="--i-know-this-publishes"):
        address_of(url)
    assert address_of(url, allow_remote=True).host in url


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_loopback) | st.ip_addresses(v=6, network="2000::/3"))
@UNHURRIED
def test_no_other_address_is_taken_for_loopback(address: object) -> None:
    with pytest.raises(RemoteServerRefused):
        address_of(f"nats://[{address}]:4222" if ":" in str(address) else f"nats://{address}:4222")


@pytest.mark.parametrize("allow_remote", [False, True])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "nats://127.0.0.1:x", "", "nats://127.0.0.1:1,nats://chat.example"]
)
def test_what_is_no_address_is_refused(url: str, allow_remote: bool) -> None:
    with pytest.raises(ServerRefused, match="--server: "):
        address_of(url, allow_remote=allow_remote)


async def test_a_server_elsewhere_is_played_to_when_that_is_meant(broker: RealBroker) -> None:
    url = f"nats://0.0.0.0:{broker.port}"
    with pytest.raises(RemoteServerRefused):
        await simulate(url, duration=0)
    assert (await simulate(url, rate=100, duration=0.1, allow_remote=True)).total.total() > 0


async def test_a_server_that_goes_away_is_said_to_be_lost(broker: RealBroker) -> None:
    async with subscribed(broker) as subscriber:
        running = asyncio.create_task(simulate(broker.url, rate=100))
        await subscriber.wait_for(10)
        broker.kill()
        with pytest.raises(SimulatorError, match=rf"the connection to 127\.0\.0\.1:{broker.port} was lost"):
            await asyncio.wait_for(running, PATIENCE)


# -- the command ---------------------------------------------------------------------------------------------------


def test_the_command_refuses_other_machines_and_names_the_flag() -> None:
    for url in ("nats://chat.example:4222", "nats://0.0.0.0:4222"):
        code, out, err = chatwatch("simulate", "--server", url)
        assert (code, out) == (2, "")
        assert "--i-know-this-publishes" in err
        assert "Traceback" not in err
    assert chatwatch("simulate", "-s", "nats://127.0.0.1:x").code == 2


def test_a_server_that_is_not_there_is_said_so_at_once() -> None:
    begun = time.monotonic()
    code, out, err = chatwatch("simulate", "-s", f"nats://127.0.0.1:{free_port()}")
    assert (code, out) == (1, "")
    assert err.startswith("chatwatch: no connection: connection refused by 127.0.0.1:")
    assert err.count("\n") == 1
    assert time.monotonic() - begun < PATIENCE / 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_the_account_on_stdout(number: signal.Signals, broker: RealBroker) -> None:
    arguments = ("simulate", "--server", broker.url, "--conversations", "4", "--rate", "300", "--seed", "5")
    async with subscribed(broker) as subscriber:
        process = await asyncio.create_subprocess_exec(*CHATWATCH, *arguments, stdout=PIPE, stderr=PIPE)
        await subscriber.wait_for(50)
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        account = json.loads(out)
        await subscriber.wait_for(sum(account["total"].values()))
    assert process.returncode == 0
    assert account["conversations"] == subscriber.books()
    assert set(account["conversations"]) <= {role.id for role in cast(4, 5)}
    assert err == b"chatwatch: playing 4 conversations; Ctrl+C ends and prints the account\n"


async def test_a_server_that_goes_away_ends_it_with_the_account_too(broker: RealBroker) -> None:
    command = (*CHATWATCH, "simulate", "--server", broker.url, "--rate", "300")
    async with subscribed(broker) as subscriber:
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        await subscriber.wait_for(50)
        broker.kill()
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    account = json.loads(out)
    assert 0 < sum(account["total"].values()) <= subscriber.count + BATCH
    assert process.returncode == 1
    _, said = err.decode().splitlines()
    assert said.startswith(f"chatwatch: the connection to 127.0.0.1:{broker.port} was lost: ")
    assert said.endswith("; the account is of what the server had until then. Start again when it is back")


async def test_what_the_account_may_not_publish_is_not_counted(tmp_path: Path) -> None:
    forbidding = 'authorization: {users: [{user: u, password: p, permissions: {publish: {deny: "chat.>"}}}]}'
    with RealBroker(tmp_path, forbidding) as guarded:
        with pytest.raises(ConnectionLost, match="the server said: Permissions Violation for Publish") as lost:
            await simulate(guarded.url, signin=NatsSignIn(user="u", password="p"), rate=100, duration=1)
        assert lost.value.published.total.total() == 0


def played(*arguments: str, **env: str) -> int:
    """How much `chatwatch simulate` says that it published; its exit code where it did not."""
    code, out, err = chatwatch("simulate", "--rate", "100", "--duration", "0.2", *arguments, env=env)
    assert "Traceback" not in err
    return -code if code else sum(json.loads(out)["total"].values())


def test_it_signs_in_as_watch_does(tmp_path: Path) -> None:
    """By flag, environment or context, of which only the first can be read by others."""
    with RealBroker(tmp_path / "users", "authorization: {user: ann, password: hunter2}") as guarded:
        assert played("-s", guarded.url) == -1
        assert played("-s", guarded.url, NATS_USER="ann", NATS_PASSWORD="wrong") == -1
        assert played("-s", guarded.url, NATS_USER="ann", NATS_PASSWORD="hunter2") > 0
        assert played("-s", guarded.url, "--user", "ann", NATS_PASSWORD="hunter2") > 0
        write_context("lab", user="ann", password="hunter2", url="nats://chat.example:4222")
        assert played("-s", guarded.url, "--context", "lab") > 0
        assert played("--context", "lab") == -2, "the server has to be named"
        assert played("-s", "", "--context", "lab") == -2
        assert played("-s", f"{guarded.url},nats://chat.example:4222", "--context", "lab") == -2, "not on loopback"
    with RealBroker(tmp_path / "token", "authorization: {token: hunter2}") as guarded:
        assert played("-s", guarded.url, NATS_TOKEN="hunter2", NATS_URL="nats://chat.example:4222") > 0


def test_an_account_that_nobody_can_take_is_one_sentence(broker: RealBroker) -> None:
    command = [*CHATWATCH, "simulate", "-s", broker.url, "--duration", "0"]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    _, said = ended.stderr.splitlines()
    assert said == "chatwatch: the account cannot be written to standard output: No space left on device"
    assert ended.returncode == 1


def test_a_reader_who_is_gone_is_no_reason_for_a_traceback(broker: RealBroker) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*CHATWATCH, "simulate", "-s", broker.url, "--duration", "0"]
    with os.fdopen(writing, "wb") as nobody:
        ended = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    assert ended.stderr.count("\n") == 1
    assert ended.returncode == 1
