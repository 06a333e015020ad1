"""A settings file that changes while chatwatch runs: noticed by one look a second, read somewhere else.

Looking is one `stat`. A file that appears, vanishes, or is replaced by an editor is a change like any other. What flags
and variables said at the start goes on holding over the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from chatwatch_tui.config.load import Asked, config_path, resolve
from chatwatch_tui.config.merge import Resolved, changed
from chatwatch_tui.config.schema import Key
from chatwatch_tui.config.toml_file import Problem
from chatwatch_tui.core.rules import RuleLeftOut
from chatwatch_tui.settings import Settings


def rules_left_out(found: Resolved) -> tuple[RuleLeftOut, ...]:
    """What is wrong in the list of rules that holds: that of a profile stands in place of the base's."""
    given = found.given.get("rule")
    if given is None or not given.steps:
        return ()
    depth = len(given.steps)
    return tuple(
        RuleLeftOut(position, f"{Path(each.file).name}:{each.place.line}:{each.place.column}: {each.words}")
        for each in found.remarks
        if each.steps[:depth] == given.steps and isinstance(position := each.steps[depth], int)
    )


class Reread(msgspec.Struct, frozen=True):
    """What a changed file says."""

    settings: Settings | None
    """None where something is wrong with it: what held goes on holding."""
    problems: tuple[Problem, ...] = ()
    """What is wrong. With settings: what is left out of them, such as a rule."""
    changed: tuple[str, ...] = ()
    """Keys that have another value than at the last reading."""
    restart: tuple[str, ...] = ()
    """All keys that have another value than the one in force, and take effect at the next start only."""
    again: tuple[str, ...] = ()
    """Those of `changed` that would, and are back at the value in force."""
    by_check: str = ""
    """The command that says the same problems, all of them; blank where flags have a part in one."""
    rules_left_out: tuple[RuleLeftOut, ...] = ()
    """Which of the problems are about rules that would hold."""


class SettingsFile:
    """The file of a running dashboard."""

    def __init__(
        self,
        asked: Asked,
        before: Settings,
        *,
        check: Callable[[Resolved], list[Problem]] = lambda found: [],
        not_of_interest: tuple[str, ...] = ("serve.",),
        at_start: tuple[Problem, ...] = (),
        rules_left_out: tuple[RuleLeftOut, ...] = (),
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`before`: what holds. `check` finds what only others know to be wrong. Keys that begin as one of
        `not_of_interest` does may change without a word."""
        self._asked = asked
        self.before = before
        """What it said when it was read last, or at the start."""
        self._at_start = before
        self._check = check
        self._not_of_interest = not_of_interest
        self._environment = dict(environment)
        self.path, _ = config_path(asked.config, environment)
        self.at_start = Reread(before, at_start, by_check=self._by_check(at_start), rules_left_out=rules_left_out)
        """What was wrong at the start and stopped nothing: a rule that was left out."""
        self._seen = _signature(self.path)

    def has_changed(self) -> bool:
        """Whether it is another file than at the last look."""
        seen, self._seen = self._seen, _signature(self.path)
        return seen != self._seen

    def read_again(self) -> Reread:
        """Read it. Not for the event loop. Never raises."""
        found = resolve(self._asked, self._environment)
        if found.problems:
            return Reread(None, found.problems, by_check=self._by_check(found.problems))
        if problems := tuple(self._check(found)):
            by_file = self._check(found.with_profile(found.profile, alone=True))
            return Reread(None, problems, by_check=self._by_check(problems) if set(problems) <= set(by_file) else "")
        before, self.before = self.before, found.settings
        differ = self._differ(before)
        waiting = tuple(key.name for key in self._differ(self._at_start) if key.restart) if differ else ()
        left_out = tuple(each for each in found.remarks if each.file)
        return Reread(
            self.before,
            left_out,
            tuple(key.name for key in differ),
            waiting,
            tuple(key.name for key in differ if key.restart and key.name not in waiting),
            self._by_check(left_out),
            rules_left_out(found),
        )

    def _by_check(self, problems: Iterable[Problem]) -> str:
        """Only what has a place in the file is its own problem. FILE is short, and the place names it."""
        command = "chatwatch config check" if self._asked.config is None else "chatwatch config check FILE"
        return command if all(each.file for each in problems) else ""

    def _differ(self, before: Settings) -> list[Key]:
        return [key for key in changed(before, self.before) if not key.name.startswith(self._not_of_interest)]


def _signature(path: Path) -> tuple[int, ...] | None:
    """Mode and change time are of it: a file that may be read again is another one."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_mode, found.st_ino, found.st_size
