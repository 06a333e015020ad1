"""What is handed over without secrets and addresses: found by pattern, replaced by a word, counted by kind.

Patterns find shapes, not meanings: a password in a sentence has none. So a word at the hand-over says how much was
removed, and never that nothing is left. The operator's own patterns come from the settings; one that runs away ends
with `RedactionTimeout`, and nothing is handed over then: half-redacted text would look like redacted text.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Annotated, NamedTuple

import msgspec

from chatwatch_tui.core.setting import Setting

WITHIN = 5.0
"""Seconds that one text may take."""

_SECRETS = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]|-(?!----)){0,20000}+(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b",
    r"(?<=aws_secret_access_key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?[A-Za-z0-9/+=]{40}",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}\b",
    r"\bgithub_pat_[A-Za-z0-9_]{30,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-[A-Za-z0-9_-]{40,}",
    r"\bhf_[A-Za-z0-9]{30,}\b",
    r"\bS[UAOCNX][A-Z2-7]{56}\b",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+",
    r"(?i:\b(?:bearer|basic|token)) {1,4}\K[A-Za-z0-9._~+/=-]{20,}",
    r"(?<=://)[^\s/:@\"'<>]{0,100}:[^\s/@\"'<>]{1,200}(?=@)",
    r"(?i:(?<![a-z])(?:api[_-]?key|secret|client[_-]?secret|password|passwd|access[_-]?token|auth[_-]?token))"
    r"\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?\K[^\s\"'\\,;&<>\[\]{}]{6,500}",
)
"""Keys of well-known services, NATS seeds, JSON web tokens, private keys, and what stands behind a telling name."""
_EMAIL = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)


def check_pattern(pattern: str) -> None:
    """Raises ValueError, with a sentence for the operator, where that is no pattern to redact by."""
    import regex

    try:
        compiled = regex.compile(pattern)
    except regex.error as problem:
        raise ValueError(f"{pattern!r} is no regular expression: {problem}") from None
    if compiled.match("") is not None:
        raise ValueError(f"{pattern!r} matches nothing at all, so it would be everywhere")


class RedactionSettings(msgspec.Struct, frozen=True):
    """What is left out of files and copies when redaction is asked for."""

    secrets: bool = True
    """API keys, bearer tokens, keys of AWS, GitHub, GitLab, Slack, Google, Stripe and others, JSON web tokens, private
    keys, NATS seeds, passwords in URLs and behind names such as `password`."""
    emails: bool = True
    """E-mail addresses."""
    patterns: Annotated[tuple[str, ...], Setting(check=check_pattern)] = ()
    """Regular expressions of your own; what they match is left out too."""
    always: bool = False
    """Files and copies begin with redaction switched on."""


class RedactionTimeout(Exception):
    """A pattern took too long; `str()` is a sentence for the operator."""


class Redacted(NamedTuple):
    """Text without what was found in it."""

    text: str
    removed: Counter[str]
    """How much, by kind: `secret`, `email`, `own pattern`."""


class Redactor:
    """Redacts text by one set of settings. Works in any thread."""

    def __init__(self, settings: RedactionSettings, within: float = WITHIN) -> None:
        import regex

        self._within = within
        kinds: list[tuple[str, str]] = []
        if settings.secrets:
            kinds += [("secret", pattern) for pattern in _SECRETS]  # each by itself: together they take twice as long
        if settings.emails:
            kinds.append(("email", _EMAIL))
        kinds += [("own pattern", pattern) for pattern in settings.patterns]
        self._patterns = [
            (kind, pattern, regex.compile(pattern, regex.DOTALL if kind == "secret" else 0)) for kind, pattern in kinds
        ]

    def redact(self, text: str) -> Redacted:
        """The text without what is to be left out.

        Raises:
            RedactionTimeout: a pattern took too long.
        """
        removed: Counter[str] = Counter()
        until = time.monotonic() + self._within
        for kind, source, pattern in self._patterns:
            left = until - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                text, count = pattern.subn(f"[redacted: {kind}]", text, timeout=left, concurrent=True)
            except TimeoutError:
                which = f"the pattern {source!r}" if kind == "own pattern" else "finding every secret"
                raise RedactionTimeout(f"{which} takes too long on this text; nothing was handed over") from None
            if count:
                removed[kind] += count
        return Redacted(text, removed)


_NOUNS = {"secret": "secret", "email": "address", "own pattern": "match of your patterns"}
_PLURALS = {"secret": "secrets", "email": "addresses", "own pattern": "matches of your patterns"}


def removed_words(removed: Counter[str]) -> str:
    """`3 secrets, 2 addresses removed`; that nothing was found, where nothing was."""
    parts = [f"{n:,} {noun if n == 1 else _PLURALS[kind]}" for kind, noun in _NOUNS.items() if (n := removed[kind])]
    return f"{', '.join(parts)} removed" if parts else "nothing found to leave out"
