"""The smallest guarded application, for `test_terminal`: ends, crashes, floods or hangs as its keys say.

`python -m tests.ui.apps.guarded [ignore-hangup] [slow-end] [BEATS_FILE]`: the number of frames drawn goes to the file,
so that a test sees when the event loop stands still.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from chatwatch_tui.ui.terminal import TerminalGuard
from chatwatch_tui.ui.terminal_app import GuardedApp


class Endings(GuardedApp):
    """One text, and a key for every way of ending."""

    def __init__(self, beats: Path | None) -> None:
        super().__init__()
        self._beats = beats
        self._drawn = 0

    def compose(self) -> ComposeResult:
        """The text that is drawn again and again under flood."""
        yield Static("ready", id="text", markup=False)

    def key_q(self) -> None:
        """Quit."""
        self.exit()

    def key_x(self) -> None:
        """Crash, with a secret in a local variable and control characters in the message."""
        password = "hunter2"
        raise ValueError(f"bad \x1b[31mvalue of {len(password)} letters")

    def key_d(self) -> None:
        """Quit, and what was on its way fails."""
        self.exit()
        raise LookupError("no longer there")

    @work
    async def key_w(self) -> None:
        """Crash in a worker."""
        raise LookupError("worker gave up")

    def key_h(self) -> None:
        """Hang: the event loop never comes back."""
        if self._beats is not None:
            self._beats.touch()
        while True:
            time.sleep(0.05)

    def key_f(self) -> None:
        """Draw more than a terminal that nobody reads can take."""
        self.set_interval(0.005, self._flood)

    def _flood(self) -> None:
        self._drawn += 1
        letter = "abcdefghijklmnopqrstuvwxyz"[self._drawn % 26]
        self.query_one("#text", Static).update(letter * (self.size.width * (self.size.height - 1)))
        if self._beats is not None:
            self._beats.write_text(str(self._drawn))


def _clean_up() -> None:
    time.sleep(0.3)  # as long as an account or a session takes to be written, while other threads go on
    os.write(1, b"cleaned up")  # Textual has taken sys.stdout


class SlowEnd:
    """Takes its time once the guard is gone, and in the last moments of the interpreter."""

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, *_: object) -> None:
        os.write(1, b"winding up")
        time.sleep(1)

    def __del__(
        self, write: Callable[[int, bytes], int] = os.write, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        write(1, b"last moments")
        sleep(1)


ends_slowly: SlowEnd | None = None


def main() -> int:
    """Run; a crash is said in one line, as the command line would."""
    global ends_slowly  # it ends when the module does
    arguments = sys.argv[1:]
    if "ignore-hangup" in arguments:
        arguments.remove("ignore-hangup")
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if "slow-end" in arguments:
        arguments.remove("slow-end")
        ends_slowly = SlowEnd()
    app = Endings(Path(arguments[0]) if arguments else None)
    guard = TerminalGuard()
    guard.on_exit(_clean_up)
    try:
        with ends_slowly or nullcontext(), guard:
            return app.run_guarded(guard)
    except Exception as crash:
        print(f"crashed: {type(crash).__name__}, {threading.active_count()} thread", flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
