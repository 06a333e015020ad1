"""The page in a real browser: what a reader sees, that hostile text stays text, and signing in and out.

Chromium is driven over its DevTools pipe by a small client of this module's own; nothing has to be installed for it but
Debian's package `chromium`. Every test has a browser context of its own, with its own cookies.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwatch_tui.core.safetext import make_safe
from chatwatch_tui.relay.access import Verdict
from chatwatch_tui.relay.access_tokens import add_token, list_tokens, revoke_token
from tests.broker import RealBroker
from tests.relay.serving import FakeGate, Served, serving, watch_path
from tests.sources.harness import PATIENCE, A, B, chunk, message
from tests.watching import publish

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--no-proxy-server", "--remote-debugging-pipe",
)  # fmt: skip
# Chromium takes commands from descriptor 3 and answers on 4.
LAUNCH = """import os, sys
taken, given = (os.dup(os.dup(os.dup(int(n)))) for n in sys.argv[1:3])
os.dup2(taken, 3)
os.dup2(given, 4)
os.execv(sys.argv[3], sys.argv[3:])"""


class Chromium:
    """A running browser."""

    def __init__(self, profile: Path) -> None:
        taken, self._out = os.pipe()
        self._in, given = os.pipe()
        command = [sys.executable, "-c", LAUNCH, str(taken), str(given), str(CHROMIUM)]
        self._process = subprocess.Popen(
            [*command, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(taken, given),
            env=os.environ | {"HOME": str(profile)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(taken)
        os.close(given)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """A command and its result."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            readable, _, _ = select.select([self._in], [], [], PATIENCE)
            assert readable, "chromium does not answer"
            more = os.read(self._in, 2**20)
            assert more, "chromium ended"
            self._rest += more
        one, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(one)
        return answer

    def close(self) -> None:
        os.close(self._out)  # it ends with its pipe
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)


