"""The ways out of the screen: bell, notification, window title, a command of the operator's.

What the terminal is told goes through the driver like every frame, between two of them. tmux takes bell and title for
itself, as it should; a notification it only hands on (`passthrough`).

The command is run without a shell and with the arguments of the settings alone: what came from the wire is in the JSON
on its standard input and nowhere else. Its environment lacks whatever chatwatch signs in with. One runs at a time; what
is told meanwhile is kept for one more run after it. It and what it started are killed when its time is over or the
program ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.settings import Notify
from chatwatch_tui.ui.passthrough import passed_on

_WITHOUT_TITLE = ("linux", "vt100", "vt220", "dumb")
_SECRET_PREFIXES = ("NATS_", "CHATWATCH_")
_OSC777 = ("rxvt", "foot")
"""Terminals, by the beginning of TERM, that take OSC 777 and not OSC 9."""
MOST_TOLD = 1_000
"""Reasons that a command is given at once, the latest of those that waited; all of their conversations are counted."""
BELL = "\x07"


def has_title(environ: Mapping[str, str]) -> bool:
    """Whether the terminal has a title to set; others may show the attempt as text."""
    return not environ.get("TERM", "").startswith(_WITHOUT_TITLE)


def notification(words: SafeText, how: Notify, environ: Mapping[str, str]) -> str:
    """Ask the terminal, through whatever stands before it, to show a notification; blank for `off`."""
    if how is Notify.OFF:
        return ""
    if how is Notify.AUTO:
        plain_vte = "VTE_VERSION" in environ
        how = Notify.OSC777 if environ.get("TERM", "").startswith(_OSC777) or plain_vte else Notify.OSC9
    if how is Notify.OSC9:
        return passed_on(f"\x1b]9;{words}\x07", environ)
    # Fields are parted by semicolons there.
    return passed_on(f"\x1b]777;notify;chatwatch;{words.replace(';', ',')}\x07", environ)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that is not ours."""
    return {name: value for name, value in environ.items() if not name.startswith(_SECRET_PREFIXES)}


class CommandRunner:
    """Runs the operator's command in a thread of its own."""

    def __init__(self, on_failure: Callable[[SafeText], object]) -> None:
        """`on_failure` is called in that thread, with words for the operator."""
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._next: tuple[Sequence[str], dict[str, Any], float] | None = None
        self._waiting: set[tuple[str, str]] = set()
        """Source and id of every conversation in that; the list of facts is cut."""
        self._runs = False
        self._stopped = False
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, argv: Sequence[str], facts: dict[str, Any], timeout: float) -> None:
        """Run it now, or after the one that runs, together with what waits for that already. Returns at once."""
        with self._lock:
            if self._stopped:
                return
            waiting = self._next[1]["conversations"] if self._next is not None else []
            if not waiting:
                self._waiting.clear()
            self._waiting.update((each["source"], each["id"]) for each in facts["conversations"])
            told = (waiting + facts["conversations"])[-MOST_TOLD:]
            facts = {**facts, "count": len(self._waiting), "conversations": told}
            self._next = (argv, facts, timeout)
            if self._runs:
                return
            self._runs = True
        threading.Thread(target=self._work, name="chatwatch-alert", daemon=True).start()

    def stop(self) -> None:
        """Kill what runs; nothing is run any more."""
        with self._lock:
            self._stopped = True
            self._next = None
            self._kill()

    # -- the thread ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._next is None:
                    self._runs = False
                    return
                argv, facts, timeout = self._next
                self._next = None
            words = self._once(argv, facts, timeout)
            if words and not self._stopped:
                self._on_failure(SafeText(f"Alert command {safe_line(argv[0], 60)}: {words}."))

    def _once(self, argv: Sequence[str], facts: dict[str, Any], timeout: float) -> str:
        """What went wrong, in words; blank where nothing did."""
        with self._lock:
            if self._stopped:
                return ""
            try:
                self._child = child = subprocess.Popen(
                    list(argv),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=without_secrets(os.environ),
                    start_new_session=True,
                )
            except (OSError, ValueError) as problem:
                return str(safe_line(getattr(problem, "strerror", None) or str(problem), 200))
        try:
            child.communicate(msgspec.json.encode(facts), timeout)
        except subprocess.TimeoutExpired:
            with self._lock:
                self._kill()
            child.wait()
            return f"killed after {timeout:g} s"
        finally:
            with self._lock:
                self._child = None
        if child.returncode < 0:
            return f"ended by signal {-child.returncode}"
        return f"exit code {child.returncode}" if child.returncode else ""

    def _kill(self) -> None:
        """All of its process group. With the lock held; the child is not waited for yet, so its id is its own."""
        if self._child is not None and self._child.returncode is None:
            try:
                os.killpg(self._child.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
