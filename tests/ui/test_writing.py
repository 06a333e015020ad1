"""The dialog in which a file is named: what is typed stays whole, a key is a key, and a failure loses nothing."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from chatwatch_tui.core.redaction import RedactionSettings
from chatwatch_tui.settings import HandingOverSettings, ScreenSettings
from chatwatch_tui.ui.screens.copy_menu import CopyMenu
from chatwatch_tui.ui.screens.help import HelpScreen
from chatwatch_tui.ui.screens.write_dialog import WriteDialog
from chatwatch_tui.ui.writing import ENDINGS, Format
from tests.ui.stage import Stage
from tests.ui.test_handing_over import SECRET, files, said, until


def stage_in(folder: Path, **redact: Any) -> Stage:
    handing_over = HandingOverSettings(folder=str(folder), redact=RedactionSettings(**redact))
    return Stage(screen=ScreenSettings(handing_over=handing_over))


async def talked(stage: Stage, pilot: Pilot[Any]) -> None:
    stage.text(1, f"Use {SECRET} so.")
    stage.chunk(1, "done")
    await stage.shown(pilot)


def dialog_of(stage: Stage) -> WriteDialog:
    assert isinstance(stage.app.screen, WriteDialog)
    return stage.app.screen


# -- what is typed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formats", [0, 1, 2])
@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ([*"note.a"], "note.a"),
        (["backspace", *"b"], "b"),
        (["end", *["backspace"] * 3, *"xyz"], None),
        (["right", *"~"], None),
        (["ctrl+u", *"a.jsonl"], "a.jsonl"),
        (["end", "left", "left", "ctrl+u", *"c"], "c"),
    ],
)
async def test_what_is_typed_replaces_the_suggestion_or_goes_on_from_its_end(
    tmp_path: Path, formats: int, keys: list[str], name: str | None
) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", *["space"] * formats, "down", "down")
        suggested = dialog_of(stage)._line.value
        assert suggested.endswith([".txt", ".md", ".jsonl"][formats])
        if name is None:
            name = f"{suggested[:-3]}xyz" if keys[0] == "end" else f"{suggested}~"
        await pilot.press(*keys, "enter")
        await until(pilot, lambda: files(tmp_path))
        assert files(tmp_path) == [tmp_path / name]


async def test_what_was_typed_is_not_replaced_by_coming_back_to_it(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down")
        assert said(stage, "What is typed replaces the name")
        assert said(stage, "Ctrl+U empty")
        await pilot.press(*"on")
        assert not said(stage, "What is typed replaces the name")
        await pilot.press("up", "up", "space", "down", "down", *"e", "enter")
        await until(pilot, lambda: files(tmp_path))
        assert files(tmp_path) == [tmp_path / "one"]


async def test_a_letter_is_a_key_again_above_the_name(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down", "end", "up")
        await pilot.pause()
        dialog = dialog_of(stage)
        before = dialog._line.value
        await pilot.press("space", "x", "r", "space")
        assert dialog._line.value == before
        assert dialog._redact
        await pilot.click(dialog._line)
        await pilot.press("r")
        assert dialog._line.value != before
        assert dialog._redact


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3_000, "~nobody-of-that-name/x"], ids=["long", "deep", "home"])
async def test_a_name_that_no_file_can_have_is_no_fault_of_the_program(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=size) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down")
        dialog_of(stage)._line.value = name
        await pilot.pause()
        await pilot.press("enter", "enter")
        await pilot.pause()


async def test_a_folder_that_may_not_be_entered_is_no_fault_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_in(tmp_path)
    refused = "/locked/x.txt"
    look_at = os.stat

    def look(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        if str(path).startswith("/locked"):
            raise PermissionError(13, "Permission denied")
        return look_at(path, *args, **kwargs)

    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down")
        monkeypatch.setattr(os, "stat", look)
        monkeypatch.setattr(os, "lstat", look)
        monkeypatch.setattr("chatwatch_tui.ui.writing.write_new", lambda path, *_, **__: look(path))
        await pilot.press(*refused, "enter", "enter")
        await until(pilot, lambda: said(stage, "Not written: Permission denied. Another name or folder may do."))
        assert dialog_of(stage)._line.value == refused


async def test_the_mouse_chooses_in_both_dialogs(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down")
        dialog = dialog_of(stage)
        for name in Format:
            row = next(row for row in stage.screen() if "  format " in row or "▸ format " in row)
            await pilot.click(offset=(row.index(name) + 1, stage.screen().index(row)))
            assert dialog._format is name
            assert dialog._line.value.endswith(ENDINGS[name])
        assert dialog._row == 0
        await pilot.click("#options", offset=(15, 1))
        assert dialog._redact
        await pilot.press("escape", "y")
        menu = stage.app.screen
        assert isinstance(menu, CopyMenu)
        await pilot.click(menu._page, offset=(5, len(menu._choices)))
        assert stage.dashboard.copying.redact
        await pilot.click(menu._page, offset=(5, 0))
        await pilot.pause()
        assert stage.app.screen is stage.dashboard


# -- redaction -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["r", "space"])
@pytest.mark.parametrize("screen", ["y", "w"])
async def test_the_same_keys_leave_secrets_out_in_both_dialogs_and_both_say_it_alike(
    tmp_path: Path, key: str, screen: str
) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press(screen, *["down"] * (screen == "w"))
        assert said(stage, "secrets stay in")
        assert said(stage, "r redact")
        await pilot.press(key)
        assert said(stage, "secrets and addresses are left out")
        assert stage.dashboard.copying.redact == (screen == "y")
        await pilot.press(key)
        assert said(stage, "secrets stay in")


@pytest.mark.parametrize(
    ("redact", "words"),
    [
        ({"patterns": ("x",)}, "secrets, addresses and matches of your patterns are left out"),
        ({"emails": False}, "secrets are left out"),
        ({"emails": False, "secrets": False}, "nothing is left out: the settings switch all of it off"),
    ],
)
async def test_what_is_left_out_is_what_the_settings_find(tmp_path: Path, redact: Any, words: str) -> None:
    stage = stage_in(tmp_path, always=True, **redact)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("y")
        assert isinstance(stage.app.screen, CopyMenu)
        assert said(stage, words)
        await pilot.press("escape", "w")
        assert said(stage, f"on: {words}")
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert any("redact   on" in row for row in stage.screen())


async def test_it_is_said_at_the_end_whether_secrets_stayed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.programs", lambda environ: [])
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        for keys, words in (
            (("y", "enter"), "secrets stay in"),
            (("y", "r", "enter"), "1 secret removed"),
            (("w", "enter"), "1 secret removed"),
            (("w", "r", *"\t\t", *"a", "enter"), "written, secrets stay in"),
            (("w", "space", "space", "enter"), "written, secrets stay in"),
        ):
            await pilot.press(*("tab" if key == "\t" else key for key in keys))
            await until(pilot, lambda words=words: said(stage, words))  # type: ignore[misc]
            stage.dashboard.unsay()
            await pilot.pause()


async def test_a_file_that_cannot_be_redacted_switches_nothing_off_for_others(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, always=True)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "r", "space", "space", "enter")
        await until(pilot, lambda: said(stage, "written, secrets stay in"))
        await pilot.press("w")
        assert said(stage, "on: secrets and addresses are left out")


# -- what cannot be written ----------------------------------------------------------------------------------------


async def test_after_a_failure_all_is_as_it_was_typed_and_chosen(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "space", "r", "down", "down", *"/proc/foo.md", "enter")
        dialog = dialog_of(stage)
        await until(
            pilot, lambda: said(stage, "Not written: No such file or directory. Another name or folder may do.")
        )
        assert dialog._line.value == "/proc/foo.md"
        await pilot.press("ctrl+u", *"foo.md", "enter")
        await until(pilot, lambda: files(tmp_path))
        [path] = files(tmp_path)
        assert path.read_text().startswith("# ")
        assert SECRET not in path.read_text()
        await until(pilot, lambda: stage.app.screen is stage.dashboard)


async def test_a_file_that_came_into_being_meanwhile_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down", *"a")
        monkeypatch.setattr("chatwatch_tui.ui.screens.write_dialog.exists", lambda path: False)
        (tmp_path / "a").write_text("precious")
        await pilot.press("enter")
        await until(pilot, lambda: said(stage, "It is there already. Enter again replaces it."))
        assert (tmp_path / "a").read_text() == "precious"
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "a").read_text() != "precious")


async def test_words_too_long_for_the_last_row_are_read_whole(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(40, 12)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down", *"/proc/foo.md", "enter")
        await until(pilot, lambda: said(stage, "Not written: "))
        page = " ".join(row.strip("│ ") for row in stage.screen())
        assert "No such file or directory. Another name or folder may do." in page
        assert "Esc back" in page
        await pilot.press("x")
        assert not said(stage, "Not written")


@pytest.mark.parametrize("fails", [False, True])
async def test_whoever_leaves_while_it_is_written_is_told_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    goes_on = threading.Event()

    def slow(path: Path, pieces: Any, *, over: bool) -> int:
        assert goes_on.wait(20)
        if fails:
            raise OSError(28, "No space left on device")
        return 5

    monkeypatch.setattr("chatwatch_tui.ui.writing.write_new", slow)
    stage = stage_in(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "down", "down", *"a", "enter")
        await until(pilot, lambda: said(stage, "Writing it. Esc leaves"))
        await pilot.press("enter", "f1")
        assert not isinstance(stage.app.screen, HelpScreen)
        await pilot.press("escape")
        assert stage.app.screen is stage.dashboard
        goes_on.set()
        words = "No space left on device. w tries again." if fails else "5 B written"
        await until(pilot, lambda: said(stage, words))
