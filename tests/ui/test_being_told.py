"""Being told, on the dashboard: rules colour panes, signs stand in pane and list, mutes show, the timeline is calm."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual import events
from textual.pilot import Pilot

from chatwatch_tui.core.attention import StallLimits
from chatwatch_tui.core.conversation import Attention
from chatwatch_tui.core.events import LinkState
from chatwatch_tui.core.rules import PaneColour, Rule
from chatwatch_tui.core.timeline import LEVELS
from chatwatch_tui.settings import AlertSettings, DashboardSettings, ScreenSettings
from chatwatch_tui.ui import pane_words
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.messages import AlertCommandFailed
from chatwatch_tui.ui.pane_words import sparkline, timeline
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.roster_list import RosterList
from tests.ui.conversations import START, Talk, chunk, token, words_of
from tests.ui.stage import Stage

WIDE = (200, 50)
REFUND = Rule("refund", match="refund", pane_colour="magenta")


class Teller:
    """A stage whose terminal is listened to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *rules: Rule, **alerts: Any) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        for name in ("TMUX", "STY", "VTE_VERSION"):
            monkeypatch.delenv(name, raising=False)
        self.stage = Stage()
        self.written: list[str] = []
        self.titles: list[str] = []
        app = self.stage.app
        monkeypatch.setattr(app, "write_between_frames", self.written.append)
        monkeypatch.setattr(app, "show_title", self.titles.append)
        self.stage.dashboard.apply_settings(
            ScreenSettings(alerts=msgspec.structs.replace(AlertSettings(min_interval=0), **alerts), rules=rules)
        )

    async def tick(self, pilot: Pilot[Any]) -> None:
        """A second goes by."""
        await self.stage.shown(pilot)
        self.stage.now += 1
        await self.stage.tick(pilot)
        await pilot.pause()


def roster(stage: Stage) -> str:
    return "\n".join(words_of(row) for row in stage.dashboard.query_one(RosterList)._rows)


async def test_a_hit_is_told_coloured_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND, bell=True)
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        stage.text(2, "a refund")
        await teller.tick(pilot)
        assert teller.written == ["\x07"]
        assert teller.titles[-1] == "chatwatch (1)"
        assert "⚑ refund" in stage.rows(2)[0]
        assert "⚑ refund" not in stage.rows(1)[0]
        assert stage.pane(2)._frame[0] is Ink.FRAME_MAGENTA
        assert "⚑2 0002" in roster(stage)
        assert "needs you" in roster(stage)
        assert "1 rule hit" in stage.screen()[0]
        await pilot.press("exclamation_mark")
        assert stage.dashboard.board.focus == 2
        await pilot.press("a")
        await teller.tick(pilot)
        assert "⚑" not in stage.rows(2)[0]
        assert "⚑" not in roster(stage)
        assert teller.titles[-1] == "chatwatch"


async def test_an_error_is_not_gone_before_anybody_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, bell=True)
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        stage.message(2, "user", "q")
        stage.chunk(2, "error", error="boom")
        await teller.tick(pilot)
        stage.message(2, "user", "again")
        stage.text(2, *["word\n"] * 60)
        await teller.tick(pilot)
        assert teller.written == ["\x07"], "one episode, one alert"
        assert "1 error" in stage.screen()[0]
        assert "[2✗]" in stage.screen()[1]
        await pilot.press("b")
        assert "✗ then answering" in roster(stage)
        await pilot.press("escape", "o", *"err")
        await pilot.pause()
        assert any("0002" in row for row in stage.screen())
        await pilot.press("escape", "exclamation_mark")
        await pilot.pause()
        assert stage.dashboard.board.focus == 2
        assert any("boom" in row for row in stage.screen())
        await teller.tick(pilot)
        assert "error" not in stage.screen()[0], "it stood before their eyes"
        assert teller.written == ["\x07"]


async def test_a_title_counts_no_error_that_was_seen_after_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch)
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        stage.chunk(2, "error", error="boom")
        stage.message(2, "user", "again")
        stage.chunk(2, "done")
        await teller.tick(pilot)
        assert teller.titles[-1] == "chatwatch (1)"
        await pilot.press("2")
        await teller.tick(pilot)
        assert teller.titles[-1] == "chatwatch"


