"""Sequences for the terminal that a multiplexer stands before: wrapped, they are handed on.

A string in them ends with BEL and never with ESC `\\`: terminals take both, and GNU screen ends its wrapping at the
first ESC `\\` within.

Each multiplexer understands its own wrapping only, and one that stands on the other side of an SSH connection is known
by TERM alone. `tmux-...` is tmux, and `screen.xterm-256color` is GNU screen, which names itself so. Plain `screen` or
`screen-256color` may be either, and mostly is a tmux whose `default-terminal` it is, as older ones came. There the
sequence is written bare, for tmux takes that (a clipboard where `set-clipboard` is on), and what is short once more for
GNU screen: each drops what is meant for the other. What is long is not: beyond some hundred bytes of a bare sequence
GNU screen shows the rest as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

SCREEN_PIECE = 240
"""Bytes that GNU screen hands on at once: older versions cut at 256, with what is around them."""


class Between(StrEnum):
    """What stands between the program and the terminal."""

    NOTHING = ""
    TMUX = "tmux"
    """Hands on only where `allow-passthrough` is on."""
    SCREEN = "screen"
    EITHER = "tmux or screen"
    """One of them, at the other end of a connection."""


def between(environ: Mapping[str, str]) -> Between:
    """By what each of them sets; TERM, which also comes through SSH, where neither did."""
    term = environ.get("TERM", "")
    if environ.get("TMUX"):
        return Between.TMUX
    if environ.get("STY"):
        return Between.SCREEN
    if term.startswith("tmux"):
        return Between.TMUX
    if term.startswith("screen"):
        return Between.SCREEN if term.startswith("screen.") else Between.EITHER
    return Between.NOTHING


def passed_on(sequence: str, environ: Mapping[str, str]) -> str:
    """The sequence as it has to be written so that the terminal gets it."""
    what = between(environ)
    if what is Between.TMUX:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if what is Between.NOTHING:
        return sequence
    if what is Between.EITHER:
        return f"{sequence}{_in_pieces(sequence)}" if len(sequence.encode()) <= SCREEN_PIECE else sequence
    return _in_pieces(sequence)


def _in_pieces(sequence: str) -> str:
    """For GNU screen."""
    pieces: list[str] = []
    size = SCREEN_PIECE
    for char in sequence:  # the terminal puts the pieces together again
        size += len(char.encode())
        if size > SCREEN_PIECE:
            pieces.append("")
            size = len(char.encode())
        pieces[-1] += char
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
