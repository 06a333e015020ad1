"""Contexts of the `nats` tool are read as that tool reads them, and what cannot be honoured is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatwatch_tui.sources import nats_programs
from chatwatch_tui.sources.nats_contexts import ContextError, NatsContext, load_context
from chatwatch_tui.sources.nats_signin import NatsSignIn


def add_context(home: Path, name: str, content: dict[str, Any] | bytes, *, select: bool = False) -> Path:
    folder = home / "nats" / "context"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    if select:
        (home / "nats" / "context.txt").write_text(f"{name}\n")
    return path


def load(name: str | None, home: Path) -> tuple[str, NatsContext]:
    found = load_context(name, home)
    assert found is not None
    return found


def test_the_selected_context_is_taken_where_none_is_named(tmp_path: Path) -> None:
    add_context(tmp_path, "staging", {"url": "nats://staging"}, select=True)
    add_context(tmp_path, "other", {"url": "nats://other"})
    name, context = load(None, tmp_path)
    assert (name, context.servers) == ("staging", ["nats://staging"])


def test_a_named_context_goes_before_the_selected_one(tmp_path: Path) -> None:
    add_context(tmp_path, "staging", {"url": "nats://staging"}, select=True)
    add_context(tmp_path, "other", {"url": "nats://other"})
    assert load("other", tmp_path)[1].url == "nats://other"


@pytest.mark.parametrize("selected", [None, "", "\n", "  "])
def test_no_context_is_fine_where_none_is_selected(tmp_path: Path, selected: str | None) -> None:
    if selected is not None:
        (tmp_path / "nats").mkdir()
        (tmp_path / "nats" / "context.txt").write_text(selected)
    assert load_context(None, tmp_path) is None


def test_an_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    for name in ("production", "staging"):
        add_context(tmp_path, name, {})
    with pytest.raises(ContextError, match=r"no context 'produktion' in .*nats/context; did you mean production\?"):
        load_context("produktion", tmp_path)


def test_an_unknown_name_like_no_other_gets_the_list(tmp_path: Path) -> None:
    for name in ("staging", "production"):
        add_context(tmp_path, name, {})
    with pytest.raises(ContextError, match="known: production, staging"):
        load_context("xyz", tmp_path)


def test_an_unknown_name_where_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(ContextError, match="there are none yet"):
        load_context("xyz", tmp_path)


def test_a_selected_context_that_was_deleted_is_said(tmp_path: Path) -> None:
    add_context(tmp_path, "gone", {}, select=True).unlink()
    with pytest.raises(ContextError, match="no context 'gone'"):
        load_context(None, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"not json", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"url": 4222}', r"Expected `str`, got `int` - at `\$.url`"),
        (b'{"tls_first": "yes"}', "Expected `bool`"),
        (b'{"url": "\xff"}', "utf-8|UTF-8|invalid"),
        (b"[" * 100_000, "recursion|Expected"),
    ],
)
def test_a_broken_file_is_named_with_what_mends_it(tmp_path: Path, content: bytes, words: str) -> None:
    path = add_context(tmp_path, "broken", content)
    with pytest.raises(ContextError, match=words) as raised:
        load_context("broken", tmp_path)
    assert str(path) in str(raised.value)
    assert "`nats context edit broken`" in str(raised.value)


def test_a_broken_file_is_not_quoted(tmp_path: Path) -> None:
    add_context(tmp_path, "broken", b'{"password": "hunter2", "token": ["hunter2"]}')
    with pytest.raises(ContextError) as raised:
        load_context("broken", tmp_path)
    assert "hunter2" not in str(raised.value)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "nats" / "context" / "odd.json").mkdir(parents=True)
    with pytest.raises(ContextError, match=r"odd.json: Is a directory"):
        load_context("odd", tmp_path)


@pytest.mark.parametrize("trick", ["../secret", "/etc/passwd", "a/b", "..", ".hidden", ".", "a\0b"])
@pytest.mark.parametrize("selected", [False, True])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, trick: str, selected: bool) -> None:
    add_context(tmp_path, "real", {})
    (tmp_path / "nats" / "secret.json").write_text('{"url": "nats://secret"}')
    (tmp_path / "nats" / "context.txt").write_text(trick)
    with pytest.raises(ContextError, match="is no context name"):
        load_context(None if selected else trick, tmp_path)


def test_a_name_of_any_length_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(ContextError):
        load_context("x" * 5_000, tmp_path)


def test_the_windows_certificate_store_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    path = add_context(tmp_path, "special", {"url": "nats://x", "windows_cert_store": "user"})
    with pytest.raises(ContextError, match="`cert` and `key`") as raised:
        load_context("special", tmp_path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
        ("socks5h://ann:pa%20ss@proxy:1080", "socks5://ann:pa%20ss@proxy:1080"),
    ],
)
def test_a_socks_proxy_is_carried_over(tmp_path: Path, given: str, taken: str) -> None:
    add_context(tmp_path, "behind", {"url": "nats://x", "socks_proxy": given})
    assert load("behind", tmp_path)[1].signin().socks_proxy == taken


@pytest.mark.parametrize("proxy", ["proxy:1080", "http://proxy:1080", "socks5://ann:hunter2@proxy", "socks5://p:99999"])
def test_what_is_no_socks_proxy_is_refused_and_its_password_not_shown(tmp_path: Path, proxy: str) -> None:
    add_context(tmp_path, "behind", {"socks_proxy": proxy})
    with pytest.raises(ContextError, match="socks5://HOST:PORT") as raised:
        load_context("behind", tmp_path)
    assert "hunter2" not in str(raised.value)


def add_nsc(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An `nsc` on PATH that notes how it was called, then does as the script says."""
    folder.mkdir()
    nsc = folder / "nsc"
    nsc.write_text(f'#!/bin/sh\necho "$@" > {folder}/called\n{script}\n')
    nsc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


