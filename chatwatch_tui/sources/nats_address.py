"""Addresses of NATS servers and of a proxy before them, taken apart so that their secrets cannot be shown by accident.
Imports no client."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec


class Address(msgspec.Struct, frozen=True):
    """One server."""

    host: str
    port: int
    tls: bool
    user: str
    password: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Address({self})"


def parse_address(url: str) -> Address:
    """`nats://user:password@host:port`, `tls://host`, `host:port` or `host`.

    Raises:
        ValueError: with a sentence for the user that never contains a password.
    """
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        port = 4222 if parts.port is None else parts.port
    except ValueError:
        raise ValueError("the port of a server address is a number from 1 to 65535") from None
    if parts.scheme in ("ws", "wss"):
        raise ValueError(f"{parts.scheme}:// is not supported: use the server's nats:// or tls:// port")
    if parts.scheme not in ("nats", "tls") or not parts.hostname or not 0 < port < 65536:
        raise ValueError("a server address looks like nats://HOST:4222 or tls://HOST:4222")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        # Most likely a password with one of these: what precedes it would be taken for the host, and shown.
        raise ValueError("a server address ends with its port; in a password / ? # are written %2F %3F %23")
    return Address(
        parts.hostname, port, parts.scheme == "tls", unquote(parts.username or ""), unquote(parts.password or "")
    )


def proxy_name(url: str) -> str:
    """host:port of a proxy's address, which may hold a password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def check_proxy(url: str) -> str:
    """The address as python-socks takes it: `socks5://[user:password@]host:port`, also written socks5h or socks4.

    Raises:
        ValueError: with a sentence for the user that never contains a password.
    """
    try:
        parts = urlsplit(url)
        complete = parts.hostname and parts.port
    except ValueError:
        complete = None
    if not complete or parts.scheme not in ("socks5", "socks5h", "socks4"):
        raise ValueError("a SOCKS proxy is written socks5://HOST:PORT")
    return parts._replace(scheme=parts.scheme.removesuffix("h")).geturl()
