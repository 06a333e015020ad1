"""Text for other eyes: whole, safe, and such that nothing in it ends what it stands in."""

from __future__ import annotations

import re
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatwatch_tui.core.blocks import TextBlock
from chatwatch_tui.ui.block_rows import ours
from chatwatch_tui.ui.export import as_markdown, as_text, code_blocks, passage_of, passages, turn_of
from tests.ui.conversations import BATCHES, HOSTILE, Talk, chunk, is_harmless, message, token

NAME = ours("prod a3f2")


def plain(text: str) -> bool:
    return is_harmless(text.replace("\n", "").replace("\t", ""))


@given(st.lists(BATCHES, max_size=8))
def test_whatever_was_said_the_text_is_harmless(batches: list[list[object]]) -> None:
    talk = Talk()
    for batch in batches:
        talk.take(*batch)  # type: ignore[arg-type]
    for made in (as_text, as_markdown):
        assert plain("".join(made(talk.conversation.transcript, NAME)))


def test_a_paragraph_is_one_line_and_payloads_are_whole() -> None:
    talk = Talk()
    long = "word " * 500
    talk.take(
        message("user", "why?"),
        chunk("thinking", content="hm"),
        chunk("tool_call", name="web.search", id="1", arguments={"q": "x" * 3_000}),
        chunk("tool_result", name="web.search", id="1", result="y" * 3_000),
        *(token(word + " ") for word in long.split()),
        chunk("done", usage={"output_tokens": 500}),
    )
    lines = "".join(as_text(talk.conversation.transcript, NAME)).splitlines()
    assert lines[0] == "prod a3f2, 1 turn"
    assert lines[2:4] == ["user: why?", "thinking: hm"]
    assert lines[4] == 'tool call web.search: {"q": "' + "x" * 3_000 + '"}'
    assert lines[5] == "tool result web.search (3.0 kB, 0.0 s): " + "y" * 3_000
    assert lines[6] == "assistant: " + long.strip()
    assert lines[7] == "-- turn 1, 500 tokens, 0.0 s --"
    assert len(lines) == 8


def test_pages_of_one_text_are_one_passage() -> None:
    talk = Talk()
    whole = "".join(f"line {number} {'.' * 50}\n" for number in range(3_000))
    talk.take(*(token(whole[at : at + 500]) for at in range(0, len(whole), 500)))
    transcript = talk.conversation.transcript
    pages = [block for block in transcript.blocks if isinstance(block, TextBlock)]
    assert len(pages) > 3
    for page in pages:
        passage = passage_of(transcript, page)
        assert passage.text == whole
        assert list(passage.blocks) == pages
    assert sum(isinstance(each.first, TextBlock) for each in passages(transcript.blocks)) == 1
    assert turn_of(transcript, 1) == transcript.blocks


def test_what_is_said_in_markdown_cannot_leave_its_place() -> None:
    talk = Talk()
    talk.take(
        message("us`er**", "```\nnever closed"),
        chunk("tool_call", name="a`b", id="1", arguments="```\n# heading\n```"),
        chunk("error", error="```\n# not a heading"),
    )
    written = "".join(as_markdown(talk.conversation.transcript, NAME))
    tokens = MarkdownIt().parse(written)
    headings = [tokens[n + 1].content for n, each in enumerate(tokens) if each.type == "heading_open"]
    assert len(headings) == 2
    assert headings[0].startswith("prod a3f2")
    assert re.fullmatch(r"Turn 1, [-+\d: ]+", headings[1])
    assert sum(each.type == "fence" for each in tokens) == 3


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Kolkata", "+0530"), ("America/New_York", "-0500"), ("UTC", "+0000")]
)
def test_a_time_says_where_it_was_that_time(monkeypatch: pytest.MonkeyPatch, zone: str, offset: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        talk = Talk()
        talk.take(message("user", "why?"))
        [heading] = re.findall("^## Turn.*", "".join(as_markdown(talk.conversation.transcript, NAME)), re.MULTILINE)
        at = datetime.fromisoformat(heading.split(", ")[1])
        assert heading.endswith(offset)
        assert at.timestamp() == int(talk.conversation.transcript.blocks[0].at)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_code_blocks_are_found_with_their_language() -> None:
    text = "a\n```python\ndef f():\n    pass\n```\nb\n~~~\nplain ``` here\n~~~\n````md\n```\ninner\n```\n````\n"
    text += "c ``` d\n```sh\nopen"
    assert [tuple(each) for each in code_blocks(text)] == [
        ("python", "def f():\n    pass"),
        ("", "plain ``` here"),
        ("md", "```\ninner\n```"),
        ("sh", "open"),
    ]
    assert code_blocks("") == code_blocks("```") == code_blocks(HOSTILE) == []
    assert code_blocks("```\n```") == code_blocks("```\n \n```") == code_blocks("```\n ") == []


@given(st.text(st.sampled_from("`~ a\n"), max_size=40))
def test_code_blocks_are_what_a_markdown_parser_finds(text: str) -> None:
    fences = [each for each in MarkdownIt().parse(text) if each.type == "fence" and not each.level]
    if "~" in text or any(each.type != "fence" for each in MarkdownIt().parse(text)):
        return
    assert [each.code.rstrip() for each in code_blocks(text)] == [
        each.content.rstrip() for each in fences if each.content.strip()
    ]
