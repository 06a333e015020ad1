"""What the endpoint makes of access control's verdicts: statuses, three 404s that are one, streams that end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chatwatch_tui.relay.access import Caller, Verdict
from chatwatch_tui.relay.app import NOBODYS_ID
from tests.broker import RealBroker
from tests.relay.serving import FakeGate, requesting, serving, watch_path, watching
from tests.sources.harness import A, B, C, chunk, publisher

NONSENSE = [
    "x",
    "",
    "%20",
    "..%2F..",
    "a/b",
    "%00",
    "%0d%0aX: y",
    "*",
    ">",
    f"%7B{A}%7D",
    f"urn:uuid:{A}",
    f"{A}%0a",
    f"{A}0",
]


class OwnersGate(FakeGate):
    """A belongs to the caller with the good token, B to somebody else, and nothing else exists."""

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        await super().check(caller, conversation_id)
        if caller.authorization != "Bearer good":
            return Verdict.NOT_SIGNED_IN
        return Verdict.ALLOWED if conversation_id == A else Verdict.NOT_FOUND


def told(answer: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything that a caller sees, but for the clock."""
    return answer.status_code, answer.content, [pair for pair in answer.headers.items() if pair[0] != "date"]


@pytest.mark.parametrize("gate", [OwnersGate(), FakeGate(Verdict.ALLOWED)])
async def test_unknown_foreign_and_nonsense_are_one_404(broker: RealBroker, gate: FakeGate) -> None:
    signed_in = {"Authorization": "Bearer good"}
    with serving(broker.url, gate=gate) as served:
        expected = 404, b'{"detail":"Not Found"}'
        answers = [told(served.get(watch_path(asked), headers=signed_in)) for asked in NONSENSE]
        if isinstance(gate, OwnersGate):
            answers += [told(served.get(watch_path(asked), headers=signed_in)) for asked in (B, C)]
        assert answers[0][:2] == expected
        assert all(answer == answers[0] for answer in answers)
        assert served.figure('refusals_total{reason="not_found"}') == len(answers)
        assert served.fanout.conversations == 0
    asked_for_nonsense = [conversation for _, conversation in gate.asked[: len(NONSENSE)]]
    assert asked_for_nonsense == [NOBODYS_ID] * len(NONSENSE), "the same work for nonsense as for an id"


async def test_who_is_not_signed_in_learns_nothing(broker: RealBroker) -> None:
    with serving(broker.url, gate=OwnersGate()) as served:
        answers = [told(served.get(watch_path(asked))) for asked in (A, B, C, *NONSENSE)]
        assert answers[0][:2] == (401, b'{"detail":"Not signed in"}')
        assert ("www-authenticate", "Bearer") in answers[0][2]
        assert all(answer == answers[0] for answer in answers)
        async with watching(served, A, "Authorization: Bearer good") as viewer:
            assert viewer.body == b":ok\n\n"


async def test_credentials_are_taken_from_headers_only(broker: RealBroker) -> None:
    gate = FakeGate(Verdict.NOT_FOUND)
    with serving(broker.url, gate=gate) as served:
        served.get(watch_path() + "?authorization=Bearer%20x&token=x&access_token=x&cookie=a%3D1&chatwatch_session=x")
        served.get(headers={"Authorization": "Bearer y", "Cookie": "a=1; b=2"})
        served.get(headers=[("Authorization", "Bearer y"), ("Authorization", "Bearer z")])
        served.get(headers={"X-Forwarded-For": "203.0.113.9"})
    assert [caller for caller, _ in gate.asked] == [
        Caller("", "", "127.0.0.1"),
        Caller("Bearer y", "a=1; b=2", "127.0.0.1"),
        Caller("Bearer y, Bearer z", "", "127.0.0.1"),
        Caller("", "", "203.0.113.9"),
    ]


