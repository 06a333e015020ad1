"""What went wrong with a watch endpoint, in words for an operator, and what kind of trouble that is.

Kinds as in `nats_words`: tried again soon when the endpoint is not there, busy or went away; `refused`, and tried again
slowly, when the endpoint or our own files say no and waiting alone will hardly help. Of what the endpoint sends, only
its status, its media type and the host of a redirect are repeated; of our own request nothing is.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from chatwatch_tui.sources.sse_address import Endpoint
from chatwatch_tui.sources.sse_credentials import SetupError

EVENT_STREAM = "text/event-stream"
_NOT_OF_TLS = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,  # what a handshake waited for when its time was up
    ssl.SSLWantWriteError,
)
_LONGEST_WORD = 60
"""Characters of anything that the endpoint said."""


class Trouble(NamedTuple):
    """One failure."""

    refused: bool
    words: str
    brief: str = ""
    """What follows "3 of 50", where that is not just "down: " and the words."""
    wait: float | None = None
    """Seconds for which the endpoint asks to be left alone."""
    hidden: bool = False
    """It is this conversation that is not to be had; the endpoint and the sign-in are fine."""
    sign_in: bool = False
    """It is the sign-in that was not taken."""
    too_many: bool = False
    """Requests, or failed sign-ins."""

    @property
    def about_sign_in(self) -> bool:
        """The answer may be about the sign-in rather than the conversation."""
        return self.sign_in or self.too_many

    @property
    def word(self) -> str:
        """For the frame of the conversation that it befell."""
        if self.hidden:
            return "not permitted"
        return "not signed in" if self.sign_in else "refused" if self.refused else "link down"

    @property
    def in_a_count(self) -> str:
        """The words after "3 of 50"."""
        return self.brief or f"down: {self.words}"


ENDED = Trouble(False, "the endpoint ended the stream")


class NoAnswer(Exception):
    """The head of the response did not come in time."""


class DeadLink(Exception):
    """Nothing came for so long that the link must be dead; `str()` says how long that is."""


# -- an answer ---------------------------------------------------------------------------------------------------------


def explain_answer(response: httpx.Response, endpoint: Endpoint, *, signed: bool) -> Trouble | None:
    """Why this answer is no event stream; None where it is one. The status is looked at first."""
    code = response.status_code
    wait = retry_after(response.headers)
    if code == 200:
        return _not_a_stream(response.headers)
    if code == 401:
        why = "the token or cookie is wrong or has expired" if signed else "no token and no cookie was given"
        return Trouble(True, f"not signed in (401): {why}", "not signed in", wait, sign_in=True)
    if code in (403, 404):
        words = f"unknown or not yours to view ({code}): the endpoint does not tell which"
        return Trouble(True, words, "not permitted", wait, hidden=True)
    if code == 429:
        return Trouble(False, "the endpoint asks for fewer requests (429)", "asked to wait (429)", wait, too_many=True)
    if 300 <= code < 400:
        return Trouble(True, _redirect(response, endpoint), f"redirected ({code})", wait)
    if code >= 500:
        return Trouble(False, f"the endpoint is in trouble ({_status(code)})", f"down ({code})", wait)
    if code in (408, 425):
        return Trouble(False, f"the endpoint asks to try again ({_status(code)})", f"down ({code})", wait)
    if code < 300:
        return Trouble(True, f"nothing to watch there ({_status(code)})", f"answered with {code}", wait)
    return Trouble(True, f"the request was refused ({_status(code)}): is the address right?", f"refused ({code})", wait)


def _status(code: int) -> str:
    """The number and the standard's phrase; the server's own phrase could say anything."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _not_a_stream(headers: httpx.Headers) -> Trouble | None:
    given = headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    if media_type != EVENT_STREAM:
        found = _shown(media_type) or "no content type"
        return Trouble(True, f"answers with {found}, not {EVENT_STREAM}: is the address right?", "no event stream")
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        return Trouble(True, f"compresses ({_shown(coding)}) though asked not to", "compressed")
    return None