PROFILE = """echo '{"user_creds": "/keys/ann.creds", "operator": {"service": ["nats://a:4222", "nats://b:4222"]}}'"""


def test_an_nsc_lookup_brings_credentials_and_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_nsc(tmp_path / "bin", monkeypatch, PROFILE)
    add_context(tmp_path, "kept", {"nsc": "nsc://op/acc/ann"})
    _, context = load("kept", tmp_path)
    assert (tmp_path / "bin" / "called").read_text() == "generate profile nsc://op/acc/ann\n"
    assert context.signin().creds == Path("/keys/ann.creds")
    assert context.servers == ["nats://a:4222", "nats://b:4222"]


def test_what_the_context_names_itself_goes_before_what_nsc_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_nsc(tmp_path / "bin", monkeypatch, PROFILE)
    add_context(tmp_path, "kept", {"nsc": "nsc://op/acc/ann", "url": "nats://mine", "creds": "/my.creds"})
    _, context = load("kept", tmp_path)
    assert (context.servers, context.signin().creds) == (["nats://mine"], Path("/my.creds"))


@pytest.mark.parametrize(
    ("lookup", "script", "words"),
    [
        ("nsc://op/acc/bob", "echo 'user bob is not known' >&2; exit 1", "failed: user bob is not known"),
        ("nsc://op/acc/bob", "exit 7", "failed: exit code 7"),
        ("nsc://op/acc/bob", "echo hello", "something else than a profile"),
        ("nsc://op/acc/bob", "echo '{}'", "no credentials for nsc://op/acc/bob"),
        ("nsc://op/acc/bob", "exec sleep 60", "did not answer within"),
        ("--help", PROFILE, "no nsc address"),
    ],
)
def test_an_nsc_lookup_that_fails_has_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lookup: str, script: str, words: str
) -> None:
    monkeypatch.setitem(nats_programs.ANSWERS_WITHIN, "nsc", 0.5)
    add_nsc(tmp_path / "bin", monkeypatch, script)
    path = add_context(tmp_path, "kept", {"nsc": lookup})
    with pytest.raises(ContextError, match=words) as raised:
        load_context("kept", tmp_path)
    assert str(path) in str(raised.value)


def test_nsc_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    add_context(tmp_path, "kept", {"nsc": "nsc://op/acc/ann"})
    with pytest.raises(ContextError, match=r"nsc is not on PATH: .*nsc generate creds"):
        load_context("kept", tmp_path)


