"""What a conversation is: plain Python and msgspec; no asyncio, no threads, no network, no screen."""
