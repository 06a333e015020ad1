"""Whatever text comes, a terminal sees nothing that acts, hides or misleads, and honest text comes through as it is."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatwatch_tui.core.safetext import MAX_MARKS, make_safe, safe_line

SHAPED_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u200b\u2060\u3164\ufeff\uffa0"
)
"""Never text, wherever they stand. (Joiners, selectors and tags depend on what stands around.)"""
JOINERS = frozenset("\u200c\u200d")
MARK_COUNT = re.compile(r"<\+(\d+) marks>")

HONEST = {
    "English": "Hello, world! 3 < 4 && x[0] == '\\n' [bold]not markup[/bold]\n\tindented\n",
    "German": "Grüße aus Köln – „schön“ … 5 €",
    "Chinese": "你好，世界。這是繁體字。",
    "Japanese": "こんにちは、ガギグゲゴ 日本語\u3000全角",
    "Korean": "안녕하세요 " + unicodedata.normalize("NFD", "한국"),
    "Arabic": "مرحبا بالعالم، ١٢٣",
    "Arabic with vowel signs": "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ",
    "Persian with ZWNJ": "می\u200cخواهم کتاب\u200cها",
    "Hebrew with points": "שָׁלוֹם עוֹלָם",
    "Hindi": "नमस्ते दुनिया",
    "Hindi with ZWJ": "क्\u200dष",
    "Hindi with ZWNJ": "क्\u200cष",
    "Sinhala with ZWJ": "ශ්\u200dරී ලංකා",
    "Thai": "สวัสดีครับ กี่น้ำ",
    "Tibetan": "བཀྲ་ཤིས་བདེ་ལེགས",
    "Vietnamese": unicodedata.normalize("NFD", "Tiếng Việt rất đẹp, nhưng khó"),
    "a family": "👨\u200d👩\u200d👧\u200d👦",
    "skin and profession": "👩🏽\u200d🚀 🧑🏿\u200d⚕\ufe0f",
    "a heart on fire": "❤\ufe0f\u200d🔥 ⛓\ufe0f\u200d💥",
    "flags": "🇩🇪🇻🇳 🏳\ufe0f\u200d🌈 🏴\u200d☠\ufe0f",
    "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "keycaps": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "VS16": "☀\ufe0f ✔\ufe0f ©\ufe0f ‼\ufe0f ↔\ufe0f",
    "VS15": "☀\ufe0e",
    "an ideographic variant": "葛\U000e0100",
    "mathematics": "∀x∈ℝ: ⌈x⌉ ≥ x ∧ 𝐱·𝐲 ⩽ ∞",
    "boxes": "┌─┐ │ █▓▒░ ␛",
    "no-break blanks": "100\u202f000\u00a0km",
    "eight marks": "a" + "\u0301" * MAX_MARKS,
}

SHOWN = {
    "ESC": ("\x1b[2J", "␛[2J"),
    "BEL": ("a\x07", "a␇"),
    "NUL": ("\0", "␀"),
    "CR": ("a\r\nb", "a␍\nb"),
    "DEL": ("\x7f", "␡"),
    "C1 CSI": ("\x9b2J", "<U+009B>2J"),
    "C1 NEL": ("a\x85b", "a<U+0085>b"),
    "an override": ("a\u202eb", "a<U+202E>b"),
    "an isolate": ("\u2066x\u2069", "<U+2066>x<U+2069>"),
    "an Arabic letter mark": ("\u061c", "<U+061C>"),
    "a byte order mark": ("\ufeffa", "<U+FEFF>a"),
    "a soft hyphen": ("co\u00adop", "co<U+00AD>op"),
    "a zero-width blank": ("a\u200bb", "a<U+200B>b"),
    "a tag": ("a\U000e0041", "a<U+E0041>"),
    "tags without an end": ("🏴\U000e0067\U000e0062\U000e0065", "🏴<U+E0067><U+E0062><U+E0065>"),
    "a Hangul filler": ("\u3164", "<U+3164>"),
    "a line separator": ("a\u2028b\u2029", "a<U+2028>b<U+2029>"),
    "a lone surrogate": ("a\ud800", "a<U+D800>"),
    "private use": ("\ue000\U0010fffd", "<U+E000><U+10FFFD>"),
    "not assigned": ("\u0378\ufdd0\U0010ffff", "<U+0378><U+FDD0><U+10FFFF>"),
    "ZWJ between Latin letters": ("pay\u200dpal", "pay<U+200D>pal"),
    "ZWNJ between Latin letters": ("pay\u200cpal", "pay<U+200C>pal"),
    "ZWJ at the ends": ("\u200d👩\u200d", "<U+200D>👩<U+200D>"),
    "ZWJ between an emoji and a letter": ("👩\u200da", "👩<U+200D>a"),
    "ZWNJ at the ends": ("\u200cم\u200c", "<U+200C>م<U+200C>"),
    "ZWJ between an Arabic and a Latin letter": ("م\u200da\u200dم", "م<U+200D>a<U+200D>م"),
    "ZWJ between a virama and a digit": ("क्\u200d1", "क्<U+200D>1"),
    "ZWJ between a heart and a letter": ("❤\ufe0f\u200da", "❤\ufe0f<U+200D>a"),
    "ZWJ between a keycap and an emoji": ("1\ufe0f\u200d👩", "1\ufe0f<U+200D>👩"),
    "a selector and ZWJ before the only emoji": ("\ufe0f\u200d👩", "<U+FE0F><U+200D>👩"),
    "ZWNJ before the only letter": ("\u200cم", "<U+200C>م"),
    "a selector without a meaning": ("葛\ufe00", "葛<U+FE00>"),
    "VS16 after a sign of ASCII": ("+\ufe0f", "+<U+FE0F>"),
    "VS16 after a letter": ("a\ufe0f", "a<U+FE0F>"),
    "VS16 at the start": ("\ufe0fa", "<U+FE0F>a"),
    "two selectors": ("☀\ufe0f\ufe0f", "☀\ufe0f<U+FE0F>"),
    "an ideographic selector at the start": ("\U000e0100", "<U+E0100>"),
    "an ideographic selector after a letter": ("a\U000e0100", "a<U+E0100>"),
    "a mark at the start": ("\u0301a", "◌\u0301a"),
    "a mark at the start of a line": ("a\n\u0301\t\u0301", "a\n◌\u0301\t◌\u0301"),
    "zalgo": ("a" + "\u0301" * 20 + "b", "a" + "\u0301" * 8 + "<+12 marks>b"),
    "zalgo at the end": ("a" + "\u0301" * 9, "a" + "\u0301" * 8 + "<+1 marks>"),
    "ESC in Chinese": ("你\x1b[31m好", "你␛[31m好"),
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_text_comes_through_as_it_is(text: str) -> None:
    assert make_safe(text) == text
    mixed = f"{text} \x07 {text}"
    assert make_safe(mixed) == f"{text} ␇ {text}", "also beside something that is not"


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN)
def test_what_is_no_text_is_shown_by_name(text: str, shown: str) -> None:
    assert make_safe(text) == shown
    assert make_safe(shown) == shown


def is_dangerous(char: str) -> bool:
    category = unicodedata.category(char)
    if char in "\n\t" or char in JOINERS or char in SHAPED_FORMATS or 0xE0020 <= ord(char) <= 0xE007F:
        return False
    return category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") or char in INVISIBLE


def named(char: str) -> str:
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    return "␡" if char == "\x7f" else f"<U+{ord(char):04X}>"


def is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


CONTROLS = st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
MARKS = st.characters(categories=["Mn", "Mc", "Me"])
CONTEXT = st.sampled_from(
    "a1#\n\t \u200c\u200d\ufe0e\ufe0f\ufe00\U000e0100🏴👩☀‼🏽葛مक\u094d\u093cᠠ\u180b\u180e\u0301\u064e\u034f"
    "\u3164\u1160\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f\x1b\x9b\u202e\ud800\ue000\u0378\u2028<>U+␛\u20e3\u2800\u0600"
)
"""Characters of which one decides on the other."""
PILES = st.tuples(st.sampled_from("\u0301\u094d\u064e\u20e3\u180b"), st.integers(5, 20)).map(lambda p: p[0] * p[1])
HOSTILE = st.lists(
    st.one_of(CONTEXT, CONTEXT, PILES, CONTROLS, MARKS, st.characters(), st.sampled_from(list(HONEST.values()))),
    max_size=25,
).map("".join)


@settings(deadline=None, max_examples=1_500)
@example("\u094d" * 9 + "\u200dक")
@example("क\u094d\u200d\u180b")
@example("م\u200cᠠ\u200c\u180b")
@example("م\ufe0f\u200dم")
@example("क" + "\u094d\u200d" * 20)
@given(HOSTILE)
def test_no_text_gets_anything_past(text: str) -> None:
    safe = make_safe(text)
    safe.encode()
    assert make_safe(safe) == safe
    assert [char for char in safe if is_dangerous(char)] == []
    assert not BIDI_CONTROLS & set(safe)

    # Nothing vanishes: every dangerous one by its name, every other one as it is or by its name.
    wanted = Counter(named(char) for char in text if is_dangerous(char))
    for name, count in wanted.items():
        assert safe.count(name) >= count
    for char, count in Counter(char for char in text if not is_dangerous(char) and not is_mark(char)).items():
        assert safe.count(char) + safe.count(named(char)) >= count
    hidden = sum(map(int, MARK_COUNT.findall(safe))) - sum(map(int, MARK_COUNT.findall(text)))
    named_marks = sum(safe.count(named(char)) - text.count(named(char)) for char in set(text) if is_mark(char))
    assert sum(map(is_mark, safe)) + hidden + named_marks == sum(map(is_mark, text))

    line = safe_line(text)
    assert not set("\n\t") & set(line)
    assert line == safe.replace("\n", "␤").replace("\t", "␉")


@settings(deadline=None, max_examples=400)
@example("क" + "\u094d\u200d" * 20)
@example("م" + "\u064e\u200c" * 20)
@given(st.lists(CONTEXT | PILES | MARKS, max_size=25).map("".join))
def test_no_base_bears_more_than_its_marks(text: str) -> None:
    """Joiners between marks are no new base either."""
    run = 0
    for char in make_safe(text):
        if is_mark(char) and not 0xFE00 <= ord(char) <= 0xFE0F and char < "\U000e0100":
            run += 1
        elif char not in JOINERS:
            run = 0
        assert run <= MAX_MARKS


def test_every_single_character_is_text_or_is_named() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if is_dangerous(char) or char in JOINERS or 0xE0020 <= code <= 0xE007F:
            wanted = named(char)
        elif is_mark(char):
            selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
            wanted = named(char) if selector else f"◌{char}"
        else:
            wanted = char
        assert make_safe(char) == wanted, named(char)


@pytest.mark.parametrize("flood", ["\x1b[2J", "\u202e", "a\u0301", "\u0301", "👩\u200d", "ক\u09cd\u200c", "\ud800"])
def test_floods_come_through_too(flood: str) -> None:
    safe = make_safe(flood * 20_000)
    assert make_safe(safe) == safe
    assert not any(map(is_dangerous, set(safe)))


def test_one_line_shows_line_ends_and_tabs() -> None:
    assert safe_line("a\r\n\tb\x1b") == "a␍␤␉b␛"


@pytest.mark.parametrize(("limit", "shown"), [(None, "abcdef"), (6, "abcdef"), (5, "abcde…"), (1, "a…"), (0, "…")])
def test_one_line_is_cut_where_it_is_too_long(limit: int | None, shown: str) -> None:
    assert safe_line("abcdef", limit) == shown


def test_the_limit_is_of_characters_looked_at_and_what_is_cut_leaves_nothing_open() -> None:
    assert safe_line("\x1b\x1b\x1b", 2) == "␛␛…"
    assert safe_line("👩\u200d🚀", 2) == "👩<U+200D>…"
