"""What is shown of a value that may hold a secret.

Nothing is guessed to be harmless. Of an address there are scheme, host, port and path, of a command the program; the
rest is `…`. Where a `?`, `#` or comma makes it unclear what is the host and what a password, more is `…`, never less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatwatch_tui.config.schema import Key
from chatwatch_tui.sources.nats_files import shown_path

MASK = "…"
_SCHEME = re.compile(r"(?:nats|tls|wss?|https?|socks[45]h?)://", re.IGNORECASE)
_QUERY = re.compile(r"[?#]")
_NO_PROGRAM = re.compile(r"[\"'\\=@?#]|://")


def masked(key: Key, value: Any) -> Any:
    """The value without secrets."""
    if not value:
        return value
    if key.marks.secret:
        return MASK
    if key.marks.command:
        return _command(value)
    if key.marks.address:
        return addresses(value) if isinstance(value, (tuple, list)) else address(value)
    if isinstance(value, Path):
        return value if shown_path(value) != MASK else MASK
    if isinstance(value, (tuple, list)):
        return tuple(masked(key, each) for each in value)
    return address(value) if isinstance(value, str) and _SCHEME.match(value) else value


def address(text: str) -> str:
    """An address without user, password and query. It may be written without a scheme."""
    found = _SCHEME.match(text)
    scheme = found[0] if found else ""
    rest = text[len(scheme) :]
    query = _QUERY.search(rest)
    before = rest[: query.start()] if query else rest
    if "@" in rest[len(before) :]:
        return f"{scheme}{MASK}"  # a password with a ? in it, or a query with an @: nobody knows
    end = f"{query[0]}{MASK}" if query else ""
    _, sign, place = before.rpartition("@")
    return f"{scheme}{MASK if sign else ''}{sign}{place}{end}"


def addresses(texts: Sequence[str]) -> tuple[str, ...]:
    """Each of a list. What has no scheme, or stands before such a one, may be a part of an address that a comma in
    its password cut in two."""
    parts = [n for n, each in enumerate(texts) if not all(map(_SCHEME.match, texts[n : n + 2]))]
    if any(_QUERY.search(texts[n]) for n in parts):
        hidden = set(parts)
    else:
        hidden = {n for n in parts if "@" not in texts[n]} if any("@" in texts[n] for n in parts) else set()
    return tuple(MASK if n in hidden else address(each) for n, each in enumerate(texts))


def _command(value: Any) -> Any:
    """The program, which is no secret, and whether there is more."""
    is_list = isinstance(value, (tuple, list))
    program, *more = value if is_list else [*value.split(maxsplit=1), ""]
    shown = [MASK if _NO_PROGRAM.search(program) else program, *([MASK] if any(more) else [])]
    return tuple(shown) if is_list else " ".join(shown)
