"""`[serve]`: what `chatwatch serve` is run with, by the names of its flags. The relay has records of its own, which
import what it needs to run; these import next to nothing, so that a dashboard can read a file that speaks of both."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatwatch_tui.core.setting import Setting


class ServeSettings(msgspec.Struct, frozen=True):
    """The watch endpoint, `chatwatch serve`. Its servers and their sign-in are those of `[nats]`."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    """Port to listen on; 0 takes a free one."""
    access: Literal["none", "tokens", "forward", "jwt"] = "none"
    """Who decides who may watch; none is for loopback only."""
    tokens: Path | None = None
    """The file of users and tokens; tokens.json in the config folder where none is given."""
    forward_url: Annotated[str, Setting(address=True)] = ""
    """Asked for every request (access forward)."""
    forward_timeout: Annotated[float, Meta(ge=0.1, le=9)] = 5.0
    """Seconds that it may take to answer."""
    forward_keep: Annotated[float, Meta(ge=0, le=60)] = 5.0
    """Seconds for which a positive answer is kept."""
    forward_ca: Path | None = None
    """Certificate authority of forward_url."""
    jwt_key: Path | None = None
    """PEM, JWK or JWKS file (access jwt)."""
    jwt_jwks: Annotated[str, Setting(address=True)] = ""
    """Address of the keys, instead of a file."""
    jwt_ca: Path | None = None
    """Certificate authority of jwt_jwks."""
    jwt_algorithm: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    """Algorithms that are accepted."""
    jwt_audience: str = ""
    """The audience that a token must name; blank: not looked at."""
    jwt_issuer: str = ""
    """The issuer that a token must name; blank: not looked at."""
    jwt_user_claim: str = "sub"
    """The claim that names the user."""
    jwt_conversations_claim: str = "conversations"
    """The claim that lists the conversations."""
    jwt_leeway: Annotated[float, Meta(ge=0, le=300)] = 0.0
    """Seconds by which clocks may differ."""
    cookie_name: str = "chatwatch_session"
    """Name of the session's cookie."""
    session_life: Annotated[float, Meta(ge=60)] = 28_800.0
    """Seconds that a sign-in in the browser lasts."""
    session_key: Path | None = None
    """File with a secret that processes side by side share."""
    public_url: Annotated[str, Setting(address=True)] = ""
    """How callers see the endpoint, behind a proxy."""
    root_path: str = ""
    """Path prefix under which a proxy publishes it."""
    trust_proxy: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses of proxies whose X-Forwarded headers count."""
    cors_origin: Annotated[tuple[str, ...], Setting(address=True)] = ()
    """Origins of pages that may read the endpoint."""
    buffer: Annotated[int, Meta(ge=1, le=100_000)] = 200
    """Events that wait for a viewer."""
    keep_alive: Annotated[float, Meta(ge=1, le=40)] = 15.0
    """Seconds of silence after which a viewer gets a comment."""
    recheck: Annotated[float, Meta(ge=1, le=3_600)] = 60.0
    """Seconds within which withdrawn access ends a stream."""
    max_payload: Annotated[int, Meta(ge=1_000)] = 4_000_000
    """Bytes of a payload that are passed on."""
    max_viewers: Annotated[int, Meta(ge=1)] = 10_000
    """Streams of this process; who comes after that gets 503."""
