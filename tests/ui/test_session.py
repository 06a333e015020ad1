"""What comes back at the next start, what does not, and what becomes of files that cannot be used."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.board import SLOTS, Board, LayoutChoice, Slot
from chatwatch_tui.ui.reading import View
from chatwatch_tui.ui.session import (
    KEPT_OF_IDS,
    Arrangement,
    LayoutStore,
    PaneKept,
    Session,
    SessionStore,
    StateFileError,
    arrangement_of,
    put_back,
    session_file,
)
from tests.ui.stage import SOURCE, Stage, key_of

WIDE = (160, 40)
SLOT = st.builds(
    Slot,
    st.builds(ConversationKey, st.just("nats"), st.integers(0, 30).map(str)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
BOARDS = st.dictionaries(st.integers(1, SLOTS), SLOT, max_size=SLOTS).filter(
    lambda slots: len({slot.key for slot in slots.values()}) == len(slots)
)


def a_board(slots: dict[int, Slot]) -> Board:
    board = Board()
    board.slots = dict(slots)
    board.focus = min(slots, default=1)
    return board


# -- arrangements ------------------------------------------------------------------------------------------------------


@given(BOARDS, st.sampled_from(LayoutChoice), st.booleans(), st.none() | st.booleans())
def test_what_was_kept_comes_back_the_same(
    slots: dict[int, Slot], choice: LayoutChoice, zoomed: bool, roster: bool | None
) -> None:
    board = a_board(slots)
    board.choice, board.zoomed, board.roster_wanted = choice, zoomed and bool(slots), roster
    kept = arrangement_of(board, lambda number: number % 2 == 0)
    other = Board()
    filled, foreign = put_back(other, kept, {"nats"})
    assert (filled, foreign) == (sorted(slots), 0)
    assert other.slots == board.slots
    assert (other.focus, other.choice, other.zoomed, other.roster_wanted) == (
        board.focus,
        choice,
        board.zoomed,
        roster,
    )


@given(BOARDS, BOARDS)
def test_putting_back_moves_no_locked_pane_and_opens_nothing_twice(now: dict[int, Slot], kept: dict[int, Slot]) -> None:
    board = a_board(now)
    locked = {number: slot for number, slot in now.items() if slot.locked}
    put_back(board, arrangement_of(a_board(kept), lambda _: False), {"nats"})
    assert locked.items() <= board.slots.items()
    assert len(board.keys()) == len(board.slots)
    assert not board.slots or board.focus in board.slots


def test_panes_of_sources_that_are_not_watched_now_are_counted_and_left_out() -> None:
    kept = Arrangement({1: PaneKept("here", "a"), 2: PaneKept("elsewhere", "b")}, focus=2)
    board = Board()
    assert put_back(board, kept, {"here"}) == ([1], 1)
    assert board.focus == 1


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_session_survives_its_file(tmp_path: Path) -> None:
    session = Session(
        Arrangement({3: PaneKept("nats", "x", pinned=True, frozen=True)}, 3, LayoutChoice.SIX, True, False)
    )
    SessionStore(tmp_path / "new", ["nats"]).save(session)
    assert SessionStore(tmp_path / "new", ["nats"]).load() == session
    (path,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sessions_of_other_sources_are_others(tmp_path: Path) -> None:
    SessionStore(tmp_path, ["a"]).save(Session(Arrangement(focus=4)))
    assert SessionStore(tmp_path, ["b"]).load() is None
    assert session_file(["a", "b"]) == session_file(["b", "a"])


@given(st.lists(st.text(max_size=80), max_size=4))
def test_a_session_file_has_a_safe_name_for_every_source(sources: list[str]) -> None:
    name = session_file(sources)
    assert name.isascii()
    assert "/" not in name
    assert name.startswith("session-")
    assert len(name) < 100


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"\xff", b'{"arrangement": {"panes": 3}}', b"[" * 100_000])
def test_a_file_that_cannot_be_understood_is_put_aside_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / session_file(["nats"])
    path.write_bytes(content)
    store = SessionStore(tmp_path, ["nats"])
    with pytest.raises(StateFileError, match="put aside"):
        store.load()
    assert path.with_suffix(".unreadable").read_bytes() == content
    assert store.load() is None


def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, ["nats"])
    store.save(Session())
    path = tmp_path / session_file(["nats"])
    path.unlink()
    store.save(Session())
    assert not path.exists()


def test_named_layouts_are_kept_replaced_and_given_up(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path)
    assert store.names() == []
    store.put("night", Arrangement(focus=2))
    store.put("day", Arrangement(layout=LayoutChoice.NINE))
    store.put("night", Arrangement(focus=3))
    other = LayoutStore(tmp_path)
    assert other.names() == ["day", "night"]
    assert other.get("night") == Arrangement(focus=3)
    assert other.drop("day")
    assert not other.drop("day")
    assert store.names() == ["night"]


# -- on the dashboard --------------------------------------------------------------------------------------------------


async def leave_one_behind(tmp_path: Path) -> None:
    """A session with three panes: the second pinned, the third locked and frozen, six panes wanted."""
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "hello")
        await stage.shown(pilot)
        await pilot.press("2", "p", "3", "P", "space", "L", "L", "L", "L", "2")


async def test_panes_pins_locks_layout_and_freezes_come_back(tmp_path: Path) -> None:
    await leave_one_behind(tmp_path)
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        board = stage.dashboard.board
        assert {number: slot.key for number, slot in board.slots.items()} == {n: key_of(n) for n in (1, 2, 3)}
        assert [(slot.pinned, slot.locked) for slot in board.slots.values()] == [
            (False, False),
            (True, False),
            (False, True),
        ]
        assert (board.choice, board.focus) == (LayoutChoice.SIX, 2)
        assert "3 panes of last time" in "\n".join(stage.screen())
        assert "Frozen before anything was here; Space" in stage.rows(3)[1]
        stage.text(3, "more")
        stage.text(1, "again")
        await stage.shown(pilot)
        view = stage.pane(3).view
        assert view is not None
        assert view.is_frozen
        assert view.news().deliveries == 1
        assert "again" in "\n".join(stage.rows(1))
        await pilot.press("3", "space")
        assert "more" in "\n".join(stage.rows(3))


async def test_only_panes_that_come_back_are_counted(tmp_path: Path) -> None:
    """A file that was written by hand, or by a chatwatch that had more panes."""
    panes = {1: PaneKept(SOURCE, key_of(1).id), 2: PaneKept(SOURCE, key_of(1).id), 77: PaneKept(SOURCE, key_of(3).id)}
    SessionStore(tmp_path, [SOURCE]).save(Session(Arrangement(panes)))
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "1 pane of last time" in "\n".join(stage.screen())


async def test_fresh_starts_without_and_leaves_what_was_kept(tmp_path: Path) -> None:
    await leave_one_behind(tmp_path)
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]), fresh=True)
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert not stage.dashboard.board.slots
        stage.text(7, "hello")
        await stage.shown(pilot)
        await pilot.press("p")
    kept = SessionStore(tmp_path, [SOURCE]).load()
    assert kept is not None
    assert [pane.key for pane in kept.arrangement.panes.values()] == [key_of(n) for n in (1, 2, 3)]


async def test_a_pane_of_last_time_has_its_label_before_it_speaks(tmp_path: Path) -> None:
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.message(1, "user", "hi", title="billing\x1b[31m")
        await stage.shown(pilot)
    assert "\x1b" not in SessionStore(tmp_path, [SOURCE]).load().arrangement.panes[1].label  # type: ignore[union-attr]
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "0001 billing" in stage.rows(1)[0]
        stage.message(1, "user", "hi", title="orders")
        await stage.shown(pilot)
        assert "0001 orders" in stage.rows(1)[0]


async def test_a_pane_of_last_time_waits_a_while_for_its_conversation(tmp_path: Path) -> None:
    """More conversations speak than there are panes: who speaks first must not take the panes of last time."""
    kept = [key_of(number) for number in range(1, 10)]
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in range(1, 10):
            stage.text(number, "a")
        await stage.shown(pilot)
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.shown(pilot)
        board = stage.dashboard.board
        for number in range(10, 13):
            stage.text(number, "b")
        await stage.shown(pilot)
        assert [board.slots[number].key for number in range(1, 10)] == kept
        stage.now += 30
        for number in range(2, 8):
            stage.text(number, "here again")
        await stage.shown(pilot)
        await pilot.press("8", "p", "9", "space")
        stage.now += 31
        await stage.tick(pilot)
        assert [board.slots[number].key for number in range(2, 9)] == kept[1:8], "they came, or are the operator's"
        assert board.slots[9].key == key_of(9), "frozen: the operator holds it"
        others = {key_of(number) for number in range(10, 13)}
        assert board.slots[1].key in others, "it did not come, and others need the room"


async def test_with_ids_given_only_those_are_open_and_have_a_session_of_their_own(tmp_path: Path) -> None:
    await leave_one_behind(tmp_path)
    ids = [key_of(1).id, key_of(2).id]
    stage = Stage(session=SessionStore(tmp_path, [SOURCE], ids), asked_for=2)
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert list(stage.dashboard.board.slots) == [1, 2]
        assert stage.dashboard.board.choice is LayoutChoice.AUTO
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("2", "x", "1", "p", "space", "L")
    stage = Stage(session=SessionStore(tmp_path, [SOURCE], ids[::-1]), asked_for=2)
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        slots = stage.dashboard.board.slots
        assert {number: (slot.key, slot.pinned) for number, slot in slots.items()} == {
            1: (key_of(1), True),
            2: (key_of(2), False),
        }, "closed last time, but asked for now"
        view = stage.pane(1).view
        assert view is not None
        assert view.is_frozen
        assert stage.dashboard.board.choice is LayoutChoice.ONE
        assert stage.dashboard.board.focus == 1
        assert "Arranged as last time; --fresh starts without." in stage.screen()[-1]
    kept = SessionStore(tmp_path, [SOURCE]).load()
    assert kept is not None
    assert len(kept.arrangement.panes) == 3, "that of all conversations is as it was left"
    assert kept.arrangement.layout is LayoutChoice.SIX


def test_of_sessions_with_ids_only_the_newest_are_kept(tmp_path: Path) -> None:
    SessionStore(tmp_path, ["nats"]).save(Session())
    for number in range(KEPT_OF_IDS + 5):
        SessionStore(tmp_path, ["nats"], [f"{number}"]).save(Session(Arrangement(focus=2)))
        os.utime(tmp_path / session_file(["nats"], [f"{number}"]), (number, number))
    assert SessionStore(tmp_path, ["nats"]).load() == Session()
    left = [n for n in range(KEPT_OF_IDS + 5) if (tmp_path / session_file(["nats"], [f"{n}"])).exists()]
    assert left == list(range(5, KEPT_OF_IDS + 5))


async def test_the_session_is_kept_while_it_runs_not_only_at_its_end(tmp_path: Path) -> None:
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        for _ in range(5):
            await stage.tick(pilot)
        kept = SessionStore(tmp_path, [SOURCE]).load()
        assert kept is not None
        assert list(kept.arrangement.panes) == [1]


async def test_a_session_that_cannot_be_read_or_kept_is_said_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / session_file([SOURCE])).write_bytes(b"nonsense")
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "cannot be understood" in "\n".join(stage.screen())
        stage.dashboard._session = SessionStore(Path(os.devnull) / "no", [SOURCE])
        for _ in range(5):
            await stage.tick(pilot)
        assert "The session cannot be kept: Not a directory" in "\n".join(stage.screen())


async def test_a_locked_pane_says_so_and_is_not_closed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("P", "x")
        assert "Pane 1 is locked. P unlocks it." in "\n".join(stage.screen())
        assert "1▣" in stage.rows(1)[0]
        await pilot.press("P", "x")
        assert not stage.dashboard.board.slots


async def test_what_a_publisher_dates_or_names_can_be_kept(tmp_path: Path) -> None:
    """Times and names from the wire carry more than a float and a str: the demo's do."""
    store = SessionStore(tmp_path, {SOURCE})
    stage = Stage(session=store)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.play(pilot, 12.0)
        await pilot.press("1", "up", "m", "2", "p", "t", "3", "v", "space")
        stage.dashboard.write_session()
        kept = store.load()
        assert kept is not None
        assert len(kept.marks) == 1
        assert len(kept.arrangement.panes) == 9


