"""Every mode, every kind of caller, every kind of conversation, as the settings put the gates together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatwatch_tui.relay.access import (
    Access,
    AccessError,
    AccessSettings,
    Caller,
    Verdict,
    is_loopback,
    open_gate,
    require_loopback,
)
from chatwatch_tui.relay.access_tokens import add_token, revoke_token
from tests.relay.test_access_forward import AuthService

KNOWN = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
THEIRS = "00000000-0000-4000-8000-000000000003"
CONVERSATIONS = {"known": KNOWN, "unknown": "00000000-0000-4000-8000-000000000002", "no id": "chat.*"}
GOOD = ("owner", "viewer", "stranger")
BAD = ("revoked", "expired", "wrong algorithm", "malformed")
CALLERS = ("nobody", *GOOD, *BAD)
MODES = ("none", "tokens", "forward", "jwt")


def expected(mode: str, caller: str, conversation: str) -> Verdict:
    """The law, in one place."""
    if mode == "none":
        return Verdict.NOT_FOUND if conversation == "no id" else Verdict.ALLOWED
    if caller not in GOOD:
        return Verdict.NOT_SIGNED_IN
    return Verdict.ALLOWED if caller in ("owner", "viewer") and conversation == "known" else Verdict.NOT_FOUND


def tokens_mode(folder: Path) -> tuple[AccessSettings, dict[str, str]]:
    path = folder / "tokens.json"
    past = datetime(2020, 1, 1, tzinfo=UTC)
    given = {
        "owner": add_token(path, "owner", owns=[KNOWN]).token,
        "viewer": add_token(path, "viewer", views=[KNOWN]).token,
        "stranger": add_token(path, "stranger", owns=[THEIRS]).token,
        "revoked": add_token(path, "owner").token,
        "expired": add_token(path, "owner", now=past, expires=past + timedelta(days=1)).token,
        "wrong algorithm": jwt.encode({"sub": "owner"}, "x" * 32, "HS256"),
        "malformed": "cw_owner",
    }
    revoke_token(path, given["revoked"])
    return AccessSettings(mode="tokens", tokens=path), given


def jwt_mode(folder: Path) -> tuple[AccessSettings, dict[str, str]]:
    """What is revoked was signed by a key that is withdrawn: there is no other way to end a JWT early."""
    key, withdrawn = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    path = folder / "key.pem"
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def signed(conversation: str, signer: ec.EllipticCurvePrivateKey = key, seconds: float = 600) -> str:
        claims = {"sub": "somebody", "exp": time.time() + seconds, "conversations": [conversation]}
        return jwt.encode(claims, signer, "ES256")

    given = {
        "owner": signed(KNOWN),
        "viewer": signed(KNOWN.upper()),
        "stranger": signed(THEIRS),
        "revoked": signed(KNOWN, withdrawn),
        "expired": signed(KNOWN, seconds=-600),
        "wrong algorithm": jwt.encode(
            {"sub": "owner", "exp": time.time() + 600, "conversations": ["*"]}, "x" * 32, "HS256"
        ),
        "malformed": signed(KNOWN)[:-10],
    }
    return AccessSettings(mode="jwt", jwt_key=path, jwt_algorithms=("ES256",)), given


def forward_mode(service: AuthService) -> tuple[AccessSettings, dict[str, str]]:
    """Somebody else's sign-in, which says 403 or 404 as it likes."""

    def answer(headers: dict[str, str]) -> int:
        presented = headers.get("authorization", "") + headers.get("cookie", "")
        who = next((name for name in GOOD if presented.endswith(name)), None)
        if who is None:
            return 401
        if who == "stranger":
            return 403
        return 204 if headers["x-conversation-id"] == KNOWN else 404

    service.answer = answer
    return AccessSettings(mode="forward", forward_url=service.url), {name: name for name in (*GOOD, *BAD)}


@pytest.fixture(params=MODES)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Access, dict[str, str]]]:
    """The mode, its gate, and what each caller presents."""
    async with AuthService() as service:
        given = {name: name for name in (*GOOD, *BAD)}
        settings = AccessSettings(mode="none")
        if request.param == "tokens":
            settings, given = tokens_mode(tmp_path)
        elif request.param == "jwt":
            settings, given = jwt_mode(tmp_path)
        elif request.param == "forward":
            settings, given = forward_mode(service)
        access = open_gate(settings, "127.0.0.1")
        yield request.param, access, given
        await access.gate.close()


