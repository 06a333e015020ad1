"""Forward-auth against a real HTTP server: what it is asked, what its answers mean, how often it is asked."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from chatwatch_tui.relay.access import AccessError, Caller, Verdict
from chatwatch_tui.relay.access_forward import NO_CONVERSATION, ForwardGate

MINE = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
OTHER = "00000000-0000-4000-8000-000000000002"
ADA = Caller("Bearer ada", "session=ä; other=1", "192.0.2.7")


class AuthService:
    """An HTTP server on loopback that notes each request and answers as the test says."""

    def __init__(self, answer: Callable[[dict[str, str]], int] = lambda headers: 204) -> None:
        self.answer = answer
        """From the request's headers, names in lower case, to a status."""
        self.extra = ""
        """Header lines that go with each answer."""
        self.body = b"{}"
        self.owed = 0
        """Bytes that are promised beyond the body and never sent."""
        self.ready = asyncio.Event()
        """Cleared: requests wait."""
        self.ready.set()
        self.asked: list[dict[str, str]] = []
        self.arrived = asyncio.Condition()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/auth"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ready.set()
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def asked_times(self, times: int) -> None:
        """Wait until that many requests have arrived."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: len(self.asked) >= times), 10)

    async def left(self, times: int) -> None:
        """Wait until that many connections, all that there were, have been closed by the other side."""
        assert len(self._serving) == times
        await asyncio.wait_for(asyncio.gather(*self._serving), 10)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = [line.partition(":") for line in lines[1:] if line]
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                headers[":request"] = lines[0]
                async with self.arrived:
                    self.asked.append(headers)
                    self.arrived.notify_all()
                await self.ready.wait()
                status = self.answer(headers)
                length = f"Content-Length: {len(self.body) + self.owed}\r\n" if status != 204 else ""
                writer.write(f"HTTP/1.1 {status} Said\r\n{self.extra}{length}\r\n".encode())
                writer.write(self.body if status != 204 else b"")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


class Ticks:
    """Time that stands until a test moves it."""

    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def service() -> AsyncIterator[AuthService]:
    async with AuthService() as running:
        yield running


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def gate(service: AuthService, ticks: Ticks) -> AsyncIterator[ForwardGate]:
    made = ForwardGate(service.url, keep=5, ticks=ticks, public_url="https://chat.example.org/live/", max_kept=3)
    yield made
    await made.close()


async def test_what_it_is_asked(gate: ForwardGate, service: AuthService) -> None:
    assert await gate.check(ADA, MINE.upper()) is Verdict.ALLOWED

    asked = service.asked[0]
    assert asked[":request"] == "GET /auth HTTP/1.1"
    assert asked["authorization"] == "Bearer ada"
    assert asked["cookie"] == "session=ä; other=1"
    assert asked["x-conversation-id"] == MINE
    assert asked["x-forwarded-method"] == "GET"
    assert asked["x-forwarded-uri"] == f"/live/api/ai/conversations/{MINE}/watch"
    assert asked["x-forwarded-for"] == "192.0.2.7"
    assert asked["x-forwarded-proto"] == "https"
    assert asked["x-forwarded-host"] == "chat.example.org"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ALLOWED),
        (204, Verdict.ALLOWED),
        (299, Verdict.ALLOWED),
        (301, Verdict.UNAVAILABLE),
        (302, Verdict.UNAVAILABLE),
        (400, Verdict.UNAVAILABLE),
        (401, Verdict.NOT_SIGNED_IN),
        (403, Verdict.NOT_FOUND),
        (404, Verdict.NOT_FOUND),
        (407, Verdict.UNAVAILABLE),
        (429, Verdict.UNAVAILABLE),
        (500, Verdict.UNAVAILABLE),
        (503, Verdict.UNAVAILABLE),
    ],
)
async def test_what_answers_mean(service: AuthService, gate: ForwardGate, status: int, verdict: Verdict) -> None:
    service.answer = lambda headers: status
    service.extra = f"Location: {service.url}\r\n"

    assert [await gate.check(ADA, MINE) for _ in range(2)] == [verdict] * 2
    assert len(service.asked) == (1 if verdict is Verdict.ALLOWED else 2)  # a no is never kept, no redirect followed


async def test_a_yes_is_kept_for_this_caller_this_conversation_and_a_while(
    service: AuthService, gate: ForwardGate, ticks: Ticks
) -> None:
    service.answer = lambda headers: 204 if headers.get("authorization") == "Bearer ada" else 401
    for _ in range(3):
        assert await gate.check(ADA, MINE) is Verdict.ALLOWED
    assert len(service.asked) == 1
    # The same bytes, cut elsewhere, are another caller.
    assert await gate.check(ADA._replace(authorization="Bearer", cookie=" ada" + ADA.cookie), MINE) is (
        Verdict.NOT_SIGNED_IN
    )
    assert await gate.check(ADA._replace(authorization=""), MINE) is Verdict.NOT_SIGNED_IN
    assert await gate.check(ADA, OTHER) is Verdict.ALLOWED
    assert len(service.asked) == 4

    service.answer = lambda headers: 401
    ticks.at += 4.9
    assert await gate.check(ADA, MINE) is Verdict.ALLOWED
    ticks.at += 0.1
    assert await gate.check(ADA, MINE) is Verdict.NOT_SIGNED_IN


async def test_a_fresh_answer_is_asked_for_and_replaces_what_is_kept(service: AuthService, gate: ForwardGate) -> None:
    for times in (1, 2, 3):
        assert await gate.check(ADA, MINE, fresh=True) is Verdict.ALLOWED
        assert len(service.asked) == times
    service.answer = lambda headers: 403
    assert await gate.check(ADA, MINE) is Verdict.ALLOWED
    assert await gate.check(ADA, MINE, fresh=True) is Verdict.NOT_FOUND
    assert await gate.check(ADA, MINE) is Verdict.NOT_FOUND


async def test_what_is_kept_is_bounded(service: AuthService, gate: ForwardGate) -> None:
    for number in (1, 2, 3, 4, 4, 3, 2, 1):
        assert await gate.check(ADA._replace(cookie=f"session={number}"), MINE) is Verdict.ALLOWED
    assert [asked["cookie"][-1] for asked in service.asked] == ["1", "2", "3", "4", "1"]


async def test_the_same_question_at_once_is_asked_once(service: AuthService, gate: ForwardGate) -> None:
    service.ready.clear()
    waiting = [asyncio.create_task(gate.check(ADA, MINE)) for _ in range(20)]
    another = asyncio.create_task(gate.check(ADA, OTHER))
    await service.asked_times(2)
    waiting[0].cancel()  # the one whose question it is leaves
    service.ready.set()

    assert await asyncio.gather(*waiting[1:], another) == [Verdict.ALLOWED] * 20
    assert waiting[0].cancelled()
    assert len(service.asked) == 2


async def test_no_answer_lets_nobody_in(service: AuthService, caplog: pytest.LogCaptureFixture) -> None:
    service.ready.clear()
    gate = ForwardGate(service.url + "?key=hidden", timeout=0.05)
    assert [await gate.check(ADA, MINE) for _ in range(2)] == [Verdict.UNAVAILABLE] * 2
    await gate.close()
    assert await gate.check(ADA, MINE) is Verdict.UNAVAILABLE
    assert [("does not answer" in line, "hidden" in line) for line in caplog.messages] == [(True, False)]

    nobody_there = ForwardGate("http://127.0.0.1:1/")
    assert await nobody_there.check(ADA, MINE) is Verdict.UNAVAILABLE
    await nobody_there.close()


async def test_a_service_that_is_frozen_in_the_handshake_costs_no_sockets(service: AuthService) -> None:
    gate = ForwardGate(service.url.replace("http:", "HTTPS:"), timeout=0.1)  # who listens there awaits a line
    gc.disable()
    try:
        for _ in range(3):
            assert await gate.check(ADA, MINE) is Verdict.UNAVAILABLE
        await service.left(3)
    finally:
        gc.enable()
        await gate.close()


async def test_closing_ends_who_waits(service: AuthService, gate: ForwardGate) -> None:
    service.ready.clear()
    waiting = asyncio.create_task(gate.check(ADA, MINE))
    await service.asked_times(1)
    await gate.close()
    assert await asyncio.wait_for(waiting, 10) is Verdict.UNAVAILABLE


async def test_a_cookie_that_an_answer_sets_goes_to_nobody(service: AuthService, gate: ForwardGate) -> None:
    service.extra = "Set-Cookie: session=adas; Path=/\r\n"
    await gate.check(ADA, MINE)
    await gate.check(Caller("", "", "192.0.2.8"), MINE)
    await gate.check(Caller("", "mine=1", "192.0.2.8"), MINE)
    assert [asked.get("cookie") for asked in service.asked] == [ADA.cookie, None, "mine=1"]


async def test_an_endless_answer_is_not_read(service: AuthService, gate: ForwardGate) -> None:
    service.body, service.owed = b"x" * 100_000, 1
    service.answer = lambda headers: 200
    assert await gate.check(ADA, MINE) is Verdict.ALLOWED


async def test_nonsense_costs_what_an_unknown_conversation_costs(service: AuthService, gate: ForwardGate) -> None:
    for nonsense in ("*", MINE + "\r\nX-Evil: 1", "../admin"):
        assert await gate.check(ADA, nonsense) is Verdict.NOT_FOUND
    assert service.asked[0]["x-conversation-id"] == NO_CONVERSATION
    service.answer = lambda headers: 401
    assert await gate.check(Caller("", "", "192.0.2.8"), "*") is Verdict.NOT_SIGNED_IN


@pytest.mark.parametrize("value", ["a\r\nX-Conversation-Id: b", "a\0", "\u20ac"])
async def test_headers_that_cannot_be_passed_on_are_no_sign_in(gate: ForwardGate, value: str) -> None:
    assert await gate.check(Caller(value, "", "192.0.2.7"), MINE) is Verdict.NOT_SIGNED_IN
    assert await gate.check(Caller("", value, "192.0.2.7"), MINE) is Verdict.NOT_SIGNED_IN


@pytest.mark.parametrize("url", ["", "ftp://a/", "//a/b", "http://", "http://a:b@c/", "http://a:99999/", "http://[/"])
def test_bad_addresses_are_refused(url: str) -> None:
    for asked, public in ((url, ""), ("http://a", url or "x")):
        with pytest.raises(AccessError, match="must") as caught:
            ForwardGate(asked, public_url=public)
        assert "b@" not in str(caught.value)


def test_bad_seconds_and_ca_files_are_refused(tmp_path: Path) -> None:
    for timeout, keep in ((0.0, 5.0), (5.0, 61.0), (float("nan"), 5.0)):
        with pytest.raises(AccessError, match="60 s"):
            ForwardGate("http://a", timeout=timeout, keep=keep)
    for ca, words in ((tmp_path / "absent", "No such file"), (Path(__file__), "holds no certificate")):
        with pytest.raises(AccessError, match=words):
            ForwardGate("https://a", ca=ca)
