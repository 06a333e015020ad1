"""What a simulated conversation is made of: steps, and the script that they are of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that happens: `user`, `think`, `tool`, `say`, `wait`, `lose`, `odd`, `error` or `done`."""

    kind: str
    text: str = ""
    name: str = ""
    """Of a tool, an odd chunk type, or an error's code."""
    arguments: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    seconds: float = 0.0
    failed: bool = False


@dataclass(frozen=True)
class Script:
    """One conversation's course, repeated for ever."""

    title: str
    steps: tuple[Step, ...]
    joined_midway: int = 0
    """The first round begins with this step instead of the first."""
    goes_on: bool = True
    """Whether its user asks follow-up questions; else it happens again from the start."""


def user(text: str) -> Step:
    """A user's message."""
    return Step("user", text)


def think(text: str) -> Step:
    """Reasoning."""
    return Step("think", text)


def say(text: str) -> Step:
    """A piece of the answer."""
    return Step("say", text)


def tool(name: str, arguments: dict[str, Any], result: Any, seconds: float = 0.8, *, failed: bool = False) -> Step:
    """A tool call and, that many seconds later, its result."""
    return Step("tool", name=name, arguments=arguments, result=result, seconds=seconds, failed=failed)


def wait(seconds: float) -> Step:
    """Silence."""
    return Step("wait", seconds=seconds)


DONE = Step("done")
