"""The command line: argv to settings to one of the rooms. The only module that prints and exits.

Imports are late on purpose: `--version` and `--help` pay for click and nothing else. stdout is data, stderr narration.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from chatwatch_tui import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from chatwatch_tui.config.live import SettingsFile
    from chatwatch_tui.demo.simulator import Published
    from chatwatch_tui.settings import WatchSettings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_TERMINAL = 3

SHOWING = ("watch", "demo", "replay")
COMMANDS = (*SHOWING, "simulate", "serve", "token", "config")


def main(argv: list[str] | None = None) -> NoReturn:
    """The command `chatwatch`. Always ends by SystemExit, never with a traceback."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if arguments == ["--version"]:
            print(f"chatwatch {__version__}", flush=True)
            raise SystemExit(0)
        from chatwatch_tui.cli.commands import build

        first = arguments[0] if arguments else ""
        if first not in (*COMMANDS, "--help", "-h", "--version"):
            if not first.startswith("-"):
                _refuse_misspelt(first)
            arguments = ["watch", *arguments]  # bare `chatwatch` watches
        if arguments[0] in SHOWING:
            gc.disable()  # until the screen is up: collecting while everything is imported finds nothing
        code = build().main(arguments, prog_name="chatwatch", standalone_mode=False)
    except SystemExit:
        raise
    except BaseException as problem:  # nothing reaches a user as a traceback
        from chatwatch_tui.cli.explaining import explain

        raise SystemExit(explain(problem)) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _refuse_misspelt(first: str) -> None:
    """Raises click.UsageError where that was to be a command. No id, a UUID, is so near to one."""
    from difflib import get_close_matches

    if near := get_close_matches(first.lower(), COMMANDS, n=1):
        import click

        raise click.UsageError(f"there is no command {first!r}: did you mean {near[0]}?")


def warn(words: str) -> None:
    """Narration. Where stderr is gone, as a terminal that hung up, nobody is left to tell."""
    with suppress(OSError):
        print(f"chatwatch: {words}", file=sys.stderr)


def fail(words: str, code: int = EXIT_FAILED) -> NoReturn:
    """End with words for the user."""
    warn(words)
    raise SystemExit(code)


