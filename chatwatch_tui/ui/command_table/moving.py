"""Up and down, by rows, pages and to the ends: the same keys and words on every screen that has all of them."""

from __future__ import annotations

from chatwatch_tui.ui.commands import Command, Group, Scope


def moving(
    scope: Scope,
    group: Group,
    *,
    page_down: str = "pagedown",
    ends: tuple[str, str] = ("first", "last"),
    footer: int = 0,
) -> tuple[Command, ...]:
    """The six commands of a scope. `footer` is the rank of up and down in the footer."""
    both = (f"{scope}-down", "rows")
    return tuple(
        Command(f"{scope}-{id}", keys, id.replace("-", " "), help, group, footer=rank, pair=pair, scope=scope)
        for id, keys, help, rank, pair in (
            ("up", "up,k", "Move up a row", footer, both),
            ("down", "down,j", "Move down a row", 0, None),
            ("page-up", "pageup", "Move up a page", 0, None),
            ("page-down", page_down, "Move down a page", 0, None),
            ("top", "home,g", f"To the {ends[0]} row", 0, None),
            ("end", "end,G", f"To the {ends[1]} row", 0, None),
        )
    )
