"""Runs one dashboard from settings to exit code."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatwatch_tui.config.live import SettingsFile
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.paths import shown_path, state_folder
from chatwatch_tui.settings import WatchSettings
from chatwatch_tui.sources.nats import NatsSource
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.thread import SourcesThread
from chatwatch_tui.ui.account import write_account
from chatwatch_tui.ui.actions.settings import fitting
from chatwatch_tui.ui.app import ChatwatchApp
from chatwatch_tui.ui.figures import plural
from chatwatch_tui.ui.session import LayoutStore, SessionStore
from chatwatch_tui.ui.terminal import TerminalGuard
from chatwatch_tui.ui.watching import Watching

if TYPE_CHECKING:
    from chatwatch_tui.sources.replay import ReplayClock, ReplaySource
    from chatwatch_tui.sources.sse import SseSource


class AccountNotWritten(Exception):
    """The session was fine, but its account could not be written; `str()` says where and why."""


def run_dashboard(
    settings: WatchSettings,
    *,
    file: SettingsFile | None = None,
    clean_ups: Sequence[Callable[[], None]] = (),
    trouble: Callable[[], str] | None = None,
    narrate: Callable[[str], None] = lambda words: None,
) -> int:
    """Show the dashboard until it ends; the exit code. Changes of `file` are taken up. `clean_ups` run when the process
    must end at once. `trouble` tells which process of a demo has ended before that. `narrate` is told what is to be
    said once the terminal is itself again."""
    watching = _watching(settings)
    guard = TerminalGuard()
    screen = fitting(settings.screen)
    session = (
        SessionStore(state_folder(), watching.source_names, settings.conversations) if settings.keep_session else None
    )
    app = ChatwatchApp(watching, screen, session=session, fresh=settings.fresh, layouts=LayoutStore(state_folder()))
    app.dashboard.settings_file = file
    app.dashboard.trouble = trouble

    def write_stats() -> OSError | None:
        """A full disk or a folder that is gone must not end a session; the exit code tells when it is the last try."""
        try:
            if settings.stats_json is not None:
                write_account(settings.stats_json, app.account())
        except OSError as problem:
            return problem
        return None

    # Also where no account is wanted: left alone, the signal would end the program with the screen still taken.
    signal.signal(signal.SIGUSR1, lambda *_: app.dashboard.reader.when_whole(write_stats))
    guard.on_exit(write_stats)
    guard.on_exit(app.dashboard.write_session)
    for clean_up in clean_ups:
        guard.on_exit(clean_up)
    with guard:
        try:
            code = app.run_guarded(guard, mouse=screen.mouse)
        finally:
            watching.stop()
            problem = write_stats()
    if kept_badly := app.dashboard.kept_badly:
        narrate(f"the session could not be kept in {shown_path(state_folder())}: {kept_badly}")
    if problem is not None:
        reason = problem.strerror or problem
        raise AccountNotWritten(f"the account could not be written to {settings.stats_json}: {reason}")
    return code


def _watching(settings: WatchSettings) -> Watching:
    """What these settings ask for; nothing runs yet."""
    clock: ReplayClock | None = None
    sources: list[NatsSource | SseSource | ReplaySource] = []
    if settings.replay is not None:
        from chatwatch_tui.sources.replay import ReplayClock, ReplaySource

        clock = ReplayClock(settings.replay.speed)
        sources.append(ReplaySource(settings.replay, clock, waiting=lambda: watching.feed.waiting))
    else:
        sources += _sources(settings)
    wildcard = "the recording" if clock is not None else f"{settings.prefix}.chunk.* and {settings.prefix}.message.*"
    watching = Watching(
        SourcesThread(sources),
        description=plural(len(settings.conversations), "conversation") if settings.conversations else wildcard,
        source_names=[source.name for source in sources],
        asked_for=[ConversationKey(source.name, each) for source in sources for each in settings.conversations],
        fields=settings.fields,
        text_budget=settings.text_budget,
        raw_kept=settings.raw_kept,
        max_conversations=settings.max_conversations,
        limits=settings.limits,
        addresses={source.name: source.address for source in sources},
        clock=clock or time.time,
    )
    return watching


def _sources(settings: WatchSettings) -> list[NatsSource | SseSource]:
    """One for the NATS cluster, one for each endpoint, each with a name of its own."""
    sources: list[NatsSource | SseSource] = []
    if settings.servers:
        sources.append(
            NatsSource(
                settings.source,
                settings.servers,
                settings.signin,
                prefix=settings.prefix,
                conversations=settings.conversations or None,
            )
        )
    for url in settings.endpoints:
        from chatwatch_tui.sources.sse import SseSource

        name = str(parse_endpoint(url))
        taken = sum(source.name.partition(" #")[0] == name for source in sources)
        sources.append(
            SseSource(
                f"{name} #{taken + 1}" if taken else name,
                url,
                settings.sse_signin,
                conversations=settings.conversations,
                max_connections=settings.max_connections,
            )
        )
    return sources
