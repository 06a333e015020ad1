"""One viewer's queue: keep-alives, patience, and what is lost with an exact notice in its place."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.relay.account import Account
from chatwatch_tui.relay.frames import KEEP_ALIVE
from chatwatch_tui.relay.line import Line
from chatwatch_tui.relay.viewer import MAX_BODY, TICKS_PER_KEEP_ALIVE, Notice, Viewer
from tests.sources.harness import A


class SlowLine(Line):
    """Something waits on it."""

    waiting = 0
    cut = False

    def unsent(self) -> int:
        return self.waiting

    def hang_up(self) -> None:
        self.cut = True


def a_viewer(limit: int = 200) -> Viewer:
    return Viewer(A, limit, Account())


async def test_keep_alives_come_after_silence_only() -> None:
    viewer = a_viewer()
    waiting = asyncio.create_task(anext(viewer))
    await asyncio.sleep(0)
    for _ in range(TICKS_PER_KEEP_ALIVE - 1):
        viewer.tick(1_000)
    viewer.offer(b"x")
    assert await waiting == b"x"
    for _ in range(2):
        waiting = asyncio.create_task(anext(viewer))
        await asyncio.sleep(0)
        for _ in range(TICKS_PER_KEEP_ALIVE):
            assert not viewer.queue
            viewer.tick(1_000)
        assert await waiting == KEEP_ALIVE
    assert viewer.events_out == 1


async def test_who_takes_nothing_is_hung_up_on_but_not_while_it_moves() -> None:
    viewer = a_viewer()
    line = viewer.line = SlowLine()
    viewer.offer(b"x")
    for line.waiting in (900, 800, 700, 600, 500, 500, 500):
        viewer.tick(3)
        assert not line.cut
    viewer.tick(3)
    assert line.cut
    assert [body async for body in viewer] == []


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 5))
def test_nothing_is_lost_without_its_exact_notice(steps: list[int], limit: int) -> None:
    """0 takes, 1 is a notice of the endpoint's, anything else an event."""
    asyncio.run(_lose_and_count(steps, limit))


async def _lose_and_count(steps: list[int], limit: int) -> None:
    viewer = a_viewer(limit)
    body, offered, notices = b"", 0, 0
    for step in steps:
        if step == 0:
            body += await anext(viewer) if viewer.queue else b""
        elif step == 1:
            viewer.offer(Notice(b"notice\n"))
            notices += 1
        else:
            viewer.offer(b"%d\n" % offered)
            offered += 1
        assert len(viewer.queue) <= limit
    viewer.finish("test")
    body += b"".join([rest async for rest in viewer])
    expected = 0
    lines = body.replace(b"\n\n", b"\n").splitlines()
    for line in lines:
        if line.isdigit():
            assert int(line) == expected
            expected += 1
        elif line != b"notice":
            expected += int(line.split(b'"')[7].split()[0])
    assert expected == offered
    assert lines.count(b"notice") == notices
    assert viewer.events_out + viewer.events_dropped == offered


async def test_bodies_are_joined_up_to_a_bound() -> None:
    viewer = a_viewer()
    for size in (10, 20, MAX_BODY - 30, 1, MAX_BODY + 1, 5, 5):
        viewer.offer(b"x" * size)
    assert [len(await anext(viewer)) for _ in range(4)] == [MAX_BODY, 1, MAX_BODY + 1, 10]
    assert viewer.events_out == viewer.account.events_out == 7
