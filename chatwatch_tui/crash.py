"""What a user sees of a crash: one line and where the report is. Never a traceback, never local variables."""

from __future__ import annotations

import time
import traceback

from chatwatch_tui import __version__
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.paths import log_folder, write_private


def report_crash(problem: BaseException) -> str:
    """Write the report into the log folder; the line for the user."""
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}.log"
    report = f"chatwatch {__version__}\n{''.join(traceback.format_exception(problem))}"
    line = f"chatwatch crashed: {type(problem).__name__}: {safe_line(str(problem), 200)}"
    try:
        return f"{line}\nThe report is in {write_private(log_folder(), name, report)}"
    except OSError as trouble:
        return f"{line}\nThe report could not be written: {trouble}"
