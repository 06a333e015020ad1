"""Which panes change places so that conversations are seen side by side. No Textual in here.

Pages are fixed runs of open panes, so two conversations stand on one page only where their numbers do. Nothing is
closed for it: what has to go from a page stands where the other came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.ui.board import Slot


def seats(
    slots: Mapping[int, Slot], keys: Sequence[ConversationKey], page_size: int
) -> list[tuple[ConversationKey, int]]:
    """To which numbers conversations that are open go, each by an exchange, to be seen on one page and in their order.

    The page is that of the first, or the one with room for more of them. Locked panes stay where they are, and pinned
    ones that are not meant stay on their page. Nothing moves where as many as can be are together already.
    """
    numbers = sorted(slots)
    number_of = {slot.key: number for number, slot in slots.items()}
    wanted = [key for key in keys if not slots[number_of[key]].locked]

    def room(page: Sequence[int]) -> list[int]:
        found = ((number, slots[number]) for number in page)
        return [number for number, slot in found if not slot.locked and (slot.key in keys or not slot.pinned)]

    def seen(page: Sequence[int]) -> int:
        staying = sum(slots[number].locked and slots[number].key in keys for number in page)
        return staying + min(len(wanted), len(room(page)))

    first = number_of[keys[0]]
    pages = [numbers[at : at + page_size] for at in range(0, len(numbers), page_size)]
    if slots[first].locked:
        pages = [page for page in pages if first in page]
    page = max(pages, key=lambda page: (seen(page), first in page))
    together = sum(slots[number].key in keys for number in page)
    if first in page and together == seen(page):
        return []
    return list(zip(wanted, room(page), strict=False))
