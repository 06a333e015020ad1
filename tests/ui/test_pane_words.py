"""A pane's frame says who, what, for how long, and what is new below: in words that mean one thing each."""

from __future__ import annotations

import re

import pytest

from chatwatch_tui.core.conversation import Attention, StallLimits
from chatwatch_tui.core.events import Delivery, Gap, GapCause, StrayPayload
from chatwatch_tui.core.filtering import FilterQuery
from chatwatch_tui.core.identity import STRAY_ID, ConversationKey
from chatwatch_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from chatwatch_tui.ui.lower_edge import footer
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import FRAME_CELLS, header, label, rate_words, short_id, state_words
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import HOSTILE, Talk, answered, chunk, is_harmless, message, token, words_of

THINKING = chunk("thinking", content="hm")
CALL = chunk("tool_call", name="web.search", id="1")
RESULT = chunk("tool_result", id="1", result="x")


def state(talk: Talk, after: float = 0.0, *, link_down: str = "") -> str:
    """Glyph, word and figure, that many seconds after the last delivery."""
    glyph, word, figure, _ = state_words(talk.conversation, talk.now + after, UNICODE, link_down=link_down)
    return f"{glyph} {word} {figure}".rstrip()


def talk_of(*deliveries: Delivery, limits: StallLimits | None = None) -> Talk:
    talk = Talk(limits=limits)
    talk.take(*deliveries)
    return talk


def view_of(talk: Talk, height: int = 5) -> PaneView:
    view = PaneView(talk.conversation, UNICODE)
    view.resize(40, height)
    view.update()
    return view


# -- state -------------------------------------------------------------------------------------------------------------


def test_a_conversation_that_never_spoke_waits_for_an_unknown_time() -> None:
    assert state(Talk(), 30) == "· waiting"


@pytest.mark.parametrize(
    ("deliveries", "after", "words"),
    [
        ([token("x"), chunk("done"), message("user", "and now?")], 3, "· waiting 3 s"),
        ([THINKING], 4.9, "✱ thinking 4 s"),
        ([THINKING], 0, "✱ thinking 0 s"),
        ([CALL], 2.1, "⚙ web.search 2 s"),
        ([CALL], 65, "⚙ web.search 1:05"),
        ([chunk("tool_call", id="1")], 0, "⚙ tool 0 s"),
        ([CALL, RESULT], 5, "· waiting 5 s"),
        ([token("x")], 0, "› answering 0 s"),
        ([token("x"), chunk("done")], 247, "✓ done 4:07"),
        ([chunk("error", error="no")], 12, "✗ error 12 s"),
        ([chunk("error", error="no")], 7500, "✗ error 2 h 05"),
    ],
)
def test_the_state_in_words_with_its_time(deliveries: list[Delivery], after: float, words: str) -> None:
    assert state(talk_of(*deliveries), after) == words


def test_a_time_that_is_not_known_is_blank_and_not_nought() -> None:
    for deliveries in ([message("user", "hi")], [b"not json"], [Gap(GapCause.RECONNECT)]):
        assert state(talk_of(*deliveries), 3) in ("· waiting", "· waiting 3 s")


def test_an_answer_says_its_rate_once_it_is_known() -> None:
    talk = Talk()
    for _ in range(4):
        talk.take(*(token("x") for _ in range(57)), after=1)
    assert rate_words(talk.conversation, talk.now + 1) == "57/s"
    assert rate_words(talk.conversation, talk.now + 10) == ""


def test_the_newest_of_several_tools_is_named() -> None:
    talk = talk_of(CALL, chunk("tool_call", name="billing", id="2"))
    assert state(talk) == "⚙ billing 0 s"
    talk.take(chunk("tool_result", id="2", result="x"), after=1)
    assert state(talk) == "⚙ web.search 1 s"


def test_a_model_that_is_silent_and_a_link_that_is_down_are_different_words() -> None:
    talk = talk_of(token("x"), limits=StallLimits(answering=15))
    assert state(talk, 15) == "› answering 15 s"
    assert state(talk, 16) == "◌ model silent 16 s"
    assert state(talk, 16, link_down="link down") == "○ link down"
    assert state(talk, link_down="link down") == "○ link down"


@pytest.mark.parametrize("deliveries", [[THINKING], [CALL], [CALL, RESULT], [message("user", "x")], [token("x")]])
def test_every_phase_that_owes_the_next_step_can_fall_silent(deliveries: list[Delivery]) -> None:
    talk = talk_of(*deliveries, limits=StallLimits(1, 1, 1))
    assert state(talk, 2) == "◌ model silent 2 s"


def test_what_is_over_needs_no_link_and_is_never_silent() -> None:
    for last, words in ((chunk("done"), "✓ done 2 h 05"), (chunk("error", error="no"), "✗ error 2 h 05")):
        assert state(talk_of(token("x"), last), 7500, link_down="link down") == words


