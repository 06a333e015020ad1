"""What a command is: id, keys, words. Bindings, footer and help are made from one table of them (`command_table`).

A command's action is `action_<id with underscores>` of the screen that its scope names; a test checks that each exists.
No key is a chord that tmux or screen takes, and every key can be typed on a plain terminal.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """Where a command's keys act: keys of different scopes never meet."""

    DASHBOARD = "dashboard"
    HELP = "help"
    CHOOSER = "chooser"
    """The list of conversations and the one of everything: both have these."""
    PICKER = "picker"
    """The list of conversations alone, beside those of `CHOOSER`."""


class Group(StrEnum):
    """Headings of the help screen."""

    PANES = "Panes"
    READING = "Reading"
    FINDING = "Finding"
    ATTENTION = "What needs you"
    HANDING_OVER = "Handing over"
    SCREEN = "Screen"
    CHOOSING = "In a list that was opened by o or :"
    HELP = "On this page"


class Command(msgspec.Struct, frozen=True):
    """One thing that a key does."""

    id: str
    """Stable name, for rebinding."""
    keys: str
    """Textual key names, separated by commas."""
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen."""
    group: Group
    shown_keys: str = ""
    """The keys as the help shows them; made from `keys` where blank."""
    footer: int = 0
    """Rank in the footer, 1 first; 0 keeps it out."""
    scope: Scope = Scope.DASHBOARD

    @property
    def action(self) -> str:
        """The Textual action. Ids of other scopes begin with the scope's name, which is no part of it."""
        return self.id.removeprefix(f"{self.scope}-").replace("-", "_")

    @property
    def display_keys(self) -> str:
        """Keys as a person reads them."""
        return self.shown_keys or " ".join(_KEY_WORDS.get(key, key) for key in self.keys.split(","))


_KEY_WORDS = {
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "grave_accent": "`",
    "exclamation_mark": "!",
    "question_mark": "?",
    "colon": ":",
    "space": "Space",
    "backspace": "Backspace",
    "enter": "Enter",
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "ctrl+c": "Ctrl+C",
    "ctrl+n": "Ctrl+N",
    "ctrl+p": "Ctrl+P",
    "ctrl+u": "Ctrl+U",
    "ctrl+w": "Ctrl+W",
}
