"""`chatwatch watch` as a user has it: on a real terminal, against a real server."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nats

from tests.broker import RealBroker
from tests.pty_session import PtySession

ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
CHUNKS = f"chat.chunk.{ID}"
MESSAGES = f"chat.message.{ID}"


class WatchSession(PtySession):
    """The dashboard on a pty, and the account that it writes."""

    def __init__(
        self, server: str, folder: Path, *arguments: str, columns: int = 120, rows: int = 36, **env: str
    ) -> None:
        self.stats = folder / "stats.json"
        argv = [sys.executable, "-m", "chatwatch_tui", "watch", "-s", server, "--stats-json", str(self.stats)]
        super().__init__([*argv, *arguments], columns=columns, rows=rows, env=env)

    def wait_for_text(self, *words: str, within: float = 30.0) -> None:
        """Until all these words stand on the screen at once."""
        try:
            self.wait_for(lambda _: all(each in self.text for each in words), "words", within)
        except AssertionError:
            raise AssertionError(f"waited {within} s for {words}; the screen shows\n{self.text}") from None

    @property
    def text(self) -> str:
        """What stands on the screen, its rows joined by line feeds."""
        return "\n".join(self.screen())

    def account(self) -> dict[str, Any]:
        """The program's books as they are now (SIGUSR1)."""
        before = self.stats.stat().st_mtime_ns if self.stats.exists() else 0
        self.signal(signal.SIGUSR1)
        self.wait_for(lambda _: self.stats.exists() and self.stats.stat().st_mtime_ns != before, "the account")
        found: dict[str, Any] = json.loads(self.stats.read_text())
        return found

    def wait_for_received(self, count: int, within: float = 60.0) -> dict[str, Any]:
        """Until that many deliveries were received or are known to be lost; the books then."""
        books: dict[str, Any] = {}

        def all_there(_: PtySession) -> bool:
            books.update(self.account()["total"])
            return bool(books["received"] + books["lost"] >= count)

        self.wait_for(all_there, f"{count} deliveries", within)
        return books

    def quit(self) -> int:
        """Press q; the exit code."""
        self.type(b"q")
        return self.wait_for_end()


def publish(broker: RealBroker, messages: Iterable[tuple[str, bytes]], **options: Any) -> None:
    """Publish and flush, in order."""

    async def all_of_them() -> None:
        client = await nats.connect(broker.url, **options)
        for number, (subject, payload) in enumerate(messages):
            await client.publish(subject, payload)
            if number % 1_000 == 999:
                await client.flush()
        await client.flush()
        await client.close()

    asyncio.run(all_of_them())


def chunk(chunk_type: str, **fields: Any) -> bytes:
    """A chunk's payload."""
    return json.dumps({"chunk_type": chunk_type, **fields}).encode()


def texts(pieces: Sequence[str], *, subject: str = CHUNKS) -> list[tuple[str, bytes]]:
    """Token chunks, numbered."""
    return [(subject, chunk("token", content=piece, seq=number)) for number, piece in enumerate(pieces)]
