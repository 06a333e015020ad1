"""Which way text goes to the clipboard, what is sent to the terminal, and what is said of it."""

from __future__ import annotations

import base64
import os
import signal
import stat
from pathlib import Path

import pytest

from chatwatch_tui.ui import clipboard
from chatwatch_tui.ui.clipboard import MAX_OSC_52, MAX_OVER_SLOW_LINK, Program, TooLong, copy, osc_52, programs, run
from chatwatch_tui.ui.pacing import AT_ONCE
from tests.ui.conversations import HOSTILE

SSH = {"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 22"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, []),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ["wl-copy", "xclip", "xsel"]),
        ({"DISPLAY": ":0"}, ["xclip", "xsel"]),
        (SSH, []),
        (SSH | {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, []),
        (SSH | {"DISPLAY": "localhost:10.0"}, ["xclip", "xsel"]),
        (SSH | {"TMUX": "/tmp/tmux,1,0"}, ["tmux"]),
        ({"DISPLAY": ":0", "TMUX": "/tmp/tmux,1,0"}, ["xclip", "xsel", "tmux"]),
    ],
)
def test_a_program_is_used_only_where_it_reaches_the_operators_clipboard(
    environ: dict[str, str], expected: list[str]
) -> None:
    found = programs(environ, platform="linux", find=lambda name: f"/usr/bin/{name}")
    assert [Path(each.argv[0]).name for each in found] == expected
    assert programs(environ, platform="linux", find=lambda name: None) == []


def test_on_a_mac_it_is_pbcopy_but_not_over_ssh() -> None:
    assert [each.words for each in programs({}, platform="darwin", find=lambda name: name)] == ["pbcopy"]
    assert programs(SSH, platform="darwin", find=lambda name: name) == []


def program(tmp_path: Path, script: str) -> Program:
    path = tmp_path / "copier"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(stat.S_IRWXU)
    return Program((str(path),), "copier")


def test_text_goes_in_by_standard_input_and_never_by_argv(tmp_path: Path) -> None:
    assert run(program(tmp_path, f'cat > "{tmp_path}/got"; test $# = 0'), "$(touch x) 'a' \"b\" 中\n")
    assert (tmp_path / "got").read_text() == "$(touch x) 'a' \"b\" 中\n"


def test_a_program_that_fails_hangs_or_is_not_there_took_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "WITHIN", 0.3)
    assert not run(program(tmp_path, "cat >/dev/null; exit 1"), "a")
    assert not run(Program((str(tmp_path / "nowhere"),), ""), "a")
    assert not run(program(tmp_path, "exec sleep 600"), "a" * 1_000_000)


def test_one_that_stays_in_the_background_holds_nobody_up(tmp_path: Path) -> None:
    assert run(program(tmp_path, f'cat >/dev/null; sleep 600 & echo $! >"{tmp_path}/pid"'), "a")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # it is there still


def unwrapped(sequence: str) -> str:
    assert sequence.startswith("\x1b]52;c;")
    assert sequence.endswith("\x07")
    return base64.b64decode(sequence[7:-1], validate=True).decode()


def test_bare_in_tmux_and_in_screen_the_terminal_gets_the_same_sequence() -> None:
    text = "hello 中文 " * 200
    bare, words = osc_52(text, {})
    assert unwrapped(bare) == text
    assert words == "OSC 52"
    tmux, words = osc_52(text, {"TMUX": "x"})
    assert tmux.startswith("\x1bPtmux;")
    assert tmux.endswith("\x1b\\")
    assert tmux[7:-2].replace("\x1b\x1b", "\x1b") == bare
    assert "allow-passthrough" in words
    screen, words = osc_52(text, {"STY": "x"})
    pieces = screen.removesuffix("\x1b\\").split("\x1b\\")
    assert all(each.startswith("\x1bP") and len(each) < 256 for each in pieces)
    assert "".join(each[2:] for each in pieces) == bare
    assert "screen" in words


@pytest.mark.parametrize("term", ["screen", "screen-256color"])
def test_where_tmux_or_screen_is_at_the_other_end_both_get_what_they_understand(term: str) -> None:
    environ = {"TERM": term, "SSH_TTY": "/dev/pts/1"}
    bare, _ = osc_52("short", {})
    sequence, words = osc_52("short", environ)
    assert sequence == f"{bare}\x1bP{bare}\x1b\\"
    assert "set-clipboard" in words
    text = "hello 中文 " * 200
    assert osc_52(text, environ)[0] == osc_52(text, {})[0], "screen would show the rest of a long one"
    assert osc_52(text, {"TERM": "screen.xterm-256color"})[0] == osc_52(text, {"STY": "x"})[0]
    assert osc_52(text, {"TERM": term, "TMUX": "x"})[0] == osc_52(text, {"TMUX": "x"})[0]
    assert osc_52(text, {"TERM": term, "STY": "x"})[0] == osc_52(text, {"STY": "x"})[0]


def test_no_byte_of_the_text_acts_on_the_terminal() -> None:
    sequence, _ = osc_52(HOSTILE, {})
    assert "\x1b" not in unwrapped(sequence)
    assert sequence.count("\x1b") == sequence.count("\x07") == 1


def test_what_is_too_long_is_refused_whole() -> None:
    assert len(osc_52("a" * MAX_OSC_52, {})[0]) <= 100_000
    with pytest.raises(TooLong, match=r"^74,995 B, the terminal's clipboard takes 74,994 B$"):
        osc_52("a" * (MAX_OSC_52 + 1), {})
    with pytest.raises(TooLong, match=r"^75.5 kB, the terminal's clipboard takes 75.0 kB$"):
        osc_52("a" * 75_500, {})


def test_over_a_slow_link_a_sequence_takes_no_more_than_two_seconds() -> None:
    for environ in ({}, {"TMUX": "x"}, {"STY": "x"}):
        size = len(osc_52("a" * MAX_OVER_SLOW_LINK, environ, MAX_OVER_SLOW_LINK)[0])
        assert size <= 2 * AT_ONCE * (1.02 if "STY" in environ else 1)
    with pytest.raises(TooLong, match=r"^20.0 kB, a slow link takes 10.3 kB$"):
        copy("a" * 20_000, "terminal", {}, print, MAX_OVER_SLOW_LINK)


def test_copying_tries_programs_then_the_terminal_and_says_which_way_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    works, fails = program(tmp_path, "cat >/dev/null"), Program(("/nowhere",), "")
    monkeypatch.setattr(clipboard, "programs", lambda environ: [fails, works])
    assert copy("abc", "auto", os.environ, written.append) == "3 B copied (copier)"
    assert copy("a", "auto", os.environ, written.append, 9, "1 secret gone") == "1 B copied, 1 secret gone (copier)"
    assert written == []
    assert copy("abc", "terminal", {}, written.append) == "3 B sent to the terminal's clipboard (OSC 52)"
    monkeypatch.setattr(clipboard, "programs", lambda environ: [fails])
    assert copy("\x1b", "auto", {}, written.append) == "3 B sent to the terminal's clipboard (OSC 52)"
    assert [unwrapped(each) for each in written] == ["abc", "␛"]
    with pytest.raises(TooLong):
        copy("a" * 100_000, "auto", {}, written.append)
