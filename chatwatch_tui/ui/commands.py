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
    DISPLAY = "display"
    """The menu of what is shown."""
    FIND = "find"
    """The line that is typed into: search, filter, file names."""
    INSPECT = "inspect"
    READ = "read"
    COPY = "copy"
    SELECT = "select"
    WRITE = "write"
    CHOOSER = "chooser"
    """The list of conversations and the one of everything: both have these."""
    PICKER = "picker"
    """The list of conversations alone, beside those of `CHOOSER`."""
    LAYOUTS = "layouts"
    """The list of layouts, likewise."""

    @property
    def is_typed_into(self) -> bool:
        """Whether letters go into a line there."""
        return self in (Scope.FIND, Scope.WRITE, Scope.CHOOSER, Scope.PICKER, Scope.LAYOUTS)


class Group(StrEnum):
    """Headings of the help screen."""

    PANES = "Panes"
    READING = "Reading"
    FINDING = "Finding"
    ATTENTION = "What needs you"
    HANDING_OVER = "Handing over"
    SCREEN = "Screen"
    BOTTOM_LINE = "Typing in the bottom line"
    DISPLAY = "In the menu of what is shown"
    INSPECT = "In the inspector"
    READ = "In the reader"
    COPY = "Choosing what to copy"
    SELECT = "Selecting rows to copy"
    WRITE = "Writing to a file"
    CHOOSING = "In a list to choose from"
    HELP = "On this page"


_WAYS_OUT = frozenset({"back", "dismiss", "cancel"})


class Command(msgspec.Struct, frozen=True):
    """One thing that a key does."""

    id: str
    """Stable name, for rebinding."""
    keys: str
    """Textual key names, separated by commas."""
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen. It names other commands' keys as `Keymap.fill` takes them."""
    group: Group
    shown_keys: str = ""
    """The keys as the help shows them; made from `keys` where blank."""
    footer: int = 0
    """Rank in the footer, 1 first; 0 keeps it out."""
    pair: tuple[str, str] | None = None
    """The id of the command that stands beside it in a footer, and the word for both."""
    scope: Scope = Scope.DASHBOARD
    essential: bool = False
    """May be given other keys, but never none: without it there is no way out, or none to learn of one."""

    @property
    def is_way_out(self) -> bool:
        """Whether it leaves what lies over the dashboard."""
        return self.scope is not Scope.DASHBOARD and self.action in _WAYS_OUT

    @property
    def must_have_a_key(self) -> bool:
        """Essential, or the way out."""
        return self.essential or self.is_way_out

    @property
    def action(self) -> str:
        """The Textual action. Ids of other scopes begin with the scope's name, which is no part of it."""
        return self.id.removeprefix(f"{self.scope}-").replace("-", "_")

    @property
    def display_keys(self) -> str:
        """Keys as a person reads them."""
        return self.shown_keys or " ".join(key_words(key) for key in self.keys.split(",") if key)


def key_words(key: str) -> str:
    """A key as a person reads it: `?`, `Ctrl+F`, `PgUp`."""
    if word := _KEY_WORDS.get(key):
        return word
    *modifiers, last = key.split("+")
    from textual.keys import key_to_character

    word = _KEY_WORDS.get(last) or ("+" if last == "plus" else key_to_character(last)) or last
    if modifiers or (word == last and len(word) > 1):
        word = word[:1].upper() + word[1:]
    return "+".join([*(each.capitalize() for each in modifiers), word])


_KEY_WORDS = {
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "grave_accent": "`",
    "exclamation_mark": "!",
    "question_mark": "?",
    "slash": "/",
    "apostrophe": "'",
    "quotation_mark": '"',
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "colon": ":",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Del",
    "enter": "Enter",
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "backslash": "\\",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "ctrl+c": "Ctrl+C",
    "ctrl+r": "Ctrl+R",
    "ctrl+n": "Ctrl+N",
    "ctrl+p": "Ctrl+P",
    "ctrl+u": "Ctrl+U",
    "ctrl+w": "Ctrl+W",
}
