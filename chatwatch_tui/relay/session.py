"""The browser page's sign-in: a bearer token, exchanged once for an HttpOnly cookie of limited life.

The cookie holds the token itself, sealed (Fernet: AES-CBC and HMAC) together with a random session id and the moment at
which it ends. Weighed against the others:

- A random id with the sessions in memory: another process beside this one would know nothing of them, and a restart
  would sign everybody out. Processes side by side are to need nothing shared.
- The bare token as the cookie's value: nothing to share either, but what is copied out of a browser would then be the
  token, good until it is revoked, and only the browser would ever hold to the limited life.
- Signed with what the tokens file has of a token: whoever reads that file could sign in.

Sealed, the life is ours to hold to, the token cannot be read out of the cookie, and the key alone opens nothing. Each
check opens the seal and asks the gate about the token inside: a revoked or expired token ends its sessions at once.

The key comes from a setting, else from the tokens file, which processes side by side have in common anyway; else it is
made at random and a session is good at the one process that opened it, until that ends.

Signing out takes the cookie from the browser, and this process refuses copies of it from then on. Another process that
was not told still takes a copy made before, until the session's life ends: to end that everywhere, revoke the token.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from chatwatch_tui.relay.access import (
    DEFAULT_COOKIE,
    AccessError,
    Caller,
    Gate,
    SigningGate,
    Verdict,
    bearer_token,
    cookie_value,
)
from chatwatch_tui.relay.rate_limit import FailureLimiter

SEALED = "cws."
"""What a sealed value begins with; no token does."""
DEFAULT_LIFE = 8 * 3600.0
MAX_VALUE = 3_800
"""Characters of a value: browsers drop a cookie of more than 4,096 bytes with its name and attributes."""
MAX_CLOSED = 10_000
SHORTEST_SECRET = 32
_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")


class Opened(NamedTuple):
    """What came of an exchange. The repr hides the value."""

    verdict: Verdict
    """ALLOWED, NOT_SIGNED_IN, UNAVAILABLE or TOO_MANY."""
    value: str = ""
    """The cookie's value, where allowed."""
    seconds: int = 0
    """Its life from now."""

    def __repr__(self) -> str:
        return f"Opened(verdict={self.verdict}, seconds={self.seconds})"


class _Session(msgspec.Struct, array_like=True):
    id: str
    ends: float
    credential: str


