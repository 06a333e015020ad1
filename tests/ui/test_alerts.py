"""One alert an episode, joined within the interval, none before the operator's eyes, none of what is muted."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.core.rule_set import RuleSet
from chatwatch_tui.core.rules import Rule
from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.settings import AlertSettings, Notify
from chatwatch_tui.ui.alert_ways import has_title, notification, without_secrets
from chatwatch_tui.ui.alert_words import alert_facts, alert_line, window_title
from chatwatch_tui.ui.alerts import Alerts, Told
from chatwatch_tui.ui.passthrough import SCREEN_PIECE
from tests.ui.conversations import HOSTILE, START, Talk, chunk, is_harmless, message, token

ERROR, DONE = chunk("error", error="no"), chunk("done")


class Office:
    """Conversations, their alerts, and a clock."""

    def __init__(self, *rules: Rule, **settings: object) -> None:
        self.rules = RuleSet(rules)
        wanted = msgspec.structs.replace(AlertSettings(min_interval=0), **settings)
        self.alerts = Alerts(wanted, self.rules)
        self.talks: dict[str, Talk] = {}
        self.now = START

    def take(self, name: str, *deliveries: Delivery) -> None:
        if name not in self.talks:
            self.talks[name] = Talk(key=ConversationKey("prod", name * 4))
            self.talks[name].conversation.set_rules(self.rules if len(self.rules) else None)
        talk = self.talks[name]
        talk.now = self.now
        talk.take(*deliveries)
        self.alerts.changed([talk.conversation])

    def look(self, after: float = 1) -> list[Told]:
        self.now += after
        return self.alerts.look(self.now)

    def told(self, after: float = 1) -> str:
        return " ".join(f"{each.conversation.key.id[0]}:{each.episode.attention.name}" for each in self.look(after))


def test_an_episode_is_told_once() -> None:
    office = Office()
    office.take("a", token("x"), ERROR)
    assert office.told() == "a:ERROR"
    assert office.told(100) == ""
    office.take("a", ERROR)
    assert office.told() == "a:ERROR", "another turn failed"
    office.take("a", message("user", "again"), ERROR)
    assert office.told() == "a:ERROR", "another one, recovered between two looks"


def test_a_stall_is_told_once_and_again_after_it_recovered() -> None:
    office = Office()
    office.take("a", token("x"))
    assert office.told(15) == ""
    assert office.told(1) == "a:STALLED"
    assert office.told(300) == ""
    office.take("a", token("x"))
    assert office.told() == ""
    assert office.told(20) == "a:STALLED"


def test_idle_never_alerts() -> None:
    office = Office(unread=True)
    office.take("a", b"{")
    office.take("b", token("x"), DONE)
    assert office.told() == "b:UNREAD"
    for _ in range(50):
        assert office.told(1_000) == ""
    assert not office.alerts._watched, "nothing is looked at that cannot change"


def test_those_that_wait_are_looked_at_when_they_fall_silent_and_not_before_or_after() -> None:
    office = Office()
    names = [f"{number:03}" for number in range(200)]
    for name in names:
        office.take(name, message("user", "x"))
    office.look()
    assert office.alerts.looks == 200
    told = [office.look() for _ in range(300)]
    assert [len(each) for each in told if each] == [200]
    assert office.alerts.needing == 200
    assert office.alerts.looks == 400
    for _ in range(100):
        office.take("007", token("x"))
        office.look()
    assert office.alerts.needing == 199
    assert office.alerts.looks <= 400 + 100 + 100 / 15 + 1
    assert office.told(20) == "0:STALLED"


def test_a_stall_ends_where_the_clock_was_set_back() -> None:
    office = Office()
    office.take("a", token("x"))
    assert office.told(20) == "a:STALLED"
    office.look(-19)
    assert office.alerts.needing == 0
    assert office.told(19) == "a:STALLED"


def test_what_is_acknowledged_is_new_when_it_comes_again() -> None:
    office = Office()
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"
    office.talks["a"].conversation.acknowledge(office.now)
    office.alerts.acknowledged(office.talks["a"].conversation.key)
    office.now += 0.5
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"


def test_done_and_unread_is_told_where_that_is_wanted() -> None:
    for wanted in (False, True):
        office = Office(unread=wanted)
        office.take("a", token("x"), DONE)
        assert office.told() == ("a:UNREAD" if wanted else "")
        assert office.alerts.needing == wanted


def test_what_falls_in_the_interval_is_told_together_at_its_end() -> None:
    office = Office(min_interval=30)
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"
    office.take("b", ERROR)
    assert office.told(10) == ""
    office.take("c", token("x"))
    assert office.told(10) == ""
    office.take("d", ERROR)
    office.take("e", ERROR)
    office.talks["e"].conversation.error_seen(office.now)
    office.take("e", message("user", "x"))
    assert office.told(9) == ""
    office.take("e", token("recovered"))
    told = office.look(1)
    assert alert_line(told, office.now) == (
        "chatwatch: 3 conversations need you, bbbb: error, dddd: error, cccc: model silent 20 s"
    )
    assert office.told(30) == "e:STALLED"


def test_a_clock_that_was_set_back_does_not_silence_alerts() -> None:
    office = Office(min_interval=30)
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"
    office.now -= 5_000
    office.take("b", ERROR)
    assert office.told() == "b:ERROR"


def test_nothing_is_told_before_the_operators_eyes() -> None:
    office = Office()
    office.alerts.focused = True
    office.take("a", ERROR)
    assert office.told() == ""
    office.alerts.focused = False
    assert office.told() == "", "it began when they were there"
    office.take("b", ERROR)
    assert office.told() == "b:ERROR"
    office = Office(only_unfocused=False)
    office.alerts.focused = True
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"


def test_a_terminal_that_never_said_counts_as_without_focus() -> None:
    office = Office()
    assert office.alerts.focused is None
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"


def test_muted_conversations_and_rules_are_not_told() -> None:
    office = Office(Rule("refund", match="refund"), Rule("quiet", match="psst", alert=False))
    office.take("a", token("x"))
    office.talks["a"].conversation.muted = True
    office.take("a", ERROR)
    office.take("b", token("psst"))
    assert office.told() == ""
    assert office.alerts.needing == 0
    office.take("c", token("refund"))
    assert office.told() == "c:RULE"
    office.rules.muted.add("refund")
    office.alerts.mutes_changed()
    office.take("d", token("refund"))
    assert office.told() == ""
    assert office.alerts.needing == 0
    office.rules.muted.clear()
    office.take("e", token("refund"))
    assert office.told() == "e:RULE"
    office.alerts.all_muted = True
    office.take("f", ERROR)
    assert office.told() == ""
    assert office.alerts.needing == 0


def test_a_more_urgent_need_is_told_and_a_lesser_one_behind_it_is_not() -> None:
    office = Office(Rule("refund", match="refund"))
    office.take("a", token("refund"))
    assert office.told() == "a:RULE"
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"
    office.talks["a"].conversation.error_seen(office.now)
    office.take("a", message("user", "x"))
    assert office.told() == "", "the hit that was told already"


def test_what_waited_under_a_more_urgent_need_that_passed_is_told() -> None:
    office = Office(Rule("refund", match="refund"), min_interval=30)
    office.take("z", ERROR)
    assert office.told() == "z:ERROR"
    office.take("a", token("refund"))
    assert office.told() == ""
    office.take("a", ERROR)
    assert office.told() == ""
    office.talks["a"].conversation.error_seen(office.now)
    office.take("a", message("user", "x"))
    assert office.told() == ""
    assert office.told(30) == "a:RULE"


def test_what_begins_when_something_more_urgent_ends_is_told() -> None:
    office = Office(Rule("refund", match="refund"), unread=True)
    office.take("a", token("x"))
    office.take("b", token("x"))
    office.take("c", ERROR)
    assert office.told(20) == "c:ERROR a:STALLED b:STALLED"
    office.take("a", token("a refund"))
    office.take("b", DONE)
    office.talks["c"].conversation.error_seen(office.now)
    office.take("c", message("user", "i want a refund"))
    assert office.told() == "a:RULE c:RULE b:UNREAD"
    assert office.told(1) == ""


def test_what_is_covered_by_something_more_urgent_is_told_and_not_again_when_that_has_passed() -> None:
    office = Office(Rule("refund", match="refund"), unread=True)
    office.take("a", ERROR)
    assert office.told() == "a:ERROR"
    office.take("a", message("user", "x"), token("refund"), DONE)
    assert office.told() == "a:RULE a:UNREAD"
    office.talks["a"].conversation.error_seen(office.now)
    assert office.told() == ""
    assert office.alerts.needing == 1


def test_every_rule_is_told_by_its_first_hit() -> None:
    office = Office(Rule("refund", match="refund"), Rule("danger", match="danger"), Rule("state", state="stalled"))
    office.take("a", token("refund"))
    assert office.told() == "a:RULE"
    office.take("a", message("user", "x"))
    office.now += 50
    office.take("a", token("danger"))
    told = office.look()
    assert [each.episode.rule for each in told] == ["danger"]
    office.take("a", token("refund and danger"))
    assert office.told() == ""
    told = office.look(20)
    assert alert_line(told, office.now) == "chatwatch: aaaa: model silent 21 s + state", "one conversation, named once"
    assert alert_facts(told, office.now)["count"] == 1
    office.rules.muted.add("danger")
    office.talks["a"].conversation.acknowledge(office.now)
    office.alerts.acknowledged(office.talks["a"].conversation.key)
    office.take("a", token("refund and danger"))
    assert [each.episode.rule for each in office.look()] == ["refund"]


class Model:
    """What needs the operator in one conversation, in the plainest words."""

    def __init__(self) -> None:
        self.phase, self.since, self.last = "waiting", 0.0, 0.0
        self.error: float | None = None
        self.error_is_seen = self.is_acknowledged = False
        self.hits: dict[str, float] = {}

    def take(self, what: str, now: float) -> None:
        phase = {"user": "waiting", "done": "done", "error": "error"}.get(what, "answering")
        self.last, self.is_acknowledged = now, False
        if phase != self.phase or phase == "error" or not self.since:
            self.phase, self.since = phase, now
            if phase == "error":
                self.error = now
        if what == "error":
            self.error_is_seen, self.error = False, self.error or self.since
        if what in ("refund", "danger"):
            self.hits.setdefault(what, now)

    def acknowledge(self) -> None:
        self.error, self.hits, self.is_acknowledged = None, {}, True

    def needs(self, now: float) -> set[tuple[str, str, float]]:
        found = {("RULE", name, at) for name, at in self.hits.items()}
        if self.error is not None and (self.phase == "error" or not self.error_is_seen):
            found.add(("ERROR", "", self.error))
        limit = {"waiting": 60, "answering": 15}.get(self.phase, 10**9)
        if self.since and now - self.last > limit and not self.is_acknowledged:
            found.add(("STALLED", "", self.last))
        if self.phase == "done" and not self.is_acknowledged:
            found.add(("UNREAD", "", self.since))
        return found


_HAPPENINGS = [
    "user",
    "token",
    "refund",
    "danger",
    "done",
    "error",
    "seen",
    "acknowledge",
    "come",
    "go",
    "wait",
    "look",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*_HAPPENINGS, "look", "look"]), max_size=40))
def test_every_episode_that_lasts_over_a_look_is_told_exactly_once(happenings: list[str]) -> None:
    office = Office(Rule("refund", match="refund"), Rule("danger", match="danger"), unread=True)
    office.take("a")
    conversation, model = office.talks["a"].conversation, Model()
    deliveries: dict[str, Delivery] = {"user": message("user", "x"), "done": DONE, "error": ERROR}
    known: set[tuple[str, str, float]] = set()
    for happening in [*happenings, "go", "look", "look"]:
        office.now += 1
        if happening == "wait":
            office.now += 70
        elif happening == "seen":
            conversation.error_seen(office.now)
            office.alerts.changed([conversation])
            model.error_is_seen = True
        elif happening == "acknowledge":
            conversation.acknowledge(office.now)
            office.alerts.acknowledged(conversation.key)
            model.acknowledge()
            known = set()
        elif happening in ("come", "go"):
            office.alerts.focused = happening == "come"
        elif happening == "look":
            told = [(each.episode.attention.name, each.episode.rule, each.episode.since) for each in office.look(0)]
            needs = model.needs(office.now)
            assert len(told) == len(set(told))
            assert set(told) == (set() if office.alerts.focused else needs - known)
            assert office.alerts.needing == bool(needs)
            known = needs
        else:
            office.take("a", deliveries.get(happening, token(happening)))
            model.take(happening, office.now)


def test_what_was_given_up_is_forgotten() -> None:
    office = Office()
    office.take("a", ERROR)
    office.alerts.forget([office.talks["a"].conversation.key])
    assert office.told() == ""
    assert not office.alerts._watched


# -- words -------------------------------------------------------------------------------------------------------------


def test_a_line_says_who_and_why() -> None:
    office = Office(Rule("refund", match="refund"))
    office.take("a", chunk("error", error="no", title="billing-help"))
    assert alert_line(office.look(), office.now) == "chatwatch: aaaa billing-help: error"
    for name in "bcde":
        office.take(name, token("refund"))
    assert alert_line(office.look(), office.now) == (
        "chatwatch: 4 conversations need you, bbbb: refund, cccc: refund, dddd: refund, and 1 more"
    )


def test_nothing_hostile_gets_out() -> None:
    office = Office(Rule(HOSTILE, match="x"))
    office.take("a", chunk("token", content="x", title=HOSTILE))
    told = office.look()
    line = alert_line(told, office.now)
    assert is_harmless(line)
    for how in Notify:
        for environ in ({}, {"TMUX": "x"}, {"STY": "x"}):
            sequence = notification(line, how, environ)
            assert "\x9b" not in sequence
            assert "\u202e" not in sequence
            assert sequence.count("\x07") == (how is not Notify.OFF)
    assert all(is_harmless(str(value)) for value in alert_facts(told, office.now)["conversations"][0].values())
    assert window_title(2) == "chatwatch (2)"
    assert window_title(0) == "chatwatch"


# -- what the terminal is told -----------------------------------------------------------------------------------------

OSC9, OSC777 = "\x1b]9;chatwatch: a;b\x07", "\x1b]777;notify;chatwatch;chatwatch: a,b\x07"


@pytest.mark.parametrize(
    ("how", "environ", "sequence"),
    [
        (Notify.OFF, {}, ""),
        (Notify.OSC9, {"TERM": "xterm-256color"}, OSC9),
        (Notify.OSC777, {"TERM": "xterm-256color"}, OSC777),
        (Notify.AUTO, {"TERM": "xterm-256color"}, OSC9),
        (Notify.AUTO, {"TERM": "foot"}, OSC777),
        (Notify.AUTO, {"TERM": "rxvt-unicode"}, OSC777),
        (Notify.AUTO, {"TERM": "xterm-256color", "VTE_VERSION": "7600"}, OSC777),
        (Notify.OSC9, {"TERM": "tmux-256color"}, f"\x1bPtmux;\x1b{OSC9}\x1b\\"),
        (Notify.OSC9, {"TERM": "screen-256color", "TMUX": "/tmp/x"}, f"\x1bPtmux;\x1b{OSC9}\x1b\\"),
        (Notify.OSC9, {"TERM": "screen", "STY": "1.x"}, f"\x1bP{OSC9}\x1b\\"),
    ],
)
def test_a_notification_in_bytes(how: Notify, environ: dict[str, str], sequence: str) -> None:
    assert notification(SafeText("chatwatch: a;b"), how, environ) == sequence


def test_screen_gets_pieces_that_it_takes() -> None:
    line = SafeText("chatwatch: " + "中" * 120)
    sequence = notification(line, Notify.OSC9, {"STY": "x"})
    pieces = [piece.removeprefix("\x1bP") for piece in sequence.split("\x1b\\")[:-1]]
    assert "".join(pieces) == f"\x1b]9;{line}\x07"
    assert all(len(piece.encode()) <= SCREEN_PIECE for piece in pieces)


def test_only_terminals_with_a_title_get_one() -> None:
    assert has_title({"TERM": "xterm"})
    assert has_title({"TERM": "tmux-256color"})
    assert not has_title({"TERM": "linux"})


def test_the_environment_of_a_command_has_no_secrets() -> None:
    kept = without_secrets({"PATH": "/bin", "NATS_PASSWORD": "x", "CHATWATCH_TOKEN": "y", "HOME": "/"})
    assert kept == {"PATH": "/bin", "HOME": "/"}
