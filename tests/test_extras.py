"""The command that installs an extra works where chatwatch was installed from."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from chatwatch_tui.extras import install_command

HERE = Path(__file__).parents[1]


class Distribution(metadata.Distribution):
    """Installed from somewhere."""

    def __init__(self, direct_url: object) -> None:
        self._direct_url = direct_url

    def read_text(self, filename: str) -> str | None:
        assert filename == "direct_url.json"
        return None if self._direct_url is None else json.dumps(self._direct_url)

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("direct_url", "arguments"),
    [
        (None, ["chatwatch-tui[serve]"]),
        (["not what it should be"], ["chatwatch-tui[serve]"]),
        ({"url": "file:///tmp/{here}", "dir_info": {}}, ["/tmp/{here}[serve]"]),
        ({"url": "file:///tmp/{here}", "dir_info": {"editable": True}}, ["-e", "/tmp/{here}[serve]"]),
        ({"url": "file:///no/longer/there", "dir_info": {}}, [".[serve]"]),
        ({"url": "file:///tmp/x.whl", "archive_info": {}}, ["chatwatch-tui[serve] @ file:///tmp/x.whl"]),
    ],
)
def test_it_names_what_was_installed(
    direct_url: object, arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def from_here(text: str) -> str:
        return text.replace("/tmp/{here}", str(folder))

    folder = tmp_path / "it is here"
    folder.mkdir()
    if isinstance(direct_url, dict) and "{here}" in direct_url["url"]:
        direct_url = {**direct_url, "url": folder.as_uri()}
    monkeypatch.setattr(metadata, "distribution", lambda name: Distribution(direct_url))
    found = shlex.split(install_command("serve"))
    assert found == [sys.executable, "-m", "pip", "install", *map(from_here, arguments)]


def test_where_it_is_not_installed_at_all_its_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", nothing)
    assert shlex.split(install_command("demo"))[-2:] == ["-e", f"{HERE}[demo]"]


def test_serve_and_demo_say_it_in_the_same_words(tmp_path: Path) -> None:
    without = "import sys; sys.modules.update(fastapi=None, prometheus_client=None); "
    program = f"{without}from chatwatch_tui.cli import main; sys.exit(main(['serve']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert (
        line == f"chatwatch: there is no fastapi, prometheus_client here: {install_command('serve')} brings them along"
    )
