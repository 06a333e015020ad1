"""Credential files of NATS, looked at before nats-py does: a half-written one makes it loop for ever at full CPU."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

_JWT = re.compile(rb"-+BEGIN NATS USER JWT-+\s+(\S+)\s+-+END NATS USER JWT-+")
_SEED = re.compile(rb"-+BEGIN USER NKEY SEED-+\s+(SU[A-D][A-Z2-7]{55})\s+-+END USER NKEY SEED-+")
_BARE_SEED = re.compile(rb"^\s*(SU[A-D][A-Z2-7]{55})\s*$", re.MULTILINE)
_SECRET = re.compile(r"S[A-Z2-7]{30}|eyJ[\w-]{8}|-----BEGIN|[\r\n]")
"""A seed, a JWT, what holds them: in the place of the name of its file, by mistake."""
MAX_FILE = 1_000_000
LONGEST_NAME = 500
"""Characters of the name of a file that are shown; more is hardly one."""

_piped: dict[Path, bytes] = {}
"""What came out of pipes, such as `<(command)`: that can be read once only, and is needed again at every attempt."""


class CredentialsFileError(Exception):
    """A credentials file is not there or no good; `str()` says which, what and what to do. Never its contents."""


def shown_path(path: Path) -> str:
    """The name of a file, or `…` where it may be a secret that was written in its place."""
    text = str(path)
    return "…" if _SECRET.search(text) or len(text) > LONGEST_NAME else text


def read_creds(path: Path) -> tuple[str, str]:
    """The user JWT and the seed in a chained credentials file.

    Raises:
        CredentialsFileError: where not both are there and complete.
    """
    content = _read(path, "credentials file")
    jwt, seed = _JWT.search(content), _SEED.search(content)
    if jwt is None or seed is None:
        missing = [name for name, found in (("user JWT", jwt), ("NKey seed", seed)) if found is None]
        raise CredentialsFileError(
            f"credentials file {shown_path(path)} has no complete {' and no complete '.join(missing)}: "
            "is it still being written? make it again with `nsc generate creds`"
        )
    return jwt[1].decode("ascii", "replace"), seed[1].decode()


def read_seed(path: Path) -> str:
    """The user seed in an NKey file.

    Raises:
        CredentialsFileError: where there is none.
    """
    content = _read(path, "nkey file")
    found = _SEED.search(content) or _BARE_SEED.search(content)
    if found is None:
        raise CredentialsFileError(f"nkey file {shown_path(path)} holds no user seed (a line that begins with SU)")
    return found[1].decode()


def check_readable(path: Path, kind: str) -> bool:
    """True.

    Raises:
        CredentialsFileError: where the file is not there, or not for us to read.
    """
    try:
        path.open("rb").close()  # without a look at it: what is in a pipe must be left to who asks
    except OSError as problem:
        raise _unreadable(path, kind, problem) from None
    return True


def _read(path: Path, kind: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE)
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError as problem:
        raise _unreadable(path, kind, problem) from None
    if regular:
        return content
    if content:
        _piped[path] = content
    return _piped.get(path, b"")


def _unreadable(path: Path, kind: str, problem: OSError) -> CredentialsFileError:
    return CredentialsFileError(f"{kind} {shown_path(path)}: {problem.strerror or type(problem).__name__}")
