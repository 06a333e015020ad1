"""No secret that stands in a setting comes out: not by `config show`, not in the words of a refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.cli.config_show import as_json, rows
from chatwatch_tui.config.load import Asked, resolve
from chatwatch_tui.config.merge import Given, Kind, Layer, Resolved
from chatwatch_tui.config.schema import keys
from chatwatch_tui.config.toml_text import toml_of
from tests.cli import UNHURRIED, chatwatch, refusal_of

MARK = "SEKRIT"
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).map(
    lambda around: f"{around[:4]}{MARK}{around[4:]}"
)
ADDRESSES = (
    "nats.servers", "nats.socks_proxy", "sse.endpoints", "serve.forward_url", "serve.jwt_jwks", "serve.public_url",
    "serve.cors_origin", "serve.jwt_issuer",
)  # fmt: skip
SCHEMES = ("https://", "http://", "nats://", "tls://", "socks5://", "socks5h://")
IN_ADDRESSES = ("u:{}@h:80/x", "{}:p@h", "{}@h/x?y", "h/{{id}}?token={}", "h:1?a=b&{}", "h/x#{}", "u:{}@h?token={}#{}")
COMMANDS = ("alerts.command", "sse.token_command", "sse.cookie_command")


def shown(name: str, value: object) -> str:
    """All that `config show` prints, plain and as JSON."""
    found = Resolved((Layer(Kind.FLAG, {name: Given(value, Kind.FLAG, "--set")}),))
    return "\n".join((*rows(found), as_json(found)))


@given(
    secret=SECRETS, name=st.sampled_from(ADDRESSES), scheme=st.sampled_from(SCHEMES), at=st.sampled_from(IN_ADDRESSES)
)
@UNHURRIED
def test_no_secret_of_an_address_is_shown(secret: str, name: str, scheme: str, at: str) -> None:
    address = scheme + at.format(*[secret] * 3)
    assert MARK not in shown(name, (address,) if isinstance(keys()[name].default, tuple) else address)


@given(secret=SECRETS, name=st.sampled_from(COMMANDS), at=st.sampled_from(("{}", "-u{}", "Authorization: Bearer {}")))
@UNHURRIED
def test_of_a_command_only_the_program_is_shown(secret: str, name: str, at: str) -> None:
    words = at.format(secret)
    is_list = isinstance(keys()[name].default, tuple)
    out = shown(name, ("curl", "-H", words) if is_list else f"curl -H {words}")
    assert MARK not in out
    assert ('["curl", "…"]' if is_list else '"curl …"') in out


@given(secret=SECRETS, name=st.sampled_from([name for name, key in keys().items() if key.marks.secret]))
@UNHURRIED
def test_what_is_secret_as_a_whole_is_not_shown_at_all(secret: str, name: str) -> None:
    assert MARK not in shown(name, secret)


@given(
    secrets=st.lists(SECRETS.filter(lambda text: "@" not in text), min_size=1, max_size=3),
    at=st.sampled_from(("u:{}@h", "u:{}@h,g:1", "a:1,u:{}@h")),
)
@UNHURRIED
def test_no_half_of_a_server_that_a_comma_cut_in_two_is_shown(secrets: list[str], at: str) -> None:
    """In a variable commas part servers, also one in a password."""
    text = at.format(",".join(secrets))
    servers = tuple(part.strip() for part in f"nats://{text}".split(",") if part.strip())
    assert MARK not in shown("nats.servers", servers)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("nats.socks_proxy", "socks5://u:SEK#RIT@h:1080", '"socks5://…"'),
        ("nats.socks_proxy", "socks5://u:SEKRIT@h:1080", '"socks5://…@h:1080"'),
        ("serve.forward_url", "https://u:SEK/RIT@h/check", '"https://…@h/check"'),
        ("serve.forward_url", "https://h:8/check?key=SEKRIT", '"https://h:8/check?…"'),
        ("serve.jwt_jwks", "https://h/keys", '"https://h/keys"'),
        ("sse.endpoints", ("https://h/{id}?token=SEKRIT", "https://g"), '["https://h/{id}?…", "https://g"]'),
        ("nats.servers", ("a:1", "nats://b"), '["a:1", "nats://b"]'),
        ("nats.servers", ("nats://u:p@b", "c"), '["nats://…@b", "…"]'),
        ("sse.token_command", "pass show SEKRIT", '"pass …"'),
        ("sse.token_command", "/usr/bin/token", '"/usr/bin/token"'),
        ("sse.token_command", '\'my "token" -x', '"… …"'),
        ("sse.token_command", "KEY=SEKRIT token", '"… …"'),
        ("alerts.command", ("https://u:SEKRIT@h",), '["…"]'),
        ("alerts.command", (), "[]"),
        ("serve.cors_origin", ("*",), '["*"]'),
    ],
)
def test_what_is_left_of_a_value_says_which_one_it_is(name: str, value: object, words: str) -> None:
    (line,) = [line for line in shown(name, value).splitlines() if line.startswith(f"{name} = ")]
    assert line.partition(" = ")[2].partition("  #")[0].rstrip() == words


@given(secret=SECRETS.filter(lambda text: "\\" not in text))
@UNHURRIED
def test_no_refusal_of_a_value_that_may_hold_one_quotes_it(secret: str, tmp_path: Path) -> None:
    """Each is of the wrong type: what a list needs is given as a string, and the other way round."""
    path = tmp_path / "config.toml"
    for name in (*ADDRESSES, *COMMANDS, *(name for name, key in keys().items() if key.marks.secret)):
        for wrong in (f"curl {secret}", [f"https://h?{secret}", 1]):
            path.write_text(f"{name} = {toml_of(wrong)}\n", encoding="utf-8")
            for each in resolve(Asked(config=path), {}).problems:
                assert MARK not in str(each)
        variable = keys()[name].variable
        for each in resolve(Asked(sets=(f"{name}=[{secret}",)), {variable: f"[{secret}"}).problems:
            assert MARK not in str(each)


@pytest.mark.parametrize("server", ["nats://h?x=SEKRIT", "nats://u:SEK?RIT@h", "ws://h/SEKRIT@h", "nats://h/#SEKRIT"])
def test_no_refusal_of_a_server_quotes_its_secret(server: str) -> None:
    assert "RIT" not in refusal_of("-s", server)


def test_neither_way_of_config_show_lets_one_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'alerts.command = ["curl", "-H", "Authorization: Bearer SEKRIT", "-uada:SEKRIT"]\n'
        '[sse]\nendpoints = ["https://h/{id}?token=SEKRIT"]\ntoken_command = "echo SEKRIT"\n'
        '[serve]\nforward_url = "https://h/?k=SEKRIT"\njwt_jwks = "https://u:SEKRIT@h/keys"\n'
    )
    for way in ((), ("--json",)):
        ended = chatwatch("config", "show", "--config", str(path), *way)
        assert ended.code == 0
        assert MARK not in ended.out + ended.err
    by_key = {each["key"]: each["value"] for each in json.loads(ended.out)}
    assert by_key["alerts.command"] == ["curl", "…"]
    assert by_key["sse.endpoints"] == ["https://h/{id}?…"]


@pytest.mark.parametrize("name", ["creds", "nkey", "tls_key"])
def test_what_the_nats_tool_takes_in_place_of_a_file_is_not_shown(name: str, tmp_path: Path) -> None:
    """It writes `data:` addresses into its contexts, from where people take them."""
    secret = "data:;base64,U0VLUklU"
    path = tmp_path / "config.toml"
    path.write_text(f'[nats]\n{name} = "{secret}"\n')
    flag = name.replace("tls_", "tls")
    for arguments in (("--config", str(path)), (f"--{flag}", secret)):
        for command in (("config", "show"), ("config", "show", "--json"), ("watch",)):
            ended = chatwatch(*command, *arguments)
            assert "U0VLUklU" not in ended.out + ended.err
