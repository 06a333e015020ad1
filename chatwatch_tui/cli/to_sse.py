"""Which watch endpoints, and how to sign in to them: from the `--sse` options of `watch`."""

from __future__ import annotations

import os
from typing import Any

import click
from click.core import ParameterSource

from chatwatch_tui.cli import warn
from chatwatch_tui.cli.options import existing_file
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.sse_signin import SseSignIn

_FILES = ("token_file", "cookie_file", "headers_file", "cacert", "client_cert", "client_key")


def sse_endpoints(given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses, checked. Raises click.UsageError."""
    for url in given:
        try:
            parse_endpoint(url)
        except ValueError as problem:
            raise click.UsageError(f"--sse: {problem}") from None
    return tuple(dict.fromkeys(given))


def sse_signin(context: click.Context, options: dict[str, Any], endpoints: tuple[str, ...]) -> SseSignIn:
    """Takes the sign-in options out of `options`: flag > environment. Raises click.UsageError."""
    given: dict[str, Any] = {name: options.pop(name) for name in (*_FILES, "token_command", "cookie_command")}
    for kind in ("token", "cookie"):
        _flag_before_environment(context, kind, given)
        secret = options.pop(kind)
        if secret and context.get_parameter_source(kind) is ParameterSource.COMMANDLINE:
            warn(
                f"the {kind} on the command line can be read by other users of this machine; "
                f"use CHATWATCH_{kind.upper()}, --{kind}-file or --{kind}-command"
            )
        if not (secret or given[f"{kind}_file"] or given[f"{kind}_command"]):
            secret = os.environ.get(f"CHATWATCH_{kind.upper()}")
        given[kind] = secret
    for name in _FILES:
        given[name] = existing_file(name.replace("_", "-"), given[name])
    signin = SseSignIn(**{name: value for name, value in given.items() if value})
    try:
        signin.check()
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    _warn_of_exposure(signin, endpoints)
    return signin


def _flag_before_environment(context: click.Context, kind: str, given: dict[str, Any]) -> None:
    """A way that was asked for on the command line replaces the ones in the environment."""
    ways = (kind, f"{kind}_file", f"{kind}_command")
    asked_for = [way for way in ways if context.get_parameter_source(way) is ParameterSource.COMMANDLINE]
    for way in ways if asked_for else ():
        if way not in asked_for and way in given:
            given[way] = None


def _warn_of_exposure(signin: SseSignIn, endpoints: tuple[str, ...]) -> None:
    if not signin.given:
        return
    parsed = [parse_endpoint(url) for url in endpoints]
    for endpoint in parsed:
        if endpoint.in_clear:
            warn(f"the sign-in travels to {endpoint} without TLS: whoever is on the way can read it")
    if len({endpoint.host for endpoint in parsed}) > 1:
        warn(f"the same sign-in is sent to each of {', '.join(map(str, parsed))}")
