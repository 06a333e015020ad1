"""The terminal gets back what it had, whatever ends the program.

The ways of ending, and what happens:

- quit, crash: the application ends by itself and the driver puts the terminal right;
- SIGTERM, SIGHUP, SIGINT, SIGQUIT: the application is asked to end, and the exit code is 128 + n;
- Ctrl+C twice while the event loop gets to nothing, for it waits for a stalled terminal: the same, with exit code 0;
- the terminal is gone (end of file, I/O error): the same as SIGHUP, which often comes with it;
- none of that comes through in time, or a second signal arrives: restore, clean up, `os._exit`;
- a signal that comes when the guard is gone already, for the program is ending: at once, and as it was ending.

Signals are taken in a thread of the guard's own. An asyncio handler runs in the event loop and a Python handler between
two byte codes of the main thread; the first never comes while the loop waits for a stalled terminal, the second not
while a long C call runs. The C part of a handler always writes to the wake-up descriptor, and the thread reads that.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from chatwatch_tui.ui.terminal_check import EXIT_HANGUP, terminal_encoding
from chatwatch_tui.ui.terminal_output import TerminalOutput, open_terminal

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
ASKED_TO_END = 2.0
"""Seconds that the application has to end cleanly once a signal asked for it or the terminal is gone."""
QUITTING = 6.0
"""Seconds that a quit or a crash may take; nobody stands behind it with a SIGKILL."""
IN_EARNEST = 0.5
"""Seconds after which one more signal means "at once"; sooner it is the same wish that came twice, as `timeout` sends
it to the process and to its group."""
CLEANING_UP = 0.7
"""Seconds that all the clean-up functions have together in a hard exit."""

RESTORE = (
    b"\x18\x1b\\"  # CAN and ST: drops a sequence that was cut, a string too, of which half is not to be acted upon
    b"\x1b[?2026l"  # synchronised output: show again
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus reports, bracketed paste, size reports
    b"\x1b[<u"  # kitty keyboard, which belongs to the alternate screen
    b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[0m"  # screen, cursor, line wrap, colours
)
"""Undoes everything that Textual does to a terminal; modes that a terminal does not know are ignored by it."""

PUSH_TITLE = "\x1b[22;2t"
RESTORE_TITLE = "\x1b]2;\x07\x1b[23;2t"
"""Blank, for terminals that keep no stack of titles (shells set their own again); for the others what was before."""

_INTERRUPTED = 128 + signal.SIGINT
_CHECK = 0xFF
"""Written to the wake-up pipe by the guard itself; no signal has this number."""


class TerminalGuard:
    """A context manager around the application's run, for the main thread; after it the process is to end."""

    def __init__(self, fd: int | None = None) -> None:
        """`fd` is the terminal's input; the process's standard input unless told."""
        self._fd = sys.__stdin__.fileno() if fd is None and sys.__stdin__ is not None else fd or 0
        self.output: TerminalOutput
        """The way out to the terminal, while the guard is in place: `restore` has the last word on it."""
        self.exit_code = 0
        """What the process ends with where a signal (128 + n) or a lost terminal (`EXIT_HANGUP`) ended it; else 0."""
        self.screen_taken = False
        """Set by the driver from entering application mode until the terminal has everything back."""
        self.title_taken = False
        """Set by the driver while the window has a title of ours."""
        self._out = -1
        self._attributes: list[Any] | None = None
        self._ask: Callable[[], None] | None = None
        self._cleanups: list[Callable[[], object]] = []
        self._asked_at = 0.0
        self._deadline: float | None = None
        self._hard_code = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._wake_in, self._wake_out = -1, -1
        self._taken: list[signal.Signals] = []
        self._previous_fd = -1
        self._thread = threading.Thread(target=self._watch, name="chatwatch-guard", daemon=True)

    # -- for the application ---------------------------------------------------------------------------------------

    def __enter__(self) -> TerminalGuard:
        """Remember the terminal and take over the signals. Raises OSError where there is no terminal."""
        self._out = open_terminal(self._fd)
        self.output = TerminalOutput(self._out, terminal_encoding(), self.terminal_lost)
        self._attributes = termios.tcgetattr(self._fd)
        self._wake_in, self._wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._previous_fd = signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` stays in force
                signal.signal(number, _taken_by_the_thread)
                self._taken.append(number)
        atexit.register(_leave_it_in_peace, self._taken)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back the terminal."""
        abandoned = self.screen_taken
        if abandoned:
            self.restore()
        self._done.set()
        self._wake()
        self._thread.join()
        for number in self._taken:  # the way in which it ends is decided: nothing that comes now is another one
            signal.signal(number, lambda *_: os._exit(self._hard_code))
        signal.set_wakeup_fd(self._previous_fd)
        os.close(self._wake_in)
        os.close(self._wake_out)
        if not abandoned:  # else Textual's writer thread may still be at it, and the number would mean another file
            os.close(self._out)

    def on_exit(self, cleanup: Callable[[], object]) -> None:
        """Also do this in a hard exit, where no `finally` and no context manager runs. In the guard's thread."""
        self._cleanups.append(cleanup)

    def ask_to_exit_by(self, ask: Callable[[], None]) -> None:
        """How to ask the application for a clean end. Called in the guard's thread, or here and now where the program
        is already to end; must not block."""
        with self._lock:
            self._ask = ask
            already = self.exit_code
        if already:
            ask()

    def arm(self, code: int, within: float = QUITTING) -> None:
        """The application is ending by itself: from now on it has that long, and is cut off with that exit code where
        it gets stuck. From any thread; the first call counts."""
        with self._lock:
            if self._deadline is None:
                self._deadline = time.monotonic() + within
                self._hard_code = code
        self._wake()

    def insist(self) -> None:
        """The operator wants to quit, and the application, which was told, does not get to it: as a signal would, with
        the exit code of a quit. From any thread."""
        self.arm(0, ASKED_TO_END)
        if self._ask is not None:
            self._ask()

    def terminal_lost(self) -> None:
        """Nobody is there any more. From any thread, more than once is fine."""
        self._end(EXIT_HANGUP)

    def restore(self) -> None:
        """Put the terminal right at once, without the driver: what waits to be shown is thrown away, and nothing
        follows. Once, whoever calls it: the shell's own keyboard mode lies under ours.

        Never blocks for more than a moment. A terminal that is gone is nobody's loss.
        """
        with self._lock:
            taken, self.screen_taken = self.screen_taken, False
        if not taken:
            return
        self.output.stop()
        try:
            termios.tcflush(self._fd, termios.TCOFLUSH)
            self._write_restore()
        except (OSError, termios.error):
            pass
        try:
            if self._attributes is not None:
                termios.tcsetattr(self._fd, termios.TCSANOW, self._attributes)
        except (OSError, termios.error):
            pass

    # -- the guard's thread ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        ready = select.poll()
        ready.register(self._wake_in, select.POLLIN)
        while True:
            deadline = self._deadline
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready.poll(None if left is None else left * 1000 + 1)
            if self._done.is_set():
                return
            for number in self._woken():
                if number in self._taken:
                    self._end(128 + number)
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._exit_hard()

    def _woken(self) -> bytes:
        try:
            return os.read(self._wake_in, 4096)
        except BlockingIOError:
            return b""

    def _wake(self) -> None:
        try:
            os.write(self._wake_out, bytes((_CHECK,)))
        except (BlockingIOError, OSError):  # full of wake-ups, or the guard is no longer in place
            pass

    def _end(self, code: int) -> None:
        """Ask the application to end; asked again by a signal, do not wait any longer."""
        now = time.monotonic()
        with self._lock:
            first = not self.exit_code
            if first and code == _INTERRUPTED and self._deadline is not None:
                return  # Ctrl+C twice: the first one was a key, upon which it is ending
            if first:
                self.exit_code = self._hard_code = code
                self._asked_at = now
            in_earnest = not first and code != EXIT_HANGUP and now - self._asked_at > IN_EARNEST
            wanted = now if in_earnest else self._asked_at + ASKED_TO_END
            self._deadline = wanted if self._deadline is None else min(self._deadline, wanted)
            ask = self._ask if first else None
        self._wake()
        if ask is not None:
            ask()

    def _exit_hard(self) -> None:
        """It did not work the clean way. Does not return."""
        self.restore()
        cleaner = threading.Thread(target=self._clean_up, daemon=True)
        cleaner.start()
        cleaner.join(CLEANING_UP)
        os._exit(self._hard_code)

    def _clean_up(self) -> None:
        for cleanup in reversed(self._cleanups):
            try:
                cleanup()
            except Exception:  # the others have a right to their turn, and nobody is left to tell
                continue

    def _write_restore(self) -> None:
        rest = RESTORE + RESTORE_TITLE.encode() if self.title_taken else RESTORE
        give_up = time.monotonic() + 0.2
        ready = select.poll()
        ready.register(self._out, select.POLLOUT)
        while rest and time.monotonic() < give_up:
            try:
                rest = rest[os.write(self._out, rest) :]
            except BlockingIOError:
                ready.poll(50)


def _leave_it_in_peace(numbers: list[signal.Signals]) -> None:
    """The interpreter gives handlers back before it takes itself apart, which takes a while."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


def _taken_by_the_thread(_number: int, _frame: FrameType | None) -> None:
    """A handler must be there for the wake-up descriptor to be written to; the work is done in the guard's thread."""
