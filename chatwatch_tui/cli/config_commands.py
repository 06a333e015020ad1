"""`chatwatch config`: what it understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatwatch_tui.cli import config_show
from chatwatch_tui.cli.groups import Group
from chatwatch_tui.cli.options import config_options, nats_options, screen_options, sse_options

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Group, short_help="Settings: show, check, write a file.")
def config() -> None:
    """Settings: which hold and why, what is wrong with a file, where it is, and a first one.

    \b
    chatwatch config init                 a file with every key and its default
    chatwatch config show --profile prod  what would hold, and where it comes from
    chatwatch config check                exit code 2 where something is wrong
    """


@config.command(short_help="Every setting and where it comes from.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@nats_options
@sse_options
@screen_options
@config_options
@click.pass_context
def show(context: click.Context, /, **options: Any) -> int:
    """Every setting with its value and where it comes from: a flag, a variable, a line of the file, a profile, a
    context of the `nats` tool, or the default. Secrets are shown as `…`, and so are user, password and query of
    addresses and the arguments of commands."""
    return config_show.show(context, options)


@config.command(short_help="What is wrong with a settings file.")
@click.argument("file", type=_FILE, required=False)
@click.option("--profile", metavar="NAME", help="Theme and keys as they hold with this profile, which must be there.")
def check(file: Path | None, profile: str | None) -> int:
    """Every problem of FILE, or of the settings file in force, as `file:line:column: words`, with every profile and
    without one. Exit code 2 if there are any."""
    return config_show.check(file, profile)


@config.command(short_help="Where the settings file is.")
def path() -> int:
    """The settings file in force, whether it is there or not."""
    return config_show.path()


@config.command(short_help="Write a first settings file.")
@click.argument("file", type=_FILE, required=False)
@click.option("--force", is_flag=True, help="Over one that is there.")
def init(file: Path | None, force: bool) -> int:
    """Write a settings file with every key, commented out at its default, under its sentence; for its owner only."""
    return config_show.init(file, force)


@config.command(short_help="Every action, its id and its keys.")
@config_options
@click.pass_context
def keys(context: click.Context, /, **options: Any) -> int:
    """Every action that `[keys]` can name, one on a line: id, keys in force, what it does; tab-separated."""
    return config_show.list_keys(context, options)
