"""The endpoint against its own OpenAPI document: schemathesis makes requests from it and holds the answers to it.

Every request goes over the network to an endpoint as the command runs it. A watch has no end that a client could wait
for, so whoever is let in here has the access withdrawn at once, and the endpoint itself ends the stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import CheckFunction
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from chatwatch_tui.relay.access import Access, AccessSettings, Caller, Gate, Verdict, open_gate
from chatwatch_tui.relay.access_tokens import add_token
from tests.broker import RealBroker
from tests.relay.serving import FakeGate, serving
from tests.sources.harness import PATIENCE

REFUSALS = (Verdict.NOT_SIGNED_IN, Verdict.NOT_FOUND, Verdict.TOO_MANY, Verdict.UNAVAILABLE)
STREAMS = (b":ok\n\n", b'data: {"event":"error","data":"NATS not available"}\n\nretry: 5000\n\n')
EXAMPLES = hypothesis.settings(max_examples=60, deadline=None, derandomize=True, database=None)


class BrieflyOpen:
    """Lets each request in for its beginning only."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._let_in: list[Caller] = []

    async def check(self, caller: Caller, conversation_id: str, *, fresh: bool = False) -> Verdict:
        if any(caller is known for known in self._let_in):
            return Verdict.NOT_FOUND
        verdict = await self._gate.check(caller, conversation_id, fresh=fresh)
        if verdict is Verdict.ALLOWED:
            self._let_in.append(caller)
        return verdict

    async def close(self) -> None:
        await self._gate.close()


@pytest.fixture(scope="module", params=["open", "open without NATS", *REFUSALS], ids=str)
def document(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[schemathesis.BaseSchema]:
    """The document of a running endpoint: one with real tokens, or one that refuses everybody in one way."""
    folder = tmp_path_factory.mktemp("endpoint")
    tokens = folder / "tokens.json"
    token = add_token(tokens, "ada", views=["*"]).token
    access = _opened_by(tokens)
    if isinstance(request.param, Verdict):
        access = access._replace(gate=FakeGate(request.param))
    with (
        RealBroker(folder, started=request.param != "open without NATS") as broker,
        serving(broker.url, gate=access.gate, sessions=access.sessions, recheck=0.02) as served,
    ):
        schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
        schema.config.update(headers={"Authorization": f"Bearer {token}"}, request_timeout=PATIENCE)
        yield schema


def _opened_by(tokens: Path) -> Access:
    # schemathesis tries credentials that are no good, which is to be a 401 each time.
    access = open_gate(AccessSettings(mode="tokens", tokens=tokens, failures_burst=100_000), "127.0.0.1")
    return access._replace(gate=BrieflyOpen(access.gate))


described = schemathesis.pytest.from_fixture("document")


@described.parametrize()
@EXAMPLES
def test_answers_are_as_described(case: schemathesis.Case[Any]) -> None:
    answer = case.call()
    excluded: list[CheckFunction] = [not_a_server_error]  # 503 is described; 500 would be no status of the document
    if answer.headers.get("content-type") == ["text/event-stream"]:
        assert answer.content in STREAMS
        excluded.append(response_schema_conformance)  # that one reads the schema as one of single events
    case.validate_response(answer, excluded_checks=excluded)
