"""The HTTP side of a watch endpoint: how a stream is opened and let go of, and what httpx must not do by itself.

No redirects (they would carry the sign-in to another host), no HTTP/2 (one connection per conversation is the
endpoint's shape), no compression (65 kB of gzip become 64 MB), no cookie jar (what one answer sets must not sign in
another request), no connection kept after its stream.

Every stream has an `httpx.AsyncClient` of its own with a pool of one; they share the TLS context, which is what costs
time to make. Measured with one client for all (httpx 0.28.1, httpcore 1.0.9; 1,500 conversations that came and went):
9 connections stayed open for good, because a cancellation that arrives between connecting and sending, or while
httpcore tidies up, leaves them in the pool, neither idle nor closed. Closing a client closes whatever its pool still
has; that is done in a task of its own, which no cancellation of a stream reaches. Connecting is such a task too,
because a cancelled TLS handshake leaves its socket open: it ends first, within its own bound.

Proxies. `trust_env` is off, because httpx would then send plain http:// requests through HTTP_PROXY or ALL_PROXY, where
the proxy reads the sign-in. HTTPS_PROXY and ALL_PROXY are honoured for https:// endpoints, as a tunnel in which TLS,
and our look at the certificate, reach to the endpoint itself; NO_PROXY is obeyed; loopback is never proxied.

Certificates are the system's (SSL_CERT_FILE is OpenSSL's to obey) or `cacert` alone. Files that changed are loaded
again before the next connection, because client certificates may live for hours only (an authority that was trusted
before stays trusted until the end of the session).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.request import getproxies_environment

import httpx

from chatwatch_tui import __version__
from chatwatch_tui.sources.sse_address import Endpoint
from chatwatch_tui.sources.sse_credentials import SetupError, read_small
from chatwatch_tui.sources.sse_signin import SseSignIn
from chatwatch_tui.sources.sse_words import EVENT_STREAM, DeadLink, NoAnswer

MAX_PEM = 4_000_000
"""Bytes of a file with certificates; whole bundles of authorities are some hundred kB."""
CLOSE_WITHIN = 1.0

_HEADERS = {
    "accept": EVENT_STREAM,
    "accept-encoding": "identity",
    "cache-control": "no-store",
    "user-agent": f"chatwatch/{__version__}",
}


class SseClient:
    """Opens event streams of one endpoint."""

    def __init__(
        self, endpoint: Endpoint, signin: SseSignIn, *, silent_after: float, connect_within: float, answer_within: float
    ) -> None:
        self._endpoint = endpoint
        self._tls = _TlsFiles(signin)
        self._silent_after = silent_after
        self._timeouts = httpx.Timeout(
            connect=connect_within, read=silent_after, write=connect_within, pool=connect_within
        )
        self._connect_within = connect_within
        self._answer_within = answer_within
        self._letting_go: set[asyncio.Task[None]] = set()
        self.proxy = ""
        """host:port of the proxy in use, blank where there is none."""

    @asynccontextmanager
    async def ask(self, url: str, headers: Iterable[tuple[bytes, bytes]]) -> AsyncIterator[httpx.Response]:
        """The answer, its body not read; closed at the end of the block.

        Raises:
            SetupError: where our own files or the proxy's address are no good.
            NoAnswer: where its head did not come in time.
            httpx.HTTPError: whatever else goes wrong.
        """
        client = self._new_client()
        request = client.build_request("GET", url, headers=list(headers))
        sending = asyncio.create_task(client.send(request, stream=True))
        patience = 0.0
        try:
            async with asyncio.timeout(self._answer_within):
                response = await asyncio.shield(sending)
            yield response
        except TimeoutError:
            raise NoAnswer from None
        except asyncio.CancelledError:
            patience = 0.0 if sending.done() else self._connect_within
            raise
        finally:
            closing = asyncio.create_task(_let_go(client, sending, patience))
            self._letting_go.add(closing)
            closing.add_done_callback(self._letting_go.discard)
            if not patience:
                await asyncio.shield(closing)

    async def read(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            DeadLink: where not a byte came for too long.
            httpx.HTTPError: where the connection broke.
        """
        try:
            async for data in response.aiter_raw():
                yield data
        except httpx.ReadTimeout:
            raise DeadLink(f"no sign of life for {self._silent_after:g} s: the link is dead") from None

    async def close(self) -> None:
        """Wait until every connection is let go of."""
        if self._letting_go:
            await asyncio.wait(self._letting_go, timeout=CLOSE_WITHIN)

    def _new_client(self) -> httpx.AsyncClient:
        if self._endpoint.tls:
            self._tls.refresh()
        proxy = _proxy_for(self._endpoint)
        self.proxy = "" if proxy is None else f"{proxy.url.host}:{proxy.url.port or _usual_port(proxy.url)}"
        return httpx.AsyncClient(
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=self._tls.context,
            http1=True,
            http2=False,
            follow_redirects=False,
            trust_env=False,
            proxy=proxy,
            timeout=self._timeouts,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        )


