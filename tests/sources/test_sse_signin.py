"""Sign-in: what is sent, read anew when it matters, and never shown."""

from __future__ import annotations

import asyncio
import itertools
import os
from pathlib import Path

import pytest

from chatwatch_tui.core.events import CutOff, LinkState
from chatwatch_tui.sources.sse import SseSource
from chatwatch_tui.sources.sse_credentials import Credentials, SetupError
from chatwatch_tui.sources.sse_signin import SseSignIn
from tests.sources.harness import A, B, C, running
from tests.sources.sse_harness import Answer, Asked, Service, sse_source, until, written
from tests.sources.sse_sockets import Line


def wants(token: str) -> object:
    def answer(asked: Asked) -> Answer:
        return Answer() if asked.headers.get("authorization") == f"Bearer {token}" else Answer(401, (), b"")

    return answer


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_token_cookie_and_more_headers_are_sent(service: Service, tmp_path: Path) -> None:
    more = written(tmp_path, "headers", "# ours\n\nX-Team: blue\nX-Team:  green \nX-Empty:\n")
    signin = SseSignIn(token="t0ken", cookie="sid=1; b=2", headers_file=more)
    async with running(sse_source(service.url, A, signin=signin)) as seen:
        await seen.until_live()
        [asked] = service.asked
        assert asked.headers["authorization"] == "Bearer t0ken"
        assert asked.headers["cookie"] == "sid=1; b=2"
        assert asked.headers["x-empty"] == ""
        assert asked.headers["x-team"] == "green"
        assert "t0ken" not in asked.path


async def test_files_and_commands_are_read_again_at_every_connection(service: Service, tmp_path: Path) -> None:
    token, cookie = written(tmp_path, "token", " one\n"), written(tmp_path, "cookie", "sid=1\n")
    signin = SseSignIn(token_file=token, cookie_command=f"cat '{cookie}'")
    async with running(sse_source(service.url, A, signin=signin)) as seen:
        await seen.until_live()
        token.write_text("two")
        service.newest(A).end()
        await until(lambda: len(service.asked) == 2)
        assert [asked.headers["authorization"] for asked in service.asked] == ["Bearer one", "Bearer two"]
        assert {asked.headers["cookie"] for asked in service.asked} == {"sid=1"}


async def test_a_refused_token_is_replaced_at_once_where_there_is_another(service: Service, tmp_path: Path) -> None:
    token = written(tmp_path, "token", "old")
    script = written(tmp_path, "command", f"echo run >>'{tmp_path}/runs'; cat '{token}'")
    for signin in (SseSignIn(token_file=token), SseSignIn(token_command=f"sh '{script}'")):
        token.write_text("old")
        service.answer = wants("old")  # type: ignore[assignment]
        async with running(sse_source(service.url, A, B, C, signin=signin, refused_wait=30.0)) as seen:
            await seen.until_live()
            token.write_text("new")
            service.answer = wants("new")  # type: ignore[assignment]
            for asked in service.open:
                asked.end()
            await until(lambda: [asked.headers["authorization"] for asked in service.open] == ["Bearer new"] * 3)
            assert "not signed in" not in " ".join(seen.words)
    assert len((tmp_path / "runs").read_text().split()) == 2, "once for three conversations, and once when refused"


async def test_a_refused_token_without_another_is_said_and_asked_for_again_and_again(
    service: Service, tmp_path: Path
) -> None:
    service.answer = lambda asked: Answer(401, (), b"")
    runs = tmp_path / "runs"
    script = written(tmp_path, "command", f"echo run >>'{runs}'; echo s3cret")
    async with running(sse_source(service.url, A, B, signin=SseSignIn(token_command=f"sh '{script}'"))) as seen:
        await seen.until_said("not signed in (401): the token or cookie is wrong or has expired")
        assert seen.newest.state is LinkState.REFUSED
        await until(lambda: len(runs.read_text().split()) >= 3)
        script.write_text("echo better")
        service.answer = wants("better")  # type: ignore[assignment]
        await seen.until_live()
        assert "s3cret" not in repr(seen.said)


