"""`chatwatch serve`, `chatwatch token`, and `chatwatch watch --sse`: from the command line to a screen and back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
import pytest

from chatwatch_tui.cli.to_relay import relay_settings
from tests.broker import RealBroker
from tests.cli import CHATWATCH, chatwatch, command_of, settings_of, wait_until, write_context
from tests.pty_session import PtySession
from tests.watching import CHUNKS, ID, WatchSession, chunk, publish

OTHER = "00000000-0000-4000-8000-000000000000"


@contextmanager
def serving(broker: RealBroker, *arguments: str) -> Iterator[str]:
    """The endpoint as a process of its own; its address."""
    command = [*CHATWATCH, "serve", "--server", broker.url, "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        assert process.stderr is not None
        port = 0
        while not port:
            line = process.stderr.readline()
            assert line, "the endpoint ended"
            found = json.loads(line)
            port = found.get("port", 0) if found["event"] == "listening" else 0
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


def watch_status(address: str, conversation: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{address}/api/ai/conversations/{conversation}/watch"
    with httpx.stream("GET", url, headers=headers, trust_env=False) as answer:
        return answer.status_code


def test_a_token_lets_in_to_its_conversations_until_it_is_revoked(broker: RealBroker, tmp_path: Path) -> None:
    tokens = str(tmp_path / "tokens.json")
    made = chatwatch("token", "add", "ops", "--own", ID.upper(), "--days", "30", "--tokens", tokens)
    assert made.code == 0
    secret = made.out.strip()
    assert re.fullmatch(r"cw_[0-9a-f]{12}_\S{40,}", secret)
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert secret not in (tmp_path / "tokens.json").read_text()
    with serving(broker, "--access", "tokens", "--tokens", tokens) as address:
        assert watch_status(address, ID, secret) == 200
        assert watch_status(address, OTHER, secret) == 404
        assert watch_status(address, ID) == 401
        listed = chatwatch("token", "list", "--tokens", tokens).out.split("\t")
        assert listed[1:3] == ["ops", "good"]
        assert chatwatch("token", "revoke", listed[0], "--tokens", tokens).code == 0
        wait_until(lambda: watch_status(address, ID, secret) == 401, "the revocation to be seen")
    assert "\trevoked\t" in chatwatch("token", "list", "--tokens", tokens).out


def test_the_dashboard_watches_through_the_endpoint(broker: RealBroker, tmp_path: Path) -> None:
    with serving(broker) as address:
        stats = tmp_path / "stats.json"
        argv = [*CHATWATCH, "watch", "--sse", address, "--stats-json", str(stats), ID]
        with PtySession(argv, columns=120, rows=36) as session:
            session.wait_for(lambda _: "● live" in "\n".join(session.screen()), "the stream to open")
            publish(broker, [(CHUNKS, chunk("token", content="through the endpoint", seq=0)), (CHUNKS, b"odd")])
            session.wait_for(lambda _: "through the endpoint" in "\n".join(session.screen()), "the chunk")
            session.wait_for(lambda _: "not JSON" in "\n".join(session.screen()), "the odd one")
            session.type(b"q")
            assert session.wait_for_end() == 0
        assert json.loads(stats.read_text())["total"]["shown"] == 2


def test_one_dashboard_shows_nats_and_an_endpoint_and_says_which_is_which(broker: RealBroker, tmp_path: Path) -> None:
    with serving(broker) as address, WatchSession(broker.url, tmp_path, "--sse", address, ID) as session:
        host = address.removeprefix("http://")
        session.wait_for(lambda _: session.text.count("● live") == 2, "both links")
        publish(broker, [(CHUNKS, chunk("token", content="twice", seq=0))])
        session.wait_for(lambda _: session.text.count("› twice") == 2, "both panes")
        session.wait_for_text(f"127.0.0.1:{broker.port}", host)
        assert session.quit() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--host", "0.0.0.0"], "access mode none shows every conversation to everybody"),
        (["serve", "--access", "forward"], "--forward-url"),
        (["serve", "--port", "70000"], "70000"),
        (["serve", "--root-path", "/api/"], "publish it under another prefix"),
        (["serve", "--server", "http://x"], "a server address looks like nats://HOST:4222"),
        (["token", "add", "ops"], "may watch nothing yet"),
        (["token", "add", "ops", "--own", "nonsense"], "is not a conversation id"),
        (["token", "revoke", "0123456789ab"], "`chatwatch token add` makes it"),
        (["watch", "--sse", "https://chat.example"], "name them, each by its ID"),
        (["watch", "--sse", "chat.example", ID], "looks like https://HOST"),
        (["watch", "--sse", "https://chat.example", "--token-file", "/nowhere", ID], "there is no such file"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(arguments: list[str], words: str, tmp_path: Path) -> None:
    ended = chatwatch(*arguments, env={"CHATWATCH_SERVE_TOKENS": str(tmp_path / "tokens.json")})
    assert ended.code in (1, 2)
    assert words in ended.err.replace("\n", " ")
    assert "Traceback" not in ended.err


def test_only_the_endpoint_is_watched_unless_servers_are_named() -> None:
    over_http = settings_of("--sse", "https://chat.example", ID)
    assert (over_http.servers, over_http.endpoints) == ((), ("https://chat.example",))
    assert settings_of("--sse", "https://chat.example", "-s", "nats://h:1", ID).servers == ("nats://h:1",)


def test_whoever_names_a_source_on_the_command_line_has_those_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    write_context("prod", url="nats://context:1", user="bob")
    monkeypatch.setenv("CHATWATCH_SSE", "https://from-env.example")
    for variable, value in (("NATS_URL", "nats://from-env:1"), ("CHATWATCH_NATS_SERVERS", "nats://from-env:1")):
        with monkeypatch.context() as changed:
            changed.setenv(variable, value)
            both = settings_of(ID)  # nothing named: all of the environment
            assert (both.servers, both.endpoints) == (("nats://from-env:1",), ("https://from-env.example",))
            over_http = settings_of("--sse", "https://chat.example", ID)
            assert (over_http.servers, over_http.endpoints) == ((), ("https://chat.example",))
            assert settings_of("-s", "nats://h:1").endpoints == ()  # else it would ask for ids, too
            assert settings_of("--context", "prod").endpoints == ()
    monkeypatch.setenv("NATS_CONTEXT", "prod")
    assert settings_of("--sse", "https://chat.example", ID).servers == ()
    assert settings_of("--set", 'sse.endpoints=["https://chat.example"]', ID).servers == ()
    # Of the kind that is named, the environment still says the rest.
    assert settings_of("-s", "nats://h:1").signin.user == "bob"


@pytest.mark.parametrize("where", ["environment", "file"])
def test_what_the_dashboard_watches_over_http_is_nothing_to_serve(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", selected=True, url="nats://context:1", user="bob")
    in_file = '[sse]\nendpoints = ["https://chat.example"]\n' if where == "file" else ""
    if where == "environment":
        monkeypatch.setenv("CHATWATCH_SSE", "https://chat.example")
    for servers, expected in (('[nats]\nservers = ["nats://file:1"]\n', "nats://file:1"), ("", "nats://context:1")):
        file = tmp_path / "config.toml"
        file.write_text(servers + in_file)
        with command_of("serve").make_context("serve", ["--config", str(file)]) as context:
            settings, _ = relay_settings(context, dict(context.params))
        assert (settings.servers, settings.signin.user) == ((expected,), "bob")


def test_secrets_come_by_environment_and_are_warned_about_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHATWATCH_TOKEN", "from-env")
    settings = settings_of("--sse", "https://chat.example", ID)
    assert settings.sse_signin.token == "from-env"
    assert "from-env" not in repr(settings.sse_signin)
    assert capsys.readouterr().err == ""
    assert settings_of("--sse", "https://chat.example", "--token", "s3cret", ID).sse_signin.token == "s3cret"
    said = capsys.readouterr().err
    assert "the token on the command line can be read" in said
    assert "s3cret" not in said
    settings_of("--sse", "http://chat.example", "--sse", "https://other.example", ID)
    said = capsys.readouterr().err
    assert "without TLS" in said
    assert "the same sign-in is sent to each of chat.example:80, other.example:443" in said
    with pytest.raises(click.UsageError, match="comes from one place"):
        settings_of("--sse", "https://chat.example", "--token", "a", "--token-command", "pass show x", ID)


def test_every_option_of_serve_is_an_environment_variable_by_the_flags_name(monkeypatch: pytest.MonkeyPatch) -> None:
    serve = command_of("serve")
    with serve.make_context("serve", []) as context:
        for option in serve.params:
            if option.name == "sets" or str(option.envvar).startswith(
                ("NATS_", "CHATWATCH_PREFIX", "CHATWATCH_CONFIG", "CHATWATCH_PROFILE")
            ):
                continue  # shared with `watch`
            variable = f"CHATWATCH_SERVE_{option.opts[0].removeprefix('--').replace('-', '_').upper()}"
            monkeypatch.setenv(variable, "7")
            assert option.resolve_envvar_value(context) == "7", variable


def test_an_option_of_another_access_mode_is_refused(tmp_path: Path) -> None:
    ended = chatwatch("serve", "--tokens", str(tmp_path / "tokens.json"))
    assert (ended.code, "--tokens belongs to --access tokens, and access is none" in ended.err) == (2, True)


def test_a_way_of_signing_in_on_the_command_line_replaces_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("from-file")
    monkeypatch.setenv("CHATWATCH_TOKEN_FILE", str(tmp_path / "token"))
    signin = settings_of("--sse", "https://chat.example", "--token-command", "pass show x", ID).sse_signin
    assert (signin.token_command, signin.token_file) == ("pass show x", None)
