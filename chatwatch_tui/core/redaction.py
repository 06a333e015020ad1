"""What is handed over without secrets and addresses: found by pattern, replaced by a word, counted by kind.

Patterns find shapes, not meanings: a password in a sentence has none. So a word at the hand-over says how much was
removed, and never that nothing is left. The operator's own patterns come from the settings; one that runs away ends
with `RedactionTimeout`, and nothing is handed over then: half-redacted text would look like redacted text.

All patterns look at the text as it came, never at what an earlier one left, and everything that any of them matched
goes: matches that overlap are one, named and counted as the first of secret, address, own pattern. So the figures are
those of the placeholders put in. Placeholders that are there already are nothing to be found.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from chatwatch_tui.core.secret_patterns import EMAIL, MASK, SECRETS
from chatwatch_tui.core.setting import Setting

WITHIN = 5.0
"""Seconds that one text may take."""

_PLACEHOLDER = re.compile(r"\[redacted: (?:secret|email|own pattern)\]")


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
    keys, NATS seeds, sign-ins in URLs, cookies, what stands behind names such as `password`, `token`, `secret_key`."""
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
    """How many placeholders were put in, by kind: `secret`, `email`, `own pattern`."""


class Cutting(NamedTuple):
    """Parts of a text, taken one behind the other."""

    whole: str
    parts: Sequence[tuple[int, int]]
    """Begin and end of each in the whole, from left to right."""

    @property
    def text(self) -> str:
        """What was cut out."""
        return "".join(self.whole[begin:end] for begin, end in self.parts)


class Span(NamedTuple):
    """A part of a text that is to be left out."""

    begin: int
    end: int
    kind: str


class Redactor:
    """Redacts text by one set of settings. Works in any thread."""

    def __init__(self, settings: RedactionSettings, within: float = WITHIN) -> None:
        import regex

        self._within = within
        kinds: list[tuple[str, str]] = []
        if settings.secrets:
            kinds += [("secret", pattern) for pattern in SECRETS]  # each by itself: together they take twice as long
        if settings.emails:
            kinds.append(("email", EMAIL))
        kinds += [("own pattern", pattern) for pattern in settings.patterns]
        self._patterns = [
            (kind, pattern, regex.compile(pattern, regex.DOTALL if kind == "secret" else 0)) for kind, pattern in kinds
        ]

    def redact(self, text: str) -> Redacted:
        """The text without what is to be left out.

        Raises:
            RedactionTimeout: a pattern took too long.
        """
        return self.redact_cuttings([Cutting(text, [(0, len(text))])])

    def redact_cuttings(self, cuttings: Iterable[Cutting]) -> Redacted:
        """What was cut out of texts, a line end between two of them, without what is to be left out. What lies across
        the edge of a part is found in the whole text, so no half of a secret is left.

        Raises:
            RedactionTimeout: a pattern took too long.
        """
        removed: Counter[str] = Counter()
        until = time.monotonic() + self._within
        texts = [_without(self._spans(each.whole, until), each, removed) for each in cuttings]
        return Redacted("\n".join(texts), removed)

    def _spans(self, text: str, until: float) -> list[Span]:
        """What is to be left out, from left to right."""
        masked = _PLACEHOLDER.sub(lambda found: MASK * len(found[0]), text) if "[redacted: " in text else text
        found: list[tuple[int, int, int, str]] = []
        for order, (kind, source, pattern) in enumerate(self._patterns):
            try:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                for match in pattern.finditer(masked, timeout=left, concurrent=True):
                    begin, end = match.span()
                    if begin < end and (masked is text or masked.count(MASK, begin, end) < end - begin):
                        found.append((begin, end, order, kind))
                    if time.monotonic() > until:
                        raise TimeoutError
            except TimeoutError:
                which = f"the pattern {source!r}" if kind == "own pattern" else "finding every secret"
                raise RedactionTimeout(f"{which} takes too long on this text; nothing was handed over") from None
        if masked is not text and found:
            found += [(*each.span(), len(self._patterns), "") for each in _PLACEHOLDER.finditer(text)]
        return _merged(found)


def _merged(found: list[tuple[int, int, int, str]]) -> list[Span]:
    """One span for those that overlap, of the kind that comes first in order. Placeholders, of no kind, are taken in by
    what overlaps them, and are no spans else."""
    found.sort()
    spans: list[tuple[int, int, int, str]] = []
    for begin, end, order, kind in found:
        if spans and begin < spans[-1][1]:
            first, last, before, other = spans[-1]
            order, kind = min((order, kind), (before, other))
            spans[-1] = (first, max(last, end), order, kind)
        else:
            spans.append((begin, end, order, kind))
    return [Span(begin, end, kind) for begin, end, _, kind in spans if kind]


def _without(spans: Sequence[Span], cutting: Cutting, removed: Counter[str]) -> str:
    """What was cut out, with a placeholder for each span of which a part was."""
    pieces: list[str] = []
    said = 0
    """Spans before this one are done with."""
    next_span = 0
    for begin, stop in cutting.parts:
        at = begin
        while next_span < len(spans) and spans[next_span].end <= at:
            next_span += 1
        for number in range(next_span, len(spans)):
            span = spans[number]
            if span.begin >= stop:
                break
            pieces.append(cutting.whole[at : max(at, span.begin)])
            if number >= said:
                pieces.append(f"[redacted: {span.kind}]")
                removed[span.kind] += 1
                said = number + 1
            at = min(stop, span.end)
        pieces.append(cutting.whole[at:stop])
    return "".join(pieces)


_NOUNS = {"secret": "secret", "email": "address", "own pattern": "match of your patterns"}
_PLURALS = {"secret": "secrets", "email": "addresses", "own pattern": "matches of your patterns"}


def removed_words(removed: Counter[str]) -> str:
    """`3 secrets, 2 addresses removed`; that nothing was found, where nothing was."""
    parts = [f"{n:,} {noun if n == 1 else _PLURALS[kind]}" for kind, noun in _NOUNS.items() if (n := removed[kind])]
    return f"{', '.join(parts)} removed" if parts else "nothing found to leave out"


STAY_IN = "secrets stay in"
"""What there is to say where redaction is off."""


def redaction_words(settings: RedactionSettings, *, on: bool) -> str:
    """What becomes of secrets: `secrets and addresses are left out`, whatever the settings have found; or they stay."""
    if not on:
        return STAY_IN
    in_force = {"secret": settings.secrets, "email": settings.emails, "own pattern": bool(settings.patterns)}
    names = [noun for kind, noun in _PLURALS.items() if in_force[kind]]
    if not names:
        return "nothing is left out: the settings switch all of it off"
    return f"{' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))} are left out"
