"""What the inspector shows of one delivery, as lines: facts, decoded fields, the JSON as a tree, the raw payload.

Plain state: which delivery, what is open in it, where the cursor is. Lines are made for a width when they are asked for
and kept until something changes; all of them are bounded (see `json_tree`), so no payload is too large to be opened.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatwatch_tui.core.blocks import Block, ToolBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import Delivery, Gap, MessagePayload, StrayPayload, Undecodable
from chatwatch_tui.core.explain import Explained, explain
from chatwatch_tui.core.payload import parse_time
from chatwatch_tui.core.raw import Received
from chatwatch_tui.core.safetext import SafeText, make_safe, safe_line
from chatwatch_tui.ui.block_rows import Row, describe_gap, ours
from chatwatch_tui.ui.export import Passage, passage_text
from chatwatch_tui.ui.figures import byte_size, elapsed
from chatwatch_tui.ui.json_tree import JsonTree, NoTree, Path
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import expand_tabs, fit, wrap

TERM = 15
"""Cells of the names of facts."""
NARROW = 70
"""Cells below which what is said beside a value stands under it."""
RAW_CHARS = 4_000
"""Characters of a raw payload that are shown at a time."""
HEX_BYTES = 512
"""Bytes of it in hexadecimal."""
_MORE = (-1,)
"""In place of a path: more of the raw payload."""


class Line(NamedTuple):
    """One line of the inspector."""

    row: Row
    value: str | None = None
    """What copying it copies; hostile. None where there is nothing to copy."""
    path: Path | None = None
    """Its place in the tree of the payload."""
    folds: bool = False
    is_heading: bool = False


class Inspection:
    """One delivery of a conversation, and the way to its neighbours."""

    def __init__(
        self,
        conversation: Conversation,
        ordinal: int | None,
        block: Block | None,
        address: Callable[[str, str], str] | None,
    ) -> None:
        """`ordinal` is None where it is not known any more; `block` is what was pointed at."""
        self.conversation = conversation
        self.ordinal = conversation.raw.first - 1 if ordinal is None else ordinal
        self.cursor = 0
        self.as_hex = False
        self.block = block
        self._address = address
        self._raw_shown = 1
        self._tree: JsonTree | None = None
        self._no_tree = ""
        self._made: tuple[object, list[Line]] | None = None
        self._revision = 0
        self._received: Received | None = None
        self._before: float | None = None
        self._look_at(self.ordinal)

    # -- going about -----------------------------------------------------------------------------------------------

    def go(self, ordinal: int) -> bool:
        """Look at another delivery; False where it is not kept, or not there yet."""
        raw = self.conversation.raw
        if not raw.first <= ordinal < raw.total or ordinal == self.ordinal:
            return False
        self._look_at(ordinal)
        self.block = self._block_of(ordinal)
        return True

    def _block_of(self, ordinal: int) -> Block | None:
        """The block that a delivery went into, as far as ordinals tell."""
        blocks = self.conversation.transcript.blocks
        for block in reversed(blocks[-2_000:]):
            if isinstance(block, ToolBlock) and block.result_delivery == ordinal:
                return block
        position = bisect_right(blocks, ordinal, key=lambda block: block.delivery) - 1
        return blocks[position] if position >= 0 else None

    def _look_at(self, ordinal: int) -> None:
        """What is kept may go at any moment: it is held from now on."""
        self.ordinal = ordinal
        self._received = self.conversation.raw.at(ordinal)
        before = self.conversation.raw.at(ordinal - 1)
        self._before = before.at if before is not None else None
        self._tree, self._no_tree, self._raw_shown = None, "", 1
        data = self.data
        if data is not None:
            try:
                self._tree = JsonTree(data.decode("utf-8"))
            except UnicodeDecodeError as problem:
                self._no_tree = f"not UTF-8 (byte {problem.start:,})"
            except NoTree as problem:
                self._no_tree = str(problem)
        self._revision += 1
        self.cursor = 0

    @property
    def delivery(self) -> Delivery | None:
        """What is looked at; None where it is no longer kept."""
        return self._received.delivery if self._received is not None else None

    @property
    def data(self) -> bytes | None:
        """Its raw payload; None where there is none."""
        delivery = self.delivery
        if isinstance(delivery, bytes):
            return delivery
        return delivery.data if isinstance(delivery, (MessagePayload, StrayPayload)) else None

    def toggle(self, line: Line) -> bool:
        """Open or close what a line stands for, or show more of it; whether there was something."""
        if line.path == _MORE:
            self._raw_shown += 1
        elif line.folds and line.path is not None and self._tree is not None:
            self._tree.toggle(line.path)
        else:
            return False
        self._revision += 1
        return True

    def open_all(self) -> None:
        """Open all of the tree, within a bound."""
        if self._tree is not None:
            self._tree.open_all()
            self._revision += 1

    def toggle_hex(self) -> None:
        """The raw payload as text, or in hexadecimal."""
        self.as_hex = not self.as_hex
        self._raw_shown = 1
        self._revision += 1

    def value(self, line: Line) -> str | None:
        """What copying a line copies. Raises NoTree."""
        if line.value is None and line.path not in (None, _MORE) and self._tree is not None:
            return self._tree.text(line.path or ())
        return line.value

    # -- lines -----------------------------------------------------------------------------------------------------

    def lines(self, width: int) -> list[Line]:
        """All lines at that width."""
        key = (self._revision, width)
        if self._made is None or self._made[0] != key:
            self._made = (key, list(self._make(width)))
        return self._made[1]

    def _make(self, width: int) -> Iterator[Line]:
        yield from self._facts(width)
        data = self.data
        if data is None:
            return
        yield from self._decoded(data, width)
        yield _heading("JSON" if self._tree is not None else f"No tree: {self._no_tree}")
        if self._tree is not None:
            for each in self._tree.lines(width - 2):
                yield Line(((ours("  "), Ink.DIM), *each.row), None, each.path, each.folds)
        yield from self._raw(data, width)

    def _facts(self, width: int) -> Iterator[Line]:
        received, delivery = self._received, self.delivery
        key, raw = self.conversation.key, self.conversation.raw
        if received is None or delivery is None:
            yield _heading("No longer kept")
            yield from _fact("payload", f"only the latest {raw.total - raw.first:,} of {raw.total:,} are", width)
            yield from self._block_facts(width)
            return
        yield _heading("Delivery")
        kind = "message" if isinstance(delivery, MessagePayload) else "chunk"
        if isinstance(delivery, StrayPayload):
            yield from _fact("subject", delivery.subject, width)
        elif not isinstance(delivery, Gap):
            yield from _fact("subject", self._address(kind, key.id) if self._address else key.id, width)
        yield from _fact("source", key.source, width)
        yield from _fact("received", _moment(received.at), width, _after(self._before, received.at))
        if isinstance(delivery, Gap):
            yield from _fact("gap", describe_gap(delivery), width)
        data = self.data
        if data is not None:
            yield from self._payload_time(data, received.at, isinstance(delivery, MessagePayload), width)
            yield from _fact("size", byte_size(len(data)), width, f"{len(data):,} bytes" if len(data) > 999 else "")
        yield from _fact("place", f"{self.ordinal + 1:,}", width, f"kept from {raw.first + 1:,} on")
        yield from self._block_facts(width)

    def _payload_time(self, data: bytes, received: float, is_message: bool, width: int) -> Iterator[Line]:
        found = explain(self.conversation.decoder.fields, data, is_message=is_message)
        if not isinstance(found, Explained):
            return
        for each in found.found:
            if each.meaning == "time" and each.path:
                try:
                    at = parse_time(float(each.value))
                except ValueError:
                    at = parse_time(each.value)
                words = "no time that is understood" if at is None else _moment(at)
                yield from _fact("its own time", words, width, "" if at is None else _beside(at, received))

    def _block_facts(self, width: int) -> Iterator[Line]:
        block = self.block
        if block is None:
            return
        known = f"turn {block.turn}, {block.chunks:,} chunks in all" if block.chunks > 1 else f"turn {block.turn}"
        yield from _fact("block", known, width, f"since {_moment(block.at)}")
        if self.delivery is None:
            yield _heading("What is still known of its block")
            text = passage_text(Passage([block], getattr(block, "text", "")))
            for line in text[:RAW_CHARS].split("\n"):
                for part in wrap(expand_tabs(SafeText(line)), max(8, width - 3)) or [ours("")]:
                    yield Line(((ours("  "), Ink.DIM), (part, Ink.TEXT)), text)

    def _decoded(self, data: bytes, width: int) -> Iterator[Line]:
        is_message = isinstance(self.delivery, MessagePayload)
        found = explain(self.conversation.decoder.fields, data, is_message=is_message)
        if isinstance(found, Undecodable):
            yield _heading(f"Not decoded: {found.reason}")
            return
        yield _heading(f"Decoded as {safe_line(found.kind, 60)}")
        for each in found.found:
            if each.path:
                yield from _fact(each.meaning, each.value, width, f"from {safe_line(each.path, 40)}")
        missing = [each.meaning for each in found.found if not each.path]
        if missing:
            yield from _fact("not given", ", ".join(missing), width, copies=False)
        if found.unused:
            yield from _fact("not used", ", ".join(found.unused[:40]), width, copies=False)

    def _raw(self, data: bytes, width: int) -> Iterator[Line]:
        try:
            text = data.decode("utf-8")
            how = "hexadecimal" if self.as_hex else "text"
        except UnicodeDecodeError:
            text = data.decode("utf-8", "backslashreplace")
            how = "hexadecimal" if self.as_hex else "bytes that are not UTF-8 as \\x.."
        yield _heading(f"Raw payload, {byte_size(len(data))}, {how}; x changes that")
        if self.as_hex:
            shown = self._raw_shown * HEX_BYTES
            for row in _hex_rows(data[:shown], 16 if width >= 78 else 8):
                yield Line(((ours("  "), Ink.DIM), row), text)
            left, unit = len(data) - shown, "bytes"
        else:
            shown = self._raw_shown * RAW_CHARS
            for line in make_safe(text[:shown]).split("\n"):
                for part in wrap(expand_tabs(SafeText(line)), max(8, width - 3)) or [ours("")]:
                    yield Line(((ours("  "), Ink.DIM), (part, Ink.TEXT)), text)
            left, unit = len(text) - shown, "characters"
        if left > 0:
            yield Line(((ours(f"  … {left:,} more {unit}: Enter shows more"), Ink.WARN),), text, _MORE, True)


def _heading(words: str) -> Line:
    return Line(((safe_line(f" {words}"), Ink.STRONG),), is_heading=True)


def _fact(term: str, value: str, width: int, note: str = "", *, copies: bool = True) -> Iterator[Line]:
    """A name and a value, the value cut where it is too long: the tree and the raw payload have it whole."""
    below = bool(note) and width < NARROW and TERM + 5 + len(value) + len(note) > width
    room = max(8, width - TERM - 3 - (len(note) + 2 if note and not below else 0))
    shown = fit(safe_line(value, room), room)
    row: Row = ((ours(f"  {term:<{TERM}}"), Ink.DIM), (shown, Ink.TEXT))
    if note and not below:
        row = (*row, (SafeText(f"  {note}"), Ink.DIM))
    yield Line(row, value if copies else None)
    if below:
        yield Line(((SafeText(f"    {note}"), Ink.DIM),), value if copies else None)


def _moment(at: float) -> str:
    whole, part = divmod(round(at * 1000), 1000)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(whole))}.{part:03d}"


def _after(before: float | None, at: float) -> str:
    return "" if before is None else f"{_seconds(at - before)} after the one before"


def _beside(at: float, received: float) -> str:
    late = received - at
    return f"{_seconds(abs(late))} {'before' if late >= 0 else 'after'} its receipt"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if abs(seconds) < 1 else elapsed(seconds)


def _hex_rows(data: bytes, per_row: int) -> Iterator[tuple[SafeText, Ink]]:
    for at in range(0, len(data), per_row):
        part = data[at : at + per_row]
        letters = "".join(chr(each) if 0x20 <= each < 0x7F else "." for each in part)
        yield ours(f"{at:06x}  {part.hex(' '):<{per_row * 3 - 1}}  {letters}"), Ink.TEXT
