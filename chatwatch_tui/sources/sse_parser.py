"""Event streams, by the HTML standard's algorithm ("9.2.6 Interpreting an event stream"): bytes in, events out.

httpx-sse is not used for this. Measured on 0.4.3 (`design/traps.md`): after an `id:` every comment yields an empty
event, a byte order mark loses the first event, `retry: -5` is believed, the charset of the content type is obeyed, a
`\\r\\r` is held back until the next byte, and neither a line nor an event has a bound. What is left of it would be a
class around `httpx.Response.aiter_lines`, so nothing of it is used; httpx itself is the transport.

A read is split into lines at once, and a line costs one comparison and one append: no loop over characters, no text
until an event is complete. The standard decodes first and splits then; because no byte of a multi-byte character and
no replacement of a broken one can be a line end or a colon, splitting first gives the same.

One thing is as browsers do it: the last event id survives a reconnection (the standard's wording empties its buffer,
which would lose the id at the first event without one).
"""

from __future__ import annotations

from typing import NamedTuple

MAX_EVENT = 4 * 1024 * 1024
"""Bytes of data over which an event is refused; the endpoint passes payloads of 4,000,000, and they have envelopes."""
LONGEST_RETRY = 10**12
"""Milliseconds; more is not told apart from this."""

_BOM = b"\xef\xbb\xbf"
_LONGEST_NAME = len(b"data: ")


class StreamEvent(NamedTuple):
    """One event, as the standard dispatches it."""

    type: str
    """`message` where the stream does not say."""
    data: bytes
    """Always valid UTF-8."""
    last_event_id: str = ""
    named: bool = False
    """There was an `event:` line."""


class OversizedEvent(NamedTuple):
    """Stands where an event stood that was too large to be taken."""

    type: str
    size: int
    """Bytes of its data."""


class EventStreamParser:
    """State of one response. Not reusable for another one."""

    def __init__(self, *, max_event: int = MAX_EVENT, last_event_id: str = "", retry: int | None = None) -> None:
        """`last_event_id` and `retry` are what the response before this one left."""
        self.last_event_id = last_event_id
        """What a reconnection sends as `Last-Event-ID`; not yet that of an event which is not complete."""
        self.retry = retry
        """Milliseconds to wait before a reconnection; None where the stream never said."""
        self.comments = 0
        """Comment lines so far."""
        self._max_event = max_event
        self._max_line = max_event + _LONGEST_NAME
        self._start: bytes | None = b""
        """First bytes while they may still be a byte order mark, then None."""
        self._after_cr = False
        """The last read ended in CR: an LF that comes first belongs to that line end."""
        self._pieces: list[bytes] = []
        """Of a line whose end has not come."""
        self._line_length = 0
        self._data: list[bytes] = []
        self._size = 0
        """Bytes of the data so far, each line with its line end."""
        self._too_large = False
        self._type = ""
        self._id = last_event_id

    def feed(self, data: bytes) -> list[StreamEvent | OversizedEvent]:
        """Take what one read brought; the events that it completes, in order."""
        if self._start is not None:
            data = self._without_mark(data)
        if not data:
            return []
        if self._after_cr:
            self._after_cr = False
            if data.startswith(b"\n"):
                data = data[1:]
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        events: list[StreamEvent | OversizedEvent] = []
        if lines:
            if self._line_length:
                self._keep(lines.pop(0))
                self._end_line(events)
            self._walk(lines, events)
        if rest:
            self._keep(rest)
        return events

    def _without_mark(self, data: bytes) -> bytes:
        """The bytes without a byte order mark before them; none while it is not known whether there is one."""
        assert self._start is not None
        data = self._start + data
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._start = data
            return b""
        self._start = None
        return data.removeprefix(_BOM)

    # -- a line that comes in pieces -------------------------------------------------------------------------------

    def _keep(self, piece: bytes) -> None:
        """Joined once, when the end is there. Of a line that is too long only the beginning and the length are kept."""
        self._line_length += len(piece)
        self._pieces.append(piece)
        if self._line_length > self._max_line:
            self._pieces = [b"".join(self._pieces)[:_LONGEST_NAME]]

    def _end_line(self, events: list[StreamEvent | OversizedEvent]) -> None:
        line = b"".join(self._pieces)
        length = self._line_length
        self._pieces.clear()
        self._line_length = 0
        if length > self._max_line:
            self._long_line(line, length)
        else:
            self._walk([line], events)

    def _long_line(self, line: bytes, length: int) -> None:
        """A line over the bound spoils its event, unless the standard ignores it anyway."""
        name = line[:_LONGEST_NAME].partition(b":")[0]
        if name == b"data":
            self._add_data(b"", length - len(b"data: " if line.startswith(b"data: ") else b"data:"))
        elif name in (b"event", b"id"):
            self._add_data(b"", length)
        elif not name:
            self.comments += 1

    # -- lines -----------------------------------------------------------------------------------------------------

    def _walk(self, lines: list[bytes], events: list[StreamEvent | OversizedEvent]) -> None:
        for line in lines:
            if not line:
                self._dispatch(events)
            elif line.startswith(b"data:"):
                value = line[6:] if line.startswith(b"data: ") else line[5:]
                self._add_data(value, len(value))
            else:
                self._other_line(line)

    def _add_data(self, value: bytes, size: int) -> None:
        self._size += size + 1
        if self._size - 1 > self._max_event:
            self._too_large = True
            self._data.clear()
        if not self._too_large:
            self._data.append(value)

    def _other_line(self, line: bytes) -> None:
        if line.startswith(b":"):
            self.comments += 1
            return
        if len(line) > self._max_line:
            self._long_line(line, len(line))
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":  # a line of only the name
            self._add_data(value, len(value))
        elif name == b"event":
            self._type = value.decode("utf-8", "replace")
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            digits = value.lstrip(b"0") or b"0"
            self.retry = int(digits) if len(digits) <= 12 else LONGEST_RETRY

    def _dispatch(self, events: list[StreamEvent | OversizedEvent]) -> None:
        """A blank line."""
        self.last_event_id = self._id
        if self._too_large:
            events.append(OversizedEvent(self._type or "message", self._size - 1))
            self._too_large = False
        elif self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            events.append(StreamEvent(self._type or "message", _valid(data), self._id, bool(self._type)))
            self._data.clear()
        self._type = ""
        self._size = 0


def _valid(data: bytes) -> bytes:
    """The same bytes where they are UTF-8; else with U+FFFD where they are not, as the standard decodes."""
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data
