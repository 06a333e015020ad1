"""Copying, writing, pictures and recordings, by their keys: what leaves is what was meant, private, and said."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from chatwatch_tui.core.recording import Recorded, read_header, read_line
from chatwatch_tui.core.redaction import RedactionSettings
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.paths import data_folder, safe_file_name
from chatwatch_tui.settings import HandingOverSettings, ScreenSettings
from chatwatch_tui.ui.figures import byte_size, plural
from chatwatch_tui.ui.screens.copy_menu import CopyMenu
from chatwatch_tui.ui.screens.selecting import SelectScreen
from chatwatch_tui.ui.screens.write_dialog import WriteDialog
from chatwatch_tui.ui.selection import text_between
from tests.ui.conversations import HOSTILE
from tests.ui.stage import Stage, key_of

SECRET = "sk-ant-api03-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7b"


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to the clipboard."""
    texts: list[str] = []

    def copy(text: str, *others: Any) -> str:
        texts.append(text)
        return f"{len(text)} B copied, {others[-1]} (here)"

    monkeypatch.setattr("chatwatch_tui.ui.clipboard.copy", copy)
    return texts


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Wait for what workers do."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await pilot.pause(0.01)


def said(stage: Stage, words: str) -> bool:
    return words in "".join(stage.screen())


async def talked(stage: Stage, pilot: Pilot[Any]) -> None:
    stage.message(1, "user", "mail ada@example.org")
    stage.chunk(1, "tool_call", name="web.search", id="1", arguments={"q": "x"})
    stage.chunk(1, "tool_result", name="web.search", id="1", result="y" * 300)
    stage.text(1, f"Use {SECRET} so:\n", "```python\ndef f(): pass\n```\n", "done ", "word " * 40)
    stage.chunk(1, "done")
    await stage.shown(pilot)


async def choose(stage: Stage, pilot: Pilot[Any], words: str) -> None:
    menu = stage.app.screen
    assert isinstance(menu, CopyMenu)
    number = next(n for n, each in enumerate(menu._choices) if words in each.words)
    await pilot.press(*["down"] * number, "enter")


