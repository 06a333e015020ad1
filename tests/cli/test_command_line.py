"""The command `chatwatch`: what it understands, what it refuses and in which words, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui import __version__
from chatwatch_tui.cli import interrupts_held
from chatwatch_tui.cli.commands import build
from chatwatch_tui.core.conversation import StallLimits
from tests.cli import CHATWATCH, PATIENCE, UNHURRIED, chatwatch, refusal_of, run, settings_of
from tests.pty_session import PtySession

ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
OTHER = "00000000-0000-4000-8000-00000000000a"
NO_TERMINAL = 3


def program(body: str) -> list[str]:
    """A chatwatch whose `watch` does something else."""
    return [
        sys.executable,
        "-c",
        f"import os, time\nfrom chatwatch_tui import cli\ndef watch(context, options):\n    {body}\n"
        "cli.watch = watch\ncli.main(['watch'])",
    ]


# -- help ----------------------------------------------------------------------------------------------------------


def test_the_version_is_one_line_on_stdout() -> None:
    assert chatwatch("--version") == (0, f"chatwatch {__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_begins_with_examples(flag: str) -> None:
    code, out, err = chatwatch(flag)
    assert (code, err) == (0, "")
    examples = [out.index(words) for words in ("  chatwatch demo ", "  chatwatch watch -s nats://")]
    assert max(examples) < out.index("Options:") < out.index("Commands:")


def all_commands(context: click.Context) -> Iterator[click.Context]:
    """The command and those below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from all_commands(click.Context(command, info_name=name, parent=context))


def test_no_help_is_wider_than_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    helps = {each.command_path: each.get_help() for each in all_commands(click.Context(build(), info_name="chatwatch"))}
    assert {"chatwatch", "chatwatch watch", "chatwatch token add", "chatwatch config show"} <= set(helps)
    assert [(name, line) for name, words in helps.items() for line in words.splitlines() if len(line) > 80] == []


def test_the_exit_codes_are_the_same_wherever_they_stand() -> None:
    for arguments in (("--help",), ("watch", "--help"), ("demo", "--help")):
        words = " ".join(chatwatch(*arguments).out.split())
        assert "3 no usable terminal · 128+n ended by signal n (129: the terminal went away)" in words


@pytest.mark.parametrize("command", ["watch", "demo", "simulate"])
def test_the_help_of_each_command_has_examples_before_options(command: str) -> None:
    code, out, err = chatwatch(command, "--help")
    assert (code, err) == (0, "")
    assert 0 < out.index(f"\n  chatwatch {command}") < out.index("Options:")


# -- ids, prefix, servers ------------------------------------------------------------------------------------------


def test_defaults() -> None:
    settings = settings_of()
    assert settings.servers == ("nats://127.0.0.1:4222",)
    assert settings.source == "127.0.0.1:4222"
    assert (settings.prefix, settings.conversations, settings.stats_json) == ("chat", (), None)
    assert settings.limits == StallLimits(60, 15, 120)


@pytest.mark.parametrize("given", [ID, ID.upper(), ID.replace("-", ""), ID.replace("-", "").upper()])
def test_an_id_is_taken_as_users_write_it(given: str) -> None:
    assert settings_of(given, OTHER, ID).conversations == (ID, OTHER)


@given(st.text(min_size=1).filter(lambda text: not re.fullmatch(r"(?i)[0-9a-f-]{32,36}", text)))
@UNHURRIED
def test_nothing_else_is_taken_for_an_id(text: str) -> None:
    assert refusal_of("--", ID, text).startswith("argument 2: ")


