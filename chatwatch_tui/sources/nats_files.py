"""Credential files of NATS, looked at before nats-py does: a half-written one makes it loop for ever at full CPU."""

from __future__ import annotations

import os
import re
import stat
import time
from io import FileIO
from pathlib import Path

_JWT = re.compile(rb"-+BEGIN NATS USER JWT-+\s+(\S+)\s+-+END NATS USER JWT-+")
_SEED = re.compile(rb"-+BEGIN USER NKEY SEED-+\s+(SU[A-D][A-Z2-7]{55})\s+-+END USER NKEY SEED-+")
_BARE_SEED = re.compile(rb"^\s*(SU[A-D][A-Z2-7]{55})\s*$", re.MULTILINE)
_SECRET = re.compile(r"(?:^|/)data:[^…]|S[A-Z2-7]{30}|eyJ[\w-]{8}|-----BEGIN|[\r\n]")
"""A `data:` address, a seed, a JWT, what holds them: in the place of the name of its file, by mistake."""
MAX_FILE = 1_000_000
NOBODY_WITHIN = 3.0
"""Seconds in which somebody must have begun to write to a pipe."""
WRITTEN_WITHIN = 60.0
"""Seconds in which something must have come; who writes may have to ask the user."""
LONGEST_NAME = 500
"""Characters of the name of a file that are shown; more is hardly one."""

_piped: dict[Path, bytes] = {}
"""What came out of pipes, such as `<(command)`: that can be read once only, and is needed again at every attempt."""


class CredentialsFileError(ValueError):
    """A credentials file is not there or no good; `str()` says which, what and what to do. Never its contents."""


def shown_path(path: Path | str) -> str:
    """The name of a file, or `…` where it may be a secret that was written in its place."""
    text = str(path)
    return "…" if _SECRET.search(text) or len(text) > LONGEST_NAME else text


def read_creds(path: Path) -> tuple[str, str]:
    """The user JWT and the seed in a chained credentials file.

    Raises:
        CredentialsFileError: where not both are there and complete.
    """
    hint = "is it still being written? make it again with `nsc generate creds`"
    return creds_in(read_whole(path, "credentials file"), f"credentials file {shown_path(path)}", hint)


def creds_in(content: bytes, place: str, hint: str) -> tuple[str, str]:
    """The user JWT and the seed in the text of a credentials file, which stands at that place.

    Raises:
        CredentialsFileError: where not both are there and complete.
    """
    jwt, seed = _JWT.search(content), _SEED.search(content)
    if jwt is None or seed is None:
        missing = [name for name, found in (("user JWT", jwt), ("NKey seed", seed)) if found is None]
        raise CredentialsFileError(f"{place} has no complete {' and no complete '.join(missing)}: {hint}")
    return jwt[1].decode("ascii", "replace"), seed[1].decode()


def read_seed(path: Path) -> str:
    """The user seed in an NKey file.

    Raises:
        CredentialsFileError: where there is none.
    """
    return seed_in(read_whole(path, "nkey file"), f"nkey file {shown_path(path)}")


def seed_in(content: bytes, place: str) -> str:
    """The user seed in the text of an NKey file, which stands at that place.

    Raises:
        CredentialsFileError: where there is none.
    """
    found = _SEED.search(content) or _BARE_SEED.search(content)
    if found is None:
        raise CredentialsFileError(f"{place} holds no user seed (a line that begins with SU)")
    return found[1].decode()


def check_readable(path: Path, kind: str) -> bool:
    """True.

    Raises:
        CredentialsFileError: where the file is not there, or not for us to read.
    """
    try:
        _opened(path).close()  # without a look at it: what is in a pipe must be left to who asks
    except OSError as problem:
        raise _unreadable(path, kind, problem) from None
    return True


def read_whole(path: Path, kind: str) -> bytes:
    """What is in the file, up to a bound; `kind` is what to call it. Waits for who writes to a pipe.

    Raises:
        CredentialsFileError: where it cannot be read.
    """
    try:
        with _opened(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            content = _read_pipe(file.fileno(), path, kind) if stat.S_ISFIFO(mode) else file.read(MAX_FILE) or b""
    except OSError as problem:
        raise _unreadable(path, kind, problem) from None
    if stat.S_ISREG(mode):
        return content
    if content:
        _piped[path] = content
    return _piped.get(path, b"")


def _opened(path: Path) -> FileIO:
    """Not waiting for somebody to write, where it is a pipe."""
    return FileIO(path, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))


def _read_pipe(pipe: int, path: Path, kind: str) -> bytes:
    """Until who writes is done; who has not begun, or takes no end, is not waited for longer than that takes."""
    content = b""
    begun = time.monotonic()
    while len(content) < MAX_FILE:
        try:
            part = os.read(pipe, MAX_FILE - len(content))
        except BlockingIOError:
            part, limit = b"", WRITTEN_WITHIN
        else:
            if not part and (content or path in _piped):
                break
            limit = NOBODY_WITHIN
        content += part
        if not part and time.monotonic() - begun > limit:
            words = "nobody writes to this pipe" if limit == NOBODY_WITHIN else "who writes to this pipe takes too long"
            raise CredentialsFileError(f"{kind} {shown_path(path)}: {words}")
        if not part:
            time.sleep(0.02)
    return content


def _unreadable(path: Path, kind: str, problem: OSError) -> CredentialsFileError:
    return CredentialsFileError(f"{kind} {shown_path(path)}: {problem.strerror or type(problem).__name__}")
