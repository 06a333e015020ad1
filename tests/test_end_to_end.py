"""From publish to screen: a real server, the real program, a real terminal."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
import unicodedata
from pathlib import Path

import nats
import pytest

from tests.broker import RealBroker
from tests.watching import CHUNKS, ID, MESSAGES, WatchSession, chunk, publish, texts

SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[PX\]^_].*?(?:\x1b\\|\x07)|[()][0-9A-Za-z]|[ -/]*[0-~])", re.DOTALL)
OURS = re.compile(rb"\x1b\[[\d;]*[Hm]|\x1b\[\?2026[hl]|\x1b\[2[23];2t|\x1b\]2;chatwatch(?: \(\d+\))?\x07")
"""What frames are made of: cursor positions, colours, the brackets of synchronised output; and the window's title."""


def test_a_conversation_is_discovered_streamed_and_accounted_for(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path) as session:
        session.wait_for_text("live", "Listening on chat.chunk.* and chat.message.*")
        publish(
            broker,
            [
                (MESSAGES, json.dumps({"role": "user", "content": "Why twice?", "title": "billing"}).encode()),
                (CHUNKS, chunk("thinking", content="A duplicate charge.", seq=0)),
                (CHUNKS, chunk("tool_call", tool_name="billing.lookup", tool_call_id="c1", arguments={"id": 8}, seq=1)),
                (CHUNKS, chunk("tool_result", tool_call_id="c1", result={"invoices": 2}, seq=2)),
                (CHUNKS, chunk("token", content="You were ", seq=3)),
                (CHUNKS, chunk("token", content="charged once.", seq=4)),
                (CHUNKS, chunk("done", usage={"output_tokens": 7}, seq=5)),
                (MESSAGES, json.dumps({"role": "assistant", "content": "You were charged once."}).encode()),
                (CHUNKS, chunk("error", error="model overloaded", seq=6)),
                (CHUNKS, chunk("weather_report", content="sunny", seq=7)),
            ],
        )
        session.wait_for_text(
            "billing", "user  Why twice?", "A duplicate charge.", "billing.lookup", '{"invoices": 2}',
            "You were charged once.", "7 tokens", "model overloaded", "weather_report", "final ✓",
        )  # fmt: skip
        assert session.quit() == 0
    account = json.loads((tmp_path / "stats.json").read_text())
    assert account["total"]["chunks"] == {
        "thinking": 1, "tool_call": 1, "tool_result": 1, "token": 2, "done": 1, "error": 1, "weather_report": 1,
    }  # fmt: skip
    assert account["total"]["messages"] == {"user": 1, "assistant": 1}
    assert account["total"]["shown"] == 10
    assert account["total"]["lost"] == 0


