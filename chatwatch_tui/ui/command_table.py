"""Every command of every screen, a row each, by group. See `commands`."""

from __future__ import annotations

from textual.binding import Binding

from chatwatch_tui.ui.commands import Command, Group, Scope

PANE_KEYS = Command("pane", "1,2,3,4,5,6,7,8,9", "pane", "Go to pane 1 to 9", Group.PANES, "1-9", footer=1)
"""Nine keys that are one command with an argument."""

_PANES = (
    Command("next-pane", "tab", "next", "Go to the next pane", Group.PANES, footer=3),
    Command("previous-pane", "shift+tab", "previous", "Go to the previous pane", Group.PANES),
    Command("last-pane", "grave_accent", "last", "Go back to the pane before this one", Group.PANES),
    Command("zoom", "z,enter", "zoom", "Show this pane alone, or all again", Group.PANES, footer=4),
    Command("open", "o", "open", "Find a conversation, or several, and open them", Group.PANES, footer=8),
    Command("close", "x", "close", "Close this pane; the conversation goes on being received", Group.PANES),
    Command("pin", "p", "pin", "Pin this pane: discovery never replaces it", Group.PANES),
)
_READING = (
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
)
_FINDING: tuple[Command, ...] = ()
_ATTENTION = (
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
)
_HANDING_OVER: tuple[Command, ...] = ()
_SCREEN = (
    Command("next-layout", "L", "layout", "Next layout: automatic, 1, 2, 4, 6, 9 panes, focus and strip", Group.SCREEN),
    Command("toggle-roster", "b", "roster", "Show or hide the list of conversations", Group.SCREEN),
    Command(
        "palette",
        "colon,ctrl+p",
        "palette",
        "Find anything: keys, conversations, layouts, themes",
        Group.SCREEN,
        footer=10,
    ),
    Command("help", "question_mark", "help", "This page", Group.SCREEN, footer=5),
    Command("back", "escape", "back", "Leave the list, the zoom or this page", Group.SCREEN),
    Command("quit", "q,ctrl+c", "quit", "Quit; nothing that chatwatch started stays behind", Group.SCREEN, footer=6),
)
_CHOOSING = (
    Command("picker-mark", "space,tab", "mark", "Mark it; Enter opens all that are marked", Group.CHOOSING, footer=2,
            scope=Scope.PICKER),
    *(
        Command(f"chooser-{id}", keys, label, help, Group.CHOOSING, footer=footer, scope=Scope.CHOOSER)
        for id, keys, label, help, footer in (
            ("choose", "enter", "open", "Take what is under the cursor, or all that is marked", 1),
            ("dismiss", "escape", "back", "Close the list and take nothing", 4),
            ("up", "up,ctrl+p", "up", "To the row above", 0),
            ("down", "down,ctrl+n", "down", "To the row below", 0),
            ("page-up", "pageup", "page up", "A page up", 0),
            ("page-down", "pagedown", "page down", "A page down", 0),
            ("top", "home", "top", "To the first one", 0),
            ("end", "end", "end", "To the last one", 0),
            ("erase", "backspace", "erase", "Take the last letter away", 0),
            ("erase-word", "ctrl+w", "erase word", "Take the last word away", 0),
            ("clear", "ctrl+u", "clear", "Take all letters away; a comma begins another word", 0),
        )
    ),
)  # fmt: skip
_HELP = (
    Command("help-dismiss", "escape,question_mark,q,enter", "back", "Leave this page", Group.HELP, scope=Scope.HELP),
    Command("help-up", "up,k", "up", "Move up a row", Group.HELP, scope=Scope.HELP),
    Command("help-down", "down,j", "down", "Move down a row", Group.HELP, scope=Scope.HELP),
    Command("help-page-up", "pageup", "page up", "Move up a page", Group.HELP, scope=Scope.HELP),
    Command("help-page-down", "pagedown,space", "page down", "Move down a page", Group.HELP, scope=Scope.HELP),
    Command("help-top", "home,g", "top", "To the first row", Group.HELP, scope=Scope.HELP),
    Command("help-end", "end,G", "end", "To the last row", Group.HELP, scope=Scope.HELP),
)

COMMANDS: tuple[Command, ...] = (
    *_PANES,
    *_READING,
    *_FINDING,
    *_ATTENTION,
    *_HANDING_OVER,
    *_SCREEN,
    *_CHOOSING,
    *_HELP,
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
            made.append(Binding(each.keys, each.action, each.label, show=False, id=each.id, priority=each.id == "quit"))
    return made
