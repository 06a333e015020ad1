"""The headers that sign a request in, read anew at every connection: tokens expire while a dashboard stays open.

Files are small and regular, so they are read where they are needed. Commands are not: what one printed serves every
conversation that connects in the next seconds, or fifty streams would run it fifty times; a refusal (401) ends that at
once. Nothing here puts a secret, or what a command prints, into words or a repr.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import stat
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import NamedTuple

from chatwatch_tui.sources.sse_signin import SseSignIn

COMMAND_WITHIN = 10.0
"""Seconds that a token or cookie command may take."""
DEAD_WITHIN = 1.0
"""Seconds that a killed one is waited for."""
FRESH = 5.0
"""Seconds for which what it printed serves other connections too."""
MAX_FILE = 64_000
"""Bytes of a token, cookie or headers file, and of what a command prints."""

_TOKEN = re.compile(rb"[\x21-\x7e]+")
_VISIBLE = re.compile(rb"[\x20-\x7e]+")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*")
_OURS = frozenset(
    (b"accept", b"accept-encoding", b"connection", b"content-length", b"last-event-id", b"te", b"transfer-encoding")
)
"""Headers that decide what comes back or how; the rest is the operator's business."""


class SetupError(Exception):
    """A file or a command of ours is no good; `str()` says which, why and what to do. Never what is in it."""


class _Answer(NamedTuple):
    """What a command said, or how it failed."""

    word: bytes
    problem: SetupError | None
    at: float
    run: int


class Signed:
    """The headers of one request."""

    def __init__(self, headers: list[tuple[bytes, bytes]], runs: dict[str, int]) -> None:
        self.headers = headers
        self.runs = runs
        """Of each command, which run of it the headers are from."""


class Credentials:
    """Reads what a `SseSignIn` names."""

    def __init__(self, signin: SseSignIn, *, command_within: float = COMMAND_WITHIN, fresh: float = FRESH) -> None:
        self._signin = signin
        self._within = command_within
        self._fresh = fresh
        self._answers: dict[str, _Answer] = {}
        self._turn = asyncio.Lock()

    async def sign(self) -> Signed:
        """The headers as files and commands have them now.

        Raises:
            SetupError: where one of them is no good.
        """
        signin = self._signin
        signed = Signed(_headers_in(signin.headers_file) if signin.headers_file else [], {})
        token = await self._word("token", signin.token, signin.token_file, signin.token_command, signed)
        if token is not None:
            _add(signed, b"authorization", b"Bearer " + _checked_token(token), "token")
        cookie = await self._word("cookie", signin.cookie, signin.cookie_file, signin.cookie_command, signed)
        if cookie is not None:
            _add(signed, b"cookie", _checked_cookie(cookie), "cookie")
        return signed

    async def renew(self, refused: Signed) -> bool:
        """After a 401: whether files and commands now say something else than what was refused.

        Raises:
            SetupError: where one of them is no good.
        """
        for kind, run in refused.runs.items():
            # Another conversation may have had the same answer, and asked again, already.
            if (answer := self._answers.get(kind)) is not None and answer.run == run:
                self._answers[kind] = answer._replace(at=float("-inf"))
        return (await self.sign()).headers != refused.headers

    async def _word(self, kind: str, value: str, file: Path | None, command: str, signed: Signed) -> bytes | None:
        if command:
            answer = await self._answer(kind, command)
            signed.runs[kind] = answer.run
            return answer.word
        if file is not None:
            return read_small(file, f"{kind} file").strip()
        return value.strip().encode() if value else None

    async def _answer(self, kind: str, command: str) -> _Answer:
        async with self._turn:
            answer = self._answers.get(kind)
            if answer is None or time.monotonic() - answer.at > self._fresh:
                run = answer.run + 1 if answer is not None else 1
                try:
                    word, problem = await _run(command, f"{kind} command", self._within), None
                except SetupError as caught:
                    word, problem = b"", caught
                answer = self._answers[kind] = _Answer(word, problem, time.monotonic(), run)
            if answer.problem is not None:
                raise answer.problem
            return answer


