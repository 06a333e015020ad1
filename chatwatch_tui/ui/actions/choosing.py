"""Choosing: the list of conversations, the palette, and opening what was chosen."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.board import SLOTS, LayoutChoice
from chatwatch_tui.ui.messages import ThemeChosen
from chatwatch_tui.ui.seating import seats
from chatwatch_tui.ui.themes import theme_names

if TYPE_CHECKING:
    from chatwatch_tui.ui.palette import Choice
    from chatwatch_tui.ui.screens.picker import ConversationRows

LOADED_AFTER = 3
"""Seconds after the start at which the lists are loaded; they are made a second later."""


class ChoosingActions(DashboardActions):
    """The two lists. They are made some seconds after the start, so that neither the first paint nor the first key that
    asks for one need wait."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._conversation_rows: ConversationRows | None = None
        self._seconds = 0
        """Since the start, as far as that matters here."""

    def _tick(self) -> None:
        super()._tick()
        if self._conversation_rows is None:
            self._seconds += 1
            if self._seconds == LOADED_AFTER:
                loading = asyncio.to_thread(import_module, "chatwatch_tui.ui.screens.palette")
                self.run_worker(loading, name="lists", group="lists", exit_on_error=False)
            elif self._seconds > LOADED_AFTER:
                self._rows()

    def _rows(self) -> ConversationRows:
        from chatwatch_tui.ui.screens.palette import Palette
        from chatwatch_tui.ui.screens.picker import ConversationRows, Picker

        if self._conversation_rows is None:
            watching = self.watching
            self._conversation_rows = ConversationRows(
                self._look, watching.roster, watching.clock, self.board.number_of, self.links.down
            )
            self.app.install_screen(Picker(self._look, self._conversation_rows), "picker")
            self.app.install_screen(Palette(self._look, self._conversation_rows), "palette")
        return self._conversation_rows

    def action_open(self) -> None:
        """Find conversations and open them."""
        from chatwatch_tui.ui.screens.picker import Picker

        if not len(self.watching.roster):
            self.say(ours("No conversation has been seen yet."))
            return
        self._rows()
        picker = self.app.get_screen("picker", Picker)
        picker.open_list()
        self.app.push_screen(picker, self._open_chosen)

    def action_palette(self) -> None:
        """Find anything."""
        from chatwatch_tui.ui.screens.palette import Palette

        self._rows()
        palette = self.app.get_screen("palette", Palette)
        palette.open_list(sorted(self.board.slots), theme_names(), self.named_layouts(), self.rule_mutes())
        self.app.push_screen(palette, self._do_chosen)

    async def _do_chosen(self, chosen: list[Choice] | None) -> None:
        from chatwatch_tui.ui.palette import Kind

        for choice in chosen or ():
            if isinstance(choice, Conversation):
                self._open_chosen([choice])
            elif choice.kind is Kind.ACTION:
                await self.run_action(choice.value)
            elif choice.kind is Kind.RULE:
                self.mute_rule(choice.value)
            elif choice.kind is Kind.NAMED:
                self.use_layout(choice.value)
            elif choice.kind is Kind.LAYOUT:
                self.choose_layout(LayoutChoice(choice.value))
            else:
                self.post_message(ThemeChosen(choice.value))
                self.say(safe_line(f"Theme: {choice.value}, until you quit; `theme` in the settings keeps it."))

    def named_layouts(self) -> list[str]:
        """The names under which layouts are kept."""
        return []

    def use_layout(self, name: str) -> None:
        """Arrange the dashboard as it was kept under that name."""

    def choose_layout(self, choice: LayoutChoice) -> None:
        """Arrange the panes so from now on, and say it."""
        self.board.choice = choice
        self.board.zoomed = False
        self._arrange()
        narrow = self._arrangement is not None and self._arrangement.one_at_a_time
        waits = narrow and choice not in (LayoutChoice.AUTO, LayoutChoice.ONE, LayoutChoice.FOCUS)
        self.say(ours(f"Layout: {choice.value}{', once the terminal is large enough' if waits else ''}"))

    def _open_chosen(self, chosen: list[Conversation] | None) -> None:
        kept = [each.key for each in chosen or () if self.watching.roster.get(each.key) is not None]
        if len(kept) > 1:
            self._open_several(kept)
        elif kept:
            self.open_conversation(kept[0])
        elif chosen:
            self.say(ours("It was given up meanwhile: there were too many conversations."))

    def _open_several(self, keys: list[ConversationKey]) -> None:
        """As many as there are panes. What is pinned, frozen or scrolled up stays: nobody asked for its place."""
        slots = self.board.slots
        taken = {number for number, slot in slots.items() if slot.key in keys}
        staying = {
            number for number, slot in slots.items() if slot.pinned or slot.locked or self._is_being_read(number)
        } - taken
        room = SLOTS - len(taken | staying)
        opened: list[ConversationKey] = []
        for key in keys:
            if self.board.number_of(key) is None:
                if not room:
                    continue
                room -= 1
                number = self.board.open(key, lambda other: other in taken or self._is_being_read(other))
                if number is None:  # all that is left is locked
                    continue
                self._panes[number].show(self._view(key))
            else:
                number = self.board.open(key)
            if number is not None:
                taken.add(number)
            opened.append(key)
        seen = self._bring_together(opened)
        if left := len(keys) - len(opened):
            others = "; pinned, locked, frozen and scrolled-up panes stay" if staying else ""
            here = f", {seen} of them on this page" if seen < len(opened) else ""
            self.say(ours(f"{len(opened)} opened{here}. {left} did not fit: there are {SLOTS} panes{others}."))

    def _bring_together(self, keys: list[ConversationKey]) -> int:
        """On one page, as far as it has room and nothing pinned or locked has to go, and that is said; how many of them
        are on screen. The first is in focus, the last the way back."""
        board = self.board
        if not keys:
            return 0
        board.zoomed = False
        board.go_to(board.number_of(keys[0]) or board.focus)
        self._leave_roster()
        page_size = self._arrangement.page_size if self._arrangement is not None else 1
        moved = [
            self.exchange_panes(number, seat)
            for key, seat in seats(board.slots, keys, page_size)
            if (number := board.number_of(key)) is not None and number != seat
        ]
        for key in (keys[-1], keys[0]):
            board.go_to(board.number_of(key) or board.focus)
        self._arrange()
        shown = self._arrangement.shown if self._arrangement is not None else ()
        here = [str(number) for key in keys if (number := board.number_of(key)) in shown]
        if len(here) < len(keys):
            self._say_how_many(len(here), len(keys), shown)
        elif moved:
            self.say(ours(f"Together on this page: panes {', '.join(here[:-1])} and {here[-1]}."))
        return len(here)

    def _say_how_many(self, seen: int, wanted: int, shown: tuple[int, ...]) -> None:
        """Not all that were marked are on screen: why, or how to come to the others."""
        said = f"{seen} of {wanted} on this page"
        slots = [self.board.slots[number] for number in shown]
        if len(shown) == 1:
            others = "{last-pane} goes to the other" if wanted == 2 else "{next-pane} and {pane} go to the others"
            said = f"{seen} of {wanted} on screen; {others}"
        elif any(slot.pinned or slot.locked for slot in slots):
            said += "; pinned and locked panes stay"
        self.say(self.keymap.fill(f"{said}."))
