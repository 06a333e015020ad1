"""What the commands of `chatwatch config` do and print."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from chatwatch_tui.cli import EXIT_USAGE, fail, warn
from chatwatch_tui.cli.look_check import in_every_profile, look_problems, refuse
from chatwatch_tui.cli.to_config import resolved, say_remarks
from chatwatch_tui.cli.to_sources import with_sources
from chatwatch_tui.config.load import Asked, config_path, resolve
from chatwatch_tui.config.masking import MASK, masked
from chatwatch_tui.config.merge import IN_FILE, Given, Kind, Resolved, values_of
from chatwatch_tui.config.schema import Key, keys
from chatwatch_tui.config.toml_file import Problem
from chatwatch_tui.config.toml_text import template, toml_of
from chatwatch_tui.paths import write_private

COLUMN = 44
"""Where origins begin, after values that leave room for them."""


def rows(found: Resolved) -> list[str]:
    """A line of TOML for each key, and where its value comes from as the comment."""
    found = with_sources(found, look_up=False)
    given, values = found.given, values_of(found.settings)
    lines = []
    for key in keys().values():
        line = f"{key.name} = {toml_of(_shown(key, values))}"
        lines.append(f"{line:<{COLUMN}}  # {found.origin(given.get(key.name))}")
    return lines


def as_json(found: Resolved) -> str:
    """A list of objects, one for each key."""
    found = with_sources(found, look_up=False)
    given, values = found.given, values_of(found.settings)
    return json.dumps(
        [_object(key, _shown(key, values), given.get(key.name), found) for key in keys().values()],
        ensure_ascii=False,
        indent=1,
    )


def _shown(key: Key, values: Mapping[str, Any]) -> Any:
    """A value without secrets. What NATS takes for a user is a token where there is no password."""
    value = masked(key, values.get(key.name))
    return MASK if key.name == "nats.user" and value and not values.get("nats.password") else value


def _object(key: Key, value: Any, given: Given | None, found: Resolved) -> dict[str, Any]:
    plain = msgspec.to_builtins(value, enc_hook=str)
    entry: dict[str, Any] = {"key": key.name, "value": plain, "origin": given.kind if given else Kind.DEFAULT}
    if given is not None and given.name:
        entry["name"] = given.name
    if given is not None and given.kind in IN_FILE and found.file is not None:
        entry |= {"file": str(found.file.path), "line": found.file.key_at(given.steps).line}
    return entry


def all_problems(asked: Asked, environment: dict[str, str]) -> list[Problem]:
    """Everything that is wrong, whether it would stop a start or not; with a profile as it holds then."""
    found = resolve(asked, environment)
    look = look_problems(found) if asked.profile else in_every_profile(found)
    return sorted([*found.problems, *found.remarks, *look], key=lambda each: each.place)


def show(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch config show`."""
    wants_json = options.pop("as_json")
    found = resolved(context, options)
    say_remarks(found)
    for problem in look_problems(found):
        warn(str(problem))
    print(as_json(found) if wants_json else "\n".join(rows(found)), flush=True)
    return 0


def check(file: Path | None, profile: str | None) -> int:
    """`chatwatch config check`. A file that is named is judged by itself, without the environment."""
    where, _ = config_path(file)
    asked = Asked(config=file, profile=profile)
    problems = all_problems(asked, {} if file is not None else dict(os.environ))
    for problem in problems:
        print(problem)
    if problems:
        return EXIT_USAGE
    if where.exists():
        warn(f"{where}: nothing is wrong")
    else:
        warn(f"{where}: there is no such file, so the defaults hold; `chatwatch config init` makes one")
    return 0


def path() -> int:
    """`chatwatch config path`."""

    print(config_path(None)[0], flush=True)
    return 0


def init(file: Path | None, force: bool) -> int:
    """`chatwatch config init`."""
    where, _ = config_path(file)
    if os.path.islink(where):
        target = os.path.realpath(where)
        there = os.path.lexists(target)
        command = shlex.join(["chatwatch", "config", "init", *(["--force"] if there else []), target])
        does = "writes over that file" if there else "writes that file"
        fail(f"{where} is a link to {target}, and no link is followed: `{command}` {does}")
    if os.path.lexists(where) and not force:
        fail(f"{where} is there already; --force writes over it")
    try:
        write_private(where.parent, where.name, template())
    except OSError as problem:
        fail(f"{where}: {problem.strerror}")
    warn(f"every key stands in it, commented out: {where}")
    return 0


def list_keys(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch config keys`."""
    from chatwatch_tui.ui.keymap import Keymap

    found = resolved(context, options)
    refuse(look_problems(found))
    for action, bound, words in Keymap.of(found.settings.screen).listed():
        print(action, bound or "-", words, sep="\t")
    return 0
