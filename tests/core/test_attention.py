"""The whole table of what needs the operator, how it ends, and which episodes are one."""

from __future__ import annotations

import json

import pytest

from chatwatch_tui.core.attention import Attention, Episode
from chatwatch_tui.core.conversation import Conversation, StallLimits
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rules import Rule

NOW = 1_700_000_000.0
RULES = RuleSet([Rule("refund", match="refund"), Rule("quiet", match="quietly", alert=False), Rule("t", state="tool")])


def chunk(chunk_type: str, **fields: object) -> bytes:
    return json.dumps({"chunk_type": chunk_type, **fields}).encode()


USER = MessagePayload(b'{"role": "user", "content": "hi"}')
THINKING, TOKEN, HIT = (
    chunk(kind, content=text) for kind, text in (("thinking", "x"), ("token", "x"), ("token", "refund"))
)
CALL, RESULT = chunk("tool_call", name="x", id="1"), chunk("tool_result", id="1")
DONE, ERROR = chunk("done"), chunk("error", error="no")
SYSTEM, DEVELOPER, ANSWER = (
    MessagePayload(json.dumps({"role": role, "content": "x"}).encode()) for role in ("system", "developer", "assistant")
)
HEARTBEAT = chunk("heartbeat")


class Clocked:
    """A conversation that is told things at seconds after `NOW`."""

    def __init__(self, *, rules: bool = True) -> None:
        self.conversation = Conversation(
            ConversationKey("local", "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"), Decoder(), limits=StallLimits(60, 15, 120)
        )
        if rules:
            self.conversation.set_rules(RULES)

    def take(self, second: float, *deliveries: Delivery) -> Clocked:
        self.conversation.apply([Arrival(NOW + second, list(deliveries))])
        return self

    def why(self, second: float) -> Attention:
        return self.conversation.attention(NOW + second)

    def episode(self, second: float) -> Episode | None:
        return self.conversation.episode(NOW + second)


@pytest.mark.parametrize(
    ("deliveries", "after", "why"),
    [
        ([], 10**6, Attention.NONE),
        ([USER], 60, Attention.NONE),
        ([USER], 61, Attention.STALLED),
        ([THINKING], 60, Attention.NONE),
        ([THINKING], 61, Attention.STALLED),
        ([TOKEN], 15, Attention.NONE),
        ([TOKEN], 16, Attention.STALLED),
        ([CALL, DONE, USER], 60, Attention.NONE),
        ([TOKEN, DONE], 10**6, Attention.UNREAD),
        ([TOKEN, DONE, USER, TOKEN], 1, Attention.NONE),
        ([ERROR], 10**6, Attention.ERROR),
        ([ERROR, USER], 1, Attention.ERROR),
        ([ERROR, USER, TOKEN, DONE], 10**6, Attention.ERROR),
        ([HIT, ERROR], 1, Attention.ERROR),
        ([HIT], 1, Attention.RULE),
        ([HIT], 16, Attention.STALLED),
        ([HIT, DONE], 1, Attention.RULE),
        ([HIT, ERROR, USER], 1, Attention.ERROR),
        ([CALL], 1, Attention.RULE),
        ([CALL, RESULT], 1, Attention.NONE),
        ([Gap(GapCause.RECONNECT, seconds=3)], 10**6, Attention.NONE),
        ([b"{"], 10**6, Attention.NONE),
        ([ANSWER], 10**6, Attention.UNREAD),
        ([SYSTEM], 10**6, Attention.NONE),
        ([DEVELOPER], 10**6, Attention.NONE),
        ([HEARTBEAT], 10**6, Attention.NONE),
        ([HEARTBEAT, SYSTEM], 10**6, Attention.NONE),
        ([USER, TOKEN, DONE, SYSTEM], 10**6, Attention.UNREAD),
        ([USER, TOKEN, DONE, HEARTBEAT], 10**6, Attention.UNREAD),
        ([USER, TOKEN, DONE, HEARTBEAT, DEVELOPER], 10**6, Attention.UNREAD),
        ([USER, ANSWER, SYSTEM], 10**6, Attention.UNREAD),
        ([USER, HEARTBEAT, ANSWER], 10**6, Attention.UNREAD),
        ([ERROR, SYSTEM], 10**6, Attention.ERROR),
        ([SYSTEM, USER], 61, Attention.STALLED),
        ([USER, SYSTEM], 61, Attention.STALLED),
        ([USER, HEARTBEAT], 61, Attention.STALLED),
        ([USER, ANSWER, USER], 61, Attention.STALLED),
        ([USER, TOKEN, DONE, SYSTEM, USER], 61, Attention.STALLED),
        ([USER, TOKEN, SYSTEM], 60, Attention.NONE),
        ([USER, TOKEN, SYSTEM], 61, Attention.STALLED),
        ([USER, CALL, RESULT, HEARTBEAT], 61, Attention.STALLED),
        ([RESULT], 61, Attention.STALLED),
    ],
)  # fmt: skip
def test_who_needs_the_operator(deliveries: list[Delivery], after: float, why: Attention) -> None:
    clocked = Clocked()
    for delivery in deliveries:
        clocked.take(0, delivery)
    assert clocked.why(after) is why
    clocked.conversation.acknowledge(NOW + after)
    assert clocked.why(after + 1) is Attention.NONE, "seen"
    assert clocked.episode(after + 1) is None


