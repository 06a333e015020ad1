"""Going up and down, written once for every screen that has the commands `up`, `down`, `page-up`, `page-down`, `top`
and `end`; and the screen that is a page of rows between a title and its keys."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from chatwatch_tui.ui.block_rows import Row
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.widgets.bars import Bar
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.page import Page


class Moving:
    """The commands; say what a move is, and how far a page and everything are."""

    def move_by(self, rows: int) -> None:
        """Down, or up where negative; beyond an end is the end."""
        raise NotImplementedError

    @property
    def page_rows(self) -> int:
        """Rows of a page's step."""
        raise NotImplementedError

    @property
    def all_rows(self) -> int:
        """Rows that lead from one end beyond the other."""
        raise NotImplementedError

    def action_up(self) -> None:
        """A row up."""
        self.move_by(-1)

    def action_down(self) -> None:
        """A row down."""
        self.move_by(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.move_by(-self.page_rows)

    def action_page_down(self) -> None:
        """A page down."""
        self.move_by(self.page_rows)

    def action_top(self) -> None:
        """The first row."""
        self.move_by(-self.all_rows)

    def action_end(self) -> None:
        """The last row."""
        self.move_by(self.all_rows)


class PageScreen(Moving, Screen[None]):
    """Lies over whatever it was opened from, which goes on receiving."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = "PageScreen { layout: vertical; }"

    def __init__(self, look: Look, scope: Scope, *, has_cursor: bool) -> None:
        super().__init__()
        self._look = look
        self._bar = Bar(look, self.title_rows, id="title")
        self._page = Page(look, self.rows, has_cursor=has_cursor)
        self._keys = KeyBar(look, scope)

    def title_rows(self, width: int) -> list[Row]:
        """The one row above the page."""
        raise NotImplementedError

    def rows(self, width: int) -> list[Row]:
        """All rows of the page; asked for at every drawing."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Title, page, keys."""
        yield self._bar
        yield self._page
        yield self._keys

    def move_by(self, rows: int) -> None:
        """What was said is over with the next key."""
        self._keys.say(None)
        self._page.move(rows)

    @property
    def page_rows(self) -> int:
        """As the page says."""
        return self._page.page

    @property
    def all_rows(self) -> int:
        """As the page says."""
        return self._page.count

    def action_back(self) -> None:
        """Leave."""
        self.dismiss()
