"""Which watch endpoints, and how to sign in to them, out of all layers of settings."""

from __future__ import annotations

import click

from chatwatch_tui.cli import warn
from chatwatch_tui.cli.to_sources import ENDPOINTS, check_file
from chatwatch_tui.config.merge import IN_FILE, Kind, Resolved
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.sse_signin import SseSignIn

_FILES = ("token_file", "cookie_file", "headers_file", "cacert", "client_cert", "client_key")


def sse_endpoints(found: Resolved) -> tuple[str, ...]:
    """The addresses, checked. Raises click.UsageError."""
    endpoints = found.settings.sse.endpoints
    for url in endpoints:
        try:
            parse_endpoint(url)
        except ValueError as problem:
            given = found.given[ENDPOINTS]
            in_file = given.kind in IN_FILE
            raise click.UsageError(found.blame(given, str(problem)) if in_file else f"--sse: {problem}") from None
    return tuple(dict.fromkeys(endpoints))


def sse_signin(found: Resolved, endpoints: tuple[str, ...]) -> SseSignIn:
    """The sign-in that `found`, which went through `with_sources`, names. Raises click.UsageError."""
    given, signin = found.given, found.settings.sse.signin
    for kind in ("token", "cookie"):
        secret = given.get(f"sse.{kind}")
        if secret is not None and secret.value and secret.kind is Kind.FLAG:
            warn(
                f"the {kind} on the command line can be read by other users of this machine; "
                f"use CHATWATCH_{kind.upper()}, --{kind}-file or --{kind}-command"
            )
    for name in _FILES:
        check_file(found, f"sse.{name}")
    try:
        signin.check()
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    _warn_of_exposure(signin, endpoints)
    return signin


def _warn_of_exposure(signin: SseSignIn, endpoints: tuple[str, ...]) -> None:
    if not signin.given:
        return
    parsed = [parse_endpoint(url) for url in endpoints]
    for endpoint in parsed:
        if endpoint.in_clear:
            warn(f"the sign-in travels to {endpoint} without TLS: whoever is on the way can read it")
    if len({endpoint.host for endpoint in parsed}) > 1:
        warn(f"the same sign-in is sent to each of {', '.join(map(str, parsed))}")
