"""Cells are exact, rows never too wide, nothing is lost between them, and growing text wraps as if it came at once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from chatwatch_tui.core.safetext import SafeText, make_safe
from chatwatch_tui.ui.block_rows import wrapped
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.wrap import NARROW, OpenParagraph, cell_width, expand_tabs, fit, pad, wrap

PIECES = [
    "a", "word ", "two words", "  ", " ", "x" * 30, "don't-stop", "(", ")", ",", "!", "“", "”", "…", "é", "Ωж", "½",
    "→", "↔", "⇒", "•", "—", "\u00a0", "\t", "中文字", "日本", "，", "。", "「", "」", "ー", "\u3000", "한국", "ｱ",
    "e\u0301", "\u0301", "a" + "\u0302" * 9, "क्\u200dष", "\u0e01\u0e33", "שלום", "سلام", "\u200c",
    "😀", "👍🏽", "🏽", "👩\u200d👩\u200d👧", "👩🏽\u200d🚀", "🇩🇪", "🇫", "❤", "❤\ufe0f", "☺", "1\ufe0f\u20e3", "1",
    "\ufe0f", "↔\ufe0f", "\u200d", "👩", "🏴\U000e0067\U000e0062\U000e0065\U000e007f", "\x1b[31m", "\x00", "\u202e",
    "\u00ad", "\ud800", "\u1112\u1161\u11ab", "\u2028", "[b]", "─", "│", "⠿",
]  # fmt: skip
LINES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
TEXTS = st.lists(st.sampled_from([*PIECES, "\n", "\n", "\n\n"]), max_size=14).map("".join)
WIDTHS = st.integers(1, 24)
GRAPHEME_CELLS = 4
"""As wide as one grapheme of `PIECES` gets for Rich (a skin tone after an emoji that is none of its bases)."""


def safe(text: str) -> SafeText:
    return expand_tabs(make_safe(text))


@settings(deadline=None, max_examples=300)
@given(LINES, WIDTHS)
def test_no_row_is_wider_than_the_width(line: str, width: int) -> None:
    assert all(cell_width(row) <= width for row in wrap(safe(line), width))


@settings(deadline=None, max_examples=300)
@given(LINES, st.integers(8, 24))
def test_rows_joined_are_the_line_but_for_blanks_at_the_breaks(line: str, width: int) -> None:
    rest: str = safe(line)
    for number, row in enumerate(wrap(safe(line), width)):
        blanks = 0
        while not rest[blanks:].startswith(row):
            assert number, "the first row begins where the line begins"
            assert rest[blanks : blanks + 1] == " ", f"{row!r} is not what follows: {rest!r}"
            blanks += 1
        rest = rest[blanks + len(row) :]
    assert not rest.strip(" ")


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text("abcXY.,-'é\u0436", min_size=1, max_size=12), min_size=1), st.integers(2, 20))
def test_words_are_cut_only_where_they_are_longer_than_a_row(words: list[str], width: int) -> None:
    rows = wrap(SafeText(" ".join(words)), width)
    left = [piece for row in rows for piece in row.split(" ")]
    for word in words:
        if len(word) <= width:
            assert left.pop(0) == word
            continue
        while word:
            piece = left.pop(0)
            assert word.startswith(piece)
            assert len(piece) == min(width, len(word))
            word = word[len(piece) :]
    assert not left


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1), st.integers(10, 20))
def test_every_row_takes_as_many_words_as_fit(words: list[str], width: int) -> None:
    rows = wrap(SafeText(" ".join(words)), width)
    for row, following in pairwise(rows):
        assert len(row) + 1 + len(following.split(" ")[0]) > width


PLAIN = st.lists(
    st.sampled_from(["a", "bc", "(", ")", ",", "→", "↔", "–", "é", " ", "  ", "word", "…", "”"]), min_size=1
)


@settings(deadline=None, max_examples=300)
@given(PLAIN.map("".join), WIDTHS)
def test_the_fast_way_and_the_exact_way_break_alike(line: str, width: int) -> None:
    settled = wrap(SafeText(line), width)[:-1]
    assert wrap(SafeText(line + "中"), width)[: len(settled)] == settled


@settings(deadline=None, max_examples=600)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), WIDTHS, st.data())
def test_a_paragraph_fed_in_pieces_has_the_rows_of_the_whole(line: str, width: int, data: st.DataObject) -> None:
    paragraph = OpenParagraph(width)
    for piece in pieces_of(line, data):
        before = list(paragraph.rows)
        changed = paragraph.append(piece)
        assert paragraph.rows[:changed] == before[:changed]
    assert paragraph.rows == wrap(safe(line), width)


@settings(deadline=None, max_examples=400)
@given(TEXTS, WIDTHS, st.data())
def test_flowing_text_fed_in_pieces_has_the_rows_of_the_whole(text: str, width: int, data: st.DataObject) -> None:
    growing = FlowingText(width)
    for piece in pieces_of(text, data):
        before = list(growing.rows)
        changed = growing.append(piece)
        assert growing.rows[:changed] == before[:changed]
    whole = FlowingText(width)
    whole.append(text)
    shown = text.strip("\n")
    assert growing.rows == whole.rows == (wrapped(shown, width) if shown else [])


def pieces_of(text: str, data: st.DataObject) -> list[str]:
    """The text cut anywhere, in the middle of graphemes too."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8), label="cuts"))
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)]) if start < end]


