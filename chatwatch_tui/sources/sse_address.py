"""The address of a watch endpoint, taken apart so that nothing of it but host and port is shown. Imports no client."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

WATCH_PATH = "/api/ai/conversations/{id}/watch"
_PLACE = "{id}"
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\xa0]")


class Endpoint(msgspec.Struct, frozen=True):
    """Where conversations are watched."""

    host: str
    port: int
    tls: bool
    template: str
    """The URL with `{id}` where the conversation goes; its query may hold a secret."""

    def url_of(self, conversation_id: str) -> str:
        """The address of one conversation."""
        return self.template.replace(_PLACE, conversation_id)

    @property
    def is_loopback(self) -> bool:
        """Nothing that is sent there leaves this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def in_clear(self) -> bool:
        """Whoever is on the way can read what is sent there, the sign-in included."""
        return not self.tls and not self.is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Endpoint({self})"


def parse_endpoint(url: str) -> Endpoint:
    """`https://host`, `http://host:port/prefix`, or a whole URL in which `{id}` stands for the conversation.

    Raises:
        ValueError: with a sentence for the user that contains nothing of what was given.
    """
    if _NOT_IN_A_URL.search(url):
        raise ValueError("the address of a watch endpoint has no blanks and no control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise ValueError("the port of a watch endpoint is a number from 1 to 65535") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError("the address of a watch endpoint looks like https://HOST or https://HOST:PORT/PREFIX")
    if "@" in parts.netloc:
        raise ValueError(
            "the address of a watch endpoint carries no user and password: use a token, a cookie or a headers file"
        )
    if _PLACE in parts.netloc:
        raise ValueError("{id} stands in the path of a watch endpoint's address, never in its host")
    if parts.fragment:
        raise ValueError("the address of a watch endpoint has no # part")
    tls = parts.scheme == "https"
    if _PLACE in url:
        template = url
    elif parts.query:
        raise ValueError("the address of a watch endpoint with a ? part needs {id} where the conversation goes")
    else:
        template = url.rstrip("/?") + WATCH_PATH
    return Endpoint(host, port or (443 if tls else 80), tls, template)