# -- copying -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("code 1 python", "def f(): pass"),
        ("arguments of web.search", '{"q": "x"}'),
        ("result of web.search", "y" * 300),
    ],
)
async def test_parts_of_a_turn_are_copied(words: str, expected: str, copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("y")
        await choose(stage, pilot, words)
        await until(pilot, lambda: copied)
        assert copied == [expected]
        await until(pilot, lambda: said(stage, "B copied, secrets stay in (here)"))


async def test_a_turn_is_copied_unwrapped_and_redacted_when_asked(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("y", "r")
        await choose(stage, pilot, "turn 1")
        await until(pilot, lambda: copied)
        lines = copied[0].split("\n")
        assert lines[0] == "user: mail [redacted: email]"
        assert lines[3] == "assistant: Use [redacted: secret] so:"
        assert f"done {'word ' * 40}".strip() in lines
        await until(pilot, lambda: said(stage, "1 secret, 1 address removed"))


async def test_the_sizes_in_the_menu_are_those_of_what_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.programs", lambda environ: [])
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        code = "\x1b好" * 100  # the escape is made visible in three bytes
        stage.chunk(1, "tool_call", name="search", id="1", arguments=f"好{code}")
        stage.text(1, "好" * 1_000, f"\n```\n{code}\n```\n")
        await stage.shown(pilot)
        for words in ("this text", "code 1", "arguments of search", "all of turn"):
            await pilot.press("y")
            menu = stage.app.screen
            assert isinstance(menu, CopyMenu)
            [shown] = [each.words for each in menu._choices if words in each.words]
            size = shown.split("  ")[1]
            assert size == {"this text": "3.6 kB", "code 1": "600 B"}.get(words, size)
            await choose(stage, pilot, words)
            await until(pilot, lambda size=size: said(stage, f"{size} sent to the terminal's clipboard"))  # type: ignore[misc]


async def test_selected_rows_are_copied_as_they_read(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"word{number:03d} " for number in range(60)))
        await stage.shown(pilot)
        view = stage.pane(1).view
        assert view is not None
        last = len(view.layout) - 1
        await pilot.press("y")
        await choose(stage, pilot, "rows that you select")
        assert isinstance(stage.app.screen, SelectScreen)
        await pilot.press("k", "k", "space", "k", "k")
        stage.text(1, *(f"more{number:03d} " for number in range(60)))
        await stage.shown(pilot)
        assert stage.pane(1).selected == range(last - 4, last - 1)
        assert sum(row.startswith("▸") for row in stage.rows(1)) == 1, "the end that moves"
        await pilot.press("enter")
        await until(pilot, lambda: copied)
        assert stage.app.screen_stack == [stage.dashboard]
        words = copied[0].split(" ")
        assert "\n" not in copied[0]
        assert words == [f"word{number:03d}" for number in range(int(words[0][4:]), int(words[-1][4:]) + 1)]
        assert view.is_live


@pytest.mark.parametrize("colours", ["truecolor", "16", "none"])
@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_what_is_selected_is_seen_and_counted_as_it_is_copied(
    copied: list[str], colours: Any, size: tuple[int, int]
) -> None:
    stage = Stage(screen=ScreenSettings(colours=colours))
    async with stage.app.run_test(size=size) as pilot:
        stage.text(1, *(f"wörd{number:03d} 中文 " for number in range(60)), "\n\nlast")
        await stage.shown(pilot)
        await pilot.press("y")
        await choose(stage, pilot, "rows that you select")
        pane = stage.pane(1)
        assert pane.view is not None

        def reversed_rows() -> list[int]:
            top = pane.view.top - pane._body_top if pane.view is not None else 0
            return [
                top + y
                for y, strip in enumerate(pane.render_lines(pane.size.region))
                if sum(s.cell_length for s in strip if s.style and s.style.reverse) >= pane.view.width  # type: ignore[union-attr]
            ]

        for key, state in (("", "from the start"), ("k", "from the start"), ("k", "from the start"),
                           ("space", "begun anew"), ("k", "begun anew")):  # fmt: skip
            await pilot.press(*filter(None, [key]))
            await pilot.pause()
            assert reversed_rows() == list(pane.selected)
            text = text_between(pane.view, pane.selected.start, pane.selected.stop - 1)
            bar = stage.screen()[-1]
            assert f"{plural(len(pane.selected), 'row')}, {byte_size(len(text.encode()))} " in bar
            assert (state in bar) == (size[0] == 80)
            assert "Esc back" in bar
        assert pane.selected.stop - pane.selected.start == 2
        await pilot.press("enter")
        await until(pilot, lambda: copied)
        assert copied == [text]


async def select_in_a_long_text(stage: Stage, pilot: Pilot[Any]) -> None:
    stage.text(1, *(f"word{number:03d} " for number in range(100)))
    await stage.shown(pilot)
    await pilot.press("y")
    await choose(stage, pilot, "rows that you select")


async def test_the_count_of_what_is_selected_is_drawn_with_the_rows_behind_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await select_in_a_long_text(stage, pilot)
        screen = stage.app.screen
        assert isinstance(screen, SelectScreen)
        for _ in range(5):
            await pilot.press("k")
            for _ in range(3):
                await pilot.pause()
            assert not screen._keys._repaint_regions, "drawn, and not only asked to be"


async def test_at_another_width_other_rows_would_be_selected_so_none_are(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await select_in_a_long_text(stage, pilot)
        await pilot.press("k", "k")
        await pilot.resize_terminal(44, 24)
        await until(pilot, lambda: stage.app.screen is stage.dashboard)
        assert stage.pane(1).selected == range(0)
        assert copied == []
        assert stage.pane(1).view.is_live  # type: ignore[union-attr]


async def test_the_half_of_a_secret_that_is_selected_is_left_out_and_counted(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(40, 24)) as pilot:
        stage.text(1, f"The key is {SECRET}{'0123456789' * 4} and so on")
        await stage.shown(pilot)
        view = stage.pane(1).view
        assert view is not None
        last = len(view.layout) - 1
        whole = text_between(view, last, last)
        assert whole.split(" ", 1)[0].isalnum()
        await pilot.press("y", "r")
        await choose(stage, pilot, "rows that you select")
        await pilot.press("enter")
        await until(pilot, lambda: copied)
        assert copied == ["[redacted: secret] and so on"]
        await until(pilot, lambda: said(stage, "1 secret removed"))


async def test_rows_are_selected_by_dragging_the_mouse(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"word{number:03d} " for number in range(60)))
        await stage.shown(pilot)
        pane = stage.pane(1)
        await pilot.mouse_down(pane, offset=(5, 2))
        for y in (3, 4):
            pane._dragged_from = 1
            pane.selected = range(1, y)
        await pilot.mouse_up(pane, offset=(5, 4))
        await until(pilot, lambda: isinstance(stage.app.screen, SelectScreen))
        await pilot.press("enter")
        await until(pilot, lambda: copied)
        assert pane.view is not None
        assert copied == [text_between(pane.view, 1, 3)]


async def drag(pilot: Pilot[Any], first: tuple[int, int], last: tuple[int, int]) -> None:
    """By the events that a terminal sends."""
    for kind, at in ((events.MouseDown, first), (events.MouseMove, last), (events.MouseUp, last)):
        pilot.app.post_message(kind(None, *at, 0, 0, 1, False, False, False, *at))
        await pilot.pause()


async def test_the_mouse_goes_on_while_rows_are_selected(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"line {number}\n" for number in range(100)))
        await stage.shown(pilot)
        pane = stage.pane(1)
        view = pane.view
        assert view is not None
        y = pane.region.y + 5
        await drag(pilot, (10, y), (10, y + 2))
        await until(pilot, lambda: isinstance(stage.app.screen, SelectScreen))
        selected, top = pane.selected, view.top
        assert len(selected) == 3
        for kind, rows in ((events.MouseScrollUp, -3), (events.MouseScrollDown, 0), (events.MouseScrollDown, 0)):
            stage.app.post_message(kind(None, 10, y, 0, 0, 0, False, False, False, 10, y))
            await pilot.pause()
            assert (view.top, pane.selected, view.is_frozen) == (top + rows, selected, True)
        await drag(pilot, (10, y + 6), (10, y + 3))
        assert pane.selected == range(selected.start + 3, selected.start + 7)
        await drag(pilot, (10, y), (10, y))
        await until(pilot, lambda: stage.app.screen is stage.dashboard)
        assert pane.selected == range(0)
        assert view.is_live
        await drag(pilot, (10, y), (10, y + 2))
        await until(pilot, lambda: isinstance(stage.app.screen, SelectScreen))
        await pilot.press("q")
        assert stage.app.screen_stack == [stage.dashboard]
        assert copied == []