async def test_a_line_that_is_cut_off_is_not_called_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teller(monkeypatch).stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.link(LinkState.LIVE)
        stage.message(1, "user", "hello")
        await stage.shown(pilot)
        stage.now += 90
        await stage.tick(pilot)
        assert "model silent" in stage.rows(1)[0]
        assert stage.dashboard.alerts.needing == 1
        silent = stage.rows(1)[-1].count(UNICODE.line_silent)
        assert silent >= 5
        stage.link(LinkState.RECONNECTING)
        while "link down" not in stage.rows(1)[0]:
            await pilot.pause(0.01)
        stage.now += 90
        await stage.tick(pilot)
        assert "link down" in stage.rows(1)[0]
        assert stage.rows(1)[-1].count(UNICODE.line_silent) <= silent
        assert stage.dashboard.alerts.needing == 0
        stage.link(LinkState.LIVE)
        while "link down" in stage.rows(1)[0]:
            await pilot.pause(0.01)
        await stage.tick(pilot)
        assert stage.dashboard.alerts.needing == 0, "its silence is counted anew"
        stage.now += 61
        await stage.tick(pilot)
        assert stage.dashboard.alerts.needing == 1


async def test_other_limits_hold_at_once_and_for_what_waits_already() -> None:
    stage = Stage()
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.message(1, "user", "hello")
        await stage.shown(pilot)
        stage.now += 8
        await stage.tick(pilot)
        settings = DashboardSettings(limits=StallLimits(thinking=7))
        stage.watching.apply_settings(settings)
        stage.dashboard.apply_settings(settings.screen)
        await stage.tick(pilot)
        assert stage.dashboard.alerts.needing == 1
        assert "1 stalled" in stage.screen()[0]


async def test_an_error_that_was_looked_at_ends_with_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch)
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.chunk(1, "error", error="boom")
        await pilot.press("down")
        await teller.tick(pilot)
        await teller.tick(pilot)
        assert "1 error" in stage.screen()[0]
        stage.message(1, "user", "again")
        await teller.tick(pilot)
        assert "error" not in stage.screen()[0]


@pytest.mark.parametrize(
    "sign", [events.Key("down", None), events.Paste("x"), events.MouseMove(None, 1, 1, 0, 0, 0, False, False, False)]
)
async def test_where_the_terminal_says_nothing_of_focus_a_key_or_the_mouse_proves_that_somebody_is_there(
    monkeypatch: pytest.MonkeyPatch, sign: events.Event
) -> None:
    teller = Teller(monkeypatch)
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        stage.chunk(1, "error", error="boom")
        for _ in range(3):
            await teller.tick(pilot)
        stage.message(1, "user", "again")
        stage.text(1, "answer")
        stage.chunk(1, "done")
        for _ in range(3):
            await teller.tick(pilot)
        assert any("boom" in row for row in stage.screen())
        assert "1 error" in stage.screen()[0], "it stood in a terminal that nobody looks into, perhaps"
        assert teller.titles[-1] == "chatwatch (1)"
        stage.app.post_message(sign)
        await pilot.pause()
        await teller.tick(pilot)
        assert "error" not in stage.screen()[0]
        assert "unread" not in stage.screen()[0]
        stage.now += 0.5
        stage.chunk(1, "error", error="bang")
        await teller.tick(pilot)
        stage.app.post_message(events.AppBlur())
        await pilot.pause()
        stage.app.post_message(sign)
        stage.message(1, "user", "again")
        for _ in range(3):
            await teller.tick(pilot)
        assert "1 error" in stage.screen()[0], "what the terminal says holds"


