"""The endpoint's log: one JSON object a line on stderr.

What is logged are words of our own, ids of conversations, addresses, states and figures. Never a header, a query, a
payload, nor the text of an exception, which may quote any of them: of a failure the log says its type and where.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback

_FIELDS = "chatwatch_fields"


def say(log: logging.Logger, event: str, /, **fields: object) -> None:
    """Log what happened."""
    log.info(event, extra={_FIELDS: fields})


def complain(log: logging.Logger, event: str, /, **fields: object) -> None:
    """Log what should not have happened."""
    log.warning(event, extra={_FIELDS: fields})


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, event, the fields of `say`, and for an exception its type and where it was raised."""
        entry: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            # asyncio puts the exception, with its text, on the lines behind the first.
            "event": record.getMessage().strip().partition("\n")[0],
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            entry["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(entry, ensure_ascii=False, default=str)


def log_to_stderr() -> None:
    """Every logger of the process, its libraries' too, where they have something to complain about."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("chatwatch_tui").setLevel(logging.INFO)
