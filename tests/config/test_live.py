"""A settings file that changes while the dashboard runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from chatwatch_tui.config.live import Reread, SettingsFile
from chatwatch_tui.config.load import Asked, resolve
from chatwatch_tui.config.merge import Given, Kind, Layer
from chatwatch_tui.ui.actions.settings import remark
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.widgets.bars import HintBar
from tests.ui.stage import Stage


def watched(path: Path, asked: Asked | None = None) -> SettingsFile:
    asked = asked or Asked(config=path)
    return SettingsFile(asked, resolve(asked, {}).settings, environment={})


def test_a_file_that_appears_changes_is_replaced_or_vanishes_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    file = watched(path)
    assert not file.has_changed()
    path.write_text("fps = 9")
    assert file.has_changed()
    assert not file.has_changed()
    (tmp_path / "new").write_text("fps = 8")
    (tmp_path / "new").replace(path)
    assert file.has_changed()
    path.unlink()
    assert file.has_changed()
    assert not file.has_changed()


def test_a_good_change_names_its_keys_and_those_that_need_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    file = watched(path)
    path.write_text("fps = 9\n[nats]\nprefix = 'lab'\n[serve]\nport = 1\n")
    reread = file.read_again()
    assert reread.settings is not None
    assert reread.settings.screen.max_fps == 9
    assert (reread.changed, reread.restart) == (("fps", "nats.prefix"), ("nats.prefix",))
    assert file.read_again().changed == ()


def test_what_needs_a_restart_is_compared_with_what_is_in_force(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    file = watched(path)
    said = []
    for content in ("[nats]\nprefix = 'lab'", "fps = 9\n[nats]\nprefix = 'lab'", "fps = 9", "fps = 8"):
        path.write_text(content)
        said.append(remark(file.read_again()))
    assert said == [
        "Settings taken up, but for nats.prefix: at the next start.",
        "Settings taken up, but for nats.prefix: at the next start.",
        "Again as it is in force: nats.prefix.",
        "Settings taken up: fps.",
    ]


def test_a_bad_change_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("fps = 9")
    file = watched(path)
    path.write_text("fps = 0")
    reread = file.read_again()
    assert reread.settings is None
    assert str(reread.problems[0]).startswith(f"{path}:1:7: fps: ")
    path.write_text("fps = 9\n")
    assert file.read_again().changed == ()


def test_a_flag_holds_over_a_changed_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("fps = 9")
    flags = Layer(Kind.FLAG, {"fps": Given(20, Kind.FLAG, "--fps")})
    file = watched(path, Asked(flags, config=path, sets=("ascii=1",)))
    path.write_text("fps = 8\nascii = false")
    assert file.read_again().changed == ()


async def noticed(stage: Stage, pilot: Pilot[Any]) -> None:
    await stage.tick(pilot)
    await stage.app.workers.wait_for_complete()
    await pilot.pause()


async def test_the_dashboard_takes_up_a_change_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    stage = Stage()
    stage.dashboard.settings_file = watched(path)
    async with stage.app.run_test(size=(120, 36)) as pilot:
        stage.text(1, "hello")
        await stage.shown(pilot)
        path.write_text("fps = 9\n[stall]\ntool = 7\n[decode]\ntext = ['words']\n[keys]\nfreeze = 'f'")
        await noticed(stage, pilot)
        assert stage.dashboard.reader.max_fps == 9
        (conversation,) = stage.watching.roster
        assert conversation.limits.tool == 7
        stage.chunk(1, "token", words=" again")
        stage.chunk(2, "token", words="new")
        await stage.shown(pilot)
        assert any("hello again" in row for row in stage.rows(1))
        assert any("new" in row for row in stage.rows(2))
        assert "Settings taken up: fps, keys, stall.tool, decode.text." in stage.screen()[-1]
        await pilot.press("f")
        assert stage.pane(stage.dashboard.board.focus).view.frozen is not None  # type: ignore[union-attr]
        await pilot.press("space")
        assert stage.pane(stage.dashboard.board.focus).view.frozen is not None  # type: ignore[union-attr]
        stage.dashboard.query_one(HintBar).say(None)
        await pilot.pause()
        assert " f freeze " in stage.screen()[-1]

        path.write_text("[stall]\ntol = 7\n")
        await noticed(stage, pilot)
        assert (
            "Settings unchanged (`chatwatch config check` says all): config.toml:2:1: unknown key 'tol': did you mean"
            in stage.screen()[-1]
        )
        assert conversation.limits.tool == 7
        assert stage.app.look.keymap.keys("freeze") == ("f",)

        path.write_text("")
        await noticed(stage, pilot)
        assert stage.dashboard.reader.max_fps == 30
        assert stage.app.look.keymap.keys("freeze") == Keymap().keys("freeze")
        await pilot.press("space")
        assert stage.pane(stage.dashboard.board.focus).view.frozen is None  # type: ignore[union-attr]


async def test_a_file_that_stays_as_it_is_costs_one_look_a_second_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("fps = 9")
    stage = Stage()
    file = watched(path)
    reads: list[int] = []

    def read_again() -> Reread:
        reads.append(1)
        return Reread(None)

    file.read_again = read_again  # type: ignore[method-assign]
    stage.dashboard.settings_file = file
    async with stage.app.run_test() as pilot:
        for _ in range(5):
            await noticed(stage, pilot)
        assert not reads
        os.utime(path, ns=(1, 1))
        await noticed(stage, pilot)
        assert reads == [1]
