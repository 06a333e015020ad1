"""Levels, views, times, filters: what is shown, what is counted, and the reader's row that stays through it all."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core import pages
from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.display import DisplaySettings, Level, Times
from chatwatch_tui.core.events import Delivery, Gap, GapCause
from chatwatch_tui.core.filtering import FilterQuery, Granularity
from chatwatch_tui.core.raw import RawArrivals
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.pane_words import hidden_facts, hidden_total
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.reading import LEVELS, Reading, View
from chatwatch_tui.ui.stream_layout import StreamLayout
from tests.ui.conversations import BATCHES, READINGS, Talk, answered, chunk, message, rows_of, token, words_of


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def viewed(*deliveries: Delivery, width: int = 60, height: int = 10, **reading: object) -> tuple[Talk, PaneView]:
    talk = Talk()
    talk.take(*deliveries)
    view = PaneView(talk.conversation, UNICODE, Reading(**reading))  # type: ignore[arg-type]
    view.resize(width, height)
    view.update()
    return talk, view


def texts(view: PaneView) -> list[str]:
    return [words_of(row).rstrip() for row in rows_of(view.layout)]


def shown(view: PaneView) -> list[str]:
    return texts(view)[view.top : view.top + view.height]


def display(**fields: object) -> DisplaySettings:
    return DisplaySettings(**fields)  # type: ignore[arg-type]


TURN = (
    message("system", "Be brief. " * 20),
    message("user", "why twice?"),
    chunk("thinking", content="The customer asks\nabout two charges, so I look them up in the books of October. " * 2),
    chunk("tool_call", name="billing", id="1", arguments={"customer": 8812, "months": ["2026-09", "2026-10"] * 4}),
    chunk("tool_result", id="1", result="two invoices " * 12),
    token("Once for the plan."),
    chunk("status", text="half way " * 12),
    chunk("done"),
)


# -- levels ------------------------------------------------------------------------------------------------------------


def test_every_kind_in_one_line_is_one_line() -> None:
    _, view = viewed(*TURN, display=display(**dict.fromkeys(LEVELS, Level.ONE_LINE)))
    rows = texts(view)
    assert [row[:12] for row in rows] == [
        "system  Be b", "user  why tw", "✱ The custom", "⚙ billing  {", "↳ 156 B · 0.", "› Once for t", "? status  ha",
        "✓ turn 1 · 0",
    ]  # fmt: skip
    assert rows[2] == "✱ The customer asks about two charges, so I…  160 characters"
    assert rows[1] == "user  why twice?", "what fits has no figure"


def test_every_kind_in_full_is_whole() -> None:
    _, view = viewed(*TURN, display=display(**dict.fromkeys(LEVELS, Level.FULL)))
    joined = "".join("".join(texts(view)).split())
    for words in ("2026-10", "twoinvoices" * 12, "halfway" * 12, "Bebrief." * 20):
        assert words in joined


def test_what_is_hidden_leaves_nothing_but_its_count() -> None:
    for name in LEVELS:
        _, view = viewed(*TURN, display=display(**{name: Level.HIDDEN}))
        _, full = viewed(*TURN)
        assert len(view.layout) < len(full.layout)
        assert set(texts(view)) <= {*texts(full), "↳ billing  156 B · 0.0 s  two invoices two invoices two inv…"}
        (fact,) = hidden_facts(view)
        assert fact.startswith("1 ")
        assert fact.endswith(" hidden")


def test_a_result_whose_call_is_hidden_names_the_tool() -> None:
    _, view = viewed(*TURN, display=display(tool_call=Level.HIDDEN))
    assert any(row.startswith("↳ billing  156 B") for row in texts(view))


def test_errors_and_gaps_are_never_hidden() -> None:
    everything = display(**dict.fromkeys(LEVELS, Level.HIDDEN))
    gap = Gap(GapCause.OVERFLOW, count=7)
    for reading in (
        {"display": everything}, {"view": View.MESSAGES}, {"filter": FilterQuery("zzz")},
        {"filter": FilterQuery("zzz", Granularity.TURN)},
    ):  # fmt: skip
        _, view = viewed(*TURN, gap, chunk("error", error="it broke"), **reading)
        rows = "\n".join(texts(view))
        assert " ✗ error  it broke" in rows
        assert "7 dropped" in rows


def test_hidden_parts_are_counted_by_kind_and_many_kinds_as_parts() -> None:
    _, view = viewed(*TURN, *TURN, display=display(thinking=Level.HIDDEN, tool_call=Level.HIDDEN))
    assert hidden_facts(view) == ["2 thoughts, 2 tool calls hidden"]
    view.show_as(Reading(display(thinking=Level.HIDDEN, tool_call=Level.HIDDEN, done=Level.HIDDEN)))
    assert hidden_facts(view) == ["6 parts hidden"]
    assert hidden_total(view) == 6


def test_a_thought_of_many_pages_in_one_line_is_one_line_and_one_hidden_thought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TextBlock, "PAGE", 150)
    monkeypatch.setattr(pages, "_SLACK", 40)
    talk, view = viewed(chunk("thinking", content="a thought of words "), display=display(thinking=Level.ONE_LINE))
    for _ in range(40):
        talk.take(chunk("thinking", content="and more of them\n"))
        view.update()
    assert len(talk.conversation.transcript.blocks) > 3
    assert [row for row in texts(view) if row.startswith("✱")] == [
        "✱ a thought of words and more of them and m…  699 characters"
    ]
    view.show_as(Reading(display(thinking=Level.HIDDEN)))
    assert hidden_facts(view) == ["1 thought hidden"]


def test_messages_only_shows_what_was_said_and_by_whom() -> None:
    _, view = viewed(*TURN, view=View.MESSAGES)
    rows = texts(view)
    assert [row.split()[0] for row in rows if not row.startswith(" ")] == ["system", "user", "assistant"]
    assert hidden_facts(view) == ["5 parts hidden", "messages only"]


# -- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (Times.ABSOLUTE, ["22:13:20", "22:13:22", "22:13:23", "22:13:27", "22:13:29"]),
        (Times.RELATIVE, ["+0.0 s", "+2.0 s", "+3.0 s", "+7.0 s", "+9.0 s"]),
        (Times.DELTA, ["", "+2.0 s", "+1.0 s", "+4.0 s", "+2.0 s"]),
    ],
)
def test_times_stand_beside_what_begins(times: Times, expected: list[str]) -> None:
    talk, view = viewed(message("user", "q"), display=display(times=times))
    talk.take(chunk("thinking", content="one\ntwo"), after=2)
    talk.take(chunk("tool_call", name="slow", id="1"), after=1)
    talk.take(chunk("tool_result", id="1", result="x"), after=4)
    talk.take(token("answer"), after=2)
    view.update()
    column = [row[:10].strip() for row in texts(view)]
    assert [each for position, each in enumerate(column) if position != 2] == expected
    assert column[2] == "", "the second row of a text has none"
    assert {row[10:12] for row in texts(view)} == {"us", "✱ ", "  ", "⚙ ", "↳ ", "› "}


def test_times_between_parts_add_up_over_what_is_shown() -> None:
    hidden = display(times=Times.DELTA, tool_call=Level.HIDDEN, thinking=Level.HIDDEN)
    talk, view = viewed(message("user", "q"), display=hidden)
    talk.take(chunk("thinking", content="one"), after=2)
    talk.take(chunk("tool_call", name="slow", id="1"), after=1)
    talk.take(chunk("tool_result", id="1", result="x"), after=4)
    talk.take(token("answer"), after=2)
    view.update()
    column = [row[:10].strip() for row in texts(view)]
    assert column == ["", "+7.0 s", "+2.0 s"], "from the question to the result, from the result to the answer"


def test_a_narrow_pane_has_no_column_and_comes_back_to_it() -> None:
    _, view = viewed(*answered(3), width=49, display=display(times=Times.ABSOLUTE))
    assert texts(view)[0] == "user  question 0"
    view.resize(50, 10)
    assert texts(view)[0] == "22:13:20  user  question 0"


def test_another_day_is_marked_once_and_the_readers_row_stays_when_the_day_before_is_pruned() -> None:
    talk = Talk(text_budget=100_000)
    talk.take(*answered(3))
    talk.take(*answered(6), after=7_200)
    view = PaneView(talk.conversation, UNICODE, Reading(display(times=Times.ABSOLUTE)))
    view.resize(60, 6)
    marks = [row.strip(" ┄") for row in texts(view) if "2023" in row]
    assert marks == ["Wed 2023-11-15"]
    view.scroll(-4)
    before = shown(view)
    talk.conversation.transcript.text_budget = 5_000
    talk.take(*answered(2))
    view.update()
    assert talk.conversation.transcript.pruned_turns
    assert shown(view) == before


# -- raw ---------------------------------------------------------------------------------------------------------------


def test_raw_is_a_row_per_delivery_with_time_type_size_and_words() -> None:
    _, view = viewed(*TURN, b"not json", Gap(GapCause.OVERFLOW, count=3), view=View.RAW, width=78)
    rows = texts(view)
    assert len(rows) == 10
    assert rows[5].startswith("22:13:20.000  › token          ")
    assert rows[5].endswith('B  "Once for the plan."')
    assert [row.split()[2] for row in rows] == [
        "system", "user", "thinking", "tool_call", "tool_result", "token", "status", "done", "undecodable", "gap",
    ]  # fmt: skip
    assert hidden_facts(view) == ["raw chunks"]


def test_raw_says_how_many_earlier_ones_are_not_kept_and_holds_the_row_that_is_read() -> None:
    talk, view = viewed(view=View.RAW)
    talk.conversation.raw = RawArrivals(20)
    view.show_as(Reading())
    view.show_as(Reading(view=View.RAW))
    for number in range(50):
        talk.take(token(f"w{number} "))
        view.update()
    assert texts(view)[0].startswith("┄ 30 earlier not kept raw ")
    assert '"w49 "' in texts(view)[-1]
    view.scroll(-5)
    before = shown(view)
    for number in range(50, 60):
        talk.take(token(f"w{number} "))
        view.update()
    assert shown(view) == before
    for number in range(60, 100):
        talk.take(token(f"w{number} "))
        view.update()
    assert shown(view) == before, "what is read is no longer kept, and stands still"
    view.go_live()
    assert '"w99 "' in shown(view)[-1]


def test_raw_decodes_nothing_before_it_is_drawn() -> None:
    talk, view = viewed(view=View.RAW)
    layout = view.layout
    assert isinstance(layout, RawLayout)
    built = layout.rows_built
    for _ in range(20):
        talk.take(*answered(3))
        view.update()
    assert layout.rows_built == built


def test_raw_and_frozen_shows_what_there_was_in_every_view() -> None:
    talk, view = viewed(*answered(3))
    view.toggle_frozen()
    talk.take(*answered(3))
    view.show_as(Reading(view=View.RAW))
    assert len(view.layout) == 3 * 42
    view.show_as(Reading())
    assert not any("question 3" in row for row in texts(view))
    view.toggle_frozen()
    view.show_as(Reading(view=View.RAW))
    assert len(view.layout) == 6 * 42


def test_from_text_to_raw_and_back_the_same_is_read() -> None:
    _, view = viewed(*answered(20))
    view.scroll(-30)
    before = shown(view)
    word = before[0].split()[-1]
    view.show_as(Reading(view=View.RAW))
    assert any(
        abs(int(word[word.index("w") + 1 :]) - int(row.split("w")[-1].strip('" '))) < 12 for row in shown(view)[:1]
    )
    view.show_as(Reading())
    assert shown(view) == before


LISTED = "First 中文字 words.\n\n\n  3. Nothing else, and words that go on beyond the row\n\n\t中文 the end\n"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(BATCHES, max_size=6),
    st.integers(6, 90),
    st.integers(1, 20),
    READINGS,
    st.sampled_from([None, 15]),
    st.sampled_from(list(Times)),
)
def test_from_any_row_through_the_other_views_and_back_one_is_at_that_row(
    batches: list[list[Delivery]], width: int, height: int, reading: Reading, kept: int | None, times: Times
) -> None:
    talk = Talk()
    talk.conversation.raw = RawArrivals(kept or 10_000)
    first: list[Delivery] = [*TURN, token(LISTED), chunk("done")]
    for batch in (first, *batches):
        talk.take(*batch, after=30_000)
    view = PaneView(talk.conversation, UNICODE, reading)
    view.resize(width, height)
    view.update()
    views = list(View)
    for row in range(len(view.layout)):
        view.go_live()
        view.point_at(row)
        was = (view.cursor, view.top, view.following)
        begin = views.index(reading.view)
        for step in range(1, 4):
            view.show_as(msgspec.structs.replace(reading, view=views[(begin + step) % 3]))
            view.settle()
        assert (view.cursor, view.top, view.following) == was
        view.show_as(msgspec.structs.replace(reading, display=display(times=times)))
        view.resize(width + 7, height)
        view.resize(width, height)
        view.show_as(reading)
        assert view.pointed_row is None or view.cursor == row


# -- filters -----------------------------------------------------------------------------------------------------------


def test_lines_that_match_are_shown_and_the_others_counted() -> None:
    _, view = viewed(
        message("user", "first\nneedle one"), token("hay\nneedle two\nhay"), chunk("done"), filter=FilterQuery("needle")
    )
    assert texts(view) == ["user  needle one", "› needle two"]
    assert hidden_facts(view) == ["4 lines hidden", 'filter "needle"']


def test_lines_keep_their_indentation() -> None:
    _, view = viewed(token(' {\n  "needle": {\n\t"a needle": 1  \n'), filter=FilterQuery("needle"))
    assert texts(view) == ['›   "needle": {', '›     "a needle": 1']


def test_turns_that_match_are_shown_whole() -> None:
    talk, view = viewed(*answered(5), filter=FilterQuery("t3w7", Granularity.TURN))
    assert texts(view)[0] == "user  question 3"
    assert {row.split("w")[0].split()[-1] for row in texts(view) if "w" in row} == {"t3"}
    talk.take(token("t3w7 again"))
    view.update()
    assert texts(view)[-1].startswith("› t3w7 again")


def test_new_text_is_filtered_as_it_comes_also_where_a_word_is_split() -> None:
    talk, view = viewed(token("a nee"), filter=FilterQuery("needle -x"))
    assert texts(view) == []
    for piece, expected in (("dle", ["› a needle"]), (" b", ["› a needle b"]), (" x", []), ("\nneedle", ["› needle"])):
        talk.take(token(piece))
        view.update()
        assert texts(view) == expected


def test_cleared_the_line_that_was_pointed_at_stands_where_it_stood() -> None:
    deliveries = [token(f"line {number} {'needle' if number % 40 == 7 else 'hay'}\n") for number in range(400)]
    _, view = viewed(*deliveries)
    view.show_as(Reading(filter=FilterQuery("needle")))
    assert len(view.layout) == 10
    view.point_at(3)
    on_screen = 3 - view.top
    view.show_as(Reading())
    assert shown(view)[on_screen].strip() == "line 127 needle"
    assert view.cursor == view.top + on_screen
    assert not view.following


def test_cleared_without_having_moved_the_reader_is_where_they_were() -> None:
    _, view = viewed(*answered(30))
    view.scroll(-50)
    before = shown(view)
    for reading in (
        Reading(filter=FilterQuery("question")), Reading(display(token=Level.HIDDEN)), Reading(view=View.MESSAGES),
        Reading(display(times=Times.DELTA)), Reading(),
    ):  # fmt: skip
        view.show_as(reading)
    assert shown(view) == before


def test_a_filter_that_runs_away_is_stopped_said_and_hides_nothing_more() -> None:
    _, view = viewed(token("x" * 3_000), filter=FilterQuery("/(x+x+)+y/"))
    assert isinstance(view.layout, StreamLayout)
    assert view.layout.filter_failed
    assert any("stopped: too slow" in fact for fact in hidden_facts(view))
    assert len(view.layout) > 10


def test_the_cursor_stands_only_where_text_comes_in() -> None:
    talk, view = viewed(token("shown\n"), filter=FilterQuery("shown"))
    seen = [view.layout.ends_open]
    talk.take(token("also shown"))
    view.update()
    seen.append(view.layout.ends_open)
    view.show_as(Reading(view=View.RAW))
    seen.append(view.layout.ends_open)
    assert seen == [False, True, False]


def test_without_unicode_folded_rows_and_marks_have_signs_of_ascii() -> None:
    talk = Talk()
    talk.take(*TURN)
    view = PaneView(talk.conversation, ASCII, Reading(display(times=Times.DELTA, tool_result=Level.FULL)))
    view.resize(80, 10)
    assert all(row.replace("…", "").isascii() for row in texts(view))


# -- filters on raw chunks ---------------------------------------------------------------------------------------------


TALKED = (
    message("user", "why twice?"),
    token("the needle"),
    token(" hay"),
    chunk("tool_call", name="web.search", id="1", arguments={"q": "hay"}),
    chunk("tool_result", id="1", result="needle"),
    chunk("error", error="broke"),
    message("user", "and now?"),
    token("hay"),
    chunk("done"),
)


@pytest.mark.parametrize(
    ("query", "granularity", "expected"),
    [
        ("needle", Granularity.LINE, ["token", "tool_result", "error"]),
        ("-needle", Granularity.LINE, ["user", "token", "tool_call", "error", "user", "token", "done"]),
        ("tool:web", Granularity.LINE, ["tool_call", "tool_result", "error"]),
        ("type:tool_call", Granularity.LINE, ["tool_call", "error"]),
        ("role:user now", Granularity.LINE, ["error", "user"]),
        ("needle", Granularity.TURN, ["user", "token", "token", "tool_call", "tool_result", "error"]),
        ("type:error", Granularity.TURN, ["user", "token", "token", "tool_call", "tool_result", "error"]),
        ("now", Granularity.TURN, ["error", "user", "token", "done"]),
    ],
)
def test_a_filter_holds_for_raw_chunks(query: str, granularity: Granularity, expected: list[str]) -> None:
    _, view = viewed(*TALKED, view=View.RAW, filter=FilterQuery(query, granularity), width=70)
    assert [text.split()[2] for text in texts(view)] == expected
    hidden = len(TALKED) - len(expected)
    assert hidden_facts(view)[0] == f"{hidden} chunk{'s' * (hidden != 1)} hidden"


def test_raw_chunks_are_filtered_as_they_come_and_go_and_a_turn_that_comes_to_match_is_shown_whole() -> None:
    talk, view = viewed(view=View.RAW, filter=FilterQuery("needle", Granularity.TURN), width=70)
    talk.conversation.raw = RawArrivals(6)
    view = PaneView(talk.conversation, UNICODE, view.reading)
    view.resize(70, 10)
    seen = []
    for delivery in (token("hay "), token("nee"), token("dle"), token(" more"), chunk("done"), token("a"), token("b")):
        talk.take(delivery)
        view.update()
        seen.append([text.split('"')[1] if '"' in text else "" for text in texts(view)])
    assert seen[:4] == [[], [], ["hay ", "nee", "dle"], ["hay ", "nee", "dle", " more"]]
    layout = view.layout
    assert layout.sifted == 2
    for number in range(len(layout)):
        assert layout.row_of_anchor(layout.anchor(number)) == number
        assert layout.row_of(layout.place(number)) == max(1, number), "the mark of what is not kept has no place"
    view.show_as(Reading())
    view.show_as(Reading(view=View.RAW, filter=FilterQuery("needle", Granularity.TURN)))
    assert [layout.row(number) for number in range(len(layout))] == rows_of(view.layout)
