"""Where long text is cut into pages: nothing but the text decides it, in however many pieces that came."""

from __future__ import annotations

from collections.abc import Iterator

from chatwatch_tui.core.blocks import TextBlock

_SLACK = 4_096


def split_page(text: str, room: int) -> tuple[str, str]:
    """`text` in two: what still goes on a page with that many characters left, and the rest.

    A page is closed after the first line end past its limit; if none comes within half the slack, after the first blank
    too; if there is none either, where the slack ends. So a page break is a paragraph's end nearly always, and nothing
    but the text decides where it is, in however many pieces that came.
    """
    if len(text) <= room:
        return text, ""
    limit = max(room + _SLACK, 0)
    line_end = text.find("\n", max(room, 0), limit)
    blank = text.find(" ", max(room + _SLACK // 2, 0), limit)
    cut = 1 + (min(line_end, blank) if line_end >= 0 and blank >= 0 else max(line_end, blank))
    if not cut:
        cut = limit
    return text[:cut], text[cut:]


def split_pages(text: str) -> Iterator[tuple[str, int]]:
    """The pages of a text of its own, each with where it begins; one where it is empty."""
    begin = 0
    while True:
        page, text = split_page(text, TextBlock.PAGE)
        yield page, begin
        if not text:
            return
        begin += len(page)


def room_on(page: str) -> int:
    """Characters left on a page, for `split_page`; negative past its limit, and the whole slack where it is closed."""
    room = TextBlock.PAGE - len(page)
    if room < 0 and (page[-1] == "\n" or (room < -_SLACK // 2 and page[-1] == " ")):
        return -_SLACK
    return room
