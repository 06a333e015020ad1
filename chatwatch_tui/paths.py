"""Where chatwatch keeps things: the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

APP = "chatwatch"


def log_folder() -> Path:
    """Crash reports; made when needed, readable by its owner only."""
    from platformdirs import user_log_path

    return user_log_path(APP, appauthor=False)


def config_folder() -> Path:
    """chatwatch's own settings and tokens."""
    from platformdirs import user_config_path

    return user_config_path(APP, appauthor=False)


def state_folder() -> Path:
    """What comes back at the next start: sessions, named layouts."""
    from platformdirs import user_state_path

    return user_state_path(APP, appauthor=False)


def config_home() -> Path:
    """The folder in which other tools keep their settings too: `$XDG_CONFIG_HOME`, else `~/.config`."""
    given = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(given) if given else Path.home() / ".config"


def write_private(folder: Path, name: str, text: str) -> Path:
    """Write a file of mode 0600 into a folder that is made if need be. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
