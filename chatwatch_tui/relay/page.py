"""The browser page: one static file, and the exchange of a bearer token for a cookie.

The page holds no data, so it needs no sign-in, and it is the same for every conversation: its script takes the id from
the address and reads the stream like any other viewer. What comes over the stream is hostile, so the browser itself is
told to run nothing but what stands in the file (hashes, computed from the file here, so that they cannot differ), to
load nothing, to send nothing anywhere else, and to refuse every way from a string to markup (Trusted Types).

Signing in and out change something, so they are for the page itself and not for pages of other origins. The browser
says where a request comes from: `Sec-Fetch-Site` where the page came over TLS or loopback, else `Origin`, which is
compared with `Host`. A program that sends neither is no browser and has nobody else's cookie.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from chatwatch_tui.relay.access import AccessError, Caller, Verdict, cookie_value, folded_id
from chatwatch_tui.relay.logs import complain, say
from chatwatch_tui.relay.session import Opened, SessionStore

log = logging.getLogger(__name__)

PAGE_PATH = "/watch/{conversation_id:anything}"
SESSION_PATH = "/watch/session"
_DEFAULT_PORTS = {"http": 80, "https": 443}

Refuse = Callable[[Verdict, Caller], Response]
"""The endpoint's answer for a verdict, counted and logged."""
CallerOf = Callable[[Request], Caller]


def _read_page() -> str:
    return (Path(__file__).parent / "page.html").read_text("utf-8")


def content_security_policy(page: str) -> str:
    """What a browser may do with the page: run its script, use its style, talk to where it came from."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(page, 'script')}",
            f"style-src {_hashes(page, 'style')}",
            "connect-src 'self'",
            "img-src data:",  # the empty icon, without which browsers ask for /favicon.ico
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hashes(page: str, tag: str) -> str:
    found = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digests = (hashlib.sha256(content.encode()).digest() for content in found)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


_PAGE = _read_page()
_FOR_ALL = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # So that going back after signing out brings no text back from the browser's memory.
    "cache-control": "no-store",
}
PAGE_HEADERS = {
    **_FOR_ALL,
    "content-security-policy": content_security_policy(_PAGE),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_NO_PAGE = "There is no page here: the address of a conversation's page ends in its id, a UUID.\n"
_NOT_THE_PAGE = "Signing in and out is for the endpoint's own page, not for a page from elsewhere"


def add_page(app: FastAPI, sessions: SessionStore | None, *, caller_of: CallerOf, refuse: Refuse, prefix: str) -> None:
    """The routes. `sessions` is None where no bearer tokens are in force; `prefix` is the path that a proxy adds."""
    page = _PAGE if sessions is None else _PAGE.replace('data-sign-in="none"', 'data-sign-in="token"', 1)

    async def show(request: Request) -> Response:
        """The page of a conversation; whether there is such a conversation is for the stream to say."""
        if folded_id(request.path_params["conversation_id"]) is None:
            return PlainTextResponse(_NO_PAGE, 404, _FOR_ALL)
        return HTMLResponse(page, headers=PAGE_HEADERS)

    if sessions is not None:
        desk = SignInDesk(sessions, caller_of, refuse, prefix)
        app.add_route(SESSION_PATH, desk.sign_in, methods=["POST"], include_in_schema=False)
        app.add_route(SESSION_PATH, desk.sign_out, methods=["DELETE"], include_in_schema=False)
    app.add_route(PAGE_PATH, show, methods=["GET"], include_in_schema=False)


class SignInDesk:
    """Exchanges tokens for cookies, and takes cookies back."""

    answer_within = 10.0
    """Seconds for whoever knows the tokens; they have a bound of their own, and this is for when it fails."""

    def __init__(self, sessions: SessionStore, caller_of: CallerOf, refuse: Refuse, prefix: str) -> None:
        self._sessions = sessions
        self._caller_of = caller_of
        self._refuse = refuse
        self._cookie_path = "/" + prefix.strip("/")

    async def sign_in(self, request: Request) -> Response:
        """The cookie for the bearer token in the header: 204, or 401, 429 and 503 as for the stream."""
        if not _is_of_the_page(request):
            return _problem(403, _NOT_THE_PAGE)
        caller = self._caller_of(request)
        try:
            opened = await self._open(self._sessions.open(caller))
        except AccessError as problem:
            return _problem(400, str(problem))
        if opened.verdict is not Verdict.ALLOWED:
            return self._refuse(opened.verdict, caller)
        say(log, "signed in", address=caller.address, seconds=opened.seconds)
        cookie = self._sessions.set_cookie(opened, path=self._cookie_path, secure=_is_tls(request))
        return Response(status_code=204, headers={**_FOR_ALL, "set-cookie": cookie})

    async def sign_out(self, request: Request) -> Response:
        """The cookie is taken from the browser and refused from now on; harmless without one."""
        if not _is_of_the_page(request):
            return _problem(403, _NOT_THE_PAGE)
        caller = self._caller_of(request)
        self._sessions.close(cookie_value(caller.cookie, self._sessions.cookie))
        say(log, "signed out", address=caller.address)
        cookie = self._sessions.clear_cookie(path=self._cookie_path, secure=_is_tls(request))
        return Response(status_code=204, headers={**_FOR_ALL, "set-cookie": cookie})

    async def _open(self, opening: Awaitable[Opened]) -> Opened:
        try:
            async with asyncio.timeout(self.answer_within):
                return await opening
        except AccessError:
            raise
        except Exception as problem:
            complain(log, "access control failed", problem=type(problem).__name__)
            return Opened(Verdict.UNAVAILABLE)


def _problem(status: int, words: str) -> Response:
    return JSONResponse({"detail": words}, status, _FOR_ALL)


def _is_of_the_page(request: Request) -> bool:
    """Whether the page itself asks, or no browser at all."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or _same_host(origin, request.headers.get("host", ""))


def _same_host(origin: str, host: str) -> bool:
    try:
        ours, theirs = urlsplit(f"//{host}"), urlsplit(origin)
        default = _DEFAULT_PORTS.get(theirs.scheme)
        return bool(theirs.hostname) and (theirs.hostname, theirs.port or default) == (
            ours.hostname,
            ours.port or default,
        )
    except ValueError:
        return False


def _is_tls(request: Request) -> bool:
    """Whether the browser sees TLS, also where the proxy that speaks it does not say so."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
