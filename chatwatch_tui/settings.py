"""Everything that can be set: one typed tree. `config` fills it from flags, environment, file and defaults.

A section is a frozen struct, a field is a key: `Settings.stall.thinking` is `thinking` under `[stall]` and
`CHATWATCH_STALL_THINKING`. The docstring under a field is its help, its default the default, `msgspec.Meta` its bounds
and `core.setting.Setting` the rest. Nothing else has to be written for a new key, so no second list can go stale.

`WatchSettings` is what one dashboard is run with: the same, with the sources resolved to addresses and a sign-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, field

from chatwatch_tui.core.conversation import StallLimits
from chatwatch_tui.core.decode import DecodeFields
from chatwatch_tui.core.display import DisplaySettings
from chatwatch_tui.core.identity import parse_conversation_id
from chatwatch_tui.core.kept_blocks import DEFAULT_TEXT_BUDGET
from chatwatch_tui.core.redaction import RedactionSettings
from chatwatch_tui.core.roster import MAX_CONVERSATIONS
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rules import Rule, RuleProblem
from chatwatch_tui.core.setting import Setting
from chatwatch_tui.serve_settings import ServeSettings
from chatwatch_tui.sources.nats_address import parse_address
from chatwatch_tui.sources.nats_signin import NatsSignIn
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.sse_signin import SseSignIn

if TYPE_CHECKING:
    from chatwatch_tui.core.recording import Replay

DEFAULT_SERVER = "nats://127.0.0.1:4222"
PREFIX = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z"
"""What subjects can begin with."""
_NATS_MARKS = {
    "user": Setting(variable="NATS_USER"),
    "password": Setting(variable="NATS_PASSWORD", secret=True),
    "token": Setting(variable="NATS_TOKEN", secret=True),
    "creds": Setting(variable="NATS_CREDS"),
    "nkey": Setting(variable="NATS_NKEY"),
    "user_jwt": Setting(secret=True),
    "user_seed": Setting(secret=True),
    "tls_cert": Setting(variable="NATS_CERT"),
    "tls_key": Setting(variable="NATS_KEY"),
    "tls_ca": Setting(variable="NATS_CA"),
    "socks_proxy": Setting(address=True),
}
_SSE_MARKS = {
    name: Setting(
        variable=f"CHATWATCH_{name.upper()}", secret=name in ("token", "cookie"), command=name.endswith("_command")
    )
    for name in SseSignIn.__struct_fields__
}


def _problems_of_rules(rules: Sequence[Rule]) -> Sequence[RuleProblem]:
    return RuleSet(rules).problems


class HandingOverSettings(msgspec.Struct, frozen=True):
    """Copies, files and recordings."""

    clipboard: Literal["auto", "terminal"] = "auto"
    """`auto`: a program of the desktop's or tmux's where there is one, else the terminal (OSC 52); `terminal`: always
    the terminal."""
    folder: str = ""
    """Where files, screenshots and recordings go; blank: the data folder."""
    redact: RedactionSettings = RedactionSettings()


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
    `set -g allow-passthrough on`, and `all` (tmux 3.4 and later) to reach you while another window is in front."""
    title: bool = True
    """Show in the window's title how many conversations need the operator."""
    command: Annotated[tuple[str, ...], Setting(command=True)] = ()
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

    hint: Annotated[str, Setting(hidden=True)] = ""
    """A line that the footer shows until the first key; `{help}` in it becomes the key of that action."""
    max_fps: Annotated[int, Meta(ge=1, le=60)] = field(default=30, name="fps")
    """Most frames a second."""
    slow_link: bool = False
    """At most 4 frames and 8 kB a second to the terminal."""
    ascii_glyphs: bool = field(default=False, name="ascii")
    """Signs and frames in plain ASCII."""
    mouse: Annotated[bool, Setting(restart=True)] = True
    """Take mouse events."""
    handing_over: HandingOverSettings = HandingOverSettings()
    """Copies, files and recordings."""
    theme: str = "chatwatch-dark"
    """Colours: one of chatwatch's own themes or of Textual's, by name."""
    colours: Literal["auto", "truecolor", "256", "16", "none"] = "auto"
    """How many colours the terminal shows; `auto` asks the environment (NO_COLOR, COLORTERM, TERM). With `16` they are
    the terminal's own, with `none` there are only bold, faint, italic, underline and reverse."""
    keymap: Literal["default", "vim", "emacs"] = "default"
    """Keys to begin with. With vim `h` and `l` go from pane to pane, so that `W` lists layouts; Ctrl+E and Ctrl+Y go by
    a row, Ctrl+D and Ctrl+U by half a page."""
    keys: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Keys of single actions, by their id: `freeze = "f,space"`; "" takes the keys away. `chatwatch config keys` lists
    the ids."""
    display: DisplaySettings = DisplaySettings()
    alerts: AlertSettings = AlertSettings()
    rules: Annotated[tuple[Rule, ...], Setting(check_tables=_problems_of_rules)] = field(default=(), name="rule")
    """Rules that ask for the operator, colour panes or mute alerts, each a table `[[rule]]`."""


class NatsSettings(msgspec.Struct, frozen=True):
    """Where conversations come from over NATS, and the sign-in, by the names of the `nats` tool's contexts."""

    servers: Annotated[tuple[str, ...], Setting(variable="NATS_URL", address=True, check=parse_address)] = ()
    """Servers of one cluster, tried in turn; none: those of the context, else nats://127.0.0.1:4222."""
    context: Annotated[str, Setting(variable="NATS_CONTEXT")] = ""
    """A context of the `nats` tool; blank: the selected one, where there is one."""
    prefix: Annotated[str, Meta(pattern=PREFIX), Setting(variable="CHATWATCH_PREFIX")] = "chat"
    """First part of the subjects."""
    signin: Annotated[NatsSignIn, Setting(inline=True, within=_NATS_MARKS)] = NatsSignIn()


