"""`chatwatch config check` judges a file as it would hold with every profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatwatch_tui.cli.config_show import all_problems
from chatwatch_tui.config.load import Asked
from tests.cli import chatwatch

BROKEN = """\
theme = "nord"
[profile.prod]
theme = "nopetheme"
keymap = "vim"
[profile.prod.keys]
freze = "f"
zoom = "j"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.toml"
    path.write_text(BROKEN)
    return path


def problems(file: Path, *, profile: str | None = None, **environment: str) -> list[str]:
    found = all_problems(Asked(config=file, profile=profile), environment)
    return [str(each).removeprefix(f"{file}:") for each in found]


def test_what_is_wrong_in_a_profile_alone_is_found_with_its_place_and_its_name(file: Path) -> None:
    code, out, _ = chatwatch("config", "check", str(file))
    lines = out.splitlines()
    assert code == 2
    assert [line.removeprefix(f"{file}:").partition(": ")[0] for line in lines] == ["3:9", "6:1", "7:8"]
    assert all(line.endswith(" (profile prod)") for line in lines)
    refused = chatwatch("watch", "--config", str(file), "--profile", "prod")
    assert refused.code == 2
    for line in lines:
        assert line.removesuffix(" (profile prod)") in refused.err


def test_what_is_wrong_with_and_without_profiles_is_said_once(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(
        "theme = 'nope'\n[keys]\nfreze = 'f'\nzoom = 'h'\n"
        "[profile.a]\nfps = 3\n[profile.b]\nkeymap = 'vim'\n[profile.c]\nkeymap = 'vim'\ntheme = 'nord'\n"
    )
    base, unknown, clash = problems(file)
    assert base.startswith("1:9: no theme 'nope'")
    assert unknown.startswith("3:1: unknown action 'freze'")
    assert clash.startswith("4:8: zoom: ")
    assert clash.endswith(" (profiles b, c)")
    assert "profile" not in base + unknown


def test_a_value_over_which_the_environment_holds_is_judged_all_the_same(file: Path) -> None:
    file.write_text("theme = 'nope'\n[keys]\nzoom = 'h'\n")
    assert problems(file, CHATWATCH_THEME="nord") == problems(file)
    assert problems(file)[0].startswith("1:9: no theme 'nope'")
    (theme, clash) = problems(file, CHATWATCH_THEME="nord", CHATWATCH_KEYMAP="vim")
    assert (theme, clash[:4]) == (problems(file)[0], "3:8:")


def test_with_a_profile_only_what_a_start_with_it_would_say(file: Path) -> None:
    file.write_text(BROKEN + "[profile.lab]\ntheme = 'also'\n")
    assert len(problems(file)) == 4
    assert [each.partition(": ")[0] for each in problems(file, profile="lab")] == ["9:9"]
    code, out, _ = chatwatch("config", "check", "--profile", "prd", str(file))
    assert (code, "did you mean prod?" in out) == (2, True)
    file.write_text("[profile.lab]\nfps = 3\n")
    code, out, err = chatwatch("config", "check", "--profile", "lab", str(file))
    assert (code, out) == (0, "")
    assert "nothing is wrong" in err


def test_show_prints_a_theme_and_keys_that_do_not_work_with_a_word_on_stderr(file: Path) -> None:
    code, out, err = chatwatch("config", "show", "--config", str(file), "--profile", "prod")
    assert code == 0
    assert "nopetheme" in out
    assert f"{file}:3:9: no theme 'nopetheme'" in err
    assert f"{file}:6:1: unknown action 'freze'" in err
    assert not chatwatch("config", "show", "--config", str(file)).err
