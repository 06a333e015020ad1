"""What is copied of selected rows is what was seen in them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core import pages
from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.filtering import FilterQuery
from chatwatch_tui.core.raw import RawArrivals
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.pane_view import PaneView
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.selection import text_between
from tests.ui.conversations import Talk, chunk, message, token, words_of


def viewed(*deliveries: Delivery, width: int = 40, **reading: object) -> tuple[Talk, PaneView]:
    talk = Talk()
    talk.take(*deliveries)
    view = PaneView(talk.conversation, UNICODE, Reading(**reading))  # type: ignore[arg-type]
    view.resize(width, 10)
    return talk, view


def everything(view: PaneView) -> str:
    return text_between(view, 0, len(view.layout) - 1)


LINES = [f"line {number} {'needle' if number % 3 == 0 else 'hay'} {'word ' * 12}".strip() for number in range(12)]


def test_lines_that_a_filter_hides_are_not_copied_also_where_a_part_of_one_is_selected() -> None:
    _, view = viewed(token("\n".join(LINES)), filter=FilterQuery("needle"))
    assert everything(view).split("\n") == LINES[::3]
    rows = [words_of(view.layout.row(number))[2:].rstrip() for number in range(len(view.layout))]
    assert text_between(view, 1, len(rows) - 2) == "\n".join(
        [" ".join(rows[1 : len(rows) // 4]), *LINES[3:9:3], " ".join(rows[-(len(rows) // 4) : -1])]
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["hay", "needle", "", "a needle in hay", "x" * 30]), max_size=20), st.data())
def test_of_any_rows_the_words_that_are_seen_are_copied(lines: list[str], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextBlock, "PAGE", 20)
        patch.setattr(pages, "_SLACK", 40)
        asked = data.draw(st.sampled_from([None, FilterQuery("needle"), FilterQuery("-needle")]))
        _, view = viewed(token("\n".join([*lines, "needle"])), width=16, filter=asked)
        if not len(view.layout):
            return
        first = data.draw(st.integers(0, len(view.layout) - 1))
        last = data.draw(st.integers(first, len(view.layout) - 1))
        copied = [text for text in text_between(view, first, last).split("\n") if not text.startswith("~~")]
        seen = [
            words_of(view.layout.row(row)[1:])
            for row in range(first, last + 1)
            if isinstance(view.layout.block_at(row), TextBlock)
        ]
        assert "".join("".join(copied).split()) == "".join("".join(seen).split())


def test_a_line_end_where_a_page_ends_is_copied_and_a_line_that_goes_on_is_one() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextBlock, "PAGE", 20)
        patch.setattr(pages, "_SLACK", 40)
        text = "one two three four five\nsix seven eight nine ten " + "x" * 90 + "\nlast"
        _, view = viewed(message("user", text))
        assert everything(view) == text
        _, view = viewed(message("user", text), display=DisplaySettings(message=Level.ONE_LINE))
        assert len(view.layout) == 1
        assert everything(view) == text, "of what is one row it is the whole"


CALL = (
    chunk("tool_call", name="search", id="1", arguments={"q": "needle"}),
    chunk("tool_result", id="1", result="hay"),
    chunk("done"),
)


def test_of_a_tool_the_call_or_the_result_is_copied_whichever_is_seen() -> None:
    call, result = 'tool call search: {"q": "needle"}', "tool result search (3 B, 0.0 s): hay"
    _, view = viewed(message("user", "?"), *CALL)
    assert text_between(view, 1, 2) == f"{call}\n{result}"
    assert text_between(view, 1, 1) == call
    assert text_between(view, 2, 2) == result
    _, view = viewed(*CALL, filter=FilterQuery("needle"))
    assert everything(view) == call
    _, view = viewed(*CALL, filter=FilterQuery("type:tool_result"))
    assert everything(view) == result
    _, view = viewed(*CALL, filter=FilterQuery("type:tool_call"), display=DisplaySettings(tool_call=Level.FULL))
    assert everything(view) == call


def test_of_raw_chunks_those_that_a_filter_shows_are_copied_although_they_are_kept_no_longer() -> None:
    talk, view = viewed(token("a needle"), token("hay"), token("needle b"), view=View.RAW, filter=FilterQuery("needle"))
    view.toggle_frozen()
    talk.conversation.raw = RawArrivals(1)
    talk.take(token("needle c"))
    assert [line.split('"')[-2] for line in everything(view).split("\n")] == ["a needle", "needle b"]
