"""Handing over: copying, files, pictures, recordings."""

from __future__ import annotations

import asyncio
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.paths import data_folder, make_folder, safe_file_name, shown_path, write_new
from chatwatch_tui.ui.actions.base import DashboardActions
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.messages import RecordingFailed, RowsDragged
from chatwatch_tui.ui.pane_words import short_id
from chatwatch_tui.ui.reading import View
from chatwatch_tui.ui.stream_layout import snapshot
from chatwatch_tui.ui.themes import Ink

if TYPE_CHECKING:
    from chatwatch_tui.ui.handing import Copying
    from chatwatch_tui.ui.screens.write_dialog import WriteDialog
    from chatwatch_tui.ui.writing import Wanted

_FETCHED = re.compile(r",?\s*url\(\"https?:[^)]*\)(?:\s*format\([^)]*\))?")


class HandingOverActions(DashboardActions):
    """What leaves the program."""

    @property
    def copying(self) -> Copying:
        """The way to the clipboard, by the settings in force."""
        from chatwatch_tui.ui.handing import Copying

        if self._copying is None or self._copying.settings != self._settings.handing_over:
            self._copying = Copying(self._look, self._settings.handing_over)
        return self._copying

    def _folder(self) -> Path:
        given = self._settings.handing_over.folder
        return Path(given).expanduser() if given else data_folder()

    def _stamp(self) -> str:
        return time.strftime("%Y%m%d-%H%M%S", time.localtime(self.watching.clock()))

    def tell(self, words: SafeText, ink: Ink = Ink.TEXT) -> None:
        """A remark in the footer, from whatever is done beside the event loop."""
        self.say(words)

    # -- copying ---------------------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Choose what to copy at the cursor."""
        from chatwatch_tui.ui.pointing import block_under
        from chatwatch_tui.ui.screens.copy_menu import Choice, CopyMenu, choices_at

        pane = self._pane_meant()
        view = pane.view if pane is not None else None
        row = view.cursor if view is not None else None
        found = block_under(view, row) if view is not None and row is not None else None
        if pane is None or view is None:
            self.say(ours("There is nothing to copy here yet."))
            return
        identity = view.conversation.key.id
        choices = [Choice(SafeText(f"id  {safe_line(identity, 40)}"), identity)]
        if found is not None:
            *others, rows = choices_at(view.frozen or view.conversation.transcript, found[0])
            choices = [*others, *choices, rows]

        def chosen(choice: Choice | None) -> None:
            if choice is None:
                return
            if choice.text is None:
                self._select(pane.number)
            else:
                self.copying.copy(self, choice.text, self.tell)

        in_lower_half = row is not None and pane.region.y + row - view.top >= self.app.size.height // 2
        self.app.push_screen(CopyMenu(self._look, choices, self.copying, at_top=in_lower_half), chosen)

    def action_copy_id(self) -> None:
        """Copy the conversation's id, whole."""
        pane = self._pane_meant()
        if pane is not None and pane.view is not None:
            self.copying.copy(self, pane.view.conversation.key.id, self.tell)

    def _select(self, number: int, rows: tuple[int, int] | None = None) -> None:
        """Let the operator select rows of a pane."""
        from chatwatch_tui.ui.screens.selecting import SelectScreen

        pane = self._panes[number]
        view = pane.view
        at = view.cursor if view is not None else None
        if view is None or at is None:
            return
        if self.copying.redact and view.reading.view is View.RAW:
            words = "Secrets lie across raw chunks, which cannot be redacted: {view} shows text to select in."
            self.say(self.keymap.fill(words))
            return
        first, last = rows or (at, at)
        screen = SelectScreen(self._look, pane, view, first, last, redacts=self.copying.redact)
        self.app.push_screen(screen, self._selected)

    def _selected(self, text: str | None) -> None:
        if text:
            self.copying.copy(self, text, self.tell)
        elif text is not None:
            self.say(ours("Nothing copied: there is no text in those rows."))

    @on(RowsDragged)
    def _rows_dragged(self, message: RowsDragged) -> None:
        message.stop()
        if self.board.go_to(message.number):
            self._leave_roster()
        self._select(message.number, (message.first, message.last))

    # -- files -----------------------------------------------------------------------------------------------------

    def action_write(self) -> None:
        """Write the pane's conversation to a file."""
        from chatwatch_tui.ui.screens.write_dialog import WriteDialog
        from chatwatch_tui.ui.writing import Format

        pane = self._pane_meant()
        view = pane.view if pane is not None else None
        if view is None:
            self.say(ours("There is no pane to write."))
            return
        conversation = view.conversation
        stem = f"{short_id(conversation)}-{conversation.label}-{self._stamp()}".replace("--", "-")

        def write(wanted: Wanted) -> None:
            if wanted.format is not Format.JSONL:  # which cannot be redacted, and says nothing of other formats
                self.copying.redact = wanted.redact  # one choice for all that is handed over
            transcript = snapshot(view.frozen or conversation.transcript)
            # Whoever leaves the dialog meanwhile does not leave the file half written: it is the dashboard's work.
            written = self._write(wanted, transcript, conversation, dialog)
            self.run_worker(written, name="write", group="write", exit_on_error=False)

        dialog = WriteDialog(self._look, self._folder(), partial(safe_file_name, stem), self.copying, write)
        self.app.push_screen(dialog)

    async def _write(
        self, wanted: Wanted, transcript: Transcript, conversation: Conversation, dialog: WriteDialog
    ) -> None:
        from chatwatch_tui.ui.writing import NotWritten, write_file

        try:
            words = await write_file(
                wanted, transcript, conversation, self._settings.handing_over.redact, self.watching.clock()
            )
        except FileExistsError:
            dialog.ask_over(wanted.path)
            why = "it came into being meanwhile"
        except NotWritten as problem:
            why = str(problem)
            dialog.fail(safe_line(f"Not written: {why}. {self.keymap.fill(problem.advice)}"))
        else:
            dialog.end()
            self.say(words)
            return
        if not dialog.is_attached:
            words = self.keymap.fill("{write} tries again.")
            self.say(safe_line(f"Not written: {shown_path(wanted.path)}: {why}. {words}"))

    def action_screenshot(self) -> None:
        """Keep what is on screen as SVG."""
        # Whoever opens it shall not fetch a font from the network by that.
        picture = _FETCHED.sub("", self.app.export_screenshot(title="chatwatch"))
        path = self._folder() / f"chatwatch-{self._stamp()}.svg"
        self.run_worker(self._keep(path, picture), name="screenshot", group="write", exit_on_error=False)

    async def _keep(self, path: Path, picture: str) -> None:
        for number in range(1, 100):
            unused = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            try:
                await asyncio.to_thread(write_new, unused, [picture.encode("utf-8")])
            except FileExistsError:
                continue
            except OSError as problem:
                self.say(safe_line(f"No picture: {shown_path(unused)}: {problem.strerror or problem}"))
            else:
                self.say(safe_line(f"Picture: {shown_path(unused)}"))
            return

    # -- recording -------------------------------------------------------------------------------------------------

    def action_record(self) -> None:
        """Begin to record all conversations, or end it."""
        if self.watching.recorder is not None:
            self.run_worker(self._end_recording(), name="recording", group="write", exit_on_error=False)
            return
        from chatwatch_tui.sources.recorder import Recorder

        path = self._folder() / f"recording-{self._stamp()}.jsonl"
        try:
            make_folder(path.parent)
            recorder = Recorder(
                path, self.watching.clock(), on_failure=lambda reason: self.post_message(RecordingFailed(reason))
            )
        except OSError as problem:
            self.say(safe_line(f"Not recording: {shown_path(path)}: {problem.strerror or problem}"))
            return
        self.watching.recorder = recorder
        self.reader.tap = recorder.take
        self._refresh_bars()
        self.say(safe_line(f"Recording all: {shown_path(path)}; {self.keymap.key('record')} ends it"))

    async def _end_recording(self) -> None:
        recorder = self.watching.recorder
        if recorder is None:
            return
        self.watching.recorder = self.reader.tap = None
        whole = await asyncio.to_thread(recorder.stop)
        self._refresh_bars()
        lost = f", {recorder.lost:,} not recorded: the disk was too slow" if recorder.lost else ""
        lost += "" if whole or recorder.failure else "; the disk is still taking the last of it"
        done = f"{byte_size(recorder.size)} recorded: {shown_path(recorder.path)}"
        self.say(safe_line(f"{done}, {recorder.deliveries:,} deliveries{lost}"))

    @on(RecordingFailed)
    def _recording_failed(self, message: RecordingFailed) -> None:
        message.stop()
        recorder = self.watching.recorder
        self.watching.recorder = self.reader.tap = None
        self._refresh_bars()
        kept = f", {byte_size(recorder.size)} are in {shown_path(recorder.path)}" if recorder is not None else ""
        self.say(safe_line(f"Recording ended: {message.reason}{kept}"))
