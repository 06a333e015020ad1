"""From what click read to layers of settings. Click knows the older flags and variables; every other key is `config`'s.

An option that was given, by flag or by its variable, becomes a value of its key; one that was not leaves the key to the
file and the default. So the order is the same for all: flag > environment > profile > file > default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from chatwatch_tui.cli import warn
from chatwatch_tui.cli.to_sources import SERVERS
from chatwatch_tui.config.live import SettingsFile, rules_left_out
from chatwatch_tui.config.load import STALL_KEYS, Asked, resolve
from chatwatch_tui.config.merge import Given, Kind, Layer, Resolved

KEYS = {
    "ids": "conversations",
    "servers": "nats.servers",
    "context_name": "nats.context",
    "prefix": "nats.prefix",
    "user": "nats.user",
    "password": "nats.password",
    "creds": "nats.creds",
    "nkey": "nats.nkey",
    "tlscert": "nats.tls_cert",
    "tlskey": "nats.tls_key",
    "tlsca": "nats.tls_ca",
    "tlsfirst": "nats.tls_first",
    "endpoints": "sse.endpoints",
    **{
        name: f"sse.{name}"
        for name in (
            "token", "token_file", "token_command", "cookie", "cookie_file", "cookie_command", "headers_file",
            "cacert", "client_cert", "client_key", "max_connections",
        )
    },
    "max_fps": "fps",
    "ascii_glyphs": "ascii",
    **{name: name for name in ("stats_json", "slow_link", "text_budget", "max_conversations", "fresh", "mouse")},
}  # fmt: skip
"""Key by option; options of `serve` are called as the keys of `[serve]` are. Not from the tree, whose introspection
costs a start without a settings file 2 ms; a test holds them together."""


class SettingsWrong(click.UsageError):
    """The settings are wrong, and not how the command was called: its usage is no help."""

    def __init__(self, words: str) -> None:
        super().__init__(words)

    def show(self, file: Any = None) -> None:
        """The words alone."""
        click.ClickException.show(self, file)


_ASKED = f"{__name__}.asked"


def resolved(context: click.Context, options: dict[str, Any]) -> Resolved:
    """Takes everything that is a setting out of `options`. Raises click.UsageError with all that is wrong."""
    asked = asked_for(context, options)
    found = resolve(asked)
    context.meta[_ASKED] = (asked, found)
    if found.problems:
        raise SettingsWrong("\n".join(map(str, found.problems)))
    return found


def settings_file(context: click.Context, *not_of_interest: str) -> SettingsFile:
    """The file that `resolved` read, to look at while the dashboard runs."""
    from chatwatch_tui.cli.look_check import look_problems

    asked, found = context.meta[_ASKED]
    at_start = tuple(each for each in found.remarks if each.file)
    return SettingsFile(
        asked,
        found.settings,
        check=look_problems,
        not_of_interest=("serve.", *not_of_interest),
        at_start=at_start,
        rules_left_out=rules_left_out(found),
    )


def asked_for(context: click.Context, options: dict[str, Any]) -> Asked:
    """What the command line and the variables that click reads say; taken out of `options`."""
    layers: dict[ParameterSource | None, dict[str, Given]] = {
        ParameterSource.COMMANDLINE: {},
        ParameterSource.ENVIRONMENT: {},
    }
    config, profile, sets = (options.pop(name, None) for name in ("config", "profile", "sets"))
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in options or (key := _key_of(parameter, context.command.name or "")) is None:
            continue
        value = options.pop(name)
        source = context.get_parameter_source(name)
        if source in layers and not (isinstance(parameter, click.Argument) and not value):
            layers[source].update(_given(parameter, key, value, source is ParameterSource.COMMANDLINE))
    return Asked(
        Layer(Kind.FLAG, layers[ParameterSource.COMMANDLINE]),
        Layer(Kind.VARIABLE, layers[ParameterSource.ENVIRONMENT]),
        tuple(sets or ()),
        config,
        profile,
    )


def _key_of(parameter: click.Parameter, command: str) -> str | None:
    """The key that an option is about, None where it is about none."""
    name = parameter.name or ""
    if name == "stall":
        return name
    if (command == "serve" and name not in KEYS) or name == "tokens":
        return f"serve.{parameter.opts[0].removeprefix('--').replace('-', '_')}"
    return KEYS.get(name)


def _given(parameter: click.Parameter, key: str, value: Any, by_flag: bool) -> dict[str, Given]:
    kind = Kind.FLAG if by_flag else Kind.VARIABLE
    if isinstance(parameter, click.Argument):
        return {key: Given(tuple(value), kind, "ID")}
    variable = parameter.envvar if isinstance(parameter.envvar, str) else f"CHATWATCH_{key.upper().replace('.', '_')}"
    is_off = value is False and bool(parameter.secondary_opts)
    flag = parameter.secondary_opts[0] if is_off else parameter.opts[0]
    name = flag if by_flag else variable
    if key == "stall":
        return {each: Given(float(number), kind, name) for each, number in zip(STALL_KEYS, value, strict=True)}
    if key == SERVERS:
        value = [part.strip() for each in value for part in each.split(",") if part.strip()]
    if isinstance(value, Path):
        value = value.expanduser()
    return {key: Given(tuple(value) if isinstance(value, (list, tuple)) else value, kind, name)}


def say_remarks(found: Resolved) -> None:
    """What is wrong but stops nothing, on stderr."""
    for remark in found.remarks:
        warn(str(remark))