class Tab:
    """One page, and everything that the browser tells of it."""

    def __init__(self, browser: Chromium, context: str, width: int = 1200, height: int = 800) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self.session, **parameters)

    def resize(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The expression's value, as JSON can carry it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until it is true."""
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, (expression, self.evaluate("document.body.innerText"))
            time.sleep(0.01)

    def until_state(self, state: str) -> None:
        """Wait for a state of the link."""
        self.until(f"document.getElementById('link').dataset.state === {json.dumps(state)}")

    def until_shown(self, words: str) -> None:
        """Wait until the words stand on the page."""
        self.until(f"document.body.innerText.includes({json.dumps(words)})")

    def blocks(self, selector: str = "") -> list[str]:
        """What a reader sees of each block: its text, without what stands there for screen readers only."""
        found: list[str] = self.evaluate(
            f"""[...document.querySelectorAll('.block{selector}')].map((block) => {{
              const copy = block.cloneNode(true);
              copy.querySelectorAll('.sr, .full').forEach((each) => each.remove());
              return copy.textContent.trim();
            }})"""
        )
        return found

    def words(self, name: str) -> str:
        """The text of an element by its id."""
        return str(self.evaluate(f"document.getElementById('{name}').textContent"))

    def seen(self, method: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        self.evaluate("0")
        return [
            event["params"]
            for event in self._browser.events
            if event.get("sessionId") == self.session and event["method"] == method
        ]

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def enter_token(self, token: str) -> None:
        """As a person would."""
        self.until("document.activeElement.id === 'token'")
        self.call("Input.insertText", text=token)
        self.evaluate("document.getElementById('enter').click()")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    running = Chromium(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def context(chromium: Chromium) -> Iterator[str]:
    """Cookies and tabs of one test."""
    made = chromium.call("Target.createBrowserContext")["browserContextId"]
    yield made
    chromium.call("Target.disposeBrowserContext", browserContextId=made)
    chromium.events.clear()


@pytest.fixture
def tab(chromium: Chromium, context: str) -> Tab:
    return Tab(chromium, context)


def chunks(*payloads: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(chunk(A), json.dumps(payload, ensure_ascii=False).encode()) for payload in payloads]


def token(text: str, kind: str = "token") -> dict[str, Any]:
    return {"chunk_type": kind, "content": text}


def said(role: str, text: str) -> tuple[str, bytes]:
    return message(A), json.dumps({"role": role, "content": text}).encode()


def watch(tab: Tab, served: Served, conversation: str = A, prefix: str = "") -> None:
    tab.go(f"{served.url}{prefix}/watch/{conversation}")
    tab.until_state("live")


def show(tab: Tab, broker: RealBroker, published: Iterable[tuple[str, bytes]]) -> None:
    """Publish, and wait until the last of it is on the page."""
    mark = f"shown {time.monotonic_ns()}"
    publish(broker, [*published, (chunk(A), json.dumps({"chunk_type": "mark", "content": mark}).encode())])
    tab.until(f"document.getElementById('stream').textContent.includes('{mark}')")


STORY = [
    said("user", "Why was I charged twice?"),
    *chunks(
        {"chunk_type": "thinking", "content": "The customer asks ", "title": "billing-help", "ts": 1_800_000_000},
        token("about a duplicate charge.", "thinking"),
        {"chunk_type": "tool_call", "name": "billing.lookup", "id": "1", "ts": 1_800_000_001,
         "arguments": {"customer": 12345678901234567890}},
        {"chunk_type": "tool_result", "id": "1", "result": {"invoices": 2}, "ts": 1_800_000_001.4},
        token("\n\nYou were "),
        token("charged once.\nTwo lines."),
        {"chunk_type": "citation", "url": "https://example.org"},
        {"chunk_type": "message", "content": "no message"},
        {"chunk_type": "token", "content": 5},
        {"chunk_type": "done", "usage": {"output_tokens": 412}},
        {"chunk_type": "error", "error": "upstream model timed out", "request": "7f21"},
        {"chunk_type": "tool_result", "name": "db.drop", "result": "no", "is_error": True},
    ),
    (chunk(A), b"not \xff JSON"),
    (chunk(A), b"[1]"),
    said("assistant", "All of it."),
]  # fmt: skip


def test_every_type_is_shown_as_in_the_dashboard(tab: Tab, broker: RealBroker) -> None:
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, STORY)
        shown = tab.blocks()
        assert shown[:9] == [
            "userWhy was I charged twice?",
            "✱The customer asks about a duplicate charge.",
            '⚙billing.lookup{"customer": 12345678901234567890}',
            '↳15 B · 0.4 s{"invoices": 2}',
            "›You were charged once.\nTwo lines.",
            '?citation{"chunk_type": "citation", "url": "https://example.org"}',
            "?messageno message",
            '?token{"chunk_type": "token", "content": 5}',
            shown[8],
        ]
        assert re.fullmatch(r"✓turn 1 · 412 tokens · .* s( · .* tok/s)?", shown[8])
        assert shown[9:-1] == [
            "✗ errorupstream model timed outrequest 7f21",
            "✗turn 2 failed · 0.0 s",
            "↳db.dropfailed  2 Bno",
            "?not JSON, 12 Bnot � JSON",
            "?JSON, but a list, 3 B[1]",
            "assistantAll of it.",
        ]
        assert tab.words("label") == "billing-help"
        assert tab.evaluate("document.title") == "billing-help · 00000001 · chatwatch"
        for scheme, colour in (("dark", "rgb(162, 149, 214)"), ("light", "rgb(106, 75, 176)")):
            tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            style = tab.evaluate(
                "((s) => [s.fontStyle, s.color])(getComputedStyle(document.querySelector('.thinking')))"
            )
            assert style == ["italic", colour]


HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>&lt;b&gt;\u202egnp.exe\x1b[31m\u200b'


def test_hostile_text_is_shown_and_never_run(tab: Tab, broker: RealBroker) -> None:
    shown = make_safe(HOSTILE)
    kinds = [
        token(HOSTILE), token(HOSTILE, "thinking"), {"chunk_type": HOSTILE, "content": HOSTILE, "title": HOSTILE},
        {"chunk_type": "tool_call", "name": HOSTILE, "arguments": HOSTILE},
        {"chunk_type": "tool_result", "name": HOSTILE, "result": [HOSTILE]},
        {"chunk_type": "error", "error": HOSTILE, HOSTILE: HOSTILE},
        {"chunk_type": "__proto__", "__proto__": {"content": HOSTILE}, "constructor": 1},
    ]  # fmt: skip
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, [*chunks(*kinds), said(HOSTILE, HOSTILE), (chunk(A), HOSTILE.encode())])
        tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        tab.until("document.querySelectorAll('.full').length === document.querySelectorAll('details').length")
        assert sum(shown in block for block in tab.blocks()) == 7
        assert tab.words("label") == shown
        assert tab.evaluate("document.title").startswith(shown[:30])
        assert set(tab.evaluate("[...document.querySelectorAll('#stream *')].map((each) => each.localName)")) == {
            "details", "div", "span", "summary"
        }  # fmt: skip
        assert not re.search("[\u202e\u200b\x1b]", tab.evaluate("document.documentElement.outerHTML"))
        for trouble in ("Page.javascriptDialogOpening", "Runtime.exceptionThrown", "Log.entryAdded"):
            assert tab.seen(trouble) == []
        asked = {event["request"]["url"] for event in tab.seen("Network.requestWillBeSent")} - {"data:,"}
        assert asked == {f"{served.url}/watch/{A}", f"{served.url}{watch_path()}"}


TEXTS = (
    "plain", "tab\tand\nline", "\x00\x07\x1b[0m\x7f\x85", "a\u00adb\u061cc\u200bd\u200ee\u2028f\u2066g\ufeffh\ufff9i",
    "👩\u200d👩\u200d👧 and 👍🏽 and ❤\ufe0f and 1\ufe0f\u20e3", "a\u200db", "\u200d", "x\ufe0f", "می\u200cخواهم",
    "क्\u200dष", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U000e0041\U000e0042",
    "\ue000\U0010ffff", "e\u0301 fine", "z" + "\u0301" * 12 + "!", "葛\U000e0100", "\u3164\uffa0\u115f",
    "שלום \u202aabc",
)  # fmt: skip


def test_text_is_made_visible_as_in_the_dashboard(tab: Tab, broker: RealBroker) -> None:
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, [said("user", text) for text in TEXTS])
        assert tab.blocks(".message") == [f"user{make_safe(text)}" for text in TEXTS]
        # Where a chunk ends in the middle of an emoji, what follows decides what it is.
        publish(broker, chunks(token("👩"), token("\u200d")))
        tab.until("document.querySelector('.growing')?.textContent.endsWith('👩<U+200D>')")
        publish(broker, chunks(token("👧")))
        tab.until("document.querySelector('.growing').textContent.endsWith('👩\u200d👧')")


AT_END = "((s) => s.scrollHeight - s.scrollTop - s.clientHeight < 2)(document.getElementById('stream'))"


def test_it_follows_the_end_unless_scrolled_up_and_is_bounded(tab: Tab, broker: RealBroker) -> None:
    with serving(broker.url, buffer=5_000) as served:
        watch(tab, served)
        show(tab, broker, chunks(*({"chunk_type": "note", "content": f"row {n}"} for n in range(100))))
        assert tab.evaluate(AT_END)
        assert tab.evaluate("document.getElementById('new').hidden")
        tab.evaluate("document.getElementById('stream').scrollTop = 100")
        tab.until("!document.getElementById('new').hidden")
        show(tab, broker, chunks({"chunk_type": "error", "error": "oh"}))
        assert tab.words("new") == "2 new, 1 error ↓"
        assert tab.evaluate("document.getElementById('stream').scrollTop") == 100
        tab.evaluate("document.getElementById('new').click()")
        assert tab.evaluate(AT_END)
        tab.evaluate("document.getElementById('stream').scrollTop = 0")
        tab.until("!document.getElementById('new').hidden")
        tab.press("End")
        tab.until(f"document.getElementById('new').hidden && {AT_END}")
        show(tab, broker, chunks(*({"chunk_type": "note", "content": f"row {n}"} for n in range(1_600))))
        assert len(tab.blocks()) == 1_501
        assert re.fullmatch(r"┄1 older turn pruned, .* kB", tab.blocks()[0])
        assert tab.evaluate(AT_END)
        tab.resize(390, 800)
        tab.until(f"innerWidth === 390 && {AT_END}")
        assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_gaps_and_notices_are_marks_where_they_stand(tab: Tab, broker: RealBroker) -> None:
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, chunks(token("one") | {"seq": 5}, token("two") | {"seq": 9}))
        marks = tab.blocks(".mark")
        assert marks == ["┄joined mid-stream", "┄3 missing by sequence number"]
        broker.kill()
        tab.until_shown("NATS went away: reconnecting")
        broker.start()
        tab.until_shown("while reconnecting: between the endpoint and NATS")
    tab.until_state("reconnecting")
    tab.until_shown("the stream broke off; trying again in ")


