"""`chatwatch replay`: the dashboard, and a recording in place of a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatwatch_tui import cli
from chatwatch_tui.cli.options import Number, config_options, passing_screen_options

_EXIT_CODES = "Exit codes are those of `chatwatch watch`; 1 where the file is no recording."


@click.command(epilog=_EXIT_CODES, short_help="A recording (key r), shown again.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@click.option(
    "--speed", type=Number(0.01, 1_000), default=1.0, show_default=True, help="Seconds of the recording in a second."
)
@click.option(
    "--follow-pace/--at-once", "follow_pace", default=True, help="At the pace at which it came, or all at once."
)
@passing_screen_options
@config_options
@click.pass_context
def replay(context: click.Context, /, file: Path, speed: float, follow_pace: bool, **options: Any) -> int:
    """Show the recording FILE again, with the times that it was recorded with.

    \b
    chatwatch replay recording-20261124-120431.jsonl
    chatwatch replay recording-20261124-120431.jsonl --speed 4
    chatwatch replay recording-20261124-120431.jsonl --at-once
    """
    import msgspec

    from chatwatch_tui.cli.to_config import settings_file
    from chatwatch_tui.cli.to_settings import demo_settings
    from chatwatch_tui.core.recording import NoRecording, Replay, read_header
    from chatwatch_tui.core.safetext import safe_line

    try:
        with file.open("rb") as opened:
            read_header(opened.readline(1_000_000))
    except (NoRecording, OSError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        cli.fail(f"{file} {reason}")
    settings = msgspec.structs.replace(
        demo_settings(context, options),
        source=file.name,
        replay=Replay(file, speed, not follow_pace),
    )
    how = "" if follow_pace else ", at once"
    hint = f"Recording {safe_line(file.name)}{how}.  {{help}} all keys, {{quit}} quit"
    settings = msgspec.structs.replace(settings, screen=msgspec.structs.replace(settings.screen, hint=hint))
    cli._require_terminal()
    return cli._dashboard(settings, settings_file(context, "nats.", "sse.", "conversations"))