@pytest.mark.parametrize("delivery", [THINKING, TOKEN, USER])
def test_a_link_that_is_down_is_no_silent_model(delivery: Delivery) -> None:
    clocked = Clocked().take(0, delivery)
    clocked.conversation.link_changed(NOW + 5, up=False)
    assert clocked.why(10**6) is Attention.NONE
    clocked.conversation.link_changed(NOW + 1_000, up=True)
    assert clocked.why(1_001) is Attention.NONE, "its silence counts anew"
    assert clocked.why(1_061) is Attention.STALLED


def test_the_tool_limit_is_the_longest() -> None:
    clocked = Clocked(rules=False).take(0, CALL)
    assert clocked.why(120) is Attention.NONE
    assert clocked.why(121) is Attention.STALLED


def test_one_need_is_one_episode_however_often_it_is_looked_at() -> None:
    clocked = Clocked().take(0, ERROR)
    first = clocked.episode(1)
    assert clocked.take(5, HEARTBEAT).episode(6) == first == Episode(Attention.ERROR, NOW)
    assert clocked.take(10, ERROR).episode(11) == Episode(Attention.ERROR, NOW + 10), "a turn that is nothing but error"
    assert clocked.conversation.phase_since == NOW + 10
    assert clocked.take(20, USER, ERROR).episode(21) == Episode(Attention.ERROR, NOW + 20)


def test_a_result_that_comes_after_its_turn_is_no_work() -> None:
    clocked = Clocked(rules=False).take(0, CALL, DONE).take(5, RESULT)
    assert clocked.conversation.phase == "done"
    assert not clocked.conversation.is_active


def test_a_rule_on_errors_is_hit_by_every_turn_that_fails() -> None:
    clocked = Clocked(rules=False)
    clocked.conversation.set_rules(RuleSet([Rule("failed", state="error", alert=False)]))
    hits = clocked.conversation.rules
    assert hits is not None
    clocked.take(0, ERROR).conversation.acknowledge(NOW + 1)
    assert not hits.asks
    clocked.take(2, ERROR)
    assert hits.hits["failed"].at == NOW + 2


def test_an_error_that_nobody_saw_outlives_its_turn_as_the_same_episode() -> None:
    clocked = Clocked().take(0, ERROR)
    first = clocked.episode(1)
    assert clocked.take(5, USER).take(6, TOKEN).episode(7) == first, "told once"
    clocked.conversation.error_seen(NOW + 8)
    assert clocked.why(9) is Attention.NONE
    assert clocked.take(10, ERROR).why(11) is Attention.ERROR
    clocked.conversation.error_seen(NOW + 12)
    assert clocked.why(13) is Attention.ERROR, "looked at, but the turn has failed still"
    assert clocked.take(14, USER).why(15) is Attention.NONE


def test_a_stall_that_recovered_is_another_one_the_next_time() -> None:
    clocked = Clocked().take(0, TOKEN)
    first = clocked.episode(20)
    assert clocked.episode(300) == first
    assert clocked.take(300, TOKEN).episode(301) is None
    assert clocked.episode(320) == Episode(Attention.STALLED, NOW + 300) != first


def test_further_hits_belong_to_the_first_until_it_is_acknowledged() -> None:
    clocked = Clocked().take(0, HIT)
    first = clocked.episode(1)
    assert first == Episode(Attention.RULE, NOW, "refund")
    assert clocked.take(2, HIT).episode(3) == first
    clocked.conversation.acknowledge(NOW + 4)
    assert clocked.take(5, HIT).episode(6) == Episode(Attention.RULE, NOW + 5, "refund")


def test_a_rule_that_may_be_told_stands_before_one_that_may_not() -> None:
    clocked = Clocked().take(0, chunk("token", content="quietly"))
    assert clocked.episode(1) == Episode(Attention.RULE, NOW, "quiet")
    assert clocked.take(2, HIT).episode(3) == Episode(Attention.RULE, NOW + 2, "refund")


def test_all_that_goes_on_is_told_apart_the_most_urgent_first() -> None:
    clocked = Clocked().take(0, ERROR).take(1, USER).take(2, chunk("token", content="quietly")).take(3, HIT)
    assert clocked.conversation.needs(NOW + 4) == [
        Episode(Attention.ERROR, NOW),
        Episode(Attention.RULE, NOW + 3, "refund"),
        Episode(Attention.RULE, NOW + 2, "quiet"),
    ]
    assert [each.attention for each in clocked.conversation.needs(NOW + 20)][:2] == [Attention.ERROR, Attention.STALLED]
    clocked.conversation.acknowledge(NOW + 21)
    assert clocked.conversation.needs(NOW + 21) == []


def test_the_order_of_urgency() -> None:
    assert sorted(Attention) == [
        Attention.ERROR, Attention.STALLED, Attention.RULE, Attention.UNREAD, Attention.NONE,
    ]  # fmt: skip
