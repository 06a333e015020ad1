"""Who may watch what: the one question that the endpoint asks, and what every way of answering it shares.

A `Gate` answers for one caller and one conversation; the endpoint turns the verdict into a status and asks again while
a stream runs, so that revoked access ends it. The real gates are `access_tokens`, `access_forward` and `access_jwt`;
`rate_limit` and `session` stand in front of them and `open_gate` puts them together as the settings say.

The id that `check` is given may be whatever stood in the address: every gate folds it by itself and answers NOT_FOUND
for what is no id, but only after it has looked at who asks. So a stranger gets the same answer, after the same work,
for a conversation that is not there, for one that is somebody else's and for nonsense.

Credentials are read from the `Authorization` header or a cookie, never from the query string, which ends up in logs.
"""

from __future__ import annotations

import ipaddress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id

if TYPE_CHECKING:
    from chatwatch_tui.relay.rate_limit import FailureLimiter
    from chatwatch_tui.relay.session import SessionStore

DEFAULT_COOKIE = "chatwatch_session"
EVERY_CONVERSATION = "*"
"""In a list of conversations: all of them."""
MAX_CREDENTIAL = 8_192
"""Characters; nothing longer is looked at."""


class AccessError(Exception):
    """Access control cannot be set up or changed as asked; `str()` is a sentence for the user, free of secrets."""


class Verdict(Enum):
    """What a gate says; the endpoint maps it to a status."""

    ALLOWED = "allowed"
    NOT_SIGNED_IN = "not signed in"
    """Status 401."""
    NOT_FOUND = "not found"
    """Status 404: unknown, not the caller's to view, or no id at all."""
    UNAVAILABLE = "unavailable"
    """Status 503: who knows cannot be asked just now; nobody is let in."""
    TOO_MANY = "too many failed sign-ins"
    """Status 429."""


class Caller(NamedTuple):
    """Who asks, as the request says it. The repr hides the credentials."""

    authorization: str
    """The header as it came, "" when absent."""
    cookie: str
    """The header as it came (several joined with "; "), "" when absent."""
    address: str
    """The peer's IP address; behind a proxy the one that a trusted proxy named."""

    def __repr__(self) -> str:
        given = [name for name in ("authorization", "cookie") if getattr(self, name)]
        return f"Caller({', '.join(f'{name}=…' for name in given)}{', ' if given else ''}address={self.address!r})"


class Gate(Protocol):
    """One way to decide."""

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """Whether the caller may watch the conversation now. Never raises, and answers within a bound.

        `fresh`: of whoever decides, not what was kept of an earlier answer; so a stream that runs is asked about.
        """

    async def close(self) -> None:
        """Free what the gate holds; it lets nobody in afterwards or is not asked again."""


class SignIn(NamedTuple):
    """What a gate says about a credential alone, without a conversation."""

    verdict: Verdict
    """ALLOWED, NOT_SIGNED_IN or UNAVAILABLE."""
    user: str = ""
    ends: float | None = None
    """Unix seconds at which the credential itself ends, where it does."""


class SigningGate(Gate, Protocol):
    """A gate that knows bearer credentials itself, so that one can be exchanged for a session cookie."""

    async def sign_in(self, caller: Caller) -> SignIn:
        """Whether the caller's credential is good."""


def bearer_token(authorization: str) -> str:
    """The token in an `Authorization: Bearer` header; "" where there is none, or another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cookie_value(cookie: str, name: str) -> str:
    """The value of one cookie in a `Cookie` header; "" where it is not there.

    Browsers send the most specific cookie first, so the first of a name counts. Not `http.cookies`: that gives up the
    whole header for one cookie of somebody else's that it does not understand.
    """
    for part in cookie.split(";"):
        found, _, value = part.partition("=")
        if found.strip() == name:
            return value.strip().strip('"')
    return ""


def credential_of(caller: Caller, cookie_name: str) -> str:
    """The bearer token, else the cookie's value, else ""; a bearer header that is there is the one that counts."""
    return bearer_token(caller.authorization) or cookie_value(caller.cookie, cookie_name)


