"""Where events come from: asyncio clients, and the feed that hands their deliveries over. No screen."""
