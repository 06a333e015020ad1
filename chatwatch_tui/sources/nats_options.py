"""Sign-in and TLS of one connection as nats-py takes them, from files that are looked at first."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chatwatch_tui.sources.nats_address import Address
from chatwatch_tui.sources.nats_files import CredentialsFileError, check_readable, read_creds, read_seed, shown_path
from chatwatch_tui.sources.nats_signin import NatsSignIn


async def read_options(address: Address, signin: NatsSignIn) -> dict[str, Any]:
    """`client_options`, in a thread that nobody waits for who gives up: a file may be a pipe, or far away."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[dict[str, Any]] = loop.create_future()

    def settle(found: dict[str, Any] | None, problem: Exception | None) -> None:
        if done.cancelled():
            return
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(found or {})

    def read() -> None:
        found, caught = None, None
        try:
            found = client_options(address, signin)
        except Exception as problem:
            caught = problem
        with suppress(RuntimeError):  # the loop may be over
            loop.call_soon_threadsafe(settle, found, caught)

    threading.Thread(target=read, name="chatwatch-sign-in", daemon=True).start()
    return await done


def client_options(address: Address, signin: NatsSignIn) -> dict[str, Any]:
    """The options of `nats.connect`. Reads files.

    Raises:
        CredentialsFileError: where one of them is no good.
    """
    options: dict[str, Any] = {"tls_handshake_first": signin.tls_first}
    if signin.wants_tls or address.tls:
        options["tls"] = _tls_context(signin)
        options["tls_hostname"] = address.host
    user, password = (signin.user, signin.password) if signin.user else (address.user, address.password)
    if signin.token or (user and not password):
        options["token"] = signin.token or user
    elif user:
        options["user"], options["password"] = user, password
    if signin.creds:
        # Read here and once: nats-py reads the file in the handshake, and loops for ever if it was cut short since.
        jwt, seed = read_creds(signin.creds)
        options["user_jwt_cb"] = lambda: bytearray(jwt.encode())
        options["signature_cb"] = _signer(seed)
    elif signin.nkey:
        options["nkeys_seed_str"] = read_seed(signin.nkey)
    elif signin.user_jwt:
        options["user_jwt_cb"] = lambda: bytearray(signin.user_jwt.encode())
        options["signature_cb"] = _signer(signin.user_seed)
    elif signin.user_seed:
        options["nkeys_seed_str"] = signin.user_seed
    return options


def _tls_context(signin: NatsSignIn) -> ssl.SSLContext:
    named = (("CA file", signin.tls_ca), ("certificate file", signin.tls_cert), ("key file", signin.tls_key))
    given = [path for kind, path in named if path is not None and check_readable(path, kind)]

    def encrypted() -> str:
        file = signin.tls_key or signin.tls_cert
        assert file is not None
        raise CredentialsFileError(f"key file {shown_path(file)} is encrypted: name one that is not")

    try:
        context = ssl.create_default_context(cafile=str(signin.tls_ca) if signin.tls_ca else None)
        if signin.tls_cert:
            # Without the callback OpenSSL asks on the terminal, which is ours to draw on.
            context.load_cert_chain(signin.tls_cert, signin.tls_key, encrypted)
    except ssl.SSLError as problem:
        reason = (problem.reason or str(problem)).lower().replace("_", " ")
        raise CredentialsFileError(f"TLS with {', '.join(map(shown_path, given))} is not possible: {reason}") from None
    return context


def _signer(seed: str) -> Callable[[str], bytes]:
    """Signs the server's nonce; without a seed the JWT is a bearer's and the signature stays blank."""
    if not seed:
        return lambda nonce: b""
    import base64

    import nkeys

    try:
        keys = nkeys.from_seed(bytearray(seed.encode()))
    except Exception:  # whatever it is that nkeys stumbles over, it must not be quoted
        raise CredentialsFileError("the NKey seed is malformed") from None
    return lambda nonce: base64.b64encode(keys.sign(nonce.encode()))
