"""Keymaps to begin with. Each says what differs from the table of commands; an action that is not named keeps its keys.

Neither uses what tmux (`ctrl+b`) and screen (`ctrl+a`) take, so vim's ctrl+f and ctrl+b are not here, and neither has
sequences of keys (`gt`, `ctrl+x ctrl+c`): one key, one action. An id of a command that there is not is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatwatch_tui.ui.command_table import commands
from chatwatch_tui.ui.commands import Scope


def _moving(added: Mapping[str, str], *, letters: bool, where_typed: bool) -> dict[str, str]:
    """What moves on all screens but the dashboard, with one more key each. `letters`: those of the table stay.
    `where_typed`: also in lists and dialogs that are typed into."""
    return {
        each.id: ",".join(dict.fromkeys([*(key for key in each.keys.split(",") if letters or len(key) > 1), key]))
        for each in commands()
        if each.scope is not Scope.DASHBOARD
        and (key := added.get(each.action))
        and (where_typed or not each.scope.is_typed_into)
    }


VIM: Mapping[str, str] = {
    **_moving({"page_down": "ctrl+d", "page_up": "ctrl+u"}, letters=True, where_typed=False),
    "next-pane": "tab,l",
    "previous-pane": "shift+tab,h",
    "layouts": "W",
    "scroll-down": "down,j,ctrl+e",
    "scroll-up": "up,k,ctrl+y",
    "half-page-down": "ctrl+d",
    "half-page-up": "ctrl+u",
    "quit": "q,Z,ctrl+c",
}
EMACS: Mapping[str, str] = {
    **_moving(
        {
            "down": "ctrl+n",
            "up": "ctrl+p",
            "page_down": "ctrl+v",
            "page_up": "alt+v",
            "top": "alt+less_than_sign",
            "end": "alt+greater_than_sign",
        },
        letters=False,
        where_typed=True,
    ),
    "scroll-down": "down,ctrl+n",
    "scroll-up": "up,ctrl+p",
    "page-down": "pagedown,ctrl+v",
    "page-up": "pageup,alt+v",
    "top": "home,alt+less_than_sign",
    "live": "end,alt+greater_than_sign",
    "next-pane": "tab,alt+n",
    "previous-pane": "shift+tab,alt+p",
    "back": "escape,ctrl+g",
    "search": "slash,ctrl+s",
    "palette": "colon,alt+x",
    "copy": "y,alt+w",
    "help-dismiss": "escape,question_mark,q,enter,ctrl+g",
    "chooser-dismiss": "escape,ctrl+g",
    "find-cancel": "escape,ctrl+g",
    "find-older": "up,ctrl+p",
    "find-newer": "down,ctrl+n",
    "inspect-back": "escape,i,q,ctrl+g",
    "read-back": "escape,M,q,ctrl+g",
    "copy-back": "escape,q,ctrl+g",
    "copy-take": "enter,y,alt+w",
    "select-back": "escape,q,ctrl+g",
    "select-take": "enter,y,alt+w",
    "write-back": "escape,ctrl+g",
    "display-dismiss": "escape,enter,q,T,ctrl+g",
}
PRESETS: Mapping[str, Mapping[str, str]] = {"default": {}, "vim": VIM, "emacs": EMACS}