@pytest.mark.parametrize(
    "wrong", ["*", ">", "", "nonsense", f"{ID}\n", f"{ID} ", f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}0", "\x1b[31m"]
)
def test_a_wrong_id_is_refused_in_words_before_anything_is_connected(wrong: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        code, out, err = chatwatch("-s", f"nats://127.0.0.1:{listener.getsockname()[1]}", ID, OTHER, wrong)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert (code, out) == (2, "")
    assert "argument 3: " in err
    assert "is not a conversation id" in err
    assert "Traceback" not in err
    assert "\x1b" not in err


@pytest.mark.parametrize("prefix", ["chat", "prod.chat", "a_b-C.9"])
def test_a_prefix_is_one_or_more_parts(prefix: str) -> None:
    assert settings_of("--prefix", prefix).prefix == prefix


@pytest.mark.parametrize("prefix", ["", ".", "chat.", ".chat", "a..b", "*", "chat.>", "a b", "a\r\nb", "chat\n", "ä"])
def test_a_prefix_that_is_no_beginning_of_a_subject_is_refused(prefix: str) -> None:
    assert refusal_of("--prefix", prefix).startswith("--prefix ")
    assert chatwatch("simulate", "-s", "nats://127.0.0.1:1", "--prefix", prefix).code == 2


def test_a_prefix_of_the_environment_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWATCH_PREFIX", "a..b")
    assert refusal_of().startswith("CHATWATCH_PREFIX 'a..b': ")


def test_servers_are_repeated_or_joined_by_commas() -> None:
    assert settings_of("-s", "a:1", "--server", "nats://b, tls://c:3,").servers == ("a:1", "nats://b", "tls://c:3")
    assert settings_of("-s", "nats://a:1").source == "a:1"


def test_servers_come_from_the_environment_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://a:1, nats://b:2")
    assert settings_of().servers == ("nats://a:1", "nats://b:2")
    assert settings_of("-s", "c:3").servers == ("c:3",)
    monkeypatch.setenv("NATS_URL", "")
    assert settings_of().servers == ("nats://127.0.0.1:4222",)


@pytest.mark.parametrize(
    "url", ["http://host", "ws://host", "nats://", "host:port", "host:0", "host:70000", "nats://[::1"]
)
def test_a_wrong_address_is_refused(url: str) -> None:
    assert refusal_of("-s", "good:4222", "-s", url).startswith(f"--server {url}: ")


def test_screen_options_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWATCH_STALL", "9 8 7")
    settings = settings_of("--fps", "12", "--ascii", "--no-mouse", "--stats-json", str(tmp_path / "stats.json"))
    assert (settings.screen.max_fps, settings.screen.ascii_glyphs, settings.screen.mouse) == (12, True, False)
    assert settings.stats_json == tmp_path / "stats.json"
    assert settings.limits == StallLimits(9, 8, 7)
    assert settings_of("--stall", "1", "2", "3").limits == StallLimits(1, 2, 3)


@pytest.mark.parametrize("command", ["watch", "demo"])
def test_an_account_cannot_go_into_a_missing_folder(command: str, tmp_path: Path) -> None:
    code, _, err = chatwatch(command, "--stats-json", str(tmp_path / "missing" / "stats.json"))
    assert code == 2
    assert f"--stats-json: there is no folder {tmp_path / 'missing'}" in err


# -- usage and terminals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bogus",), "No such option"),
        (("watch", "--fps", "900"), "is not in the range"),
        (("watch", "--fps"), "requires an argument"),
        (("demo", "--conversations", "none"), "is no whole number"),
        (("demo", "extra"), "unexpected extra argument"),
        (("simulate",), "Missing option '--server'"),
        (("wacth",), "there is no command 'wacth': did you mean watch?"),
        (("demos", "--fps", "9"), "did you mean demo?"),
        (("simulate", "-s", "h", "--duration", "nan"), "'nan' is not a number"),
        (("simulate", "-s", "h", "--rate", "nan"), "'nan' is not a number"),
        (("demo", "--rate", "NaN"), "'NaN' is not a number"),
        (("watch", "--stall", "1", "nan", "3"), "'nan' is not a number"),
    ],
)
def test_wrong_usage_ends_with_2_and_words(arguments: tuple[str, ...], words: str) -> None:
    code, out, err = chatwatch(*arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("command", "variable", "value"),
    [
        (("watch",), "CHATWATCH_FPS", "abc"),
        (("demo",), "CHATWATCH_FPS", "900"),
        (("config", "show"), "CHATWATCH_STALL", "1 2"),
        (("watch",), "CHATWATCH_ASCII", "perhaps"),
        (("serve",), "CHATWATCH_SERVE_PORT", "http"),
        (("serve",), "CHATWATCH_SERVE_FORWARD_KEEP", "x"),
    ],
)
def test_a_wrong_value_is_blamed_on_the_variable_that_has_it(
    command: tuple[str, ...], variable: str, value: str
) -> None:
    code, out, err = chatwatch(*command, env={variable: value})
    assert (code, out) == (2, "")
    assert f"Invalid value for {variable}: " in err
    assert "for '--" not in err