async def _let_go(client: httpx.AsyncClient, sending: asyncio.Task[httpx.Response], patience: float) -> None:
    await asyncio.wait([sending], timeout=patience)
    if not sending.done():
        sending.cancel()
        await asyncio.wait([sending])
    try:
        if not sending.cancelled() and sending.exception() is None:
            await sending.result().aclose()
    except Exception:  # the connection was broken anyway; the client closes what is left of it
        pass
    try:
        await client.aclose()
    except Exception:
        pass


def _usual_port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _proxy_for(endpoint: Endpoint) -> httpx.Proxy | None:
    """See the module.

    Raises:
        SetupError: where the environment names one that cannot be used. Never with its address: it may hold a password.
    """
    if not endpoint.tls or endpoint.is_loopback:
        return None
    named = getproxies_environment()
    address = named.get("https") or named.get("all")
    if not address or _goes_direct(endpoint, named.get("no", "")):
        return None
    if address.partition("://")[0].startswith("socks"):
        raise SetupError("HTTPS_PROXY or ALL_PROXY names a SOCKS proxy, which is not supported: NO_PROXY leaves it out")
    try:
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
    except (ValueError, httpx.InvalidURL):
        raise SetupError("the proxy in HTTPS_PROXY or ALL_PROXY has an address that is none") from None
    if proxy.url.scheme == "https":
        proxy.ssl_context = ssl.create_default_context()
    return proxy


def _goes_direct(endpoint: Endpoint, no_proxy: str) -> bool:
    """Whether NO_PROXY names this host: `*`, a name (then also all below it), an address or a network of addresses."""
    for entry in no_proxy.split(","):
        name, _, port = (
            entry.strip().lower().rpartition(":") if entry.count(":") == 1 else (entry.strip().lower(), "", "")
        )
        if name == "*":
            return True
        if not name or (port and port != str(endpoint.port)):
            continue
        if endpoint.host == name.lstrip(".") or endpoint.host.endswith(f".{name.lstrip('.')}"):
            return True
        try:
            if ip_address(endpoint.host) in ip_network(name.strip("[]"), strict=False):
                return True
        except ValueError:
            continue
    return False


class _TlsFiles:
    """The TLS context, and the files it was made from."""

    def __init__(self, signin: SseSignIn) -> None:
        self._signin = signin
        self._loaded: list[tuple[int, int]] | None = None
        # Trusts nobody: for endpoints without TLS, and until the files were read.
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def refresh(self) -> None:
        """Load what is not loaded or was changed since. New connections of a client that has the context use it.

        Raises:
            SetupError: where a file is no good.
        """
        signin = self._signin
        named = (("CA file", signin.cacert), ("certificate file", signin.client_cert), ("key file", signin.client_key))
        given = [(kind, path) for kind, path in named if path is not None]
        seen = [_stamp(path, kind) for kind, path in given]
        if seen == self._loaded:
            return
        for kind, path in given:
            read_small(path, kind, at_most=MAX_PEM)
        try:
            self._load()
        except ssl.SSLError as problem:
            reason = (problem.reason or str(problem)).lower().replace("_", " ")
            files = ", ".join(str(path) for _, path in given)
            raise SetupError(f"TLS with {files} is not possible: {reason}") from None
        self._loaded = seen

    def _load(self) -> None:
        signin, context = self._signin, self.context

        def encrypted() -> str:
            raise SetupError(f"key file {signin.client_key or signin.client_cert} is encrypted: name one that is not")

        if signin.cacert is not None:
            context.load_verify_locations(signin.cacert)
        elif self._loaded is None:
            context.load_default_certs()
        if signin.client_cert is not None:
            # Without the callback OpenSSL asks on the terminal, which is not ours to use.
            context.load_cert_chain(signin.client_cert, signin.client_key, encrypted)


def _stamp(path: Path, kind: str) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as problem:
        raise SetupError(f"{kind} {path}: {problem.strerror or type(problem).__name__}") from None
    return found.st_mtime_ns, found.st_size
