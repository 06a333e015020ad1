"""`chatwatch serve` and `chatwatch token`: what they understand. Every option is an environment variable too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatwatch_tui import cli
from chatwatch_tui.cli.groups import Group
from chatwatch_tui.cli.options import Number, config_options, nats_options

_FILE = click.Path(path_type=Path, dir_okay=False)
_TOKENS = click.option(
    "--tokens", type=_FILE, envvar="CHATWATCH_SERVE_TOKENS", show_envvar=True, metavar="FILE",
    help="The file of users and tokens.  [default: tokens.json in the config folder]",
)  # fmt: skip


@click.command(
    context_settings={"auto_envvar_prefix": "CHATWATCH_SERVE"}, short_help="The watch endpoint: conversations as SSE."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="0 takes a free one.")
@click.option(
    "--access",
    type=click.Choice(["none", "tokens", "forward", "jwt"]),
    default="none",
    show_default=True,
    help="Who decides who may watch; none is for loopback only.",
)
@_TOKENS
@click.option("--forward-url", default="", metavar="URL", help="Asked for every request (access forward).")
@click.option(
    "--forward-timeout",
    type=Number(0.1, 9),
    default=5.0,
    show_default=True,
    metavar="S",
    help="How long it may take to answer.",
)
@click.option(
    "--forward-keep",
    type=Number(0, 60),
    default=5.0,
    show_default=True,
    metavar="S",
    help="How long a positive answer is kept.",
)
@click.option("--forward-ca", type=_FILE, help="Certificate authority of --forward-url.")
@click.option("--jwt-key", type=_FILE, help="PEM, JWK or JWKS file (access jwt).")
@click.option("--jwt-jwks", default="", metavar="URL", help="Address of the keys, instead of a file.")
@click.option("--jwt-ca", type=_FILE, help="Certificate authority of --jwt-jwks.")
@click.option(
    "--jwt-algorithm",
    "jwt_algorithms",
    envvar="CHATWATCH_SERVE_JWT_ALGORITHM",
    multiple=True,
    default=("RS256", "ES256", "EdDSA"),
    show_default=True,
    help="An algorithm that is accepted; repeat.",
)
@click.option("--jwt-audience", default="", help="The audience that tokens must be for.  [default: none]")
@click.option("--jwt-issuer", default="", help="The issuer that tokens must be from.  [default: any]")
@click.option("--jwt-user-claim", default="sub", show_default=True, help="The claim that names the user.")
@click.option(
    "--jwt-conversations-claim",
    default="conversations",
    show_default=True,
    help="The claim that lists the conversations.",
)
@click.option(
    "--jwt-leeway",
    type=Number(0, 300),
    default=0.0,
    show_default=True,
    metavar="S",
    help="By how much clocks may differ.",
)
@click.option(
    "--cookie-name",
    "cookie",
    envvar="CHATWATCH_SERVE_COOKIE_NAME",
    default="chatwatch_session",
    show_default=True,
    help="The session's cookie.",
)
@click.option(
    "--session-life",
    type=Number(min=60),
    default=28_800.0,
    show_default=True,
    metavar="S",
    help="How long a sign-in in the browser lasts.",
)
@click.option("--session-key", type=_FILE, help="A secret that processes side by side share.")
@click.option(
    "--public-url",
    "forward_public_url",
    envvar="CHATWATCH_SERVE_PUBLIC_URL",
    default="",
    help="How callers see the endpoint, behind a proxy.",
)
@click.option("--root-path", default="", metavar="PATH", help="Path prefix under which a proxy publishes it.")
@click.option(
    "--trust-proxy",
    "trusted_proxies",
    envvar="CHATWATCH_SERVE_TRUST_PROXY",
    multiple=True,
    default=("127.0.0.1", "::1"),
    show_default=True,
    help="Address of a proxy whose X-Forwarded headers count; repeat.",
)
@click.option(
    "--cors-origin",
    "cors_origins",
    envvar="CHATWATCH_SERVE_CORS_ORIGIN",
    multiple=True,
    metavar="ORIGIN",
    help="Origin of pages that may read it; repeat.  [default: none]",
)
@click.option(
    "--buffer", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Events that wait for a viewer."
)
@click.option(
    "--keep-alive",
    type=Number(1, 40),
    default=15.0,
    show_default=True,
    metavar="S",
    help="Silence after which a viewer gets a comment; one that vanished is noticed within it.",
)
@click.option(
    "--recheck",
    type=Number(1, 3_600),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Withdrawn access ends a stream within this time.",
)
@click.option(
    "--max-payload",
    type=click.IntRange(1_000),
    default=4_000_000,
    show_default=True,
    metavar="BYTES",
    help="Larger payloads are not passed on.",
)
@click.option(
    "--max-viewers",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="Streams at once; who comes after that gets 503.",
)
@nats_options
@config_options
@click.pass_context
def serve(context: click.Context, /, **options: Any) -> int:
    """The watch endpoint: GET /api/ai/conversations/{id}/watch streams a conversation's events (SSE) to any viewer.

    \b
    chatwatch serve                        on loopback, for everybody here
    chatwatch serve --host 0.0.0.0 --access tokens
    chatwatch serve --access jwt --jwt-jwks https://id.example/jwks

    Each option is an environment variable too, CHATWATCH_SERVE_PORT for --port and so on.
    """
    return cli.serve(context, options)


@click.group(cls=Group, short_help="Who may watch through the endpoint.")
def token() -> None:
    """Who may watch, with `serve --access tokens`: make, list and revoke bearer tokens."""


@token.command(short_help="Make a token for USER and print it.")
@click.argument("user")
@click.option("--own", "owns", multiple=True, metavar="ID", help="A conversation of this user's; repeat.")
@click.option("--view", "views", multiple=True, metavar="ID", help="One that the user may see; * for all; repeat.")
@click.option("--days", type=Number(min=0, max=36_500, min_open=True), help="The token ends after so many days.")
@_TOKENS
def add(**options: Any) -> int:
    """Make a token for USER and print it. It is printed this once; the file keeps a hash."""
    return cli.token_add(**options)


@token.command(name="list")
@_TOKENS
def list_(**options: Any) -> int:
    """All tokens, without their secrets."""
    return cli.token_list(**options)


@token.command(short_help="Revoke a token.")
@click.argument("identity", metavar="TOKEN_ID")
@_TOKENS
def revoke(**options: Any) -> int:
    """Revoke a token; streams that it opened end within the re-check interval."""
    return cli.token_revoke(**options)
