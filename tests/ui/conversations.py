"""Conversations to draw: payloads as the wire brings them, a talk that applies them, and random deliveries."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable

from hypothesis import strategies as st

from chatwatch_tui.core.conversation import Conversation, StallLimits
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.display import DisplaySettings, Times
from chatwatch_tui.core.events import Arrival, Delivery, Gap, GapCause, MessagePayload, StrayPayload
from chatwatch_tui.core.filtering import FilterQuery, Granularity
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.raw_layout import RawLayout
from chatwatch_tui.ui.reading import LEVELS, Reading, View
from chatwatch_tui.ui.stream_layout import StreamLayout

START = 1_700_000_000.0
"""Unix seconds at which talks begin."""
KEY = ConversationKey("nats", "a3f21c00-0c4b-4c9e-9a51-3f0e8f6b2d10")
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07 \x00\x7f\x9b2J \u202eflipped\u2066 [bold]markup[/] \u200b\ufeff\u2028 tab\there\nnext"
)
"""A little of everything that must not reach a terminal."""
_DECODER = Decoder()


def chunk(kind: object, **fields: object) -> bytes:
    """A chunk's payload."""
    return json.dumps({"chunk_type": kind, **fields}).encode()


def token(text: str) -> bytes:
    """A piece of an answer."""
    return chunk("token", content=text)


def message(role: str, text: str, id: str = "") -> MessagePayload:
    """A complete message's payload."""
    return MessagePayload(json.dumps({"role": role, "content": text, "id": id}).encode())


class Talk:
    """A conversation and its clock."""

    def __init__(
        self, *, key: ConversationKey = KEY, text_budget: int | None = None, limits: StallLimits | None = None
    ) -> None:
        self.conversation = Conversation(key, _DECODER, text_budget=text_budget, limits=limits)
        self.now = START

    def take(self, *deliveries: Delivery, after: float = 0.0) -> None:
        """Let these arrive together, so many seconds after what came before."""
        self.now += after
        self.conversation.apply([Arrival(self.now, list(deliveries))])


def answered(turns: int, words: int = 40) -> list[Delivery]:
    """Whole turns of numbered words, so that every row says which it is."""
    deliveries: list[Delivery] = []
    for turn in range(turns):
        deliveries.append(message("user", f"question {turn}"))
        deliveries += [token(f"t{turn}w{word} ") for word in range(words)]
        deliveries.append(chunk("done"))
    return deliveries


def rows_of(layout: StreamLayout | RawLayout) -> list[Row]:
    """Every row of a layout."""
    return [layout.row(number) for number in range(len(layout))]


def words_of(row: Iterable[tuple[str, object]]) -> str:
    """A row's letters."""
    return "".join(text for text, _ in row)


def is_harmless(text: str) -> bool:
    """Whether a terminal can only draw it: no control, no line or paragraph separator, no bidi or other format
    character but the joiner of emoji, nothing that cannot be encoded."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text if char != "\u200d")


TEXTS = st.sampled_from(
    [
        "word ", "several words of text ", " ", "\n", "\n\n", "a", "中文字", "👩\u200d👧", "\ufe0f", "→", "\t",
        "x" * 50, "e\u0301", "\u0301", "last.\n", "\x1b[1m", "\u202e", "long line of many words that goes on " * 4, "",
        HOSTILE,
    ]
)  # fmt: skip
_IDS = st.sampled_from(["", "1", "2"])
_NAMES = st.sampled_from(["", "web.search", "billing", HOSTILE])
_NUMBERS = st.none() | st.integers(0, 5000)
DELIVERIES: st.SearchStrategy[Delivery] = st.one_of(
    st.builds(token, TEXTS),
    st.builds(token, TEXTS),
    st.builds(lambda text: chunk("thinking", content=text), TEXTS),
    st.builds(lambda n, i, a: chunk("tool_call", name=n, id=i, arguments=a), _NAMES, _IDS, TEXTS),
    st.builds(lambda n, i, r: chunk("tool_result", name=n, id=i, result=r), _NAMES, _IDS, TEXTS),
    st.builds(lambda i: chunk("tool_result", id=i, result="no", is_error=True), _IDS),
    st.builds(lambda n: chunk("done", usage={"output_tokens": n}), _NUMBERS),
    st.builds(lambda text: chunk("error", error=text, code=7), TEXTS),
    st.builds(lambda kind, text: chunk(kind, content=text), st.sampled_from(["status", HOSTILE]), TEXTS),
    st.builds(message, st.sampled_from(["user", "assistant", "system", "critic", HOSTILE]), TEXTS),
    st.sampled_from([b"", b"{", b"[1]", b"\xff\xfe", chunk(7, text="x"), StrayPayload(HOSTILE, HOSTILE.encode())]),
    st.builds(Gap, st.sampled_from(GapCause), _NUMBERS, st.none() | st.floats(0, 500), st.sampled_from(["", HOSTILE])),
)
"""Anything that can arrive."""
BATCHES = st.lists(DELIVERIES, min_size=1, max_size=8)
"""What arrives between two frames."""
READINGS: st.SearchStrategy[Reading] = st.builds(
    Reading,
    st.builds(
        DisplaySettings,
        times=st.sampled_from(Times),
        **{name: st.sampled_from(levels) for name, levels in LEVELS.items()},
    ),
    st.sampled_from([View.TEXT, View.TEXT, View.MESSAGES, View.RAW]),
    st.none()
    | st.builds(
        FilterQuery,
        st.sampled_from(
            ["word", "-word", "type:tool", "role:user word", "tool:web", "/w.rd/ -type:thinking", "中", "last.", "zzz"]
        ),
        st.sampled_from(Granularity),
    ),
)
"""Every way of reading."""
