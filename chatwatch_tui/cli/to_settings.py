"""From options to settings: checks everything before anything is connected or drawn, and says what to mend."""

from __future__ import annotations

from typing import Any

import click

from chatwatch_tui.cli.to_nats import NatsTarget, nats_asked_for, nats_target
from chatwatch_tui.cli.to_sse import sse_endpoints, sse_signin
from chatwatch_tui.core.conversation import StallLimits
from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id
from chatwatch_tui.settings import ScreenSettings, WatchSettings
from chatwatch_tui.sources.nats_signin import NatsSignIn


def watch_settings(context: click.Context, options: dict[str, Any]) -> WatchSettings:
    """Settings of `watch`. Raises click.UsageError with a message for the user."""
    ids = _conversation_ids(options.pop("ids"))
    endpoints = sse_endpoints(options.pop("endpoints"))
    signin = sse_signin(context, options, endpoints)
    if endpoints and not ids:
        raise click.UsageError("over --sse conversations are not discovered: name them, each by its ID")
    if endpoints and not nats_asked_for(context):
        # A context that happens to be selected is no wish to watch its servers too.
        options = {name: value for name, value in options.items() if name in _SCREEN_OPTIONS}
        target = NatsTarget("", (), NatsSignIn(), "chat")
    else:
        target = nats_target(context, options)
    return _with_screen(
        options,
        source=target.name,
        servers=target.servers,
        signin=target.signin,
        prefix=target.prefix,
        endpoints=endpoints,
        sse_signin=signin,
        conversations=ids,
    )


def demo_settings(options: dict[str, Any]) -> WatchSettings:
    """Settings of `demo`, which knows no sign-in and looks at no context. Its server is yet to be started."""
    hint = "Demo, on a server of its own.  ? all keys · ! what needs you · q quit"
    return _with_screen(options, source="demo", hint=hint, keep_session=False)


_SCREEN_OPTIONS = frozenset(
    {
        "stats_json",
        "max_fps",
        "text_budget",
        "max_conversations",
        "stall",
        "ascii_glyphs",
        "mouse",
        "max_connections",
        "fresh",
        "slow_link",
    }
)


def _with_screen(options: dict[str, Any], *, hint: str = "", **more: Any) -> WatchSettings:
    own = {name: options.pop(name) for name in ("max_fps", "slow_link", "ascii_glyphs", "mouse")}
    screen = ScreenSettings(hint=hint, **own)
    thinking, answering, tool = options.pop("stall")
    stats = options["stats_json"]
    if stats is not None and not stats.absolute().parent.is_dir():
        raise click.UsageError(f"--stats-json: there is no folder {stats.absolute().parent}")
    return WatchSettings(**options, **more, screen=screen, limits=StallLimits(thinking, answering, tool))


def _conversation_ids(given: tuple[str, ...]) -> tuple[str, ...]:
    ids: dict[str, None] = {}
    for position, argument in enumerate(given, 1):
        try:
            ids[parse_conversation_id(argument)] = None
        except InvalidConversationId as problem:
            raise click.UsageError(f"argument {position}: {problem}") from None
    return tuple(ids)