def test_fields_that_are_blank_or_not_for_us_do_not_matter(tmp_path: Path) -> None:
    more = {"nsc": "", "socks_proxy": "", "jetstream_domain": "hub", "inbox_prefix": "", "color_scheme": "dark"}
    add_context(tmp_path, "usual", {"url": "nats://x", "description": "the usual", **more})
    assert load("usual", tmp_path)[1] == NatsContext(url="nats://x", description="the usual")


def test_null_is_blank_and_the_case_of_a_field_does_not_matter(tmp_path: Path) -> None:
    fields = {"URL": "nats://x", "User": "ann", "token": None, "description": None, "TLS_First": True, "nsc": None}
    add_context(tmp_path, "go", fields)
    assert load("go", tmp_path)[1] == NatsContext(url="nats://x", user="ann", tls_first=True)


@pytest.mark.parametrize("relative", [True, False])
def test_a_file_is_a_context_too(tmp_path: Path, relative: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text('{"url": "nats://mine"}')
    name, context = load("mine.json" if relative else str(tmp_path / "mine.json"), tmp_path / "nowhere")
    assert (name, context.servers) == ("mine", ["nats://mine"])


def test_a_file_that_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    with pytest.raises(ContextError, match=f"there is no context file {path}"):
        load_context(str(path), tmp_path)
    path.write_text("{")
    with pytest.raises(ContextError, match=f"context file {path} cannot be read: .*truncated"):
        load_context(str(path), tmp_path)


def test_a_selected_name_is_no_file(tmp_path: Path) -> None:
    path = add_context(tmp_path, "real", {})
    (tmp_path / "nats" / "context.txt").write_text(str(path))
    with pytest.raises(ContextError, match="is no context name"):
        load_context(None, tmp_path)


def test_every_way_to_sign_in_is_carried_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("KEYS", "/run/keys")
    fields = {
        "user": "ann",
        "password": "pa$HOME~",
        "token": "t$KEYS",
        "cert": "${KEYS}/ann.pem",
        "key": "/plain/ann.key",
        "ca": "~/$UNSET/ca.pem",
        "tls_first": True,
    }
    expected = NatsSignIn(
        user="ann",
        password="pa$HOME~",
        token="t$KEYS",
        tls_cert=Path("/run/keys/ann.pem"),
        tls_key=Path("/plain/ann.key"),
        tls_ca=Path("/home/ann/$UNSET/ca.pem"),
        tls_first=True,
    )
    ways: tuple[dict[str, str], ...] = ({"creds": "~/ann.creds"}, {"nkey": "$KEYS/ann.nk"})
    ways = (*ways, {"user_jwt": "e30", "user_seed": "SUA"})
    taken: tuple[dict[str, Any], ...] = ({"creds": Path("/home/ann/ann.creds")}, {"nkey": Path("/run/keys/ann.nk")})
    taken = (*taken, {"user_jwt": "e30", "user_seed": "SUA"})
    for n in range(len(ways)):
        behind = {name: text for way in ways[n:] for name, text in way.items()}
        add_context(tmp_path, "full", {**fields, **behind})
        assert load("full", tmp_path)[1].signin() == msgspec.structs.replace(expected, **taken[n])


def test_a_home_that_nobody_knows_is_left_as_it_is(tmp_path: Path) -> None:
    add_context(tmp_path, "odd", {"creds": "~nobody-of-this-name/x.creds"})
    creds = load("odd", tmp_path)[1].signin().creds
    assert creds == Path("~nobody-of-this-name/x.creds")


def test_several_servers_are_taken_apart(tmp_path: Path) -> None:
    add_context(tmp_path, "many", {"url": " nats://a:1, tls://b ,,c "})
    assert load("many", tmp_path)[1].servers == ["nats://a:1", "tls://b", "c"]


def test_the_repr_of_a_sign_in_names_what_is_given_and_shows_nothing_of_it() -> None:
    signin = NatsSignIn(user="ann", password="hunter2", token="hunter3", user_seed="SUHUNTER", tls_ca=Path("/ca"))
    assert repr(signin) == "NatsSignIn(user=…, password=…, token=…, user_seed=…, tls_ca=…)"
