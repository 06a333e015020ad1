"""A settings file that changes while the dashboard runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from chatwatch_tui.cli.config_show import all_problems
from chatwatch_tui.cli.look_check import look_problems
from chatwatch_tui.config.live import Reread, SettingsFile, rules_left_out
from chatwatch_tui.config.load import Asked, resolve
from chatwatch_tui.config.merge import Given, Kind, Layer
from chatwatch_tui.ui.actions.settings import remark
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.widgets.bars import HintBar
from tests.ui.stage import Stage


def watched(path: Path, asked: Asked | None = None, **more: Any) -> SettingsFile:
    asked = asked or Asked(config=path)
    found = resolve(asked, {})
    more = {"at_start": found.remarks, "rules_left_out": rules_left_out(found), **more}
    return SettingsFile(asked, found.settings, environment={}, **more)


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


def test_a_file_that_may_be_read_again_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("fps = 9")
    path.chmod(0o000)
    file = watched(path)
    path.chmod(0o644)
    assert file.has_changed()
    path.read_text()
    assert not file.has_changed(), "reading it is no change"


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


def test_a_rule_that_is_left_out_does_not_hide_what_takes_effect_later(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    file = watched(path)
    bad = "[[rule]]\nname = 'a'\nmatch = '('\n"
    left_out = (
        "Left out (`chatwatch config check FILE` says all): config.toml:{}:9: rule.match: not a regular expression"
    )
    said = []
    for content in ("mouse = false\n", "mouse = false\nfps = 9\n", "fps = 9\n", ""):
        path.write_text(content + bad)
        said.append(remark(file.read_again()))
    assert [each.partition("Left")[0] for each in said] == [
        "At the next start: mouse. ",
        "At the next start: mouse. ",
        "Again as it is in force: mouse. ",
        "",
    ]
    assert all(left_out.format(line) in each for line, each in zip((4, 5, 4, 3), said, strict=True))


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


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (
            "fsp = 9",
            {},
            "Settings unchanged (`chatwatch config check FILE` says all): config.toml:1:1: unknown key 'fsp'",
        ),
        (
            "theme = 'x'",
            {},
            "Settings unchanged (`chatwatch config check FILE` says all): config.toml:1:9: no theme 'x'",
        ),
        ("keys.zoom = 'h'", {"keymap": "vim"}, "Settings unchanged: config.toml:1:13: zoom: h is the key of "),
        ("[[rule]]\nname = 'a'", {}, "Left out (`chatwatch config check FILE` says all): config.toml:1:1: rule: "),
    ],
)
def test_the_check_is_named_where_it_says_the_same(
    text: str, flags: dict[str, str], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    layer = Layer(Kind.FLAG, {name: Given(value, Kind.FLAG, f"--set {name}") for name, value in flags.items()})
    file = watched(path, Asked(layer, config=path), check=look_problems)
    path.write_text(text)
    reread = file.read_again()
    assert remark(reread).startswith(words)
    said = [str(each) for each in all_problems(Asked(config=path), {})]
    assert all(str(each) in said for each in reread.problems) == ("FILE" in words)


def test_a_file_in_the_usual_place_is_checked_without_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    file = watched(Path(), Asked())
    file.path.parent.mkdir(parents=True)
    file.path.write_text("fsp = 9")
    assert "(`chatwatch config check` says all)" in remark(file.read_again())


def test_a_profile_that_vanishes_is_said_and_no_check_named_that_knows_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[profile.prod]")
    file = watched(path, Asked(config=path, profile="prod"))
    path.write_text("[profile.prd]")
    assert remark(file.read_again()) == f"Settings unchanged: {path}: unknown profile 'prod': did you mean prd?"


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
            "Settings unchanged (`chatwatch config check FILE` says all): config.toml:2:1: unknown key 'tol': did you"
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


BAD_RULES = """\
[[rule]]
name = "good"
match = "refund"
[[rule]]
name = "open"
match = "("
pane_colour = "rde"
[[rule]]
nam = "x"
[profile.prod]
fps = 5
[profile.lab]
[[profile.lab.rule]]
name = "lab"
typ = "error"
"""


def test_rules_that_are_left_out_are_those_of_the_list_in_force(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BAD_RULES)

    def left_out(**asked: Any) -> list[tuple[int, str]]:
        found = rules_left_out(resolve(Asked(config=path, **asked), {}))
        return [(each.index, each.words.split(": ")[0]) for each in found]

    assert left_out()[:2] == [(1, "config.toml:6:9"), (1, "config.toml:7:15")]
    assert {index for index, _ in left_out()} == {1, 2}
    assert left_out(profile="prod") == left_out()
    assert set(left_out(profile="lab")) == {(0, "config.toml:15:1")}
    assert left_out(sets=("rule=[{name = 'r', match = 'x'}]",)) == []


async def test_rules_that_were_left_out_can_be_asked_for_at_start_and_after_every_change(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BAD_RULES)
    stage = Stage()
    file = stage.dashboard.settings_file = watched(path)
    stage.dashboard.apply_settings(file.before.screen)

    async def said(pilot: Pilot[Any]) -> list[str]:
        found = []
        for _ in range(6):
            await pilot.press("colon", *"rules off", "enter")
            await pilot.pause()
            words = stage.screen()[-1].strip()
            if words in found:
                break
            found.append(words)
        return found

    async with stage.app.run_test(size=(240, 36)) as pilot:
        await stage.tick(pilot)
        assert "config.toml:6:9: rule.match: not a regular expression" in stage.screen()[-1]
        assert "2 rules off" in stage.screen()[0]
        words = await said(pilot)
        assert words[0].startswith("1 of 3: config.toml:6:9: rule.match: not a regular expression")
        assert words[1].startswith("2 of 3: config.toml:7:15: rule.pane_colour: no colour is called 'rde'")
        assert len(words) == 3

        path.write_text('[[rule]]\nname = "open"\nmatch = "("\n')
        await noticed(stage, pilot)
        await stage.tick(pilot)
        assert "says all): config.toml:3:9: rule.match" in stage.screen()[-1]
        assert "1 rule off" in stage.screen()[0]
        (words_now,) = await said(pilot)
        assert words_now.startswith("config.toml:3:9: rule.match: not a regular expression")

        path.write_text('\n[[rule]]\nname = "open"\nmatch = "("\n')
        await noticed(stage, pilot)
        (words_now,) = await said(pilot)
        assert words_now.startswith("config.toml:4:9: "), "though no rule that works has changed"

        path.write_text("fps = 0")
        await noticed(stage, pilot)
        await stage.tick(pilot)
        assert "1 rule off" in stage.screen()[0], "what held goes on holding"

        path.write_text('[[rule]]\nname = "open"\nmatch = "x"\n')
        await noticed(stage, pilot)
        await stage.tick(pilot)
        assert " off" not in stage.screen()[0]
        assert await said(pilot) == ["All rules work."]


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
