"""What the keys do while something is copied or written."""

from __future__ import annotations

from chatwatch_tui.ui.command_table.moving import moving
from chatwatch_tui.ui.commands import Command, Group, Scope

COPY = (
    Command("copy-take", "enter,y", "copy", "Copy this", Group.COPY, footer=1, scope=Scope.COPY),
    Command("copy-help", "question_mark,f1", "help", "These keys first", Group.COPY, scope=Scope.COPY),
    Command("copy-redact", "r,space", "redact", "Redaction on or off: leave secrets out, or not", Group.COPY, footer=2,
            scope=Scope.COPY),
    Command("copy-back", "escape,q", "back", "Copy nothing", Group.COPY, footer=3, scope=Scope.COPY),
    *moving(Scope.COPY, Group.COPY),
)  # fmt: skip
SELECT = (
    Command("select-take", "enter,y", "copy", "Copy the selected rows", Group.SELECT, footer=1, scope=Scope.SELECT),
    Command("select-mark", "space,v", "begin anew", "Let the selection begin anew, at this row", Group.SELECT, footer=2,
            scope=Scope.SELECT),
    Command("select-back", "escape,q", "back", "Copy nothing", Group.SELECT, footer=3, scope=Scope.SELECT),
    *moving(Scope.SELECT, Group.SELECT, ends=("oldest", "newest"), footer=4),
)  # fmt: skip
WRITE = (
    Command("write-take", "enter", "write", "Write the file", Group.WRITE, footer=1, scope=Scope.WRITE),
    Command("write-help", "f1,question_mark", "help", "These keys first", Group.WRITE, footer=6, scope=Scope.WRITE),
    Command("write-down", "down,tab", "next", "To the next line of the dialog", Group.WRITE, footer=2,
            scope=Scope.WRITE),
    Command("write-up", "up,shift+tab", "previous", "To the line before", Group.WRITE, scope=Scope.WRITE),
    Command("write-change", "space,right", "change", "Another format, or redaction on or off", Group.WRITE, footer=3,
            scope=Scope.WRITE),
    Command("write-redact", "r", "redact", "Redaction on or off, on any line but the file's name", Group.WRITE,
            footer=4, scope=Scope.WRITE),
    Command("write-empty", "ctrl+u", "empty", "Empty the line of the file's name", Group.WRITE, scope=Scope.WRITE),
    Command("write-back", "escape", "back", "Write nothing", Group.WRITE, footer=5, scope=Scope.WRITE),
)  # fmt: skip
