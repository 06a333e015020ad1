"""The dashboard: what stands on it is `dashboard_frame`'s, what comes in `dashboard_view`'s, what the keys do is in
`ui.actions`, a module a group."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from chatwatch_tui.ui.actions.filtering import FilterActions
from chatwatch_tui.ui.actions.finding import FindingActions
from chatwatch_tui.ui.actions.inspecting import InspectingActions
from chatwatch_tui.ui.actions.layouts import LayoutActions
from chatwatch_tui.ui.actions.muting import MutingActions
from chatwatch_tui.ui.actions.reading import ReadingActions
from chatwatch_tui.ui.actions.screen import ScreenActions
from chatwatch_tui.ui.actions.settings import SettingsActions
from chatwatch_tui.ui.actions.showing import ShowingActions
from chatwatch_tui.ui.command_table import bindings
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.screens.dashboard_view import DashboardView


class Dashboard(
    FindingActions,
    FilterActions,
    ShowingActions,
    InspectingActions,
    SettingsActions,
    LayoutActions,
    ScreenActions,
    ReadingActions,
    MutingActions,
    DashboardView,
):
    """The one screen that is always there."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.DASHBOARD)]
