"""Every chunk of every block is found again in the deliveries that are kept."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.blocks import GapBlock, NoteBlock, TextBlock, ToolBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, Gap
from chatwatch_tui.core.origins import Origins
from tests.ui.conversations import BATCHES, KEY, START, chunk, message, token

DECODER = Decoder()


def talked(batches: list[list[Delivery]], *, raw_kept: int = 100_000, text_budget: int | None = None) -> Conversation:
    conversation = Conversation(KEY, DECODER, raw_kept=raw_kept, text_budget=text_budget)
    for number, batch in enumerate(batches):
        conversation.apply([Arrival(START + number, list(batch))])
    return conversation


def origins(conversation: Conversation) -> Origins:
    return Origins(conversation.transcript, conversation.raw, DECODER)


def text_of(conversation: Conversation, ordinal: int) -> str:
    received = conversation.raw.at(ordinal)
    assert received is not None
    assert isinstance(received.delivery, bytes)
    return str(json.loads(received.delivery)["content"])


@given(st.lists(BATCHES, min_size=1, max_size=12))
def test_each_chunk_of_each_block_maps_to_its_own_delivery(batches: list[list[Delivery]]) -> None:
    conversation = talked(batches)
    find = origins(conversation)
    used: Counter[int] = Counter()
    for block in conversation.transcript.blocks:
        ordinals = find.ordinals(block)
        if isinstance(block, TextBlock) and block.flow != "message":
            assert len(ordinals) == block.chunks
            assert "".join(text_of(conversation, each) for each in ordinals) == block.text
            for piece in find.pieces(block):
                assert block.text[piece.begin : piece.end] == text_of(conversation, piece.ordinal)
                if piece.end > piece.begin:
                    assert find.ordinal_at(block, piece.begin) == piece.ordinal
                    assert find.ordinal_at(block, piece.end - 1) == piece.ordinal
        elif isinstance(block, ToolBlock):
            assert len(ordinals) == block.chunks
        if block.chunks:
            used.update(ordinals)
    assert set(used.values()) <= {1}
    deliveries = [each for batch in batches for each in batch]
    for ordinal, delivery in enumerate(deliveries):
        received = conversation.raw.at(ordinal)
        assert received is not None
        assert received.delivery is delivery
        if isinstance(delivery, bytes):
            assert used[ordinal] == 1


@given(st.lists(BATCHES, min_size=1, max_size=12), st.integers(1, 30))
def test_what_is_kept_of_a_block_is_found_when_its_beginning_is_not(batches: list[list[Delivery]], kept: int) -> None:
    whole, part = talked(batches), talked(batches, raw_kept=kept)
    all_of, some_of = origins(whole), origins(part)
    for block, same in zip(whole.transcript.blocks, part.transcript.blocks, strict=True):
        expected = [each for each in all_of.ordinals(block) if each >= part.raw.first]
        if isinstance(block, ToolBlock) and block.delivery < part.raw.first:
            continue  # further pieces of a call whose first one is gone are not looked for
        assert some_of.ordinals(same) == expected


@pytest.mark.parametrize("per_batch", [1, 7, 5_000])
def test_text_of_many_pages_is_found_on_each(per_batch: int) -> None:
    words = [f"word{number:05d}{'.' * 40}{chr(10) if number % 9 == 0 else ' '}" for number in range(5_000)]
    deliveries: list[Delivery] = [message("user", "go"), *map(token, words), chunk("done")]
    batches = [deliveries[at : at + per_batch] for at in range(0, len(deliveries), per_batch)]
    conversation = talked(batches)
    find = origins(conversation)
    pages = [each for each in conversation.transcript.blocks if isinstance(each, TextBlock) and each.flow == "token"]
    assert len(pages) > 5
    for page in pages:
        for offset in range(0, len(page.text), 997):
            ordinal = find.ordinal_at(page, offset)
            assert ordinal is not None
            word = text_of(conversation, ordinal)
            assert page.text[offset] in word
            number = word[4:9]
            around = page.text[max(0, offset - 60) : offset + 60]
            assert number in around or page.text.find("word") > offset


def test_marks_of_holes_are_deliveries_or_stand_before_the_chunk_that_shows_them() -> None:
    hole = Gap("reconnect", seconds=3.0)  # type: ignore[arg-type]
    conversation = talked([[chunk("token", content="a", seq=1), hole], [chunk("token", content="b", seq=9)]])
    find = origins(conversation)
    marks = [each for each in conversation.transcript.blocks if isinstance(each, GapBlock)]
    assert [find.ordinal_at(each, 0) for each in marks] == [1, 2]
    notes = [each for each in conversation.transcript.blocks if isinstance(each, NoteBlock)]
    assert notes == []


def test_ordinals_go_on_where_the_oldest_are_no_longer_kept() -> None:
    conversation = talked([[token(f"{number} ")] for number in range(100)], raw_kept=10)
    raw = conversation.raw
    assert (raw.first, raw.total) == (90, 100)
    assert raw.at(89) is None
    assert raw.at(100) is None
    assert [text_of(conversation, each) for each in (90, 99)] == ["90 ", "99 "]
    assert conversation.transcript.delivery == raw.total
