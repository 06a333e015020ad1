"""The floor: a nats-py callback that does nothing but look for the sentinel, and prints it. Usage: URL ID..."""

from __future__ import annotations

import asyncio
import sys

import nats
from nats.aio.msg import Msg

MARK = b"SNTNL"


async def main(url: str, ids: list[str]) -> None:
    """Subscribe to the chunks of every conversation and wait for the sentinel."""
    client = await nats.connect(url)
    found = asyncio.Event()

    async def look(message: Msg) -> None:
        if MARK in message.data:
            start = message.data.index(MARK)
            print(message.data[start : start + 9].decode(), flush=True)

    for conversation in ids:
        await client.subscribe(
            f"chat.chunk.{conversation}", cb=look, pending_msgs_limit=10**7, pending_bytes_limit=2**32
        )
    await found.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
