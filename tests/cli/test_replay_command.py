"""`chatwatch replay`: what it refuses, and in what words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chatwatch_tui.core.recording import header_line
from tests.cli import run


@pytest.mark.parametrize(
    ("content", "words", "code"),
    [
        (b"hello\n", "is no recording of chatwatch", 1),
        (b'{"chatwatch_recording": 9}\n', "is a recording of version 9", 1),
        (header_line(1.0), "terminal", 3),
    ],
)
def test_what_cannot_be_played_is_said(content: bytes, words: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "file.jsonl").write_bytes(content)
    ended = run([sys.executable, "-m", "chatwatch_tui", "replay", str(tmp_path / "file.jsonl")])
    assert ended.code == code
    assert words in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("options", [["--speed", "0"], ["--speed", "nan"], ["--pace"]])
def test_options_that_cannot_be_meant_are_wrong_usage(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "file.jsonl").write_bytes(header_line(1.0))
    assert run([sys.executable, "-m", "chatwatch_tui", "replay", str(tmp_path / "file.jsonl"), *options]).code == 2
    assert run([sys.executable, "-m", "chatwatch_tui", "replay", str(tmp_path / "nowhere")]).code == 2