def watch(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch watch`."""
    from chatwatch_tui.cli.to_config import settings_file
    from chatwatch_tui.cli.to_settings import watch_settings

    settings = watch_settings(context, options)
    _require_terminal()
    return _dashboard(settings, settings_file(context))


def _require_terminal() -> None:
    """Before anything is started or imported that a refusal would not need."""
    from chatwatch_tui.ui.terminal_check import EXIT_HANGUP, NoTerminal, require_terminal, terminal_is_gone

    try:
        require_terminal(os.environ)
    except NoTerminal as reason:
        fail(str(reason), EXIT_HANGUP if terminal_is_gone() else EXIT_TERMINAL)


def _dashboard(settings: WatchSettings, file: SettingsFile | None = None, **demo: Any) -> int:
    with interrupts_held():
        from chatwatch_tui.ui.run import AccountNotWritten, run_dashboard
        from chatwatch_tui.ui.themes import UnknownTheme

    try:
        return run_dashboard(settings, file=file, narrate=warn, **demo)
    except AccountNotWritten as problem:
        fail(str(problem))
    except UnknownTheme as problem:
        fail(str(problem), EXIT_USAGE)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl+C waits until the end of this: KeyboardInterrupt amid an import may hit a callback of the import system,
    which swallows it, and the program that was to end would go on.

    A handler instead of a signal mask: a mask holds for one thread, and any other thread would take the signal for us.
    """
    import signal

    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def demo(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch demo`."""
    import msgspec

    from chatwatch_tui.cli.to_config import settings_file
    from chatwatch_tui.cli.to_settings import demo_settings
    from chatwatch_tui.demo.broker import BrokerError

    played = {name: options.pop(name) for name in ("conversations", "rate", "seed")}
    settings = demo_settings(context, options)
    _require_terminal()
    from chatwatch_tui.demo.session import DemoSession

    try:
        with DemoSession(**played) as session:
            settings = msgspec.structs.replace(settings, servers=(session.url,))
            file = settings_file(context, "nats.", "sse.", "conversations")
            return _dashboard(settings, file, clean_ups=(session.stop,), trouble=session.trouble)
    except BrokerError as problem:
        fail(str(problem))


def simulate(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch simulate`."""
    import asyncio

    from chatwatch_tui.cli.to_settings import publishing_target
    from chatwatch_tui.demo.simulator import ConnectionLost, SimulatorError, run_until_signalled

    target = publishing_target(context, options)
    options |= {"signin": target.signin, "prefix": target.prefix}
    try:
        published = asyncio.run(run_until_signalled(*target.servers, **options, narrate=warn))
    except ConnectionLost as problem:
        _print_account(problem.published)
        fail(f"{problem}; the account is of what the server had until then. Start again when it is back")
    except SimulatorError as problem:
        fail(str(problem), problem.exit_code)
    _print_account(published)
    return 0


def _print_account(published: Published) -> None:
    """Of `simulate`, on stdout."""
    import json

    try:
        print(json.dumps(published.as_json()), flush=True)
    except BrokenPipeError:
        raise
    except OSError as problem:
        from chatwatch_tui.cli.explaining import let_go_of_stdout

        let_go_of_stdout()
        fail(f"the account cannot be written to standard output: {problem.strerror}")


def serve(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch serve`."""
    _require_extra("serve", "fastapi", "uvicorn", "jwt", "prometheus_client")
    from chatwatch_tui.cli.to_relay import relay_settings
    from chatwatch_tui.relay.access import AccessError, is_loopback, open_gate
    from chatwatch_tui.relay.run import RelayError, run_relay

    settings, access_settings = relay_settings(context, options)
    if not is_loopback(settings.host):
        warn("the endpoint speaks no TLS: put a proxy that does in front of it, or tokens travel in clear")
    try:
        access = open_gate(access_settings, settings.host)
        return run_relay(settings, access.gate, sessions=access.sessions, retry_after=access.retry_after)
    except (AccessError, RelayError) as problem:
        fail(str(problem))


def _require_extra(extra: str, *modules: str) -> None:
    from importlib.util import find_spec

    if missing := [module for module in modules if find_spec(module) is None]:
        from chatwatch_tui.extras import install_command

        what, them = ", ".join(missing), "it" if len(missing) == 1 else "them"
        fail(f"there is no {what} here: {install_command(extra)} brings {them} along")


def token_add(user: str, owns: tuple[str, ...], views: tuple[str, ...], days: float | None, tokens: Path | None) -> int:
    """`chatwatch token add`."""
    from datetime import UTC, datetime, timedelta

    from chatwatch_tui.relay.access import AccessError
    from chatwatch_tui.relay.access_tokens import add_token

    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    try:
        made = add_token(_tokens_file(tokens), user, owns=owns, views=views, expires=expires)
    except AccessError as problem:
        fail(str(problem))
    warn(f"a token for {user}, shown this once:")
    print(made.token, flush=True)
    return 0


def token_list(tokens: Path | None) -> int:
    """`chatwatch token list`: one line a token, tab-separated, for people and programs."""
    from chatwatch_tui.relay.access import AccessError
    from chatwatch_tui.relay.access_tokens import list_tokens

    try:
        found = list_tokens(_tokens_file(tokens))
    except AccessError as problem:
        fail(str(problem))
    for each in found:
        ends = each.expires.isoformat(timespec="seconds") if each.expires else "never"
        owns, views = ",".join(each.owns) or "-", ",".join(each.views) or "-"
        print(each.id, each.user, each.state(), f"ends {ends}", f"owns {owns}", f"views {views}", sep="\t")
    if not found:
        warn("there are no tokens yet: `chatwatch token add USER --own ID` makes one")
    return 0


def token_revoke(identity: str, tokens: Path | None) -> int:
    """`chatwatch token revoke`."""
    from chatwatch_tui.relay.access import AccessError
    from chatwatch_tui.relay.access_tokens import revoke_token

    try:
        revoked = revoke_token(_tokens_file(tokens), identity)
    except AccessError as problem:
        fail(str(problem))
    warn(f"token {revoked.id} of {revoked.user} is revoked")
    return 0


def _tokens_file(given: Path | None) -> Path:
    """As `serve` finds it, so that a token that is added is one that it knows."""
    from chatwatch_tui.config.load import Asked, resolve
    from chatwatch_tui.paths import config_folder

    if given is not None:
        return given.expanduser()
    found = resolve(Asked())
    if found.problems:
        fail("\n".join(map(str, found.problems)), EXIT_USAGE)
    return found.settings.serve.tokens or config_folder() / "tokens.json"
