"""The tokens file: what is in it, who changes it, and what the gate makes of it while it changes."""

from __future__ import annotations

import errno
import hmac
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from chatwatch_tui.relay.access import AccessError, Caller, Verdict
from chatwatch_tui.relay.access_tokens import TokenGate, add_token, list_tokens, revoke_token
from chatwatch_tui.relay.tokens_file import read_users

MINE = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
OTHER = "00000000-0000-4000-8000-000000000002"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADDRESS = "192.0.2.1"


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def bearer(token: str) -> Caller:
    return Caller(f"Bearer {token}", "", ADDRESS)


def grant(path: Path, conversation: str) -> None:
    """As somebody with an editor does it: in place."""
    stored = json.loads(path.read_text())
    stored["users"][0]["owns"] = [conversation]
    path.write_text(json.dumps(stored))


def spoil(path: Path, content: bytes | None) -> bytes:
    """Overwrite or remove the file; what was in it."""
    before = path.read_bytes() if path.exists() else b""
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    return before


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "tokens.json"


@pytest.fixture
def ticks() -> Clock:
    return Clock()


def test_the_file_is_private_and_holds_no_secret(path: Path) -> None:
    new = add_token(path, "ada", owns=[MINE.upper()])

    content = path.read_text()
    secret = new.token.split("_", 2)[2]  # which may have "_" of its own
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret not in content
    assert secret not in repr(new)
    assert new.info.id in content
    assert new.info.owns == (MINE,)
    assert list_tokens(path) == [new.info]
    assert [name.name for name in path.parent.iterdir()] == ["tokens.json"]


async def test_a_token_opens_what_its_user_owns_or_may_view_and_nothing_else(path: Path) -> None:
    owner, viewer = add_token(path, "ada", owns=[MINE]), add_token(path, "bob", views=[MINE])
    everything = add_token(path, "root@example.org", views=["*"])
    gate = TokenGate(path)

    assert await gate.check(bearer(owner.token), MINE) is Verdict.ALLOWED
    assert await gate.check(bearer(viewer.token), MINE.upper()) is Verdict.ALLOWED
    assert await gate.check(bearer(owner.token), OTHER) is Verdict.NOT_FOUND
    assert await gate.check(bearer(everything.token), OTHER) is Verdict.ALLOWED
    for nonsense in ("*", "chat.>", MINE + "\n", ""):
        assert await gate.check(bearer(everything.token), nonsense) is Verdict.NOT_FOUND
        assert await gate.check(bearer(owner.token), nonsense) is Verdict.NOT_FOUND
        assert await gate.check(bearer("cw_x"), nonsense) is Verdict.NOT_SIGNED_IN


async def test_where_the_token_is_looked_for(path: Path) -> None:
    token = add_token(path, "ada", owns=[MINE]).token
    gate = TokenGate(path, cookie="mine")

    async def check(authorization: str, cookie: str) -> Verdict:
        return await gate.check(Caller(authorization, cookie, ADDRESS), MINE)

    assert await check("", f"a=b; mine={token}; c") is Verdict.ALLOWED
    assert await check("", f'bad cookie{{}}; mine="{token}"') is Verdict.ALLOWED
    assert await check("Basic YTpi", f"mine={token}") is Verdict.ALLOWED
    assert await check(f"bEARER  {token}", "") is Verdict.ALLOWED
    assert await check("Bearer wrong", f"mine={token}") is Verdict.NOT_SIGNED_IN
    assert await check("", f"notmine={token}") is Verdict.NOT_SIGNED_IN
    assert await check(token, "") is Verdict.NOT_SIGNED_IN
    assert token not in repr(bearer(token)) + repr(Caller("", f"mine={token}", ADDRESS))


async def test_a_change_is_in_force_a_second_later(path: Path, ticks: Clock) -> None:
    token = add_token(path, "ada", owns=[MINE])
    gate = TokenGate(path, ticks=ticks)
    assert (await gate.sign_in(bearer(token.token))).user == "ada"

    assert revoke_token(path, token.info.id, now=NOW).revoked == NOW
    ticks.at += 0.9
    assert await gate.check(bearer(token.token), MINE) is Verdict.ALLOWED
    ticks.at += 0.1
    assert await gate.check(bearer(token.token), MINE) is Verdict.NOT_SIGNED_IN
    again = add_token(path, "ada")
    ticks.at += 1
    assert await gate.check(bearer(again.token), MINE) is Verdict.ALLOWED


async def test_a_change_in_place_within_the_same_tick_and_of_the_same_size_is_seen(path: Path, ticks: Clock) -> None:
    token = add_token(path, "ada", owns=[MINE]).token
    gate = TokenGate(path, ticks=ticks)
    for wanted, verdict in ((OTHER, Verdict.NOT_FOUND), (MINE, Verdict.ALLOWED), (OTHER, Verdict.NOT_FOUND)):
        grant(path, wanted)
        ticks.at += 1
        assert await gate.check(bearer(token), MINE) is verdict


