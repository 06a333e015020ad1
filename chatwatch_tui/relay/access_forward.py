"""Access by asking an HTTP address per request, as reverse proxies do with forward-auth.

The address gets the caller's cookie and authorization and the conversation, and its status decides: 2xx lets in, 401
is not signed in, 403 and 404 are not found, and everything else, a redirect to a sign-in page among it, is "cannot say"
and lets nobody in. Positive answers are kept for some seconds, negative ones never, so that somebody who was just given
access has it at the next attempt.

What stands for nonsense: an id that is none is asked about as `NO_CONVERSATION`, so that it costs the caller what an
unknown conversation costs, and is not found whatever the answer says.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from chatwatch_tui import __version__
from chatwatch_tui.relay.access import AccessError, AccessSettings, Caller, Verdict, folded_id

log = logging.getLogger(__name__)

NO_CONVERSATION = "00000000-0000-0000-0000-000000000000"
MAX_KEPT = 10_000
"""Positive answers kept at most."""
MAX_BODY = 65_536
"""Bytes of an answer's body that are read so that the connection can be used again."""


class ForwardGate:
    """Asks; the same question of several callers at once is asked once."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 5.0,
        keep: float = 5.0,
        ca: Path | None = None,
        public_url: str = "",
        max_kept: int = MAX_KEPT,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout` bounds a whole question; `keep` is for how long a yes holds (0: not at all).

        Raises:
            AccessError: where the addresses, the CA file or the seconds are no good.
        """
        if not (0 < timeout <= 60 and 0 <= keep <= 60):
            raise AccessError("the forward-auth address has up to 60 s to answer, and a yes is kept for 60 s at most")
        self._url = checked_url(url, "the forward-auth address")
        self._forwarded = _forwarded(public_url)
        self._prefix = urlsplit(public_url).path.rstrip("/")
        self._timeout = timeout
        self._keep = keep
        self._max_kept = max_kept
        self._ticks = ticks
        self._client = http_client(ca, timeout)
        self._key = secrets.token_bytes(32)
        self._yes: OrderedDict[bytes, float] = OrderedDict()
        """Digest of a question to when its yes ends; oldest first, since all are kept equally long."""
        self._asking: dict[bytes, asyncio.Task[Verdict]] = {}
        self._failing = False
        self._closed = False

    @classmethod
    def from_settings(cls, settings: AccessSettings) -> ForwardGate:
        """As the settings say. Raises AccessError."""
        return cls(
            settings.forward_url,
            timeout=settings.forward_timeout,
            keep=settings.forward_keep,
            ca=settings.forward_ca,
            public_url=settings.forward_public_url,
        )

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """What the address says, or, unless `fresh`, said a moment ago."""
        if self._closed:
            return Verdict.UNAVAILABLE
        folded = folded_id(conversation_id)
        asked = folded or NO_CONVERSATION
        question = self._question(caller, asked)
        if not fresh and self._kept(question):
            verdict = Verdict.ALLOWED
        else:
            verdict = await self._answer(question, caller, asked)
        return Verdict.NOT_FOUND if folded is None and verdict is Verdict.ALLOWED else verdict

    async def close(self) -> None:
        """End what is being asked; from here on nobody is let in."""
        self._closed = True
        self._yes.clear()
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await self._client.aclose()

    def _question(self, caller: Caller, conversation_id: str) -> bytes:
        """A digest that nobody can compute outside; the address belongs to it, since answers may depend on it."""
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in (caller.authorization, caller.cookie, caller.address, conversation_id):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)  # lengths, so that parts cannot flow into each other
        return digest.digest()

    def _kept(self, question: bytes) -> bool:
        ends = self._yes.get(question)
        return ends is not None and self._ticks() < ends

    async def _answer(self, question: bytes, caller: Caller, conversation_id: str) -> Verdict:
        task = self._asking.get(question)
        if task is None:
            task = asyncio.create_task(self._ask(question, caller, conversation_id))
            self._asking[question] = task
            task.add_done_callback(lambda _: self._asking.pop(question, None))
        try:
            return await asyncio.shield(task)  # one caller who leaves does not end the question of the others
        except asyncio.CancelledError:
            myself = asyncio.current_task()
            if self._closed and not (myself and myself.cancelling()):
                return Verdict.UNAVAILABLE  # the question was ended, not the one who waited for it
            raise

    async def _ask(self, question: bytes, caller: Caller, conversation_id: str) -> Verdict:
        began = self._ticks()  # a yes is as old as its question
        verdict = await self._status(caller, conversation_id)
        if verdict is Verdict.ALLOWED and self._keep > 0:
            self._yes.pop(question, None)
            self._yes[question] = began + self._keep
            while len(self._yes) > self._max_kept or next(iter(self._yes.values())) <= began:
                self._yes.popitem(last=False)
        else:
            self._yes.pop(question, None)
        return verdict

    async def _status(self, caller: Caller, conversation_id: str) -> Verdict:
        headers = self._headers(caller, conversation_id)
        if headers is None:
            return Verdict.NOT_SIGNED_IN
        try:
            # httpx bounds each step; only this bounds the whole of an answer that dribbles.
            async with asyncio.timeout(self._timeout), self._client.stream("GET", self._url, headers=headers) as answer:
                status = answer.status_code
                await _read_some(answer)
        except Exception as problem:  # whatever it is, it is no yes
            self._note(f"does not answer ({type(problem).__name__})")
            return Verdict.UNAVAILABLE
        return self._verdict(status)

    def _verdict(self, status: int) -> Verdict:
        if 200 <= status <= 299:
            verdict = Verdict.ALLOWED
        elif status == 401:
            verdict = Verdict.NOT_SIGNED_IN
        elif status in (403, 404):
            verdict = Verdict.NOT_FOUND
        else:
            self._note(f"answers with status {status}")
            return Verdict.UNAVAILABLE
        self._failing = False
        return verdict

    def _headers(self, caller: Caller, conversation_id: str) -> list[tuple[bytes, bytes]] | None:
        """What is sent along; None where the caller's headers cannot be passed on as they are."""
        path = f"{self._prefix}/api/ai/conversations/{conversation_id}/watch"
        sent = {
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Uri": path,
            "X-Forwarded-For": caller.address,
            "X-Conversation-Id": conversation_id,
            "Authorization": caller.authorization,
            "Cookie": caller.cookie,
            **self._forwarded,
        }
        try:
            # Bytes, as they came: httpx would write text that is not ASCII in UTF-8.
            pairs = [(name.encode(), value.strip().encode("latin-1")) for name, value in sent.items() if value]
        except UnicodeEncodeError:
            return None
        if any((byte < 32 and byte != 9) or byte == 127 for _, value in pairs for byte in value):
            return None
        return pairs

    def _note(self, what: str) -> None:
        """Once per episode; never the address itself, which may hold a secret."""
        if not self._failing:
            log.error("the forward-auth address %s; nobody new is let in", what)
        self._failing = True


