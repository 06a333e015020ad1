"""The endpoint against a real uvicorn and a real nats-server: bytes, order, sharing, metrics, CORS, prefix."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from chatwatch_tui.relay.access import AccessSettings, open_gate
from chatwatch_tui.relay.access_tokens import add_token
from chatwatch_tui.relay.app import make_app
from chatwatch_tui.relay.logs import JsonLines
from chatwatch_tui.relay.settings import RelaySettings
from tests.broker import RealBroker
from tests.relay.serving import FakeGate, MonitoredBroker, requesting, serving, watch_path, watching
from tests.sources.harness import PATIENCE, A, B, chunk, message, publisher


def tokens(count: int, start: int = 0) -> list[bytes]:
    return [b'{"chunk_type":"token","seq":%d}' % n for n in range(start, start + count)]


async def test_headers_and_first_bytes(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served) as viewer:
            assert re.sub(rb"date: [^\r]*\r\n", b"", viewer.head) == (
                b"HTTP/1.1 200 OK\r\n"
                b"content-type: text/event-stream\r\n"
                b"cache-control: no-cache\r\n"
                b"x-accel-buffering: no\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            assert viewer.body == b":ok\n\n"


async def test_chunks_and_messages_arrive_as_fixed_and_in_order(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served) as viewer, publisher(broker) as out:
            out.publish(chunk(A), b'{"chunk_type":"token","content":"Hi"}')
            out.publish(chunk(B), b'{"chunk_type":"token","content":"somebody else\'s"}')
            out.publish(message(A), b'{"role":"assistant"}')
            out.publish(chunk(A), b"not JSON")
            out.publish(chunk(A), b'{"chunk_type":"done"}')
            await viewer.until_events(4)
            assert viewer.body == (
                b":ok\n\n"
                b'data: {"event":"token","data":{"chunk_type":"token","content":"Hi"}}\n\n'
                b'data: {"event":"message","data":{"role":"assistant"}}\n\n'
                b'data: {"event":"chunk","data":"not JSON"}\n\n'
                b'data: {"event":"done","data":{"chunk_type":"done"}}\n\n'
            )


async def test_to_http_1_0_the_body_goes_as_it_is(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"GET {watch_path()} HTTP/1.0\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE), publisher(broker) as out:
            head = await reader.readuntil(b":ok\n\n")
            assert b"chunked" not in head.lower()
            for sent in tokens(3):
                out.publish(chunk(A), sent)
                await out.flush()
                assert await reader.readuntil(b"\n\n") == b'data: {"event":"token","data":%b}\n\n' % sent
        writer.transport.abort()


async def test_ok_waits_for_the_server_to_confirm(broker: RealBroker) -> None:
    with serving(broker.url, patient=True) as served:
        broker.freeze()
        async with requesting(served) as viewer, requesting(served) as second:
            await viewer.read_head()
            await second.read_head()
            await served.until(lambda: served.fanout.viewer_count == 2)
            waiting = asyncio.create_task(viewer.read())
            also = asyncio.create_task(second.read())
            await asyncio.wait([waiting, also], timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
            assert not waiting.done()
            assert not also.done(), "who comes second waits for the same answer"
            broker.thaw()
            assert await waiting
            assert await also
            assert viewer.body == second.body == b":ok\n\n"


async def test_small_events_do_not_wait_for_the_acknowledgement_of_those_before(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served):
            [connection] = served.connections()
            sock = connection.transport.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_one_pair_of_subscriptions_however_many_viewers(tmp_path: Path) -> None:
    with MonitoredBroker(tmp_path / "broker") as broker, serving(broker.url) as served:
        async with AsyncExitStack() as stack, publisher(broker) as out:
            viewers = [await stack.enter_async_context(watching(served)) for _ in range(20)]
            other = await stack.enter_async_context(watching(served, B))
            assert broker.subscriptions() == sorted([chunk(A), chunk(B), message(A), message(B)])
            for payload in tokens(50):
                out.publish(chunk(A), payload)
            for viewer in viewers:
                await viewer.until_events(50)
                assert viewer.body == viewers[0].body
            assert [event["data"]["seq"] for event in viewers[0].events] == list(range(50))
            assert other.body == b":ok\n\n"
            other.writer.transport.abort()
            await served.until(lambda: broker.subscriptions() == [chunk(A), message(A)])
        await served.until(lambda: not broker.subscriptions())
        assert served.fanout.viewer_count == served.fanout.conversations == 0


async def test_a_burst_reaches_viewers_who_read_whole_and_in_order(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served) as one, watching(served) as two, publisher(broker) as out:
            for payload in tokens(3_000):
                out.publish(chunk(A), payload)
            for viewer in (one, two):
                await viewer.until_events(3_000)
                assert [event["data"]["seq"] for event in viewer.events] == list(range(3_000))


@pytest.mark.parametrize("spelling", [B.upper(), B.replace("-", ""), B])
async def test_every_spelling_of_an_id_is_the_same_conversation(broker: RealBroker, spelling: str) -> None:
    gate = FakeGate()
    with serving(broker.url, gate=gate) as served:
        async with watching(served, spelling) as viewer, publisher(broker) as out:
            out.publish(message(B), b"{}")
            await viewer.until_events(1)
        assert [conversation for _, conversation in gate.asked] == [B]


async def test_silence_is_broken_by_comments(broker: RealBroker) -> None:
    with serving(broker.url, keep_alive=0.15) as served:
        async with watching(served) as viewer:
            await viewer.until(lambda: len(viewer.blocks) == 4)
            assert viewer.body == b":ok\n\n" + b": keep-alive\n\n" * 3


async def test_metrics_move(broker: RealBroker) -> None:
    gate = FakeGate()
    with serving(broker.url, gate=gate) as served:
        async with watching(served), watching(served) as viewer, publisher(broker) as out:
            for payload in tokens(7):
                out.publish(chunk(A), payload)
            await viewer.until_events(7)
            await served.until(lambda: served.figure("events_out_total") == 14)
            assert served.figure("events_in_total") == 7
            assert served.figure("viewers") == 2
            assert served.figure("conversations") == 1
            assert served.figure("nats_up") == 1
            assert served.figure("queue_depth") == served.figure("events_dropped_total") == 0
            assert served.figure("nats_reconnects_total") == 0
        text = served.get("/metrics").text
        assert A not in text
        for reason in ("not_signed_in", "not_found", "too_many", "unavailable", "full", "nats", "shutdown"):
            assert f'chatwatch_refusals_total{{reason="{reason}"}} 0.0' in text


async def test_health_and_readiness(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        assert served.get("/healthz").status_code == 200
        ready = served.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"nats": "live"})


async def test_openapi_says_what_the_endpoint_does(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        described = served.get("/openapi.json").json()
    watch = described["paths"]["/api/ai/conversations/{conversation_id}/watch"]["get"]
    assert sorted(watch["responses"]) == ["200", "401", "404", "429", "503"]
    assert list(watch["responses"]["200"]["content"]) == ["text/event-stream"]
    (parameter,) = watch["parameters"]
    assert (parameter["name"], parameter["in"]) == ("conversation_id", "path")
    assert parameter["schema"] == {"type": "string", "format": "uuid"}
    for type_ in ("thinking", "token", "tool_call", "tool_result", "done", "error", "message", "chunk"):
        assert f"`{type_}`" in watch["responses"]["200"]["description"]
    for names in watch["security"]:
        assert set(names) <= set(described["components"]["securitySchemes"])
    assert {"/healthz", "/readyz", "/metrics"} < set(described["paths"])


def signing_in(described: dict[str, Any]) -> list[dict[str, Any]]:
    """The described ways to sign in for the stream, in order."""
    watch = described["paths"]["/api/ai/conversations/{conversation_id}/watch"]["get"]
    schemes = described.get("components", {}).get("securitySchemes", {})
    return [schemes[name] for way in watch.get("security", ()) for name in way]


def test_openapi_says_how_to_sign_in(tmp_path: Path) -> None:
    """The cookie by the name that it has, and no sign-in where none is asked for."""
    tokens = tmp_path / "tokens.json"
    add_token(tokens, "ada", views=["*"])
    bearer = {"type": "http", "scheme": "bearer"}
    for settings, cookie in (
        (AccessSettings(mode="tokens", tokens=tokens), {"in": "cookie", "name": "chatwatch_session"}),
        (AccessSettings(mode="tokens", tokens=tokens, cookie="watching"), {"in": "cookie", "name": "watching"}),
        (AccessSettings(mode="forward", forward_url="http://127.0.0.1:1/"), {"in": "header", "name": "Cookie"}),
    ):
        access = open_gate(settings, "127.0.0.1")
        described = make_app(RelaySettings(), access.gate, sessions=access.sessions).openapi()
        ways = signing_in(described)
        assert bearer.items() <= ways[0].items()
        assert cookie.items() <= ways[1].items()
        assert "421" not in described["paths"]["/healthz"]["get"]["responses"]
    open_to_all = make_app(RelaySettings(), open_gate(AccessSettings(mode="none"), "127.0.0.1").gate).openapi()
    assert signing_in(open_to_all) == []
    for path, operations in open_to_all["paths"].items():
        assert "421" in operations["get"]["responses"], path


async def test_no_cors_by_default(broker: RealBroker) -> None:
    with serving(broker.url) as served:
        async with watching(served, A, "Origin: https://chat.example.org") as viewer:
            assert b"access-control" not in viewer.head.lower()
        asked = {"Origin": "https://chat.example.org", "Access-Control-Request-Method": "GET"}
        answer = served.get(method="OPTIONS", headers=asked)
        assert not any(name.lower().startswith("access-control") for name in answer.headers)


async def test_cors_for_the_listed_origins_only(broker: RealBroker) -> None:
    good, bad = "https://chat.example.org", "https://chat.example.org.evil.example"
    with serving(broker.url, cors_origins=(good,)) as served:
        async with watching(served, A, f"Origin: {good}") as viewer:
            head = viewer.head.lower()
            assert b"access-control-allow-origin: " + good.encode() in head
            assert b"access-control-allow-credentials: true" in head
            assert b"content-type: text/event-stream\r\n" in head
        async with watching(served, A, f"Origin: {bad}") as viewer:
            assert b"access-control-allow-origin" not in viewer.head.lower()
        preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        for origin, allowed in ((good, True), (bad, False)):
            answer = served.get(method="OPTIONS", headers={"Origin": origin, **preflight})
            assert ("access-control-allow-origin" in answer.headers) is allowed


async def test_a_page_of_just_any_origin_does_not_read_with_the_cookies_of_who_looks_at_it(broker: RealBroker) -> None:
    with serving(broker.url, cors_origins=("*",)) as served:
        async with watching(served, A, "Origin: https://evil.example", "Cookie: chatwatch_session=x") as viewer:
            assert b"access-control-allow-credentials" not in viewer.head.lower()


@pytest.mark.parametrize("seen_by_us", ["", "/chat"])
async def test_under_a_path_prefix_whether_the_proxy_strips_it_or_not(broker: RealBroker, seen_by_us: str) -> None:
    with serving(broker.url, root_path="/chat") as served:
        async with requesting(served, seen_by_us + watch_path()) as viewer:
            assert b" 200 " in await viewer.read_head()
            await viewer.until(lambda: viewer.body == b":ok\n\n")
        assert served.get(f"{seen_by_us}/readyz").status_code == 200
        described = served.get(f"{seen_by_us}/openapi.json").json()
        assert described["servers"] == [{"url": "/chat"}]


async def test_logs_have_no_secrets_and_no_payloads(broker: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    headers = ("Authorization: Bearer sesame-token", "Cookie: session=sesame-cookie")
    with serving(broker.url) as served:
        asked = requesting(served, watch_path() + "?token=sesame-query", *headers)
        async with asked as viewer, publisher(broker) as out:
            await viewer.read_head()
            await viewer.until(lambda: viewer.body)
            out.publish(chunk(A), b'{"chunk_type":"token","content":"sesame-payload"}')
            out.publish(chunk(A), b"sesame-raw")
            await viewer.until_events(2)
        await served.until(lambda: not served.fanout.viewer_count)
        refused = {"Authorization": "Bearer sesame-token", "Cookie": "session=sesame-cookie"}
        assert served.get(watch_path("sesame-path") + "?token=sesame-query", headers=refused).status_code == 404
    ours = [record for record in caplog.records if record.name.startswith(("chatwatch_tui", "uvicorn"))]
    lines = [json.loads(JsonLines().format(record)) for record in ours]
    assert "sesame" not in json.dumps(lines)
    events = [line["event"] for line in lines]
    assert events.index("viewer came") < events.index("viewer left") < events.index("request refused")
    left = lines[events.index("viewer left")]
    assert (left["conversation"], left["events"], left["dropped"]) == (A, 2, 0)
    assert left["why"] == "the viewer left"
