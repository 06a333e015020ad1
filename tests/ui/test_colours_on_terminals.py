"""What is written to terminals of all kinds: no colour that they do not have. The program on a real pty."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.broker import RealBroker
from tests.watching import CHUNKS, MESSAGES, WatchSession, chunk, publish

ATTRIBUTES = frozenset({"", "0", "1", "2", "3", "4", "7"})
SIXTEEN = frozenset(str(each) for each in (*range(30, 38), 39, *range(40, 48), 49, *range(90, 98), *range(100, 108)))
EVERYTHING = [
    (MESSAGES, b'{"role": "user", "content": "why?"}'),
    (CHUNKS, chunk("thinking", content="hm")),
    (CHUNKS, chunk("tool_call", name="look", id="1", arguments={"a": 1})),
    (CHUNKS, chunk("tool_result", id="1", result="no", is_error=True)),
    (CHUNKS, chunk("token", content="because")),
    (CHUNKS, chunk("verdict", content="guilty")),
    (CHUNKS, chunk("error", error="it broke")),
]


def colours_in(output: bytes) -> set[str]:
    """Parameters of all SGR sequences; `38;2` and `38;5` with their numbers as these two words."""
    found: set[str] = set()
    for sequence in re.findall(rb"\x1b\[([0-9;]*)m", output):
        words = re.sub(r"([34]8;)(?:2;\d+;\d+;\d+|5;\d+)", lambda m: m[0][:4].replace(";", ":"), sequence.decode())
        found.update(words.split(";"))
    return found


@pytest.mark.parametrize(
    ("environ", "allowed", "needed"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, {"38:2", "48:2"}, {"38:2", "48:2", "1", "3"}),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, {"38:5", "48:5"}, {"38:5", "48:5", "1", "3"}),
        ({"TERM": "xterm", "COLORTERM": ""}, SIXTEEN, {"97", "49", "91", "95", "36", "93"}),
        ({"TERM": "screen", "COLORTERM": ""}, SIXTEEN, {"97", "49", "91", "95", "36", "93"}),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"}, set(), {"1", "2", "3", "7"}),
    ],
    ids=["truecolor", "256", "16", "screen", "NO_COLOR"],
)
def test_no_colour_is_written_that_the_terminal_does_not_have(
    broker: RealBroker, tmp_path: Path, environ: dict[str, str], allowed: set[str], needed: set[str]
) -> None:
    session = WatchSession(broker.url, tmp_path)
    session.env |= environ
    with session:
        session.wait_for_text("Listening on")
        publish(broker, EVERYTHING)
        session.wait_for_text("why?", "it broke", "guilty", "1 error")
        session.type(b"?")
        session.wait_for_text("keys and signs")
        session.type(b"\x1b")
        session.wait_for(lambda each: "keys and signs" not in "\n".join(each.screen()), "the help to go")
        assert session.quit() == 0
    written = colours_in(session.output)
    assert written <= ATTRIBUTES | allowed, written - ATTRIBUTES - allowed
    assert needed <= written, needed - written
