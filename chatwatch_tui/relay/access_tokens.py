"""Access by bearer tokens from one file of users; `chatwatch token` writes it, the endpoint reads it.

A token is `cw_ID_SECRET`. The file holds the id and the SHA-256 of the secret: that is 256 random bits, so nothing is
gained by a slow hash, and nobody who reads the file can sign in with what stands there. JSON, because a program writes
it and the standard library can; people may edit it all the same, and what they misspell is refused by name.

The file is replaced as a whole, so a reader sees the old one or the new one. Writers take turns by a lock on the
folder: a lock on the file would be lost with the first replacement, and a lock file would be one more thing that
belongs to the wrong user.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id
from chatwatch_tui.relay.access import (
    DEFAULT_COOKIE,
    EVERY_CONVERSATION,
    AccessError,
    Caller,
    SignIn,
    Verdict,
    WatchedFile,
    credential_of,
    folded_id,
)

_TOKEN = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_NAME = re.compile(r"[\w.@+-]{1,64}")
_NOBODYS = hashlib.sha256(secrets.token_bytes(32)).digest()
"""What the secrets of unknown ids are compared with."""
MAX_FILE = 16_000_000

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class StoredToken(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A token as the file has it."""

    id: str
    hash: str
    created: Moment
    expires: Moment | None = None
    revoked: Moment | None = None


class StoredUser(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody, with their tokens and what these open. To own and to view let one watch alike."""

    name: str
    owns: list[str] = []
    views: list[str] = []
    tokens: list[StoredToken] = []


class StoredUsers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    session_key: str = ""
    """Seals the page's cookies (`session`); made with the file, so that processes that share it share this too."""
    users: list[StoredUser] = []


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
    with _changing(path) as users:
        owner = next((known for known in users.users if known.name == user), None)
        if owner is None:
            owner = StoredUser(name=user)
            users.users.append(owner)
        try:
            owner.owns, owner.views = _folded((*owner.owns, *owns)), _folded((*owner.views, *views))
        except InvalidConversationId as problem:
            raise AccessError(str(problem)) from None
        if not (owner.owns or owner.views):
            raise AccessError(f"{user} may watch nothing yet: name a conversation, or {EVERY_CONVERSATION!r} for all")
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
    with _changing(path) as users:
        for user in users.users:
            for token in user.tokens:
                if token.id == wanted:
                    token.revoked = token.revoked or now or _now()
                    return _info(user, token)
        shown = repr(wanted) if re.fullmatch(r"[0-9a-f]{1,12}", wanted) else "what was given"
        raise AccessError(f"there is no token {shown} in {path}; `chatwatch token list` names them")


def read_users(path: Path) -> StoredUsers:
    """The file, checked, every conversation id as the bus spells it.

    Raises:
        AccessError: where it is not there or no good, with the reason.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o002:
                raise AccessError(f"tokens file {path} can be written by everybody on this machine: chmod 600 it")
            content = file.read(MAX_FILE)
    except FileNotFoundError:
        raise AccessError(f"tokens file {path} is not there; `chatwatch token add` makes it") from None
    except OSError as problem:
        raise AccessError(f"tokens file {path}: {problem.strerror or type(problem).__name__}") from None
    try:
        users = msgspec.json.decode(content, type=StoredUsers)
        _check(users)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidConversationId) as problem:
        raise AccessError(f"tokens file {path} is no good: {problem}") from None
    return users


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


def _check(users: StoredUsers) -> None:
    names, identities = set(), set()
    for user in users.users:
        if user.name in names:
            raise msgspec.ValidationError(f"there are two users {user.name!r}")
        names.add(user.name)
        user.owns, user.views = _folded(user.owns), _folded(user.views)
        for token in user.tokens:
            if token.id in identities:
                raise msgspec.ValidationError(f"there are two tokens {token.id!r}")
            identities.add(token.id)
            if not _HASH.fullmatch(token.hash):
                raise msgspec.ValidationError(f"the hash of token {token.id!r} is not sha256: and 64 hex digits")


def _folded(conversations: Iterable[str]) -> list[str]:
    ids = (given if given == EVERY_CONVERSATION else parse_conversation_id(given) for given in conversations)
    return list(dict.fromkeys(ids))


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[StoredUsers]:
    """Read, let the body change what was read, write; no other writer in between."""
    target = Path(os.path.realpath(path))  # replace what a symbolic link names, not the link
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            users = read_users(target) if target.exists() else StoredUsers()
            yield users
            users.session_key = users.session_key or secrets.token_urlsafe(32)
            _replace(target, msgspec.json.format(msgspec.json.encode(users), indent=2) + b"\n")
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as problem:
        raise AccessError(f"tokens file {path} cannot be written: {problem.strerror}") from None


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            _keep_owner(file.fileno(), path)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _keep_owner(descriptor: int, path: Path) -> None:
    """An administrator who adds a token must not take the file away from the user that the endpoint runs as."""
    with contextlib.suppress(FileNotFoundError):
        before, new = path.stat(), os.fstat(descriptor)
        if (before.st_uid, before.st_gid) != (new.st_uid, new.st_gid):
            os.fchown(descriptor, before.st_uid, before.st_gid)


def _info(user: StoredUser, token: StoredToken) -> TokenInfo:
    return TokenInfo(
        token.id, user.name, tuple(user.owns), tuple(user.views), token.created, token.expires, token.revoked
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