async def test_a_token_expires(path: Path) -> None:
    clock = Clock(NOW.timestamp())
    new = add_token(path, "ada", owns=[MINE], expires=NOW + timedelta(hours=1), now=NOW)
    gate = TokenGate(path, clock=clock)

    clock.at += 3_599
    assert await gate.check(bearer(new.token), MINE) is Verdict.ALLOWED
    assert (await gate.sign_in(bearer(new.token))).ends == NOW.timestamp() + 3_600
    clock.at += 1
    assert await gate.check(bearer(new.token), MINE) is Verdict.NOT_SIGNED_IN
    assert [new.info.state(NOW + timedelta(hours=hours)) for hours in (0, 1)] == ["good", "expired"]


async def test_every_attempt_costs_one_comparison(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, gone = add_token(path, "ada", owns=[MINE]), add_token(path, "ada")
    revoke_token(path, gone.token)
    gate = TokenGate(path)
    compare = Mock(side_effect=hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    unknown = f"cw_{'0' * 12}_{good.token[-43:]}"
    wrong = good.token[:-1] + ("A" if good.token[-1] != "A" else "B")
    for token in (unknown, wrong, gone.token, "nonsense", "é" * 90, ""):
        assert await gate.check(bearer(token), MINE) is Verdict.NOT_SIGNED_IN
    assert await gate.check(bearer(good.token), MINE) is Verdict.ALLOWED
    assert [tuple(map(len, call.args)) for call in compare.mock_calls] == [(32, 32)] * 7


def test_adding_side_by_side_loses_nothing(path: Path) -> None:
    def add_some(user: str) -> None:
        for _ in range(4):
            add_token(path, user, owns=[MINE])

    threads = [threading.Thread(target=add_some, args=(f"user{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({token.id for token in list_tokens(path)}) == 24


@pytest.mark.parametrize("change", [b"{", b"\xff", b"[]", b'{"users": [{"name": "ada", "owned": []}]}', None])
async def test_a_file_gone_bad_leaves_what_was_and_is_named_once(
    path: Path, ticks: Clock, caplog: pytest.LogCaptureFixture, change: bytes | None
) -> None:
    token = add_token(path, "ada", owns=[MINE])
    gate = TokenGate(path, ticks=ticks)
    good = spoil(path, change)
    for _ in range(3):
        ticks.at += 1
        assert await gate.check(bearer(token.token), MINE) is Verdict.ALLOWED
    assert [str(path) in record.message for record in caplog.records] == [True]

    spoil(path, good)
    revoke_token(path, token.token)
    ticks.at += 1
    assert await gate.check(bearer(token.token), MINE) is Verdict.NOT_SIGNED_IN
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"version": 2}', "version"),
        ('{"users": [{"name": "a", "tokens": [{"id": "1", "hash": "sha256:00", "created": "2026-01-01T00:00:00Z"}]}]}',
         "hash of token '1'"),
        ('{"users": [{"name": "a", "tokens": [{"id": "1", "hash": "x", "created": "2026-01-01T00:00:00"}]}]}',
         "created"),
        ('{"users": [{"name": "a"}, {"name": "a"}]}', "two users"),
        ('{"users": [{"name": "a", "views": ["all"]}]}', "'all' is not a conversation id"),
        ("[" * 100_000, "no good"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)
    for use in (TokenGate, list_tokens, lambda path: add_token(path, "ada", owns=["*"])):
        with pytest.raises(AccessError, match=words):
            use(path)
    assert path.read_text() == content

    path.chmod(0o606)
    with pytest.raises(AccessError, match="chmod 600"):
        TokenGate(path)


def test_what_cannot_be_done_is_said_in_words(path: Path) -> None:
    for use in (TokenGate, list_tokens, lambda path: revoke_token(path, "0" * 12)):
        with pytest.raises(AccessError, match="is not there; `chatwatch token add`"):
            use(path)
    for arguments, words in (
        ({"user": "a\x1b[m"}, "no user name"),
        ({"user": "ada"}, "may watch nothing yet"),
        ({"user": "ada", "owns": ["nonsense"]}, "not a conversation id"),
        ({"user": "ada", "owns": ["*"], "expires": NOW - timedelta(days=1), "now": NOW}, "in the future"),
        ({"user": "ada", "owns": ["*"], "expires": datetime(2100, 1, 1)}, "time zone"),
    ):
        with pytest.raises(AccessError, match=words):
            add_token(path, **arguments)
    assert not path.exists()
    token = add_token(path, "ada", owns=["*"]).token
    with pytest.raises(AccessError, match="no token what was given in"):
        revoke_token(path, token[:-1])


def test_a_failed_write_leaves_the_old_file_and_no_litter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_token(path, "ada", owns=["*"])
    before = path.read_bytes()
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "replace", Mock(side_effect=full))
    with pytest.raises(AccessError, match="No space left"):
        add_token(path, "bob", owns=["*"])
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_a_link_stays_one_and_the_key_and_the_owner_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_token(path, "ada", owns=["*"])
    key = read_users(path).session_key
    link = path.parent / "link"
    link.symlink_to(path)
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _, *owner: owners.append(owner))
    made = os.stat_result((0o100600, 0, 0, 1, os.getuid() + 1, os.getgid(), 0, 0, 0, 0))  # another user makes it
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", lambda _: made)
        add_token(link, "bob", owns=["*"])

    assert link.is_symlink()
    assert len(list_tokens(path)) == 2
    assert read_users(path).session_key == key != ""
    assert owners == [(path.stat().st_uid, path.stat().st_gid)]
