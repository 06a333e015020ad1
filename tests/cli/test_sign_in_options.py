"""Sign-in as the `nats` tool has it: flag > environment > context, one way at a time, and secrets are not shown."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.sources.nats_signin import NatsSignIn
from tests.broker import free_port
from tests.cli import UNHURRIED, chatwatch, refusal_of, settings_of, write_context

SECRET = "hunter2"
ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
PLAIN = [("--user", "NATS_USER", "user", "user"), ("--password", "NATS_PASSWORD", "password", "password")]
FILES = [
    ("--creds", "NATS_CREDS", "creds", "creds"),
    ("--nkey", "NATS_NKEY", "nkey", "nkey"),
    ("--tlscert", "NATS_CERT", "cert", "tls_cert"),
    ("--tlskey", "NATS_KEY", "key", "tls_key"),
    ("--tlsca", "NATS_CA", "ca", "tls_ca"),
]
PAIRED = {"cert": "key", "key": "cert"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A file for each place in which it may be named."""
    found = {name: tmp_path / name for name in ("flag", "environment", "context", "other")}
    for path in found.values():
        path.write_text("")
    return found


@pytest.mark.parametrize(("flag", "variable", "field", "attribute"), PLAIN)
def test_words_come_from_flag_then_environment_then_context(
    flag: str, variable: str, field: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*arguments: str) -> Any:
        return getattr(settings_of(*arguments).signin, attribute)

    assert found() == ""
    write_context("prod", selected=True, **{field: "context"})
    assert found() == "context"
    monkeypatch.setenv(variable, "environment")
    assert found() == "environment"
    assert found(flag, "flag") == "flag"


@pytest.mark.parametrize(("flag", "variable", "field", "attribute"), FILES)
def test_files_come_from_flag_then_environment_then_context(
    flag: str, variable: str, field: str, attribute: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*arguments: str) -> Any:
        return getattr(settings_of(*arguments).signin, attribute)

    assert found() is None
    other = {PAIRED[field]: str(files["other"])} if field in PAIRED else {}
    write_context("prod", selected=True, **{field: str(files["context"])}, **other)
    assert found() == files["context"]
    monkeypatch.setenv(variable, str(files["environment"]))
    assert found() == files["environment"]
    assert found(flag, str(files["flag"])) == files["flag"]