async def test_a_turn_that_was_read_to_its_end_is_unread_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, unread=True, notify="osc9")
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, *["word\n"] * 90)
        stage.text(2, "x")
        await stage.shown(pilot)
        for number in (1, 2):
            stage.chunk(number, "done")
        await pilot.press("down")
        await teller.tick(pilot)
        assert "2 unread" in stage.screen()[0], "it has stood there for less than a second"
        assert len(teller.written) == 1
        await teller.tick(pilot)
        assert "1 unread" in stage.screen()[0], "only that of the pane in focus"
        assert teller.titles[-1] == "chatwatch (1)"
        stage.text(1, "more")
        stage.chunk(1, "done")
        await pilot.press("pageup")
        for _ in range(3):
            await teller.tick(pilot)
        assert "2 unread" in stage.screen()[0], "its end is not in view"
        await pilot.press("end")
        stage.app.post_message(events.AppBlur())
        for _ in range(3):
            await teller.tick(pilot)
        assert "2 unread" in stage.screen()[0], "nobody is there"
        stage.app.post_message(events.AppFocus())
        await pilot.press("question_mark")
        for _ in range(3):
            await teller.tick(pilot)
        await pilot.press("escape")
        await teller.tick(pilot)
        assert "2 unread" in stage.screen()[0], "help stood before it"
        await teller.tick(pilot)
        assert "1 unread" in stage.screen()[0]
        await pilot.press("2", "backslash", *"type:tool", "enter")
        for _ in range(3):
            await teller.tick(pilot)
        assert "1 unread" in stage.screen()[0], "a filter hides it"
        await pilot.press("escape", "escape")
        for _ in range(3):
            await teller.tick(pilot)
        assert "unread" not in stage.screen()[0]
        assert teller.titles[-1] == "chatwatch"


async def test_whatever_begins_is_told_once_also_behind_or_after_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("danger", match="danger"), notify="osc9")
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        await teller.tick(pilot)
        stage.now += 20
        await teller.tick(pilot)
        stage.text(1, " a refund please")
        await teller.tick(pilot)
        await teller.tick(pilot)
        assert "⚑ refund " in stage.rows(1)[0]
        stage.text(1, " danger")
        await teller.tick(pilot)
        await teller.tick(pilot)
        assert "⚑ refund +1 " in stage.rows(1)[0]
        said = [each.split("0001: ")[1].rstrip("\x07") for each in teller.written]
        assert said == ["model silent 22 s", "refund", "danger"]
        assert teller.titles[-1] == "chatwatch (1)"


async def test_mutes_are_shown_and_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND, bell=True)
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("u")
        assert " 1⊘ 0001" in stage.rows(1)[0]
        assert "⊘" in roster(stage)
        stage.chunk(1, "error", error="no")
        await teller.tick(pilot)
        assert teller.written == []
        assert stage.watching.roster.open(next(iter(stage.watching.roster)).key).attention(stage.now) is Attention.ERROR
        await pilot.press("u", "U")
        assert "⊘ muted" in stage.screen()[0]
        stage.text(2, "refund")
        await teller.tick(pilot)
        assert teller.written == []
        await pilot.press("U", "2", "R")
        assert "No alerts of rule refund" in stage.screen()[-1]
        assert "muted" not in stage.screen()[0]
        stage.text(3, "refund")
        await teller.tick(pilot)
        assert teller.written == []
        await pilot.press("R")
        stage.text(4, "refund")
        await teller.tick(pilot)
        assert teller.written == ["\x07"]


async def test_the_key_that_muted_a_rule_gives_it_back_though_another_was_hit_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("deploys", match="deploy"))
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "deploy")
        stage.text(2, "a refund")
        await teller.tick(pilot)
        stage.text(1, " and refund")
        await teller.tick(pilot)
        muted = stage.dashboard.alerts.rules.muted
        await pilot.press("1", "R")
        assert muted == {"deploys"}
        assert "No alerts of rule deploys; R for alerts again." in stage.screen()[-1]
        assert "⚑ refund +1" in stage.rows(1)[0], "what is alerted of stands before what is not"
        await pilot.press("R")
        assert muted == set()
        assert "Alerts again of rule deploys." in stage.screen()[-1]
        assert "⚑ deploys +1" in stage.rows(1)[0]
        await pilot.press("R", "2", "R")
        assert muted == {"deploys", "refund"}
        assert "⚑⊘ refund" in stage.rows(2)[0]
        assert "⚑⊘ deploys +1" in stage.rows(1)[0]
        await pilot.press("R", "1", "R")
        assert muted == {"deploys", "refund"}, "here it is the rule that is shown"
        await pilot.press("a", "R")
        assert muted == {"deploys"}, "as the words said, also when the hit was acknowledged"


