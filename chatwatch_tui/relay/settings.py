"""What the endpoint is run with, besides who may watch what (`access`): one typed record; the command line fills it."""

from __future__ import annotations

import msgspec

from chatwatch_tui.relay.frames import MAX_PAYLOAD
from chatwatch_tui.sources.nats_signin import NatsSignIn


class RelaySettings(msgspec.Struct, frozen=True):
    """One endpoint."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes a free one, which the log names."""
    servers: tuple[str, ...] = ("nats://127.0.0.1:4222",)
    signin: NatsSignIn = NatsSignIn()
    prefix: str = "chat"
    """First token(s) of the subjects."""
    buffer: int = 200
    """Events that wait for one viewer; the oldest give way."""
    keep_alive: float = 15.0
    """Seconds of silence after which a viewer gets a comment."""
    send_timeout: float = 30.0
    """Seconds for which a viewer may take nothing at all while something waits; then it is taken for dead."""
    max_payload: int = MAX_PAYLOAD
    """Bytes of a payload that are passed on."""
    max_viewers: int = 10_000
    """Streams of this process; who comes after that gets 503."""
    recheck: float = 60.0
    """Seconds within which withdrawn access ends a running stream."""
    cors_origins: tuple[str, ...] = ()
    """Origins of pages that may read the endpoint, such as `https://chat.example.org`; none: no CORS."""
    root_path: str = ""
    """Path prefix under which a proxy publishes the endpoint, whether it strips it or not."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses whose X-Forwarded-For and X-Forwarded-Proto count."""
    shutdown: float = 5.0
    """Seconds from SIGTERM to the end of the process, at the most."""
