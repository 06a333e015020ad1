"""The session: what stood on the dashboard comes back, and is kept as it changes."""

from __future__ import annotations

from typing import Any

import msgspec

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.actions.jumps import JumpActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.marks import Marks
from chatwatch_tui.ui.pane_words import label
from chatwatch_tui.ui.session import Arrangement, Session, SessionStore, StateFileError, arrangement_of, put_back

KEEP_EVERY = 5
"""Seconds between two looks whether something is to be kept."""


class SessionActions(JumpActions):
    """Panes, pins, layout, freezes, levels and marks from one start to the next. A fresh start neither takes up nor
    writes any of it, so that the start after it has them again."""

    def __init__(self, *arguments: Any, session: SessionStore | None = None, fresh: bool = False, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._session = session
        self._fresh = fresh
        self._until_kept = KEEP_EVERY
        self.kept_badly = ""
        """Why the session could not be written down when that was tried last; blank where it could."""

    def _open_first_panes(self) -> None:
        super()._open_first_panes()
        if self._session is None or self._fresh:
            return
        try:
            kept = self._session.load()
        except StateFileError as problem:
            self.say(ours(str(problem)))
            return
        if kept is not None:
            self._put_back(kept)

    def _put_back(self, session: Session) -> None:
        arrangement = session.arrangement
        if session.display is not None:
            self.reading = msgspec.structs.replace(self.reading, display=session.display)
        self.use_marks(Marks.from_plain(session.marks))
        if self.watching.asked_for:
            self.put_back(arrangement)
            focus = self.board.focus
            self._open_asked_for()
            self.board.focus = self.board.previous = focus
            self.say(ours("Arranged as last time; --fresh starts without."))
            return
        self.put_back(arrangement)
        if filled := len(self.board.slots):
            alone = self.keymap.fill("; one is shown alone, {zoom} shows all") if self.board.zoomed else ""
            self.say(SafeText(f"{plural(filled, 'pane')} of last time{alone}; --fresh starts without."))

    def put_back(self, arrangement: Arrangement) -> int:
        """Arrange the dashboard so; how many panes belong to sources that are not watched now."""
        before = {number: slot.key for number, slot in self.board.slots.items()}
        filled, foreign = put_back(self.board, arrangement, self.watching.source_names)
        for number in before.keys() - self.board.slots.keys():
            self._panes[number].show(None)
        for number in filled:
            view = self._view(self.board.slots[number].key)
            self._known.add(view.conversation.key)
            kept = arrangement.panes[number]
            view.conversation.label = view.conversation.label or kept.label
            view.conversation.expected_at = self.watching.clock()
            display = kept.display or self.reading.display
            view.show_as(msgspec.structs.replace(self.reading, display=display, view=kept.view))
            self._panes[number].show(view)
            if kept.frozen:
                view.toggle_frozen()
        self._arrange()
        return foreign

    def arrangement(self) -> Arrangement:
        """What stands on the dashboard now."""
        views = {number: pane.view for number, pane in self._panes.items() if pane.view is not None}
        return arrangement_of(
            self.board,
            lambda number: number in views and views[number].is_frozen,
            lambda number: views[number].reading if number in views else None,
            self.reading.display,
            lambda number: label(views[number].conversation) if number in views else "",
        )

    def _tick(self) -> None:
        super()._tick()
        self._until_kept -= 1
        if self._until_kept <= 0:
            self._until_kept = KEEP_EVERY
            before = self.kept_badly
            self._keep_session()
            if self.kept_badly != before and self.kept_badly and self.is_current:
                self.say(SafeText(f"The session cannot be kept: {self.kept_badly}"))

    def on_unmount(self) -> None:
        """The end of the session is what the next one begins with. No bar is left to say on that it cannot be kept:
        who runs the dashboard reads it in `kept_badly`."""
        self._keep_session()

    def _keep_session(self) -> None:
        try:
            self.write_session()
            self.kept_badly = ""
        except Exception as problem:  # whatever it is, watching goes on
            self.kept_badly = safe_line(str(getattr(problem, "strerror", None) or problem), 200) or "no reason given"

    def write_session(self) -> None:
        """Write down what is to come back, where it differs from what is written; of a fresh start nothing. From any
        thread; raises OSError."""
        if self._session is not None and not self._fresh:
            chosen = self.reading.display if self.reading.display != self._settings.display else None
            self._session.save(Session(self.arrangement(), chosen, tuple(self.marks.to_plain())))
