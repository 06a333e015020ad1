"""Credentials that `nsc` keeps, looked up as the `nats` tool does it: `nsc generate profile nsc://OPERATOR/ACCOUNT/USER`.

The command answers with JSON: the user's credentials file, and the addresses that the operator's JWT names.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from chatwatch_tui.sources.nats_programs import answer_of


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
        ValueError: where nsc is not there, knows no such user, or does not answer in time.
    """
    if not address.startswith("nsc://"):
        raise NscError("that is no nsc address: one is written nsc://OPERATOR/ACCOUNT/USER")
    instead = "install it, or name a file made with `nsc generate creds` in `creds`"
    answer = answer_of("nsc", "generate", "profile", address, instead=instead)
    try:
        profile = msgspec.json.decode(answer, type=_Profile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NscError(f"`nsc generate profile {address}` answered something else than a profile") from None
    if not profile.user_creds:
        raise NscError(f"nsc has no credentials for {address}")
    service = profile.operator.service
    return Path(profile.user_creds), [service] if isinstance(service, str) else list(service)
