"""The dashboard with alert settings of a test's, for `test_alert_ways`: F5 lets one more conversation fail, F6 hangs.

`python -m tests.ui.apps.alerting JSON`: the fields of `AlertSettings`.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.settings import AlertSettings, ScreenSettings
from chatwatch_tui.ui.app import ChatwatchApp
from chatwatch_tui.ui.terminal import TerminalGuard
from chatwatch_tui.ui.watching import Watching

HANGS = b"\x1b_hangs\x1b\\"
"""Written when it does: a string that terminals pass over."""
HOSTILE_LABEL = "bill\x1b]52;c;aGk=\x07\u202eing; $(touch hacked)"


class Alerting(ChatwatchApp):
    """A dashboard whose conversations fail at a key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "fail", priority=True),
        Binding("f6", "hang", priority=True),
    ]
    _numbers = itertools.count(1)

    def action_fail(self) -> None:
        """One more conversation fails."""
        key = ConversationKey("test", f"{next(self._numbers):04d}0000-0000-4000-8000-000000000000")
        payload = {"chunk_type": "error", "error": "no", "title": HOSTILE_LABEL}
        feed = self.watching.feed
        feed.deliver([(feed.inbox(key), json.dumps(payload).encode())])

    def action_hang(self) -> None:
        """Nothing moves any more, and that is the last thing to be seen."""
        os.write(1, HANGS)
        while True:
            time.sleep(0.05)


def main() -> int:
    """Run."""
    alerts = msgspec.json.decode(sys.argv[1], type=AlertSettings)
    guard = TerminalGuard()
    with guard:
        return Alerting(Watching(None), ScreenSettings(alerts=alerts)).run_guarded(guard)


if __name__ == "__main__":
    sys.exit(main())
