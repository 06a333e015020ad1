"""Rules notice what they are about, whatever the runs; a bad one is said and out of force; a slow one is stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core import rule_watch as module
from chatwatch_tui.core.conversation import Attention, Conversation
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload, StrayPayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.roster import Roster
from chatwatch_tui.core.rule_set import ArmedRule, RuleSet
from chatwatch_tui.core.rule_watch import TAIL, RuleHit, RuleWatch
from chatwatch_tui.core.rules import COLOURS, PaneColour, Rule
from chatwatch_tui.core.urgency import RosterCount

KEY = ConversationKey("local", "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10")
NOW = 1_700_000_000.0


def chunk(chunk_type: str, **fields: object) -> bytes:
    return json.dumps({"chunk_type": chunk_type, **fields}).encode()


def token(text: str) -> bytes:
    return chunk("token", content=text)


def message(role: str, text: str) -> MessagePayload:
    return MessagePayload(json.dumps({"role": role, "content": text}).encode())


def watched(*rules: Rule) -> Conversation:
    conversation = Conversation(KEY, Decoder())
    found = RuleSet(rules)
    assert not found.problems
    conversation.set_rules(found)
    return conversation


def hits(conversation: Conversation) -> set[str]:
    assert conversation.rules is not None
    return set(conversation.rules.hits)


def after(rule: Rule, *deliveries: Delivery) -> bool:
    conversation = watched(rule)
    conversation.apply([Arrival(NOW, list(deliveries))])
    return hits(conversation) == {rule.name}


USER = message("user", "please refund me")
CALL = chunk("tool_call", name="billing.refund", id="1", arguments={"amount": 900})
RESULT = chunk("tool_result", id="1", result="denied by policy")
ERROR = chunk("error", error="upstream timed out", code=504)


@pytest.mark.parametrize(
    ("rule", "hit_by", "not_by"),
    [
        (Rule("r", match="refund"), USER, message("user", "hello")),
        (Rule("r", match="re.und"), token("a refund is due"), token("nothing")),
        (Rule("r", match="refund"), chunk("thinking", content="refund?"), CALL),
        (Rule("r", match="refund", type="token"), token("refund"), chunk("thinking", content="refund?")),
        (Rule("r", match="(?i)REFUND"), token("Refund"), token("found")),
        (Rule("r", match="900"), CALL, RESULT),
        (Rule("r", match="denied"), RESULT, CALL),
        (Rule("r", match="timed out"), ERROR, token("timed in")),
        (Rule("r", match="504", type="error"), ERROR, token("504")),
        (Rule("r", type="error"), ERROR, CALL),
        (Rule("r", type="tool_call"), CALL, RESULT),
        (Rule("r", type="message"), USER, token("x")),
        (Rule("r", type="done"), chunk("done"), ERROR),
        (Rule("r", type="gap"), Gap(GapCause.OVERFLOW, count=2), token("x")),
        (Rule("r", type="undecodable"), b"{", token("x")),
        (Rule("r", type="undecodable", match="bogus"), StrayPayload("chat.chunk.x", b"bogus"), b"{"),
        (Rule("r", type="other"), chunk("status", text="x"), token("x")),
        (Rule("r", type="other:status"), chunk("status", text="x"), chunk("state", text="x")),
        (Rule("r", tool="billing.*"), CALL, chunk("tool_call", name="web.search")),
        (Rule("r", tool="billing.refund", match="900"), CALL, chunk("tool_call", name="web.search", arguments="900")),
        (Rule("r", state="tool"), CALL, token("x")),
        (Rule("r", state="thinking", match="bad"), chunk("thinking", content="bad"), token("bad")),
        (Rule("r", state="error"), ERROR, chunk("done")),
    ],
)
def test_a_rule_is_hit_by_what_it_is_about_and_by_nothing_else(rule: Rule, hit_by: Delivery, not_by: Delivery) -> None:
    assert after(rule, hit_by)
    assert not after(rule, not_by)


def test_a_result_is_known_by_the_name_of_its_call() -> None:
    rule = Rule("r", tool="billing.*", match="denied")
    assert after(rule, CALL, RESULT)
    assert not after(rule, chunk("tool_call", name="web.search", id="1"), RESULT)


def test_arguments_that_come_in_pieces_are_one_text() -> None:
    pieces = [chunk("tool_call", name="sql", id="7", arguments=each) for each in ("DROP ", "TAB", "LE users")]
    assert after(Rule("r", match="DROP TABLE"), *pieces)


def test_the_final_message_of_what_was_streamed_is_no_second_hit() -> None:
    conversation = watched(Rule("r", match="refund"))
    conversation.apply([Arrival(NOW, [token("a refund"), chunk("done")])])
    conversation.acknowledge(NOW + 1)
    conversation.apply([Arrival(NOW + 2, [message("assistant", "a refund")])])
    assert hits(conversation) == set()
    conversation.apply([Arrival(NOW + 3, [message("assistant", "another refund")])])
    assert hits(conversation) == {"r"}


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from(["needle", "need", "le", " ", "x" * 100, "needl"]), max_size=12).map("".join),
    st.data(),
)
def test_a_match_is_found_wherever_the_runs_are_parted(text: str, data: st.DataObject) -> None:
    conversation = watched(Rule("r", match="needle"), Rule("start", match="^need"))
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, 150))
        conversation.apply([Arrival(NOW, [token(text[at : at + size])])])
        at += size
    assert ("r" in hits(conversation)) == ("needle" in text)
    if not text.startswith("n"):
        assert "start" not in hits(conversation), "a tail is not where the text begins"


def test_a_long_text_is_searched_in_pieces() -> None:
    long = "x" * (module.PIECE - 3) + "needle"
    assert after(Rule("r", match="needle"), token(long))
    assert after(Rule("r", match="needle"), message("user", long))
    assert not after(Rule("r", match="needle"), token("x" * module.MAX_TEXT), token("y"))


def test_a_hole_or_another_type_parts_the_text() -> None:
    rule = Rule("r", match="needle")
    assert after(rule, token("nee"), token("dle"))
    assert not after(rule, token("nee"), Gap(GapCause.OVERFLOW, count=1), token("dle"))
    assert not after(rule, token("nee"), chunk("thinking", content="dle"))
    assert not after(rule, token("nee"), CALL, token("dle"))


def test_what_was_found_once_is_not_found_again_in_the_tail() -> None:
    conversation = watched(Rule("r", match="err"))
    conversation.apply([Arrival(NOW, [token("an err")])])
    conversation.acknowledge(NOW)
    conversation.apply([Arrival(NOW + 1, [token("or")])])
    assert hits(conversation) == set()
    conversation.apply([Arrival(NOW + 2, [token(" and another err")])])
    assert hits(conversation) == {"r"}


def test_a_rule_on_a_type_of_text_is_hit_where_the_text_begins() -> None:
    conversation = watched(Rule("r", type="token"))
    conversation.apply([Arrival(NOW, [token("a")])])
    assert hits(conversation) == {"r"}
    conversation.acknowledge(NOW)
    conversation.apply([Arrival(NOW, [token("b")])])
    assert hits(conversation) == set()


def test_a_state_that_is_left_ends_its_hit() -> None:
    conversation = watched(Rule("r", state="tool"))
    conversation.apply([Arrival(NOW, [CALL])])
    assert conversation.attention(NOW) is Attention.RULE
    conversation.apply([Arrival(NOW + 1, [RESULT])])
    assert conversation.attention(NOW + 1) is Attention.NONE


def test_a_stall_is_a_state_too() -> None:
    conversation = watched(Rule("r", state="stalled", pane_colour="yellow"))
    conversation.apply([Arrival(NOW, [token("x")])])
    conversation.note_stall(NOW + 10)
    assert hits(conversation) == set()
    conversation.note_stall(NOW + 16)
    assert hits(conversation) == {"r"}
    conversation.acknowledge(NOW + 16)
    conversation.note_stall(NOW + 17)
    assert hits(conversation) == set(), "seen"
    conversation.apply([Arrival(NOW + 18, [token("x")])])
    conversation.note_stall(NOW + 19)
    conversation.note_stall(NOW + 40)
    assert hits(conversation) == {"r"}
    conversation.apply([Arrival(NOW + 41, [token("x")])])
    conversation.note_stall(NOW + 42)
    assert hits(conversation) == set()


def test_the_roster_knows_when_a_stall_ends_its_hit() -> None:
    roster = Roster(lambda key: Conversation(key, Decoder()))
    roster.set_rules(RuleSet([Rule("r", state="stalled")]))
    conversation = roster.open(KEY)
    conversation.apply([Arrival(NOW, [token("x")])])
    conversation.note_stall(NOW + 16)
    assert roster.count(NOW + 16).stalled == 1
    conversation.apply([Arrival(NOW + 17, [token("x")])])
    assert roster.count(NOW + 17).rule_hits == 1
    conversation.note_stall(NOW + 18)
    assert roster.count(NOW + 18) == RosterCount(live=1)


def test_the_colour_is_that_of_the_hit_that_is_shown() -> None:
    conversation = watched(
        Rule("quiet", match="q", attention=False, pane_colour="cyan"),
        Rule("loud", match="l", pane_colour="bad"),
        Rule("plain", match="p"),
    )

    def shown(text: str) -> tuple[PaneColour | None, Attention]:
        if text:
            conversation.apply([Arrival(NOW, [token(text)])])
        assert conversation.rules is not None
        return conversation.rules.colour, conversation.attention(NOW)

    assert shown("") == (None, Attention.NONE)
    assert shown("q") == (PaneColour.CYAN, Attention.NONE)
    assert shown("p") == (PaneColour.CYAN, Attention.RULE)
    conversation.acknowledge(NOW)
    assert shown("l") == (PaneColour.RED, Attention.RULE)
    assert set(COLOURS.values()) == set(PaneColour)


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        (Rule(" ", match="x"), "name", "needs a name"),
        (Rule("good", match="x"), "name", "another rule"),
        (Rule("r"), "", "about nothing"),
        (Rule("r", match="("), "match", "not a regular expression"),
        (Rule("r", match="x*"), "match", "empty text"),
        (Rule("r", match="x" * 2_000), "match", "longer than"),
        (Rule("r", type="tokn"), "type", "did you mean 'token'"),
        (Rule("r", type="token:x"), "type", "no type is called"),
        (Rule("r", type="done", match="x"), "match", "no text"),
        (Rule("r", tool="x", type="token"), "type", "tool_call or tool_result"),
        (Rule("r", state="answerin"), "state", "did you mean 'answering'"),
        (Rule("r", state="stalled", match="x"), "state", "stands alone"),
        (Rule("r", match="x", pane_colour="rde"), "pane_colour", "did you mean 'red'"),
    ],
)
def test_a_mistake_is_said_with_its_place_and_the_others_work(rule: Rule, field: str, words: str) -> None:
    found = RuleSet([Rule("good", match="needle"), rule])
    assert [(problem.index, problem.field) for problem in found.problems] == [(1, field)]
    assert words in found.problems[0].words
    assert [each.name for each in found.rules] == ["good"]


def test_a_pattern_that_runs_away_is_switched_off_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    found = RuleSet([Rule("bad", match="(?:a|aa)+$"), Rule("good", match="b")])
    watch = RuleWatch(found)
    watch.see("token", "a" * 60 + "b", NOW, flow="token")
    why = "its pattern took longer than 20 ms. Make it simpler in the settings."
    assert found.news == [f"Rule 'bad' is switched off: {why}"]
    assert (found.off, found.out_of_force) == (1, found.news)
    assert set(watch.hits) == {"good"}
    searched: list[str] = []
    monkeypatch.setattr(ArmedRule, "found_to", lambda self, *_: searched.append(self.rule.name))
    RuleWatch(found).see("token", "a" * 60 + "b", NOW, flow="token")
    assert searched == ["good"], "for all conversations"


def test_a_machine_that_stood_still_once_switches_no_rule_off() -> None:
    found = RuleSet([Rule("r", match="needle")])
    (armed,) = found.about("token")
    pattern: Any = armed.pattern
    stalls = [TimeoutError(), None]

    class Stalling:
        @staticmethod
        def search(*arguments: Any, **options: Any) -> Any:
            if stall := stalls.pop(0):
                raise stall
            return pattern.search(*arguments, **options)

    armed.pattern = Stalling  # type: ignore[assignment]
    watch = RuleWatch(found)
    watch.see("token", "a needle", NOW, flow="token")
    assert set(watch.hits) == {"r"}
    assert (found.off, found.news, stalls) == (0, [], [])


def test_a_pattern_that_is_always_slow_is_switched_off_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(1_000))
    monkeypatch.setattr("chatwatch_tui.core.rule_set.time.thread_time", lambda: next(seconds) / 100)
    found = RuleSet([Rule("slow", match="needle")])
    watch = RuleWatch(found)
    for _ in range(100):
        watch.see("token", "x", NOW, flow="token")
    why = "its pattern took too much of the processor. Make it simpler in the settings."
    assert found.news == [f"Rule 'slow' is switched off: {why}"]


def test_what_is_kept_of_a_text_is_bounded() -> None:
    watch = RuleWatch(RuleSet([Rule("r", match="needle")]))
    for _ in range(100):
        watch.see("token", "x" * 1_000, NOW, flow="token")
    assert len(watch._tail) == TAIL
    assert len(watch._ends) <= 1


def test_rules_change_while_running() -> None:
    roster = Roster(lambda key: Conversation(key, Decoder()))
    conversation = roster.open(KEY)
    assert conversation.rules is None
    kept, gone = Rule("kept", match="a"), Rule("gone", match="a")
    roster.set_rules(RuleSet([kept, gone]))
    conversation.apply([Arrival(NOW, [token("a")])])
    assert hits(conversation) == {"kept", "gone"}
    roster.set_rules(RuleSet([kept, Rule("new", match="b")]))
    assert hits(conversation) == {"kept"}
    assert roster.count(NOW) == RosterCount(live=1, rule_hits=1)
    later = roster.open(ConversationKey("local", "another"))
    later.apply([Arrival(NOW, [token("b")])])
    assert hits(later) == {"new"}
    assert roster.count(NOW).rule_hits == 2
    roster.set_rules(RuleSet())
    assert conversation.rules is None
    assert roster.count(NOW).rule_hits == 0
    assert conversation.attention(NOW) is Attention.NONE


def test_a_hit_stays_where_its_rule_looks_for_the_same() -> None:
    before = Rule("r", match="a")
    conversation = watched(before)
    conversation.apply([Arrival(NOW, [token("a")])])
    assert conversation.rules is not None
    (hit,) = conversation.rules.hits.values()
    needs = conversation.needs(NOW)
    dressed = Rule("r", match="a", pane_colour="red")
    conversation.set_rules(RuleSet([dressed]))
    assert conversation.rules.hits == {"r": RuleHit(dressed, hit.at, hit.block)}
    assert conversation.rules.colour is PaneColour.RED
    assert conversation.needs(NOW) == needs
    conversation.set_rules(RuleSet([Rule("r", match="a", attention=False)]))
    assert hits(conversation) == {"r"}
    assert conversation.attention(NOW) is Attention.NONE
    for other in (Rule("r", match="b"), Rule("r", match="a", type="token"), Rule("q", match="a")):
        conversation.set_rules(RuleSet([dressed]))
        conversation.apply([Arrival(NOW, [token("a")])])
        conversation.set_rules(RuleSet([other]))
        assert hits(conversation) == set()


def test_without_rules_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RuleWatch, "see", lambda *_: pytest.fail("looked at"))
    conversation = Conversation(KEY, Decoder())
    conversation.apply([Arrival(NOW, [USER, token("x"), CALL, RESULT, b"{", chunk("s"), ERROR, chunk("done")])])


def test_a_run_is_searched_once_however_many_chunks_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = watched(Rule("r", match="needle"))
    seen: list[str] = []
    real = RuleWatch.see

    def see(self: RuleWatch, kind: str, text: str, at: float, **more: Any) -> None:
        seen.append(text)
        real(self, kind, text, at, **more)

    monkeypatch.setattr(RuleWatch, "see", see)
    conversation.apply([Arrival(NOW, [token("x")] * 1_000)])
    assert seen == ["x" * 1_000]
