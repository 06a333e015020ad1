"""The demo's two processes, broker and simulator, as one thing that starts and stops.

The simulator runs in a process of its own: it shares no interpreter lock with the dashboard, which so behaves as it
would against anybody's server.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType

from chatwatch_tui.demo.broker import Broker
from chatwatch_tui.demo.children import Child


class DemoSession:
    """`with DemoSession() as session: session.url`."""

    def __init__(self, *, conversations: int = 9, rate: float | None = None, seed: int = 9) -> None:
        self._broker = Broker()
        self._simulator: Child | None = None
        self._options = ["--conversations", str(conversations), "--seed", str(seed)]
        if rate is not None:
            self._options += ["--rate", str(rate)]

    @property
    def url(self) -> str:
        """The broker's address."""
        return self._broker.url

    def trouble(self) -> str:
        """Which of the two has ended by itself, blank while both run."""
        if not self._broker.is_running:
            return "server"
        return "simulator" if self._simulator is not None and self._simulator.exit_code is not None else ""

    def __enter__(self) -> DemoSession:
        try:
            self._broker.start()
            # Not before now: until a child is started, nobody removes its folder when we are killed.
            self._simulator = Child("simulator")
            self._simulator.start(
                [sys.executable, "-m", "chatwatch_tui", "simulate", "--server", self.url, *self._options],
                # Settings, contexts and sign-ins are for the operator's servers, and not for this one.
                {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "CHATWATCH_"))}
                | {"CHATWATCH_CONFIG": os.devnull, "XDG_CONFIG_HOME": str(self._simulator.folder)},
            )
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop both, within a bound; more than once is fine."""
        if self._simulator is not None:
            self._simulator.stop()
        self._broker.stop()
