"""JWTs signed in the test: what is verified, with which keys, and what a token cannot choose by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chatwatch_tui.relay.access import AccessError, AccessSettings, Caller, Verdict
from chatwatch_tui.relay.access_jwt import JwtGate, JwtRules
from chatwatch_tui.relay.jwt_keys import FileKeys, JwksKeys
from tests.relay.test_access_forward import AuthService, Ticks

MINE = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
OTHER = "00000000-0000-4000-8000-000000000002"
EC_KEY, EC_NEXT = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
RSA_KEY = rsa.generate_private_key(65537, 2048)
SECRET = b"0123456789abcdef" * 4


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(key: ec.EllipticCurvePrivateKey, kid: str, **more: str) -> dict[str, Any]:
    return {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def token(key: Any = EC_KEY, algorithm: str = "ES256", *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good one, but for what is given; a claim of None is left out."""
    content = {"sub": "ada", "exp": time.time() + 600, "conversations": [MINE], **claims}
    return jwt.encode({k: v for k, v in content.items() if v is not None}, key, algorithm, headers=headers)


def forged(header: dict[str, Any], secret: bytes = b"") -> str:
    """As no library would write it; signed with HMAC where a secret is given."""
    claims = {"sub": "ada", "exp": time.time() + 600, "conversations": ["*"]}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    body = b".".join(parts)
    signature = hmac.new(secret, body, hashlib.sha256).digest() if secret else b""
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def bearer(credential: str) -> Caller:
    return Caller(f"Bearer {credential}", "", "192.0.2.1")


def file_gate(path: Path, content: bytes, *algorithms: str, ticks: Ticks | None = None, **rules: Any) -> JwtGate:
    path.write_bytes(content)
    return JwtGate(FileKeys(path, algorithms, ticks=ticks or Ticks()), JwtRules(algorithms=algorithms, **rules))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys"


async def test_claims_say_who_and_what(path: Path) -> None:
    gate = file_gate(path, pem(EC_KEY), "ES256")
    assert await gate.check(bearer(token()), MINE.upper()) is Verdict.ALLOWED
    assert await gate.check(Caller("", f"chatwatch_session={token()}", ""), MINE) is Verdict.ALLOWED
    assert await gate.check(bearer(token()), OTHER) is Verdict.NOT_FOUND
    assert await gate.check(bearer(token()), "*") is Verdict.NOT_FOUND
    for everything in ("*", ["*"], [1, None, "*"]):
        assert await gate.check(bearer(token(conversations=everything)), OTHER) is Verdict.ALLOWED
        assert await gate.check(bearer(token(conversations=everything)), "*") is Verdict.NOT_FOUND
    for nothing in (None, [], MINE, {MINE: True}, [["*"]], 7, ["nonsense", ""]):
        assert await gate.check(bearer(token(conversations=nothing)), MINE) is Verdict.NOT_FOUND
        assert await gate.check(bearer(token(conversations=nothing)), "") is Verdict.NOT_FOUND
    signed = await gate.sign_in(bearer(token(exp=4_000_000_000)))
    assert signed == (Verdict.ALLOWED, "ada", 4_000_000_000)


async def test_claims_may_have_other_names_and_be_nested(path: Path) -> None:
    name = "https://example.org/may.see"
    gate = file_gate(path, pem(EC_KEY), "ES256", user_claim="user.id", conversations_claim=name)
    seen: dict[str, Any] = {name: [MINE], "user": {"id": 7}}
    assert await gate.check(bearer(token(**seen)), MINE) is Verdict.ALLOWED
    for user in ({"id": ""}, {"id": True}, {}, "ada", None):
        seen["user"] = user
        assert await gate.check(bearer(token(**seen)), MINE) is Verdict.NOT_SIGNED_IN


async def test_times_audience_and_issuer(path: Path) -> None:
    gate = file_gate(path, pem(EC_KEY), "ES256", audience="chatwatch", issuer="https://id", leeway=100.0)
    good: dict[str, Any] = {"aud": ["x", "chatwatch"], "iss": "https://id"}
    now = time.time()
    within: list[dict[str, Any]] = [{}, {"exp": now - 10}, {"nbf": now + 10}]
    for more in within:
        assert await gate.check(bearer(token(**{**good, **more})), MINE) is Verdict.ALLOWED
    without: list[dict[str, Any]] = [
        {"exp": None}, {"exp": now - 200}, {"exp": "soon"}, {"nbf": now + 200}, {"iat": now + 200},
        {"aud": "x"}, {"aud": None}, {"iss": "https://other"}, {"iss": None}, {"sub": None},
    ]  # fmt: skip
    for more in without:
        assert await gate.check(bearer(token(**{**good, **more})), MINE) is Verdict.NOT_SIGNED_IN
    for_nobody = file_gate(path, pem(EC_KEY), "ES256")
    assert await for_nobody.check(bearer(token(aud="somebody")), MINE) is Verdict.NOT_SIGNED_IN


