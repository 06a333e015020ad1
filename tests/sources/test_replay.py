"""Record, then replay: the same transcripts, with the same times; a slow or full disk is counted and said."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, LinkState
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.recording import Lost, Replay, header_line, lost_line, read_line
from chatwatch_tui.sources.feed import Feed
from chatwatch_tui.sources.recorder import Recorder
from chatwatch_tui.sources.replay import ReplayClock, ReplaySource
from tests.ui.conversations import BATCHES, START, token

KEYS = [ConversationKey("nats", f"0000000{n}-0000-4000-8000-00000000000{n}") for n in (1, 2, 3)]
Conversations = dict[str, Conversation]


def apply_to(known: Conversations, key: ConversationKey, arrivals: list[Arrival]) -> None:
    known.setdefault(key.id, Conversation(key, Decoder())).apply(arrivals)


async def replayed(path: Path, **options: Any) -> tuple[Conversations, ReplaySource, Feed]:
    """All of a recording, at once unless told otherwise."""
    clock = ReplayClock(options.get("speed", 1.0))
    feed = Feed(clock=clock)
    source = ReplaySource(Replay(path, **{"at_once": True} | options), clock)
    task = asyncio.create_task(source.run(feed))
    known: Conversations = {}
    said: list[Any] = []
    while not said or said[-1].state not in (LinkState.CLOSED, LinkState.REFUSED):
        await asyncio.sleep(0.001)
        said += feed.take_statuses()
        assert not task.done()
    while drained := feed.drain(1_000):
        for key, arrivals in drained:
            apply_to(known, key, arrivals)
    task.cancel()
    source.bad_words = said[-1].detail  # type: ignore[attr-defined]
    return known, source, feed


def looks(block: Block) -> tuple[object, ...]:
    hidden = ("revision", "latest", "latest_begin")
    return type(block), *(getattr(block, name) for name in block.__struct_fields__ if name not in hidden)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 30), BATCHES), min_size=1, max_size=12))
def test_record_and_replay_give_the_same_transcripts(traffic: list[tuple[int, float, list[Delivery]]]) -> None:
    now = START
    feed = Feed(clock=lambda: now)
    known: Conversations = {}
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "talk.jsonl", START)
        for number, after, batch in traffic:
            now += after
            feed.deliver([(feed.inbox(KEYS[number]), delivery) for delivery in batch])
            if len(batch) % 2:
                for key, arrivals in feed.drain(100_000):
                    apply_to(known, key, arrivals)
                    recorder.take(key, arrivals)
        for key, arrivals in feed.drain(100_000):
            apply_to(known, key, arrivals)
            recorder.take(key, arrivals)
        assert recorder.stop(10.0)
        assert recorder.size == recorder.path.stat().st_size
        again, source, _ = asyncio.run(replayed(recorder.path))
    assert source.deliveries == recorder.deliveries == sum(len(batch) for _, _, batch in traffic)
    assert set(again) == set(known)
    for id_, conversation in known.items():
        same = again[id_]
        assert list(map(looks, same.transcript.blocks)) == list(map(looks, conversation.transcript.blocks))
        assert same.transcript.turns == conversation.transcript.turns
        assert same.counters == conversation.counters
        assert (same.phase, same.last_arrival) == (conversation.phase, conversation.last_arrival)


def test_a_recording_is_private_and_never_goes_over_a_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "talk.jsonl", START)
    recorder.stop()
    assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "talk.jsonl", START)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        Recorder(tmp_path / "link", START)


def stalled(recorder: Recorder) -> Callable[[], None]:
    """Let the writer wait for a disk; call the result to let it go on."""
    gate = threading.Event()
    write = recorder._write

    def wait(data: bytes) -> None:
        gate.wait(20)
        write(data)

    recorder._write = wait  # type: ignore[method-assign]
    return gate.set


def test_what_a_slow_disk_cannot_take_is_counted_and_marked_where_it_is_missing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "talk.jsonl", START, max_waiting_bytes=5_000)
    go_on = stalled(recorder)
    for number in range(100):
        recorder.take(KEYS[0], [Arrival(START + number, [token(f"{number} ")] * 2)])
    assert recorder.lost > 0
    assert recorder.deliveries + recorder.lost <= 200
    go_on()
    assert recorder.stop(10)
    assert recorder.deliveries + recorder.lost == 200
    lines = [read_line(n, data) for n, data in enumerate(recorder.path.read_bytes().splitlines(), 1)][1:]
    marks = [line for line in lines if isinstance(line, Lost)]
    assert sum(mark.deliveries for mark in marks) == recorder.lost
    assert len(lines) - len(marks) == recorder.deliveries


def test_a_disk_that_fails_ends_the_recording_with_a_word_and_the_program_goes_on(tmp_path: Path) -> None:
    reasons: list[str] = []
    recorder = Recorder(tmp_path / "talk.jsonl", START, on_failure=reasons.append)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, recorder._file.fileno())
    os.close(full)
    recorder.take(KEYS[0], [Arrival(START, [token("a")])])
    assert not recorder.stop(10)
    assert reasons == ["No space left on device"]
    recorder.take(KEYS[0], [Arrival(START, [token("a")])])
    assert recorder.failure == reasons[0]


async def test_bad_lines_are_counted_and_the_rest_is_played(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    recorder = Recorder(path, START)
    recorder.take(KEYS[0], [Arrival(START, [token("one ")])])
    recorder.stop()
    good = path.read_bytes().splitlines(keepends=True)[1]
    path.write_bytes(header_line(START) + good + b"nonsense\n\n" + good + lost_line(START, 12) + b'{"at": 1')
    known, source, _ = await replayed(path)
    (conversation,) = known.values()
    assert conversation.counters.chunks == {"token": 2}
    assert conversation.counters.unknown_gaps == 1
    assert [(each.number, each.reason) for each in source.bad] == [(3, "not JSON"), (7, "not JSON")]
    assert "2 lines could not be read, the first is line 3" in source.bad_words  # type: ignore[attr-defined]


async def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("hello\n")
    for name, words in (("notes", "no recording of chatwatch"), ("nowhere", "No such file"), (".", "Is a directory")):
        known, source, _ = await replayed(tmp_path / name)
        assert not known
        assert words in source.bad_words  # type: ignore[attr-defined]


async def test_pace_is_the_recordings_times_the_speed(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "talk.jsonl", START)
    recorder.take(KEYS[0], [Arrival(START + at, [token(f"{at} ")]) for at in (0, 10, 20)])
    recorder.stop()
    loop = asyncio.get_running_loop()
    began = loop.time()
    known, _, _ = await replayed(recorder.path, at_once=False, speed=100.0)
    assert loop.time() - began >= 0.2
    (conversation,) = known.values()
    assert [arrival.at for arrival in conversation.raw] == [START, START + 10, START + 20]


async def test_time_ends_with_the_recording(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "talk.jsonl", START)
    recorder.take(KEYS[0], [Arrival(START, [token("a")])])
    recorder.stop()
    clock = ReplayClock()
    task = asyncio.create_task(ReplaySource(Replay(recorder.path), clock).run(Feed(clock=clock)))
    while clock() > START + 1_000 or clock._pinned is None:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    ended = clock()
    await asyncio.sleep(0.02)
    assert clock() == ended
    task.cancel()


async def test_a_source_of_a_second_name_keeps_it(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "talk.jsonl", START)
    for source in ("prod", "staging"):
        recorder.take(ConversationKey(source, KEYS[0].id), [Arrival(START, [token(source)])])
    recorder.stop()
    feed = Feed()
    clock = ReplayClock()
    task = asyncio.create_task(ReplaySource(Replay(recorder.path, at_once=True), clock).run(feed))
    while feed.waiting < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert [key.source for key, _ in feed.drain(10)] == ["talk.jsonl", "talk.jsonl: staging"]
    task.cancel()
