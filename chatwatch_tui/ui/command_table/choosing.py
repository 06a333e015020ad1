"""What the keys do where something is chosen or typed: the lists, the menu of what is shown, the bottom line."""

from __future__ import annotations

from chatwatch_tui.ui.commands import Command, Group, Scope

CHOOSING = (
    Command("picker-mark", "space,tab", "mark", "Mark it; {chooser-choose} opens all that are marked, side by side",
            Group.CHOOSING, footer=2, scope=Scope.PICKER),
    Command("layouts-forget", "delete", "give up", "In the list of layouts: give this one up; asked once",
            Group.CHOOSING, footer=2, scope=Scope.LAYOUTS),
    *(
        Command(f"chooser-{id}", keys, label, help, Group.CHOOSING, footer=footer, scope=Scope.CHOOSER,
                essential=id == "dismiss")
        for id, keys, label, help, footer in (
            ("choose", "enter", "choose", "Take what is under the cursor, or all that is marked", 1),
            ("dismiss", "escape", "back", "Close the list and take nothing", 4),
            ("help", "f1", "help", "These keys first", 5),
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
DISPLAY = (
    Command("display-up", "up,k", "up", "The kind above", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-down", "down,j", "down", "The kind below", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-less", "left,h", "fuller", "Leave less out: show more", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-more", "right,l", "shorter", "Leave more out: show less", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-cycle", "space", "next", "The next level, round the corner", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-help", "question_mark,f1", "help", "These keys first", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-scope", "tab", "whose", "For this pane, or for all", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-dismiss", "escape,enter,q,T", "back", "Leave the menu", Group.DISPLAY, scope=Scope.DISPLAY),
)
BOTTOM_LINE = (
    Command("find-accept", "enter", "take", "Take what is typed", Group.BOTTOM_LINE, scope=Scope.FIND),
    Command(
        "find-cancel", "escape", "back", "Leave it, and go back to where you were", Group.BOTTOM_LINE, scope=Scope.FIND
    ),
    Command(
        "find-switch",
        "tab",
        "scope",
        "Search: this pane or all. Filter: lines or turns, then both in all panes",
        Group.BOTTOM_LINE,
        scope=Scope.FIND,
    ),
    Command(
        "find-regex",
        "ctrl+r",
        "regex",
        "Search: plain text or a regular expression; a filter has /.../ for one",
        Group.BOTTOM_LINE,
        scope=Scope.FIND,
    ),
    Command("find-older", "up", "older", "What was typed before", Group.BOTTOM_LINE, scope=Scope.FIND),
    Command("find-newer", "down", "newer", "What was typed after that", Group.BOTTOM_LINE, scope=Scope.FIND),
)
