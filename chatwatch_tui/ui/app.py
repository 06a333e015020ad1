"""The application: one screen, one theme, and no opinions of its own about conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.filter import LineFilter

from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.account import session_account
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.messages import AlertRaised, TitleChanged
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.session import SessionStore
from chatwatch_tui.ui.terminal_app import GuardedApp
from chatwatch_tui.ui.themes import DARK, textual_theme
from chatwatch_tui.ui.watching import Watching

THEME = "chatwatch-dark"


class ChatwatchApp(GuardedApp):
    """Shows what is being watched."""

    TITLE = "chatwatch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        watching: Watching,
        settings: ScreenSettings | None = None,
        *,
        session: SessionStore | None = None,
        fresh: bool = False,
    ) -> None:
        super().__init__()
        self.watching = watching
        settings = settings or ScreenSettings()
        self.look = Look(DARK, ASCII if settings.ascii_glyphs else UNICODE)
        self.dashboard = Dashboard(watching, self.look, settings, session=session, fresh=fresh)
        self.register_theme(textual_theme(THEME, DARK))
        self.theme = THEME
        self._restyle()
        self.use_slow_link(settings.slow_link)

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the first and only base screen."""
        return self.dashboard

    def on_app_focus(self) -> None:
        """The terminal says that it has the focus."""
        self.dashboard.alerts.focused = True

    def on_app_blur(self) -> None:
        """The terminal says that it has lost it."""
        self.dashboard.alerts.focused = False

    @on(AlertRaised)
    def _alert_raised(self, message: AlertRaised) -> None:
        self.write_between_frames(message.sequence)

    @on(TitleChanged)
    def _title_changed(self, message: TitleChanged) -> None:
        self.show_title(message.words)

    def _restyle(self) -> None:
        filters: Sequence[LineFilter] = self._filters
        self.look.change(filters=[each for each in filters if each.enabled])

    def account(self) -> dict[str, Any]:
        """The program's own books; see `account`."""
        dashboard = self.dashboard
        books = session_account(self.watching, dashboard.reader, dashboard.statuses, dashboard.rows_built)
        books["total"]["frames_drawn"] = self.frames_drawn
        return books
