"""What is watched over HTTP is what is watched over NATS: the same traffic, once each way, gives the same transcript.

Compared are the deliveries, byte for byte, and what `Conversation` makes of them: every block with its type, text, role
and times, every turn, every counter. Where the endpoint has to correct what the original would have broken, the two
differ; those payloads are listed in `CORRECTED`, each with its reason, and nothing else may.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from chatwatch_tui.core.blocks import Block
from chatwatch_tui.core.conversation import Conversation
from chatwatch_tui.core.counters import Counters
from chatwatch_tui.core.decode import Decoder
from chatwatch_tui.core.events import Arrival, Delivery, MessagePayload
from chatwatch_tui.core.identity import ConversationKey
from chatwatch_tui.demo.simulator import traffic
from chatwatch_tui.relay.frames import MAX_DEPTH
from chatwatch_tui.sources.sse import SseSource
from tests.broker import RealBroker
from tests.relay.serving import serving
from tests.sources.harness import NAME, A, Publisher, Recorder, chunk, message, nats_source, publisher, running

RECEIVED_AT = 1_700_000_000.0
MAX_PAYLOAD = 100_000
Publish = tuple[str, bytes]
"""`chunk` or `message`, and the payload."""

ODD: dict[str, Publish] = {
    "not JSON": ("chunk", b"Hello, world"),
    "not JSON, with quotes and a backslash": ("chunk", rb'he said "no" \ and left'),
    "not JSON, several lines": ("chunk", b"data: forged\n\nevent: token\r\ndata: x\r\n\r\n"),
    "empty": ("chunk", b""),
    "blanks": ("chunk", b" \n "),
    "half an object": ("chunk", b'{"chunk_type":"token","content":"cut o'),
    "two objects": ("chunk", b'{"chunk_type":"token"}{"chunk_type":"done"}'),
    "a byte order mark": ("chunk", '\ufeff{"chunk_type":"token","content":"x"}'.encode()),
    "NUL and control characters": ("chunk", b"\x00\x01\x1b[31m\x7f"),
    "unknown type": ("chunk", b'{"chunk_type":"plan","content":"first, then"}'),
    "type with quotes": ("chunk", b'{"chunk_type":"to\\"ken\\u0000","content":"x"}'),
    "type that is not a string": ("chunk", b'{"chunk_type":5,"content":"x"}'),
    "type that is empty": ("chunk", b'{"chunk_type":"","content":"x"}'),
    "type that is null": ("chunk", b'{"chunk_type":null,"text":"x"}'),
    "type twice": ("chunk", b'{"chunk_type":"token","content":"a","chunk_type":"done","content":"b"}'),
    "type not first": ("chunk", b'{"content":"late","chunk_type":"token"}'),
    "no type": ("chunk", b'{"content":"untyped"}'),
    "no members": ("chunk", b"{}"),
    "NaN": ("chunk", b'{"chunk_type":"token","content":"a","score":NaN}'),
    "infinity": ("chunk", b'{"chunk_type":"token","content":"a","score":-Infinity}'),
    "out of range": ("chunk", b'{"chunk_type":"token","content":"a","score":1e999}'),
    "big integer": ("chunk", b'{"chunk_type":"token","content":"a","id":123456789012345678901234567890}'),
    "huge integer": ("chunk", b'{"chunk_type":"token","content":"a","id":1%b}' % (b"0" * 400)),
    "exact decimals": ("chunk", b'{"chunk_type":"tool_call","name":"pay","arguments":{"sum":0.10000000000000000001}}'),
    "pretty-printed": ("chunk", json.dumps({"chunk_type": "token", "content": "lines\nof text"}, indent=2).encode()),
    "pretty-printed with CR": ("chunk", b'{\r\n\t"chunk_type": "tool_result",\r\n\t"result": {\r "a": [1,\n2]}\r\n}'),
    "U+2028 and others": ("chunk", '{"chunk_type":"token","content":"a\u2028b\u2029c\u0085d\u000b"}'.encode()),
    "U+2028 in the clear": ("chunk", "a\u2028b\u0085c".encode()),
    "lone surrogate": ("chunk", b'{"chunk_type":"token","content":"\\ud83d"}'),
    "surrogate pair": ("chunk", b'{"chunk_type":"token","content":"\\ud83d\\ude00"}'),
    "deep": ("chunk", b'{"chunk_type":"tool_call","arguments":%b%b}' % (b"[" * 110, b"]" * 110)),
    "too deep": ("chunk", b'{"chunk_type":"tool_call","arguments":%b%b}' % (b"[" * MAX_DEPTH, b"]" * MAX_DEPTH)),
    "a list": ("chunk", b'[{"chunk_type":"token"}]'),
    "a number": ("chunk", b"42"),
    "null": ("chunk", b"null"),
    "looks like an envelope": ("chunk", b'{"event":"token","data":{"chunk_type":"token","content":"x"}}'),
    "is an envelope and a chunk": ("chunk", b'{"chunk_type":"token","event":"done","data":"x"}'),
    "an error like the endpoint's": ("chunk", b'{"chunk_type":"error","error":"NATS not available"}'),
    "an error of many words": ("chunk", b'{"chunk_type":"error","error":{"message":"no","code":7}}'),
    "named chunk": ("chunk", b'{"chunk_type":"chunk","content":"x"}'),
    "message of parts": ("message", b'{"role":"user","id":"1","content":[{"type":"text","text":"a"},{"text":"b"}]}'),
    "message with a chunk type": ("message", b'{"role":"assistant","id":"2","content":"x","chunk_type":"token"}'),
    "chunk of the type message": ("chunk", b'{"chunk_type":"message","content":"x"}'),
    "message on several lines": ("message", b'{\n "role": "assistant",\n "id": "3",\n "content": "a\\nb"\n}'),
    "message that is a string": ("message", b'"just text"'),
    "message that is a list": ("message", b"[1, 2]"),
}
"""Both ways give the same transcript."""

CORRECTED: dict[str, tuple[Publish, Delivery, str]] = {
    "not UTF-8": (
        ("chunk", b"caf\xe9"),
        "caf\ufffd".encode(),
        "JSON is Unicode: a byte that is no character travels as U+FFFD, so the payload is two bytes longer",
    ),
    "JSON that is a string": (
        ("chunk", b'"quoted"'),
        b"quoted",
        "under `chunk` a string stands for text that is not JSON, so its quotes are taken for the envelope's",
    ),
    "blanks around JSON": (
        ("chunk", b' {"chunk_type":"token","content":"x"}\r\n'),
        b'{"chunk_type":"token","content":"x"}',
        "within the envelope they are blanks between tokens; the bytes are counted without them",
    ),
    "too large": (
        ("chunk", b'{"chunk_type":"token","content":"%b"}' % (b"x" * MAX_PAYLOAD)),
        b"payload of 100,035 bytes left out: the endpoint passes on 100,000 bytes at the most",
        "in place of a payload over the cap stand the endpoint's words, with its size",
    ),
    "a chunk of the type message with a role": (
        ("chunk", b'{"chunk_type":"message","role":"user","content":"x"}'),
        MessagePayload(b'{"chunk_type":"message","role":"user","content":"x"}'),
        "the envelope has one place for the chunk's type and for the subject, so this cannot be told from a message",
    ),
    "a message that is not JSON": (
        ("message", b"plain words"),
        b"plain words",
        "whatever is not JSON travels under `chunk`, so it is counted as a chunk; the words are the same",
    ),
}
"""Payload, what a viewer over HTTP gets instead, and why."""


async def both_ways(broker: RealBroker, published: Sequence[tuple[str, str, bytes]]) -> tuple[Recorder, Recorder]:
    """(kind, conversation, payload), published in order and watched over NATS and over HTTP at the same time."""
    ids = list(dict.fromkeys(conversation for _, conversation, _ in published))
    # Here it is about what arrives, not about how much of it waits for a test that does not read.
    with serving(broker.url, buffer=len(published) + 1, max_payload=MAX_PAYLOAD) as served:
        over_nats, over_http = (
            nats_source(broker.url, conversations=ids),
            SseSource(NAME, served.url, conversations=ids),
        )
        async with running(over_nats) as direct, running(over_http) as relayed, publisher(broker) as out:
            await direct.until_live()
            await relayed.until_live()
            await publish(out, published)
            for each, count in Counter(conversation for _, conversation, _ in published).items():
                await direct.until(partial(direct.has, each, count))
                await relayed.until(partial(relayed.has, each, count))
    return direct, relayed


async def publish(out: Publisher, published: Iterable[tuple[str, str, bytes]]) -> None:
    for number, (kind, conversation, payload) in enumerate(published):
        out.publish((chunk if kind == "chunk" else message)(conversation), payload)
        if number % 200 == 199:
            await out.flush()
            await asyncio.sleep(0)
    await out.flush()


def read(deliveries: list[Delivery]) -> Conversation:
    """The conversation that a dashboard makes of it."""
    conversation = Conversation(ConversationKey(NAME, A), Decoder())
    conversation.apply([Arrival(RECEIVED_AT, deliveries)])
    return conversation


def shown(conversation: Conversation) -> tuple[list[Block], list[object], Counters, str, str]:
    """Everything that a person can see of it."""
    turns: list[object] = list(map(msgspec.structs.asdict, conversation.transcript.turns))
    blocks = conversation.transcript.blocks
    return blocks, turns, conversation.counters, conversation.phase.value, conversation.label


async def test_the_demos_conversations_are_the_same(broker: RealBroker) -> None:
    published = []
    for _, conversation, each in itertools.islice(traffic(9, seed=7), 6_000):
        payload = each.payload | {"created_at": "2026-01-02T03:04:05Z"}
        published.append((each.kind, conversation, json.dumps(payload, ensure_ascii=False).encode()))
    direct, relayed = await both_ways(broker, published)
    kinds: Counter[str] = Counter()
    for conversation in {conversation for _, conversation, _ in published}:
        assert direct.of(conversation) == relayed.of(conversation)
        found = read(relayed.of(conversation))
        assert shown(read(direct.of(conversation))) == shown(found)
        kinds.update(type(block).__name__ for block in found.transcript.blocks)
    assert {"TextBlock", "ToolBlock", "DoneBlock", "ErrorBlock", "OtherBlock", "GapBlock"} <= set(kinds), kinds


async def test_odd_payloads_are_the_same(broker: RealBroker) -> None:
    """One after another in one conversation, so that what follows an odd one shows that the stream is in order."""
    published = [(kind, A, payload) for kind, payload in ODD.values()]
    direct, relayed = await both_ways(broker, published)
    assert len(published) == len(direct.of(A)) == len(relayed.of(A))
    for name, ours, theirs in zip(ODD, relayed.of(A), direct.of(A), strict=True):
        assert type(ours) is type(theirs), name
        assert on_one_line(ours) == on_one_line(theirs), name
        assert shown(read([ours])) == shown(read([theirs])), name
    assert shown(read(relayed.of(A))) == shown(read(direct.of(A)))


async def test_what_is_corrected_on_the_way(broker: RealBroker) -> None:
    published = [(kind, A, payload) for (kind, payload), _, _ in CORRECTED.values()]
    direct, relayed = await both_ways(broker, published)
    for name, ours, theirs in zip(CORRECTED, relayed.of(A), direct.of(A), strict=True):
        (kind, payload), expected, reason = CORRECTED[name]
        assert theirs == (payload if kind == "chunk" else MessagePayload(payload)), name
        assert ours == expected, (name, reason)
        assert shown(read([ours])) != shown(read([theirs])), f"{name} belongs among the others"


def on_one_line(delivery: Delivery) -> bytes:
    """JSON without its line ends, for that is the one correction that changes bytes and nothing else."""
    data = delivery.data if isinstance(delivery, MessagePayload) else delivery
    assert isinstance(data, bytes)
    try:
        json.loads(data)
    except ValueError:
        return data
    return data.replace(b"\r", b" ").replace(b"\n", b" ")
