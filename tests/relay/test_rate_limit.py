"""The limit on failed sign-ins: whom it hits, whom it must not hit, and that it stays small."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatwatch_tui.relay.access import AccessError, Caller, Verdict
from chatwatch_tui.relay.rate_limit import FailureLimiter, RateLimited

ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"


class Ticks:
    """Time that stands until a test moves it."""

    at = 1_000.0

    def __call__(self) -> float:
        return self.at


class Listed:
    """A gate that knows which headers are good."""

    def __init__(self) -> None:
        self.verdicts = {"Bearer good": Verdict.ALLOWED, "Bearer stranger": Verdict.NOT_FOUND}
        self.asked = 0
        self.closed = False

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        self.asked += 1
        return self.verdicts.get(caller.authorization, Verdict.NOT_SIGNED_IN)

    async def close(self) -> None:
        self.closed = True


def caller(credential: str, address: str = "192.0.2.1", cookie: str = "") -> Caller:
    return Caller(f"Bearer {credential}" if credential else "", cookie, address)


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def inner() -> Listed:
    return Listed()


@pytest.fixture
def limited(inner: Listed, ticks: Ticks) -> Callable[..., RateLimited]:
    limiter = FailureLimiter(3, 6, ticks=ticks)
    return lambda *, guessable: RateLimited(inner, limiter, guessable=guessable, ticks=ticks)


async def test_failures_are_limited_per_address(limited: Callable[..., RateLimited], ticks: Ticks) -> None:
    gate = limited(guessable=False)
    said = [await gate.check(caller("bad"), ID) for _ in range(4)]
    assert said == [Verdict.NOT_SIGNED_IN] * 3 + [Verdict.TOO_MANY]
    assert await gate.check(caller("bad", "192.0.2.2"), ID) is Verdict.NOT_SIGNED_IN
    ticks.at += 20  # two more at 6 a minute: one pays for the fourth
    said = [await gate.check(caller("bad"), ID) for _ in range(2)]
    assert said == [Verdict.NOT_SIGNED_IN, Verdict.TOO_MANY]


async def test_what_is_good_is_never_limited_nor_counted(limited: Callable[..., RateLimited]) -> None:
    gate = limited(guessable=False)
    for _ in range(20):
        assert await gate.check(caller("good"), ID) is Verdict.ALLOWED
        assert await gate.check(caller("stranger"), ID) is Verdict.NOT_FOUND
    for _ in range(20):
        await gate.check(caller("bad"), ID)
    assert await gate.check(caller("bad"), ID) is Verdict.TOO_MANY
    assert await gate.check(caller("good"), ID) is Verdict.ALLOWED
    assert await gate.check(caller("stranger"), ID) is Verdict.NOT_FOUND


@pytest.mark.parametrize("guessable", [False, True])
async def test_nothing_presented_is_no_attempt(limited: Callable[..., RateLimited], guessable: bool) -> None:
    gate = limited(guessable=guessable)
    for _ in range(20):
        assert await gate.check(caller("", cookie="" if guessable else "theme=dark"), ID) is Verdict.NOT_SIGNED_IN


async def test_a_dead_gate_is_nobodys_failure(limited: Callable[..., RateLimited], inner: Listed) -> None:
    inner.verdicts["Bearer bad"] = Verdict.UNAVAILABLE
    for guessable in (False, True):
        gate = limited(guessable=guessable)
        assert {await gate.check(caller("bad"), ID) for _ in range(20)} == {Verdict.UNAVAILABLE}


async def test_what_can_be_guessed_is_not_even_asked(
    limited: Callable[..., RateLimited], inner: Listed, ticks: Ticks
) -> None:
    gate = limited(guessable=True)
    assert await gate.check(caller("good"), ID) is Verdict.ALLOWED
    for _ in range(3):
        assert await gate.check(caller("", cookie="password=guess"), ID) is Verdict.NOT_SIGNED_IN
    asked = inner.asked
    assert await gate.check(caller("bad"), ID) is Verdict.TOO_MANY
    assert await gate.check(caller("stranger"), ID) is Verdict.TOO_MANY
    assert inner.asked == asked
    assert await gate.check(caller("good"), ID) is Verdict.ALLOWED  # was let in before
    assert await gate.check(caller("good", "192.0.2.2"), ID) is Verdict.ALLOWED

    inner.verdicts.pop("Bearer good")
    assert await gate.check(caller("good"), ID) is Verdict.TOO_MANY  # asked, and forgotten
    asked = inner.asked
    assert await gate.check(caller("good"), ID) is Verdict.TOO_MANY
    assert inner.asked == asked
    ticks.at += 60
    assert await gate.check(caller("stranger"), ID) is Verdict.NOT_FOUND


async def test_credentials_are_remembered_for_an_hour(limited: Callable[..., RateLimited], ticks: Ticks) -> None:
    gate = limited(guessable=True)
    await gate.check(caller("good"), ID)
    ticks.at += 3_600
    for _ in range(3):
        await gate.check(caller("bad"), ID)
    assert await gate.check(caller("good"), ID) is Verdict.TOO_MANY


def test_attempts_side_by_side_are_all_paid_for(ticks: Ticks) -> None:
    limiter = FailureLimiter(3, 6, ticks=ticks)
    assert [limiter.failed("192.0.2.1") for _ in range(30)] == [False] * 3 + [True] * 27
    assert limiter.wait("192.0.2.1") == 280  # 27 owed and one more, one in ten seconds
    ticks.at += 279
    assert limiter.exhausted("192.0.2.1")
    ticks.at += 1.001
    assert not limiter.exhausted("192.0.2.1")
    assert limiter.wait("192.0.2.9") == 1
    for _ in range(10_000):
        limiter.failed("192.0.2.1")
    assert limiter.wait("192.0.2.1") <= 3_600


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "unix", False),
        ("x" * 70, "x" * 80, True),
    ],
)
def test_what_counts_as_one_address(ticks: Ticks, one: str, two: str, same: bool) -> None:
    limiter = FailureLimiter(1, 1, ticks=ticks)
    limiter.failed(one)
    assert limiter.exhausted(two) is same


def test_memory_is_bounded_and_the_quiet_are_forgiven_first(ticks: Ticks) -> None:
    limiter = FailureLimiter(1, 1, max_addresses=100, ticks=ticks)
    for number in range(1_000):
        limiter.failed("192.0.2.1")
        limiter.failed(f"2001:db8:0:{number:x}::1")
    assert len(limiter) == 100
    assert limiter.exhausted("192.0.2.1")
    assert limiter.exhausted("2001:db8:0:3e7::1")
    assert not limiter.exhausted("2001:db8:0:1::1")


@pytest.mark.parametrize(("burst", "per_minute"), [(0, 1.0), (1, 0.0), (1, -1.0), (1, float("nan")), (1, float("inf"))])
def test_limits_that_make_no_sense_are_refused(burst: int, per_minute: float) -> None:
    with pytest.raises(AccessError, match="per minute"):
        FailureLimiter(burst, per_minute)


async def test_closing_closes_the_gate(limited: Callable[..., RateLimited], inner: Listed) -> None:
    await limited(guessable=True).close()
    assert inner.closed
