"""The line in which a file is named."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from chatwatch_tui.ui.widgets.prompt_bar import Line

_MADE_VISIBLE = re.compile(r"[\u2400-\u2421]|<U\+[0-9A-F]{4,6}>")
"""What the line makes of control and bidi characters (see `core.safetext`)."""


class NameLine(Line, inherit_bindings=False):
    """What is typed is for it only while it `is_meant`: elsewhere a letter is a key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Line.BINDINGS if isinstance(each, Binding) and each.action != "delete_left_all"
    ]
    is_meant = False

    def _take_focus(self) -> None:
        if self.is_meant:
            super()._take_focus()

    @property
    def is_selected(self) -> bool:
        """Whether the first letter replaces all of it."""
        return bool(self.value) and self.selected_text == self.value

    @property
    def has_name(self) -> bool:
        """Whether it names a file, and no folder."""
        typed = self.value.strip()
        return bool(typed) and not typed.endswith(os.sep)

    def path_in(self, folder: Path) -> Path:
        """What it names: a name without a folder is in that one."""
        given = Path(self.value.strip())
        try:
            given = given.expanduser()
        except RuntimeError:  # somebody's home who is not known
            pass
        return folder / given

    def fault_in(self, folder: Path) -> str:
        """Why no file can have that name there; blank where one can."""
        path = self.path_in(folder)
        if _MADE_VISIBLE.search(str(path)):
            # Pasted with a sign in it that is no letter: what stands for the sign is no name that anybody meant.
            return "There are control signs in the name: take them out."
        if os.path.islink(path):
            return "That is a link, and nothing is written through it."
        return "" if self.has_name and not os.path.isdir(path) else "Give the file a name."
