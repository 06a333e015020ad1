"""Secrets that a context of the `nats` tool does not hold but names, as that tool has them (its ADR-21).

A value is a reference where it begins with `file:`, `nsc:`, `env:`, `data:` or `op:`; one that then makes no sense is
refused, as by that tool: sent as the password that it is not, it would come to the server. Where a file is meant, any
other scheme is refused too. Nothing of a reference is shown but what names a place: `data:` holds the secret itself.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from pathlib import Path

from chatwatch_tui.sources.nats_files import creds_in, read_whole, seed_in, shown_path

_FORMS = {
    "file": (r"//.+", "file:///PATH"),
    "nsc": (r"//.+", "nsc://OPERATOR/ACCOUNT/USER"),
    "env": (r"//[A-Za-z_]\w*", "env://NAME"),
    "data": (r"(?:[^,]*;)?\s*base64\s*(?:;[^,]*)?,.*", "data:;base64,…"),
    "op": (r"//.+", "op://VAULT/ITEM/FIELD"),
}
"""By scheme, what follows it and how it is written."""
_REFERENCE = re.compile(rf"({'|'.join(_FORMS)}):(.*)", re.IGNORECASE | re.DOTALL)
_WHAT_IS_TAKEN = "a file's name, or what begins with file:// nsc:// env:// data: op://"


def is_reference(text: str) -> bool:
    """Whether the secret is to be looked up."""
    return _REFERENCE.fullmatch(text) is not None


def shown(text: str) -> str:
    """A reference, or the name of a file, as it may be shown."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return "…" if "://" in text else shown_path(text)
    scheme = found[1].lower()
    is_place = scheme != "data" and re.fullmatch(_FORMS[scheme][0], found[2], re.DOTALL | re.ASCII)
    return shown_path(f"{scheme}:{found[2]}") if is_place else f"{scheme}:…"


def path_of(text: str) -> Path:
    """A file that must be one: `file://` or a bare name, with `~` and variables expanded.

    Raises:
        ValueError: for another scheme.
    """
    if not is_reference(text) and "://" not in text:
        return _expanded(text)
    if _scheme(text) != "file":
        raise ValueError("only a file's name is possible here, also as file:///PATH")
    return _expanded(_rest(text).removeprefix("//"))


def credentials(text: str) -> Path | tuple[str, str]:
    """The credentials file that is named, to be read when it is needed; or the user JWT and the seed.

    Raises:
        ValueError: where they cannot be looked up.
    """
    found = _file_or_content(os.path.expandvars(text))
    if isinstance(found, Path):
        return found
    return creds_in(found, shown(text), "it is to be the text of a credentials file")


def nkey(text: str) -> Path | str:
    """The file with an NKey seed that is named, to be read when it is needed; or the seed.

    Raises:
        ValueError: where it cannot be looked up.
    """
    found = _file_or_content(os.path.expandvars(text))
    return found if isinstance(found, Path) else seed_in(found, shown(text))


def literal(text: str) -> str:
    """A password, token, JWT or seed: itself, or what the reference leads to, without the end of its line.

    Raises:
        ValueError: where it cannot be looked up.
    """
    if not is_reference(text):
        return text
    found = _file_or_content(text)
    content = read_whole(found, "file") if isinstance(found, Path) else found
    try:
        secret = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"what {shown(text)} holds is no text") from None
    if not secret:
        raise ValueError(f"{shown(text)} holds nothing")
    return secret


def _file_or_content(text: str) -> Path | bytes:
    if not is_reference(text) and "://" in text:
        raise ValueError(f"{_WHAT_IS_TAKEN} is possible here")
    scheme = _scheme(text)
    if scheme in ("", "file"):
        return path_of(text)
    rest = _rest(text)
    if scheme == "nsc":
        from chatwatch_tui.sources.nats_nsc import look_up

        # The `nats` tool puts this in front of an older context's address, which has it already.
        return look_up(f"nsc://{re.sub(r'^(?:nsc:|/)+', '', rest)}")[0]
    if scheme == "env":
        return _variable(rest.removeprefix("//"))
    if scheme == "op":
        from chatwatch_tui.sources.nats_programs import answer_of

        instead = "install 1Password's command-line tool, or keep the secret elsewhere"
        return answer_of("op", "read", f"op:{rest}", instead=instead)
    try:
        return base64.b64decode("".join(rest.partition(",")[2].split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("what follows data: is no base64") from None


def _variable(name: str) -> bytes:
    value = os.environb.get(name.encode())
    if not value:
        raise ValueError(f"the variable {name} is {'not set' if value is None else 'blank'}")
    return value


def _scheme(text: str) -> str:
    """In lower case; blank for none. Raises ValueError where what follows it is not what belongs there."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return ""
    scheme = found[1].lower()
    form, written = _FORMS[scheme]
    if not re.fullmatch(form, found[2], re.DOTALL | re.ASCII):
        raise ValueError(f"a reference that begins with {scheme}: is written {written}")
    return scheme


def _rest(text: str) -> str:
    return text.partition(":")[2]


def _expanded(text: str) -> Path:
    # Not Path.expanduser, which raises for the home of a user that is not known here.
    return Path(os.path.expanduser(os.path.expandvars(text)))