async def test_a_session_that_cannot_be_kept_ends_nothing_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(session=SessionStore(tmp_path, {SOURCE}))
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        monkeypatch.setattr(stage.dashboard.marks, "to_plain", lambda: [object()])
        for _ in range(6):
            await stage.tick(pilot)
        assert "The session cannot be kept: Encoding objects of type object is unsupported" in stage.screen()[-1]


async def test_levels_views_and_marks_come_back(tmp_path: Path) -> None:
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "a thought", flow="thinking")
        stage.text(1, "first words")
        stage.text(2, "hello")
        await stage.shown(pilot)
        await pilot.press("1", "t", "m", "2", "v", "1")
        hidden = stage.pane(1).view.reading.display  # type: ignore[union-attr]
    stage = Stage(session=SessionStore(tmp_path, [SOURCE]))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        one, two = stage.pane(1).view, stage.pane(2).view
        assert one is not None
        assert two is not None
        assert one.reading.display == hidden != two.reading.display
        assert two.reading.view is View.RAW
        assert [each["words"] for each in stage.dashboard.marks.to_plain()] == ["firstwords"]


async def test_a_layout_is_kept_under_a_name_taken_up_again_and_given_up(tmp_path: Path) -> None:
    stage = Stage(layouts=LayoutStore(tmp_path))
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "hello")
        await stage.shown(pilot)
        await pilot.press("2", "S", *"night", "enter")
        assert LayoutStore(tmp_path).names() == ["night"]
        await pilot.press("3", "x", "1", "x", "2")
        assert list(stage.dashboard.board.slots) == [2]
        await pilot.press("colon", *"named,night", "enter")
        await pilot.pause()
        assert {number: slot.key for number, slot in stage.dashboard.board.slots.items()} == {
            n: key_of(n) for n in (1, 2, 3)
        }
        assert "hello" in "\n".join(stage.rows(3))
        assert "Layout: night" in stage.screen()[-1]


