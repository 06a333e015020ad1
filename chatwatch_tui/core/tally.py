"""What is counted of a conversation, and what it is called."""

from __future__ import annotations

from chatwatch_tui.core.attention import AttentionState, StallLimits
from chatwatch_tui.core.counters import MAX_TYPES_COUNTED, OTHER_TYPES, Counters
from chatwatch_tui.core.events import Label
from chatwatch_tui.core.rate import Rate
from chatwatch_tui.core.timeline import Timeline

WORST = 1_000_000
"""Rank of a label that any other is better than."""


class Tally(AttentionState):
    """Chunks by type, their rate, the last minutes, a name."""

    def __init__(self, limits: StallLimits | None = None) -> None:
        super().__init__(limits)
        self.label = ""
        """As the payloads name it, blank while they have not; hostile. Of several names the best stays (`Label`)."""
        self._label_rank = WORST
        self.counters = Counters()
        self.rate = Rate()
        """Chunks a second, of every type."""
        self.timeline: Timeline | None = None
        """What happened in the last minutes; None before the first chunk, question or answer."""

    def _take_label(self, label: Label) -> None:
        """Chunks that only name their model must not take the title away."""
        if label.rank <= self._label_rank:
            self.label, self._label_rank = label, label.rank

    def _count_chunks(self, kind: str, count: int, received_at: float) -> None:
        timeline = self.timeline
        if timeline is None or kind != timeline.kind or received_at >= timeline.until:
            self._turn_timeline(kind, received_at)
        self.rate.add(received_at, count)
        chunks = self.counters.chunks
        if kind not in chunks and len(chunks) >= MAX_TYPES_COUNTED:
            kind = OTHER_TYPES
        chunks[kind] += count

    def _turn_timeline(self, kind: str, at: float) -> None:
        self._any_timeline(at).turn(kind, at)

    def _any_timeline(self, at: float) -> Timeline:
        if self.timeline is None:
            self.timeline = Timeline(self.rate, at, is_cut_off=self.is_cut_off)
        return self.timeline

    def link_changed(self, now: float, *, up: bool) -> None:
        if self.timeline is not None and self.is_cut_off == up:
            self.timeline.link_changed(now, up=up)
        super().link_changed(now, up=up)
