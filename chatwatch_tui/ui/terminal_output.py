"""The way out to the terminal: never blocks for good, and can be given up at any moment.

Textual's writer thread writes to a text file that blocks while the terminal is stalled (an SSH hiccup, a stopped
screen), and dies of a traceback when it is gone; then the event loop waits for it for ever. This class takes the
file's place. It writes through a file description of its own, so that it alone is non-blocking: the flag is shared
between everything that came from one `open`, and a shell that finds its terminal non-blocking breaks.

A stall is waited for without a bound, and the event loop with it: that is the back-pressure which keeps frames from
piling up. It ends with the stall, with `finish_within` (the program ends or is suspended), with `stop` (somebody else
has the last word), or with the terminal.
"""

from __future__ import annotations

import codecs
import os
import select
import threading
import time
from collections.abc import Callable, Iterator

from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.pacing import AT_ONCE, ByteBucket

_PIECE = 65_536
"""Bytes handed to the kernel at once, and kept back while Textual still has more to say."""
_FILLING = 0.02
"""Seconds between two looks whether a paced writer may go on."""
_LOOK_UP_EVERY = 0.1
"""Seconds after which a stalled writer looks whether it is to give up."""
_REPLACE_BY_WIDTH = "chatwatch-question-marks"


_PLAIN = {
    sign: plain
    for name in UNICODE.__struct_fields__
    for sign, plain in zip(getattr(UNICODE, name), getattr(ASCII, name), strict=True)
} | dict(zip("↑↓␤␉␛", "^v/>^", strict=True))
"""Our own signs where the terminal's encoding has them not: `?` would be the sign for what is unknown."""


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from rich.cells import cell_len

    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(char) or "?" * cell_len(char) for char in lacking), error.end


codecs.register_error(_REPLACE_BY_WIDTH, _question_marks)


def open_terminal(fd: int) -> int:
    """The terminal behind `fd`, opened anew, for writing without blocking.

    Where that is not permitted (a terminal of another user after `su`), it is opened as the session's own; raises
    OSError where there is none either.
    """
    device = os.fstat(fd).st_rdev
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        opened = os.open(os.ttyname(fd), flags)
        if os.fstat(opened).st_rdev == device:
            return opened
        os.close(opened)  # a name from another mount of /dev/pts
    except OSError:
        pass
    return os.open("/dev/tty", flags)


def _packets(ends: list[int]) -> Iterator[int]:
    """Where to cut, so that what goes at once is as much as may."""
    begin = last = 0
    for end in ends:
        if end - begin > AT_ONCE and last > begin:
            yield last
            begin = last
        last = end
    if last > begin:
        yield last


class TerminalOutput:
    """What Textual's `WriterThread` takes for a file. `write` and `flush` belong to that thread, the rest to any."""

    def __init__(self, fd: int, encoding: str, on_lost: Callable[[], None]) -> None:
        """`fd` is non-blocking and stays the caller's; `on_lost` is called once when the terminal is gone."""
        self._fd = fd
        self._encoding = encoding
        self._on_lost = on_lost
        self._waiting = bytearray()
        self._ends: list[int] = []
        """Where what waits may be cut: between what was taken at a time."""
        self._deadline: float | None = None
        self._lost = False
        self._stopped = False
        self._writing = threading.Lock()
        """Held in each write, none of which blocks: where it is free, none is on its way."""
        self.bucket: ByteBucket | None = None
        """Where it is set, no more than it allows is written."""
        self._taken = 0
        self.done = 0
        """Characters taken by `write` that have gone out, or were given up."""
        self.cut = False
        """Something was thrown away, so the terminal may stand in the middle of anything."""

    def write(self, text: str) -> int:
        """Take text to be shown; what the terminal's encoding lacks becomes question marks as wide as it."""
        self._taken += len(text)
        self._waiting += text.encode(self._encoding, _REPLACE_BY_WIDTH)
        self._ends.append(len(self._waiting))
        if len(self._waiting) >= _PIECE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Show what is waiting. Returns when the terminal has taken it or it was given up."""
        taken, self._waiting = memoryview(self._waiting), bytearray()
        ends, self._ends = self._ends, []
        if self.bucket is None:
            self._send(taken)
        else:
            begin = 0
            for end in _packets(ends):
                self._wait_for(self.bucket, end - begin)
                self._send(taken[begin:end])
                begin = end
        self.done = self._taken

    def _send(self, rest: memoryview) -> None:
        bucket = self.bucket
        while rest and not self._lost and not self._stopped:
            if self._deadline is not None and time.monotonic() > self._deadline:
                self.cut = True
                return
            count = self._put(rest[: _PIECE if bucket is None or self._deadline is not None else AT_ONCE])
            if bucket is not None:
                bucket.spend(count)
            rest = rest[count:]
            if rest and bucket is not None:
                self._wait_for(bucket, min(len(rest), AT_ONCE))

    def _wait_for(self, bucket: ByteBucket, count: int) -> None:
        """Until so many bytes may go. The last words of a program that ends are not paced."""
        while self._deadline is None and not self._lost and not self._stopped and not bucket.allows(count):
            time.sleep(_FILLING)

    def isatty(self) -> bool:
        """It is one."""
        return True

    def fileno(self) -> int:
        """The terminal."""
        return self._fd

    def finish_within(self, seconds: float) -> None:
        """From now on the terminal has this long to take what is written; the rest is thrown away, now and later."""
        wanted = time.monotonic() + seconds
        self._deadline = wanted if self._deadline is None else min(self._deadline, wanted)

    def stop(self) -> None:
        """Nothing is written once this has returned, however much waits."""
        with self._writing:
            self._stopped = self.cut = True

    def begin_again(self) -> None:
        """After a suspension: wait for the terminal again, as long as it takes."""
        self._deadline = None
        self._stopped = self.cut = False

    def _put(self, piece: memoryview) -> int:
        """How many bytes the terminal took; none after a while of waiting."""
        try:
            with self._writing:
                return 0 if self._stopped else os.write(self._fd, piece)
        except BlockingIOError:
            ready = select.poll()
            ready.register(self._fd, select.POLLOUT)
            ready.poll(_LOOK_UP_EVERY * 1000)
        except OSError:
            self._lost = self.cut = True
            self._on_lost()
        return 0
