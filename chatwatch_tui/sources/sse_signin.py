"""How to sign in to a watch endpoint: one record, filled from flags and environment. Imports no client."""

from __future__ import annotations

from pathlib import Path

import msgspec


class SseSignIn(msgspec.Struct, frozen=True):
    """Everything a request needs besides the address. Blank and None mean "not given".

    The repr hides secrets, so that a log line or a crash page cannot carry them.
    """

    token: str = ""
    """A bearer token."""
    token_file: Path | None = None
    """File with the token, read again at every connection."""
    token_command: str = ""
    """Command that prints the token, run without a shell. Run again at every connection and whenever it was refused."""
    cookie: str = ""
    """`name=value`, several with `; ` between them, as in the header of that name."""
    cookie_file: Path | None = None
    """File with the cookie, read again at every connection."""
    cookie_command: str = ""
    """Command that prints the cookie, run as `token_command` is."""
    headers_file: Path | None = None
    """More headers, one `Name: value` on a line."""
    cacert: Path | None = None
    """The authority that is trusted instead of the system's."""
    client_cert: Path | None = None
    """Client certificate."""
    client_key: Path | None = None
    """Its key; not given: the key is in `client_cert` too."""

    @property
    def given(self) -> bool:
        """Anything that says who is watching is sent."""
        return any(
            (self.token, self.token_file, self.token_command, self.cookie, self.cookie_file, self.cookie_command)
        ) or bool(self.headers_file or self.client_cert)

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            ValueError: with a sentence for the user.
        """
        for kind in ("token", "cookie"):
            ways = (kind, f"{kind}_file", f"{kind}_command")
            if sum(bool(getattr(self, way)) for way in ways) > 1:
                raise ValueError(f"a {kind} comes from one place: the {kind} itself, a file or a command")
        if self.client_key and not self.client_cert:
            raise ValueError("the key of a client certificate needs the certificate too")

    def __repr__(self) -> str:
        given = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"SseSignIn({', '.join(f'{name}=…' for name in given)})"
