"""Names of themes, without Textual: what settings are checked against before anything is drawn.

Textual's own are those of the version that chatwatch was made with (a test compares); the program takes whatever themes
the installed one brings (`ui.themes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

DEFAULT_THEME = "chatwatch-dark"
OWN_THEMES = (
    DEFAULT_THEME,
    "chatwatch-light",
    "chatwatch-high-contrast",
    "chatwatch-deuteranopia",
    "chatwatch-tritanopia",
    "chatwatch-terminal",
    "chatwatch-terminal-light",
)
TEXTUALS_THEMES = (
    "ansi-dark",
    "ansi-light",
    "atom-one-dark",
    "atom-one-light",
    "catppuccin-frappe",
    "catppuccin-latte",
    "catppuccin-macchiato",
    "catppuccin-mocha",
    "dracula",
    "flexoki",
    "gruvbox",
    "monokai",
    "nord",
    "rose-pine",
    "rose-pine-dawn",
    "rose-pine-moon",
    "solarized-dark",
    "solarized-light",
    "textual-dark",
    "textual-light",
    "tokyo-night",
)


class UnknownTheme(ValueError):
    """There is no theme of that name; `str()` says so and names near ones."""


def checked_theme(name: str, names: Sequence[str] = (*OWN_THEMES, *TEXTUALS_THEMES)) -> str:
    """The name, if it is one.

    Raises:
        UnknownTheme: otherwise.
    """
    if name in names:
        return name
    # People write the part that means something.
    near = [each for each in names if name and name.lower() in each] or get_close_matches(name.lower(), names, 3, 0.5)
    words = f"did you mean {' or '.join(near[:3])}?" if near else f"there are {', '.join(names)}"
    raise UnknownTheme(f"no theme {name!r}: {words}")
