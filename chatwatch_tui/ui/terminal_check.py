"""What the dashboard needs of a terminal, asked before anything is drawn.

Plain functions without Textual, so that the refusal comes at once and costs nothing. A dumb or missing terminal is
refused in words: Textual would write full escape sequences into it all the same. A narrow one is not refused, the
dashboard has reduced layouts; only one in which not even those are readable is. Without UTF-8 the dashboard draws
itself in ASCII, and what the terminal cannot show becomes `?` of the same width (`terminal_output`).
"""

from __future__ import annotations

import codecs
import errno
import locale
import os
import signal
import sys
import termios
from collections.abc import Mapping
from typing import TextIO

MIN_COLUMNS, MIN_ROWS = 20, 5
"""The smallest terminal in which one stream and the status line can be told apart."""

EXIT_HANGUP = 128 + signal.SIGHUP
"""What the program ends with when the terminal is gone."""

_CANNOT_MOVE_THE_CURSOR = frozenset({"dumb", "unknown", "emacs"})


class NoTerminal(Exception):
    """There is no terminal that a dashboard can be drawn on; `str()` says what is wrong and what to do."""


def require_terminal(environ: Mapping[str, str], stdin: TextIO | None = None, stdout: TextIO | None = None) -> None:
    """Refuse what no dashboard can be drawn on. The streams default to the process's own.

    Raises:
        NoTerminal: with one sentence for the user.
    """
    for stream, name, instead in (
        (stdin or sys.__stdin__, "input", "do not pipe anything into it"),
        (stdout or sys.__stdout__, "output", "do not redirect it; over ssh, ask for a terminal with `ssh -t`"),
    ):
        if not _is_tty(stream):
            raise NoTerminal(f"the dashboard needs a terminal, but its {name} is not one: {instead}")
    term = environ.get("TERM", "")
    if not term:
        raise NoTerminal(
            "TERM is not set, so nobody knows what this terminal can do: try `TERM=xterm-256color chatwatch`"
        )
    if term in _CANNOT_MOVE_THE_CURSOR:
        raise NoTerminal(
            f"a terminal of type {term!r} cannot show a dashboard; if yours can, say `TERM=xterm-256color chatwatch`"
        )
    columns, rows = terminal_size(stdout)
    if 0 < columns < MIN_COLUMNS or 0 < rows < MIN_ROWS:
        raise NoTerminal(
            f"this terminal has {columns} columns and {rows} rows; the dashboard needs {MIN_COLUMNS} by {MIN_ROWS}"
        )


def terminal_is_gone() -> bool:
    """Whether the input is a terminal that was hung up."""
    try:
        termios.tcgetattr(0)
    except termios.error as problem:
        return bool(problem.args[0] == errno.EIO)
    return False


def terminal_size(stream: TextIO | None = None) -> tuple[int, int]:
    """Columns and rows; zeros where the terminal does not know (a serial line, say)."""
    try:
        size = os.get_terminal_size((stream or sys.__stdout__).fileno())  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return 0, 0
    return size.columns, size.lines


def terminal_encoding() -> str:
    """The character encoding that the locale names for the terminal, by Python's name for it.

    Asked of the C library: Python's own UTF-8 mode, which it turns on by itself in the C locale, hides what is so.
    """
    given = locale.nl_langinfo(locale.CODESET)
    try:
        return codecs.lookup(given).name
    except LookupError:
        return "ascii"


def speaks_utf8() -> bool:
    """Whether the terminal can be sent more than ASCII without a second thought."""
    return terminal_encoding() == "utf-8"


def why_no_utf8(environ: Mapping[str, str]) -> str:
    """What to tell whoever sees `?` in place of letters, not made safe; blank where there is UTF-8."""
    if speaks_utf8():
        return ""
    name = next((each for each in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(each)), "LC_ALL")
    given = environ.get(name, "")[:20]
    return f"{name}={given} is not UTF-8: letters it lacks show as ?. {name}=C.UTF-8 has all."


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
