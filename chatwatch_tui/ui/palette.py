"""What the palette offers: every command of the dashboard with its keys, rules to mute, layouts,
themes, and every conversation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.fuzzy import Fit, Haystack, haystack
from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.ui.block_rows import Row, ours
from chatwatch_tui.ui.board import LayoutChoice
from chatwatch_tui.ui.command_table import PANE_KEYS
from chatwatch_tui.ui.commands import Command
from chatwatch_tui.ui.look import both_ends
from chatwatch_tui.ui.picking import Found, highlighted
from chatwatch_tui.ui.themes import Ink
from chatwatch_tui.ui.wrap import cell_width


class Kind(StrEnum):
    """What choosing an entry does, in the word that its row begins with."""

    ACTION = "do"
    RULE = "rule"
    """Of alerts, muted or not."""
    LAYOUT = "layout"
    NAMED = "named"
    """A layout that was kept under a name."""
    THEME = "theme"


class Entry(msgspec.Struct, frozen=True):
    """One thing to choose; conversations stand in the list as they are."""

    kind: Kind
    words: str
    """What the row says; may be hostile."""
    value: str
    """A Textual action, a rule's, a layout's or a theme's name."""
    keys: str = ""
    """The keys that do the same."""
    others: str = ""
    """More words that it is found by."""

    @property
    def hay(self) -> Haystack:
        """What is searched."""
        words = safe_line(self.words)
        if self.kind is Kind.ACTION:  # a sentence: any few letters can be picked from it
            return haystack("", (self.kind.value, self.keys, self.others), words)
        return haystack("", (self.kind.value, words))


Choice = Entry | Conversation


def entries(
    commands: Iterable[Command],
    open_panes: Iterable[int],
    themes: Iterable[str],
    named: Iterable[str] = (),
    rules: Iterable[tuple[str, bool]] = (),
) -> list[Entry]:
    """All but the conversations, in the order in which they stand while nothing is typed. `rules` are their names, and
    whether their alerts are muted."""
    found = [
        Entry(Kind.ACTION, each.help, each.action, each.display_keys, f"{each.label} {each.group.value}")
        for each in commands
        if each is not PANE_KEYS and each.id not in ("palette", "back")
    ]
    found += [
        Entry(Kind.ACTION, f"Go to pane {number}", f"pane({number})", str(number), "pane") for number in open_panes
    ]
    found += [
        Entry(Kind.RULE, f"{name}: {'muted; alerts again' if is_muted else 'mute its alerts'}", name)
        for name, is_muted in rules
    ]
    found += [Entry(Kind.LAYOUT, each.value, each.value) for each in LayoutChoice]
    found += [Entry(Kind.NAMED, f"layout {each}", each) for each in named]
    return found + [Entry(Kind.THEME, each, each) for each in themes]


def entry_row(entry: Entry, width: int, found: Found, *, is_here: bool) -> Row:
    """Kind, words, keys."""
    keys = SafeText(entry.keys)
    right: Row = (*highlighted(keys, cell_width(keys), found, Ink.KEY), (ours(" "), Ink.DIM)) if keys else ()
    room = width - 9 - sum(cell_width(each) for each, _ in right)
    if entry.kind is Kind.ACTION:  # found by its label, it is shown in the sentence, which mostly has the same letters
        found = [(word, Fit.TEXT_LETTERS if how is Fit.LETTERS else how) for word, how in found]
    left = (
        *highlighted(ours(entry.kind.value), 8, found, Ink.DIM),
        *highlighted(
            safe_line(entry.words, 200),
            room,
            found,
            Ink.STRONG if is_here else Ink.TEXT,
            is_text=entry.kind is Kind.ACTION,
        ),
    )
    return both_ends(left, right, width, " ", Ink.DIM)
