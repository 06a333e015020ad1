"""Plays scripts: each conversation is an endless generator of timed publishes. Pure, and the same for the same seed.

What makes a stream look live: text comes in pieces of a few characters with the blank in front, as tokenizers cut it
(an emoji sequence may fall into two chunks, as it does in life), at a pace with jitter; a first token takes its time;
users read before they answer, and then ask something more. `seq` counts the chunks of a conversation through all turns.

Payloads carry the first-choice field names of the wire format and no `created_at`: that is the time of publishing, so
the simulator adds it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from chatwatch_tui.demo.follow_ups import FOLLOW_UPS
from chatwatch_tui.demo.script import DONE, Script, Step
from chatwatch_tui.demo.scripts import SCRIPTS

FIRST_SCREEN = 9
"""Conversations that begin almost at once; further ones come in over the next seconds."""
CHARS_PER_TOKEN = 4
_JOINED_AT_SEQ = 137
_LONG_WORD = 7
_TOKEN = re.compile(
    r"\n+| ?[A-Za-z_À-ɏ]+| ?\d{1,3}|[ぁ-鿿가-힣]{1,2}| ?[\u0600-\u06ff]{1,4}| +(?!\S)| ?[!-/:-@\[-`{-~]{1,3}|\s?.",
    re.DOTALL,
)


class Publish(NamedTuple):
    """One publish of one conversation."""

    pause: float
    """Seconds after the one before, at the natural pace."""
    kind: str
    """`chunk` or `message`: the second part of the subject."""
    payload: dict[str, Any]


class Role(NamedTuple):
    """Who plays what."""

    id: str
    """The conversation's id, in the bus's form."""
    script: Script
    starts_after: float
    """Seconds until its first publish."""
    rng_seed: str


def cast(conversations: int, seed: int) -> list[Role]:
    """The roles of a simulation; the first n of a seed are the same for every count."""
    ids = Random(f"ids:{seed}")
    roles = []
    for index in range(conversations):
        rng_seed = f"conversation:{seed}:{index}"
        first, last = (1.2, 2.2) if index < FIRST_SCREEN else (2.0, 14.0)  # who wants to watch is there by then
        roles.append(
            Role(
                id=str(uuid.UUID(int=ids.getrandbits(128), version=4)),
                script=SCRIPTS[index % len(SCRIPTS)],
                starts_after=Random(f"start:{rng_seed}").uniform(first, last),
                rng_seed=rng_seed,
            )
        )
    return roles


def play(role: Role) -> Iterator[Publish]:
    """What the conversation publishes. Endless: the script, then follow-ups, then the script again."""
    return _Player(role).play()


def pieces(text: str, rng: Random) -> list[str]:
    """`text` in pieces as a tokenizer would cut it; together they are the text again."""
    found: list[str] = []
    for piece in _TOKEN.findall(text):
        rest = piece
        while len(rest) > _LONG_WORD:
            cut = rng.randrange(3, 7)
            found.append(rest[:cut])
            rest = rest[cut:]
        if rest:
            found.append(rest)
    return found


class _Player:
    """Keeps what goes on through the turns of one conversation, and what the turn under way has said."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._rng = Random(role.rng_seed)
        self._pace = self._rng.uniform(9.0, 18.0)  # chunks a second
        self._seq = _JOINED_AT_SEQ if role.script.joined_midway else 0
        self._messages = self._calls = 0
        self._said = ""
        self._input_tokens = self._output_tokens = 0
        self._pause = role.starts_after

    def play(self) -> Iterator[Publish]:
        """See `play`."""
        script = self._role.script
        yield from self._play_steps(script.steps[script.joined_midway :])
        while True:
            follow_ups = self._rng.randrange(1, 4) if script.goes_on else 0
            for follow_up in self._rng.sample(FOLLOW_UPS, follow_ups):
                self._pause = self._rng.uniform(3.0, 7.0)
                yield from self._play_steps((*follow_up, DONE))
            self._pause = self._rng.uniform(5.0, 10.0)
            yield from self._play_steps(script.steps)

    def _play_steps(self, steps: tuple[Step, ...]) -> Iterator[Publish]:
        for step in steps:
            yield from getattr(self, f"_play_{step.kind}")(step)

    # -- one method per kind of step -------------------------------------------------------------------------------

    def _play_user(self, step: Step) -> Iterator[Publish]:
        self._said = ""
        self._input_tokens += self._output_tokens + len(step.text) // CHARS_PER_TOKEN + 1
        self._output_tokens = 0
        yield self._message("user", step.text)
        self._pause = self._rng.uniform(0.5, 1.6)

    def _play_think(self, step: Step) -> Iterator[Publish]:
        yield from self._stream("thinking", step.text, self._pace * 1.5)
        self._pause = self._rng.uniform(0.2, 0.5)

    def _play_say(self, step: Step) -> Iterator[Publish]:
        self._said += step.text
        yield from self._stream("token", step.text, self._pace)

    def _play_tool(self, step: Step) -> Iterator[Publish]:
        self._calls += 1
        call = {"tool_call_id": f"call_{self._calls}", "tool_name": step.name}
        yield self._chunk("tool_call", **call, arguments=step.arguments)
        self._pause = step.seconds * self._rng.uniform(0.8, 1.2)
        yield self._chunk("tool_result", **call, result=step.result, **({"is_error": True} if step.failed else {}))
        self._pause = self._rng.uniform(0.3, 0.9)

    def _play_wait(self, step: Step) -> Iterator[Publish]:
        self._pause += step.seconds
        return iter(())

    def _play_lose(self, step: Step) -> Iterator[Publish]:
        """Said, but some of it never published: what a bus that may lose messages does."""
        self._said += step.text
        self._seq += len(pieces(step.text, self._rng))
        return iter(())

    def _play_odd(self, step: Step) -> Iterator[Publish]:
        yield self._chunk(step.name, content=step.text)

    def _play_error(self, step: Step) -> Iterator[Publish]:
        yield self._chunk("error", error=step.text, code=step.name)

    def _play_done(self, step: Step) -> Iterator[Publish]:
        usage = {"input_tokens": self._input_tokens, "output_tokens": self._output_tokens}
        if self._said:
            yield self._message("assistant", self._said)
        yield self._chunk("done", usage=usage)

    # -- publishes -------------------------------------------------------------------------------------------------

    def _stream(self, chunk_type: str, text: str, pace: float) -> Iterator[Publish]:
        for piece in pieces(text, self._rng):
            self._output_tokens += 1
            yield self._chunk(chunk_type, content=piece)
            self._pause = self._rng.uniform(0.3, 1.7) / pace

    def _chunk(self, chunk_type: str, **fields: Any) -> Publish:
        self._seq += 1
        return self._publish("chunk", {"chunk_type": chunk_type, **fields, "seq": self._seq - 1})

    def _message(self, role: str, text: str) -> Publish:
        self._messages += 1
        return self._publish("message", {"id": f"msg_{self._messages}", "role": role, "content": text})

    def _publish(self, kind: str, payload: dict[str, Any]) -> Publish:
        pause, self._pause = self._pause, 0.0
        if kind == "message" or self._seq % 50 == 1 or self._seq == _JOINED_AT_SEQ + 1:
            payload["title"] = self._role.script.title
        return Publish(pause, kind, payload)