def test_a_wrong_flag_is_blamed_on_the_flag_whatever_the_variable_says() -> None:
    assert "Invalid value for '--fps'" in chatwatch("watch", "--fps", "abc", env={"CHATWATCH_FPS": "def"}).err


@pytest.mark.parametrize(
    "arguments", [(), ("watch",), (ID,), ("--prefix", "lab"), ("--server", "here"), ("demo",)], ids=" ".join
)
def test_without_a_terminal_it_says_so_and_starts_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, out, err = chatwatch(*arguments, env={"TMPDIR": str(tmp_path)})
    assert (code, out) == (NO_TERMINAL, "")
    assert err.startswith("chatwatch: the dashboard needs a terminal")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("term", "words"), [("dumb", b"a terminal of type 'dumb'"), ("", b"TERM is not set")])
def test_a_terminal_that_cannot_move_the_cursor_is_refused(term: str, words: bytes) -> None:
    with PtySession(CHATWATCH, env={"TERM": term}) as session:
        assert session.wait_for_end() == NO_TERMINAL
        session.wait_for_output(words)
        assert b"\x1b" not in session.output


@pytest.mark.parametrize("step", ["cli._require_terminal", "run.TerminalGuard", "termios.tcgetattr"])
def test_a_terminal_that_is_gone_while_it_starts_is_no_crash(step: str, tmp_path: Path) -> None:
    """As `nohup` has it, with the hang-up itself ignored; the terminal goes right before the step."""
    body = f"""\
import os, signal, sys, termios, time
from pathlib import Path
from chatwatch_tui import cli
from chatwatch_tui.ui import run
signal.signal(signal.SIGHUP, signal.SIG_IGN)
step = {step}
def late(*arguments):
    Path({str(tmp_path / "waits")!r}).touch()
    while os.isatty(0):
        time.sleep(0.01)
    return step(*arguments)
{step} = late
cli.main(["watch", "--fresh"])
"""
    with PtySession([sys.executable, "-c", body], env={"XDG_STATE_HOME": str(tmp_path / "state")}) as session:
        session.wait_for(lambda _: (tmp_path / "waits").exists(), "the step")
        session.close_terminal()
        assert session.wait_for_end() == 129
    assert not list(tmp_path.rglob("crash-*"))


# -- ways of ending ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "secret = os.environ['SECRET']; raise ValueError('no \\x1b[31mroof')",
        "secret = os.environ['SECRET']; open('/no \\x1b[31mroof')",
    ],
)
def test_a_crash_is_one_line_and_a_private_report_without_secrets(body: str) -> None:
    code, out, err = run(program(body), {"SECRET": "hunter2"})
    assert (code, out) == (1, "")
    crashed, reported = err.splitlines()
    assert crashed.startswith("chatwatch crashed: ")
    assert "\x1b" not in err
    report = Path(reported.removeprefix("The report is in "))
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "Traceback" in report.read_text()
    assert "hunter2" not in err + report.read_text()


def test_an_os_error_in_the_dashboard_is_a_crash() -> None:
    """Not an account that could not be written, where none was asked for."""
    body = (
        "from chatwatch_tui.ui import run; from chatwatch_tui.settings import WatchSettings; "
        "run.run_dashboard = lambda *_, **__: open('/no/such/file'); return cli._dashboard(WatchSettings('here'))"
    )
    code, _, err = run(program(body))
    assert code == 1
    assert err.startswith("chatwatch crashed: FileNotFoundError: ")


def test_an_interrupt_ends_with_130_and_no_traceback() -> None:
    body = "print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(program(body), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.strip() == ""


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_a_reader_who_is_gone_is_no_reason_for_a_traceback(flag: str, buffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        ended = subprocess.run(
            [*CHATWATCH, flag],
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            env={**os.environ, "PYTHONUNBUFFERED": buffered},
            check=False,
        )
    assert ended.stderr == b""
    assert ended.returncode in (1, 141)


def test_an_interrupt_amid_the_imports_ends_the_program_after_them() -> None:
    imported: list[str] = []

    def begin() -> None:
        with interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)  # whichever thread it is given to
            imported.append("all of it")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        begin()
    assert imported
    assert signal.getsignal(signal.SIGINT) is before
