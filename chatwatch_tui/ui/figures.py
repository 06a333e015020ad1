"""Figures as people read them: short, of steady width where they change often, blank where nothing is known."""

from __future__ import annotations

import time


def elapsed(seconds: float) -> str:
    """`0.4 s`, `12 s`, `4:07`, `2 h 05`, `3 d`."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{max(10, int(seconds))} s"  # after 9.9 s comes 10 s
    if seconds < 3600:
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    if seconds < 86_400:
        return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60:02d}"
    return f"{int(seconds) // 86_400} d"


def whole_elapsed(seconds: float) -> str:
    """As `elapsed`, without tenths: for figures that tick."""
    return f"{int(max(0.0, seconds))} s" if seconds < 60 else elapsed(seconds)


def byte_size(size: int) -> str:
    """`214 B`, `1.8 kB`, `3.2 MB` (decimal units)."""
    if size < 1000:
        return f"{size} B"
    if size < 999_950:
        return f"{size / 1000:.1f} kB"
    return f"{size / 1_000_000:.1f} MB"


def utf8_bytes(text: str) -> int:
    """Bytes of text in UTF-8, `?` for what has no encoding."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def count(number: float) -> str:
    """`0`, `57`, `1.2k`, `34k`, `1.2M`."""
    if number < 9.5:
        return f"{number:.1f}".removesuffix(".0") if 0 < number < 1 else f"{number:.0f}"
    if number < 999.5:
        return f"{number:.0f}"
    if number < 9_950:
        return f"{number / 1000:.1f}k"
    if number < 999_500:
        return f"{number / 1000:.0f}k"
    return f"{number / 1_000_000:.1f}M"


def plural(number: int, noun: str) -> str:
    """`1 tool`, `3 tools`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clock(at: float, *, seconds: bool = True) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S" if seconds else "%H:%M", time.localtime(at))
