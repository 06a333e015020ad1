"""Where things are kept, and that what is private is so."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.redaction import RedactionTimeout
from chatwatch_tui.paths import config_home, log_folder, make_folder, write_new, write_private
from chatwatch_tui.sources.recorder import Recorder
from tests.cli import UNHURRIED


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_config_home_is_the_one_that_other_tools_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_home() == tmp_path
    for unset in ("", None):
        monkeypatch.delenv("XDG_CONFIG_HOME") if unset is None else monkeypatch.setenv("XDG_CONFIG_HOME", unset)
        assert config_home() == Path(os.environ["HOME"]) / ".config"


def test_the_log_folder_is_ours_and_is_not_made_by_asking() -> None:
    assert "chatwatch" in log_folder().parts
    assert log_folder().is_relative_to(os.environ["HOME"])
    assert not log_folder().exists()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_private_file_is_its_owners_whatever_the_umask(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        path = write_private(tmp_path / "deep" / "logs", "report", "words")
    finally:
        os.umask(before)
    assert path == tmp_path / "deep" / "logs" / "report"
    assert path.read_text() == "words"
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)


def test_a_private_file_is_its_owners_where_another_was(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("for everybody")
    path.chmod(0o644)
    write_private(tmp_path, "report", "words")
    assert mode(path) == 0o600


def test_what_is_no_plain_file_is_left_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o644)
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="plain file"):
            write_private(tmp_path, "pipe", "words")
        assert mode(tmp_path / "pipe") == 0o644
        assert os.read(reader, 10) == b""
    finally:
        os.close(reader)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    make_folder(tmp_path / "shared" / "a" / "b")
    make_folder(tmp_path / "shared")
    assert [mode(tmp_path / each) for each in ("shared", "shared/a", "shared/a/b")] == [0o755, 0o700, 0o700]


def test_a_longer_file_of_that_name_is_replaced(tmp_path: Path) -> None:
    write_private(tmp_path, "report", "many words")
    assert write_private(tmp_path, "report", "few").read_text() == "few"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "report").symlink_to(target)
    with pytest.raises(OSError, match="report"):
        write_private(tmp_path, "report", "words")
    assert target.read_text() == "precious"


def test_a_folder_that_is_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    with pytest.raises(OSError, match="logs"):
        write_private(tmp_path / "logs", "report", "words")


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r")))
@UNHURRIED
def test_any_text_can_be_written(text: str, tmp_path: Path) -> None:
    assert write_private(tmp_path, "report", text).read_text(encoding="utf-8") == text


def test_text_that_is_no_utf_8_is_written_with_escapes(tmp_path: Path) -> None:
    assert write_private(tmp_path, "report", "a\udc80b").read_text(encoding="utf-8") == "a\\udc80b"


# -- files of the operator's --------------------------------------------------------------------------------


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process can grow beyond that, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("over", [False, True])
def test_a_file_is_written_whole_and_is_its_owners(over: bool, tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    assert write_new(path, [b"one", b"two"], over=over) == 6
    assert (path.read_bytes(), mode(path)) == (b"onetwo", 0o600)
    path.chmod(0o644)
    if over:
        assert write_new(path, [b"three"], over=True) == 5
        assert (path.read_bytes(), mode(path)) == (b"three", 0o600)
    else:
        with pytest.raises(FileExistsError):
            write_new(path, [b"three"])
        assert path.read_bytes() == b"onetwo"
    assert os.listdir(path.parent) == ["a.txt"]


def test_a_full_disk_leaves_the_old_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("precious")
    with room_for(1_000), pytest.raises(OSError, match="too large"):
        write_new(path, [b"x" * 10_000], over=True)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["a.txt"]
    with room_for(1_000), pytest.raises(OSError, match="too large"):
        write_new(tmp_path / "b.txt", [b"x" * 10_000])
    assert os.listdir(tmp_path) == ["a.txt"]


def test_whatever_ends_the_writing_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("precious")

    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise RedactionTimeout("a pattern takes too long")

    with pytest.raises(RedactionTimeout):
        write_new(path, pieces(), over=True)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "device"])
def test_only_a_plain_file_is_replaced(what: str, tmp_path: Path) -> None:
    path, target = tmp_path / "there", tmp_path / "target"
    target.write_text("precious")
    if what == "link":
        path.symlink_to(target)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path = Path("/dev/null")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if what == "pipe" else None
    before = path.lstat()
    with pytest.raises(OSError, match="no plain file"):
        write_new(path, [b"words"], over=True)
    if reader is not None:
        assert os.read(reader, 10) == b""
        os.close(reader)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert target.read_text() == "precious"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


def test_a_recording_that_a_full_disk_refuses_leaves_no_file(tmp_path: Path) -> None:
    with room_for(0), pytest.raises(OSError, match="too large"):
        Recorder(tmp_path / "recording.jsonl", 0.0)
    assert os.listdir(tmp_path) == []
