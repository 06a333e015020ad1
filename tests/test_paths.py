"""Where things are kept, and that what is private is so."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.paths import config_home, log_folder, make_folder, write_private
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
