"""From the options of `serve` to its settings."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from click.core import ParameterSource

from chatwatch_tui.cli.to_nats import nats_target
from chatwatch_tui.paths import config_folder
from chatwatch_tui.relay.access import AccessSettings
from chatwatch_tui.relay.settings import RelaySettings

_OWN_PATHS = frozenset({"api", "watch", "healthz", "readyz", "metrics", "openapi.json"})


def relay_settings(context: click.Context, options: dict[str, Any]) -> tuple[RelaySettings, AccessSettings]:
    """Settings of the endpoint and of who may watch. Raises click.UsageError with a message for the user."""
    target = nats_target(context, options)
    mode, tokens = options.pop("access"), options.pop("tokens")
    _refuse_options_of_other_modes(context, mode)
    if options["root_path"].strip("/").partition("/")[0] in _OWN_PATHS:
        raise click.UsageError(
            f"--root-path {options['root_path']}: the endpoint's own paths begin so; publish it under another prefix"
        )
    names = {each.name for each in msgspec.structs.fields(AccessSettings)}
    access = {name: options.pop(name) for name in list(options) if name in names}
    if mode == "forward" and not access["forward_url"]:
        raise click.UsageError("--access forward needs --forward-url, the address that decides")
    if mode == "jwt" and not (access["jwt_key"] or access["jwt_jwks"]):
        raise click.UsageError("--access jwt needs --jwt-key or --jwt-jwks, the keys that tokens are signed with")
    if tokens is None and mode == "tokens":
        tokens = config_folder() / "tokens.json"
    relay = RelaySettings(servers=target.servers, signin=target.signin, prefix=target.prefix, **options)
    return relay, AccessSettings(mode=mode, tokens=tokens, **access)


def _refuse_options_of_other_modes(context: click.Context, mode: str) -> None:
    """Whoever names a tokens file believes that tokens are asked for; without --access tokens nobody would."""
    for parameter in context.command.params:
        name = parameter.name or ""
        owner = "tokens" if name == "tokens" else name.partition("_")[0]
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name != "forward_public_url" and owner in ("tokens", "forward", "jwt") and owner != mode:
            raise click.UsageError(f"{parameter.opts[0]} belongs to --access {owner}, and access is {mode}")
