"""The baseline to beat: what most Textual apps do, a RichLog per conversation, one write per chunk. Usage: URL ID..."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import nats
from nats.aio.msg import Msg
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widgets import RichLog

COLOURS = {
    "token": "white",
    "thinking": "magenta",
    "tool_call": "cyan",
    "tool_result": "green",
    "done": "blue",
    "error": "red",
}


class Naive(App[None]):
    """Nine logs in a grid."""

    CSS = "Grid { grid-size: 3; } RichLog { height: 1fr; border: round gray; }"

    def compose(self) -> ComposeResult:
        """A log per conversation."""
        with Grid():
            yield from self._logs()

    def _logs(self) -> Iterator[RichLog]:
        for conversation in sys.argv[2:11]:
            yield RichLog(wrap=True, max_lines=2000, id=f"c{conversation}")

    async def on_mount(self) -> None:
        """Subscribe; every chunk is a write."""
        self.client = await nats.connect(sys.argv[1])
        for conversation in sys.argv[2:11]:
            log = self.query_one(f"#c{conversation}", RichLog)

            async def show(message: Msg, log: RichLog = log) -> None:
                chunk = json.loads(message.data)
                log.write(Text(chunk["content"], style=COLOURS.get(chunk["chunk_type"], "")))

            await self.client.subscribe(f"chat.chunk.{conversation}", cb=show)


if __name__ == "__main__":
    Naive().run()
