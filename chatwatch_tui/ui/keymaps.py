"""Keymaps to begin with. Each says what differs from the table of commands; an action that is not named keeps its keys.

Neither uses what tmux (`ctrl+b`) and screen (`ctrl+a`) take, so vim's ctrl+f and ctrl+b are not here, and neither has
sequences of keys (`gt`, `ctrl+x ctrl+c`): one key, one action. An id of a command that there is not is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping

VIM: Mapping[str, str] = {
    "next-pane": "tab,l",
    "previous-pane": "shift+tab,h",
    "layouts": "W",
    "scroll-down": "down,j,ctrl+e",
    "scroll-up": "up,k,ctrl+y",
    "half-page-down": "ctrl+d",
    "half-page-up": "ctrl+u",
    "quit": "q,Z,ctrl+c",
    "help-page-down": "pagedown,space,ctrl+d",
    "help-page-up": "pageup,ctrl+u",
}
EMACS: Mapping[str, str] = {
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
    "help-down": "down,ctrl+n",
    "help-up": "up,ctrl+p",
    "help-page-down": "pagedown,space,ctrl+v",
    "help-page-up": "pageup,alt+v",
    "help-top": "home,alt+less_than_sign",
    "help-end": "end,alt+greater_than_sign",
    "help-dismiss": "escape,question_mark,q,enter,ctrl+g",
    "chooser-dismiss": "escape,ctrl+g",
    "find-cancel": "escape,ctrl+g",
    "inspect-back": "escape,i,q,ctrl+g",
    "inspect-down": "down,ctrl+n",
    "inspect-up": "up,ctrl+p",
    "inspect-page-down": "pagedown,ctrl+v",
    "inspect-page-up": "pageup,alt+v",
    "read-back": "escape,M,q,ctrl+g",
    "read-down": "down,ctrl+n",
    "read-up": "up,ctrl+p",
    "read-page-down": "pagedown,space,ctrl+v",
    "read-page-up": "pageup,alt+v",
    "copy-back": "escape,q,ctrl+g",
    "copy-take": "enter,y,alt+w",
    "select-back": "escape,q,ctrl+g",
    "select-take": "enter,y,alt+w",
    "select-down": "down,ctrl+n",
    "select-up": "up,ctrl+p",
    "write-back": "escape,ctrl+g",
    "display-dismiss": "escape,enter,q,T,ctrl+g",
}
PRESETS: Mapping[str, Mapping[str, str]] = {"default": {}, "vim": VIM, "emacs": EMACS}
