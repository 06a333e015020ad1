"""What the page is served with, who may exchange a token, and which names an endpoint without access control takes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from chatwatch_tui.core.decode import DecodeFields
from chatwatch_tui.relay import page
from chatwatch_tui.relay.access import Access, AccessSettings, NoneGate, SignIn, Verdict, open_gate
from chatwatch_tui.relay.access_tokens import add_token
from chatwatch_tui.relay.app import make_app
from chatwatch_tui.relay.session import SessionStore
from chatwatch_tui.relay.settings import RelaySettings
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.palettes import DARK, LIGHT
from tests.relay.serving import FakeGate, watch_path
from tests.sources.harness import A

OURS = {"sec-fetch-site": "same-origin"}
HTML = (Path(page.__file__).parent / "page.html").read_text("utf-8")


async def ask(app: FastAPI, method: str, path: str, *, base: str = "http://127.0.0.1:8080", **headers: str) -> Any:
    """An answer of the application, without a server. Names of headers have _ for -."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})


class House:
    """An endpoint with a tokens file."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.file = path
        self.token = add_token(path, "ada", owns=[A]).token
        self.access: Access = open_gate(AccessSettings(mode="tokens", tokens=path, session_life=600), "127.0.0.1")
        self.app = make_app(
            RelaySettings(**settings),
            self.access.gate,
            sessions=self.access.sessions,
            retry_after=self.access.retry_after,
        )

    async def sign_in(self, path: str = "/watch/session", token: str = "", **options: str) -> httpx.Response:
        bearer = f"Bearer {token or self.token}"
        answer: httpx.Response = await ask(self.app, "POST", path, authorization=bearer, **options)
        return answer


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "tokens.json")


@pytest.fixture
def plain() -> FastAPI:
    """Without bearer tokens."""
    return make_app(RelaySettings(), FakeGate())


# -- the page ----------------------------------------------------------------------------------------------------------


async def test_headers_let_the_page_run_itself_and_nothing_else(plain: FastAPI) -> None:
    answer = await ask(plain, "GET", f"/watch/{A}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    for tag in ("script", "style"):
        content = re.findall(f"<{tag}[^>]*>(.*?)</{tag}>", answer.text, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert policy.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert policy == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "img-src": "data:",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    assert expected.items() <= answer.headers.items()


def test_the_page_is_whole_and_makes_no_markup_of_text() -> None:
    for never in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "DOMParser", "localStorage"):
        assert never not in HTML
    assert not re.search(r"\son\w+=|style=|src=|https?://", HTML)
    assert re.findall(r'href="([^"]*)"', HTML) == ["data:,"]


@pytest.mark.parametrize("given", [A.upper(), A.replace("-", "")])
async def test_an_id_may_be_written_in_other_ways(plain: FastAPI, given: str) -> None:
    assert (await ask(plain, "GET", f"/watch/{given}")).status_code == 200


@pytest.mark.parametrize("given", ["", "x", "session", f"{A}/", f"{A}x", "<script>", f"..%2f{A}", f"{A}%0a"])
async def test_what_is_no_id_gets_a_plain_404(house: House, given: str) -> None:
    answer = await ask(house.app, "GET", f"/watch/{given}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text.startswith("There is no page here")


async def test_the_page_says_whether_tokens_are_in_force_and_needs_none(house: House, plain: FastAPI) -> None:
    assert 'data-sign-in="token"' in (await ask(house.app, "GET", f"/watch/{A}")).text
    assert 'data-sign-in="none"' in (await ask(plain, "GET", f"/watch/{A}")).text
    assert (await ask(plain, "POST", "/watch/session", **OURS)).status_code == 405


def test_the_page_reads_payloads_as_the_dashboard_does() -> None:
    found = re.search(r"const FIELDS = (\{.*?\});", HTML, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == msgspec.json.decode(msgspec.json.encode(DecodeFields()))


def test_the_page_has_the_glyphs_of_the_dashboard() -> None:
    found = re.search(r"const GLYPH = (\{.*?\});", HTML, re.DOTALL)
    assert found is not None
    assert {name: getattr(UNICODE, name) for name in json.loads(found[1])} == json.loads(found[1])


def palettes() -> list[dict[str, str]]:
    """Dark and light."""
    found = re.findall(r":root \{(.*?)\}", HTML, re.DOTALL)
    return [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in found]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_are_the_dashboards_and_can_be_read_on_dark_and_light() -> None:
    dark, light = palettes()
    assert light.keys() == dark.keys()
    for palette, theme in ((dark, DARK), (light, LIGHT)):
        assert palette.items() <= msgspec.structs.asdict(theme).items()
    for palette in (dark, light):
        for ground in (palette["ground"], palette["raised"]):
            for name in palette.keys() - {"ground", "raised", "frame"}:
                lighter, darker = sorted((luminance(palette[name]), luminance(ground)), reverse=True)
                assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (name, ground)


# -- signing in and out ------------------------------------------------------------------------------------------------


async def test_a_token_is_exchanged_for_a_cookie_that_scripts_cannot_read(house: House) -> None:
    answer = await house.sign_in(**OURS)
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (204, b"", "no-store")
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert attributes[0] in ("Max-Age=600", "Max-Age=599")
    assert attributes[1:] == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert value.startswith("chatwatch_session=cws.")
    assert house.token not in value


async def test_the_cookie_opens_the_stream_until_signing_out(house: House) -> None:
    value = (await house.sign_in(**OURS)).headers["set-cookie"].split(";")[0]
    house.app.state.endpoint.fanout.ended = True  # let in, and then told that there are no streams any more
    assert (await ask(house.app, "GET", watch_path(), cookie=value)).status_code == 503
    answer = await ask(house.app, "DELETE", "/watch/session", cookie=value, **OURS)
    assert answer.status_code == 204
    assert answer.headers["set-cookie"] == "chatwatch_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
    assert (await ask(house.app, "GET", watch_path(), cookie=value)).status_code == 401
    assert (await ask(house.app, "DELETE", "/watch/session", **OURS)).status_code == 204


async def test_the_cookie_is_for_the_prefix_alone_and_for_tls_where_there_is_tls(tmp_path: Path) -> None:
    house = House(tmp_path / "tokens.json", root_path="/chat/")
    assert (await ask(house.app, "GET", f"/chat/watch/{A}")).status_code == 200
    for path in ("/chat/watch/session", "/watch/session"):  # the proxy strips it or not
        answer = await house.sign_in(path, base="https://example.org", **OURS)
        assert answer.headers["set-cookie"].endswith("; Path=/chat; HttpOnly; SameSite=Strict; Secure")
    behind = await house.sign_in(base="http://inside", origin="https://example.org", **OURS)
    assert behind.headers["set-cookie"].endswith("; Secure")
    out = await ask(house.app, "DELETE", "/chat/watch/session", base="https://example.org", **OURS)
    assert out.headers["set-cookie"].endswith("Max-Age=0; Path=/chat; HttpOnly; SameSite=Strict; Secure")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8080"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:8081"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:x"},
        {"origin": ""},
    ],
)
async def test_a_page_from_elsewhere_signs_nobody_in_or_out(house: House, headers: dict[str, str]) -> None:
    answer = await house.sign_in(**headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "for the endpoint's own page" in answer.json()["detail"]
    value = (await house.sign_in(**OURS)).headers["set-cookie"].split(";")[0]
    assert (await ask(house.app, "DELETE", "/watch/session", cookie=value, **headers)).status_code == 403
    house.app.state.endpoint.fanout.ended = True
    assert (await ask(house.app, "GET", watch_path(), cookie=value)).status_code == 503


@pytest.mark.parametrize(
    ("base", "headers"),
    [
        ("http://127.0.0.1:8080", {}),
        ("http://127.0.0.1:8080", {"origin": "http://127.0.0.1:8080"}),
        ("http://chat.example", {"origin": "http://chat.example"}),
        ("https://chat.example", {"origin": "https://chat.example:443"}),
        ("http://[::1]:8080", {"origin": "http://[::1]:8080"}),
        ("http://inside", {"origin": "https://chat.example", "sec-fetch-site": "same-origin"}),
    ],
)
async def test_the_page_itself_and_programs_may(house: House, base: str, headers: dict[str, str]) -> None:
    assert (await house.sign_in(base=base, **headers)).status_code == 204


async def test_a_bad_token_is_told_and_too_many_are_told_to_wait(house: House) -> None:
    none = await ask(house.app, "POST", "/watch/session", **OURS)
    assert (none.status_code, none.headers["www-authenticate"]) == (401, "Bearer")
    answers = [await house.sign_in(token="wrong", **OURS) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert answers[0].json() == {"detail": "Not signed in"}
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert house.app.state.endpoint.fanout.account.refusals.total() == 13
    assert (await house.sign_in(**OURS)).status_code == 204  # a good one beside them gets through


async def test_a_cookie_does_not_renew_itself_and_is_good_here_alone(house: House) -> None:
    value = (await house.sign_in(**OURS)).headers["set-cookie"].split(";")[0]
    assert (await ask(house.app, "POST", "/watch/session", cookie=value, **OURS)).status_code == 401
    other = House(house.file.parent / "other.json")
    assert (await ask(other.app, "GET", watch_path(), cookie=value)).status_code == 401


class OddGate(FakeGate):
    """Takes every token, or fails."""

    def __init__(self, problem: Exception | None = None) -> None:
        super().__init__()
        self._problem = problem

    async def sign_in(self, caller: object) -> SignIn:
        if self._problem is not None:
            raise self._problem
        return SignIn(Verdict.ALLOWED)


@pytest.mark.parametrize(
    ("problem", "token", "status", "words"),
    [
        (None, "x" * 8_000, 400, "too long to be kept in a cookie"),
        (OSError("secret"), "good", 503, "Access cannot be checked now"),
    ],
)
async def test_what_cannot_be_exchanged_is_told(problem: Exception | None, token: str, status: int, words: str) -> None:
    gate = OddGate(problem)
    app = make_app(RelaySettings(), gate, sessions=SessionStore(gate))
    answer = await ask(app, "POST", "/watch/session", authorization=f"Bearer {token}", **OURS)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert words in answer.json()["detail"]


# -- names of an endpoint without access control -----------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"/watch/{A}", watch_path(), "/healthz", "/metrics", "/openapi.json", "/nowhere"])
async def test_without_access_control_only_loopback_names_are_answered(path: str) -> None:
    app = make_app(RelaySettings(cors_origins=("*",), root_path="/p"), NoneGate())
    app.state.endpoint.fanout.ended = True
    for host in (
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "",
        "10.0.0.1",
        "[2001:db8::1]:80",
        "::",
    ):
        answer = await ask(app, "GET", path, host=host)
        assert answer.status_code == 421, host
        assert "answers to 127.0.0.1, [::1] and localhost only" in answer.json()["detail"]
    for host in ("127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8080", "127.9.9.9"):
        assert (await ask(app, "GET", path, host=host)).status_code != 421, host


async def test_with_access_control_any_name_is_answered(plain: FastAPI) -> None:
    assert (await ask(plain, "GET", "/healthz", host="chat.example.org")).status_code == 200
