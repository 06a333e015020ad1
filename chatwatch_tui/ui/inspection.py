"""What the inspector shows of one delivery, as lines: facts, decoded fields, the JSON as a tree, the raw payload.

Plain state: which delivery, what is open in it, where the cursor is. Lines are made for a width when they are asked for
and kept until something changes; all of them are bounded (see `json_tree`), so no payload is too large to be opened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

from chatwatch_tui.core.blocks import Block, ToolBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.events import Delivery, Gap, MessagePayload, StrayPayload, Undecodable
from chatwatch_tui.core.explain import Explained, explain
from chatwatch_tui.core.payload import parse_time
from chatwatch_tui.core.raw import Received
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.ui.block_rows import describe_gap, ours
from chatwatch_tui.ui.export import Passage, passage_text
from chatwatch_tui.ui.fact_lines import Line, after, beside, fact, heading, moment, text_lines, with_parts
from chatwatch_tui.ui.figures import byte_size
from chatwatch_tui.ui.json_tree import JsonTree, NoTree
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.raw_payload import MORE, RAW_CHARS, raw_lines
from chatwatch_tui.ui.themes import Ink


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
        if line.path == MORE:
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
        if line.value is None and line.path not in (None, MORE) and self._tree is not None:
            return self._tree.text(line.path or ())
        return line.value

    # -- lines -----------------------------------------------------------------------------------------------------

    def lines(self, width: int, keymap: Keymap | None = None) -> list[Line]:
        """All lines at that width; they name keys as the keymap has them, as the table has where there is none."""
        key = (self._revision, width, keymap)
        if self._made is None or self._made[0] != key:
            self._made = (key, with_parts([*self._make(width, keymap or Keymap())]))
        return self._made[1]

    def _make(self, width: int, keymap: Keymap) -> Iterator[Line]:
        yield from self._facts(width)
        data = self.data
        if data is None:
            return
        yield from self._decoded(data, width)
        if self._tree is None:
            yield heading(f"No tree: {self._no_tree}")
        else:
            yield heading("JSON", path=())
            for each in self._tree.lines(width - 2, keymap.key("inspect-fold")):
                yield Line(((ours("  "), Ink.DIM), *each.row), None, each.path, each.folds)
        yield from raw_lines(data, width, portions=self._raw_shown, as_hex=self.as_hex, keymap=keymap)

    def _facts(self, width: int) -> Iterator[Line]:
        received, delivery = self._received, self.delivery
        key, raw = self.conversation.key, self.conversation.raw
        if received is None or delivery is None:
            yield heading("No longer kept")
            yield from fact("payload", f"only the latest {raw.total - raw.first:,} of {raw.total:,} are", width)
            yield from self._block_facts(width)
            return
        yield heading("Delivery")
        kind = "message" if isinstance(delivery, MessagePayload) else "chunk"
        if isinstance(delivery, StrayPayload):
            yield from fact("subject", delivery.subject, width)
        elif not isinstance(delivery, Gap):
            yield from fact("subject", self._address(kind, key.id) if self._address else key.id, width)
        yield from fact("source", key.source, width)
        yield from fact("received", moment(received.at), width, after(self._before, received.at))
        if isinstance(delivery, Gap):
            yield from fact("gap", describe_gap(delivery), width)
        data = self.data
        if data is not None:
            yield from self._payload_time(data, received.at, isinstance(delivery, MessagePayload), width)
            yield from fact("size", byte_size(len(data)), width, f"{len(data):,} bytes" if len(data) > 999 else "")
        kept = f"none before {raw.first + 1:,} is kept" if raw.first else "all are kept"
        yield from fact("place", f"{self.ordinal + 1:,}", width, f"in order of arrival; {kept}")
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
                words = "no time that is understood" if at is None else moment(at)
                yield from fact("its own time", words, width, "" if at is None else beside(at, received))

    def _block_facts(self, width: int) -> Iterator[Line]:
        block = self.block
        if block is None:
            return
        known = f"turn {block.turn}, {block.chunks:,} chunks in all" if block.chunks > 1 else f"turn {block.turn}"
        yield from fact("block", known, width, f"since {moment(block.at)}")
        if self.delivery is None:
            text = passage_text(Passage([block], getattr(block, "text", "")))
            yield heading("What is still known of its block", text)
            yield from text_lines(text[:RAW_CHARS], width, text)

    def _decoded(self, data: bytes, width: int) -> Iterator[Line]:
        is_message = isinstance(self.delivery, MessagePayload)
        found = explain(self.conversation.decoder.fields, data, is_message=is_message)
        if isinstance(found, Undecodable):
            yield heading(f"Not decoded: {found.reason}")
            return
        yield heading(f"Decoded as {safe_line(found.kind, 60)}")
        for each in found.found:
            if each.path:
                yield from fact(each.meaning, each.value, width, f"from {safe_line(each.path, 40)}")
        missing = [each.meaning for each in found.found if not each.path]
        if missing:
            yield from fact("not given", ", ".join(missing), width, copies=False)
        if found.unused:
            yield from fact("not used", ", ".join(found.unused[:40]), width, copies=False)
