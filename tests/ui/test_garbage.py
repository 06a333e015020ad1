"""What is drawn leaves nothing to the garbage collector, and what is kept is not looked at again and again."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from chatwatch_tui.ui.garbage import LOOK_AGAIN_AFTER, GarbageCollection
from tests.ui.stage import Stage


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


class Clock:
    """Stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The collector's."""
    return Clock()


@pytest.fixture
def collection(clock: Clock) -> Iterator[GarbageCollection]:
    """At work."""
    collection = GarbageCollection(clock)
    collection.start()
    yield collection
    collection.stop()


def test_what_a_full_pass_leaves_is_not_looked_at_again(collection: GarbageCollection) -> None:
    kept = [[each] for each in range(1_000)]
    gc.collect()
    assert not any(gc.is_tracked(each) and each in gc.get_objects(2) for each in kept[:10])
    assert gc.get_freeze_count() > len(kept)


def test_a_knot_that_was_kept_goes_in_the_first_quiet_second_after_ten_minutes(
    collection: GarbageCollection, clock: Clock
) -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect()
    del knot
    gc.collect()
    assert gone() is not None
    clock.now += LOOK_AGAIN_AFTER
    collection.tick(received=5)
    assert gone() is not None  # something came
    collection.tick(received=5)
    assert gone() is None


def test_it_is_not_looked_for_again_and_again(collection: GarbageCollection, clock: Clock) -> None:
    passes: list[int] = []
    gc.callbacks.append(lambda phase, info: passes.append(info["generation"]) if phase == "start" else None)
    try:
        clock.now += LOOK_AGAIN_AFTER
        for _ in range(60):
            collection.tick(received=0)
            clock.now += 1.0
    finally:
        gc.callbacks.pop()
    assert passes.count(2) == 2  # the second has nothing to look at


def test_however_much_is_kept_a_pass_looks_at_little(collection: GarbageCollection, clock: Clock) -> None:
    looked_at: list[int] = []
    clock.now += LOOK_AGAIN_AFTER
    collection.tick(received=0)  # which has found everything that there is

    def count(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            looked_at.append(sum(len(gc.get_objects(generation)) for generation in range(3)))

    gc.callbacks.insert(0, count)
    try:
        kept = [[each] for each in range(300_000)]
    finally:
        gc.callbacks.remove(count)
    assert len(looked_at) > 5
    assert max(looked_at) < 40_000
    assert len(kept) == 300_000


async def _drawn(frames: int) -> int:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.deliver(0, b'{"chunk_type": "token", "content": "before"}')
        await stage.shown(pilot)
        gc.collect()
        gc.disable()
        try:
            for number in range(frames):
                stage.deliver(0, b'{"chunk_type": "token", "content": "some %d words\\n"}' % number)
                await stage.shown(pilot)
            return gc.collect()
        finally:
            gc.enable()


def test_a_frame_more_is_no_garbage_more() -> None:
    few, many = asyncio.run(_drawn(5)), asyncio.run(_drawn(45))
    assert many - few < 40  # a row that holds itself is sixteen objects, and a frame is one row or more
