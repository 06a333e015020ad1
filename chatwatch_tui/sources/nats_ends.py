"""Why a connection to a NATS server ends or never begins."""

from __future__ import annotations


class TlsNotOffered(Exception):
    """TLS was asked for and the server does not offer it; nothing was sent."""


class CertificateWanted(Exception):
    """The server hung up on us, and had said that it wants a client certificate, which we were not given."""


class LinkEnded(Exception):
    """Why a connection that worked is over; `str()` is for the operator."""


class ServerError(LinkEnded):
    """The server said `-ERR` and closed."""


def error_text(said: bytes) -> str:
    """The words of an `-ERR`."""
    return said.strip().strip(b"'").decode("utf-8", "replace") or "an error without words"
