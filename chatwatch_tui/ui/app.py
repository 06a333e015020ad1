"""The application: one screen, one theme, and no opinions of its own about conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.filter import LineFilter

from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.account import session_account
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.terminal_app import GuardedApp
from chatwatch_tui.ui.themes import DARK, textual_theme
from chatwatch_tui.ui.watching import Watching

THEME = "chatwatch-dark"


class ChatwatchApp(GuardedApp):
    """Shows what is being watched."""

    TITLE = "chatwatch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, watching: Watching, settings: ScreenSettings | None = None) -> None:
        super().__init__()
        self.watching = watching
        settings = settings or ScreenSettings()
        self.look = Look(DARK, ASCII if settings.ascii_glyphs else UNICODE)
        self.dashboard = Dashboard(watching, self.look, settings)
        self.register_theme(textual_theme(THEME, DARK))
        self.theme = THEME
        self._restyle()

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the first and only base screen."""
        return self.dashboard

    def on_key(self, event: events.Key) -> None:
        """Before the key's command is looked up."""
        self.dashboard.typed_ahead(event)

    def _restyle(self) -> None:
        filters: Sequence[LineFilter] = self._filters
        self.look.change(filters=[each for each in filters if each.enabled])

    def account(self) -> dict[str, Any]:
        """The program's own books; see `account`."""
        dashboard = self.dashboard
        return session_account(self.watching, dashboard.reader, dashboard.statuses, dashboard.rows_built)
