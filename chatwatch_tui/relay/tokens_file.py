"""The file of users and their tokens; `chatwatch token` writes it, the endpoint reads it.

JSON, because a program writes it and the standard library can; people may edit it all the same, and what they misspell
is refused by name.

The file is replaced as a whole, so a reader sees the old one or the new one. Writers take turns by a lock on the
folder: a lock on the file would be lost with the first replacement, and a lock file would be one more thing that
belongs to the wrong user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id
from chatwatch_tui.paths import make_folder
from chatwatch_tui.relay.access import EVERY_CONVERSATION, AccessError

_HASH = re.compile(r"sha256:([0-9a-f]{64})")
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


def _check(users: StoredUsers) -> None:
    names, identities = set(), set()
    for user in users.users:
        if user.name in names:
            raise msgspec.ValidationError(f"there are two users {user.name!r}")
        names.add(user.name)
        user.owns, user.views = folded_conversations(user.owns), folded_conversations(user.views)
        for token in user.tokens:
            if token.id in identities:
                raise msgspec.ValidationError(f"there are two tokens {token.id!r}")
            identities.add(token.id)
            if not _HASH.fullmatch(token.hash):
                raise msgspec.ValidationError(f"the hash of token {token.id!r} is not sha256: and 64 hex digits")


def folded_conversations(conversations: Iterable[str]) -> list[str]:
    """Each once, as the bus spells it, or "*".

    Raises:
        InvalidConversationId: for what is neither.
    """
    ids = (given if given == EVERY_CONVERSATION else parse_conversation_id(given) for given in conversations)
    return list(dict.fromkeys(ids))


@contextlib.contextmanager
def changing_users(path: Path) -> Iterator[StoredUsers]:
    """Read, let the body change what was read, write; no other writer in between. A file that is not there is made.

    Raises:
        AccessError: where it is no good or cannot be written.
    """
    target = Path(os.path.realpath(path))  # replace what a symbolic link names, not the link
    try:
        make_folder(target.parent)
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
