"""The options of `serve` are one table: each has words and a variable, and its default is that of the records."""

from __future__ import annotations

import click
import msgspec

from chatwatch_tui.cli.relay_commands import serve
from chatwatch_tui.relay.access import AccessSettings
from chatwatch_tui.relay.settings import RelaySettings


def test_every_option_has_words_and_a_variable() -> None:
    context = click.Context(serve, auto_envvar_prefix="CHATWATCH_SERVE")
    for option in serve.params:
        assert isinstance(option, click.Option)
        assert option.help, option.opts
        assert option.envvar or context.auto_envvar_prefix, option.opts


def test_defaults_are_those_of_the_records() -> None:
    records = {**defaults(RelaySettings), **defaults(AccessSettings)}
    named = {option.name: option for option in serve.params}
    for name in records.keys() & named.keys():
        default = named[name].get_default(click.Context(serve))
        if isinstance(default, (str, int, float, tuple)):  # files and lists without one have none
            assert records[name] == default, name


def defaults(record: type[msgspec.Struct]) -> dict[str, object]:
    fields = msgspec.structs.fields(record)
    return {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}
