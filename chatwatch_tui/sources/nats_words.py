"""What went wrong with a NATS server, in words for an operator, and what kind of trouble that is.

Kinds: the link is being tried again soon (`connecting` before the first success, `reconnecting` after it) when the
server is not there, does not answer or went away; it is `refused`, and tried again slowly, when the server or our own
files say no and waiting alone will hardly help: sign-in, certificates, TLS, credentials files.
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import NamedTuple

from chatwatch_tui.sources.nats_ends import CertificateWanted, LinkEnded, ServerError, TlsNotOffered


class Trouble(NamedTuple):
    """One failure."""

    refused: bool
    words: str


_SAID_NO = (
    ("authorization violation", "the user, password, token or key is wrong or missing"),
    ("user authentication expired", "the credentials have expired"),
    ("user authentication revoked", "the credentials were revoked"),
    ("account authentication expired", "the account has expired"),
    ("authentication timeout", "signing in took too long for the server"),
    ("maximum account active connections exceeded", "the account has too many connections"),
    ("maximum connections exceeded", "the server has too many connections"),
    ("maximum subscriptions exceeded", "too many subscriptions for this account"),
    ("secure connection - tls required", "the server wants TLS: use tls:// or --tlsca"),
)

_IN_PASSING = ("stale connection", "slow consumer")
"""Errors with which a server ends a connection that it would take again at once."""


def explain(problem: BaseException, server: str) -> Trouble:
    """The failure in words; `server` is host:port."""
    from chatwatch_tui.sources.nats_files import CredentialsFileError
    from chatwatch_tui.sources.nats_proxy import ProxyFailed

    text = str(problem).lower()
    if isinstance(problem, (CertificateWanted, CredentialsFileError, TlsNotOffered)):
        return Trouble(True, str(problem))
    for pattern, words in _SAID_NO:
        if pattern in text:
            return Trouble(True, words)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return Trouble(
            True, f"the certificate of {server} is not trusted: {problem.verify_message}; --tlsca names a CA"
        )
    if isinstance(problem, ssl.SSLError):
        why = (problem.reason or "no reason given").lower().replace("_", " ")
        return Trouble(True, f"TLS with {server} failed: {why}")
    if isinstance(problem, ServerError):
        passing = any(pattern in text for pattern in _IN_PASSING)
        return Trouble(not passing, f"the server said: {problem}")
    if isinstance(problem, ProxyFailed):
        return Trouble(False, str(problem))
    if isinstance(problem, ConnectionRefusedError):
        return Trouble(False, f"connection refused by {server}")
    if isinstance(problem, socket.gaierror):
        return Trouble(False, f"no address known for {server}")
    if isinstance(problem, TimeoutError):
        return Trouble(False, f"no answer from {server}")
    if isinstance(problem, OSError):
        return Trouble(False, _os_error(problem, server))
    if isinstance(problem, LinkEnded):
        return Trouble(False, str(problem))
    return Trouble(False, f"internal failure: {type(problem).__name__}: {problem}")


def _os_error(problem: OSError, server: str) -> str:
    if problem.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return f"no way to {server} from here"
    if problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}"
    if problem.errno == errno.ECONNREFUSED or "Multiple exceptions" in str(problem):
        return f"connection refused by {server}"
    return f"{server}: {problem.strerror or problem}"
