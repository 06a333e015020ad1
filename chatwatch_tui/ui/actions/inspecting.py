"""Looking closer: the delivery under the cursor, and the text under it in full."""

from __future__ import annotations

from chatwatch_tui.ui.actions.handing_over import HandingOverActions
from chatwatch_tui.ui.block_rows import ours


class InspectingActions(HandingOverActions):
    """What is behind a row of a pane."""

    def action_inspect(self) -> None:
        """The chunk under the cursor, taken apart."""
        from chatwatch_tui.ui.inspection import Inspection
        from chatwatch_tui.ui.pointing import ordinal_under
        from chatwatch_tui.ui.screens.inspector import InspectorScreen

        pane = self._pane_meant()
        view = pane.view if pane is not None else None
        row = view.cursor if view is not None else None
        if view is None or row is None:
            self.say(ours("There is nothing to inspect here yet."))
            return
        newest = view.is_live and view.pointed_row is None
        found = ordinal_under(view, row, newest=newest)
        raw = view.conversation.raw
        block, ordinal = found if found is not None else (None, raw.first)
        address = self.watching.addresses.get(view.conversation.key.source)
        inspection = Inspection(view.conversation, ordinal, block, address)
        self.app.push_screen(InspectorScreen(self._look, inspection, self.copying))

    def action_read(self) -> None:
        """The text under the cursor, in full."""
        from chatwatch_tui.ui.document import text_at
        from chatwatch_tui.ui.pointing import block_under
        from chatwatch_tui.ui.screens.reader import ReaderScreen

        pane = self._pane_meant()
        view = pane.view if pane is not None else None
        row = view.cursor if view is not None else None
        found = block_under(view, row) if view is not None and row is not None else None
        read = None
        if view is not None and found is not None:
            read = text_at(view.conversation, view.frozen or view.conversation.transcript, found[0])
        if read is None:
            self.say(ours("There is no text to read at this row."))
        else:
            self.app.push_screen(ReaderScreen(self._look, read, self.copying))