async def test_rules_are_muted_and_given_back_in_the_palette(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("never", match="psst", alert=False), Rule("[/b]\x1b", match="deploy"))
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        muted = stage.dashboard.alerts.rules.muted
        await pilot.press("colon", *"mute,its")
        await pilot.pause()
        rows = [row for row in stage.screen() if " rule " in row]
        assert ["refund: mute its alerts" in row for row in rows] == [True, False]
        assert "[/b]␛: mute its alerts" in rows[1]
        await pilot.press("down", "enter")
        assert muted == {"[/b]\x1b"}
        assert "No alerts of rule [/b]␛; R" not in stage.screen()[-1], "R is about what was hit here"
        assert "No alerts of rule [/b]␛" in stage.screen()[-1]
        await pilot.press("colon", *"muted")
        await pilot.pause()
        assert any("[/b]␛: muted; alerts again" in row for row in stage.screen())
        await pilot.press("enter")
        assert muted == set()


async def test_a_muted_conversation_stays_in_the_list_and_the_jump_goes_to_it_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("deploys", match="deploy"))
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "hello")
        await stage.shown(pilot)
        stage.text(3, "refund")
        stage.text(2, "deploy")
        stage.chunk(1, "error", error="no")
        await teller.tick(pilot)
        await pilot.press("1", "u")
        assert "Muted: no alerts, ! goes there last; it stays in the list. u undoes." in stage.screen()[-1]
        stage.dashboard.alerts.rules.muted.add("deploys")
        await pilot.press("4")
        gone_to = []
        for _ in range(4):
            await pilot.press("exclamation_mark")
            gone_to.append(stage.dashboard.board.focus)
        assert gone_to == [3, 1, 2, 3]


async def test_the_focus_comes_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, bell=True)
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        assert stage.dashboard.alerts.focused is None
        stage.app.post_message(events.AppFocus())
        await pilot.pause()
        stage.chunk(1, "error", error="no")
        await teller.tick(pilot)
        assert teller.written == []
        stage.app.post_message(events.AppBlur())
        await pilot.pause()
        stage.chunk(2, "error", error="no")
        await teller.tick(pilot)
        assert teller.written == ["\x07"]


async def test_rules_change_while_running_and_mistakes_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch)
    stage = teller.stage
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, "a refund")
        await teller.tick(pilot)
        assert "refund ─" not in stage.rows(1)[0]
        stage.dashboard.apply_settings(ScreenSettings(rules=(REFUND, Rule("bad", match="("))))
        await pilot.pause()
        assert "Rule 2 is out of force: match: not a regular expression" in stage.screen()[-1]
        stage.text(1, " and a refund")
        await teller.tick(pilot)
        assert "⚑ refund" in stage.rows(1)[0]


async def test_a_command_that_failed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, command=("/nonexistent/command",))
    stage = teller.stage
    said: list[str] = []
    async with stage.app.run_test(size=WIDE) as pilot:
        monkeypatch.setattr(stage.dashboard, "post_message", _listening(stage.dashboard.post_message, said))
        stage.chunk(1, "error", error="no")
        await teller.tick(pilot)
        while not said:
            await pilot.pause(0.01)
        await pilot.pause()
        assert "Alert command /nonexistent/command: No such file or directory." in stage.screen()[-1]


def _listening(real: Any, said: list[str]) -> Any:
    def post(message: Any) -> Any:
        if isinstance(message, AlertCommandFailed):
            said.append(message.words)
        return real(message)

    return post


# -- timeline ----------------------------------------------------------------------------------------------------------


def line(talk: Talk, width: int, after: float = 0, ascii_glyphs: bool = False) -> str:
    return words_of(timeline(talk.conversation, talk.now + after, ASCII if ascii_glyphs else UNICODE, width, Ink.FRAME))


