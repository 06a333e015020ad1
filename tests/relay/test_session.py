"""The page's cookie: what it is exchanged for, how long it lives, what ends it, and what it gives away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatwatch_tui.relay.access import AccessError, AccessSettings, Caller, SignIn, Verdict, open_gate
from chatwatch_tui.relay.access_tokens import TokenGate, add_token, revoke_token
from chatwatch_tui.relay.rate_limit import FailureLimiter
from chatwatch_tui.relay.session import Opened, SessionStore, WithSessions, session_secret

MINE = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
OTHER = "00000000-0000-4000-8000-000000000002"
SECRET = b"shared by processes side by side"


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def bearer(token: str) -> Caller:
    return Caller(f"Bearer {token}", "", "192.0.2.1")


def with_cookie(value: str) -> Caller:
    return Caller("", f"theme=dark; chatwatch_session={value}", "192.0.2.1")


class House:
    """A tokens file, its gate and its sessions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock, self.ticks = Clock(), Clock()
        self.token = add_token(path, "ada", owns=[MINE]).token
        self.gate = TokenGate(path, clock=self.clock, ticks=self.ticks)
        self.limiter = FailureLimiter(2, 1, ticks=self.ticks)
        self.sessions = self.another()
        self.front = WithSessions(self.gate, self.sessions)

    def another(self, secret: bytes = SECRET, max_closed: int = 100) -> SessionStore:
        """The sessions of one more process."""
        return SessionStore(
            self.gate, secret=secret, life=600, limiter=self.limiter, clock=self.clock, max_closed=max_closed
        )

    async def opened(self) -> str:
        """The value of a new session's cookie."""
        opened = await self.sessions.open(bearer(self.token))
        assert opened.verdict is Verdict.ALLOWED
        return opened.value

    async def check(self, value: str, conversation: str = MINE) -> Verdict:
        return await self.front.check(with_cookie(value), conversation)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "tokens.json")


async def test_a_cookie_stands_for_its_token_for_a_while(house: House) -> None:
    opened = await house.sessions.open(bearer(house.token))
    assert opened.seconds == 600
    assert await house.check(opened.value) is Verdict.ALLOWED
    assert await house.check(opened.value, OTHER) is Verdict.NOT_FOUND
    house.clock.at += 599
    assert await house.check(opened.value) is Verdict.ALLOWED
    house.clock.at += 1
    assert await house.check(opened.value) is Verdict.NOT_SIGNED_IN


async def test_the_token_is_not_in_the_cookie_nor_in_a_repr(house: House) -> None:
    one, two = await house.opened(), await house.opened()
    assert one != two
    _, identity, secret = house.token.split("_", 2)
    assert identity not in one
    assert secret not in one
    assert one not in repr(Opened(Verdict.ALLOWED, one, 600))


async def test_the_headers_keep_it_from_scripts_and_other_sites(house: House) -> None:
    opened = await house.sessions.open(bearer(house.token))
    assert house.sessions.set_cookie(opened, path="/live") == (
        f"chatwatch_session={opened.value}; Max-Age=600; Path=/live; HttpOnly; SameSite=Strict; Secure"
    )
    assert house.sessions.clear_cookie(secure=False) == (
        "chatwatch_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
    )


async def test_revoking_the_token_ends_it(house: House) -> None:
    value = await house.opened()
    revoke_token(house.path, house.token)
    house.ticks.at += 1
    assert await house.check(value) is Verdict.NOT_SIGNED_IN


async def test_it_does_not_outlive_the_token(house: House) -> None:
    now = datetime.fromtimestamp(house.clock.at, UTC)
    ends = datetime.fromtimestamp(house.clock.at + 100, UTC)
    short = add_token(house.path, "ada", expires=ends, now=now).token
    house.ticks.at += 1
    assert (await house.sessions.open(bearer(short))).seconds == 100
    house.clock.at += 99.5
    assert (await house.sessions.open(bearer(short))).verdict is Verdict.NOT_SIGNED_IN


async def test_signing_out_ends_this_one_and_no_other(house: House) -> None:
    one, two = await house.opened(), await house.opened()
    house.sessions.close(one)
    for nonsense in ("", "cws.", "cws.AAAA", one, house.token):
        house.sessions.close(nonsense)
    assert await house.check(one) is Verdict.NOT_SIGNED_IN
    assert await house.check(two) is Verdict.ALLOWED


