"""A program on a real pseudo-terminal, as a user has it: its output collected, keys typed, the reader paused at will.

The program is the leader of a session whose controlling terminal is the pty, so closing the pty hangs up on it and
Ctrl+Z stops it, as in life.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte
from pyte.screens import wcwidth

PATIENCE = 30.0
"""Seconds that a condition may take on a busy machine before a test fails."""


class Terminal(pyte.Screen):
    """A cursor that was saved is restored as often as one asks; pyte forgets it the first time."""

    def restore_cursor(self) -> None:
        """DECRC."""
        super().restore_cursor()
        self.save_cursor()


class PtySession:
    """Runs `argv` from entering the context until its end; what is still alive then is killed."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None
    ) -> None:
        """`env` is added to the environment; TERM is `xterm-256color` unless it says otherwise."""
        self.argv = list(argv)
        self.columns, self.rows = columns, rows
        self.env = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        self.pid = 0
        self.exit_code: int | None = None
        """The exit code once it ended; -n where signal n killed it."""
        self.cpu_seconds = 0.0
        """Processor time of the program and the children it waited for, once it ended."""
        self._master, self._slave = -1, -1
        self._received = bytearray()
        self.arrivals: list[tuple[float, int]] = []
        """When something was written (monotonic seconds), and how many bytes."""
        self._screen: pyte.Screen | None = None
        """A terminal of the present size, to which the first `_fed` bytes were given."""
        self._fed = 0
        self._changed = threading.Condition()
        self._reading = threading.Event()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="pty-reader", daemon=True)

    def __enter__(self) -> Self:
        """Start the program."""
        self._master, self._slave = os.openpty()
        self.resize(self.columns, self.rows)
        name = os.ttyname(self._slave)
        # Opened by the new session's leader, the terminal becomes its controlling one.
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ]
        self.pid = os.posix_spawnp(self.argv[0], self.argv, self.env, file_actions=actions, setsid=True)
        self._reading.set()
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill what is left and close the terminal."""
        if self.exit_code is None and not self._reap(os.WNOHANG):
            os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        self.close_terminal()

    # -- what the user does ----------------------------------------------------------------------------------------

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program gets SIGWINCH."""
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pause_reading(self) -> None:
        """Stop taking output: the terminal stalls once its buffers are full."""
        self._reading.clear()

    def resume_reading(self) -> None:
        """Take output again."""
        self._reading.set()

    def close_terminal(self) -> None:
        """Close the window: the program's terminal is gone."""
        if self._master < 0:
            return
        self._closing.set()
        self._reading.set()
        self._reader.join()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    # -- what is to be seen ----------------------------------------------------------------------------------------

    @property
    def output(self) -> bytes:
        """Everything written so far."""
        with self._changed:
            return bytes(self._received)

    def screen(self) -> list[str]:
        """The rows that a terminal shows after all that output, without trailing blanks."""
        if self._screen is None or (self._screen.columns, self._screen.lines) != (self.columns, self.rows):
            self._screen = Terminal(self.columns, self.rows)
            self._stream = pyte.ByteStream(self._screen)
            self._fed = 0
        with self._changed:
            news = bytes(self._received[self._fed :])
        self._fed += len(news)
        self._stream.feed(news)
        return ["".join(_letters(self._screen.buffer[row], self.columns)).rstrip() for row in range(self.rows)]

    def attributes(self) -> list[Any]:
        """The terminal's settings (`termios.tcgetattr`)."""
        return termios.tcgetattr(self._slave)

    def wait_for(self, condition: Callable[[PtySession], object], what: str = "", within: float = PATIENCE) -> None:
        """Wait until the condition holds; looks at it whenever output came, and now and then."""
        end = time.monotonic() + within
        while not condition(self):
            with self._changed:
                self._changed.wait(0.05)
            if time.monotonic() > end:
                raise AssertionError(f"waited {within} s for {what or condition}; output ends {self.output[-600:]!r}")

    def wait_for_output(self, expected: bytes) -> None:
        """Wait until the bytes were written."""
        self.wait_for(lambda session: expected in session.output, repr(expected))

    def has_ended(self) -> bool:
        """Whether the program is gone."""
        return self.exit_code is not None or self._reap(os.WNOHANG)

    def wait_for_stop(self) -> None:
        """Wait until the program is suspended."""
        self.wait_for(lambda _: _state_of(self.pid) == "T", "the program to be suspended")

    def wait_for_end(self, within: float = PATIENCE) -> int:
        """Wait until the program ended; its exit code."""
        if self.exit_code is None:
            self.wait_for(lambda _: self._reap(os.WNOHANG), "the program to end", within)
        assert self.exit_code is not None
        return self.exit_code

    def cpu_so_far(self) -> float:
        """Processor seconds that the running program has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _reap(self, options: int) -> bool:
        pid, status, usage = os.wait4(self.pid, options)
        if not pid:
            return False
        self.exit_code = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        return True

    def _read(self) -> None:
        ready = select.poll()
        ready.register(self._master, select.POLLIN)
        while not self._closing.is_set():
            if not self._reading.wait(0.1) or not ready.poll(100):
                continue
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                return
            with self._changed:
                self._received += data
                self.arrivals.append((time.monotonic(), len(data)))
                self._changed.notify_all()


def _letters(row: Mapping[int, Any], columns: int) -> Iterator[str]:
    """Of a row of pyte's; its own way falls over the second half of a wide letter whose first half was overwritten, as
    it is in the middle of a frame."""
    is_second_half = False
    for column in range(columns):
        letters: str = row[column].data or " "
        if not is_second_half:
            yield letters
        is_second_half = not is_second_half and wcwidth(letters[0]) == 2


def _state_of(pid: int) -> str:
    """R, S, T ... as `ps` shows it."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
