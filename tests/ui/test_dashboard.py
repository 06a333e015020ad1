"""The dashboard as an operator drives it: what comes in, what the keys do, what stands on the screen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from chatwatch_tui.core.events import CutOff, Gap, GapCause, LinkState
from chatwatch_tui.ui.board import SLOTS
from chatwatch_tui.ui.screens.help import HelpScreen
from chatwatch_tui.ui.widgets.roster_list import RosterList
from tests.ui.stage import Stage, key_of

WIDE = (160, 40)


async def open_conversations(stage: Stage, pilot: Pilot[int], count: int) -> None:
    for number in range(1, count + 1):
        stage.text(number, f"conversation {number}")
    await stage.shown(pilot)


def shown_panes(stage: Stage) -> list[int]:
    return [number for number in range(1, SLOTS + 1) if stage.pane(number).display]


# -- discovery -------------------------------------------------------------------------------------------------------


async def test_conversations_open_in_free_panes_as_they_speak() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 4)
        assert [slot.key for _, slot in sorted(stage.dashboard.board.slots.items())] == [key_of(n) for n in range(1, 5)]
        assert shown_panes(stage) == [1, 2, 3, 4]
        assert "conversation 3" in "\n".join(stage.rows(3))


async def test_the_tenth_conversation_stands_in_the_roster_and_takes_no_pane() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await open_conversations(stage, pilot, 10)
        assert key_of(10) not in stage.dashboard.board.keys()  # noqa: SIM118
        assert any(" 0010 " in row for row in stage.screen())


async def test_what_the_operator_closed_does_not_come_back_by_itself() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 2)
        await pilot.press("2", "x")
        stage.text(2, " and more")
        await stage.shown(pilot)
        assert shown_panes(stage) == [1]
        conversation = stage.watching.roster.get(key_of(2))
        assert conversation is not None
        assert conversation.counters.chunks.total() == 2


async def test_conversations_asked_for_are_open_before_they_speak() -> None:
    stage = Stage(asked_for=2)
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert shown_panes(stage) == [1, 2]
        assert "waiting" in stage.rows(1)[0]


async def test_a_spent_conversation_of_discovery_gives_way_and_a_pinned_one_does_not() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await open_conversations(stage, pilot, 9)
        for number in range(1, 10):
            stage.chunk(number, "done")
        await stage.shown(pilot)
        for number in range(1, 10):
            await pilot.press(str(number), "a")
        await pilot.press("2", "p", "9")
        stage.now += 61
        stage.text(10, "newer")
        stage.text(11, "newer still")
        await stage.shown(pilot)
        open_keys = stage.dashboard.board.keys()
        assert {key_of(10), key_of(11), key_of(2), key_of(9)} <= open_keys
        assert key_of(1) not in open_keys
        assert key_of(3) not in open_keys


async def test_the_quietest_is_given_up_but_never_one_that_is_on_screen() -> None:
    stage = Stage(max_conversations=10)
    async with stage.app.run_test(size=(200, 50)) as pilot:
        for number in range(1, 13):
            stage.now += 1
            stage.text(number, "spoken")
            await stage.shown(pilot)
        assert {each.key for each in stage.watching.roster} == {key_of(n) for n in (*range(1, 10), 12)}
        assert stage.watching.roster.evicted == 2
        stage.text(10, "back")
        await stage.shown(pilot)
        assert stage.watching.roster.get(key_of(10)) is not None, "what was given up may speak again"


# -- keys ------------------------------------------------------------------------------------------------------------


async def test_going_from_pane_to_pane() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 4)
        visited = []
        for key in ("3", "tab", "tab", "shift+tab", "grave_accent"):
            await pilot.press(key)
            visited.append(stage.dashboard.board.focus)
        assert visited == [3, 4, 1, 4, 1]
        await pilot.press("8")
        assert stage.dashboard.board.focus == 1
        assert "pane 8" in stage.screen()[-1]


async def test_zoom_shows_one_pane_and_escape_brings_the_others_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 4)
        await pilot.press("2", "z")
        assert shown_panes(stage) == [2]
        await pilot.press("escape")
        assert shown_panes(stage) == [1, 2, 3, 4]


async def test_layouts_are_gone_through_and_named() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 4)
        await pilot.press("L")
        assert shown_panes(stage) == [1]
        assert "1 pane" in stage.screen()[-1]
        await pilot.press("L")
        assert shown_panes(stage) == [1, 2]
        await pilot.press("4")
        assert shown_panes(stage) == [3, 4], "the page with the focus"


async def test_a_conversation_is_chosen_from_the_roster() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await open_conversations(stage, pilot, 12)
        await pilot.press("o")
        for _ in range(30):
            await pilot.press("down")
        stage.text(12, " goes on")
        await stage.shown(pilot)
        await pilot.press("enter")
        focus = stage.dashboard.board.focus
        assert stage.dashboard.board.slots[focus].key == key_of(12)
        assert stage.dashboard.board.slots[focus].by_operator


async def test_the_most_urgent_come_first_in_the_list_again_once_the_cursor_rests() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await open_conversations(stage, pilot, 3)
        await pilot.press("b", "down")
        roster = stage.dashboard.query_one(RosterList)
        chosen = roster.chosen
        assert chosen is not None
        before = stage.screen()[3:6]
        stage.chunk(3 if chosen != key_of(3) else 2, "error", error="no")
        failed = "0003" if chosen != key_of(3) else "0002"
        await stage.shown(pilot)
        stage.now += 5
        await stage.tick(pilot)
        assert [row[:12] for row in stage.screen()[3:6]] == [row[:12] for row in before], "whoever reads finds it there"
        stage.now += 5
        await stage.tick(pilot)
        assert failed in stage.screen()[3]
        assert roster.chosen == chosen
        assert sum("▸" in row for row in stage.screen()[3:6]) == 1
        await pilot.press("enter")
        assert stage.dashboard.board.slots[stage.dashboard.board.focus].key == chosen


async def test_the_footer_has_the_keys_that_act_now() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await open_conversations(stage, pilot, 3)
        usual = stage.screen()[-1]
        assert "z zoom" in usual
        await pilot.press("b")
        await pilot.pause()
        assert stage.screen()[-1].split() == ["a", "seen", "u", "mute", "?", "help", ":", "palette", "q", "quit"]
        await pilot.press("escape")
        await pilot.pause()
        assert stage.screen()[-1] == usual
        await pilot.press("T")
        await pilot.pause()
        assert not stage.screen()[-1].strip(), "the menu says its own"
        await pilot.press("escape")
        await pilot.pause()
        assert stage.screen()[-1] == usual


async def test_the_roster_lies_over_the_panes_where_it_is_narrow() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await open_conversations(stage, pilot, 3)
        assert not any("conversations" in row for row in stage.screen())
        await pilot.press("b")
        assert any("conversations" in row for row in stage.screen())
        await pilot.press("escape")
        assert shown_panes(stage) == [1]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_cursor_goes_into_the_roster_by_a_key_at_every_width(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await open_conversations(stage, pilot, 12)
        roster = stage.dashboard.query_one(RosterList)
        await pilot.press("B")
        first = roster.chosen
        assert first is not None
        await pilot.press("pagedown", "end", "home", "down")
        second = roster.chosen
        assert second not in (None, first)
        await pilot.press("enter")
        assert stage.dashboard.board.slots[stage.dashboard.board.focus].key == second
        assert roster.chosen is None
        for way_out in ("escape", "B"):
            await pilot.press("B", way_out)
            assert roster.chosen is None


async def test_attention_is_visited_in_order_and_acknowledged() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 4)
        await pilot.press("exclamation_mark")
        assert "Nothing needs you" in stage.screen()[-1]
        stage.chunk(2, "done")
        stage.chunk(3, "error", error="it broke")
        stage.now += 20  # 1 and 4 fall silent while answering
        stage.text(4, "still here")
        await stage.shown(pilot)
        visited = []
        for _ in range(4):
            await pilot.press("exclamation_mark")
            visited.append(stage.dashboard.board.focus)
        assert visited == [3, 1, 2, 3]
        await pilot.press("a", "exclamation_mark")
        assert stage.dashboard.board.focus == 1


async def test_help_lists_every_key_and_closes() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 260)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(stage.app.screen, HelpScreen)
        text = "\n".join(stage.screen())
        assert all(words in text for words in ("Shift+Tab", "Freeze or release all panes", "57/s", "Write the file"))
        await pilot.press("escape")
        assert not isinstance(stage.app.screen, HelpScreen)


async def test_quit_ends_with_zero() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert stage.app.return_code == 0


# -- reading -----------------------------------------------------------------------------------------------------------


async def test_scrolled_up_the_text_stays_and_the_frame_counts() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"line {number}\n" for number in range(100)))
        await stage.shown(pilot)
        await pilot.press("pageup", "k")
        before = stage.rows(1)[1:-1]
        stage.text(1, *(f"later {number}\n" for number in range(50)))
        stage.chunk(1, "error", error="and it broke")
        await stage.shown(pilot)
        rows = stage.rows(1)
        assert rows[1:-1] == before
        assert "+51 new, 1 error" in rows[-1]
        await pilot.press("G")
        assert "turn 1 failed" in "\n".join(stage.rows(1))
        assert "new" not in stage.rows(1)[-1]


async def test_a_resize_keeps_the_readers_place() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"paragraph {number} " + "of many words " * 20 + "\n" for number in range(60)))
        await stage.shown(pilot)
        await pilot.press("pageup", "pageup", "pageup")
        top = stage.rows(1)[1].strip("│▸ ").split()[:4]
        for size in ((131, 40), (58, 14), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert " ".join(top) in " ".join(" ".join(row.strip("│ ") for row in stage.rows(1)[:4]).split())


async def test_a_frozen_pane_shows_what_there_was_and_catches_up_when_released() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 2)
        await pilot.press("1", "space")
        frozen = stage.rows(1)[1:-1]
        stage.text(1, " which goes on")
        stage.text(2, " which goes on")
        await stage.shown(pilot)
        assert stage.rows(1)[1:-1] == frozen
        assert "frozen" in stage.rows(1)[0]
        assert "+1 new" in stage.rows(1)[-1]
        assert any("conversation 2 which goes on" in row for row in stage.rows(2))
        await pilot.press("space")
        assert any("conversation 1 which goes on" in row for row in stage.rows(1))


async def test_all_panes_freeze_and_are_released_together() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 3)
        await pilot.press("F")
        assert all("frozen" in stage.rows(number)[0] for number in (1, 2, 3))
        await pilot.press("F")
        assert not any("frozen" in stage.rows(number)[0] for number in (1, 2, 3))


async def test_all_panes_that_were_frozen_together_are_released_together_though_one_was_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 3)
        await pilot.press("F", "end", "F")
        assert not any("frozen" in stage.rows(number)[0] for number in (1, 2, 3))
        await pilot.press("space", "F")
        assert all("frozen" in stage.rows(number)[0] for number in (1, 2, 3))


# -- the truth -------------------------------------------------------------------------------------------------------


async def test_the_status_bar_says_the_links_state_in_words() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        for state, fields, words in (
            (LinkState.CONNECTING, {"attempt": 3, "detail": "connection refused by db:4222"}, "connection refused"),
            (LinkState.LIVE, {"rtt": 0.0031}, "live 3 ms"),
            (LinkState.RECONNECTING, {"attempt": 2}, "reconnecting (2, "),
            (LinkState.REFUSED, {"detail": "the user is wrong"}, "refused the user is wrong"),
            (LinkState.FORBIDDEN, {"detail": "this account may not discover"}, "may not discover"),
        ):
            stage.link(state, **fields)
            await stage.shown(pilot)
            assert words in stage.screen()[0]


async def test_why_a_link_is_down_is_said_at_80_columns_and_in_full_by_name() -> None:
    stage = Stage()
    why = "the endpoint says: NATS not available, and whoever runs it knows more about the reason for that"
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.link(LinkState.LIVE)
        await open_conversations(stage, pilot, 2)
        stage.link(LinkState.RECONNECTING, attempt=4, detail=why)
        await stage.shown(pilot)
        assert "the endpoint" in stage.screen()[0]
        await pilot.press("colon", *"links", "enter")
        await stage.shown(pilot)
        assert f"reconnecting (4, 0 s) {why}" in " ".join(" ".join(stage.screen()[-3:]).split())


async def test_a_lost_link_is_told_from_a_silent_model() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.link(LinkState.LIVE)
        await open_conversations(stage, pilot, 1)
        stage.now += 30
        stage.text(2, "speaks")
        await stage.shown(pilot)
        assert "model silent 30 s" in stage.rows(1)[0]
        assert "lag" in stage.screen()[0]
        stage.link(LinkState.RECONNECTING)
        await stage.shown(pilot)
        assert "link down" in stage.rows(1)[0]
        assert "0 live · 2 cut off" in stage.screen()[0]
        assert "lag" not in stage.screen()[0], "nobody knows it"
        stage.link(LinkState.LIVE)
        await stage.shown(pilot)
        assert "2 live" in stage.screen()[0]
        assert "lag   0.0 s" in stage.screen()[0]
        assert "cut off" not in stage.screen()[0]


async def test_a_refusal_of_one_conversation_stands_in_its_pane_alone() -> None:
    stage = Stage(asked_for=3)
    async with stage.app.run_test(size=WIDE) as pilot:
        refusal = CutOff("not permitted", "unknown or not yours to view (404)")
        words = "1 of 3 not permitted (00020000)"
        stage.link(LinkState.FORBIDDEN, detail=words, cut_off={key_of(2).id: refusal})
        await stage.shown(pilot)
        assert f"forbidden {words}" in stage.screen()[0]
        drawn = ["\n".join(stage.rows(number)) for number in (1, 2, 3)]
        assert ["not yours to view (404)" in rows for rows in drawn] == [False, True, False]
        assert ["○ not permitted" in rows for rows in drawn] == [False, True, False]
        stage.link(LinkState.LIVE, cut_off={})
        await stage.shown(pilot)
        assert "not yours" not in "\n".join(stage.rows(2))
        assert "· waiting" in stage.rows(2)[0]


async def test_what_one_conversation_lost_stops_no_clock_of_another() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 2)
        lost = {key_of(2).id: CutOff("link down", "the endpoint ended the stream")}
        stage.link(LinkState.RECONNECTING, detail="1 of 2 down", cut_off=lost)
        stage.now += 60
        await stage.shown(pilot)
        await stage.tick(pilot)
        assert "model silent" in stage.rows(1)[0]
        assert "link down" in stage.rows(2)[0]


async def test_a_gap_is_marked_in_every_pane_and_counted() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        await open_conversations(stage, pilot, 3)
        stage.gap(Gap(GapCause.RECONNECT, seconds=12.0))
        stage.text(1, "after it")
        await stage.shown(pilot)
        assert all("12 s gap while reconnecting" in "\n".join(stage.rows(number)) for number in (1, 2, 3))
        await stage.tick(pilot)
        assert "lost ? in 3 gaps" in stage.screen()[0]


async def test_an_outage_before_any_conversation_is_known_is_counted() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.link(LinkState.LIVE, reconnects=1)
        stage.gap(Gap(GapCause.RECONNECT, seconds=12.0))
        await stage.tick(pilot)
        assert "lost ? in 1 outage" in stage.screen()[0]


async def test_what_elapses_is_drawn_again_on_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.chunk(1, "tool_call", name="web.search", arguments={"q": "x"})
        await stage.shown(pilot)
        asked: list[int] = []
        monkeypatch.setattr(stage.pane(1), "refresh", lambda *regions: asked.extend(each.y for each in regions))
        stage.screen()  # the compositor asks for rows that it does not send, too
        stage.now += 3  # the timeline's next column is not due yet
        stage.dashboard._tick()
        assert asked == [0], "the upper edge and nothing else"
        assert "web.search 3 s" in stage.rows(1)[0]


# -- what it costs ---------------------------------------------------------------------------------------------------


async def test_a_flood_builds_rows_for_what_is_new_and_only_in_panes_that_are_looked_at() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await open_conversations(stage, pilot, 2)
        for _ in range(50):
            stage.text(1, *(["word "] * 40))
            stage.text(2, *(["word "] * 40))
            await stage.shown(pilot)
        view, hidden = stage.pane(1).view, stage.pane(2).view
        assert view is not None
        assert hidden is not None
        rows = len(view.layout)
        assert view.rows_built <= rows + 2 * stage.dashboard.reader.account.frames
        assert hidden.rows_built == 0
        assert stage.dashboard.reader.account.frames <= 60


async def test_a_key_pressed_in_a_flood_acts_within_two_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await open_conversations(stage, pilot, 9)
        reader = stage.dashboard.reader
        frames_at: list[int] = []
        go_to = stage.dashboard.board.go_to

        def noted(number: int) -> bool:
            frames_at.append(reader.account.frames)
            return go_to(number)

        monkeypatch.setattr(stage.dashboard.board, "go_to", noted)
        for _ in range(20):
            for number in range(1, 10):
                stage.text(number, *(["flowing "] * 1_000))
        while stage.watching.feed.waiting > 120_000:
            await pilot.pause()
        pressed_at = reader.account.frames
        await pilot.press("5")
        await stage.shown(pilot)
        assert frames_at[0] - pressed_at <= 2
        total = sum(each.counters.chunks.total() for each in stage.watching.roster)
        assert total == stage.delivered


async def test_more_conversations_at_once_than_are_kept_leave_none_that_is_empty() -> None:
    stage = Stage(max_conversations=20)
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in range(1, 61):
            stage.text(number, "hello")
        await stage.shown(pilot)
        assert len(stage.watching.roster) == 20
        assert all(each.counters.chunks.total() for each in stage.watching.roster)


# -- remarks -----------------------------------------------------------------------------------------------------------


async def test_a_remark_is_gone_with_the_next_key_and_never_comes_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("space")
        assert "Frozen; it goes on receiving. Space lets go." in stage.screen()[-1]
        await pilot.press("space")
        assert "No longer frozen." in stage.screen()[-1]
        await pilot.press("f12")
        assert "No longer" not in stage.screen()[-1], "this key does nothing, and the remark would read as its answer"
        await pilot.press("m", "up")
        assert "ark" not in stage.screen()[-1]
        await pilot.press("a")
        assert "Nothing here needs you." in stage.screen()[-1]
        await pilot.press("backslash", "escape")
        assert "Nothing here" not in stage.screen()[-1]
        await pilot.press("E", "slash", "escape")
        assert "error" not in stage.screen()[-1]


async def test_a_remark_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.screens.dashboard_frame.SAID_FOR", 0.01)
    monkeypatch.setattr("chatwatch_tui.ui.screens.dashboard_frame.READ_PER_SECOND", 10_000)
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("slash", "escape", "p")
        while "Pinned" in stage.screen()[-1]:
            await pilot.pause(0.01)
        assert "help" in stage.screen()[-1]
