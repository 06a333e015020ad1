"""What a slow link is sent of a frame: little, and after it the terminal shows the frame, whatever stood there."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from chatwatch_tui.ui.frame_pieces import ShownCells, erases_in_colour

WIDTH, HEIGHT = 24, 3
REGIONS = (Region(8, 0, 9, HEIGHT), Region(0, 0, 8, HEIGHT))
LIMIT = 1_000_000
STYLES = tuple(
    Style.parse(each)
    for each in ("", "red", "bold #ff8800 on #102030", "italic on blue", "reverse green", "underline", "dim")
)
Frame = tuple[Strip, ...]


def row(pieces: list[tuple[str, Style]]) -> Strip:
    """The last column is blank: with a mark on a letter there, pyte goes on to the next row."""
    strip = Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(WIDTH - 1, Style())
    return Strip([*strip, Segment(" ", Style())], WIDTH)


ROWS = st.lists(
    st.tuples(st.sampled_from(("a", "word ", "        ", " " * 20, "中文", "é", "e\u0301", "| ", "x" * 9)),
              st.sampled_from(STYLES)),
    max_size=6,
).map(row)  # fmt: skip
FRAMES = st.tuples(*[ROWS] * HEIGHT)


def drawn(shown: ShownCells, frame: Frame) -> str:
    update = LayoutUpdate([[strip] for strip in frame], Region(0, 0, WIDTH, HEIGHT))
    return "".join(shown.pieces(update, REGIONS, LIMIT, ColorSystem.TRUECOLOR))


def terminal(*sent: str) -> list[list[object]]:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for each in sent:
        stream.feed(each)
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(st.lists(FRAMES, min_size=2, max_size=4))
def test_the_terminal_shows_the_last_frame_whatever_stood_there(frames: list[Frame]) -> None:
    shown = ShownCells()
    sent = [drawn(shown, frame) for frame in frames]
    after, expected = terminal(*sent), terminal(drawn(ShownCells(), frames[-1]))
    differ = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if after[y][x] != expected[y][x]]
    assert not differ, sent  # cell by cell: pytest would take minutes to compare the two


@given(FRAMES)
def test_what_stands_there_is_not_sent_again(frame: Frame) -> None:
    shown = ShownCells()
    drawn(shown, frame)
    assert drawn(shown, frame) == ""


def test_one_letter_costs_a_jump_and_the_letter() -> None:
    shown = ShownCells()
    style = Style.parse("red")
    drawn(shown, tuple(row([(f"tick {number}", style)]) for number in (1, 2, 3)))
    sent = drawn(shown, tuple(row([(f"tick {number}", style)]) for number in (1, 2, 4)))
    assert sent == "\x1b[3;6H\x1b[31m4\x1b[0m"


def test_a_row_with_what_terminals_join_differently_is_sent_whole() -> None:
    shown = ShownCells()
    before, after = (
        (*[row([("word", STYLES[0])])] * 2, row([("👩‍💻", STYLES[0]), (f" at {number}", STYLES[0])]))
        for number in (1, 2)
    )
    drawn(shown, before)
    assert "\x1b7  \x1b8👩‍💻\x1b8\x1b[2C at 2" in drawn(shown, after)


def test_another_size_is_drawn_anew() -> None:
    shown = ShownCells()
    frame = tuple(row([("word", STYLES[1])]) for _ in range(HEIGHT))
    whole = drawn(shown, frame)
    update = LayoutUpdate([[strip] for strip in frame[:2]], Region(0, 0, WIDTH, 2))
    again = "".join(shown.pieces(update, REGIONS, LIMIT, ColorSystem.TRUECOLOR))
    assert whole.startswith("\x1b[2J")
    assert again.startswith("\x1b[2J")


@pytest.mark.parametrize(
    ("term", "expected"),
    [({"TERM": "xterm-256color"}, True), ({"TERM": "screen"}, False), ({"TERM": "screen-256color", "TMUX": "x"}, True)],
)
def test_gnu_screen_is_not_asked_to_erase_in_colour(term: dict[str, str], expected: bool) -> None:
    assert erases_in_colour(term) is expected
