"""Textual's Linux driver, with its ways out and in guarded.

- output goes through `TerminalOutput`, so that a stalled or lost terminal cannot hold the program for ever;
- Ctrl+C twice ends the program where the event loop, which waits for a stalled terminal, cannot act upon it: this
  thread still reads. No other key does: `q` may be a letter of something that is being typed;
- input that ends (end of file, hang-up, I/O error) ends the program; Textual's loop spins on it at 100 % CPU;
- bytes that are not UTF-8 are replaced; Textual's decoder ends the application over them;
- the terminal is asked for its size itself; Textual believes `COLUMNS` and `LINES` of the environment first.
"""

from __future__ import annotations

import os
import select
import time
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.pacing import ByteBucket
from chatwatch_tui.ui.terminal import PUSH_TITLE, RESTORE_TITLE, TerminalGuard

if TYPE_CHECKING:
    from textual.app import App

LAST_WORDS = 0.8
"""Seconds that the terminal has to take the last of the output when the application ends or is suspended."""
UNANSWERED = 1.5
"""Seconds that the event loop has from the first Ctrl+C to act upon it, before a second one counts without it."""
_TICK = 0.1
"""Seconds after which an Escape that nothing follows is the key; Textual's own figure."""


@runtime_checkable
class Guarded(Protocol):
    """What the driver asks of its application."""

    guard: TerminalGuard | None


class GuardedDriver(LinuxDriver):
    """See the module. For applications that are `Guarded`, while their guard is in place."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if not isinstance(app, Guarded) or app.guard is None:
            raise RuntimeError("GuardedDriver needs an application whose TerminalGuard is in place")
        self._guard = app.guard
        self._output = self._guard.output
        # `WriterThread` wants write, flush and fileno of its file; the annotation upstream is wider than that.
        self._file = cast(Any, self._output)
        self._gave_back = False
        self._interrupts = 0
        """How often Ctrl+C was pressed since the event loop last came by."""
        self._first_interrupt = 0.0
        self.written = 0
        """Characters handed over."""
        self._title = SafeText("")

    def pace(self, bucket: ByteBucket | None) -> None:
        """Write no faster than the bucket allows; None for as fast as it goes."""
        self._output.bucket = bucket

    @property
    def is_busy(self) -> bool:
        """Whether something written has not gone out yet."""
        return self.gone_out < self.written

    @property
    def gone_out(self) -> int:
        """Characters that the terminal has taken, or that were given up."""
        return self._output.done

    def write(self, data: str) -> None:
        """Hand over to the writer's thread."""
        self.written += len(data)
        super().write(data)

    def show_title(self, words: SafeText) -> None:
        """Set the window's title until the screen is given back; blank gives it back now."""
        self._title = words
        if words and not self._guard.title_taken:
            self.write(PUSH_TITLE)
        if words:
            self._guard.title_taken = True
            self.write(f"\x1b]2;{words}\x07")
        else:
            self._give_title_back()

    def _give_title_back(self) -> None:
        if self._guard.title_taken:
            self.write(RESTORE_TITLE)
            self._guard.title_taken = False

    def start_application_mode(self) -> None:
        """Take the screen."""
        self._output.begin_again()
        self._gave_back = False
        self._guard.screen_taken = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # upstream has no annotation there
        if self._title:
            self.show_title(self._title)

    def stop_application_mode(self) -> None:
        """Give the screen back, within a bound."""
        self._output.finish_within(LAST_WORDS)
        self._give_title_back()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")  # Textual leaves it on
        # tmux, enlarged meanwhile, pushes what does not fit its old size out of the alternate screen and into view.
        self.write("\x1b[H\x1b[2J")
        super().stop_application_mode()
        self._gave_back = True

    def close(self) -> None:
        """Wait for the last of the output; where it was cut, put the terminal right by force."""
        if not self._guard.screen_taken:
            return
        self._output.finish_within(LAST_WORDS)
        super().close()
        if self._output.cut or not self._gave_back:
            self._guard.restore()
        self._guard.screen_taken = False

    def unblock(self) -> None:
        """Let whoever waits for a stalled terminal go on soon: the application is to end. From any thread."""
        self._output.finish_within(LAST_WORDS)

    def run_input_thread(self) -> None:
        """Keys, mouse and answers of the terminal, until told to stop or there is no terminal any more."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        ready = select.poll()
        ready.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if ready.poll(_TICK * 1000):
                data = self._read()
                if not data:
                    self._guard.terminal_lost()
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
                    if isinstance(message, events.Key) and message.key == "ctrl+c":
                        self._interrupted()
            for message in parser.tick():
                self.process_message(message)
            if self._interrupts > 1 and time.monotonic() - self._first_interrupt > UNANSWERED:
                self._interrupts = 0
                self._guard.insist()

    def _interrupted(self) -> None:
        if not self._interrupts:
            self._first_interrupt = time.monotonic()
            self._loop.call_soon_threadsafe(self._came_by)
        self._interrupts += 1

    def _came_by(self) -> None:
        """On the event loop: whatever the keys mean, it gets to them."""
        self._interrupts = 0

    def _run_input_thread(self) -> None:
        """A failure of ours is a crash like any other; Textual calls into the event loop from the wrong thread."""
        try:
            self.run_input_thread()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def _read(self) -> bytes:
        """What was typed; empty when nobody can type any more."""
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self.fileno)
        except OSError:
            columns, rows = 0, 0
        return (columns, rows) if columns and rows else super()._get_terminal_size()
