"""Plays scripts: each conversation is an endless generator of timed publishes. Pure, and the same for the same seed.

What makes a stream look live: text comes in pieces of a few characters with the blank in front, as tokenizers cut it
(an emoji sequence may fall into two chunks, as it does in life), at a pace with jitter; a first token takes its time;
users read before they answer. `seq` counts the chunks of a conversation through all its turns.

Payloads carry the first-choice field names of the wire format and no `created_at`: that is the time of publishing, so
the simulator adds it.
"""

from __future__ import annotations

import heapq
import re
import uuid
from collections.abc import Iterator, Mapping
from random import Random
from string import Template
from typing import Any, NamedTuple

from chatwatch_tui.demo.script import (
    Ask,
    Call,
    Case,
    Fail,
    Lose,
    Part,
    Result,
    Say,
    Script,
    Stall,
    System,
    Think,
    Together,
    Turn,
    flowing,
)
from chatwatch_tui.demo.scripts import SCRIPTS

Payload = dict[str, Any]


class Step(NamedTuple):
    """One publish of one conversation."""

    delay: float
    """Seconds after the step before, at the natural pace."""
    is_message: bool
    """To `chat.message.<id>`; else to `chat.chunk.<id>`."""
    payload: Payload


class Cue(NamedTuple):
    """A step at its place in the traffic of all conversations."""

    at: float
    """Seconds since the beginning, at the natural pace."""
    conversation: int
    step: Step


FIRST_SCREEN = 9
"""Conversations that all begin at once; further ones come in over the next seconds."""

_TOKEN = re.compile(
    r"\n+| ?[A-Za-z_À-ɏ]+| ?\d{1,3}|[ぁ-鿿가-힣]{1,2}| ?[\u0600-\u06ff]{1,4}| +(?!\S)| ?[!-/:-@\[-`{-~]{1,3}|\s?."
)
_LONG_WORD = 7
_CHARS_PER_TOKEN = 4


def tokens(text: str, rng: Random) -> list[str]:
    """`text` in pieces as a tokenizer would cut it; together they are the text again."""
    pieces: list[str] = []
    for piece in _TOKEN.findall(text):
        while len(piece) > _LONG_WORD:
            cut = rng.randrange(3, 7)
            pieces.append(piece[:cut])
            piece = piece[cut:]
        if piece:
            pieces.append(piece)
    return pieces


def conversation_ids(seed: int, conversations: int) -> list[str]:
    """The ids, in the bus's form; the first n of a seed are the same for every count."""
    rng = Random(f"ids:{seed}")
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(conversations)]


def traffic(seed: int, conversations: int) -> Iterator[Cue]:
    """All conversations merged in the order of their natural times. Endless."""
    return heapq.merge(*(_cues(seed, index) for index in range(conversations)), key=lambda cue: cue.at)


def _cues(seed: int, index: int) -> Iterator[Cue]:
    at = 0.0
    for step in conversation(seed, index):
        at += step.delay
        yield Cue(at, index, step)


def conversation(seed: int, index: int) -> Iterator[Step]:
    """The steps of the conversation with that index. Endless: after the last turn the script begins with a new case."""
    rng = Random(f"conversation:{seed}:{index}")
    script = SCRIPTS[index % len(SCRIPTS)]
    # Conversations of one script begin with different cases; the seed says with which.
    first_case = Random(f"cases:{seed}").randrange(60) + index // len(SCRIPTS)
    start = rng.uniform(0.1, 0.9) if index < FIRST_SCREEN else rng.uniform(0.2, 12.0)
    player = _Player(script, rng)
    rounds = 0
    while True:
        case = script.cases[(first_case + rounds) % len(script.cases)]
        for number, turn in enumerate(script.turns):
            steps = player.play(turn, case)
            if script.joined_midway and rounds == number == 0:
                steps = _from_the_middle(list(steps))
            pause = start if rounds == number == 0 else rng.uniform(4.0, 11.0)
            for step in steps:
                yield step._replace(delay=step.delay + pause) if pause else step
                pause = 0.0
        rounds += 1


def _from_the_middle(steps: list[Step]) -> Iterator[Step]:
    """What somebody sees who comes when a third of the turn's last answer is out."""
    answer = [number for number, step in enumerate(steps) if step.payload.get("chunk_type") == "token"]
    first, *rest = steps[answer[len(answer) // 3] :]
    yield first._replace(delay=0.0)
    yield from rest


class _Player:
    """Plays the turns of one conversation: keeps what goes on through them, and what the turn under way has said."""

    def __init__(self, script: Script, rng: Random) -> None:
        self._script = script
        self._rng = rng
        self._pace = rng.uniform(*script.pace)
        self._seq = 0
        self._case: Case = {}
        self._said = ""  # since the last tool
        self._spent = self._context = 0  # tokens of the turn, tokens before it
        self._to_lose = 0

    def play(self, turn: Turn, case: Case) -> Iterator[Step]:
        """One turn, from the user's message to `done` or `error`."""
        self._case = case
        self._said = ""
        self._context += self._spent
        self._spent = 0
        for part in turn:
            yield from self._play_part(part)
        if not isinstance(turn[-1], Fail):
            yield from self._finish()

    def _play_part(self, part: Part) -> Iterator[Step]:
        if isinstance(part, System):
            yield self._message("system", self._text(part.text))
        elif isinstance(part, Ask):
            text = self._text(part.text)
            self._context += len(text) // _CHARS_PER_TOKEN + 1
            yield self._message("user", text, delay=0.05)
        elif isinstance(part, Think):
            yield from self._stream("thinking", self._text(part.text), pace=self._pace * 1.4)
        elif isinstance(part, Say):
            text = self._text(part.text)
            if self._said:
                # Two texts with nothing but a pause between them are one: a new paragraph, or the same sentence.
                text = ("\n\n" if self._said.endswith((".", "`", "|")) else " ") + text
            self._said += text
            yield from self._stream("token", text, pace=self._pace)
        elif isinstance(part, (Call, Together)):
            yield from self._call_tools(part.calls if isinstance(part, Together) else (part,))
        elif isinstance(part, Stall):
            yield from self._hold(part.seconds)
        elif isinstance(part, Lose):
            self._to_lose = part.chunks
        else:
            yield self._chunk(
                "error", delay=0.4, error=self._text(part.error), code=part.code, title=self._text(self._script.title)
            )

    # ...
