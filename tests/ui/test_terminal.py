"""Whatever ends the program, the terminal gets back what it had, soon, and the exit code tells how it was."""

from __future__ import annotations

import io
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatwatch_tui.ui import terminal_check
from chatwatch_tui.ui.terminal import IN_EARNEST, RESTORE
from chatwatch_tui.ui.terminal_check import EXIT_HANGUP, NoTerminal, require_terminal
from chatwatch_tui.ui.terminal_driver import UNANSWERED
from chatwatch_tui.ui.terminal_output import TerminalOutput
from tests.pty_session import PtySession

APP = [sys.executable, "-m", "tests.ui.apps.guarded"]
LEFT_SCREEN = b"\x1b[?1049l"
SWITCHED_ON = (b"?1049", b"?1000", b"?1003", b"?1006", b"?1015", b"?1004", b"?2004")


@contextmanager
def running(*arguments: str) -> Iterator[PtySession]:
    with PtySession([*APP, *arguments]) as session:
        before = session.attributes()
        session.wait_for_output(b"ready")
        assert session.attributes() != before, "the application is in raw mode"
        yield session


def still_as_before(session: PtySession) -> None:
    """Settings of a fresh terminal, and every mode that was switched on is off again."""
    with PtySession(["true"]) as fresh:
        assert session.attributes() == fresh.attributes()
    session.wait_for_output(LEFT_SCREEN)
    session.wait_for(lambda s: s.output.rfind(b"\x1b[?25h") > s.output.rfind(b"\x1b[?25l"), "the cursor to be shown")
    for mode in SWITCHED_ON:
        on, off = (session.output.rfind(b"\x1b[" + mode + letter) for letter in (b"h", b"l"))
        assert off > on >= 0, f"{mode!r} was left on"
    assert session.output.rfind(b"\x1b[?7h") > session.output.rfind(b"\x1b[?7l")
    assert session.output.count(b"\x1b[<u") == session.output.count(b"\x1b[>25u"), "the shell's keyboard mode is kept"


ENDINGS: dict[str, tuple[Callable[[PtySession], None], int]] = {
    "quit": (lambda s: s.type(b"q"), 0),
    "Ctrl+C": (lambda s: s.type(b"\x03"), 0),
    "SIGTERM": (lambda s: s.signal(signal.SIGTERM), 143),
    "SIGHUP": (lambda s: s.signal(signal.SIGHUP), 129),
    "SIGINT": (lambda s: s.signal(signal.SIGINT), 130),
    "SIGQUIT": (lambda s: s.signal(signal.SIGQUIT), 131),
    "quit with something on its way": (lambda s: s.type(b"d"), 0),
    "crash": (lambda s: s.type(b"x"), 1),
    "crash in a worker": (lambda s: s.type(b"w"), 1),
}


@pytest.mark.parametrize("way", ENDINGS)
def test_restored(way: str) -> None:
    end, expected = ENDINGS[way]
    with running() as session:
        end(session)
        assert session.wait_for_end() == expected
        still_as_before(session)
        wiped, left = session.output.rfind(b"\x1b[H\x1b[2J"), session.output.rfind(LEFT_SCREEN)
        assert 0 <= wiped < left, "nothing of the dashboard is left for tmux to push into view"
        if expected == 1:
            session.wait_for_output(b"crashed: ")
            assert b"hunter2" not in session.output
            assert b"Traceback" not in session.output
            assert b"1 thread" in session.output, "no thread was left behind"


def stall(session: PtySession, beats: Path) -> None:
    """Nobody reads, and the event loop stands still because of it."""
    session.pause_reading()
    session.type(b"f")
    seen: list[str] = []

    def stands_still(_: PtySession) -> bool:
        seen.append(beats.read_text() if beats.exists() else "")
        return len(seen) > 10 and bool(seen[-1]) and len(set(seen[-10:])) == 1

    session.wait_for(stands_still, "the event loop to wait for the terminal")


