"""From options to settings: checks everything before anything is connected or drawn, and says what to mend."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from chatwatch_tui.cli.look_check import look_problems, refuse
from chatwatch_tui.cli.to_config import resolved, say_remarks
from chatwatch_tui.cli.to_nats import NatsTarget, nats_target
from chatwatch_tui.cli.to_sources import watches_nats, with_sources, without_endpoints
from chatwatch_tui.cli.to_sse import sse_endpoints, sse_signin
from chatwatch_tui.config.merge import IN_FILE, Given, Kind, Resolved
from chatwatch_tui.core.identity import InvalidConversationId, parse_conversation_id
from chatwatch_tui.settings import DashboardSettings, WatchSettings
from chatwatch_tui.sources.nats_signin import NatsSignIn

DEMO_HINT = "Demo, on a server of its own.  {help} all keys, {next-attention} what needs you, {quit} quit"


def watch_settings(context: click.Context, options: dict[str, Any]) -> WatchSettings:
    """Settings of `watch`. Raises click.UsageError with a message for the user."""
    found = with_sources(resolved(context, options))
    ids = _conversation_ids(found)
    endpoints = sse_endpoints(found)
    signin = sse_signin(found, endpoints)
    if endpoints and not ids:
        raise click.UsageError(
            "over --sse conversations are not discovered: name them, each by its ID"
            " (y in a dashboard over NATS copies one)"
        )
    target = nats_target(found) if watches_nats(found) else NatsTarget("", (), NatsSignIn(), "chat")
    say_remarks(found)
    return WatchSettings(
        source=target.name,
        servers=target.servers,
        signin=target.signin,
        prefix=target.prefix,
        endpoints=endpoints,
        sse_signin=signin,
        max_connections=found.settings.sse.max_connections,
        conversations=ids,
        **kept_and_shown(found),
    )


def demo_settings(context: click.Context, options: dict[str, Any]) -> WatchSettings:
    """Settings of `demo`, which knows no sign-in and looks at no context. Its server is yet to be started."""
    found = resolved(context, options)
    say_remarks(found)
    settings = WatchSettings("demo", **kept_and_shown(found))
    screen = msgspec.structs.replace(settings.screen, hint=DEMO_HINT)
    return msgspec.structs.replace(settings, screen=screen, keep_session=False)


def publishing_target(context: click.Context, options: dict[str, Any]) -> NatsTarget:
    """Where `simulate` publishes, and how it signs in: as `watch` does. Raises click.UsageError."""
    if not any(each.strip(" ,") for each in options["servers"]):
        raise click.UsageError("--server names no server")  # and whatever else does is not meant
    found = with_sources(without_endpoints(resolved(context, options)))
    target = nats_target(found)
    say_remarks(found)
    return target


def kept_and_shown(found: Resolved) -> dict[str, Any]:
    """The fields that every dashboard has, whatever it watches. Raises click.UsageError."""
    refuse(look_problems(found))
    settings = found.settings
    stats = settings.stats_json
    if stats is not None and not stats.absolute().parent.is_dir():
        words = f"there is no folder {stats.absolute().parent}"
        given = found.given["stats_json"]
        in_file = given.kind in IN_FILE
        raise click.UsageError(found.blame(given, words) if in_file else f"--stats-json: {words}")
    return {name: getattr(settings, name) for name in DashboardSettings.__struct_fields__}


def _conversation_ids(found: Resolved) -> tuple[str, ...]:
    ids: dict[str, None] = {}
    given = found.given.get("conversations", Given((), Kind.DEFAULT, ""))
    for position, argument in enumerate(given.value, 1):
        try:
            ids[parse_conversation_id(argument)] = None
        except InvalidConversationId as problem:
            where = f"argument {position}" if given.kind is Kind.FLAG else found.origin(given)
            raise click.UsageError(f"{where}: {problem}") from None
    return tuple(ids)