async def test_a_kept_layout_is_replaced_only_when_that_was_said_and_wanted(tmp_path: Path) -> None:
    stage = Stage(layouts=LayoutStore(tmp_path))
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "hello")
        await stage.shown(pilot)
        await pilot.press("S", *"night", "enter", "3", "x", "S", *"night", "enter")
        assert "It is kept already: Enter again replaces it." in stage.screen()[-1]
        await pilot.press("escape", "S", *"night", "enter")
        assert len(LayoutStore(tmp_path).all()["night"].panes) == 3
        await pilot.press("enter")
        assert "Layout kept, in place of the one of that name." in stage.screen()[-1]
        assert len(LayoutStore(tmp_path).all()["night"].panes) == 2


async def test_a_layout_is_chosen_from_the_list(tmp_path: Path) -> None:
    LayoutStore(tmp_path).put("day", Arrangement(layout=LayoutChoice.NINE))
    LayoutStore(tmp_path).put("night", Arrangement({2: PaneKept(SOURCE, key_of(7).id)}, 2, LayoutChoice.TWO))
    stage = Stage(layouts=LayoutStore(tmp_path))
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "hello")
        await stage.shown(pilot)
        await pilot.press("1", "P", "l")
        assert any("night" in row and "1 open · 2 panes" in row for row in stage.screen())
        await pilot.press(*"nig", "enter")
        await pilot.pause()
        board = stage.dashboard.board
        assert {number: slot.key for number, slot in board.slots.items()} == {1: key_of(1), 2: key_of(7)}
        assert board.choice is LayoutChoice.TWO
        assert stage.pane(3).view is None, "what is locked stays, and nothing else"


