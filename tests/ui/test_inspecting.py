"""Inspector and reader: the chunk under the cursor, whatever it is, at once; nothing of it acts on a terminal."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from chatwatch_tui.core.blocks import DoneBlock, ErrorBlock, TextBlock
from chatwatch_tui.core.decode import DecodeFields, Decoder
from chatwatch_tui.core.events import Delivery, MessagePayload, Undecodable
from chatwatch_tui.core.explain import Explained, explain
from chatwatch_tui.core.payload import compact_json
from chatwatch_tui.ui.document import State, document_of, text_at, text_of
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.flowing_text import FlowingText
from chatwatch_tui.ui.inspection import Inspection
from chatwatch_tui.ui.json_tree import JsonTree, NoTree
from chatwatch_tui.ui.look import width_of
from chatwatch_tui.ui.markdown_rows import lay_out, parse, plain
from chatwatch_tui.ui.pointing import offset_of, ordinal_under
from chatwatch_tui.ui.screens.inspector import InspectorScreen
from chatwatch_tui.ui.screens.reader import ReaderScreen
from chatwatch_tui.ui.selection import text_between
from chatwatch_tui.ui.stream_layout import snapshot
from tests.ui.conversations import DELIVERIES, HOSTILE, TEXTS, Talk, chunk, is_harmless, message, token, words_of
from tests.ui.stage import Stage

FIELDS = DecodeFields()


def inspect(talk: Talk, ordinal: int, width: int = 78) -> list[str]:
    inspection = Inspection(talk.conversation, ordinal, None, lambda kind, id_: f"chat.{kind}.{id_}")
    return [words_of(line.row) for line in inspection.lines(width)]


# -- what is in it -------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(DELIVERIES, st.integers(8, 120), st.booleans())
def test_any_delivery_can_be_inspected_and_every_line_is_harmless(delivery: Any, width: int, as_hex: bool) -> None:
    talk = Talk()
    talk.take(token("before"), delivery)
    inspection = Inspection(talk.conversation, 1, None, None)
    inspection.as_hex = as_hex
    for line in inspection.lines(width):
        assert is_harmless(words_of(line.row))
        value = inspection.value(line)
        assert value is None or isinstance(value, str)
    inspection.open_all()
    for line in inspection.lines(width):
        inspection.toggle(line)
    assert all(is_harmless(words_of(line.row)) for line in inspection.lines(width))


def test_subject_sizes_times_and_fields_are_named() -> None:
    talk = Talk()
    talk.take(token("a"))
    data = chunk("token", text="hello", seq=4, created_at=talk.now + 1.0, mood="good")
    talk.take(data, after=1.25)
    lines = inspect(talk, 1)
    shown = "\n".join(lines)
    assert f"chat.chunk.{talk.conversation.key.id}" in shown
    assert "1.2 s after the one before" in shown
    assert "250 ms before its receipt" in shown
    assert f"{len(data)} B" in shown
    assert any("place" in line and " 2  in order of arrival; all are kept" in line for line in lines)
    assert any("text" in line and "hello" in line and "from text" in line for line in lines)
    assert any("seq" in line and "from seq" in line for line in lines)
    assert any("not used" in line and "mood" in line for line in lines)
    assert any("not given" in line and "label" in line for line in lines)


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"error": "timed out", "code": 504}, "code"), ({"error": {"message": "timed out", "code": 504}}, "error.code")],
)
def test_of_an_error_chunk_all_that_the_pane_shows_is_named_as_used(fields: dict[str, Any], path: str) -> None:
    talk = Talk()
    talk.take(chunk("error", conversation_id="x", **fields))
    error = talk.conversation.transcript.blocks[-2]
    assert isinstance(error, ErrorBlock)
    assert error.detail == "code 504"
    lines = inspect(talk, 0)
    assert any(line.split() == ["detail", "code", "504", "from", path] for line in lines)
    assert [line.split()[2:] for line in lines if "not used" in line] == [["conversation_id"]]


async def test_the_bars_of_inspector_and_reader_name_help_and_the_next_part() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "words")
        await opened(stage, pilot)
        bar = stage.screen()[-1]
        assert "? help" in bar
        assert "Tab part" in bar
        assert "Esc back" in bar
        await pilot.press("M")
        assert "? help" in stage.screen()[-1]
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert "Esc back" in stage.screen()[-1]


@settings(deadline=None)
@given(DELIVERIES)
def test_what_is_explained_is_what_was_decoded(delivery: Any) -> None:
    data = delivery if isinstance(delivery, bytes) else getattr(delivery, "data", None)
    if data is None or not isinstance(delivery, (bytes, MessagePayload)):
        return
    is_message = isinstance(delivery, MessagePayload)
    decoder = Decoder()
    event = decoder.message(data) if is_message else decoder.chunk(data)
    found = explain(FIELDS, data, is_message=is_message)
    assert isinstance(found, Undecodable) == isinstance(event, Undecodable)
    if not isinstance(found, Explained):
        return
    values = {each.meaning: each.value for each in found.found if each.path}
    for meaning, member in (("text", "text"), ("tool name", "name"), ("tool call id", "call_id"), ("seq", "seq"),
                            ("tool arguments", "arguments"), ("tool result", "result"), ("label", "label"),
                            ("role", "role"), ("message id", "id")):  # fmt: skip
        decoded = getattr(event, member, None)
        if meaning in values and decoded not in (None, ""):
            shown = decoded if isinstance(decoded, str) else compact_json(decoded)
            assert values[meaning].startswith(shown)


def test_a_payload_that_is_no_longer_kept_says_so_and_shows_what_the_block_knows() -> None:
    talk = Talk()
    talk.conversation.raw.kept = 3
    for number in range(10):
        talk.take(chunk("done") if number % 2 else token(f"words {number}"))
    block = talk.conversation.transcript.blocks[1]
    inspection = Inspection(talk.conversation, block.delivery, block, None)
    shown = "\n".join(words_of(line.row) for line in inspection.lines(78))
    assert "No longer kept" in shown
    assert "only the latest 3 of 10 are" in shown
    assert "assistant: words 0" in shown
    assert inspection.data is None
    assert not inspection.go(2)
    assert inspection.go(7)
    assert inspection.data is not None


def test_what_is_not_utf_8_is_shown_escaped_and_in_hexadecimal() -> None:
    talk = Talk()
    talk.take(b"\xff\xfeabc\x1b[31m")
    inspection = Inspection(talk.conversation, 0, None, None)
    shown = "\n".join(words_of(line.row) for line in inspection.lines(78))
    assert r"\xff\xfeabc␛[31m" in shown
    assert "not UTF-8 (byte 0)" in shown
    inspection.toggle_hex()
    shown = "\n".join(words_of(line.row) for line in inspection.lines(78))
    assert "000000  ff fe 61 62 63 1b 5b 33 31 6d" in shown
    assert "..abc.[31m" in shown


def test_json_is_shown_as_it_was_written() -> None:
    tree = JsonTree('{"a": 1.50, "a": 12345678901234567890123, "b": [NaN, null, true, "x\\u202e"], "c": {}}')
    lines = ["".join(words_of(line.row)) for line in tree.lines(80)]
    assert lines == [
        "{", '  "a": 1.50,', '  "a": 12345678901234567890123,', '  "b": [', "    NaN,", "    null,", "    true,",
        '    "x<U+202E>"', "  ],", '  "c": {}', "}",
    ]  # fmt: skip
    assert tree.text(()) == '{"a": 1.50, "a": 12345678901234567890123, "b": [NaN, null, true, "x\u202e"], "c": {}}'
    assert tree.text((2, 3)) == "x\u202e"
    tree.toggle((2,))
    folded = ["".join(words_of(line.row)) for line in tree.lines(80)]
    assert '  "b": […]  4 items,' in folded


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"chunk_type": "token", "content": "x" * 1_000_000}),
        json.dumps({"list": list(range(200_000))}),
        json.dumps({f"key{number}": {"a": number} for number in range(50_000)}),
        '{"chunk_type": "x", "deep": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"deep": ' + "[" * 900 + "]" * 900 + "}",
        "\n" * 1_000_000,
        "not JSON " * 100_000,
        json.dumps({"text": "word\n" * 200_000}),
    ],
    ids=range(8),
)
def test_whatever_the_size_it_opens_with_a_bounded_number_of_lines(text: str) -> None:
    talk = Talk()
    talk.take(text.encode())
    began = time.thread_time()
    inspection = Inspection(talk.conversation, 0, None, None)
    lines = inspection.lines(100)
    assert time.thread_time() - began < 2  # some ms in fact; a bound that only a walk over all of it breaks
    assert len(lines) < 8_000
    inspection.open_all()
    for line in [line for line in inspection.lines(100) if line.folds][-3:]:
        inspection.toggle(line)
    assert len(inspection.lines(100)) < 12_000


def test_more_of_what_is_long_is_shown_portion_by_portion() -> None:
    tree = JsonTree(json.dumps(list(range(250))))
    assert sum("more" in words_of(line.row) for line in tree.lines(80)) == 1
    tree.toggle(())
    tree.toggle(())
    assert sum("more" in words_of(line.row) for line in tree.lines(80)) == 0
    assert len(list(tree.lines(80))) == 252
    tree.toggle(())
    assert len(list(tree.lines(80))) == 1
    with pytest.raises(NoTree, match="not JSON at character 2"):
        JsonTree("[oops]")


# -- pointing ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6).map("".join))
def test_the_place_of_a_row_is_found_in_hostile_text(text: str) -> None:
    from chatwatch_tui.core.safetext import make_safe

    safe_solid = sum(map(len, make_safe(text).split()))
    offsets = [offset_of(text, solid) for solid in range(safe_solid + 1)]
    assert offsets == sorted(offsets)
    assert all(0 <= each <= len(text) for each in offsets)
    if make_safe(text) == text:
        solids = [at for at, char in enumerate(text) if not char.isspace()]
        assert offsets == [*solids, len(text)]


async def test_the_chunk_under_the_cursor_is_the_one_inspected() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.message(1, "user", "go")
        stage.text(1, *(f"word{number:03d} " for number in range(300)))
        await stage.shown(pilot)
        view = stage.pane(1).view
        assert view is not None
        for row in range(1, len(view.layout)):
            first = words_of(view.layout.row(row)).split()[-1 if row == 0 else 0].strip("› ")
            first = first or words_of(view.layout.row(row)).split()[1]
            found = ordinal_under(view, row)
            assert found is not None
            received = view.conversation.raw.at(found[1] or 0)
            assert received is not None
            assert isinstance(received.delivery, bytes)
            assert first.encode() in received.delivery


def taken(copied: list[str]) -> Any:
    """In place of `clipboard.copy`."""

    def copy(text: str, *_: Any) -> str:
        copied.append(text)
        return "copied"

    return copy


async def test_in_the_view_of_raw_chunks_each_row_is_its_own_delivery() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"word{number:03d} " for number in range(9)))
        await stage.shown(pilot)
        await pilot.press("v")
        view = stage.pane(1).view
        assert view is not None
        found = [ordinal_under(view, row) for row in range(len(view.layout))]
        assert [each and each[1] for each in found][-9:] == list(range(9))
        last = len(view.layout) - 1
        assert text_between(view, last - 1, last).count("\n") == 1
        assert "word008" in text_between(view, last, last)
        screen = await opened(stage, pilot)
        assert screen.inspection.ordinal == 8


# -- the screens ---------------------------------------------------------------------------------------------------


def inspector(stage: Stage) -> InspectorScreen:
    screen = stage.app.screen
    assert isinstance(screen, InspectorScreen)
    return screen


async def opened(stage: Stage, pilot: Pilot[Any]) -> InspectorScreen:
    await stage.shown(pilot)
    await pilot.press("i")
    await pilot.pause()
    return inspector(stage)


async def test_going_through_deliveries_while_more_arrive() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "one ", "two ", "three ")
        screen = await opened(stage, pilot)
        assert screen.inspection.ordinal == 2
        await pilot.press("right")
        assert "newest" in "".join(stage.screen())
        stage.text(1, "four ")
        await stage.shown(pilot)
        assert screen.inspection.ordinal == 2
        await pilot.press("right")
        assert screen.inspection.ordinal == 3
        await pilot.press("H")
        assert screen.inspection.ordinal == 0
        await pilot.press("left")
        assert "Nothing older is kept" in "".join(stage.screen())
        await pilot.press("L")
        assert screen.inspection.ordinal == 3
        assert screen.inspection.block is not None
        await pilot.press("escape")
        assert stage.app.screen is stage.dashboard


async def test_copying_a_field_copies_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.copy", taken(copied))
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "long " * 100)
        screen = await opened(stage, pilot)
        lines = screen.inspection.lines(screen._page.inner_width)
        screen._page.cursor = next(n for n, line in enumerate(lines) if "from content" in words_of(line.row))
        await pilot.press("y")
        while not copied:
            await pilot.pause()
        assert copied == ["long " * 100]


async def test_copying_a_heading_copies_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.copy", taken(copied))
    stage = Stage()
    long = "long " * 100
    payload = json.dumps({"chunk_type": "token", "content": long})
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, long)
        screen = await opened(stage, pilot)
        lines = screen.inspection.lines(screen._page.inner_width)
        headings = [words_of(line.row).strip() for line in lines if line.is_heading]
        assert [each.split()[0] for each in headings] == ["Delivery", "Decoded", "JSON", "Raw"]
        for number in range(len(headings)):
            await pilot.press("y", "tab")
            while len(copied) <= number:
                await pilot.pause()
        delivery, decoded, tree, raw = copied
        assert f"size: {len(payload)} B\nplace: 1 (in order of arrival; all are kept)\nblock: turn " in delivery
        assert f"text: {long} (from content)" in decoded
        assert "\nnot given: " in decoded
        assert json.loads(tree) == json.loads(payload)
        assert raw == payload
        screen._page.cursor = next(n for n, line in enumerate(lines) if "not given" in words_of(line.row))
        await pilot.press("y")
        assert "nothing to copy on this line; Y copies the raw payload" in stage.screen()[-1]


def test_where_some_are_kept_no_longer_the_place_says_from_where_on_they_are() -> None:
    talk = Talk()
    talk.conversation.raw.kept = 3
    for _ in range(10):
        talk.take(token("a"))
    assert any("10  in order of arrival; none before 8 is kept" in line for line in inspect(talk, 9))


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 6), (200, 50)])
async def test_inspector_and_reader_work_at_every_size(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        stage.text(1, HOSTILE)
        await opened(stage, pilot)
        for key in ("j", "enter", "tab", "tab", "tab", "enter", "x", "G", "pageup", "e", "M"):
            await pilot.press(key)
        assert type(stage.app.screen) is ReaderScreen
        for key in ("j", "G", "v", "g", "q", "q"):
            await pilot.press(key)
        assert stage.app.screen_stack == [stage.dashboard]


# -- Markdown ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(TEXTS | st.text(st.sampled_from("*_`~#>-+[]()!|\\&;\n 1.x"), max_size=30), max_size=8).map("".join),
       st.integers(8, 90))  # fmt: skip
def test_rendered_text_is_harmless_and_fits(text: str, width: int) -> None:
    for parts in (parse(text), plain(text)):
        for row in lay_out(parts, width):
            assert is_harmless(words_of(row))


@pytest.mark.parametrize("entity", ["&#x202e;", "&#27;", "&rlm;", "&ZeroWidthSpace;", "&lt;b&gt;"])
def test_entities_stay_as_they_came(entity: str) -> None:
    assert entity in "".join(words_of(row) for row in lay_out(parse(f"a {entity} b"), 80))


def test_nothing_is_fetched_opened_or_hidden() -> None:
    text = (
        "[click](javascript:alert(1)) ![i](http://x.example/i.png) <script>x</script> [ref][r]\n\n[r]: http://y.example"
    )
    shown = " ".join(words_of(row) for row in lay_out(parse(text), 200))
    for word in ("click", "javascript:alert(1)", "http://x.example/i.png", "<script>x</script>", "http://y.example"):
        assert word in shown


def test_markdown_is_laid_out() -> None:
    text = "# Title\n\nSome **bold** and `code`.\n\n- one\n- two\n  1. deep\n\n> quoted\n\n"
    text += "```py\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|22|\n"
    rows = [words_of(row).rstrip() for row in lay_out(parse(text), 60)]
    assert rows == [
        "Title", "", "Some bold and code.", "", "• one", "• two", "  1. deep", "", "│ quoted", "", "│ py", "│ x = 1",
        "", "a │ b", "──┼───", "1 │ 22",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "*" * 50_000 + "a", "`" * 50_000, "> " * 25_000, "*a* " * 12_000, "|" * 50_000, "- " * 25_000,
     "a\n" * 25_000, "![" * 25_000, "*a _b " * 8_000, "~" * 50_000, "<" * 50_000, "| a |\n|-|\n" * 5_000],
    ids=lambda text: text[:5].encode().hex(),
)  # fmt: skip
def test_malice_costs_little(text: str) -> None:
    began = time.thread_time()
    rows = lay_out(parse(text), 78)
    assert time.thread_time() - began < 10
    assert all(width_of(row) <= 80 for row in rows[:2_000])


def test_a_message_is_read_whole() -> None:
    talk = Talk()
    talk.take(message("user", "why?"), token("because"))
    documents = [document_of(talk.conversation.transcript, block) for block in talk.conversation.transcript.blocks]
    assert [each and (each.title, each.text) for each in documents[:1]] == [("user, turn 1", "why?")]


def test_at_the_end_of_a_turn_what_it_said_last_is_read() -> None:
    talk = Talk()
    talk.take(chunk("done"), token("the answer"), chunk("error", error="cut off"), chunk("done"))
    transcript = talk.conversation.transcript
    ends = [block for block in transcript.blocks if isinstance(block, DoneBlock)]
    read = [text_at(talk.conversation, transcript, block) for block in ends]
    assert [each and each.document.text for each in read] == [None, "cut off", None], "nothing of another turn"


# -- reading what is still being written ---------------------------------------------------------------------------


CALL = chunk("tool_call", id="1", name="look_up", arguments={"what": "orders"})


@pytest.mark.parametrize(
    ("deliveries", "states"),
    [
        ([token("a")], [State.OPEN]),
        ([token("a"), chunk("thinking", content="b")], [State.WHOLE, State.OPEN]),
        ([token("a"), chunk("done")], [State.WHOLE]),
        ([token("a"), message("assistant", "abc")], [State.WHOLE, State.WHOLE]),
        ([message("user", "a")], [State.WHOLE]),
        ([CALL], [State.NO_RESULT]),
        ([CALL, chunk("tool_call", id="2", name="weigh", arguments={})], [State.NO_RESULT, State.NO_RESULT]),
        ([CALL, chunk("tool_result", id="1", result="b")], [State.WHOLE]),
        ([CALL, chunk("done")], [State.WHOLE]),
        ([CALL, chunk("done"), token("a")], [State.WHOLE, State.OPEN]),
    ],
)
def test_how_far_a_text_has_come_is_told(deliveries: list[Delivery], states: list[State]) -> None:
    talk = Talk()
    talk.take(*deliveries)
    transcript = talk.conversation.transcript
    read = [text_of(talk.conversation, transcript, block) for block in transcript.blocks]
    assert [each.state for each in read if each is not None] == states


@pytest.mark.parametrize(
    ("more", "state"),
    [([], State.WHOLE), ([token("b")], State.FROZEN), ([chunk("done")], State.WHOLE), ([token("x")] * 2, State.FROZEN)],
)
def test_what_was_held_of_a_text_says_when_it_went_on(more: list[Delivery], state: State) -> None:
    talk = Talk()
    talk.take(token("a" * TextBlock.PAGE + "\n" if len(more) == 2 else "a"))
    held = snapshot(talk.conversation.transcript)
    read = text_of(talk.conversation, held, held.blocks[-1])
    assert read is not None
    talk.take(*more)
    read.look()
    assert read.state is state


def reader(stage: Stage) -> ReaderScreen:
    screen = stage.app.screen
    assert isinstance(screen, ReaderScreen)
    return screen


async def until(pilot: Pilot[Any], holds: Any) -> None:
    while not holds():
        await pilot.pause(0.001)


async def reading(stage: Stage, pilot: Pilot[Any]) -> ReaderScreen:
    await stage.shown(pilot)
    await pilot.press("M")
    await until(pilot, lambda: isinstance(stage.app.screen, ReaderScreen))
    return reader(stage)


async def seen(stage: Stage, pilot: Pilot[Any], words: str) -> str:
    """The screen, once these words are on it."""
    await until(pilot, lambda: words in "\n".join(stage.screen()))
    return "\n".join(stage.screen())


@pytest.mark.parametrize("as_it_came", [False, True])
async def test_a_text_that_is_being_written_goes_on_in_the_reader(
    monkeypatch: pytest.MonkeyPatch, as_it_came: bool
) -> None:
    monkeypatch.setattr("chatwatch_tui.ui.screens.reader._REST", 0)
    copied: list[str] = []
    monkeypatch.setattr("chatwatch_tui.ui.clipboard.copy", taken(copied))
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "Done")
        screen = await reading(stage, pilot)
        title = (await seen(stage, pilot, "Markdown, 4 B")).split("\n")[0]
        assert "still being written" in title
        if as_it_came:
            await pilot.press("v")
        stage.text(1, " with **this**.\n\n", *(f"{number}. item\n" for number in range(1, 60)))
        await stage.shown(pilot)
        screen.take_in()
        await seen(stage, pilot, "59. item")
        assert "still being written" in stage.screen()[0]
        block = stage.pane(1).view.conversation.transcript.blocks[-1]  # type: ignore[union-attr]
        assert byte_size(len(getattr(block, "text", "").rstrip("\n"))) in stage.screen()[0]
        assert ("**this**" in "\n".join(map(words_of, screen.rows(80)))) == as_it_came
        await pilot.press("y")
        await until(pilot, lambda: copied)
        assert copied[0].endswith("59. item")
        await seen(stage, pilot, "copied; still being written")
        await pilot.press("pageup")
        before = stage.screen()[1:-1]
        stage.text(1, *(f"{number}. item\n" for number in range(60, 99)))
        stage.chunk(1, "done")
        await stage.shown(pilot)
        screen.take_in()
        await until(pilot, lambda: "98. item" in words_of(screen.rows(80)[-1]))
        await pilot.pause()
        assert stage.screen()[1:-1] == before, "the reader is where they were"
        assert "still being written" not in stage.screen()[0]


async def test_what_is_pruned_while_it_is_read_stays_and_is_said() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "the words that stay")
        screen = await reading(stage, pilot)
        conversation = stage.pane(1).view.conversation  # type: ignore[union-attr]
        conversation.transcript.text_budget = 3_000
        stage.chunk(1, "done")
        for number in range(40):
            stage.message(1, "user", f"question {number} " * 30)
            stage.chunk(1, "done")
        await stage.shown(pilot)
        assert conversation.transcript.first_id > 2
        screen.take_in()
        shown = await seen(stage, pilot, "no longer kept")
        assert "the words that stay" in shown
        assert "pruned" in stage.screen()[-1]


async def test_a_frozen_pane_is_read_as_it_was_and_says_that_it_went_on() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, "half ")
        await stage.shown(pilot)
        await pilot.press("space")
        stage.text(1, "whole")
        screen = await reading(stage, pilot)
        screen.take_in()
        shown = await seen(stage, pilot, "frozen, it went on")
        assert "half" in shown
        assert "whole" not in shown


async def test_of_two_megabytes_no_more_than_a_slice_is_laid_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    portions: list[int] = []

    class Counted(FlowingText):
        def append(self, text: str) -> int:
            portions.append(len(text))
            return super().append(text)

    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for _ in range(20):
            stage.text(1, *("words of a long text, one after another \n" * 50 for _ in range(50)))
            await stage.shown(pilot)
        monkeypatch.setattr("chatwatch_tui.ui.plain_rows.FlowingText", Counted)
        monkeypatch.setattr("chatwatch_tui.ui.slices.SLICE_SECONDS", 0.0)
        screen = await reading(stage, pilot)
        await pilot.press("G")
        assert max(portions) <= 5_000
        assert sum(portions) < 1_000_000, "the rest is on its way"
        await until(pilot, lambda: "more than this is not shown" in words_of(screen.rows(80)[-1]))
        await seen(stage, pilot, "more than this is not shown")  # at the end it followed
