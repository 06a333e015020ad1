"""Contexts of the `nats` tool are read as that tool reads them, and what cannot be honoured is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("field", "value", "instead"),
    [
        ("nsc", "nsc://op/acc/user", "nsc generate creds"),
        ("socks_proxy", "socks5://127.0.0.1:1080", "ssh -L"),
        ("windows_cert_store", "user", "`cert` and `key`"),
    ],
)
def test_a_field_that_is_not_honoured_is_refused_with_what_to_do_instead(
    tmp_path: Path, field: str, value: str, instead: str
) -> None:
    path = add_context(tmp_path, "special", {"url": "nats://x", field: value})
    with pytest.raises(ContextError, match=instead) as raised:
        load_context("special", tmp_path)
    assert str(path) in str(raised.value)


def test_fields_that_are_blank_or_not_for_us_do_not_matter(tmp_path: Path) -> None:
    more = {"nsc": "", "socks_proxy": "", "jetstream_domain": "hub", "inbox_prefix": "", "color_scheme": "dark"}
    add_context(tmp_path, "usual", {"url": "nats://x", "description": "the usual", **more})
    assert load("usual", tmp_path)[1] == NatsContext(url="nats://x", description="the usual")


def test_every_way_to_sign_in_is_carried_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("KEYS", "/run/keys")
    add_context(
        tmp_path,
        "full",
        {
            "user": "ann",
            "password": "pa$HOME~",
            "token": "t$KEYS",
            "creds": "~/ann.creds",
            "nkey": "$KEYS/ann.nk",
            "cert": "${KEYS}/ann.pem",
            "key": "/plain/ann.key",
            "ca": "~/$UNSET/ca.pem",
            "user_jwt": "e30",
            "user_seed": "SUA",
            "tls_first": True,
        },
    )
    assert load("full", tmp_path)[1].signin() == NatsSignIn(
        user="ann",
        password="pa$HOME~",
        token="t$KEYS",
        creds=Path("/home/ann/ann.creds"),
        nkey=Path("/run/keys/ann.nk"),
        tls_cert=Path("/run/keys/ann.pem"),
        tls_key=Path("/plain/ann.key"),
        tls_ca=Path("/home/ann/$UNSET/ca.pem"),
        user_jwt="e30",
        user_seed="SUA",
        tls_first=True,
    )


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
