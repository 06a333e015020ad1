"""Server addresses are taken apart in full, and their secrets do not get into words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.sources.nats_address import Address, parse_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nats://bus.example:4333", ("bus.example", 4333, False, "", "")),
        ("bus.example", ("bus.example", 4222, False, "", "")),
        ("bus.example:1", ("bus.example", 1, False, "", "")),
        ("127.0.0.1:65535", ("127.0.0.1", 65535, False, "", "")),
        ("tls://bus.example", ("bus.example", 4222, True, "", "")),
        ("NATS://Bus.Example/", ("bus.example", 4222, False, "", "")),
        ("nats://[::1]:4223", ("::1", 4223, False, "", "")),
        ("nats://ann:pw@bus", ("bus", 4222, False, "ann", "pw")),
        ("ann:pw@bus:4223", ("bus", 4223, False, "ann", "pw")),
        ("nats://token@bus", ("bus", 4222, False, "token", "")),
        ("nats://a%40b:p%2Fq%3A%23@bus", ("bus", 4222, False, "a@b", "p/q:#")),
        ("nats://ann:p@ss@bus", ("bus", 4222, False, "ann", "p@ss")),
    ],
)
def test_an_address_is_taken_apart(url: str, expected: tuple[str, int, bool, str, str]) -> None:
    assert msgspec.structs.astuple(parse_address(url)) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nats://bus:65536", "1 to 65535"),
        ("nats://bus:0", "nats://HOST:4222"),
        ("nats://bus:many", "1 to 65535"),
        ("nats://bus:-1", "1 to 65535"),
        ("http://bus", "nats://HOST:4222"),
        ("ws://bus:80", "ws:// is not supported"),
        ("wss://bus", "wss:// is not supported"),
        ("nats://", "nats://HOST:4222"),
        ("", "nats://HOST:4222"),
        (":4222", "nats://HOST:4222"),
    ],
)
def test_what_is_no_address_is_refused_with_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_address(url)


def test_neither_str_nor_repr_shows_the_secrets() -> None:
    address = parse_address("tls://ann:hunter2@bus:4223")
    assert str(address) == "bus:4223"
    assert repr(address) == "Address(bus:4223)"
    assert f"{[address]}" == "[Address(bus:4223)]"


@pytest.mark.parametrize("mark", ["/", "?", "#"])
@pytest.mark.parametrize("password", ["hun{}ter2", "12{}34", "hun@ter{}2"])
def test_a_password_with_an_unescaped_mark_is_refused_rather_than_taken_for_a_host(mark: str, password: str) -> None:
    secret = password.format(mark)
    with pytest.raises(ValueError, match="port") as raised:
        parse_address(f"nats://ann:{secret}@bus:4222")
    assert "hun" not in str(raised.value)
    assert "ter" not in str(raised.value)


@given(
    url=st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}://ann:{}@{}:{}".format, st.sampled_from(["nats", "tls", "ws", "x"]), st.text(), st.text(), st.text()
        ),
    )
)
def test_any_text_gives_an_address_or_a_sentence_and_no_secret(url: str) -> None:
    words = ""
    try:
        address = parse_address(url)
    except ValueError as problem:
        words = str(problem)
    else:
        assert isinstance(address, Address)
        assert address.host
        assert 0 < address.port < 65536
    assert words in (
        "",
        "the port of a server address is a number from 1 to 65535",
        "ws:// is not supported: use the server's nats:// or tls:// port",
        "wss:// is not supported: use the server's nats:// or tls:// port",
        "a server address looks like nats://HOST:4222 or tls://HOST:4222",
        "a server address ends with its port; in a password / ? # are written %2F %3F %23",
    )
