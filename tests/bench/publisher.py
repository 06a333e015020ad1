"""Publishes a burst or a steady stream, in a process of its own; prints one JSON line with counts and times.

Usage: python -m tests.bench.publisher '{"url": …, "ids": […], "tokens": N, "rate": R, "sentinel": "…"}'
`rate` is chunks a second over all conversations, 0 for all at once. The sentinel goes last, to every conversation.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import nats

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "tokens", "stream", "past")
FLUSH_EVERY = 500


def chunk(conversation: str, index: int) -> bytes:
    """The n-th chunk of a conversation: paragraphs of words, a fifth of it thinking."""
    kind = "thinking" if index % 50 < 10 else "token"
    text = " " + WORDS[index % len(WORDS)] + ("\n" if index % 97 == 96 else "")
    return json.dumps({"chunk_type": kind, "content": text, "conversation_id": conversation, "seq": index}).encode()


async def publish(url: str, ids: list[str], tokens: int, rate: float, sentinel: str) -> dict[str, Any]:
    """Publish and flush; `n` chunks, `t0` and `t1` Unix seconds of the first and the last."""
    client = await nats.connect(url)
    published, started = 0, time.time()
    batch = max(1, min(FLUSH_EVERY, int(rate / 50))) if rate else FLUSH_EVERY
    for index in range(tokens):
        for conversation in ids:
            await client.publish(f"chat.chunk.{conversation}", chunk(conversation, index))
            published += 1
            if published % batch == 0:
                await client.flush()
                if rate and (ahead := published / rate - (time.time() - started)) > 0:
                    await asyncio.sleep(ahead)
    for conversation in ids:
        last = {"chunk_type": "token", "content": f"\n{sentinel}\n", "conversation_id": conversation, "seq": tokens}
        await client.publish(f"chat.chunk.{conversation}", json.dumps(last).encode())
    await client.flush()
    finished = time.time()
    await client.close()
    return {"n": published + len(ids), "t0": started, "t1": finished}


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(publish(**asked))))
