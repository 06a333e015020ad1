"""Addresses and proxies: where requests go, and that nothing of an address but host and port is shown."""

from __future__ import annotations

import pytest

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.sources.sse import SseSource
from chatwatch_tui.sources.sse_address import parse_endpoint
from chatwatch_tui.sources.sse_signin import SseSignIn
from tests.sources.harness import A, running
from tests.sources.sse_harness import OK, Service, sse_source
from tests.sources.sse_sockets import Line, head

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "server", "url"),
    [
        ("https://chat.example", "chat.example:443", f"https://chat.example/api/ai/conversations/{A}/watch"),
        ("http://h:81/pre/fix/", "h:81", f"http://h:81/pre/fix/api/ai/conversations/{A}/watch"),
        ("https://[::1]:8/", "[::1]:8", f"https://[::1]:8/api/ai/conversations/{A}/watch"),
        ("https://h/see/{id}?key=s3cret", "h:443", f"https://h/see/{A}?key=s3cret"),
    ],
)
def test_an_address_shows_host_and_port_only(given: str, server: str, url: str) -> None:
    endpoint = parse_endpoint(given)
    assert endpoint.url_of(A) == url
    assert str(endpoint) == server
    assert "s3cret" not in f"{endpoint!r} {endpoint}"


@pytest.mark.parametrize(
    "given",
    [
        *("", "chat.example", "chat.example:80", "ftp://h", "https://", "https:///path", "https://h:0", "https://h:x"),
        *(
            "https://u:s3cret@h",
            "https://s3cret@h/{id}",
            "https://{id}.s3cret",
            "https://h/?q=s3cret",
            "https://h/#s3cret",
        ),
        *("https://h/s3cret\nHost: x", "https://h /", "https://h\x00s3cret", "https://h:99999/s3cret", "nats://s3cret"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValueError, match=r"address|port|stands in the path") as refusal:
        SseSource("x", given)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "in_clear"),
    [
        ("http://h", True),
        ("https://h", False),
        ("http://127.0.0.9:1", False),
        ("http://[::1]", False),
        ("http://localhost", False),
    ],
)
def test_it_is_known_whether_others_can_read_along(given: str, in_clear: bool) -> None:
    assert parse_endpoint(given).in_clear is in_clear


# -- proxies -----------------------------------------------------------------------------------------------------------


async def test_a_request_in_clear_is_never_shown_to_a_proxy(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Line(head() + OK).listening() as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY", "HTTPS_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.where}")
        async with running(sse_source(service.url, A, signin=SseSignIn(token="t"))) as seen:
            await seen.until_live()
        said = sse_source("http://nowhere.invalid", A, signin=SseSignIn(token="t"))
        async with running(said) as seen:
            await seen.until_said("no address known for nowhere.invalid:80")
        assert proxy.connections == 0


async def test_https_goes_through_a_tunnel_that_sees_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 502 s3cret\r\n\r\n", b"")
    async with Line(*answers).listening() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@{proxy.where}")
        monkeypatch.setenv("NO_PROXY", "other.example,10.0.0.0/8")
        async with running(sse_source("https://chat.example", A, signin=SseSignIn(token="t0ken"))) as seen:
            refused = await seen.until_said(f"the proxy {proxy.where} refuses: 407 Proxy Authentication Required")
            assert refused.state is LinkState.REFUSED
            failed = await seen.until_said(f"the proxy {proxy.where} refuses: 502 Bad Gateway")
            assert failed.state is LinkState.CONNECTING
            await seen.until(lambda: proxy.connections >= 3)
            assert "s3cret" not in repr(seen.said)
        assert all(sent.startswith(b"CONNECT chat.example:443 ") for sent in proxy.heads)
        assert not any(b"t0ken" in sent for sent in proxy.heads)


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        ("https://nowhere.invalid", "*"),
        ("https://nowhere.invalid", "a.example, .invalid"),
        ("https://nowhere.invalid:8443", "nowhere.invalid:8443"),
        ("https://localhost:9", ""),
        ("https://127.0.0.1:9", ""),
        ("https://[::1]:9", ""),
        ("https://127.0.0.1:9", "127.0.0.0/8"),
    ],
)
async def test_no_proxy_and_loopback_go_direct(monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str) -> None:
    async with Line(b"").listening() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.where}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        async with running(sse_source(url, A)) as seen:
            await seen.until(lambda: seen.newest.retry_at is not None)
            assert "proxy" not in seen.newest.detail
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://user:s3cret@h:1", "names a SOCKS proxy, which is not supported"),
        ("ftp://user:s3cret@h:1", "has an address that is none"),
        ("http://user:s3cret@nowhere.invalid:1", "no address known for the proxy nowhere.invalid:1"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    async with running(sse_source("https://chat.example", A)) as seen:
        assert "s3cret" not in (await seen.until_said(words)).detail
