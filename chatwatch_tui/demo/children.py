"""Processes that never outlive the one that started them, however that ended.

A child runs under a few lines of POSIX shell that hold the reading end of a pipe. The writing end is the parent's
alone: when the parent closes it, or is gone (SIGKILL included), the shell reads its end, stops the child and removes
the child's folder. Linux could do part of this by `prctl`; a pipe does all of it, everywhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

STOP_WITHIN = 2.0

_KEEPER = """
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$folder/output" 2>&1 &
child=$!
(read -r _ <&3; : >"$folder/let-go"; kill -TERM $child; sleep 2; kill -KILL $child) >/dev/null 2>&1 &
reader=$!
exec 3<&-
wait $child; code=$?
[ -e "$folder/let-go" ] && rm -rf "$folder"
kill $reader 2>/dev/null
exit $code
"""


class Child:
    """A running child and its temporary folder, which is removed when the child ends."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"chatwatch-{name}-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], env: dict[str, str] | None = None) -> None:
        """Start it, in a session of its own: keys and hang-ups of the terminal are not for it."""
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", str(self.folder), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=env,
            start_new_session=True,
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process is not None else None

    def output(self) -> str:
        """What it has written to stdout and stderr so far."""
        try:
            return (self.folder / "output").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def stop(self) -> None:
        """End it, within a bound; more than once is fine."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