def _redirect(response: httpx.Response, endpoint: Endpoint) -> str:
    """Only the host: the rest of a target may hold what identifies a session."""
    target = response.headers.get("location", "")
    try:
        parts = urlsplit(target)
        host, scheme = parts.hostname or endpoint.host, parts.scheme
    except ValueError:
        target = host = scheme = ""
    if not target:
        where = "nowhere"
    elif host != endpoint.host:
        where = _shown(host)
    else:
        where = "https:// on the same host" if scheme == "https" and not endpoint.tls else "the same host"
    return f"redirects to {where} ({response.status_code}): not followed, the sign-in would go there too"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_WORD else text[: _LONGEST_WORD - 1] + "…"


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds for which the endpoint asks to be left alone: a number, or a date by its own clock."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:15])
    until = _moment(given)
    if until is None:
        return None
    now = _moment(headers.get("date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _moment(text: str) -> float | None:
    """Unix seconds of an HTTP date."""
    try:
        found: datetime = parsedate_to_datetime(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# -- no answer ---------------------------------------------------------------------------------------------------------


def explain(problem: BaseException, endpoint: Endpoint, *, proxy: str = "", streaming: bool = False) -> Trouble:
    """The failure in words; `proxy` is the host:port through which the endpoint is reached, where there is one."""
    if isinstance(problem, SetupError):
        return Trouble(True, str(problem), "without a sign-in")
    if isinstance(problem, DeadLink):
        return Trouble(False, str(problem), "dead")
    server = f"{endpoint} through the proxy {proxy}" if proxy else str(endpoint)
    if isinstance(problem, httpx.ProxyError):
        code = str(problem)[:3]
        why = _status(int(code)) if code.isascii() and code.isdigit() else "no reason given"
        return Trouble(not code.startswith("5"), f"the proxy {proxy} refuses: {why}")
    if isinstance(problem, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return Trouble(True, "the address or a header is not possible in HTTP")
    if not isinstance(problem, (httpx.HTTPError, OSError, NoAnswer)):
        return Trouble(False, f"internal failure: {type(problem).__name__}")
    causes = list(_causes(problem))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and (trouble := _tls(cause, endpoint)) is not None:
            return trouble
    if streaming:
        return Trouble(False, f"the connection to {server} broke off")
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return Trouble(False, f"no address known for {f'the proxy {proxy}' if proxy else server}")
        if isinstance(cause, (TimeoutError, ssl.SSLError)):  # both are OSErrors, too
            continue
        if isinstance(cause, OSError) and (words := _os_error(cause, server)):
            return Trouble(False, words)
    if isinstance(problem, (NoAnswer, httpx.TimeoutException)):
        return Trouble(False, f"no answer from {server}")
    if isinstance(problem, httpx.RemoteProtocolError) and "without sending a response" not in str(problem):
        return Trouble(False, f"what listens at {server} does not answer as a web server does")
    return Trouble(False, f"{server} hung up before it answered")


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """It and what it came from, outermost first: httpx wraps httpcore wraps anyio wraps the system's own."""
    waiting: list[BaseException] = [problem]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting.extend(cause for cause in (one.__context__, one.__cause__) if cause is not None)


def _tls(problem: ssl.SSLError, endpoint: Endpoint) -> Trouble | None:
    """None for an end of the connection that has nothing to do with TLS."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        why = problem.verify_message.rstrip(".")
        hint = "" if "mismatch" in why.lower() else "; --cacert names a CA"
        return Trouble(True, f"the certificate of {endpoint} is not trusted: {why}{hint}", "not trusted (TLS)")
    reason = (problem.reason or "").upper()
    if isinstance(problem, _NOT_OF_TLS) or "EOF" in reason:
        return None
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"):
        return Trouble(True, f"what listens at {endpoint} does not speak TLS: is it http://?", "without TLS")
    if "CERTIFICATE_REQUIRED" in reason:
        return Trouble(True, f"{endpoint} wants a client certificate", "without a client certificate")
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        return Trouble(True, f"{endpoint} does not take our client certificate", "without a client certificate")
    why = reason.lower().replace("_", " ") or "no reason given"
    return Trouble(True, f"TLS with {endpoint} failed: {why}", "without TLS")


def _os_error(problem: OSError, server: str) -> str:
    """Blank where it says nothing by itself."""
    if problem.errno == errno.ECONNREFUSED:
        return f"connection refused by {server}"
    if problem.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return f"no way to {server} from here"
    if problem.errno in (errno.EMFILE, errno.ENFILE):
        return "too many open files here: watch fewer conversations or raise `ulimit -n`"
    if problem.errno in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED):
        return f"{server} hung up before it answered"
    return f"{server}: {problem.strerror}" if problem.strerror else ""
