"""The line that is typed into: all letters are text while it is open, none is taken while it is not."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.message import Message
from textual.pilot import Pilot

from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.board import LayoutChoice
from chatwatch_tui.ui.messages import PromptAccepted, PromptCancelled, PromptChanged, PromptSwitched, PromptToggled
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.widgets.bars import HintBar
from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
from tests.ui.conversations import HOSTILE, is_harmless
from tests.ui.stage import Stage

SIZES = ((40, 12), (80, 24), (120, 36))


class Heard:
    """Messages of the bar, as the dashboard gets them."""

    def __init__(self, stage: Stage) -> None:
        self.messages: list[Message] = []
        original = stage.dashboard.post_message

        def listen(message: Message) -> bool:
            if isinstance(message, PromptChanged | PromptAccepted | PromptCancelled | PromptSwitched | PromptToggled):
                self.messages.append(message)
            return original(message)

        stage.dashboard.post_message = listen  # type: ignore[method-assign]

    def of(self, kind: type[Message]) -> list[Message]:
        """Those of one kind."""
        return [each for each in self.messages if type(each) is kind]


async def opened(stage: Stage, pilot: Pilot[Any], **options: Any) -> PromptBar:
    stage.text(1, "hello")
    await stage.shown(pilot)
    bar = await stage.dashboard.open_prompt("test", **options)
    bar.label(ours("name of the file"), ours("file"))
    await pilot.pause()
    return bar


async def test_every_letter_is_text_while_the_line_is_open() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        heard = Heard(stage)
        bar = await opened(stage, pilot)
        await pilot.press(*"qx1?", "space", *"zF!")
        assert bar.value == "qx1? zF!"
        assert stage.app.is_running
        assert stage.dashboard.board.slots
        await pilot.press("tab", "ctrl+r", "enter")
        await pilot.pause()
        assert [each.value for each in heard.of(PromptChanged)][-1] == "qx1? zF!"  # type: ignore[attr-defined]
        (accepted,) = heard.of(PromptAccepted)
        assert isinstance(accepted, PromptAccepted)
        assert (accepted.purpose, accepted.value) == ("test", "qx1? zF!")
        assert len(heard.of(PromptSwitched)) == len(heard.of(PromptToggled)) == 1


async def test_closed_it_takes_no_key_and_the_footer_is_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        assert not stage.app.query_one(HintBar).display
        stage.dashboard.close_prompt()
        await pilot.pause()
        assert not stage.app.query(PromptBar)
        assert stage.app.query_one(HintBar).display
        await pilot.press("L")
        assert "Layout" in stage.screen()[-1]


async def test_keys_that_come_at_once_are_acted_upon_one_after_the_other() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "a quick\nquiz\n")
        await stage.shown(pilot)
        for key in ("slash", *"quizq", "backspace", "enter", "N", "L", "slash", *"qx"):
            character = key if len(key) == 1 else {"slash": "/"}.get(key)
            stage.app.post_message(events.Key(key, character))
        while not (stage.app.query(PromptBar) and stage.app.query_one(PromptBar).value == "qx"):
            await pilot.pause()
        assert stage.dashboard._search_history == ["quiz"]
        assert stage.dashboard.board.choice is not LayoutChoice.AUTO, "L came when the line was closed"


async def test_what_is_pasted_is_not_overtaken_by_the_key_after_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "a quick\nquiz\n")
        await stage.shown(pilot)
        stage.app.post_message(events.Key("slash", "/"))
        stage.app.post_message(events.Paste("quiz\rand more"))
        stage.app.post_message(events.Key("enter", "\r"))
        while not stage.dashboard._search_history:
            await pilot.pause()
        assert stage.dashboard._search_history == ["quiz"]


async def test_escape_is_said_and_page_keys_still_scroll() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        heard = Heard(stage)
        await opened(stage, pilot)
        stage.text(1, "\n".join(f"line {number}" for number in range(100)))
        await stage.shown(pilot)
        await pilot.press("pageup")
        view = stage.pane(1).view
        assert view is not None
        assert not view.following
        await pilot.press("escape")
        assert len(heard.of(PromptCancelled)) == 1


async def test_what_was_typed_before_comes_back_and_the_draft_is_kept() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        bar = await opened(stage, pilot, history=["first", "second", "first"])
        await pilot.press(*"new", "up")
        assert bar.value == "first"
        await pilot.press("up")
        assert bar.value == "second"
        await pilot.press("up", "down", "down")
        assert bar.value == "new"


async def test_what_is_pasted_is_made_safe() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        bar = await opened(stage, pilot)
        stage.app.post_message(events.Paste(HOSTILE))
        await pilot.pause()
        assert "␛[31mred" in bar.value
        assert is_harmless(bar.value)
        assert all(is_harmless(row) for row in stage.screen())


async def test_it_is_one_row_of_exact_width_at_every_size() -> None:
    for size in SIZES:
        stage = Stage()
        async with stage.app.run_test(size=size) as pilot:
            bar = await opened(stage, pilot)
            bar.hint(ours("Tab all panes"))
            for words in ("", "3 of 41, 2 panes", "not a regex: unterminated character set at character 12"):
                bar.tell(ours(words), Ink.BAD)
                await pilot.press("a")
                await pilot.pause()
                assert bar.size.height == 1
                row = stage.screen()[-1]
                assert len(row) == size[0]
                assert row.startswith((" file ", " name of the file "))
                assert bar.line.size.width >= 12
                assert (words or "a")[:16] in row


async def test_a_click_elsewhere_leaves_the_line_ready() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        bar = await opened(stage, pilot)
        await pilot.click(stage.pane(1), offset=(5, 5))
        await pilot.pause()
        await pilot.press("q")
        assert bar.value == "q"


async def test_over_the_line_keys_are_those_of_what_lies_over_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        bar = await opened(stage, pilot)
        stage.dashboard.action_help()
        await pilot.pause()
        await pilot.press("down", "x", "q")
        assert stage.app.screen is stage.dashboard
        assert bar.value == ""
        await pilot.press("q")
        assert bar.value == "q"
