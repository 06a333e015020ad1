"""Of several variables that mean one key, the one that the reference lists first holds, whoever reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatwatch_tui.cli.to_config import resolved
from chatwatch_tui.config.load import STALL_KEYS, STALL_VARIABLE
from chatwatch_tui.config.schema import Key, bare, keys
from chatwatch_tui.config.values import element_of
from tests.cli import command_of

SEVERAL = [key for key in keys().values() if len(key.variables) > 1]


def given_by(command: str, key: str) -> tuple[str, Any]:
    """The variable that a key has its value from, and the value."""
    with command_of(command).make_context(command, []) as context:
        found = resolved(context, dict(context.params)).given[key]
    return found.name, found.value


def two_texts(key: Key) -> tuple[str, str]:
    if key.name == "nats.servers":
        return "nats://first:1", "nats://second:2"
    if element_of(bare(key.type)) is not None:
        return "https://first", "https://second"
    return ("1", "2") if bare(key.type) is int else ("/first", "/second") if bare(key.type) is Path else ("a", "b")


@pytest.mark.parametrize("command", ["watch", "serve"])
@pytest.mark.parametrize("key", SEVERAL, ids=lambda key: key.name)
def test_the_variable_that_is_listed_first_holds(key: Key, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_texts(key)
    monkeypatch.setenv(key.variables[1], second)
    assert given_by(command, key.name)[0] == key.variables[1]
    monkeypatch.setenv(key.variables[0], first)
    name, value = given_by(command, key.name)
    assert name == key.variables[0]
    assert value in (first, (first,), Path(first), 1)
    monkeypatch.setenv(key.variables[0], "")
    assert given_by(command, key.name)[0] == key.variables[1], "a blank one says nothing"


@pytest.mark.parametrize("key", STALL_KEYS)
def test_a_variable_of_one_limit_holds_over_the_one_of_all_three(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STALL_VARIABLE, "7 7 7")
    assert given_by("watch", key) == (STALL_VARIABLE, 7.0)
    monkeypatch.setenv(keys()[key].variable, "9")
    assert given_by("watch", key) == (keys()[key].variable, 9.0)