def test_states_differ_in_ink_too() -> None:
    inks = {
        words: state_words(talk.conversation, talk.now, UNICODE, link_down=words if words == "down" else "")[3]
        for words, talk in {
            "error": talk_of(chunk("error", error="no")), "done": talk_of(chunk("done")), "down": talk_of(token("x")),
            "answer": talk_of(token("x")), "thought": talk_of(THINKING),
        }.items()
    }  # fmt: skip
    assert inks == {
        "error": Ink.BAD, "done": Ink.DIM, "down": Ink.WARN, "answer": Ink.TEXT, "thought": Ink.THINKING,
    }  # fmt: skip


def test_a_clock_that_was_set_back_shows_no_negative_time() -> None:
    assert state(talk_of(THINKING), -100) == "✱ thinking 0 s"


def test_attention_is_asked_for_by_errors_silence_and_what_is_unread() -> None:
    for deliveries, after, asked in (
        ([chunk("error", error="no")], 0, True),
        ([token("x")], 3600, True),
        ([chunk("done")], 0, True),
        ([token("x")], 0, False),
    ):
        talk = talk_of(*deliveries)
        assert (talk.conversation.attention(talk.now + after) is not Attention.NONE) is asked
        talk.conversation.acknowledge(talk.now + after)
        assert talk.conversation.attention(talk.now + after) is Attention.NONE


# -- header ------------------------------------------------------------------------------------------------------------


def both_sides(view: PaneView, talk: Talk, *, pinned: bool = False, source: str = "") -> tuple[str, str]:
    left, right = header(view, 1, talk.now, UNICODE, 80, pinned=pinned, link_down="", source=source)
    return words_of(left), words_of(right)


def test_the_header_says_number_id_label_and_state() -> None:
    talk = talk_of(chunk("thinking", content="x", title="billing-help"))
    assert both_sides(view_of(talk), talk) == (" 1 a3f2 billing-help ", " ✱ thinking 0 s ")


@pytest.mark.parametrize("width", range(20, 201))
@pytest.mark.parametrize("silent", [False, True])
def test_the_label_stands_before_id_and_word_and_figures_before_the_word(width: int, silent: bool) -> None:
    talk = talk_of(chunk("token", content="x", title="billing-help"))
    now = talk.now + (48 if silent else 3)
    left, right = header(view_of(talk), 1, now, UNICODE, width, pinned=True, link_down="")
    words, state_said = words_of(left), words_of(right)
    word, figure = ("model silent", "48 s") if silent else ("answering", "3 s")
    assert len(words) + len(state_said) <= width - FRAME_CELLS
    assert figure in state_said
    assert "bil" in words or width < 22
    assert word not in state_said or "a3f2" in words
    assert "a3f2" not in words or "billing-help" in words
    assert word in state_said or width < 49
    if width >= 29:
        assert "billing-help" in words


@pytest.mark.parametrize("width", range(20, 60))
def test_without_a_label_the_id_stays_and_the_figure_goes_before_the_word(width: int) -> None:
    talk = talk_of(chunk("token", content="x"))
    left, right = header(view_of(talk), 1, talk.now + 48, UNICODE, width, pinned=False, link_down="")
    assert "a3f2" in words_of(left)
    assert "◌" in words_of(right)
    assert "48 s" in words_of(right)


@pytest.mark.parametrize("width", range(20, 60))
def test_a_footer_says_whole_facts_at_every_width(width: int) -> None:
    talk = talk_of(*answered(30))
    view = view_of(talk)
    view.scroll(-5)
    said = words_of(footer(view, talk.now, UNICODE, width)).strip()
    assert said in ("End = live", "nothing new · End = live")
    talk.take(*answered(30))
    said = words_of(footer(view, talk.now, UNICODE, width)).strip()
    assert re.fullmatch(r"\+[0-9,]+ new( · End = live)?", said)


def test_without_a_label_there_is_none() -> None:
    talk = talk_of(THINKING)
    assert both_sides(view_of(talk), talk)[0] == " 1 a3f2 "


def test_a_pin_several_sources_and_a_frozen_view_show() -> None:
    talk = talk_of(THINKING)
    view = view_of(talk)
    view.toggle_frozen()
    assert both_sides(view, talk, pinned=True, source="prod") == (" 1■ a3f2 prod ", " ‖ frozen  ✱ thinking 0 s ")


def test_what_belongs_to_no_conversation_is_called_so() -> None:
    talk = Talk(key=ConversationKey("nats", STRAY_ID))
    talk.take(StrayPayload("chat.chunk.?", b"{}"))
    assert both_sides(view_of(talk), talk)[0] == " 1 ???? not a conversation "


# -- footer ------------------------------------------------------------------------------------------------------------


def test_the_footer_is_blank_before_the_first_turn() -> None:
    talk = Talk()
    assert footer(view_of(talk), talk.now, UNICODE, 80) == []


def test_the_footer_says_what_is_known_of_the_turn_and_nothing_else() -> None:
    talk = talk_of(message("user", "q"))
    view = view_of(talk)
    assert words_of(footer(view, talk.now, UNICODE, 80)) == " turn 1 "
    talk.take(CALL, RESULT, after=0.5)
    talk.take(token("x"), after=0.3)
    assert words_of(footer(view, talk.now, UNICODE, 80)) == " first token 0.8 s · 1 tool · turn 1 "
    talk.take(Gap(GapCause.OVERFLOW, count=1340))
    assert words_of(footer(view, talk.now, UNICODE, 80)) == " 1,340 lost · first token 0.8 s · 1 tool · turn 1 "
    assert words_of(footer(view, talk.now, ASCII, 80)).isascii()


