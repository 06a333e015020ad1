"""What is to be seen of chatwatch: every screen, dialog and state, each brought on the stage by a function of its own.

States that can be seen together are in one scene, so that a picture is worth its size.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot

from chatwatch_tui.config.live import Reread
from chatwatch_tui.config.toml_file import Place, Problem
from chatwatch_tui.core.events import Gap, GapCause, LinkState, SourceStatus
from chatwatch_tui.core.rules import Rule
from chatwatch_tui.ui.messages import SettingsRead
from tests.ui.stage import NOON, Stage

Scene = Callable[[Stage, Pilot[Any]], Awaitable[None]]


async def demo(stage: Stage, pilot: Pilot[Any]) -> None:
    """The demo after some seconds: every chunk type, several scripts, an error, something hostile."""
    stage.link(LinkState.LIVE, rtt=0.0008)
    await stage.play(pilot, 12.0)


async def reading(stage: Stage, pilot: Pilot[Any]) -> None:
    """Scrolled up in one pane, another frozen, a third pinned; the model behind one silent."""
    await demo(stage, pilot)
    await pilot.press("3", "p", "2", "space", "1", "k", "k")
    stage.now += 16.0
    await stage.play(pilot, 4.0, conversations=2, seed=7)


async def choosing(stage: Stage, pilot: Pilot[Any]) -> None:
    """The cursor in a roster of forty."""
    stage.link(LinkState.LIVE, rtt=0.0008)
    await stage.play(pilot, 12.0, conversations=40)
    await pilot.press("o", "down", "down", "down")


async def no_server(stage: Stage, pilot: Pilot[Any]) -> None:
    """Nothing reached, nothing shown."""
    stage.now += 12
    stage.link(
        LinkState.CONNECTING, attempt=5, server="db.example:4222", detail="connection refused by db.example:4222"
    )
    await stage.shown(pilot)


async def help_page(stage: Stage, pilot: Pilot[Any]) -> None:
    """Every key and sign."""
    await no_server(stage, pilot)
    await pilot.press("question_mark")


def after_keys(*keys: str) -> Scene:
    """The demo, and these keys pressed in it; what works on it off the event loop has ended."""

    async def scene(stage: Stage, pilot: Pilot[Any]) -> None:
        await demo(stage, pilot)
        await pilot.press(*keys)
        await pilot.pause()
        await stage.app.workers.wait_for_complete()
        await stage.tick(pilot)

    return scene


async def searching(stage: Stage, pilot: Pilot[Any]) -> None:
    """Something typed to be found in all panes, a row marked; the line still open."""
    await demo(stage, pilot)
    await pilot.press("3", "k", "m", "slash", "tab", *"clause")
    while stage.dashboard._is_looking:
        await pilot.pause(0.005)
    await pilot.pause()


async def wrong_query(stage: Stage, pilot: Pilot[Any]) -> None:
    """A regex that is none."""
    await demo(stage, pilot)
    await pilot.press("1", "slash", "ctrl+r", *"in(v")
    await pilot.pause()


async def picking(stage: Stage, pilot: Pilot[Any]) -> None:
    """Letters typed in the list of forty, two of those found marked."""
    await choosing(stage, pilot)
    await pilot.press(*"re", "space", "space", "down")
    while stage.app.screen.choosing.prepare():  # type: ignore[attr-defined]
        pass
    stage.app.screen.refresh_list()  # type: ignore[attr-defined]
    await pilot.pause()


async def layouts(stage: Stage, pilot: Pilot[Any]) -> None:
    """Three kept, one asked about."""
    await demo(stage, pilot)
    await pilot.press(
        "S", *"all of it", "enter", "1", "x", "S", *"without the first", "enter", "L", "S", *"one", "enter"
    )
    await pilot.press("l", "down", "delete")
    await pilot.pause()


# -- attention ---------------------------------------------------------------------------------------------------------


async def attention(stage: Stage, pilot: Pilot[Any]) -> None:
    """Whatever can be wrong or changed with a conversation, each in a pane: silent, failed, hit by a rule, in a long
    tool, done and unread, pinned and muted, locked and frozen, joined late and full of holes, waiting."""
    stage.dashboard.apply_settings(
        replace(
            stage.dashboard._settings,
            rules=(Rule("refund", match="refund", pane_colour="magenta"), Rule("bad", match="(")),
        )
    )
    stage.link(LinkState.LIVE, rtt=0.0008)
    stage.message(1, "user", "Are you there?", title="silent-model")
    stage.text(1, "The question is whether I am.", flow="thinking")
    await stage.shown(pilot)
    stage.now += 70
    for number, title in enumerate(("failing", "refunds", "slow-tool", "finished", "noisy", "compared", "late"), 2):
        if title != "late":
            stage.message(number, "user", f"This is about {title}.", title=title)
    stage.text(2, "Let me see")
    stage.chunk(2, "error", error="upstream said no, try again later", code=529)
    stage.text(3, "A refund was paid twice, ", "so one of them is claimed back.")
    stage.chunk(4, "tool_call", name="warehouse.query", id="1", arguments={"sql": "select everything"})
    stage.text(5, "All of it is done.\n")
    stage.chunk(5, "done", usage={"output_tokens": 7})
    stage.text(6, "word " * 60)
    stage.text(7, *(f"line {line} of what is compared\n" for line in range(12)))
    _late(stage)
    stage.message(9, "user", "Nobody has answered this yet.", title="waiting")
    await stage.shown(pilot)
    await pilot.press("6", "p", "u", "7", "P", "space", "8")
    stage.text(7, "more of it\n")
    stage.chunk(7, "error", error="and it failed too")
    stage.now += 16
    for number in (3, 6, 8):
        stage.text(number, " and more")
    await stage.shown(pilot)
    await stage.tick(pilot)


def _late(stage: Stage) -> None:
    """Joined in the middle of a turn; every kind of hole, and what cannot be read."""
    stage.chunk(8, "token", content="of a sentence that began before we came.\n", seq=41)
    stage.chunk(8, "token", content="Here three are missing.\n", seq=45)
    stage.deliver(8, Gap(GapCause.SLOW_CONSUMER, count=340), Gap(GapCause.RECONNECT, seconds=12.0))
    stage.deliver(8, b"not JSON at all", b'{"chunk_type": "weather_report", "content": "sunny"}')
    stage.text(8, "\x1b[2J Not a screen is cleared\n")


async def link_down(stage: Stage, pilot: Pilot[Any]) -> None:
    """The link lost while everything is recorded and no alerts are wanted; another source is there."""
    await demo(stage, pilot)
    await pilot.press("r", "U")
    before = stage.delivered
    await stage.play(pilot, 3.0, seed=8)
    recorder = stage.watching.recorder
    while recorder is None or recorder.deliveries < stage.delivered - before:
        await pilot.pause(0.005)
    stage.watching.feed.status(SourceStatus("lab", LinkState.LIVE, since=0.0, rtt=0.12))
    down = {"since": stage.now - NOON, "attempt": 3, "detail": "connection refused by db.example:4222"}
    stage.link(LinkState.RECONNECTING, **down)
    await stage.shown(pilot)
    stage.now += 9
    await stage.tick(pilot)


async def bad_settings(stage: Stage, pilot: Pilot[Any]) -> None:
    """A settings file that was changed into nonsense."""
    await demo(stage, pilot)
    wrong = Problem("colour: unknown key: did you mean colours?", "/etc/chatwatch/config.toml", Place(12, 3))
    stage.dashboard.post_message(SettingsRead(Reread(None, (wrong, wrong), by_check="chatwatch config check")))
    await pilot.pause()


# -- nothing to show ---------------------------------------------------------------------------------------------------


async def listening(stage: Stage, pilot: Pilot[Any]) -> None:
    """Connected, and nobody has spoken."""
    stage.link(LinkState.LIVE, rtt=0.0008, server="db.example:4222")
    await stage.shown(pilot)


async def refused(stage: Stage, pilot: Pilot[Any]) -> None:
    """One source will not have us, another is still being tried."""
    stage.now += 75
    stage.link(LinkState.REFUSED, server="db.example:4222", detail="wrong user name or password (check --user)")
    stage.watching.feed.status(SourceStatus("lab", LinkState.CONNECTING, since=60.0, attempt=1))
    await stage.shown(pilot)


async def forbidden(stage: Stage, pilot: Pilot[Any]) -> None:
    """Connected, but not allowed to hear everybody."""
    words = "this account may not subscribe to chat.chunk.* and chat.message.*"
    stage.link(LinkState.FORBIDDEN, rtt=0.0008, server="db.example:4222", detail=words)
    await stage.shown(pilot)


async def all_closed(stage: Stage, pilot: Pilot[Any]) -> None:
    """The last pane closed after a recording came to its end."""
    await demo(stage, pilot)
    stage.link(LinkState.CLOSED, detail="the recording is at its end")
    await stage.shown(pilot)
    await pilot.press(*("x" * 9))
    await stage.tick(pilot)


# -- dialogs -----------------------------------------------------------------------------------------------------------


async def selecting(stage: Stage, pilot: Pilot[Any]) -> None:
    """Rows being selected with the keyboard."""
    await after_keys("2", "y", *("down",) * 40, "up", "enter", "up", "v", "up", "up")(stage, pilot)


async def overwriting(stage: Stage, pilot: Pilot[Any]) -> None:
    """Written to a file that is there already: asked about."""
    keys = ("w", "space", "down", "space", "enter")
    await after_keys("2", *keys)(stage, pilot)
    await pilot.press(*keys)
    await pilot.pause()


async def found(stage: Stage, pilot: Pilot[Any]) -> None:
    """A search taken, the second hit gone to, an older row marked."""
    await searching(stage, pilot)
    await pilot.press("enter", "n")
    await pilot.pause()


CASES: dict[str, Scene] = {
    "demo": demo,
    "reading": reading,
    "choosing": choosing,
    "picking": picking,
    "palette": after_keys("colon", *"frz"),
    "palette_all": after_keys("colon"),
    "layouts": layouts,
    "no_server": no_server,
    "help_page": help_page,
    "searching": searching,
    "wrong_query": wrong_query,
    "filtering": after_keys("2", "backslash", *"error", "enter"),
    "display_menu": after_keys("T"),
    "raw_chunks": after_keys("2", "v"),
    "times": after_keys("2", "D"),
    "inspector": after_keys("2", "i"),
    "reader": after_keys("4", "M"),
    "copy_menu": after_keys("y"),
    "write_dialog": after_keys("w"),
    "attention": attention,
    "link_down": link_down,
    "bad_settings": bad_settings,
    "listening": listening,
    "refused": refused,
    "forbidden": forbidden,
    "all_closed": all_closed,
    "selecting": selecting,
    "overwriting": overwriting,
    "found": found,
    "zoomed": after_keys("2", "k", "k", "m", "z"),
    "messages": after_keys("T", "tab", "right", "escape", "2", "v", "v"),
    "focus": after_keys("L", "L", "L", "L", "L", "L", "2"),
    "inspector_hex": after_keys("2", "e", "i", "e", "x", "end"),
    "reader_plain": after_keys("4", "M", "v"),
    "nothing_found": after_keys("colon", *"zzzz"),
    "naming": after_keys("S", *"night shift"),
    "help_end": after_keys("question_mark", "end"),
}
"""By name."""