class SseSettings(msgspec.Struct, frozen=True):
    """Where conversations come from over watch endpoints, and the sign-in there."""

    endpoints: Annotated[tuple[str, ...], Setting(variable="CHATWATCH_SSE", address=True, check=parse_endpoint)] = ()
    """Addresses of watch endpoints, such as https://chat.example."""
    max_connections: Annotated[int, Meta(ge=1, le=10_000), Setting(variable="CHATWATCH_MAX_CONNECTIONS")] = 100
    """Most connections to one endpoint; each conversation needs one."""
    signin: Annotated[SseSignIn, Setting(inline=True, within=_SSE_MARKS)] = SseSignIn()


class DashboardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a dashboard keeps and shows, whatever it watches."""

    stats_json: Annotated[Path | None, Setting(restart=True)] = None
    """chatwatch's own account of the session is written there at exit and on SIGUSR1."""
    keep_session: Annotated[bool, Setting(restart=True)] = True
    """Panes, pins, layout and freezes come back at the next start."""
    fresh: Annotated[bool, Setting(restart=True)] = False
    """Not this time: start without them, and write none, so that the next start has those of last time again."""
    text_budget: Annotated[int, Meta(ge=10_000)] = DEFAULT_TEXT_BUDGET
    """Characters of text kept per conversation; each block counts a little (200) besides."""
    raw_kept: Annotated[int, Meta(ge=0, le=1_000_000)] = 2_000
    """Raw payloads kept per conversation."""
    max_conversations: Annotated[int, Meta(ge=1)] = MAX_CONVERSATIONS
    """Conversations kept; the quietest are given up beyond this."""
    limits: StallLimits = field(default=StallLimits(), name="stall")
    fields: DecodeFields = field(default=DecodeFields(), name="decode")
    screen: Annotated[ScreenSettings, Setting(inline=True)] = ScreenSettings()


class WatchSettings(DashboardSettings, frozen=True):
    """One dashboard."""

    source: str
    """Name of the source in the status bar: the profile's or the context's, else host:port."""
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
    replay: Replay | None = None
    """A recording to play, in place of servers and endpoints."""


class Settings(DashboardSettings, frozen=True, kw_only=True):
    """The whole tree: what a file may say."""

    conversations: Annotated[tuple[str, ...], Setting(restart=True, check=parse_conversation_id)] = ()
    """Ids of the conversations to watch; none: whatever flows."""
    nats: Annotated[NatsSettings, Setting(restart=True)] = NatsSettings()
    sse: Annotated[SseSettings, Setting(restart=True)] = SseSettings()
    serve: Annotated[ServeSettings, Setting(restart=True)] = ServeSettings()
