"""A real nats-server: there within moments, gone without a trace, and its absence said in words."""

from __future__ import annotations

import shutil
import socket
import stat
import sysconfig
import tempfile
from importlib import metadata
from pathlib import Path

import nats
import pytest

from chatwatch_tui.demo import broker as module
from chatwatch_tui.demo.broker import Broker, BrokerError, BrokerNotFound, find_nats_server
from tests.cli import wait_until


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary folders, in which it shows what was left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def executable(path: Path, body: str) -> Path:
    """A script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def listens(url: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1).close()
    except OSError:
        return False
    return True


async def test_it_serves_nats_on_loopback() -> None:
    with Broker() as broker:
        assert broker.url.startswith("nats://127.0.0.1:")
        client = await nats.connect(broker.url)
        await client.close()


def test_it_is_gone_when_it_is_stopped(temporary: Path) -> None:
    with Broker() as broker:
        url = broker.url
        assert listens(url)
    wait_until(lambda: not listens(url), "the server to end")
    assert not list(temporary.iterdir())
    broker.stop()


def test_two_of_them_do_not_get_in_each_others_way(temporary: Path) -> None:
    with Broker() as one, Broker() as two:
        assert one.url != two.url
        two.stop()
        assert listens(one.url)
    assert not list(temporary.iterdir())


def test_further_configuration_is_used() -> None:
    with Broker('authorization { user: "bob", password: "hunter2" }') as broker:
        port = int(broker.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            assert b'"auth_required":true' in client.recv(4096)


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(temporary: Path) -> None:
    with pytest.raises(BrokerError, match=r"nats-server ended at once: .*no_such_option"):
        Broker("no_such_option: 1").start()
    assert not list(temporary.iterdir())


def test_a_server_that_ends_without_a_word_is_reported(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = executable(tmp_path / "silent", "exit 3")
    monkeypatch.setattr(module, "find_nats_server", lambda: silent)
    with pytest.raises(BrokerError, match="nats-server ended at once: without a word"):
        Broker().start()
    assert not list(temporary.iterdir())


def test_a_server_that_never_answers_is_given_up(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = executable(tmp_path / "mute", "exec sleep 600")
    monkeypatch.setattr(module, "find_nats_server", lambda: mute)
    monkeypatch.setattr(module, "START_WITHIN", 0.2)
    with pytest.raises(BrokerError, match="did not answer"):
        Broker().start()
    assert not list(temporary.iterdir())


def no_wheel(_: str) -> list[metadata.PackagePath]:
    raise metadata.PackageNotFoundError


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without nats-server; the folder for scripts of its Python."""
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "scripts"))
    monkeypatch.setattr(metadata, "files", no_wheel)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "scripts"


def test_a_machine_without_it_is_told_how_to_install_it(bare: Path, temporary: Path) -> None:
    with pytest.raises(BrokerNotFound, match=r"-m pip install .*\[demo\]'? brings one along"):
        find_nats_server()
    with pytest.raises(BrokerError):
        Broker()
    assert not list(temporary.iterdir())


def test_the_one_that_came_with_us_comes_before_the_one_on_the_path(bare: Path, tmp_path: Path) -> None:
    on_path = executable(tmp_path / "bin" / "nats-server", "")
    assert shutil.which("nats-server") == str(on_path)
    assert find_nats_server() == on_path
    beside = executable(bare / "nats-server", "")
    assert find_nats_server() == beside