async def test_what_is_remembered_of_closed_ones_is_bounded(house: House) -> None:
    house.sessions = house.another(max_closed=3)
    house.front = WithSessions(house.gate, house.sessions)
    values = [await house.opened() for _ in range(5)]
    for value in values:
        house.sessions.close(value)
    assert [await house.check(value) for value in values] == [Verdict.ALLOWED] * 2 + [Verdict.NOT_SIGNED_IN] * 3
    house.clock.at += 600
    assert {await house.check(value) for value in values} == {Verdict.NOT_SIGNED_IN}


async def test_another_process_with_the_same_key_takes_it_and_one_with_another_does_not(house: House) -> None:
    value = await house.opened()
    for secret, verdict in (
        (SECRET, Verdict.ALLOWED),
        (b"x" * 32, Verdict.NOT_SIGNED_IN),
        (b"", Verdict.NOT_SIGNED_IN),
    ):
        assert await WithSessions(house.gate, house.another(secret)).check(with_cookie(value), MINE) is verdict


async def test_a_sealed_value_is_a_cookie_only_and_cannot_be_changed(house: House) -> None:
    value = await house.opened()
    assert await house.front.check(bearer(value), MINE) is Verdict.NOT_SIGNED_IN
    assert await house.front.check(Caller("Bearer wrong", with_cookie(value).cookie, ""), MINE) is Verdict.NOT_SIGNED_IN
    assert await house.front.check(Caller("Basic YTpi", with_cookie(value).cookie, ""), MINE) is Verdict.ALLOWED
    middle = len(value) // 2
    changed = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
    for bad in (changed, value[:-8], "cws." + "A" * 5_000, "cws.é", value.removeprefix("cws.")):
        assert await house.check(bad) is Verdict.NOT_SIGNED_IN
    assert await house.check(house.token) is Verdict.ALLOWED  # the cookie may hold a bare token, too


async def test_a_session_opens_no_session_and_failures_are_limited(house: House) -> None:
    value = await house.opened()
    for _ in range(9):
        assert (await house.sessions.open(with_cookie(value))).verdict is Verdict.NOT_SIGNED_IN
        assert (await house.sessions.open(with_cookie(house.token))).verdict is Verdict.NOT_SIGNED_IN
    said = [(await house.sessions.open(bearer(bad))).verdict for bad in ("wrong", value, "wrong")]
    assert said == [Verdict.NOT_SIGNED_IN, Verdict.NOT_SIGNED_IN, Verdict.TOO_MANY]
    assert (await house.sessions.open(bearer(house.token))).verdict is Verdict.ALLOWED


class Dead:
    """A gate whose keys cannot be had, or that knows one long token."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    async def sign_in(self, caller: Caller) -> SignIn:
        return SignIn(self.verdict, "ada")

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        return self.verdict

    async def close(self) -> None:
        pass


async def test_a_dead_gate_opens_nothing_and_a_long_token_has_no_room(house: House) -> None:
    dead = SessionStore(Dead(Verdict.UNAVAILABLE), limiter=house.limiter)
    for _ in range(9):
        assert (await dead.open(bearer("any"))).verdict is Verdict.UNAVAILABLE
    roomy = SessionStore(Dead(Verdict.ALLOWED))
    assert len((await roomy.open(bearer("x" * 2_000))).value) < 3_800
    with pytest.raises(AccessError, match="too long"):
        await roomy.open(bearer("x" * 4_000))


async def test_processes_that_share_the_tokens_file_share_sessions(tmp_path: Path, house: House) -> None:
    settings = AccessSettings(mode="tokens", tokens=house.path)
    one, two = open_gate(settings, "0.0.0.0"), open_gate(settings, "0.0.0.0")
    assert one.sessions is not None
    value = (await one.sessions.open(bearer(house.token))).value
    assert await two.gate.check(with_cookie(value), MINE) is Verdict.ALLOWED

    key = tmp_path / "key"
    key.write_text("0123456789abcdef" * 4 + "\n")
    three = open_gate(AccessSettings(mode="tokens", tokens=house.path, session_key=key), "::")
    assert await three.gate.check(with_cookie(value), MINE) is Verdict.NOT_SIGNED_IN
    for access in (one, two, three):
        await access.gate.close()


def test_bad_settings_are_refused(tmp_path: Path, house: House) -> None:
    for cookie in ("", "a b", "a;b", "a=b", "ä"):
        with pytest.raises(AccessError, match="cookie"):
            SessionStore(house.gate, cookie=cookie)
    for life in (0.0, float("nan"), 1e9):
        with pytest.raises(AccessError, match="life"):
            SessionStore(house.gate, life=life)
    (tmp_path / "short").write_text("secret")
    for name, words in (("short", "too short"), ("absent", "No such file")):
        with pytest.raises(AccessError, match=words):
            session_secret(tmp_path / name)
    assert session_secret(None) == b""
