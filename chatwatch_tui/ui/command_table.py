"""Every command of every screen, a row each, by group. See `commands`."""

from __future__ import annotations

from textual.binding import Binding

from chatwatch_tui.ui.commands import Command, Group, Scope

NO_KEY = "unbound"
"""No terminal sends it: a command that has no key in the table can still be given one."""
PANE_KEYS = Command("pane", "1,2,3,4,5,6,7,8,9", "pane", "Go to pane 1 to 9", Group.PANES, "1-9", footer=1)
"""Nine keys that are one command with an argument."""

_PANES = (
    Command("next-pane", "tab", "next", "Go to the next pane", Group.PANES, footer=3),
    Command("previous-pane", "shift+tab", "previous", "Go to the previous pane", Group.PANES),
    Command("last-pane", "grave_accent", "last", "Go back to the pane before this one", Group.PANES),
    Command("zoom", "z,enter", "zoom", "Show this pane alone, or all again", Group.PANES, footer=4),
    Command("open", "o", "open", "Find a conversation, or several, and open them", Group.PANES, footer=9),
    Command("close", "x", "close", "Close this pane; the conversation goes on being received", Group.PANES),
    Command("pin", "p", "pin", "Pin this pane: discovery never replaces it", Group.PANES),
    Command("lock", "P", "lock", "Lock this pane: nothing replaces or closes it until it is unlocked", Group.PANES),
)
_READING = (
    Command(
        "scroll-up", "up,k", "up", "Scroll up a row; following stops, the text stays where you read", Group.READING
    ),
    Command("scroll-down", "down,j", "down", "Scroll down a row", Group.READING),
    Command("page-up", "pageup", "page up", "Scroll up a page", Group.READING),
    Command("page-down", "pagedown", "page down", "Scroll down a page", Group.READING),
    Command("half-page-up", "", "half page up", "Scroll up half a page", Group.READING),
    Command("half-page-down", "", "half page down", "Scroll down half a page", Group.READING),
    Command("top", "g,home", "top", "Go to the oldest text", Group.READING),
    Command("live", "G,end", "live", "Go to the newest text and follow it", Group.READING),
    Command("freeze", "space", "freeze", "Freeze this pane; it goes on receiving and counts", Group.READING, footer=8),
    Command("freeze-all", "F", "freeze all", "Freeze or release all panes", Group.READING),
)
_SHOWING = (
    Command(
        "thinking", "t", "thinking", "Thoughts in full, in one line, or hidden; for this pane alone", Group.READING
    ),
    Command("display", "T", "show", "What is shown of each kind, for this pane or for all", Group.READING),
    Command("view", "v", "view", "Read as text, as raw chunks, or messages only", Group.READING),
    Command("times", "D", "times", "Times beside the text: of day, since the turn began, between parts", Group.READING),
)
_FINDING = (
    Command("inspect", "i", "inspect", "Look into the chunk under the cursor: fields, JSON, raw, times", Group.FINDING),
    Command("read", "M", "read", "Read the text under the cursor in full, its Markdown rendered", Group.FINDING),
    Command("search", "slash", "search", "Search as you type, in this pane or in all", Group.FINDING, footer=6),
    Command("search-next", "n", "next hit", "Go to the next hit; after the last, the first", Group.FINDING),
    Command("search-previous", "N", "previous hit", "Go to the hit before", Group.FINDING),
    Command("next-error", "e", "next error", "Go to the next error of this pane", Group.FINDING),
    Command("previous-error", "E", "previous error", "Go to the error before", Group.FINDING),
    Command(
        "previous-turn",
        "left_square_bracket",
        "previous turn",
        "Go to the begin of this turn, or the one before",
        Group.FINDING,
    ),
    Command("next-turn", "right_square_bracket", "next turn", "Go to the next turn", Group.FINDING),
    Command("previous-tool", "left_curly_bracket", "previous tool", "Go to the tool call before", Group.FINDING),
    Command("next-tool", "right_curly_bracket", "next tool", "Go to the next tool call", Group.FINDING),
    Command("mark", "m", "mark", "Mark the row under the cursor, or no longer", Group.FINDING),
    Command(
        "next-mark",
        "apostrophe",
        "next mark",
        "Go to the next mark of this pane; after the last, the first",
        Group.FINDING,
    ),
    Command("previous-mark", "quotation_mark", "previous mark", "Go to the mark before", Group.FINDING),
    Command("filter", "backslash", "filter", "Only lines or turns that match; {back} shows all again", Group.FINDING),
)
_BOTTOM_LINE = (
    Command("find-accept", "enter", "take", "Take what is typed", Group.BOTTOM_LINE, scope=Scope.FIND),
    Command(
        "find-cancel", "escape", "back", "Leave it, and go back to where you were", Group.BOTTOM_LINE, scope=Scope.FIND
    ),
    Command("find-switch", "tab", "scope", "This pane, or all panes", Group.BOTTOM_LINE, scope=Scope.FIND),
    Command(
        "find-regex", "ctrl+r", "regex", "Plain text, or a regular expression", Group.BOTTOM_LINE, scope=Scope.FIND
    ),
    Command("find-older", "up", "older", "What was typed before", Group.BOTTOM_LINE, scope=Scope.FIND),
    Command("find-newer", "down", "newer", "What was typed after that", Group.BOTTOM_LINE, scope=Scope.FIND),
)
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
        footer=10,
    ),
    Command("mute", "u", "mute", "No alerts of this conversation, or alerts again", Group.ATTENTION),
    Command("mute-rule", "R", "mute rule", "No alerts of the rule that was hit here, or alerts again", Group.ATTENTION),
    Command("mute-all", "U", "hush", "No alerts at all, or alerts again", Group.ATTENTION),
)
_HANDING_OVER: tuple[Command, ...] = (
    Command("copy", "y", "copy", "Copy a turn, a code block, a payload, or rows that you select", Group.HANDING_OVER),
    Command("write", "w", "write", "Write this pane to a file: text, Markdown or JSON lines", Group.HANDING_OVER),
    Command("screenshot", "s", "picture", "Keep a picture of the screen as SVG", Group.HANDING_OVER),
    Command("record", "r", "record", "Record everything that is received, or end that", Group.HANDING_OVER),
)
_SCREEN = (
    Command("next-layout", "L", "layout", "Next layout: automatic, 1, 2, 4, 6, 9 panes, focus and strip", Group.SCREEN),
    Command("save-layout", "S", "keep layout", "Keep these panes and their layout under a name", Group.SCREEN),
    Command("layouts", "l", "layouts", "Take up a layout that was kept under a name, or give one up", Group.SCREEN),
    Command("toggle-roster", "b", "roster", "Show or hide the list of conversations", Group.SCREEN),
    Command(
        "palette",
        "colon,ctrl+p",
        "palette",
        "Find anything: keys, conversations, layouts, themes",
        Group.SCREEN,
        footer=11,
    ),
    Command("help", "question_mark", "help", "This page", Group.SCREEN, footer=5, essential=True),
    Command("back", "escape", "back", "Leave the search, the list, the zoom or this page", Group.SCREEN),
    Command(
        "quit",
        "q,ctrl+c",
        "quit",
        "Quit; nothing that chatwatch started stays behind",
        Group.SCREEN,
        footer=7,
        essential=True,
    ),
)
_DISPLAY = (
    Command("display-up", "up,k", "up", "The kind above", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-down", "down,j", "down", "The kind below", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-less", "left,h", "fuller", "Show more of it", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-more", "right,l", "shorter", "Show less of it", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-cycle", "space", "next", "The next level, round the corner", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-scope", "tab", "whose", "For this pane, or for all", Group.DISPLAY, scope=Scope.DISPLAY),
    Command("display-dismiss", "escape,enter,q,T", "back", "Leave the menu", Group.DISPLAY, scope=Scope.DISPLAY),
)
_CHOOSING = (
    Command("picker-mark", "space,tab", "mark", "Mark it; {chooser-choose} opens all that are marked",
            Group.CHOOSING, footer=2, scope=Scope.PICKER),
    Command("layouts-forget", "delete", "give up", "In the list of layouts: give this one up; asked once",
            Group.CHOOSING, footer=2, scope=Scope.LAYOUTS),
    *(
        Command(f"chooser-{id}", keys, label, help, Group.CHOOSING, footer=footer, scope=Scope.CHOOSER,
                essential=id == "dismiss")
        for id, keys, label, help, footer in (
            ("choose", "enter", "choose", "Take what is under the cursor, or all that is marked", 1),
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
    Command(
        "help-dismiss",
        "escape,question_mark,q,enter",
        "back",
        "Leave this page",
        Group.HELP,
        scope=Scope.HELP,
        essential=True,
    ),
    Command("help-up", "up,k", "up", "Move up a row", Group.HELP, scope=Scope.HELP),
    Command("help-down", "down,j", "down", "Move down a row", Group.HELP, scope=Scope.HELP),
    Command("help-page-up", "pageup", "page up", "Move up a page", Group.HELP, scope=Scope.HELP),
    Command("help-page-down", "pagedown,space", "page down", "Move down a page", Group.HELP, scope=Scope.HELP),
    Command("help-top", "home,g", "top", "To the first row", Group.HELP, scope=Scope.HELP),
    Command("help-end", "end,G", "end", "To the last row", Group.HELP, scope=Scope.HELP),
)
_INSPECT = (
    Command("inspect-back", "escape,i,q", "back", "Leave the inspector", Group.INSPECT, footer=6, scope=Scope.INSPECT),
    Command("inspect-next", "right,l,n", "next", "The next chunk, in order of arrival", Group.INSPECT, footer=2,
            scope=Scope.INSPECT),
    Command("inspect-previous", "left,h,N", "previous", "The previous chunk", Group.INSPECT, footer=1,
            scope=Scope.INSPECT),
    Command("inspect-last", "L", "last", "The newest chunk", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-first", "H", "first", "The oldest chunk that is kept", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-fold", "enter,space", "fold", "Open or close what is on this line, or show more of it",
            Group.INSPECT, footer=3, scope=Scope.INSPECT),
    Command("inspect-open-all", "e", "open all", "Open all of the JSON", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-hex", "x", "hex", "The raw payload as text or in hexadecimal", Group.INSPECT, footer=7,
            scope=Scope.INSPECT),
    Command("inspect-section", "tab", "section", "Go to the next section", Group.INSPECT, footer=8,
            scope=Scope.INSPECT),
    Command("inspect-copy", "y", "copy", "Copy what is on this line, whole", Group.INSPECT, footer=4,
            scope=Scope.INSPECT),
    Command("inspect-copy-payload", "Y", "copy payload", "Copy the raw payload", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-read", "M", "read", "Read the text that this chunk belongs to", Group.INSPECT, footer=5,
            scope=Scope.INSPECT),
    Command("inspect-up", "up,k", "up", "Move up a row", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-down", "down,j", "down", "Move down a row", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-page-up", "pageup", "page up", "Move up a page", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-page-down", "pagedown", "page down", "Move down a page", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-top", "home,g", "top", "To the first row", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-end", "end,G", "end", "To the last row", Group.INSPECT, scope=Scope.INSPECT),
)  # fmt: skip
_READ = (
    Command("read-back", "escape,M,q", "back", "Leave the reader", Group.READ, footer=1, scope=Scope.READ),
    Command("read-plain", "v", "plain", "Markdown rendered, or the text as it came", Group.READ, footer=2,
            scope=Scope.READ),
    Command("read-copy", "y", "copy", "Copy the text or one of its code blocks", Group.READ, footer=3,
            scope=Scope.READ),
    Command("read-up", "up,k", "up", "Move up a row", Group.READ, footer=4, scope=Scope.READ),
    Command("read-down", "down,j", "down", "Move down a row", Group.READ, footer=5, scope=Scope.READ),
    Command("read-page-up", "pageup", "page up", "Move up a page", Group.READ, scope=Scope.READ),
    Command("read-page-down", "pagedown,space", "page down", "Move down a page", Group.READ, scope=Scope.READ),
    Command("read-top", "home,g", "top", "To the first row", Group.READ, scope=Scope.READ),
    Command("read-end", "end,G", "end", "To the last row", Group.READ, scope=Scope.READ),
)  # fmt: skip
_COPY = (
    Command("copy-take", "enter,y", "copy", "Copy this", Group.COPY, footer=1, scope=Scope.COPY),
    Command("copy-redact", "r", "redact", "Leave out secrets and addresses, or not", Group.COPY, footer=2,
            scope=Scope.COPY),
    Command("copy-back", "escape,q", "back", "Copy nothing", Group.COPY, footer=3, scope=Scope.COPY),
    Command("copy-up", "up,k", "up", "Move up a row", Group.COPY, scope=Scope.COPY),
    Command("copy-down", "down,j", "down", "Move down a row", Group.COPY, scope=Scope.COPY),
)  # fmt: skip
_SELECT = (
    Command("select-take", "enter,y", "copy", "Copy the selected rows", Group.SELECT, footer=1, scope=Scope.SELECT),
    Command("select-mark", "space,v", "begin here", "Let the selection begin at this row", Group.SELECT, footer=2,
            scope=Scope.SELECT),
    Command("select-back", "escape,q", "back", "Copy nothing", Group.SELECT, footer=3, scope=Scope.SELECT),
    Command("select-up", "up,k", "up", "Move up a row", Group.SELECT, footer=4, scope=Scope.SELECT),
    Command("select-down", "down,j", "down", "Move down a row", Group.SELECT, footer=5, scope=Scope.SELECT),
    Command("select-page-up", "pageup", "page up", "Move up a page", Group.SELECT, scope=Scope.SELECT),
    Command("select-page-down", "pagedown", "page down", "Move down a page", Group.SELECT, scope=Scope.SELECT),
    Command("select-top", "home,g", "top", "To the oldest row", Group.SELECT, scope=Scope.SELECT),
    Command("select-end", "end,G", "end", "To the newest row", Group.SELECT, scope=Scope.SELECT),
)  # fmt: skip
_WRITE = (
    Command("write-take", "enter", "write", "Write the file", Group.WRITE, footer=1, scope=Scope.WRITE),
    Command("write-down", "down,tab", "next", "To the next line of the dialog", Group.WRITE, footer=2,
            scope=Scope.WRITE),
    Command("write-up", "up,shift+tab", "previous", "To the line before", Group.WRITE, scope=Scope.WRITE),
    Command("write-change", "space,right", "change", "Another format, or redaction on and off", Group.WRITE, footer=3,
            scope=Scope.WRITE),
    Command("write-back", "escape", "back", "Write nothing", Group.WRITE, footer=4, scope=Scope.WRITE),
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (
    *_PANES,
    *_READING,
    *_SHOWING,
    *_FINDING,
    *_ATTENTION,
    *_HANDING_OVER,
    *_SCREEN,
    *_BOTTOM_LINE,
    *_DISPLAY,
    *_INSPECT,
    *_READ,
    *_COPY,
    *_SELECT,
    *_WRITE,
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
            keys = each.keys or NO_KEY
            made.append(Binding(keys, each.action, each.label, show=False, id=each.id))
    return made