async def test_a_token_does_not_choose_how_it_is_verified(path: Path) -> None:
    gate = file_gate(path, pem(RSA_KEY) + pem(EC_KEY) + pem(ED_KEY), "RS256", "ES256", "EdDSA")
    for key, algorithm in ((RSA_KEY, "RS256"), (EC_KEY, "ES256"), (ED_KEY, "EdDSA")):
        assert await gate.check(bearer(token(key, algorithm)), MINE) is Verdict.ALLOWED
    signature = token().rsplit(".", 1)[1]
    for bad in (
        token(RSA_KEY, "RS512"),
        token(RSA_KEY, "PS256"),
        token(EC_NEXT),
        token(SECRET, "HS256"),
        forged({"alg": "none"}),
        forged({"alg": "None"}),
        forged({"alg": None}),
        forged({"alg": ["ES256"]}),
        forged({}),
        forged({"alg": "HS256"}, pem(RSA_KEY)),
        forged({"alg": "HS256"}, pem(EC_KEY).strip()),
        forged({"alg": "ES256", "jwk": jwk(EC_NEXT, "")}) + signature,
        token(EC_NEXT, headers={"jwk": jwk(EC_NEXT, ""), "jku": "https://evil", "x5u": "https://evil"}),
        token(headers={"crit": ["exp"], "exp": 1}),
        token()[:-4] + "AAAA",
        token().replace(".", "..", 1),
        "a.b.c", "....", ".", "cw_x", "é.é.é", "A" * 9_000, "e30.e30.e30",
    ):  # fmt: skip
        assert await gate.check(bearer(bad), MINE) is Verdict.NOT_SIGNED_IN, bad


@pytest.mark.parametrize(
    "algorithms", [(), ("none",), ("RS256", "NONE"), ("HS256", "RS256"), ("ES256", "HS512"), ("XX1",), ("rs256",)]
)
def test_bad_lists_of_algorithms_are_refused(path: Path, algorithms: tuple[str, ...]) -> None:
    path.write_bytes(pem(RSA_KEY))
    for use in (
        lambda: JwtRules(algorithms=algorithms),
        lambda: FileKeys(path, algorithms),
        lambda: JwksKeys("https://id/keys", algorithms),
    ):
        with pytest.raises(AccessError, match="algorithm"):
            use()


def test_bad_keys_addresses_and_settings_are_refused(path: Path) -> None:
    private = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    weak = pem(rsa.generate_private_key(65537, 1024))
    hidden = jwk(EC_KEY, "a", d="c2VjcmV0")
    for content, algorithm, words in (
        (private, "ES256", "private key"),
        (weak, "RS256", "2048"),
        (pem(EC_KEY), "RS256", "no key for RS256"),
        (pem(EC_KEY), "ES384", "no key for ES384"),
        (pem(RSA_KEY), "HS256", "no key for HS256"),
        (SECRET[:31], "HS256", "as long as its hash"),
        (json.dumps(hidden).encode(), "ES256", "no key"),
        (json.dumps(jwk(EC_KEY, "a", use="enc")).encode(), "ES256", "no key"),
        (json.dumps(jwk(EC_KEY, "a", alg="ES512")).encode(), "ES256", "no key"),
        (b"{", "ES256", "cannot be read"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "ES256", "cannot be read"),
    ):
        path.write_bytes(content)
        with pytest.raises(AccessError, match=words):
            FileKeys(path, [algorithm])
    with pytest.raises(AccessError, match="No such file"):
        FileKeys(path.with_name("absent"), ["ES256"])
    for url, algorithm, words in (
        ("http://id.example.org/keys", "ES256", "https"),
        ("https://id/keys", "HS256", "file"),
        ("ftp://id/", "ES256", "JWKS address"),
    ):
        with pytest.raises(AccessError, match=words):
            JwksKeys(url, [algorithm])
    for key, address in ((None, ""), (path, "https://id/keys")):
        with pytest.raises(AccessError, match="one of the two"):
            JwtGate.from_settings(AccessSettings(mode="jwt", jwt_key=key, jwt_jwks=address))
    with pytest.raises(AccessError, match="leeway"):
        JwtRules(algorithms=("ES256",), leeway=-1)


