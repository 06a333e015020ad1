"""`chatwatch config`, and what a settings file and a profile do to the sources."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import click
import msgspec
import pytest

from tests.cli import chatwatch, command_of, refusal_of, settings_of, write_context

ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
SECRET = "hunter2"


@pytest.fixture
def config() -> Path:
    """Where the settings file is looked for."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "chatwatch" / "config.toml"
    path.parent.mkdir()
    return path


def test_init_writes_a_private_file_that_passes_the_check_and_never_over_another() -> None:
    path = chatwatch("config", "path").out.strip()
    assert chatwatch("config", "init").code == 0
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert chatwatch("config", "check")[:2] == (0, "")
    Path(path).write_text("fps = 9\n")
    code, out, err = chatwatch("config", "init")
    assert (code, out) == (1, "")
    assert f"{path} is there already; --force" in err
    assert Path(path).read_text() == "fps = 9\n"
    assert chatwatch("config", "init", "--force").code == 0
    assert Path(path).read_text() != "fps = 9\n"


def test_init_over_a_file_that_others_may_read_leaves_one_for_its_owner(config: Path) -> None:
    config.write_text("")
    config.chmod(0o644)
    assert chatwatch("config", "init", "--force").code == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


@pytest.mark.parametrize("dangling", [True, False])
def test_init_says_of_a_link_what_it_is_and_what_to_do(dangling: bool, config: Path, tmp_path: Path) -> None:
    target = tmp_path / "dot files" / "chatwatch.toml"
    if not dangling:
        target.parent.mkdir()
        target.write_text("fps = 9\n")
    config.symlink_to(target)
    force, does = ((), "writes that file") if dangling else (("--force",), "writes over that file")
    command = " ".join(("chatwatch config init", *force, f"'{target}'"))
    for flags in ((), ("--force",)):
        ended = chatwatch("config", "init", *flags)
        assert (ended.code, ended.out) == (1, "")
        assert f"{config} is a link to {target}, and no link is followed: `{command}` {does}" in ended.err
    assert chatwatch("config", "init", *force, str(target)).code == 0
    assert config.is_symlink()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_check_says_every_problem_and_ends_with_2(config: Path, tmp_path: Path) -> None:
    text = "fsp = 9\ntheme = 'drk'\n[keys]\nfreeze = 'p'\nfreze = 'x'\n"
    config.write_text(text)
    expected = [
        "1:1: unknown key 'fsp': did you mean fps?",
        "2:9: ",
        "4:10: freeze: p is the key of pin too: ",
        "5:1: unknown action 'freze': did you mean freeze?",
    ]
    other = tmp_path / "other.toml"
    other.write_text(text)
    for path, arguments in ((config, ()), (other, (str(other),))):
        code, out, _ = chatwatch("config", "check", *arguments)
        assert code == 2
        assert len(out.splitlines()) == len(expected)
        for line, words in zip(out.splitlines(), expected, strict=True):
            assert line.startswith(f"{path}:{words}")


def test_no_name_that_a_file_makes_up_acts_on_the_terminal(config: Path) -> None:
    evil = "ev\\u001b[31mil"
    config.write_text(
        f'keymap = "vim"\n[keys]\n"fre{evil}ze" = "f"\n[profile."{evil}"]\n"{evil}" = 1\ntheme = "{evil}"\n'
        f'[profile."{evil}".keys]\nfreeze = "p"\n"{evil}" = "{evil}"\n'
    )
    out = [
        chatwatch(*arguments).out + chatwatch(*arguments).err
        for arguments in (
            ("config", "check"),
            ("config", "check", "--profile", "ev\x1b[31mil"),
            ("config", "show", "--profile", "ev\x1b[31mil"),
            ("watch", "--profile", "ev\x1b[31mil"),
            ("watch", "--profile", "no\x1b[31m"),
            ("watch", "--set", "keys.fr\x1b[31m=x"),
        )
    ]
    assert all("\u241b[31m" in each or "\\x1b[31m" in each for each in out)
    assert not any("\x1b" in each for each in out)


def test_check_without_a_settings_file_finds_nothing_wrong(config: Path, tmp_path: Path) -> None:
    code, out, err = chatwatch("config", "check")
    assert (code, out) == (0, "")
    assert f"{config}: there is no such file, so the defaults hold; `chatwatch config init` makes one" in err
    assert chatwatch("config", "check", env={"CHATWATCH_FPS": "0"}).code == 2
    for ended in (
        chatwatch("config", "check", str(tmp_path / "no.toml")),
        chatwatch("config", "check", env={"CHATWATCH_CONFIG": str(tmp_path / "no.toml")}),
        chatwatch("config", "check", "--profile", "prod"),
    ):
        assert ended.code == 2
        assert "there is no such file" in ended.out


def test_a_wrong_file_is_refused_before_the_start_with_the_same_words(config: Path) -> None:
    config.write_text("[keys]\nfreeze = 'ctrl+b'\n")
    words = f"{config}:2:10: freeze: 'ctrl+b' is no use: tmux takes it"
    assert refusal_of() == words
    for command in ("watch", "demo"):
        code, out, err = chatwatch(command)
        assert (code, out) == (2, "")
        assert words in err


