"""The application: one screen, one theme, and no opinions of its own about conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter

from chatwatch_tui.crash import report_crash
from chatwatch_tui.ui.account import session_account
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.terminal import TerminalGuard
from chatwatch_tui.ui.themes import DARK, textual_theme
from chatwatch_tui.ui.watching import Watching

THEME = "chatwatch-dark"


class ChatwatchApp(App[int]):
    """Shows what is being watched."""

    TITLE = "chatwatch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        watching: Watching,
        guard: TerminalGuard | None = None,
        *,
        hint: str = "",
        max_fps: int = 30,
        ascii_glyphs: bool = False,
    ) -> None:
        super().__init__()
        self.watching = watching
        self._guard = guard
        if guard is not None:
            guard.ask_to_exit_by(self._exit_soon)
        self.look = Look(DARK, ASCII if ascii_glyphs else UNICODE)
        self.dashboard = Dashboard(watching, self.look, hint=hint, max_fps=max_fps)
        self.register_theme(textual_theme(THEME, DARK))
        self.theme = THEME
        self._restyle()

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the first and only base screen."""
        return self.dashboard

    def _restyle(self) -> None:
        filters: Sequence[LineFilter] = self._filters
        self.look.change(filters=[each for each in filters if each.enabled])

    def account(self) -> dict[str, Any]:
        """The program's own books; see `account`."""
        dashboard = self.dashboard
        return session_account(self.watching, dashboard.reader, dashboard.statuses, dashboard.rows_built)

    # -- ending ----------------------------------------------------------------------------------------------------

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End; should the terminal not take what there is to say, the guard ends the program all the same."""
        if self._guard is not None:
            self._guard.arm(return_code)
        super().exit(result, return_code, message)

    def _exit_soon(self) -> None:
        """Ask for the end from any thread, without waiting: the loop may be blocked for good."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.exit)

    def _fatal_error(self) -> None:
        """A crash is one line and a report, not a page of local variables (which hold passwords)."""
        if self._guard is not None:
            self._guard.arm(1)
        problem = self._exception
        if problem is not None:
            self._exit_renderables.append(Text(report_crash(problem)))
        self._close_messages_no_wait()
