"""The help: every sign of the glyphs in force, where one is on the page, finding, and the keys of the screen first."""

from __future__ import annotations

import pytest

from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from chatwatch_tui.ui.help_page import help_rows
from chatwatch_tui.ui.look import Look
from tests.ui.conversations import words_of
from tests.ui.stage import Stage


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_sign_on_screen_is_explained(glyphs: Glyphs) -> None:
    page = [words_of(row) for row in help_rows(Look(glyphs=glyphs), 80)]
    signs = page[page.index(" Signs") :]
    for sign in (
        glyphs.waiting, glyphs.stalled, glyphs.link_down, glyphs.pin, glyphs.lock, glyphs.frozen, glyphs.pointer,
        glyphs.mark, glyphs.hit, glyphs.muted, glyphs.cursor, glyphs.line_thinking, glyphs.line_answering,
        glyphs.line_tool, glyphs.line_silent, f"[2{glyphs.error}]", "+6", "lag", "lost", "joined", "reconnecting",
    ):  # fmt: skip
        assert any(row.startswith(f" {sign}") for row in signs), sign


def test_what_has_no_key_and_what_the_mouse_does_is_explained() -> None:
    page = "\n".join(words_of(row) for row in help_rows(Look(), 120))
    for command in (each for each in Look().keymap.commands() if not each.keys and each.scope is Scope.DASHBOARD):
        assert f" : {command.label.split()[0]}" in page
        assert command.help in page
    assert "drag           over rows of a pane: select them; Enter copies" in page[page.index("With the mouse") :]


@pytest.mark.parametrize(
    ("keys", "heading"),
    [("i", "In the inspector"), ("M", "In the reader"), ("y", "Choosing what to copy"), ("w", "Writing to a file"),
     ("T", "In the menu of what is shown"), ("o", "In a list to choose from"), ("colon", "In a list to choose from")],
)  # fmt: skip
async def test_the_keys_of_the_screen_come_first(keys: str, heading: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press(keys, "f1")
        await pilot.pause()
        assert heading in stage.screen()[1]
        await pilot.press("escape", "escape")
        assert stage.app.screen is stage.dashboard


async def test_one_knows_where_one_is_and_finds_words() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "keys and signs  1/" in stage.screen()[0]
        await pilot.press("slash", *"SPARKLE")
        await pilot.pause()
        assert any("nothing found" in row for row in stage.screen())
        await pilot.press("escape", "slash", *"pinned:", "enter")
        await pilot.pause()
        assert any(UNICODE.pin in row and "pinned" in row for row in stage.screen()[1:4])
        assert "1 of 1 · Esc back · / find · n next" in stage.screen()[-1]
        await pilot.press("G")
        await pilot.pause()
        here, pages = stage.screen()[0].split("signs  ")[1].split()[0].split("/")
        assert here == pages
        await pilot.press("g", "tab")
        await pilot.pause()
        assert " Reading" in stage.screen()[1]


def test_the_dashboard_comes_first_where_it_asks() -> None:
    assert help_rows(Look(), 80, Scope.DASHBOARD) == help_rows(Look(), 80)
