"""What a session is run with: one typed record. Flag > environment > default; the command line fills it (`cli`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from chatwatch_tui.core.conversation import StallLimits
from chatwatch_tui.core.decode import DecodeFields
from chatwatch_tui.core.recording import Replay
from chatwatch_tui.core.redaction import RedactionSettings
from chatwatch_tui.core.roster import MAX_CONVERSATIONS
from chatwatch_tui.core.transcript import DEFAULT_TEXT_BUDGET
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.sse_signin import SseSignIn

DEFAULT_SERVER = "nats://127.0.0.1:4222"


class HandingOverSettings(msgspec.Struct, frozen=True):
    """Copies, files and recordings."""

    clipboard: Literal["auto", "terminal"] = "auto"
    """`auto`: a program of the desktop's or tmux's where there is one, else the terminal (OSC 52); `terminal`: always
    the terminal."""
    folder: str = ""
    """Where files, screenshots and recordings go; blank: the data folder."""
    redact: RedactionSettings = RedactionSettings()


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
    handing_over: HandingOverSettings = HandingOverSettings()
    """Copies, files and recordings."""
    theme: str = "chatwatch-dark"
    """Colours: one of chatwatch's own themes or of Textual's, by name."""
    colours: Literal["auto", "truecolor", "256", "16", "none"] = "auto"
    """How many colours the terminal shows; `auto` asks the environment (NO_COLOR, COLORTERM, TERM). With `16` they are
    the terminal's own, with `none` there are only bold, faint, italic, underline and reverse."""


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
    replay: Replay | None = None
    """A recording to play, in place of servers and endpoints."""
    screen: ScreenSettings = ScreenSettings()
