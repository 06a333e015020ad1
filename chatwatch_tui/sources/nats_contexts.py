"""The contexts of the `nats` command-line tool: where a server is and how to sign in, under a name.

Read as that tool does: `nats/context/NAME.json` under the config home, the selected one named in `nats/context.txt`.
Environment variables and `~` in file names are expanded; an `nsc` look-up runs that tool. The Windows certificate store
is refused by name, as that tool refuses it here: signing in differently than was asked for is worse than not at all.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import msgspec

from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.sources.nats_address import check_proxy
from chatwatch_tui.sources.nats_signin import NatsSignIn


class ContextError(Exception):
    """A context is not there or no good; `str()` says which file, what, and what to do."""


class NatsContext(msgspec.Struct):
    """The connection fields of a context file. Others (JetStream, colours) are not read."""

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

    def signin(self) -> NatsSignIn:
        """The sign-in that the context describes."""
        return NatsSignIn(
            user=self.user,
            password=self.password,
            token=self.token,
            creds=_path(self.creds),
            nkey=_path(self.nkey),
            user_jwt=self.user_jwt,
            user_seed=self.user_seed,
            tls_cert=_path(self.cert),
            tls_key=_path(self.key),
            tls_ca=_path(self.ca),
            tls_first=self.tls_first,
            socks_proxy=self.socks_proxy,
        )


def load_context(name: str | None, config_home: Path) -> tuple[str, NatsContext] | None:
    """The named context, or the selected one where `name` is None; None where none is selected.

    Raises:
        ContextError: for a name that does not exist, and for a file that cannot be understood.
    """
    folder = config_home / "nats"
    chosen = name or _selected(folder)
    if not chosen:
        return None
    path = folder / "context" / f"{chosen}.json"
    if "/" in chosen or "\0" in chosen or chosen.startswith("."):
        raise ContextError(f"{chosen!r} is no context name")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ContextError(_unknown(chosen, folder)) from None
    except OSError as problem:
        raise ContextError(f"context file {path}: {problem.strerror}") from None
    try:
        context = msgspec.json.decode(content, type=NatsContext)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise ContextError(f"context file {path} cannot be read: {problem}; `nats context edit {chosen}`") from None
    try:
        return chosen, _resolved(context)
    except ValueError as problem:
        raise ContextError(f"context {chosen} ({path}): {safe_line(str(problem), 400)}") from None


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


def _path(text: str) -> Path | None:
    # Not Path.expanduser, which raises for the home of a user that is not known here.
    return Path(os.path.expanduser(os.path.expandvars(text))) if text else None
