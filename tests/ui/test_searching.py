"""What a search finds is what a reader sees, at any width, and however the text came."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwatch_tui.core import pages
from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.core.display import DisplaySettings, Level
from chatwatch_tui.core.events import Delivery, Gap, GapCause
from chatwatch_tui.core.filtering import FilterQuery
from chatwatch_tui.core.raw import RawArrivals
from chatwatch_tui.core.search import Matcher, Query
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.found import look_through
from chatwatch_tui.ui.found_rows import letters_of, part_of, solid_places
from chatwatch_tui.ui.found_text import hits_in, parts_of, readable, solid
from chatwatch_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from chatwatch_tui.ui.highlight import Highlight, _align
from chatwatch_tui.ui.painting import painted
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.raw_text import RawText
from chatwatch_tui.ui.reading import Reading, View
from chatwatch_tui.ui.searching import Search, Where
from chatwatch_tui.ui.stream_layout import StreamLayout
from chatwatch_tui.ui.themes import Ink
from tests.ui.conversations import BATCHES, HOSTILE, Talk, chunk, message, token, words_of

QUERIES = st.sampled_from(
    ["o", "wor", "several words", "中", "l", "long line of many words", "[", "u+202e", "last.", "e r"]
)
WIDTHS = st.integers(4, 90)


def search_for(query: str, transcript: Transcript, *, regex: bool = False) -> Search:
    search = Search(Query(query, regex), Matcher(query, regex=regex))
    look(search, transcript)
    return search


def raw_search_for(query: str, talk: Talk, *, regex: bool = False) -> Search:
    """In what the raw rows say."""
    conversation = talk.conversation
    text = RawText(conversation)
    while not text.follow(conversation.raw, conversation.transcript, 3):
        pass
    search = Search(Query(query, regex), Matcher(query, regex=regex))
    look(search, text)
    return search


def look(search: Search, transcript: Transcript | RawText) -> None:
    """Look through all that is new."""
    search.follow({1: transcript})
    while jobs := search.take():
        search.put(jobs, look_through(search.matcher, jobs))


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
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
        aligned = _align(layout, block, top, len(rows))
        every = [part for its in aligned for part in its]
        assert [part.start for part in every] == sorted(part.start for part in every)
        for hit in hits_in(Matcher(query), parts).hits:
            letters = [(words_of(row), part) for row, its in zip(rows, aligned, strict=True) for part in its]
            pieces = [letters_of(row, part, solid_places(row, part), hit) for row, part in letters]
            shown = "".join(row[span[0] : span[1]] for (row, _), span in zip(letters, pieces, strict=True) if span)
            assert whole[hit.start : hit.end].startswith(solid(shown))
            if isinstance(block, TextBlock):
                assert solid(shown) == whole[hit.start : hit.end]
                found = part_of(aligned, hit)
                assert found is not None
                assert pieces[found[0]] is not None


@settings(max_examples=60, deadline=None)
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
@settings(max_examples=60, deadline=None)
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


# -- pages, filters, levels, raw chunks --------------------------------------------------------------------------------

PAGED_TEXTS = st.lists(
    st.lists(
        st.sampled_from(["ab", "aa", "a", "b", " ", "\n", "ab ab", "\t", "中", HOSTILE, "x" * 30, "ba ", "needle"]),
        max_size=12,
    ).map("".join),
    min_size=1,
    max_size=8,
)
PAGED_QUERIES = st.sampled_from(["ab", "aa", "a b", "ba a", "xx", "中", "u+202e"]).map(lambda query: (query, False)) | (
    st.sampled_from(["a+", "b\\s+a", "^a", "(?<=b)a", "a$", "x{25}"]).map(lambda query: (query, True))
)


def paged(patch: pytest.MonkeyPatch) -> None:
    """Pages end after some words."""
    patch.setattr(TextBlock, "PAGE", 40)
    patch.setattr(pages, "_SLACK", 16)


def absolute(blocks: list[TextBlock], search: Search) -> list[tuple[int, int]]:
    """The hits in the pages of a text, by the solid characters of the whole."""
    hits: list[tuple[int, int]] = []
    before = 0
    for block in blocks:
        hits += [(before + hit.start, before + hit.end) for hit in search.found[1].by_block.get(block.id, [])]
        before += len(solid(readable((block.text,))[0]))
    return hits


def naive(blocks: list[TextBlock], matcher: Matcher) -> list[tuple[int, int]]:
    """The same by a plain search over the whole text."""
    whole = "".join(readable([block.text for block in blocks]))
    spans = [(len(solid(whole[:start])), len(solid(whole[:end]))) for start, end in matcher.spans(whole)]
    return [(start, end) for start, end in spans if start < end]


@settings(max_examples=300, deadline=None)
@given(PAGED_TEXTS, PAGED_QUERIES)
def test_hits_are_those_of_a_plain_search_over_the_whole_text_wherever_pages_end(
    texts: list[str], query: tuple[str, bool]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        paged(patch)
        talk = Talk()
        transcript = talk.conversation.transcript
        running: Search | None = None
        for text in texts:
            talk.take(token(text))
            if running is None:
                running = search_for(query[0], transcript, regex=query[1])
            look(running, transcript)
            blocks = [block for block in transcript.blocks if isinstance(block, TextBlock)]
            expected = naive(blocks, Matcher(query[0], regex=query[1]))
            assert absolute(blocks, running) == expected
            assert absolute(blocks, search_for(query[0], transcript, regex=query[1])) == expected


@settings(max_examples=200, deadline=None)
@given(PAGED_TEXTS, PAGED_QUERIES, st.integers(8, 40), st.sampled_from(["", "a", "-a", "needle", "/b+/"]))
def test_what_is_highlighted_is_every_letter_of_every_hit_that_is_shown(
    texts: list[str], query: tuple[str, bool], width: int, asked: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        paged(patch)
        talk = Talk()
        talk.take(*map(token, texts))
        transcript = talk.conversation.transcript
        search = search_for(query[0], transcript, regex=query[1])
        highlight = Highlight(search, 1)
        layout = StreamLayout(transcript, width, UNICODE, Reading(filter=FilterQuery(asked) if asked else None))
        layout.sync()
        blocks = [block for block in transcript.blocks if isinstance(block, TextBlock)]
        found = {place for start, end in naive(blocks, search.matcher) for place in range(start, end)}
        shown: set[int] = set()
        lit: set[int] = set()
        before = 0
        for block in blocks:
            (text,) = readable((block.text,))
            place = before
            expected: list[int] = []
            for line in text.split("\n"):
                length = len(solid(line))
                if not asked or (length and passes(asked, line)):
                    expected += range(place, place + length)
                place += length
            top, after = layout.top_of(block.id), layout.top_of(block.id + 1)
            assert top is not None
            rows = range(top, len(layout) if after is None else after)
            drawn = [
                (letter, ink is Ink.MATCH)
                for row in rows
                for text, ink in (highlight.row(layout, row) or layout.row(row))[1:]
                for letter in solid(text)
            ]
            assert len(drawn) == len(expected)
            shown.update(expected)
            lit.update(number for number, (_, is_lit) in zip(expected, drawn, strict=True) if is_lit)
            for hit in search.found[1].by_block.get(block.id, []):
                assert (highlight.row_of(layout, block.id, hit) is not None) is (before + hit.start in shown)
            before = place
        assert lit == found & shown


def passes(asked: str, line: str) -> bool:
    pattern = asked.strip("-/")
    return Matcher(pattern, regex=asked.startswith("/")).found_in(line) is not asked.startswith("-")


@settings(max_examples=100, deadline=None)
@given(PAGED_TEXTS, PAGED_QUERIES)
def test_every_hit_in_a_text_of_one_line_is_gone_to_and_shown_there(texts: list[str], query: tuple[str, bool]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        paged(patch)
        talk = Talk()
        talk.take(*map(token, texts))
        transcript = talk.conversation.transcript
        search = search_for(query[0], transcript, regex=query[1])
        highlight = Highlight(search, 1)
        layout = StreamLayout(transcript, 60, UNICODE, Reading(DisplaySettings(token=Level.ONE_LINE)))
        layout.sync()
        for block in [block for block in transcript.blocks if isinstance(block, TextBlock)]:
            (text,) = readable((block.text,))
            for hit in search.found[1].by_block.get(block.id, []):
                row = highlight.row_of(layout, block.id, hit)
                assert row is not None
                search.here = Where(1, block.id, hit)
                drawn = highlight.row(layout, row)
                assert drawn is not None
                lit = solid("".join(text for text, ink in drawn if ink is Ink.MATCH_HERE))
                assert lit
                assert solid(text)[hit.start : hit.end].startswith(lit.rstrip("…"))


@settings(max_examples=150, deadline=None)
@given(PAGED_TEXTS, PAGED_QUERIES, st.sampled_from(["", "a"]))
def test_among_raw_chunks_every_piece_of_a_hit_is_highlighted(
    texts: list[str], query: tuple[str, bool], asked: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        paged(patch)
        talk = Talk()
        talk.take(*map(token, texts))
        conversation = talk.conversation
        search = raw_search_for(query[0], talk, regex=query[1])
        highlight = Highlight(search, 1)
        reading = Reading(view=View.RAW, filter=FilterQuery(asked) if asked else None)
        layout = RawLayout(conversation.raw, conversation.transcript, conversation.decoder, 4_000, UNICODE, reading)
        layout.sync()
        for block_id, hits in search.found[1].by_block.items():
            for hit in hits:
                row = highlight.row_of(layout, block_id, hit)
                assert asked or row is not None
                if row is not None:
                    drawn = highlight.row(layout, row)
                    assert drawn is not None
                    assert any(ink is Ink.MATCH for _, ink in drawn)
        if not asked:
            lit = "".join(
                str(text)
                for row in range(len(layout))
                for text, ink in highlight.row(layout, row) or ()
                if ink is Ink.MATCH
            )
            assert len(solid(lit)) == sum(end - start for start, end in raw_spans(texts, search.matcher))


def raw_spans(texts: list[str], matcher: Matcher) -> list[tuple[int, int]]:
    """Where a plain search finds it in the chunks' texts, each made safe for itself, by solid characters."""
    whole = "".join(readable(texts))
    spans = [(len(solid(whole[:start])), len(solid(whole[:end]))) for start, end in matcher.spans(whole)]
    return [(start, end) for start, end in spans if start < end]


