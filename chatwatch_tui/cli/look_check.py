"""What only the dashboard knows to be wrong with settings: keys and themes."""

from __future__ import annotations

import click
import msgspec

from chatwatch_tui.config.merge import IN_FILE, Given, Resolved
from chatwatch_tui.config.toml_file import Problem
from chatwatch_tui.core.safetext import safe_line

BY_NAME = 4
"""Profiles that a problem names."""


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
            name = safe_line(action, 60)
            problems.append(_problem(found, giver, (action,), words if name in words else f"{name}: {words}"))
    return problems


def in_every_profile(found: Resolved) -> list[Problem]:
    """What `look_problems` finds with each profile and without one, each problem once; what only some profiles bring
    about names them. A value of the file is judged also where a flag or a variable holds over it."""
    brought_about: dict[Problem, dict[str, None]] = {}
    for name in ("", *found.profiles):
        for alone in (True, False):
            for problem in look_problems(found.with_profile(name, alone=alone)):
                brought_about.setdefault(problem, {})[name] = None
    return [
        problem if "" in names else msgspec.structs.replace(problem, words=f"{problem.words} ({_named(tuple(names))})")
        for problem, names in brought_about.items()
    ]


def _named(profiles: tuple[str, ...]) -> str:
    names = ", ".join(safe_line(each, 40) for each in profiles[:BY_NAME])
    more = f" and {len(profiles) - BY_NAME} more" if len(profiles) > BY_NAME else ""
    return f"profile{'s' if len(profiles) > 1 else ''} {names}{more}"


def _problem(found: Resolved, given: Given, steps: tuple[str, ...], words: str) -> Problem:
    if given.kind in IN_FILE and found.file is not None:
        at_key = words.startswith("unknown action")
        place = (found.file.key_at if at_key else found.file.value_at)((*given.steps, *steps))
        return Problem(words, str(found.file.path), place)
    return Problem(f"{found.origin(given)}: {words}")


def refuse(problems: list[Problem]) -> None:
    """Raises click.UsageError with all of them, if there are any."""
    if problems:
        raise click.UsageError("\n".join(map(str, problems)))
