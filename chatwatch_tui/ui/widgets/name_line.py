"""The line in which a file is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from chatwatch_tui.ui.widgets.prompt_bar import Line


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
