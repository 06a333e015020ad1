"""How panes are read: what is shown of each kind, as what, with which times."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from textual import on

from chatwatch_tui.core.display import DisplaySettings, Level, Times
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.messages import RowsOnTheirWay
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.slices import SLICE_SECONDS, Slice
from chatwatch_tui.ui.times import TIMES_FROM_WIDTH
from chatwatch_tui.ui.widgets.pane import Pane

_TIMES_SAID = {
    Times.OFF: "Times: off.",
    Times.ABSOLUTE: "Times: of day.",
    Times.RELATIVE: "Times: since the turn began.",
    Times.DELTA: "Times: since the part shown above.",
}
_VIEW_SAID = {
    View.TEXT: "Text as it flows.",
    View.RAW: "Raw chunks, one a row, as far back as they are kept.",
    View.MESSAGES: "Messages only; errors and gaps are always shown.",
}


class ShowingActions(DashboardActions):
    """What is shown in panes, one or all. What holds for all holds for panes opened later, too."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_laying_out = False

    def apply_settings(self, settings: ScreenSettings) -> None:
        """What the settings changed is changed in every pane; what a pane has of its own stays otherwise."""
        before, after = self._settings.display, settings.display
        super().apply_settings(settings)
        changed = {
            name: getattr(after, name)
            for name in DisplaySettings.__struct_fields__
            if getattr(before, name) != getattr(after, name)
        }
        if changed:
            self.change_display(None, **changed)

    def change_display(self, pane: Pane | None, **fields: Level | Times) -> None:
        """Other levels or times, for one pane or (None) for all."""
        if pane is None:
            self.reading = _changed(self.reading, fields)
        pace = Slice()
        for each in sorted(self._panes.values(), key=_focus_first) if pane is None else (pane,):
            if each.view is not None:
                self.read_as(each, _changed(each.view.reading, fields), pace)

    def read_as(self, pane: Pane, reading: Reading, pace: Slice | None = None) -> None:
        """Read a pane in another way: at once, or as soon as that is laid out; `is_read_anew` is told."""
        if pane.view is not None:
            pane.view.show_as(reading, pace)
            if not pane.view.is_changing:
                self.is_read_anew(pane)
            else:
                self._lay_out_in_slices()

    @on(RowsOnTheirWay)
    def _rows_on_their_way(self, message: RowsOnTheirWay) -> None:
        message.stop()
        self._lay_out_in_slices()

    def _lay_out_in_slices(self) -> None:
        if not self._is_laying_out:
            self._is_laying_out = True
            self.run_worker(self._lay_out(), name="laying out", group="laying out", exit_on_error=False)

    def is_read_anew(self, pane: Pane) -> None:
        """What was asked for last is shown, or its filter was refused."""
        pane.refresh_all()

    async def _lay_out(self) -> None:
        """Slices of what is on its way in any pane, the one in focus first, with pauses for keys and frames."""
        try:
            while changing := [pane for pane in self._panes.values() if _is_changing(pane)]:
                pane = min(changing, key=_focus_first)
                if pane.view is not None:
                    pane.view.go_on()
                    if not pane.view.is_changing:
                        self.is_read_anew(pane)
                await asyncio.sleep(SLICE_SECONDS)
        finally:
            self._is_laying_out = False

    def _view_meant(self) -> tuple[Pane, PaneView] | None:
        pane = self._pane_meant()
        return (pane, pane.view) if pane is not None and pane.view is not None else None

    def action_thinking(self) -> None:
        """Thoughts in full, in one line, hidden."""
        if (found := self._view_meant()) is None:
            return
        pane, view = found
        levels = list(Level)
        level = levels[(levels.index(view.reading.display.thinking) + 1) % len(levels)]
        self.change_display(pane, thinking=level)
        self.say(ours(f"Thinking: {level.words}, in this pane. T has every kind, and all panes."))

    def action_display(self) -> None:
        """The menu of every kind."""
        from chatwatch_tui.ui.screens.display_menu import DisplayMenu

        pane = self.focused_pane
        view = pane.view if pane is not None else None

        def choose(kind: str, level: Level, for_all: bool) -> None:
            self.change_display(None if for_all else pane, **{kind: level})

        display = None if view is None else view.reading.display
        self.app.push_screen(DisplayMenu(self._look, display, self.reading.display, choose))

    def action_view(self) -> None:
        """Text, raw chunks, messages only."""
        if (found := self._view_meant()) is None:
            return
        pane, view = found
        views = list(View)
        chosen = views[(views.index(view.reading.view) + 1) % len(views)]
        self.read_as(pane, msgspec.structs.replace(view.reading, view=chosen))
        self.say(ours(_VIEW_SAID[chosen]))

    def action_times(self) -> None:
        """Off, of day, since the turn began, since the part shown above began; in all panes."""
        times = list(Times)
        chosen = times[(times.index(self.reading.display.times) + 1) % len(times)]
        self.change_display(None, times=chosen)
        pane = self.focused_pane
        narrow = pane is not None and pane.view is not None and pane.view.width < TIMES_FROM_WIDTH
        where = f" For panes of {TIMES_FROM_WIDTH} or more." if narrow and chosen is not Times.OFF else ""
        self.say(ours(_TIMES_SAID[chosen] + where))


def _focus_first(pane: Pane) -> bool:
    return not pane.in_focus


def _is_changing(pane: Pane) -> bool:
    return pane.view is not None and pane.view.is_changing


def _changed(reading: Reading, fields: dict[str, Level | Times]) -> Reading:
    return msgspec.structs.replace(reading, display=msgspec.structs.replace(reading.display, **fields))