async def test_secrets_from_a_file_and_as_a_key(path: Path) -> None:
    good = bearer(token(SECRET, "HS256"))
    as_key = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).decode().rstrip("="), "alg": "HS256"}
    for content in (SECRET + b"\n", json.dumps({"keys": [as_key]}).encode()):
        gate = file_gate(path, content, "HS256")
        (key,) = await FileKeys(path, ["HS256"]).candidates("", "HS256")
        assert SECRET.decode() not in repr(key)
        assert await gate.check(good, MINE) is Verdict.ALLOWED
        assert await gate.check(bearer(token(SECRET + b"x", "HS256")), MINE) is Verdict.NOT_SIGNED_IN


async def test_a_key_file_is_read_again_when_it_changes(path: Path) -> None:
    ticks = Ticks()
    gate = file_gate(path, pem(EC_KEY), "ES256", ticks=ticks)
    file_gate(path, pem(EC_NEXT), "ES256")
    ticks.at += 1
    assert await gate.check(bearer(token(EC_NEXT)), MINE) is Verdict.ALLOWED
    assert await gate.check(bearer(token()), MINE) is Verdict.NOT_SIGNED_IN


class Published(AuthService):
    """A JWKS address."""

    def publish(self, *keys: dict[str, Any]) -> None:
        self.answer = lambda headers: 200
        self.body = json.dumps({"keys": list(keys)}).encode()


@pytest.fixture
async def published() -> AsyncIterator[Published]:
    async with Published() as running:
        running.publish({"kty": "RSA", "use": "enc"}, {"kty": "?"}, jwk(EC_KEY, "old"))
        yield running


@pytest.fixture
async def at(published: Published) -> AsyncIterator[tuple[JwtGate, Ticks]]:
    ticks = Ticks()
    keys = JwksKeys(published.url, ["ES256"], refresh_every=30, max_age=300, give_up=3_000, ticks=ticks, timeout=2)
    gate = JwtGate(keys, JwtRules(algorithms=("ES256",)))
    yield gate, ticks
    await gate.close()


OLD, NEW = {"kid": "old"}, {"kid": "new"}


async def test_published_keys_are_fetched_once_and_for_new_names_now_and_then(
    published: Published, at: tuple[JwtGate, Ticks]
) -> None:
    gate, ticks = at
    for _ in range(3):
        assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.ALLOWED
        assert await gate.check(bearer(token()), MINE) is Verdict.ALLOWED  # names no key
    published.publish(jwk(EC_KEY, "old"), jwk(EC_NEXT, "new"))
    for _ in range(3):
        assert await gate.check(bearer(token(EC_NEXT, headers=NEW)), MINE) is Verdict.NOT_SIGNED_IN
    assert len(published.asked) == 1
    ticks.at += 30
    assert await gate.check(bearer(token(EC_NEXT, headers=NEW)), MINE) is Verdict.ALLOWED
    assert await gate.check(bearer(token(EC_KEY, headers=NEW)), MINE) is Verdict.NOT_SIGNED_IN
    assert len(published.asked) == 2


async def test_a_key_that_is_published_no_more_ends(published: Published, at: tuple[JwtGate, Ticks]) -> None:
    gate, ticks = at
    assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.ALLOWED
    published.publish()
    ticks.at += 301
    await gate.check(bearer(token(headers=OLD)), MINE)
    await published.asked_times(2)
    assert await gate.check(bearer(token(headers={"kid": "any"})), MINE) is Verdict.NOT_SIGNED_IN  # waits for the fetch
    assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.NOT_SIGNED_IN


async def test_a_dead_address_lets_nobody_new_in(
    published: Published, at: tuple[JwtGate, Ticks], caplog: pytest.LogCaptureFixture
) -> None:
    gate, ticks = at
    published.answer = lambda headers: 500
    assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.UNAVAILABLE
    assert await gate.check(bearer(token()), MINE) is Verdict.UNAVAILABLE
    assert await gate.check(bearer("nonsense"), MINE) is Verdict.NOT_SIGNED_IN
    published.publish(jwk(EC_KEY, "old"))
    ticks.at += 30
    assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.ALLOWED
    for body in (b"{", b"[]", b'{"keys": 1}', b"x" * 1_100_000):
        published.body = body
        ticks.at += 301
        assert await gate.check(bearer(token(EC_NEXT, headers=NEW)), MINE) is Verdict.UNAVAILABLE
        assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.ALLOWED
    ticks.at += 3_000
    assert await gate.check(bearer(token(headers=OLD)), MINE) is Verdict.UNAVAILABLE
    assert len(caplog.messages) == 2
