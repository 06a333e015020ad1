"""Bare sockets for what no web server does: broken answers, silence, resets, and TLS alerts."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.sources.harness import PATIENCE


class Line:
    """A bare socket server: answers each connection with the next bytes of its list, then hangs up, or stays silent."""

    def __init__(self, *answers: bytes, hangs_up: bool = True, reads: bool = True) -> None:
        self._answers = list(answers)
        self._hangs_up = hangs_up
        self._reads = reads
        self.connections = 0
        self.heads: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def where(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = self._answers[min(self.connections, len(self._answers) - 1)]
        self.connections += 1
        self.writers.append(writer)
        try:
            if self._reads:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            if not self._hangs_up:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:  # the end of the test; asyncio's own callback stumbles over it
            pass
        finally:
            writer.close()

    def reset(self) -> None:
        """Cut the newest connection as a crash does, not as a farewell."""
        cut = self.writers[-1]
        cut.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        cut.transport.abort()

    @asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[Line]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, **options)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in self.writers:
                writer.transport.abort()


def head(*lines: str, content_type: str = "text/event-stream") -> bytes:
    """A response's head without a length: the body ends with the connection."""
    return "\r\n".join(["HTTP/1.1 200 OK", f"content-type: {content_type}", *lines, "", ""]).encode()


class WantsCertificate:
    """A TLS server that takes nobody without a client certificate and says so with an alert, which asyncio's cannot."""

    def __init__(self, context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.where = f"127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> WantsCertificate:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            try:
                wrapped.do_handshake()
            except ssl.SSLError:
                # What was not read when a socket is closed turns into a reset, which may overtake the alert.
                with socket.socket(fileno=wrapped.detach()) as bare:
                    bare.settimeout(PATIENCE)
                    bare.shutdown(socket.SHUT_WR)
                    while bare.recv(65_536):
                        pass
