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
    """The six commands of a scope. `footer` is the rank of `up` in the footer, `down` comes behind it."""
    return tuple(
        Command(f"{scope}-{id}", keys, id.replace("-", " "), help, group, footer=rank, scope=scope)
        for id, keys, help, rank in (
            ("up", "up,k", "Move up a row", footer),
            ("down", "down,j", "Move down a row", footer and footer + 1),
            ("page-up", "pageup", "Move up a page", 0),
            ("page-down", page_down, "Move down a page", 0),
            ("top", "home,g", f"To the {ends[0]} row", 0),
            ("end", "end,G", f"To the {ends[1]} row", 0),
        )
    )