async def test_leaving_copies_nothing_and_lets_the_pane_go_on(copied: list[str]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("y", "escape", "y")
        await choose(stage, pilot, "rows that you select")
        await pilot.press("k", "escape")
        view = stage.pane(1).view
        assert view is not None
        assert view.frozen is None
        assert stage.pane(1).selected == range(0)
        assert copied == []
        assert stage.app.screen_stack == [stage.dashboard]


async def test_what_is_too_long_says_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.programs", lambda environ: [])
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "word " * 20_000)
        await stage.shown(pilot)
        await pilot.press("y", "enter")
        await until(pilot, lambda: said(stage, "Not copied: 100.0 kB, the terminal's clipboard takes 75.0 kB"))
        await until(pilot, lambda: said(stage, "w writes a file"))


# -- files ---------------------------------------------------------------------------------------------------------


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


async def test_a_pane_is_written_and_never_over_a_file_without_asking() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "enter")
        await until(pilot, lambda: said(stage, "written, secrets stay in: ~/"))
        (path,) = files(data_folder())
        assert path.suffix == ".txt"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET in path.read_text()
        path.write_text("precious")
        await pilot.press("w", "enter")
        assert isinstance(stage.app.screen, WriteDialog)
        assert said(stage, "there already")
        assert path.read_text() == "precious"
        await pilot.press("enter")
        await until(pilot, lambda: path.read_text() != "precious")


async def test_raw_chunks_are_not_copied_with_redaction_on(copied: list[str]) -> None:
    """A secret may lie across two of them."""
    redact = RedactionSettings(always=True)
    stage = Stage(screen=ScreenSettings(handing_over=HandingOverSettings(redact=redact)))
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, f"key {SECRET[:12]}", SECRET[12:])
        await stage.shown(pilot)
        await pilot.press("v", "y", "end", "up", "enter")
        await pilot.pause()
        assert not isinstance(stage.app.screen, SelectScreen)
        assert said(stage, "Secrets lie across raw chunks")
        assert copied == []


