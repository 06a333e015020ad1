"""Credentials that `nsc` keeps, looked up as the `nats` tool does it: `nsc generate profile nsc://OPERATOR/ACCOUNT/USER`.

The command answers with JSON: the user's credentials file, and the addresses that the operator's JWT names.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec

LOOK_UP_WITHIN = 10.0
"""Seconds that nsc has."""


class NscError(ValueError):
    """The look-up failed; `str()` says why and what to do."""


class _Operator(msgspec.Struct, frozen=True):
    service: tuple[str, ...] | str = ()


class _Profile(msgspec.Struct):
    user_creds: str = ""
    operator: _Operator = _Operator()


def look_up(address: str) -> tuple[Path, list[str]]:
    """The credentials file and the servers' addresses (none where the operator names none) of an `nsc://` address.

    Raises:
        NscError: where nsc is not there, knows no such user, or does not answer in time.
    """
    if not address.startswith("nsc://"):
        raise NscError(f"{address!r} is no nsc address: it looks like nsc://OPERATOR/ACCOUNT/USER")
    command = shutil.which("nsc")
    if command is None:
        raise NscError("nsc is not on PATH: install it, or name a file made with `nsc generate creds` in `creds`")
    try:
        done = subprocess.run(
            [command, "generate", "profile", address],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOK_UP_WITHIN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NscError(f"`nsc generate profile {address}` did not answer within {LOOK_UP_WITHIN:.0f} s") from None
    except OSError as problem:
        raise NscError(f"{command} cannot be run: {problem.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or done.stdout.decode("utf-8", "replace").strip()
        raise NscError(f"`nsc generate profile {address}` failed: {said or f'exit code {done.returncode}'}")
    try:
        profile = msgspec.json.decode(done.stdout, type=_Profile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NscError(f"`nsc generate profile {address}` answered something else than a profile") from None
    if not profile.user_creds:
        raise NscError(f"nsc has no credentials for {address}")
    service = profile.operator.service
    return Path(profile.user_creds), [service] if isinstance(service, str) else list(service)
