"""The dashboard with nobody behind it: a test plays the wire and the clock."""

from __future__ import annotations

import json
import uuid
from typing import Any

from textual.pilot import Pilot

from chatwatch_tui.core.events import Delivery, Gap, LinkState, MessagePayload, SourceStatus
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.demo.simulator import traffic
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.app import ChatwatchApp
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.session import LayoutStore, SessionStore
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.pane import Pane
from chatwatch_tui.ui.widgets.roster_list import SORT_EVERY

SOURCE = "prod"
NOON = 1_795_435_200.0
SCREEN = ScreenSettings(colours="truecolor")
"""Settings of the dashboard; the colours do not depend on the terminal that tests run in."""
_STEP = 1.0
"""Seconds of played time that are delivered at once."""


def conversation_id(number: int) -> str:
    """The n-th conversation's id; its first four digits are the number."""
    return str(uuid.UUID(f"{number:04d}0000-0000-4000-8000-000000000000"))


def key_of(number: int) -> ConversationKey:
    """The n-th conversation's key."""
    return ConversationKey(SOURCE, conversation_id(number))


class Stage:
    """An application, its feed and its clock."""

    def __init__(
        self,
        *,
        asked_for: int = 0,
        screen: ScreenSettings = SCREEN,
        session: SessionStore | None = None,
        fresh: bool = False,
        layouts: LayoutStore | None = None,
        **watching: Any,
    ) -> None:
        self.now = NOON
        keys = [key_of(number) for number in range(1, asked_for + 1)]
        description = "chat.chunk.* and chat.message.*"
        self.watching = Watching(
            None,
            clock=lambda: self.now,
            monotonic=lambda: self.now - NOON,
            source_names={SOURCE},
            asked_for=keys,
            description=description,
            **watching,
        )
        self.app = ChatwatchApp(self.watching, screen, session=session, fresh=fresh, layouts=layouts)
        self.delivered = 0
        setattr(self.dashboard, "_tick_timer", lambda: None)  # noqa: B010 - seconds go by in `tick`, and only there

    @property
    def dashboard(self) -> Dashboard:
        """The screen."""
        return self.app.dashboard

    def pane(self, number: int) -> Pane:
        """The pane of that number, whether it is on screen or not."""
        return self.dashboard._panes[number]

    # -- playing the wire ------------------------------------------------------------------------------------------

    def deliver(self, number: int, *deliveries: Delivery) -> None:
        """Hand over what one read of the wire brought for the n-th conversation."""
        inbox = self.watching.feed.inbox(key_of(number))
        self.watching.feed.deliver([(inbox, delivery) for delivery in deliveries])
        self.delivered += len(deliveries)

    def chunk(self, number: int, chunk_type: str, **fields: Any) -> None:
        """One chunk."""
        self.deliver(number, json.dumps({"chunk_type": chunk_type, **fields}).encode())

    def text(self, number: int, *pieces: str, flow: str = "token") -> None:
        """Chunks of flowing text, in one read."""
        self.deliver(number, *(json.dumps({"chunk_type": flow, "content": piece}).encode() for piece in pieces))

    def message(self, number: int, role: str, text: str, **fields: Any) -> None:
        """A complete message."""
        self.deliver(number, MessagePayload(json.dumps({"role": role, "content": text, **fields}).encode()))

    def gap(self, gap: Gap) -> None:
        """A hole in everything."""
        self.watching.feed.gap(SOURCE, gap)

    def link(self, state: LinkState, **fields: Any) -> None:
        """The source says how its link is."""
        self.watching.feed.status(SourceStatus(SOURCE, state, since=fields.pop("since", 0.0), **fields))

    async def play(self, pilot: Pilot[Any], seconds: float, *, conversations: int = 9, seed: int = 7) -> None:
        """So many seconds of the demo's conversations, by this stage's clock."""
        began = self.now
        for at, conversation, publish in traffic(conversations, seed):
            if at > seconds:
                break
            if began + at - self.now > _STEP:
                await self.shown(pilot)
                self.now = began + at
            payload = publish.payload | {"created_at": began + at}
            encoded = json.dumps(payload, ensure_ascii=False).encode()
            inbox = self.watching.feed.inbox(ConversationKey(SOURCE, conversation))
            self.watching.feed.deliver([(inbox, MessagePayload(encoded) if publish.kind == "message" else encoded)])
            self.delivered += 1
        self.now = began + seconds
        await self.shown(pilot)
        self.now += SORT_EVERY  # the roster is in order then, whenever it was sorted last
        await self.tick(pilot)

    # -- waiting ---------------------------------------------------------------------------------------------------

    async def shown(self, pilot: Pilot[Any]) -> None:
        """Until everything delivered was applied and drawn; at once, whatever pace the last frame asked for."""
        reader = self.dashboard.reader
        reader._pause = 0.0
        await pilot.pause()
        while self.watching.feed.waiting or reader.account.applied < self.delivered or reader.is_busy:
            await pilot.pause(0.001)
        await pilot.pause()

    async def tick(self, pilot: Pilot[Any]) -> None:
        """A second of the dashboard's own clock goes by: figures that are only shown by the second are."""
        self.dashboard._tick()
        await pilot.pause()

    def rows(self, number: int) -> list[str]:
        """The rows of a pane as they are drawn, frame included."""
        pane = self.pane(number)
        return [strip.text for strip in pane.render_lines(pane.size.region)]

    def screen(self) -> list[str]:
        """The whole terminal's rows."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]