async def test_a_wrong_sign_in_is_tried_by_one_conversation_for_all(service: Service) -> None:
    """Twenty at once would use up what the endpoint grants to an address, and 429 would hide why."""
    service.answer = wants("good")  # type: ignore[assignment]
    ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(20)]
    async with running(sse_source(service.url, *ids, signin=SseSignIn(token="bad"))) as seen:
        await until(lambda: len(service.asked) >= 4)
        assert seen.newest.detail == "not signed in (401): the token or cookie is wrong or has expired"
        times = [asked.at for asked in service.asked[:4]]
        assert all(after - before >= 0.2 for before, after in itertools.pairwise(times)), "one in refused_wait"
        assert len({asked.id for asked in service.asked[:4]}) == 4, (
            "in turns: it may be about the conversation after all"
        )
        service.answer = lambda asked: Answer()
        await seen.until_live()
        assert len(service.open) == 20


async def test_too_many_failures_do_not_hide_what_failed(service: Service) -> None:
    service.answers = [Answer(401, (), b"")]
    service.answer = lambda asked: Answer(429, ((b"retry-after", b"0"),), b"")
    async with running(sse_source(service.url, A, B, C)) as seen:
        await until(lambda: len(service.asked) >= 4)
        await seen.until(lambda: seen.newest.attempt >= 2)
        words = "not signed in (401): no token and no cookie was given"
        assert {said for said in seen.words if said} == {words}
        await seen.until(lambda: seen.newest.cut_off == dict.fromkeys((A, B, C), CutOff("not signed in", words)))


async def test_a_sign_in_that_stops_being_good_is_found_out_by_one(service: Service) -> None:
    async with running(sse_source(service.url, A, B, C, refused_wait=30.0)) as seen:
        await seen.until_live()
        service.answer = lambda asked: Answer(401, (), b"")
        for asked in service.open:
            asked.end()
        await seen.until_said("not signed in (401): no token and no cookie was given")
        assert len(service.asked) == 4


async def test_one_that_hears_nothing_does_not_keep_the_others_from_asking(service: Service) -> None:
    line = Line(b"", hangs_up=False)
    async with line.listening(), running(sse_source(f"http://{line.where}", A, B, turn_within=0.1)):
        await until(lambda: line.connections == 2)


def test_secrets_are_in_no_repr() -> None:
    signin = SseSignIn(token="s3cret", cookie_command="pass s3cret", headers_file=Path("h"))
    assert repr(signin) == "SseSignIn(token=…, cookie_command=…, headers_file=…)"
    source = SseSource("x", "https://h/{id}?k=s3cret", signin)
    assert "s3cret" not in f"{source!r} {source}"


@pytest.mark.parametrize(
    "signin",
    [
        SseSignIn(token="a", token_file=Path("b")),
        SseSignIn(cookie="a", cookie_command="b"),
        SseSignIn(token_file=Path("a"), token_command="b"),
        SseSignIn(client_key=Path("a")),
    ],
)
def test_a_sign_in_that_contradicts_itself_is_refused(signin: SseSignIn) -> None:
    with pytest.raises(ValueError, match=r"comes from one place|needs the certificate"):
        SseSource("x", "https://h", signin)


# -- what is no good ---------------------------------------------------------------------------------------------------


async def refusal(signin: SseSignIn, *, within: float = 10.0) -> str:
    with pytest.raises(SetupError) as refused:
        await Credentials(signin, command_within=within).sign()
    return str(refused.value)


