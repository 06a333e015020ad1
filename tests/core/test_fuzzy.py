"""Finding by letters: what matches and how well, and that narrowing finds what a search from the start would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.fuzzy import (
    MAX_LEFT_OUT,
    Fit,
    Haystack,
    Narrowing,
    fit,
    fold,
    haystack,
    places,
    places_in_id,
    words_of,
)

ID = "a3f21c00-0c4b-4c9e-9a51-3f0e8f6b2d10"
HAY = haystack(ID, ("Billing-Help", "answering", "prod"), "Your invoice was charged twice, déjà vu.")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a3f2", Fit.BEGINS),
        (ID, Fit.BEGINS),
        ("bill", Fit.BEGINS),
        ("prod", Fit.BEGINS),
        ("help", Fit.WORD),
        ("swer", Fit.INSIDE),
        ("bh", Fit.LETTERS),
        ("blnghlp", Fit.LETTERS),
        ("invoice", Fit.TEXT_WORD),
        ("twice,", Fit.TEXT_WORD),
        ("déjà", Fit.TEXT_WORD),
        ("arged", Fit.TEXT_INSIDE),
        ("invce", Fit.TEXT_LETTERS),
        ("0c4b", None),
        ("yivt", None),
        ("bp", Fit.LETTERS),
        ("bprod", None),
        ("zebra", None),
    ],
)
def test_how_a_word_is_found(word: str, expected: Fit | None) -> None:
    assert fit(word, HAY) is expected


def test_letters_left_out_of_a_text_are_few() -> None:
    text = haystack("", (), "a" + "x" * MAX_LEFT_OUT + "b")
    assert fit("ab", text) is Fit.TEXT_LETTERS
    assert fit("ab", haystack("", (), "a" + "x" * (MAX_LEFT_OUT + 1) + "b")) is None


def test_words_are_parted_by_blanks_and_commas_and_case_does_not_count() -> None:
    assert words_of(" Bill,ERR  two ") == ("bill", "err", "two")
    assert words_of(" , ") == ()


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.timeout(5)
def test_no_query_is_slow_on_any_text() -> None:
    hay = haystack("", ("a" * 60,) * 3, "ab" * 10_000)
    for query in ("a" * 63 + "z", "ab" * 31 + "z", "[a-z]*(a|aa)+$"):
        for word in words_of(query):
            assert fit(word, hay) is None


LETTERS = st.text("abcA-, .é\n", max_size=12)
HAYS = st.lists(
    st.builds(lambda id, one, two, text: haystack(id, (one.replace("\n", ""), two.replace("\n", "")), text),
              st.text("abc-", max_size=6), LETTERS, LETTERS, LETTERS),
    max_size=12,
)  # fmt: skip


def from_the_start(hays: list[Haystack], query: str) -> list[int]:
    found = []
    for number, hay in enumerate(hays):
        fits = [fit(word, hay) for word in words_of(query)]
        if None not in fits:
            found.append((sum(each for each in fits if each is not None), number))
    return [number for _, number in sorted(found)]


@given(HAYS, st.lists(st.tuples(st.text("abcA-, .", max_size=6), st.integers(0, 12)), min_size=1, max_size=8))
def test_narrowing_finds_what_a_search_from_the_start_finds(hays: list[Haystack], steps: list[tuple[str, int]]) -> None:
    """Letters come and go, candidates come."""
    narrowing = Narrowing()
    query = ""
    for text, known in steps:
        query = query[: len(query) // 2] if text == "a" else query + text
        narrowing.haystacks += hays[len(narrowing.haystacks) : known]
        assert narrowing.matching(query) == from_the_start(narrowing.haystacks, query)


def test_only_what_matched_is_looked_at_again() -> None:
    narrowing = Narrowing()
    narrowing.haystacks += [haystack("", (f"{'bill' if n % 10 == 0 else 'other'} {n}",)) for n in range(1_000)]
    looked_at = []
    for query in ("b", "bi", "bill", "bill ", "bill 5", "bill", "b"):
        before = narrowing.looked_at
        narrowing.matching(query)
        looked_at.append(narrowing.looked_at - before)
    assert looked_at == [1_000, 100, 100, 100, 100, 0, 0]
    narrowing.haystacks.append(haystack("", ("bill, a late one",)))
    assert narrowing.matching("b")[-1] == 1_000
    assert narrowing.looked_at == sum(looked_at) + 1


@given(st.text("abc -é", max_size=20), st.text("abc", min_size=1, max_size=4))
def test_the_letters_that_are_shown_spell_the_word(text: str, word: str) -> None:
    for is_text in (False, True):
        hay = haystack("", (), text) if is_text else haystack("", (text,))
        how = fit(word, hay)
        seen = sorted(places([(word, how)], text, is_text=is_text)) if how is not None else []
        assert "".join(fold(text)[place] for place in seen) == ("" if how is None else word)


def test_an_id_is_found_by_the_part_of_it_that_is_shown() -> None:
    hay = haystack("01938f2a-7c11-7b3e-9a51-3f0e8f6b2d10", ("billing",), shown=("8f6b2d10", "2d10"))
    for word in ("0193", "8f6b", "8f6b2d10", "2d", "2d10"):
        assert fit(word, hay) is Fit.BEGINS
    for word in ("2d11", "6b2d", "d10", "8f6b2d100"):
        assert fit(word, hay) is None
    assert places_in_id([("2d1", Fit.BEGINS)], "8f6b2d10", ends_with="2d10") == {4, 5, 6}
    assert places_in_id([("8f6", Fit.BEGINS)], "8f6b2d10", ends_with="2d10") == {0, 1, 2}


def test_of_an_id_the_beginning_is_shown() -> None:
    assert places_in_id([("a3", Fit.BEGINS)], "a3f2") == {0, 1}
    assert places_in_id([("a3f21c", Fit.BEGINS)], "a3f2") == {0, 1, 2, 3}
    assert places_in_id([("f2", Fit.WORD)], "a3f2") == set()
