"""What the keys do on the dashboard itself."""

from __future__ import annotations

from chatwatch_tui.ui.commands import Command, Group

PANE_KEYS = Command("pane", "1,2,3,4,5,6,7,8,9", "pane", "Go to pane 1 to 9", Group.PANES, "1-9", footer=1)
"""Nine keys that are one command with an argument."""

PANES = (
    Command("next-pane", "tab", "next", "Go to the next pane", Group.PANES, footer=3),
    Command("previous-pane", "shift+tab", "previous", "Go to the previous pane", Group.PANES),
    Command("last-pane", "grave_accent", "last", "Go back to the pane before this one", Group.PANES),
    Command("zoom", "z,enter", "zoom", "Show this pane alone, or all again", Group.PANES, footer=4),
    Command("open", "o", "open", "Find a conversation to open, or mark several to compare", Group.PANES, footer=9),
    Command("close", "x", "close", "Close this pane; the conversation goes on being received", Group.PANES),
    Command("pin", "p", "pin", "Pin this pane: discovery never replaces it", Group.PANES),
    Command(
        "lock", "P", "lock", "Lock this pane: nothing moves, replaces or closes it until it is unlocked", Group.PANES
    ),
    Command(
        "swap-previous", "less_than_sign", "swap previous", "Exchange this pane with the one before it", Group.PANES
    ),
    Command("swap-next", "greater_than_sign", "swap next", "Exchange this pane with the one after it", Group.PANES),
)
READING = (
    Command(
        "scroll-up", "up,k", "up", "The cursor up a row; following stops, the text stays where you read", Group.READING
    ),
    Command("scroll-down", "down,j", "down", "The cursor down a row", Group.READING),
    Command("page-up", "pageup", "page up", "Scroll up a page", Group.READING),
    Command("page-down", "pagedown", "page down", "Scroll down a page", Group.READING),
    Command("half-page-up", "", "half page up", "Scroll up half a page", Group.READING),
    Command("half-page-down", "", "half page down", "Scroll down half a page", Group.READING),
    Command("top", "g,home", "top", "Go to the oldest text", Group.READING),
    Command("live", "G,end", "live", "Go to the newest text and follow it", Group.READING),
    Command("freeze", "space", "freeze", "Freeze this pane; it goes on receiving and counts", Group.READING, footer=8),
    Command("freeze-all", "F", "freeze all", "Freeze or release all panes", Group.READING),
)
SHOWING = (
    Command(
        "thinking", "t", "thinking", "Thoughts in full, in one line, or hidden; for this pane alone", Group.READING
    ),
    Command("display", "T", "show", "What is shown of each kind, for this pane or for all", Group.READING),
    Command("view", "v", "view", "Read as text, as raw chunks, or messages only", Group.READING),
    Command(
        "times",
        "D",
        "times",
        "Times beside the text: of day, since the turn began, since the part shown above began",
        Group.READING,
    ),
)
FINDING = (
    Command("inspect", "i", "inspect", "Look into the chunk under the cursor: fields, JSON, raw, times", Group.FINDING),
    Command("read", "M", "read", "Read the text under the cursor in full, its Markdown rendered", Group.FINDING),
    Command("search", "slash", "search", "Search as you type, in this pane or in all", Group.FINDING, footer=6),
    Command("search-next", "n", "next hit", "Go to the next hit; after the last, the first", Group.FINDING),
    Command("search-previous", "N", "previous hit", "Go to the hit before", Group.FINDING),
    Command(
        "next-error", "e", "next error", "Go to the next error of this pane; after the last, the first", Group.FINDING
    ),
    Command("previous-error", "E", "previous error", "Go to the error before", Group.FINDING),
    Command(
        "previous-turn",
        "left_square_bracket",
        "previous turn",
        "Go to where this turn begins, or the one before",
        Group.FINDING,
    ),
    Command("next-turn", "right_square_bracket", "next turn", "Go to the next turn", Group.FINDING),
    Command("previous-tool", "left_curly_bracket", "previous tool", "Go to the tool call before", Group.FINDING),
    Command(
        "next-tool",
        "right_curly_bracket",
        "next tool",
        "Go to the next tool call; after the last, the first",
        Group.FINDING,
    ),
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
ATTENTION = (
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
    Command("rules-off", "", "rules off", "Say which rules are out of force, and why", Group.ATTENTION),
)
HANDING_OVER: tuple[Command, ...] = (
    Command("copy", "y", "copy", "Copy a turn, a code block, a payload, or rows that you select", Group.HANDING_OVER),
    Command("copy-id", "", "copy id", "Copy the conversation's id", Group.HANDING_OVER),
    Command(
        "write",
        "w",
        "write",
        "Write all of this pane to a file: text, Markdown or JSON lines",
        Group.HANDING_OVER,
    ),
    Command("screenshot", "s", "picture", "Keep a picture of the screen as SVG", Group.HANDING_OVER),
    Command("record", "r", "record", "Record everything that is received, or end that", Group.HANDING_OVER),
)
SCREEN = (
    Command("next-layout", "L", "layout", "Next layout: automatic, 1, 2, 4, 6, 9 panes, focus and strip", Group.SCREEN),
    Command("save-layout", "S", "keep layout", "Keep these panes and their layout under a name", Group.SCREEN),
    Command("layouts", "l", "layouts", "Take up a layout that was kept under a name, or give one up", Group.SCREEN),
    Command("toggle-roster", "b", "roster", "Show or hide the list of conversations", Group.SCREEN),
    Command(
        "enter-roster",
        "B",
        "choose",
        "Put the cursor into the list, or take it out: up, down and pages move it, {zoom:enter} opens",
        Group.SCREEN,
    ),
    Command(
        "palette",
        "colon,ctrl+p",
        "palette",
        "Find anything: keys, conversations, layouts, themes",
        Group.SCREEN,
        footer=11,
    ),
    Command("links", "", "links", "Say how the link of every source is, and why", Group.SCREEN),
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