async def test_files_that_are_no_good_are_named_and_never_quoted(tmp_path: Path) -> None:
    fifo, missing, large = tmp_path / "fifo", tmp_path / "missing", tmp_path / "large"
    os.mkfifo(fifo)
    large.write_bytes(b"s3cret" * 20_000)
    blank, two_words = written(tmp_path, "blank", " \n"), written(tmp_path, "two", "Bearer s3cret")
    lines = written(tmp_path, "lines", "s3cret\nX: s3cret")
    for signin, words in (
        (SseSignIn(token_file=missing), f"token file {missing}: No such file or directory"),
        (SseSignIn(token_file=tmp_path), f"token file {tmp_path} is no regular file"),
        (SseSignIn(cookie_file=fifo), f"cookie file {fifo} is no regular file"),
        (SseSignIn(token_file=large), f"token file {large} is larger than 64 kB"),
        (SseSignIn(token_file=blank), f"token file {blank} is empty"),
        (SseSignIn(token_file=two_words), "the bare token is wanted"),
        (SseSignIn(token_file=lines), "the bare token is wanted"),
        (SseSignIn(token="s3cret\r\nX: y"), "the bare token is wanted"),
        (SseSignIn(cookie="s3cret"), "the cookie is not name=value on one line"),
        (SseSignIn(cookie="Cookie: a=s3cret"), "the cookie is not name=value on one line"),
        (SseSignIn(cookie_file=lines), "the cookie is not name=value on one line"),
        (SseSignIn(headers_file=lines), f"headers file {lines}, line 1: not `Name: value`"),
    ):
        said = await refusal(signin)
        assert words in said
        assert "s3cret" not in said


@pytest.mark.parametrize("line", ["Accept-Encoding: gzip", "connection: close", "Last-Event-ID: 7"])
async def test_headers_that_are_ours_are_refused(tmp_path: Path, line: str) -> None:
    assert "is not yours to set" in await refusal(SseSignIn(headers_file=written(tmp_path, "h", line)))


async def test_a_header_that_is_also_given_otherwise_is_refused(tmp_path: Path) -> None:
    more = written(tmp_path, "h", "authorization: Basic s3cret")
    assert "has Authorization, and a token is given too" in await refusal(SseSignIn(token="t", headers_file=more))


async def test_commands_that_are_no_good_are_named_without_their_words_and_output(tmp_path: Path) -> None:
    fail = written(tmp_path, "fail", "echo s3cret; echo s3cret >&2; exit 3")
    for command, words in (
        ("  ", "the token command is blank"),
        ("'s3cret", "the token command has a quote that does not end"),
        ("/nowhere/to-be s3cret", "the token command `to-be` cannot be run: No such file or directory"),
        (f"sh '{fail}' s3cret", "the token command `sh` failed with exit code 3"),
        ("true s3cret", "the token command `true` printed nothing"),
        ("head -c 100000 /dev/zero", "the token command `head` printed more than 64 kB"),
        ("echo s3cret s3cret", "the bare token is wanted"),
    ):
        said = await refusal(SseSignIn(token_command=command))
        assert words in said
        assert "s3cret" not in said


async def test_a_command_is_run_without_a_shell() -> None:
    signed = await Credentials(SseSignIn(token_command="echo $HOME;id>'a'")).sign()
    assert signed.headers == [(b"authorization", b"Bearer $HOME;id>a")]


async def test_a_command_that_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    script = written(tmp_path, "slow", f"sleep 600 & echo $! >'{tmp_path}/pid'; echo t; wait")
    said = await refusal(SseSignIn(token_command=f"sh '{script}'"), within=0.5)
    assert said == "the token command `sh` did not end within 0.5 s"
    child = int((tmp_path / "pid").read_text())
    await until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_failing_command_is_not_run_once_for_each_conversation(tmp_path: Path) -> None:
    script = written(tmp_path, "fail", f"echo run >>'{tmp_path}/runs'; exit 1")
    credentials = Credentials(SseSignIn(token_command=f"sh '{script}'"))
    answers = await asyncio.gather(*(credentials.sign() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, SetupError) for answer in answers)
    assert (tmp_path / "runs").read_text() == "run\n"
