"""The endpoint as an ASGI application: routes, statuses, and what starts and stops with it.

`GET /api/ai/conversations/{conversation_id}/watch` is the original's. An id that is none is put to access control like
any other, as an id that nobody has: so who may not know whether a conversation exists learns nothing from the answer,
nor from how long it took.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import JSONResponse, Response

from chatwatch_tui import __version__
from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id
from chatwatch_tui.relay import describe
from chatwatch_tui.relay.access import Caller, Gate, NoneGate, Verdict
from chatwatch_tui.relay.account import Refusal
from chatwatch_tui.relay.fanout import Fanout
from chatwatch_tui.relay.logs import complain, say
from chatwatch_tui.relay.metrics import make_registry
from chatwatch_tui.relay.middleware import LoopbackHosts, PathPrefix
from chatwatch_tui.relay.page import add_page
from chatwatch_tui.relay.session import SessionStore
from chatwatch_tui.relay.settings import RelaySettings
from chatwatch_tui.relay.stream import EventStream
from chatwatch_tui.sources.nats import NatsSource
from chatwatch_tui.sources.nats_address import parse_address

log = logging.getLogger(__name__)


class Anything(Convertor[str]):
    """Slashes and line ends too, so that nonsense with one in it is treated like all other nonsense."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("anything", Anything())
WATCH_PATH = "/api/ai/conversations/{conversation_id:anything}/watch"
NOBODYS_ID = "00000000-0000-0000-0000-000000000000"
NATS_WITHIN = 2.0
"""Seconds that the start waits for the first attempt to connect, so that the first request is not refused for it."""
ANSWER_WITHIN = 10.0
"""Seconds for access control to answer; it has a bound of its own, and this is for when it fails."""
CLOSE_WITHIN = 1.0
BUSY_RETRY_AFTER = 5
RetryAfter = Callable[[str], int]
"""Seconds that an address with too many failed sign-ins is told to wait."""
_REFUSED: dict[Verdict, tuple[int, str, Refusal]] = {
    Verdict.NOT_SIGNED_IN: (401, "Not signed in", Refusal.NOT_SIGNED_IN),
    Verdict.NOT_FOUND: (404, "Not Found", Refusal.NOT_FOUND),
    Verdict.TOO_MANY: (429, "Too many failed sign-ins", Refusal.TOO_MANY),
    Verdict.UNAVAILABLE: (503, "Access cannot be checked now", Refusal.UNAVAILABLE),
}


def make_app(
    settings: RelaySettings,
    gate: Gate,
    *,
    sessions: SessionStore | None = None,
    retry_after: RetryAfter = lambda address: 60,
) -> FastAPI:
    """The application; its `state.endpoint` is the `Endpoint`. The gate is closed with the application.

    `sessions` exchanges tokens for cookies, where bearer tokens are in force.

    Raises:
        ValueError: the address of a server is none, with a sentence for the user.
    """
    endpoint = Endpoint(settings, gate, retry_after)
    app = FastAPI(
        title="chatwatch watch endpoint",
        version=__version__,
        description=describe.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=endpoint.lifespan,
    )
    app.state.endpoint = endpoint
    _add_routes(app, endpoint)
    add_page(app, sessions, caller_of=caller_of, refuse=endpoint.refuse_verdict, prefix=settings.root_path)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            # A page of just any origin must not read with the cookies of whoever looks at it.
            allow_credentials="*" not in settings.cors_origins,
            allow_methods=["GET"],
            allow_headers=["Authorization", "Cache-Control", "Last-Event-ID"],
        )
    if settings.root_path:
        app.add_middleware(PathPrefix, prefix=settings.root_path)
    if isinstance(gate, NoneGate):
        app.add_middleware(LoopbackHosts)
    _describe_access(app, open_to_all=isinstance(gate, NoneGate), cookie=sessions.cookie if sessions else "")
    return app


def _add_routes(app: FastAPI, endpoint: Endpoint) -> None:
    options: dict[str, Any] = {"methods": ["GET"], "response_model": None, "response_class": Response}
    app.add_api_route(
        WATCH_PATH,
        endpoint.watch,
        **options,
        summary="Watch a conversation",
        tags=["AI Chat"],
        responses=describe.WATCH_RESPONSES,
        openapi_extra=describe.WATCH_EXTRA,
    )
    for path, route, summary, responses in (
        ("/healthz", endpoint.healthz, "Whether the process runs", describe.HEALTH_RESPONSES),
        ("/readyz", endpoint.readyz, "Whether the link to NATS delivers", describe.READY_RESPONSES),
        ("/metrics", endpoint.metrics, "Figures for Prometheus", describe.METRICS_RESPONSES),
    ):
        app.add_api_route(path, route, **options, summary=summary, tags=["Operation"], responses=responses)


