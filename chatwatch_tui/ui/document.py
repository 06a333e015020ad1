"""What there is to read of a block: its text in full, and how far it has come.

A text that is being written goes on while it is read. Looking whether it did costs two comparisons; what is pruned
meanwhile is kept by whoever reads it, and is said to be no longer kept.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from chatwatch_tui.core.blocks import Block, ErrorBlock, OtherBlock, TextBlock, ToolBlock
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.core.transcript import Transcript
from chatwatch_tui.ui.export import passage_of, speaker
from chatwatch_tui.ui.figures import utf8_bytes
from chatwatch_tui.ui.json_tree import JsonTree, NoTree
from chatwatch_tui.ui.markdown_rows import MAX_MARKDOWN

_JSON_WIDTH = 100


class State(StrEnum):
    """How far a text has come, in words."""

    WHOLE = ""
    OPEN = "still being written"
    NO_RESULT = "no result yet"
    FROZEN = "frozen, it went on"
    GONE = "no longer kept"
    """Nothing more is taken in: its beginning was pruned."""


class Document(NamedTuple):
    """What is read."""

    title: SafeText
    text: str
    """Hostile."""
    is_markdown: bool = True


def document_of(transcript: Transcript, block: Block | None) -> Document | None:
    """What there is to read of a block: the whole text that it is a part of, or its payloads. None where nothing is."""
    if isinstance(block, TextBlock):
        passage = passage_of(transcript, block)
        return Document(SafeText(f"{safe_line(speaker(block), 24)}, turn {block.turn}"), passage.text.strip("\n"))
    if isinstance(block, ToolBlock):
        parts = [f"arguments\n\n{_pretty(block.arguments)}"] if block.arguments else []
        parts += [f"result\n\n{_pretty(block.result)}"] if block.result is not None else []
        return Document(SafeText(f"{safe_line(block.name, 60)}, turn {block.turn}"), "\n\n".join(parts), False)
    if isinstance(block, ErrorBlock):
        return Document(SafeText(f"error, turn {block.turn}"), f"{block.message}\n\n{block.detail}".strip(), False)
    if isinstance(block, OtherBlock):
        return Document(safe_line(block.type, 60), block.text, False)
    return None


def block_to_read(transcript: Transcript, block: Block) -> Block | None:
    """The block whose text is meant; at the end of a turn and at marks, the one before them in the turn."""
    before: Block | None = block
    while before is not None and before.turn == block.turn:
        if document_of(transcript, before) is not None:
            return before
        before = transcript.block(before.id - 1)
    return None


class ReadText:
    """A document as it is now; `look` takes in what came."""

    def __init__(self, conversation: Conversation, transcript: Transcript, block: Block, document: Document) -> None:
        """`transcript` is what the pane shows: the conversation's, or what was held of it."""
        self._conversation = conversation
        self._transcript = transcript
        self._block = block
        self._seen = (transcript.next_id, transcript.revisions)
        self.document = document
        self.size = _size(document)
        """Bytes of the text."""
        self._first_id = self._passage[0].id
        self.state = self._find_state()

    @property
    def _passage(self) -> list[Block]:
        return list(passage_of(self._transcript, self._block).blocks)

    def look(self) -> bool:
        """Whether the text is another one now. Says nothing of the state, which may change by itself."""
        if self.state is State.GONE:
            return False
        transcript = self._transcript
        if transcript.first_id > self._first_id:
            self.state = State.GONE
            return False
        seen = (transcript.next_id, transcript.revisions)
        is_news = False
        if seen != self._seen:
            self._seen = seen
            document = document_of(transcript, self._block)
            if document is not None and document.text != self.document.text:
                self.document, self.size, is_news = document, _size(document), True
        self.state = self._find_state()
        return is_news

    def _find_state(self) -> State:
        now = self._conversation.transcript
        last = self._passage[-1]
        if self._transcript is not now:
            real, after = now.block(last.id), now.block(last.id + 1)
            went_on = real is not None and (
                real.revision != last.revision or (isinstance(after, TextBlock) and after.continues)
            )
            return State.FROZEN if went_on else State.WHOLE
        if isinstance(last, ToolBlock):
            return State.NO_RESULT if last.result is None and not last.abandoned else State.WHOLE
        is_open = isinstance(last, TextBlock) and last.flow != "message" and last.id == now.next_id - 1
        return State.OPEN if is_open else State.WHOLE


def text_of(conversation: Conversation, transcript: Transcript, block: Block | None) -> ReadText | None:
    """What there is to read of that very block; None where nothing is."""
    document = document_of(transcript, block)
    return None if block is None or document is None else ReadText(conversation, transcript, block, document)


def text_at(conversation: Conversation, transcript: Transcript, block: Block | None) -> ReadText | None:
    """What there is to read at a block, see `block_to_read`; None where nothing is."""
    return text_of(conversation, transcript, None if block is None else block_to_read(transcript, block))


def _size(document: Document) -> int:
    return utf8_bytes(document.text)


def _pretty(payload: str) -> str:
    """JSON on several lines where it is some and small, else as it came."""
    try:
        tree = JsonTree(payload) if len(payload) < MAX_MARKDOWN else None
    except NoTree:
        tree = None
    if tree is None or isinstance(tree.root, str):
        return payload
    tree.open_all()
    return "\n".join("".join(text for text, _ in line.row) for line in tree.lines(_JSON_WIDTH))
