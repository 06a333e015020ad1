"""How to sign in to NATS: one record, filled from flags, environment and the `nats` tool's context files."""

from __future__ import annotations

from pathlib import Path

import msgspec


class NatsSignIn(msgspec.Struct, frozen=True):
    """Everything a connection needs besides the addresses. Blank and None mean "not given".

    The repr hides secrets, so that a log line or a crash page cannot carry them.
    """

    user: str = ""
    """User name, or a token where no password is given."""
    password: str = ""
    """Password of the user; better in the environment or a context."""
    token: str = ""
    """A token instead of user and password."""
    creds: Path | None = None
    """A chained credentials file (user JWT and seed)."""
    nkey: Path | None = None
    """A file with an NKey seed."""
    user_jwt: str = ""
    """A user JWT given by itself (context files); goes with `user_seed`, or alone as a bearer JWT."""
    user_seed: str = ""
    """The NKey seed that goes with `user_jwt`; alone it signs in as one in a file does."""
    tls_cert: Path | None = None
    """Client certificate."""
    tls_key: Path | None = None
    """Key of the client certificate."""
    tls_ca: Path | None = None
    """Certificate authority to trust."""
    tls_first: bool = False
    """The server expects the TLS handshake before INFO."""
    socks_proxy: str = ""
    """`socks5://[user:password@]host:port` to connect through."""

    @property
    def wants_tls(self) -> bool:
        """Whether TLS was asked for, so that a connection without it must not send CONNECT."""
        return bool(self.tls_cert or self.tls_key or self.tls_ca or self.tls_first)

    def __repr__(self) -> str:
        given = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"NatsSignIn({', '.join(f'{name}=…' for name in given)})"
