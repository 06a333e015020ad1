"""Every command of every screen, a row each: the tables are in a module for each kind of place. See `commands`."""

from __future__ import annotations

from textual.binding import Binding

from chatwatch_tui.ui.command_table import choosing, dashboard, handing_over, pages
from chatwatch_tui.ui.command_table.dashboard import PANE_KEYS as PANE_KEYS
from chatwatch_tui.ui.commands import Command, Scope

NO_KEY = "unbound"
"""No terminal sends it: a command that has no key in the table can still be given one."""

COMMANDS: tuple[Command, ...] = (
    *dashboard.PANES,
    *dashboard.READING,
    *dashboard.SHOWING,
    *dashboard.FINDING,
    *dashboard.ATTENTION,
    *dashboard.HANDING_OVER,
    *dashboard.SCREEN,
    *choosing.BOTTOM_LINE,
    *choosing.DISPLAY,
    *pages.INSPECT,
    *pages.READ,
    *handing_over.COPY,
    *handing_over.SELECT,
    *handing_over.WRITE,
    *choosing.CHOOSING,
    *pages.HELP,
)
"""All but the pane keys, in the order of the help screen."""


def commands(scope: Scope | None = None) -> tuple[Command, ...]:
    """The commands of a scope, all where none is named, in the order of the help screen."""
    return tuple(each for each in (PANE_KEYS, *COMMANDS) if scope is None or each.scope is scope)


def bindings(scope: Scope) -> list[Binding]:
    """Textual bindings of a scope's commands, each with the command's id, so that a keymap can name it."""
    made: list[Binding] = []
    for each in commands(scope):
        if each is PANE_KEYS:
            made += [
                Binding(key, f"pane({key})", each.label, show=False, id=f"{each.id}-{key}")
                for key in each.keys.split(",")
            ]
        else:
            keys = each.keys or NO_KEY
            made.append(Binding(keys, each.action, each.label, show=False, id=each.id))
    return made
