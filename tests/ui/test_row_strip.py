"""Whatever a terminal thinks of a grapheme, what follows stands in its column and nothing old stays."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from textual.strip import Strip

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.doubtful import is_doubtful
from chatwatch_tui.ui.look import Look, width_of
from chatwatch_tui.ui.row_strip import RowStrip
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width, wrap
from tests.ui.terminals import SCREENS

CONSOLE = Console(force_terminal=True, color_system="truecolor")
DOUBTFUL = (
    "🏳️\u200d🌈", "❤️\u200d🩹", "👍🏽", "👩🏽\u200d💻", "👩\u200d👩\u200d👧", "🧑🏽\u200d🤝\u200d🧑🏿", "1️⃣", "☀️", "☰",
    "का", "மொ", "क्ष", "🤷🏽\u200d♀️", "☝🏽", "🇩🇪", "⌚\ufe0e",
)  # fmt: skip
WIDTH = 40
LEFT, RIGHT = 4, 4
"""Cells of others beside the row."""
TEXTS = st.lists(st.sampled_from((*DOUBTFUL, " ", "  ", "ab", "中文", "é", "e\u0301")), max_size=14).map("".join)


def row_of(text: str) -> Strip:
    """A row with frames."""
    look = Look()
    inner = look.fitted(((SafeText(text), Ink.TEXT),), WIDTH - 4)
    return look.strip(((SafeText("│ "), Ink.FRAME), *inner, (SafeText(" │"), Ink.FRAME)), WIDTH)


def shown(screen: type[pyte.Screen], rendered: str) -> list[str]:
    """The cells of a row after that was written over others' letters."""
    terminal = screen(LEFT + WIDTH + RIGHT, 2)
    stream = pyte.Stream(terminal)
    stream.feed("\x1b[?7l" + "#" * (LEFT + WIDTH + RIGHT) + f"\x1b[1;{LEFT + 1}H" + rendered)
    assert {terminal.buffer[1][x].data for x in range(terminal.columns)} == {" "}
    return [terminal.buffer[0][x].data for x in range(terminal.columns)]


@pytest.mark.parametrize("screen", SCREENS)
@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_frames_and_neighbours_stand_whatever_the_terminal_thinks(screen: type[pyte.Screen], text: str) -> None:
    strip = row_of(text)
    assert cell_len(strip.text) == WIDTH
    cells = shown(screen, strip.render(CONSOLE))
    assert cells[:LEFT] + cells[-RIGHT:] == ["#"] * (LEFT + RIGHT)
    assert "#" not in cells[LEFT:-RIGHT]
    assert (cells[LEFT], cells[LEFT + WIDTH - 1]) == ("│", "│")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("grapheme", DOUBTFUL)
def test_the_word_behind_a_doubtful_grapheme_stands_in_its_column(screen: type[pyte.Screen], grapheme: str) -> None:
    cells = shown(screen, row_of(f"{grapheme * 3}|word").render(CONSOLE))
    at = LEFT + 2 + cell_width(SafeText(grapheme * 3))
    assert "".join(cells[at : at + 5]) == "|word"


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.lists(st.integers(0, WIDTH), max_size=3))
def test_parts_of_a_row_are_as_wide_as_they_are_cut_and_keep_its_end(text: str, cuts: list[int]) -> None:
    strip = row_of(text)
    ends = sorted({*cuts, WIDTH} - {0})
    parts = strip.divide(ends)
    widths = [end - start for start, end in zip((0, *ends), ends, strict=False)]
    assert [part.cell_length for part in parts] == widths
    assert [cell_len(part.text) for part in parts] == widths
    assert parts[-1].text.endswith("│")


def test_a_spacing_mark_has_a_cell_and_keeps_it() -> None:
    assert [cell_width(SafeText(text)) for text in ("का", "கொ", "हि", "ा", "काम")] == [2, 2, 2, 1, 3]
    assert width_of(((SafeText("का"), Ink.TEXT),)) == 2
    assert [segment.text for segment in Look().strip(((SafeText("काम"), Ink.TEXT),), 4)] == ["का म "]


def test_what_might_reach_into_the_neighbour_is_drawn_by_its_first_character() -> None:
    look = Look()
    at_the_end = look.strip(((SafeText("👩🏽\u200d💻"), Ink.TEXT),), 2)
    with_room = look.strip(((SafeText("👩🏽\u200d💻"), Ink.TEXT),), 6)
    assert "👩\x1b8" in at_the_end.render(CONSOLE)
    assert "👩🏽\u200d💻\x1b8" in with_room.render(CONSOLE)


@pytest.mark.parametrize("text", ["plain", "│ é zażółć じゅげむ 中文 한국 שלום سلام e\u0301 😀 ▁▂ ⠿"])
def test_a_row_of_what_all_agree_on_is_rendered_as_textual_does(text: str) -> None:
    strip = Look().strip(((SafeText(text), Ink.TEXT),), 60)
    assert type(strip) is RowStrip
    assert strip.render(CONSOLE) == Strip(list(strip)).render(CONSOLE)


def test_one_doubtful_character_is_found_however_often_all_others_were_seen() -> None:
    sure = "│ zażółć じゅげむ 中文 กำ e\u0301 😀"
    assert not is_doubtful(sure)
    assert not is_doubtful(sure)
    assert all(is_doubtful(sure + each) and is_doubtful(each) for each in DOUBTFUL)


def test_every_spacing_mark_is_doubtful_and_counted() -> None:
    marks = [char for char in map(chr, range(0x900, 0x1D173)) if unicodedata.category(char) == "Mc"]
    assert len(marks) > 400
    assert [
        char for char in marks if cell_len(char) == 0 and not (is_doubtful(char) and cell_width(SafeText(char)))
    ] == []


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.integers(8, 30))
def test_a_row_is_broken_where_each_grapheme_in_a_frame_is_drawn_whole(text: str, width: int) -> None:
    look = Look()
    rows = wrap(SafeText(text), width)
    for row in rows:
        inner = look.fitted(((row, Ink.TEXT),), width)
        strip = look.strip(((SafeText("│ "), Ink.FRAME), *inner, (SafeText(" │"), Ink.FRAME)), width + 4)
        drawn, joined = strip.render(CONSOLE), strip.text
        assert [drawn.count(each) for each in ("\u200d", "🏽")] == [joined.count(each) for each in ("\u200d", "🏽")]
