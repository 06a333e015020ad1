"""What a user reads, and the exit code, when a command ends by an exception. Imported only then."""

from __future__ import annotations

import errno
import os
import re
import sys
import termios

import click
from click.core import ParameterSource

from chatwatch_tui.cli import EXIT_FAILED
from chatwatch_tui.ui.terminal_check import EXIT_HANGUP, terminal_is_gone

EXIT_PIPE = 128 + 13  # SIGPIPE, as other programs end whose reader is gone

_GONE = ((errno.EIO,), (errno.ENXIO,))
"""With what reading, writing and opening a terminal fails that was hung up."""

_NUMBERS = {"integer": "whole number", "float": "number"}
_IN_CLICKS_WORDS = re.compile(r"is not a valid (integer|float)(?: range)?\b")


def explain(problem: BaseException) -> int:
    """Say what went wrong on stderr; the exit code."""
    if isinstance(problem, BrokenPipeError):
        let_go_of_stdout()  # nobody reads any more
        return EXIT_PIPE
    if isinstance(problem, click.exceptions.Exit):
        return problem.exit_code
    if isinstance(problem, click.ClickException):
        if isinstance(problem, click.BadParameter):
            _name_the_variable(problem)
        if type(problem) is click.BadParameter:
            problem = click.BadParameter(_in_our_words(problem), problem.ctx, problem.param, problem.param_hint)
        problem.show()
        return problem.exit_code
    if isinstance(problem, (click.Abort, KeyboardInterrupt)):
        return 130
    if isinstance(problem, (OSError, termios.error)) and problem.args[:1] in _GONE and terminal_is_gone():
        return EXIT_HANGUP  # it went before a `TerminalGuard` was there to see it, and nobody reads a word
    from chatwatch_tui.crash import report_crash  # looks at what is installed, which only a crash needs

    print(report_crash(problem), file=sys.stderr)
    return EXIT_FAILED


def _in_our_words(problem: click.BadParameter) -> str:
    return _IN_CLICKS_WORDS.sub(lambda found: f"is no {_NUMBERS[found[1]]}", problem.message)


def _name_the_variable(problem: click.BadParameter) -> None:
    """A value that came from a variable is mended there; click names the flag, which nobody wrote."""
    context, option = problem.ctx, problem.param
    if context is None or option is None or not option.name:
        return
    if context.get_parameter_source(option.name) is not ParameterSource.ENVIRONMENT:
        return
    given = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    given.append(f"{context.auto_envvar_prefix}_{option.name.upper()}")
    problem.param_hint = next((name for name in given if os.environ.get(name)), None) or problem.param_hint


def let_go_of_stdout() -> None:
    """What is still buffered must not fail once more when the interpreter flushes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
