"""Secrets that a context names and does not hold are looked up as the `nats` tool does it, and are never shown."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.sources import nats_programs
from chatwatch_tui.sources.nats_contexts import ContextError, NatsContext
from chatwatch_tui.sources.nats_references import shown
from chatwatch_tui.sources.nats_signin import NatsSignIn
from tests.sources.test_nats_contexts import PROFILE
from tests.sources.test_nats_files import CREDS, JWT, SEED

SECRET = "hunter2"
LITERALS = ("password", "token", "user_jwt", "user_seed")
Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a program on PATH that notes how it was called, then does as the script says."""

    def add(name: str, script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "$@" > {folder}/called\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder / "called"

    return add


def context_of(**fields: Any) -> NatsContext:
    return NatsContext(**fields)


def signin_of(**fields: Any) -> NatsSignIn:
    return NatsSignIn(**fields)


def refusal_of(context: NatsContext) -> str:
    """Blank where nothing is refused."""
    try:
        context.signin()
    except ContextError as problem:
        return str(problem)
    return ""


def data(content: str) -> str:
    return f"data:;base64,{base64.b64encode(content.encode()).decode()}"


@pytest.fixture(params=["file", "env", "data", "op"])
def referring(
    request: pytest.FixtureRequest, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Puts a secret somewhere and gives the reference to it."""

    def refer(content: str) -> str:
        file = tmp_path / "kept"
        file.write_text(content)
        program("op", f"cat {file}")
        monkeypatch.setenv("KEPT", content)
        return {"file": f"file://{file}", "env": "env://KEPT", "data": data(content), "op": "op://v/i/f"}[request.param]

    return refer


@pytest.mark.parametrize("field", LITERALS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_literal_is_looked_up_without_the_end_of_its_line(
    referring: Callable[[str], str], field: str, end: str
) -> None:
    context = context_of(**{field: referring(f" {SECRET} {end}")})
    assert context.signin() == signin_of(**{field: f" {SECRET} "})


@pytest.mark.parametrize("field", LITERALS)
@pytest.mark.parametrize("text", ["pa$HOME~", "vault://x", "a:b", "envy://x", "C:\\x", "://", "data"])
def test_what_is_no_reference_is_the_literal_itself(field: str, text: str) -> None:
    assert context_of(**{field: text}).signin() == signin_of(**{field: text})


def test_credentials_are_looked_up(referring: Callable[[str], str], tmp_path: Path) -> None:
    signin = NatsContext(creds=referring(CREDS), user_jwt="other").signin()
    assert signin in (NatsSignIn(creds=tmp_path / "kept"), NatsSignIn(user_jwt=JWT, user_seed=SEED))


def test_an_nkey_is_looked_up(referring: Callable[[str], str], tmp_path: Path) -> None:
    signin = NatsContext(nkey=referring(f"{SEED}\n"), user_jwt="other").signin()
    assert signin in (NatsSignIn(nkey=tmp_path / "kept"), NatsSignIn(user_seed=SEED))


@pytest.mark.parametrize("reference", ["nsc://op/acc/ann", "nsc://nsc://op/acc/ann", "NSC://op/acc/ann"])
def test_what_nsc_keeps_is_looked_up(program: Program, reference: str) -> None:
    called = program("nsc", PROFILE)
    context = NatsContext(creds=reference)
    assert (context.signin(), context.servers) == (NatsSignIn(creds=Path("/keys/ann.creds")), [])
    assert called.read_text() == "generate profile nsc://op/acc/ann\n"


def test_op_is_called_as_the_nats_tool_calls_it(program: Program) -> None:
    called = program("op", f"echo {SECRET}")
    assert NatsContext(token="op://vault/my item/field").signin().token == SECRET
    assert called.read_text() == "read op://vault/my item/field\n"


def test_only_what_is_asked_for_is_looked_up(program: Program) -> None:
    called = program("op", f"echo {SECRET}")
    context = NatsContext(user="ann", password="op://v/i/f", creds="op://v/i/c", token="t")
    assert context.signin(("user", "token")) == NatsSignIn(user="ann", token="t")
    assert not called.exists()


def test_what_stands_behind_another_way_is_not_looked_up() -> None:
    given = {"user_jwt": "env://NO", "user_seed": "env://NO"}
    assert context_of(creds="/c", nkey="env://NO", **given).signin() == NatsSignIn(creds=Path("/c"))
    assert context_of(nkey="/n", **given).signin() == NatsSignIn(nkey=Path("/n"))


@pytest.mark.parametrize("field", ["creds", "nkey", "cert", "key", "ca"])
def test_names_of_files_are_expanded_behind_their_scheme(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("KEYS", "/run/keys")
    for reference, path in (("file://~/x", "/home/ann/x"), ("file://$KEYS/x", "/run/keys/x"), ("FILE:///x", "/x")):
        signin = context_of(**{field: reference}).signin()
        assert Path(path) in (signin.creds, signin.nkey, signin.tls_cert, signin.tls_key, signin.tls_ca)


@pytest.mark.parametrize("field", ["cert", "key", "ca"])
@pytest.mark.parametrize("reference", ["env://X", "op://v/i/f", data(SECRET), "nsc://o/a/u", "vault://x"])
def test_files_of_tls_are_files(field: str, reference: str) -> None:
    with pytest.raises(ContextError, match=f"^`{field}`: only a file's name") as raised:
        context_of(**{field: reference}).signin()
    assert data(SECRET) not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("env://CHATWATCH_NO", "the variable CHATWATCH_NO is not set"),
        ("env://BLANK", "the variable BLANK is blank"),
        (f"env://{SECRET}!", "is written env://NAME"),
        (f"env:{SECRET}", "is written env://NAME"),
        ("env://", "is written env://NAME"),
        (f"op:{SECRET}", "is written op://VAULT/ITEM/FIELD"),
        (f"nsc:{SECRET}", "is written nsc://OPERATOR/ACCOUNT/USER"),
        (f"data:{SECRET}", "is written data:;base64,"),
        (f"data:,{SECRET}", "is written data:;base64,"),
        (f"data:;base64,{SECRET}!", "base64"),
        ("data:;base64,//8=", "is no text"),
        ("file:///nowhere/at/all", "/nowhere/at/all: No such file or directory"),
        (f"file:{SECRET}", "is written file://"),
        ("op://v/i/f", "op is not on PATH"),
        ("nsc://o/a/u", "nsc is not on PATH"),
    ],
)
def test_what_cannot_be_looked_up_is_said_and_not_quoted(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BLANK", "")
    with pytest.raises(ContextError, match=f"^`token`: .*{words}") as raised:
        NatsContext(token=text).signin()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("field", ["creds", "nkey"])
@pytest.mark.parametrize("text", [data(SECRET), f"data:{SECRET}", f"vault://{SECRET}", "env://HALF"])
def test_credentials_that_are_none_are_said_and_not_quoted(
    field: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALF", CREDS[: CREDS.index(SEED) + 9])
    with pytest.raises(ContextError, match=f"^`{field}`: ") as raised:
        context_of(**{field: text}).signin()
    for secret in (SECRET, text, JWT[:20], SEED[:9]):
        assert secret not in str(raised.value) or secret == "env://HALF"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'no such item' >&2; exit 1", "`op read op://v/i/f` failed: no such item"),
        (f"echo {SECRET}; exit 7", "failed: exit code 7"),
        ("exec sleep 60", "did not answer within"),
    ],
)
def test_op_that_fails_has_words(program: Program, script: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(nats_programs.ANSWERS_WITHIN, "op", 0.5)
    program("op", script)
    with pytest.raises(ContextError, match=words) as raised:
        NatsContext(password="op://v/i/f").signin()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("/a/b.creds", "/a/b.creds"),
        ("env://NAME", "env://NAME"),
        ("op://v/i/f", "op://v/i/f"),
        (data(SECRET), "data:…"),
        (f"env://{SECRET}!", "env:…"),
        (f"op:{SECRET}", "op:…"),
        (f"vault://{SECRET}", "…"),
        (SEED, "…"),
        (CREDS, "…"),
    ],
)
def test_what_is_shown_of_a_reference(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text(min_size=9, alphabet=st.characters(exclude_characters="/:")), st.sampled_from(["", "x/y", ";base64"]))
def test_nothing_of_what_data_holds_is_ever_shown(secret: str, media: str) -> None:
    for text in (f"data:{media},{secret}", f"DATA:{media}{secret}"):
        assert shown(text) == "data:…"
        for field in ("creds", "token"):
            assert secret not in refusal_of(context_of(**{field: text}))