def test_the_stream_comes_back_by_itself_and_the_gap_is_marked(tab: Tab, broker: RealBroker) -> None:
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, chunks(token("before")))
        for viewer in list(served.fanout.viewers()):
            viewer.line.hang_up()
        tab.until_state("reconnecting")
        tab.evaluate("document.getElementById('again').click()")
        tab.until_state("live")
        show(tab, broker, chunks(token("after")))
        assert [re.sub(r"[\d.]+ s", "N s", mark) for mark in tab.blocks(".mark")] == [
            "┄joined mid-stream", "┄N s gap while reconnecting"
        ]  # fmt: skip
        assert tab.blocks(".token") == ["›before", "›after"]


def test_without_nats_it_is_not_live_and_marks_no_gap(tab: Tab, broker: RealBroker) -> None:
    """The endpoint then answers 200 with one error event, which to the browser is an open stream."""
    with serving(broker.url) as served:
        watch(tab, served)
        show(tab, broker, chunks(token("before")))
        tab.evaluate("""window.states = [];
            new MutationObserver(() => window.states.push(document.getElementById('link').dataset.state))
                .observe(document.getElementById('link'), {attributes: true})""")
        broker.kill()
        tab.until_state("reconnecting")
        tab.until_shown("the endpoint lost its link to NATS")
        for viewer in list(served.fanout.viewers()):
            viewer.line.hang_up()
        for refused in (1, 2, 3):
            tab.until_shown("trying again in ")
            tab.evaluate("document.getElementById('again').click()")
            tab.until(f"document.body.innerText.includes('NATS not available{f' ({refused} times)' * (refused > 1)}')")
        tab.until_shown("the endpoint says: NATS not available; trying again in ")
        assert tab.evaluate("states.includes('live')") is False
        broker.start()
        deadline = time.monotonic() + PATIENCE
        while served.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
        tab.evaluate("document.getElementById('again').click()")
        tab.until_state("live")
        show(tab, broker, chunks(token("after")))
        assert [re.sub(r"[\d.]+ s", "N s", mark) for mark in tab.blocks(".mark")] == [
            "┄joined mid-stream",
            "┄NATS went away: reconnecting",
            "┄NATS not available (3 times)",
            "┄N s gap while reconnecting",
        ]