def test_an_arrow_does_not_move_a_break_when_something_wide_follows() -> None:
    paragraph = OpenParagraph(6)
    for piece in ("abc de→f", "gh ij", "中"):
        paragraph.append(piece)
    assert paragraph.rows == wrap(SafeText("abc de→fgh ij中"), 6) == ["abc", "de→fgh", "ij中"]


def test_a_long_paragraph_that_grows_wraps_only_its_end() -> None:
    paragraph = OpenParagraph(40)
    paragraph.append("several words that fill some rows " * 500)
    for piece in ("and ", "one ", "more, ", "中文", "❤\ufe0f ", "end"):
        before = len(paragraph.rows)
        assert paragraph.append(piece) >= before - 1


def test_line_ends_at_the_end_wait_until_something_follows() -> None:
    text = FlowingText(20)
    text.append("\n\nfirst\n\n")
    assert text.rows == ["first"]
    text.append("\n")
    assert text.rows == ["first"]
    text.append("then")
    assert text.rows == ["first", "", "", "then"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("plain", 5), ("é½Ωж", 4), ("中文", 4), ("。", 2), ("ｱ", 1), ("Ａ", 2), ("\u3000", 2), ("한", 2),
        ("\u1112\u1161\u11ab", 2), ("e\u0301", 1), ("n\u0303\u0323", 1), ("กำ", 2), ("שלום", 4), ("😀", 2),
        ("👩\u200d👩\u200d👧", 2), ("👩🏽\u200d🚀", 2), ("👍🏽", 2), ("🇩🇪", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e007f", 2),
        ("1\ufe0f\u20e3", 2), ("❤", 1), ("❤\ufe0f", 2), ("☺\ufe0f", 2), ("→", 1), ("…", 1), ("␛", 1), ("", 0),
    ],
)  # fmt: skip
def test_cells_are_those_of_the_terminal_and_of_textual(text: str, cells: int) -> None:
    assert make_safe(text) == text, "it is text, not something made visible"
    assert cell_width(SafeText(text)) == cell_len(text) == cells


@settings(deadline=None, max_examples=200)
@given(LINES)
def test_cells_are_richs_for_any_line(line: str) -> None:
    assert cell_width(safe(line)) == cell_len(safe(line))


@settings(deadline=None, max_examples=200)
@given(LINES, st.integers(0, 24))
def test_fitted_text_is_a_beginning_and_says_that_it_was_cut(line: str, width: int) -> None:
    text = safe(line)
    fitted = fit(text, width)
    assert cell_width(fitted) <= width
    if cell_width(text) <= width:
        assert fitted == text
    elif width:
        assert fitted.endswith("…")
        assert text.startswith(fitted[:-1])
        assert cell_width(fitted) > width - GRAPHEME_CELLS


@settings(deadline=None, max_examples=200)
@given(LINES, st.integers(0, 24))
def test_padded_text_is_exactly_that_wide(line: str, width: int) -> None:
    assert cell_width(pad(safe(line), width)) == width


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [
        ("no tab", 0, "no tab"), ("\ta", 0, "    a"), ("a\tb", 0, "a   b"), ("abcd\te", 0, "abcd    e"),
        ("a\tb", 2, "a b"), ("中\tb", 0, "中  b"), ("e\u0301\tb", 0, "e\u0301   b"), ("\t\t", 1, "   " + "    "),
    ],
)  # fmt: skip
def test_tabs_reach_to_the_next_stop_in_cells(text: str, column: int, shown: str) -> None:
    assert expand_tabs(SafeText(text), column) == shown


@pytest.mark.parametrize(
    ("line", "width", "rows"),
    [
        ("", 5, []),
        ("one two three", 7, ["one two", "three"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("ab abcdefgh", 4, ["ab", "abcd", "efgh"]),
        ("    indented text", 10, ["    indent", "ed text"]),
        ("   indented text", 11, ["   indented", "text"]),
        ("一二三四五", 4, ["一二", "三四", "五"]),
        ("一二三四。", 8, ["一二三", "四。"]),
        ("一二「三」", 6, ["一二", "「三」"]),
        ("see 中文 now", 6, ["see 中", "文 now"]),
        ("fine 😀😀", 7, ["fine 😀", "😀"]),
        ("ab👩\u200d👩\u200d👧", 3, ["ab", "👩\u200d👩\u200d👧"]),
        ("trailing   ", 9, ["trailing "]),
        ("中", 1, ["?"]),
        ("x", 0, ["x"]),
    ],
)
def test_where_rows_break(line: str, width: int, rows: list[str]) -> None:
    assert wrap(SafeText(line), width) == rows


def test_what_is_taken_for_narrow_is_one_cell_wide_alone_and_beside_others() -> None:
    assert [char for char in NARROW if cell_len(char) != 1] == []
    assert cell_len("".join(sorted(NARROW))) == len(NARROW)
