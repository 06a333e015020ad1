"""Untrusted text to text that a terminal may see.

Everything from the wire passes here as the last step before it is laid out, titled or notified. Nothing is dropped:
what could act on the terminal, hide or mislead becomes visible, control characters as control pictures (U+2400 block),
the rest as `<U+202E>`. No markup is interpreted, here or later. The type `SafeText` marks what has passed, so that the
type checker finds whatever has not.

What counts as text: letters of every script, marks on a base (up to `MAX_MARKS`, more are counted), ZWJ inside emoji
sequences and after a virama, ZWNJ between letters of scripts that join, VS15 and VS16 after a symbol, an ideographic
variation selector after an ideograph, tag characters in a well-formed flag. What does not: controls, bidi controls
(letters of right-to-left scripts are text, overrides are not), other zero-width and filler characters, line and
paragraph separators, surrogates, private use, and code points that this Python's Unicode tables do not know: how wide a
terminal would draw those is anybody's guess, newer emoji included.

Speed: text without anything suspicious, in any script, is recognised by three checks that run in C.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NewType

SafeText = NewType("SafeText", str)
"""Text that has passed `make_safe` or `safe_line`, or words of chatwatch's own."""

MAX_MARKS = 8
"""Combining marks on one base that are text; Vietnamese, Hebrew and Tibetan need fewer."""

_LINE_OR_TAB = re.compile(r"[\n\t]")
_ASCII_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Printable by Unicode's categories and yet invisible, or dependent on what stands around.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_ZWJ, _ZWNJ, _VS15, _VS16 = "\u200d", "\u200c", "\ufe0e", "\ufe0f"
# Format characters that have a shape of their own: signs of Arabic, Syriac and Kaithi numbers and verses.
_SHAPED_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_JOINING_SCRIPTS = ("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "MANDAIC", "PHAGS-PA", "MANICHAEAN")
_KEYCAP_BASES = frozenset("#*0123456789")
_DOTTED_CIRCLE = "\u25cc"


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


@cache
def _always_visible() -> dict[int, str]:
    """For `str.translate`. Made when first needed: most text never needs it, and every start would wait for it."""
    return {
        code: _visible(chr(code))
        for first, last in (
            (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200B), (0x200E, 0x200F),
            (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xD800, 0xDFFF), (0x115F, 0x1160),
        )
        for code in range(first, last + 1)
    }  # fmt: skip


def make_safe(text: str) -> SafeText:
    """Text of several lines: line feeds and tabs stay, everything else that is not text is made visible."""
    if text.isascii():
        if _ASCII_CONTROL.search(text) is None:
            return SafeText(text)
    elif _is_honest(text):
        return SafeText(text)
    # What is never text, whatever stands around, goes first and in C: floods of it must not hold up the screen.
    text = text.translate(_always_visible())
    return SafeText(text if _is_honest(text) else _examine(text))


def safe_line(text: str, limit: int | None = None) -> SafeText:
    """One line, for titles, labels and rows: line feeds and tabs become visible too (`␤`, `␉`).

    `limit` is the number of characters that are looked at; what is longer ends with `…`.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    return SafeText(make_safe(text).replace("\n", "␤").replace("\t", "␉"))


def _is_honest(text: str) -> bool:
    """Whether nothing in it needs a closer look."""
    return (
        text.replace("\n", "").replace("\t", "").isprintable()
        and _INVISIBLE.search(text) is None
        and not _may_pile_marks(text)
    )


def _may_pile_marks(text: str) -> bool:
    """Whether a mark may lack its base, or one base may bear too many: a run of that many is hit by one probe of the
    stride. (At the start of a line or behind a tab a single mark is enough.)"""
    category = unicodedata.category
    if any(category(char)[0] == "M" for char in set(text[:: MAX_MARKS // 2])):
        return True
    return any(category(part[0])[0] == "M" for part in _LINE_OR_TAB.split(text) if part)


def _examine(text: str) -> str:
    """Character by character, with what stands around."""
    shown: list[str] = []
    category = unicodedata.category
    marks = hidden_marks = 0
    at, length = 0, len(text)
    while at < length:
        char = text[at]
        if char > "\u02ff" and category(char)[0] == "M" and char not in _FILLERS and not _is_selector(char):
            marks += 1
            if marks > MAX_MARKS:
                hidden_marks += 1
            elif marks == 1 and (at == 0 or text[at - 1] in "\n\t"):
                shown.append(_DOTTED_CIRCLE + char)
            else:
                shown.append(char)
            at += 1
            continue
        before = text[at - 1] if at and marks < MAX_MARKS else ""
        if (char == _ZWJ and _joins(text, at, before)) or (char == _ZWNJ and _parts(text, at, before)):
            shown.append(char)  # and the marks go on being counted: joiners between them make no new base
            at += 1
            continue
        if hidden_marks:
            shown.append(f"<+{hidden_marks} marks>")
        marks = hidden_marks = 0
        if taken := _plain().match(text, at) or _FLAG.match(text, at):
            shown.append(taken[0])
            at = taken.end()
            continue
        shown.append(char if _is_text(char, before) else _visible(char))
        at += 1
    if hidden_marks:
        shown.append(f"<+{hidden_marks} marks>")
    return "".join(shown)


@cache
def _plain() -> re.Pattern[str]:
    """A run that needs no look at its characters. Made when first needed, as it takes a millisecond."""
    return re.compile("[\x20-\x7e\n\t\u2400-\u2421\u4e00-\u9fff]+")


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _is_text(char: str, before: str) -> bool:
    """Whether a character that is no mark and no joiner may stand as it is."""
    if char in _FILLERS:
        return False
    if _is_selector(char):
        return bool(before) and _selects(char, before)
    if char in _SHAPED_FORMATS:
        return True
    return unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) == "Zs"


def _selects(char: str, before: str) -> bool:
    if char in (_VS15, _VS16):
        return before in _KEYCAP_BASES or _is_pictographic(before) or before in "‼⁉〰〽ℹⓂ㊗㊙"
    return char >= "\U000e0100" and unicodedata.name(before, "").startswith("CJK UNIFIED")


def _is_pictographic(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("So", "Sm", "Sk")


def _joins(text: str, at: int, before: str) -> bool:
    """ZWJ: between parts of an emoji sequence, after a virama, or between letters that join."""
    after = text[at + 1 : at + 2]
    if not before or not after:
        return False
    if unicodedata.combining(before) == 9:
        return _is_letter_or_mark(after)
    if before in (_VS16, _VS15):
        return at >= 2 and _is_pictographic(text[at - 2]) and _is_pictographic(after)
    if _is_pictographic(before):
        return _is_pictographic(after)
    return _is_joining_letter(before) and _is_joining_letter(after)


def _parts(text: str, at: int, before: str) -> bool:
    """ZWNJ: between letters of scripts that join, or Indic letters and viramas."""
    after = text[at + 1 : at + 2]
    return bool(before and after) and all(_is_joining_letter(char) or _is_indic(char) for char in (before, after))


def _is_letter_or_mark(char: str) -> bool:
    """Whether it is one that stands as it is, so that what depends on it may stand too."""
    return unicodedata.category(char)[0] in "LM" and char not in _FILLERS and not _is_selector(char)


def _is_joining_letter(char: str) -> bool:
    return _is_letter_or_mark(char) and unicodedata.name(char, "").startswith(_JOINING_SCRIPTS)


def _is_indic(char: str) -> bool:
    return "\u0900" <= char <= "\u0dff" and _is_letter_or_mark(char)
