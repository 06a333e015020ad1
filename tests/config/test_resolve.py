"""Who wins, and what is refused in which words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from chatwatch_tui.config import load
from chatwatch_tui.config.load import Asked, resolve
from chatwatch_tui.config.masking import masked
from chatwatch_tui.config.merge import Resolved, build, values_of
from chatwatch_tui.config.schema import keys, tree, walk
from chatwatch_tui.config.toml_text import reference, template, toml_of
from chatwatch_tui.config.values import Taking, from_text
from chatwatch_tui.core.setting import Setting
from chatwatch_tui.settings import Settings
from tests.config.reference import PATH


def resolved(
    text: str, tmp_path: Path, *sets: str, profile: str | None = None, **environment: str
) -> Resolved:  # fmt: skip
    path = tmp_path / "config.toml"
    path.write_text(text)
    return resolve(Asked(config=path, sets=sets, profile=profile), environment)


def refusals(text: str, tmp_path: Path, *sets: str, profile: str | None = None, **environment: str) -> list[str]:
    return [
        str(each).removeprefix(f"{tmp_path}/config.toml:")
        for each in resolved(text, tmp_path, *sets, profile=profile, **environment).problems
    ]


FILE = """\
fps = 1
[stall]
tool = 7
[profile.prod]
fps = 2
[profile.prod.keys]
freeze = "f"
[keys]
freeze = "x"
open = "O"
"""


def test_flag_before_variable_before_profile_before_file_before_default(tmp_path: Path) -> None:
    def fps(text: str, *sets: str, profile: str | None = None, **environment: str) -> tuple[int, str]:
        found = resolved(text, tmp_path, *sets, profile=profile, **environment)
        assert not found.problems
        origin = found.origin(found.given.get("fps")).replace(str(tmp_path), "")
        return found.settings.screen.max_fps, origin

    assert fps("") == (30, "default")
    assert fps(FILE) == (1, "/config.toml:1")
    assert fps(FILE, profile="prod") == (2, "profile prod, /config.toml:5")
    assert fps(FILE, CHATWATCH_PROFILE="prod") == (2, "profile prod, /config.toml:5")
    assert fps(FILE, profile="prod", CHATWATCH_FPS="3") == (3, "CHATWATCH_FPS")
    assert fps(FILE, "fps=4", profile="prod", CHATWATCH_FPS="3") == (4, "--set fps")


def test_entries_of_a_table_win_one_by_one(tmp_path: Path) -> None:
    found = resolved(FILE, tmp_path, "keys.help=h", profile="prod")
    assert found.settings.screen.keys == {"freeze": "f", "open": "O", "help": "h"}
    assert found.settings.limits.tool == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fps = 900", "1:7: fps: expected a whole number, 1 to 60, got 900"),
        ("fps = true", "1:7: fps: expected a whole number, 1 to 60, got true"),
        ("\nfsp = 3", "2:1: unknown key 'fsp': did you mean fps?"),
        ("[stal]\ntool = 3", "1:1: unknown key 'stal': did you mean stall?"),
        ("[stall]\n tol = 3", "2:2: unknown key 'tol': did you mean tool?"),
        ("[stall]\nfps = 3", "2:1: unknown key 'fps': did you mean `fps` at the top, before the first section?"),
        ("servers = []", "1:1: unknown key 'servers': did you mean `servers` under [nats]?"),
        ("stall = 3", "1:9: stall: expected a table, [stall]"),
        ("stall.tool = 'x'", "1:14: stall.tool: expected a number, 1 or more, got 'x'"),
        ("stall.tool = nan", "1:14: stall.tool: expected a number, 1 or more, got nan"),
        ("keymap = 'vi'", "1:10: keymap: expected one of default, vim, emacs, got 'vi'"),
        ("[keys]\nhelp = 5", "2:8: keys.help: expected a string or a list of strings, got 5"),
        ("[decode]\ntext = 'content'", "2:8: decode.text: expected a list of strings, got 'content'"),
        ("[decode]\ntext = ['a', 2]", "2:8: decode.text: expected a list of strings, got a list"),
        ("[nats]\nprefix = '*'", "2:10: nats.prefix: expected a string like "),
        ("[nats]\nservers = ['nats://a', 'http://b']", "2:24: nats.servers: a server address looks like"),
        ("[nats]\npassword = 7", "2:12: nats.password: expected a string, got a whole number"),
        ("conversations = ['x']", "1:18: conversations: "),
        ("[profile.a]\nfps = 0", "2:7: profile.a.fps: expected a whole number, 1 to 60, got 0"),
        ("[profile.a.profile.b]\nfps = 1", "1:1: a profile has no profiles in it: write [profile.NAME] at the top"),
        ("[profile.a]\nprofil = 1", "2:1: unknown key 'profil': there are "),
        ("profil = 1", "1:1: unknown key 'profil': did you mean profile?"),
        ("profile = 1", "1:1: expected tables, [profile.NAME]"),
        ("[profile]\nprod = 3", "2:8: profile.prod: expected a table, [profile.prod]"),
        ("[profile.prod]\nstall = 3", "2:9: profile.prod.stall: expected a table, [profile.prod.stall]"),
        ('[keys]\n"a\\u001b[31m" = 3', "2:17: keys.a\u241b[31m: expected a string or a list of strings, got 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    (found,) = refusals(text, tmp_path)
    assert found.startswith(words)


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = refusals("[profile.a]\nfps = 0\n[stall]\ntool = 0\n", tmp_path, "fps=x", CHATWATCH_RAW_KEPT="-1")
    assert [each.split(":")[0] for each in found] == ["--set fps", "CHATWATCH_RAW_KEPT", "2", "4"]


def test_a_profile_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    (found,) = refusals("[profile.prod]\n[profile.lab]\n", tmp_path, profile="x")
    assert "unknown profile 'x': there are prod, lab" in found
    (found,) = refusals("[profile.prod]\n", tmp_path, profile="prd")
    assert "did you mean prod?" in found
    assert "there are none" in refusals("", tmp_path, profile="x")[0]


def test_of_a_file_that_cannot_be_read_only_that_is_said_whatever_profile_is_asked_for(tmp_path: Path) -> None:
    (found,) = refusals("fps =\n", tmp_path, profile="prod")
    assert found.startswith("1:6: not TOML")


def test_no_secret_comes_into_a_refusal(tmp_path: Path) -> None:
    for text in ("[nats]\nservers = 'nats://bob:hunter2@h'", "[nats]\nservers = ['http://bob:hunter2@h']"):
        assert "hunter2" not in refusals(text, tmp_path)[0]


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    (problem,) = resolve(Asked(config=missing), {}).problems
    assert str(problem).startswith(f"{missing}: there is no such file")
    assert resolve(Asked(), {"CHATWATCH_CONFIG": str(missing)}).problems == (problem,)
    assert not resolve(Asked(), {}).problems


def test_files_are_named_relative_to_the_settings_file(tmp_path: Path) -> None:
    assert resolved("[nats]\ncreds = 'my.creds'", tmp_path).settings.nats.signin.creds == tmp_path / "my.creds"
    found = resolved("[nats]\ncreds = '~/my.creds'", tmp_path).settings.nats.signin.creds
    assert found == Path.home() / "my.creds"
    text = "[nats]\ncreds = 'x'\n[profile.p.nats]\ncreds = ''"
    assert resolved(text, tmp_path, profile="p").settings.nats.signin.creds is None


def test_a_variable_that_means_nothing_is_remarked_on(tmp_path: Path) -> None:
    (remark,) = resolved("", tmp_path, CHATWATCH_FSP="3").remarks
    assert str(remark) == "the variable CHATWATCH_FSP means nothing to chatwatch: did you mean CHATWATCH_FPS?"


# -- the tree ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", keys().values(), ids=lambda key: key.name)
def test_every_key_has_a_sentence_a_default_and_a_way_through_each_door(key: Any, tmp_path: Path) -> None:
    assert key.help
    assert key.help[0].isupper() or key.help[0] in "`c", key.help
    assert key.default is not msgspec.NODEFAULT
    name = key.name
    assert not refusals(f"{name} = {toml_of(key.default)}", tmp_path)
    text = toml_of(key.default) if isinstance(key.default, (tuple, dict)) else str(key.default or "")
    if text and isinstance(key.default, (bool, int, float, str, tuple, dict)):
        assert not refusals("", tmp_path, f"{name}={text}")
        found = resolved("", tmp_path, **{key.variable: text})
        assert not found.problems
        assert found.given[name].value == key.default
        assert found.origin(found.given[name]) == key.variable


def test_no_variable_means_two_keys() -> None:
    variables = [variable for key in keys().values() for variable in key.variables]
    assert len(variables) == len(set(variables))
    assert not {load.CONFIG_VARIABLE, load.PROFILE_VARIABLE} & set(variables)


def test_the_tree_is_built_of_what_was_given_and_defaults() -> None:
    assert build({}) == Settings()
    settings = build({"stall.tool": 3.0, "fps": 9, "nats.user": "bob"})
    assert (settings.limits.tool, settings.screen.max_fps, settings.nats.signin.user) == (3.0, 9, "bob")
    assert build(values_of(settings)) == settings


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What others add to the tree."""

    name: str
    """Its name."""
    level: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How much."""

    def __post_init__(self) -> None:
        if self.name == "bad":
            raise ValueError("a bad name")


class Added(msgspec.Struct, frozen=True):
    """A tree with lists of tables and a hidden field."""

    rules: tuple[Rule, ...] = msgspec.field(default=(), name="rule")
    """Rules."""
    secret: Annotated[str, Setting(secret=True)] = ""
    """Not shown."""
    program: Annotated[str, Setting(hidden=True)] = ""


class Twice(msgspec.Struct):
    """A name that was there before."""

    index: int
    field: str
    words: str


def names_twice(rules: tuple[Rule, ...]) -> Iterator[Twice]:
    names = [rule.name for rule in rules]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Twice(index, "name", f"there is a rule {name!r} above")


def test_what_is_wrong_with_tables_together_is_said_at_the_key_and_they_are_left_out() -> None:
    marks = Setting(check_tables=names_twice)
    taking = Taking(Path())
    raw = [{"name": "a"}, {"nme": "b"}, {"name": "a"}, {"name": "c"}]
    assert taking.value(tuple[Rule, ...], raw, ("rule",), marks) == (Rule("a"), Rule("c"))
    assert [(wrong.steps, wrong.mild) for wrong in taking.wrong] == [
        (("rule", 1, "nme"), True),
        (("rule", 2, "name"), True),
    ]


def test_what_a_table_says_is_judged_though_something_else_in_it_is_wrong() -> None:
    marks = Setting(check_tables=names_twice)
    taking = Taking(Path())
    raw = [{"name": "a"}, {"name": "a", "lvl": 1}, {"lvl": 2}]
    assert taking.value(tuple[Rule, ...], raw, ("rule",), marks) == (Rule("a"),)
    assert [wrong.steps for wrong in taking.wrong] == [("rule", 1, "lvl"), ("rule", 2, "lvl"), ("rule", 1, "name")]


def test_a_wrong_table_of_a_list_is_left_out_and_the_others_work() -> None:
    (rules, secret) = walk(tree(Added))
    taking = Taking(Path())
    raw = [{"name": "a"}, {"nme": "b"}, {"name": "c", "level": -1}, {"level": 2}, "x", {"name": "bad"}, {"name": "d"}]
    assert taking.value(rules.type, raw, ("rule",)) == (Rule("a"), Rule("d"))
    assert all(wrong.mild for wrong in taking.wrong)
    assert [(wrong.steps, wrong.words) for wrong in taking.wrong] == [
        (("rule", 1, "nme"), "unknown key 'nme': did you mean name?"),
        (("rule", 2, "level"), "expected a whole number, 0 or more, got -1"),
        (("rule", 3), "name is missing"),
        (("rule", 4), "expected a table, got 'x'"),
        (("rule", 5), "a bad name"),
    ]
    assert from_text(rules.type, "[{name = 'a'}]") == [{"name": "a"}]
    assert masked(secret, "hunter2") == "…"


# -- what is written -----------------------------------------------------------------------------------------------


def test_the_written_file_says_nothing_and_with_every_key_taken_in_it_says_the_defaults(tmp_path: Path) -> None:
    text = template()
    assert not resolved(text, tmp_path).given
    taken_in = []
    for line in text.splitlines():
        if line.startswith(("#[profile", "#[[")):
            taken_in.append("")
            break
        taken_in.append(line[1:] if line.startswith("#") and not line.startswith("# ") else line)
    found = resolved("\n".join(taken_in), tmp_path)
    assert not found.problems
    assert found.settings == Settings()
    assert set(found.given) == set(keys()) - {"rule"}
    for key in keys().values():
        assert all(word in text for word in key.help.split())


def test_the_reference_is_not_stale() -> None:
    """`python -m tests.config.reference` writes it."""
    assert PATH.read_text(encoding="utf-8") == reference()