def test_a_hit_across_raw_chunks_is_lit_in_each_and_other_rows_where_they_match() -> None:
    talk = Talk()
    call = b'{"chunk_type": "tool_call", "name": "find", "id": "1", "arguments": {"q": "needle"}}'
    result = b'{"chunk_type": "tool_result", "id": "1", "result": "' + b"hay " * 200 + b'needle"}'
    talk.take(message("user", "a needle?"), token("a ne"), token("ed"), token("le or needle"), call, result)
    conversation = talk.conversation
    search = raw_search_for("needle", talk)
    layout = RawLayout(conversation.raw, conversation.transcript, conversation.decoder, 70, UNICODE, Reading())
    layout.sync()
    highlight = Highlight(search, 1)
    lit = [[text for text, ink in highlight.row(layout, row) or () if ink is Ink.MATCH] for row in range(len(layout))]
    assert lit == [["needle"], ["ne"], ["ed"], ["le", "needle"], ["needle"], ["…"]]
    assert [
        highlight.row_of(layout, block, hit) for block, hits in sorted(search.found[1].by_block.items()) for hit in hits
    ] == [0, 1, 3, 4, 5]
    conversation.raw = RawArrivals(1)
    kept = RawLayout(conversation.raw, conversation.transcript, conversation.decoder, 70, UNICODE, Reading())
    kept.sync()
    assert highlight.row(kept, 0) is None if len(kept) else True


