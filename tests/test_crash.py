"""A crash: one line that a terminal may see, and a private report that gives no secrets away."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chatwatch_tui import __version__
from chatwatch_tui.crash import report_crash
from chatwatch_tui.paths import log_folder


def crashed(*words: object, password: str = "hunter2") -> BaseException:
    """An exception that was raised where a secret was a local variable, for a reason that had one too."""
    try:
        try:
            token = password * 2
            raise KeyError("the cause")
        except KeyError as cause:
            raise ValueError(*words) from cause
    except ValueError as problem:
        assert token
        return problem


def the_report() -> Path:
    (report,) = log_folder().iterdir()
    return report


def test_the_user_sees_one_line_and_where_the_report_is() -> None:
    assert report_crash(crashed("no roof")) == (
        f"chatwatch crashed: ValueError: no roof\nThe report is in {the_report()}"
    )


def test_the_report_has_version_traceback_and_cause_but_no_local_variables() -> None:
    report_crash(crashed("no roof"))
    report = the_report().read_text()
    assert report.startswith(f"chatwatch {__version__}\nTraceback")
    assert "KeyError: 'the cause'" in report
    assert report.endswith("ValueError: no roof\n")
    assert "hunter2" not in report


def test_only_its_owner_may_read_the_report() -> None:
    report_crash(crashed("no roof"))
    assert the_report().name.startswith("crash-")
    assert stat.S_IMODE(the_report().stat().st_mode) == 0o600
    assert stat.S_IMODE(the_report().parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("words", ["\x1b[2J", "\x9b31m", "a\nb\r\nc", "\u202egnp", "\udc80", "\x07"])
def test_what_an_exception_says_cannot_touch_the_terminal(words: str) -> None:
    line, place = report_crash(crashed(words)).splitlines()
    assert (line + place).isprintable()
    assert the_report().exists()


def test_an_exception_that_says_much_is_cut() -> None:
    assert len(report_crash(crashed("x" * 10_000)).splitlines()[0]) < 300


def test_an_exception_without_words_is_named() -> None:
    assert report_crash(crashed()).startswith("chatwatch crashed: ValueError")


def test_a_report_that_cannot_be_written_is_said_to_be_so() -> None:
    log_folder().parent.mkdir(parents=True, exist_ok=True)
    log_folder().write_text("a file where the folder should be")
    line, second = report_crash(crashed("no roof")).splitlines()
    assert line == "chatwatch crashed: ValueError: no roof"
    assert second.startswith("The report could not be written: ")