@pytest.mark.parametrize("way", ["SIGTERM", "SIGHUP"])
def test_restored_while_the_terminal_is_stalled(way: str, tmp_path: Path) -> None:
    end, expected = ENDINGS[way]
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        end(session)
        assert session.wait_for_end() == expected
        session.resume_reading()
        still_as_before(session)
        assert b"cleaned up" not in session.output, "it ended the clean way"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((signal.SIGTERM, signal.SIGTERM), 143),
        ((signal.SIGINT, signal.SIGINT), 130),
        ((signal.SIGHUP, signal.SIGTERM), 129),
    ],
    ids=["TERM TERM", "INT INT", "HUP TERM"],
)
def test_nothing_follows_what_restores_the_terminal(
    numbers: tuple[signal.Signals, signal.Signals], expected: int, tmp_path: Path
) -> None:
    """Asked twice while the terminal is stalled, the program ends at once; what waited to be shown is for nobody."""
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.signal(numbers[0])
        time.sleep(IN_EARNEST + 0.1)
        session.signal(numbers[1])
        assert session.wait_for_end() == expected
        session.resume_reading()
        session.wait_for_output(b"cleaned up")
        assert session.output.endswith(RESTORE + b"cleaned up")
        still_as_before(session)


@pytest.mark.parametrize(("key", "expected"), [(b"q", 0), (b"x", 1)])
def test_a_key_that_was_pressed_in_a_stall_acts_after_it(key: bytes, expected: int, tmp_path: Path) -> None:
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.type(key)
        session.resume_reading()
        assert session.wait_for_end() == expected
        still_as_before(session)


@pytest.mark.parametrize("moment", [b"winding up", b"last moments"])
@pytest.mark.parametrize(
    ("end", "expected"),
    [(lambda s: s.signal(signal.SIGTERM), 143), (lambda s: s.signal(signal.SIGINT), 130), (lambda s: s.type(b"q"), 0)],
    ids=["SIGTERM", "SIGINT", "quit"],
)
def test_a_signal_that_comes_when_it_is_ending_changes_nothing(
    end: Callable[[PtySession], None], expected: int, moment: bytes
) -> None:
    """Who presses Ctrl+C twice presses it the second time on a terminal that is restored: then it is a signal."""
    with running("slow-end") as session:
        end(session)
        session.wait_for_output(moment)
        session.signal(signal.SIGINT)
        session.signal(signal.SIGTERM)
        assert session.wait_for_end() == expected
        assert b"Traceback" not in session.output
        still_as_before(session)


def test_ctrl_c_again_and_again_is_one_quit() -> None:
    """From the moment in which the terminal is given back the key is a signal again."""
    with running("slow-end") as session:
        session.type(b"\x03")
        session.wait_for(lambda s: s.attributes()[3] & termios.ISIG, "the terminal to be given back")
        while not session.has_ended():
            session.type(b"\x03")
            time.sleep(0.02)
        assert session.wait_for_end() == 0
        assert b"Traceback" not in session.output


def test_ctrl_c_twice_ends_it_while_the_terminal_is_stalled(tmp_path: Path) -> None:
    """The loop, which would act upon the key, waits for the terminal."""
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.type(b"\x03")
        session.type(b"\x03")
        assert session.wait_for_end() == 0
        session.resume_reading()
        still_as_before(session)
        assert b"cleaned up" not in session.output, "it ended the clean way"


