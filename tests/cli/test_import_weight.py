"""What only says something pays for nothing that draws, connects or serves."""

from __future__ import annotations

import sys

import pytest

from tests.cli import run

HEAVY = frozenset({"textual", "rich", "nats", "httpx", "httpx_sse", "fastapi", "uvicorn", "asyncio"})


def imported_by(*arguments: str) -> tuple[int, set[str]]:
    """Exit code of the command and the top-level packages that it imported."""
    ended = run([sys.executable, "-X", "importtime", "-m", "chatwatch_tui", *arguments])
    lines = [line for line in ended.err.splitlines() if line.startswith("import time:")]
    return ended.code, {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("-h",),
        ("watch", "--help"),
        ("demo", "--help"),
        ("simulate", "--help"),
        ("config", "--help"),
        ("config", "path"),
        ("config", "show"),
    ],
    ids=" ".join,
)
def test_help_and_version_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code, packages = imported_by(*arguments)
    assert code == 0
    assert "chatwatch_tui" in packages
    assert not packages & HEAVY


def test_the_version_does_not_even_import_click() -> None:
    _, packages = imported_by("--version")
    assert not packages & {"click", "msgspec"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(("watch", "nonsense"), 2), (("watch",), 3), (("demo",), 3)],
    ids=["wrong id", "watch without a terminal", "demo without a terminal"],
)
def test_a_refusal_imports_nothing_heavy(arguments: tuple[str, ...], expected: int) -> None:
    code, packages = imported_by(*arguments)
    assert code == expected
    assert not packages & HEAVY