# -- words of ours between pieces of text ------------------------------------------------------------------------------


def every_kind() -> Talk:
    talk = Talk()
    talk.take(
        b"short \xff",
        b"[1, 2, 3, 'a long payload that is no json and goes on needle",
        b'{"no_type": "needle"}',
        chunk("metrics", content={"cpu": "needle"}, other="needle2"),
        chunk("error", error={"message": "needle", "code": "E needle", "detail": "needle stack"}),
        chunk("tool_call", name="ndl.needle", arguments={"needle": "1 needle"}, id="7"),
        chunk("tool_result", id="7", result={"needle": ["4 needle"]}),
        chunk("tool_result", id="99", name="stray.needle", result="1 needle lonely", error=True),
        chunk("tool_call", name="never.needle", arguments="1", id="8"),
        Gap(GapCause.SLOW_CONSUMER, count=3, note="needle gap"),
        chunk("done", usage={"input_tokens": 1234, "output_tokens": 77}),
    )
    return talk


@pytest.mark.parametrize("width", [30, 60, 80, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize(
    "levels",
    [
        DisplaySettings(),
        DisplaySettings(tool_call=Level.ONE_LINE, tool_result=Level.ONE_LINE, unknown=Level.ONE_LINE),
        DisplaySettings(tool_call=Level.FULL, tool_result=Level.FULL, unknown=Level.FULL),
        DisplaySettings(tool_call=Level.HIDDEN, tool_result=Level.ONE_LINE, unknown=Level.ONE_LINE),
        DisplaySettings(tool_call=Level.HIDDEN, tool_result=Level.FULL),
    ],
)
@pytest.mark.parametrize("query", ["needle", "short", "json", "utf", "4", "1", "long payload", "lonely", "77 tokens"])
def test_whatever_is_seen_of_a_match_is_lit_and_gone_to_in_every_kind_of_row(
    query: str, levels: DisplaySettings, glyphs: Glyphs, width: int
) -> None:
    transcript = every_kind().conversation.transcript
    search = search_for(query, transcript)
    highlight = Highlight(search, 1)
    layout = StreamLayout(transcript, width, glyphs, Reading(levels))
    layout.sync()
    for block in transcript.blocks:
        hits = search.found[1].by_block.get(block.id, [])
        top, after = layout.top_of(block.id), layout.top_of(block.id + 1)
        assert top is not None
        rows = range(top, len(layout) if after is None else after)
        drawn = [row for number in rows for row in (highlight.row(layout, number) or layout.row(number),)]
        lit = [str(text) for row in drawn for text, ink in row if ink is Ink.MATCH]
        assert all(text.lower() == query or text in ("…", "~") or query.startswith(text.lower()) for text in lit)
        ours = r" *[,(]? ?\d[\d.,]* (k?B|s|ms)\b|turn \d+|more lines|about \d+"
        seen = [re.sub(ours, "", words_of(layout.row(number))).lower().count(query) for number in rows]
        if query in ("4", "1"):
            assert sum(text.lower() == query for text in lit) <= len(hits)
        elif query != "77 tokens" and width > 30:
            assert sum(text.lower() == query for text in lit) == sum(seen), (block, drawn)
        for hit in hits:
            number = highlight.row_of(layout, block.id, hit)
            if number is not None:
                search.here = Where(1, block.id, hit)
                here = highlight.row(layout, number)
                assert here is not None
                assert any(ink is Ink.MATCH_HERE for _, ink in here)
                search.here = None


def test_a_result_that_reads_as_its_size_is_lit_in_the_text_and_not_in_the_size() -> None:
    talk = Talk()
    talk.take(chunk("tool_result", id="1", name="x", result="4 B"))
    search = search_for("b", talk.conversation.transcript)
    layout = StreamLayout(talk.conversation.transcript, 60, UNICODE)
    layout.sync()
    row = Highlight(search, 1).row(layout, len(layout) - 1)
    assert row is not None
    place = [ink for _, ink in row].index(Ink.MATCH)
    assert place == len(row) - 1, "the last letter"


@pytest.mark.parametrize("count", [1, 14_000])
def test_thousands_of_hits_are_all_kept(count: int) -> None:
    talk = Talk()
    talk.take(token("the refund was sent\n" * count))
    search = search_for("refund", talk.conversation.transcript)
    assert (search.total, search.found[1].is_full) == (count, False)


def test_of_more_hits_than_are_kept_the_newest_are_and_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.found.MAX_HITS", 10)
    talk = Talk()
    for _ in range(9):
        talk.take(token("a b a"), chunk("done"))
    search = search_for("a", talk.conversation.transcript)
    assert (search.total, search.found[1].is_full) == (10, True)
    newest = [block.id for block in talk.conversation.transcript.blocks if isinstance(block, TextBlock)][-5:]
    assert sorted(search.found[1].by_block) == newest


# -- raw chunks as they come and go ------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.lists(BATCHES, min_size=1, max_size=8), QUERIES, st.integers(1, 12), st.sampled_from([40, 4_000]))
def test_among_raw_chunks_searching_as_they_come_and_go_finds_what_searching_at_the_end_does(
    batches: list[list[Delivery]], query: str, kept: int, page: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RawText, "PAGE", page)
        talk = Talk()
        conversation = talk.conversation
        conversation.raw = RawArrivals(kept)
        text = RawText(conversation)
        matcher = Matcher(query)
        running = Search(Query(query), matcher)
        for batch in batches:
            talk.take(*batch)
            while not text.follow(conversation.raw, conversation.transcript, 3):
                look(running, text)
            look(running, text)
            fresh = raw_search_for(query, talk)
            assert lit_at(running) == lit_at(fresh)
            assert running.total == fresh.total
            assert all(each.begins[-1] < page for each in text._pages), "a full page is not added to"
            layout = RawLayout(
                conversation.raw, conversation.transcript, conversation.decoder, 20_000, UNICODE, Reading()
            )
            layout.sync()
            assert lit_at(running) <= set(range(conversation.raw.first, conversation.raw.total))
            assert lit_letters(running, layout) == sum(
                hit.end - hit.start for hits in running.found[1].by_block.values() for hit in hits
            )


def lit_at(search: Search) -> set[int]:
    """The deliveries that hits begin in."""
    text = search.found[1].transcript
    assert isinstance(text, RawText)
    found = {text.ordinal_of(block, hit.start) for block, hits in search.found[1].by_block.items() for hit in hits}
    return {each for each in found if each is not None}


def lit_letters(search: Search, layout: RawLayout) -> int:
    """Solid letters that are drawn as hits."""
    highlight = Highlight(search, 1)
    rows = [highlight.row(layout, number) or () for number in range(len(layout))]
    return len(solid("".join(str(text) for row in rows for text, ink in row if ink is Ink.MATCH)))
