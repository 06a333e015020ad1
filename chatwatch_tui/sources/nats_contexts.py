"""The contexts of the `nats` command-line tool: where a server is and how to sign in, under a name.

Read as that tool does: `nats/context/NAME.json` under the config home, the selected one named in `nats/context.txt`.
Or a file of any name that is given as the context. Environment variables and `~` in file names are expanded; an `nsc`
look-up runs that tool when the file is read, secrets that stand elsewhere (`nats_references`) are looked up when it is
known that they are used. The Windows certificate store is refused by name, as that tool refuses it here: signing in
differently than was asked for is worse than not at all.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.sources.nats_address import check_proxy
from chatwatch_tui.sources.nats_signin import NatsSignIn

_RENAMED = {"tls_cert": "cert", "tls_key": "key", "tls_ca": "ca"}
"""What a context calls it, by field of the sign-in."""
_LITERALS = ("password", "token", "user_jwt", "user_seed")


class ContextError(Exception):
    """A context is not there or no good; `str()` says which file, what, and what to do."""


class NatsContext(msgspec.Struct):
    """The connection fields of a context file. As in the `nats` tool others (JetStream, colours, what nobody knows) are
    not read, the case of their names does not matter, and null is blank."""

    description: str = ""
    url: str = ""
    socks_proxy: str = ""
    token: str = ""
    user: str = ""
    password: str = ""
    creds: str = ""
    nkey: str = ""
    cert: str = ""
    key: str = ""
    ca: str = ""
    nsc: str = ""
    user_jwt: str = ""
    user_seed: str = ""
    tls_first: bool = False
    windows_cert_store: str = ""

    @property
    def servers(self) -> list[str]:
        """The addresses, taken apart at commas."""
        return [part.strip() for part in self.url.split(",") if part.strip()]

    def described(self) -> dict[str, Any]:
        """What is given of a sign-in, by its fields: as the context has it, for the eye. Secrets are in it, but none in
        the place of a file."""
        from chatwatch_tui.sources.nats_references import shown

        found = {name: getattr(self, _RENAMED.get(name, name)) for name in NatsSignIn.__struct_fields__}
        return {name: shown(text) if _is_file(name) else text for name, text in found.items() if text}

    def signin(self, used: Collection[str] = NatsSignIn.__struct_fields__) -> NatsSignIn:
        """The sign-in that the context describes, or these fields of it. Secrets that stand elsewhere are looked up.

        Raises:
            ContextError: where one cannot be.
        """
        found: dict[str, Any] = {}
        for name in used:
            field = _RENAMED.get(name, name)
            text = getattr(self, field)
            if not text or self._stands_behind(name):
                continue
            try:
                found |= _looked_up(name, text)
            except ValueError as problem:
                raise ContextError(f"`{field}`: {safe_line(str(problem), 400)}") from None
        return NatsSignIn(**found)

    def _stands_behind(self, name: str) -> bool:
        """Whether another way to sign in goes before it, as in the `nats` tool."""
        before = {"nkey": self.creds, "user_jwt": self.creds or self.nkey, "user_seed": self.creds or self.nkey}
        return bool(before.get(name))


def _is_file(name: str) -> bool:
    return name in ("creds", "nkey") or name in _RENAMED


def _looked_up(name: str, text: Any) -> dict[str, Any]:
    """Fields of the sign-in that a field stands for. Raises ValueError."""
    from chatwatch_tui.sources.nats_references import credentials, literal, nkey, path_of

    if name == "creds":
        creds = credentials(text)
        return {"creds": creds} if isinstance(creds, Path) else {"user_jwt": creds[0], "user_seed": creds[1]}
    if name == "nkey":
        key = nkey(text)
        return {"nkey": key} if isinstance(key, Path) else {"user_seed": key}
    if name in _RENAMED:
        return {name: path_of(text)}
    return {name: literal(text) if name in _LITERALS else text}


def load_context(name: str | None, config_home: Path) -> tuple[str, NatsContext] | None:
    """The named context, or the selected one where `name` is None; None where none is selected.

    Raises:
        ContextError: for a name that does not exist, and for a file that cannot be understood.
    """
    folder = config_home / "nats"
    chosen, path = _place(name, folder)
    if not chosen:
        return None
    if "/" in chosen or "\0" in chosen or chosen.startswith("."):
        raise ContextError(f"{chosen!r} is no context name")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ContextError(_unknown(chosen, folder)) from None
    except OSError as problem:
        raise ContextError(f"context file {path}: {problem.strerror}") from None
    try:
        context = _decoded(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        mend = f"; `nats context edit {chosen}`" if path.parent.parent == folder else ""
        raise ContextError(f"context file {path} cannot be read: {problem}{mend}") from None
    try:
        return chosen, _resolved(context)
    except ValueError as problem:
        raise ContextError(f"context {chosen} ({path}): {safe_line(str(problem), 400)}") from None


def _place(name: str | None, folder: Path) -> tuple[str, Path]:
    """The context's name, blank where none is selected, and its file. A file that is named is one, as it is for the
    `nats` tool, but not one that is selected."""
    if name and name.endswith(".json") and os.path.isfile(path := os.path.expanduser(name)):
        return Path(path).stem, Path(path)
    if name and name.endswith(".json") and "/" in name:
        raise ContextError(f"there is no context file {name}")
    chosen = name or _selected(folder)
    return chosen, folder / "context" / f"{chosen}.json"


def _decoded(content: bytes) -> NatsContext:
    raw = msgspec.json.decode(content)
    if isinstance(raw, dict):
        raw = {name.lower(): value for name, value in raw.items() if value is not None}
    return msgspec.convert(raw, NatsContext)


def _resolved(context: NatsContext) -> NatsContext:
    """With what has to be looked up or brought into form. Raises ValueError."""
    if context.windows_cert_store:
        raise ValueError("there is no Windows certificate store here: name files in `cert` and `key`")
    if context.socks_proxy:
        context.socks_proxy = check_proxy(context.socks_proxy)
    if context.nsc:
        from chatwatch_tui.sources.nats_nsc import look_up

        creds, servers = look_up(context.nsc)
        # What the file names itself goes before what nsc knows, as in the `nats` tool.
        context.creds = context.creds or str(creds)
        context.url = context.url or ",".join(servers)
    return context


def _selected(folder: Path) -> str:
    try:
        return (folder / "context.txt").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _unknown(name: str, folder: Path) -> str:
    known = sorted(path.stem for path in (folder / "context").glob("*.json"))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known[:12])}" if known else "there are none yet"
    return f"there is no context {name!r} in {folder / 'context'}; {hint}"