def test_ctrl_c_twice_ends_an_application_that_hangs(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    with running(str(beats)) as session:
        session.type(b"h")
        session.wait_for(lambda _: beats.exists(), "the event loop to hang")
        session.type(b"\x03")
        session.type(b"\x03")
        assert session.wait_for_end() == 0
        session.wait_for_output(RESTORE + b"cleaned up")
        still_as_before(session)


@pytest.mark.parametrize("keys", [b"\x03", b"qqq"], ids=["Ctrl+C once", "q"])
def test_no_other_keys_cut_a_stall_short(keys: bytes, tmp_path: Path) -> None:
    """`q` is a letter where something is being typed, and what is typed may be meant for after the stall."""
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.type(keys)
        time.sleep(UNANSWERED + 1)
        assert not session.has_ended()
        session.resume_reading()
        assert session.wait_for_end() == 0
        still_as_before(session)


def test_quitting_into_a_stall(tmp_path: Path) -> None:
    """The terminal stalls when the application already ends: its last words are thrown away, the modes are not."""
    with running() as session:
        session.pause_reading()
        session.type(b"q")
        assert session.wait_for_end() == 0
        session.resume_reading()
        still_as_before(session)


def test_a_hanging_application_is_cut_off(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    with running(str(beats)) as session:
        session.type(b"h")
        session.wait_for(lambda _: beats.exists(), "the event loop to hang")
        session.signal(signal.SIGTERM)
        assert session.wait_for_end() == 143
        still_as_before(session)
        assert RESTORE in session.output
        session.wait_for_output(b"cleaned up")


@pytest.mark.parametrize("arguments", [(), ("ignore-hangup",)], ids=["hangup", "nohup"])
def test_a_terminal_that_is_gone_ends_the_program(arguments: tuple[str, ...]) -> None:
    with running(*arguments) as session:
        used = session.cpu_so_far()
        session.close_terminal()
        assert session.wait_for_end() == EXIT_HANGUP
        assert session.cpu_seconds - used < 2.0, "it did not spin"


def test_a_terminal_that_is_gone_while_stalled_ends_the_program(tmp_path: Path) -> None:
    with running("ignore-hangup", str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.close_terminal()
        assert session.wait_for_end() == EXIT_HANGUP


def test_suspended_and_back() -> None:
    with running() as session:
        session.type(b"\x1a")
        session.wait_for_stop()
        still_as_before(session)
        session.signal(signal.SIGCONT)
        session.wait_for(lambda s: s.output.count(b"\x1b[?1049h") == 2, "the screen to be taken again")
        session.wait_for(lambda s: "ready" in s.screen()[0], "the text to be drawn again")
        session.wait_for(
            lambda s: s.output.rsplit(b"\x1b[?1049h", 1)[1].count(b"\n") >= s.rows - 1, "all rows, not what changed"
        )
        session.type(b"q")
        assert session.wait_for_end() == 0
        still_as_before(session)


def test_suspended_while_stalled(tmp_path: Path) -> None:
    with running(str(tmp_path / "beats")) as session:
        stall(session, tmp_path / "beats")
        session.signal(signal.SIGTSTP)
        session.wait_for_stop()
        session.resume_reading()
        still_as_before(session)
        (tmp_path / "beats").unlink()
        session.signal(signal.SIGCONT)
        session.wait_for(lambda _: (tmp_path / "beats").exists(), "frames again")
        session.signal(signal.SIGTERM)
        assert session.wait_for_end() == 143


def test_input_that_is_not_text_does_no_harm() -> None:
    with running() as session:
        session.type(b"\xff\xfe\xc3")
        session.type(b"q")
        session.type(b"q")  # the first one may complete a broken character
        assert session.wait_for_end() == 0


# -- the way out -------------------------------------------------------------------------------------------------------


def test_what_the_encoding_lacks_becomes_question_marks_as_wide() -> None:
    with PtySession(["true"]) as session:
        session.wait_for_end()
    lost: list[bool] = []
    reading, writing = _pipe()
    with reading, writing:
        output = TerminalOutput(writing.fileno(), "latin-1", lambda: lost.append(True))
        output.write("é 你好 →")
        output.flush()
        assert reading.read(100) == "é ???? ?".encode("latin-1")
    assert not lost


def test_a_lost_terminal_is_said_once_and_then_everything_is_thrown_away() -> None:
    lost: list[bool] = []
    reading, writing = _pipe()
    with writing:
        reading.close()
        output = TerminalOutput(writing.fileno(), "utf-8", lambda: lost.append(True))
        for _ in range(3):
            output.write("x" * 100_000)
            output.flush()
    assert lost == [True]
    assert output.cut


def _pipe() -> tuple[io.FileIO, io.FileIO]:
    import os

    reading, writing = os.pipe2(os.O_NONBLOCK)
    return io.FileIO(reading, "r"), io.FileIO(writing, "w")


# -- what is asked before anything is drawn ----------------------------------------------------------------------------


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "tmux-256color", "linux", "vt100"])
def test_terminals_that_will_do(term: str) -> None:
    require_terminal({"TERM": term}, Tty(), Tty())


@pytest.mark.parametrize(
    ("environ", "stdin", "stdout", "words"),
    [
        ({"TERM": "xterm"}, io.StringIO(), Tty(), "its input is not one"),
        ({"TERM": "xterm"}, Tty(), io.StringIO(), "its output is not one"),
        ({}, Tty(), Tty(), "TERM is not set"),
        ({"TERM": "dumb"}, Tty(), Tty(), "a terminal of type 'dumb'"),
    ],
)
def test_terminals_that_will_not(environ: dict[str, str], stdin: io.StringIO, stdout: io.StringIO, words: str) -> None:
    with pytest.raises(NoTerminal, match=words):
        require_terminal(environ, stdin, stdout)


def test_a_terminal_too_small_for_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_check, "terminal_size", lambda _: (19, 24))
    with pytest.raises(NoTerminal, match="19 columns and 24 rows"):
        require_terminal({"TERM": "xterm"}, Tty(), Tty())
    monkeypatch.setattr(terminal_check, "terminal_size", lambda _: (0, 0))
    require_terminal({"TERM": "xterm"}, Tty(), Tty())
