"""Every way to sign in works, every refusal has words, and secrets go nowhere but to the server that was meant."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import time
from pathlib import Path
from typing import Any

import nkeys
import pytest

from chatwatch_tui.core.events import CutOff, LinkState
from chatwatch_tui.sources import nats_files
from chatwatch_tui.sources.nats_contexts import NatsContext
from chatwatch_tui.sources.nats_signin import NatsSignIn
from tests.broker import RealBroker
from tests.sources.harness import (
    A,
    B,
    C,
    Operator,
    Pki,
    Recorder,
    chunk,
    message,
    nats_source,
    new_key,
    public,
    publisher,
    running,
)

SECRET = "hunter2-very-secret"
WRONG = "the user, password, token or key is wrong or missing"
ANN = NatsSignIn(user="ann", password=SECRET)


def users(permissions: str = "", *, password: str = SECRET) -> str:
    """ann, and a publisher who may do anything."""
    ann = f'{{user: ann, password: "{password}", permissions: {{subscribe: {{{permissions}}}}}}}'
    return f"authorization {{ users: [ {ann}, {{user: pub, password: pub}} ] }}"


async def live_with(broker: RealBroker, signin: NatsSignIn, url: str | None = None) -> Recorder:
    async with running(nats_source(url or broker.url, signin=signin)) as seen:
        await seen.until_live()
        return seen


@pytest.mark.parametrize(
    ("config", "signin", "userinfo"),
    [
        (users(), ANN, ""),
        (users(), NatsSignIn(), f"ann:{SECRET}@"),
        (users(password="p@ss/w#rd"), NatsSignIn(), "ann:p%40ss%2Fw%23rd@"),
        (f'authorization {{ token: "{SECRET}" }}', NatsSignIn(token=SECRET), ""),
        (f'authorization {{ token: "{SECRET}" }}', NatsSignIn(), f"{SECRET}@"),
    ],
)
async def test_passwords_and_tokens(tmp_path: Path, config: str, signin: NatsSignIn, userinfo: str) -> None:
    with RealBroker(tmp_path, config) as broker:
        seen = await live_with(broker, signin, broker.url.replace("nats://", f"nats://{userinfo}"))
    assert SECRET not in repr(seen.said)


async def test_an_nkey(tmp_path: Path) -> None:
    key = new_key(nkeys.PREFIX_BYTE_USER)
    file = tmp_path / "ann.nk"
    file.write_bytes(key.seed)
    with RealBroker(tmp_path / "b", f"authorization {{ users: [ {{nkey: {public(key)}}} ] }}") as broker:
        await live_with(broker, NatsSignIn(nkey=file))


async def test_credentials_as_a_file_and_as_a_context_has_them(tmp_path: Path) -> None:
    operator = Operator()
    file = tmp_path / "ann.creds"
    file.write_text(operator.creds().replace("\n", "\r\n"))
    with RealBroker(tmp_path / "b", operator.config()) as broker:
        await live_with(broker, NatsSignIn(creds=file))
        await live_with(broker, NatsSignIn(user_jwt=operator.user_jwt(), user_seed=operator.user.seed.decode()))
        async with running(nats_source(broker.url, signin=NatsSignIn(user_jwt="x", user_seed=f"SUA{SECRET}"))) as seen:
            assert (await seen.until_said("the NKey seed is malformed")).state is LinkState.REFUSED
            assert SECRET not in repr(seen.said)


async def test_what_a_context_names_and_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator()
    key = new_key(nkeys.PREFIX_BYTE_USER)
    monkeypatch.setenv("KEPT", SECRET)
    for config, content, field in (
        (operator.config(), operator.creds().encode(), "creds"),
        (f"authorization {{ users: [ {{nkey: {public(key)}}} ] }}", bytes(key.seed), "nkey"),
    ):
        data = f"data:;base64,{base64.b64encode(content).decode()}"
        with RealBroker(tmp_path / field, config) as broker:
            context = NatsContext(creds=data) if field == "creds" else NatsContext(nkey=data)
            await live_with(broker, context.signin())
    with RealBroker(tmp_path / "b", users()) as broker:
        await live_with(broker, NatsContext(user="ann", password="env://KEPT").signin())


@pytest.mark.parametrize("kept", ["", "-----BEGIN USER NKEY", "-----BEGIN NATS USER JWT-----\neyJ0"])
async def test_a_half_written_credentials_file_is_said_and_used_once_it_is_whole(tmp_path: Path, kept: str) -> None:
    operator = Operator()
    file = tmp_path / "ann.creds"
    whole = operator.creds()
    file.write_text(kept if kept[6:11] != "BEGIN" or "NATS" in kept else whole[whole.index(kept) :])
    with RealBroker(tmp_path / "b", operator.config()) as broker:
        async with running(nats_source(broker.url, signin=NatsSignIn(creds=file))) as seen:
            status = await seen.until_said("is it still being written?")
            assert status.state is LinkState.REFUSED
            assert str(file) in status.detail
            file.write_text(whole)
            await seen.until_live()


async def test_a_pipe_that_nobody_writes_to_is_said_and_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    with RealBroker(tmp_path / "b") as broker:
        async with running(nats_source(broker.url, signin=NatsSignIn(creds=pipe))) as seen:
            async with asyncio.timeout(1.0):  # the loop is not held up
                await live_with(broker, NatsSignIn())
            assert (await seen.until_said(f"{pipe}: nobody writes to this pipe")).state is LinkState.REFUSED
        async with running(nats_source(broker.url, signin=NatsSignIn(creds=pipe))):
            begun = time.monotonic()
        assert time.monotonic() - begun < nats_files.NOBODY_WITHIN / 2


async def test_a_credentials_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with running(nats_source("nats://127.0.0.1:1", signin=NatsSignIn(creds=tmp_path / "no.creds"))) as seen:
        status = await seen.until_said(f"credentials file {tmp_path / 'no.creds'}: No such file or directory")
        assert status.state is LinkState.REFUSED


async def test_credentials_that_expire_or_are_revoked_while_connected_are_said(tmp_path: Path) -> None:
    operator = Operator()
    short = NatsSignIn(user_jwt=operator.user_jwt(exp=int(time.time()) + 3), user_seed=operator.user.seed.decode())
    long = NatsSignIn(user_jwt=operator.user_jwt(), user_seed=operator.user.seed.decode())
    with RealBroker(tmp_path, operator.config()) as broker:
        expiring_source, revoked_source = (nats_source(broker.url, signin=signin) for signin in (short, long))
        async with running(expiring_source) as expiring, running(revoked_source) as revoked:
            await expiring.until_live()
            await revoked.until_live()
            assert (await expiring.until_said("credentials have expired")).state is LinkState.REFUSED
            broker.reload(operator.config(revocations={public(operator.user): int(time.time()) + 60}))
            assert (await revoked.until_said("credentials were revoked")).state is LinkState.REFUSED
            broker.reload(operator.config())
            await revoked.until(lambda: revoked.newest.reconnects == 1)


async def test_a_wrong_password_is_said_and_tried_again_until_it_is_right(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users(password="other")) as broker:
        url = broker.url.replace("nats://", f"nats://ann:{SECRET}@")
        async with running(nats_source(url)) as seen:
            await seen.until(lambda: seen.newest.attempt == 3)
            assert {(status.state, status.detail) for _, status in seen.said[1:]} == {(LinkState.REFUSED, WRONG)}
            broker.reload(users())
            assert (await seen.until_live()).reconnects == 0
            assert SECRET not in repr(seen.said)


async def test_a_login_that_is_refused_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users(password="other")) as broker:
        source = nats_source(broker.url, signin=ANN, refused_wait=0.4)
        async with running(source) as seen:
            await seen.until(lambda: seen.newest.attempt == 5)
            times = [[at for at, said in seen.said if said.attempt == n] for n in range(1, 6)]
    waits = [begun[0] - failed[-1] for failed, begun in itertools.pairwise(times)]
    for n, wait in enumerate(waits):
        assert 0.2 * 2 ** min(n, 2) <= wait, "at least half of a ceiling that doubles"


async def test_a_user_who_is_revoked_while_connected_is_told_and_comes_back_when_allowed(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users()) as broker:
        async with running(nats_source(broker.url, signin=ANN, conversations=[A])) as seen:
            await seen.until_live()
            broker.reload("authorization { users: [ {user: pub, password: pub} ] }")
            status = await seen.until_said(WRONG)
            assert status.state is LinkState.REFUSED
            broker.reload(users())
            await seen.until(lambda: seen.newest.state is LinkState.LIVE and seen.newest.reconnects == 1)
            assert len(seen.of(A)) == 1, "one gap, however many attempts were refused"


async def test_who_may_not_discover_is_told_so_and_gets_named_conversations(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users(f'allow: ["chat.*.{A}", "chat.*.{B}"]')) as broker:
        source = nats_source(broker.url, signin=ANN)
        await source.watch(A)
        async with running(source) as seen, publisher(broker, user="pub", **{"pass": "pub"}) as out:
            status = await seen.until_said("may not discover")
            assert (status.state, status.permitted) == (LinkState.FORBIDDEN, "")
            assert "(chat.chunk.*, chat.message.*): watching the 1 named" in status.detail
            await source.watch(B)
            for conversation in (C, A, B):
                out.publish(chunk(conversation), b"x")
            await seen.until(lambda: seen.of(B))
            assert (seen.of(A), seen.of(C)) == ([b"x"], [])
            await source.watch(C)
            assert f"chat.chunk.{C}" in (await seen.until_said("chat.chunk.0")).detail
            assert {status.state for _, status in seen.said[1:]} == {LinkState.FORBIDDEN}
            words = f"this account may not subscribe to chat.chunk.{C}, chat.message.{C}"
            assert seen.newest.cut_off == {C: CutOff("not permitted", words)}


async def test_who_may_not_discover_and_names_none_is_told_what_helps(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users('deny: [">"]')) as broker:
        async with running(nats_source(broker.url, signin=ANN)) as seen:
            assert (await seen.until_said("give conversation ids instead")).state is LinkState.FORBIDDEN


@pytest.mark.parametrize("conversations", [None, [A]])
async def test_where_one_of_the_pair_is_not_permitted_the_other_is_delivered(
    tmp_path: Path, conversations: list[str] | None
) -> None:
    with RealBroker(tmp_path, users('deny: ["chat.chunk.>"]')) as broker:
        source = nats_source(broker.url, signin=ANN, conversations=conversations)
        async with running(source) as seen, publisher(broker, user="pub", **{"pass": "pub"}) as out:
            tail = conversations[0] if conversations else "*"
            status = await seen.until_said(f"this account may not subscribe to chat.chunk.{tail}")
            assert status.state is LinkState.FORBIDDEN
            assert "message" not in status.detail
            # Messages come all the same: that is no conversation that is cut off.
            assert status.cut_off == ({A: CutOff("", status.detail)} if conversations else None)
            whole = "chat.message.* alone: messages come whole, answers do not stream"
            assert status.permitted == ("" if conversations else whole)
            out.publish(chunk(A), b"x")
            out.publish(message(A), b"y")
            await seen.until(lambda: seen.payloads(A))
            assert seen.payloads(A) == [b"y"]


async def test_a_permission_that_is_taken_away_while_connected_is_said(tmp_path: Path) -> None:
    with RealBroker(tmp_path, users()) as broker:
        async with running(nats_source(broker.url, signin=ANN)) as seen:
            await seen.until_live()
            broker.reload(users('deny: ["chat.message.*"]'))
            await seen.until_said("the permission for chat.message.* was taken away")
            status = await seen.until_said("this account may not subscribe to chat.message.*")
            assert status.state is LinkState.FORBIDDEN
            assert status.permitted == "chat.chunk.* alone: answers stream, messages do not come"


async def occupy(broker: RealBroker) -> asyncio.StreamWriter:
    """A connection that the server has taken; another one may still be going away."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(b"CONNECT {}\r\nPING\r\n")
        try:
            while line := await reader.readline():
                if line == b"PONG\r\n":
                    return writer
        except ConnectionError:
            pass
        writer.transport.abort()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("max_subscriptions: 1", "too many subscriptions for this account"),
        ("max_connections: 1", "the server has too many connections"),
    ],
)
async def test_a_limit_of_the_server_is_said_and_never_looks_live(tmp_path: Path, limit: str, words: str) -> None:
    with RealBroker(tmp_path, limit) as broker:
        writer = await occupy(broker)
        async with running(nats_source(broker.url)) as seen:
            assert (await seen.until_said(words)).state is LinkState.REFUSED
            await seen.until(lambda: len(seen.said) > 4)
            assert all(status.state is not LinkState.LIVE for _, status in seen.said)
        writer.transport.abort()


