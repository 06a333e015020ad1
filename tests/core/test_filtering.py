"""Filters: what a query means, for a line and for a turn, and that none holds up the program."""

from __future__ import annotations

import json
import time

import pytest

from chatwatch_tui.core.blocks import ErrorBlock, TextBlock, ToolBlock
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.filtering import Filter, FilterQuery, LineTest, Turns
from chatwatch_tui.core.parts import Part, delivery_part, parts, text_part
from chatwatch_tui.core.search import BadPattern


def passes(query: str, part: Part) -> bool:
    return Filter(FilterQuery(query)).passes(part)


def spoken(text: str, flow: str = "token", role: str = "") -> Part:
    return text_part(TextBlock(id=0, turn=1, at=0.0, flow=flow, role=role), text)


ANSWER = spoken("Look at /etc/hosts, the Invoice is paid twice")
CALL = Part(("tool_call",), "", "web.search", 'web.search {"q": "nats"}')


@pytest.mark.parametrize(
    ("query", "part", "expected"),
    [
        ("invoice", ANSWER, True),
        ("INVOICE", ANSWER, False),
        ("Invoice twice", ANSWER, True),
        ('"twice invoice"', ANSWER, False),
        ('"paid twice"', ANSWER, True),
        ("-invoice", ANSWER, False),
        ("-refund", ANSWER, True),
        ("paid -twice", ANSWER, False),
        ("/etc/hosts", ANSWER, True),
        ("/p.{3} t/", ANSWER, True),
        (r"/\/etc\/\w+/", ANSWER, True),
        ("-/inv[o]/", ANSWER, False),
        ("type:token", ANSWER, True),
        ("type:tok", ANSWER, True),
        ("type:tool", ANSWER, False),
        ("type:tool", CALL, True),
        ("-type:tool", CALL, False),
        ("type:/^tool_(call|result)$/", CALL, True),
        ("tool:search", CALL, True),
        ("tool:WEB.search nats", CALL, True),
        ("tool:billing", CALL, False),
        ("-tool:billing", ANSWER, True),
        ("tool:web", ANSWER, False),
        ("role:assistant", ANSWER, True),
        ("role:user", spoken("hi", "message", "user"), True),
        ("role:user", ANSWER, False),
        ("type:message hi", spoken("hi", "message", "user"), True),
        ("-", spoken("a - b"), True),
        ('"type:"', spoken("a type: b"), True),
        ("type: twice", ANSWER, True),
        ("-tool: twice", ANSWER, True),
    ],
)
def test_a_query_means_what_it_says(query: str, part: Part, expected: bool) -> None:
    assert passes(query, part) is expected
    assert LineTest(Filter(FilterQuery(query)), part).passing([part.text]) == [expected]


@pytest.mark.parametrize(
    ("query", "remark"),
    [
        ("needle", ""),
        ("http://x 12:30 note:it mole", ""),
        ('"rol:user"', ""),
        ("type:tool_c -role:us tool:anything", ""),
        ("type:/any/", ""),
        ("-type:error", "errors pass every filter"),
        ("-type:gap x", "gaps pass every filter"),
        ("type:error", ""),
        ("-error", ""),
        ("needle rol:user", "rol: is plain text; role: is a field"),
        ("-tools:search", "tools: is plain text; tool: is a field"),
        (
            "needle type:",
            "type: thinking, token, tool_call, tool_result, message, done, error, undecodable, unknown, note",
        ),
        ("role:", "role: user, assistant, system, tool"),
        ("tool:", "tool: any piece of its name"),
        ("type:tokens", "no known type begins with tokens: token?"),
        ("role:usr", "no known role begins with usr: user?"),
        ("role:xyz", "no known role begins with xyz: user, assistant, system, tool"),
        ("TYPE:error", "TYPE: is plain text; type: is a field"),
        ("roel:user", "roel: is plain text; role: is a field"),
    ],
)
def test_what_may_be_a_mistake_is_remarked_and_asked_for_all_the_same(query: str, remark: str) -> None:
    assert Filter(FilterQuery(query)).remark == remark