async def test_markdown_json_lines_and_redaction_are_chosen_in_the_dialog() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "space", "down", "space", "enter")
        await until(pilot, lambda: said(stage, "1 secret, 1 address removed"))
        await pilot.press("w", "space", "space", "enter")
        assert said(stage, "JSONL cannot be redacted")
        await pilot.press("down", "space", "enter")
        await until(pilot, lambda: len(files(data_folder())) == 2)
        recording, markdown = files(data_folder())
        assert (recording.suffix, markdown.suffix) == (".jsonl", ".md")
        assert SECRET not in markdown.read_text()
        assert markdown.read_text().startswith("# ")
        await until(pilot, lambda: recording.read_bytes().endswith(b"\n"))
        header, *lines = recording.read_bytes().splitlines()
        read_header(header)
        read = [read_line(number, line) for number, line in enumerate(lines, 2)]
        assert len(read) == stage.delivered
        assert all(isinstance(each, Recorded) for each in read)


@pytest.mark.parametrize(
    ("name", "words"),
    [("/proc/nope/x.txt", "Not written: No such file or directory. Another name"), ("/dev/full", "no plain file")],
)
async def test_what_cannot_be_written_is_said(name: str, words: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "tab", "tab")
        dialog = stage.app.screen
        assert isinstance(dialog, WriteDialog)
        dialog._line.value = name
        await pilot.pause()
        await pilot.press("enter")
        if stage.app.screen is dialog:
            await pilot.press("enter")
        await until(pilot, lambda: said(stage, words))


async def test_typing_a_name_and_leaving(tmp_path: Path) -> None:
    stage = Stage(screen=ScreenSettings(handing_over=HandingOverSettings(folder=str(tmp_path))))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "tab", "tab", "end", *["backspace"] * 60, *"note", "space", *"a.txt", "enter")
        await until(pilot, lambda: files(tmp_path))
        assert files(tmp_path) == [tmp_path / "note a.txt"]
        await pilot.press("w", "escape", "w", "tab", "tab", "escape")
        assert stage.app.screen_stack == [stage.dashboard]
        assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("words", [HOSTILE, "../../etc/passwd", "-rf", ".profile", "", "a" * 500, "中" * 200, "\ud800"])
def test_file_names_are_harmless(words: str) -> None:
    name = safe_file_name(words, ".txt")
    assert "/" not in name
    assert name[0] not in ".-"
    assert len(os.fsencode(name)) <= 90
    assert name.isprintable()
    assert " " not in name


async def test_redaction_always_is_a_setting(copied: list[str]) -> None:
    redact = RedactionSettings(always=True, patterns=("word",))
    stage = Stage(screen=ScreenSettings(handing_over=HandingOverSettings(redact=redact)))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("y")
        await choose(stage, pilot, "turn 1")
        await until(pilot, lambda: copied)
        assert copied[0].count("[redacted: own pattern]") == 40


async def test_a_picture_shows_the_screen_and_fetches_nothing() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("s")
        await until(pilot, lambda: said(stage, "Picture: ~/chatwatch/chatwatch-"))
        await pilot.press("s")
        await until(pilot, lambda: len(files(data_folder())) == 2)
        picture = files(data_folder())[0].read_text()
        assert "web.search" in picture
        assert "url(&quot;http" not in picture
        assert 'url("http' not in picture
        assert picture.rstrip().endswith("</svg>")
        assert {stat.S_IMODE(path.stat().st_mode) for path in files(data_folder())} == {0o600}


# -- recording -----------------------------------------------------------------------------------------------------


async def test_everything_that_comes_while_it_records_is_in_the_recording() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, "before ")
        await stage.shown(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert said(stage, "● rec ")
        stage.text(1, "during ")
        stage.text(2, "too ")
        await stage.shown(pilot)
        await pilot.press("r")
        await until(pilot, lambda: said(stage, "recorded:"))
        assert not said(stage, "● rec ")
        stage.text(1, "after ")
        await stage.shown(pilot)
        (path,) = files(data_folder())
        lines = [json.loads(line) for line in path.read_bytes().splitlines()][1:]
        assert [json.loads(line["text"])["content"] for line in lines] == ["during ", "too "]
        assert [line["source"] for line in lines] == ["prod", "prod"]
        assert stage.dashboard.reader.tap is None


async def test_a_recording_that_the_disk_ends_says_so() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        recorder = stage.watching.recorder
        assert recorder is not None
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, recorder._file.fileno())
        os.close(full)
        stage.text(1, "lost ")
        await stage.shown(pilot)
        await until(pilot, lambda: said(stage, "Recording ended: No space left on device"))
        assert stage.watching.recorder is None
        stage.text(1, "goes on ")
        await stage.shown(pilot)


