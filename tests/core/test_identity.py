"""Ids from a user's hand become subjects: what is taken, what is refused, and with which words."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.core.identity import (
    LONGER,
    STRAY_ID,
    ConversationKey,
    InvalidConversationId,
    is_conversation_id,
    parse_conversation_id,
    short_id,
    short_ids,
)

ID = "7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10"
NIL = "00000000-0000-0000-0000-000000000000"

REFUSED = {
    "nothing": "",
    "a wildcard": "*",
    "every subject": ">",
    "a wildcard inside": ID[:-1] + "*",
    "every subject inside": ID[:-1] + ">",
    "a further token": ID + ".>",
    "braces": "{" + ID + "}",
    "a URN": "urn:uuid:" + ID,
    "a line feed behind": ID + "\n",
    "a return and line feed behind": ID + "\r\nSUB > 1",
    "a line feed before": "\n" + ID,
    "a blank behind": ID + " ",
    "a blank before": " " + ID,
    "a tab inside": ID[:8] + "\t" + ID[9:],
    "NUL behind": ID + "\0",
    "fullwidth digits": ID.replace("1", "１"),
    "Arabic digits": ID.replace("1", "١"),
    "other hyphens": ID.replace("-", "‐"),
    "hyphens elsewhere": "7d1f6a2e0-c4b-4c9e-9a51-3f0e8f6b2d10",
    "some hyphens": ID.replace("-", "", 1),
    "a digit too few": ID[:-1],
    "a digit too many": ID + "0",
    "31 digits": ID.replace("-", "")[:-1],
    "33 digits": ID.replace("-", "") + "0",
    "no hex digit": "g" + ID[1:],
    "the id of strays": STRAY_ID,
    "a megabyte": "7" * 1_000_000,
    "a lone surrogate": ID[:-1] + "\ud800",
}


@pytest.mark.parametrize(
    "given_",
    [ID, ID.upper(), ID.title(), ID.replace("-", ""), ID.replace("-", "").upper()],
)
def test_every_accepted_spelling_becomes_the_one_of_the_bus(given_: str) -> None:
    assert parse_conversation_id(given_) == ID
    assert is_conversation_id(parse_conversation_id(given_))


def test_a_uuid_of_any_version_is_an_id() -> None:
    assert parse_conversation_id(NIL) == NIL
    assert parse_conversation_id("f" * 32) == "ffffffff-ffff-ffff-ffff-ffffffffffff"


@given(st.uuids())
def test_any_uuid_is_taken_in_all_four_spellings(wanted: uuid.UUID) -> None:
    spellings = (str(wanted), str(wanted).upper(), wanted.hex, wanted.hex.upper())
    assert {parse_conversation_id(spelling) for spelling in spellings} == {str(wanted)}


@pytest.mark.parametrize("given_", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(given_: str) -> None:
    with pytest.raises(InvalidConversationId) as refusal:
        parse_conversation_id(given_)
    assert refusal.value.given == given_
    assert not is_conversation_id(given_)


@given(st.text(alphabet="0123456789abcdefABCDEF-*>. \n\r{}", max_size=40))
def test_nothing_but_the_form_of_the_bus_comes_out(given_: str) -> None:
    try:
        parsed = parse_conversation_id(given_)
    except InvalidConversationId:
        return
    assert parsed == str(uuid.UUID(given_))


@pytest.mark.parametrize("given_", [ID.upper(), ID.replace("-", ""), ID + "\n", f"{{{ID}}}"])
def test_on_the_bus_there_is_only_one_spelling(given_: str) -> None:
    assert is_conversation_id(ID)
    assert not is_conversation_id(given_)


def test_the_refusal_names_what_was_given_and_how_an_id_looks() -> None:
    sentence = str(InvalidConversationId("my-chat"))
    assert sentence.startswith("'my-chat' is not a conversation id")
    example = sentence.split()[-1]
    assert parse_conversation_id(example) == example


def test_the_refusal_is_cut_and_shows_no_control_character() -> None:
    assert "'" + "x" * 59 + "…'" in str(InvalidConversationId("x" * 61))
    assert "x" * 60 + "'" in str(InvalidConversationId("x" * 60))
    sentence = str(InvalidConversationId("\x1b]0;pwned\a\n" * 1_000))
    assert len(sentence) < 400
    assert sentence.isprintable()


def test_ids_that_begin_with_their_time_are_told_apart_by_their_end() -> None:
    random, timed = "a3f21c00-0c4b-4c9e-9a51-3f0e8f6b2d10", "01938f2a-7c11-7b3e-9a51-3f0e8f6b2d10"
    assert (short_id(random), short_id(random, LONGER)) == ("a3f2", "a3f21c00")
    assert (short_id(timed), short_id(timed, LONGER)) == ("2d10", "8f6b2d10")
    assert short_ids(random) == ()
    assert short_ids(timed) == ("8f6b2d10", "2d10")


def test_the_same_id_over_two_sources_is_two_conversations() -> None:
    assert ConversationKey("nats", ID) != ConversationKey("sse", ID)
    assert len({ConversationKey("nats", ID), ConversationKey("sse", ID), ConversationKey("nats", ID)}) == 2
