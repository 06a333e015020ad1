"""Secrets and addresses go, words stay, and what was removed is counted."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.redaction import (
    Cutting,
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


AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"AWS_SECRET_ACCESS_KEY={AWS}", AWS),
        (f'export AWS_SECRET_ACCESS_KEY="{AWS}"', AWS),
        (f'"SecretAccessKey": "{AWS}"', AWS),
        (f"aws_secret_access_key = {AWS}", AWS),
        ('"token": "Zm9vYmFy-1"', "Zm9vYmFy-1"),
        ("token=abcdefgh", "abcdefgh"),
        ("token: 8f14e45fceea", "8f14e45fceea"),
        ("?refresh_token=abcd-efgh&x=1", "abcd-efgh"),
        ('{"refreshToken":"abcdefgh"}', "abcdefgh"),
        ("secret_key=abcdefgh", "abcdefgh"),
        ("SECRET-KEY: a1b2c3d4", "a1b2c3d4"),
        ("private_key='abcd1234'", "abcd1234"),
        ("pwd=hunter", "hunter"),
        ("PGPASSWORD=hunter22 psql", "hunter22"),
        ("userPassword=hunter22", "hunter22"),
        ("user_password: hunter", "hunter"),
        ("db-password => hunter22", "hunter22"),
        ("DB_PASS=hunter22", "hunter22"),
        ('params["password"] = "hunter22"', "hunter22"),
        ('{"password": "correct horse \\"battery"}', 'correct horse \\"battery'),
        ('{\\"password\\": \\"correct horse\\"}', "correct horse"),
        ("passphrase: 'correct horse'", "correct horse"),
        ("X-Api-Key: a1b2c3d4e5", "a1b2c3d4e5"),
        ("API key: a1b2c3d4e5", "a1b2c3d4e5"),
        ("AccountKey=a1b2c3d4e5==", "a1b2c3d4e5=="),
        ("Authorization: Basic YWRhOnB3", "YWRhOnB3"),
        ('"authorization": "Basic YWRhOnB3"', "YWRhOnB3"),
        ("Authorization: 0123456789abcdef", "0123456789abcdef"),
        ("curl -s -u u:pw https://host/x", "u:pw"),
        ("curl https://host \\\n  --user ada:pw", "ada:pw"),
        ("Cookie: session=abcdef", "session=abcdef"),
        ("Set-Cookie: a=1; session=abc; Path=/", "a=1; session=abc; Path=/"),
        ("mysql --password hunter22 db", "hunter22"),
        ("postgres://ada@example.com:hunter22@host/db", "ada@example.com:hunter22"),
        ("amqp://ada:p@ss@host", "ada:p@ss"),
        ("redis://:hunter22@host:6379", ":hunter22"),
        ("https://host/o?X-Amz-Signature=0123456789abcdef0123", "0123456789abcdef0123"),
    ],
)
def test_what_stands_behind_a_telling_name_goes_and_nothing_else(text: str, secret: str) -> None:
    assert redact(text) == (text.replace(secret, "[redacted: secret]"), {"secret": 1})


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
        "https://host:443?mail=a@b",
        "the basic idea",
        "token: 12 tokens",
        "token: 1048576 of 2000000",
        "max_tokens=1024",
        "max_token=1024000",
        "tokens: 512",
        "password: ",
        "password:\nPlease type it twice",
        "the token is expired",
        "token: expired",
        "Token: something else",
        "secret: nothing of that sort",
        "password: required",
        '{"password": {"type": "string"}, "token": null, "secret": ""}',
        '{"password": "string", "token": "string"}',
        'eos_token="endoftext" page_token=abcdefgh',
        "tokenizer=abcdefgh tokenization: abcdefgh1",
        "password = get_password(user)",
        'token = os.environ["TOKEN"]',
        "token = tokens[0]",
        "TOKEN=$MY_TOKEN PASSWORD=${PASSWORD}",
        "password=self.password",
        "connect(user=base.user, password=base.password)",
        "TOKEN=$(chatwatch token)",
        "username, secret = (found.name, found.secret)",
        'client_secret = "********"',
        "socks5://[user:password@]host and nats://user:password@host",
        "/etc/passwd: Permission denied",
        "ops ALL=(ALL) NOPASSWD: /usr/bin/systemctl",
        "PWD=/home/ada/work OLDPWD=/home/ada",
        "private_key=/etc/ssl/private.pem",
        "password_file: /run/secrets/password",
        "docker run -u 1000:1000 image",
        "curl -s https://host:8080/x",
        "Cookie: the best that there is",
        "Authorization: Basic authentication is enough",
        "Authorization: required for everything here",
        "Bearer tokens are short",
        "public_key=abcdefgh keyboard: querty123",
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


@pytest.mark.parametrize(
    ("text", "patterns", "expected", "counts"),
    [
        (
            "my secret: sk-abcdefghijklmnop1234 and secret code",
            ("secret",),
            "my [redacted: own pattern]: [redacted: secret] and [redacted: own pattern] code",
            {"secret": 1, "own pattern": 2},
        ),
        (
            "a@b.com email ACME",
            ("email", "ACME"),
            "[redacted: email] [redacted: own pattern] [redacted: own pattern]",
            {"email": 1, "own pattern": 2},
        ),
        ("see a@b.com now", (r"see \S+ n",), "[redacted: email]ow", {"email": 1}),
        ("abcd", ("abc", "bcd"), "[redacted: own pattern]", {"own pattern": 1}),
        ("abcd", ("(?=b)",), "abcd", {}),
        ("is [redacted: secret] b", ("secret", "s.*b"), "i[redacted: own pattern]", {"own pattern": 1}),
    ],
)
def test_patterns_see_the_text_as_it_came_and_what_overlaps_is_one(
    text: str, patterns: tuple[str, ...], expected: str, counts: dict[str, int]
) -> None:
    assert redact(text, patterns=patterns) == (expected, counts)


PLACEHOLDER = re.compile(r"\[redacted: (secret|email|own pattern)\]")
MORE = [
    "curl -u ",
    "Cookie:",
    "Authorization: Basic ",
    "ada@example.org",
    "[redacted: secret]",
    "[redacted: ",
    "hunter22",
]
NAMES = ["password", "token", "Secret", "api_key", "pwd", "email", "own"]
SIGNS = ["://", "=", ": ", ":", '"', "'", "\\", "@", " ", "\n", "]", ";", ".", "Zm9v", "/x/"]
PIECES = st.sampled_from([*(f"{each} " for each in SECRETS), *MORE, *NAMES, *SIGNS])
TEXTS = st.lists(st.one_of(PIECES, st.text(st.sampled_from('ab1@.-_:/= \n"\\e J'), max_size=12)), max_size=25).map(
    "".join
)
OWN = st.lists(st.sampled_from(["secret", "email", "hunter", "own", r"\d+", "e", "ada@"]), max_size=3).map(tuple)


@given(TEXTS, OWN)
def test_the_count_is_that_of_the_placeholders_and_nothing_else_changes(text: str, own: tuple[str, ...]) -> None:
    text = text.replace("[redacted", "(redacted")
    shown, removed = redact(text, patterns=own)
    assert Counter(PLACEHOLDER.findall(shown)) == removed
    between = re.split(r"\[redacted: (?:secret|email|own pattern)\]", shown)
    assert re.fullmatch(".+".join(map(re.escape, between)), text, re.DOTALL)


@given(TEXTS)
def test_what_was_redacted_needs_no_redaction(text: str) -> None:
    once, _ = redact(text)
    assert redact(once) == (once, {})


@given(TEXTS, OWN)
def test_own_patterns_find_nothing_in_what_is_redacted(text: str, own: tuple[str, ...]) -> None:
    once, _ = redact(text, patterns=own)
    assert redact(once, secrets=False, emails=False, patterns=own) == (once, {})


@given(TEXTS, OWN, st.data())
def test_of_a_part_of_a_text_goes_what_goes_of_the_whole(text: str, own: tuple[str, ...], data: st.DataObject) -> None:
    text = text.replace("[redacted", "(redacted")
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    redactor = Redactor(RedactionSettings(patterns=own))
    cutting = Cutting(text, [(edges[0], edges[1]), (edges[2], edges[3])])
    shown, removed = redactor.redact_cuttings([cutting])
    parts = PLACEHOLDER.sub("", shown)
    assert sum(removed.values()) <= sum(redactor.redact(text).removed.values())
    kept = PLACEHOLDER.sub("", redactor.redact(text).text)
    assert not is_shuffled(parts, kept)


def is_shuffled(part: str, whole: str) -> bool:
    """Whether letters of the one are not in the other in their order."""
    letters = iter(whole)
    return not all(letter in letters for letter in part)


def test_a_secret_that_a_part_cuts_is_a_placeholder_and_counts() -> None:
    text = f"Use sk-{LETTERS} so"
    redactor = Redactor(RedactionSettings())
    for begin, end in [(10, len(text)), (0, 12), (10, 20)]:
        shown, removed = redactor.redact_cuttings([Cutting(text, [(begin, end)])])
        assert removed == {"secret": 1}
        assert shown == f"{text[begin:4]}[redacted: secret]{text[max(begin, len(text) - 3) : end]}"
    shown, removed = redactor.redact_cuttings([Cutting(text, [(0, 10), (20, len(text))]), Cutting("a@b.org", [(0, 3)])])
    assert (shown, removed) == ("Use [redacted: secret] so\n[redacted: email]", {"secret": 1, "email": 1})


@pytest.mark.parametrize(
    "unit",
    ["a", "a.", "a@", "-", "sk-", "eyJa.", "password=", "-----BEGIN PRIVATE KEY-----", "://", "://a:", "://a:b@",
     "curl ", "curl-u", "curl -", "curl -u a", "curl -u a:", "token: ", "token:a", 'secret="a', "secret='\\", "pwd:",
     "cookie:a=b; ", "authorization: ", "authorization:a", "Bearer a", "--token a ", "access_key=A", "sig=", "pass_",
     "_token", '\\"'],
)  # fmt: skip
def test_a_megabyte_of_anything_ends_in_time(unit: str) -> None:
    Redactor(RedactionSettings(), within=30).redact(unit * (1_000_000 // len(unit)))  # some tenths of a second in fact