BAD: list[tuple[str, bytes, str]] = [
    ("not JSON", b"Hello {", "not JSON"),
    ("a list", b"[1, 2]", "JSON, but a list"),
    ("a string", b'"hello"', "JSON, but a string"),
    ("not UTF-8", b'{"chunk_type": "token", "content": "\xff\xfe"}', "not UTF-8"),
    ("empty", b"", "empty"),
    ("deeply nested", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ("a megabyte that is not JSON", b"x" * 1_000_000, "1.0 MB"),
    ("no type", b'{"content": "typeless"}', "typeless"),
    ("a number as type", b'{"chunk_type": 7, "content": "numbered"}', "numbered"),
    ("an object as type", b'{"chunk_type": {"a": 1}, "content": "objectified"}', "objectified"),
    ("a very long type", b'{"chunk_type": "' + b"long" * 2_500 + b'", "content": "x"}', "longlonglong"),
    ("a number as text", b'{"chunk_type": "token", "content": 4711}', "4711"),
    ("NaN as time", b'{"chunk_type": "token", "content": "timeless", "created_at": NaN}', "timeless"),
    ("a key twice", b'{"chunk_type": "token", "content": "first", "content": "second"}', "second"),
]


def test_whatever_comes_is_shown_as_what_it_is_and_the_next_good_chunk_too(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, "--text-budget", "9000000", rows=60) as session:
        session.wait_for_text("Listening")
        for number, (_, payload, expected) in enumerate(BAD):
            publish(broker, [(CHUNKS, payload), (CHUNKS, chunk("token", content=f"\ngood {number} follows.\n"))])
            session.wait_for_text(expected, f"good {number} follows.")
        publish(broker, [("chat.chunk.not-a-uuid", b"{}")])
        session.wait_for_text("? subject chat.chunk.not-a-uuid")
        total = session.account()["total"]
        assert total["received"] == 2 * len(BAD) + 1
        assert total["undecodable"] == 8
        assert total["shown"] == total["received"]
        assert session.quit() == 0


HOSTILE = [
    "\x1b]52;c;aGFja2Vk\x07", "\x1b[2J\x1b[H", "\x1b[c\x1b[6n", "\x1bP+q544e\x1b\\", "\x9b31m\x9d0;title\x9c",
    "\x07\x08\x7f", "\x1b]0;pwned\x07", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "\x1b[?1049l", "\u202eevil\u202c",
    "\r\r\rover", "a\u200bb\u2060c\ufeff", "\u2028\u2029\u0085", "\U000e0041\U000e0042", "e" + "\u0301" * 300,
    "[@click=app.quit]x[/] [/INST]", "\ud800", "\x00\x01\x02\x1f", "\u061c\u200e\u200f\u2066x\u2069", "tab\tstop",
]  # fmt: skip


def hostile_deliveries() -> list[tuple[str, bytes]]:
    """Every hostile text in every place that is shown, and as raw bytes."""
    found: list[tuple[str, bytes]] = []
    for text in HOSTILE:
        found += [
            (CHUNKS, chunk("token", content=text)),
            (CHUNKS, chunk("thinking", content=text)),
            (CHUNKS, chunk("tool_call", tool_name=text, tool_call_id=text, arguments=text)),
            (CHUNKS, chunk("tool_result", tool_name=text, tool_call_id=text, result=text)),
            (CHUNKS, chunk(text or "x", content=text, title=text)),
            (CHUNKS, chunk("error", error=text, code=text)),
            (MESSAGES, json.dumps({"role": text, "content": text, "title": text}).encode()),
            (CHUNKS, text.encode("utf-8", "surrogatepass")),
        ]
    return [*found, *((CHUNKS, bytes([code])) for code in range(256))]


def test_no_byte_of_a_payload_acts_on_the_terminal(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, columns=200, rows=60) as session:
        session.wait_for_text("Listening")
        begun = len(session.output)
        deliveries = hostile_deliveries()
        for start in range(0, len(deliveries), 8):
            publish(broker, deliveries[start : start + 8])
        session.wait_for_received(len(deliveries))
        publish(broker, [(CHUNKS, chunk("token", content="\x1b[m \u202eTHE END"))])
        session.wait_for_text("␛[m <U+202E>THE END")
        drawn = session.output[begun:]
        assert session.quit() == 0
    strange = {found for found in SEQUENCE.findall(drawn) if not OURS.fullmatch(found)}
    assert not strange
    text = SEQUENCE.sub(b"", drawn).decode("utf-8").replace("\r\n", "")  # Textual parts rows so
    assert not {char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Zl", "Zp")}
    assert not {
        char for char in text if unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRE", "PDF", "LRI", "PDI")
    }
    assert "\u200b" not in text


@pytest.mark.parametrize("conversations", [9, 100])
def test_a_burst_is_received_to_the_last_chunk(broker: RealBroker, tmp_path: Path, conversations: int) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(conversations)]
    per_conversation = 36_000 // conversations
    burst = [
        (f"chat.chunk.{each}", chunk("token", content=f" {number}", seq=number))
        for number in range(per_conversation)
        for each in ids
    ]
    with WatchSession(broker.url, tmp_path, columns=200, rows=50) as session:
        session.wait_for_text("Listening")
        publish(broker, burst)
        total = session.wait_for_received(len(burst))
        assert session.quit() == 0
    assert (total["received"], total["shown"], total["lost"]) == (len(burst), len(burst), 0)


def test_a_terminal_that_nobody_reads_for_ten_seconds_costs_no_chunk(broker: RealBroker, tmp_path: Path) -> None:
    """At 2,000 chunks a second, and the server does not cut the client."""

    async def steadily(count: int, per_second: int) -> None:
        client = await nats.connect(broker.url)
        started = time.monotonic()
        for number in range(count):
            await client.publish(CHUNKS, chunk("token", content=f"word{number} ", seq=number))
            if number % 50 == 49:
                await client.flush()
                await asyncio.sleep(max(0.0, started + number / per_second - time.monotonic()))
        await client.close()

    with WatchSession(broker.url, tmp_path, columns=200, rows=50) as session:
        session.wait_for_text("Listening")
        session.pause_reading()
        asyncio.run(steadily(20_000, 2_000))
        session.resume_reading()
        session.wait_for_text("word19999")
        total = session.account()["total"]
        assert (total["received"], total["lost"], total["gaps"], total["reconnects"]) == (20_000, 0, 0, 0)
        assert session.quit() == 0


def test_the_link_is_told_as_it_is(tmp_path: Path) -> None:
    """Absent, there, killed, back, silent: each in its own words; what is missing is marked."""
    with RealBroker(tmp_path / "broker", started=False) as broker, WatchSession(broker.url, tmp_path) as session:
        session.wait_for_text("connecting", "connection refused by 127.0.0.1", "chatwatch demo")
        broker.start()
        session.wait_for_text("● live")
        publish(broker, texts(["before the crash. "]))
        session.wait_for_text("before the crash.")
        broker.kill()
        session.wait_for_text("○ reconnecting", "link down")
        broker.start()
        session.wait_for_text("● live")
        publish(broker, texts(["after it. "]))
        session.wait_for_text("gap while reconnecting", "after it.")
        broker.freeze()
        session.wait_for_text("○ reconnecting")
        broker.thaw()
        session.wait_for_text("● live")
        assert session.quit() == 0


def test_figures_that_elapse_tick_on_the_screen(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path) as session:
        session.wait_for_text("Listening")
        publish(broker, [(CHUNKS, chunk("thinking", content="hm", seq=0))])
        session.wait_for_text("thinking 1 s")
        session.wait_for_text("thinking 2 s")


def test_ids_that_were_given_are_watched_and_nothing_else(broker: RealBroker, tmp_path: Path) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    with WatchSession(broker.url, tmp_path, ID.upper()) as session:
        session.wait_for_text("● live", "7d1f", "waiting")
        publish(broker, [*texts(["not asked for"], subject=f"chat.chunk.{other}"), *texts(["asked for"])])
        session.wait_for_text("asked for")
        assert [each["id"] for each in session.account()["conversations"]] == [ID]
        assert session.quit() == 0


def test_without_utf8_the_screen_is_plain_ascii(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, PYTHONUTF8="0", LC_ALL="C", LANG="C", PYTHONCOERCECLOCALE="0") as session:
        session.wait_for_text("Listening", "LC_ALL=C is not UTF-8: letters it lacks show as ?. LC_ALL=C.UTF-8 has all.")
        publish(broker, texts(["caf\u00e9 \u4f60\u597d and ASCII"]))
        session.wait_for_text("> caf? ???? and ASCII")
        assert session.output.isascii()
        assert session.quit() == 0


def test_the_smallest_terminal_shows_one_stream(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, columns=20, rows=5) as session:
        session.wait_for_text("● live")
        publish(broker, texts(["a few words that wrap"]))
        session.wait_for_text("a few words that", "wrap")
        session.resize(100, 30)
        session.wait_for_text("7d1f", "a few words that wrap", "quit")
        assert session.quit() == 0


def test_after_a_suspension_everything_is_on_the_screen_again(broker: RealBroker, tmp_path: Path) -> None:
    with WatchSession(broker.url, tmp_path, columns=120, rows=30) as session:
        session.wait_for_text("Listening on")
        publish(broker, [(CHUNKS, chunk("token", content="before"))])
        session.wait_for_text("before", "conversations", "1-9 pane")
        session.type(b"\x1a")
        session.wait_for_stop()
        taken = session.output.count(b"\x1b[?1049h")
        session.signal(signal.SIGCONT)
        session.wait_for(lambda s: s.output.count(b"\x1b[?1049h") > taken, "the screen to be taken again")
        session.wait_for_text("before", "conversations", "1-9 pane", "╰─ o open")


@pytest.mark.parametrize("ends_by_signal", [False, True])
def test_a_session_that_cannot_be_kept_at_the_end_is_said_after_the_screen(
    broker: RealBroker, tmp_path: Path, ends_by_signal: bool
) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    with WatchSession(broker.url, tmp_path, XDG_STATE_HOME=str(no_folder)) as session:
        session.wait_for_text("Listening")
        if ends_by_signal:
            session.signal(signal.SIGTERM)
            assert session.wait_for_end() == 128 + signal.SIGTERM
        else:
            assert session.quit() == 0
        after = bytes(session.output).rpartition(b"\x1b[?1049l")[2].decode()
    assert f"chatwatch: the session could not be kept in {no_folder}/chatwatch: Not a directory" in after
    assert "crash" not in after


def test_a_session_that_cannot_be_kept_is_nobodys_news_where_the_terminal_is_gone(
    broker: RealBroker, tmp_path: Path
) -> None:
    with WatchSession(broker.url, tmp_path, XDG_STATE_HOME="/dev/null") as session:
        session.wait_for_text("Listening")
        session.close_terminal()
        assert session.wait_for_end() == 128 + signal.SIGHUP
