"""Figures are short, steady and true."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.display import DisplaySettings, Times
from chatwatch_tui.core.moments import Moment
from chatwatch_tui.ui.figures import byte_size, clock, count, elapsed, plural, whole_elapsed
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.raw_rows import describe
from chatwatch_tui.ui.reading import Reading
from chatwatch_tui.ui.times import time_span
from tests.ui.conversations import Talk, chunk, token, words_of


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "0.0 s"), (0, "0.0 s"), (0.04, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (10, "10 s"),
        (12.9, "12 s"), (59.9, "59 s"), (60, "1:00"), (247, "4:07"), (3599.9, "59:59"), (3600, "1 h 00"),
        (7500, "2 h 05"), (86_399, "23 h 59"), (86_400, "1 d"), (300_000, "3 d"),
    ],
)  # fmt: skip
def test_elapsed_time_in_the_form_that_fits_its_length(seconds: float, shown: str) -> None:
    assert elapsed(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-1, "0 s"), (0.9, "0 s"), (9.99, "9 s"), (59.9, "59 s"), (60, "1:00"), (7500, "2 h 05")]
)
def test_figures_that_tick_have_no_tenths(seconds: float, shown: str) -> None:
    assert whole_elapsed(seconds) == shown


@settings(deadline=None, max_examples=300)
@given(st.floats(0, 1e7), st.floats(0, 100))
def test_elapsed_time_never_runs_backwards(seconds: float, more: float) -> None:
    assert in_seconds(elapsed(seconds)) <= in_seconds(elapsed(seconds + more))
    assert in_seconds(whole_elapsed(seconds)) <= in_seconds(whole_elapsed(seconds + more))


def in_seconds(shown: str) -> float:
    """What a reader takes the words for."""
    units = {"s": 1, "h": 3600, "d": 86_400}
    if found := re.fullmatch(r"(\d+):(\d\d)", shown):
        return int(found[1]) * 60 + int(found[2])
    if found := re.fullmatch(r"([\d.]+) ([shd])(?: (\d\d))?", shown):
        return float(found[1]) * units[found[2]] + int(found[3] or 0) * 60
    raise AssertionError(shown)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"), (214, "214 B"), (999, "999 B"), (1000, "1.0 kB"), (1840, "1.8 kB"), (999_949, "999.9 kB"),
        (999_950, "1.0 MB"), (3_200_000, "3.2 MB"), (2_000_000_000, "2000.0 MB"),
    ],
)  # fmt: skip
def test_sizes_in_decimal_units(size: int, shown: str) -> None:
    assert byte_size(size) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"), (0.25, "0.2"), (0.01, "0"), (0.97, "1"), (1, "1"), (9.4, "9"), (57, "57"), (999.4, "999"),
        (999.5, "1.0k"), (1234, "1.2k"), (9949, "9.9k"), (9950, "10k"), (34_400, "34k"), (999_499, "999k"),
        (999_500, "1.0M"), (1_234_567, "1.2M"),
    ],
)  # fmt: skip
def test_counts_in_four_letters_or_so(number: float, shown: str) -> None:
    assert count(number) == shown


@settings(deadline=None, max_examples=300)
@given(st.floats(0, 99_000_000))
def test_counts_are_right_to_a_rounding_and_short(number: float) -> None:
    shown = count(number)
    assert len(shown) <= 5
    value = float(shown.rstrip("kM")) * {"k": 1_000, "M": 1_000_000}.get(shown[-1], 1)
    assert abs(value - number) <= max(0.5, number / 19)


def test_nouns_follow_their_number() -> None:
    assert [plural(number, "tool") for number in (0, 1, 2, 1200)] == ["0 tools", "1 tool", "2 tools", "1,200 tools"]


def test_the_clock_is_local_time() -> None:
    at = 1_700_000_000.9
    assert clock(at) == time.strftime("%H:%M:%S", time.localtime(at))
    assert clock(at, seconds=False) == clock(at)[:5]


def test_a_time_that_is_relative_is_by_one_clock() -> None:
    """A publisher's clock an hour behind ours, and only some payloads with its time."""
    without = describe(token("x"), 5_000.0, Decoder(), UNICODE)
    with_time = describe(chunk("token", content="y", ts=1_402), 5_003.0, Decoder(), UNICODE)
    assert time_span(Times.DELTA, with_time.at, without.at)[0].strip() == "+3.0 s"
    assert time_span(Times.DELTA, with_time.at, Moment(1_400.0, 5_000.0))[0].strip() == "+2.0 s"


def test_of_raw_chunks_too() -> None:
    talk = Talk()
    talk.take(token("x"))
    talk.take(chunk("token", content="y", ts=1_402), after=3.0)
    for times in (Times.DELTA, Times.RELATIVE):
        reading = Reading(display=DisplaySettings(times=times))
        conversation = talk.conversation
        layout = RawLayout(conversation.raw, conversation.transcript, conversation.decoder, 90, UNICODE, reading)
        layout.sync()
        assert "+3.000 s" in words_of(layout.row(1))
