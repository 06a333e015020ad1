"""The session: what stood on the dashboard comes back, and is kept as it changes."""

from __future__ import annotations

from typing import Any

from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.session import Session, SessionStore, StateFileError, arrangement_of, put_back

KEEP_EVERY = 5
"""Seconds between two looks whether something is to be kept."""


class SessionActions(DashboardActions):
    """Panes, pins, layout and freezes from one start to the next."""

    def __init__(self, *arguments: Any, session: SessionStore | None = None, fresh: bool = False, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._session = session
        self._fresh = fresh
        self._until_kept = KEEP_EVERY
        self._kept_badly = ""

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
        if self.watching.asked_for:  # those and no others; how they are arranged is kept all the same
            self.board.choice, self.board.roster_wanted = arrangement.layout, arrangement.roster
            return
        filled, _ = put_back(self.board, arrangement, self.watching.source_names)
        for number in filled:
            view = self._view(self.board.slots[number].key)
            self._known.add(view.conversation.key)
            self._panes[number].show(view)
            if arrangement.panes[number].frozen:
                view.toggle_frozen()
        if filled:
            self.say(ours(f"{plural(len(filled), 'pane')} of last time; --fresh starts without."))

    def _tick(self) -> None:
        super()._tick()
        self._until_kept -= 1
        if self._until_kept <= 0:
            self._until_kept = KEEP_EVERY
            self._keep_session()

    def on_unmount(self) -> None:
        """The end of the session is what the next one begins with."""
        self._keep_session()

    def _keep_session(self) -> None:
        """Write down what is to come back; a failure is said once."""
        try:
            self.write_session()
        except OSError as problem:
            words = f"The session cannot be kept: {problem.strerror or problem}"
            if words != self._kept_badly and self.is_current:
                self.say(ours(words))
            self._kept_badly = words

    def write_session(self) -> None:
        """Write down what is to come back, where it differs from what is written. From any thread; raises OSError."""
        if self._session is not None:
            frozen = {number for number, pane in self._panes.items() if pane.view is not None and pane.view.is_frozen}
            self._session.save(Session(arrangement_of(self.board, frozen.__contains__)))
