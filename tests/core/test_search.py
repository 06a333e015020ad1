"""A query finds what it says, and none holds up the program."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.search import CALL_SECONDS, SEARCH_SECONDS, BadPattern, Matcher, RunawayPattern, SearchError

WORDS = st.text(st.sampled_from("aAbB .é中\n*["), max_size=60)


@given(WORDS, st.text(st.sampled_from("aAb.*[ é"), min_size=1, max_size=3))
def test_plain_text_is_found_where_it_stands_with_smart_case(text: str, query: str) -> None:
    flags = re.IGNORECASE if query == query.lower() else re.NOFLAG
    expected = [match.span() for match in re.finditer(re.escape(query), text, flags)]
    matcher = Matcher(query)
    assert matcher.spans(text) == expected
    assert matcher.spans(text, 2) == expected[:2]
    assert matcher.found_in(text) == bool(expected)


@pytest.mark.parametrize(
    ("query", "minds"),
    [
        ("error", False),
        ("Error", True),
        (r"\S+\W", False),
        (r"\p{Greek}\p{L}\p{Latin}x", False),
        (r"\p{Lu}x", True),
        (r"[\P{^gc=L_l}]", True),
        (r"\p{Titlecase_Letter}", True),
        (r"[[:^lower:]]", True),
        (r"\SA", True),
        (r"(?P<Name>x)", False),
    ],
)
def test_case_matters_only_where_the_query_has_an_upper_case_letter(query: str, minds: bool) -> None:
    assert Matcher(query, regex=True).minds_case is minds


def test_upper_case_letters_are_found_by_what_they_are_called() -> None:
    assert Matcher(r"\p{Lu}", regex=True).spans("aBcD") == [(1, 2), (3, 4)]
    assert Matcher(r"[[:lower:]]", regex=True).spans("aBcD") == [(0, 1), (2, 3)]


def test_a_regex_knows_lines_and_never_matches_nothing() -> None:
    text = "first line\nsecond line\n"
    assert Matcher("^second", regex=True).spans(text) == [(11, 17)]
    assert Matcher("line$", regex=True).spans(text) == [(6, 10), (18, 22)]
    assert Matcher("x*", regex=True).spans("axxa") == [(1, 3)]
    assert Matcher("t.*s", regex=True).spans(text) == []
    assert Matcher("").spans(text) == []


@pytest.mark.parametrize(
    ("query", "words", "place"),
    [
        ("(ab", "missing ) at the end", 3),
        ("a**b", "multiple repeat at character 3", 2),
        ("*", "nothing to repeat at character 1", 0),
        ("ab)", "unbalanced parenthesis at character 3", 2),
        ("[a", "unterminated character set at the end", 2),
        ("(" * 450, "nested too deeply", None),
        ("((((a{999}){999}){999}){999})", "too large", None),
        ("a{99999999999999999999}", "too large", None),
        ("x" * 501, "too long: 501 characters", None),
    ],
)
def test_a_wrong_regex_is_told_in_words_with_the_place(query: str, words: str, place: int | None) -> None:
    with pytest.raises(BadPattern) as caught:
        Matcher(query, regex=True)
    assert words in caught.value.words
    assert caught.value.place == place


@pytest.mark.parametrize("query", ["(a|aa)+$", "(a+)+b|c", r"(\w+\s?)*\d$", "(?R)"])
def test_a_runaway_is_stopped(query: str) -> None:
    matcher = Matcher(query, regex=True)
    began = time.thread_time()
    with pytest.raises(RunawayPattern, match="too slow"):
        matcher.spans("a" * 36_000 + "!")
    assert time.thread_time() - began < 5 * CALL_SECONDS


def test_many_slow_texts_are_stopped_too_and_a_new_pass_begins_anew() -> None:
    matcher = Matcher("a", regex=True)
    matcher.spent = SEARCH_SECONDS
    with pytest.raises(RunawayPattern, match="in all"):
        matcher.spans("a" * 1000)
    matcher.begin()
    assert matcher.spans("a") == [(0, 1)]


@given(st.text(st.sampled_from("a(){}[]|*+?^$\\.,19pP<>=!R:&"), max_size=12))
def test_any_query_is_a_matcher_or_an_error_in_words(query: str) -> None:
    words = "none needed"
    try:
        Matcher(query, regex=True).spans("aaa 111 ()[]" * 50)
    except SearchError as problem:
        words = problem.words
    assert words


class Stalling:
    """A pattern during whose first searches the machine stands still, which a virtual one charges us with."""

    def __init__(self, matcher: Matcher, times: int) -> None:
        self._pattern: Any = matcher._pattern
        self.left = times

    def finditer(self, *arguments: Any, **options: Any) -> Any:
        if self.left:
            self.left -= 1
            raise TimeoutError
        return self._pattern.finditer(*arguments, **options)


def test_a_machine_that_stood_still_once_makes_no_pattern_slow() -> None:
    matcher = Matcher("needle")
    matcher._pattern = Stalling(matcher, 1)  # type: ignore[assignment]
    assert matcher.spans("a needle") == [(2, 8)]
    matcher._pattern = Stalling(Matcher("needle"), 2)  # type: ignore[assignment]
    with pytest.raises(RunawayPattern):
        matcher.spans("a needle")