def folded_id(given: str) -> str | None:
    """The id as the bus spells it; None for what is none."""
    try:
        return parse_conversation_id(given)
    except InvalidConversationId:
        return None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound to `host`."""
    name = host.strip().removeprefix("[").removesuffix("]")
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def require_loopback(host: str) -> None:
    """Nothing.

    Raises:
        AccessError: where an endpoint without access control could be reached from another machine.
    """
    if not is_loopback(host):
        raise AccessError(
            f"access mode none shows every conversation to everybody, so it is for loopback only and not for "
            f"{host or 'all addresses'!r}: use --host 127.0.0.1, or --access tokens, forward or jwt"
        )


class NoneGate:
    """Everybody may see everything. Whoever makes one has called `require_loopback`."""

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """Allowed, for whatever is an id."""
        return Verdict.NOT_FOUND if folded_id(conversation_id) is None else Verdict.ALLOWED

    async def close(self) -> None:
        """Nothing is held."""


class AccessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How access is decided. Only what belongs to the mode is looked at; nothing in here is a secret itself."""

    mode: Literal["none", "tokens", "forward", "jwt"]
    cookie: str = DEFAULT_COOKIE
    tokens: Path | None = None
    """The file that `chatwatch token` manages."""
    forward_url: str = ""
    forward_timeout: float = 5.0
    forward_keep: float = 5.0
    """Seconds for which a positive answer is kept."""
    forward_ca: Path | None = None
    forward_public_url: str = ""
    """How callers see the endpoint (scheme, host, path prefix), for the X-Forwarded headers."""
    jwt_key: Path | None = None
    """PEM, JWK or JWKS file; for HMAC the secret."""
    jwt_jwks: str = ""
    """Address of the keys, instead of a file."""
    jwt_ca: Path | None = None
    jwt_algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    jwt_audience: str = ""
    jwt_issuer: str = ""
    jwt_user_claim: str = "sub"
    jwt_conversations_claim: str = "conversations"
    jwt_leeway: float = 0.0
    session_life: float = 8 * 3600.0
    session_key: Path | None = None
    """A secret that processes side by side share, so that one reads the cookies of the other (`session`)."""
    failures_burst: int = 10
    """Failed sign-ins that an address may have at once."""
    failures_per_minute: float = 10.0


class Access(NamedTuple):
    """What the endpoint is given."""

    gate: Gate
    """Ask this, and close it at the end."""
    sessions: SessionStore | None
    """For the page's sign-in; None where no bearer tokens are in force (modes none and forward)."""
    limiter: FailureLimiter | None = None

    def retry_after(self, address: str) -> int:
        """Seconds to tell a caller from there who got TOO_MANY."""
        return self.limiter.wait(address) if self.limiter else 1


def open_gate(settings: AccessSettings, host: str) -> Access:
    """The gate that the settings describe, with the limit on failures and the sessions in front of it.

    Raises:
        AccessError: where they do not fit together, or a file is not there or no good.
    """
    from chatwatch_tui.relay.rate_limit import FailureLimiter, RateLimited
    from chatwatch_tui.relay.session import SessionStore, WithSessions, session_secret

    if settings.mode == "none":
        require_loopback(host)
        return Access(NoneGate(), None)
    limiter = FailureLimiter(settings.failures_burst, settings.failures_per_minute)
    if settings.mode == "forward":
        from chatwatch_tui.relay.access_forward import ForwardGate

        forward = ForwardGate.from_settings(settings)
        return Access(RateLimited(forward, limiter, guessable=True), None, limiter)
    secret = session_secret(settings.session_key)
    gate: SigningGate
    if settings.mode == "tokens":
        from chatwatch_tui.relay.access_tokens import TokenGate

        if settings.tokens is None:
            raise AccessError(
                "access mode tokens needs its file: name it with --tokens, fill it with `chatwatch token`"
            )
        gate = TokenGate(settings.tokens, cookie=settings.cookie)
        secret = secret or gate.session_secret
    else:
        from chatwatch_tui.relay.access_jwt import JwtGate

        gate = JwtGate.from_settings(settings)
    sessions = SessionStore(gate, secret=secret, life=settings.session_life, cookie=settings.cookie, limiter=limiter)
    limited = RateLimited(gate, limiter, cookie=settings.cookie)
    return Access(WithSessions(limited, sessions), sessions, limiter)
