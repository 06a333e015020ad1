"""Which NATS servers, and how to sign in: from the options of `watch` and `serve`, as the `nats` tool has them."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from chatwatch_tui.cli import warn
from chatwatch_tui.cli.options import existing_file
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.paths import config_home
from chatwatch_tui.settings import DEFAULT_SERVER
from chatwatch_tui.sources.nats_address import Address, parse_address
from chatwatch_tui.sources.nats_contexts import ContextError, load_context
from chatwatch_tui.sources.nats_signin import NatsSignIn

_READABLE = "can be read by other users of this machine"
_PREFIX = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class NatsTarget(NamedTuple):
    """Where to listen."""

    name: str
    """The context's where the servers are, else host:port of the first server."""
    servers: tuple[str, ...]
    signin: NatsSignIn
    prefix: str


def nats_target(context: click.Context, options: dict[str, Any]) -> NatsTarget:
    """Takes what `options.nats_options` added out of `options`. Raises click.UsageError with a message for the user."""
    servers = [part.strip() for given in options.pop("servers") for part in given.split(",") if part.strip()]
    if context.get_parameter_source("servers") is ParameterSource.ENVIRONMENT:
        servers = [part.strip() for part in os.environ.get("NATS_URL", "").split(",") if part.strip()]
    try:
        found = load_context(options.pop("context_name"), config_home())
    except ContextError as problem:
        raise click.UsageError(str(problem)) from None
    addresses = _addresses(servers)
    base = found[1].signin() if found else NatsSignIn()
    signin = _signin(context, options, base, in_address=_sign_in(addresses))
    named = found[0] if found and found[1].servers and not servers else ""
    if not servers:
        servers = (found[1].servers if found else []) or [DEFAULT_SERVER]
        addresses = _addresses(servers)
    _warn_of_secrets(context, addresses, signin)
    return NatsTarget(named or str(addresses[0]), tuple(servers), signin, checked_prefix(options.pop("prefix")))


def nats_asked_for(context: click.Context) -> bool:
    """Whether servers or a context were named, on the command line or in the environment."""
    return any(
        context.get_parameter_source(name) in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
        for name in ("servers", "context_name")
    )


def checked_prefix(given: str) -> str:
    """The prefix, where subjects can begin with it. Raises click.UsageError."""
    if not _PREFIX.fullmatch(given):
        raise click.UsageError(f"--prefix {given!r}: letters, digits, - and _ in parts joined by dots, such as chat")
    return given


def _addresses(servers: list[str]) -> list[Address]:
    addresses = []
    for server in servers:
        try:
            addresses.append(parse_address(server))
        except ValueError as problem:
            raise click.UsageError(f"--server {_without_secrets(server, servers)}: {problem}") from None
    return addresses


def _without_secrets(server: str, servers: list[str]) -> str:
    """What may be shown of an address that nobody could take apart."""
    if "@" in server:
        return f"…@{safe_line(server.rpartition('@')[2])}"
    # A comma in a password cuts an address in two, and this may be the half that has no @.
    return "…" if any("@" in each for each in servers) else safe_line(server)


def _sign_in(addresses: list[Address]) -> bool:
    """Whether an address says how to sign in."""
    return any(each.user or each.password for each in addresses)


def _signin(context: click.Context, options: dict[str, Any], base: NatsSignIn, *, in_address: bool) -> NatsSignIn:
    """Flag > environment > context. `in_address`: an address that was given says how, too."""
    given: dict[str, Any] = {
        "user": options.pop("user"),
        "password": options.pop("password"),
        "token": os.environ.get("NATS_TOKEN"),
        "creds": options.pop("creds"),
        "nkey": options.pop("nkey"),
        "tls_cert": options.pop("tlscert"),
        "tls_key": options.pop("tlskey"),
        "tls_ca": options.pop("tlsca"),
    }
    for flag, name in (("creds", "creds"), ("nkey", "nkey"), ("tlscert", "tls_cert"), ("tlskey", "tls_key"),
                       ("tlsca", "tls_ca")):  # fmt: skip
        given[name] = existing_file(flag, given[name])
    asked_for = [
        name
        for name in ("user", "creds", "nkey")
        if given[name] and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if asked_for or (in_address and context.get_parameter_source("servers") is ParameterSource.COMMANDLINE):
        # Another way in the environment must not win over the one that was asked for here; a password may belong to it.
        given |= {name: None for name in ("user", "token", "creds", "nkey") if name not in asked_for}
    merged = {name: getattr(base, name) for name in base.__struct_fields__}
    if in_address or any(given[name] for name in ("user", "token", "creds", "nkey")):
        # One way to sign in replaces another; leftovers of the context must not win over what was asked for now.
        merged |= {
            "user": "",
            "password": "",
            "token": "",
            "creds": None,
            "nkey": None,
            "user_jwt": "",
            "user_seed": "",
        }
    merged |= {name: value for name, value in given.items() if value}
    if bool(merged["tls_cert"]) != bool(merged["tls_key"]):
        raise click.UsageError("--tlscert and --tlskey go together")
    return NatsSignIn(**merged)


def warn_of_secret_in(url: str) -> None:
    """Where the address on the command line of `simulate` says how to sign in. What is no address is refused later."""
    try:
        address = parse_address(url)
    except ValueError:
        return
    if _sign_in([address]):
        warn(f"the password or token in the server's address {_READABLE}")


def _warn_of_secrets(context: click.Context, addresses: list[Address], signin: NatsSignIn) -> None:
    readable = f"{_READABLE}; use"
    on_command_line = context.get_parameter_source
    if on_command_line("password") is ParameterSource.COMMANDLINE:
        warn(f"the password on the command line {readable} NATS_PASSWORD")
    if on_command_line("user") is ParameterSource.COMMANDLINE and signin.user and not signin.password:
        warn(f"--user without a password is a token, which on the command line {readable} NATS_TOKEN")
    if on_command_line("servers") is ParameterSource.COMMANDLINE and _sign_in(addresses):
        warn(f"the password or token in the server's address {readable} NATS_PASSWORD or NATS_TOKEN")