def test_show_says_where_each_value_comes_from_and_hides_secrets(config: Path, tmp_path: Path) -> None:
    config.write_text(
        f"fps = 9\n[nats]\ntoken = '{SECRET}'\n[sse]\nendpoints = ['https://h']\n"
        f"[serve]\nforward_url = 'https://bob:{SECRET}@h'\n"
        "[profile.prod]\nraw_kept = 7\n"
    )
    env = {"NATS_URL": f"nats://bob:{SECRET}@h,bob:{SECRET}@g", "CHATWATCH_SSE_TOKEN": SECRET}
    code, out, err = chatwatch("config", "show", "--profile", "prod", "--ascii", env=env)
    assert code == 0
    assert SECRET not in out + err
    lines = [line.split() for line in out.splitlines()]
    shown = {line[0]: (" ".join(line[2 : line.index("#")]), " ".join(line[line.index("#") + 1 :])) for line in lines}
    assert shown["fps"] == ("9", f"{config}:1")
    assert shown["raw_kept"] == ("7", f"profile prod, {config}:9")
    assert shown["ascii"] == ("true", "--ascii")
    assert shown["nats.servers"] == ('["nats://…@h", "…@g"]', "NATS_URL")
    assert shown["nats.prefix"] == ('"chat"', "default")
    assert shown["sse.token"] == ('"…"', "CHATWATCH_SSE_TOKEN")
    assert shown["serve.forward_url"][0] == '"https://…@h"'
    assert shown["sse.endpoints"][0] == "[]", "servers were named above the file"

    values = json.loads(chatwatch("config", "show", "--json", env={"CHATWATCH_FPS": "3"}).out)
    by_key = {each["key"]: each for each in values}
    assert by_key["fps"] == {"key": "fps", "value": 3, "origin": "variable", "name": "CHATWATCH_FPS"}
    assert by_key["nats.token"] == {
        "key": "nats.token", "value": "…", "origin": "file", "file": str(config), "line": 3
    }  # fmt: skip


@pytest.mark.parametrize("flag", ["--mouse", "--no-mouse"])
def test_show_names_the_flag_that_was_given(flag: str) -> None:
    out = chatwatch("config", "show", flag).out
    (line,) = [line for line in out.splitlines() if line.startswith("mouse ")]
    assert line.split() == ["mouse", "=", str(flag == "--mouse").lower(), "#", flag]


@pytest.mark.parametrize("command", ["demo", "replay"])
def test_what_keeps_no_session_takes_fresh_and_does_not_offer_it(command: str) -> None:
    assert "--fresh" in chatwatch("watch", "--help").out
    assert "--fresh" not in chatwatch(command, "--help").out
    (fresh,) = [each for each in command_of(command).params if each.name == "fresh"]
    assert fresh.opts == ["--fresh"]


def test_show_names_the_context_that_values_come_from() -> None:
    write_context("lab", selected=True, url="nats://lab:1", user="ada")
    out = chatwatch("config", "show").out
    (line,) = [line for line in out.splitlines() if line.startswith("nats.servers ")]
    assert line.split("#") == [line.split("#")[0], " context lab"]
    assert '"nats://lab:1"' in line


def test_keys_lists_every_action_with_the_keys_in_force(config: Path) -> None:
    config.write_text("keymap = 'vim'\n[keys]\nfreeze = 'f'\n")
    listed = {line.split("\t")[0]: line.split("\t")[1] for line in chatwatch("config", "keys").out.splitlines()}
    assert (listed["freeze"], listed["half-page-down"], listed["next-layout"]) == ("f", "ctrl+d", "L")


# -- sources -------------------------------------------------------------------------------------------------------


def test_a_profile_brings_its_own_sources_and_names_them(config: Path) -> None:
    config.write_text(
        "[nats]\nservers = ['nats://base:1']\nprefix = 'lab'\nuser = 'ada'\n"
        "[profile.prod.nats]\nservers = ['nats://prod:1', 'nats://prod:2']\n"
        f"[profile.web]\nconversations = ['{ID.upper()}']\n[profile.web.sse]\nendpoints = ['https://chat.example']\n"
        "[profile.named.nats]\ncontext = 'ctx'\n"
    )
    write_context("ctx", url="nats://context:1", token="x")
    base, prod = settings_of(), settings_of("--profile", "prod")
    assert (base.source, base.servers, base.prefix) == ("base:1", ("nats://base:1",), "lab")
    assert (prod.source, prod.servers, prod.prefix) == ("prod", ("nats://prod:1", "nats://prod:2"), "lab")
    assert prod.signin.user == "ada"
    web = settings_of("--profile", "web")
    assert (web.servers, web.endpoints, web.conversations) == ((), ("https://chat.example",), (ID,))
    named = settings_of("--profile", "named")
    assert (named.source, named.servers) == ("named", ("nats://context:1",))
    assert settings_of("--profile", "prod", "-s", "nats://flag:1").source == "flag:1"


