"""The way to the operator's clipboard: a program of the desktop's where there is one, else through the terminal.

A program (wl-copy, xclip, xsel, pbcopy) is run without a shell, gets the text on its standard input and has a bounded
time. It reaches the clipboard of the machine that chatwatch runs on, which over SSH is the wrong one: there it is only
used where X is forwarded (`DISPLAY` names a port of the connection). A program that fails is no failure: the terminal
is tried next.

In tmux its own command is the sure way: `tmux load-buffer -w` fills a paste buffer and hands the text on to the
terminal, also where `set-clipboard` and `allow-passthrough` are as they come, which swallow an application's sequence.

Through the terminal means OSC 52, which many terminals obey, some ask about, some ignore, and none answers: the words
say "sent", not "copied". Inside GNU screen the sequence is wrapped into DCS pieces that are passed on (screen cuts
longer ones), inside tmux into its pass-through; see `passthrough`. Terminals drop a sequence of more than 100,000 bytes
(hterm, xterm, and what follows them), which base64 reaches with 74,994 bytes of text: longer text is refused with a
word, for half of it in a clipboard is worse than none. Over a slow link, where nothing else is drawn while a sequence
goes out, one may take two seconds, and longer text is refused as well.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.figures import byte_size, utf8_bytes
from chatwatch_tui.ui.pacing import AT_ONCE
from chatwatch_tui.ui.passthrough import Between, between, passed_on

MAX_OSC_52 = 74_994
"""Bytes of text that one sequence carries."""
MAX_OVER_SLOW_LINK = (2 * AT_ONCE - 200) // 4 * 3
"""The same for a sequence that goes out in two seconds, whatever it is wrapped in but GNU screen's pieces."""
WITHIN = 2.0
"""Seconds that a program has."""
_FORWARDED = ("localhost:", "127.0.0.1:", "[::1]:")

Way = Literal["auto", "terminal"]


class TooLong(Exception):
    """More than the terminal's clipboard takes; `str()` says so to the operator."""


class Program(NamedTuple):
    """One that puts its standard input into a clipboard."""

    argv: tuple[str, ...]
    words: str
    """What was reached by it."""


def programs(
    environ: Mapping[str, str], *, platform: str = sys.platform, find: Callable[[str], str | None] = shutil.which
) -> list[Program]:
    """Those that may reach the operator's clipboard here, the best one first."""
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    display = environ.get("DISPLAY", "")
    candidates: list[tuple[tuple[str, ...], str]] = []
    if environ.get("WAYLAND_DISPLAY") and not remote:
        candidates.append((("wl-copy",), "wl-copy"))
    if display and (not remote or display.startswith(_FORWARDED)):
        candidates.append((("xclip", "-selection", "clipboard", "-in"), "xclip"))
        candidates.append((("xsel", "--clipboard", "--input"), "xsel"))
    if platform == "darwin" and not remote:
        candidates.append((("pbcopy",), "pbcopy"))
    if environ.get("TMUX"):
        candidates.append((("tmux", "load-buffer", "-w", "-"), "tmux, and through it the terminal"))
    found: list[Program] = []
    for (name, *options), words in candidates:
        path = find(name)
        if path is not None:
            found.append(Program((path, *options), words))
    return found


def run(program: Program, text: str) -> bool:
    """Hand the text to a program; whether it took it. Blocks for a bounded time, so never on an event loop."""
    try:
        # Nobody reads what it prints: xclip and wl-copy stay in the background and would keep a pipe open.
        ended = subprocess.run(
            program.argv,
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WITHIN,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0


def _in_words(size: int, most: int) -> str:
    """How much there is, and how much may be; to the byte where they would look the same."""
    shown, allowed = byte_size(size), byte_size(most)
    if shown == allowed:
        shown, allowed = f"{size:,} B", f"{most:,} B"
    where = "a slow link" if most < MAX_OSC_52 else "the terminal's clipboard"
    return f"{shown}, {where} takes {allowed}"


def osc_52(text: str, environ: Mapping[str, str], most: int = MAX_OSC_52) -> tuple[str, SafeText]:
    """The sequence that puts text into the terminal's clipboard, wrapped for what stands between, and words for it.

    Raises:
        TooLong: for more than `most` bytes.
    """
    data = make_safe(text).encode("utf-8", "replace")
    if len(data) > most:
        raise TooLong(_in_words(len(data), most))
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    words = {
        Between.NOTHING: "OSC 52",
        Between.TMUX: "OSC 52 through tmux, which needs allow-passthrough on",
        Between.SCREEN: "OSC 52 through screen",
        Between.EITHER: "OSC 52; a tmux in between needs set-clipboard on",
    }
    return passed_on(sequence, environ), ours(words[between(environ)])


def copy(
    text: str,
    way: Way,
    environ: Mapping[str, str],
    write: Callable[[str], object],
    most: int = MAX_OSC_52,
    kept: str = "",
) -> SafeText:
    """Copy text; words for the operator that say which way it went. `write` puts a sequence out to the terminal, which
    takes `most` bytes of text. `kept` is what there is to say of secrets: it comes before the way, which may be cut.

    Blocks for a bounded time where a program is run, so never on an event loop.

    Raises:
        TooLong: no program took it, and the terminal would not.
    """
    text = make_safe(text)
    size = byte_size(utf8_bytes(text))
    note = f", {kept}" if kept else ""
    for program in programs(environ) if way == "auto" else ():
        if run(program, text):
            return ours(f"{size} copied{note} ({program.words})")
    sequence, words = osc_52(text, environ, most)
    write(sequence)
    return ours(f"{size} sent to the terminal's clipboard{note} ({words})")
