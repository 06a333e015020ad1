"""What a search finds is what a reader sees, at any width, and however the text came."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.events import Delivery
from chatwatch_tui.core.search import Matcher
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.found_text import align, hits_in, letters_of, parts_of, readable, row_index, solid, solid_places
from chatwatch_tui.ui.glyphs import UNICODE
from chatwatch_tui.ui.highlight import Highlight, painted
from chatwatch_tui.ui.searching import Query, Search, Where, look_through
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import BATCHES, Talk, words_of

QUERIES = st.sampled_from(
    ["o", "wor", "several words", "中", "l", "long line of many words", "[", "u+202e", "last.", "e r"]
)
WIDTHS = st.integers(4, 90)


def search_for(query: str, transcript: Transcript, *, regex: bool = False) -> Search:
    search = Search(Query(query, regex), Matcher(query, regex=regex))
    look(search, transcript)
    return search


def look(search: Search, transcript: Transcript) -> None:
    """Look through all that is new."""
    search.follow({1: transcript})
    while jobs := search.take():
        search.put(jobs, look_through(search.matcher, jobs))


@settings(max_examples=60)
@given(st.lists(BATCHES, min_size=1, max_size=5), QUERIES)
def test_hits_are_those_of_a_naive_search_over_the_rows(batches: list[list[Delivery]], query: str) -> None:
    talk = Talk()
    for batch in batches:
        talk.take(*batch)
    transcript = talk.conversation.transcript
    found = search_for(query, transcript).found[1]
    layout = StreamLayout(transcript, 20_000, UNICODE)
    layout.sync()
    for block in transcript.blocks:
        if not isinstance(block, TextBlock):
            continue
        top, after = layout.top_of(block.id), layout.top_of(block.id + 1)
        assert top is not None
        rows = range(top, len(layout) if after is None else after)
        # Without what stands before the text in its first row.
        letters = "\n".join(words_of(layout.row(row)[1:]) for row in rows)
        expected = [letters[: match[0]] for match in Matcher(query).spans(letters)]
        hits = found.by_block.get(block.id, [])
        assert [hit.start for hit in hits] == [len(solid(before)) for before in expected if solid(query)]


@settings(max_examples=60)
@given(st.lists(BATCHES, min_size=1, max_size=5), QUERIES, WIDTHS)
def test_what_is_highlighted_is_what_was_found(batches: list[list[Delivery]], query: str, width: int) -> None:
    talk = Talk()
    for batch in batches:
        talk.take(*batch)
    transcript = talk.conversation.transcript
    layout = StreamLayout(transcript, width, UNICODE)
    layout.sync()
    for block in transcript.blocks:
        parts = parts_of(block)
        whole = solid("".join(readable(parts)))
        top, after = layout.top_of(block.id), layout.top_of(block.id + 1)
        assert top is not None
        rows = [layout.row(row) for row in range(top, len(layout) if after is None else after)]
        aligned = align(rows, parts)
        assert [part.start for part in aligned] == sorted(part.start for part in aligned)
        for hit in hits_in(Matcher(query), parts):
            letters = [words_of(row) for row in rows]
            pieces = [
                letters_of(row, part, solid_places(row, part), hit) for row, part in zip(letters, aligned, strict=True)
            ]
            shown = "".join(row[span[0] : span[1]] for row, span in zip(letters, pieces, strict=True) if span)
            assert whole[hit.start : hit.end].startswith(solid(shown))
            if isinstance(block, TextBlock) and width > 12:
                assert solid(shown) == whole[hit.start : hit.end]
                assert pieces[row_index(aligned, hit)] is not None


@settings(max_examples=60)
@given(st.lists(BATCHES, min_size=1, max_size=8), QUERIES)
def test_searching_as_it_comes_finds_what_searching_at_the_end_does(batches: list[list[Delivery]], query: str) -> None:
    talk = Talk(text_budget=3_000)
    transcript = talk.conversation.transcript
    running = search_for(query, transcript)
    for batch in batches:
        talk.take(*batch)
        look(running, transcript)
        fresh = search_for(query, transcript)
        assert running.found[1].by_block == fresh.found[1].by_block
        assert running.total == fresh.total == sum(map(len, fresh.found[1].by_block.values()))


@given(st.lists(BATCHES, min_size=1, max_size=4), QUERIES, st.integers(0, 20), st.integers(0, 40), st.booleans())
@settings(max_examples=60)
def test_a_round_of_steps_visits_every_hit_once(
    batches: list[list[Delivery]], query: str, block_id: int, solids: int, backwards: bool
) -> None:
    first, second = Talk(), Talk()
    for number, batch in enumerate(batches):
        (first if number % 2 else second).take(*batch)
    search = Search(Query(query, everywhere=True), Matcher(query))
    search.follow({3: first.conversation.transcript, 7: second.conversation.transcript})
    while jobs := search.take():
        search.put(jobs, look_through(search.matcher, jobs))
    every = [
        Where(pane, block, hit)
        for pane, found in search.found.items()
        for block, hits in sorted(found.by_block.items())
        for hit in hits
    ]
    steps = list(search.step(7, block_id, solids, backwards=backwards))
    assert sorted(where for where, _ in steps) == every
    assert [around for _, around in steps] == sorted(around for _, around in steps)
    assert [search.place(where) for where in every] == list(range(1, len(every) + 1))


def test_only_what_is_new_is_looked_through_again() -> None:
    talk = Talk()
    talk.take(*(b'{"chunk_type": "token", "content": "needle "}' for _ in range(3)))
    transcript = talk.conversation.transcript
    search = search_for("needle", transcript)
    search.follow({1: transcript})
    assert search.take() == []
    talk.take(b'{"chunk_type": "done"}')
    search.follow({1: transcript})
    assert len(search.take()) == 1


def test_a_search_over_much_text_goes_in_slices() -> None:
    talk = Talk()
    for _ in range(40):
        talk.take(b'{"chunk_type": "token", "content": "' + b"straw " * 6_000 + b'"}')
    search = Search(Query("needle"), Matcher("needle"))
    search.follow({1: talk.conversation.transcript})
    slices = 0
    while jobs := search.take():
        assert sum(len(part) for job in jobs for part in job.parts) < 250_000
        search.put(jobs, look_through(search.matcher, jobs))
        slices += 1
    assert slices >= 8


def test_painting_changes_nothing_but_inks() -> None:
    row = ((readable(["ab"])[0], Ink.TEXT), (readable(["cdef"])[0], Ink.DIM))
    marks = [(1, 3, Ink.MATCH), (4, 5, Ink.MATCH_HERE)]
    assert painted(row, marks) == (
        ("a", Ink.TEXT), ("b", Ink.MATCH), ("c", Ink.MATCH), ("d", Ink.DIM), ("e", Ink.MATCH_HERE), ("f", Ink.DIM),
    )  # fmt: skip


def test_a_row_without_hits_is_drawn_as_it_is() -> None:
    talk = Talk()
    talk.take(b'{"chunk_type": "token", "content": "one\\ntwo needle\\nthree"}')
    transcript = talk.conversation.transcript
    search = search_for("needle", transcript)
    layout = StreamLayout(transcript, 40, UNICODE)
    layout.sync()
    highlight = Highlight(search, 1)
    assert [highlight.row(layout, row) is not None for row in range(4)] == [False, False, True, False]
