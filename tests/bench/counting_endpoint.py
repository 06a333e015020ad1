"""The endpoint as `chatwatch serve` runs it, and `/tasks`, which counts its asyncio tasks. Usage: PORT NATS_URL"""

from __future__ import annotations

import asyncio
import sys

from starlette.responses import PlainTextResponse, Response

from chatwatch_tui.relay.access import AccessSettings, open_gate
from chatwatch_tui.relay.app import make_app
from chatwatch_tui.relay.run import run_app
from chatwatch_tui.relay.settings import RelaySettings


async def tasks() -> Response:
    """Without the one that answers this."""
    return PlainTextResponse(str(len(asyncio.all_tasks()) - 1))


if __name__ == "__main__":
    settings = RelaySettings(port=int(sys.argv[1]), servers=(sys.argv[2],))
    app = make_app(settings, open_gate(AccessSettings(mode="none"), settings.host).gate)
    app.add_api_route("/tasks", tasks, response_class=Response, response_model=None)
    sys.exit(run_app(app, settings))
