"""What the keys do on the pages that lie over the dashboard: help, inspector, reader."""

from __future__ import annotations

from chatwatch_tui.ui.command_table.moving import moving
from chatwatch_tui.ui.commands import Command, Group, Scope

HELP = (
    Command(
        "help-dismiss",
        "escape,question_mark,q,enter",
        "back",
        "Leave this page",
        Group.HELP,
        scope=Scope.HELP,
        essential=True,
    ),
    Command("help-section", "tab", "section", "To the next heading", Group.HELP, scope=Scope.HELP),
    Command("help-find", "slash", "find", "Find words on this page", Group.HELP, scope=Scope.HELP),
    Command("help-next", "n", "next", "To the next row that has them", Group.HELP, scope=Scope.HELP),
    *moving(Scope.HELP, Group.HELP, page_down="pagedown,space"),
)
INSPECT = (
    Command("inspect-back", "escape,i,q", "back", "Leave the inspector", Group.INSPECT, footer=6, scope=Scope.INSPECT),
    Command("inspect-help", "question_mark,f1", "help", "These keys first", Group.INSPECT, footer=7,
            scope=Scope.INSPECT),
    Command("inspect-next", "right,l,n", "next", "The next chunk, in order of arrival", Group.INSPECT,
            scope=Scope.INSPECT),
    Command("inspect-previous", "left,h,N", "previous", "The previous chunk", Group.INSPECT, footer=1,
            pair=("inspect-next", "chunk"), scope=Scope.INSPECT),
    Command("inspect-last", "L", "last", "The newest chunk", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-first", "H", "first", "The oldest chunk that is kept", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-fold", "enter,space", "fold", "Open or close what is on this line, or show more of it",
            Group.INSPECT, footer=3, scope=Scope.INSPECT),
    Command("inspect-open-all", "e", "open all", "Open all of the JSON", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-hex", "x", "hex", "The raw payload as text or in hexadecimal", Group.INSPECT, footer=9,
            scope=Scope.INSPECT),
    Command("inspect-section", "tab", "part", "Go to the next part", Group.INSPECT, footer=8,
            scope=Scope.INSPECT),
    Command("inspect-copy", "y", "copy", "Copy what is on this line, whole; on a heading, its part", Group.INSPECT,
            footer=4, scope=Scope.INSPECT),
    Command("inspect-copy-payload", "Y", "copy payload", "Copy the raw payload", Group.INSPECT, scope=Scope.INSPECT),
    Command("inspect-read", "M", "read", "Read the text that this chunk belongs to", Group.INSPECT, footer=5,
            scope=Scope.INSPECT),
    *moving(Scope.INSPECT, Group.INSPECT),
)  # fmt: skip
READ = (
    Command("read-back", "escape,M,q", "back", "Leave the reader", Group.READ, footer=1, scope=Scope.READ),
    Command("read-help", "question_mark,f1", "help", "These keys first", Group.READ, footer=5, scope=Scope.READ),
    Command("read-plain", "v", "plain", "Markdown rendered, or the text as it came", Group.READ, footer=2,
            scope=Scope.READ),
    Command("read-copy", "y", "copy", "Copy the text or one of its code blocks", Group.READ, footer=3,
            scope=Scope.READ),
    *moving(Scope.READ, Group.READ, page_down="pagedown,space", footer=4),
)  # fmt: skip
