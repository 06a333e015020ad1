"""The watch endpoint: an ASGI application that lets several viewers follow one conversation over SSE."""
