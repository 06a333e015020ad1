"""What stands before the routes: the path prefix of a proxy, and who may be talked to without access control."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chatwatch_tui.relay.access import is_loopback


class PathPrefix:
    """Requests as they are behind a proxy that publishes the application under a path.

    Not uvicorn's option: that one puts the prefix before every path, so that it only fits proxies that strip it. The
    router takes a prefix away where it stands and does without where it does not, so this fits both.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = "/" + prefix.strip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the prefix said."""
        scope["root_path"] = self._prefix
        await self._app(scope, receive, send)


class LoopbackHosts:
    """Without access control, answers only requests that name this machine as such.

    A page from anywhere may give its own name the address 127.0.0.1, and the browser then takes what listens here for
    the page's own (DNS rebinding). The name in `Host` is what such a page cannot change.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        app = self._app
        if scope["type"] == "http" and not is_loopback(_host_name(Headers(scope=scope).get("host", ""))):
            words = (
                "Without access control this endpoint answers to 127.0.0.1, [::1] and localhost only: use one of them "
                "in the address, or have the proxy send it as Host"
            )
            app = JSONResponse({"detail": words}, 421, {"cache-control": "no-store"})
        await app(scope, receive, send)


def _host_name(host: str) -> str:
    """Without the port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and (name.endswith("]") or ":" not in name) else host
