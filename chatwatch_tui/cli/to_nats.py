"""Which NATS servers, and how to sign in: as the `nats` tool has it, out of all layers of settings."""

from __future__ import annotations

import re
from typing import NoReturn

import click
import msgspec

from chatwatch_tui.cli import warn
from chatwatch_tui.cli.to_sources import SERVERS, check_file
from chatwatch_tui.config.merge import IN_FILE, Given, Kind, Resolved
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.settings import DEFAULT_SERVER, PREFIX
from chatwatch_tui.sources.nats_address import Address, parse_address
from chatwatch_tui.sources.nats_signin import NatsSignIn

_FILES = {"creds": "creds", "nkey": "nkey", "tls_cert": "cert", "tls_key": "key", "tls_ca": "ca"}
"""What a context calls it, by key."""


class NatsTarget(msgspec.Struct, frozen=True):
    """Where to listen."""

    name: str
    """The profile's or the context's where the servers are, else host:port of the first server."""
    servers: tuple[str, ...]
    signin: NatsSignIn
    prefix: str


def nats_target(found: Resolved) -> NatsTarget:
    """The servers and the sign-in that `found`, which went through `with_sources`, names. Raises click.UsageError with
    a message for the user."""
    given = found.given
    nats = found.settings.nats
    servers = [part.strip() for each in nats.servers for part in each.split(",") if part.strip()]
    addresses = _addresses(servers or [DEFAULT_SERVER], given.get(SERVERS), found)
    checked_prefix(nats.prefix, found.origin(given.get("nats.prefix")))
    for name, in_context in _FILES.items():
        check_file(found, f"nats.{name}", in_context)
    signin = nats.signin
    if bool(signin.tls_cert) != bool(signin.tls_key):
        has, lacks = ("tls_cert", "tls_key") if signin.tls_cert else ("tls_key", "tls_cert")
        _refuse_half(found, given[f"nats.{has}"], has, lacks)
    _warn_of_secrets(given, addresses, signin)
    return NatsTarget(_name(given) or str(addresses[0]), tuple(servers) or (DEFAULT_SERVER,), signin, nats.prefix)


def _name(given: dict[str, Given]) -> str:
    servers = given.get(SERVERS)
    if servers is None:
        return ""
    context = given.get("nats.context")
    if servers.kind is Kind.CONTEXT and context is not None and context.kind is Kind.PROFILE:
        return context.name
    return servers.name if servers.kind in (Kind.CONTEXT, Kind.PROFILE) else ""


def _refuse_half(found: Resolved, given: Given, has: str, lacks: str) -> NoReturn:
    """Of a certificate and its key, in the words of who gave only one of them."""
    end = "the two go together"
    if given.kind is Kind.FLAG:
        raise click.UsageError(f"{given.name} without --tls{_FILES[lacks]}: {end}")
    if given.kind is Kind.VARIABLE:
        raise click.UsageError(f"{given.name} without NATS_{_FILES[lacks].upper()}: {end}")
    names = (_FILES[has], _FILES[lacks]) if given.kind is Kind.CONTEXT else (has, lacks)
    raise click.UsageError(found.blame(given, f"`{names[0]}` without `{names[1]}`: {end}"))


def checked_prefix(given: str, origin: str = "--prefix") -> str:
    """The prefix, where subjects can begin with it. Raises click.UsageError."""
    if not re.match(PREFIX, given):
        raise click.UsageError(f"{origin} {given!r}: letters, digits, - and _ in parts joined by dots, such as chat")
    return given


def _addresses(servers: list[str], given: Given | None, found: Resolved) -> list[Address]:
    addresses = []
    for position, server in enumerate(servers):
        try:
            addresses.append(parse_address(server))
        except ValueError as problem:
            from chatwatch_tui.config import masking

            shown = safe_line(masking.addresses(servers)[position])
            if given is not None and given.kind in (Kind.FLAG, Kind.VARIABLE):
                raise click.UsageError(f"{given.name} {shown}: {problem}") from None
            words = str(problem) if given is not None and given.kind in IN_FILE else f"`url` {shown}: {problem}"
            raise click.UsageError(found.blame(given, words)) from None
    return addresses


def _sign_in(addresses: list[Address]) -> bool:
    """Whether an address says how to sign in."""
    return any(each.user or each.password for each in addresses)


def _warn_of_secrets(given: dict[str, Given], addresses: list[Address], signin: NatsSignIn) -> None:
    readable = "can be read by other users of this machine; use"
    on_command_line = {name for name, each in given.items() if each.kind is Kind.FLAG}
    if "nats.password" in on_command_line:
        warn(f"the password on the command line {readable} NATS_PASSWORD")
    if "nats.user" in on_command_line and signin.user and not signin.password:
        warn(f"--user without a password is a token, which on the command line {readable} NATS_TOKEN")
    if SERVERS in on_command_line and _sign_in(addresses):
        warn(f"the password or token in the server's address {readable} NATS_PASSWORD or NATS_TOKEN")
