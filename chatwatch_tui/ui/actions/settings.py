"""A settings file that was changed: taken up where that is possible, and said where it is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from textual import on

from chatwatch_tui.config.live import Reread, SettingsFile
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.messages import SettingsRead
from chatwatch_tui.ui.terminal_check import speaks_utf8, why_no_utf8

SHOWN = 200
"""Characters of a remark."""
BY_NAME = 4
"""Keys that a remark names."""


class SettingsActions(DashboardActions):
    """The file that the settings come from."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.settings_file: SettingsFile | None = None
        """Looked at once a second; None: settings stay as they are."""

    def _begin(self) -> None:
        super()._begin()
        words = why_no_utf8(os.environ)
        if self.settings_file is not None:
            self.leave_out_rules(self.settings_file.at_start.rules_left_out)
            words = remark(self.settings_file.at_start) or words
        if words:
            self.say(safe_line(words, SHOWN))

    def _tick(self) -> None:
        super()._tick()
        if self.settings_file is not None and self.settings_file.has_changed():
            self.run_worker(
                self._read_settings,
                thread=True,
                exclusive=True,
                exit_on_error=False,
                group="settings",
                name="settings file",
            )

    def _read_settings(self) -> None:
        if self.settings_file is not None:
            self.post_message(SettingsRead(self.settings_file.read_again()))

    @on(SettingsRead)
    def _settings_read(self, message: SettingsRead) -> None:
        message.stop()
        reread = message.reread
        if reread.settings is not None:
            self.leave_out_rules(reread.rules_left_out)
        if reread.settings is not None and reread.changed:
            self.watching.apply_settings(reread.settings)
            self.apply_settings(fitting(msgspec.structs.replace(reread.settings.screen, hint=self._settings.hint)))
        if words := remark(reread):
            self.say(safe_line(words, SHOWN))


def fitting(settings: ScreenSettings) -> ScreenSettings:
    """The same, with what the terminal cannot show left out."""
    return settings if speaks_utf8() else msgspec.structs.replace(settings, ascii_glyphs=True)


def remark(reread: Reread) -> str:
    """What to say of a changed file, blank where there is nothing to say: nothing that holds has changed."""
    if reread.problems:
        first, more = reread.problems[0], len(reread.problems) - 1
        where = f"{Path(first.file).name}:{first.place.line}:{first.place.column}: " if first.file else ""
        others = f" ({more} more)" if more else ""
        kept = "Settings unchanged" if reread.settings is None else "Left out"
        end = "" if not others and first.words.endswith(("?", ".")) else "."
        by_check = f" (`{reread.by_check}` says all)" if reread.by_check else ""
        # In front and in few words: the footer is one row, and what is left out may be cut.
        later = f"At the next start: {_named(reread.restart)}. " if reread.restart else _again(reread)
        return f"{later}{kept}{by_check}: {where}{first.words}{others}{end}"
    if reread.restart:
        return f"Settings taken up, but for {_named(reread.restart)}: at the next start."
    if taken := tuple(key for key in reread.changed if key not in reread.again):
        return f"Settings taken up: {_named(taken)}."
    return _again(reread).rstrip()


def _again(reread: Reread) -> str:
    return f"Again as it is in force: {_named(reread.again)}. " if reread.again else ""


def _named(keys: tuple[str, ...]) -> str:
    names = ", ".join(keys[:BY_NAME])
    return f"{names} and {len(keys) - BY_NAME} more" if len(keys) > BY_NAME else names
