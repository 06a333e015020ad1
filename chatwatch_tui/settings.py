"""What a session is run with: one typed record. Flag > environment > default; the command line fills it (`cli`)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from chatwatch_tui.core.conversation import StallLimits
from chatwatch_tui.core.decode import DecodeFields
from chatwatch_tui.core.roster import MAX_CONVERSATIONS
from chatwatch_tui.core.rules import Rule
from chatwatch_tui.core.transcript import DEFAULT_TEXT_BUDGET
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.sse_signin import SseSignIn

DEFAULT_SERVER = "nats://127.0.0.1:4222"


class Notify(StrEnum):
    """How a terminal is asked to show a notification."""

    OFF = "off"
    OSC9 = "osc9"
    OSC777 = "osc777"
    AUTO = "auto"


class AlertSettings(msgspec.Struct, frozen=True):
    """How the operator is told outside of the screen that somebody is needed: once for each time that it begins. An
    idle conversation never alerts. All is off until switched on, but for the count in the window's title."""

    bell: bool = False
    """Ring the terminal's bell."""
    notify: Notify = Notify.OFF
    """Ask the terminal for a notification: osc9, osc777, or auto for what it is known to take. Inside tmux it takes
    `set -g allow-passthrough on`."""
    title: bool = True
    """Show in the window's title how many conversations need the operator."""
    command: tuple[str, ...] = ()
    """A command and its arguments, run without a shell, with the facts as JSON on its standard input."""
    command_timeout: Annotated[float, msgspec.Meta(ge=0.1, le=600)] = 10.0
    """Seconds after which the command is killed."""
    min_interval: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 30.0
    """Seconds between two alerts at least; what comes in between is told with the next one."""
    only_unfocused: bool = True
    """No alert while the terminal says that it has the focus. One that says nothing counts as not having it."""
    unread: bool = False
    """Alert of turns that are done and unread too."""


class ScreenSettings(msgspec.Struct, frozen=True):
    """How the dashboard looks and behaves: what `Dashboard.apply_settings` takes, at the start and after a change."""

    hint: str = ""
    """A line that the footer shows until the first key."""
    max_fps: int = 30
    """Most frames a second."""
    slow_link: bool = False
    """At most 4 frames and 8 kB a second to the terminal."""
    ascii_glyphs: bool = False
    """Signs and frames in plain ASCII."""
    mouse: bool = True
    """Take mouse events."""
    alerts: AlertSettings = AlertSettings()
    rules: tuple[Rule, ...] = msgspec.field(default=(), name="rule")


class WatchSettings(msgspec.Struct, frozen=True):
    """One dashboard."""

    source: str
    """Name of the source in the status bar: the context's, else host:port."""
    servers: tuple[str, ...] = (DEFAULT_SERVER,)
    """NATS servers of one cluster; none: only endpoints are watched."""
    signin: NatsSignIn = NatsSignIn()
    prefix: str = "chat"
    """First token(s) of the subjects."""
    endpoints: tuple[str, ...] = ()
    """Addresses of watch endpoints."""
    sse_signin: SseSignIn = SseSignIn()
    max_connections: int = 100
    """Most connections to one endpoint; each conversation needs one."""
    conversations: tuple[str, ...] = ()
    """Ids as the bus spells them; none: discover."""
    stats_json: Path | None = None
    keep_session: bool = True
    """Panes, pins, layout and freezes come back at the next start."""
    fresh: bool = False
    """Not this time."""
    text_budget: int = DEFAULT_TEXT_BUDGET
    """Bytes of text kept per conversation."""
    raw_kept: int = 2_000
    """Raw payloads kept per conversation."""
    max_conversations: int = MAX_CONVERSATIONS
    limits: StallLimits = StallLimits()
    fields: DecodeFields = DecodeFields()
    screen: ScreenSettings = ScreenSettings()
