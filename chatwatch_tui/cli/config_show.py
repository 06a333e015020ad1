"""What the commands of `chatwatch config` print."""

from __future__ import annotations

import json
from typing import Any

import click

from chatwatch_tui.cli.to_sources import with_sources
from chatwatch_tui.config.load import Asked, resolve
from chatwatch_tui.config.merge import Given, Kind, Resolved, values_of
from chatwatch_tui.config.schema import Key, keys
from chatwatch_tui.config.toml_file import Problem
from chatwatch_tui.config.toml_text import masked, toml_of

PROFILE_AND_FILE = frozenset({Kind.PROFILE, Kind.FILE})
COLUMN = 44
"""Where origins begin, after values that leave room for them."""


def rows(found: Resolved) -> list[str]:
    """A line of TOML for each key, and where its value comes from as the comment."""
    found = with_sources(found)
    given, values = found.given, values_of(found.settings)
    lines = []
    for key in keys().values():
        line = f"{key.name} = {toml_of(masked(key, values.get(key.name)))}"
        lines.append(f"{line:<{COLUMN}}  # {found.origin(given.get(key.name))}")
    return lines


def as_json(found: Resolved) -> str:
    """A list of objects, one for each key."""
    found = with_sources(found)
    given, values = found.given, values_of(found.settings)
    return json.dumps(
        [_object(key, values.get(key.name), given.get(key.name), found) for key in keys().values()],
        ensure_ascii=False,
        indent=1,
    )


def _object(key: Key, value: Any, given: Given | None, found: Resolved) -> dict[str, Any]:
    import msgspec

    plain = msgspec.to_builtins(masked(key, value), enc_hook=str)
    entry: dict[str, Any] = {"key": key.name, "value": plain, "origin": given.kind if given else Kind.DEFAULT}
    if given is not None and given.name:
        entry["name"] = given.name
    if given is not None and given.kind in PROFILE_AND_FILE and found.file is not None:
        entry |= {"file": str(found.file.path), "line": found.file.key_at(given.steps).line}
    return entry


def all_problems(asked: Asked, environment: dict[str, str]) -> list[Problem]:
    """Everything that is wrong, whether it would stop a start or not."""
    found = resolve(asked, environment)
    return sorted([*found.problems, *found.remarks, *look_problems(found)], key=lambda each: each.place)


def look_problems(found: Resolved) -> list[Problem]:
    """What only the dashboard knows to be wrong: keys and themes. Imports it only where there is something to ask."""
    problems: list[Problem] = []
    settings = found.settings.screen
    given = found.given
    if "theme" in given:
        from chatwatch_tui.ui.themes import UnknownTheme, checked_theme

        try:
            checked_theme(settings.theme)
        except UnknownTheme as problem:
            problems.append(_problem(found, given["theme"], (), str(problem)))
    if "keys" in given:
        from chatwatch_tui.ui.keymap import problems as key_problems

        for action, words in key_problems(settings.keymap, settings.keys):
            giver = next(
                each.given["keys"]
                for each in found.layers
                if "keys" in each.given and action in each.given["keys"].value
            )
            problems.append(_problem(found, giver, (action,), words if action in words else f"{action}: {words}"))
    return problems


def _problem(found: Resolved, given: Given, steps: tuple[str, ...], words: str) -> Problem:
    if given.kind in PROFILE_AND_FILE and found.file is not None:
        at_key = words.startswith("unknown action")
        place = (found.file.key_at if at_key else found.file.value_at)((*given.steps, *steps))
        return Problem(words, str(found.file.path), place)
    return Problem(f"{found.origin(given)}: {words}")


def refuse(problems: list[Problem]) -> None:
    """Raises click.UsageError with all of them, if there are any."""
    if problems:
        raise click.UsageError("\n".join(map(str, problems)))
