"""Secrets and addresses go, words stay, and what was removed is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.redaction import (
    RedactionSettings,
    RedactionTimeout,
    Redactor,
    check_pattern,
    removed_words,
)

LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF6hJ3lM9n"
SECRETS = [
    f"sk-{LETTERS}",
    f"sk-ant-api03-{LETTERS}",
    f"sk-proj-{LETTERS}",
    "AKIAIOSFODNN7EXAMPLE",
    f"ghp_{LETTERS[:36]}",
    f"github_pat_{LETTERS}",
    f"glpat-{LETTERS[:20]}",
    f"xoxb-123456789012-{LETTERS[:24]}",
    f"https://hooks.slack.com/services/T000/B000/{LETTERS[:24]}",
    f"AIza{LETTERS[:35]}",
    f"sk_live_{LETTERS[:24]}",
    "SU" + "A2B3C4D5E6F7G2H3" * 3 + "ABCDEFGH",
    f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{LETTERS}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{LETTERS}\n{LETTERS}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{LETTERS}\ncut off here",
]


def redact(text: str, **settings: object) -> tuple[str, dict[str, int]]:
    found = Redactor(RedactionSettings(**settings)).redact(text)  # type: ignore[arg-type]
    return found.text, dict(found.removed)


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:12].replace("\n", " "))
@pytest.mark.parametrize("around", ["the key is {}", '{{"key": "{}"}}', "{}", "k={}"])
def test_a_secret_goes_wherever_it_stands(secret: str, around: str) -> None:
    text, removed = redact(around.format(secret))
    assert LETTERS[8:20] not in text
    assert "[redacted: secret]" in text
    assert removed == {"secret": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Authorization: Bearer {LETTERS}", "Authorization: Bearer [redacted: secret]"),
        ('{"password": "hunter22"}', '{"password": "[redacted: secret]"}'),
        ('{\\"api_key\\": \\"abcdefgh\\"}', '{\\"api_key\\": \\"[redacted: secret]\\"}'),
        ("API_KEY=abcdefgh ok", "API_KEY=[redacted: secret] ok"),
        ("nats://ada:secret@host:4222", "nats://[redacted: secret]@host:4222"),
        ("write to ada.l+x@mail.example.org.", "write to [redacted: email]."),
        ("<ada@example.org>, bob@b.example", "<[redacted: email]>, [redacted: email]"),
    ],
)
def test_only_the_secret_goes(text: str, expected: str) -> None:
    assert redact(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "the password is wrong",
        "sk-learn and task-force-of-long-name",
        "a@b",
        "@decorator def f(a: int) -> None",
        "tokens: 1204, secret: no",
        "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10",
        "https://host:4222/path",
        "the basic idea",
    ],
)
def test_words_stay(text: str) -> None:
    assert redact(text) == (text, {})


def test_each_kind_can_be_switched_off_and_own_patterns_count_as_such() -> None:
    text = "AKIAIOSFODNN7EXAMPLE ada@example.org ticket-4711 ticket-4712"
    assert redact(text, secrets=False, emails=False) == (text, {})
    assert redact(text, secrets=False)[1] == {"email": 1}
    shown, removed = redact(text, patterns=(r"ticket-\d+",))
    assert shown == "[redacted: secret] [redacted: email] [redacted: own pattern] [redacted: own pattern]"
    assert removed == {"secret": 1, "email": 1, "own pattern": 2}


def test_the_words_say_how_much() -> None:
    found = Redactor(RedactionSettings()).redact("AKIAIOSFODNN7EXAMPLE a@b.org c@d.org")
    assert removed_words(found.removed) == "1 secret, 2 addresses removed"
    assert "nothing found" in removed_words(Redactor(RedactionSettings()).redact("x").removed)


@pytest.mark.parametrize(("pattern", "words"), [("(a", "missing )"), ("a*", "matches nothing"), ("[z-a]", "range")])
def test_a_pattern_that_cannot_be_used_is_a_clear_error(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace(")", r"\)")):
        check_pattern(pattern)


def test_a_pattern_that_runs_away_hands_over_nothing() -> None:
    redactor = Redactor(RedactionSettings(patterns=(r"(?:a|a|ab)+(?:b|bb)+c",)), within=0.2)
    with pytest.raises(RedactionTimeout, match="takes too long"):
        redactor.redact("ab" * 5_000 + "a" * 5_000)


@given(st.text(st.sampled_from('ab1@.-_:/= \n"\\e J'), max_size=300))
def test_what_was_redacted_needs_no_redaction(text: str) -> None:
    once, _ = redact(text)
    assert redact(once)[1].get("email", 0) == 0


@pytest.mark.parametrize(
    "unit", ["a", "a.", "a@", "-", "sk-", "eyJa.", "password=", "-----BEGIN PRIVATE KEY-----", "://"]
)
def test_a_megabyte_of_anything_ends_in_time(unit: str) -> None:
    Redactor(RedactionSettings(), within=30).redact(unit * (1_000_000 // len(unit)))  # some tenths of a second in fact
