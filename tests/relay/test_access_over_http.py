"""The matrix of access over real HTTP: what reaches the network, byte for byte, whichever gate said it.

`test_access_matrix` asks the gates; here every cell is a request over a bare socket to the endpoint as the command runs
it. The three answers of status 404 (unknown, somebody else's, no id) must not differ in anything but the clock.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from chatwatch_tui.relay.access import AccessSettings, open_gate
from chatwatch_tui.relay.access_tokens import add_token, revoke_token
from tests.broker import RealBroker
from tests.relay.serving import Served, serving, watch_path, watching
from tests.relay.test_access_forward import AuthService
from tests.relay.test_access_matrix import (
    CALLERS,
    GOOD,
    KNOWN,
    MODES,
    expected,
    forward_mode,
    jwt_mode,
    tokens_mode,
)
from tests.sources.harness import PATIENCE

CONVERSATIONS = {
    "known": KNOWN,
    "known, in upper case": KNOWN.upper(),
    "unknown": "00000000-0000-4000-8000-000000000002",
    "not a UUID": "chat.*",
    "not a UUID either": "a%2Fb%0d%0a",
}
STATUSES = {"ALLOWED": 200, "NOT_SIGNED_IN": 401, "NOT_FOUND": 404}
NOT_FOUND = b'{"detail":"Not Found"}'


@asynccontextmanager
async def house(
    mode: str, broker: RealBroker, folder: Path, burst: int = 1_000
) -> AsyncIterator[tuple[Served, dict[str, str]]]:
    """The endpoint in that mode, and what each caller presents. `burst` sign-ins may fail: all share one address."""
    async with AuthService() as service:
        settings, given = AccessSettings(mode="none"), dict.fromkeys(CALLERS, "whatever")
        if mode == "tokens":
            settings, given = tokens_mode(folder)
        elif mode == "jwt":
            settings, given = jwt_mode(folder)
        elif mode == "forward":
            settings, given = forward_mode(service)
        access = open_gate(msgspec.structs.replace(settings, failures_burst=burst), "127.0.0.1")
        with serving(broker.url, gate=access.gate) as served:
            yield served, given


async def answer(served: Served, conversation: str, *headers: str) -> tuple[int, bytes]:
    """Status, and everything that was written but the date; of a stream only its first bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        lines = (f"GET {watch_path(conversation)} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", "")
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            body = await (reader.readuntil(b":ok\n\n") if status == 200 else reader.read())
    finally:
        writer.transport.abort()
    return status, re.sub(rb"date: [^\r]*\r\n", b"", head) + body


def carried(who: str, given: dict[str, str]) -> list[tuple[str, ...]]:
    """The header lines by which a caller may present what they have."""
    if who == "nobody":
        return [()]
    return [(f"Authorization: Bearer {given[who]}",), (f"Cookie: other=1; chatwatch_session={given[who]}",)]


@pytest.mark.parametrize("mode", MODES)
async def test_the_matrix(mode: str, broker: RealBroker, tmp_path: Path) -> None:
    told: dict[int, set[bytes]] = {}
    async with house(mode, broker, tmp_path) as (served, given):
        for who in CALLERS:
            for headers in carried(who, given):
                for name, conversation in CONVERSATIONS.items():
                    kind = "no id" if name.startswith("not a") else name.partition(",")[0]
                    status, written = await answer(served, conversation, *headers)
                    told.setdefault(status, set()).add(written)
                    assert status == STATUSES[expected(mode, who, kind).name], (who, name, headers)
        await served.until(lambda: served.fanout.conversations == 0)
    assert set(told) == ({200, 404} if mode == "none" else {200, 401, 404})
    for status, answers in told.items():
        assert len(answers) == 1, f"answers of status {status} can be told apart: {answers}"
    (not_found,), (stream,) = told[404], told[200]
    assert not_found.endswith(b"\r\n\r\n" + NOT_FOUND)
    assert stream.endswith(b"\r\n\r\n5\r\n:ok\n\n")


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "none"])
async def test_who_fails_too_often_is_told_when_to_come_back(mode: str, broker: RealBroker, tmp_path: Path) -> None:
    async with house(mode, broker, tmp_path, burst=2) as (served, given):
        told = [await answer(served, KNOWN, *carried("malformed", given)[0]) for _ in range(4)]
        assert [status for status, _ in told] == [401, 401, 429, 429]
        assert b"\r\nretry-after: " in told[-1][1]
        if mode != "forward":  # there what is presented may be a password, and it is not even looked at
            assert (await answer(served, KNOWN, *carried("owner", given)[0]))[0] == 200


async def test_a_token_that_is_revoked_ends_its_stream_and_no_other(broker: RealBroker, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    leaver, stayer = (add_token(path, name, views=[KNOWN]) for name in GOOD[:2])
    access = open_gate(AccessSettings(mode="tokens", tokens=path), "127.0.0.1")
    with serving(broker.url, gate=access.gate, recheck=0.3) as served:
        async with (
            watching(served, KNOWN, f"Authorization: Bearer {leaver.token}") as leaving,
            watching(served, KNOWN, f"Authorization: Bearer {stayer.token}"),
        ):
            revoke_token(path, leaver.info.id)
            assert await leaving.until_end() == b":ok\n\n"
            await served.until(lambda: served.fanout.viewer_count == 1)
            assert (await answer(served, KNOWN, f"Authorization: Bearer {leaver.token}"))[0] == 401
            assert served.fanout.viewer_count == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_access_withdrawn_at_the_forward_address_ends_its_stream_whatever_is_kept(
    broker: RealBroker, status: int
) -> None:
    async with AuthService() as service:
        settings = AccessSettings(mode="forward", forward_url=service.url, forward_keep=60)
        with serving(broker.url, gate=open_gate(settings, "127.0.0.1").gate, recheck=0.3) as served:
            async with watching(served, KNOWN, "Cookie: session=ada") as viewer:
                service.answer = lambda headers: status
                assert await viewer.until_end() == b":ok\n\n"