@pytest.mark.parametrize("carrier", ["bearer", "cookie"])
@pytest.mark.parametrize("who", CALLERS)
async def test_the_matrix(house: tuple[str, Access, dict[str, str]], who: str, carrier: str) -> None:
    mode, access, given = house
    caller = Caller("", "", "192.0.2.1")
    if who != "nobody":
        caller = (
            caller._replace(authorization=f"Bearer {given[who]}")
            if carrier == "bearer"
            else caller._replace(cookie=f"chatwatch_session={given[who]}")
        )
    for conversation, conversation_id in CONVERSATIONS.items():
        assert await access.gate.check(caller, conversation_id) is expected(mode, who, conversation), conversation


@pytest.mark.parametrize("who", [*GOOD, *BAD])
async def test_the_matrix_by_the_pages_session(house: tuple[str, Access, dict[str, str]], who: str) -> None:
    mode, access, given = house
    if access.sessions is None:
        assert mode in ("none", "forward")  # no bearer tokens of ours to exchange
        return
    opened = await access.sessions.open(Caller(f"Bearer {given[who]}", "", "192.0.2.1"))
    assert opened.verdict is (Verdict.ALLOWED if who in GOOD else Verdict.NOT_SIGNED_IN)
    caller = Caller("", f"chatwatch_session={opened.value}", "192.0.2.1")
    for conversation, conversation_id in CONVERSATIONS.items():
        assert await access.gate.check(caller, conversation_id) is expected(mode, who, conversation), conversation


async def test_who_fails_too_often_hears_so_and_good_ones_beside_them_do_not(
    house: tuple[str, Access, dict[str, str]],
) -> None:
    mode, access, given = house
    owner, bad = (Caller(f"Bearer {given[who]}", "", "192.0.2.1") for who in ("owner", "malformed"))
    assert await access.gate.check(owner, KNOWN) is Verdict.ALLOWED
    said = [await access.gate.check(bad, KNOWN) for _ in range(12)]
    assert await access.gate.check(owner, KNOWN) is Verdict.ALLOWED
    if mode != "none":
        assert said == [Verdict.NOT_SIGNED_IN] * 10 + [Verdict.TOO_MANY] * 2
        assert 1 <= access.retry_after("192.0.2.1") <= 60
        assert await access.gate.check(bad._replace(address="192.0.2.2"), KNOWN) is Verdict.NOT_SIGNED_IN


@pytest.mark.parametrize("who", CALLERS)
async def test_an_authority_that_is_not_there_lets_nobody_in(who: str) -> None:
    nowhere = "http://127.0.0.1:1/"
    header = f"Bearer {who}" if who != "nobody" else ""
    for settings in (
        AccessSettings(mode="forward", forward_url=nowhere),
        AccessSettings(mode="jwt", jwt_jwks=nowhere, jwt_algorithms=("ES256",)),
    ):
        access = open_gate(settings, "0.0.0.0")
        if settings.mode == "jwt" and header:
            header = f"Bearer {jwt.encode({'sub': who}, ec.generate_private_key(ec.SECP256R1()), 'ES256')}"
        nobody = settings.mode == "jwt" and who == "nobody"
        for conversation_id in CONVERSATIONS.values():
            said = await access.gate.check(Caller(header, "", "192.0.2.1"), conversation_id)
            assert said is (Verdict.NOT_SIGNED_IN if nobody else Verdict.UNAVAILABLE)
        await access.gate.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_mode_none_is_for_loopback(host: str) -> None:
    assert is_loopback(host)
    assert open_gate(AccessSettings(mode="none"), host).sessions is None


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.1", "example.org", "localhost.example.org", "127.1"])
def test_mode_none_is_for_nothing_else(host: str) -> None:
    with pytest.raises(AccessError, match="loopback only"):
        require_loopback(host)
    with pytest.raises(AccessError, match="--access tokens"):
        open_gate(AccessSettings(mode="none"), host)


def test_what_a_mode_needs_is_asked_for() -> None:
    for mode, words in (("tokens", "--tokens"), ("forward", "http://"), ("jwt", "keys")):
        with pytest.raises(AccessError, match=words):
            open_gate(AccessSettings(mode=mode), "127.0.0.1")  # type: ignore[arg-type]
