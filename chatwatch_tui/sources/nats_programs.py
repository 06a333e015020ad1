"""Programs that keep secrets of NATS, asked as the `nats` tool asks them: `nsc` and, of 1Password, `op`.

They are asked before there is a screen, and may ask the user on their part, say for a finger.
"""

from __future__ import annotations

import shutil
import subprocess

ANSWERS_WITHIN = {"nsc": 10.0, "op": 60.0}
"""Seconds that a program has."""


class NoAnswer(ValueError):
    """A program did not answer; `str()` says why. What it wrote to its standard output, which may be a secret, is not
    in it."""


def answer_of(program: str, *arguments: str, instead: str) -> bytes:
    """What it writes to its standard output. `instead` is what to do where it is not installed.

    Raises:
        NoAnswer: where it is not there, fails, or does not answer in time.
    """
    path = shutil.which(program)
    if path is None:
        raise NoAnswer(f"{program} is not on PATH: {instead}")
    called = " ".join((program, *arguments))
    seconds = ANSWERS_WITHIN[program]
    try:
        done = subprocess.run(
            [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"`{called}` did not answer within {seconds:.0f} s") from None
    except (OSError, ValueError) as problem:
        raise NoAnswer(f"{path} cannot be run: {getattr(problem, 'strerror', None) or problem}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise NoAnswer(f"`{called}` failed: {said or f'exit code {done.returncode}'}")
    return done.stdout