@pytest.mark.parametrize(
    ("verdict", "state", "words"),
    [
        (Verdict.NOT_SIGNED_IN, "stopped", "Not signed in (401)"),
        (Verdict.NOT_FOUND, "stopped", "Unknown or not yours to view (404)"),
        (Verdict.TOO_MANY, "reconnecting", "too many failed sign-ins from your address (429); trying again in "),
        (Verdict.UNAVAILABLE, "reconnecting", "busy or cannot check access now (503); trying again in "),
    ],
)
def test_a_refusal_is_told_in_words_and_not_hammered(
    tab: Tab, broker: RealBroker, verdict: Verdict, state: str, words: str
) -> None:
    gate = FakeGate(verdict)
    with serving(broker.url, gate=gate, root_path="/chat") as served:
        tab.go(f"{served.url}/chat/watch/{A}")
        tab.until_state(state)
        tab.until_shown(words)
        assert len(gate.asked) == 2  # the stream, and the question why not
        gate.verdict = Verdict.ALLOWED
        tab.evaluate("document.getElementById('again').click()")
        tab.until_state("live")
        assert len(gate.asked) == 3
        show(tab, broker, chunks(token("under a prefix")))


@contextmanager
def command(broker: RealBroker, *options: str) -> Iterator[str]:
    """`chatwatch serve` as a process; its address."""
    arguments = ["serve", "--port", "0", "--server", broker.url, *options]
    process = subprocess.Popen([sys.executable, "-m", "chatwatch_tui", *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("{") and json.loads(line)["event"] == "listening":
                yield f"http://127.0.0.1:{json.loads(line)['port']}"
                return
        raise AssertionError("the endpoint did not start")
    finally:
        process.terminate()
        process.stderr.close()
        process.wait(PATIENCE)


def viewers(url: str) -> float:
    """How many streams the endpoint serves."""
    figures = httpx.get(f"{url}/metrics", timeout=PATIENCE).text
    found = re.search(r"^chatwatch_viewers (.*)$", figures, re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_signing_in_and_out(chromium: Chromium, context: str, tab: Tab, broker: RealBroker, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    good = add_token(file, "ada", owns=[A])
    with command(broker, "--access", "tokens", "--tokens", str(file)) as url:
        tab.go(f"{url}/watch/{A}")
        tab.until_state("signed out")
        tab.enter_token("two words")
        tab.until_shown("That is no token")
        tab.enter_token("wrong")
        tab.until_shown("This token is not good: it is mistyped, revoked or has expired.")
        tab.enter_token(good.token)
        tab.until_state("live")
        assert tab.evaluate("document.cookie") == ""
        show(tab, broker, chunks(token("secret")))
        other = Tab(chromium, context)  # the cookie is the whole browser's, and so is its end
        other.go(f"{url}/watch/{A}")
        other.until_state("live")
        stranger = Tab(chromium, context)
        stranger.go(f"{url}/watch/{B}")
        stranger.until_shown("Unknown or not yours to view (404)")
        tab.evaluate("document.getElementById('signout').click()")
        for each in (tab, other):
            each.until_state("signed out")
            assert "secret" not in each.evaluate("document.documentElement.textContent")
            assert each.evaluate("document.activeElement.id") == "token"
        deadline = time.monotonic() + PATIENCE
        while viewers(url):
            assert time.monotonic() < deadline, "the streams go on"
            time.sleep(0.01)
        tab.enter_token(good.token)
        tab.until_state("live")
        other.until_state("live")
        assert chromium.call("Storage.getCookies", browserContextId=context)["cookies"][0]["httpOnly"]


def test_withdrawn_access_ends_the_stream_and_asks_for_a_token(tab: Tab, broker: RealBroker, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    made = add_token(file, "ada", owns=[A])
    with command(broker, "--access", "tokens", "--tokens", str(file), "--recheck", "1") as url:
        tab.go(f"{url}/watch/{A}")
        tab.enter_token(made.token)
        tab.until_state("live")
        revoke_token(file, list_tokens(file)[0].id)
        tab.until_state("reconnecting")
        tab.evaluate("document.getElementById('again').click()")
        tab.until_state("signed out")