async def test_a_layout_is_given_up_when_it_was_asked_twice(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        LayoutStore(tmp_path).put(name, Arrangement())
    stage = Stage(layouts=LayoutStore(tmp_path))

    def question() -> list[str]:
        return [row.split("▸")[1].split()[0] for row in stage.screen() if "again gives it up" in row]

    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("l")
        for other in (("up", "down", "up"), ("b", "backspace"), ("escape", "l")):
            await pilot.press("delete")
            assert question() == ["a"]
            await pilot.press(*other)
            assert not question(), "whatever else is pressed means no"
        await pilot.press("down", "delete")
        assert LayoutStore(tmp_path).names() == ["a", "b", "c"]
        await pilot.press("delete")
        assert LayoutStore(tmp_path).names() == ["a", "c"]
        await pilot.press("delete", "delete")
        assert LayoutStore(tmp_path).names() == ["a"], "the cursor is on the next one"
        await pilot.press("delete", "delete")
        assert LayoutStore(tmp_path).names() == []
        await pilot.pause()
        assert stage.app.screen is stage.dashboard
        await pilot.press("l")
        assert "No layout has been kept yet. S keeps these panes" in stage.screen()[-1]


async def test_a_layout_that_cannot_be_given_up_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LayoutStore(tmp_path)
    store.put("day", Arrangement())
    stage = Stage(layouts=store)

    def full(name: str) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "drop", full)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l", "delete", "delete")
        await pilot.pause()
        assert "The layout was not given up:" in stage.screen()[-1]