def story() -> Talk:
    talk = Talk()
    talk.take(*[chunk("thinking", content="x")] * 20)
    talk.take(*[token("x")] * 200, after=5)
    talk.take(chunk("tool_call", name="t"), after=5)
    talk.take(chunk("tool_result"), after=10)
    talk.take(token("x"), after=15)
    talk.take(chunk("error", error="no"), after=5)
    return talk


def test_what_went_on_can_be_told_from_shapes_alone() -> None:
    assert line(story(), 92) == "─" * 15 + "░▇▬▬▬··▁✗".replace("░", UNICODE.line_thinking[1])
    assert line(story(), 92, ascii_glyphs=True).endswith(f"{ASCII.line_thinking[1]}#===__.!")
    for glyphs in (UNICODE, ASCII):
        shapes = [set(glyphs.line_thinking), set(glyphs.line_answering), *({each} for each in (
            glyphs.line_tool, glyphs.line_silent, glyphs.line_other, glyphs.gap, glyphs.error, glyphs.rule,
        ))]  # fmt: skip
        assert sum(map(len, shapes)) == len(set().union(*shapes)), "no shape has two meanings"
        assert len(glyphs.line_thinking) == len(glyphs.line_answering) == LEVELS


def test_it_is_as_wide_as_ever_and_absent_where_there_is_no_room() -> None:
    talk = story()
    for width in range(30, 300):
        seconds = range(900) if width % 40 == 0 else range(1)
        widths = {
            width_of(timeline(talk.conversation, START + second, UNICODE, width, Ink.FRAME)) for second in seconds
        }
        (found,) = widths
        assert found == (0 if width < 38 else min(48, (width - 20) // 3))
    assert line(Talk(), 100) == ""


def test_a_sparkline_is_the_rate_of_the_last_minute() -> None:
    talk = Talk()
    assert sparkline(talk.conversation, START, UNICODE, 6) == " " * 6
    talk.take(*[token("x")] * 300)
    talk.take(token("x"), after=50)
    assert sparkline(talk.conversation, talk.now, UNICODE, 6) == "▅    ▁"


async def test_the_timeline_is_made_once_a_second_and_only_for_panes_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    made: list[Any] = []

    def make(conversation: Any, *_: Any) -> list[Any]:
        made.append(conversation.key)
        return []

    monkeypatch.setattr("chatwatch_tui.ui.widgets.framed.timeline", make)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for number in (1, 2, 3):
            stage.text(number, "x")
        await stage.shown(pilot)
        made.clear()
        for _ in range(20):
            stage.text(1, "x")
            stage.text(2, "x")
            await stage.shown(pilot)
        assert len(made) <= 1
        stage.now += 1
        await stage.tick(pilot)
        assert len(set(made)) <= 1


async def test_sparklines_are_made_for_the_rows_in_view_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    made: list[Any] = []

    def make(*arguments: Any) -> str:
        made.append(arguments)
        return " " * 6

    monkeypatch.setattr("chatwatch_tui.ui.widgets.roster_list.sparkline", make)
    async with stage.app.run_test(size=WIDE) as pilot:
        for number in range(1, 301):
            stage.text(number, "x")
        await stage.shown(pilot)
        made.clear()
        await stage.tick(pilot)
        assert 0 < len(made) <= WIDE[1]


def test_words_and_frame_have_an_ink_for_every_colour() -> None:
    assert set(pane_words.RULE_INK) == set(PaneColour)


# -- what a rule was hit by --------------------------------------------------------------------------------------------


def matched(stage: Stage, number: int) -> list[str]:
    """Words of the pane's rows that are drawn as hits."""
    pane = stage.pane(number)
    style = stage.app.look.inks[Ink.RULE]
    return [
        each.text
        for strip in pane.render_lines(pane.size.region)
        for each in strip
        if each.style is style or each.style == style
    ]


async def test_what_a_rule_was_hit_by_is_shown_and_gone_to(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("t", tool="pay"))
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        stage.text(2, "no re", "fund yet\n")
        await teller.tick(pilot)
        assert stage.dashboard.board.focus == 1
        await pilot.press("2")
        assert matched(stage, 2) == ["refund"]
        assert stage.pane(2)._frame[0] is Ink.FRAME_MAGENTA, "in the focus too"
        await pilot.press("1")
        stage.text(2, *["word\n"] * 60)
        await teller.tick(pilot)
        await pilot.press("exclamation_mark")
        await teller.tick(pilot)
        assert any("no refund yet" in row for row in stage.rows(2))
        assert matched(stage, 2) == ["refund"]
        await pilot.press("a")
        await teller.tick(pilot)
        assert matched(stage, 2) == []
        assert stage.pane(2)._frame[0] is Ink.FRAME_FOCUS
        await pilot.press("1")
        stage.chunk(2, "tool_call", name="pay", id="1")
        stage.text(2, *["word\n"] * 60)
        await teller.tick(pilot)
        await pilot.press("exclamation_mark")
        await teller.tick(pilot)
        assert any("pay" in row for row in stage.rows(2)[1:-1])


async def test_the_jump_goes_to_what_every_rule_was_hit_by(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND, Rule("danger", match="danger"))
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:

        async def gone_to() -> list[str]:
            await pilot.press("exclamation_mark")
            await teller.tick(pilot)
            return [word for word in ("a refund", "a danger") if any(word in row for row in stage.rows(1))]

        for words in ("a refund\n", "a danger\n"):
            stage.text(1, words, *["word\n"] * 60)
        stage.text(2, "hello")
        await teller.tick(pilot)
        assert [await gone_to() for _ in range(3)] == [["a refund"], ["a danger"], ["a refund"]]
        assert "Only this one needs you." in stage.screen()[-1]
        await pilot.press("2")
        assert await gone_to() == ["a danger"]
        await pilot.press("2")
        assert await gone_to() == ["a refund"]


async def test_words_that_cannot_be_found_in_time_are_not_marked_any_more_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teller = Teller(monkeypatch, Rule("slow", match="refund|(?:a|aa)+$"), Rule("quick", match="refund"))
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        stage.text(1, "a refund of " + "a" * 60 + "b\n")
        await stage.shown(pilot)
        assert matched(stage, 1) == ["refund"], "by the other rule"
        await teller.tick(pilot)
        assert "The words of rule 'slow' are not marked: finding them took too long." in stage.screen()[-1]
        stage.text(2, "a refund of " + "a" * 60 + "b\n")
        await stage.shown(pilot)
        assert stage.dashboard.alerts.rules.news == [], "once"
        assert "rule off" not in stage.screen()[0], "it still notices"


async def test_a_rule_that_was_switched_off_leaves_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, Rule("slow", match="(?:a|aa)+$"), Rule("bad", match="("))
    stage = teller.stage
    async with stage.app.run_test(size=WIDE) as pilot:
        await teller.tick(pilot)
        assert "1 rule off" in stage.screen()[0]
        stage.text(1, "a" * 60 + "b")
        await teller.tick(pilot)
        assert "Rule 'slow' is switched off" in stage.screen()[-1]
        assert "2 rules off" in stage.screen()[0]
        said = []
        for _ in range(3):
            await pilot.press("colon", *"rules off", "enter")
            await pilot.pause()
            said.append(stage.screen()[-1].strip()[:24])
        assert said == ["2 of 2: Rule 'slow' is s", "1 of 2: Rule 2 is out of", "2 of 2: Rule 'slow' is s"]
        stage.dashboard.apply_settings(ScreenSettings(rules=(REFUND,)))
        await teller.tick(pilot)
        assert " off" not in stage.screen()[0]
        stage.dashboard.action_rules_off()
        await pilot.pause()
        assert "All rules work." in stage.screen()[-1]


async def test_rows_are_not_looked_through_where_nothing_was_hit(monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(monkeypatch, REFUND)
    stage = teller.stage
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await teller.tick(pilot)
        assert stage.pane(1)._rule_highlight is None
        stage.text(1, " refund")
        await teller.tick(pilot)
        assert stage.pane(1)._rule_highlight is not None
