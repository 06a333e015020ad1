"""What an endpoint, a network or a proxy can do wrong: each in its own words, none of them the end, none hammered."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chatwatch_tui.core.events import LinkState
from chatwatch_tui.sources.sse_signin import SseSignIn
from tests.broker import free_port
from tests.sources.harness import A, B, running
from tests.sources.sse_harness import (
    OK,
    STREAM,
    Answer,
    Headers,
    Service,
    first_trouble,
    frame,
    sse_source,
    token,
    until,
)
from tests.sources.sse_sockets import Line, head

CHUNK = frame("token", token("x"))


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "state", "words"),
    [
        (401, (), LinkState.REFUSED, "not signed in (401): no token and no cookie was given"),
        (403, (), LinkState.REFUSED, "unknown or not yours to view (403): the endpoint does not tell which"),
        (404, STREAM, LinkState.REFUSED, "unknown or not yours to view (404): the endpoint does not tell which"),
        (405, (), LinkState.REFUSED, "the request was refused (405 Method Not Allowed): is the address right?"),
        (204, STREAM, LinkState.REFUSED, "nothing to watch there (204 No Content)"),
        (408, (), LinkState.CONNECTING, "the endpoint asks to try again (408 Request Timeout)"),
        (429, (), LinkState.CONNECTING, "the endpoint asks for fewer requests (429)"),
        (500, STREAM, LinkState.CONNECTING, "the endpoint is in trouble (500 Internal Server Error)"),
        (503, (), LinkState.CONNECTING, "the endpoint is in trouble (503 Service Unavailable)"),
        (599, (), LinkState.CONNECTING, "the endpoint is in trouble (599)"),
    ],
)
async def test_a_status_has_its_words(
    service: Service, status: int, headers: Headers, state: LinkState, words: str
) -> None:
    service.answer = lambda asked: Answer(status, headers, b"")
    said = await first_trouble(service.url)
    assert (said.state, said.detail.removesuffix("; is the address right?")) == (state, words)
    assert said.server == service.where


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (((b"content-type", b"text/html; charset=utf-8"),), "answers with text/html, not text/event-stream"),
        (((b"content-type", b"text/event-stream-not"),), "answers with text/event-stream-not, not"),
        (((b"content-type", b"x/" + b"y" * 500),), "answers with x/yyy"),
        ((), "answers with no content type, not text/event-stream"),
        ((*STREAM, *STREAM), "answers with text/event-stream, text/event-stream, not"),
        ((*STREAM, (b"content-encoding", b"gzip")), "compresses (gzip) though asked not to"),
    ],
)
async def test_an_answer_that_is_no_plain_event_stream_is_refused(
    service: Service, headers: Headers, words: str
) -> None:
    service.answer = lambda asked: Answer(200, headers)
    said = await first_trouble(service.url)
    assert said.state is LinkState.REFUSED
    assert said.detail.startswith(words)
    assert len(said.detail) < 150


@pytest.mark.parametrize("given", [b"Text/Event-Stream", b"text/event-stream ; charset=iso-8859-1"])
async def test_the_media_type_is_compared_as_one_and_the_charset_is_always_utf_8(
    service: Service, given: bytes
) -> None:
    service.answer = lambda asked: Answer(200, ((b"content-type", given),), "data: grüße\n\n".encode())
    async with running(sse_source(service.url, A)) as seen:
        await seen.until_live()
        assert seen.of(A) == ["grüße".encode()]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (b"https://evil.example:444/steal?sid=secret", "redirects to evil.example (302)"),
        (b"//evil.example/steal", "redirects to evil.example (302)"),
        (b"/sign-in?next=secret", "redirects to the same host (302)"),
        (b"https://127.0.0.1/x", "redirects to https:// on the same host (302)"),
        (b"http://[broken", "redirects to nowhere (302)"),
        (b"", "redirects to nowhere (302)"),
    ],
)
async def test_a_redirect_is_said_and_never_followed(service: Service, target: bytes, words: str) -> None:
    service.answer = lambda asked: Answer(302, ((b"location", target),), b"")
    said = await first_trouble(service.url, SseSignIn(token="t0ken"))
    assert said.detail == f"{words}: not followed, the sign-in would go there too"
    assert said.cut_off is not None
    assert {each.word for each in said.cut_off.values()} == {"refused"}
    assert said.state is LinkState.REFUSED


async def test_what_one_answer_sets_as_a_cookie_is_never_sent_with_another_request(service: Service) -> None:
    service.answer = lambda asked: Answer(200, (*STREAM, (b"set-cookie", b"sid=other; Path=/")), stays=False)
    async with running(sse_source(service.url, A, B)):
        await until(lambda: len(service.asked) >= 4)
    assert not any("cookie" in asked.headers for asked in service.asked)


# -- how soon again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 302, 400])
async def test_a_refusal_is_tried_again_slowly(service: Service, status: int) -> None:
    service.answer = lambda asked: Answer(status, (), b"")
    async with running(sse_source(service.url, A, refused_wait=0.3)):
        await until(lambda: len(service.asked) >= 3)
    waits = [later.at - earlier.at for earlier, later in zip(service.asked, service.asked[1:], strict=False)]
    assert waits[0] >= 0.29
    assert waits[1] >= 0.59, "ever more slowly"


def http_date(seconds: float) -> bytes:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True).encode()


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        (((b"retry-after", b"40"),), 39.0, 44.1),
        (((b"retry-after", b"99999999999999999999"),), 99.0, 110.1),
        (((b"retry-after", http_date(3600)),), 99.0, 110.1),
        (((b"retry-after", b"0"),), 0.0, 0.2),
        (((b"retry-after", b"-5"),), 0.0, 0.2),
        (((b"retry-after", b"soon"),), 0.0, 0.2),
        (((b"retry-after", b"Wed, 21 Oct 2015 07:28:00 GMT"),), 0.0, 0.2),
        (((b"retry-after", b"Wed, 21 Oct 2015 07:28:40 GMT"), (b"date", b"Wed, 21 Oct 2015 07:28:00 GMT")), 39.0, 44.1),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_a_least_wait_with_a_cap(
    service: Service, status: int, headers: Headers, least: float, most: float
) -> None:
    service.answer = lambda asked: Answer(status, headers, b"")
    began = time.monotonic()
    said = await first_trouble(service.url, longest_wait=100.0)
    assert said.retry_at is not None
    assert least <= said.retry_at - began <= most + (time.monotonic() - began)
    when = re.search(r"; next attempt at (\d\d:\d\d:\d\d)$", said.detail)
    assert (when is not None) == (least > 0), "a wait that is soon over is not worth a word"
    if when is not None:
        at = time.time() + said.retry_at - time.monotonic()
        assert when[1] in {time.strftime("%H:%M:%S", time.localtime(at + off)) for off in (-1, 0, 1)}


# -- no answer ---------------------------------------------------------------------------------------------------------


async def test_nobody_listens() -> None:
    where = f"127.0.0.1:{free_port()}"
    said = await first_trouble(f"http://{where}")
    assert (said.state, said.detail) == (LinkState.CONNECTING, f"connection refused by {where}")


async def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    said = await first_trouble("https://nowhere.invalid/x")
    assert (said.state, said.detail) == (LinkState.CONNECTING, "no address known for nowhere.invalid:443")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "{} hung up before it answered"),
        (b"SSH-2.0-x\r\nnot here\r\n\r\n", "what listens at {} does not answer as a web server does"),
        (b"HTTP/1.1 200 OK\r\nbroken", "{} hung up before it answered"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, "what listens at {} does not answer as a web server does"),
    ],
)
async def test_what_is_no_web_server_is_said(answer: bytes, words: str) -> None:
    async with Line(answer).listening() as line:
        said = await first_trouble(f"http://{line.where}")
        assert said.detail in (
            words.format(line.where),
            f"what listens at {line.where} does not answer as a web server does",
        )
        assert said.state is LinkState.CONNECTING


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"])
async def test_an_answer_whose_head_never_ends_is_given_up(answer: bytes) -> None:
    async with Line(answer, hangs_up=False).listening() as line:
        said = await first_trouble(f"http://{line.where}", answer_within=0.3)
        assert (said.state, said.detail) == (LinkState.CONNECTING, f"no answer from {line.where}")


# -- while it streams --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (head("transfer-encoding: chunked") + b"5\r\n:ok\n\n\r\n", "the connection to {} broke off"),
        (head("transfer-encoding: chunked") + b"5\r\n:ok\n\n\r\nnonsense\r\n", "the connection to {} broke off"),
        (head("content-length: 100") + OK, "the connection to {} broke off"),
        (head() + OK, "the endpoint ended the stream"),
    ],
)
async def test_a_stream_that_breaks_off_is_said_and_marked(answer: bytes, words: str) -> None:
    alive = head() + OK + CHUNK
    async with (
        Line(answer, alive, hangs_up=True).listening() as line,
        running(sse_source(f"http://{line.where}", A)) as seen,
    ):
        status = await seen.until_said(words.format(line.where))
        assert status.state is LinkState.RECONNECTING
        await seen.until(lambda: len(seen.payloads(A)) >= 1)
        assert len(seen.gaps(A)) >= 1


async def test_a_connection_that_is_reset_is_said_and_marked() -> None:
    async with (
        Line(head() + OK, hangs_up=False).listening() as line,
        running(sse_source(f"http://{line.where}", A)) as seen,
    ):
        await seen.until_live()
        line.reset()
        assert (await seen.until_said(f"the connection to {line.where} broke off")).state is LinkState.RECONNECTING
        await seen.until(lambda: seen.gaps(A))


async def test_silence_for_three_keep_alives_is_a_dead_link_and_the_gap_counts_from_the_last_byte() -> None:
    async with (
        Line(head() + OK, hangs_up=False).listening() as line,
        running(sse_source(f"http://{line.where}", A, keep_alive=0.2)) as seen,
    ):
        live, _ = await seen.until_state(LinkState.LIVE)
        status = await seen.until_said("no sign of life for 0.6 s: the link is dead")
        assert status.state is LinkState.RECONNECTING
        assert time.monotonic() - live >= 0.55
        await seen.until(lambda: seen.gaps(A))
        assert (seen.gaps(A)[0].seconds or 0) >= 0.55


async def test_a_silent_model_is_no_dead_link_as_long_as_comments_come(service: Service) -> None:
    async with running(sse_source(service.url, A, keep_alive=0.6)) as seen:
        live, _ = await seen.until_state(LinkState.LIVE)
        while time.monotonic() - live < 2.2:  # longer than a dead link takes to show
            await asyncio.sleep(0.1)
            service.newest(A).send(b":\n")
        assert seen.newest.state is LinkState.LIVE
        assert len(service.asked) == 1
        assert seen.taken == []


async def test_one_dead_stream_leaves_the_others_alone(service: Service) -> None:
    async with running(sse_source(service.url, A, B, keep_alive=0.5)) as seen:
        await seen.until_live()
        while len(service.of(A)) < 2:
            await asyncio.sleep(0.1)
            service.newest(B).send(CHUNK)
        await seen.until(lambda: seen.gaps(A))
        assert len(service.of(B)) == 1
        assert seen.gaps(B) == []