class SessionStore:
    """Opens, resolves and closes sessions. Stores nothing but which ones were closed before their time."""

    def __init__(
        self,
        gate: SigningGate,
        *,
        secret: bytes = b"",
        life: float = DEFAULT_LIFE,
        cookie: str = DEFAULT_COOKIE,
        limiter: FailureLimiter | None = None,
        max_closed: int = MAX_CLOSED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`gate` knows the tokens, without limits or sessions in front; `secret` "" means one of this process's own.

        Raises:
            AccessError: for a cookie name that no browser would take, and a life that is none.
        """
        if not _COOKIE_NAME.fullmatch(cookie):
            raise AccessError(f"{cookie[:80]!r} is no name for a cookie: use letters, digits, _ and -")
        if not 1 <= life <= 366 * 86_400:
            raise AccessError("a session's life is at least 1 second and at most a year")
        self.cookie = cookie
        """The cookie's name."""
        self._gate = gate
        self._life = life
        self._limiter = limiter
        self._max_closed = max_closed
        self._clock = clock
        key = hashlib.blake2b(secret or secrets.token_bytes(32), digest_size=32, person=b"chatwatchcookie").digest()
        self._seal = Fernet(base64.urlsafe_b64encode(key))
        self._closed: OrderedDict[str, float] = OrderedDict()
        """Ids of sessions that were closed, and when they would have ended; those closed last are last."""

    async def open(self, caller: Caller) -> Opened:
        """Exchange the bearer token in the caller's header. A cookie does not count: sessions do not renew themselves.

        Raises:
            AccessError: where the token is good but too long for a cookie.
        """
        credential = bearer_token(caller.authorization)
        if not credential:
            return Opened(Verdict.NOT_SIGNED_IN)
        signed = await self._gate.sign_in(Caller(caller.authorization, "", caller.address))
        now = self._clock()
        ends = min(now + self._life, now + self._life if signed.ends is None else signed.ends)
        if signed.verdict is Verdict.ALLOWED and ends - now >= 1:
            return Opened(Verdict.ALLOWED, self._sealed(credential, ends, now), int(ends - now))
        if signed.verdict is Verdict.UNAVAILABLE:
            return Opened(Verdict.UNAVAILABLE)
        too_many = self._limiter is not None and self._limiter.failed(caller.address)
        return Opened(Verdict.TOO_MANY if too_many else Verdict.NOT_SIGNED_IN)

    def close(self, cookie: str) -> None:
        """Sign out: refuse this value from now on. Harmless for one that is no session."""
        session = self._session(cookie)
        if session is None:
            return
        now = self._clock()
        self._closed[session.id] = session.ends
        while self._closed and (len(self._closed) > self._max_closed or next(iter(self._closed.values())) <= now):
            self._closed.popitem(last=False)

    def resolve(self, caller: Caller) -> Caller:
        """The caller with the token that the session stands for; unchanged where there is no good session."""
        if bearer_token(caller.authorization):
            return caller
        session = self._session(cookie_value(caller.cookie, self.cookie))
        return caller if session is None else Caller(f"Bearer {session.credential}", "", caller.address)

    def set_cookie(self, opened: Opened, *, path: str = "/", secure: bool = True) -> str:
        """A `Set-Cookie` header. Not `secure` only where the page is served without TLS, as on loopback."""
        return self._header(opened.value, opened.seconds, path, secure)

    def clear_cookie(self, *, path: str = "/", secure: bool = True) -> str:
        """A `Set-Cookie` header that takes the cookie away; `path` as when it was set."""
        return self._header("", 0, path, secure)

    def _header(self, value: str, seconds: int, path: str, secure: bool) -> str:
        attributes = f"Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"
        return f"{self.cookie}={value}; {attributes}"

    def _sealed(self, credential: str, ends: float, now: float) -> str:
        session = _Session(secrets.token_urlsafe(16), ends, credential)
        value = SEALED + self._seal.encrypt_at_time(msgspec.json.encode(session), int(now)).decode()
        if len(value) > MAX_VALUE:
            raise AccessError("this token is too long to be kept in a cookie: send it with each request instead")
        return value

    def _session(self, value: str) -> _Session | None:
        if not value.startswith(SEALED) or len(value) > MAX_VALUE:
            return None
        try:
            content = self._seal.decrypt(value.removeprefix(SEALED).encode())
            session = msgspec.json.decode(content, type=_Session)
        except (InvalidToken, msgspec.MsgspecError, UnicodeError):
            return None
        return None if session.ends <= self._clock() or session.id in self._closed else session


class WithSessions:
    """A gate whose callers may come with a session's cookie in place of a token."""

    def __init__(self, gate: Gate, sessions: SessionStore) -> None:
        self._gate = gate
        self._sessions = sessions

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """What the gate says about the token that the session stands for."""
        return await self._gate.check(self._sessions.resolve(caller), conversation_id, fresh=fresh)

    async def close(self) -> None:
        """Close the gate."""
        await self._gate.close()


def session_secret(path: Path | None) -> bytes:
    """What a file of its own has as the secret; b"" where there is none.

    Raises:
        AccessError: where it cannot be read, or is too short.
    """
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            secret = file.read(4_096).strip()
    except OSError as problem:
        raise AccessError(f"session key file {path}: {problem.strerror or type(problem).__name__}") from None
    if len(secret) < SHORTEST_SECRET:
        raise AccessError(f"session key file {path} is too short: make one with `openssl rand -hex 32`")
    return secret