def checked_url(url: str, what: str) -> str:
    """The address. Raises AccessError for one that cannot be asked, without showing it: it may hold a secret."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise AccessError(f"{what} must be http:// or https:// and a host")
    if "@" in parts.netloc:
        # httpx would send them in place of the caller's own authorization.
        raise AccessError(f"{what} must not hold a user name or password: they would replace the caller's")
    return url


def _forwarded(public_url: str) -> dict[str, str]:
    if not public_url:
        return {}
    parts = urlsplit(checked_url(public_url, "the public address of the endpoint"))
    return {"X-Forwarded-Proto": parts.scheme, "X-Forwarded-Host": parts.netloc}


def http_client(ca: Path | None, timeout: float) -> httpx.AsyncClient:
    """A client that keeps nothing between questions and goes nowhere but where it is sent. Raises AccessError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise AccessError(f"CA file {ca} holds no certificate that can be read") from None
    except OSError as problem:
        raise AccessError(f"CA file {ca}: {problem.strerror or type(problem).__name__}") from None
    return httpx.AsyncClient(
        verify=context,
        # Waiting for a place, TCP and TLS are over before the bound on the whole: httpcore 1.0 leaves the socket open
        # when it is cancelled in the TLS handshake, and a frozen service would cost one with each question.
        timeout=httpx.Timeout(timeout, connect=0.3 * timeout, pool=0.3 * timeout),
        follow_redirects=False,
        trust_env=False,  # no proxy and no netrc of whoever started us between a caller and the answer
        # Nothing is kept: a cookie set in the answer to one caller would be sent with the questions of all others.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={
            # Asking for a page would make sign-in services redirect to one instead of saying 401.
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "User-Agent": f"chatwatch/{__version__}",
        },
    )


async def _read_some(answer: httpx.Response) -> None:
    read = 0
    async for chunk in answer.aiter_raw():
        read += len(chunk)
        if read > MAX_BODY:
            return  # the connection is closed instead
