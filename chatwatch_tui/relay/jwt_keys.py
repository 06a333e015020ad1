"""Where the keys of JSON Web Tokens come from, and what each may be used for.

The operator fixes the algorithms; each key is tied to those of them that its kind can serve. Secrets (HMAC) and public
keys never stand in one list, where a public key could be taken for a secret.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chatwatch_tui.relay.access import AccessError, is_loopback
from chatwatch_tui.relay.access_forward import checked_url, http_client
from chatwatch_tui.relay.watched_file import WatchedFile

log = logging.getLogger(__name__)

_HMAC = {"HS256": 32, "HS384": 48, "HS512": 64}
"""And the bytes that a secret must have at least."""
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512", "secp256k1": "ES256K"}
_PUBLIC = (*_RSA, *_CURVES.values(), "EdDSA")
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
MAX_KEYS_SIZE = 1_000_000
MAX_TRIED = 8
"""Keys tried for a token that names none."""


class KeysUnavailable(Exception):
    """The keys cannot be had just now."""


class Key(NamedTuple):
    """A key and what it may be used for. The repr hides the key, which may be a secret."""

    kid: str
    material: Any
    algorithms: frozenset[str]

    def __repr__(self) -> str:
        return f"Key(kid={self.kid!r}, algorithms={sorted(self.algorithms)})"


class KeySource(Protocol):
    """Where keys come from."""

    async def candidates(self, kid: str, algorithm: str) -> Sequence[Key]:
        """The keys that a token with this header may be signed by. Raises KeysUnavailable."""

    async def close(self) -> None:
        """Free what is held."""


def checked_algorithms(algorithms: Iterable[str]) -> frozenset[str]:
    """The algorithms as a set.

    Raises:
        AccessError: for none at all, `none`, unknown ones, and secrets mixed with public keys.
    """
    chosen = frozenset(algorithms)
    unknown = sorted(chosen - {*_HMAC, *_PUBLIC})
    if any(name.lower() == "none" for name in chosen):
        raise AccessError("the JWT algorithm none would let in whoever can write a token: name a real one")
    if unknown or not chosen:
        raise AccessError(
            f"{', '.join(unknown) or 'an empty list'}: no JWT algorithm; known: {', '.join((*_HMAC, *_PUBLIC))}"
        )
    if chosen & _HMAC.keys() and chosen & {*_PUBLIC}:
        raise AccessError("JWT algorithms with a secret (HS...) and with public keys cannot be mixed: choose one kind")
    return chosen


class FileKeys:
    """Keys from a file: PEM (public keys, certificates), JWK, JWKS, or for HMAC the secret as it is. Read again when
    it changes."""

    def __init__(self, path: Path, algorithms: Iterable[str], *, ticks: Callable[[], float] = time.monotonic) -> None:
        """Raises AccessError where there is no usable key in it."""
        chosen = checked_algorithms(algorithms)
        self._file = WatchedFile(path, lambda found: _read_keys(found, chosen), ticks)

    async def candidates(self, kid: str, algorithm: str) -> Sequence[Key]:
        """What of the file fits."""
        return _fitting(self._file.latest(), kid, algorithm)

    async def close(self) -> None:
        """Nothing is held."""


class JwksKeys:
    """Keys from an address, fetched when first needed, when they are old and when a token names an unknown one."""

    def __init__(
        self,
        url: str,
        algorithms: Iterable[str],
        *,
        ca: Path | None = None,
        timeout: float = 5.0,
        refresh_every: float = 30.0,
        max_age: float = 300.0,
        give_up: float = 86_400.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """At most one fetch per `refresh_every` s, whatever tokens name. Keys older than `max_age` are fetched again,
        and used for `give_up` s at most while that fails.

        Raises:
            AccessError: for HMAC, and for an address that anybody on the way could answer for.
        """
        self._algorithms = checked_algorithms(algorithms)
        if self._algorithms & _HMAC.keys():
            raise AccessError("a JWKS address publishes public keys; a secret for HS... belongs in a file")
        self._url = checked_url(url, "the JWKS address")
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise AccessError("the JWKS address must be https://: whoever answers for it decides who is let in")
        self._timeout = timeout
        self._refresh_every, self._max_age, self._give_up = refresh_every, max_age, give_up
        self._ticks = ticks
        self._client = http_client(ca, timeout)
        self._lock = asyncio.Lock()
        self._keys: tuple[Key, ...] = ()
        self._fetched = self._tried = float("-inf")
        self._failing = False
        self._background: asyncio.Task[None] | None = None

    async def candidates(self, kid: str, algorithm: str) -> Sequence[Key]:
        """What of the newest known keys fits. Raises KeysUnavailable where that is nothing and the address is dead."""
        age = self._ticks() - self._fetched
        if age > self._give_up:
            self._keys = ()
            await self._refresh()
        elif age > self._max_age and (self._background is None or self._background.done()):
            self._background = asyncio.create_task(self._refresh())  # nobody waits while the old ones still do
        found = _fitting(self._keys, kid, algorithm)
        if not found and kid:
            await self._refresh()
            found = _fitting(self._keys, kid, algorithm)
        if not found and self._failing:
            raise KeysUnavailable
        return found

    async def close(self) -> None:
        """End what is being fetched."""
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        await self._client.aclose()

    async def _refresh(self) -> None:
        async with self._lock:
            now = self._ticks()
            if now - self._tried < self._refresh_every:
                return
            self._tried = now
            try:
                self._keys = await self._fetch()
            except Exception as problem:  # whatever it is, there are no new keys
                if not self._failing:
                    log.error("the JWKS address gives no keys (%s)", type(problem).__name__)
                self._failing = True
                return
            self._fetched, self._failing = now, False

    async def _fetch(self) -> tuple[Key, ...]:
        content = b""
        headers = {"Accept": "application/json"}
        async with asyncio.timeout(self._timeout), self._client.stream("GET", self._url, headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeysUnavailable
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > MAX_KEYS_SIZE:
                    raise KeysUnavailable
        return _keys_of_json(json.loads(content), self._algorithms)


def _fitting(keys: Sequence[Key], kid: str, algorithm: str) -> Sequence[Key]:
    usable = [key for key in keys if algorithm in key.algorithms]
    named = [key for key in usable if key.kid == kid] if kid else usable
    return (named or [key for key in usable if not key.kid])[:MAX_TRIED]


def _read_keys(path: Path, algorithms: frozenset[str]) -> tuple[Key, ...]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEYS_SIZE)
    except OSError as problem:
        raise AccessError(f"key file {path}: {problem.strerror or type(problem).__name__}") from None
    try:
        if content.lstrip().startswith(b"{"):
            keys = _keys_of_json(json.loads(content), algorithms)
        elif b"-----BEGIN " in content:
            keys = tuple(_keys_of_pem(path, content, algorithms))
        else:
            keys = tuple(_secret_key("", content.rstrip(b"\r\n"), algorithms))
    except AccessError:
        raise
    except Exception as problem:  # its text may quote the key
        raise AccessError(f"key file {path} cannot be read as PEM, JWK or JWKS ({type(problem).__name__})") from None
    if not keys:
        wanted = ", ".join(sorted(algorithms))
        raise AccessError(
            f"key file {path} has no key for {wanted}: a public key of that kind (RSA from 2048 bits), "
            "or for HS... a secret as long as its hash"
        )
    return keys


def _keys_of_pem(path: Path, content: bytes, algorithms: frozenset[str]) -> Iterable[Key]:
    for block in _PEM.finditer(content):
        if b"PRIVATE" in block[1]:
            raise AccessError(f"key file {path} holds a private key: the endpoint must have the public one only")
        if block[1] == b"CERTIFICATE":
            yield from _public_key("", x509.load_pem_x509_certificate(block[0]).public_key(), "", algorithms)
        else:
            yield from _public_key("", load_pem_public_key(block[0]), "", algorithms)


def _keys_of_json(content: Any, algorithms: frozenset[str]) -> tuple[Key, ...]:
    """The usable keys of a JWK or JWKS; others, such as those for encryption, are passed over."""
    listed = content.get("keys", [content])
    if not isinstance(listed, list):
        raise TypeError
    keys: list[Key] = []
    for found in listed:
        if not isinstance(found, dict) or found.get("use", "sig") != "sig":
            continue
        kid, stated = found.get("kid", ""), found.get("alg", "")
        try:
            if found.get("kty") == "oct":
                material = jwt.PyJWK(found, "HS256").key
                keys += _secret_key(str(kid), material, algorithms & {stated} if stated else algorithms)
            elif "d" not in found:  # a private key that was published is everybody's
                keys += _public_key(str(kid), jwt.PyJWK(found).key, stated, algorithms)
        except Exception:  # of a kind that nobody here knows; the others are no worse for it
            continue
    return tuple(keys)


def _secret_key(kid: str, secret: bytes, algorithms: frozenset[str]) -> Iterable[Key]:
    served = frozenset(name for name in algorithms if name in _HMAC and len(secret) >= _HMAC[name])
    return [Key(kid, secret, served)] if served else []


def _public_key(kid: str, key: Any, stated: str, algorithms: frozenset[str]) -> Iterable[Key]:
    able: Iterable[str] = ()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        able = _RSA
    elif isinstance(key, ec.EllipticCurvePublicKey):
        able = (_CURVES.get(key.curve.name, ""),)
    elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        able = ("EdDSA",)
    served = algorithms & ({stated} if stated else {*able}) & {*able}
    return [Key(kid, key, served)] if served else []