def test_joined_midway_the_time_to_the_first_token_is_not_known() -> None:
    talk = talk_of(chunk("token", content="x", seq=7))
    assert words_of(footer(view_of(talk), talk.now, UNICODE, 80)) == " turn 1 "


def test_away_from_the_end_the_footer_says_what_is_new_and_the_way_back() -> None:
    talk = talk_of(*answered(3))
    view = view_of(talk)
    view.scroll(-3)
    assert footer(view, talk.now, UNICODE, 80) == [(" nothing new", Ink.DIM), (" · End = live ", Ink.DIM)]
    talk.take(*(token("x") for _ in range(1213)))
    assert footer(view, talk.now, UNICODE, 80)[0] == (" +1,213 new", Ink.WARN)
    talk.take(chunk("error", error="no"))
    assert footer(view, talk.now, UNICODE, 80)[0] == (" +1,214 new, 1 error", Ink.BAD)
    view.go_live()
    assert "turn" in words_of(footer(view, talk.now, UNICODE, 80))


def test_what_is_held_because_it_is_no_longer_kept_is_not_called_frozen() -> None:
    talk = Talk(text_budget=8_000)
    talk.take(*answered(12))
    view = view_of(talk)
    view.scroll(-25)
    talk.take(*answered(100))
    view.update()
    assert " ‖ held " in both_sides(view, talk)[1]
    view.toggle_frozen()
    assert " ‖ frozen " in both_sides(view, talk)[1]


def test_the_figure_of_what_is_done_after_an_error_is_not_read_as_the_errors() -> None:
    talk = talk_of(chunk("error", error="broke", title="billing-help"), chunk("done"), message("user", "again"))
    talk.take(token("x"), after=2)
    view = view_of(talk)
    assert both_sides(view, talk)[1] == " ✗ then answering 0 s "
    assert words_of(header(view, 1, talk.now, UNICODE, 30, pinned=False, link_down="")[1]) == " ✗ "


def test_a_frozen_view_counts_in_its_footer() -> None:
    talk = talk_of(*answered(3))
    view = view_of(talk)
    view.toggle_frozen()
    talk.take(token("x"))
    assert words_of(footer(view, talk.now, UNICODE, 80)) == " +1 new · End = live "


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("shown_as", list(View))
@pytest.mark.parametrize("width", range(20, 100))
def test_how_much_is_hidden_is_said_at_every_width_whatever_else_there_is(
    width: int, shown_as: View, glyphs: Glyphs
) -> None:
    talk = talk_of(message("user", "why?"), token("straw\n" * 110 + "needle\n"), *[token("straw\n")] * 12)
    view = PaneView(talk.conversation, glyphs, Reading(view=shown_as, filter=FilterQuery("needle")))
    view.resize(40, 5)
    view.update()

    def said() -> str:
        edge = words_of(footer(view, talk.now, glyphs, width, beside=6))
        assert len(edge) <= width - FRAME_CELLS
        found = re.search(r"(\d+)( \w+)? hidden", edge)
        assert found is not None, edge
        assert int(found[1]) == view.layout.sifted
        return edge

    said()
    view.toggle_frozen()
    said()
    talk.take(*[token("new straw\n")] * 120)
    assert "+120" in said() or width < 26
    talk.take(chunk("error", error="no"), chunk("error", error="no"))
    edge = said()
    assert "2 errors" in edge or f"2{glyphs.error}" in edge or width < 34, edge


def test_a_filter_that_was_stopped_is_said_in_few_words_where_there_is_little_room() -> None:
    talk = talk_of(token("x" * 3_000))
    view = PaneView(talk.conversation, UNICODE, Reading(filter=FilterQuery("/(x+x+)+y/")))
    view.resize(40, 5)
    view.update()
    assert "stopped: too slow" in words_of(footer(view, talk.now, UNICODE, 100))
    for width in range(24, 40):
        assert "filter stopped" in words_of(footer(view, talk.now, UNICODE, width))


# -- hostile text ------------------------------------------------------------------------------------------------------


def test_nothing_hostile_gets_into_the_frame() -> None:
    talk = talk_of(chunk("tool_call", name=HOSTILE, title=HOSTILE))
    view = view_of(talk)
    left, right = header(view, 1, talk.now, UNICODE, 80, pinned=True, link_down="", source=HOSTILE)
    for words in (
        words_of(left),
        words_of(right),
        words_of(footer(view, talk.now, UNICODE, 80)),
        label(talk.conversation),
    ):
        assert is_harmless(words)
    assert "␛[31mred" in words_of(left)
    assert "[bold]markup[/]" in label(talk.conversation)


def test_a_label_is_cut_to_what_can_be_looked_at() -> None:
    talk = talk_of(chunk("token", content="x", title="y" * 10_000))
    assert label(talk.conversation) == "y" * 60 + "…"
    assert short_id(talk.conversation) == "a3f2"
