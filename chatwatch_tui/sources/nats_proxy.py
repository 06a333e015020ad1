"""A NATS connection through a SOCKS proxy, as contexts of the `nats` tool name one (`socks_proxy`).

python-socks speaks the protocol and hands over a connected socket; TLS, where it is asked for, is with the NATS server
behind the proxy, whose name the proxy resolves.
"""

from __future__ import annotations

import asyncio
from urllib.parse import ParseResult

from chatwatch_tui.sources.nats_address import proxy_name
from chatwatch_tui.sources.nats_handshake import ListeningTransport


class ProxyFailed(ConnectionError):
    """The proxy is not there, or does not let us through; `str()` says which and why, never a password."""


class ProxiedTransport(ListeningTransport):
    """A transport whose first step goes through a proxy."""

    def __init__(self, proxy: str) -> None:
        super().__init__()
        self._proxy = proxy

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """As its base does it, through the proxy. Raises ProxyFailed."""
        from python_socks import ProxyError
        from python_socks.async_.asyncio import Proxy

        shown = proxy_name(self._proxy)
        try:
            connected = await Proxy.from_url(self._proxy).connect(
                str(uri.hostname), uri.port or 4222, timeout=connect_timeout
            )
        except TimeoutError:
            raise ProxyFailed(f"no answer through the SOCKS proxy {shown}") from None
        except OSError:
            raise ProxyFailed(f"the SOCKS proxy {shown} is not there") from None
        except ProxyError as problem:
            raise ProxyFailed(f"the SOCKS proxy {shown} does not connect us: {problem}") from None
        self._bare_io_reader, self._bare_io_writer = await asyncio.open_connection(sock=connected, limit=buffer_size)
        self._io_reader, self._io_writer = self._bare_io_reader, self._bare_io_writer