def test_tls_first_comes_from_flag_environment_or_context(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of().signin.tls_first is False
    assert settings_of("--tlsfirst").signin.tls_first is True
    monkeypatch.setenv("CHATWATCH_NATS_TLS_FIRST", "1")
    assert settings_of().signin.tls_first is True
    monkeypatch.delenv("CHATWATCH_NATS_TLS_FIRST")
    write_context("prod", selected=True, tls_first=True)
    assert settings_of().signin.tls_first is True


def test_a_token_comes_from_environment_then_context(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of().signin.token == ""
    write_context("prod", selected=True, token="context")
    assert settings_of().signin.token == "context"
    monkeypatch.setenv("NATS_TOKEN", "environment")
    assert settings_of().signin.token == "environment"


def test_the_context_comes_from_flag_then_environment_then_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of().source == "127.0.0.1:4222"
    for name in ("selected", "environment", "flag"):
        write_context(name, selected=name == "selected", url=f"nats://{name}:1", user=name)
    assert settings_of().source == "selected"
    monkeypatch.setenv("NATS_CONTEXT", "environment")
    assert settings_of().source == "environment"
    settings = settings_of("--context", "flag")
    assert (settings.source, settings.servers, settings.signin.user) == ("flag", ("nats://flag:1",), "flag")


def test_servers_given_replace_those_of_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    write_context("prod", selected=True, url="nats://a:1,nats://b:2", user="bob")
    assert settings_of().servers == ("nats://a:1", "nats://b:2")
    monkeypatch.setenv("NATS_URL", "nats://c:3")
    assert settings_of().servers == ("nats://c:3",)
    settings = settings_of("-s", "nats://d:4")
    assert (settings.servers, settings.signin.user) == (("nats://d:4",), "bob")


def test_a_context_gives_its_name_only_to_its_own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    write_context("prod", selected=True, url="nats://a:1", user="bob")
    assert settings_of().source == "prod"
    assert settings_of("-s", "nats://d:4", "-s", "e").source == "d:4"
    assert settings_of("--context", "prod", "-s", "nats://d:4").source == "d:4"
    monkeypatch.setenv("NATS_URL", "nats://c:3")
    assert settings_of().source == "c:3"
    monkeypatch.delenv("NATS_URL")
    write_context("bare", selected=True, user="bob")
    assert settings_of().source == "127.0.0.1:4222"


def test_a_file_is_a_context_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.json").write_text('{"url": "nats://mine:1", "user": "ann"}')
    for arguments in (("--context", str(tmp_path / "mine.json")), ()):
        settings = settings_of(*arguments)
        assert (settings.source, settings.servers, settings.signin.user) == ("mine", ("nats://mine:1",), "ann")
        monkeypatch.setenv("NATS_CONTEXT", str(tmp_path / "mine.json"))


@pytest.mark.parametrize("wrong", ["missing", "../prod", ".hidden"])
def test_a_context_that_is_not_there_is_named(wrong: str) -> None:
    write_context("prod")
    assert repr(wrong) in refusal_of("--context", wrong)


# -- one way at a time ---------------------------------------------------------------------------------------------

WAYS = ("user", "token", "creds", "nkey", "user_jwt")
OF_THE_CONTEXT = {"user", "token", "creds"}
"""Of a context that has all: the last three are ways of which one is taken."""


def ways(*arguments: str) -> set[str]:
    """The ways to sign in that are left."""
    signin = settings_of(*arguments).signin
    return {name for name in WAYS if getattr(signin, name)}


def full_context(files: dict[str, Path]) -> dict[str, str]:
    """Every way at once, and a certificate."""
    return {
        **dict.fromkeys(("user", "password", "token", "user_jwt", "user_seed"), "context"),
        **dict.fromkeys(("creds", "nkey", "cert", "key"), str(files["context"])),
    }


@pytest.mark.parametrize(
    ("variable", "way"),
    [("NATS_USER", "user"), ("NATS_TOKEN", "token"), ("NATS_CREDS", "creds"), ("NATS_NKEY", "nkey")],
)
def test_one_way_to_sign_in_replaces_the_others_of_the_context(
    variable: str, way: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", selected=True, **full_context(files))
    assert ways() == OF_THE_CONTEXT
    monkeypatch.setenv(variable, str(files["environment"]))
    assert ways() == {way}
    signin = settings_of().signin
    assert (signin.password, signin.user_seed) == ("", "")
    assert signin.tls_cert == files["context"], "a certificate goes with any way"


@pytest.mark.parametrize("flag", ["--user", "--creds", "--nkey"])
def test_a_way_asked_for_by_a_flag_beats_the_ways_of_the_environment(
    flag: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("NATS_USER", "NATS_TOKEN", "NATS_CREDS", "NATS_NKEY"):
        monkeypatch.setenv(variable, str(files["environment"]))
    monkeypatch.setenv("NATS_PASSWORD", SECRET)
    assert ways(flag, str(files["flag"])) == {flag[2:]}
    assert settings_of("--user", "bob").signin.password == SECRET, "it is the place for it"


@pytest.mark.parametrize("variable", ["NATS_CREDS", "NATS_NKEY", "NATS_TOKEN"])
def test_a_leftover_of_the_environment_does_not_win_over_a_context_that_is_asked_for(
    variable: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", selected=True, user="ann", password=SECRET)
    monkeypatch.setenv(variable, str(files["environment"]))
    signin = settings_of("--context", "prod").signin
    assert (signin.user, signin.password, ways("--context", "prod")) == ("ann", SECRET, {"user"})
    assert ways() == {variable.removeprefix("NATS_").lower()}, "of one that is only selected it does"


def test_of_a_context_and_the_environment_the_way_that_the_nats_tool_takes_first_is_taken(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", nkey=str(files["context"]))
    monkeypatch.setenv("NATS_CREDS", str(files["environment"]))
    assert ways("--context", "prod") == {"creds"}
    monkeypatch.setenv("NATS_USER", "bob")
    monkeypatch.setenv("NATS_PASSWORD", SECRET)
    monkeypatch.delenv("NATS_CREDS")
    assert ways("--context", "prod") == {"user"}


def test_a_sign_in_in_the_address_replaces_that_of_the_context(files: dict[str, Path]) -> None:
    write_context("prod", selected=True, **full_context(files))
    assert ways("-s", f"nats://bob:{SECRET}@host") == set()
    assert ways("-s", "nats://host") == OF_THE_CONTEXT


def test_a_sign_in_in_the_address_of_a_flag_beats_that_of_the_environment(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("NATS_USER", "NATS_TOKEN", "NATS_CREDS", "NATS_NKEY"):
        monkeypatch.setenv(variable, str(files["environment"]))
    assert ways("-s", f"nats://bob:{SECRET}@host") == set()
    assert ways("-s", f"nats://bob:{SECRET}@host", "--nkey", str(files["flag"])) == {"nkey"}
    assert ways("-s", "nats://host") == {"user", "token", "creds", "nkey"}
    monkeypatch.setenv("NATS_URL", f"nats://bob:{SECRET}@host")
    assert ways() == {"user", "token", "creds", "nkey"}, "all of the environment"


# -- secrets that a context names and does not hold ------------------------------------------------------------------


def test_what_a_context_names_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", SECRET)
    write_context("prod", selected=True, user="ann", password="env://KEPT")
    signin = settings_of().signin
    assert (signin.user, signin.password) == ("ann", SECRET)


@pytest.mark.parametrize("field", ["password", "token", "creds", "nkey", "user_jwt", "user_seed"])
def test_what_cannot_be_looked_up_is_refused_by_context_and_field(field: str) -> None:
    write_context("prod", selected=True, **{field: "env://CHATWATCH_NO"})
    assert refusal_of() == f"context prod: `{field}`: the variable CHATWATCH_NO is not set"


def test_what_is_overridden_is_not_looked_up(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write_context("prod", selected=True, url="nats://a:1", creds="env://CHATWATCH_NO", ca="env://CHATWATCH_NO")
    monkeypatch.setenv("NATS_CA", str(files["environment"]))
    assert settings_of("--user", "bob").signin == NatsSignIn(user="bob", tls_ca=files["environment"])
    assert settings_of("-s", f"nats://bob:{SECRET}@host").signin.creds is None


def test_config_show_looks_nothing_up_and_shows_no_secret() -> None:
    data = f"data:;base64,{base64.b64encode(SECRET.encode()).decode()}"
    for creds, shown in ((data, "data:…"), ("env://CHATWATCH_NO", "env://CHATWATCH_NO"), ("SUAM" + "A" * 54, "…")):
        write_context("prod", selected=True, creds=creds, token=data)
        code, out, err = chatwatch("config", "show")
        assert (code, err) == (0, "")
        assert [line.split("  ")[0] for line in out.splitlines() if line.startswith(("nats.creds", "nats.token"))] == [
            'nats.token = "…"',
            f'nats.creds = "{shown}"',
        ]
        assert data not in out
        assert creds not in chatwatch("config", "show", "--json").out or creds == shown
    assert '"…"' in chatwatch("config", "show", env={"NATS_NKEY": "SUAM" + "A" * 54}).out


# -- files that are not there --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flag", "variable", "field", "attribute"), FILES)
def test_a_missing_file_is_named(
    flag: str, variable: str, field: str, attribute: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "missing")
    assert refusal_of(flag, missing) == f"{flag} {missing}: there is no such file"
    assert "there is no such file" in refusal_of(flag, str(tmp_path)), "a folder is none"
    write_context("prod", selected=True, **{field: missing})
    assert refusal_of() == f"context prod: `{field}`: there is no file {missing}"
    monkeypatch.setenv(variable, missing)
    assert refusal_of() == f"{variable} {missing}: there is no such file"


@pytest.mark.parametrize("name", ["TOKEN_FILE", "COOKIE_FILE", "HEADERS_FILE", "CACERT", "CLIENT_CERT", "CLIENT_KEY"])
def test_a_missing_file_for_an_endpoint_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = "--" + name.lower().replace("_", "-")
    assert refusal_of("--sse", "https://host", ID, flag, "/no") == f"{flag} /no: there is no such file"
    monkeypatch.setenv(f"CHATWATCH_{name}", "/no")
    assert refusal_of("--sse", "https://host", ID) == f"CHATWATCH_{name} /no: there is no such file"


@pytest.mark.parametrize(
    "secret",
    ["SUAM" + "A" * 54, "-----BEGIN PRIVATE KEY-----\nMIIE", "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJ4In0.c2ln", "x" * 5_000],
    ids=lambda secret: secret[:9],
)
@pytest.mark.parametrize(("flag", "variable", "field", "attribute"), FILES)
def test_a_secret_in_place_of_the_name_of_its_file_is_not_shown(
    flag: str, variable: str, field: str, attribute: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal_of(flag, secret) == f"{flag} …: there is no such file"
    write_context("prod", selected=True, **{field: secret})
    assert refusal_of() == f"context prod: `{field}`: there is no file …"
    monkeypatch.setenv(variable, secret)
    assert refusal_of() == f"{variable} …: there is no such file"


@pytest.mark.parametrize("flag", ["--creds", "--nkey", "--tlsca", "--token-file", "--cacert"])
def test_a_pipe_is_a_file_too(flag: str) -> None:
    reading, writing = os.pipe()
    try:
        settings_of(flag, f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)


def test_files_may_be_in_the_home_folder() -> None:
    (Path.home() / "my.creds").write_text("")
    assert settings_of("--creds", "~/my.creds").signin.creds == Path.home() / "my.creds"


@pytest.mark.parametrize(("alone", "missing"), [("cert", "key"), ("key", "cert")])
def test_a_certificate_and_its_key_go_together(
    alone: str, missing: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", selected=True, **{alone: str(files["context"])})
    assert refusal_of() == f"context prod: `{alone}` without `{missing}`: the two go together"
    monkeypatch.setenv(variable := f"NATS_{alone.upper()}", str(files["environment"]))
    assert refusal_of() == f"{variable} without NATS_{missing.upper()}: the two go together"
    flag = f"--tls{alone}"
    assert refusal_of(flag, str(files["flag"])) == f"{flag} without --tls{missing}: the two go together"


def test_a_certificate_with_its_key_is_taken(files: dict[str, Path]) -> None:
    signin = settings_of("--tlscert", str(files["flag"]), "--tlskey", str(files["other"])).signin
    assert (signin.tls_cert, signin.tls_key, signin.wants_tls) == (files["flag"], files["other"], True)


# -- secrets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        (("--user", "bob", "--password", SECRET), "NATS_PASSWORD"),
        (("--user", SECRET), "NATS_TOKEN"),
        (("-s", f"nats://bob:{SECRET}@host"), "NATS_PASSWORD"),
        (("-s", "good", "-s", f"NATS://bob:{SECRET}@host"), "NATS_PASSWORD"),
        (("-s", f"tls://{SECRET}@host"), "NATS_TOKEN"),
        (("-s", f"bob:{SECRET}@host"), "NATS_PASSWORD"),
    ],
    ids=" ".join,
)
def test_a_secret_on_the_command_line_works_but_is_warned_about(arguments: tuple[str, ...], instead: str) -> None:
    code, out, err = chatwatch(*arguments)
    assert (code, out) == (3, ""), "refused for want of a terminal only"
    warning, _ = err.splitlines()
    assert "can be read by other users of this machine" in warning
    assert instead in warning
    assert SECRET not in err


@pytest.mark.parametrize("userinfo", [f"bob:{SECRET}@", f"{SECRET}@"])
def test_a_secret_in_the_address_of_the_simulator_is_warned_about(userinfo: str) -> None:
    code, _, err = chatwatch("simulate", "-s", f"nats://{userinfo}127.0.0.1:{free_port()}")
    warning, failure = err.splitlines()
    assert (code, SECRET in err) == (1, False)
    assert "can be read by other users of this machine" in warning
    assert "no connection" in failure


@pytest.mark.parametrize(
    "env",
    [
        {"NATS_USER": "bob", "NATS_PASSWORD": SECRET},
        {"NATS_USER": SECRET},
        {"NATS_TOKEN": SECRET},
        {"NATS_URL": f"nats://bob:{SECRET}@host"},
    ],
    ids=" ".join,
)
def test_a_secret_in_the_environment_is_not_warned_about(env: dict[str, str]) -> None:
    code, out, err = chatwatch(env=env)
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert SECRET not in err


def test_a_user_whose_password_is_in_the_environment_is_no_secret() -> None:
    assert chatwatch("--user", "bob", env={"NATS_PASSWORD": SECRET}).err.count("\n") == 1


@pytest.mark.parametrize(
    "url",
    [
        f"nats://bob:{SECRET}@host:99999",
        f"NATS://bob:{SECRET}@host:99999",
        f"nats://{SECRET}@host:99999",
        f"bob:{SECRET}@host:99999",
        f"nats://bob:{SECRET}/x@host:4222",
        f"nats://bob:p@{SECRET}@host:99999",
        f"nats://bob:{SECRET},x@host:4222",
        f"nats://bob:x,{SECRET}@host:99999",
        f"http://bob:{SECRET}@host",
    ],
)
def test_a_wrong_address_is_refused_without_its_password(url: str) -> None:
    code, out, err = chatwatch("-s", url)
    assert (code, out) == (2, "")
    assert "--server " in err
    assert SECRET not in err
    err = chatwatch(env={"NATS_URL": url}).err
    assert ("NATS_URL " in err, "--server" in err, SECRET in err) == (True, False, False)
    write_context("prod", selected=True, url=url)
    err = chatwatch().err
    assert ("context prod: `url` " in err, "--server" in err, SECRET in err) == (True, False, False)


@given(st.text(min_size=1).map(lambda text: f"{SECRET}{text}{SECRET}"))
@UNHURRIED
def test_no_password_whatever_is_in_it_comes_into_a_refusal(password: str) -> None:
    assert SECRET not in refusal_of("-s", f"nats://bob:{password}@host:99999")


def test_other_refusals_do_not_show_secrets_either() -> None:
    for arguments in (("nonsense",), ("--fps", "0"), ("--bogus",), ("--context", "missing")):
        code, _, err = chatwatch("--user", "bob", "--password", SECRET, *arguments)
        assert code == 2
        assert SECRET not in err
