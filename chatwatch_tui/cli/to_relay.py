"""From the options of `serve` to its settings."""

from __future__ import annotations

from typing import Any

import click

from chatwatch_tui.cli.to_config import resolved, say_remarks
from chatwatch_tui.cli.to_nats import nats_target
from chatwatch_tui.cli.to_sources import with_sources, without_endpoints
from chatwatch_tui.config.merge import Kind, Resolved
from chatwatch_tui.paths import config_folder
from chatwatch_tui.relay.access import AccessSettings
from chatwatch_tui.relay.settings import RelaySettings
from chatwatch_tui.serve_settings import ServeSettings

_FIELDS = {
    "cookie_name": "cookie",
    "jwt_algorithm": "jwt_algorithms",
    "public_url": "forward_public_url",
    "trust_proxy": "trusted_proxies",
    "cors_origin": "cors_origins",
}
"""What the relay's records call it, by key."""
_OWN_PATHS = frozenset({"api", "watch", "healthz", "readyz", "metrics", "openapi.json"})


def relay_settings(context: click.Context, options: dict[str, Any]) -> tuple[RelaySettings, AccessSettings]:
    """Settings of the endpoint and of who may watch. Raises click.UsageError with a message for the user."""
    found = with_sources(without_endpoints(resolved(context, options)))
    target = nats_target(found)
    serve = {name: getattr(found.settings.serve, name) for name in ServeSettings.__struct_fields__}
    mode, tokens = serve.pop("access"), serve.pop("tokens")
    _refuse_options_of_other_modes(found, mode)
    if serve["root_path"].strip("/").partition("/")[0] in _OWN_PATHS:
        raise click.UsageError(
            f"--root-path {serve['root_path']}: the endpoint's own paths begin so; publish it under another prefix"
        )
    named = {_FIELDS.get(name, name): value for name, value in serve.items()}
    access = {name: named.pop(name) for name in list(named) if name in AccessSettings.__struct_fields__}
    if mode == "forward" and not access["forward_url"]:
        raise click.UsageError("--access forward needs --forward-url, the address that decides")
    if mode == "jwt" and not (access["jwt_key"] or access["jwt_jwks"]):
        raise click.UsageError("--access jwt needs --jwt-key or --jwt-jwks, the keys that tokens are signed with")
    if tokens is None and mode == "tokens":
        tokens = config_folder() / "tokens.json"
    say_remarks(found)
    relay = RelaySettings(servers=target.servers, signin=target.signin, prefix=target.prefix, **named)
    return relay, AccessSettings(mode=mode, tokens=tokens, **access)


def _refuse_options_of_other_modes(found: Resolved, mode: str) -> None:
    """Whoever names a tokens file believes that tokens are asked for; without --access tokens nobody would."""
    for key, given in found.given.items():
        name = key.removeprefix("serve.")
        owner = name.partition("_")[0]
        if key != name and given.kind is Kind.FLAG and owner in ("tokens", "forward", "jwt") and owner != mode:
            raise click.UsageError(f"--{name.replace('_', '-')} belongs to --access {owner}, and access is {mode}")
