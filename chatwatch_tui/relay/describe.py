"""How the endpoint describes itself at `/openapi.json`."""

from __future__ import annotations

from typing import Any

DESCRIPTION = """Several viewers follow one AI conversation in real time, as server-sent events. Watching is passive:
nothing that is requested here runs a model or changes a conversation."""

_EVENTS = """A stream of server-sent events without end. The first bytes are the comment `:ok`, written when NATS has
confirmed the subscription. The SSE fields `event` and `id` are not used, so that a browser's `onmessage` gets
everything; each event has one `data` line with one JSON object of two members:

| `event` | `data` |
|---|---|
| the chunk's own `chunk_type`: `thinking`, `token`, `tool_call`, `tool_result`, `done`, `error`, or any other \
string | the chunk, a JSON object |
| `chunk` | a chunk without a usable `chunk_type`; a payload that is not JSON, as a string; in place of a payload that \
is too large a string that says so |
| `message` | a complete chat message |
| `error` with a string | what the endpoint itself has to say: events dropped because this viewer is slower than the \
stream, NATS went away, NATS is back |

A comment comes after a while of silence. Where NATS is not there, or does not permit the subscription, there is one
`error` event, a `retry` field, and the end."""

_PROBLEM = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}


def _header(words: str) -> dict[str, Any]:
    return {"description": words, "required": True, "schema": {"type": "string"}}


def _problem(words: str, **headers: str) -> dict[str, Any]:
    return {
        "description": words,
        "headers": {name.replace("_", "-"): _header(text) for name, text in headers.items()},
        "content": {"application/json": {"schema": _PROBLEM}},
    }


WATCH_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": _EVENTS,
        "headers": {
            "cache-control": _header("`no-cache`"),
            "x-accel-buffering": _header("`no`: reverse proxies pass events on at once"),
        },
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": ':ok\n\ndata: {"event":"token","data":{"chunk_type":"token","content":"Hello"}}\n\n',
            }
        },
    },
    401: _problem("The caller is not signed in.", www_authenticate="`Bearer`"),
    404: _problem("No such conversation, or not the caller's to view, or not a UUID. The three look the same."),
    429: _problem("Too many failed sign-ins from this address.", retry_after="Seconds to wait."),
    503: _problem(
        "Whether the caller may watch cannot be found out just now, or there are as many viewers as are allowed, or "
        "the endpoint is shutting down.",
        retry_after="Seconds to wait.",
    ),
}

WATCH_EXTRA: dict[str, Any] = {
    # Not in the function's signature: FastAPI would add a 422 that does not exist.
    "parameters": [
        {
            "name": "conversation_id",
            "in": "path",
            "required": True,
            "description": "The conversation, a UUID; upper case and 32 digits without hyphens are fine.",
            "schema": {"type": "string", "format": "uuid"},
        }
    ],
    "security": [{"bearer": []}, {"cookie": []}],
}

_MISDIRECTED = _problem("`Host` names another machine than this one, and there is no access control.")


def with_access(schema: dict[str, Any], *, open_to_all: bool, cookie: str) -> dict[str, Any]:
    """The schema with what access control asks for. `cookie` is the session's, "" where others set one."""
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    if open_to_all:
        for operation in operations:
            operation.pop("security", None)
            operation["responses"]["421"] = _MISDIRECTED
        return schema
    if cookie:
        session = {"type": "apiKey", "in": "cookie", "name": cookie, "description": "Set by the page's sign-in."}
    else:
        words = "Whatever cookies your sign-in sets: they are passed on to whoever decides."
        session = {"type": "apiKey", "in": "header", "name": "Cookie", "description": words}
    bearer = {"type": "http", "scheme": "bearer"}
    schema.setdefault("components", {})["securitySchemes"] = {"bearer": bearer, "cookie": session}
    return schema


def _state(words: str, example: dict[str, str]) -> dict[str, Any]:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    return {"description": words, "content": {"application/json": {"schema": schema, "example": example}}}


HEALTH_RESPONSES: dict[int | str, dict[str, Any]] = {200: _state("The process runs.", {"status": "ok"})}
READY_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: _state("The link to NATS delivers.", {"nats": "live"}),
    503: _state("It does not, or the endpoint is shutting down.", {"nats": "reconnecting"}),
}
METRICS_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
