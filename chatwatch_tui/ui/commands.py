"""Every action of the dashboard: id, keys, words. Bindings, footer and help are made from this one table.

A command's action is `action_<id with underscores>` of the dashboard screen; a test checks that each exists. No key is
a chord that tmux or screen takes, and every key can be typed on a plain terminal.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from textual.binding import Binding


class Group(StrEnum):
    """Headings of the help screen."""

    PANES = "Panes"
    READING = "Reading"
    ATTENTION = "What needs you"
    SCREEN = "Screen"


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

    @property
    def action(self) -> str:
        """The Textual action."""
        return self.id.replace("-", "_")

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
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "ctrl+c": "Ctrl+C",
}

COMMANDS: tuple[Command, ...] = (
    Command("next-pane", "tab", "next", "Go to the next pane", Group.PANES, footer=3),
    Command("previous-pane", "shift+tab", "previous", "Go to the previous pane", Group.PANES),
    Command("last-pane", "grave_accent", "last", "Go back to the pane before this one", Group.PANES),
    Command("zoom", "z,enter", "zoom", "Show this pane alone, or all again", Group.PANES, footer=4),
    Command("open", "o", "open", "Choose a conversation from the list and open it", Group.PANES, footer=8),
    Command("close", "x", "close", "Close this pane; the conversation goes on being received", Group.PANES),
    Command("pin", "p", "pin", "Pin this pane: discovery never replaces it", Group.PANES),
    Command(
        "scroll-up", "up,k", "up", "Scroll up a row; following stops, the text stays where you read", Group.READING
    ),
    Command("scroll-down", "down,j", "down", "Scroll down a row", Group.READING),
    Command("page-up", "pageup", "page up", "Scroll up a page", Group.READING),
    Command("page-down", "pagedown", "page down", "Scroll down a page", Group.READING),
    Command("top", "g,home", "top", "Go to the oldest text", Group.READING),
    Command("live", "G,end", "live", "Go to the newest text and follow it", Group.READING),
    Command("freeze", "space", "freeze", "Freeze this pane; it goes on receiving and counts", Group.READING, footer=7),
    Command("freeze-all", "F", "freeze all", "Freeze or release all panes", Group.READING),
    Command(
        "next-attention",
        "exclamation_mark",
        "needs you",
        "Go to the next conversation that needs attention",
        Group.ATTENTION,
        footer=2,
    ),
    Command(
        "acknowledge",
        "a",
        "seen",
        "Say that you have seen it; it asks again when something happens",
        Group.ATTENTION,
        footer=9,
    ),
    Command("next-layout", "L", "layout", "Next layout: automatic, 1, 2, 4, 6, 9 panes, focus and strip", Group.SCREEN),
    Command("toggle-roster", "b", "roster", "Show or hide the list of conversations", Group.SCREEN),
    Command("help", "question_mark", "help", "This page", Group.SCREEN, footer=5),
    Command("back", "escape", "back", "Leave the list, the zoom or this page", Group.SCREEN),
    Command("quit", "q,ctrl+c", "quit", "Quit; nothing that chatwatch started stays behind", Group.SCREEN, footer=6),
)

PANE_KEYS = Command("pane", "1,2,3,4,5,6,7,8,9", "pane", "Go to pane 1 to 9", Group.PANES, "1-9", footer=1)
"""Nine keys that are one command with an argument."""


def bindings() -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """Textual bindings of all commands, each with the command's id, so that a keymap can name it."""
    made: list[Binding | tuple[str, str] | tuple[str, str, str]] = [
        Binding(key, f"pane({key})", PANE_KEYS.label, show=False, id=f"{PANE_KEYS.id}-{key}")
        for key in PANE_KEYS.keys.split(",")
    ]
    made += [
        Binding(command.keys, command.action, command.label, show=False, id=command.id, priority=command.id == "quit")
        for command in COMMANDS
    ]
    return made


def all_commands() -> tuple[Command, ...]:
    """All of them, in the order of the help screen."""
    return (PANE_KEYS, *COMMANDS)