def test_a_tool_that_has_answered_is_two_parts_and_an_unseen_call_is_none() -> None:
    block = ToolBlock(id=0, turn=1, at=0.0, name="web.search", arguments='{"q": 1}', result="pages")
    assert [kind for kind, _ in parts(block)] == ["tool_call", "tool_result"]
    assert [passes("type:tool_result pages", part) for _, part in parts(block)] == [False, True]
    block.called = False
    assert [kind for kind, _ in parts(block)] == ["tool_result"]


def test_what_is_no_regex_is_refused_in_words() -> None:
    with pytest.raises(BadPattern, match="regex"):
        Filter(FilterQuery("word /(/"))


def test_a_turn_fulfils_each_term_with_any_part_and_a_turned_round_one_with_none() -> None:
    turns = Turns(Filter(FilterQuery("tool:search timeout -paid")))
    call = ToolBlock(id=0, turn=1, at=0.0, name="web.search")
    text = TextBlock(id=1, turn=1, at=0.0, flow="token", text="it ran into a time")
    turns.note(call)
    turns.note(text)
    assert turns.flipped([1]) == set()
    assert not turns.passes(1)
    text.text += "out\nand"
    turns.note(text)
    assert turns.flipped([1]) == {1}
    assert turns.passes(1)
    text.text += " paid"
    turns.note(text)
    assert turns.flipped([1]) == {1}
    text.text += "\n"
    turns.note(text)
    assert not turns.passes(1)
    turns.forget(text.id)
    assert not turns.passes(1), "without the text there is no timeout"


def test_a_grown_text_is_asked_about_its_new_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Filter(FilterQuery("needle"))
    seen: list[int] = []
    hits = asked.hits

    def counted(part: Part) -> list[bool]:
        seen.append(len(part.text))
        return hits(part)

    monkeypatch.setattr(asked, "hits", counted)
    turns = Turns(asked)
    block = TextBlock(id=0, turn=1, at=0.0, flow="token", text="line\n" * 1_000)
    turns.note(block)
    seen.clear()
    for _ in range(50):
        block.text += "more\n"
        turns.note(block)
    assert sum(seen) == 50 * len("more\n")


def test_a_filter_that_runs_away_stops_in_time_and_lets_everything_through() -> None:
    asked = Filter(FilterQuery("/(x+x+)+y/"))
    test = LineTest(asked, spoken(""))
    asked.begin()
    began = time.thread_time()
    assert test.passing(["x" * 5_000]) == [True]
    assert "slow" in asked.failed
    assert test.passing(["nothing of the kind"]) == [True]
    assert not test.rules_out("nothing of the kind")
    assert time.thread_time() - began < 2.0


def test_an_error_is_no_part_that_a_level_hides() -> None:
    assert [kind for kind, _ in parts(ErrorBlock(id=0, turn=1, at=0.0, message="broke"))] == [""]


def test_a_raw_result_takes_its_tools_name_from_its_call_and_from_no_other() -> None:
    tools: dict[str, str] = {}

    def tool_of(**fields: object) -> str:
        part = delivery_part(json.dumps(fields).encode(), Decoder(), tools)
        assert part is not None
        return part.tool

    tool_of(chunk_type="tool_call", id="1", name="web.search")
    tool_of(chunk_type="tool_call", id="1", arguments={"q": "more of it"})
    tool_of(chunk_type="tool_call", name="web.other")
    assert tool_of(chunk_type="tool_result", id="1", result="x") == "web.search"
    assert tool_of(chunk_type="tool_result", result="x") == ""
    assert tool_of(chunk_type="tool_result", id="2", result="x") == ""


@pytest.mark.parametrize("text", ["/", "/ans", "/^answer 1", "-/ans", "tool:/sea", "/a\\/b", "/ans\\", "/(a|aa)+$"])
def test_a_regex_that_is_still_being_typed_hides_nothing_and_is_said(text: str) -> None:
    asked = Filter(FilterQuery(f"kept {text}"))
    assert len(asked.terms) == 1
    assert asked.is_open
    assert asked.remark == "a regex ends with /"


@pytest.mark.parametrize(
    ("text", "is_regex"), [("/var/log", False), ("/ans/", True), ("a/b", False), ('"/ans"', False)]
)
def test_what_only_looks_like_one_is_a_term(text: str, is_regex: bool) -> None:
    asked = Filter(FilterQuery(text))
    (term,) = asked.terms
    assert term.matcher is not None
    assert term.matcher.regex is is_regex
    assert not asked.is_open
