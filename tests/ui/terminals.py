"""Terminals that disagree about the width of what is joined: models for replaying what was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pyte.screens import wcwidth

from tests.pty_session import Terminal

_JOINED = re.compile("\u200d.")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_NARROW_IN_TMUX = re.compile("[\U0001f1e6-\U0001f1ff\u2630-\u2637]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_WIDENED = re.compile("[^\x00-\u2fff]?[^\x00-\u2fff]?(.)\ufe0f(\u200d.\ufe0f?)*")


def _without_width_zero(data: str, spacing: str) -> str:
    """Spacing marks are shown as that. Other marks, but for accents, pyte would not only leave out, but all that
    follows, too."""
    shown = (spacing if unicodedata.category(char) == "Mc" else char for char in data)
    return "".join(char for char in shown if char and (wcwidth(char) or unicodedata.combining(char)))


class ApartScreen(Terminal):
    """Joins nothing: every part of an emoji stands beside the one before."""

    def draw(self, data: str) -> None:
        """As pyte's; skin tones are swatches."""
        super().draw(_without_width_zero(_TONES.sub("🟫", data), "'"))


class TmuxScreen(Terminal):
    """As tmux 3.3a: what ZWJ joins is as wide as its first part, a skin tone two more cells, VS16 widens nothing, and
    half a flag is one cell."""

    def draw(self, data: str) -> None:
        """As pyte's, with that."""
        data = _NARROW_IN_TMUX.sub("r", _JOINED.sub("", data))
        super().draw(_without_width_zero(_TONES.sub("🟫", data), "'"))


class JoiningScreen(Terminal):
    """As the newest: what is joined is one emoji of two cells, and spacing marks have no width."""

    def draw(self, data: str) -> None:
        """As pyte's, with that."""
        one = _FLAG.sub("🏁", _WIDENED.sub("😀", data))
        super().draw(_without_width_zero(_TONES.sub("", _JOINED.sub("", one)), ""))


SCREENS: Sequence[type[Terminal]] = (ApartScreen, TmuxScreen, JoiningScreen)