class Endpoint:
    """The routes, and what they share."""

    def __init__(self, settings: RelaySettings, gate: Gate, retry_after: RetryAfter) -> None:
        for url in settings.servers:
            parse_address(url)
        self.settings = settings
        self.gate = gate
        bus = NatsSource("nats", settings.servers, settings.signin, prefix=settings.prefix, conversations=())
        self.fanout = Fanout(
            bus,
            buffer=settings.buffer,
            max_payload=settings.max_payload,
            keep_alive=settings.keep_alive,
            send_timeout=settings.send_timeout,
        )
        self._retry_after = retry_after
        self._registry = make_registry(self.fanout)

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """From the first attempt to connect to the last goodbye."""
        running = asyncio.create_task(self.fanout.run())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(NATS_WITHIN):
                    await self.fanout.settled.wait()
            yield
        finally:
            self.fanout.end()
            running.cancel()
            await asyncio.wait([running, asyncio.create_task(self._close_gate())], timeout=CLOSE_WITHIN)

    # -- routes ----------------------------------------------------------------------------------------------------

    async def watch(self, request: Request) -> Response:
        """Follow one conversation. Browsers: `new EventSource(url, {withCredentials: true})`."""
        caller = caller_of(request)
        conversation_id, exists = _conversation(request)
        verdict = await self.ask(caller, conversation_id)
        if verdict is Verdict.ALLOWED and not exists:
            verdict = Verdict.NOT_FOUND
        if verdict is not Verdict.ALLOWED:
            return self.refuse_verdict(verdict, caller)
        if self.fanout.ended:
            return self._refuse(503, "Shutting down", Refusal.SHUTDOWN, caller, retry_after=BUSY_RETRY_AFTER)
        if self.fanout.viewer_count >= self.settings.max_viewers:
            return self._refuse(503, "Too many viewers", Refusal.FULL, caller, retry_after=BUSY_RETRY_AFTER)
        return EventStream(
            self.fanout,
            conversation_id,
            lambda: self.ask(caller, conversation_id, fresh=True),
            recheck=self.settings.recheck,
            address=caller.address,
        )

    async def healthz(self) -> Response:
        """The process runs and its event loop turns."""
        return JSONResponse({"status": "ok", "version": __version__})

    async def readyz(self) -> Response:
        """Send viewers here."""
        ready = self.fanout.link_up and not self.fanout.ended
        return JSONResponse({"nats": self.fanout.link.state.value}, 200 if ready else 503)

    async def metrics(self) -> Response:
        """The endpoint's figures."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def ask(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        """The gate's verdict; a gate that fails or hangs lets nobody in."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self.gate.check(caller, conversation_id, fresh=fresh)
        except Exception as problem:
            complain(log, "access control failed", problem=type(problem).__name__)
            return Verdict.UNAVAILABLE

    def refuse_verdict(self, verdict: Verdict, caller: Caller) -> Response:
        """The answer for whom the gate does not let in."""
        status, words, reason = _REFUSED[verdict]
        wait = None
        if verdict is Verdict.TOO_MANY:
            wait = self._retry_after(caller.address)
        elif verdict is Verdict.UNAVAILABLE:
            wait = BUSY_RETRY_AFTER
        return self._refuse(status, words, reason, caller, retry_after=wait)

    async def _close_gate(self) -> None:
        try:
            await self.gate.close()
        except Exception as problem:
            complain(log, "access control failed to close", problem=type(problem).__name__)

    def _refuse(
        self, status: int, words: str, reason: Refusal, caller: Caller, *, retry_after: int | None = None
    ) -> Response:
        """Nothing in the answer may depend on the conversation."""
        self.fanout.account.refusals[reason] += 1
        say(log, "request refused", status=status, reason=reason.value, address=caller.address)
        headers = {"cache-control": "no-store"}
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        return JSONResponse({"detail": words}, status, headers)


def _conversation(request: Request) -> tuple[str, bool]:
    """The id to ask access control about, and whether it is the one that was requested."""
    try:
        return parse_conversation_id(request.path_params["conversation_id"]), True
    except InvalidConversationId:
        return NOBODYS_ID, False


def caller_of(request: Request) -> Caller:
    """Who asks. More than one `Authorization` makes none that is good."""
    return Caller(
        ", ".join(request.headers.getlist("authorization")),
        "; ".join(request.headers.getlist("cookie")),
        request.client.host if request.client is not None else "",
    )


def _describe_access(app: FastAPI, *, open_to_all: bool, cookie: str) -> None:
    """What the gate asks for, which FastAPI only describes where it checks it itself."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        return describe.with_access(plain(), open_to_all=open_to_all, cookie=cookie)

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
