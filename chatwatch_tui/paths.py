"""Where chatwatch keeps things: the platform's own folders."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

APP = "chatwatch"


def log_folder() -> Path:
    """Crash reports; made when needed, readable by its owner only."""
    from platformdirs import user_log_path

    return user_log_path(APP, appauthor=False)


def data_folder() -> Path:
    """What the operator keeps: transcripts, recordings, screenshots."""
    from platformdirs import user_data_path

    return user_data_path(APP, appauthor=False)


def shown_path(path: Path) -> str:
    """A path as people write it, with `~` for the home folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


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


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, as far as they are missing, each for its owner only. `Path.mkdir` does so for
    the last one alone; a data home that is made is 0700 too, says the XDG specification. Raises OSError."""
    if not os.path.lexists(folder.parent):
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def write_private(folder: Path, name: str, text: str) -> Path:
    """Write a file of mode 0600, whatever mode it had, into a folder that is made if need be. A link is not followed.
    Raises OSError."""
    make_folder(folder)
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "this is no plain file", str(path))  # the mode of /dev/null is not ours
        os.fchmod(descriptor, 0o600)
        file.write(text)
    return path


def write_new(path: Path, pieces: Iterable[bytes], *, over: bool = False) -> int:
    """Write a file of mode 0600 that is not there yet, into a folder that is made if need be; its bytes.

    `over`: replace what is there, if it is a plain file; a link, a device or a pipe is neither followed, written into
    nor replaced. It is written beside the old one, which stays as it is until the new one is whole. Of a file that
    could not be written whole nothing is left.

    Raises:
        FileExistsError: something is there, and `over` was not said.
        OSError: anything else.
    """
    make_folder(path.parent)
    if not over:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        return _write_whole(descriptor, path, pieces)
    _refuse_what_is_no_file(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{APP}-", suffix=".part", dir=path.parent)
    written = _write_whole(descriptor, Path(beside), pieces)
    try:
        _refuse_what_is_no_file(path)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return written


def _write_whole(descriptor: int, path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file just made and close it; taken away again where that fails."""
    written = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            for piece in pieces:
                written += file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


def _refuse_what_is_no_file(path: Path) -> None:
    """Raises OSError where something is there that is no plain file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is no plain file", str(path))


_UNFIT_FOR_NAMES = re.compile(r"[^\w.+-]+")


def safe_file_name(stem: str, ending: str, limit: int = 80) -> str:
    """A file name from hostile words: letters, digits, `.`, `_`, `+` and `-`, neither first a dot nor a dash, bounded
    in bytes; `file` where nothing is left."""
    name = _UNFIT_FOR_NAMES.sub("-", stem[:400])
    while len(name.encode("utf-8", "ignore")) > limit:
        name = name[:-1]
    name = name.encode("utf-8", "ignore").decode("utf-8").strip(".-")
    return f"{name or 'file'}{ending}"
