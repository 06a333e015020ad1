"""The signs that stand for chunk types and states, in Unicode and in ASCII.

Every glyph is one cell wide in every terminal that was tried; each goes with a word, so that nothing rests on it alone.
"""

from __future__ import annotations

import msgspec

from chatwatch_tui.core.conversation import Phase


class Glyphs(msgspec.Struct, frozen=True):
    """One set of signs."""

    thinking: str = "✱"
    token: str = "›"
    tool_call: str = "⚙"
    tool_result: str = "↳"
    done: str = "✓"
    error: str = "✗"
    unknown: str = "?"
    gap: str = "┄"
    waiting: str = "·"
    stalled: str = "◌"
    link_up: str = "●"
    link_down: str = "○"
    pin: str = "■"
    lock: str = "▣"
    frozen: str = "‖"
    dot: str = "·"
    ellipsis: str = "…"
    cursor: str = "▌"
    pointer: str = "▸"
    """In a pane's frame, beside the row that was pointed at."""
    mark: str = "◆"
    """In a pane's frame, beside a row that the operator marked."""
    bullet: str = "•"
    cross: str = "┼"
    hit: str = "⚑"
    """A rule of the operator's was hit."""
    muted: str = "⊘"
    """No alerts of it."""
    rule: str = "─"
    side: str = "│"
    corners: str = "╭╮╰╯"
    line_answering: str = "▁▂▃▅▇"
    """In the timeline, by rate; what a piece was can be told from its shape."""
    line_thinking: str = "░░▒▒▓"
    line_other: str = "."
    line_tool: str = "▬"
    line_silent: str = "·"

    def of_phase(self, phase: Phase) -> str:
        """The sign of a conversation's phase."""
        return {
            Phase.WAITING: self.waiting,
            Phase.THINKING: self.thinking,
            Phase.ANSWERING: self.token,
            Phase.TOOL: self.tool_call,
            Phase.DONE: self.done,
            Phase.ERROR: self.error,
        }[phase]


UNICODE = Glyphs()
ASCII = Glyphs(
    thinking="*",
    token=">",
    tool_call="+",
    tool_result="=",
    done=".",
    error="!",
    unknown="?",
    gap="~",
    waiting="-",
    stalled="o",
    link_up="@",
    link_down="x",
    pin="#",
    lock="&",
    frozen="|",
    dot="-",
    ellipsis="~",
    cursor="_",
    pointer=">",
    mark="*",
    bullet="*",
    cross="+",
    hit="%",
    muted="m",
    rule="-",
    side="|",
    corners="++++",
    line_answering=".:|H#",
    line_thinking=",,;;*",
    line_other="?",
    line_tool="=",
    line_silent="_",
)

PLAIN_SIGNS = {ord("…"): "~", **{0x2400 + code: "^" for code in range(0x27)}}
"""What `Look` makes of these in ASCII: the ellipsis of what was cut and the pictures of control characters, which stand
in rows before anybody knows how they will be drawn."""