def read_small(path: Path, kind: str, *, at_most: int = MAX_FILE) -> bytes:
    """The whole of a regular file of at most so many bytes, never blank.

    Raises:
        SetupError: where it is not that.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # It would be read again and again, and a pipe gives its content once, or never and blocks.
            raise SetupError(f"{kind} {path} is no regular file: where it is the output of a command, give the command")
        with path.open("rb") as file:
            content = file.read(at_most + 1)
    except OSError as problem:
        raise SetupError(f"{kind} {path}: {problem.strerror or type(problem).__name__}") from None
    if len(content) > at_most:
        raise SetupError(f"{kind} {path} is larger than {at_most // 1000} kB")
    if not content.strip():
        raise SetupError(f"{kind} {path} is empty")
    return content


def _add(signed: Signed, name: bytes, value: bytes, kind: str) -> None:
    if any(given.lower() == name for given, _ in signed.headers):
        raise SetupError(
            f"the headers file has {name.decode().title()}, and a {kind} is given too: leave one of them out"
        )
    signed.headers.append((name, value))


def _checked_token(word: bytes) -> bytes:
    if not _TOKEN.fullmatch(word):
        raise SetupError("the token has blanks, line ends or other characters that none has: the bare token is wanted")
    return word


def _checked_cookie(word: bytes) -> bytes:
    if not _VISIBLE.fullmatch(word) or b"=" not in word or word.lower().startswith(b"cookie:"):
        raise SetupError("the cookie is not name=value on one line (the header's value, without its name)")
    return word


def _headers_in(path: Path) -> list[tuple[bytes, bytes]]:
    """`Name: value` lines; blank ones and those that begin with # are left out."""
    headers = []
    for number, line in enumerate(read_small(path, "headers file").splitlines(), start=1):
        if not line.strip() or line.startswith(b"#"):
            continue
        found = _HEADER.fullmatch(line)
        if found is None:
            raise SetupError(f"headers file {path}, line {number}: not `Name: value`")
        if found[1].lower() in _OURS:
            raise SetupError(f"headers file {path}, line {number}: {found[1].decode()} is not yours to set")
        headers.append((found[1], found[2]))
    return headers


async def _run(command: str, kind: str, within: float) -> bytes:
    """What a command prints. Its errors are not shown: they may repeat a secret, and the screen is not theirs."""
    try:
        words = shlex.split(command)
    except ValueError:
        raise SetupError(f"the {kind} has a quote that does not end") from None
    if not words:
        raise SetupError(f"the {kind} is blank")
    name = Path(words[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not a possible name"
        raise SetupError(f"the {kind} `{name}` cannot be run: {reason}") from None
    printed = b""
    try:
        async with asyncio.timeout(within):
            printed = await _printed_by(process)
            code = await process.wait()
    except TimeoutError:
        await _kill(process)
        raise SetupError(f"the {kind} `{name}` did not end within {within:g} s") from None
    except asyncio.CancelledError:
        await _kill(process)
        raise
    if code != 0:
        raise SetupError(f"the {kind} `{name}` failed with exit code {code}")
    if not printed.strip():
        raise SetupError(f"the {kind} `{name}` printed nothing")
    if len(printed) > MAX_FILE:
        raise SetupError(f"the {kind} `{name}` printed more than {MAX_FILE // 1000} kB")
    return printed.strip()


async def _printed_by(process: Process) -> bytes:
    assert process.stdout is not None
    printed = b""
    while piece := await process.stdout.read(MAX_FILE):
        printed = (printed + piece)[: MAX_FILE + 1]
    return printed


async def _kill(process: Process) -> None:
    """It and what it started: whatever holds its output open."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # ended meanwhile; the second is how macOS says it
        pass
    await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=DEAD_WITHIN)