def test_a_context_stands_right_below_whoever_names_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_context("ctx", selected=True, url="nats://context:1", user="context")
    assert settings_of().servers == ("nats://context:1",)
    config.write_text("[nats]\nservers = ['nats://file:1']\nuser = 'file'\n")
    selected = settings_of()
    assert (selected.servers, selected.signin.user) == (("nats://file:1",), "file")
    named = settings_of("--context", "ctx")
    assert (named.source, named.servers, named.signin.user) == ("ctx", ("nats://context:1",), "context")
    monkeypatch.setenv("NATS_USER", "variable")
    assert settings_of("--context", "ctx").signin.user == "variable"


def test_one_way_to_sign_in_replaces_those_of_lower_layers(config: Path, tmp_path: Path) -> None:
    (tmp_path / "my.creds").write_text("")
    config.write_text(
        f"[nats]\nuser = 'ada'\npassword = '{SECRET}'\n[profile.prod.nats]\ncreds = '{tmp_path}/my.creds'\n"
        "[sse]\ntoken = 'x'\n[profile.prod.sse]\ntoken_command = 'pass show it'\n"
    )
    base, prod = settings_of(), settings_of("--profile", "prod")
    assert (base.signin.user, base.signin.password) == ("ada", SECRET)
    assert (prod.signin.user, prod.signin.password, prod.signin.creds) == ("", "", tmp_path / "my.creds")
    assert (prod.sse_signin.token, prod.sse_signin.token_command) == ("", "pass show it")


def test_a_file_that_the_settings_name_and_that_is_not_there_is_refused_with_its_line(config: Path) -> None:
    config.write_text("[nats]\n\ncreds = 'missing.creds'\n")
    assert refusal_of() == f"{config}:3:9: there is no file {config.parent}/missing.creds"
    config.write_text("[nats]\ncontext = 'missing'\n")
    assert refusal_of().startswith(f"{config}:2:11: there is no context 'missing'")


def test_any_setting_is_set_on_the_command_line(config: Path) -> None:
    config.write_text("raw_kept = 5\n")
    settings = settings_of("--set", "raw_kept=9", "--set", "decode.text=words,content", "--set", "keys.freeze=f")
    assert settings.raw_kept == 9
    assert settings.fields.text == ("words", "content")
    assert settings.screen.keys == {"freeze": "f"}
    assert settings_of("--set", "fps=13", "--fps", "12").screen.max_fps == 13, "as the help says"
    assert "holds over" in chatwatch("watch", "--help").out
    assert refusal_of("--set", "raw=9").startswith("--set raw: unknown key 'raw': did you mean raw_kept?")


def test_tokens_are_kept_where_serve_looks_for_them(config: Path) -> None:
    config.write_text("[serve]\ntokens = 'mine.json'\n")
    assert chatwatch("token", "add", "ops", "--view", "*").code == 0
    assert (config.parent / "mine.json").is_file()
    config.write_text("[serve]\ntokns = 'mine.json'\n")
    assert "did you mean tokens?" in chatwatch("token", "list").err


def test_serve_takes_its_options_from_the_file_too(config: Path) -> None:
    config.write_text("[serve]\naccess = 'forward'\n")
    code, _, err = chatwatch("serve")
    assert code == 2
    assert "--access forward needs --forward-url" in err
    config.write_text("[serve]\nhost = '0.0.0.0'\n")
    assert "loopback" in chatwatch("serve").err


def test_keys_of_serve_are_its_flags() -> None:
    """With the defaults and the bounds that the flags have."""
    from chatwatch_tui.cli.relay_commands import serve
    from chatwatch_tui.config.schema import keys

    options = {option.opts[0].removeprefix("--").replace("-", "_"): option for option in serve.params}
    for name, key in keys().items():
        if name.startswith("serve."):
            option = options[name.removeprefix("serve.")]
            default = option.get_default(click.Context(serve))
            if isinstance(default, (list, tuple, str, int, float)):  # files without one have none
                assert key.default == (tuple(default) if isinstance(default, (list, tuple)) else default), name
            metas = [each for each in getattr(key.type, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
            bounds = next(iter(metas), None)
            if bounds is not None:
                assert isinstance(option.type, (click.FloatRange, click.IntRange))
                assert (bounds.ge, bounds.le) == (option.type.min, option.type.max), name


@pytest.mark.parametrize("command", ["watch", "demo", "serve"])
def test_every_option_is_a_setting(command: str) -> None:
    """But for those that say where settings come from, and what is played."""
    from chatwatch_tui.cli.to_config import _key_of
    from chatwatch_tui.config.load import STALL_KEYS
    from chatwatch_tui.config.schema import keys

    others = {"config", "profile", "sets", "conversations", "rate", "seed"}
    for option in command_of(command).params:
        if option.name not in others:
            key = _key_of(option, command)
            assert key in keys() or (key == "stall" and keys().keys() > set(STALL_KEYS)), option.name


def test_a_user_without_a_password_is_a_token_and_is_not_shown() -> None:
    shown = chatwatch("config", "show", env={"NATS_USER": SECRET}).out
    assert "nats.user" in shown
    assert SECRET not in shown
    assert SECRET in chatwatch("config", "show", env={"NATS_USER": SECRET, "NATS_PASSWORD": "other"}).out
