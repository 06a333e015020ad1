"""A real nats-server whose process a test can kill, freeze and start again, always on the same port."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from chatwatch_tui.demo.broker import find_nats_server

UP_WITHIN = 15.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RealBroker:
    """Runs from entering the context to its end; `start` after `kill` runs it again."""

    def __init__(self, folder: Path, config: str = "", *, started: bool = True) -> None:
        """`config` is added to the server's configuration; not `started` leaves the port silent until `start`."""
        self.folder = folder
        self.config = config
        self.port = free_port()
        self._started = started
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address without credentials."""
        return f"nats://127.0.0.1:{self.port}"

    def __enter__(self) -> RealBroker:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._started:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        config = self.folder / "server.conf"
        config.write_text(f'listen: "127.0.0.1:{self.port}"\n{self.config}\n')
        self._process = subprocess.Popen(
            [str(find_nats_server()), "-c", str(config), "-l", str(self.folder / "log")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"nats-server ended: {self.log()}"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError(f"nats-server did not come up: {self.log()}")

    def kill(self) -> None:
        """SIGKILL, as a machine that dies; harmless when it is down."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: the connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def reload(self, config: str) -> None:
        """Change the configuration while it runs (SIGHUP), as an administrator who revokes a user."""
        assert self._process is not None
        self.config = config
        (self.folder / "server.conf").write_text(f'listen: "127.0.0.1:{self.port}"\n{config}\n')
        self._process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        """What the server wrote."""
        try:
            return (self.folder / "log").read_text()
        except OSError:
            return ""
