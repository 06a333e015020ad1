"""The command line: argv to settings to one of the rooms. The only module that prints and exits.

Imports are late on purpose: `--version` and `--help` pay for click and nothing else. stdout is data, stderr narration.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from chatwatch_tui import __version__

if TYPE_CHECKING:
    import click

    from chatwatch_tui.settings import WatchSettings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_TERMINAL = 3
EXIT_PIPE = 128 + 13  # SIGPIPE, as other programs end whose reader is gone

COMMANDS = ("watch", "demo", "simulate")


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
            arguments = ["watch", *arguments]  # bare `chatwatch` watches
        code = build().main(arguments, prog_name="chatwatch", standalone_mode=False)
    except SystemExit:
        raise
    except BaseException as problem:  # nothing reaches a user as a traceback
        raise SystemExit(_explain(problem)) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _explain(problem: BaseException) -> int:
    """Say what went wrong on stderr; the exit code."""
    if isinstance(problem, BrokenPipeError):
        # Nobody reads any more. What is still buffered must not fail once more when the interpreter flushes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    import click

    if isinstance(problem, click.exceptions.Exit):
        return problem.exit_code
    if isinstance(problem, click.ClickException):
        problem.show()
        return problem.exit_code
    if isinstance(problem, (click.Abort, KeyboardInterrupt)):
        return 130
    from chatwatch_tui.crash import report_crash

    print(report_crash(problem), file=sys.stderr)
    return EXIT_FAILED


def warn(words: str) -> None:
    """Narration."""
    print(f"chatwatch: {words}", file=sys.stderr)


def fail(words: str, code: int = EXIT_FAILED) -> NoReturn:
    """End with words for the user."""
    warn(words)
    raise SystemExit(code)


def watch(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch watch`."""
    from chatwatch_tui.cli.to_settings import watch_settings

    settings = watch_settings(context, options)
    _require_terminal()
    return _dashboard(settings)


def _require_terminal() -> None:
    """Before anything is started or imported that a refusal would not need."""
    from chatwatch_tui.ui.terminal_check import NoTerminal, require_terminal

    try:
        require_terminal(os.environ)
    except NoTerminal as reason:
        fail(str(reason), EXIT_TERMINAL)


def _dashboard(settings: WatchSettings, clean_ups: tuple[Any, ...] = ()) -> int:
    import gc

    gc.disable()  # until the screen is up (`ui.run`): collecting while everything is imported finds nothing
    from chatwatch_tui.ui.run import AccountNotWritten, run_dashboard

    try:
        return run_dashboard(settings, clean_ups=clean_ups)
    except AccountNotWritten as problem:
        fail(str(problem))


def demo(context: click.Context, options: dict[str, Any]) -> int:
    """`chatwatch demo`."""
    import msgspec

    from chatwatch_tui.cli.to_settings import demo_settings
    from chatwatch_tui.demo.broker import BrokerError

    played = {name: options.pop(name) for name in ("conversations", "rate", "seed")}
    settings = demo_settings(context, options)
    _require_terminal()
    from chatwatch_tui.demo.session import DemoSession

    try:
        with DemoSession(**played) as session:
            return _dashboard(msgspec.structs.replace(settings, servers=(session.url,)), (session.stop,))
    except BrokerError as problem:
        fail(str(problem))


def simulate(options: dict[str, Any]) -> int:
    """`chatwatch simulate`."""
    import asyncio
    import json

    from chatwatch_tui.cli.to_settings import checked_prefix
    from chatwatch_tui.demo.simulator import SimulatorError, run_until_signalled

    checked_prefix(options["prefix"])
    try:
        published = asyncio.run(run_until_signalled(**options, narrate=warn))
    except SimulatorError as problem:
        fail(str(problem), problem.exit_code)
    print(json.dumps(published.as_json()), flush=True)
    return 0
