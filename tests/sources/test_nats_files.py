"""Credential files are judged before anything depends on them, and what is said of them holds no secret."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatwatch_tui.sources import nats_files
from chatwatch_tui.sources.nats_files import MAX_FILE, CredentialsFileError, check_readable, read_creds, read_seed

SEED = "SUAM" + "A" * 54
JWT = "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJ4In0.c2lnbmF0dXJl"
CREDS = f"""-----BEGIN NATS USER JWT-----
{JWT}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
{SEED}
------END USER NKEY SEED------

*************************************************************
"""


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_whole_credentials_file_passes(tmp_path: Path) -> None:
    assert read_creds(written(tmp_path / "c", CREDS)) == (JWT, SEED)


def test_windows_line_ends_pass(tmp_path: Path) -> None:
    assert read_creds(written(tmp_path / "c", CREDS.replace("\n", "\r\n"))) == (JWT, SEED)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("", "no complete user JWT and no complete NKey seed"),
        (CREDS[: CREDS.index(JWT) + 5], "no complete user JWT and no complete NKey seed"),
        (CREDS[CREDS.index("****") :], "no complete user JWT"),
        (CREDS[: CREDS.index(SEED) + 9], "no complete NKey seed"),
        (CREDS.replace(JWT, ""), "no complete user JWT"),
        (CREDS.replace(SEED, "not a seed"), "no complete NKey seed"),
        (b"\xff\xfe\x00", "no complete user JWT and no complete NKey seed"),
    ],
)
def test_a_half_written_file_is_refused_with_what_it_lacks(tmp_path: Path, content: str, missing: str) -> None:
    with pytest.raises(CredentialsFileError, match=f"has {missing}: is it still being written") as raised:
        read_creds(written(tmp_path / "half", content))
    assert str(tmp_path / "half") in str(raised.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, CREDS.index("END USER NKEY SEED") + 10))
def test_no_cut_of_a_file_passes_and_none_is_quoted(tmp_path: Path, cut: int) -> None:
    with pytest.raises(CredentialsFileError) as raised:
        read_creds(written(tmp_path / "half", CREDS[:cut]))
    assert JWT[:12] not in str(raised.value)
    assert "SUAM" not in str(raised.value)


@pytest.mark.parametrize("read", [read_creds, read_seed])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(CredentialsFileError, match="nowhere: No such file or directory"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize("read", [read_creds, read_seed])
def test_a_folder_is_no_file(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(CredentialsFileError, match="Is a directory"):
        read(tmp_path)


def test_an_endless_file_is_read_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.truncate(MAX_FILE * 1_000)
    with pytest.raises(CredentialsFileError, match="holds no user seed"):
        read_seed(path)


@pytest.mark.parametrize(
    "content",
    [
        SEED,
        f"\n  {SEED}  \n",
        f"# my key\r\n{SEED}\r\n",
        f"-----BEGIN USER NKEY SEED-----\n{SEED}\n------END USER NKEY SEED------\n",
        CREDS,
    ],
)
def test_the_seed_is_found_bare_and_framed(tmp_path: Path, content: str) -> None:
    assert read_seed(written(tmp_path / "k", content)) == SEED


@pytest.mark.parametrize(
    "content", ["", "UABC", SEED[:-1], SEED.lower(), "SA" + SEED[2:], f"{SEED}{SEED}", bytes(range(256))]
)
def test_a_file_without_a_user_seed_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(CredentialsFileError, match="holds no user seed") as raised:
        read_seed(written(tmp_path / "k", content))
    assert SEED[2:] not in str(raised.value)


def test_what_came_out_of_a_pipe_is_there_at_the_next_attempt_too() -> None:
    reading, writing = os.pipe()
    os.write(writing, CREDS.encode())
    os.close(writing)
    pipe = Path(f"/dev/fd/{reading}")
    try:
        assert check_readable(pipe, "credentials file")
        assert [read_creds(pipe), read_creds(pipe)] == [(JWT, SEED)] * 2
    finally:
        os.close(reading)


def test_a_pipe_that_nobody_writes_to_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_files, "NOBODY_WITHIN", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CredentialsFileError, match="pipe: nobody writes to this pipe"):
        read_creds(tmp_path / "pipe")
    assert check_readable(tmp_path / "pipe", "CA file")


def test_who_is_slow_to_write_to_a_pipe_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_files, "NOBODY_WITHIN", 0.1)
    os.mkfifo(pipe := tmp_path / "pipe")
    script = 'exec 3>"$0"; sleep 0.4; printf %s "$1" >&3; sleep 0.4; printf %s "$2" >&3'
    with subprocess.Popen(["sh", "-c", script, str(pipe), CREDS[:99], CREDS[99:]]):
        assert [read_creds(pipe), read_creds(pipe)] == [(JWT, SEED)] * 2


def test_a_file_that_was_cut_short_since_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = written(tmp_path / "c", CREDS)
    assert read_creds(path) == (JWT, SEED)
    written(path, "")
    with pytest.raises(CredentialsFileError):
        read_creds(path)