def tls_config(pki: Pki, more: str = "") -> str:
    return f"{pki.config(more)}\n{users()}"


def ann_with(pki: Pki, **more: Any) -> NatsSignIn:
    return NatsSignIn(user="ann", password=SECRET, tls_ca=pki.ca, **more)


async def test_tls_with_a_ca_of_ones_own(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    with RealBroker(tmp_path / "b", tls_config(pki)) as broker:
        await live_with(broker, ann_with(pki))
        await live_with(broker, ann_with(pki), broker.url.replace("nats://", "tls://"))
    with RealBroker(tmp_path / "c", tls_config(pki) + "\nallow_non_tls: true") as broker:
        await live_with(broker, ann_with(pki))


async def test_tls_before_anything_else(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    with RealBroker(tmp_path / "b", tls_config(pki, "handshake_first: true")) as broker:
        await live_with(broker, ann_with(pki, tls_first=True))
        for signin in (ANN, ann_with(pki)):
            async with running(nats_source(broker.url, signin=signin)) as seen:
                await seen.until_said("if it begins with TLS, give --tlsfirst (in a context: tls_first)")


async def test_a_client_certificate(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    with RealBroker(tmp_path / "b", tls_config(pki, "verify: true")) as broker:
        await live_with(broker, ann_with(pki, tls_cert=pki.client_cert, tls_key=pki.client_key))
        async with running(nats_source(broker.url, signin=ann_with(pki))) as seen:
            assert (await seen.until_said("wants a certificate of ours")).state is LinkState.REFUSED
            assert all(status.state is not LinkState.LIVE for _, status in seen.said)


async def test_a_certificate_that_is_not_trusted_is_said_and_nothing_is_sent(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    with RealBroker(tmp_path / "b", tls_config(pki)) as broker:
        for url in (broker.url, broker.url.replace("nats://", "tls://")):
            async with running(nats_source(url, signin=ANN)) as seen:
                status = await seen.until_said(f"the certificate of 127.0.0.1:{broker.port} is not trusted: ")
                assert status.state is LinkState.REFUSED
                assert "--tlsca names a CA" in status.detail


async def test_a_certificate_for_another_host_is_said(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.cert, pki.key = pki.pair("elsewhere", "10.1.2.3")
    with RealBroker(tmp_path / "b", tls_config(pki)) as broker:
        async with running(nats_source(broker.url, signin=ann_with(pki))) as seen:
            assert "not valid for '127.0.0.1'" in (await seen.until_said("is not trusted")).detail


@pytest.mark.parametrize("kind", ["tls_ca", "tls_cert", "tls_key", "no CA", "encrypted", "mismatch"])
async def test_tls_files_that_are_no_good_are_said(tmp_path: Path, kind: str) -> None:
    pki = Pki(tmp_path)
    files: dict[str, Any] = {"tls_ca": pki.ca, "tls_cert": pki.client_cert, "tls_key": pki.client_key}
    words = "No such file or directory"
    if kind in files:
        files[kind] = tmp_path / "nowhere.pem"
    elif kind == "no CA":
        kind, words, files["tls_ca"] = "tls_ca", "certificate", tmp_path / "nowhere.pem"
        files["tls_ca"].write_text("not a certificate")
    elif kind == "encrypted":
        _, files["tls_key"] = pki.pair("secret", "127.0.0.1", b"passphrase")
        kind, words = "tls_key", "is encrypted"
    else:
        kind, words, files["tls_key"] = "tls_key", "mismatch", pki.key
    async with running(nats_source("nats://127.0.0.1:1", signin=NatsSignIn(**files))) as seen:
        status = await seen.until_said(words)
        assert status.state is LinkState.REFUSED
        assert str(files[kind]) in status.detail


@pytest.mark.parametrize("way", ["scheme", "CA", "first"])
async def test_no_password_is_sent_where_tls_was_asked_for_and_is_not_offered(tmp_path: Path, way: str) -> None:
    received = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","auth_required":true}\r\n')
        while data := await reader.read(1_000):
            received.extend(data)
            writer.write(b"-ERR 'Unknown Protocol Operation'\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ways = {"scheme": ANN, "CA": ann_with(Pki(tmp_path)), "first": ann_with(Pki(tmp_path), tls_first=True)}
    signin = ways[way]
    url = f"{'tls' if way == 'scheme' else 'nats'}://127.0.0.1:{port}"
    async with running(nats_source(url, signin=signin)) as seen:
        await seen.until(lambda: seen.newest.attempt == 3)
        assert seen.newest.state is LinkState.REFUSED
        first = "tls_first was asked for, but the server greets without TLS; no password was sent"
        asked = "TLS was asked for, but the server does not offer it; no password was sent"
        assert seen.newest.detail == (first if way == "first" else asked)
        assert SECRET not in repr(seen.said)
    server.close()
    assert SECRET.encode() not in received
    assert way == "first" or received == b""
