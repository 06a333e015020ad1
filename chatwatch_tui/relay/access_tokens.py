"""Access by bearer tokens: `chatwatch token` makes, lists and revokes them, the endpoint's gate judges them.

A token is `cw_ID_SECRET`. The file (`tokens_file`) holds the id and the SHA-256 of the secret: that is 256 random bits,
so nothing is gained by a slow hash, and nobody who reads the file can sign in with what stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from chatwatch_tui.core.identity import InvalidConversationId
from chatwatch_tui.relay.access import (
    DEFAULT_COOKIE,
    EVERY_CONVERSATION,
    AccessError,
    Caller,
    SignIn,
    Verdict,
    credential_of,
    folded_id,
)
from chatwatch_tui.relay.tokens_file import (
    StoredToken,
    StoredUser,
    changing_users,
    folded_conversations,
    read_users,
)
from chatwatch_tui.relay.watched_file import WatchedFile

_TOKEN = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[\w.@+-]{1,64}")
_NOBODYS = hashlib.sha256(secrets.token_bytes(32)).digest()
"""What the secrets of unknown ids are compared with."""


class TokenInfo(NamedTuple):
    """What may be shown of a token."""

    id: str
    user: str
    owns: tuple[str, ...]
    views: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None

    def state(self, now: datetime | None = None) -> str:
        """`good`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= (now or _now()) else "good"


class NewToken(NamedTuple):
    """A token just made. The repr hides the token: this is the only time that it is known."""

    token: str
    info: TokenInfo

    def __repr__(self) -> str:
        return f"NewToken(token=…, info={self.info!r})"


def add_token(
    path: Path,
    user: str,
    *,
    owns: Iterable[str] = (),
    views: Iterable[str] = (),
    expires: datetime | None = None,
    now: datetime | None = None,
) -> NewToken:
    """Make a token for a user who is there or new, and add conversations (ids, or "*") to what the user may watch.

    Raises:
        AccessError: where something given is no good, or the file cannot be read or written.
    """
    if not _NAME.fullmatch(user):
        raise AccessError(f"{user[:80]!r} is no user name: use up to 64 letters, digits and . _ @ + -")
    moment = now or _now()
    if expires is not None and (expires.tzinfo is None or expires <= moment):
        raise AccessError("a token must expire in the future; give the moment with its time zone")
    identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    stored = StoredToken(id=identity, hash=f"sha256:{_digest(secret).hex()}", created=moment, expires=expires)
    with changing_users(path) as users:
        owner = next((known for known in users.users if known.name == user), None)
        if owner is None:
            owner = StoredUser(name=user)
            users.users.append(owner)
        try:
            owner.owns = folded_conversations((*owner.owns, *owns))
            owner.views = folded_conversations((*owner.views, *views))
        except InvalidConversationId as problem:
            raise AccessError(str(problem)) from None
        if not (owner.owns or owner.views):
            raise AccessError(
                f"{user} may watch nothing yet: name a conversation, --own ID or --view ID, or --view "
                f"{EVERY_CONVERSATION!r} for all"
            )
        owner.tokens.append(stored)
    return NewToken(f"cw_{identity}_{secret}", _info(owner, stored))


def list_tokens(path: Path) -> list[TokenInfo]:
    """All tokens, by user and in the order in which they were made.

    Raises:
        AccessError: where the file cannot be read.
    """
    return [_info(user, token) for user in read_users(path).users for token in user.tokens]


def revoke_token(path: Path, identity: str, *, now: datetime | None = None) -> TokenInfo:
    """End a token, named by its id or by itself. One that was revoked before stays as it was.

    Raises:
        AccessError: where there is no such token, or the file cannot be read or written.
    """
    # A whole token may be what leaked and is at hand; its secret has no place in a message, so only the id goes on.
    whole = _TOKEN.fullmatch(identity)
    wanted = whole[1] if whole else identity.removeprefix("cw_")
    read_users(path)  # a file that is not there is not made by revoking
    with changing_users(path) as users:
        for user in users.users:
            for token in user.tokens:
                if token.id == wanted:
                    token.revoked = token.revoked or now or _now()
                    return _info(user, token)
        shown = repr(wanted) if re.fullmatch(r"[0-9a-f]{1,12}", wanted) else "what was given"
        raise AccessError(f"there is no token {shown} in {path}; `chatwatch token list` names them")


class _Known(NamedTuple):
    digest: bytes
    user: str
    conversations: frozenset[str]
    ends: float | None
    revoked: bool


class _Index(NamedTuple):
    tokens: dict[str, _Known]
    session_key: str


class TokenGate:
    """Answers from the tokens file; a change of it is in force within about a second."""

    def __init__(
        self,
        path: Path,
        *,
        cookie: str = DEFAULT_COOKIE,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises AccessError where the file cannot be read. `clock` is Unix time, `ticks` paces the looks at it."""
        self._cookie = cookie
        self._clock = clock
        self._file = WatchedFile(path, _index, ticks)

    @property
    def session_secret(self) -> bytes:
        """The file's key for the page's cookies; empty in a file that has none."""
        return self._file.latest().session_key.encode()

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """Whether the token is good, and then whether its user may watch the conversation."""
        known = self._known(caller)
        if known is None:
            return Verdict.NOT_SIGNED_IN
        wanted = folded_id(conversation_id)
        seen = wanted is not None and (wanted in known.conversations or EVERY_CONVERSATION in known.conversations)
        return Verdict.ALLOWED if seen else Verdict.NOT_FOUND

    async def sign_in(self, caller: Caller) -> SignIn:
        """Whether the token is good."""
        known = self._known(caller)
        return SignIn(Verdict.NOT_SIGNED_IN) if known is None else SignIn(Verdict.ALLOWED, known.user, known.ends)

    async def close(self) -> None:
        """Nothing is held."""

    def _known(self, caller: Caller) -> _Known | None:
        credential = credential_of(caller, self._cookie)
        found = _TOKEN.fullmatch(credential)
        identity, secret = (found[1], found[2]) if found else ("", credential[:64])
        known = self._file.latest().tokens.get(identity)
        # Always hashed and compared, and first of all: the time does not tell which ids there are, nor their state.
        same = hmac.compare_digest(_digest(secret), known.digest if known else _NOBODYS)
        if known is None or not same or known.revoked:
            return None
        return None if known.ends is not None and known.ends <= self._clock() else known


def _index(path: Path) -> _Index:
    stored = read_users(path)
    tokens = {
        token.id: _Known(
            digest=bytes.fromhex(token.hash.removeprefix("sha256:")),
            user=user.name,
            conversations=frozenset((*user.owns, *user.views)),
            ends=token.expires.timestamp() if token.expires else None,
            revoked=token.revoked is not None,
        )
        for user in stored.users
        for token in user.tokens
    }
    return _Index(tokens, stored.session_key)


def _info(user: StoredUser, token: StoredToken) -> TokenInfo:
    return TokenInfo(
        token.id, user.name, tuple(user.owns), tuple(user.views), token.created, token.expires, token.revoked
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
