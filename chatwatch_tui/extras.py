"""How to install what an extra brings, in words that work here: chatwatch may come from a checkout, from a file or from
an index, and into an environment that is not the active one."""

from __future__ import annotations

import shlex
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

_PROJECT = "chatwatch-tui"


class _DirectUrl(msgspec.Struct):
    """Of `direct_url.json` (PEP 610), which says where a distribution was installed from; an index writes none."""

    url: str = ""
    dir_info: dict[str, bool] | None = None


def install_command(extra: str) -> str:
    """The command, for the Python that runs."""
    editable, where = _installed_from(extra)
    return shlex.join([sys.executable, "-m", "pip", "install", *(["-e"] if editable else []), where])


def _installed_from(extra: str) -> tuple[bool, str]:
    """Whether from a folder that is still used, and the requirement."""
    try:
        written = metadata.distribution(_PROJECT).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return True, f"{Path(__file__).parents[1]}[{extra}]"  # run from its folder, not installed at all
    try:
        found = msgspec.json.decode(written or "{}", type=_DirectUrl)
    except msgspec.MsgspecError:
        found = _DirectUrl()
    if found.dir_info is not None:
        folder = Path(unquote(urlsplit(found.url).path))
        # Where it has moved, the command is still right in the folder that has the sources now.
        return found.dir_info.get("editable", False), f"{folder if folder.is_dir() else '.'}[{extra}]"
    return False, f"{_PROJECT}[{extra}]" + (f" @ {found.url}" if found.url.startswith(("file:", "http")) else "")
