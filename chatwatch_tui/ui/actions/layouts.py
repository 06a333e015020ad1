"""Layouts under a name: keeping what stands on the dashboard, and taking it up again from the palette."""

from __future__ import annotations

from typing import Any

from textual import on

from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.ui.actions.choosing import ChoosingActions
from chatwatch_tui.ui.actions.session import SessionActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.messages import PromptAccepted, PromptCancelled
from chatwatch_tui.ui.session import MAX_NAME, Arrangement, LayoutStore, StateFileError
from chatwatch_tui.ui.themes import Ink

PURPOSE = "layout"


class LayoutActions(SessionActions, ChoosingActions):
    """Arrangements that the operator has given names."""

    def __init__(self, *arguments: Any, layouts: LayoutStore | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._layouts = layouts
        self._replaces = ""
        """The name of a kept layout, once the operator was told that this one would take its place."""

    async def action_save_layout(self) -> None:
        """Keep the panes and their layout under a name."""
        if self._layouts is None:
            self.say(ours("Layouts cannot be kept here."))
            return
        self._replaces = ""
        await self._ask_for_name()

    async def _ask_for_name(self) -> None:
        prompt = await self.open_prompt(PURPOSE, value=self._replaces)
        prompt.label(ours("Keep this layout as:"), ours("Name:"))
        if self._replaces:
            told = "It is kept already: {find-accept} again replaces it."
            prompt.tell(self.keymap.fill(told), Ink.WARN, short=self.keymap.fill("{find-accept} replaces"))

    @on(PromptAccepted)
    async def _layout_named(self, message: PromptAccepted) -> None:
        if message.purpose != PURPOSE:
            return
        message.stop()
        self.close_prompt()
        name = message.value.strip()[:MAX_NAME]
        if not name or self._layouts is None:
            self.say(ours("No name was given: no layout was kept."))
            return
        try:
            was_there = name in self._layouts.names()
            if was_there and name != self._replaces:
                self._replaces = name
                await self._ask_for_name()
                return
            self._layouts.put(name, self.arrangement())
        except (OSError, StateFileError) as problem:
            self.say(safe_line(f"The layout was not kept: {getattr(problem, 'strerror', None) or problem}", 200))
            return
        replaced = ", in place of the one of that name" if was_there else ""
        self.say(self.keymap.fill(f"Layout kept{replaced}. {{layouts}} takes it up again."))

    @on(PromptCancelled)
    def _layout_not_named(self, message: PromptCancelled) -> None:
        if message.purpose == PURPOSE:
            message.stop()
            if self._prompt is not None and self._prompt.purpose == PURPOSE:
                self.close_prompt()

    def action_layouts(self) -> None:
        """Choose one that was kept."""
        from chatwatch_tui.ui.screens.layouts import Layouts

        kept = self._kept_layouts()
        if not kept:
            if kept is not None:
                self.say(self.keymap.fill("No layout has been kept yet. {save-layout} keeps these panes under a name."))
            return
        if not self.app.is_screen_installed("layouts"):
            self.app.install_screen(Layouts(self._look, self.forget_layout), "layouts")
        screen = self.app.get_screen("layouts", Layouts)
        screen.open_list(kept)
        self.app.push_screen(screen, self._layout_chosen)

    def _layout_chosen(self, chosen: list[str] | None) -> None:
        for name in chosen or ():
            self.use_layout(name)

    def named_layouts(self) -> list[str]:
        """The names there are; a file that cannot be used is said."""
        return sorted(self._kept_layouts() or ())

    def _kept_layouts(self) -> dict[str, Arrangement] | None:
        """All of them; None where the file cannot be used, which is said."""
        try:
            return self._layouts.all() if self._layouts is not None else {}
        except StateFileError as problem:
            self.say(safe_line(str(problem), 200))
            return None

    def use_layout(self, name: str) -> None:
        """Arrange the dashboard as it was kept; locked panes stay."""
        try:
            kept = self._layouts.get(name) if self._layouts is not None else None
        except StateFileError as problem:
            self.say(safe_line(str(problem), 200))
            return
        if kept is None:
            self.say(safe_line(f"There is no layout {name} any more."))
            return
        foreign = self.put_back(kept)
        others = f"; {plural(foreign, 'pane')} of sources that are not watched now" if foreign else ""
        self.say(safe_line(f"Layout: {name}{others}"))

    def forget_layout(self, name: str) -> bool:
        """Give a name up; whether it is gone."""
        try:
            gone = self._layouts is not None and self._layouts.drop(name)
        except (OSError, StateFileError) as problem:
            self.say(safe_line(f"The layout was not given up: {problem}", 200))
            return False
        self.say(safe_line(f"Layout {name} given up." if gone else f"There is no layout {name} any more."))
        return True
