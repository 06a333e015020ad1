"""What comes back at the next start: panes, pins, locks, layout, freezes, levels, marks; and layouts under a name.

One file a session (`SessionStore`), one for the named layouts (`LayoutStore`), both JSON in the state folder, both
written so that a reader never sees half of one. A session belongs to the sources that are watched: yesterday's panes of
another server are no use. Conversations that are asked for by id have a session of their own, so that a look at one of
them leaves the arrangement of all as it was. Of what was said nothing is kept but labels and the first words of marked
rows.

A file that cannot be understood is put aside under another name and said, never overwritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from chatwatch_tui.core.display import DisplaySettings
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.paths import write_private
from chatwatch_tui.ui.board import SLOTS, Board, LayoutChoice, Slot
from chatwatch_tui.ui.reading import Reading, View

_OF_IDS = "-ids-"
KEPT_OF_IDS = 50
"""Sessions of conversations that were asked for by id, over all sources; the oldest are forgotten."""
MAX_NAME = 40
"""Characters of a layout's name."""


class PaneKept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pane."""

    source: str
    id: str
    by_operator: bool = False
    pinned: bool = False
    locked: bool = False
    frozen: bool = False
    display: DisplaySettings | None = None
    """What is shown of each kind, where that is not what the settings say."""
    view: View = View.TEXT
    label: str = ""
    """Of the conversation, made safe: it stands in the frame until the conversation speaks."""

    @property
    def key(self) -> ConversationKey:
        """The conversation."""
        return ConversationKey(self.source, self.id)


class Arrangement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Panes and how they are arranged."""

    panes: dict[int, PaneKept] = {}
    """By number, 1 to 9."""
    focus: int = 1
    layout: LayoutChoice = LayoutChoice.AUTO
    zoomed: bool = False
    roster: bool | None = None


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is kept of a session."""

    arrangement: Arrangement = Arrangement()
    display: DisplaySettings | None = None
    """What is shown of each kind in all panes, where the operator chose it."""
    marks: tuple[dict[str, Any], ...] = ()
    """As `Marks.to_plain` has them."""


class StateFileError(Exception):
    """A file of ours is not there to be used; `str()` says which, why, and what was done."""


def arrangement_of(
    board: Board,
    is_frozen: Callable[[int], bool],
    reading_of: Callable[[int], Reading | None] = lambda number: None,
    usual: DisplaySettings | None = None,
    label_of: Callable[[int], str] = lambda number: "",
) -> Arrangement:
    """What stands on the board now; what is shown of each kind, where it differs from what is `usual`."""

    def kept(number: int, slot: Slot) -> PaneKept:
        reading = reading_of(number) or Reading()
        own = reading.display if usual is not None and reading.display != usual else None
        held = is_frozen(number)
        return PaneKept(
            *slot.key, slot.by_operator, slot.pinned, slot.locked, held, own, reading.view, label_of(number)
        )

    return Arrangement(
        {number: kept(number, slot) for number, slot in sorted(board.slots.items())},
        board.focus,
        board.choice,
        board.zoomed,
        board.roster_wanted,
    )


def put_back(board: Board, kept: Arrangement, sources: Collection[str]) -> tuple[list[int], int]:
    """Arrange the board as it was kept; the panes that hold something new, and how many belong to sources that are not
    watched now. Panes that are locked on the board stay as they are, conversations that are open are not opened twice.
    """
    filled: list[int] = []
    foreign = 0
    for number in [each for each, slot in board.slots.items() if not slot.locked]:
        del board.slots[number]
    for number, pane in sorted(kept.panes.items()):
        if pane.source not in sources:
            foreign += 1
        elif 1 <= number <= SLOTS and number not in board.slots and board.number_of(pane.key) is None:
            board.slots[number] = Slot(pane.key, pane.by_operator, pane.pinned, pane.locked)
            filled.append(number)
    board.choice, board.roster_wanted = kept.layout, kept.roster
    board.focus = kept.focus if kept.focus in board.slots else min(board.slots, default=1)
    board.previous = board.focus
    board.zoomed = kept.zoomed and bool(board.slots)
    return filled, foreign


def session_file(sources: Iterable[str], ids: Collection[str] = ()) -> str:
    """The file name of the session that watches these sources, or of them these conversations alone: readable, safe,
    and different for different ones."""
    names = sorted(sources)
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", "+".join(names)).strip("-.")[:60] or "none"
    digest = f"{crc32(chr(10).join([*names, *sorted(ids)]).encode()):08x}"
    return f"session-{readable}{_OF_IDS if ids else '-'}{digest}.json"


_Content = TypeVar("_Content")


class _StateFile:
    """A JSON file of ours. Writes only what differs from what it wrote or read last."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self._last: bytes | None = None

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / self.name

    def read(self, kind: type[_Content]) -> _Content | None:
        """What it holds; None where there is none. Raises StateFileError."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StateFileError(f"{self.path}: {problem.strerror}") from None
        try:
            found = msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise StateFileError(self._put_aside()) from None
        self._last = content
        return found

    def write(self, content: object) -> None:
        """Raises OSError."""
        encoded = msgspec.json.encode(content)
        if encoded == self._last:
            return
        beside = write_private(self.folder, f".{self.name}.{os.getpid()}", encoded.decode())
        os.replace(beside, self.path)
        self._last = encoded

    def _put_aside(self) -> str:
        aside = self.path.with_suffix(".unreadable")
        try:
            os.replace(self.path, aside)
        except OSError as problem:
            return f"{self.path} cannot be understood, nor put aside: {problem.strerror}"
        return f"{self.path} cannot be understood; it was put aside as {aside.name}"


class SessionStore:
    """The session of one set of sources."""

    def __init__(self, folder: Path, sources: Iterable[str], ids: Collection[str] = ()) -> None:
        """With `ids` that of these conversations alone."""
        self._file = _StateFile(folder, session_file(sources, ids))
        self._is_of_ids = bool(ids)

    def load(self) -> Session | None:
        """The session as it was; None where there was none. Raises StateFileError."""
        return self._file.read(Session)

    def save(self, session: Session) -> None:
        """Keep it; cheap where nothing changed. Raises OSError."""
        is_new = not self._file.path.exists()
        self._file.write(session)
        if is_new and self._is_of_ids:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Ids are mostly watched once: their sessions must not pile up."""
        of_ids = sorted(self._file.folder.glob(f"session-*{_OF_IDS}*.json"), key=lambda each: each.stat().st_mtime)
        for each in of_ids[:-KEPT_OF_IDS]:
            each.unlink(missing_ok=True)


class LayoutStore:
    """Arrangements under names, for all sessions."""

    def __init__(self, folder: Path) -> None:
        self._file = _StateFile(folder, "layouts.json")

    def names(self) -> list[str]:
        """Those there are. Raises StateFileError."""
        return sorted(self.all())

    def get(self, name: str) -> Arrangement | None:
        """The arrangement of that name. Raises StateFileError."""
        return self.all().get(name)

    def put(self, name: str, arrangement: Arrangement) -> None:
        """Keep an arrangement, in place of the one that had the name. Raises StateFileError and OSError."""
        self._file.write({**self.all(), name[:MAX_NAME]: arrangement})

    def drop(self, name: str) -> bool:
        """Give one up; False where there was none. Raises StateFileError and OSError."""
        kept = self.all()
        found = kept.pop(name, None)
        if found is not None:
            self._file.write(kept)
        return found is not None

    def all(self) -> dict[str, Arrangement]:
        """By name; read anew each time, for another chatwatch may have added one. Raises StateFileError."""
        return self._file.read(dict[str, Arrangement]) or {}