async def test_who_is_no_trusted_proxy_cannot_choose_an_address(broker: RealBroker) -> None:
    gate = FakeGate(Verdict.NOT_FOUND)
    with serving(broker.url, gate=gate, trusted_proxies=("192.0.2.1",)) as served:
        served.get(headers={"X-Forwarded-For": "203.0.113.9"})
    assert gate.asked[0][0].address == "127.0.0.1"


@pytest.mark.parametrize(
    ("verdict", "status", "headers"),
    [
        (Verdict.NOT_SIGNED_IN, 401, {"www-authenticate": "Bearer"}),
        (Verdict.NOT_FOUND, 404, {}),
        (Verdict.TOO_MANY, 429, {"retry-after": "60"}),
        (Verdict.UNAVAILABLE, 503, {"retry-after": "5"}),
    ],
)
async def test_each_verdict_has_its_status(
    broker: RealBroker, verdict: Verdict, status: int, headers: dict[str, str]
) -> None:
    with serving(broker.url, gate=FakeGate(verdict)) as served:
        answer = served.get()
        assert answer.status_code == status
        assert headers.items() <= dict(answer.headers).items()
        assert list(answer.json()) == ["detail"]
        reason = re.sub("_failed.*", "", verdict.value.replace(" ", "_"))
        assert served.figure(f'refusals_total{{reason="{reason}"}}') == 1
        assert served.fanout.conversations == 0


async def test_a_gate_that_fails_lets_nobody_in(broker: RealBroker) -> None:
    class Broken(FakeGate):
        async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
            raise KeyError("secret")

    with serving(broker.url, gate=Broken()) as served:
        assert served.get().status_code == 503
        assert served.get(watch_path("nonsense")).status_code == 503


async def test_only_get(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with requesting(served) as viewer:
            assert b" 200 " in await viewer.read_head()
        for method in ("POST", "PUT", "DELETE"):
            assert served.get(method=method).status_code == 405


async def test_no_more_viewers_than_allowed(broker: RealBroker) -> None:
    with serving(broker.url, max_viewers=2) as served:
        async with watching(served):
            async with watching(served, B):
                answer = served.get()
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            await served.until(lambda: served.fanout.viewer_count == 1)
            async with watching(served, C):
                pass


@pytest.mark.parametrize("verdict", [Verdict.NOT_FOUND, Verdict.NOT_SIGNED_IN, Verdict.UNAVAILABLE, Verdict.TOO_MANY])
async def test_withdrawn_access_ends_a_running_stream(broker: RealBroker, verdict: Verdict) -> None:
    gate = FakeGate()
    with serving(broker.url, gate=gate, recheck=0.1) as served:
        async with watching(served) as viewer, watching(served, B) as other:
            await served.until(lambda: len(gate.asked) >= 8)  # asked again while all is well, and the stream goes on
            before = len(gate.asked)
            gate.verdict = verdict
            assert await viewer.until_end() == b":ok\n\n", "no word of why, and nothing after it"
            await other.until_end()
            # A no is one at once; only where nobody answers the last yes holds for a while.
            assert (len(gate.asked) - before <= 2) == (verdict is not Verdict.UNAVAILABLE)
        await served.until(lambda: served.fanout.conversations == 0)


async def test_a_short_silence_of_access_control_ends_nothing(broker: RealBroker) -> None:
    class Flaky(FakeGate):
        async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
            await super().check(caller, conversation_id)
            return Verdict.UNAVAILABLE if len(self.asked) % 2 == 0 else Verdict.ALLOWED

    gate = Flaky()
    with serving(broker.url, gate=gate, recheck=0.2) as served:
        async with watching(served) as viewer, publisher(broker) as out:
            await served.until(lambda: len(gate.asked) >= 12)
            out.publish(chunk(A), b"{}")
            await viewer.until_events(1)


async def test_the_gate_is_closed_with_the_endpoint(broker: RealBroker) -> None:
    gate = FakeGate()
    with serving(broker.url, gate=gate):
        assert not gate.closed
    assert gate.closed