async def test_stopping_the_session_finishes_the_recording() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("r")
        stage.text(1, *["word "] * 2_000)
        await stage.shown(pilot)
    stage.watching.stop()
    (path,) = files(data_folder())
    assert len(path.read_bytes().splitlines()) == 2_001


# -- where a file goes -------------------------------------------------------------------------------------------------


async def test_the_dialog_says_where_a_file_goes_and_asks_before_it_makes_a_folder(tmp_path: Path) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        await pilot.press("w", "down", "down")
        usual = stage.app.screen.folder  # type: ignore[attr-defined]
        await pilot.press(*["backspace"] * 60)
        await pilot.pause()
        assert stage.app.screen.folder == usual, "no name is no other folder"  # type: ignore[attr-defined]
        stage.app.screen._line.value = str(tmp_path / "new" / "x.txt")  # type: ignore[attr-defined]
        await pilot.pause()
        assert any("(a new folder)" in row for row in stage.screen())
        await pilot.press("enter")
        await pilot.pause()
        assert any("There is no such folder. Enter again makes it." in row for row in stage.screen())
        assert not (tmp_path / "new").exists()
        await pilot.press("enter")
        while not (tmp_path / "new" / "x.txt").exists():
            await pilot.pause(0.01)


async def test_the_whole_id_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    copied: list[str] = []
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        monkeypatch.setattr(stage.dashboard.copying, "copy", lambda screen, text, say: copied.append(text))
        await pilot.press("y", "down", "down")
        assert any(f"▸ id  {key_of(1).id}" in row for row in stage.screen())
        await pilot.press("enter")
        await pilot.press("colon", *"conversation's,id", "enter")
        await pilot.pause()
        assert copied == [key_of(1).id] * 2


async def test_a_long_remark_is_read_whole_and_moves_nothing() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        before = stage.screen()
        stage.dashboard.say(SafeText("word " * 25 + "the end"))
        await pilot.pause()
        assert "the end" in stage.screen()[-1]
        assert stage.screen()[:-2] == before[:-2]
        await pilot.press("down")
        assert stage.screen()[-2] == before[-2]


async def test_nothing_pasted_into_a_files_name_acts_on_the_terminal(tmp_path: Path) -> None:
    stage = Stage(screen=ScreenSettings(handing_over=HandingOverSettings(folder=str(tmp_path))))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "tab", "tab")
        dialog = stage.app.screen
        assert isinstance(dialog, WriteDialog)
        dialog._line.post_message(events.Paste("a\u202eb\x9bc\x01d"))
        await pilot.pause()
        assert not {"\u202e", "\x9b", "\x01"} & set(dialog._line.value)
        await pilot.press("enter", "enter")
        assert said(stage, "control signs in the name")
        assert files(tmp_path) == []


async def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    stage = Stage(screen=ScreenSettings(handing_over=HandingOverSettings(folder=str(tmp_path))))
    (tmp_path / "other").write_text("precious")
    (tmp_path / "link.txt").symlink_to(tmp_path / "other")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await talked(stage, pilot)
        await pilot.press("w", "tab", "tab")
        dialog = stage.app.screen
        assert isinstance(dialog, WriteDialog)
        dialog._line.value = "link.txt"
        await pilot.press("enter", "enter")
        assert said(stage, "That is a link")
        assert (tmp_path / "other").read_text() == "precious"


async def test_a_secret_over_many_chunks_is_left_out_of_text_and_never_written_as_redacted_jsonl(
    tmp_path: Path,
) -> None:
    handing_over = HandingOverSettings(folder=str(tmp_path), redact=RedactionSettings(always=True))
    stage = Stage(screen=ScreenSettings(handing_over=handing_over))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "Use ", *(SECRET[at : at + 4] for at in range(0, len(SECRET), 4)), " so.")
        stage.chunk(1, "tool_call", name="login", id="1", arguments=json.dumps({"password": "correct-horse"}))
        stage.chunk(1, "done")
        await stage.shown(pilot)
        await pilot.press("w", "enter")
        await until(pilot, lambda: files(tmp_path))
        await until(pilot, lambda: said(stage, "2 secrets removed"))
        [written] = files(tmp_path)
        assert SECRET not in written.read_text()
        assert "correct-horse" not in written.read_text()
        await pilot.press("w", "space", "space")
        assert said(stage, "not in JSONL: secrets lie across its chunks")
        await pilot.press("enter", "enter")
        assert said(stage, "JSONL cannot be redacted")
        assert files(tmp_path) == [written]
