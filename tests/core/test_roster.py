"""The roster: one conversation a key, a bound that gives up the quiet ones, and the order of urgency."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatwatch_tui.core.conversation import Attention, Conversation, Phase
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rate import WINDOW
from chatwatch_tui.core.roster import MAX_CONVERSATIONS, Roster
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rules import Rule
from chatwatch_tui.core.urgency import RosterCount, urgency

DECODER = Decoder()
NOW = 1_700_000_000.0


def key(name: str) -> ConversationKey:
    return ConversationKey("local", name)


def make_roster(bound: int = MAX_CONVERSATIONS) -> Roster:
    return Roster(lambda wanted: Conversation(wanted, DECODER), bound)


def chunk(chunk_type: str, **fields: object) -> bytes:
    return json.dumps({"chunk_type": chunk_type, **fields}).encode()


def user(text: str = "hello") -> MessagePayload:
    return MessagePayload(json.dumps({"role": "user", "content": text}).encode())


TOKEN = chunk("token", content="a")
DONE = chunk("done")
ERROR = chunk("error", error="overloaded")


def receive(roster: Roster, name: str, at: float, *deliveries: Delivery) -> Conversation:
    conversation = roster.open(key(name))
    conversation.apply([Arrival(at, list(deliveries))])
    return conversation


def names(roster: Roster, now: float) -> list[str]:
    return [conversation.key.id for conversation in roster.ordered(now)]


def test_a_conversation_is_made_once_and_found_again() -> None:
    made: list[ConversationKey] = []

    def make(wanted: ConversationKey) -> Conversation:
        made.append(wanted)
        return Conversation(wanted, DECODER)

    roster = Roster(make)
    assert roster.get(key("a")) is None
    opened = roster.open(key("a"))
    assert roster.open(key("a")) is opened
    assert roster.get(key("a")) is opened
    assert roster.get(ConversationKey("another source", "a")) is None
    roster.open(key("b"))
    assert made == [key("a"), key("b")]
    assert [conversation.key.id for conversation in roster] == ["a", "b"]
    assert len(roster) == 2


def test_within_the_bound_nothing_is_given_up() -> None:
    roster = make_roster(3)
    for name in "abc":
        roster.open(key(name))
    assert roster.evict([]) == []
    assert len(roster) == 3
    assert roster.evicted == 0


def test_the_one_that_was_quiet_longest_goes_first_and_is_counted() -> None:
    roster = make_roster(2)
    receive(roster, "third", NOW + 3, TOKEN)
    receive(roster, "first", NOW + 1, user(), TOKEN, TOKEN, b"not JSON")
    receive(roster, "fourth", NOW + 4, TOKEN)
    receive(roster, "second", NOW + 2, TOKEN, DONE)
    assert roster.evict([]) == [key("first"), key("second")]
    assert {conversation.key.id for conversation in roster} == {"third", "fourth"}
    assert roster.get(key("first")) is None
    assert roster.evicted == 2
    assert roster.given_up.received == 6


def test_what_was_missing_in_those_given_up_stays_counted() -> None:
    roster = make_roster(1)
    receive(roster, "a", NOW, TOKEN, Gap(GapCause.OVERFLOW, count=5), Gap(GapCause.RECONNECT, seconds=2.0))
    receive(roster, "b", NOW + 1, TOKEN, Gap(GapCause.SLOW_CONSUMER, count=2))
    receive(roster, "c", NOW + 2, TOKEN, Gap(GapCause.OVERFLOW, count=100))
    roster.evict([])
    assert (roster.given_up.lost, roster.given_up.gaps, roster.given_up.unknown_gaps) == (7, 3, 1)


def test_what_has_to_be_kept_is_never_given_up() -> None:
    roster = make_roster(1)
    for second, name in enumerate("abcd"):
        receive(roster, name, NOW + second, TOKEN)
    assert roster.evict(iter([key("a"), key("c"), key("never seen")])) == [key("b"), key("d")]
    assert roster.evict([key("a"), key("c")]) == []
    assert len(roster) == 2
    assert roster.evict([]) == [key("a")]
    assert roster.evicted == 3


def test_one_that_was_given_up_and_speaks_again_is_a_new_one() -> None:
    roster = make_roster(1)
    old = receive(roster, "a", NOW, TOKEN)
    receive(roster, "b", NOW + 1, TOKEN)
    roster.evict([])
    assert roster.open(key("a")) is not old
    assert roster.open(key("a")).counters.chunks.total() == 0


def test_the_most_urgent_stands_first() -> None:
    roster = make_roster()
    roster.open(key("unheard of"))
    receive(roster, "active, older", NOW, TOKEN)
    receive(roster, "unread", NOW, TOKEN, DONE)
    receive(roster, "stalled", NOW - 100, TOKEN)
    receive(roster, "active", NOW + 1, TOKEN)
    receive(roster, "error", NOW - 1_000, TOKEN, ERROR)
    assert names(roster, NOW + 2) == ["error", "stalled", "unread", "active, older", "active", "unheard of"]


def test_among_equals_the_latest_change_of_state_stands_first() -> None:
    roster = make_roster()
    for name, at in (("older", NOW), ("newest", NOW + 9), ("middle", NOW + 5)):
        receive(roster, name, at, DONE)
    assert names(roster, NOW + 10) == ["newest", "middle", "older"]
    for conversation in roster:
        conversation.acknowledge(NOW + 11)
    assert names(roster, NOW + 12) == ["newest", "middle", "older"]


def test_an_active_row_does_not_move_with_every_chunk() -> None:
    roster = make_roster()
    for name in "abc":
        receive(roster, name, NOW, TOKEN)
    receive(roster, "c", NOW + 1, TOKEN)
    receive(roster, "b", NOW + 2, chunk("thinking", content="hm"))
    assert names(roster, NOW + 3) == ["a", "b", "c"]


def test_what_the_operator_has_seen_goes_behind_the_active_ones() -> None:
    roster = make_roster()
    receive(roster, "error", NOW, ERROR)
    receive(roster, "active", NOW, TOKEN)
    assert names(roster, NOW + 1) == ["error", "active"]
    roster.open(key("error")).acknowledge(NOW + 1)
    assert names(roster, NOW + 1) == ["active", "error"]
    receive(roster, "error", NOW + 2, ERROR)
    assert names(roster, NOW + 3) == ["error", "active"]


def test_attention_comes_before_everything_in_the_sort_key() -> None:
    roster = make_roster()
    error = receive(roster, "error", NOW, ERROR)
    unread = receive(roster, "unread", NOW + 5, DONE)
    quiet = roster.open(key("quiet"))
    assert urgency(error, NOW + 6)[0] is Attention.ERROR
    assert urgency(error, NOW + 6) < urgency(unread, NOW + 6) < urgency(quiet, NOW + 6)


def test_every_state_is_counted() -> None:
    roster = make_roster()
    roster.open(key("unheard of"))
    receive(roster, "thinking", NOW, chunk("thinking", content="hm"))
    receive(roster, "answering", NOW, TOKEN)
    receive(roster, "owed an answer", NOW, user())
    receive(roster, "tool", NOW - 30, chunk("tool_call", name="search"))
    receive(roster, "stalled", NOW - 30, TOKEN)
    receive(roster, "error", NOW - 30, ERROR)
    receive(roster, "unread", NOW - 30, DONE)
    assert roster.count(NOW) == RosterCount(live=4, errors=1, stalled=1, unread=1, quiet=1)
    for conversation in roster:
        conversation.acknowledge(NOW + 1)
    assert roster.count(NOW) == RosterCount(live=4, errors=0, stalled=1, unread=0, quiet=3)


def test_of_one_that_is_cut_off_nobody_can_say_that_it_is_live_or_stalled() -> None:
    roster = make_roster()
    for name, delivery in (("active", TOKEN), ("other", TOKEN), ("failed", ERROR), ("done", DONE)):
        receive(roster, name, NOW, delivery)
    for name in ("active", "failed", "done"):
        roster.open(key(name)).link_changed(NOW + 1, up=False)
    for later in (1, 3_600):
        silent = later > 1
        assert roster.count(NOW + later) == RosterCount(
            live=1 - silent, cut_off=1, errors=1, stalled=0 + silent, unread=1
        )
    for conversation in roster:
        conversation.link_changed(NOW + 3_600, up=True)
    assert roster.count(NOW + 3_600) == RosterCount(live=1, cut_off=0, errors=1, stalled=1, unread=1)


@pytest.mark.parametrize("delivery", [Gap(GapCause.RECONNECT, seconds=2.0), b"not JSON"])
def test_one_of_which_only_a_hole_or_rubbish_is_known_is_neither_live_nor_stalled(delivery: Delivery) -> None:
    roster = make_roster()
    receive(roster, "a", NOW, delivery)
    assert roster.count(NOW + 3_600) == RosterCount(quiet=1)
    assert roster.count(NOW) == RosterCount(quiet=1)


def test_thousands_are_kept_by_default() -> None:
    roster = make_roster()
    for number in range(MAX_CONVERSATIONS + 2):
        roster.open(key(str(number))).last_arrival = NOW + number
    assert roster.evict([]) == [key("0"), key("1")]
    assert len(roster.ordered(NOW)) == MAX_CONVERSATIONS


# -- what it costs, and that it is the same ----------------------------------------------------------------------------


def chunks_per_second(roster: Roster, now: float) -> float:
    heard = [each.rate for each in roster if each.rate.recent(now)]
    seconds = min(float(WINDOW), int(now) - min((rate.began for rate in heard), default=now))
    return sum(rate.recent(now) for rate in heard) / seconds if seconds >= 1 else 0.0


def brute_force(roster: Roster, now: float) -> tuple[list[str], RosterCount, float, int, int]:
    """The figures and the order as a look at every conversation would give them."""
    counted = dict.fromkeys(RosterCount.__struct_fields__, 0)
    for each in roster:
        attention = each.attention(now)
        counted["errors"] += attention is Attention.ERROR
        counted["unread"] += each.phase is Phase.DONE and attention is Attention.UNREAD
        if each.is_active and attention is not Attention.ERROR:
            heard = "live" if each.stalled_for(now) is None else "stalled"
            counted["cut_off" if each.is_cut_off else heard] += 1
        counted["rule_hits"] += attention is Attention.RULE
        counted["quiet"] += attention is Attention.NONE and not each.is_active
    return (
        [each.key.id for each in sorted(roster, key=lambda each: urgency(each, now))],
        RosterCount(**counted),
        chunks_per_second(roster, now),
        sum(each.counters.lost for each in roster) + roster.given_up.lost,
        sum(each.counters.unknown_gaps for each in roster) + roster.given_up.unknown_gaps,
    )


DELIVERED = st.sampled_from(
    [TOKEN, DONE, ERROR, user(), chunk("thinking", content="hm"), chunk("tool_call", name="x"), b"not JSON",
     Gap(GapCause.OVERFLOW, count=3), Gap(GapCause.RECONNECT, seconds=2.0)]
)  # fmt: skip
RULES = [
    Rule("a word", match="a", type="token"),
    Rule("failed", state="error"),
    Rule("silent", state="stalled"),
    Rule("a colour", type="thinking", pane_colour="red", attention=False),
]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), st.integers(0, 4), DELIVERED),
        st.tuples(st.just("acknowledge"), st.integers(0, 4), st.none()),
        st.tuples(st.sampled_from(["down", "up", "evict", "note_stall"]), st.integers(0, 4), st.none()),
        st.tuples(st.just("rules"), st.integers(0, len(RULES)), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 7, 16, 61, 121, -30]), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
@example(
    [("rules", 3, None), ("receive", 0, TOKEN), ("wait", 16, None), ("acknowledge", 0, None), ("note_stall", 0, None)]
)
def test_what_is_kept_is_what_looking_at_all_of_them_would_give(steps: list[tuple[str, int, Delivery | None]]) -> None:
    roster = make_roster(3)
    now = NOW
    for what, number, delivery in steps:
        found = roster.get(key(str(number)))
        if what == "receive" and delivery is not None:
            receive(roster, str(number), now, delivery)
        elif what == "wait":
            now += number
        elif what == "evict":
            oldest = sorted(roster, key=lambda each: each.last_arrival)[: max(0, len(roster) - 3)]
            assert roster.evict([]) == [each.key for each in oldest]
        elif what == "rules":
            roster.set_rules(RuleSet(RULES[:number]))
        elif found is not None:
            if what == "note_stall":
                found.note_stall(now)
            elif what == "acknowledge":
                found.acknowledge(now)
            else:
                found.link_changed(now, up=what == "up")
        assert brute_force(roster, now) == (
            names(roster, now),
            roster.count(now),
            roster.chunks_per_second(now),
            roster.lost(now),
            roster.unknown_gaps(now),
        )
        needing = [each.key for each in roster.ordered(now) if each.attention(now) is not Attention.NONE]
        assert [each.key for each in roster.needing(now)] == needing


def test_a_second_costs_what_is_active_and_not_what_is_known() -> None:
    roster = make_roster()
    for number in range(2_000):
        receive(roster, str(number), NOW, TOKEN, DONE)
    roster.count(NOW)
    assert roster.looks == 2_000
    for second in range(1, 11):
        for number in range(50):
            receive(roster, str(number), NOW + second, TOKEN)
        roster.count(NOW + second)
        roster.ordered(NOW + second)
        roster.chunks_per_second(NOW + second)
    assert roster.looks == 2_000 + 10 * 50
    for second in range(11, 61):
        roster.count(NOW + second)
    assert roster.count(NOW + 61).stalled == 50
    assert roster.looks <= 2_000 + 10 * 50 + 2 * 50, "each was found silent when it was, and looked for once before"


def test_those_that_came_since_are_told_apart() -> None:
    roster = make_roster(3)
    for name in "ab":
        receive(roster, name, NOW, TOKEN)
    made = roster.made
    for name in "cd":
        receive(roster, name, NOW + 1, TOKEN)
    roster.evict([])
    assert [each.key.id for each in roster.made_since(made)] == ["c", "d"]
    assert roster.made_since(roster.made) == []
